//! Recorded answers of a real NEXUS 1.4 server, asked again of this engine over HTTP and compared: status, shape, order of keys,
//! and numbers within what an independent computation in double precision reaches.

mod http;

use sdap_engine::{Catalogue, Engine};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Paths of recordings that are not served, dead or of later releases of this engine.
const NOT_SERVED: [&str; 6] =
    ["/cdmssubset", "/dailydifferenceaverage", "/longitudeTimeHofMoeller", "/longitudeLatitudeMap", "/stats", "/tiles"];

/// Recordings that this engine answers otherwise, and why.
const OTHERWISE: [(&str, &str); 22] = [
    ("list", "the recorded server had other datasets besides"),
    ("heartbeat", "the recorded server had other datasets besides"),
    ("clim_march_tiles", "the server pairs tiles and years wrongly beyond one of each"),
    ("clim_nan_tiles", "the server pairs tiles and years wrongly beyond one of each"),
    ("corr_iso_times_zarr", "the server takes whole seconds only; here both forms of time"),
    ("corr_iso_times_tiles", "the server takes whole seconds only; here both forms of time"),
    ("dda_inverted_zarr", "the server fails; here inverted times are refused as everywhere"),
    ("dda_inverted_tiles", "the server ignores the times altogether; here inverted ones are refused as everywhere"),
    ("dda_none_zarr", "the Zarr backend fails without data; here an empty list, as the tile backend gives"),
    ("dib_compact_zarr", "a gzip file, compared on its own below"),
    ("dib_compact_tiles", "a gzip file, compared on its own below"),
    ("dib_river", "the server cannot read series at all; here they are answered"),
    ("dib_river_zarr", "the server knows no filters on Zarr; here a grid is said to have no fields"),
    ("lathof_clim_name", "without data in the period the server gives all times in one row; here no data"),
    ("lonhof_clim_name", "without data in the period the server gives all times in one row; here no data"),
    ("lonhof_nodata", "without data in the period the server gives all times in one row; here no data"),
    ("tam_irreg", "the server fails on irregular coordinates; here the map is answered"),
    ("tam_missing_time", "the server fails; here a missing time is named as everywhere"),
    ("tam_no_box", "the server takes −90 for the western edge of the world"),
    ("ts_empty_day_only_tiles", "the tile backend says no data; here an empty list, as the Zarr backend gives"),
    ("ts_outside_tiles", "the tile backend says no data; here an empty list, as the Zarr backend gives"),
    ("ts_river", "series of stations have no area mean on either side; here the reason is said"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests")
}

/// The recorded server's datasets; the tiled ones hold the same numbers.
fn engine() -> Engine {
    let catalogue = Catalogue::default();
    for name in ["SST_SMALL", "SST_SMALL2", "SST_SMALL_CLIM", "SST_MONTHLY", "SST_MONTHLY_clim", "TRMM_3B42_daily", "IRREG", "WIND_MULTI"] {
        let path = folder().join(format!("golden-data/{name}.zarr"));
        catalogue.add(&path, name).unwrap();
        let tiled = ["_CLIM", "_clim"].iter().find_map(|end| name.strip_suffix(end).map(|base| format!("{base}_TILES{end}")));
        catalogue.add(&path, &tiled.unwrap_or_else(|| format!("{name}_TILES"))).unwrap();
    }
    Engine::with_catalogue(catalogue)
}

/// A recording.
struct Recorded {
    name: String,
    method: String,
    path: String,
    query: String,
    status: u16,
    body: String,
}

fn recordings() -> Vec<Recorded> {
    let mut all: Vec<Recorded> = std::fs::read_dir(folder().join("golden"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .map(|path| {
            let whole: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let request = &whole["request"];
            let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
            let (path_only, query) =
                text(&request["url"]).split_once('?').map_or((text(&request["path"]), String::new()), |(p, q)| (p.into(), q.into()));
            Recorded {
                name: path.file_stem().unwrap().to_str().unwrap().into(),
                method: text(&request["method"]),
                path: path_only,
                query: query.replace(' ', "%20"),
                status: whole["status"].as_u64().unwrap() as u16,
                body: text(&whole["body"]),
            }
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(all.len() > 130, "the recordings are all there");
    all
}

/// A body as the server sent it, its bare NaN as null.
fn lenient(body: &str) -> Value {
    serde_json::from_str(&body.replace("NaN", "null")).unwrap()
}

/// How far a number may be from the recorded one: what an independent computation in double precision reaches on the same data,
/// since the server computes in single precision here and there.
fn tolerance(key: &str, recording: &str) -> f64 {
    if recording.ends_with("tiles") {
        match key {
            // Tiles are averaged in single precision.
            key if ["mean", "avg", "meanSeasonal"].contains(&key) || key.ends_with("LowPass") => return 1e-5,
            // Tiles' variances are merged with a bias.
            "std" if recording.starts_with("dda") => return 2.4e-3,
            "std" if recording.contains("hof_") => return 2e-2,
            _ => {}
        }
    }
    match key {
        "mean" if recording.starts_with("dda") => 1e-7,
        "mean" if recording.contains("hof_") => 2.5e-6,
        "mean" | "meanSeasonal" | "minSeasonal" | "maxSeasonal" => 4.5e-6,
        key if key.ends_with("LowPass") => 3.5e-6,
        // The server squares values in single precision before it sums them; doing the same gives its r to all digits.
        "r" if recording.starts_with("corr_land") => 4e-5,
        "slope" | "intercept" | "r" | "p" | "err" => 1e-6,
        "std" if recording.starts_with("dda") => 2e-8,
        "std" => 1e-10,
        _ => 1e-12,
    }
}

struct Comparison<'a> {
    recording: &'a str,
    differences: Vec<String>,
    compared: usize,
}

impl Comparison<'_> {
    fn values(&mut self, place: &str, key: &str, recorded: &Value, found: &Value) {
        match (recorded, found) {
            (Value::Object(a), Value::Object(b)) => self.objects(place, a, b),
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                for (nth, (a, b)) in a.iter().zip(b).enumerate() {
                    self.values(&format!("{place}[{nth}]"), key, a, b);
                }
            }
            (Value::Number(a), Value::Number(b)) => {
                let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
                self.compared += 1;
                if (a - b).abs() > tolerance(key, self.recording) {
                    self.differences.push(format!("{place}: {b} instead of {a}"));
                }
            }
            // Where the server lost a number to NaN, any is right; its count is compared.
            (Value::Null, Value::Number(_)) if key.contains("max") || key.contains("min") => {}
            (a, b) if a == b => {}
            (a, b) => self.differences.push(format!("{place}: {b} instead of {a}")),
        }
    }

    fn objects(&mut self, place: &str, recorded: &serde_json::Map<String, Value>, found: &serde_json::Map<String, Value>) {
        let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
        if keys(recorded) != keys(found) {
            self.differences.push(format!("{place}: keys {:?} instead of {:?}", keys(found), keys(recorded)));
            return;
        }
        for (key, value) in recorded {
            // On tiles this counts tiles.
            if key == "sequence" && self.recording.ends_with("tiles") {
                continue;
            }
            // The server adds k·mean² for k missing dates: cells without gaps alone can be compared.
            if key == "variance" && recorded["cnt"].as_u64() < Some(self.most()) {
                continue;
            }
            self.values(&format!("{place}.{key}"), key, value, &found[key]);
        }
    }

    /// How many dates the recorded variance maps have.
    fn most(&self) -> u64 {
        if self.recording.starts_with("var_box") { 62 } else { 6 }
    }
}

/// Points in one order, and without what only the backend knows.
fn as_points(mut body: Value) -> Value {
    let points = body.as_array_mut().unwrap();
    for point in points.iter_mut() {
        point["data"].as_object_mut().unwrap().shift_remove("id");
    }
    let number = |p: &Value, key: &str| p[key].as_f64().unwrap();
    points.sort_by(|a, b| {
        ["time", "latitude", "longitude"]
            .map(|k| number(a, k))
            .partial_cmp(&["time", "latitude", "longitude"].map(|k| number(b, k)))
            .unwrap()
    });
    body
}

#[tokio::test]
async fn every_recorded_answer_is_given_again() {
    let server = http::start(engine()).await;
    let mut failed = Vec::new();
    let (mut answers, mut numbers) = (0, 0);
    for recorded in recordings() {
        let excepted = OTHERWISE.iter().any(|(name, _)| *name == recorded.name);
        if excepted || NOT_SERVED.contains(&recorded.path.as_str()) {
            continue;
        }
        let found = match recorded.method.as_str() {
            "POST" => http::post(server, &recorded.path, &recorded.query).await,
            _ => http::get(server, &format!("{}?{}", recorded.path, recorded.query)).await,
        };
        let mut comparison = Comparison { recording: &recorded.name, differences: Vec::new(), compared: 0 };
        if found.status != recorded.status {
            comparison.differences.push(format!("status {} instead of {}: {}", found.status, recorded.status, found.text()));
        } else if recorded.path == "/version" {
            assert_eq!(found.text(), recorded.body);
        } else {
            let (mut expected, mut body) = (lenient(&recorded.body), found.json());
            if recorded.path == "/datainbounds" && recorded.status == 200 {
                if recorded.name.ends_with("zarr") {
                    comparison.values("", "", &expected, &body);
                }
                (expected, body) = (as_points(expected), as_points(body));
            }
            comparison.values("", "", &expected, &body);
        }
        answers += 1;
        numbers += comparison.compared;
        failed.extend(comparison.differences.iter().take(4).map(|d| format!("{}{d}", recorded.name)));
    }
    assert!(failed.is_empty(), "{} differences:\n{}", failed.len(), failed.join("\n"));
    assert!(answers > 90 && numbers > 18_000, "{answers} answers with {numbers} numbers were compared");
}

#[tokio::test]
async fn what_is_answered_otherwise_is_really_otherwise() {
    let server = http::start(engine()).await;
    let all = recordings();
    for (name, reason) in OTHERWISE {
        let recorded = all.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("{name} is no recording"));
        let found = http::get(server, &format!("{}?{}", recorded.path, recorded.query)).await;
        assert!(found.status != recorded.status || found.text() != recorded.body, "{name} is the same after all, although {reason}");
    }
}

#[tokio::test]
async fn a_compact_subset_is_a_gzip_file_of_the_same_points() {
    use std::io::Read;
    let server = http::start(engine()).await;
    let query = "/datainbounds?b=-129,41,-128.3,41.7&startTime=2012-01-15T00:00:00Z&endTime=2012-01-17T00:00:00Z&ds=SST_SMALL";
    let found = http::get(server, &format!("{query}&compact=true")).await;
    assert!(found.headers.contains("content-type: application/gzip") && found.headers.contains("filename=\"subset.gz\""));
    let mut text = String::new();
    flate2::read::GzDecoder::new(found.body.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), http::get(server, query).await.json());
    assert!(!text.contains('\n'));
}
