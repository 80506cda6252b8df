//! The engine over HTTP, as NEXUS 1.4 answers.
//!
//! Paths, parameters and their aliases, the shape and key order of the JSON, statuses and error texts are those of the server.
//! What differs, on purpose:
//!
//! - JSON is strict: a missing number is `null`, never a bare `NaN`;
//! - the numbers are the right ones where the server's are known to be wrong (see the crate's first page);
//! - `b=170,-10,-170,10` is the box across the antimeridian; only when both pairs of corners are swapped are they put in order;
//! - `/datainbounds` takes `b` and `metadataFilter` together, and gives the station of a point as `keys` beside its `data`;
//! - `variable=` chooses one of several variables, and every endpoint takes both forms of area and of time.
//!
//! At most a few questions are worked on at once, and the rest wait; a client that goes away stops its question.

mod about;
mod difference;
mod failure;
mod hovmoller;
mod json;
mod maps;
mod meta;
mod parameters;
mod points;
mod series;

use crate::Engine;
use axum::Router;
use axum::extract::{FromRef, State};
use axum::handler::Handler;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use failure::Failure;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How many questions are worked on at once: as many as NEXUS has threads for them.
const AT_ONCE: usize = 4;

/// Every endpoint: name, path and what it says of itself.
const ENDPOINTS: [(&str, &str, &str); 14] = [
    ("Dataset List", "/list", "Lists all available datasets"),
    ("Data In-Bounds Search", "/datainbounds", "Fetches point values for a given dataset and geographical area or metadata criteria"),
    ("Time Series Spark", "/timeSeriesSpark", "Computes a time series plot between one or more datasets"),
    (
        "Daily Difference Average Spark",
        "/dailydifferenceaverage_spark",
        "Subtracts a climatology from a dataset, and averages the result for each day",
    ),
    ("Time Average Map Spark", "/timeAvgMapSpark", "Computes a latitude/longitude time average map"),
    ("Temporal Variance Spark", "/varianceSpark", "Computes a map of the temporal variance"),
    ("Temporal Max and Min Spark", "/maxMinMapSpark", "Computes a map of the temporal maxima and minima"),
    ("Climatology Map Spark", "/climMapSpark", "Computes a latitude/longitude map of one month's average over several years"),
    ("Latitude/Time Hofmoeller Spark", "/latitudeTimeHofMoellerSpark", "Computes a latitude/time Hofmoeller"),
    ("Longitude/Time Hofmoeller Spark", "/longitudeTimeHofMoellerSpark", "Computes a longitude/time Hofmoeller"),
    ("Correlation Map Spark", "/corrMapSpark", "Computes a correlation map between two datasets"),
    ("Capabilities", "/capabilities", "Lists the endpoints"),
    ("Heartbeat", "/heartbeat", "Says which datasets can be read"),
    ("Version", "/version", "Says which NEXUS the answers are like"),
];

/// What every request is answered with.
#[derive(Clone)]
struct Service {
    engine: Arc<Engine>,
    slots: Arc<Semaphore>,
}

impl FromRef<Service> for Arc<Engine> {
    fn from_ref(service: &Service) -> Self {
        service.engine.clone()
    }
}

/// Routes that answer for the engine.
pub fn router(engine: Arc<Engine>) -> Router {
    let service = Service { engine, slots: Arc::new(Semaphore::new(AT_ONCE)) };
    let bounded = axum::middleware::from_fn_with_state(service.clone(), take_turns);
    Router::new()
        .route("/list", endpoint(about::list))
        .route("/datainbounds", endpoint(points::data_in_bounds))
        .route("/timeSeriesSpark", endpoint(series::time_series))
        .route("/dailydifferenceaverage_spark", endpoint(difference::daily_difference))
        .route("/timeAvgMapSpark", endpoint(maps::time_average))
        .route("/varianceSpark", endpoint(maps::variance))
        .route("/maxMinMapSpark", endpoint(maps::max_min))
        .route("/climMapSpark", endpoint(maps::climatology))
        .route("/corrMapSpark", endpoint(maps::correlation))
        .route("/latitudeTimeHofMoellerSpark", endpoint(hovmoller::latitude))
        .route("/longitudeTimeHofMoellerSpark", endpoint(hovmoller::longitude))
        .route_layer(bounded)
        .route("/capabilities", endpoint(about::capabilities))
        .route("/heartbeat", endpoint(about::heartbeat))
        .route("/version", endpoint(about::version))
        .fallback(not_found)
        .with_state(service)
}

/// Answers on `address` until `shutdown` completes; requests that are being answered then are finished.
///
/// `bound` is told the address that was taken, which matters where port 0 was asked for.
///
/// # Errors
/// If the address cannot be taken.
pub async fn serve(
    address: SocketAddr,
    engine: Arc<Engine>,
    bound: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    bound(listener.local_addr()?);
    axum::serve(listener, router(engine)).with_graceful_shutdown(shutdown).await
}

/// NEXUS answers GET and POST alike.
fn endpoint<T: 'static>(handler: impl Handler<T, Service>) -> axum::routing::MethodRouter<Service> {
    get(handler.clone()).post(handler)
}

/// Waits until fewer than [`AT_ONCE`] questions are worked on.
async fn take_turns(State(service): State<Service>, request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let slot = service.slots.acquire().await;
    let response = next.run(request).await;
    drop(slot);
    response
}

async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Html("<html><title>404: Not Found</title><body>404: Not Found</body></html>")).into_response()
}

/// An answer that is JSON.
fn json_response(body: axum::body::Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// What a handler answers.
type Answer = Result<Response, Failure>;
