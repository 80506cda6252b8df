//! Regressions on a grid that is laid over two others, against the plainest computation there is.

mod made;

use made::Made;
use proptest::prelude::*;
use sdap::{BoundingBox, Grid, Period};
use sdap_engine::{Catalogue, Engine, Limits, regression};
use sdap_nexus::request::{Correlation, CorrelationRequest, Regression};
use sdap_nexus::{Error, Nexus};

const DAY: i64 = 86_400;
const ALL: [Regression; 5] =
    [Regression::Slope, Regression::Intercept, Regression::Correlation, Regression::PValue, Regression::StandardError];

fn request(area: BoundingBox, of: Regression, resolution: f64) -> CorrelationRequest {
    let period = Period::new("1960-01-01T00:00:00Z".parse().unwrap(), "2000-01-01T00:00:00Z".parse().unwrap()).unwrap();
    CorrelationRequest { datasets: ["A".into(), "B".into()], area, period, kind: Correlation::Regression { of, resolution } }
}

/// An engine with both grids, and the folder that they are in.
fn engine(a: &Made, b: &Made) -> (Engine, tempfile::TempDir) {
    let (folder, catalogue) = (tempfile::tempdir().unwrap(), Catalogue::default());
    for (name, made) in [("A", a), ("B", b)] {
        made.write(&folder.path().join(name));
        catalogue.add(folder.path().join(name), name).unwrap();
    }
    (Engine::with_catalogue(catalogue), folder)
}

/// The value of the nearest cell, if the place lies in it.
fn value(made: &Made, step: f64, time: usize, lat: f64, lon: f64) -> Option<f64> {
    let nearest = |places: &[f32], wanted: f64| {
        let apart = |at: &usize| (f64::from(places[*at]) - wanted).abs();
        let at = (0..places.len()).min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        let half = if places.len() == 1 { 0.5 } else { step / 2.0 };
        (apart(&at) <= half + 1e-6).then_some(at)
    };
    let (row, column) = (nearest(&made.lat, lat)?, nearest(&made.lon, lon)?);
    let value = made.values[(time * made.lat.len() + row) * made.lon.len() + column];
    (!value.is_nan()).then_some(f64::from(value))
}

/// A grid of so many times, rows and columns from a corner on, with random values of which some are missing.
fn grid(step: f64) -> impl Strategy<Value = Made> {
    let shape = (3..7_usize, 1..5_usize, 1..6_usize, -8..8_i32, -8..8_i32, 0..3_i64);
    (shape, prop::collection::vec(0..20_u8, 120)).prop_map(move |((times, rows, columns, y, x, first), values)| {
        let line = |start: i32, count: usize| (0..count).map(move |n| (f64::from(start) / 4.0 + n as f64 * step) as f32);
        Made {
            time: (first..first + times as i64).map(|day| day * DAY).collect(),
            lat: line(y, rows).collect(),
            lon: line(x, columns).collect(),
            values: values[..times * rows * columns].iter().map(|v| if *v < 2 { f32::NAN } else { f32::from(*v) }).collect(),
            chunks: [2, 2, 2],
        }
    })
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?} {:?} {:?}", self.time, self.lat, self.lon, self.values)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn a_regression_is_that_of_the_nearest_values_at_shared_times(a in grid(1.0), b in grid(0.75), quarter in 1..7_u8, corner in (-12..6_i32, -12..6_i32)) {
        // Places that never lie halfway between two cells.
        let (south, west) = (f64::from(corner.0) / 4.0 + 0.07, f64::from(corner.1) / 4.0 + 0.03);
        let (area, resolution) = (BoundingBox::new(west, south, west + 4.0, south + 3.0).unwrap(), f64::from(quarter) / 4.0);
        let (engine, _folder) = engine(&a, &b);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let maps: Vec<Result<Grid, Error>> = ALL.iter().map(|of| runtime.block_on(engine.correlation(&request(area, *of, resolution)))).collect();
        let pairs = |lat: f64, lon: f64| {
            let both = a.time.iter().enumerate().filter_map(|(time, second)| {
                let other = b.time.iter().position(|s| s == second)?;
                Some((value(&a, 1.0, time, lat, lon)?, value(&b, 0.75, other, lat, lon)?))
            });
            both.unzip::<f64, f64, Vec<_>, Vec<_>>()
        };
        let places = |extent: f64| (0..(extent / resolution - 1e-9).ceil() as usize).map(move |n| n as f64 * resolution);
        let mut any = false;
        for (row, y) in places(3.0).enumerate() {
            for (column, x) in places(4.0).enumerate() {
                let (first, second) = pairs(south + y, west + x);
                any |= !first.is_empty();
                let line = if first.len() > 2 { regression(&first, &second) } else { None };
                for (of, map) in ALL.iter().zip(&maps) {
                    let Ok(map) = map else { continue };
                    prop_assert!((map.lat[row] - south - y).abs() < 1e-9 && (map.lon[column] - west - x).abs() < 1e-9);
                    prop_assert_eq!(map.count[[row, column]], first.len() as f64);
                    let found = map.values[[row, column]];
                    match &line {
                        None => prop_assert!(found.is_nan(), "{found} of {first:?}"),
                        Some(line) => {
                            let expected = match of {
                                Regression::Slope => line.slope,
                                Regression::Intercept => line.intercept,
                                Regression::Correlation => line.r,
                                Regression::PValue => line.p,
                                Regression::StandardError => line.error,
                            };
                            // Where all but rounding is explained, p and the error are rounding.
                            prop_assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{of:?}: {found} instead of {expected}");
                        }
                    }
                }
            }
        }
        prop_assert!(any || maps.iter().all(Result::is_err));
        if let Some(Err(error)) = maps.first() {
            prop_assert!(!any && matches!(error, Error::NoData { .. }), "{error}");
        }
    }
}

