//! `/datasets/add` and its like.

use super::{error, http, refusal};
use sdap_engine::serve::{Changes, Options};
use sdap_engine::{Catalogue, Engine};
use serde_json::{Value, json};
use std::net::SocketAddr;

const WIND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden-data/WIND_MULTI.zarr");

async fn open() -> SocketAddr {
    let options = Options { changes: Changes::Allowed, ..Options::default() };
    let catalogue = Catalogue::default();
    catalogue.add(WIND, "FIXED").unwrap();
    http::start_with(Engine::with_catalogue(catalogue), options).await
}

async fn send(server: SocketAddr, path: &str, headers: &str, body: &str) -> http::Response {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n");
    http::send(server, &(head + body)).await
}

const JSON: &str = "Content-Type: application/json\r\n";

fn config(variables: &Value) -> String {
    json!({"variables": variables, "coords": {"latitude": "lat", "longitude": "lon", "time": "time"}}).to_string()
}

async fn variables(server: SocketAddr, name: &str) -> Vec<String> {
    let asked = format!("/datainbounds?ds={name}&b=-180,-90,180,90&startTime=0&endTime=4000000000");
    let body = http::get(server, &asked).await.json();
    let values = body[0]["data"]["variables"].as_array().unwrap();
    values.iter().flat_map(|v| v.as_object().unwrap().keys().cloned()).collect()
}

#[tokio::test]
async fn a_dataset_is_added_changed_and_removed() {
    let server = open().await;
    let all = variables(server, "FIXED").await;
    assert_eq!(all.len(), 2, "{all:?}");
    let names: Vec<String> = {
        let list = http::get(server, "/timeSeriesSpark?ds=FIXED&b=0,0,1,1&startTime=0&endTime=1&variable=?").await;
        let (_, words) = refusal(&list);
        words.split_once("it has ").unwrap().1.split(", ").map(str::to_owned).collect()
    };
    let added = send(server, &format!("/datasets/add?name=MINE&path={WIND}"), JSON, &config(&json!([names[1], names[0]]))).await;
    assert_eq!((added.status, added.text()), (200, String::new()));
    assert_eq!(variables(server, "MINE").await, [all[1].clone(), all[0].clone()]);
    let updated = send(server, "/datasets/update?name=MINE", JSON, &config(&json!(names[1]))).await;
    assert_eq!((updated.status, updated.json()), (200, json!({"success": true})));
    assert_eq!(variables(server, "MINE").await, [all[1].clone()]);
    let removed = http::get(server, "/datasets/remove?name=MINE").await;
    assert_eq!((removed.status, removed.json()), (200, json!({"success": true})));
    assert_eq!(http::get(server, "/list").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_added_is_told_and_changes_nothing() {
    let server = open().await;
    let add = async |query: &str, headers: &str, body: &str| refusal(&send(server, &format!("/datasets/add?{query}"), headers, body).await);
    let good = config(&json!("x"));
    let mine = format!("name=MINE&path={WIND}");
    let cases = [
        (add(&format!("path={WIND}"), JSON, &good).await, 400, "Name argument"),
        (add("name=MINE", JSON, &good).await, 400, "Path argument"),
        (add("name=MINE&path=https://host/a", JSON, &good).await, 400, "local file or S3 URL"),
        (add("name=MINE&path=/nowhere", JSON, &good).await, 500, "/nowhere is no folder"),
        (add(&format!("name=FIXED&path={WIND}"), JSON, &good).await, 400, "there is a dataset FIXED already"),
        (add(&format!("name=a%20b&path={WIND}"), JSON, &good).await, 400, "no name for a dataset"),
        (add(&mine, JSON, &good).await, 500, "it has no variable x"),
        (add(&mine, JSON, &config(&json!([]))).await, 500, "no variable"),
        (add(&mine, JSON, "{}").await, 400, "JSON was expected, of the form"),
        (add(&mine, "Content-Type: text/plain\r\n", &good).await, 400, "Invalid Content-Type header"),
        (add(&mine, &format!("{JSON}Origin: https://evil.example\r\n"), &good).await, 403, "another site"),
        (refusal(&http::get(server, "/datasets/remove?name=FIXED").await), 400, "was not added by a request"),
        (refusal(&http::get(server, "/datasets/remove?name=NOPE").await), 404, "NOPE is not currently loaded"),
    ];
    for ((status, words), expected, part) in cases {
        assert!(status == expected && words.contains(part), "{status} {words}, where {expected} {part} was expected");
    }
    assert_eq!(http::get(server, "/list").await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn keys_of_a_cloud_are_taken_from_no_request() {
    let server = open().await;
    let body = json!({
        "variable": "v", "coords": {"latitude": "a", "longitude": "b", "time": "c"},
        "aws": {"public": false, "accessKeyID": "KEY", "secretAccessKey": "SECRET"},
    });
    let (status, words) = refusal(&send(server, "/datasets/add?name=MINE&path=s3://b/a", JSON, &body.to_string()).await);
    assert!(status == 400 && words.contains("environment") && !words.contains("SECRET"), "{words}");
}

#[tokio::test]
async fn nothing_is_changed_unless_the_operator_allows_it() {
    for path in ["add", "update", "remove"] {
        let (status, words) = error(&format!("/datasets/{path}?name=OSTIA_SST_MONTHLY_TROPICS")).await;
        assert!(status == 403 && words.contains("--allow-changes"), "{words}");
    }
}
