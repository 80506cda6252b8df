//! Data that is not as it should be: a clear error or the right answer, and never a panic.

mod made;

use made::{Made, array, group, line};
use sdap::{Axis, BoundingBox, Period};
use sdap_engine::{Catalogue, Engine, Limits};
use sdap_nexus::request::{
    AnomalyRequest, Climatic, Correlation, CorrelationRequest, DeviationRequest, HovmollerRequest, MapRequest, MatchupRequest, Regression,
    SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Missing, Nexus};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Values that count up, on a grid of one degree from (0, 0), daily from 1970-01-01.
fn counting(times: usize, rows: usize, columns: usize) -> Made {
    Made {
        time: (0..times as i64).map(|day| day * 86_400).collect(),
        lat: (0..rows).map(|row| row as f32).collect(),
        lon: (0..columns).map(|column| column as f32).collect(),
        values: (0..times * rows * columns).map(|n| n as f32).collect(),
        chunks: [2, 2, 2],
    }
}

fn area(west: f64, south: f64, east: f64, north: f64) -> BoundingBox {
    BoundingBox::new(west, south, east, north).unwrap()
}

fn period(start: &str, end: &str) -> Period {
    Period::new(format!("{start}T00:00:00Z").parse().unwrap(), format!("{end}T23:59:59Z").parse().unwrap()).unwrap()
}

fn always() -> Period {
    period("1960-01-01", "2000-12-31")
}

/// An engine with the group in a folder under the name `A`.
fn engine(path: &Path) -> Engine {
    let catalogue = Catalogue::default();
    catalogue.add(path, "A").unwrap();
    Engine::with_catalogue(catalogue)
}

fn series_of(area: BoundingBox, period: Period) -> SeriesRequest {
    SeriesRequest { elevation: None, datasets: vec!["A".into()], variable: None, area, period, filters: SeriesFilters::default() }
}

async fn series(path: &Path, area: BoundingBox, period: Period) -> Result<Vec<(i64, f64, f64)>, Error> {
    let group = engine(path).series(&series_of(area, period)).await?;
    let s = &group.series[0];
    Ok((0..s.len()).map(|at| (s.time.seconds()[at], s.minimum[at], s.maximum[at])).collect())
}

async fn failure(path: &Path) -> String {
    series(path, BoundingBox::WORLD, always()).await.unwrap_err().to_string()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The files below a folder.
fn files(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|p| if p.is_dir() { files(&p) } else { vec![p] }).collect()
}

