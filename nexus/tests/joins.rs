//! Questions that take several requests: boxes across the antimeridian, and climatologies year by year.

mod support;

use sdap::Axis;
use sdap_nexus::request::{
    AnomalyRequest, Correlation, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Nexus};
use support::{Asked, Fake, Reply, area, period};

const TWO_SIDES: &str = "the box crosses the antimeridian: it was asked for in two parts, which are joined";

fn pacific() -> sdap::BoundingBox {
    area(170.0, -5.0, -170.0, 5.0)
}

fn may() -> sdap::Period {
    period("2010-05-01T00:00:00Z", "2010-05-31T23:59:59Z")
}

/// 1 May 2010.
const DAY: i64 = 1_272_672_000;

fn is_west(asked: &Asked) -> bool {
    let west =
        if asked.get("b").is_empty() { asked.get("minLon").to_owned() } else { asked.get("b").split(',').next().unwrap().to_owned() };
    match west.as_str() {
        "170" => true,
        "-180" => false,
        other => panic!("nobody asked for a box from {other}"),
    }
}

fn map(statistic: Statistic) -> MapRequest {
    MapRequest { elevation: None, dataset: "A".into(), variable: None, statistic, area: pacific(), period: may() }
}

fn series() -> SeriesRequest {
    SeriesRequest {
        elevation: None,
        datasets: vec!["A".into()],
        variable: None,
        area: pacific(),
        period: may(),
        filters: SeriesFilters::default(),
    }
}

