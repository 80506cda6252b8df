//! The daily difference from a climatology: `/dailydifferenceaverage_spark`.
//!
//! Each time is compared, cell by cell, with the climatology's time of the greatest day of the year that is not after its own;
//! before the first such day the last one is taken, for the year is a circle. The differences of a UTC day are pooled: plain mean,
//! population standard deviation. Times are midnights. Cells that are missing on either side do not count.

use super::{Asked, window};
use crate::catalogue::Catalogue;
use crate::dataset::{Dataset, Variable};
use crate::moments::Moments;
use crate::packed::differences;
use crate::pick::{Cells, Pick};
use crate::plane::PlaneReader;
use crate::scan::{Part, Reducer, Row, Window, scan};
use crate::work::Work;
use chrono::{DateTime, Datelike};
use sdap::{TimeSeries, Times, column};
use sdap_nexus::Error;
use sdap_nexus::request::AnomalyRequest;
use std::collections::BTreeMap;

const DAY: i64 = 86_400;

/// The mean difference of each day.
///
/// # Errors
/// If a dataset is unknown or broken, their grids differ, or there is no data in the box and the period.
pub(crate) fn anomaly(catalogue: &Catalogue, request: &AnomalyRequest, work: &Work) -> Result<TimeSeries, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period);
    let (dataset, climatology) = (catalogue.get(&request.dataset)?, catalogue.get(&request.climatology)?);
    let variable = dataset.variable(request.variable.as_deref())?;
    let normal = normal_of(&climatology, variable, request.variable.as_deref())?;
    let (variable, normal) = (dataset.layers(variable, None)?[0].0, climatology.layers(normal, None)?[0].0);
    let steps = dataset.steps(&request.period)?;
    let (cells, normal_cells) = (dataset.cells(&request.area)?, climatology.cells(&request.area)?);
    check_grids(&dataset, &cells, &climatology, &normal_cells)?;

    let mut days: Vec<i64> = steps.seconds.iter().map(|second| second.div_euclid(DAY)).collect();
    days.dedup();
    let position = |source: usize| days.partition_point(|day| *day < dataset.time[source].div_euclid(DAY));
    let pick = Pick::placed(steps.pick.sources().into_iter().map(|source| (source, position(source))).collect());
    let calendar = Calendar::of(&climatology);
    let (normal_rows, normal_columns) = (normal_cells.y.sources(), normal_cells.x.sources());

    let mut all = vec![Moments::NONE; days.len()];
    let make = |part: &Part<'_>| DifferenceReducer {
        times: &dataset.time,
        calendar: &calendar,
        normal: PlaneReader::new(
            normal,
            part.column.rows.iter().map(|row| normal_rows[*row]).collect(),
            part.column.columns.iter().map(|at| normal_columns[*at]).collect(),
            work,
        ),
        differences: vec![f64::NAN; part.column.columns.len()],
        first: part.times.start,
        moments: vec![Moments::NONE; part.times.len()],
    };
    scan(Window { beside: &[normal], ..window(&[variable], &cells, &pick) }, work, make, |part, reducer| {
        for (total, moments) in all[part.times.clone()].iter_mut().zip(&reducer.moments) {
            total.merge(moments);
        }
    })?;
    let present: Vec<(i64, Moments)> = days.into_iter().zip(all).filter(|(_, m)| m.count > 0).collect();
    if present.is_empty() {
        return Err(asked.all_missing(&dataset, variable, &steps.pick, work));
    }
    let of = |value: fn(&Moments) -> f64| column(present.iter().map(|(_, m)| value(m)).collect::<Vec<_>>());
    Ok(TimeSeries {
        dataset: dataset.name.clone(),
        variable: variable.label().to_owned(),
        units: variable.units.clone(),
        time: Times::new(present.iter().map(|(day, _)| day * DAY).collect::<Vec<_>>()),
        mean: of(Moments::mean),
        standard_deviation: of(Moments::standard_deviation),
        count: of(|m| m.count as f64),
        minimum: of(Moments::minimum),
        maximum: of(Moments::maximum),
        extra: BTreeMap::new(),
        origin: asked.origin(&[&dataset, &climatology], work),
    })
}