#[tokio::test]
async fn a_missing_coordinate_is_named_with_what_there_is() {
    for (coordinate, sign) in [("time", "units such as"), ("lat", "no latitude coordinate"), ("lon", "no longitude coordinate")] {
        let dir = folder();
        counting(2, 2, 2).write(dir.path());
        std::fs::remove_dir_all(dir.path().join(coordinate)).unwrap();
        let error = failure(dir.path()).await;
        assert!(
            error.starts_with("A cannot be read: it has no ") && error.contains(sign) && error.contains("v [time, lat, lon]"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_truncated_chunk_is_named_and_only_those_who_need_it_fail() {
    let dir = folder();
    counting(4, 2, 2).write(dir.path());
    let chunk = dir.path().join("v/c.1.0.0");
    let whole = std::fs::read(&chunk).unwrap();
    std::fs::write(&chunk, &whole[..whole.len() / 2]).unwrap();
    let error = failure(dir.path()).await;
    assert!(error.starts_with("A cannot be read: v: chunk v/c.1.0.0 cannot be decoded"), "{error}");
    let early = series(dir.path(), BoundingBox::WORLD, period("1970-01-01", "1970-01-02")).await.unwrap();
    assert_eq!(early, [(0, 0.0, 3.0), (86_400, 4.0, 7.0)], "its chunk is whole");
}

#[tokio::test]
async fn an_absent_chunk_is_missing_data() {
    let dir = folder();
    counting(4, 2, 2).write(dir.path());
    std::fs::remove_file(dir.path().join("v/c.1.0.0")).unwrap();
    assert_eq!(series(dir.path(), BoundingBox::WORLD, always()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_box_without_cells_says_what_the_dataset_covers() {
    let dir = folder();
    counting(2, 3, 3).write(dir.path());
    let of = async |b| series(dir.path(), b, always()).await.unwrap_err();
    let outside = of(area(100.0, 40.0, 110.0, 50.0)).await;
    assert_eq!(outside.to_string(), "no data: A covers -0.5,-0.5,2.5,2.5, and nothing of the box 100,40,110,50");
    assert!(matches!(outside, Error::NoData { missing: Missing::Area, .. }));
    let between = of(area(0.2, 0.2, 0.8, 0.8)).await;
    assert_eq!(between.to_string(), "no data: no cell centre of A lies in the box 0.2,0.2,0.8,0.8; its cells are 1 x 1 degrees");
    assert!(matches!(between, Error::NoData { missing: Missing::Area, .. }));
}

#[tokio::test]
async fn a_period_without_times_says_what_the_dataset_spans() {
    let dir = folder();
    counting(3, 2, 2).write(dir.path());
    let error = series(dir.path(), BoundingBox::WORLD, period("1985-01-01", "1985-12-31")).await.unwrap_err();
    assert!(matches!(error, Error::NoData { missing: Missing::Period, .. }));
    assert_eq!(error.to_string(), "no data: A has data in 1970-01-01/1970-01-03T00:00:00Z, and none in 1985-01-01/1985-12-31");
}

#[tokio::test]
async fn a_time_without_values_is_left_out() {
    let dir = folder();
    let mut made = counting(3, 2, 2);
    made.values[4..8].fill(f32::NAN);
    made.write(dir.path());
    let found = series(dir.path(), BoundingBox::WORLD, always()).await.unwrap();
    assert_eq!(found, [(0, 0.0, 3.0), (172_800, 8.0, 11.0)]);
    let alone = series(dir.path(), BoundingBox::WORLD, period("1970-01-02", "1970-01-02")).await.unwrap_err();
    assert!(matches!(alone, Error::NoData { missing: Missing::Period, .. }), "{alone}");
}

#[tokio::test]
async fn a_box_of_missing_cells_is_the_fault_of_the_box() {
    let dir = folder();
    let mut made = counting(3, 2, 2);
    (0..3).for_each(|time| made.values[time * 4] = f32::NAN);
    made.write(dir.path());
    let error = series(dir.path(), area(-0.1, -0.1, 0.1, 0.1), always()).await.unwrap_err();
    assert!(matches!(error, Error::NoData { missing: Missing::Area, .. }), "{error}");
    assert!(error.to_string().contains("it covers -0.5,-0.5,1.5,1.5, with gaps"), "{error}");
}

#[tokio::test]
async fn times_in_any_order_and_twice_are_answered_in_order_and_once() {
    let dir = folder();
    let mut made = counting(4, 1, 1);
    made.time = vec![172_800, 0, 0, 86_400];
    made.write(dir.path());
    let found = series(dir.path(), BoundingBox::WORLD, always()).await.unwrap();
    assert_eq!(found, [(0, 1.0, 2.0), (86_400, 3.0, 3.0), (172_800, 0.0, 0.0)], "both values of one time count for it");
}

#[tokio::test]
async fn an_axis_without_entries_is_said_to_be_empty() {
    for empty in ["time", "lat"] {
        let dir = folder();
        let mut made = counting(2, 2, 2);
        if empty == "time" {
            made.time.clear();
        } else {
            made.lat.clear();
        }
        made.values.clear();
        made.write(dir.path());
        let error = failure(dir.path()).await;
        assert_eq!(error, format!("A cannot be read: {empty}: its dimension {empty} has no entries"));
    }
}

#[tokio::test]
async fn coordinates_and_variables_that_do_not_fit_are_explained() {
    let dir = folder();
    let store = group(dir.path(), &json!({}));
    line(&store, "time", "int64", &[0_i64], &json!({"units": "days since 1970-01-01"}));
    line(&store, "lat", "float32", &[0.0_f32, 1.0], &json!({}));
    line(&store, "lon", "float32", &[0.0_f32], &json!({}));
    let v = |name, kind, shape: &[u64], dimensions: &[&str]| {
        let count = shape.iter().product::<u64>() as usize;
        array(&store, name, kind, shape, shape, dimensions, &vec![true; count], &json!({}));
    };
    v("mask", "bool", &[1, 2, 1], &["time", "lat", "lon"]);
    v("short", "bool", &[1, 3, 1], &["time", "lat", "lon"]);
    v("deep", "bool", &[1, 4, 2, 1], &["time", "depth", "lat", "lon"]);
    let error = failure(dir.path()).await;
    for part in [
        "no array has a value for each time and place",
        "mask [time, lat, lon]: its numbers are of type bool",
        "short [time, lat, lon]: its dimension lat has 3 entries, but the coordinate has 2",
        "deep [time, depth, lat, lon]: its dimension depth has 4 entries, where one was expected",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[tokio::test]
async fn coordinates_that_are_no_places_or_no_times_are_refused_by_value() {
    let dir = folder();
    let mut made = counting(1, 2, 2);
    made.lat = vec![0.0, 100.0];
    made.write(dir.path());
    assert!(failure(dir.path()).await.contains("lat: one of its latitudes is 100"), "latitude");
    made.lat = vec![f32::NAN, 0.0];
    made.write(dir.path());
    assert!(failure(dir.path()).await.contains("one of its latitudes is NaN"));
    made.lat = vec![0.0, 1.0];
    made.time = vec![i64::MIN];
    made.write(dir.path());
    assert!(failure(dir.path()).await.contains("which is no date"));
}

#[tokio::test]
async fn what_is_no_zarr_group_is_said_to_be_none() {
    let dir = folder();
    assert!(failure(dir.path()).await.contains("it holds no Zarr group"));
    assert!(failure(&dir.path().join("nowhere")).await.ends_with("nowhere is no folder and no file"));
    counting(1, 1, 1).write(dir.path());
    std::fs::write(dir.path().join("v/zarr.json"), "{\"zarr_format\": 3,").unwrap();
    assert!(failure(dir.path()).await.starts_with("A cannot be read: "));
}

#[tokio::test]
async fn a_broken_dataset_takes_no_other_down() {
    let dir = folder();
    counting(2, 2, 2).write(dir.path());
    let engine = engine(dir.path());
    engine.catalogue().add(dir.path().join("nowhere"), "B").unwrap();
    let cards = engine.datasets().await.unwrap();
    assert_eq!(cards.iter().map(|c| c.short_name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    assert!(cards[0].trouble.is_none() && cards[1].trouble.as_ref().unwrap().ends_with("nowhere is no folder and no file"));
    assert!(engine.series(&series_of(BoundingBox::WORLD, always())).await.is_ok());
    assert!(matches!(engine.open(dir.path().join("nowhere"), "C").await, Err(Error::Broken { .. })));
    assert!(!engine.catalogue().contains("C"), "what cannot be opened is not added");
    let error = engine.open(dir.path(), "a b").await.unwrap_err().to_string();
    assert!(error.contains("\"a b\" is no name for a dataset"), "{error}");
    assert_eq!(engine.open(dir.path(), "D").await.unwrap().title, "made");
}

#[tokio::test]
async fn unknown_datasets_and_variables_are_named() {
    let dir = folder();
    counting(1, 1, 1).write(dir.path());
    let mut request = series_of(BoundingBox::WORLD, always());
    request.variable = Some("w".into());
    assert_eq!(engine(dir.path()).series(&request).await.unwrap_err().to_string(), "A has no variable w; it has v");
    request.datasets = vec!["Z".into()];
    assert_eq!(engine(dir.path()).series(&request).await.unwrap_err().to_string(), "embedded has no dataset Z");
    request.datasets.clear();
    assert!(matches!(engine(dir.path()).series(&request).await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn answers_beyond_the_limit_are_refused_with_what_to_do() {
    let dir = folder();
    counting(2, 3, 3).write(dir.path());
    let small = engine(dir.path()).with_limits(Limits { points: 17, cells: 8 });
    let subset = SubsetRequest {
        elevation: None,
        dataset: "A".into(),
        variable: None,
        area: Some(BoundingBox::WORLD),
        filters: vec![],
        period: always(),
    };
    let error = small.subset(&subset).await.unwrap_err().to_string();
    assert_eq!(error, "the answer would have more than 17 points; choose a smaller box or a shorter period");
    let map = MapRequest {
        elevation: None,
        dataset: "A".into(),
        variable: None,
        statistic: Statistic::Mean,
        area: BoundingBox::WORLD,
        period: always(),
    };
    let error = small.map(&map).await.unwrap_err().to_string();
    assert_eq!(error, "the answer would have 9 cells, more than the limit of 8; choose a smaller box or a shorter period");
    let enough = engine(dir.path()).with_limits(Limits { points: 18, cells: 9 });
    assert_eq!(enough.subset(&subset).await.unwrap().len(), 18);
}

#[tokio::test]
async fn only_chunks_in_the_box_and_the_period_are_read() {
    let dir = folder();
    counting(4, 4, 4).write(dir.path());
    for file in files(&dir.path().join("v")) {
        if !file.ends_with("v/c.0.1.0") && !file.ends_with("zarr.json") {
            std::fs::write(file, "not a chunk").unwrap();
        }
    }
    let found = series(dir.path(), area(0.0, 2.0, 1.0, 3.0), period("1970-01-01", "1970-01-02")).await.unwrap();
    assert_eq!(found, [(0, 8.0, 13.0), (86_400, 24.0, 29.0)]);
}

#[tokio::test]
async fn a_climatology_on_another_grid_is_refused() {
    let dir = folder();
    counting(2, 2, 2).write(&dir.path().join("a"));
    let mut other = counting(2, 2, 2);
    other.lon = vec![0.0, 1.5];
    other.write(&dir.path().join("b"));
    let engine = engine(&dir.path().join("a"));
    engine.catalogue().add(dir.path().join("b"), "B").unwrap();
    let request =
        AnomalyRequest { dataset: "A".into(), climatology: "B".into(), variable: None, area: BoundingBox::WORLD, period: always() };
    let error = engine.anomaly(&request).await.unwrap_err().to_string();
    assert!(error.starts_with("A cannot be compared with B cell by cell"), "{error}");
}

#[tokio::test]
async fn packed_and_transposed_arrays_are_unpacked_and_turned() {
    let dir = folder();
    let store = group(dir.path(), &json!({}));
    line(&store, "time", "float64", &[0.25, 1.25], &json!({"units": "days since 1970-01-01"}));
    line(&store, "latitude", "float64", &[10.0, 0.0], &json!({}));
    line(&store, "longitude", "float64", &[350.0, 10.0], &json!({}));
    let attributes = json!({"scale_factor": 0.5, "add_offset": 100.0, "_FillValue": -1, "missing_value": -2, "standard_name": "x"});
    let values: [i16; 8] = [0, 2, 4, -1, 8, 10, -2, 14];
    let dimensions = ["longitude", "depth", "time", "latitude"];
    array(&store, "v", "int16", &[2, 1, 2, 2], &[1, 1, 2, 1], &dimensions, &values, &attributes);
    let points = SubsetRequest {
        elevation: None,
        dataset: "A".into(),
        variable: None,
        area: Some(BoundingBox::WORLD),
        filters: vec![],
        period: always(),
    };
    let points = engine(dir.path()).subset(&points).await.unwrap();
    let found: Vec<_> =
        (0..points.len()).map(|at| (points.time.seconds()[at], points.lat[at], points.lon[at], points.variables[0].values[at])).collect();
    let (early, late) = (21_600, 108_000);
    assert_eq!(
        found,
        [
            (early, 0.0, -10.0, 101.0),
            (early, 0.0, 10.0, 105.0),
            (early, 10.0, -10.0, 100.0),
            (early, 10.0, 10.0, 104.0),
            (late, 0.0, 10.0, 107.0),
            (late, 10.0, -10.0, 102.0),
        ]
    );
    assert_eq!(points.variables[0].name, "x");
}

#[tokio::test]
async fn a_column_that_closes_the_circle_counts_once() {
    let dir = folder();
    let mut made = counting(1, 1, 3);
    made.lon = vec![0.0, 180.0, 360.0];
    made.values = vec![1.0, 2.0, 1.0];
    made.write(dir.path());
    let group = engine(dir.path()).series(&series_of(BoundingBox::WORLD, always())).await.unwrap();
    assert_eq!((group.series[0].mean[0], group.series[0].count[0]), (1.5, 2.0));
}

#[tokio::test]
async fn packed_coordinates_are_unpacked() {
    let dir = folder();
    let store = group(dir.path(), &json!({}));
    line(&store, "time", "int16", &[2_i16, 4], &json!({"units": "days since 1970-01-01", "scale_factor": 0.5}));
    line(&store, "lat", "int16", &[10_i16, 20], &json!({"units": "degrees_north", "scale_factor": 0.1, "add_offset": 1.0}));
    line(&store, "lon", "float32", &[0.0_f32], &json!({"units": "degrees_east"}));
    array(&store, "v", "float32", &[2, 2, 1], &[2, 2, 1], &["time", "lat", "lon"], &[1.0_f32, 2.0, 3.0, 4.0], &json!({}));
    let found = series(dir.path(), area(-1.0, 1.9, 1.0, 2.1), always()).await.unwrap();
    assert_eq!(found, [(86_400, 1.0, 1.0), (172_800, 3.0, 3.0)]);
}

#[tokio::test]
async fn the_bounds_of_a_climatology_are_no_time_and_no_variable() {
    let dir = folder();
    counting(2, 2, 2).write(dir.path());
    let store = std::sync::Arc::new(zarrs::filesystem::FilesystemStore::new(dir.path()).unwrap());
    let units = json!({"units": "days since 1970-01-01", "climatology": "a_bounds", "axis": "T"});
    line(&store, "time", "int64", &[0_i64, 1], &units);
    line(&store, "a_bounds", "int64", &[5_i64, 6], &json!({"units": "days since 1970-01-01", "standard_name": "time"}));
    assert_eq!(series(dir.path(), BoundingBox::WORLD, always()).await.unwrap().len(), 2);
}

/// Every kind of question about the whole of `A`, each with what was answered: how many values counted, or why there are none.
async fn every_question(path: &Path) -> Vec<(&'static str, Result<f64, Error>)> {
    let (engine, area, period, dataset) = (engine(path), BoundingBox::WORLD, always(), "A".to_owned());
    let mut answers = Vec::new();
    answers.push(("series", engine.series(&series_of(area, period)).await.map(|group| group.series[0].count.sum())));
    for statistic in [Statistic::Mean, Statistic::Variance, Statistic::Maximum, Statistic::Minimum, Statistic::Climatology { month: 1 }] {
        let request = MapRequest { dataset: dataset.clone(), variable: None, statistic, area, period, elevation: None };
        answers.push((statistic.name(), engine.map(&request).await.map(|map| map.count.sum())));
    }
    for (name, axis) in [("latitude", Axis::Latitude), ("longitude", Axis::Longitude)] {
        let request =
            HovmollerRequest { dataset: dataset.clone(), variable: None, axis, area, period, normalize_dates: false, elevation: None };
        answers.push((name, engine.hovmoller(&request).await.map(|diagram| diagram.count.sum())));
    }
    let request = SubsetRequest { dataset: dataset.clone(), variable: None, area: None, filters: vec![], period, elevation: None };
    answers.push(("subset", engine.subset(&request).await.map(|points| points.len() as f64)));
    let request = AnomalyRequest { dataset: dataset.clone(), climatology: dataset.clone(), variable: None, area, period };
    answers.push(("anomaly", engine.anomaly(&request).await.map(|series| series.count.sum())));
    let line = Correlation::Regression { of: Regression::Slope, resolution: 0.5 };
    for (name, kind) in [("correlation", Correlation::Cells), ("regression", line)] {
        let area = BoundingBox::new(-0.5, -0.5, 1.5, 1.5).unwrap();
        let request = CorrelationRequest { datasets: [dataset.clone(), dataset.clone()], area, period, kind };
        answers.push((name, engine.correlation(&request).await.map(|map| map.count.sum())));
    }
    let request = MatchupRequest {
        primary: dataset.clone(),
        secondary: dataset.clone(),
        parameter: None,
        area,
        period,
        radius: 0.0,
        tolerance: 0,
        platforms: "1".into(),
        depths: None,
        once: false,
        distance_first: true,
    };
    answers.push(("matchup", engine.matchup(&request).await.map(|pairs| pairs.len() as f64)));
    answers
}

#[tokio::test]
async fn nothing_but_missing_values_is_no_data_whatever_is_asked() {
    let dir = folder();
    let mut made = counting(3, 2, 2);
    made.values.fill(f32::NAN);
    made.write(dir.path());
    for (question, answer) in every_question(dir.path()).await {
        assert!(matches!(answer, Err(Error::NoData { .. })), "{question}: {answer:?}");
    }
}

#[tokio::test]
async fn a_time_that_is_there_twice_counts_twice_whatever_is_asked() {
    let dir = folder();
    let mut made = counting(4, 2, 2);
    made.time = vec![172_800, 0, 0, 86_400];
    made.write(dir.path());
    for (question, answer) in every_question(dir.path()).await {
        let expected = match question {
            // Each of the two pairs with one of the other dataset's.
            "correlation" => 16.0,
            "regression" => 4.0 * 16.0,
            // Each of the two with both.
            "matchup" => 24.0,
            _ => 16.0,
        };
        assert_eq!(answer.unwrap(), expected, "{question}");
    }
}

#[tokio::test]
async fn a_broken_chunk_fails_every_question_that_needs_it() {
    let dir = folder();
    counting(4, 2, 2).write(dir.path());
    std::fs::write(dir.path().join("v/c.1.0.0"), "not a chunk").unwrap();
    for (question, answer) in every_question(dir.path()).await {
        let error = answer.unwrap_err();
        assert!(matches!(&error, Error::Broken { .. }) && error.to_string().contains("v/c.1.0.0"), "{question}: {error}");
    }
}

#[tokio::test]
async fn chunks_of_another_type_than_the_metadata_state_are_named() {
    let dir = folder();
    counting(2, 2, 2).write(dir.path());
    let metadata = dir.path().join("v/zarr.json");
    let stated = std::fs::read_to_string(&metadata).unwrap();
    assert!(stated.contains("float32"));
    std::fs::write(&metadata, stated.replace("float32", "float64")).unwrap();
    let error = failure(dir.path()).await;
    assert!(error.starts_with("A cannot be read: v: chunk v/c.0.0.0 "), "{error}");
    std::fs::write(&metadata, stated.replace("float32", "complex64")).unwrap();
    assert!(failure(dir.path()).await.starts_with("A cannot be read: "));
}

#[tokio::test]
async fn a_grid_without_standard_deviations_has_none_to_give() {
    let dir = folder();
    counting(2, 2, 2).write(dir.path());
    let request = DeviationRequest { dataset: "A".into(), longitude: 0.0, latitude: 0.0, when: Climatic::Day(1), all_in_tile: true };
    let error = engine(dir.path()).deviation(&request).await.unwrap_err().to_string();
    assert!(error.starts_with("A keeps no standard deviations"), "{error}");
}
