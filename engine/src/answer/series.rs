//! Area statistics for each time: `/timeSeriesSpark`.
//!
//! For each time, over the cells or in-situ points in the box that have a value: `mean` = Σ xᵢ·cos(latᵢ) / Σ cos(latᵢ); minimum,
//! maximum and count plain; standard deviation of the population, unweighted. A time without any value is left out. Levels that
//! are chosen together count together, and so do times that `normalize_dates` moves to one month.

use super::samples::{Choice, chosen_points, values_at};
use super::{Asked, window};
use crate::catalogue::Catalogue;
use crate::dataset::{Dataset, Places, Samples, Variable};
use crate::low_pass::low_pass;
use crate::moments::Moments;
use crate::packed::{Packed, WeightedSums, Worth};
use crate::pick::{Cells, Pick, Steps, first_of_month};
use crate::scan::{Part, Reducer, Row, scan};
use crate::work::Work;
use chrono::{DateTime, Datelike};
use sdap::{Column, Origin, SeriesGroup, TimeSeries, Times, column};
use sdap_nexus::request::SeriesRequest;
use sdap_nexus::{Error, shared_regression};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One series for each dataset, and how the second follows the first where there are two.
///
/// # Errors
/// If a dataset is unknown, broken or has no data in the box and the period.
pub(crate) fn series(catalogue: &Catalogue, request: &SeriesRequest, work: &Work) -> Result<SeriesGroup, Error> {
    if request.datasets.is_empty() {
        return Err(Error::Invalid("a time series needs at least one dataset".into()));
    }
    let asked = Asked::now(request.path_and_query(), request.area, request.period).at(request.elevation);
    let datasets = request.datasets.iter().map(|name| catalogue.get(name)).collect::<Result<Vec<_>, _>>()?;
    let series = datasets.iter().map(|dataset| one(catalogue, dataset, request, &asked, work)).collect::<Result<Vec<_>, _>>()?;
    let all: Vec<&Dataset> = datasets.iter().map(Arc::as_ref).collect();
    Ok(SeriesGroup { regression: shared_regression(&series), series, origin: asked.origin(&all, work) })
}

fn one(catalogue: &Catalogue, dataset: &Dataset, request: &SeriesRequest, asked: &Asked, work: &Work) -> Result<TimeSeries, Error> {
    let variable = dataset.variable(request.variable.as_deref())?;
    let steps = dataset.steps(&request.period)?;
    let steps = if request.filters.normalize_dates { steps.by_month() } else { steps };
    let moments = match &dataset.places {
        Places::Samples(points) => point_moments(dataset, points, variable, request, &steps, work)?,
        Places::Grid { .. } | Places::Stations(_) => {
            let cells = dataset.cells(&request.area)?;
            let levels = dataset.levels(variable, request.elevation)?;
            area_moments(&levels, &cells, &steps.pick, steps.seconds.len(), work)?
        }
    };
    let present: Vec<(i64, Moments)> = steps.seconds.iter().copied().zip(moments).filter(|(_, m)| m.count > 0).collect();
    if present.is_empty() {
        return Err(asked.all_missing(dataset, variable, &steps.pick, work));
    }
    let of = |value: fn(&Moments) -> f64| column(present.iter().map(|(_, m)| value(m)).collect::<Vec<_>>());
    let mut series = TimeSeries {
        dataset: dataset.name.clone(),
        variable: variable.label().to_owned(),
        units: variable.units.clone(),
        time: Times::new(present.iter().map(|(second, _)| *second).collect::<Vec<_>>()),
        mean: of(Moments::weighted_mean),
        standard_deviation: of(Moments::standard_deviation),
        count: of(|m| m.count as f64),
        minimum: of(Moments::minimum),
        maximum: of(Moments::maximum),
        extra: BTreeMap::new(),
        origin: Origin::default(),
    };
    if request.filters.seasonal {
        let by_month = monthly_moments(catalogue, dataset, variable, request, work)?;
        subtract_months(&mut series, &by_month);
    }
    if request.filters.low_pass {
        smooth(&mut series);
    }
    series.origin = asked.origin(&[dataset], work);
    Ok(series)
}

/// The statistics of the cells at each of `positions` in time.
fn area_moments(levels: &[&Variable], cells: &Cells, time: &Pick, positions: usize, work: &Work) -> Result<Vec<Moments>, Error> {
    let mut all = vec![Moments::NONE; positions];
    let make = |part: &Part<'_>| AreaReducer {
        weights: part.column.rows.iter().map(|row| cells.lat[*row].to_radians().cos()).collect(),
        first: part.times.start,
        moments: vec![Moments::NONE; part.times.len()],
        stored: None,
    };
    scan(window(levels, cells, time), work, make, |part, reducer| {
        merge(&mut all[part.times.clone()], &reducer.moments);
    })?;
    Ok(all)
}

fn merge(all: &mut [Moments], more: &[Moments]) {
    for (total, moments) in all.iter_mut().zip(more) {
        total.merge(moments);
    }
}