/// The climatology's variable: the one asked for, else the one of the same name or meaning, else its only one.
fn normal_of<'a>(climatology: &'a Dataset, variable: &Variable, asked: Option<&str>) -> Result<&'a Variable, Error> {
    let same = climatology.variable(Some(&variable.name)).or_else(|_| climatology.variable(Some(variable.label())));
    match same {
        Err(unknown) if asked.is_some() || climatology.variables.len() > 1 => Err(unknown),
        found => found.or_else(|_| climatology.variable(None)),
    }
}

/// Differences are taken cell by cell, so both must have the same cells in the box.
pub(crate) fn check_grids(dataset: &Dataset, cells: &Cells, climatology: &Dataset, normal: &Cells) -> Result<(), Error> {
    let same = |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
    if same(&cells.lat, &normal.lat) && same(&cells.lon, &normal.lon) {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "{} cannot be compared with {} cell by cell: in the box one has {} x {} cells, the other {} x {}, or at other places",
        dataset.name,
        climatology.name,
        cells.lat.len(),
        cells.lon.len(),
        normal.lat.len(),
        normal.lon.len()
    )))
}

/// The times of a climatology by day of the year.
pub(super) struct Calendar(Vec<(u32, usize)>);

impl Calendar {
    pub(super) fn of(climatology: &Dataset) -> Self {
        let mut days: Vec<(u32, usize)> = climatology.time.iter().map(|second| day_of_year(*second)).zip(0..).collect();
        days.sort_unstable();
        Self(days)
    }

    /// The index of the climatology's time for one of a dataset. A dataset has at least one time.
    fn at(&self, seconds: i64) -> usize {
        self.at_day(day_of_year(seconds))
    }

    /// The index of the climatology's time for a day of the year.
    pub(super) fn at_day(&self, wanted: u32) -> usize {
        let after = self.0.partition_point(|(day, _)| *day <= wanted);
        let (_, index) = self.0[after.checked_sub(1).unwrap_or(self.0.len() - 1)];
        index
    }
}

fn day_of_year(seconds: i64) -> u32 {
    DateTime::from_timestamp(seconds, 0).map_or(1, |t| t.ordinal())
}

struct DifferenceReducer<'a> {
    times: &'a [i64],
    calendar: &'a Calendar,
    normal: PlaneReader<'a>,
    differences: Vec<f64>,
    first: usize,
    moments: Vec<Moments>,
}

impl Reducer for DifferenceReducer<'_> {
    fn step(&mut self, source: usize, _target: usize) -> Result<(), Error> {
        self.normal.read(self.calendar.at(self.times[source]))
    }

    fn row(&mut self, target: usize, row: usize, cells: Row<'_>) -> Result<(), Error> {
        let moments = &mut self.moments[target - self.first];
        if let (Some(values), Some(normal)) = (cells.packed(), self.normal.packed(row))
            && let Some(whole) = differences(&values, &normal)
        {
            moments.add_whole(&whole, &values.worth().of_differences(&normal.worth()), 1.0);
            return Ok(());
        }
        for ((difference, value), normal) in self.differences.iter_mut().zip(cells.values()).zip(self.normal.row(row)) {
            *difference = value - normal;
        }
        moments.add_row(&self.differences, 1.0);
        Ok(())
    }

    fn bytes(part: &Part<'_>) -> usize {
        part.times.len() * size_of::<Moments>() + part.column.rows.len() * part.column.columns.len() * size_of::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_climatology_of_a_day_is_the_last_that_began_and_the_year_is_a_circle() {
        let calendar = Calendar(vec![(16, 0), (46, 1), (350, 11)]);
        let on = |date: &str| calendar.at(format!("{date}T06:00:00Z").parse::<DateTime<chrono::Utc>>().unwrap().timestamp());
        assert_eq!([on("2011-01-16"), on("2011-02-14"), on("2011-02-15"), on("2011-12-31")], [0, 0, 1, 11]);
        assert_eq!(on("2011-01-15"), 11);
    }
}
