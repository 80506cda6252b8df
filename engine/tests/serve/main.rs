//! The engine over HTTP: what the recordings of a real server do not hold.

#[path = "../made/consolidated.rs"]
mod consolidated;
#[path = "../http/mod.rs"]
mod http;
#[path = "../made/mod.rs"]
mod made;

mod answers;
mod any;
mod client;
mod files;
mod inside;
mod jobs;
mod limits;
mod manage;

use sdap_engine::Engine;
use serde_json::json;

const YEAR: &str = "startTime=2009-01-01T00:00:00Z&endTime=2009-12-31T23:59:59Z";

async fn get(path: &str) -> http::Response {
    http::get(http::start(Engine::demo()).await, path).await
}

/// The status and the words of an answer that must be an error in JSON.
fn refusal(response: &http::Response) -> (u16, String) {
    let body = response.json();
    assert_eq!(body["code"], json!(response.status));
    (response.status, body["error"].as_str().unwrap().to_owned())
}

async fn error(path: &str) -> (u16, String) {
    refusal(&get(path).await)
}
