//! The standard deviations that a climatology keeps beside its means: `/standardDeviation`.
//!
//! The time is the climatology's last day of the year at or before the day that is asked for; before its first, the last of the
//! year, for the year is a circle. The place is that of the nearest cell, or all of the chunk that holds it: chunks are here what
//! tiles are to a server. Cells without a value are left out.

use super::anomaly::Calendar;
use super::{Asked, window, within_limit};
use crate::catalogue::Catalogue;
use crate::dataset::{Axis, Dataset, Places, Variable};
use crate::engine::Limits;
use crate::pick::{Cells, Pick};
use crate::scan::{Part, Reducer, Row, scan};
use crate::work::Work;
use chrono::{DateTime, Datelike};
use sdap::{BoundingBox, Period, Table, TableColumn, column};
use sdap_nexus::request::{Climatic, DeviationRequest};
use sdap_nexus::{Error, Missing};

/// The table of cells: `latitude [degrees_north]`, `longitude [degrees_east]`, `standard deviation [UNIT]`.
///
/// # Errors
/// If the dataset is unknown, broken, no grid or keeps no standard deviations, or has none there.
pub(crate) fn deviation(catalogue: &Catalogue, request: &DeviationRequest, limits: &Limits, work: &Work) -> Result<Table, Error> {
    let dataset = catalogue.get(&request.dataset)?;
    let (lat, lon) = (request.latitude, request.longitude);
    let place = BoundingBox::new(lon, lat, lon, lat).map_err(|e| Error::Invalid(e.to_string()))?;
    let kept = kept_by(&dataset)?;
    let (variable, _) = dataset.layers(kept, None)?[0];
    let source = Calendar::of(&dataset).at_day(day(request.when)?);
    let second = DateTime::from_timestamp(dataset.time[source], 0).unwrap_or_default();
    let period = Period::new(second, second).map_err(|e| Error::Invalid(e.to_string()))?;
    let asked = Asked::now(request.path_and_query(), place, period);
    let cells = if request.all_in_tile { chunk_at(&dataset, variable, &place)? } else { nearest(&dataset, &place)? };
    within_limit("cells", cells.lat.len() * cells.lon.len(), limits.cells)?;

    let width = cells.lon.len();
    let mut values = vec![f64::NAN; cells.lat.len() * width];
    let time = Pick::in_order([source]);
    let make = |_: &Part<'_>| Kept::default();
    scan(window(&[variable], &cells, &time), work, make, |part, kept| {
        for (row, read) in part.column.rows.iter().zip(kept.0) {
            for (at, value) in part.column.columns.iter().zip(read) {
                values[row * width + at] = value;
            }
        }
    })?;
    let there: Vec<usize> = (0..values.len()).filter(|at| !values[*at].is_nan()).collect();
    if there.is_empty() {
        let message = format!("{} keeps no standard deviation at {lat} N {lon} E: the value is missing", dataset.name);
        return Err(Error::NoData { missing: Missing::Area, message });
    }
    let numbers = |number: &dyn Fn(usize) -> f64| TableColumn::Numbers(column(there.iter().map(|at| number(*at)).collect::<Vec<_>>()));
    let units = if variable.units.is_empty() { String::new() } else { format!(" [{}]", variable.units) };
    Ok(Table {
        title: format!("Standard deviation of {} on {}", dataset.name, second.format("%-d %B")),
        columns: vec![
            ("latitude [degrees_north]".into(), numbers(&|at| cells.lat[at / width])),
            ("longitude [degrees_east]".into(), numbers(&|at| cells.lon[at % width])),
            (format!("standard deviation{units}"), numbers(&|at| values[at])),
        ],
        origin: asked.origin(&[&dataset], work),
    })
}

/// The day of the year that is asked for.
fn day(when: Climatic) -> Result<u32, Error> {
    match when {
        Climatic::Day(day) if (1..=366).contains(&day) => Ok(day),
        Climatic::Day(day) => Err(Error::Invalid(format!("{day} is no day of a year; 1 to 366 were expected"))),
        Climatic::Date(date) => Ok(date.ordinal()),
    }
}

