//! A dataset that is larger than the memory for it: answered chunk by chunk, in memory that does not grow with the period.

#[path = "made/classic.rs"]
#[allow(dead_code, reason = "other tests make other files of it")]
mod classic;
#[allow(dead_code, reason = "other tests make grids of it")]
mod made;

use classic::{Held, Said};
use sdap::{BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{MapRequest, SeriesFilters, SeriesRequest, Statistic};
use sdap_nexus::{Error, Nexus};
use serde_json::json;
use std::path::Path;

/// The lengths of a chunk: 1 MiB of 16-bit numbers.
const CHUNK: [u64; 3] = [128, 64, 64];
/// How many chunks in time are a year of the test.
const YEAR: usize = 8;
/// The memory of the engine: chunks of four such years would not fit.
const MEMORY: usize = 24 << 20;

fn dataset(folder: &Path, years: usize) {
    let store = made::group(folder, &json!({}));
    let times: Vec<i64> = (0..(years * YEAR) as i64 * CHUNK[0] as i64).collect();
    made::line(&store, "time", "int64", &times, &json!({"units": "hours since 2000-01-01", "standard_name": "time"}));
    let degrees: Vec<f32> = (0..CHUNK[1]).map(|n| n as f32 * 0.5 - 10.0).collect();
    made::line(&store, "lat", "float32", &degrees, &json!({"units": "degrees_north"}));
    made::line(&store, "lon", "float32", &degrees, &json!({"units": "degrees_east"}));
    let shape = [times.len() as u64, CHUNK[1], CHUNK[2]];
    let values: Vec<i16> = (0..shape.iter().product::<u64>()).map(|n| (n / 4096 % 1000) as i16).collect();
    made::array(&store, "v", "int16", &shape, &CHUNK, &["time", "lat", "lon"], &values, &json!({"units": "K", "scale_factor": 0.1}));
}

/// As many numbers in a classic NetCDF file, where they are in one piece, however many there are.
fn in_one_piece(file: &Path, years: usize) {
    let [_, rows, columns] = CHUNK.map(|length| length as usize);
    let times: Vec<f64> = (0..years * YEAR * CHUNK[0] as usize).map(|n| n as f64).collect();
    let degrees: Vec<f64> = (0..rows).map(|n| n as f64 * 0.5 - 10.0).collect();
    let units = |units| vec![("units", Said::Text(units))];
    let hole = Held::Hole(times.len() * rows * columns);
    classic::write(
        file,
        &[("time", times.len()), ("lat", rows), ("lon", columns)],
        &[
            ("time", vec!["time"], units("hours since 2000-01-01"), Held::F64(times)),
            ("lat", vec!["lat"], units("degrees_north"), Held::F64(degrees.clone())),
            ("lon", vec!["lon"], units("degrees_east"), Held::F64(degrees)),
            ("v", vec!["time", "lat", "lon"], units("K"), hole),
        ],
    );
}

fn engine(place: &Path, memory: usize) -> Engine {
    let catalogue = Catalogue::default();
    catalogue.add(place, "A").unwrap();
    Engine::with_catalogue(catalogue).with_memory(memory)
}

fn period() -> Period {
    Period::new("1999-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap()).unwrap()
}

async fn series(engine: &Engine) -> Result<f64, Error> {
    let (datasets, area) = (vec!["A".into()], BoundingBox::WORLD);
    let request = SeriesRequest { elevation: None, datasets, variable: None, area, period: period(), filters: SeriesFilters::default() };
    engine.series(&request).await.map(|found| found.series[0].mean.iter().sum())
}

async fn map(engine: &Engine) -> Result<f64, Error> {
    let (dataset, statistic, area) = ("A".into(), Statistic::Variance, BoundingBox::WORLD);
    let request = MapRequest { elevation: None, dataset, variable: None, statistic, area, period: period() };
    engine.map(&request).await.map(|found| found.values.iter().sum())
}

/// How much memory this process had at most, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// Names the dataset that a process of these tests answers of.
#[cfg(target_os = "linux")]
const PLACE: &str = "SDAP_TEST_MEMORY_OF";

/// Peaks are those of whole processes, so a test runs itself as one for each dataset that it measures; that one ends here.
#[cfg(target_os = "linux")]
async fn answers_as_a_process_of_its_own() -> bool {
    let Some(place) = std::env::var_os(PLACE) else { return false };
    let before = peak();
    let engine = engine(Path::new(&place), MEMORY);
    series(&engine).await.unwrap();
    map(&engine).await.unwrap();
    println!("peak {}", peak() - before);
    true
}

/// How much memory the test of that name takes for the questions about a dataset, in bytes.
#[cfg(target_os = "linux")]
fn peak_of(test: &str, place: &Path) -> usize {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test, "--nocapture"]).env(PLACE, place);
    let output = child.env("RAYON_NUM_THREADS", "2").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    let (_, number) = said.split_once("peak ").unwrap_or_else(|| panic!("{said}"));
    number.split_whitespace().next().unwrap().parse::<usize>().unwrap()
}

/// That a dataset several times as long takes no more, and neither more than there is.
#[cfg(target_os = "linux")]
fn assert_bounded(short: usize, long: usize) {
    assert!(long < short + (6 << 20), "{short} bytes grew to {long}");
    // The program itself, its threads and what the allocator holds back come on top.
    assert!(long < MEMORY + (20 << 20), "{long} bytes, where {MEMORY} were given");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_the_length_of_the_period() {
    if answers_as_a_process_of_its_own().await {
        return;
    }
    let peak_of = |years: usize| {
        let folder = tempfile::tempdir().unwrap();
        dataset(folder.path(), years);
        peak_of("memory_does_not_grow_with_the_length_of_the_period", folder.path())
    };
    // 32 and 128 MB of numbers as they are stored.
    assert_bounded(peak_of(4), peak_of(16));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_does_not_grow_with_a_netcdf_file_whose_numbers_are_in_one_piece() {
    if answers_as_a_process_of_its_own().await {
        return;
    }
    let peak_of = |years: usize| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.nc");
        in_one_piece(&file, years);
        peak_of("memory_does_not_grow_with_a_netcdf_file_whose_numbers_are_in_one_piece", &file)
    };
    // 32 and 80 MB.
    assert_bounded(peak_of(4), peak_of(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn little_memory_changes_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path(), 1);
    let (little, plenty) = (engine(folder.path(), 5 << 20), engine(folder.path(), 1 << 30));
    assert_eq!(series(&little).await.unwrap(), series(&plenty).await.unwrap());
    assert_eq!(map(&little).await.unwrap(), map(&plenty).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_does_not_fit_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    dataset(folder.path(), 1);
    let error = series(&engine(folder.path(), 1 << 20)).await.unwrap_err().to_string();
    assert!(error.contains("v of A is kept in chunks of 128 x 64 x 64 cells, 1.0 MiB each"), "{error}");
    assert!(error.contains("half of the engine's memory, 1.0 MiB") && error.contains("--memory"), "{error}");
    let told: usize = error.split_once("set it to ").and_then(|(_, rest)| rest.split_once("MiB")?.0.parse().ok()).unwrap();
    assert!(series(&engine(folder.path(), told << 20)).await.is_ok(), "{told} MiB are enough");
    assert!(series(&engine(folder.path(), (told - 1) << 20)).await.is_err(), "and no more than are needed");
}
