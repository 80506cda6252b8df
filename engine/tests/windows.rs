//! Questions in windows of time, asked of the engine: the joined answer is that of the whole period.

use sdap::{Axis, BoundingBox, Grid, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::Nexus;
use sdap_nexus::request::{AnomalyRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest};
use sdap_nexus::windows::{Windowed, Windows};
use std::path::Path;

fn engine() -> Engine {
    let catalogue = Catalogue::default();
    for name in ["SST_SMALL", "SST_SMALL2", "SST_SMALL_CLIM", "SST_MONTHLY", "SST_MONTHLY_clim"] {
        catalogue.add(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/golden-data/{name}.zarr")), name).unwrap();
    }
    Engine::with_catalogue(catalogue)
}

fn period(start: &str, end: &str) -> Period {
    Period::new(format!("{start}T00:00:00Z").parse().unwrap(), format!("{end}T23:59:59Z").parse().unwrap()).unwrap()
}

fn winter() -> Period {
    period("2012-01-15", "2012-04-14")
}

fn box_of(west: f64, south: f64, east: f64, north: f64) -> BoundingBox {
    BoundingBox::new(west, south, east, north).unwrap()
}

fn windows(engine: &Engine, count: usize) -> Windowed<'_> {
    Windowed::new(engine, Windows::Count(count.try_into().unwrap()))
}

const COUNTS: [usize; 3] = [2, 7, 40];

#[tokio::test]
async fn series_and_their_line_are_those_of_the_whole() {
    let engine = engine();
    let request = SeriesRequest {
        datasets: vec!["SST_SMALL".into(), "SST_SMALL2".into()],
        variable: None,
        area: box_of(-129.0, 41.0, -126.0, 43.0),
        period: winter(),
        filters: SeriesFilters::default(),
        elevation: None,
    };
    let whole = engine.series(&request).await.unwrap();
    for count in COUNTS {
        let joined = windows(&engine, count).series(&request).await.unwrap();
        assert_eq!(joined.regression, whole.regression);
        for (a, b) in joined.series.iter().zip(&whole.series) {
            assert_eq!(
                (&a.time, &a.mean, &a.standard_deviation, &a.count, &a.minimum, &a.maximum),
                (&b.time, &b.mean, &b.standard_deviation, &b.count, &b.minimum, &b.maximum)
            );
        }
    }
}

#[tokio::test]
async fn a_seasonal_series_is_that_of_the_whole() {
    let engine = engine();
    let request = SeriesRequest {
        datasets: vec!["SST_MONTHLY".into()],
        variable: None,
        area: BoundingBox::WORLD,
        period: period("2008-01-01", "2012-12-31"),
        filters: SeriesFilters { seasonal: true, ..SeriesFilters::default() },
        elevation: None,
    };
    let whole = engine.series(&request).await.unwrap();
    let joined = windows(&engine, 9).series(&request).await.unwrap();
    assert!(!whole.series[0].extra.is_empty());
    assert_eq!((&joined.series[0].mean, &joined.series[0].extra), (&whole.series[0].mean, &whole.series[0].extra));
}

#[tokio::test]
async fn a_daily_difference_is_that_of_the_whole() {
    let engine = engine();
    let request = AnomalyRequest {
        dataset: "SST_SMALL".into(),
        climatology: "SST_SMALL_CLIM".into(),
        variable: None,
        area: box_of(-129.0, 41.0, -126.0, 43.0),
        period: winter(),
    };
    let whole = engine.anomaly(&request).await.unwrap();
    for count in COUNTS {
        let joined = windows(&engine, count).anomaly(&request).await.unwrap();
        assert_eq!((&joined.time, &joined.mean, &joined.standard_deviation), (&whole.time, &whole.mean, &whole.standard_deviation));
    }
}

fn same_map(joined: &Grid, whole: &Grid) {
    assert_eq!((&joined.lat, &joined.lon, &joined.count), (&whole.lat, &whole.lon, &whole.count));
    for (a, b) in joined.values.iter().zip(&whole.values) {
        assert!((a - b).abs() <= 1e-10 * b.abs() || a.is_nan() && b.is_nan(), "{a} {b}");
    }
    assert_eq!((&joined.statistic, &joined.units), (&whole.statistic, &whole.units));
}

#[tokio::test]
async fn maps_are_those_of_the_whole_also_where_cells_have_gaps() {
    let engine = engine();
    for statistic in [Statistic::Mean, Statistic::Variance, Statistic::Maximum, Statistic::Minimum] {
        let request = MapRequest {
            dataset: "SST_SMALL".into(),
            variable: None,
            statistic,
            area: BoundingBox::WORLD,
            period: winter(),
            elevation: None,
        };
        let whole = engine.map(&request).await.unwrap();
        for count in COUNTS {
            same_map(&windows(&engine, count).map(&request).await.unwrap(), &whole);
        }
    }
    let climatology = MapRequest {
        dataset: "SST_MONTHLY".into(),
        variable: None,
        statistic: Statistic::Climatology { month: 3 },
        area: BoundingBox::WORLD,
        period: period("2008-01-01", "2012-12-31"),
        elevation: None,
    };
    same_map(&windows(&engine, 3).map(&climatology).await.unwrap(), &engine.map(&climatology).await.unwrap());
}

#[tokio::test]
async fn samples_and_diagrams_are_those_of_the_whole() {
    let engine = engine();
    let area = box_of(-129.0, 41.0, -127.0, 42.0);
    let samples =
        SubsetRequest { dataset: "SST_SMALL".into(), variable: None, area: Some(area), filters: vec![], period: winter(), elevation: None };
    let whole = engine.subset(&samples).await.unwrap();
    let joined = windows(&engine, 5).subset(&samples).await.unwrap();
    assert_eq!((&joined.time, &joined.lat, &joined.lon, &joined.variables), (&whole.time, &whole.lat, &whole.lon, &whole.variables));
    for axis in [Axis::Latitude, Axis::Longitude] {
        let request = HovmollerRequest {
            dataset: "SST_SMALL".into(),
            variable: None,
            axis,
            area,
            period: winter(),
            normalize_dates: false,
            elevation: None,
        };
        let whole = engine.hovmoller(&request).await.unwrap();
        let joined = windows(&engine, 7).hovmoller(&request).await.unwrap();
        let told = |h: &sdap::Hovmoller| {
            format!("{:?} {:?} {:?} {:?} {:?}", h.time.seconds(), h.coordinate, h.mean, h.standard_deviation, h.count)
        };
        assert_eq!(told(&joined), told(&whole));
    }
}
