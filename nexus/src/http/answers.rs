//! Answers every question of the [`Nexus`] trait from a server.

mod dates;
mod hovmoller;
mod jobs;
mod maps;
mod matchups;
mod order;
mod place;
mod points;
mod raw;
mod renamed;
mod series;

use super::Server;
use super::transport::{Answer, Body};
use crate::parse::{Limit, ROUNDING};
use crate::request::{
    AnomalyRequest, CorrelationRequest, DeviationRequest, HovmollerRequest, Job, MapRequest, MatchupRequest, SeriesRequest, SubsetRequest,
};
use crate::{Dataset, Error, Missing, Nexus, Result, parse};
use chrono::DateTime;
use futures::future::try_join_all;
use sdap::{BoundingBox, Grid, Hovmoller, Period, Points, SeriesGroup, Table, TimeSeries};
use std::sync::Arc;

#[async_trait::async_trait]
impl Nexus for Server {
    fn name(&self) -> &str {
        self.base()
    }

    fn limited_to(&self, points: usize) -> Option<Arc<dyn Nexus>> {
        Some(Arc::new(self.clone().with_point_limit(points)))
    }

    /// What `/version` says. Releases 1.2 and 1.3 answer it with an error, older ones not at all.
    async fn version(&self) -> Result<String> {
        let unknown = || Error::Unsupported(format!("{} does not say its version; releases before 1.4 cannot", self.base()));
        let body = match self.body("/version").await {
            Err(Error::WebPage { status: 404 | 500, .. }) => return Err(unknown()),
            other => other?,
        };
        match super::words::one_line(&String::from_utf8_lossy(&body.bytes)) {
            text if text.is_empty() || super::failure::is_page(&body.bytes) => Err(unknown()),
            text => Ok(text),
        }
    }

    async fn datasets(&self) -> Result<Vec<Dataset>> {
        let datasets = self.ask("/list", parse::read_list).await?.value;
        self.known.learn(&datasets);
        Ok(datasets)
    }

    async fn series(&self, request: &SeriesRequest) -> Result<SeriesGroup> {
        series::series(self, request).await
    }

    async fn anomaly(&self, request: &AnomalyRequest) -> Result<TimeSeries> {
        series::anomaly(self, request).await
    }

    async fn map(&self, request: &MapRequest) -> Result<Grid> {
        maps::map(self, request).await
    }

    async fn subset(&self, request: &SubsetRequest) -> Result<Points> {
        points::subset(self, request).await
    }

    async fn hovmoller(&self, request: &HovmollerRequest) -> Result<Hovmoller> {
        hovmoller::hovmoller(self, request).await
    }

    async fn correlation(&self, request: &CorrelationRequest) -> Result<Grid> {
        maps::correlation(self, request).await
    }

    async fn deviation(&self, request: &DeviationRequest) -> Result<Table> {
        place::deviation(self, request).await
    }

    async fn matchup(&self, request: &MatchupRequest) -> Result<Table> {
        matchups::matchup(self, request).await
    }

    async fn submit(&self, request: &MatchupRequest) -> Result<Job> {
        matchups::submit(self, request).await
    }

    async fn job(&self, id: &str) -> Result<Job> {
        jobs::job(self, id).await
    }

    async fn cancel(&self, id: &str) -> Result<Job> {
        jobs::cancel(self, id).await
    }

    async fn results(&self, id: &str, limit: usize) -> Result<Table> {
        matchups::results(self, id, limit).await
    }

    async fn get(&self, path_and_query: &str) -> Result<Body> {
        raw::get(self, path_and_query).await
    }

    async fn post(&self, path_and_query: &str, content_type: &str, body: Vec<u8>) -> Result<Body> {
        raw::post(self, path_and_query, content_type, body).await
    }
}

impl Server {
    /// Refuses an answer of which the parts together hold more than it may.
    fn allows(&self, limit: Limit, count: usize) -> Result<()> {
        limit.check(count).map_err(|reason| super::failure::too_large(&self.name, &reason))
    }
}

