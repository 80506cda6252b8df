//! Grids with a vertical axis: which levels a question takes, against the plainest computation there is.

mod made;

use made::{array, group, line};
use proptest::prelude::*;
use sdap::{Axis, BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{
    Elevation, HovmollerRequest, MapRequest, MatchupRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Missing, Nexus};
use serde_json::{Value, json};
use std::path::Path;

/// Levels and values by time, level, latitude, longitude: 2 times, 2 × 2 cells at 0° and 60° N, 0° and 10° E.
fn write(path: &Path, levels: &[f64], attributes: &Value, chunk: u64, values: &[f32]) {
    let store = group(path, &json!({}));
    line(&store, "time", "int64", &[0_i64, 86_400], &json!({"units": "seconds since 1970-01-01"}));
    line(&store, "lev", "float64", levels, attributes);
    line(&store, "lat", "float64", &[0.0, 60.0], &json!({"units": "degrees_north"}));
    line(&store, "lon", "float64", &[0.0, 10.0], &json!({"units": "degrees_east"}));
    let shape = [2, levels.len() as u64, 2, 2];
    array(&store, "v", "float32", &shape, &[1, chunk, 2, 1], &["time", "lev", "lat", "lon"], values, &json!({"units": "K"}));
    let surface: Vec<f32> = (0..8_u8).map(f32::from).collect();
    array(&store, "flat", "float32", &[2, 2, 2], &[2, 2, 2], &["time", "lat", "lon"], &surface, &json!({}));
}

fn counting(levels: usize) -> Vec<f32> {
    (0..8 * levels as u16).map(f32::from).collect()
}

fn depths() -> Value {
    json!({"units": "m", "positive": "down", "axis": "Z"})
}

fn engine(path: &Path) -> Engine {
    let catalogue = Catalogue::default();
    catalogue.add(path, "A").unwrap();
    Engine::with_catalogue(catalogue)
}

fn always() -> Period {
    Period::new("1960-01-01T00:00:00Z".parse().unwrap(), "2000-01-01T00:00:00Z".parse().unwrap()).unwrap()
}

fn between(lowest: f64, highest: f64) -> Elevation {
    Elevation { lowest, highest }
}

fn subset(elevation: Option<Elevation>) -> SubsetRequest {
    SubsetRequest { dataset: "A".into(), variable: Some("v".into()), area: None, filters: vec![], period: always(), elevation }
}

async fn failure(path: &Path, elevation: Option<Elevation>) -> Error {
    engine(path).subset(&subset(elevation)).await.unwrap_err()
}

#[tokio::test]
async fn without_a_choice_the_levels_at_the_surface_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[0.0, 10.0], &depths(), 2, &counting(2));
    let points = engine(dir.path()).subset(&subset(None)).await.unwrap();
    assert_eq!(points.variables[0].values.to_vec(), [0.0, 1.0, 2.0, 3.0, 8.0, 9.0, 10.0, 11.0]);
    assert!(points.elevation.unwrap().iter().all(|metres| *metres == 0.0));
    let deep = engine(dir.path()).subset(&subset(Some(between(-10.0, -5.0)))).await.unwrap();
    assert_eq!(deep.variables[0].values.to_vec(), [4.0, 5.0, 6.0, 7.0, 12.0, 13.0, 14.0, 15.0]);
    assert!(deep.elevation.unwrap().iter().all(|metres| *metres == -10.0));
    let both = engine(dir.path()).subset(&subset(Some(between(-10.0, 0.0)))).await.unwrap();
    assert_eq!(both.elevation.unwrap().to_vec()[..4], [0.0, -10.0, 0.0, -10.0], "at one place from above");
    assert_eq!(both.variables[0].values.to_vec()[..4], [0.0, 4.0, 1.0, 5.0]);
}

