//! Standard deviations that a climatology keeps beside its means.

#[allow(dead_code, reason = "other tests make grids of it")]
#[allow(dead_code, reason = "other tests make grids of it")]
mod made;

use made::{array, group, line};
use sdap::{BoundingBox, Period, Table, TableColumn};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{Climatic, DeviationRequest, SubsetRequest};
use sdap_nexus::{Error, Nexus};
use serde_json::{Value, json};
use std::path::Path;

/// Three days of a year, 2 × 4 cells, in chunks of one day and 2 × 3 cells. The second variable counts up; one cell is missing.
fn write(path: &Path, name: &str, attributes: &Value) {
    let store = group(path, &json!({}));
    line(&store, "time", "int64", &[10_i64, 100, 300], &json!({"units": "days since 1970-01-01"}));
    line(&store, "lat", "float32", &[1.0_f32, 0.0], &json!({"units": "degrees_north"}));
    line(&store, "lon", "float32", &[178.0_f32, 179.0, 180.0, 181.0], &json!({"units": "degrees_east"}));
    let dimensions = ["time", "lat", "lon"];
    array(&store, "mean", "float32", &[3, 2, 4], &[1, 2, 3], &dimensions, &[20.0_f32; 24], &json!({"units": "K"}));
    let spreads: Vec<f32> = (0..24_u8).map(|n| if n == 9 { f32::NAN } else { f32::from(n) }).collect();
    array(&store, name, "float32", &[3, 2, 4], &[1, 2, 3], &dimensions, &spreads, attributes);
}

fn kelvin() -> Value {
    json!({"units": "K"})
}

async fn ask(path: &Path, when: Climatic, latitude: f64, longitude: f64, all_in_tile: bool) -> Result<Table, Error> {
    let catalogue = Catalogue::default();
    catalogue.add(path, "A").unwrap();
    let request = DeviationRequest { dataset: "A".into(), longitude, latitude, when, all_in_tile };
    Engine::with_catalogue(catalogue).deviation(&request).await
}

/// Latitude, longitude and standard deviation of each row.
fn rows(table: &Table) -> Vec<[f64; 3]> {
    let column = |name: &str| match table.column(name) {
        Some(TableColumn::Numbers(numbers)) => numbers.to_vec(),
        _ => panic!("{name} is not in {table:?}"),
    };
    let (lat, lon, value) = (column("latitude [degrees_north]"), column("longitude [degrees_east]"), column("standard deviation [K]"));
    (0..lat.len()).map(|at| [lat[at], lon[at], value[at]]).collect()
}

#[tokio::test]
async fn the_nearest_cell_of_the_last_day_that_began_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "mean_std", &kelvin());
    let at = async |when, lat, lon| rows(&ask(dir.path(), when, lat, lon, false).await.unwrap());
    // Days are counted from 1: those of the file are the 11th, the 101st and the 301st.
    assert_eq!(at(Climatic::Day(11), 0.9, 178.4).await, [[1.0, 178.0, 0.0]]);
    assert_eq!(at(Climatic::Day(100), 0.4, 179.4).await, [[0.0, 179.0, 5.0]]);
    assert_eq!(at(Climatic::Day(101), 0.4, 178.0).await, [[0.0, 178.0, 12.0]]);
    assert_eq!(at(Climatic::Day(366), 1.0, -179.0).await, [[1.0, -179.0, 19.0]], "in either convention");
    assert_eq!(at(Climatic::Day(3), 1.0, 178.0).await, [[1.0, 178.0, 16.0]], "before the first day comes the last of the year");
    let date = Climatic::Date("2011-04-11T06:00:00Z".parse().unwrap());
    assert_eq!(at(date, 1.0, 178.0).await, [[1.0, 178.0, 8.0]]);
}

#[tokio::test]
async fn all_cells_of_the_chunk_are_given_and_missing_ones_left_out() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "spread", &json!({"units": "K", "cell_methods": "time: standard_deviation"}));
    let table = ask(dir.path(), Climatic::Day(150), 0.0, 178.0, true).await.unwrap();
    assert_eq!(table.title, "Standard deviation of A on 11 April");
    let expected = [[0.0, 178.0, 12.0], [0.0, 179.0, 13.0], [0.0, 180.0, 14.0], [1.0, 178.0, 8.0], [1.0, 180.0, 10.0]];
    assert_eq!(rows(&table), expected);
    let other = ask(dir.path(), Climatic::Day(20), 0.0, -179.0, true).await.unwrap();
    assert_eq!(rows(&other), [[0.0, -179.0, 7.0], [1.0, -179.0, 3.0]]);
    let missing = ask(dir.path(), Climatic::Day(150), 1.0, 179.0, false).await.unwrap_err();
    assert!(matches!(&missing, Error::NoData { .. }), "{missing}");
}

#[tokio::test]
async fn what_cannot_be_answered_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "other", &kelvin());
    let none = ask(dir.path(), Climatic::Day(1), 0.0, 178.0, false).await.unwrap_err().to_string();
    assert!(none.starts_with("A keeps no standard deviations: ") && none.ends_with("it has mean, other"), "{none}");
    write(dir.path(), "std", &kelvin());
    let outside = ask(dir.path(), Climatic::Day(1), 50.0, 178.0, false).await.unwrap_err();
    assert!(matches!(&outside, Error::NoData { .. }), "{outside}");
    let day = ask(dir.path(), Climatic::Day(367), 0.0, 178.0, false).await.unwrap_err().to_string();
    assert_eq!(day, "367 is no day of a year; 1 to 366 were expected");
    let place = ask(dir.path(), Climatic::Day(1), 91.0, 178.0, false).await.unwrap_err().to_string();
    assert_eq!(place, "latitude 91 is outside -90 to 90");
}

#[tokio::test]
async fn the_demo_climatology_keeps_the_spread_of_its_years() {
    let engine = Engine::demo();
    let request = DeviationRequest {
        dataset: "OSTIA_SST_MONTHLY_TROPICS_CLIM".into(),
        longitude: -155.0,
        latitude: 0.1,
        when: Climatic::Day(20),
        all_in_tile: false,
    };
    let table = engine.deviation(&request).await.unwrap();
    let Some(TableColumn::Numbers(spread)) = table.column("standard deviation [degree_Celsius]") else { panic!("{table:?}") };
    let (Some(TableColumn::Numbers(lat)), Some(TableColumn::Numbers(lon))) =
        (table.column("latitude [degrees_north]"), table.column("longitude [degrees_east]"))
    else {
        panic!("{table:?}")
    };
    let mut januaries = Vec::new();
    for year in 2007..=2010 {
        let at = |date: &str| format!("{year}-{date}T00:00:00Z").parse().unwrap();
        let month = SubsetRequest {
            dataset: "OSTIA_SST_MONTHLY_TROPICS".into(),
            variable: None,
            area: Some(BoundingBox::new(lon[0] - 0.1, lat[0] - 0.1, lon[0] + 0.1, lat[0] + 0.1).unwrap()),
            filters: vec![],
            period: Period::new(at("01-01"), at("01-31")).unwrap(),
            elevation: None,
        };
        januaries.push(engine.subset(&month).await.unwrap().variables[0].values[0]);
    }
    let mean = januaries.iter().sum::<f64>() / 4.0;
    let expected = (januaries.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 4.0).sqrt();
    assert!((spread[0] - expected).abs() < 1e-3, "{} instead of {expected}", spread[0]);
}
