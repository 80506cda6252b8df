//! Datasets in S3 buckets, which moto serves.
//!
//! The engine takes the endpoint and the key from the environment, so the questions are asked by a second process of this test.

#[allow(dead_code, reason = "other tests write other numbers")]
#[path = "made/classic.rs"]
mod classic;
#[path = "made/copied.rs"]
mod copied;
#[path = "made/files.rs"]
mod files;
mod python;

use classic::{Held, Said};
use sdap::{BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::Nexus;
use sdap_nexus::request::{SeriesFilters, SeriesRequest, SubsetRequest};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Where the second process finds the files that are in the bucket, too.
const FOLDER: &str = "SDAP_TEST_BUCKET_FOLDER";
/// Which bucket it asks.
const BUCKET: &str = "SDAP_TEST_BUCKET";
/// A key that no message may show.
const SECRET: &str = "never-shown-8d1c";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dataset_in_a_bucket_answers_as_on_disk() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return ask(Path::new(&folder)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    let server = Server::of(dir.path());
    // moto answers the requests of Google's clients, too, as long as they are not signed.
    for (bucket, key) in [("s3://ocean", Some("AKIDEXAMPLE")), ("s3://public", None), ("gs://public", None)] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_dataset_in_a_bucket_answers_as_on_disk", "--nocapture"]);
        command.env(FOLDER, dir.path()).env(BUCKET, bucket).env("RUST_BACKTRACE", "0");
        command.env("AWS_ENDPOINT_URL", &server.address).env("AWS_REGION", "us-east-1").env("GOOGLE_BASE_URL", &server.address);
        for variable in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            command.env_remove(variable);
        }
        if let Some(key) = key {
            command.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", SECRET);
        }
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{bucket}: {told}{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Puts datasets of several formats into a folder.
fn fill(folder: &Path) {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    for group in ["SYNTHETIC_LA_PRECIP_DAILY.zarr", "OSTIA_SST_MONTHLY_TROPICS.zarr"] {
        copied::copy(&demo.join(group), &folder.join("sets").join(group));
    }
    files::unpacked(folder, "filters.nc");
    std::fs::create_dir_all(folder.join("samples")).unwrap();
    std::fs::write(folder.join("samples/a.csv"), "time,lat,lon,sst [degC]\n2020-01-01,1,2,20.5\n2020-01-02,1.5,2.5,21\n").unwrap();
    std::fs::write(folder.join("samples/b.csv"), "time,lat,lon,sst [degC]\n2020-01-03,1,2,22\n").unwrap();
    std::fs::create_dir_all(folder.join("days/more")).unwrap();
    for (name, day) in [("sst_1.nc", 0.0), ("sst_2.nc", 1.0), ("other.nc", 2.0), ("more/sst_4.nc", 3.0)] {
        one_day(&folder.join("days").join(name), day);
    }
    std::fs::write(folder.join("torn.nc"), "CDF").unwrap();
}

/// A classic NetCDF file with the values of one day of 2001.
fn one_day(path: &Path, day: f64) {
    classic::write(
        path,
        &[("time", 1), ("lat", 2), ("lon", 2)],
        &[
            ("time", vec!["time"], vec![("units", Said::Text("days since 2001-01-01"))], Held::F64(vec![day])),
            ("lat", vec!["lat"], vec![("units", Said::Text("degrees_north"))], Held::F64(vec![0.0, 1.0])),
            ("lon", vec!["lon"], vec![("units", Said::Text("degrees_east"))], Held::F64(vec![0.0, 1.0])),
            ("sst", vec!["time", "lat", "lon"], vec![], Held::F64([1.0, 2.0, 3.0, 4.0].map(|n| n + day).to_vec())),
        ],
    );
}

/// A process that serves buckets.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn of(folder: &Path) -> Self {
        let mut command = Command::new(python::python());
        command.arg(python::script("bucket.py")).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
        assert!(address.starts_with("http://"), "the buckets are not served: {address}");
        Self { process, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Asks the same of the files in the folder and of those in the bucket.
async fn ask(folder: &Path) {
    let engine = Engine::with_catalogue(Catalogue::default());
    let bucket = std::env::var(BUCKET).unwrap();
    let places = [
        ("RAIN", "sets/SYNTHETIC_LA_PRECIP_DAILY.zarr"),
        ("SST", "sets/OSTIA_SST_MONTHLY_TROPICS.zarr"),
        ("FILE", "filters.nc"),
        ("SAMPLE", "samples/a.csv"),
        ("SAMPLES", "samples"),
        ("DAYS", "days/"),
        ("PATTERN", "days/sst_*.nc"),
        ("DEEPER", "days/*/sst_[0-9].nc"),
    ];
    for (name, place) in places {
        engine.open(folder.join(place).display().to_string(), &format!("{name}_HERE")).await.unwrap();
        let card = engine.open(format!("{bucket}/{place}"), &format!("{name}_THERE")).await.unwrap();
        assert_eq!(card.trouble, None, "{name}");
    }
    for (name, variable, count) in [
        ("RAIN", None, 730 * 42),
        ("FILE", Some("zstandard"), 0),
        ("SAMPLE", None, 2),
        ("SAMPLES", None, 3),
        ("DAYS", None, 12),
        ("PATTERN", None, 8),
        ("DEEPER", None, 4),
    ] {
        let here = engine.subset(&subset(&format!("{name}_HERE"), variable)).await.unwrap();
        let there = engine.subset(&subset(&format!("{name}_THERE"), variable)).await.unwrap();
        assert!(count == 0 || here.len() == count, "{name}: {} points", here.len());
        assert_eq!((here.time, here.variables), (there.time, there.variables), "{name}");
    }
    let [here, there] = [engine.series(&series("SST_HERE")).await.unwrap(), engine.series(&series("SST_THERE")).await.unwrap()];
    assert_eq!(here.series[0].mean, there.series[0].mean);
    tell_what_is_wrong(&engine, &bucket).await;
}

async fn tell_what_is_wrong(engine: &Engine, bucket: &str) {
    let refused = async |place: &str| {
        let error = engine.open(place, "WRONG").await.unwrap_err().to_string();
        assert!(!error.contains(SECRET), "{error}");
        error
    };
    let gone = format!("{bucket}-not");
    for (place, told) in [
        (format!("{bucket}/nowhere.nc"), "there is no nowhere.nc"),
        (format!("{bucket}/nowhere"), "there is nothing below nowhere"),
        (format!("{bucket}/days/x*.nc"), "days/x*.nc matches no file"),
        (format!("{bucket}/torn.nc"), "no NetCDF file"),
        (format!("{bucket}/sets"), "it holds no Zarr group"),
        (format!("{bucket}/a.nc?b=c"), "its address has a question mark"),
        (format!("{gone}/a.zarr"), "NoSuchBucket"),
    ] {
        let error = refused(&place).await;
        assert!(error.contains(told), "{place}: {error}");
    }
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        let error = refused("s3://ocean/sets/SYNTHETIC_LA_PRECIP_DAILY.zarr").await;
        assert!(error.contains("403"), "{error}");
    }
    engine.catalogue().add(format!("{gone}/a.zarr"), "GONE").unwrap();
    let cards = engine.datasets().await.unwrap();
    let troubled: Vec<&str> = cards.iter().filter(|card| card.trouble.is_some()).map(|card| card.short_name.as_str()).collect();
    assert_eq!(troubled, ["GONE"], "one that cannot be read takes no other down");
}

fn everything() -> (BoundingBox, Period) {
    (BoundingBox::WORLD, Period::new("1900-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap()).unwrap())
}

fn subset(dataset: &str, variable: Option<&str>) -> SubsetRequest {
    let (area, period) = everything();
    let variable = variable.map(str::to_owned);
    SubsetRequest { elevation: None, dataset: dataset.into(), variable, area: Some(area), filters: Vec::new(), period }
}

fn series(dataset: &str) -> SeriesRequest {
    let (area, period) = everything();
    SeriesRequest { elevation: None, datasets: vec![dataset.into()], variable: None, area, period, filters: SeriesFilters::default() }
}
