//! Time series and daily differences.

use super::super::Server;
use super::super::origin::Inquiry;
use super::super::transport::Answer;
use super::dates::Dates;
use super::{Side, TWO_SIDES, after_epoch, nothing_during, nothing_in, sides};
use crate::join::{across, counts_by_day, merged, without_repeats};
use crate::parse::{Envelope, Limit, Meta, ReadError, Rows, Series, Stats, read_envelope};
use crate::request::{AnomalyRequest, SeriesFilters, SeriesRequest};
use crate::{Error, Result, shared_regression, tally};
use chrono::DateTime;
use sdap::{BoundingBox, Period, Regression, SeriesGroup, TimeSeries, Times, column};
use std::io::Read;

/// Up to so many times the server's low-pass filter agrees with a sound one to about 10⁻⁶.
const SOUND_LOW_PASS: usize = 365;
/// Up to so many times the server leaves the low-pass columns out.
const SHORT_LOW_PASS: usize = 10;

type Reply = Answer<Envelope<Vec<Series>>>;

pub(super) async fn series(server: &Server, request: &SeriesRequest) -> Result<SeriesGroup> {
    after_epoch(&request.period)?;
    let [first, ..] = request.datasets.as_slice() else {
        return Err(Error::Invalid("a time series needs at least one dataset".into()));
    };
    let crossing = request.area.crosses_antimeridian();
    if crossing && (request.filters.seasonal || request.filters.low_pass) {
        let parts: Vec<String> = request.area.parts().iter().map(ToString::to_string).collect();
        return Err(Error::Unsupported(format!(
            "a low-pass or seasonal filter cannot be joined across the antimeridian; ask for {} alone, or without the filter",
            parts.join(" or ")
        )));
    }
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    let period = request.period;
    let mut answers = sides(&request.area, |area| ask_series(server, SeriesRequest { area, ..request.clone() })).await?;
    let mut repeated = 0;
    // Dates that a server moved may well fall together.
    for side in answers.iter_mut().filter(|_| !request.filters.normalize_dates) {
        repeated += once(server, &mut side.answer, &request.datasets, |time| period.contains(time))?;
    }
    let (meta, datasets, stats) = gather(answers, &request.area, &mut inquiry);
    let stats = stats.filter(|_| request.datasets.len() == 2);
    let any = datasets.iter().any(|s| !s.time.is_empty());
    let dates = Dates::new(&period, request.filters.normalize_dates);
    let (kept, joined) = dated(datasets, dates);
    if joined > 0 {
        inquiry.note(super::dates::JOINED);
    }
    if any && kept.iter().all(|s| s.time.is_empty()) {
        return Err(nothing_during(&request.datasets.join(","), &period));
    }
    for (at, name) in request.datasets.iter().enumerate() {
        if kept.get(at).is_none_or(|series| series.time.is_empty()) {
            inquiry.note(crate::has_nothing(name));
        }
    }
    let mut all = Vec::new();
    for (at, mut series) in kept.into_iter().enumerate().filter(|(_, s)| !s.time.is_empty()) {
        let meta = meta.get(at).cloned().unwrap_or_default();
        let asked = request.datasets.get(at).cloned().unwrap_or_default();
        judge_low_pass(&mut series, request.filters, &mut inquiry);
        let variable = inquiry.variable(request.variable.as_deref(), &meta);
        all.push((series, named(&meta, &asked), variable, meta));
    }
    inquiry.elevation(request.elevation);
    // A server computes no line over two parts of a box, nor over months that were joined here, and one that sends a row again weighs it
    // again.
    let own_line = request.datasets.len() == 2 && (crossing || joined > 0 || repeated > 0);
    if own_line && all.len() == 2 {
        inquiry.note("the regression was computed here, from the joined means");
    }
    let origin = inquiry.origin(first, &meta.first().cloned().unwrap_or_default());
    let series: Vec<TimeSeries> =
        all.into_iter().map(|(series, name, variable, meta)| value(series, name, variable, &meta, &inquiry)).collect();
    let regression = if own_line { shared_regression(&series) } else { stats.and_then(regression) };
    Ok(SeriesGroup { series, regression, origin })
}

/// The rows of the dates that were asked for, by time; and how many fell together with others.
fn dated(datasets: Vec<Series>, dates: Dates) -> (Vec<Series>, usize) {
    let mut joined = 0;
    let kept = datasets.into_iter().map(|mut series| {
        series.time.iter_mut().for_each(|time| {
            if dates.contains(*time) {
                *time = dates.of(*time);
            }
        });
        let sorted = series.sorted(|time| dates.contains(time));
        let (series, rows) = if dates.are_moved() { merged(sorted) } else { (sorted, 0) };
        joined += rows;
        series
    });
    (kept.collect(), joined)
}

