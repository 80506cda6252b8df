//! Maps: means, variances, extremes, climatologies and correlations.

use super::super::Server;
use super::super::origin::Inquiry;
use super::super::transport::Answer;
use super::{TWO_SIDES, after_epoch, nothing, nothing_in, nothing_within, sides, turned};
use crate::join::{Map, overlay, upright, upside_down};
use crate::parse::{Cells, Envelope, Limit, Meta, read_envelope};
use crate::request::{Correlation, CorrelationRequest, MapRequest, Regression, Statistic};
use crate::{Error, Missing, Result, tally};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use sdap::{BoundingBox, Grid, Period, column, plane};

type Reply = Answer<Envelope<Cells>>;

pub(super) async fn map(server: &Server, request: &MapRequest) -> Result<Grid> {
    after_epoch(&request.period)?;
    if let Statistic::Climatology { month } = request.statistic {
        return climatology(server, request, month).await;
    }
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    let (mut map, meta) = whole(server, request, &mut inquiry).await?;
    match request.statistic {
        Statistic::Variance => distrust_gaps(&mut map, &mut inquiry),
        Statistic::Maximum | Statistic::Minimum => tell_gaps(&map, &mut inquiry),
        Statistic::Mean | Statistic::Climatology { .. } => {}
    }
    grid(map, &meta, request, &mut inquiry)
}

/// The names that a statistic's values go by; those of `/climMapSpark` and of servers before September 2018 differ.
fn names(statistic: Statistic) -> &'static [&'static str] {
    match statistic {
        Statistic::Mean | Statistic::Climatology { .. } => &["mean", "avg"],
        Statistic::Variance => &["variance"],
        Statistic::Maximum => &["maxima"],
        Statistic::Minimum => &["minima"],
    }
}

/// The map of a whole area, asked for in one part or two.
async fn whole(server: &Server, request: &MapRequest, inquiry: &mut Inquiry<'_>) -> Result<(Map, Meta)> {
    let ask = |area| {
        let part = MapRequest { area, ..request.clone() };
        async move { ask_cells(server, &part.path_and_query(), names(part.statistic), &part.dataset, &part.area, &part.period).await }
    };
    let parts = sides(&request.area, ask).await?;
    if request.area.crosses_antimeridian() {
        inquiry.note(TWO_SIDES);
    }
    let mut meta = Meta::default();
    let mut maps = Vec::new();
    for side in parts {
        let envelope = inquiry.add(side.answer);
        maps.push(placed(&envelope.data, &side.area, side.shift, inquiry));
        meta = envelope.meta.into_iter().next().unwrap_or_default();
    }
    let map = laid_together(maps, server, &request.dataset, &request.area)?;
    Ok((map, meta))
}

/// The cells of one side on ascending axes, without those that lie outside it.
fn placed(cells: &Cells, area: &BoundingBox, shift: f64, inquiry: &mut Inquiry<'_>) -> Map {
    let sent = cells.values.len();
    let (map, left_out) = upright(cells, |lon| turned(lon, area) + shift).within(area, shift);
    if left_out > 0 {
        inquiry.note(tally::outside(left_out, sent, "cells"));
    }
    map
}

/// The map of all sides.
fn laid_together(maps: Vec<Map>, server: &Server, dataset: &str, area: &BoundingBox) -> Result<Map> {
    let with_cells = maps.into_iter().filter(|map| map.values.iter().any(|value| !value.is_nan())).collect();
    let map = overlay(with_cells).ok_or_else(|| nothing_within(dataset, area))?;
    server.allows(limit(server), map.values.len())?;
    Ok(map)
}

fn limit(server: &Server) -> Limit {
    Limit::new(server.options.points, "cells")
}

async fn ask_cells(
    server: &Server,
    path_and_query: &str,
    wanted: &'static [&'static str],
    dataset: &str,
    area: &BoundingBox,
    period: &Period,
) -> Result<Reply> {
    let limit = limit(server);
    let answer = server.ask(path_and_query, move |body| read_envelope(body, Cells::wanting(wanted), limit)).await?;
    let cells = &answer.value.data;
    let nameless = || cells.lacks_values().then(|| format!("its cells hold no {}", wanted.join(" or ")));
    if let Some(reason) = nameless().or_else(|| cells.repeated()) {
        return Err(Error::Unreadable { server: server.base().to_owned(), reason });
    }
    if answer.value.data.is_blank() {
        return Err(nothing_in(dataset, Some(area), period));
    }
    Ok(answer)
}

/// Blanks the variances that NEXUS gets wrong: those of cells that are missing at times when others are not.
///
/// The server adds the square of the cell's mean for every time at which it is missing. The cells with the greatest
/// count have been missing at none.
fn distrust_gaps(map: &mut Map, inquiry: &mut Inquiry<'_>) {
    let most = map.count.iter().copied().fold(0.0, f64::max);
    let mut blanked = 0;
    for (value, count) in map.values.iter_mut().zip(&map.count) {
        if *count < most && !value.is_nan() {
            *value = f64::NAN;
            blanked += 1;
        }
    }
    if blanked > 0 {
        let cells = map.values.len();
        inquiry.note(format!("{blanked} of {cells} cells are left blank: NEXUS computes a wrong variance where a cell has gaps in time"));
    }
}