#[tokio::test]
async fn levels_that_lie_elsewhere_are_named() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[5.0, 10.0, 50.0], &depths(), 1, &counting(3));
    let none = failure(dir.path(), Some(between(-40.0, -20.0))).await;
    assert!(matches!(&none, Error::NoData { missing: Missing::Area, .. }));
    assert_eq!(none.to_string(), "no data: A has no level from -40 to -20 m; its 3 levels lie from -50 to -5 m");
    let inverted = failure(dir.path(), Some(between(-5.0, -20.0))).await.to_string();
    assert_eq!(inverted, "the lowest elevation, -5 m, lies above the highest, -20 m");
}

#[tokio::test]
async fn bounds_say_how_far_a_level_reaches() {
    let dir = tempfile::tempdir().unwrap();
    let stated = json!({"units": "m", "positive": "down", "axis": "Z", "bounds": "lev_bnds"});
    write(dir.path(), &[5.0, 15.0], &stated, 1, &counting(2));
    let store = std::sync::Arc::new(zarrs::filesystem::FilesystemStore::new(dir.path()).unwrap());
    array(&store, "lev_bnds", "float64", &[2, 2], &[2, 2], &["lev", "nv"], &[0.0, 10.0, 10.0, 20.0], &json!({}));
    let points = engine(dir.path()).subset(&subset(None)).await.unwrap();
    assert!(points.elevation.unwrap().iter().all(|metres| *metres == -5.0), "the first reaches the surface");
    assert_eq!(engine(dir.path()).subset(&subset(Some(between(-10.0, -10.0)))).await.unwrap().len(), 16, "both touch -10 m");
}

#[tokio::test]
async fn a_single_level_is_taken_as_it_is_and_units_are_read() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[2.0], &json!({"units": "km", "standard_name": "altitude"}), 1, &counting(1));
    let points = engine(dir.path()).subset(&subset(None)).await.unwrap();
    assert!(points.elevation.unwrap().iter().all(|metres| *metres == 2000.0));
    assert!(matches!(failure(dir.path(), Some(between(0.0, 10.0))).await, Error::NoData { .. }));
}

#[tokio::test]
async fn where_no_level_is_at_the_surface_the_nearest_is_taken_and_told() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[50.0, 0.5, 1.5], &depths(), 1, &counting(3));
    let points = engine(dir.path()).subset(&subset(None)).await.unwrap();
    assert!(points.elevation.unwrap().iter().all(|metres| *metres == -0.5));
    assert_eq!(points.variables[0].values.to_vec()[..4], [4.0, 5.0, 6.0, 7.0]);
    assert_eq!(points.origin.notes, ["A has no level at 0 m; that at -0.5 m is taken, the nearest."]);
}

#[tokio::test]
async fn levels_in_another_unit_than_a_length_are_variables() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[1000.0, 850.0], &json!({"units": "hPa", "positive": "down"}), 1, &counting(2));
    let engine = engine(dir.path());
    let card = engine.datasets().await.unwrap().remove(0);
    let names: Vec<_> = card.variables.iter().map(|v| (v.name.as_str(), v.long_name.as_str())).collect();
    assert_eq!(names, [("flat", ""), ("v_1000hPa", "lev 1000 hPa"), ("v_850hPa", "lev 850 hPa")]);
    for (name, first) in [("v_1000hPa", 0.0), ("v_850hPa", 4.0)] {
        let points = engine.subset(&SubsetRequest { variable: Some(name.into()), ..subset(None) }).await.unwrap();
        assert_eq!(points.variables[0].values.to_vec()[..4], [first, first + 1.0, first + 2.0, first + 3.0]);
        assert_eq!(points.elevation, None);
    }
}

#[tokio::test]
async fn a_dataset_without_elevations_says_that_all_of_it_counts() {
    let dir = tempfile::tempdir().unwrap();
    made::Made { time: vec![0], lat: vec![0.0], lon: vec![0.0], values: vec![1.0], chunks: [1; 3] }.write(dir.path());
    let points = engine(dir.path()).subset(&subset(Some(between(-10.0, 0.0)))).await.unwrap();
    assert_eq!((points.elevation, points.origin.notes), (None, vec!["A has no elevations; all of it counts.".to_owned()]));
}