async fn ask_series(server: &Server, request: SeriesRequest) -> Result<Reply> {
    let answer = ask_rows(server, &request.path_and_query(), request.datasets.len()).await?;
    if answer.value.data.iter().all(|s| s.time.is_empty()) {
        return Err(nothing_in(&request.datasets.join(","), Some(&request.area), &request.period));
    }
    Ok(answer)
}

/// The rows of the datasets that are asked for, `datasets` of them.
async fn ask_rows(server: &Server, path_and_query: &str, datasets: usize) -> Result<Reply> {
    let limit = Limit::new(server.options.points, "rows");
    let read = move |body: &mut dyn Read| {
        let Envelope { meta, data, stats } = read_envelope(body, Rows::default(), limit)?;
        Ok(Envelope { meta, data: data.finish(datasets).map_err(ReadError::unfit)?, stats })
    };
    server.ask(path_and_query, read).await
}

/// Leaves out rows that come again, so that they are not joined with themselves, and says how many.
///
/// # Errors
/// [`Error::Unreadable`] if two rows of one time and dataset differ: nothing tells which one holds.
fn once(server: &Server, answer: &mut Reply, datasets: &[String], is_asked: impl Fn(i64) -> bool) -> Result<usize> {
    let mut all = 0;
    for (at, series) in answer.value.data.iter_mut().enumerate() {
        let name = datasets.get(at).map_or("a dataset", String::as_str);
        let (single, repeated) = without_repeats(std::mem::take(series), &is_asked).map_err(|seconds| {
            let time = DateTime::from_timestamp(seconds, 0).map_or_else(|| seconds.to_string(), |time| format!("{time:?}"));
            let reason = format!("it has two rows of {name} at {time} that differ, and nothing tells which one holds");
            Error::Unreadable { server: server.base().to_owned(), reason }
        })?;
        *series = single;
        all += repeated;
        if repeated > 0 {
            answer.notes.push(tally::again(repeated, &format!("rows of {name}")));
        }
    }
    Ok(all)
}

/// The series of all sides, each dataset's joined.
fn gather(
    answers: Vec<Side<Envelope<Vec<Series>>>>,
    area: &BoundingBox,
    inquiry: &mut Inquiry<'_>,
) -> (Vec<Meta>, Vec<Series>, Option<Stats>) {
    let mut whole: Vec<Envelope<Vec<Series>>> = answers.into_iter().map(|side| inquiry.add(side.answer)).collect();
    if !area.crosses_antimeridian() {
        let one = whole.pop();
        return one.map_or_else(|| (Vec::new(), Vec::new(), None), |e| (e.meta, e.data, Some(e.stats)));
    }
    inquiry.note(TWO_SIDES);
    let datasets = whole.iter().map(|e| e.data.len()).max().unwrap_or(0);
    let mut off = 0.0f64;
    let joined = (0..datasets).map(|at| {
        let parts: Vec<Series> = whole.iter().filter_map(|e| e.data.get(at).cloned()).collect();
        let (series, bound) = across(&parts, area);
        off = off.max(bound);
        series
    });
    let joined = joined.collect();
    if off > 1e-9 {
        inquiry.note(format!(
            "the two parts were weighted by their cell counts: exact without gaps; with gaps a mean may be off by up to {off:.2e}"
        ));
    }
    (whole.swap_remove(0).meta, joined, None)
}

/// Leaves out low-pass columns that are numerical noise, and says what else is amiss with them.
fn judge_low_pass(series: &mut Series, filters: SeriesFilters, inquiry: &mut Inquiry<'_>) {
    if !filters.low_pass {
        return;
    }
    let smoothed = |name: &str| name.ends_with("LowPass");
    if !series.extra.iter().any(|(name, _)| smoothed(name)) {
        inquiry.note(format!("the server smooths no series of {SHORT_LOW_PASS} times or fewer"));
        return;
    }
    let sound = |name: &str, column: &[f64]| {
        let of = |base: &str| series.extra.iter().find(|(n, _)| n == base).map(|(_, c)| c.as_slice());
        let raw = match name.trim_end_matches("LowPass") {
            "mean" => Some(series.mean.as_slice()),
            "min" => Some(series.min.as_slice()),
            "max" => Some(series.max.as_slice()),
            other => of(other),
        };
        raw.is_none_or(|raw| is_near(column, raw))
    };
    let noise: Vec<String> =
        series.extra.iter().filter(|(name, column)| smoothed(name) && !sound(name, column)).map(|(name, _)| name.clone()).collect();
    series.extra.retain(|(name, _)| !noise.contains(name));
    if !noise.is_empty() {
        inquiry.note(format!("{} left out: the server's low-pass filter is unstable on a series this long", noise.join(", ")));
    } else if series.time.len() > SOUND_LOW_PASS {
        inquiry.note(format!("the server's low-pass filter loses precision on series of more than {SOUND_LOW_PASS} times"));
    }
}