fn cells(name: &str, lons: &[f64], value: f64, count: f64) -> String {
    let cell = |lat: f64, lon: &f64| format!(r#"{{"{name}": {}, "cnt": {count}, "lat": {lat}, "lon": {lon}}}"#, value + lat);
    let row = |lat: f64| format!("[{}]", lons.iter().map(|lon| cell(lat, lon)).collect::<Vec<_>>().join(","));
    format!(r#"{{"meta": {{"shortName": "A"}}, "data": [{}, {}], "stats": {{}}}}"#, row(-2.5), row(2.5))
}

#[tokio::test]
async fn a_map_goes_on_eastwards_beyond_the_antimeridian() {
    let fake = Fake::start(|asked| {
        Reply::json(if is_west(asked) { cells("mean", &[172.5, 177.5], 10.0, 3.0) } else { cells("mean", &[-177.5], 20.0, 4.0) })
    })
    .await;
    let grid = fake.client().map(&map(Statistic::Mean)).await.unwrap();
    assert_eq!(grid.lon.to_vec(), [172.5, 177.5, 182.5]);
    assert_eq!(grid.values.as_slice().unwrap(), [7.5, 7.5, 17.5, 12.5, 12.5, 22.5]);
    assert_eq!(grid.count.as_slice().unwrap(), [3.0, 3.0, 4.0, 3.0, 3.0, 4.0]);
    assert_eq!(grid.origin.notes, [TWO_SIDES]);
    let mut boxes: Vec<String> = fake.asked().iter().map(|a| a.get("b").to_owned()).collect();
    boxes.sort();
    assert_eq!(boxes, ["-180,-5,-170,5", "170,-5,180,5"]);
    assert!(grid.origin.request.contains("b=170,-5,180,5"), "the first part stands for the question");
    assert_eq!(grid.area().west(), 170.0);
}

#[tokio::test]
async fn a_side_without_data_is_left_out_and_two_are_no_data() {
    let east_only = |asked: &Asked| {
        if is_west(asked) {
            Reply::error(400, "No data found for selected timeframe")
        } else {
            Reply::json(cells("mean", &[-177.5], 20.0, 4.0))
        }
    };
    let grid = Fake::start(east_only).await.client().map(&map(Statistic::Mean)).await.unwrap();
    assert_eq!(grid.lon.to_vec(), [182.5]);
    let none = Fake::always(Reply::error(400, "No data found for selected timeframe")).await;
    assert!(matches!(none.client().map(&map(Statistic::Mean)).await.unwrap_err(), Error::NoData { .. }));
}

#[tokio::test]
async fn a_side_that_fails_fails_the_whole() {
    let fake =
        Fake::start(|asked| if is_west(asked) { Reply::json(cells("mean", &[172.5], 1.0, 1.0)) } else { Reply::error(500, "broken") });
    let error = fake.await.client().map(&map(Statistic::Mean)).await.unwrap_err();
    assert!(error.to_string().ends_with("answered 500: broken"), "{error}");
}

#[tokio::test]
async fn variances_are_trusted_by_the_count_of_both_sides() {
    let fake = Fake::start(|asked| {
        Reply::json(cells("variance", &[if is_west(asked) { 172.5 } else { -177.5 }], 3.0, if is_west(asked) { 9.0 } else { 10.0 }))
    });
    let grid = fake.await.client().map(&map(Statistic::Variance)).await.unwrap();
    assert_eq!(format!("{:?}", grid.values.as_slice().unwrap()), "[NaN, 0.5, NaN, 5.5]");
}

#[tokio::test]
async fn a_correlation_is_asked_by_corners_on_both_sides() {
    let fake = Fake::start(|asked| {
        // A little beyond 1, as sums in single precision come out.
        let sent = cells("r", &[if is_west(asked) { 172.5 } else { -177.5 }], 0.0, 3.0);
        Reply::json(sent.replace("\"r\": 2.5", "\"r\": 1.00001").replace("\"r\": -2.5", "\"r\": -1.00001"))
    })
    .await;
    let request = CorrelationRequest { datasets: ["A".into(), "B".into()], kind: Correlation::default(), area: pacific(), period: may() };
    let grid = fake.client().correlation(&request).await.unwrap();
    assert_eq!((grid.lon.to_vec(), grid.values.as_slice().unwrap().to_vec()), (vec![172.5, 182.5], vec![-1.0, -1.0, 1.0, 1.0]));
}

#[tokio::test]
async fn a_series_is_weighted_by_counts_and_says_how_far_off_that_may_be() {
    let fake = Fake::start(|asked| {
        let (mean, count, min) = if is_west(asked) { (10.0, 30, 1.0) } else { (20.0, 10, 2.0) };
        Reply::json(format!(
            r#"{{"meta": [{{"shortName": "A"}}], "data": [[{{"time": {DAY}, "mean": {mean}, "cnt": {count}, "std": 1.0, "min": {min}, "max": 30, "ds": 0}}]]}}"#
        ))
    })
    .await;
    let group = fake.client().series(&series()).await.unwrap();
    let joined = &group.series[0];
    assert_eq!((joined.mean[0], joined.count[0], joined.minimum[0], joined.maximum[0]), (12.5, 40.0, 1.0, 30.0));
    // 30 (1 + 2.5²) + 10 (1 + 7.5²) over 40.
    assert!((joined.standard_deviation[0] - 19.75f64.sqrt()).abs() < 1e-12);
    assert_eq!(
        joined.origin.notes,
        [TWO_SIDES, "the two parts were weighted by their cell counts: exact without gaps; with gaps a mean may be off by up to 7.16e-3"]
    );
}

#[tokio::test]
async fn filters_cannot_be_joined_and_what_to_ask_instead_is_said() {
    let fake = Fake::always(Reply::json("{}")).await;
    let request = SeriesRequest { filters: SeriesFilters { low_pass: true, ..SeriesFilters::default() }, ..series() };
    let error = fake.client().series(&request).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "a low-pass or seasonal filter cannot be joined across the antimeridian; ask for 170,-5,180,5 or -180,-5,-170,5 alone, or without the filter"
    );
    assert!(fake.asked().is_empty());
}

#[tokio::test]
async fn differences_are_weighted_by_the_counts_of_the_dataset() {
    let fake = Fake::start(|asked| {
        let (mean, count) = if is_west(asked) { (1.0, 30) } else { (3.0, 10) };
        Reply::json(match asked.path.as_str() {
            "/timeSeriesSpark" => {
                let noon = DAY + 43_200;
                format!(r#"{{"data": [[{{"time": {noon}, "mean": 5, "cnt": {count}, "ds": 0}}]]}}"#)
            }
            _ => format!(r#"{{"meta": {{"units": "K"}}, "data": [[{{"time": {DAY}, "mean": {mean}, "std": 0.0, "ds": 0}}]]}}"#),
        })
    })
    .await;
    let request = AnomalyRequest { dataset: "A".into(), climatology: "A_CLIM".into(), variable: None, area: pacific(), period: may() };
    let series = fake.client().anomaly(&request).await.unwrap();
    assert_eq!((series.mean[0], series.standard_deviation[0]), (1.5, 0.75f64.sqrt()));
    assert!(series.count[0].is_nan() && series.units == "K");
    assert!(series.origin.request.contains("/dailydifferenceaverage_spark?"), "{}", series.origin.request);
    assert_eq!(series.origin.notes.len(), 2);
}

#[tokio::test]
async fn differences_are_not_asked_where_the_dataset_has_nothing() {
    let fake = Fake::start(|asked| match (asked.path.as_str(), is_west(asked)) {
        ("/timeSeriesSpark", false) => Reply::error(400, "No data found for selected timeframe"),
        ("/timeSeriesSpark", true) => Reply::json(format!(r#"{{"data": [[{{"time": {DAY}, "mean": 5, "cnt": 7, "ds": 0}}]]}}"#)),
        (_, true) => Reply::json(format!(r#"{{"data": [[{{"time": {DAY}, "mean": 0.1, "std": 0.2, "ds": 0}}]]}}"#)),
        (_, false) => Reply::error(500, "An unknown error occurred while computing average differences"),
    });
    let request = AnomalyRequest { dataset: "A".into(), climatology: "A_CLIM".into(), variable: None, area: pacific(), period: may() };
    let series = fake.await.client().anomaly(&request).await.unwrap();
    assert_eq!((series.mean[0], series.standard_deviation[0], series.origin.notes), (0.1, 0.2, vec![TWO_SIDES.to_owned()]));
}

#[tokio::test]
async fn a_diagram_by_latitude_is_pooled_and_one_by_longitude_goes_on() {
    let fake = Fake::start(|asked| {
        let (lon, mean, count) = if is_west(asked) { (175.0, 10.0, 3) } else { (-175.0, 20.0, 1) };
        let (list, name, at) = if asked.path.starts_with("/lat") { ("lats", "latitude", 0.5) } else { ("lons", "longitude", lon) };
        Reply::json(format!(
            r#"{{"meta": {{}}, "data": [{{"time": {DAY}, "{list}": [{{"{name}": {at}, "cnt": {count}, "mean": {mean}, "std": 0.0, "min": {mean}, "max": {mean}}}]}}]}}"#
        ))
    })
    .await;
    let request = |axis| HovmollerRequest {
        elevation: None,
        normalize_dates: false,
        dataset: "A".into(),
        variable: None,
        axis,
        area: pacific(),
        period: may(),
    };
    let by_latitude = fake.client().hovmoller(&request(Axis::Latitude)).await.unwrap();
    assert_eq!((by_latitude.mean[[0, 0]], by_latitude.count[[0, 0]], by_latitude.maximum[[0, 0]]), (12.5, 4.0, 20.0));
    let by_longitude = fake.client().hovmoller(&request(Axis::Longitude)).await.unwrap();
    assert_eq!((by_longitude.coordinate.to_vec(), by_longitude.mean.as_slice().unwrap().to_vec()), (vec![175.0, 185.0], vec![10.0, 20.0]));
}

#[tokio::test]
async fn points_of_both_sides_are_sorted_as_one() {
    let fake = Fake::start(|asked| {
        let (lon, time, name) = if is_west(asked) { (175.0, DAY + 9, "u") } else { (-175.0, DAY, "v") };
        Reply::json(format!(r#"[{{"latitude": 1, "longitude": {lon}, "time": {time}, "data": {{"variables": [{{"{name}": 4.5}}]}}}}]"#))
    });
    let request =
        SubsetRequest { elevation: None, dataset: "A".into(), variable: None, area: Some(pacific()), filters: vec![], period: may() };
    let points = fake.await.client().subset(&request).await.unwrap();
    assert_eq!(points.lon.to_vec(), [-175.0, 175.0]);
    let told: Vec<String> = points.variables.iter().map(|v| format!("{} {}", v.name, v.values)).collect();
    assert_eq!(told, ["u [NaN, 4.5]", "v [4.5, NaN]"]);
}

fn march(start: &str, end: &str) -> MapRequest {
    MapRequest { area: area(-149.0, -2.0, -147.0, 0.0), period: period(start, end), ..map(Statistic::Climatology { month: 3 }) }
}

fn one_cell(value: f64, count: u32) -> Reply {
    Reply::json(format!(
        r#"{{"meta": {{"shortName": "A"}}, "data": [[{{"avg": {value}, "cnt": {count}, "lat": -1.75, "lon": -148.75}}]], "stats": {{}}}}"#
    ))
}

#[tokio::test]
async fn a_climatology_is_asked_one_year_at_a_time_and_combined_by_count() {
    let fake = Fake::start(|asked| {
        assert_eq!((asked.get("startYear"), asked.get("month")), (asked.get("endYear"), "3"));
        match asked.get("startYear") {
            "2008" => one_cell(10.0, 1),
            "2009" => Reply::error(500, "tuple index out of range"),
            "2010" => one_cell(0.0, 0),
            "2011" => Reply::error(400, "No data found for selected timeframe"),
            _ => one_cell(20.0, 3),
        }
    })
    .await;
    let grid = fake.client().map(&march("2008-01-01T00:00:00Z", "2012-12-31T23:59:59Z")).await.unwrap();
    assert_eq!((grid.values[[0, 0]], grid.count[[0, 0]], grid.statistic.as_str()), (17.5, 4.0, "climatology"));
    assert_eq!(grid.origin.notes, ["asked one year at a time, 2008 to 2012 (2 with data), and combined by count"]);
    assert_eq!(fake.asked().len(), 5);
    assert!(grid.origin.request.contains("startYear=2008"));
}

#[tokio::test]
async fn a_month_that_the_period_cuts_is_asked_for_as_the_mean_of_what_lies_within() {
    let fake = Fake::start(|asked| if asked.path == "/timeAvgMapSpark" { one_cell(30.0, 1) } else { one_cell(10.0, 1) }).await;
    let grid = fake.client().map(&march("2008-03-10T00:00:00Z", "2009-12-31T23:59:59Z")).await.unwrap();
    assert_eq!(grid.values[[0, 0]], 20.0);
    let mut asked: Vec<String> = fake.asked().iter().map(|a| format!("{} {}{}", a.path, a.get("startTime"), a.get("startYear"))).collect();
    asked.sort();
    assert_eq!(asked, ["/climMapSpark 2009", "/timeAvgMapSpark 2008-03-10T00:00:00Z"]);
}

#[tokio::test]
async fn a_climatology_without_any_data_or_month_is_no_data() {
    let fake = Fake::always(Reply::error(500, "tuple index out of range")).await;
    let error = fake.client().map(&march("2008-01-01T00:00:00Z", "2009-12-31T23:59:59Z")).await.unwrap_err();
    assert!(matches!(error, Error::NoData { .. }), "{error}");
    let error = fake.client().map(&march("2008-05-01T00:00:00Z", "2008-12-31T23:59:59Z")).await.unwrap_err();
    assert_eq!(error.to_string(), "no data: month 3 does not lie in 2008-05-01/2008-12-31");
    let request = MapRequest { statistic: Statistic::Climatology { month: 13 }, ..march("2008-01-01T00:00:00Z", "2008-12-31T23:59:59Z") };
    assert!(matches!(fake.client().map(&request).await.unwrap_err(), Error::Invalid(_)));
}