/// Tells of extremes that NEXUS cannot give: those of cells that are missing at any time.
fn tell_gaps(map: &Map, inquiry: &mut Inquiry<'_>) {
    let gaps = map.values.iter().zip(&map.count).filter(|(value, count)| value.is_nan() && **count > 0.0).count();
    if gaps > 0 {
        let cells = map.values.len();
        inquiry.note(format!("{gaps} of {cells} cells are blank: NEXUS gives no extremes where a cell has gaps in time"));
    }
}

/// The mean of one month over the years of a period, asked one year at a time.
///
/// Servers pair tiles and years wrongly when they are asked for several years at once, and take whole months only. A month
/// that the period cuts is asked for as a mean over what lies within it, which is the same mean.
async fn climatology(server: &Server, request: &MapRequest, month: u32) -> Result<Grid> {
    if !(1..=12).contains(&month) {
        return Err(Error::Invalid(format!("month {month} is not one of 1 to 12")));
    }
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    let parts = monthly_parts(&request.period, month);
    if parts.is_empty() {
        let message = format!("month {month} does not lie in {}", request.period);
        return Err(nothing(Missing::Period, message));
    }
    let one_year = |part: &MonthlyPart| {
        let request = MapRequest { period: part.period, statistic: part.statistic, ..request.clone() };
        async move {
            let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
            match whole(server, &request, &mut inquiry).await {
                Ok((map, meta)) => Ok(Some((map, meta, inquiry))),
                Err(error) if is_gap(&error) => Ok(None),
                Err(error) => Err(error),
            }
        }
    };
    let asked: Vec<_> = parts.iter().map(one_year).collect();
    let mut answered = stream::iter(asked).buffered(2);
    let (mut meta, mut combined, mut with_data) = (Meta::default(), None, 0);
    while let Some(year) = answered.try_next().await? {
        let Some((map, one, spent)) = year else { continue };
        inquiry.absorb(spent);
        // One year at a time, so that no more than two of them are in memory.
        combined = overlay(combined.into_iter().chain([map]).collect());
        (meta, with_data) = (one, with_data + 1);
    }
    if parts.len() > 1 {
        let (first, last) = (parts[0].year, parts[parts.len() - 1].year);
        inquiry.note(format!("asked one year at a time, {first} to {last} ({with_data} with data), and combined by count"));
    }
    let map = combined.ok_or_else(|| nothing_in(&request.dataset, Some(&request.area), &request.period))?;
    grid(map, &meta, request, &mut inquiry)
}

/// One year's share of a month.
#[derive(Debug, PartialEq)]
struct MonthlyPart {
    year: i32,
    period: Period,
    statistic: Statistic,
}

/// The stretches of a calendar month that lie in a period, year by year, from 1970 on.
fn monthly_parts(period: &Period, month: u32) -> Vec<MonthlyPart> {
    let midnight = |year, month| NaiveDate::from_ymd_opt(year, month, 1).map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
    let years = period.start().year().max(1970)..=period.end().year();
    years
        .filter_map(|year| {
            let start: DateTime<Utc> = midnight(year, month)?;
            let next = if month == 12 { midnight(year + 1, 1)? } else { midnight(year, month + 1)? };
            let end = next - Duration::seconds(1);
            let within = Period::new(start.max(period.start()), end.min(period.end())).ok()?;
            let is_whole = within.start() == start && within.end() == end;
            let statistic = if is_whole { Statistic::Climatology { month } } else { Statistic::Mean };
            Some(MonthlyPart { year, period: within, statistic })
        })
        .collect()
}

/// Whether an error says that a year lacks the month: from 1.3 on servers stumble over that.
fn is_gap(error: &Error) -> bool {
    match error {
        Error::NoData { .. } => true,
        Error::Refused { status: 500, message, .. } => message.starts_with("tuple index out of range"),
        _ => false,
    }
}

pub(super) async fn correlation(server: &Server, request: &CorrelationRequest) -> Result<Grid> {
    after_epoch(&request.period)?;
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    let both = request.datasets.join(",");
    let (statistic, wanted) = number(request.kind);
    let ask = |area| {
        let part = CorrelationRequest { area: in_step(area, request), ..request.clone() };
        let both = both.clone();
        async move { ask_cells(server, &part.path_and_query(), wanted, &both, &part.area, &part.period).await }
    };
    let parts = sides(&request.area, ask).await?;
    if request.area.crosses_antimeridian() {
        inquiry.note(TWO_SIDES);
    }
    let mut maps = Vec::new();
    for side in parts {
        let cells = inquiry.add(side.answer).data;
        maps.push(placed(&cells, &side.area, side.shift, &mut inquiry));
    }
    let mut map = laid_together(maps, server, &both, &request.area)?;
    if statistic == "correlation" {
        held_within_one(&mut map, &mut inquiry);
    }
    tell_upside_down(&map, &mut inquiry);
    let rows = map.lat.len();
    Ok(Grid {
        dataset: both,
        variable: String::new(),
        statistic: statistic.into(),
        units: String::new(),
        lat: column(map.lat),
        lon: column(map.lon),
        values: plane(rows, map.values),
        count: plane(rows, map.count),
        origin: inquiry.origin(&request.datasets[0], &Meta::default()),
    })
}

