//! Sums over pairs of values, from which correlations and lines follow.

use crate::plane::PlaneReader;
use crate::scan::Reducer;
use sdap::Regression;
use sdap_nexus::{Error, Sums, regression_of};
use std::collections::HashMap;

/// Sums over the pairs of one cell, of the differences from the first pair.
#[derive(Clone, Copy, Default)]
pub(super) struct Pairs {
    pub(super) count: f64,
    origin: (f64, f64),
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Pairs {
    pub(super) fn add(&mut self, x: f64, y: f64) {
        if self.count == 0.0 {
            self.origin = (x, y);
        }
        let (x, y) = (x - self.origin.0, y - self.origin.1);
        self.count += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.yy += y * y;
        self.xy += x * y;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.count == 0.0 {
            *self = *other;
            return;
        }
        let (dx, dy, n) = (other.origin.0 - self.origin.0, other.origin.1 - self.origin.1, other.count);
        self.xx += other.xx + 2.0 * dx * other.x + n * dx * dx;
        self.yy += other.yy + 2.0 * dy * other.y + n * dy * dy;
        self.xy += other.xy + dx * other.y + dy * other.x + n * dx * dy;
        self.x += other.x + n * dx;
        self.y += other.y + n * dy;
        self.count += n;
    }

    /// Pearson's r; NaN where there is none.
    pub(super) fn r(&self) -> f64 {
        let (n, sums) = (self.count, self.centred());
        if n < 2.0 || sums.xx == 0.0 || sums.yy == 0.0 { f64::NAN } else { (sums.xy / (sums.xx * sums.yy).sqrt()).clamp(-1.0, 1.0) }
    }

    /// The line of the second dataset on the first, of three pairs or more.
    pub(super) fn line(&self) -> Option<Regression> {
        if self.count > 2.0 { regression_of(&self.centred()) } else { None }
    }

    fn centred(&self) -> Sums {
        let n = self.count;
        let (xx, yy) = (self.xx - self.x * self.x / n, self.yy - self.y * self.y / n);
        // A spread that rounding alone can make is none.
        let spread = |spread: f64, squares: f64| if spread <= squares * n * f64::EPSILON { 0.0 } else { spread };
        Sums {
            count: n,
            mean_x: self.origin.0 + self.x / n,
            mean_y: self.origin.1 + self.y / n,
            xx: spread(xx, self.xx),
            yy: spread(yy, self.yy),
            xy: self.xy - self.x * self.y / n,
        }
    }
}

pub(super) struct PairReducer<'a> {
    pub(super) times: &'a [i64],
    pub(super) partners: &'a HashMap<i64, usize>,
    pub(super) other: PlaneReader<'a>,
    pub(super) pairs: Vec<Pairs>,
}

impl Reducer for PairReducer<'_> {
    fn step(&mut self, source: usize, _target: usize) -> Result<(), Error> {
        self.partners.get(&self.times[source]).map_or(Ok(()), |partner| self.other.read(*partner))
    }

    fn row(&mut self, _target: usize, row: usize, values: &[f64]) -> Result<(), Error> {
        let cells = &mut self.pairs[row * values.len()..(row + 1) * values.len()];
        for ((cell, x), y) in cells.iter_mut().zip(values).zip(self.other.row(row)) {
            if !x.is_nan() && !y.is_nan() {
                cell.add(*x, *y);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(values: &[(f64, f64)]) -> Pairs {
        let mut pairs = Pairs::default();
        for (x, y) in values {
            pairs.add(*x, *y);
        }
        pairs
    }

    #[test]
    fn r_is_that_of_pearson_however_the_pairs_are_parted() {
        let values = [(1.0, 2.0), (2.0, 4.0), (3.0, 5.0), (4.0, 4.0), (5.0, 5.0)];
        let whole = pairs(&values).r();
        assert!((whole - 0.6_f64.sqrt()).abs() < 1e-12);
        let mut parted = pairs(&values[..2]);
        parted.merge(&pairs(&values[2..]));
        assert!((parted.r() - whole).abs() < 1e-12);
    }

    #[test]
    fn a_constant_or_a_single_pair_has_no_correlation() {
        assert!(pairs(&[(1.0, 2.0)]).r().is_nan() && Pairs::default().r().is_nan());
        assert!(pairs(&[(300.1, 2.0), (300.1, 3.0), (300.1, 5.0)]).r().is_nan());
    }

    #[test]
    fn a_line_needs_three_pairs_and_is_that_of_least_squares() {
        let values = [(1.0, 2.0), (2.0, 4.0), (3.0, 5.0), (4.0, 4.0), (5.0, 5.0)];
        let line = pairs(&values).line().unwrap();
        assert!((line.slope - 0.6).abs() < 1e-12 && (line.intercept - 2.2).abs() < 1e-12, "{line:?}");
        assert!((line.error - 0.08_f64.sqrt()).abs() < 1e-12);
        assert!(pairs(&values[..2]).line().is_none() && Pairs::default().line().is_none());
        assert!(pairs(&[(300.1, 2.0), (300.1, 3.0), (300.1, 5.0)]).line().is_none(), "a vertical line has no slope");
    }
}
