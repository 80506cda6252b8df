//! One number for each cell, over time: `/timeAvgMapSpark`, `/varianceSpark`, `/maxMinMapSpark`, `/climMapSpark`.
//!
//! Every value that a cell has in the period, on any level that is chosen, counts once; a cell without any is missing. Means are
//! plain, variances of the population.

use super::{Asked, window, within_limit};
use crate::catalogue::Catalogue;
use crate::dataset::{Dataset, Variable};
use crate::engine::Limits;
use crate::packed::{CellExtremes, CellSums, Gathered, Worth};
use crate::pick::{Cells, Pick};
use crate::scan::{Part, Reducer, Row, scan};
use crate::work::Work;
use chrono::{DateTime, Datelike};
use sdap::{Grid, Period, column, plane};
use sdap_nexus::request::{MapRequest, Statistic};
use sdap_nexus::{Error, Missing};

/// The map.
///
/// # Errors
/// If the dataset is unknown or broken, has no data in the box and the period, or the map would be too large.
pub(crate) fn map(catalogue: &Catalogue, request: &MapRequest, limits: &Limits, work: &Work) -> Result<Grid, Error> {
    match request.statistic {
        Statistic::Mean | Statistic::Climatology { .. } => draw::<Mean>(catalogue, request, limits, work, Mean::value),
        Statistic::Variance => draw::<Variance>(catalogue, request, limits, work, Variance::value),
        Statistic::Maximum => draw::<Extremes>(catalogue, request, limits, work, |e| e.maximum),
        Statistic::Minimum => draw::<Extremes>(catalogue, request, limits, work, |e| e.minimum),
    }
}

fn draw<S: CellStatistic>(
    catalogue: &Catalogue,
    request: &MapRequest,
    limits: &Limits,
    work: &Work,
    value: fn(&S) -> f64,
) -> Result<Grid, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period).at(request.elevation);
    let dataset = catalogue.get(&request.dataset)?;
    let variable = dataset.variable(request.variable.as_deref())?;
    let over_time = over_time::<S>(&dataset, variable, request, limits, &asked, work)?;
    let numbers =
        |number: &dyn Fn(&S) -> f64| plane(over_time.cells.lat.len(), over_time.statistics.iter().map(number).collect::<Vec<_>>());
    let mut origin = asked.origin(&[&dataset], work);
    origin.notes.extend(over_time.note);
    Ok(Grid {
        dataset: dataset.name.clone(),
        variable: variable.label().to_owned(),
        statistic: request.statistic.name().to_owned(),
        units: units(request.statistic, &variable.units),
        values: numbers(&|s| if s.count() == 0 { f64::NAN } else { value(s) }),
        count: numbers(&|s| f64::from(s.count())),
        lat: column(over_time.cells.lat),
        lon: column(over_time.cells.lon),
        origin,
    })
}

/// The unit of a statistic; a variance has the square.
fn units(statistic: Statistic, units: &str) -> String {
    match statistic {
        Statistic::Variance if !units.is_empty() && !["1", "%"].contains(&units) => format!("({units})²"),
        _ => units.to_owned(),
    }
}

/// A statistic of every cell in a box.
pub(crate) struct OverTime<S> {
    pub(crate) cells: Cells,
    /// By latitude, then longitude.
    pub(crate) statistics: Vec<S>,
    note: Option<String>,
}

