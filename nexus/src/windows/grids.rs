//! Maps of all windows, combined cell by cell.

use super::join::{origin, take_in};
use super::run::{self, Answered};
use crate::join::{Moments, nearest, union};
use crate::request::{MapRequest, Statistic};
use crate::{Error, Missing, Nexus, Result};
use sdap::{Column, Grid, column, plane};

/// How many times larger than a window's map the whole may be: a server leaves out the tiles that a window's first time lacks.
const MOST_SPREAD: usize = 16;

/// What is known of some windows that follow each other.
pub(super) enum Part {
    /// One window, as it was answered.
    One(Box<Answer>),
    /// Some, cell by cell.
    Several(Box<Joined>),
}

/// The map of one window, and the map of means beside it where its variances need them.
pub(super) struct Answer {
    statistic: Statistic,
    map: Grid,
    means: Option<Grid>,
}

impl run::Part for Part {
    fn points(&self) -> usize {
        0
    }

    fn bytes(&self) -> usize {
        match self {
            Self::One(answer) => answer.map.values.len() * 2 * (1 + usize::from(answer.means.is_some())) * size_of::<f64>(),
            Self::Several(joined) => joined.cells.len() * size_of::<Cell>(),
        }
    }

    /// What cannot be combined is given back: why, is told once all windows are there.
    fn take_in(&mut self, next: Self) -> Option<Self> {
        if let Self::One(answer) = self {
            match Joined::of(answer) {
                Ok(joined) => *self = Self::Several(Box::new(joined)),
                Err(_) => return Some(next),
            }
        }
        let (Self::Several(all), Self::One(answer)) = (self, &next) else { return Some(next) };
        match Joined::of(answer) {
            Ok(later) if !all.is_spread_by(&later, all.largest.max(later.largest)) => all.add(&later),
            _ => return Some(next),
        }
        None
    }
}

impl Part {
    fn joined(self) -> Result<Joined> {
        match self {
            Self::One(answer) => Joined::of(&answer),
            Self::Several(joined) => Ok(*joined),
        }
    }
}

/// Asks for the map of one window, and for its means where they are needed.
pub(super) async fn part(inner: &dyn Nexus, request: MapRequest) -> Result<Part> {
    let (statistic, map) = (request.statistic, inner.map(&request).await?);
    let means = match statistic {
        Statistic::Variance => Some(inner.map(&MapRequest { statistic: Statistic::Mean, ..request }).await?),
        _ => None,
    };
    Ok(Part::One(Box::new(Answer { statistic, map, means })))
}

/// One cell while its windows come together.
#[derive(Clone, Copy)]
struct Cell {
    moments: Moments,
    /// Whether some window has values there of which it gives no statistic.
    unknown: bool,
}

impl Cell {
    const NONE: Self = Self { moments: Moments { count: 0.0, ..Moments::NONE }, unknown: false };

    /// Adds a window: its statistic, how many values it is of, and their mean.
    fn add(&mut self, statistic: Statistic, value: f64, count: f64, mean: f64) {
        if count == 0.0 || (count.is_nan() && value.is_nan()) {
            return;
        }
        if value.is_nan() {
            self.unknown = true;
        }
        let window = match statistic {
            Statistic::Mean | Statistic::Climatology { .. } => Moments { count, mean: value, std: 0.0, min: f64::NAN, max: f64::NAN },
            Statistic::Variance => Moments { count, mean, std: value.max(0.0).sqrt(), min: f64::NAN, max: f64::NAN },
            Statistic::Maximum | Statistic::Minimum => Moments { count, mean: 0.0, std: 0.0, min: value, max: value },
        };
        self.moments = self.moments.and(window);
    }

    /// Adds what later windows say of the same cell.
    fn and(&mut self, later: &Self) {
        self.unknown |= later.unknown;
        self.moments = self.moments.and(later.moments);
    }

    fn value(&self, statistic: Statistic) -> f64 {
        if self.unknown {
            return f64::NAN;
        }
        match statistic {
            Statistic::Mean | Statistic::Climatology { .. } => self.moments.mean,
            Statistic::Variance => self.moments.std.powi(2),
            Statistic::Maximum => self.moments.max,
            Statistic::Minimum => self.moments.min,
        }
    }
}