/// The statistics of the in-situ points at each time.
fn point_moments(
    dataset: &Dataset,
    points: &Samples,
    variable: &Variable,
    request: &SeriesRequest,
    steps: &Steps,
    work: &Work,
) -> Result<Vec<Moments>, Error> {
    let choice = Choice {
        area: Some(&request.area),
        period: request.period,
        filters: &[],
        elevation: request.elevation,
        near: None,
        limit: usize::MAX,
    };
    let chosen = chosen_points(dataset, points, &choice)?;
    let mut all = vec![Moments::NONE; steps.seconds.len()];
    for (at, value) in chosen.iter().zip(values_at(variable, &chosen, work)?) {
        let second = dataset.time[*at];
        let time = if request.filters.normalize_dates { first_of_month(second) } else { second };
        let position = steps.seconds.partition_point(|other| *other < time);
        all[position].add(value, points.lat.degrees[*at].to_radians().cos());
    }
    Ok(all)
}

struct AreaReducer {
    weights: Vec<f64>,
    first: usize,
    moments: Vec<Moments>,
    /// The sums of the rows of one time, as they are stored.
    stored: Option<Stored>,
}

struct Stored {
    /// The position of the time.
    target: usize,
    worth: Worth,
    sums: WeightedSums,
}

impl AreaReducer {
    /// Adds a row to the sums of its time.
    fn add_stored(&mut self, target: usize, row: &Packed<'_>, weight: f64) {
        let new = || Stored { target, worth: row.worth(), sums: WeightedSums::NONE };
        self.stored.get_or_insert_with(new).sums.add(row, weight);
    }

    /// Takes over the sums of the time that ended.
    fn take_stored(&mut self) {
        if let Some(Stored { target, worth, sums }) = self.stored.take() {
            let (whole, weight, weighted) = sums.finish();
            self.moments[target - self.first].add_weighted(&whole, &worth, weight, weighted);
        }
    }
}

impl Reducer for AreaReducer {
    fn step(&mut self, _source: usize, _target: usize) -> Result<(), Error> {
        self.take_stored();
        Ok(())
    }

    fn end(&mut self) {
        self.take_stored();
    }

    fn row(&mut self, target: usize, row: usize, cells: Row<'_>) -> Result<(), Error> {
        let weight = self.weights[row];
        match cells.packed() {
            Some(packed) => self.add_stored(target, &packed, weight),
            None => self.moments[target - self.first].add_row(cells.values(), weight),
        }
        Ok(())
    }

    fn bytes(part: &Part<'_>) -> usize {
        part.times.len() * size_of::<Moments>()
    }
}

/// The statistics of each calendar month, from the dataset's climatology over the same box.
fn monthly_moments(
    catalogue: &Catalogue,
    dataset: &Dataset,
    variable: &Variable,
    request: &SeriesRequest,
    work: &Work,
) -> Result<Vec<Moments>, Error> {
    let names = ["clim", "CLIM"].map(|suffix| format!("{}_{suffix}", dataset.name));
    let name = names.iter().find(|name| catalogue.contains(name)).unwrap_or(&names[0]);
    let climatology = catalogue.get(name)?;
    let normal = climatology.variable(Some(&variable.name)).or_else(|_| climatology.variable(None))?;
    let cells = climatology.cells(&request.area)?;
    let months = Pick::placed(climatology.time.iter().enumerate().map(|(source, second)| (source, month(*second))).collect());
    area_moments(&climatology.levels(normal, request.elevation)?, &cells, &months, 12, work)
}

/// Adds `meanSeasonal`, `minSeasonal` and `maxSeasonal`: what is left when the same statistic of that calendar month
/// is subtracted. A month that the climatology lacks leaves NaN.
fn subtract_months(series: &mut TimeSeries, by_month: &[Moments]) {
    let months: Vec<usize> = series.time.seconds().iter().map(|second| month(*second)).collect();
    let left = |values: &Column, normal: fn(&Moments) -> f64| {
        column(values.iter().zip(&months).map(|(value, month)| value - normal(&by_month[*month])).collect::<Vec<_>>())
    };
    let columns = [
        ("meanSeasonal", left(&series.mean, Moments::weighted_mean)),
        ("minSeasonal", left(&series.minimum, Moments::minimum)),
        ("maxSeasonal", left(&series.maximum, Moments::maximum)),
    ];
    series.extra.extend(columns.map(|(name, values)| (name.to_owned(), values)));
}

/// The calendar month, 0 to 11.
fn month(seconds: i64) -> usize {
    DateTime::from_timestamp(seconds, 0).map_or(0, |t| t.month0() as usize)
}

/// Adds a smoothed column beside each statistic and its seasonal difference, `meanLowPass` and so on. A series that is
/// too short, or a column with gaps, has none.
fn smooth(series: &mut TimeSeries) {
    let plain = [("mean", &series.mean), ("max", &series.maximum), ("min", &series.minimum)];
    let mut smoothed: Vec<(String, Column)> = Vec::new();
    for (name, values) in plain {
        let seasonal = format!("{name}Seasonal");
        let both = [(name.to_owned(), Some(values)), (seasonal.clone(), series.extra.get(&seasonal))];
        for (name, values) in both {
            let filtered = values.and_then(|values| low_pass(&values.to_vec()));
            smoothed.extend(filtered.map(|values| (format!("{name}LowPass"), column(values))));
        }
    }
    series.extra.extend(smoothed);
}