/// The variable that holds standard deviations: its name ends in `std`, or its attributes say so.
fn kept_by(dataset: &Dataset) -> Result<&Variable, Error> {
    let named = |v: &&Variable| v.name.to_ascii_lowercase().ends_with("std");
    let by_method = |v: &&Variable| v.cell_methods.contains("standard_deviation");
    let by_meaning = |v: &&Variable| v.standard_name.ends_with(" standard_error") || v.name.to_ascii_lowercase().ends_with("stddev");
    let all = || dataset.variables.iter();
    all().find(named).or_else(|| all().find(by_method)).or_else(|| all().find(by_meaning)).ok_or_else(|| {
        let known: Vec<&str> = all().map(|v| v.name.as_str()).collect();
        Error::Unsupported(format!(
            "{} keeps no standard deviations: a variable whose name ends in std, or whose cell_methods say so; it has {}",
            dataset.name,
            known.join(", ")
        ))
    })
}

/// The row and column of the cell that a place lies in.
fn cell_of(dataset: &Dataset, place: &BoundingBox) -> Result<(usize, usize), Error> {
    let Places::Grid { lat, lon } = &dataset.places else {
        return Err(dataset.cells(place).err().unwrap_or_else(|| dataset.nothing_in(place)));
    };
    let covered = dataset.places.area().is_some_and(|area| area.contains(place.south(), place.west()));
    match (nearest_to(lat, place.south()), nearest_to(lon, place.west())) {
        (Some(row), Some(at)) if covered => Ok((row, at)),
        _ => Err(dataset.nothing_in(place)),
    }
}

/// The index of the nearest latitude or longitude, the shorter way round.
pub(super) fn nearest_to(axis: &Axis, degrees: f64) -> Option<usize> {
    let apart = |d: f64| ((d - degrees + 180.0).rem_euclid(360.0) - 180.0).abs();
    (0..axis.degrees.len()).min_by(|a, b| apart(axis.degrees[*a]).total_cmp(&apart(axis.degrees[*b])))
}

/// The nearest cell alone.
fn nearest(dataset: &Dataset, place: &BoundingBox) -> Result<Cells, Error> {
    let (row, at) = cell_of(dataset, place)?;
    cells(dataset, vec![row], vec![at])
}

/// All cells of the chunk that holds the nearest.
fn chunk_at(dataset: &Dataset, variable: &Variable, place: &BoundingBox) -> Result<Cells, Error> {
    let (row, at) = cell_of(dataset, place)?;
    let shape = variable.chunks.chunk_shape();
    let within = |index: usize, step: usize, count: usize| (index / step * step..(index / step * step + step).min(count)).collect();
    let (height, width) = extent(dataset);
    cells(dataset, within(row, variable.dimensions.y.map_or(1, |y| shape[y]), height), within(at, shape[variable.dimensions.x], width))
}

fn extent(dataset: &Dataset) -> (usize, usize) {
    match &dataset.places {
        Places::Grid { lat, lon } => (lat.degrees.len(), lon.degrees.len()),
        Places::Stations(_) | Places::Samples(_) => (0, 0),
    }
}

/// Cells by index, in ascending order of their coordinates.
fn cells(dataset: &Dataset, mut rows: Vec<usize>, mut columns: Vec<usize>) -> Result<Cells, Error> {
    let Places::Grid { lat, lon } = &dataset.places else { return dataset.cells(&BoundingBox::WORLD) };
    rows.sort_by(|a, b| lat.degrees[*a].total_cmp(&lat.degrees[*b]));
    columns.sort_by(|a, b| lon.degrees[*a].total_cmp(&lon.degrees[*b]));
    Ok(Cells {
        lat: rows.iter().map(|row| lat.degrees[*row]).collect(),
        lon: columns.iter().map(|at| lon.degrees[*at]).collect(),
        y: Pick::in_order(rows),
        x: Pick::in_order(columns),
    })
}

/// The values of one time, row by row.
#[derive(Default)]
struct Kept(Vec<Vec<f64>>);

impl Reducer for Kept {
    fn row(&mut self, _target: usize, _row: usize, cells: Row<'_>) -> Result<(), Error> {
        self.0.push(cells.values().to_vec());
        Ok(())
    }

    fn bytes(part: &Part<'_>) -> usize {
        part.column.rows.len() * part.column.columns.len() * size_of::<f64>()
    }
}
