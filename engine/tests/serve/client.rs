//! Requests just as NEXUS' own Python client sends them, and what it reads of the answers.

use super::get;
use serde_json::Value;

/// As the client writes a request: parameters in its order, all encoded, and the Spark configuration that it always names.
fn encoded(path: &str, parameters: &[(&str, &str)]) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/{path}?{query}")
}

#[tokio::test]
async fn dataset_list_finds_the_keys_that_it_reads() {
    let body = get("/list").await.json();
    for dataset in body.as_array().unwrap() {
        for key in ["shortName", "iso_start", "iso_end"] {
            assert!(dataset[key].is_string(), "{dataset}");
        }
    }
}

#[tokio::test]
async fn time_series_finds_the_keys_that_it_reads() {
    let request = encoded(
        "timeSeriesSpark",
        &[
            ("ds", "OSTIA_SST_MONTHLY_TROPICS,OSTIA_SST_MONTHLY_TROPICS"),
            ("b", "-170.0,-5.0,-120.0,5.0"),
            ("startTime", "2009-01-01T00:00:00Z"),
            ("endTime", "2009-12-31T23:59:59Z"),
            ("spark", "mesos,16,32"),
        ],
    );
    let body = get(&request).await.json();
    assert_eq!(body["meta"].as_array().unwrap().len(), 2);
    assert!(body["meta"].as_array().unwrap().iter().all(|meta| meta["shortName"] == "OSTIA_SST_MONTHLY_TROPICS"));
    let rows = body["data"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    for row in rows {
        assert_eq!(row.as_array().unwrap().len(), 2, "the client makes a rectangle of them");
        reads(&row[0], &["mean", "std", "cnt", "min", "max"]);
    }
}

#[tokio::test]
async fn daily_difference_average_finds_the_keys_that_it_reads() {
    let request = encoded(
        "dailydifferenceaverage_spark",
        &[
            ("dataset", "OSTIA_SST_MONTHLY_TROPICS"),
            ("climatology", "OSTIA_SST_MONTHLY_TROPICS_CLIM"),
            ("b", "-170.0,-5.0,-120.0,5.0"),
            ("startTime", "2009-01-01T00:00:00Z"),
            ("endTime", "2009-12-31T23:59:59Z"),
        ],
    );
    let body = get(&request).await.json();
    assert_eq!(body["meta"]["shortName"], "OSTIA_SST_MONTHLY_TROPICS");
    let rows = body["data"].as_array().unwrap();
    assert_eq!(rows.len(), 12);
    for row in rows {
        reads(&row[0], &["mean", "std"]);
    }
}

/// The client reads these numbers, and a time as text of this form or as seconds.
fn reads(row: &Value, numbers: &[&str]) {
    for key in numbers {
        assert!(row[key].is_number(), "{key} of {row}");
    }
    match row.get("iso_time") {
        Some(text) => assert!(text.as_str().unwrap().ends_with("+0000"), "{text}"),
        None => assert!(row["time"].is_i64(), "{row}"),
    }
    assert_eq!(row["ds"], 0);
}
