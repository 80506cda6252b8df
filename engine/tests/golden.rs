//! Recorded answers of a real NEXUS 1.4 server, asked again of this engine over HTTP and compared: status, shape, order of keys,
//! and numbers within what an independent computation in double precision reaches.

mod http;

use base64::Engine as _;
use sdap_engine::{Catalogue, Engine};
use serde_json::Value;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Recordings that this engine answers otherwise: name, its own status, and why. `docs/golden.md` has the same table.
const OTHERWISE: [(&str, u16, &str); 22] = [
    ("cdmssubset_json_tiles", 500, "the server's error is empty; here it says that the output must be ZIP"),
    ("cdmssubset_json_zarr", 500, "the server's error is empty; here it says that the output must be ZIP"),
    ("clim_march_tiles", 200, "the server pairs tiles and years wrongly beyond one of each"),
    ("clim_nan_tiles", 200, "the server pairs tiles and years wrongly beyond one of each"),
    ("corr_iso_times_tiles", 200, "the server takes whole seconds only; here both forms of time"),
    ("corr_iso_times_zarr", 200, "the server takes whole seconds only; here both forms of time"),
    ("dda_inverted_tiles", 400, "the server ignores the times altogether; here inverted ones are refused as everywhere"),
    ("dda_inverted_zarr", 400, "the server fails; here inverted times are refused as everywhere"),
    ("dda_none_zarr", 200, "the Zarr backend fails without data; here an empty list, as the tile backend gives"),
    ("dib_river", 404, "the server fails on series of stations, which are answered here; these rivers are not among the recorded data"),
    ("dib_river_zarr", 400, "the server knows no filters on Zarr; here a grid is said to have no fields"),
    ("lathof_clim_name", 400, "without data in the period the server gives all times in one row; here no data"),
    ("lonhof_clim_name", 400, "without data in the period the server gives all times in one row; here no data"),
    ("lonhof_nodata", 400, "without data in the period the server gives all times in one row; here no data"),
    ("maxmin_tiny_tiles", 200, "the server gives NaN where any date is missing; here the extremes of the values there are"),
    ("maxmin_tiny_zarr", 200, "the server gives NaN where any date is missing; here the extremes of the values there are"),
    ("tam_irreg", 200, "the server fails on irregular coordinates; here the map is answered"),
    ("tam_missing_time", 400, "the server fails; here a missing time is named as everywhere"),
    ("tam_no_box", 200, "the server takes −90 for the western edge of the world"),
    ("ts_empty_day_only_tiles", 200, "the tile backend says no data; here an empty list, as the Zarr backend gives"),
    ("ts_outside_tiles", 200, "the tile backend says no data; here an empty list, as the Zarr backend gives"),
    ("ts_river", 404, "series of stations have no area mean on either side; these rivers are not among the recorded data"),
];

/// Datasets of the recorded server that are not among the recorded data; `/list` and `/heartbeat` are compared without them.
const ABSENT: [&str; 5] =
    ["AVHRR_OI_L4_GHRSST_NCEI", "AVHRR_OI_L4_GHRSST_NCEI_CLIM", "AVHRR_OI_L4_GHRSST_NCEI_clim", "RAPID_WSWM", "nexusproto"];

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
    kind: String,
    content_type: String,
    body: Vec<u8>,
}

impl Recorded {
    fn of(file: &Path) -> Self {
        let whole: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let request = &whole["request"];
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let url = text(&request["url"]);
        let (path, query) = url.split_once('?').unwrap_or((&url, ""));
        let body = match whole["body_b64"].as_str() {
            Some(encoded) => base64::prelude::BASE64_STANDARD.decode(encoded).unwrap(),
            None => text(&whole["body"]).into_bytes(),
        };
        Self {
            name: file.file_stem().unwrap().to_str().unwrap().into(),
            method: text(&request["method"]),
            path: path.to_owned(),
            query: query.replace(' ', "%20"),
            status: whole["status"].as_u64().unwrap() as u16,
            kind: text(&whole["body_kind"]),
            content_type: text(&whole["headers"]["Content-Type"]),
            body,
        }
    }

    async fn asked_again(&self, server: std::net::SocketAddr) -> http::Response {
        match self.method.as_str() {
            "POST" => http::post(server, &self.path, &self.query).await,
            _ => http::get(server, &format!("{}?{}", self.path, self.query)).await,
        }
    }
}

fn recordings() -> Vec<Recorded> {
    let files = std::fs::read_dir(folder().join("golden")).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<Recorded> =
        files.filter(|path| path.extension().is_some_and(|e| e == "json")).map(|path| Recorded::of(&path)).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(all.len(), 141, "the recordings are all there");
    all
}

/// A body as the server sent it, its bare NaN as null, and inflated where it is a gzip file.
fn lenient(body: &[u8]) -> Value {
    let mut text = String::new();
    if body.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(body).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(body.to_vec()).unwrap();
    }
    serde_json::from_str(&text.replace("NaN", "null")).unwrap()
}

/// The files of a ZIP, by name.
fn files(body: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(body)).unwrap();
    let count = archive.len();
    let one = |at: usize| {
        let mut file = archive.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        (file.name().unwrap().into_owned(), text)
    };
    (0..count).map(one).collect()
}

