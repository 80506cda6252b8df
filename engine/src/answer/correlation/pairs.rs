//! Sums over pairs of values, from which correlations and lines follow.

use crate::packed::{Packed, PairCells, PairSums, Worth};
use crate::plane::PlaneReader;
use crate::scan::{Part, Reducer, Row};
use sdap::Regression;
use sdap_nexus::{Error, LineSums, regression_of};
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

    /// The same sums from those of stored numbers, which are exact.
    fn of(sums: &PairSums, [x, y]: &[Worth; 2]) -> Self {
        let n = i128::from(sums.count);
        let [sum_x, sum_y, xx, yy, xy] = [sums.x, sums.y, sums.xx, sums.yy, sums.xy].map(i128::from);
        let (at_x, at_y) = (sum_x / n.max(1), sum_y / n.max(1));
        let about =
            |product: i128, (a, sum_a): (i128, i128), (b, sum_b): (i128, i128)| (product - a * sum_b - b * sum_a + n * a * b) as f64;
        Self {
            count: sums.count as f64,
            origin: (x.of(at_x as f64), y.of(at_y as f64)),
            x: x.scale * (sum_x - n * at_x) as f64,
            y: y.scale * (sum_y - n * at_y) as f64,
            xx: x.scale * x.scale * about(xx, (at_x, sum_x), (at_x, sum_x)),
            yy: y.scale * y.scale * about(yy, (at_y, sum_y), (at_y, sum_y)),
            xy: x.scale * y.scale * about(xy, (at_x, sum_x), (at_y, sum_y)),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
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

    fn centred(&self) -> LineSums {
        let n = self.count;
        let (xx, yy) = (self.xx - self.x * self.x / n, self.yy - self.y * self.y / n);
        // A spread that rounding alone can make is none.
        let spread = |spread: f64, squares: f64| if spread <= squares * n * f64::EPSILON { 0.0 } else { spread };
        LineSums {
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
    /// The sums of pairs that were added as they are stored, and what they are worth.
    pub(super) stored: Option<(PairCells, [Worth; 2])>,
}

impl PairReducer<'_> {
    /// Adds a row of pairs as they are stored, if they can be added so.
    fn add_stored(&mut self, row: usize, width: usize, x: Option<Packed<'_>>) -> bool {
        let (Some(x), Some(y)) = (x, self.other.packed(row)) else { return false };
        let rows = self.pairs.len() / width;
        let (sums, _) = self.stored.get_or_insert_with(|| (PairCells::new(rows, width), [x.worth(), y.worth()]));
        sums.add(row, &x, &y)
    }
}

impl Reducer for PairReducer<'_> {
    fn step(&mut self, source: usize, _target: usize) -> Result<(), Error> {
        self.partners.get(&self.times[source]).map_or(Ok(()), |partner| self.other.read(*partner))
    }

    fn end(&mut self) {
        let Some((sums, worth)) = self.stored.take() else { return };
        for (cell, pairs) in self.pairs.iter_mut().enumerate() {
            pairs.merge(&Pairs::of(&sums.of(cell), &worth));
        }
    }

    fn bytes(part: &Part<'_>) -> usize {
        part.column.rows.len() * part.column.columns.len() * (size_of::<Pairs>() + PairCells::BYTES + size_of::<f64>())
    }

    fn row(&mut self, _target: usize, row: usize, cells: Row<'_>) -> Result<(), Error> {
        if self.add_stored(row, cells.len(), cells.packed()) {
            return Ok(());
        }
        let values = cells.values();
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
