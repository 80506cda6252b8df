//! Whatever is asked, there is an answer: a status, with JSON or a page.

use super::made;
use axum::body::Body;
use axum::http::{Request, header};
use proptest::prelude::*;
use sdap_engine::serve::{Changes, Options};
use sdap_engine::{Catalogue, Engine};
use std::sync::{Arc, LazyLock};
use tower::ServiceExt;

const PATHS: [&str; 34] = [
    "/list",
    "/cdmslist",
    "/datainbounds",
    "/timeSeriesSpark",
    "/dailydifferenceaverage_spark",
    "/timeAvgMapSpark",
    "/varianceSpark",
    "/maxMinMapSpark",
    "/climMapSpark",
    "/corrMapSpark",
    "/correlationMap",
    "/latitudeTimeHofMoellerSpark",
    "/longitudeTimeHofMoellerSpark",
    "/standardDeviation",
    "/cdmssubset",
    "/match_spark",
    "/job",
    "/job/cancel",
    "/cdmsresults",
    "/cdmscatalog",
    "/cdmscatalog/x/y/z",
    "/cdmscatalog/123e4567-e89b-12d3-a456-426614174000/CSV",
    "/datasets/add",
    "/datasets/update",
    "/datasets/remove",
    "/capabilities",
    "/heartbeat",
    "/version",
    "/health",
    "/",
    "/stats",
    "/domsvalues",
    "//list",
    "/nothing/at/all",
];

const NAMES: [&str; 43] = [
    "ds",
    "ds1",
    "ds2",
    "dataset",
    "climatology",
    "primary",
    "secondary",
    "insitu",
    "b",
    "minLon",
    "minLat",
    "maxLon",
    "maxLat",
    "startTime",
    "endTime",
    "startYear",
    "endYear",
    "month",
    "metadataFilter",
    "parameter",
    "compact",
    "lowPassFilter",
    "seasonalFilter",
    "normalizeDates",
    "variable",
    "res",
    "longitude",
    "latitude",
    "day",
    "date",
    "allInTile",
    "output",
    "filename",
    "tt",
    "rt",
    "platforms",
    "matchOnce",
    "id",
    "pageNum",
    "pageSize",
    "minDepth",
    "maxElevation",
    "depth",
];

const VALUES: [&str; 46] = [
    "A",
    "B",
    "A,B",
    "A_CLIM",
    "NOPE",
    "v",
    "0",
    "1",
    "-1",
    "7",
    "366",
    "1e3",
    "1e308",
    "-.5",
    "nan",
    "inf",
    "",
    " ",
    "true",
    "-10,-10,10,10",
    "170,-10,-170,10",
    "10,10,-10,-10",
    "0,0,0,0",
    "1,2,3",
    "1e400,0,1,1",
    "-180,-90,180,90",
    "720,-90,1080,90",
    "1970-01-01T00:00:00Z",
    "1970-01-05T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "-99999999999",
    "99999999999999999999",
    "id:1",
    "id:[1 TO 9]",
    "((((",
    "*:*",
    "JSON",
    "ZIP",
    "CSV",
    "NETCDF",
    "XML",
    "123e4567-e89b-12d3-a456-426614174000",
    "9223372036854775807",
    "-9223372036854775808",
    "0.0000001",
    "\u{e9}\r\n\"",
];

/// Two small grids and a climatology.
static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap().keep();
    let catalogue = Catalogue::default();
    for (name, step) in [("A", 86_400), ("B", 86_400), ("A_CLIM", 5 * 86_400), ("A_clim", 30 * 86_400)] {
        let place = folder.join(format!("{name}.zarr"));
        let values = (0..96).map(|n| if n % 7 == 0 { f32::NAN } else { n as f32 }).collect();
        let time = (0..6).map(|n| n * step).collect();
        made::Made { time, lat: vec![-1.0, 0.0, 1.0, 2.0], lon: vec![0.0, 1.0, 2.0, 3.0], values, chunks: [2, 2, 2] }.write(&place);
        catalogue.add(&place, name).unwrap();
    }
    Arc::new(Engine::with_catalogue(catalogue))
});

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

/// Asks without a network, and checks what every answer must be.
fn asked(method: &str, uri: &str, kind: &str, body: String) -> Result<(), TestCaseError> {
    let Ok(request) = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, kind).body(Body::from(body)) else {
        return Ok(());
    };
    let router = Options { changes: Changes::Allowed, ..Options::default() }.router(ENGINE.clone());
    let (status, kind, body) = RUNTIME.block_on(async {
        let response = router.oneshot(request).await.unwrap();
        let kind = response.headers().get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap()).to_owned();
        let status = response.status().as_u16();
        (status, kind, axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap())
    });
    let text = String::from_utf8_lossy(&body);
    prop_assert!(!text.contains("fault of its own"), "{method} {uri}: {text}");
    if kind == "application/json" {
        let json = serde_json::from_slice::<serde_json::Value>(&body);
        prop_assert!(json.is_ok(), "{method} {uri}: {status} {text}");
        if status >= 400 {
            let json = json.unwrap();
            prop_assert!(json["error"].is_string() && json["code"] == status, "{method} {uri}: {text}");
        }
    } else if kind.starts_with("text/html") {
        prop_assert!(text.contains("<html") || uri.starts_with("/version"), "{method} {uri}: {status} {text}");
    } else {
        let file = ["application/zip", "application/gzip", "text/csv", "application/x-netcdf"].contains(&kind.as_str());
        let empty = body.is_empty() && [200, 302].contains(&status);
        prop_assert!(status == 200 && file || empty, "{method} {uri}: {status} {kind} {text}");
    }
    Ok(())
}

fn query() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let value = prop_oneof![8 => prop::sample::select(VALUES.as_slice()).prop_map(str::to_owned), 1 => ".{0,12}"];
    prop::collection::vec((prop::sample::select(NAMES.as_slice()), value), 0..12)
}

/// What most endpoints need, so that the rest is looked at, too.
fn essentials() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let given = [
        ("ds", "A,B"),
        ("dataset", "A"),
        ("climatology", "A_CLIM"),
        ("primary", "A"),
        ("secondary", "B"),
        ("b", "-10,-10,10,10"),
        ("startTime", "0"),
        ("endTime", "1000000"),
        ("platforms", "1"),
        ("month", "1"),
        ("startYear", "1970"),
        ("endYear", "1970"),
        ("longitude", "1"),
        ("latitude", "1"),
        ("day", "3"),
    ];
    prop_oneof![2 => Just(given.map(|(name, value)| (name, value.to_owned())).to_vec()), 1 => Just(Vec::new())]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_endpoint_answers_any_query(path in prop::sample::select(PATHS.as_slice()), first in essentials(), then in query(), form in any::<bool>()) {
        let pairs = first.into_iter().chain(then);
        let encoded: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if form {
            asked("POST", path, "application/x-www-form-urlencoded", encoded)?;
        } else {
            asked("GET", &format!("{path}?{encoded}"), "", String::new())?;
        }
    }

    #[test]
    fn any_path_and_query_is_answered(uri in "/[!-~]{0,40}", body in ".{0,40}", kind in "[ -~]{0,40}") {
        asked("GET", &uri, "", String::new())?;
        asked("POST", &uri, &kind, body)?;
    }
}