/// Takes a statistic of every cell in the box over the times that the request means.
///
/// # Errors
/// As [`map`].
pub(crate) fn over_time<S: CellStatistic>(
    dataset: &Dataset,
    variable: &Variable,
    request: &MapRequest,
    limits: &Limits,
    asked: &Asked,
    work: &Work,
) -> Result<OverTime<S>, Error> {
    let (time, note) = times(dataset, request)?;
    let cells = dataset.cells(&request.area)?;
    let width = cells.lon.len();
    within_limit("cells", cells.lat.len() * width, limits.cells)?;
    let mut statistics = vec![S::default(); cells.lat.len() * width];
    let make = |part: &Part<'_>| CellReducer {
        width: part.column.columns.len(),
        statistics: vec![S::default(); part.column.rows.len() * part.column.columns.len()],
        stored: None,
    };
    let levels = dataset.levels(variable, request.elevation)?;
    scan(window(&levels, &cells, &time), work, make, |part, reducer| {
        let places = part.column.rows.iter().flat_map(|row| part.column.columns.iter().map(move |at| row * width + at));
        for (place, statistic) in places.zip(&reducer.statistics) {
            statistics[place].merge(statistic);
        }
    })?;
    if statistics.iter().all(|s| s.count() == 0) {
        return Err(asked.all_missing(dataset, variable, &time, work));
    }
    Ok(OverTime { cells, statistics, note })
}

/// The times that a map is of, and what should be said of them.
///
/// A climatology takes its month of every year that the period touches, whole: that is what `startYear` and `endYear` ask a server for.
fn times(dataset: &Dataset, request: &MapRequest) -> Result<(Pick, Option<String>), Error> {
    let Statistic::Climatology { month } = request.statistic else {
        return dataset.steps(&request.period).map(|steps| (steps.pick, None));
    };
    if !(1..=12).contains(&month) {
        return Err(Error::Invalid(format!("{month} is no month; 1 to 12 were expected")));
    }
    let years = request.period.start().year()..=request.period.end().year();
    let date = |seconds: i64| DateTime::from_timestamp(seconds, 0);
    let steps = dataset.steps_where(|s| date(s).is_some_and(|t| t.month() == month && years.contains(&t.year())));
    let steps = steps.ok_or_else(|| {
        let span = dataset.period().map_or_else(String::new, |span| format!("; it has data in {span}"));
        let message = format!("{} has no time in month {month} of {} to {}{span}", dataset.name, years.start(), years.end());
        Error::NoData { missing: Missing::Period, message }
    })?;
    let whole = is_whole_years(&request.period);
    let note = (!whole).then(|| format!("Month {month} of every year from {} to {} counts, whole.", years.start(), years.end()));
    Ok((steps.pick, note))
}

fn is_whole_years(period: &Period) -> bool {
    let after = period.end() + chrono::TimeDelta::seconds(1);
    period.start().ordinal() == 1 && after.ordinal() == 1 && after.year() > period.end().year()
}

/// What is gathered of one cell over time.
pub(crate) trait CellStatistic: Copy + Default + Send + Sync {
    /// The same of all cells while they are added as they are stored.
    type Stored: Gathered + Send;

    /// What the stored numbers of one cell come to.
    fn of(stored: &Self::Stored, cell: usize, worth: &Worth) -> Self;
    /// Adds a value, which is not NaN.
    fn add(&mut self, value: f64);
    /// Adds what another part of the times gave.
    fn merge(&mut self, other: &Self);
    /// How many values there were.
    fn count(&self) -> u32;
}

struct CellReducer<S: CellStatistic> {
    width: usize,
    statistics: Vec<S>,
    stored: Option<(S::Stored, Worth)>,
}

