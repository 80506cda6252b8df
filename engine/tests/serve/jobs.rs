//! Match-ups over HTTP: their job, its state, its pairs.

use super::{http, refusal};
use sdap_engine::{Catalogue, Engine};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const ASKED: &str = "/match_spark?primary=SST_SMALL&secondary=SST_SMALL2&platforms=1&b=-129,41,-128.3,41.7\
                     &startTime=2012-01-15T00:00:00Z&endTime=2012-01-17T00:00:00Z&tt=0&rt=1000";

async fn server() -> SocketAddr {
    let catalogue = Catalogue::default();
    for name in ["SST_SMALL", "SST_SMALL2"] {
        catalogue.add(format!("{}/../tests/golden-data/{name}.zarr", env!("CARGO_MANIFEST_DIR")), name).unwrap();
    }
    http::start(Engine::with_catalogue(catalogue)).await
}

/// Where an answer sends its client.
fn location(response: &http::Response) -> String {
    assert_eq!(response.status, 302, "{}", response.text());
    response.headers.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned()
}

/// The job, once it has ended.
async fn ended(server: SocketAddr, path: &str) -> Value {
    for _ in 0..200 {
        let job = http::get(server, path).await.json();
        if job["status"] != "running" {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_job_is_told_as_the_server_tells_it() {
    let server = server().await;
    let place = location(&http::get(server, &format!("{ASKED}&filename=my%20pairs")).await);
    let (_, id) = place.split_once("/job?id=").unwrap();
    let (id, file) = id.split_once('&').unwrap();
    assert_eq!((id.len(), file), (36, "filename=my+pairs"));
    let job = ended(server, &place).await;
    assert_eq!(
        keys(&job),
        [
            "status",
            "message",
            "createdAt",
            "updatedAt",
            "links",
            "params",
            "executionID",
            "totalPrimaryMatched",
            "totalSecondaryMatched",
            "averageSecondaryMatched",
            "totalUniqueSecondaryMatched"
        ]
    );
    assert_eq!((&job["status"], &job["executionID"]), (&json!("success"), &json!(id)));
    let matched = job["totalPrimaryMatched"].as_u64().unwrap();
    assert!(matched > 10);
    assert_eq!((&job["totalSecondaryMatched"], &job["averageSecondaryMatched"]), (&json!(matched), &json!(1)));
    assert_eq!(job["totalUniqueSecondaryMatched"], json!(matched));
    assert_eq!(
        job["params"],
        json!({
            "primary": "SST_SMALL", "matchup": "SST_SMALL2", "startTime": "2012-01-15 00:00:00+00:00",
            "endTime": "2012-01-17 00:00:00+00:00", "bbox": "-129,41,-128.3,41.7", "timeTolerance": 0, "radiusTolerance": 1000.0,
            "platforms": "1", "parameter": null, "depthMin": null, "depthMax": null,
        })
    );
    let (created, updated) = (job["createdAt"].as_str().unwrap(), job["updatedAt"].as_str().unwrap());
    assert!(created.len() == 26 && created < updated, "{created} {updated}");
    let relations: Vec<&str> = job["links"].as_array().unwrap().iter().map(|link| link["rel"].as_str().unwrap()).collect();
    assert_eq!(relations, ["self", "stac", "data", "data", "data"]);
    assert_eq!(job["links"][0]["href"], format!("http://x/job?id={id}&{file}"));
    assert_eq!(job["links"][2]["href"], format!("http://x/cdmsresults?id={id}&output=CSV&{file}"));
}

#[tokio::test]
async fn pairs_come_by_primary_and_page_by_page() {
    let server = server().await;
    let job = ended(server, &location(&http::get(server, ASKED).await)).await;
    let (id, matched) = (job["executionID"].as_str().unwrap(), job["totalPrimaryMatched"].as_u64().unwrap());
    let results = async |more: &str| http::get(server, &format!("/cdmsresults?id={id}{more}")).await.json();
    let all = results("").await;
    assert_eq!(keys(&all), ["executionId", "data", "params", "bounds", "count", "details"]);
    assert_eq!(all["count"], matched);
    assert_eq!(all["params"]["startTime"], 1_326_585_600);
    assert_eq!(
        keys(&all["details"]),
        ["timeToComplete", "numSecondaryMatched", "numPrimaryMatched", "numUniqueSecondaries", "pageNum", "pageSize"]
    );
    let first = &all["data"][0];
    let facts = ["platform", "device", "lon", "lat", "point", "time", "depth", "fileurl", "id", "source"];
    assert_eq!(keys(first), [&facts[..], &["primary", "matches"]].concat());
    assert_eq!(keys(&first["matches"][0]), [&facts[..], &["secondary"]].concat());
    assert_eq!((&first["platform"], &first["device"]), (&json!("orbiting satellite"), &json!("radiometers")));
    assert_eq!((&first["lon"], &first["point"]), (&json!("-128.875"), &json!("Point(-128.875 41.125)")));
    assert_eq!((&first["source"], &first["matches"][0]["source"]), (&json!("SST_SMALL"), &json!("SST_SMALL2")));
    assert_eq!(first["time"], first["matches"][0]["time"]);
    let measured = &first["primary"][0];
    assert_eq!(keys(measured), ["variable_name", "cf_variable_name", "variable_value", "variable_unit"]);
    assert_eq!(measured["variable_name"], "analysed_sst");
    assert!(measured["variable_value"].is_f64());
    let mut paged = Vec::new();
    for page in 1..=matched.div_ceil(5) + 1 {
        let part = results(&format!("&pageNum={page}&pageSize=5")).await;
        assert_eq!((&part["details"]["pageNum"], &part["details"]["pageSize"]), (&json!(page), &json!(5)));
        paged.extend(part["data"].as_array().unwrap().clone());
    }
    assert_eq!(&paged, all["data"].as_array().unwrap(), "the pages are the whole, and the page after the last is empty");
    let simple = results("&simpleResults=true").await;
    assert_eq!(keys(&simple["data"][0]), ["lon", "lat", "source", "time", "primary", "matches"]);
    assert!(simple["data"][0]["lon"].is_f64());
}

#[tokio::test]
async fn pairs_come_as_csv_below_what_was_asked() {
    let server = server().await;
    let job = ended(server, &location(&http::get(server, ASKED).await)).await;
    let id = job["executionID"].as_str().unwrap();
    let found = http::get(server, &format!("/cdmsresults?id={id}&output=csv&pageSize=3")).await;
    assert!(found.headers.contains("content-type: text/csv"));
    assert!(found.headers.contains(&format!("filename=\"cdms_{id}_page1.csv\"")), "{}", found.headers);
    let text = found.text();
    let (about, pairs) = text.split_once("\r\n\r\n").unwrap();
    assert!(about.contains("\r\nCDMS_primary,SST_SMALL\r\n") && about.contains("\r\ntime_coverage_start,2012-01-15T00:00:00+0000\r\n"));
    let lines: Vec<&str> = pairs.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 4);
    let facts = "platform,device,lon,lat,point,time,depth,fileurl,id,source";
    assert_eq!(lines[0], format!("{facts},analysed_sst,{facts},analysed_sst"));
    assert!(lines[1].starts_with("orbiting satellite,radiometers,-128.875,41.125,Point(-128.875 41.125),"), "{}", lines[1]);
    assert!(lines.iter().all(|line| line.split(',').count() == 22));
}

#[tokio::test]
async fn the_catalogue_of_pages_is_whole() {
    let server = server().await;
    let job = ended(server, &location(&http::get(server, ASKED).await)).await;
    let (id, matched) = (job["executionID"].as_str().unwrap(), job["totalPrimaryMatched"].as_u64().unwrap());
    let catalog = http::get(server, &format!("/cdmscatalog/{id}")).await.json();
    assert_eq!((&catalog["type"], catalog["links"].as_array().unwrap().len()), (&json!("Catalog"), 3));
    let size = matched - 1;
    let collection = http::get(server, &format!("/cdmscatalog/{id}/JSON?pageSize={size}")).await.json();
    assert_eq!(collection["extent"]["spatial"]["bbox"], json!([-129.0, 41.0, -128.3, 41.7]));
    assert_eq!(collection["extent"]["temporal"]["interval"][0], "2012-01-15T00:00:00+00:00");
    let pages: Vec<&str> =
        collection["links"].as_array().unwrap().iter().filter(|l| l["rel"] == "data").map(|l| l["href"].as_str().unwrap()).collect();
    assert_eq!(pages.len(), 2, "a last page with one primary is there");
    let last = http::get(server, pages[1].strip_prefix("http://x").unwrap()).await.json();
    assert_eq!(last["count"], 1);
}

#[tokio::test]
async fn a_match_up_that_finds_nothing_says_so_in_its_job() {
    let server = server().await;
    let asked = ASKED.replace("b=-129,41,-128.3,41.7", "b=10,10,11,11");
    let job = ended(server, &location(&http::get(server, &asked).await)).await;
    assert_eq!(job["status"], "failed");
    assert!(!job["message"].as_str().unwrap().is_empty());
    let id = job["executionID"].as_str().unwrap();
    let results = http::get(server, &format!("/cdmsresults?id={id}")).await.json();
    assert_eq!((&results["data"], &results["details"]), (&json!([]), &json!({"pageNum": 1, "pageSize": 1000})));
    let place = location(&http::get(server, &format!("/job/cancel?id={id}")).await);
    assert_eq!(http::get(server, &place).await.json()["status"], "failed", "what has ended cannot be cancelled");
}

#[tokio::test]
async fn what_is_wrong_with_a_match_up_is_said_as_the_server_says_it() {
    let server = server().await;
    let ask = async |path: &str| refusal(&http::get(server, path).await);
    let unknown = "123e4567-e89b-12d3-a456-426614174000";
    for (path, status, words) in [
        ("/match_spark".to_owned(), 400, "'b' argument is required"),
        (ASKED.replace("primary=SST_SMALL&", ""), 400, "'primary' argument is required"),
        (ASKED.replace("secondary=SST_SMALL2&", ""), 400, "'secondary' argument is required"),
        (ASKED.replace("platforms=1&", ""), 400, "'platforms' argument is required"),
        (ASKED.replace("primary=SST_SMALL&", "primary=NOPE&"), 404, "Dataset NOPE is not currently loaded/ingested"),
        (format!("{ASKED}&depthMin=5&depthMax=2"), 400, "Depth Min should be less than Depth Max"),
        (format!("{ASKED}&rt=-1"), 400, "'rt' argument must be a number from 0"),
        ("/job".to_owned(), 500, "one of the hex, bytes, bytes_le, fields, or int arguments must be given"),
        ("/job?id=7".to_owned(), 400, "\"id\" argument must be a valid uuid"),
        (format!("/job?id={unknown}"), 404, "Execution not found with id 123e4567"),
        (format!("/job/cancel?id={unknown}"), 404, "Execution not found with id 123e4567"),
        ("/cdmsresults?id=7".to_owned(), 400, "'id' argument must be a valid uuid"),
        (format!("/cdmsresults?id={unknown}"), 404, "No params found for id 123e4567"),
        (format!("/cdmsresults?id={unknown}&pageNum=0"), 400, "'pageNum' argument must be a whole number from 1"),
        (format!("/cdmsresults?id={unknown}&output=PNG"), 500, "Unable to convert results to an Image."),
        ("/cdmscatalog".to_owned(), 400, "Execution ID path param must be provided."),
        ("/cdmscatalog/7".to_owned(), 400, "\"7\" is not a valid uuid"),
        (format!("/cdmscatalog/{unknown}/tea"), 400, "\"tea\" is not a valid format. Should be CSV, JSON, or NETCDF."),
    ] {
        let (found, said) = ask(&path).await;
        assert!(found == status && said.starts_with(words), "{path}: {found} {said}");
    }
}
