//! The correlation of two datasets over time, in each cell: `/corrMapSpark`.
//!
//! Pearson's r over the times that both have, in double precision, so that |r| never exceeds 1. A cell without two values on
//! both sides, or with a constant on either, has none. `count` is the number of pairs.

use super::{Asked, window, within_limit};
use crate::catalogue::Catalogue;
use crate::engine::Limits;
use crate::pick::Pick;
use crate::plane::PlaneReader;
use crate::scan::{Part, Reducer, scan};
use crate::work::Work;
use sdap::{Grid, column, plane};
use sdap_nexus::request::CorrelationRequest;
use sdap_nexus::{Error, Missing};
use std::collections::HashMap;

/// The map of r.
///
/// # Errors
/// If a dataset is unknown or broken, their grids differ, they share no time in the period, or there is no data in the box.
pub(crate) fn correlation(catalogue: &Catalogue, request: &CorrelationRequest, limits: &Limits, work: &Work) -> Result<Grid, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period);
    let [name, other_name] = &request.datasets;
    let (dataset, other) = (catalogue.get(name)?, catalogue.get(other_name)?);
    let (variable, other_variable) = (dataset.variable(None)?, other.variable(None)?);
    let (steps, other_steps) = (dataset.steps(&request.period)?, other.steps(&request.period)?);
    let (cells, other_cells) = (dataset.cells(&request.area)?, other.cells(&request.area)?);
    super::anomaly::check_grids(&dataset, &cells, &other, &other_cells)?;
    let width = cells.lon.len();
    within_limit("cells", cells.lat.len() * width, limits.cells)?;

    let partners: HashMap<i64, usize> = other_steps.pick.sources().into_iter().map(|source| (other.time[source], source)).collect();
    let shared: Vec<usize> = steps.pick.sources().into_iter().filter(|source| partners.contains_key(&dataset.time[*source])).collect();
    if shared.is_empty() {
        let message = format!("{name} and {other_name} share no time in {}", request.period);
        return Err(Error::NoData { missing: Missing::Period, message });
    }
    let pick = Pick::in_order(shared);
    let (other_rows, other_columns) = (other_cells.y.sources(), other_cells.x.sources());
    let mut pairs = vec![Pairs::default(); cells.lat.len() * width];
    let make = |part: &Part<'_>| PairReducer {
        times: &dataset.time,
        partners: &partners,
        other: PlaneReader::new(
            other_variable,
            part.column.rows.iter().map(|row| other_rows[*row]).collect(),
            part.column.columns.iter().map(|at| other_columns[*at]).collect(),
            work,
        ),
        pairs: vec![Pairs::default(); part.column.rows.len() * part.column.columns.len()],
    };
    scan(window(variable, &cells, &pick), work, make, |part, reducer| {
        let places = part.column.rows.iter().flat_map(|row| part.column.columns.iter().map(move |at| row * width + at));
        for (place, seen) in places.zip(&reducer.pairs) {
            pairs[place].merge(seen);
        }
    })?;
    if pairs.iter().all(|p| p.count == 0.0) {
        return Err(asked.all_missing(&dataset, variable, &pick, work));
    }
    let numbers = |number: fn(&Pairs) -> f64| plane(cells.lat.len(), pairs.iter().map(number).collect::<Vec<_>>());
    Ok(Grid {
        dataset: format!("{name},{other_name}"),
        variable: format!("correlation of {} and {}", variable.label(), other_variable.label()),
        statistic: "correlation".into(),
        units: String::new(),
        values: numbers(Pairs::r),
        count: numbers(|p| p.count),
        lat: column(cells.lat),
        lon: column(cells.lon),
        origin: asked.origin(&[&dataset, &other], work),
    })
}

/// Sums over the pairs of one cell, of the differences from the first pair.
#[derive(Clone, Copy, Default)]
struct Pairs {
    count: f64,
    origin: (f64, f64),
    x: f64,
    y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Pairs {
    fn add(&mut self, x: f64, y: f64) {
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

    fn merge(&mut self, other: &Self) {
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

    fn r(&self) -> f64 {
        let n = self.count;
        let (xx, yy) = (self.xx - self.x * self.x / n, self.yy - self.y * self.y / n);
        // A spread that rounding alone can make is none.
        let flat = |spread: f64, squares: f64| spread <= squares * n * f64::EPSILON;
        if n < 2.0 || flat(xx, self.xx) || flat(yy, self.yy) {
            return f64::NAN;
        }
        ((self.xy - self.x * self.y / n) / (xx * yy).sqrt()).clamp(-1.0, 1.0)
    }
}

struct PairReducer<'a> {
    times: &'a [i64],
    partners: &'a HashMap<i64, usize>,
    other: PlaneReader<'a>,
    pairs: Vec<Pairs>,
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
}
