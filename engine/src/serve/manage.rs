//! `/datasets/add`, `/datasets/update` and `/datasets/remove`: changes of what is served, where the operator allows them.
//!
//! Whoever may change the datasets can make the server read any Zarr group that it can reach. So changes are refused unless
//! asked for, and even then a page of another site, which a browser on this machine may show, cannot send them: neither by a
//! form or a link, nor under a name of its own for this address.

use super::gate::Gate;
use super::parameters::Parameters;
use super::{Answer, Changes, Failure, json_response};
use crate::Engine;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use serde::Deserialize;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// What a body says of a dataset. Its coordinates are told by their attributes, so their names need only be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(alias = "variables")]
    variable: Names,
    #[serde(rename = "coords")]
    _coordinates: Coordinates,
    aws: Option<Cloud>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coordinates {
    #[serde(rename = "latitude")]
    _latitude: String,
    #[serde(rename = "longitude")]
    _longitude: String,
    #[serde(rename = "time")]
    _time: String,
    #[serde(rename = "depth")]
    _depth: Option<String>,
}

/// How a cloud lets one in: not at all here, unless it lets in everyone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cloud {
    public: bool,
    #[serde(rename = "accessKeyID")]
    key: Option<String>,
    #[serde(rename = "secretAccessKey")]
    secret: Option<String>,
    #[serde(rename = "region")]
    _region: Option<String>,
}

/// The body of a request, or that it is too large.
type Sent = Result<Bytes, BytesRejection>;

/// Adds a dataset, if it can be read.
pub(super) async fn add(
    State(engine): State<Arc<Engine>>,
    State(gate): State<Arc<Gate>>,
    uri: Uri,
    headers: HeaderMap,
    body: Sent,
) -> Answer {
    allowed(&gate, &headers)?;
    let variables = variables(&headers, &body?)?;
    let parameters = Parameters::of(&uri);
    let name = name(&parameters)?;
    let place = place(parameters.get("path").ok_or_else(|| Failure::bad("Path argument must be provided"))?)?;
    engine.work(move |catalogue, _| catalogue.add_requested(&place, &name, variables)).await?;
    Ok(StatusCode::OK.into_response())
}

/// Takes other variables of a dataset that was added by a request.
pub(super) async fn update(
    State(engine): State<Arc<Engine>>,
    State(gate): State<Arc<Gate>>,
    uri: Uri,
    headers: HeaderMap,
    body: Sent,
) -> Answer {
    allowed(&gate, &headers)?;
    let variables = variables(&headers, &body?)?;
    let name = name(&Parameters::of(&uri))?;
    engine.work(move |catalogue, _| catalogue.update_requested(&name, variables)).await?;
    Ok(done())
}

/// Removes a dataset that was added by a request.
pub(super) async fn remove(State(engine): State<Arc<Engine>>, State(gate): State<Arc<Gate>>, uri: Uri, headers: HeaderMap) -> Answer {
    allowed(&gate, &headers)?;
    let name = name(&Parameters::of(&uri))?;
    engine.work(move |catalogue, _| catalogue.remove_requested(&name)).await?;
    Ok(done())
}

fn done() -> axum::response::Response {
    json_response(Body::from(r#"{"success": true}"#))
}

/// Whether this request may change anything.
fn allowed(gate: &Gate, headers: &HeaderMap) -> Result<(), Failure> {
    if gate.options.changes == Changes::Refused {
        return Err(Failure::forbidden("requests change no datasets here, unless the server is started with --allow-changes"));
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // Only browsers send these.
    let (site, origin) = (text("sec-fetch-site"), text("origin"));
    let host = text("host").unwrap_or_default();
    let by_itself = site.is_none_or(|site| ["same-origin", "none"].contains(&site))
        && origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, from)| from == host));
    let in_a_browser = site.is_some() || origin.is_some();
    if !by_itself || (in_a_browser && !is_address(host)) {
        return Err(Failure::forbidden("a page of another site may not change the datasets"));
    }
    Ok(())
}

/// Whether a host is given by number or is this machine. Any other name may be one that a page has led here.
fn is_address(host: &str) -> bool {
    let named = host.rsplit_once(':').filter(|(_, port)| port.chars().all(|c| c.is_ascii_digit())).map_or(host, |(name, _)| name);
    named == "localhost" || named.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// The variables that the body names, in its order.
fn variables(headers: &HeaderMap, body: &Bytes) -> Result<Vec<String>, Failure> {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !["application/json", "application/x-json", "application/yaml"].contains(&kind) {
        return Err(Failure::bad("Invalid Content-Type header: application/json was expected"));
    }
    let config: Config = serde_json::from_slice(body).map_err(|error| {
        let form = r#"{"variable": …, "coords": {"latitude": …, "longitude": …, "time": …}}"#;
        Failure::bad(format!("the body describes no dataset: {error}; JSON was expected, of the form {form}"))
    })?;
    if let Some(cloud) = config.aws {
        if !cloud.public || cloud.key.is_some() || cloud.secret.is_some() {
            return Err(Failure::bad("keys are not taken from requests; the server's environment has them, as AWS_ACCESS_KEY_ID"));
        }
    }
    Ok(match config.variable {
        Names::One(name) => vec![name],
        Names::Several(names) => names,
    })
}

fn name(parameters: &Parameters) -> Result<String, Failure> {
    parameters.get("name").map(str::to_owned).ok_or_else(|| Failure::bad("Name argument must be provided"))
}

/// A path or an `s3:` address.
fn place(path: &str) -> Result<PathBuf, Failure> {
    match path.split_once("://") {
        None => Ok(path.strip_prefix("file:").unwrap_or(path).into()),
        Some(("file", path)) => Ok(path.into()),
        Some(("s3", _)) => Ok(path.into()),
        Some(_) => Err(Failure::bad("Dataset URL must be for a local file or S3 URL")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Options;
    use super::*;

    fn refused(headers: &[(&'static str, &'static str)]) -> bool {
        let gate = Gate::new(Options { changes: Changes::Allowed, ..Options::default() });
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        allowed(&gate, &headers).is_err()
    }

    #[test]
    fn programs_may_change_datasets_and_pages_of_other_sites_may_not() {
        assert!(!refused(&[("host", "127.0.0.1:8083")]));
        assert!(!refused(&[("host", "data.example.org")]));
        assert!(!refused(&[("host", "localhost:8083"), ("origin", "http://localhost:8083"), ("sec-fetch-site", "same-origin")]));
        assert!(!refused(&[("host", "[::1]:8083"), ("origin", "http://[::1]:8083")]));
        assert!(refused(&[("host", "localhost:8083"), ("origin", "https://evil.example")]));
        assert!(refused(&[("host", "localhost:8083"), ("sec-fetch-site", "cross-site")]));
        assert!(refused(&[("host", "evil.example"), ("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")]), "led here");
        assert!(allowed(&Gate::new(Options::default()), &HeaderMap::new()).is_err(), "not unless the operator says so");
    }

    #[test]
    fn places_are_paths_and_buckets() {
        for (path, place) in [("/data/a.zarr", "/data/a.zarr"), ("file:///a", "/a"), ("file:/a", "/a"), ("s3://b/a", "s3://b/a")] {
            assert_eq!(super::place(path), Ok(PathBuf::from(place)));
        }
        assert!(super::place("https://host/a").is_err());
    }
}
