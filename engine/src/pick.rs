//! Which cells and times of a dataset a question takes, and where they go in the answer.

use crate::dataset::{Dataset, Places};
use chrono::{DateTime, Datelike};
use sdap::{BoundingBox, Period};
use sdap_nexus::{Error, Missing};
use std::ops::Range;

/// Entries of one axis, each with its position in the answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pick {
    /// `(index in the dataset, position in the answer)`, by position.
    entries: Vec<(usize, usize)>,
}

/// Neighbours in a chunk that are neighbours in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Where it begins in the chunk.
    pub(crate) local: usize,
    /// Where it begins in the answer.
    pub(crate) target: usize,
    pub(crate) length: usize,
}

impl Run {
    /// Where it is in the chunk.
    pub(crate) fn locals(&self) -> Range<usize> {
        self.local..self.local + self.length
    }
}

/// From the start of the first of some ranges to the end of the last.
pub(crate) fn span(ranges: impl Iterator<Item = Range<usize>> + Clone) -> Range<usize> {
    let start = ranges.clone().map(|range| range.start).min().unwrap_or(0);
    start..ranges.map(|range| range.end).max().unwrap_or(start)
}

impl Pick {
    /// The entries in the order of the answer, one for each position.
    pub(crate) fn in_order(sources: impl IntoIterator<Item = usize>) -> Self {
        Self { entries: sources.into_iter().enumerate().map(|(target, source)| (source, target)).collect() }
    }

    /// Entries at given positions: `(index in the dataset, position in the answer)`. Several may share one.
    pub(crate) fn placed(mut entries: Vec<(usize, usize)>) -> Self {
        entries.sort_by_key(|(source, target)| (*target, *source));
        Self { entries }
    }

    /// The entry at each position; only for picks that have one there.
    pub(crate) fn sources(&self) -> Vec<usize> {
        self.entries.iter().map(|(source, _)| *source).collect()
    }

    /// The entries that lie in each chunk of `step` entries, in runs; only chunks that hold any.
    pub(crate) fn by_chunk(&self, step: usize) -> Vec<(usize, Vec<Run>)> {
        let mut chunks: Vec<(usize, Vec<Run>)> = Vec::new();
        let mut entries = self.entries.clone();
        entries.sort_by_key(|(source, target)| (source / step, *target));
        for (source, target) in entries {
            let (chunk, local) = (source / step, source % step);
            if chunks.last().is_none_or(|(last, _)| *last != chunk) {
                chunks.push((chunk, Vec::new()));
            }
            let Some((_, runs)) = chunks.last_mut() else { continue };
            match runs.last_mut() {
                Some(run) if run.local + run.length == local && run.target + run.length == target => run.length += 1,
                _ => runs.push(Run { local, target, length: 1 }),
            }
        }
        chunks
    }
}

/// The cells of a grid in a box.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    /// Ascending.
    pub(crate) lat: Vec<f64>,
    /// Eastwards from the western edge; beyond 180 across the antimeridian.
    pub(crate) lon: Vec<f64>,
    pub(crate) y: Pick,
    pub(crate) x: Pick,
}

/// The times of a dataset in a period.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    /// Seconds since 1970-01-01T00:00:00Z, ascending, each once.
    pub(crate) seconds: Vec<i64>,
    /// Several entries have one position where a dataset has one time twice.
    pub(crate) pick: Pick,
}

impl Steps {
    /// The same times, each moved to the first of its month: those of one month have one position.
    pub(crate) fn by_month(&self) -> Self {
        let months: Vec<i64> = self.seconds.iter().map(|second| first_of_month(*second)).collect();
        let mut seconds = months.clone();
        seconds.dedup();
        let place = |old: usize| seconds.partition_point(|second| *second < months[old]);
        let entries = self.pick.entries.iter().map(|(source, old)| (*source, place(*old))).collect();
        Self { pick: Pick::placed(entries), seconds }
    }
}

/// The first second of the month.
pub(crate) fn first_of_month(seconds: i64) -> i64 {
    let date = DateTime::from_timestamp(seconds, 0).and_then(|time| time.date_naive().with_day(1));
    date.and_then(|day| day.and_hms_opt(0, 0, 0)).map_or(seconds, |time| time.and_utc().timestamp())
}

impl Dataset {
    /// The cells whose centres lie in the box.
    ///
    /// # Errors
    /// [`Error::NoData`] if there are none, and [`Error::Unsupported`] if the dataset has stations instead of cells.
    pub(crate) fn cells(&self, area: &BoundingBox) -> Result<Cells, Error> {
        let (lat, lon) = match &self.places {
            Places::Grid { lat, lon } => (lat, lon),
            Places::Stations(stations) => {
                let id = &stations.dimension;
                return Err(Error::Unsupported(format!(
                    "{} has single stations, each with its {id}, and no grid to average over or to map; ask for its points instead",
                    self.name
                )));
            }
            Places::Samples(_) => {
                return Err(Error::Unsupported(format!(
                    "{} has single points, each at a time and place of its own, and no grid; ask for its points or its time series instead",
                    self.name
                )));
            }
        };
        let mut rows: Vec<usize> = (0..lat.degrees.len()).filter(|row| lat.between(*row, area.south(), area.north())).collect();
        rows.sort_by(|a, b| lat.degrees[*a].total_cmp(&lat.degrees[*b]));
        let mut columns: Vec<(f64, usize)> = (0..lon.degrees.len()).filter_map(|at| Some((lon.within(at, area)?, at))).collect();
        columns.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Some files close the circle with columns that are the first again: 0 and 360 degrees, or 20 and 380.
        columns.dedup_by(|again, first| again.0 - first.0 <= 2.0 * lon.room);
        if rows.is_empty() || columns.is_empty() {
            return Err(self.nothing_in(area));
        }
        Ok(Cells {
            lat: rows.iter().map(|row| lat.degrees[*row]).collect(),
            lon: columns.iter().map(|(lon, _)| *lon).collect(),
            y: Pick::in_order(rows),
            x: Pick::in_order(columns.into_iter().map(|(_, at)| at)),
        })
    }