#[tokio::test]
async fn a_match_up_takes_the_depths_that_are_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &[0.0, 10.0, 20.0], &depths(), 2, &counting(3));
    let engine = engine(dir.path());
    let request = |depths| MatchupRequest {
        primary: "A".into(),
        secondary: "A".into(),
        parameter: Some("v".into()),
        area: BoundingBox::WORLD,
        period: always(),
        radius: 1.0,
        tolerance: 0,
        platforms: "1".into(),
        depths,
        once: false,
        distance_first: true,
    };
    let table = engine.matchup(&request(Some((5.0, 25.0)))).await.unwrap();
    let column = |name| match table.column(name) {
        Some(sdap::TableColumn::Numbers(numbers)) => numbers.to_vec(),
        _ => panic!("{name} is not in {table:?}"),
    };
    assert_eq!(column("primary v [K]")[..4], [0.0, 0.0, 1.0, 1.0]);
    assert_eq!(column("secondary v [K]")[..4], [4.0, 8.0, 5.0, 9.0]);
    assert_eq!(column("secondary elevation [m]")[..4], [-10.0, -20.0, -10.0, -20.0]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn chosen_levels_count_together(
        depths_below in prop::collection::btree_set(0..8_u8, 1..6), chunk in 1..4_u64, seed in prop::collection::vec(0..50_u8, 48),
        range in (0..9_u8, 0..9_u8),
    ) {
        let levels: Vec<f64> = depths_below.iter().map(|d| f64::from(*d) * 10.0).collect();
        let values: Vec<f32> = seed[..8 * levels.len()].iter().map(|v| if *v < 8 { f32::NAN } else { f32::from(*v) }).collect();
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &levels, &depths(), chunk, &values);
        let (a, b) = (-f64::from(range.0) * 10.0, -f64::from(range.1) * 10.0);
        let elevation = Some(between(a.min(b), a.max(b)));
        let taken: Vec<(usize, f64, f64)> = values.iter().enumerate().filter_map(|(nth, value)| {
            let (time, level, lat) = (nth / (4 * levels.len()), nth / 4 % levels.len(), if nth / 2 % 2 == 0 { 0.0_f64 } else { 60.0 });
            let inside = (a.min(b)..=a.max(b)).contains(&-levels[level]);
            (inside && !value.is_nan()).then(|| (time, lat.to_radians().cos(), f64::from(*value)))
        }).collect();
        let (engine, runtime) = (engine(dir.path()), tokio::runtime::Builder::new_current_thread().build().unwrap());
        let variable = Some("v".to_owned());
        let (area, period) = (BoundingBox::WORLD, always());
        let series = SeriesRequest { datasets: vec!["A".into()], variable: variable.clone(), area, period, filters: SeriesFilters::default(), elevation };
        let map = MapRequest { dataset: "A".into(), variable: variable.clone(), statistic: Statistic::Mean, area, period, elevation };
        let diagram = HovmollerRequest { dataset: "A".into(), variable, axis: Axis::Latitude, area, period, normalize_dates: false, elevation };
        let Ok(found) = runtime.block_on(engine.series(&series)) else {
            prop_assert!(taken.is_empty());
            return Ok(());
        };
        let found = &found.series[0];
        prop_assert_eq!(found.count.sum(), taken.len() as f64);
        for (at, time) in found.time.seconds().iter().enumerate() {
            let own = || taken.iter().filter(|t| t.0 as i64 * 86_400 == *time);
            let mean = own().map(|t| t.1 * t.2).sum::<f64>() / own().map(|t| t.1).sum::<f64>();
            prop_assert!((found.mean[at] - mean).abs() < 1e-9);
        }
        prop_assert_eq!(runtime.block_on(engine.map(&map)).unwrap().count.sum(), taken.len() as f64);
        prop_assert_eq!(runtime.block_on(engine.hovmoller(&diagram)).unwrap().count.sum(), taken.len() as f64);
        prop_assert_eq!(runtime.block_on(engine.subset(&subset(elevation))).unwrap().len(), taken.len());
    }
}
