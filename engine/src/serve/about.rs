//! What the server says of itself: `/list`, `/capabilities`, `/heartbeat`, `/version`.

use super::meta::iso;
use super::{Answer, ENDPOINTS, json_response};
use crate::{Catalogue, Engine};
use axum::body::Body;
use axum::extract::State;
use axum::response::{Html, Response};
use sdap_nexus::Error;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The release of NEXUS whose answers these are like.
const LIKE: &str = "1.4.0";

/// All datasets, each with its attributes. One that cannot be read says so, and has no times.
pub(super) async fn list(State(engine): State<Arc<Engine>>) -> Answer {
    let entries = engine.work(|catalogue, _| Ok(catalogue.names().iter().map(|name| entry(catalogue, name)).collect::<Vec<_>>())).await?;
    Ok(compact(&entries.into()))
}

fn entry(catalogue: &Catalogue, name: &str) -> Value {
    let mut entry = json!({"shortName": name, "title": name, "type": "zarr"});
    let opened = catalogue.get(name);
    let further = match opened.as_ref().map(|dataset| (dataset, dataset.period())) {
        Ok((dataset, Some(period))) => {
            let (start, end) = (period.start().timestamp(), period.end().timestamp());
            let metadata = &dataset.attributes;
            json!({"start": start, "end": end, "iso_start": iso(start, ""), "iso_end": iso(end, ""), "metadata": metadata})
        }
        Ok((_, None)) => json!({"error": "Dataset has no times", "error_reason": ""}),
        Err(error) => json!({"error": "Dataset cannot be read", "error_reason": error.to_string()}),
    };
    if let (Value::Object(entry), Value::Object(further)) = (&mut entry, further) {
        entry.extend(further);
    }
    entry
}

/// Which datasets can be read.
pub(super) async fn heartbeat(State(engine): State<Arc<Engine>>) -> Answer {
    let alive = engine
        .work(|catalogue, _| {
            let state = |name: String| {
                let alive = !matches!(catalogue.get(&name), Err(Error::Broken { .. }));
                (name, Value::Bool(alive))
            };
            Ok(catalogue.names().into_iter().map(state).collect::<Map<_, _>>())
        })
        .await?;
    Ok(compact(&alive.into()))
}

/// The endpoints.
pub(super) async fn capabilities() -> Response {
    let one = |(name, path, description): (&str, &str, &str)| {
        let parameters: Map<String, Value> = parameters_of(path)
            .map(|(name, text)| (name.to_owned(), json!({"name": name, "type": "string", "description": text})))
            .collect();
        json!({"name": name, "path": path, "description": description, "parameters": parameters})
    };
    compact(&ENDPOINTS.map(one).to_vec().into())
}

/// What an endpoint takes.
fn parameters_of(path: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    const DATASETS: (&str, &str) = ("ds", "One or more comma-separated dataset short names");
    const AREA: (&str, &str) = ("b", "Minimum longitude, minimum latitude, maximum longitude, maximum latitude, comma-separated");
    const START: (&str, &str) = ("startTime", "YYYY-MM-DDTHH:mm:ssZ, or seconds since 1970-01-01");
    const END: (&str, &str) = ("endTime", "YYYY-MM-DDTHH:mm:ssZ, or seconds since 1970-01-01");
    const VARIABLE: (&str, &str) = ("variable", "One of the dataset's variables; the first if none is named");
    let own: &[(&str, &str)] = match path {
        "/datainbounds" => &[
            DATASETS,
            AREA,
            START,
            END,
            ("metadataFilter", "field:value, repeatable; all must hold"),
            ("parameter", "sst, sss or wind"),
            ("compact", "true for a gzip file"),
            VARIABLE,
        ],
        "/timeSeriesSpark" => &[
            DATASETS,
            AREA,
            START,
            END,
            ("lowPassFilter", "true (default) or false"),
            ("seasonalFilter", "true or false (default)"),
            ("normalizeDates", "true or false (default)"),
            VARIABLE,
        ],
        "/dailydifferenceaverage_spark" => {
            &[("dataset", "The dataset's short name"), ("climatology", "The climatology's short name"), AREA, START, END, VARIABLE]
        }
        "/climMapSpark" => {
            &[DATASETS, AREA, ("startYear", "The first year"), ("endYear", "The last year"), ("month", "The month, 1 to 12"), VARIABLE]
        }
        "/corrMapSpark" => &[DATASETS, AREA, START, END],
        "/list" | "/capabilities" | "/heartbeat" | "/version" => &[],
        _ => &[DATASETS, AREA, START, END, VARIABLE],
    };
    own.iter().copied()
}

/// The release of NEXUS that is spoken here.
pub(super) async fn version() -> Html<&'static str> {
    Html(LIKE)
}

fn compact(value: &Value) -> Response {
    json_response(Body::from(value.to_string()))
}