impl<S: CellStatistic> Reducer for CellReducer<S> {
    fn row(&mut self, _target: usize, row: usize, cells: Row<'_>) -> Result<(), Error> {
        if let Some(packed) = cells.packed() {
            let (rows, width) = (self.statistics.len() / self.width, self.width);
            let new = || (S::Stored::new(rows, width, &packed.worth()), packed.worth());
            self.stored.get_or_insert_with(new).0.add(row, &packed);
            return Ok(());
        }
        let statistics = &mut self.statistics[row * self.width..(row + 1) * self.width];
        for (statistic, value) in statistics.iter_mut().zip(cells.values()) {
            if !value.is_nan() {
                statistic.add(*value);
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some((stored, worth)) = self.stored.take() else { return };
        for (cell, statistic) in self.statistics.iter_mut().enumerate() {
            statistic.merge(&S::of(&stored, cell, &worth));
        }
    }

    fn bytes(part: &Part<'_>) -> usize {
        part.column.rows.len() * part.column.columns.len() * (size_of::<S>() + S::Stored::BYTES)
    }
}

/// The plain mean.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

impl Mean {
    fn value(&self) -> f64 {
        self.sum / f64::from(self.count)
    }
}

impl CellStatistic for Mean {
    type Stored = CellSums<false>;

    fn of(stored: &Self::Stored, cell: usize, worth: &Worth) -> Self {
        let whole = stored.of(cell);
        let (middle, sum, _) = whole.about_mean();
        Self { sum: worth.of(middle as f64) * whole.count as f64 + worth.scale * sum, count: whole.count as u32 }
    }

    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    fn count(&self) -> u32 {
        self.count
    }
}

/// The population variance, from differences to the first value.
#[derive(Clone, Copy, Default)]
struct Variance {
    origin: f64,
    sum: f64,
    squares: f64,
    count: u32,
}

impl Variance {
    fn value(&self) -> f64 {
        let count = f64::from(self.count);
        (self.squares / count - (self.sum / count).powi(2)).max(0.0)
    }
}

impl CellStatistic for Variance {
    type Stored = CellSums<true>;

    fn of(stored: &Self::Stored, cell: usize, worth: &Worth) -> Self {
        let whole = stored.of(cell);
        let (middle, sum, squares) = whole.about_mean();
        let squares = worth.scale * worth.scale * squares;
        Self { origin: worth.of(middle as f64), sum: worth.scale * sum, squares, count: whole.count as u32 }
    }

    fn add(&mut self, value: f64) {
        if self.count == 0 {
            self.origin = value;
        }
        let difference = value - self.origin;
        self.sum += difference;
        self.squares += difference * difference;
        self.count += 1;
    }

    fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (shift, count) = (other.origin - self.origin, f64::from(other.count));
        self.squares += other.squares + 2.0 * shift * other.sum + count * shift * shift;
        self.sum += other.sum + count * shift;
        self.count += other.count;
    }

    fn count(&self) -> u32 {
        self.count
    }
}

/// The greatest and the least value, and the greatest and the least amount.
#[derive(Clone, Copy)]
pub(crate) struct Extremes {
    pub(crate) maximum: f64,
    pub(crate) minimum: f64,
    pub(crate) largest: f64,
    pub(crate) smallest: f64,
    count: u32,
}

impl Default for Extremes {
    fn default() -> Self {
        Self { maximum: f64::NEG_INFINITY, minimum: f64::INFINITY, largest: 0.0, smallest: f64::INFINITY, count: 0 }
    }
}

impl CellStatistic for Extremes {
    type Stored = CellExtremes;

    fn of(stored: &Self::Stored, cell: usize, worth: &Worth) -> Self {
        let ends = stored.of(cell);
        let worth = |number: i16| worth.of(number.into());
        if ends.count == 0 {
            return Self::default();
        }
        let [one, other] = [ends.least, ends.greatest].map(worth);
        let near_zero = [ends.above, ends.below].into_iter().flatten().map(|number| worth(number).abs());
        Self {
            maximum: one.max(other),
            minimum: one.min(other),
            largest: one.abs().max(other.abs()),
            smallest: near_zero.fold(f64::INFINITY, f64::min),
            count: ends.count,
        }
    }

    fn add(&mut self, value: f64) {
        self.maximum = self.maximum.max(value);
        self.minimum = self.minimum.min(value);
        self.largest = self.largest.max(value.abs());
        self.smallest = self.smallest.min(value.abs());
        self.count += 1;
    }

    fn merge(&mut self, other: &Self) {
        self.maximum = self.maximum.max(other.maximum);
        self.minimum = self.minimum.min(other.minimum);
        self.largest = self.largest.max(other.largest);
        self.smallest = self.smallest.min(other.smallest);
        self.count += other.count;
    }

    fn count(&self) -> u32 {
        self.count
    }
}
