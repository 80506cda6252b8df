//! Match-ups, and the pairs that jobs have found.

use super::super::Server;
use super::super::origin::Inquiry;
use super::super::transport::Answer;
use super::jobs::{self, Begun};
use super::renamed::Results;
use super::{TWO_SIDES, after_epoch, nothing};
use crate::parse::{Meta, Page, Pairs, Parameters, Side, moment, read_pairs};
use crate::request::{Job, MatchupRequest};
use crate::{Error, Meter, Missing, Result, distance};
use chrono::DateTime;
use sdap::{BoundingBox, Period, Table, TableColumn, Times, column};

/// How many primary samples are asked for at a time; what servers send unless told otherwise.
const PAGE: u64 = 1000;

pub(super) async fn matchup(server: &Server, request: &MatchupRequest) -> Result<Table> {
    after_epoch(&request.period)?;
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    if request.area.crosses_antimeridian() {
        inquiry.note(TWO_SIDES);
    }
    let (mut pairs, mut without) = (Pairs::default(), None);
    for area in request.area.parts() {
        let part = MatchupRequest { area, ..request.clone() };
        match one_side(server, &part, &mut inquiry, server.options.points - pairs.len()).await {
            Ok(found) => pairs.append(found),
            Err(error @ Error::NoData { .. }) => without = Some(error),
            Err(error) => return Err(error),
        }
    }
    match without {
        Some(error) if pairs.len() == 0 => Err(error),
        _ => Ok(table(pairs, &request.primary, &request.secondary, inquiry)),
    }
}

async fn one_side(server: &Server, request: &MatchupRequest, inquiry: &mut Inquiry<'_>, limit: usize) -> Result<Pairs> {
    let nothing_near = || nothing_near(&request.primary, &request.secondary);
    let pairs = match jobs::begin(server, complete(request)).await? {
        Begun::Job(id) => {
            inquiry.stands_for(server.address(&request.path_and_query())?);
            let job = jobs::wait(server, &id).await?;
            match jobs::fruitless(server, &job) {
                Some(error) => return Err(error),
                None => pages(server, &id, job.primary_matched, inquiry, limit).await?.0,
            }
        }
        Begun::Answer(reply) => {
            let page = inquiry.add(reply.read(server.options.limit, move |body| read_pairs(body, limit)).await?);
            match page.primaries {
                // More than the server wants to send at once.
                None if !page.id.is_empty() => pages(server, &page.id, page.matched, inquiry, limit).await?.0,
                _ => page.pairs,
            }
        }
    };
    if pairs.len() == 0 { Err(nothing_near()) } else { Ok(pairs) }
}

/// The whole path and query. Before 1.2 a server sends the first 500 pairs only, unless it is asked for no limit.
fn complete(request: &MatchupRequest) -> String {
    format!("{}&resultSizeLimit=0", request.path_and_query())
}

pub(super) async fn submit(server: &Server, request: &MatchupRequest) -> Result<Job> {
    after_epoch(&request.period)?;
    if let [west, east] = request.area.parts()[..] {
        return Err(Error::Unsupported(format!(
            "one job cannot match up a box that crosses the antimeridian; start one for {west} and one for {east}"
        )));
    }
    match jobs::begin(server, complete(request)).await? {
        Begun::Job(id) => Ok(jobs::started(server, id).await),
        Begun::Answer(_) => Err(Error::Unsupported(format!(
            "{} starts no jobs; releases before 1.2 answer match-ups at once, so ask without detaching",
            server.base()
        ))),
    }
}

pub(super) async fn results(server: &Server, id: &str, limit: usize) -> Result<Table> {
    let total = match jobs::job(server, id).await {
        Ok(job) => match jobs::fruitless(server, &job) {
            Some(error) => return Err(error),
            None => job.primary_matched,
        },
        // A server without jobs may yet keep results.
        Err(Error::Unsupported(_)) => None,
        Err(error) => return Err(error),
    };
    let mut inquiry = Inquiry::new(server, None, None);
    let (pairs, asked) = pages(server, id.trim(), total, &mut inquiry, limit).await?;
    let (primary, secondary) = (asked.get(&["primary"]), asked.get(&["matchup", "secondary"]));
    if pairs.len() == 0 {
        return Err(nothing_near(primary, secondary));
    }
    inquiry.about(area(&asked), period(&asked));
    Ok(table(pairs, primary, secondary, inquiry))
}

