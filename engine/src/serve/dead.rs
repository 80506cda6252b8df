//! Endpoints that the server has and cannot answer: the same status and words, so that clients which expect them go on.

use super::{Failure, Service, endpoint, page};
use axum::Router;
use axum::http::StatusCode;

/// Path, and what is said of it.
const DEAD: [(&str, &str); 6] = [
    ("/stats", "'TimeSeriesCalcHandlerImpl' object has no attribute 'algorithm_config'"),
    ("/statsSolr", "'TimeSeriesSolrHandlerImpl' object has no attribute 'algorithm_config'"),
    ("/dailydifferenceaverage", "'DailyDifferenceAverageImpl' object has no attribute 'algorithm_config'"),
    ("/longitudeLatitudeMap", "'NexusTileService' object has no attribute '_metadatastore'"),
    ("/match_spark_doms", "/match_spark_doms is dead in NEXUS 1.4; ask /match_spark"),
    // Meant for tests of how a client shows an error.
    ("/makeerror", "float division by zero"),
];

/// Paths whose handlers cannot even be made there.
const UNMADE: [&str; 7] = [
    "/latitudeTimeHofMoeller",
    "/longitudeTimeHofMoeller",
    "/domsvalues",
    "/domsstats",
    "/domsmetadata",
    "/domsinsitusubset",
    "/domsmatchup",
];

/// Routes to all of them.
pub(super) fn routes() -> Router<Service> {
    let told =
        DEAD.into_iter().fold(Router::new(), |routes, (path, words)| routes.route(path, endpoint(async move || Failure::internal(words))));
    UNMADE.into_iter().fold(told, |routes, path| routes.route(path, endpoint(async || page(StatusCode::INTERNAL_SERVER_ERROR))))
}
