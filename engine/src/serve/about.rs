//! What the server says of its datasets and of itself: `/list`, `/cdmslist`, `/heartbeat`, `/version`.

use super::json::pretty;
use super::meta::iso;
use super::{Answer, json_response};
use crate::Engine;
use crate::dataset::{Dataset, Places};
use axum::body::Body;
use axum::extract::State;
use axum::response::{Html, Response};
use futures::StreamExt;
use sdap_nexus::Error;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The release of NEXUS whose answers these are like.
pub(super) const LIKE: &str = "1.4.0";

/// How many datasets are opened side by side.
const AT_ONCE: usize = 32;
/// How long a dataset may take to be opened before the list goes out without it.
const PATIENCE: Duration = Duration::from_secs(10);

/// All datasets, each with its attributes. One that cannot be read says so, and has no times.
pub(super) async fn list(State(engine): State<Arc<Engine>>) -> Answer {
    let entries = of_each(&engine, |name, dataset| dataset.map_or_else(|trouble| unreadable(name, &trouble), entry)).await;
    Ok(compact(&Value::Array(entries)))
}

/// The same, and what is in situ once more on its own.
pub(super) async fn cdms_list(State(engine): State<Arc<Engine>>) -> Answer {
    let entries = of_each(&engine, |name, dataset| match dataset {
        Ok(dataset) => (entry(dataset), in_situ(dataset)),
        Err(trouble) => (unreadable(name, &trouble), None),
    });
    let (mut satellite, in_situ): (Vec<Value>, Vec<Option<Value>>) = entries.await.into_iter().unzip();
    for entry in &mut satellite {
        entry.as_object_mut().map(|entry| entry.entry("metadata").or_insert(Value::Null));
    }
    let in_situ: Vec<Value> = in_situ.into_iter().flatten().collect();
    Ok(json_response(Body::from(pretty(&json!({"data": {"satellite": satellite, "insitu": in_situ}}), "    "))))
}

/// What is told of a dataset, or of what keeps it from being read; in order of their names. They are opened side by side, so that
/// a slow one holds up no other.
pub(super) async fn of_each<T: Send + 'static>(engine: &Engine, tell: fn(&str, Result<&Dataset, String>) -> T) -> Vec<T> {
    let one = async |name: String| {
        let asked = name.clone();
        let opened = engine.work(move |catalogue, _| Ok(tell(&asked, catalogue.get(&asked).as_deref().map_err(trouble))));
        match tokio::time::timeout(PATIENCE, opened).await {
            Ok(Ok(told)) => told,
            Ok(Err(error)) => tell(&name, Err(trouble(&error))),
            Err(_) => tell(&name, Err(format!("it did not answer within {} s", PATIENCE.as_secs()))),
        }
    };
    futures::stream::iter(engine.catalogue().names()).map(one).buffered(AT_ONCE).collect().await
}

fn trouble(error: &Error) -> String {
    match error {
        Error::Broken { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}

fn entry(dataset: &Dataset) -> Value {
    let name = &dataset.name;
    let Some(period) = dataset.period() else { return unreadable(name, "it has no times") };
    let (start, end) = (period.start().timestamp(), period.end().timestamp());
    json!({
        "shortName": name, "title": name, "type": "zarr", "start": start, "end": end,
        "iso_start": iso(start, ""), "iso_end": iso(end, ""), "metadata": dataset.attributes,
    })
}

fn unreadable(name: &str, reason: &str) -> Value {
    json!({"shortName": name, "title": name, "type": "zarr", "error": "Dataset cannot be read", "error_reason": reason})
}

/// What is said of stations and points beside their entry in the list.
fn in_situ(dataset: &Dataset) -> Option<Value> {
    let Places::Stations(_) = &dataset.places else { return None };
    let project = json!({"ShortName": dataset.name, "LongName": dataset.title()});
    Some(json!({"name": dataset.name, "endpoint": "/datainbounds", "metadata": {"Projects": [project]}}))
}

/// Which datasets can be read.
pub(super) async fn heartbeat(State(engine): State<Arc<Engine>>) -> Answer {
    let alive = of_each(&engine, |name, dataset| (name.to_owned(), Value::Bool(dataset.is_ok()))).await;
    Ok(compact(&Value::Object(alive.into_iter().collect())))
}

/// The release of NEXUS that is spoken here.
pub(super) async fn version() -> Html<&'static str> {
    Html(LIKE)
}

fn compact(value: &Value) -> Response {
    json_response(Body::from(value.to_string()))
}