/// All pages of a job's results, up to `limit` pairs, and what was asked.
async fn pages(server: &Server, id: &str, total: Option<u64>, inquiry: &mut Inquiry<'_>, limit: usize) -> Result<(Pairs, Parameters)> {
    let meter = Meter::current();
    if let Some(total) = total {
        meter.count_in("pages");
        meter.expect(usize::try_from(total.div_ceil(PAGE)).unwrap_or(usize::MAX));
    }
    let mut endpoint = Results::of_today();
    let (mut pairs, mut asked, mut seen) = (Pairs::default(), Parameters::default(), 0);
    for number in 1.. {
        let room = limit - pairs.len().min(limit);
        let query = format!("id={id}&output=JSON&pageNum={number}&pageSize={PAGE}");
        let answer: Answer<Page> = endpoint.ask(server, &query, move |body| read_pairs(body, room)).await?;
        let page = inquiry.add(answer);
        meter.advance();
        let expected = total.or(page.matched);
        if pairs.ends_with(&page.pairs) {
            let of = expected.map_or_else(String::new, |expected| format!(" of {expected}"));
            inquiry
                .note(format!("the server sends the same page whichever is asked for: these are the pairs of {seen}{of} primary samples"));
            break;
        }
        let came = page.primaries.unwrap_or(0) as u64;
        seen += came;
        pairs.append(page.pairs);
        asked = page.parameters;
        // A server that numbers no pages has sent everything.
        let whole = page.number.is_none() || expected.map_or(came < PAGE, |expected| seen >= expected);
        if !whole && pairs.len() >= limit {
            inquiry.note(format!("only the first {limit} pairs were fetched, of {seen} of {} primary samples", expected.unwrap_or(seen)));
            break;
        }
        if !whole && came == 0 {
            inquiry.note(format!("the server found neighbours of {} primary samples, and sent those of {seen}", expected.unwrap_or(seen)));
            break;
        }
        if whole {
            break;
        }
    }
    if pairs.left_out > 0 {
        inquiry.note(format!("only the first {limit} pairs were kept; {} more came", pairs.left_out));
    }
    Ok((pairs, asked))
}

fn nothing_near(primary: &str, secondary: &str) -> Error {
    nothing(Missing::Unknown, format!("no sample of {secondary} was found near any of {primary}"))
}

fn area(asked: &Parameters) -> Option<BoundingBox> {
    let numbers: Vec<f64> = asked.get(&["bbox"]).split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?;
    let [west, south, east, north] = numbers[..] else { return None };
    BoundingBox::new(west, south, east, north).ok()
}

fn period(asked: &Parameters) -> Option<Period> {
    let time = |name| {
        let text = asked.get(&[name]);
        text.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).or_else(|| moment(text))
    };
    Period::new(time("startTime")?, time("endTime")?).ok()
}

/// The pairs as a table: both sides, then how far apart they are.
fn table(pairs: Pairs, primary: &str, secondary: &str, inquiry: Inquiry<'_>) -> Table {
    let Pairs { primary: one, secondary: other, .. } = pairs;
    let places = |side: &Side| side.lat.iter().copied().zip(side.lon.iter().copied()).collect::<Vec<_>>();
    let apart: Vec<f64> = places(&one).into_iter().zip(places(&other)).map(|(a, b)| distance(a, b)).collect();
    let later: Vec<f64> = one.time.iter().zip(&other.time).map(|(a, b)| (b - a) as f64).collect();
    let mut columns = of_side("primary", one);
    columns.extend(of_side("secondary", other));
    columns.push(("distance [m]".to_owned(), TableColumn::Numbers(column(apart))));
    columns.push(("time difference [s]".to_owned(), TableColumn::Numbers(column(later))));
    let title = if secondary.is_empty() { "Match-up".to_owned() } else { format!("Match-up of {primary} and {secondary}") };
    Table { title, columns, origin: inquiry.origin(primary, &Meta::default()) }
}

/// The columns of one side. Depths and platforms are those of in-situ samples; elsewhere they say nothing.
fn of_side(side: &str, samples: Side) -> Vec<(String, TableColumn)> {
    let numbers = |values: Vec<f64>| TableColumn::Numbers(column(values));
    let mut columns = vec![
        (format!("{side} lat [degrees_north]"), numbers(samples.lat)),
        (format!("{side} lon [degrees_east]"), numbers(samples.lon)),
        (format!("{side} time"), TableColumn::Times(Times::new(samples.time))),
    ];
    if samples.depth.iter().any(|depth| depth.is_finite()) {
        columns.push((format!("{side} depth [m]"), numbers(samples.depth)));
    }
    for (name, unit, values) in samples.variables {
        let unit = if unit.is_empty() { String::new() } else { format!(" [{unit}]") };
        columns.push((format!("{side} {name}{unit}"), numbers(values)));
    }
    if samples.platform.iter().any(|platform| !platform.is_empty() && platform != "orbiting satellite") {
        columns.push((format!("{side} platform"), TableColumn::Text(samples.platform)));
    }
    columns
}