/// One side of the antimeridian, or the whole of an area that lies on one side.
struct Side<T> {
    area: BoundingBox,
    /// What is to be added to its longitudes so that they go on eastwards across the antimeridian.
    shift: f64,
    answer: Answer<T>,
}

/// A longitude that lies in an area only once it is turned by 360 degrees, turned.
fn turned(lon: f64, area: &BoundingBox) -> f64 {
    let lies_in = |lon: f64| (area.west() - ROUNDING..=area.east() + ROUNDING).contains(&lon);
    if lies_in(lon) { lon } else { [lon - 360.0, lon + 360.0].into_iter().find(|lon| lies_in(*lon)).unwrap_or(lon) }
}

/// Whether a place lies in an area that does not cross the antimeridian, or beside it by no more than 32 bits round off.
fn lies_in(area: &BoundingBox, lat: f64, lon: f64) -> bool {
    let between = |low: f64, at: f64, high: f64| at >= low - ROUNDING && at <= high + ROUNDING;
    between(area.south(), lat, area.north()) && between(area.west(), lon, area.east())
}

/// Asks for each side of the antimeridian that an area lies on, both at once. A side without data is left out.
///
/// A box that crosses the antimeridian cannot be asked for as it is: the server would take its complement.
async fn sides<T, F, Asked>(area: &BoundingBox, ask: F) -> Result<Vec<Side<T>>>
where
    F: Fn(BoundingBox) -> Asked,
    Asked: Future<Output = Result<Answer<T>>>,
{
    let parts = area.parts();
    let asked = parts.iter().map(|part| {
        let answer = ask(*part);
        async move {
            match answer.await {
                Ok(answer) => Ok(Ok(answer)),
                Err(nothing @ Error::NoData { .. }) => Ok(Err(nothing)),
                Err(error) => Err(error),
            }
        }
    });
    let mut nothing = None;
    let mut sides = Vec::new();
    for (part, outcome) in parts.iter().zip(try_join_all(asked).await?) {
        let shift = if part.west() < area.west() { 360.0 } else { 0.0 };
        match outcome {
            Ok(answer) => sides.push(Side { area: *part, shift, answer }),
            Err(error) => nothing = Some(error),
        }
    }
    match nothing {
        Some(error) if sides.is_empty() => Err(error),
        _ => Ok(sides),
    }
}

/// No data, in the client's words: the server answered, but with nothing.
fn nothing(missing: Missing, message: String) -> Error {
    Error::NoData { missing, message }
}

/// Nothing in what was asked, and no word of why.
fn nothing_in(datasets: &str, area: Option<&BoundingBox>, period: &Period) -> Error {
    let place = area.map(|a| format!(" in {a}")).unwrap_or_default();
    nothing(Missing::Unknown, format!("the answer is empty: nothing of {datasets}{place} during {period}"))
}

/// A server without any time of the period sometimes answers with all that it has.
fn nothing_during(datasets: &str, period: &Period) -> Error {
    nothing(Missing::Period, format!("the server answered with other times only: nothing of {datasets} during {period}"))
}

/// A server that ignores the box that it was given answers with places elsewhere.
fn nothing_within(datasets: &str, area: &BoundingBox) -> Error {
    nothing(Missing::Area, format!("the server answered with other places only: nothing of {datasets} in {area}"))
}

/// Refuses what no server can be asked: times before 1970, where the time filter of some endpoints ends.
fn after_epoch(period: &Period) -> Result<()> {
    if period.end() >= DateTime::UNIX_EPOCH {
        return Ok(());
    }
    Err(nothing(Missing::Period, format!("NEXUS servers cannot be asked for times before 1970, such as {period}")))
}

/// What to say of a box that was asked for in two parts.
const TWO_SIDES: &str = "the box crosses the antimeridian: it was asked for in two parts, which are joined";
