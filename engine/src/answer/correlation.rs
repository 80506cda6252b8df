//! The correlation of two datasets over time, in each cell: `/corrMapSpark`.
//!
//! Pearson's r over the times that both have, in double precision, so that |r| never exceeds 1. A cell without two values on
//! both sides, or with a constant on either, has none. `count` is the number of pairs.

use super::{Asked, window, within_limit};
use crate::catalogue::Catalogue;
use crate::engine::Limits;
use crate::packed::{Packed, PairCells, PairSums, Worth};
use crate::pick::Pick;
use crate::plane::PlaneReader;
use crate::scan::{Cells, Part, Reducer, Window, scan};
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
        stored: None,
    };
    scan(Window { beside: &[other_variable], ..window(variable, &cells, &pick) }, work, make, |part, reducer| {
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

    fn merge(&mut self, other: &Self) {
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
    /// The sums of pairs that were added as they are stored, and what they are worth.
    stored: Option<(PairCells, [Worth; 2])>,
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

    fn row(&mut self, _target: usize, row: usize, cells: Cells<'_>) -> Result<(), Error> {
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
}