/// Two grids of 0.25° cells, the second half the first and 1 more.
fn halved() -> (Made, Made) {
    let made = |values: Vec<f32>| Made {
        time: (0..15).map(|day| day * DAY).collect(),
        lat: vec![40.125, 40.375],
        lon: vec![179.875, -179.875],
        values,
        chunks: [4, 2, 2],
    };
    let first: Vec<f32> = (0..60_u8).map(|n| 10.0 + f32::from(n % 4) + f32::from(n / 4 * 7 % 5) / 10.0).collect();
    (made(first.clone()), made(first.iter().map(|x| 0.5 * x + 1.0).collect()))
}

#[tokio::test]
async fn half_and_one_more_has_slope_one_half_and_intercept_one() {
    let (a, b) = halved();
    let (engine, _folder) = engine(&a, &b);
    let across = BoundingBox::new(179.75, 40.0, -179.75, 40.5).unwrap();
    for (of, expected) in ALL.into_iter().zip([0.5, 1.0, 1.0, 0.0, 0.0]) {
        let map = engine.correlation(&request(across, of, 0.25)).await.unwrap();
        assert_eq!((map.lat.to_vec(), map.lon.to_vec()), (vec![40.0, 40.25], vec![179.75, 180.0]), "beyond the antimeridian it goes on");
        assert!(map.count.iter().all(|n| *n == 15.0));
        assert!(map.values.iter().all(|v| (v - expected).abs() < 1e-4), "{of:?}: {:?}", map.values);
    }
    let slope = engine.correlation(&request(across, Regression::Slope, 0.25)).await.unwrap();
    assert_eq!((slope.dataset.as_str(), slope.statistic.as_str(), slope.variable.as_str()), ("A,B", "slope", "regression of v on v"));
}

#[tokio::test]
async fn a_grid_that_cannot_be_laid_is_refused() {
    let (a, b) = halved();
    let (engine, _folder) = engine(&a, &b);
    let ask = async |resolution: f64| {
        let area = BoundingBox::new(-180.0, 0.0, 180.0, 80.0).unwrap();
        engine.correlation(&request(area, Regression::Slope, resolution)).await.unwrap_err().to_string()
    };
    assert_eq!(ask(0.0).await, "the resolution is 0 degrees; a number above 0 was expected");
    assert_eq!(ask(f64::NAN).await, "the resolution is NaN degrees; a number above 0 was expected");
    assert!(ask(1e-9).await.contains("more than the limit"));
    let small = engine.clone().with_limits(Limits { points: 1, cells: 3 });
    let area = BoundingBox::new(179.0, 40.0, 180.0, 41.0).unwrap();
    assert!(
        small
            .correlation(&request(area, Regression::Slope, 0.5))
            .await
            .unwrap_err()
            .to_string()
            .contains("4 cells, more than the limit of 3")
    );
    let none = BoundingBox::new(170.0, 40.0, 170.0, 40.0).unwrap();
    assert!(engine.correlation(&request(none, Regression::Slope, 1.0)).await.unwrap_err().to_string().contains("has no extent"));
}
