//! The engine over HTTP, as NEXUS 1.4 answers.
//!
//! Paths, parameters and their aliases, the shape and key order of the JSON, statuses and error texts are those of the server.
//!
//! # What is answered
//!
//! | path | with |
//! | --- | --- |
//! | `/list`, `/cdmslist` | the datasets; one that cannot be read has `error` and `error_reason` instead of times |
//! | `/datainbounds` | every sample in a box, of stations that `metadataFilter` names, or both; `compact=true` as a gzip file |
//! | `/timeSeriesSpark` | area statistics for each time, of one or more datasets |
//! | `/dailydifferenceaverage_spark` | the daily difference from a climatology |
//! | `/timeAvgMapSpark`, `/varianceSpark`, `/maxMinMapSpark`, `/climMapSpark` | one number, or a few, for each cell |
//! | `/corrMapSpark`, `/correlationMap` | the correlation of two datasets: in each cell, or on a grid of `res` degrees |
//! | `/latitudeTimeHofMoellerSpark`, `/longitudeTimeHofMoellerSpark` | time against latitude or longitude |
//! | `/standardDeviation` | what a climatology keeps beside its means, at a place |
//! | `/cdmssubset` | a ZIP of CSV files, one for each dataset (`output=ZIP`) |
//! | `/match_spark` | starts a match-up; 302 to `/job` |
//! | `/job`, `/job/cancel`, `/cdmsresults`, `/cdmscatalog/ID[/FORMAT]` | a match-up's state and end, its pairs (JSON, CSV, NetCDF), its pages |
//! | `/capabilities`, `/heartbeat`, `/version` | what is answered, which datasets can be read, `1.4.0` |
//! | `/datasets/add`, `/update`, `/remove` | changes the datasets, where [`Changes::Allowed`] |
//! | `/`, `/health` | a page for people: datasets, requests in flight, memory, uptime |
//!
//! What is dead on the server is dead here, with its status and text: `/stats`, `/statsSolr`, `/dailydifferenceaverage`,
//! `/longitudeLatitudeMap` and `/match_spark_doms` (500 in JSON), both `…TimeHofMoeller` without `Spark` and the old
//! `/doms…` in-situ look-ups (500 as a page). `/tomogram/…`, images of radar tomography, are no part of the engine: 404.
//!
//! # What differs, on purpose
//!
//! - JSON is strict: a missing number is `null`, never a bare `NaN`, nor the text `"nan"`;
//! - the numbers are the right ones where the server's are known to be wrong (see the crate's first page);
//! - `b=170,-10,-170,10` is the box across the antimeridian; only when both pairs of corners are swapped are they put in order;
//! - `/datainbounds` takes `b` and `metadataFilter` together, and gives the station of a point as `keys` beside its `data`;
//! - `variable=` chooses one of several variables, and every endpoint takes both forms of area and of time;
//! - a depth of `0`, one bound of elevation alone, and `minDepth` without `maxDepth` mean what they say;
//! - a missing `startTime` is 400 with its name everywhere, and so are inverted times;
//! - `/cdmssubset` without `output=ZIP` says so in its error, which is empty on the server;
//! - links of jobs begin with the scheme and host that the request came by, where the server always says `https`;
//! - `/cdmscatalog` has every page, where the server forgets the last one that holds a single primary;
//! - the NetCDF of `/cdmsresults` needs no depths and tells units, and its dimensions have no names;
//! - `/datasets/add` takes JSON, or YAML that is JSON, and no keys of a cloud: those are read from the environment.
//!
//! # Limits
//!
//! At most [`Options::at_once`] questions are worked on, [`Options::waiting`] more wait, and the next is told 503. One that is
//! not answered within [`Options::time`] is told 504, and its work stops; so it does when the client goes away. An answer
//! is written while it is sent, and fetched within the same time again, or it breaks off. A request's body has at most
//! [`Options::request_bytes`], an answer as many points and cells as the engine's [`Limits`](crate::Limits) say. What says how
//! the server is (`/`, `/list`, `/job`, …) never waits. A page of `/cdmsresults` has at most 50 000 pairs.

mod about;
mod capabilities;
mod correlation;
mod dead;
mod deviation;
mod difference;
mod failure;
mod files;
mod gate;
mod health;
mod hovmoller;
mod inside;
mod json;
mod listen;
mod manage;
mod maps;
mod matchup;
mod meta;
mod parameters;
mod points;
mod series;

pub(crate) use inside::ask;
pub use listen::serve;

use crate::Engine;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, Request};
use axum::handler::Handler;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use failure::Failure;
use gate::Gate;
use std::sync::Arc;
use std::time::Duration;

/// How much is worked on at a time, and what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How many questions are worked on at once.
    pub at_once: usize,
    /// How many more may wait for that.
    pub waiting: usize,
    /// How long a question may take, waiting included; its answer may take as long again to be fetched.
    pub time: Duration,
    /// How large the body of a request may be.
    pub request_bytes: usize,
    /// How many clients may be connected.
    pub connections: usize,
    /// Whether requests may change the datasets.
    pub changes: Changes,
}