/// Windows that follow each other, cell by cell.
pub(super) struct Joined {
    lat: Vec<f64>,
    lon: Vec<f64>,
    /// By latitude, then longitude.
    cells: Vec<Cell>,
    /// How many cells the largest of the maps has.
    largest: usize,
    /// What the first map is of, in a map without cells.
    head: Grid,
}

impl Joined {
    /// One window.
    ///
    /// # Errors
    /// If it lacks what it would be combined by.
    fn of(answer: &Answer) -> Result<Self> {
        let Answer { statistic, map, means } = answer;
        if means.as_ref().is_some_and(|means| means.values.dim() != map.values.dim()) {
            return Err(Error::Unsupported(
                "the maps of variances and of means differ in their cells, so windows cannot be combined".into(),
            ));
        }
        let mut joined = Self::empty(answer);
        let rows: Vec<usize> = map.lat.iter().map(|c| nearest(&joined.lat, *c)).collect();
        let columns: Vec<usize> = map.lon.iter().map(|c| nearest(&joined.lon, *c)).collect();
        let width = joined.lon.len();
        for ((row, at), value) in map.values.indexed_iter() {
            let count = map.count[[row, at]];
            if count.is_nan() && !value.is_nan() && !matches!(statistic, Statistic::Maximum | Statistic::Minimum) {
                return Err(Error::Unsupported("the map comes without counts, by which windows would be combined".into()));
            }
            let mean = means.as_ref().map_or(f64::NAN, |means| means.values[[row, at]]);
            joined.cells[rows[row] * width + columns[at]].add(*statistic, *value, count, mean);
        }
        Ok(joined)
    }

    /// The axes of one window, and nothing in its cells.
    fn empty(Answer { map, means, .. }: &Answer) -> Self {
        let axis = |coordinates: &Column| union(std::iter::once(coordinates.to_vec().as_slice()));
        let (lat, lon) = (axis(&map.lat), axis(&map.lon));
        let mut origin = map.origin.clone();
        origin.bytes += means.as_ref().map_or(0, |means| means.origin.bytes);
        let (dataset, variable) = (map.dataset.clone(), map.variable.clone());
        let (statistic, units, none) = (map.statistic.clone(), map.units.clone(), || plane(0, Vec::new()));
        let head = Grid { dataset, variable, statistic, units, values: none(), count: none(), lat: column([]), lon: column([]), origin };
        Self { cells: vec![Cell::NONE; lat.len() * lon.len()], largest: map.values.len(), lat, lon, head }
    }

    /// The axes of both.
    fn axes(&self, later: &Self) -> [Vec<f64>; 2] {
        [union([self.lat.as_slice(), &later.lat].into_iter()), union([self.lon.as_slice(), &later.lon].into_iter())]
    }

    /// Whether both together have far more cells than the largest of all maps, as those of different grids.
    fn is_spread_by(&self, later: &Self, largest: usize) -> bool {
        let [lat, lon] = self.axes(later);
        lat.len().saturating_mul(lon.len()) > largest.saturating_mul(MOST_SPREAD)
    }

    /// Adds later windows.
    fn add(&mut self, later: &Self) {
        let [lat, lon] = self.axes(later);
        if (&lat, &lon) != (&self.lat, &self.lon) {
            let mut cells = vec![Cell::NONE; lat.len() * lon.len()];
            self.places(&lat, &lon).zip(&self.cells).for_each(|(place, cell)| cells[place] = *cell);
            (self.lat, self.lon, self.cells) = (lat, lon, cells);
        }
        later.places(&self.lat, &self.lon).zip(&later.cells).for_each(|(place, cell)| self.cells[place].and(cell));
        self.largest = self.largest.max(later.largest);
        take_in(&mut self.head.origin, &later.head.origin);
    }

    /// Where its cells, in their order, are on larger axes.
    fn places(&self, lat: &[f64], lon: &[f64]) -> impl Iterator<Item = usize> + use<> {
        let width = lon.len();
        let rows: Vec<usize> = self.lat.iter().map(|c| nearest(lat, *c)).collect();
        let columns: Vec<usize> = self.lon.iter().map(|c| nearest(lon, *c)).collect();
        rows.into_iter().flat_map(move |row| columns.clone().into_iter().map(move |at| row * width + at))
    }
}