/// Holds correlations within 1, a little beyond which the server's single-precision sums may carry them. What lies far beyond is none.
fn held_within_one(map: &mut Map, inquiry: &mut Inquiry<'_>) {
    let mut none = 0;
    for r in &mut map.values {
        if r.abs() > 1.001 {
            *r = f64::NAN;
            none += 1;
        }
        *r = r.clamp(-1.0, 1.0);
    }
    if none > 0 {
        inquiry.note(format!("{none} of {} cells are left blank: what was sent lies beyond 1, so it is no correlation", map.values.len()));
    }
}

/// What a correlation map shows: the name that its grid carries, and the one that its cells give it.
fn number(kind: Correlation) -> (&'static str, &'static [&'static str]) {
    let of = match kind {
        Correlation::Cells => Regression::Correlation,
        Correlation::Regression { of, .. } => of,
    };
    match of {
        Regression::Slope => ("slope", &["slope"]),
        Regression::Intercept => ("intercept", &["intercept"]),
        Regression::Correlation => ("correlation", &["r"]),
        Regression::PValue => ("p value", &["p"]),
        Regression::StandardError => ("standard error", &["stderr"]),
    }
}

/// A part of the area whose grid goes on in the steps of the whole: a server lays its cells out from the western edge.
fn in_step(part: BoundingBox, request: &CorrelationRequest) -> BoundingBox {
    let Correlation::Regression { resolution, .. } = request.kind else { return part };
    let begun = part.west() + 360.0 - request.area.west();
    if part.west() >= request.area.west() || resolution <= 0.0 {
        return part;
    }
    let west = part.west() + (resolution - begun.rem_euclid(resolution)).rem_euclid(resolution);
    BoundingBox::new(west.min(part.east()), part.south(), part.east(), part.north()).unwrap_or(part)
}

/// Warns of a map that looks as if its tiles lay upside down.
fn tell_upside_down(map: &Map, inquiry: &mut Inquiry<'_>) {
    if let Some(height) = upside_down(map) {
        inquiry.note(format!(
            "this map jumps every {height} rows as if its tiles lay upside down, which NEXUS does to datasets whose latitudes \
             descend; compare it with a subset of one time"
        ));
    }
}

fn grid(map: Map, meta: &Meta, request: &MapRequest, inquiry: &mut Inquiry<'_>) -> Result<Grid> {
    if map.values.iter().all(|v| v.is_nan()) {
        return Err(nothing(
            Missing::Unknown,
            format!("no cell of {} has a {} that can be trusted", request.dataset, request.statistic.name()),
        ));
    }
    tell_upside_down(&map, inquiry);
    let rows = map.lat.len();
    let variable = inquiry.variable(request.variable.as_deref(), meta);
    inquiry.elevation(request.elevation);
    Ok(Grid {
        dataset: request.dataset.clone(),
        variable,
        statistic: request.statistic.name().into(),
        units: meta.units.0.clone(),
        lat: column(map.lat),
        lon: column(map.lon),
        values: plane(rows, map.values),
        count: plane(rows, map.count),
        origin: inquiry.origin(&request.dataset, meta),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(start: &str, end: &str) -> Period {
        Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_climatology_is_asked_year_by_year_and_a_cut_month_as_a_mean() {
        let parts = monthly_parts(&period("2008-03-10T00:00:00Z", "2010-12-31T23:59:59Z"), 3);
        let months: Vec<_> = parts.iter().map(|p| (p.year, p.period.to_string(), p.statistic)).collect();
        let whole = Statistic::Climatology { month: 3 };
        assert_eq!(
            months,
            [
                (2008, "2008-03-10/2008-03-31".into(), Statistic::Mean),
                (2009, "2009-03-01/2009-03-31".into(), whole),
                (2010, "2010-03-01/2010-03-31".into(), whole),
            ]
        );
    }

    #[test]
    fn a_period_without_the_month_has_no_parts() {
        assert_eq!(monthly_parts(&period("2008-04-01T00:00:00Z", "2009-02-28T23:59:59Z"), 3), []);
        let december = monthly_parts(&period("1960-01-01T00:00:00Z", "1970-12-31T23:59:59Z"), 12);
        assert_eq!(december.iter().map(|p| p.year).collect::<Vec<_>>(), [1970]);
    }
}
