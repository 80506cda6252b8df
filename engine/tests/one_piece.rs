//! Arrays that NetCDF files keep in one piece: a box is read without what lies around it.

#[path = "made/files.rs"]
mod files;

use sdap::{Axis, BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::Nexus;
use sdap_nexus::request::{HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest};

/// The value at a time, and at a place that is given in degrees.
fn value(day: usize, lat: f64, lon: f64) -> f64 {
    1000.0 * day as f64 + 2.0 * (50.0 - lat) * 4.0 + ((lon + 130.0) * 10.0 / 100.0 + 1e-6).floor()
}

fn engine(folder: &std::path::Path) -> Engine {
    let engine = Engine::with_catalogue(Catalogue::default());
    for name in ["wide3", "wide4"] {
        engine.catalogue().add(files::unpacked(folder, &format!("{name}.nc")), name).unwrap();
    }
    engine
}

fn days() -> Period {
    Period::new("2001-01-01T00:00:00Z".parse().unwrap(), "2001-01-03T00:00:00Z".parse().unwrap()).unwrap()
}

fn series(dataset: &str, area: BoundingBox) -> SeriesRequest {
    let filters = SeriesFilters::default();
    SeriesRequest { datasets: vec![dataset.into()], variable: None, area, period: days(), filters, elevation: None }
}

#[tokio::test]
async fn every_part_has_the_numbers_of_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path());
    // Single cells, boxes within and across the stretches that are read at once, rows and columns, in an order that has parts kept.
    let boxes = [
        (10.0, 10.0, 10.0, 10.0),
        (-20.0, -10.0, -10.0, 10.0),
        (-20.0, -10.0, 20.0, 49.0),
        (-130.0, 5.0, 129.9, 5.5),
        (-129.95, -50.0, -129.85, 50.0),
        (9.0, 9.0, 11.0, 11.0),
    ];
    for dataset in ["wide3", "wide4"] {
        for (west, south, east, north) in boxes {
            let area = BoundingBox::new(west, south, east, north).unwrap();
            let request = SubsetRequest {
                dataset: dataset.into(),
                variable: None,
                area: Some(area),
                filters: vec![],
                period: days(),
                elevation: None,
            };
            let found = engine.subset(&request).await.unwrap();
            assert!(!found.is_empty());
            for (at, number) in found.variables[0].values.iter().enumerate() {
                let day = at / (found.len() / 3);
                assert_eq!(*number, value(day, found.lat[at], found.lon[at]), "{dataset} {area}");
            }
            // As large as the cells are.
            let weigh = |at: usize| (found.lat[at].to_radians().cos(), found.variables[0].values[at]);
            let day = (0..found.len() / 3).map(weigh).fold((0.0, 0.0), |(all, sum), (weight, value)| (all + weight, sum + weight * value));
            let mean = day.1 / day.0;
            let found = engine.series(&series(dataset, area)).await.unwrap().series.remove(0);
            assert!((0..3).all(|day| (found.mean[day] - mean - 1000.0 * day as f64).abs() < 1e-9), "{dataset} {area}: {:?}", found.mean);
        }
    }
}

/// How many bytes the process has read so far.
#[cfg(target_os = "linux")]
fn bytes_read() -> u64 {
    let counts = std::fs::read_to_string("/proc/self/io").unwrap();
    counts.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

/// In a process of its own, which reads nothing else meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn a_small_box_costs_a_few_bytes_more_than_its_cells() {
    const ALONE: &str = "SDAP_ALONE";
    if std::env::var_os(ALONE).is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(count());
        return;
    }
    let name = "a_small_box_costs_a_few_bytes_more_than_its_cells";
    let alone = std::process::Command::new(std::env::current_exe().unwrap()).args([name, "--exact"]).env(ALONE, "1").output().unwrap();
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stdout));
}

#[cfg(target_os = "linux")]
async fn count() {
    let dir = tempfile::tempdir().unwrap();
    let engine = engine(dir.path());
    // 41 rows of 101 cells on 3 days; the rows are 5.2 kB long, the planes 2 MB.
    let area = BoundingBox::new(-5.0, -5.0, 5.0, 5.0).unwrap();
    let cells = 3 * 41 * 101 * 2;
    for dataset in ["wide3", "wide4"] {
        // The coordinates are read when the dataset is opened.
        engine.series(&series(dataset, BoundingBox::new(0.0, 0.0, 0.0, 0.0).unwrap())).await.unwrap();
        let before = bytes_read();
        engine.series(&series(dataset, area)).await.unwrap();
        let read = bytes_read() - before;
        assert!((cells..cells + 4096).contains(&read), "{dataset}: {read} bytes for {cells} of cells");

        let before = bytes_read();
        let period = days();
        let (variable, elevation) = (None, None);
        let map = MapRequest { dataset: dataset.into(), variable, statistic: Statistic::Mean, area, period, elevation };
        engine.map(&map).await.unwrap();
        let (dataset, variable, axis) = (dataset.to_owned(), None, Axis::Latitude);
        engine.hovmoller(&HovmollerRequest { dataset, variable, axis, area, period, normalize_dates: false, elevation }).await.unwrap();
        assert!(bytes_read() - before < 4096, "the part is kept");
    }
}
