//! Maps of all windows, combined cell by cell.

use super::join::origin;
use super::run::{self, Answered};
use crate::join::{Moments, nearest, union};
use crate::request::{MapRequest, Statistic};
use crate::{Error, Missing, Nexus, Result};
use sdap::{Grid, Origin, column, plane};

/// How many times larger than a window's map the whole may be: a server leaves out the tiles that a window's first time lacks.
const MOST_SPREAD: usize = 16;

/// What one window says: the map itself, and the map of means beside it where its variances need them.
pub(super) struct Part {
    map: Grid,
    means: Option<Grid>,
}

impl run::Part for Part {
    fn points(&self) -> usize {
        0
    }

    fn bytes(&self) -> usize {
        let maps = 1 + usize::from(self.means.is_some());
        self.map.values.len() * 2 * maps * size_of::<f64>()
    }
}

/// Asks for the map of one window, and for its means where they are needed.
pub(super) async fn part(inner: &dyn Nexus, request: MapRequest) -> Result<Part> {
    let map = inner.map(&request).await?;
    let means = match request.statistic {
        Statistic::Variance => Some(inner.map(&MapRequest { statistic: Statistic::Mean, ..request }).await?),
        _ => None,
    };
    Ok(Part { map, means })
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

/// The map of the whole period.
///
/// # Errors
/// If the windows lack what they would be combined by, or no cell can be trusted.
pub(super) fn join(request: &MapRequest, answered: Answered<Part>) -> Result<Grid> {
    let Answered { mut parts, how } = answered;
    if how.windows == 1 && parts.len() == 1 {
        return Ok(parts.remove(0).map);
    }
    let axes: Vec<[Vec<f64>; 2]> = parts.iter().map(|part| [part.map.lat.to_vec(), part.map.lon.to_vec()]).collect();
    let lat = union(axes.iter().map(|[lat, _]| lat.as_slice()));
    let lon = union(axes.iter().map(|[_, lon]| lon.as_slice()));
    let largest = parts.iter().map(|part| part.map.values.len()).max().unwrap_or(0);
    if lat.len().saturating_mul(lon.len()) > largest.saturating_mul(MOST_SPREAD) {
        return Err(Error::Unsupported("the maps of the windows lie on different grids, so they cannot be combined".into()));
    }
    let mut cells = vec![Cell::NONE; lat.len() * lon.len()];
    for (part, [rows, columns]) in parts.iter().zip(&axes) {
        let rows: Vec<usize> = rows.iter().map(|c| nearest(&lat, *c)).collect();
        let columns: Vec<usize> = columns.iter().map(|c| nearest(&lon, *c)).collect();
        let means = part.means.as_ref();
        if means.is_some_and(|means| means.values.dim() != part.map.values.dim()) {
            return Err(Error::Unsupported(
                "the maps of variances and of means differ in their cells, so windows cannot be combined".into(),
            ));
        }
        for ((row, at), value) in part.map.values.indexed_iter() {
            let count = part.map.count[[row, at]];
            if count.is_nan() && !value.is_nan() && !matches!(request.statistic, Statistic::Maximum | Statistic::Minimum) {
                return Err(Error::Unsupported("the map comes without counts, by which windows would be combined".into()));
            }
            let mean = means.map_or(f64::NAN, |means| means.values[[row, at]]);
            cells[rows[row] * lon.len() + columns[at]].add(request.statistic, *value, count, mean);
        }
    }
    let values: Vec<f64> = cells.iter().map(|cell| cell.value(request.statistic)).collect();
    if values.iter().all(|value| value.is_nan()) {
        let message = format!("no cell of {} has a {} that can be trusted", request.dataset, request.statistic.name());
        return Err(Error::NoData { missing: Missing::Unknown, message });
    }
    let origins: Vec<&Origin> = parts.iter().map(|part| &part.map.origin).collect();
    let mut origin = origin(&origins, &how, request.period);
    origin.bytes += parts.iter().filter_map(|part| part.means.as_ref()).map(|means| means.origin.bytes).sum::<u64>();
    let first = &parts[0].map;
    Ok(Grid {
        dataset: first.dataset.clone(),
        variable: first.variable.clone(),
        statistic: first.statistic.clone(),
        units: first.units.clone(),
        values: plane(lat.len(), values),
        count: plane(lat.len(), cells.iter().map(|cell| cell.moments.count).collect::<Vec<_>>()),
        lat: column(lat),
        lon: column(lon),
        origin,
    })
}