/// What the recorded server says of the datasets that are here too, by name.
fn of_shared_datasets(body: &Value, path: &str) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = match body {
        Value::Array(entries) => entries.iter().map(|e| (e["shortName"].as_str().unwrap().to_owned(), e.clone())).collect(),
        Value::Object(states) => states.iter().map(|(name, state)| (name.clone(), state.clone())).collect(),
        other => panic!("{path} answers {other}"),
    };
    // The tiled ones are a backend of the server's own, which the list describes otherwise.
    all.retain(|(name, _)| !ABSENT.contains(&name.as_str()) && !name.contains("TILES"));
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
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

impl Comparison<'_> {
    fn answer(&mut self, recorded: &Recorded, found: &http::Response) {
        if found.status != recorded.status {
            self.differences.push(format!(" status {} instead of {}: {}", found.status, recorded.status, found.text()));
            return;
        }
        let kind = recorded.content_type.split(';').next().unwrap_or_default().to_lowercase();
        if !found.headers.contains(&format!("content-type: {kind}")) {
            self.differences.push(format!(" content type not {kind}: {}", found.headers));
        }
        match recorded.path.as_str() {
            "/cdmssubset" if recorded.kind == "binary" => assert_eq!(files(&found.body), files(&recorded.body), "{}", recorded.name),
            "/list" | "/heartbeat" => {
                let both = [lenient(&recorded.body), found.json()].map(|body| of_shared_datasets(&body, &recorded.path));
                assert!(both[0].len() >= 8, "{:?}", both[0]);
                for (recorded, found) in both[0].iter().zip(&both[1]) {
                    assert_eq!(recorded.0, found.0);
                    self.values(&recorded.0, "", &recorded.1, &found.1);
                }
            }
            "/datainbounds" if recorded.status == 200 => {
                let (expected, body) = (lenient(&recorded.body), lenient(&found.body));
                if recorded.name.ends_with("zarr") {
                    self.values("", "", &expected, &body);
                }
                self.values("", "", &as_points(expected), &as_points(body));
            }
            _ if recorded.kind == "text" => assert_eq!(found.body, recorded.body, "{}", recorded.name),
            _ => self.values("", "", &lenient(&recorded.body), &found.json()),
        }
    }
}

#[tokio::test]
async fn every_recorded_answer_is_given_again() {
    let server = http::start(engine()).await;
    let mut failed = Vec::new();
    let (mut answers, mut numbers) = (0, 0);
    for recorded in recordings() {
        if OTHERWISE.iter().any(|(name, ..)| *name == recorded.name) {
            continue;
        }
        let mut comparison = Comparison { recording: &recorded.name, differences: Vec::new(), compared: 0 };
        comparison.answer(&recorded, &recorded.asked_again(server).await);
        answers += 1;
        numbers += comparison.compared;
        failed.extend(comparison.differences.iter().take(4).map(|d| format!("{}{d}", recorded.name)));
    }
    assert!(failed.is_empty(), "{} differences:\n{}", failed.len(), failed.join("\n"));
    assert_eq!(answers, recordings().len() - OTHERWISE.len(), "every recording is compared, or accounted for");
    assert!(numbers > 18_000, "{numbers} numbers were compared");
}

#[tokio::test]
async fn what_is_answered_otherwise_is_really_otherwise() {
    let server = http::start(engine()).await;
    let all = recordings();
    for (name, status, reason) in OTHERWISE {
        let recorded = all.iter().find(|r| r.name == name).unwrap_or_else(|| panic!("{name} is no recording"));
        let found = recorded.asked_again(server).await;
        assert_eq!(found.status, status, "{name}: {}", found.text());
        assert!(found.status != recorded.status || found.body != recorded.body, "{name} is the same after all, although {reason}");
        found.json();
    }
}

#[tokio::test]
async fn extremes_are_those_of_the_server_wherever_it_has_any() {
    let server = http::start(engine()).await;
    for recorded in recordings().iter().filter(|r| r.name.starts_with("maxmin_tiny")) {
        let (expected, found) = (lenient(&recorded.body), recorded.asked_again(server).await.json());
        let cells =
            |body: &Value| body["data"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap().clone()).collect::<Vec<_>>();
        let mut whole = 0;
        for (expected, found) in cells(&expected).into_iter().zip(cells(&found)) {
            assert_eq!(expected["cnt"], found["cnt"]);
            if expected["maxima"].is_null() {
                assert!(found["maxima"].as_f64() >= found["minima"].as_f64(), "{found}");
            } else {
                assert_eq!(expected, found);
                whole += 1;
            }
        }
        assert!(whole > 0, "{}", recorded.name);
    }
}

#[test]
fn the_documentation_has_the_same_differences() {
    let documented = std::fs::read_to_string(folder().join("../docs/golden.md")).unwrap();
    let rows: Vec<&str> = documented.lines().filter(|line| line.starts_with("| `")).collect();
    let expected = OTHERWISE.map(|(name, status, reason)| format!("| `{name}` | {status} | {reason} |"));
    assert_eq!(rows, expected);
}
