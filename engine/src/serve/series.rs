//! `/timeSeriesSpark`: area statistics for each time.

use super::json::Envelope;
use super::meta::{Meta, iso, start_of_month};
use super::parameters::Parameters;
use super::{Answer, Failure, json_response};
use crate::{Engine, regression};
use axum::extract::State;
use sdap::{Regression, SeriesGroup, TimeSeries};
use sdap_nexus::request::{SeriesFilters, SeriesRequest};
use sdap_nexus::{Error, Nexus};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Area statistics for each time, of one or more datasets.
pub(super) async fn time_series(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let datasets = parameters.datasets("'ds' argument is required. Must be comma-delimited string")?;
    if datasets.iter().any(|name| name.contains("CLIM")) {
        return Err(Failure::bad("Cannot compute time series on a climatology"));
    }
    let request = SeriesRequest {
        elevation: parameters.elevation()?,
        area: parameters.area()?,
        period: parameters.period()?,
        variable: parameters.variable(),
        filters: SeriesFilters {
            seasonal: parameters.switch("seasonalFilter", false),
            low_pass: parameters.switch("lowPassFilter", true),
            // The server moves the times of its answer, and keeps all of them.
            normalize_dates: false,
        },
        datasets,
    };
    let group = match engine.series(&request).await {
        Ok(group) => group,
        // The server gives times without cells as an empty list, and no times at all as an error.
        Err(Error::NoData { .. }) if all_have_times(&engine, &request).await? => empty(),
        Err(error) => return Err(error.into()),
    };
    let metas: Vec<Meta> = request.datasets.iter().map(|name| Meta::of(name, &request.area, &request.period)).collect();
    let to_months = parameters.switch("normalizeDates", false);
    let rows = by_time(&group, to_months);
    let stats = Stats(if to_months { of_pairs(&rows) } else { group.regression });
    Ok(json_response(Envelope::of(&metas, &stats).body(rows.into_iter())))
}

fn empty() -> SeriesGroup {
    SeriesGroup { series: Vec::new(), regression: None, origin: sdap::Origin::default() }
}

async fn all_have_times(engine: &Engine, request: &SeriesRequest) -> Result<bool, Failure> {
    let (names, period) = (request.datasets.clone(), request.period);
    let job = move |catalogue: &crate::Catalogue, _: &crate::work::Work| {
        names.iter().try_fold(true, |all, name| Ok(all && catalogue.get(name)?.steps(&period).is_ok()))
    };
    Ok(engine.work(job).await?)
}

/// The statistics in one list for each time.
fn by_time(group: &SeriesGroup, to_months: bool) -> Vec<Vec<Row>> {
    let mut times: BTreeMap<i64, Vec<Row>> = BTreeMap::new();
    for (dataset, series) in group.series.iter().enumerate() {
        for at in 0..series.len() {
            let time = series.time.seconds()[at];
            let time = if to_months { start_of_month(time) } else { time };
            times.entry(time).or_default().push(Row::of(series, at, time, dataset));
        }
    }
    times.into_values().collect()
}

/// The regression over the months in which each of two datasets has one time.
fn of_pairs(rows: &[Vec<Row>]) -> Option<Regression> {
    let pairs = rows.iter().filter_map(|rows| match rows.as_slice() {
        [a, b] if (a.dataset, b.dataset) == (0, 1) => Some((a.numbers[2], b.numbers[2])),
        _ => None,
    });
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.unzip();
    regression(&x, &y)
}

/// One dataset at one time. Columns that a series does not have are left out.
struct Row {
    numbers: [f64; 3],
    count: u64,
    spread: f64,
    time: i64,
    further: Vec<(&'static str, f64)>,
    dataset: usize,
}

/// In the order of the server.
const FURTHER: [&str; 9] = [
    "meanSeasonal",
    "minSeasonal",
    "maxSeasonal",
    "meanLowPass",
    "maxLowPass",
    "minLowPass",
    "meanSeasonalLowPass",
    "minSeasonalLowPass",
    "maxSeasonalLowPass",
];

impl Row {
    fn of(series: &TimeSeries, at: usize, time: i64, dataset: usize) -> Self {
        Self {
            numbers: [series.minimum[at], series.maximum[at], series.mean[at]],
            count: series.count[at] as u64,
            spread: series.standard_deviation[at],
            time,
            further: FURTHER.iter().filter_map(|name| Some((*name, series.extra.get(*name)?[at]))).collect(),
            dataset,
        }
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, number) in ["min", "max", "mean"].iter().zip(self.numbers) {
            map.serialize_entry(name, &number)?;
        }
        map.serialize_entry("cnt", &self.count)?;
        map.serialize_entry("std", &self.spread)?;
        map.serialize_entry("time", &self.time)?;
        map.serialize_entry("iso_time", &iso(self.time, "+0000"))?;
        for (name, number) in &self.further {
            map.serialize_entry(name, number)?;
        }
        map.serialize_entry("ds", &self.dataset)?;
        map.end()
    }
}

/// The regression of two datasets; an empty object without.
struct Stats(Option<Regression>);

impl Serialize for Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(Regression { slope, intercept, r, p, error }) = self.0 {
            for (name, number) in [("slope", slope), ("intercept", intercept), ("r", r), ("p", p), ("err", error)] {
                map.serialize_entry(name, &number)?;
            }
        }
        map.end()
    }
}