/// Whether a smoothed column stays within its raw column's range, widened by that range on both sides.
fn is_near(smoothed: &[f64], raw: &[f64]) -> bool {
    let finite = raw.iter().filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let span = (high - low).max(1e-6 * high.abs().max(low.abs()));
    smoothed.iter().all(|v| v.is_nan() || (low - span..=high + span).contains(v))
}

pub(super) async fn anomaly(server: &Server, request: &AnomalyRequest) -> Result<TimeSeries> {
    after_epoch(&request.period)?;
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    let (envelope, raw) = if request.area.crosses_antimeridian() {
        anomaly_across(server, request, &mut inquiry).await?
    } else {
        let mut envelope = inquiry.add(ask_anomaly(server, request).await?);
        let raw = envelope.data.drain(..).next().unwrap_or_default();
        (envelope, raw)
    };
    let series = raw.sorted(days(&request.period));
    if series.time.is_empty() {
        return Err(nothing_during(&request.dataset, &request.period));
    }
    let meta = envelope.meta.into_iter().next().unwrap_or_default();
    let variable = inquiry.variable(request.variable.as_deref(), &meta);
    Ok(value(series, named(&meta, &request.dataset), variable, &meta, &inquiry))
}

/// Whether a time is that of a day of a period: a day's difference is dated at its midnight, which may lie before a start within that day.
fn days(period: &Period) -> impl Fn(i64) -> bool + use<> {
    let first_day = period.start().timestamp().div_euclid(86_400) * 86_400;
    let days = first_day..=period.end().timestamp();
    move |time| days.contains(&time)
}

async fn ask_anomaly(server: &Server, request: &AnomalyRequest) -> Result<Reply> {
    let mut answer = ask_rows(server, &request.path_and_query(), 1).await?;
    once(server, &mut answer, std::slice::from_ref(&request.dataset), days(&request.period))?;
    if answer.value.data.iter().all(|s| s.time.is_empty()) {
        return Err(nothing_in(&request.dataset, Some(&request.area), &request.period));
    }
    Ok(answer)
}

/// The daily differences of both sides, weighted by how many cells the dataset had on each day and side.
///
/// A daily difference comes without a count, so `/timeSeriesSpark` is asked for it. A side where the dataset has nothing is
/// not asked, for the server would fail on it.
async fn anomaly_across(server: &Server, request: &AnomalyRequest, inquiry: &mut Inquiry<'_>) -> Result<(Envelope<Vec<Series>>, Series)> {
    let counted = |area| SeriesRequest {
        elevation: None,
        datasets: vec![request.dataset.clone()],
        variable: request.variable.clone(),
        area,
        period: request.period,
        filters: SeriesFilters::default(),
    };
    let counts = sides(&request.area, |area| ask_series(server, counted(area))).await?;
    let mut parts = Vec::new();
    let mut first = None;
    for mut side in counts {
        once(server, &mut side.answer, std::slice::from_ref(&request.dataset), days(&request.period))?;
        let differences = match ask_anomaly(server, &AnomalyRequest { area: side.area, ..request.clone() }).await {
            Err(Error::NoData { .. }) => continue,
            other => other?,
        };
        let mut envelope = inquiry.add(differences);
        let days = inquiry.add(side.answer).data.first().map(counts_by_day).unwrap_or_default();
        let mut part = envelope.data.drain(..).next().unwrap_or_default();
        part.count = part.time.iter().map(|day| days.get(day).copied().unwrap_or(f64::NAN)).collect();
        parts.push(part);
        first.get_or_insert(envelope);
    }
    let Some(envelope) = first else {
        return Err(nothing_in(&request.dataset, Some(&request.area), &request.period));
    };
    inquiry.note(TWO_SIDES);
    let (mut joined, _) = across(&parts, &request.area);
    if parts.len() > 1 {
        inquiry.note(
            "the two parts were weighted by the dataset's cell counts, in which cells that only the climatology lacks are counted too",
        );
    }
    // These are the dataset's counts, not those of the differences.
    joined.count.fill(f64::NAN);
    Ok((envelope, joined))
}

fn named(meta: &Meta, asked: &str) -> String {
    if meta.short_name.0.is_empty() { asked.to_owned() } else { meta.short_name.0.clone() }
}

fn value(series: Series, dataset: String, variable: String, meta: &Meta, inquiry: &Inquiry<'_>) -> TimeSeries {
    TimeSeries {
        variable,
        units: meta.units.0.clone(),
        time: Times::new(series.time),
        mean: column(series.mean),
        standard_deviation: column(series.std),
        count: column(series.count),
        minimum: column(series.min),
        maximum: column(series.max),
        extra: series.extra.into_iter().map(|(name, values)| (name, column(values))).collect(),
        origin: inquiry.origin(&dataset, meta),
        dataset,
    }
}

fn regression(stats: Stats) -> Option<Regression> {
    let Stats { slope, intercept, r, p, err: error } = stats;
    let found = Regression { slope, intercept, r, p, error };
    [found.slope, found.intercept, found.r].iter().all(|v| v.is_finite()).then_some(found)
}