    /// The times that lie in the period, both ends included.
    ///
    /// # Errors
    /// [`Error::NoData`] if there are none.
    pub(crate) fn steps(&self, period: &Period) -> Result<Steps, Error> {
        self.steps_where(|seconds| period.contains(seconds)).ok_or_else(|| self.nothing_during(period))
    }

    /// The times that are wanted, if any.
    pub(crate) fn steps_where(&self, wanted: impl Fn(i64) -> bool) -> Option<Steps> {
        let mut found: Vec<(i64, usize)> = self.time.iter().copied().zip(0..).filter(|(seconds, _)| wanted(*seconds)).collect();
        found.sort_unstable();
        let mut seconds: Vec<i64> = found.iter().map(|(seconds, _)| *seconds).collect();
        seconds.dedup();
        let mut position = 0;
        let mut place = |second: i64| {
            position += usize::from(seconds[position] != second);
            position
        };
        let entries = found.into_iter().map(|(second, source)| (source, place(second))).collect();
        (!seconds.is_empty()).then_some(Steps { seconds, pick: Pick::placed(entries) })
    }

    /// That a box holds nothing, and what the dataset does cover.
    pub(crate) fn nothing_in(&self, area: &BoundingBox) -> Error {
        let covered = self.places.area();
        let message = match (&self.places, covered) {
            (Places::Grid { lat, lon }, Some(covered)) if covered.intersects(area) => format!(
                "no cell centre of {} lies in the box {area}; its cells are {} x {} degrees",
                self.name,
                short(lat.step()),
                short(lon.step())
            ),
            (Places::Stations(stations), Some(covered)) => {
                let count = stations.lat.degrees.len();
                format!("none of the {count} stations of {} lies in the box {area}; they lie in {covered}", self.name)
            }
            (Places::Samples(samples), Some(covered)) => {
                let count = samples.lat.degrees.len();
                format!("none of the {count} points of {} lies in the box {area}; they lie in {covered}", self.name)
            }
            (_, Some(covered)) => format!("{} covers {covered}, and nothing of the box {area}", self.name),
            (_, None) => format!("{} has nothing in the box {area}", self.name),
        };
        Error::NoData { missing: Missing::Area, message }
    }

    /// That a period holds nothing, and what the dataset does span.
    fn nothing_during(&self, period: &Period) -> Error {
        let message = match self.period() {
            Some(span) if span.intersects(period) => {
                format!("no time of {} falls in {period}; it has {} times in {span}", self.name, self.time.len())
            }
            Some(span) => format!("{} has data in {span}, and none in {period}", self.name),
            None => format!("{} has no data in {period}", self.name),
        };
        Error::NoData { missing: Missing::Period, message }
    }
}

/// A step in degrees without the digits that 32 bits rounded.
fn short(step: Option<f64>) -> f64 {
    (step.unwrap_or(0.0) * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(local: usize, target: usize, length: usize) -> Run {
        Run { local, target, length }
    }

    #[test]
    fn times_of_one_month_share_its_first_second() {
        let at = |text: &str| text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp();
        let seconds = ["1969-12-31T12:00:00Z", "1970-02-01T00:00:00Z", "1970-02-28T23:59:59Z"].map(at).to_vec();
        let steps = Steps { seconds, pick: Pick::in_order(4..7) }.by_month();
        assert_eq!(steps.seconds, ["1969-12-01T00:00:00Z", "1970-02-01T00:00:00Z"].map(at));
        assert_eq!(steps.pick, Pick::placed(vec![(4, 0), (5, 1), (6, 1)]));
    }

    #[test]
    fn neighbours_make_runs_within_each_chunk() {
        let pick = Pick::in_order(3..9);
        assert_eq!(pick.by_chunk(4), [(0, vec![run(3, 0, 1)]), (1, vec![run(0, 1, 4)]), (2, vec![run(0, 5, 1)])]);
    }

    #[test]
    fn what_is_stored_the_other_way_round_goes_back_to_front() {
        assert_eq!(Pick::in_order([2, 1, 0]).by_chunk(3), [(0, vec![run(2, 0, 1), run(1, 1, 1), run(0, 2, 1)])]);
    }

    #[test]
    fn a_chunk_on_both_sides_of_the_antimeridian_is_named_once() {
        let wrapped = Pick::in_order([6, 7, 0, 1]);
        assert_eq!(wrapped.by_chunk(8), [(0, vec![run(6, 0, 2), run(0, 2, 2)])]);
        assert_eq!(wrapped.by_chunk(4), [(0, vec![run(0, 2, 2)]), (1, vec![run(2, 0, 2)])]);
    }
}
