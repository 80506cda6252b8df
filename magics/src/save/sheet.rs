//! A value as columns of rows, for formats that know no dimensions.

use super::{Data, Names};
use crate::show::unit_of_heading;
use sdap::{Axis, Column, Grid, Hovmoller, Points, SeriesGroup, Table, TableColumn, TimeSeries, Times, Value};

/// A column of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SheetColumn {
    pub(super) name: String,
    /// The unit; empty where there is none or it is not known.
    pub(super) unit: String,
    pub(super) data: Data,
}

/// Columns of one length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sheet {
    pub(super) columns: Vec<SheetColumn>,
    pub(super) rows: usize,
}

/// A value as a sheet. A group has a row for each series and time, a map or diagram one for each cell.
pub(super) fn of(value: &Value) -> Sheet {
    let columns = match value {
        Value::Series(v) => series(v),
        Value::Group(v) => group(v),
        Value::Grid(v) => grid(v),
        Value::Hovmoller(v) => hovmoller(v),
        Value::Points(v) => points(v),
        Value::Table(v) => table(v),
    };
    let mut names = Names::default();
    let columns: Vec<SheetColumn> = columns.into_iter().map(|c| SheetColumn { name: names.sound(&c.name), ..c }).collect();
    let rows = columns.first().map_or(0, |c| c.data.len());
    Sheet { columns, rows }
}

fn numbers(name: &str, unit: &str, values: impl IntoIterator<Item = f64>) -> SheetColumn {
    SheetColumn { name: name.to_owned(), unit: unit.to_owned(), data: Data::Numbers(values.into_iter().collect()) }
}

fn text(name: &str, values: impl IntoIterator<Item = String>) -> SheetColumn {
    SheetColumn { name: name.to_owned(), unit: String::new(), data: Data::Text(values.into_iter().collect()) }
}

fn times(name: &str, values: impl IntoIterator<Item = i64>) -> SheetColumn {
    SheetColumn { name: name.to_owned(), unit: String::new(), data: Data::Seconds(values.into_iter().collect()) }
}

fn series(v: &TimeSeries) -> Vec<SheetColumn> {
    std::iter::once(times("time", v.time.seconds().iter().copied())).chain(statistics(v)).collect()
}

/// The statistics of a series, and whatever else it carries.
pub(super) fn statistics(v: &TimeSeries) -> Vec<SheetColumn> {
    let named: [(&str, &str, &Column); 5] = [
        ("mean", &v.units, &v.mean),
        ("standard_deviation", &v.units, &v.standard_deviation),
        ("minimum", &v.units, &v.minimum),
        ("maximum", &v.units, &v.maximum),
        ("count", "1", &v.count),
    ];
    let more = v.extra.iter().map(|(name, values)| (name.as_str(), v.units.as_str(), values));
    named.into_iter().chain(more).map(|(name, unit, values)| numbers(name, unit, values.iter().copied())).collect()
}

/// The names of the columns that any series of a group has, in the order in which they are met, each with the unit that
/// all series share.
pub(super) fn group_columns(v: &SeriesGroup) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for column in v.series.iter().flat_map(statistics) {
        match found.iter_mut().find(|(name, _)| *name == column.name) {
            Some((_, unit)) if *unit != column.unit => unit.clear(),
            Some(_) => {}
            None => found.push((column.name, column.unit)),
        }
    }
    found
}

fn group(v: &SeriesGroup) -> Vec<SheetColumn> {
    let each =
        |pick: &dyn Fn(&TimeSeries) -> String| v.series.iter().flat_map(|s| std::iter::repeat_n(pick(s), s.len())).collect::<Vec<_>>();
    let mut columns = vec![
        text("series", each(&|s| s.dataset.clone())),
        text("variable", each(&|s| s.variable.clone())),
        times("time", v.series.iter().flat_map(|s| s.time.seconds().iter().copied())),
    ];
    let kinds = group_columns(v);
    let of_series: Vec<Vec<SheetColumn>> = v.series.iter().map(statistics).collect();
    for (name, unit) in &kinds {
        let values = v.series.iter().zip(&of_series).flat_map(|(s, columns)| match columns.iter().find(|c| c.name == *name) {
            Some(SheetColumn { data: Data::Numbers(values), .. }) => values.clone(),
            _ => vec![f64::NAN; s.len()],
        });
        columns.push(numbers(name, unit, values));
    }
    if kinds.iter().any(|(_, unit)| unit.is_empty()) {
        columns.push(text("units", each(&|s| s.units.clone())));
    }
    columns
}

fn grid(v: &Grid) -> Vec<SheetColumn> {
    let cells = || v.values.indexed_iter().map(|(at, _)| at);
    vec![
        numbers("lat", "degrees_north", cells().map(|(y, _)| v.lat[y])),
        numbers("lon", "degrees_east", cells().map(|(_, x)| v.lon[x])),
        numbers(&v.statistic, &v.units, v.values.iter().copied()),
        numbers("count", "1", v.count.iter().copied()),
    ]
}

/// The name and unit of a diagram's second axis.
pub(super) fn coordinate(axis: Axis) -> (&'static str, &'static str) {
    match axis {
        Axis::Latitude => ("lat", "degrees_north"),
        Axis::Longitude => ("lon", "degrees_east"),
    }
}

fn hovmoller(v: &Hovmoller) -> Vec<SheetColumn> {
    let cells = || v.mean.indexed_iter().map(|(at, _)| at);
    let (name, unit) = coordinate(v.axis);
    vec![
        times("time", cells().map(|(t, _)| v.time.seconds()[t])),
        numbers(name, unit, cells().map(|(_, x)| v.coordinate[x])),
        numbers("mean", &v.units, v.mean.iter().copied()),
        numbers("standard_deviation", &v.units, v.standard_deviation.iter().copied()),
        numbers("minimum", &v.units, v.minimum.iter().copied()),
        numbers("maximum", &v.units, v.maximum.iter().copied()),
        numbers("count", "1", v.count.iter().copied()),
    ]
}

fn points(v: &Points) -> Vec<SheetColumn> {
    let mut columns = vec![
        times("time", v.time.seconds().iter().copied()),
        numbers("lat", "degrees_north", v.lat.iter().copied()),
        numbers("lon", "degrees_east", v.lon.iter().copied()),
    ];
    columns.extend(v.elevation.iter().map(|values| numbers("elevation", "m", values.iter().copied())));
    columns.extend(v.keys.iter().map(|(name, values)| text(name, values.iter().cloned())));
    columns.extend(v.variables.iter().map(|q| numbers(&q.name, &q.units, q.values.iter().copied())));
    columns
}

fn table(v: &Table) -> Vec<SheetColumn> {
    let column = |(heading, cells): &(String, TableColumn)| {
        let (name, unit) = unit_of_heading(heading);
        match cells {
            TableColumn::Text(words) => text(name, words.iter().cloned()),
            TableColumn::Numbers(values) => numbers(name, unit, values.iter().copied()),
            TableColumn::Times(values) => times(name, seconds(values)),
        }
    };
    v.columns.iter().map(column).collect()
}

fn seconds(values: &Times) -> Vec<i64> {
    values.seconds().to_vec()
}
