//! A grid laid over two others, each of whose places takes the value of the nearest cell.

use super::Both;
use super::pairs::Pairs;
use crate::answer::deviation::nearest_to;
use crate::answer::within_limit;
use crate::dataset::{self, Axis, Dataset};
use crate::engine::Limits;
use crate::pick::{Cells, Pick};
use crate::work::Work;
use sdap::BoundingBox;
use sdap_nexus::Error;

/// The places of the grid.
pub(super) struct Places {
    /// Ascending from the southern edge.
    pub(super) lat: Vec<f64>,
    /// Eastwards from the western edge; beyond 180 across the antimeridian.
    pub(super) lon: Vec<f64>,
}

/// Which row or column of each dataset is nearest to a place of the grid, with its position there.
type Nearest = Vec<(usize, [usize; 2])>;

impl Places {
    /// The places from the south-western corner in steps of `resolution` degrees, without the northern and eastern edges.
    ///
    /// # Errors
    /// If the resolution is no length, the area has no extent, or there would be too many places.
    pub(super) fn over(area: &BoundingBox, resolution: f64, limits: &Limits) -> Result<Self, Error> {
        if !(resolution.is_finite() && resolution > 0.0) {
            return Err(Error::Invalid(format!("the resolution is {resolution} degrees; a number above 0 was expected")));
        }
        // What dividing rounded off makes no further place.
        let count = |extent: f64| (extent / resolution - 1e-9).ceil().max(0.0);
        let (rows, columns) = (count(area.height()), count(area.width()));
        within_limit("cells", (rows * columns).min(1e15) as usize, limits.cells)?;
        if rows == 0.0 || columns == 0.0 {
            return Err(Error::Invalid(format!("the box {area} has no extent to lay a grid over")));
        }
        let line = |from: f64, count: f64| (0..count as usize).map(|n| from + n as f64 * resolution).collect();
        Ok(Self { lat: line(area.south(), rows), lon: line(area.west(), columns) })
    }

    /// The pairs at each place, row by row; none where either dataset has no cell.
    pub(super) fn pairs(&self, both: &Both<'_>, work: &Work) -> Result<Vec<Pairs>, Error> {
        let mut all = vec![Pairs::default(); self.lat.len() * self.lon.len()];
        let ((lat, lon), (other_lat, other_lon)) = (axes(both.first)?, axes(both.second)?);
        let rows = shared(&self.lat, lat, other_lat);
        let columns = shared(&self.lon, lon, other_lon);
        if rows.is_empty() || columns.is_empty() {
            return Ok(all);
        }
        let cells = |nth: usize| Cells {
            lat: rows.iter().map(|(at, _)| self.lat[*at]).collect(),
            lon: columns.iter().map(|(at, _)| self.lon[*at]).collect(),
            y: Pick::in_order(rows.iter().map(|(_, sources)| sources[nth])),
            x: Pick::in_order(columns.iter().map(|(_, sources)| sources[nth])),
        };
        let found = both.pairs(&cells(0), &cells(1), work)?;
        let places = rows.iter().flat_map(|(row, _)| columns.iter().map(move |(at, _)| row * self.lon.len() + at));
        for (place, pairs) in places.zip(found) {
            all[place] = pairs;
        }
        Ok(all)
    }
}

/// The axes of a grid.
fn axes(dataset: &Dataset) -> Result<(&Axis, &Axis), Error> {
    match &dataset.places {
        dataset::Places::Grid { lat, lon } => Ok((lat, lon)),
        dataset::Places::Stations(_) | dataset::Places::Samples(_) => Err(match dataset.cells(&BoundingBox::WORLD) {
            Err(error) => error,
            Ok(_) => Error::Unsupported(format!("{} is no grid", dataset.name)),
        }),
    }
}

/// The places at which both datasets have a row or column.
fn shared(places: &[f64], first: &Axis, second: &Axis) -> Nearest {
    let one = |(at, place): (usize, &f64)| Some((at, [within_reach(first, *place)?, within_reach(second, *place)?]));
    places.iter().enumerate().filter_map(one).collect()
}

/// The nearest row or column, if the place lies in it.
fn within_reach(axis: &Axis, place: f64) -> Option<usize> {
    let apart = |a: f64, b: f64| ((a - b + 180.0).rem_euclid(360.0) - 180.0).abs();
    let nearest = nearest_to(axis, place)?;
    let widest = axis.degrees.windows(2).map(|pair| apart(pair[0], pair[1])).fold(0.0, f64::max);
    // A single row or column says nothing of its width; a degree on either side is what `res` is by default.
    let half = if axis.degrees.len() == 1 { 0.5 } else { widest / 2.0 };
    (apart(axis.degrees[nearest], place) <= half + 1e-6).then_some(nearest)
}