/// Whether requests may change the datasets: `/datasets/add`, `/datasets/update`, `/datasets/remove`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Changes {
    /// They are told 403.
    #[default]
    Refused,
    /// They are done, unless a page of another site sent them.
    Allowed,
}

impl Default for Options {
    /// As many questions at once as NEXUS has threads for them, and ten minutes for each.
    fn default() -> Self {
        Self { at_once: 4, waiting: 64, time: Duration::from_mins(10), request_bytes: 1 << 20, connections: 256, changes: Changes::Refused }
    }
}

/// What every request is answered with.
#[derive(Clone)]
struct Service {
    engine: Arc<Engine>,
    gate: Arc<Gate>,
}

impl FromRef<Service> for Arc<Engine> {
    fn from_ref(service: &Service) -> Self {
        service.engine.clone()
    }
}

impl FromRef<Service> for Arc<Gate> {
    fn from_ref(service: &Service) -> Self {
        service.gate.clone()
    }
}

/// Routes that answer for the engine, with the default [`Options`].
pub fn router(engine: Arc<Engine>) -> Router {
    Options::default().router(engine)
}

impl Options {
    /// Routes that answer for the engine.
    pub fn router(self, engine: Arc<Engine>) -> Router {
        let service = Service { engine, gate: Arc::new(Gate::new(self)) };
        questions()
            .route_layer(axum::middleware::from_fn_with_state(service.clone(), gate::take_turns))
            .merge(notices())
            .fallback(not_found)
            .method_not_allowed_fallback(async || page(StatusCode::METHOD_NOT_ALLOWED))
            .layer(axum::middleware::from_fn(gate::survive))
            .layer(DefaultBodyLimit::max(self.request_bytes))
            .with_state(service)
    }
}

/// What takes its turn.
fn questions() -> Router<Service> {
    Router::new()
        .route("/datainbounds", endpoint(points::data_in_bounds))
        .route("/timeSeriesSpark", endpoint(series::time_series))
        .route("/dailydifferenceaverage_spark", endpoint(difference::daily_difference))
        .route("/timeAvgMapSpark", endpoint(maps::time_average))
        .route("/varianceSpark", endpoint(maps::variance))
        .route("/maxMinMapSpark", endpoint(maps::max_min))
        .route("/climMapSpark", endpoint(maps::climatology))
        .route("/corrMapSpark", endpoint(correlation::in_cells))
        .route("/correlationMap", endpoint(correlation::on_a_grid))
        .route("/latitudeTimeHofMoellerSpark", endpoint(hovmoller::latitude))
        .route("/longitudeTimeHofMoellerSpark", endpoint(hovmoller::longitude))
        .route("/standardDeviation", endpoint(deviation::standard_deviation))
        .route("/cdmssubset", endpoint(files::subset))
        .route("/domssubset", endpoint(files::subset))
        .route("/match_spark", endpoint(matchup::start))
        .route("/cdmsresults", endpoint(matchup::results))
        .route("/domsresults", endpoint(matchup::results))
}

/// What is answered at once, however busy the engine is.
fn notices() -> Router<Service> {
    dead::routes()
        .route("/", endpoint(health::page))
        .route("/health", endpoint(health::page))
        .route("/list", endpoint(about::list))
        .route("/cdmslist", endpoint(about::cdms_list))
        .route("/domslist", endpoint(about::cdms_list))
        .route("/heartbeat", endpoint(about::heartbeat))
        .route("/version", endpoint(about::version))
        .route("/capabilities", endpoint(capabilities::capabilities))
        .route("/job", endpoint(matchup::job))
        .route("/job/cancel", endpoint(matchup::cancel))
        .route("/cdmscatalog", endpoint(matchup::catalog))
        .route("/cdmscatalog/", endpoint(matchup::catalog))
        .route("/cdmscatalog/{*path}", endpoint(matchup::catalog))
        .route("/datasets/add", endpoint(manage::add))
        .route("/datasets/update", endpoint(manage::update))
        .route("/datasets/remove", endpoint(manage::remove))
}

/// NEXUS answers GET and POST alike, and nothing else.
fn endpoint<T: 'static>(handler: impl Handler<T, Service>) -> MethodRouter<Service> {
    get(handler.clone()).post(handler).head(async || page(StatusCode::METHOD_NOT_ALLOWED))
}

/// A path that begins with two slashes is forbidden on the server, every other unknown one not found.
async fn not_found(request: Request) -> Response {
    page(if request.uri().path().starts_with("//") { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND })
}

/// The page that the server shows for a status.
fn page(status: StatusCode) -> Response {
    let text = format!("{}: {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    (status, Html(format!("<html><title>{text}</title><body>{text}</body></html>"))).into_response()
}

/// An answer that is JSON.
fn json_response(body: axum::body::Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// An answer to look at or to keep, under a name.
fn file_response(kind: &'static str, disposition: &str, contents: Vec<u8>) -> Response {
    // What cannot stand in a header is left out of the name.
    let disposition: String = disposition.chars().filter(|c| (' '..='~').contains(c)).collect();
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], contents).into_response()
}

/// What a handler answers.
type Answer = Result<Response, Failure>;
