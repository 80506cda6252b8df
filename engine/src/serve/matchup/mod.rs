//! Match-ups: `/match_spark` starts one, `/job` and `/job/cancel` watch and end it, `/cdmsresults` and `/cdmscatalog` give
//! what it found.

mod catalog;
mod hdf5;
mod job;
mod netcdf;
mod pairs;
mod results;
mod table;

pub(super) use catalog::catalog;
pub(super) use job::{cancel, job};
pub(super) use results::results;

use super::parameters::Parameters;
use super::{Answer, Failure};
use crate::Engine;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sdap_nexus::request::MatchupRequest;
use sdap_nexus::{Error, Nexus};
use std::fmt::Display;
use std::sync::Arc;
use url::form_urlencoded::byte_serialize;
use uuid::Uuid;

/// Starts a match-up, and sends the client to its job.
pub(super) async fn start(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let area = parameters.area()?;
    let required = |name: &str| {
        let missing = || Failure::bad(format!("'{name}' argument is required"));
        parameters.get(name).map(str::to_owned).ok_or_else(missing)
    };
    let (primary, secondary) = (required("primary")?, required("secondary")?);
    let period = parameters.period()?;
    let depths = depths(&parameters)?;
    let request = MatchupRequest {
        primary,
        secondary,
        parameter: parameters.get("parameter").map(str::to_owned),
        area,
        period,
        radius: at_least_none("rt", parameters.decimal("rt")?.unwrap_or(1000.0))?,
        tolerance: at_least_none("tt", parameters.whole("tt")?.unwrap_or(86_400) as f64)? as u64,
        platforms: required("platforms")?,
        depths,
        once: parameters.switch("matchOnce", false),
        distance_first: parameters.switch("prioritizeDistance", true),
    };
    let job = engine.submit(&request).await?;
    Ok(to_job(&job.id, parameters.get("filename")))
}

fn depths(parameters: &Parameters) -> Result<Option<(f64, f64)>, Failure> {
    let (least, most) = (parameters.decimal("depthMin")?, parameters.decimal("depthMax")?);
    if least.is_some_and(|least| most.is_some_and(|most| least >= most)) {
        return Err(Failure::bad("Depth Min should be less than Depth Max"));
    }
    let open = least.is_some() || most.is_some();
    Ok(open.then(|| (least.unwrap_or(f64::NEG_INFINITY), most.unwrap_or(f64::INFINITY))))
}

/// A tolerance, which is a number from 0.
fn at_least_none(name: &str, number: f64) -> Result<f64, Failure> {
    if number.is_finite() && number >= 0.0 {
        return Ok(number);
    }
    Err(Failure::bad(format!("'{name}' argument must be a number from 0, not {number}")))
}

/// Sends the client to a job.
fn to_job(id: impl Display, file: Option<&str>) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, format!("/job?id={id}{}", with_file(file)))]).into_response()
}

/// The name of the file to make, as a further parameter of a link.
fn with_file(file: Option<&str>) -> String {
    file.map_or_else(String::new, |name| format!("&filename={}", byte_serialize(name.as_bytes()).collect::<String>()))
}

/// The scheme and host that the request came by; empty within the program, where links are paths.
fn host(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    text("host").map_or_else(String::new, |host| format!("{scheme}://{host}"))
}

/// Which job is asked for: `id`, in any form of a UUID.
fn id(parameters: &Parameters, none: Failure, bad: &str) -> Result<Uuid, Failure> {
    parameters.get("id").ok_or(none)?.parse().map_err(|_| Failure::bad(bad))
}

/// A job that nobody knows of is 404, with these words.
fn unknown(error: Error, words: String) -> Failure {
    match error {
        Error::Refused { status: 404, .. } => Failure::of(StatusCode::NOT_FOUND, words),
        other => other.into(),
    }
}
