//! How the axes of a dataset are told, where files do not lay them out as most do.

#[allow(dead_code, reason = "other tests make other files of it")]
#[path = "made/classic.rs"]
mod classic;
#[path = "made/files.rs"]
mod files;
#[allow(dead_code, reason = "other tests make other grids of it")]
mod made;

use classic::{Held, Said};
use made::{array, group, line};
use sdap::{BoundingBox, Period, Points};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::SubsetRequest;
use sdap_nexus::{Dataset, Nexus};
use serde_json::{Value, json};
use std::path::Path;

const LAT: [f64; 2] = [10.0, 20.0];
const LON: [f64; 3] = [-30.0, -20.0, -10.0];

fn engine(path: &Path) -> Engine {
    let engine = Engine::with_catalogue(Catalogue::default());
    engine.catalogue().add(path, "A").unwrap();
    engine
}

async fn card(path: &Path) -> Dataset {
    engine(path).datasets().await.unwrap().remove(0)
}

async fn everything(path: &Path, variable: Option<&str>) -> Points {
    let period = Period::new("0001-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let (dataset, variable, area) = ("A".to_owned(), variable.map(str::to_owned), Some(BoundingBox::WORLD));
    engine(path).subset(&SubsetRequest { dataset, variable, area, filters: vec![], period, elevation: None }).await.unwrap()
}

/// A group with a map `v` of 2 x 3 cells, and whatever else is put into it.
fn map(path: &Path, said: &Value) -> std::sync::Arc<zarrs::filesystem::FilesystemStore> {
    let store = group(path, said);
    line(&store, "lat", "float64", &LAT, &json!({"units": "degrees_north"}));
    line(&store, "lon", "float64", &LON, &json!({"units": "degrees_east"}));
    array(&store, "v", "float64", &[2, 3], &[1, 3], &["lat", "lon"], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &json!({}));
    store
}

fn seconds(points: &Points) -> Vec<i64> {
    let mut all = points.time.seconds().to_vec();
    all.dedup();
    all
}

#[tokio::test]
async fn a_map_stands_at_the_start_of_the_period_that_it_states() {
    let dir = tempfile::tempdir().unwrap();
    map(dir.path(), &json!({"time_coverage_start": "2020-01-01T00:25:09.000Z", "time_coverage_end": "2020-01-02T02:40:08.000Z"}));
    let points = everything(dir.path(), None).await;
    assert_eq!((seconds(&points), points.variables[0].values.to_vec()), (vec![1_577_838_309], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
}

#[tokio::test]
async fn a_map_stands_at_its_lone_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = map(dir.path(), &json!({"time_coverage_start": "1999-01-01"}));
    array(&store, "when", "int64", &[], &[], &[], &[10_i64], &json!({"units": "days since 2020-01-01"}));
    assert_eq!(seconds(&everything(dir.path(), None).await), [1_578_700_800], "which says more than the period");
}

#[tokio::test]
async fn what_states_no_time_holds_at_all_times() {
    let dir = tempfile::tempdir().unwrap();
    map(dir.path(), &json!({}));
    assert_eq!(seconds(&everything(dir.path(), None).await), [0]);
    assert_eq!(card(dir.path()).await.attributes["time"], "none is stated; 1970-01-01 stands for all times");
}

#[tokio::test]
async fn values_at_times_that_are_not_told_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = map(dir.path(), &json!({}));
    array(&store, "w", "float64", &[4, 2, 3], &[1, 2, 3], &["time", "lat", "lon"], &[0.0; 24], &json!({}));
    let trouble = card(dir.path()).await.trouble.unwrap();
    assert!(trouble.contains("it has no time coordinate"), "{trouble}");
}

#[tokio::test]
async fn maps_in_a_folder_are_joined_along_the_times_that_they_state() {
    let dir = tempfile::tempdir().unwrap();
    for (nth, day) in ["2020-01-03", "2020-01-01", "2020-01-02"].into_iter().enumerate() {
        let variables = [
            ("chl", vec!["lat", "lon"], vec![], Held::F64((0..6).map(|n| f64::from(n) + 10.0 * nth as f64).collect())),
            ("lat", vec!["lat"], vec![("units", Said::Text("degrees_north"))], Held::F64(LAT.to_vec())),
            ("lon", vec!["lon"], vec![("units", Said::Text("degrees_east"))], Held::F64(LON.to_vec())),
        ];
        let said = [("time_coverage_start", Said::Text(day))];
        classic::write_saying(&dir.path().join(format!("{nth}.nc")), &said, &[("lat", 2), ("lon", 3)], &variables);
    }
    let points = everything(dir.path(), None).await;
    assert_eq!(seconds(&points), [1_577_836_800, 1_577_923_200, 1_578_009_600]);
    let firsts: Vec<f64> = points.variables[0].values.iter().step_by(6).copied().collect();
    assert_eq!(firsts, [10.0, 20.0, 0.0]);
}

#[tokio::test]
async fn the_series_of_one_place_has_that_place() {
    let dir = tempfile::tempdir().unwrap();
    let store = group(dir.path(), &json!({}));
    line(&store, "time", "int64", &[0_i64, 86_400], &json!({"units": "seconds since 1970-01-01"}));
    array(&store, "latitude", "float64", &[], &[], &[], &[36.5], &json!({}));
    array(&store, "longitude", "float64", &[], &[], &[], &[237.5], &json!({}));
    line(&store, "depth", "float64", &[0.0], &json!({"units": "m"}));
    array(&store, "sst", "float64", &[2], &[2], &["time"], &[14.0, 15.0], &json!({}));
    let points = everything(dir.path(), None).await;
    assert_eq!((points.lat.to_vec(), points.lon.to_vec()), (vec![36.5; 2], vec![-122.5; 2]));
    assert_eq!(points.variables[0].values.to_vec(), [14.0, 15.0]);
}

/// A grid whose coordinates have a value for each cell.
fn by_cell(path: &Path, lat: &[f64; 6], lon: &[f64; 6]) {
    let store = group(path, &json!({}));
    line(&store, "time", "int64", &[0_i64], &json!({"units": "seconds since 1970-01-01"}));
    for (name, degrees, units) in [("nav_lat", lat, "degrees_north"), ("nav_lon", lon, "degrees_east")] {
        array(&store, name, "float64", &[2, 3], &[1, 2], &["y", "x"], degrees, &json!({"units": units}));
    }
    array(&store, "v", "float64", &[1, 2, 3], &[1, 2, 3], &["time", "y", "x"], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &json!({}));
}

#[tokio::test]
async fn coordinates_of_each_cell_are_read_where_rows_and_columns_are_straight() {
    let dir = tempfile::tempdir().unwrap();
    by_cell(dir.path(), &[10.0, 10.0, 10.0, 20.0, 20.0, 20.0], &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    let points = everything(dir.path(), None).await;
    assert_eq!((points.lat.to_vec(), points.lon.to_vec()), (vec![10.0, 10.0, 10.0, 20.0, 20.0, 20.0], vec![1.0, 2.0, 3.0, 1.0, 2.0, 3.0]));
    let bent = tempfile::tempdir().unwrap();
    by_cell(bent.path(), &[10.0, 10.5, 11.0, 20.0, 20.5, 21.0], &[1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    let trouble = card(bent.path()).await.trouble.unwrap();
    assert!(trouble.contains("nav_lat [y, x] has one value for each cell"), "{trouble}");
}

#[tokio::test]
async fn a_column_that_is_there_twice_counts_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = group(dir.path(), &json!({}));
    line(&store, "time", "int64", &[0_i64], &json!({"units": "seconds since 1970-01-01"}));
    line(&store, "lat", "float64", &[0.0], &json!({}));
    line(&store, "lon", "float64", &[20.0, 200.0, 380.0], &json!({}));
    array(&store, "v", "float64", &[1, 1, 3], &[1, 1, 3], &["time", "lat", "lon"], &[1.0, 2.0, 1.0], &json!({}));
    let points = everything(dir.path(), None).await;
    assert_eq!((points.lon.to_vec(), points.variables[0].values.to_vec()), (vec![-160.0, 20.0], vec![2.0, 1.0]));
}

#[tokio::test]
async fn axes_without_a_name_or_unit_of_their_own_are_told_by_letter_and_axis() {
    let dir = tempfile::tempdir().unwrap();
    let store = group(dir.path(), &json!({}));
    line(&store, "x", "float64", &LON, &json!({"units": "degrees", "long_name": "Longitude"}));
    line(&store, "y", "float64", &LAT, &json!({"units": "degrees", "long_name": "Latitude"}));
    array(&store, "z", "float64", &[2, 3], &[2, 3], &["y", "x"], &[-1.0, -2.0, -3.0, -4.0, -5.0, -6.0], &json!({}));
    assert_eq!(everything(dir.path(), Some("z")).await.variables[0].values.to_vec(), [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]);
    let metres = tempfile::tempdir().unwrap();
    let store = group(metres.path(), &json!({}));
    line(&store, "x", "float64", &LON, &json!({"units": "m", "axis": "X"}));
    line(&store, "y", "float64", &LAT, &json!({"units": "m", "axis": "Y"}));
    array(&store, "z", "float64", &[2, 3], &[2, 3], &["y", "x"], &[0.0; 6], &json!({}));
    assert!(card(metres.path()).await.trouble.unwrap().contains("it has no latitude coordinate"), "metres of a projection are no degrees");
}

#[tokio::test]
async fn what_tells_of_other_values_comes_behind_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = map(dir.path(), &json!({"time_coverage_start": "2020-01-01"}));
    for (name, said) in [
        ("a_nobs", json!({})),
        ("b", json!({"flag_meanings": "land sea"})),
        ("c", json!({"standard_name": "sea_surface_temperature standard_error"})),
        ("d", json!({})),
        ("w", json!({"ancillary_variables": "d e"})),
    ] {
        array(&store, name, "float64", &[2, 3], &[2, 3], &["lat", "lon"], &[0.0; 6], &said);
    }
    let names: Vec<String> = card(dir.path()).await.variables.into_iter().map(|v| v.name).collect();
    assert_eq!(names, ["v", "w", "a_nobs", "b", "c", "d"]);
}

#[tokio::test]
async fn a_variable_in_a_group_is_known_by_its_own_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = files::unpacked(dir.path(), "groups.nc");
    assert_eq!(everything(&path, Some("v")).await.variables[0].values, everything(&path, Some("deep/v")).await.variables[0].values);
}
