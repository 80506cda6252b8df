//! What servers get wrong, or know only since some release, and what becomes of it. The table in the documentation of the crate names
//! the test of each.

mod support;

use sdap::{Axis, Grid, TableColumn};
use sdap_nexus::request::{
    Climatic, Correlation, CorrelationRequest, DeviationRequest, Elevation, HovmollerRequest, MapRequest, Regression, SeriesFilters,
    SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Auth, Error, Nexus, Secret};
use support::{Fake, Reply, area, period};

fn january() -> sdap::Period {
    period("2013-01-10T00:00:00Z", "2013-02-28T23:59:59Z")
}

fn series(datasets: &[&str], filters: SeriesFilters) -> SeriesRequest {
    SeriesRequest {
        datasets: datasets.iter().map(|d| (*d).to_owned()).collect(),
        variable: None,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: january(),
        filters,
        elevation: None,
    }
}

fn mean_map(elevation: Option<Elevation>) -> MapRequest {
    let area = area(-150.0, 40.0, -148.0, 41.0);
    MapRequest { dataset: "A".into(), variable: None, statistic: Statistic::Mean, area, period: january(), elevation }
}

fn regression(of: Regression, west: f64, east: f64) -> CorrelationRequest {
    let kind = Correlation::Regression { of, resolution: 0.75 };
    CorrelationRequest { datasets: ["A".into(), "B".into()], area: area(west, 40.0, east, 41.0), period: january(), kind }
}

/// 2013-01-01, 2013-01-10, 2013-01-20 and 2013-02-01.
const DAYS: [i64; 4] = [1_356_998_400, 1_357_776_000, 1_358_640_000, 1_359_676_800];

