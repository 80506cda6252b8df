//! The demo catalogue against answers that were computed independently of this engine, every entry.

mod made;

use sdap::{BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::Nexus;
use sdap_nexus::request::{AnomalyRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest};
use serde_json::Value;

/// Half a unit of the sixth digit, to which the reference is rounded, and a little for the rounding of either side.
const SIX_DIGITS: f64 = 6e-7;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference_values.json")).unwrap()
}

fn area(entry: &Value) -> BoundingBox {
    let edge = |n: usize| entry["bbox"][n].as_f64().unwrap();
    BoundingBox::new(edge(0), edge(1), edge(2), edge(3)).unwrap()
}

fn period(start: &str, end: &str) -> Period {
    Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

fn near(found: f64, expected: &Value, tolerance: f64, what: &str) {
    let expected = expected.as_f64().unwrap();
    assert!((found - expected).abs() <= tolerance, "{what}: {found} instead of {expected}");
}

async fn check_series(name: &str, variable: Option<&str>, period: Period) {
    let reference = &reference()[name];
    let request = SeriesRequest {
        elevation: None,
        datasets: vec![reference["ds"].as_str().unwrap().into()],
        variable: variable.map(str::to_owned),
        area: area(reference),
        period,
        filters: SeriesFilters::default(),
    };
    let group = Engine::demo().series(&request).await.unwrap();
    let (series, expected) = (&group.series[0], reference["values"].as_array().unwrap());
    assert_eq!(series.len(), expected.len());
    for (at, expected) in expected.iter().enumerate() {
        assert_eq!(series.time.seconds()[at], expected["time"].as_i64().unwrap());
        assert_eq!(series.count[at], expected["cnt"].as_f64().unwrap());
        near(series.mean[at], &expected["mean"], SIX_DIGITS, "mean");
        near(series.standard_deviation[at], &expected["std"], SIX_DIGITS, "std");
        near(series.minimum[at], &expected["min"], SIX_DIGITS, "min");
        near(series.maximum[at], &expected["max"], SIX_DIGITS, "max");
    }
}

#[tokio::test]
async fn sea_surface_temperature_of_nino_34() {
    check_series("timeseries_nino34_ostia", None, period("2006-01-01T00:00:00Z", "2010-12-31T23:59:59Z")).await;
}

#[tokio::test]
async fn precipitation_of_los_angeles_county() {
    check_series("timeseries_la_county_precip_1998", None, period("1997-12-31T00:00:00Z", "1998-12-31T23:59:59Z")).await;
}

#[tokio::test]
async fn zonal_wind_of_the_west_pacific() {
    let years = period("1982-01-01T00:00:00Z", "1983-12-31T00:00:00Z");
    check_series("timeseries_west_pacific_uwnd_1982_1983", Some("uwnd"), years).await;
}

#[tokio::test]
async fn difference_from_the_climatology_of_nino_34() {
    let reference = &reference()["difference_nino34_ostia"];
    let request = AnomalyRequest {
        dataset: reference["ds"].as_str().unwrap().into(),
        climatology: reference["climatology"].as_str().unwrap().into(),
        variable: None,
        area: area(reference),
        period: period("2006-01-01T00:00:00Z", "2010-12-31T23:59:59Z"),
    };
    let series = Engine::demo().anomaly(&request).await.unwrap();
    let expected = reference["values"].as_array().unwrap();
    assert_eq!(series.len(), expected.len());
    for (at, expected) in expected.iter().enumerate() {
        assert_eq!(series.time.seconds()[at], expected["time"].as_i64().unwrap());
        assert_eq!(series.count[at], expected["cnt"].as_f64().unwrap());
        near(series.mean[at], &expected["mean"], SIX_DIGITS, "mean");
        near(series.standard_deviation[at], &expected["std"], SIX_DIGITS, "std");
    }
}

#[tokio::test]
async fn time_average_map_of_nino_34() {
    let reference = &reference()["timeavgmap_nino34_ostia_2009_06_to_2010_04"];
    let request = MapRequest {
        elevation: None,
        dataset: "OSTIA_SST_MONTHLY_TROPICS".into(),
        variable: None,
        statistic: Statistic::Mean,
        area: area(reference),
        period: period("2009-06-01T00:00:00Z", "2010-04-30T00:00:00Z"),
    };
    let map = Engine::demo().map(&request).await.unwrap();
    let (rows, columns) = map.values.dim();
    assert_eq!(reference["shape"], serde_json::json!([rows, columns]));
    assert!(map.count.iter().all(|n| *n == reference["months"].as_f64().unwrap()));
    let (low, high) = map.range().unwrap();
    near(low, &reference["min"], SIX_DIGITS, "min");
    near(high, &reference["max"], SIX_DIGITS, "max");
    near(map.values.mean().unwrap(), &reference["mean"], SIX_DIGITS, "mean");
    for (corner, row, column) in [("sw", 0, 0), ("se", 0, columns - 1), ("nw", rows - 1, 0), ("ne", rows - 1, columns - 1)] {
        near(map.values[[row, column]], &reference[format!("corner_{corner}")], SIX_DIGITS, corner);
    }
    for (lat, expected) in map.lat.iter().zip(reference["lats"].as_array().unwrap()) {
        near(*lat, expected, SIX_DIGITS, "latitude");
    }
    near(map.lon[0], &reference["lons_first_last"][0], SIX_DIGITS, "first longitude");
    near(map.lon[columns - 1], &reference["lons_first_last"][1], SIX_DIGITS, "last longitude");
}

#[tokio::test]
async fn ten_rivers_by_metadata_filter() {
    let reference = &reference()["ten_rivers_average_2017"];
    let ids: Vec<String> = reference["rivids"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let engine = Engine::demo();
    let mut average = vec![0.0; reference["days"].as_u64().unwrap() as usize];
    for id in &ids {
        let request = SubsetRequest {
            elevation: None,
            dataset: reference["ds"].as_str().unwrap().into(),
            variable: None,
            area: None,
            filters: vec![format!("rivid_i:{id}")],
            period: period("2017-01-01T00:00:00Z", "2017-12-31T23:59:59Z"),
        };
        let points = engine.subset(&request).await.unwrap();
        let discharge = &points.variables[0].values;
        assert_eq!(discharge.len(), average.len());
        assert!(points.keys["rivid"].iter().all(|key| key == id));
        near(discharge.mean().unwrap(), &reference["each_mean"][id], 6e-5, id);
        average.iter_mut().zip(discharge).for_each(|(sum, value)| *sum += value / ids.len() as f64);
    }
    for (day, expected) in reference["first_5"].as_array().unwrap().iter().enumerate() {
        near(average[day], expected, 6e-5, "first days");
    }
    near(average.iter().sum::<f64>() / average.len() as f64, &reference["mean"], 6e-5, "mean");
    let (peak_day, peak) = average.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    near(peak, &reference["peak"], 6e-5, "peak");
    let date = chrono::NaiveDate::from_yo_opt(2017, peak_day as u32 + 1).unwrap();
    assert_eq!(date.to_string(), reference["peak_day"].as_str().unwrap());
}

#[test]
fn no_entry_of_the_reference_is_forgotten() {
    let reference = reference();
    let entries: Vec<&str> = reference.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        entries,
        [
            "note",
            "timeseries_nino34_ostia",
            "difference_nino34_ostia",
            "timeavgmap_nino34_ostia_2009_06_to_2010_04",
            "timeseries_la_county_precip_1998",
            "timeseries_west_pacific_uwnd_1982_1983",
            "ten_rivers_average_2017",
        ]
    );
}

/// Two tiles of 4 × 4 cells side by side, of 10 + row + 0.01 · column in the tile, one cell of which is missing; each day is warmer by
/// `daily`.
fn tiles(daily: f32, change: fn(f32) -> f32) -> made::Made {
    let values = (0..15 * 32_u16).map(|nth| {
        let (day, row, column) = (f32::from(nth / 32), f32::from(nth / 8 % 4), nth % 8);
        let missing = nth / 8 % 4 == 0 && column == 4;
        if missing { f32::NAN } else { change(10.0 + row + 0.01 * f32::from(column % 4) + daily * day) }
    });
    made::Made {
        time: (0..15).map(|day| 1_357_041_600 + day * 86_400).collect(),
        lat: (0..4_u8).map(|row| 40.125 + 0.25 * f32::from(row)).collect(),
        lon: (0..8_u8).map(|column| -149.875 + 0.25 * f32::from(column)).collect(),
        values: values.collect(),
        chunks: [1, 4, 4],
    }
}

#[tokio::test]
async fn the_numbers_of_two_small_tiles_are_those_of_a_server() {
    let (folder, catalogue) = (tempfile::tempdir().unwrap(), Catalogue::default());
    let sets: [(&str, made::Made); 4] =
        [("A", tiles(0.0, |x| x)), ("X", tiles(0.1, |x| x)), ("Y", tiles(0.1, |x| 0.5 * x + 1.0)), ("TEN", tiles(0.0, |_| 10.0))];
    for (name, made) in sets {
        made.write(&folder.path().join(name));
        catalogue.add(folder.path().join(name), name).unwrap();
    }
    let engine = Engine::with_catalogue(catalogue);
    let (area, period) = (BoundingBox::new(-150.0, 40.0, -148.0, 41.0).unwrap(), period("2013-01-01T00:00:00Z", "2013-01-15T23:59:59Z"));
    let series = async |names: &[&str]| {
        let datasets = names.iter().map(ToString::to_string).collect();
        let request = SeriesRequest { elevation: None, datasets, variable: None, area, period, filters: SeriesFilters::default() };
        engine.series(&request).await.unwrap()
    };
    let group = series(&["A"]).await;
    let of_a = &group.series[0];
    assert_eq!(of_a.count[0], 31.0);
    for (found, expected) in
        [(of_a.mean[0], 11.559_343), (of_a.standard_deviation[0], 1.101_827), (of_a.minimum[0], 10.0), (of_a.maximum[0], 13.03)]
    {
        assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
    }
    let line = series(&["X", "Y"]).await.regression.unwrap();
    assert!((line.slope - 0.5).abs() < 1e-5 && (line.intercept - 1.0).abs() < 1e-4 && line.r > 0.999_999, "{line:?}");
    let request = AnomalyRequest { dataset: "A".into(), climatology: "TEN".into(), variable: None, area, period };
    let difference = engine.anomaly(&request).await.unwrap();
    assert!((difference.mean[0] - 1.563_871).abs() < 1e-6, "{}", difference.mean[0]);
    // The server merges the two tiles' variances to 1.083426; the differences spread as the values do.
    assert!((difference.standard_deviation[0] - 1.101_827).abs() < 1e-6, "{}", difference.standard_deviation[0]);
}