/// The map of the whole period.
///
/// # Errors
/// If the windows lack what they would be combined by, or no cell can be trusted.
pub(super) fn join(request: &MapRequest, answered: Answered<Part>) -> Result<Grid> {
    let Answered { mut parts, how } = answered;
    if how.windows == 1
        && let Some(Part::One(_)) = parts.first()
        && let Some(Part::One(answer)) = parts.pop()
    {
        return Ok(answer.map);
    }
    let joined = together(parts)?;
    let values: Vec<f64> = joined.cells.iter().map(|cell| cell.value(request.statistic)).collect();
    if values.iter().all(|value| value.is_nan()) {
        let message = format!("no cell of {} has a {} that can be trusted", request.dataset, request.statistic.name());
        return Err(Error::NoData { missing: Missing::Unknown, message });
    }
    let Joined { lat, lon, cells, head, .. } = joined;
    Ok(Grid {
        origin: origin(&[&head.origin], &how, request.period),
        values: plane(lat.len(), values),
        count: plane(lat.len(), cells.iter().map(|cell| cell.moments.count).collect::<Vec<_>>()),
        lat: column(lat),
        lon: column(lon),
        ..head
    })
}

/// All windows, one after the other.
fn together(parts: Vec<Part>) -> Result<Joined> {
    let different = || Error::Unsupported("the maps of the windows lie on different grids, so they cannot be combined".into());
    let parts = parts.into_iter().map(Part::joined).collect::<Result<Vec<_>>>()?;
    let largest = parts.iter().map(|part| part.largest).max().unwrap_or(0);
    let mut parts = parts.into_iter();
    let mut all = parts.next().ok_or_else(different)?;
    for part in parts {
        if all.is_spread_by(&part, largest) {
            return Err(different());
        }
        all.add(&part);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::run::Part as _;

    /// A map of a window: one column, each row with the value of its latitude, from one number.
    fn window(lat: &[f64]) -> Part {
        let map = Grid {
            dataset: "A".into(),
            variable: "v".into(),
            statistic: "mean".into(),
            units: "K".into(),
            lat: column(lat.to_vec()),
            lon: column([0.5]),
            values: plane(lat.len(), lat.to_vec()),
            count: plane(lat.len(), vec![1.0; lat.len()]),
            origin: sdap::Origin::default(),
        };
        Part::One(Box::new(Answer { statistic: Statistic::Mean, map, means: None }))
    }

    #[test]
    fn a_map_grows_by_the_rows_that_only_later_windows_have() {
        let mut all = window(&[1.0, 2.0]);
        assert!(all.take_in(window(&[2.0, 3.0])).is_none() && all.take_in(window(&[0.0])).is_none());
        let joined = all.joined().unwrap();
        assert_eq!(joined.lat, [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(joined.cells.iter().map(|cell| cell.moments.count).collect::<Vec<_>>(), [1.0, 1.0, 2.0, 1.0]);
        assert_eq!(joined.cells.iter().map(|cell| cell.value(Statistic::Mean)).collect::<Vec<_>>(), joined.lat);
    }

    #[test]
    fn maps_on_different_grids_are_held_apart_and_refused() {
        let rows = |first: f64| (0..40).map(|n| first + f64::from(n)).collect::<Vec<f64>>();
        let mut all = window(&[0.0]);
        let scattered: Vec<Part> = (1..40).filter_map(|n| all.take_in(window(&[f64::from(n)]))).collect();
        assert_eq!(scattered.len(), 39 - 15, "sixteen times the largest at most");
        let mut parts = vec![all];
        parts.extend(scattered);
        assert!(together(parts).is_err());
        let mut all = window(&[0.0]);
        let mut parts: Vec<Part> = (1..40).filter_map(|n| all.take_in(window(&[f64::from(n)]))).collect();
        parts.insert(0, all);
        parts.push(window(&rows(0.0)));
        assert_eq!(together(parts).unwrap().lat, rows(0.0), "a larger map shows that they are of one grid");
    }
}