fn rows(times: &[i64], datasets: usize) -> String {
    let row = |(n, time): (usize, &i64)| {
        let of = |ds: usize| {
            format!(r#"{{"time": {time}, "mean": {}, "cnt": 2, "std": 0, "min": {n}, "max": {n}, "ds": {ds}}}"#, (n + 1) * (ds + 1))
        };
        format!("[{}]", (0..datasets).map(of).collect::<Vec<_>>().join(","))
    };
    format!(r#"{{"data": [{}], "stats": {{}}}}"#, times.iter().enumerate().map(row).collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn moved_dates_are_kept_though_they_lie_before_the_start_and_fall_together() {
    // As a server since 2021 sends them: 10 and 20 January both as the 1st.
    let fake = Fake::always(Reply::json(rows(&[DAYS[0], DAYS[0], DAYS[3]], 1))).await;
    let filters = SeriesFilters { normalize_dates: true, ..SeriesFilters::default() };
    let group = fake.client().series(&series(&["A"], filters)).await.unwrap();
    assert_eq!(group.series[0].time.seconds(), [DAYS[0], DAYS[3]]);
    assert_eq!((group.series[0].mean.to_vec(), group.series[0].count.to_vec()), (vec![1.5, 3.0], vec![4.0, 2.0]));
    assert_eq!(group.origin.notes, ["times of one month fell together, and were joined by their cell counts"]);
    assert_eq!(fake.asked()[0].get("normalizeDates"), "true");
    let as_they_are = fake.client().series(&series(&["A"], SeriesFilters::default())).await.unwrap();
    assert_eq!(as_they_are.series[0].time.seconds(), [DAYS[3]], "unless dates are moved, times outside the period are none");
}

#[tokio::test]
async fn a_server_that_moves_no_dates_has_them_moved_here() {
    let fake = Fake::always(Reply::json(rows(&[DAYS[1], DAYS[2], DAYS[3], DAYS[3] + 86_400], 2))).await;
    let filters = SeriesFilters { normalize_dates: true, ..SeriesFilters::default() };
    let group = fake.client().series(&series(&["A", "B"], filters)).await.unwrap();
    assert_eq!(group.series[1].time.seconds(), [DAYS[0], DAYS[3]]);
    assert_eq!(group.series[1].mean.to_vec(), [3.0, 7.0]);
    assert_eq!(group.regression.unwrap().slope, 2.0, "the line is that of the months");
    assert!(group.origin.notes.contains(&"the regression was computed here, from the joined means".to_owned()));
}

#[tokio::test]
async fn a_diagram_has_each_moved_date_once() {
    let line = |time: i64, mean: f64| {
        format!(r#"{{"time": {time}, "lats": [{{"latitude": 40.5, "cnt": 1, "mean": {mean}, "std": 0, "min": {mean}, "max": {mean}}}]}}"#)
    };
    let body = format!(r#"{{"data": [{}, {}]}}"#, line(DAYS[0], 1.0), line(DAYS[0], 2.0));
    let request = HovmollerRequest {
        dataset: "A".into(),
        variable: None,
        axis: Axis::Latitude,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: january(),
        normalize_dates: true,
        elevation: None,
    };
    let diagram = Fake::always(Reply::json(body)).await.client().hovmoller(&request).await.unwrap();
    assert_eq!((diagram.time.seconds(), diagram.mean[[0, 0]], diagram.maximum[[0, 0]]), (&DAYS[..1], 1.5, 2.0));
}

#[tokio::test]
async fn low_pass_and_seasonal_filters_are_always_sent_for_their_defaults_differ() {
    let fake = Fake::always(Reply::json(rows(&[DAYS[1]], 1))).await;
    fake.client().series(&series(&["A"], SeriesFilters::default())).await.unwrap();
    assert_eq!((fake.asked()[0].get("lowPassFilter"), fake.asked()[0].get("seasonalFilter")), ("false", "false"));
    let short = SeriesFilters { low_pass: true, ..SeriesFilters::default() };
    let group = fake.client().series(&series(&["A"], short)).await.unwrap();
    assert_eq!(group.origin.notes, ["the server smooths no series of 10 times or fewer"]);
}

#[tokio::test]
async fn an_elevation_of_zero_is_sent_so_that_the_server_sees_it() {
    let fake = Fake::always(Reply::json(r#"{"data": [[{"mean": 1.5, "cnt": 1, "lat": 40.5, "lon": -149.5}]]}"#)).await;
    let grid = fake.client().map(&mean_map(Some(Elevation { lowest: 0.0, highest: 10.0 }))).await.unwrap();
    assert_eq!((fake.asked()[0].get("minElevation"), fake.asked()[0].get("maxElevation")), ("-0.000000001", "10"));
    assert_eq!(
        grid.origin.notes,
        ["nothing confirms that elevations from 0 to 10 m were taken: releases before 1.4 and Zarr datasets of servers ignore them"]
    );
}

#[tokio::test]
async fn samples_at_other_elevations_are_left_out_where_they_say_how_high_they_are() {
    let point = |elevation: &str| {
        format!(
            r#"{{"latitude": 40.5, "longitude": -149.5, "time": {}, "elevation": {elevation}, "data": {{"variables": [{{"t": 1.5}}]}}}}"#,
            DAYS[1]
        )
    };
    let body = |elevations: &[&str]| format!("[{}]", elevations.iter().map(|e| point(e)).collect::<Vec<_>>().join(","));
    let request = |lowest, highest| SubsetRequest {
        dataset: "A".into(),
        variable: None,
        area: Some(area(-150.0, 40.0, -148.0, 41.0)),
        filters: vec![],
        period: january(),
        elevation: Some(Elevation { lowest, highest }),
    };
    let levels = Fake::always(Reply::json(body(&["-100", "-5.0", "0"]))).await;
    let points = levels.client().subset(&request(-10.0, 0.0)).await.unwrap();
    assert_eq!((points.elevation.unwrap().to_vec(), points.origin.notes.len()), (vec![-5.0, 0.0], 0));
    let error = levels.client().subset(&request(5.0, 6.0)).await.unwrap_err();
    assert_eq!(error.to_string(), "no data: no sample of A lies at elevations from 5 to 6 m");
    let flat = Fake::always(Reply::json(body(&["NaN"]))).await;
    assert_eq!(flat.client().subset(&request(-10.0, 0.0)).await.unwrap().origin.notes.len(), 1);
}

fn regression_cells(lons: &[f64]) -> String {
    let cell = |lon: &f64| {
        format!(
            r#"{{"cnt": 3, "slope": 0.5, "intercept": "NaN", "r": 1.0000001, "p": "inf", "stderr": 0.25, "lat": 40, "lon": {lon}}},
               {{"cnt": 0, "slope": 0, "intercept": 0, "r": 0, "p": 0, "stderr": 0, "lat": 40, "lon": {}}}"#,
            lon + 0.75
        )
    };
    format!(r#"{{"stats": {{}}, "meta": [null, null], "data": [[{}]]}}"#, lons.iter().map(cell).collect::<Vec<_>>().join(","))
}

#[tokio::test]
async fn a_regression_map_has_no_value_without_matches_or_where_the_server_writes_words() {
    let fake = Fake::always(Reply::json(regression_cells(&[-150.0]))).await;
    let server = fake.client();
    let told = async |of| {
        let grid: Grid = server.correlation(&regression(of, -150.0, -148.0)).await.unwrap();
        format!("{} {:?}", grid.statistic, grid.values.as_slice().unwrap())
    };
    assert_eq!(told(Regression::Slope).await, "slope [0.5, NaN]");
    assert_eq!(told(Regression::Correlation).await, "correlation [1.0, NaN]");
    assert_eq!(told(Regression::StandardError).await, "standard error [0.25, NaN]");
    for of in [Regression::Intercept, Regression::PValue] {
        let error = server.correlation(&regression(of, -150.0, -148.0)).await.unwrap_err();
        assert!(matches!(error, Error::NoData { .. }), "{error}");
    }
    let asked = &fake.asked()[0];
    assert_eq!(
        (asked.path.as_str(), asked.get("res"), asked.get("minLon"), asked.get("startTime")),
        ("/correlationMap", "0.75", "-150", "1357776000")
    );
}

#[tokio::test]
async fn a_regression_map_across_the_antimeridian_keeps_its_steps() {
    let fake = Fake::start(|asked| Reply::json(regression_cells(&[asked.get("minLon").parse().unwrap()]))).await;
    let grid = fake.client().correlation(&regression(Regression::Slope, 179.0, -178.0)).await.unwrap();
    assert_eq!(grid.lon.to_vec(), [179.0, 179.75, 180.5, 181.25]);
    let mut wests: Vec<String> = fake.asked().iter().map(|a| a.get("minLon").to_owned()).collect();
    wests.sort();
    assert_eq!(wests, ["-179.5", "179"]);
}

#[tokio::test]
async fn a_map_whose_tiles_lie_upside_down_is_warned_of() {
    let body = |row_of: fn(usize) -> usize| {
        let cell = |row: usize, column: usize| {
            let value = 20.0 - 0.1 * row_of(row) as f64 + 0.01 * ((row * 7 + column * 3) % 5) as f64;
            format!(r#"{{"mean": {value}, "cnt": 9, "lat": {}, "lon": {}}}"#, 40.0 + row as f64 / 4.0, -150.0 + column as f64 / 4.0)
        };
        let line = |row: usize| format!("[{}]", (0..8).map(|column| cell(row, column)).collect::<Vec<_>>().join(","));
        Reply::json(format!(r#"{{"data": [{}]}}"#, (0..24).map(line).collect::<Vec<_>>().join(",")))
    };
    let whole = MapRequest { area: area(-150.0, 40.0, -148.0, 46.0), ..mean_map(None) };
    let sound = Fake::always(body(|row| row)).await.client().map(&whole).await.unwrap();
    assert_eq!(sound.origin.notes, [] as [&str; 0]);
    let turned = Fake::always(body(|row| row / 8 * 8 + 7 - row % 8)).await.client().map(&whole).await.unwrap();
    assert_eq!(
        turned.origin.notes,
        [
            "this map jumps every 8 rows as if its tiles lay upside down, which NEXUS does to datasets whose latitudes descend; compare it with a subset of one time"
        ]
    );
}

#[tokio::test]
async fn a_series_across_the_antimeridian_has_its_line() {
    let fake = Fake::always(Reply::json(rows(&DAYS[1..], 2))).await;
    let crossing = SeriesRequest { area: area(170.0, -1.0, -170.0, 1.0), ..series(&["A", "B"], SeriesFilters::default()) };
    let group = fake.client().series(&crossing).await.unwrap();
    assert_eq!(group.regression.unwrap().slope, 2.0);
}

#[tokio::test]
async fn a_climatology_knows_its_spread_at_a_place() {
    let body = r#"{"meta": {"ds": "A_CLIM", "longitude": "-149.5"}, "data": [
        {"longitude": -149.5, "latitude": 40.5, "standard_deviation": 0.5}, {"longitude": -149.25, "latitude": 40.5, "standard_deviation": null}], "stats": {}}"#;
    let fake = Fake::always(Reply::json(body)).await;
    let request =
        DeviationRequest { dataset: "A_CLIM".into(), longitude: -149.5, latitude: 40.5, when: Climatic::Day(15), all_in_tile: true };
    let table = fake.client().deviation(&request).await.unwrap();
    let Some(TableColumn::Numbers(spread)) = table.column("standard deviation") else { panic!("{table:?}") };
    assert_eq!(format!("{spread}"), "[0.5, NaN]");
    assert_eq!((table.len(), fake.asked()[0].get("day"), fake.asked()[0].get("allInTile")), (2, "15", "true"));
    let nothing = Fake::always(Reply::json(r#"{"meta": {}, "data": [], "stats": {}}"#)).await;
    let error = nothing.client().deviation(&request).await.unwrap_err().to_string();
    assert_eq!(error, "no data: A_CLIM keeps no standard deviation at latitude 40.5, longitude -149.5 on day 15 of the year or before it");
}

#[tokio::test]
async fn a_remote_collection_is_followed_under_its_own_name_without_the_login() {
    let far = Fake::always(Reply::json(rows(&[DAYS[1]], 1))).await;
    let location = format!("{}/timeSeriesSpark?ds=NEAR&b=-150%2C40%2C-148%2C41", far.url);
    let near = Fake::start(move |asked| match asked.path.as_str() {
        "/list" => Reply::json(r#"[{"shortName": "FAR", "remoteUrl": "https://far.example.org", "remoteShortName": "NEAR"}]"#),
        _ => Reply::redirect(301, &location),
    })
    .await;
    let server = near.client().with_auth(Auth::Header { name: "Cookie".into(), value: Secret::new("s=1") }).unwrap();
    assert_eq!(server.datasets().await.unwrap()[0].remote.as_deref(), Some("https://far.example.org (NEAR)"));
    let group = server.series(&series(&["FAR"], SeriesFilters::default())).await.unwrap();
    assert_eq!((group.names(), far.asked()[0].get("ds")), (vec!["FAR"], "NEAR"));
    assert_eq!((near.asked()[1].header("cookie"), far.asked()[0].header("cookie")), (Some("s=1"), None));
    assert!(group.origin.request.starts_with(&near.url), "the origin is the server that was asked");
}
