//! Servers that answer a little otherwise than any release: what can be understood is, and of the rest no number is made up.

mod support;

use sdap::Axis;
use sdap_nexus::request::{
    AnomalyRequest, Climatic, DeviationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Missing, Nexus};
use support::{Fake, Reply, area, january, series_of};

fn mean_map(west: f64, east: f64) -> MapRequest {
    let area = area(west, 40.0, east, 41.0);
    MapRequest { elevation: None, dataset: "A".into(), variable: None, statistic: Statistic::Mean, area, period: january() }
}

fn subset_of(west: f64, east: f64) -> SubsetRequest {
    let area = Some(area(west, 40.0, east, 41.0));
    SubsetRequest { elevation: None, dataset: "A".into(), variable: None, area, filters: Vec::new(), period: january() }
}

fn hovmoller(axis: Axis) -> HovmollerRequest {
    let area = area(170.0, 40.0, -170.0, 41.0);
    HovmollerRequest { axis, normalize_dates: false, elevation: None, dataset: "A".into(), variable: None, area, period: january() }
}

/// The series of the one dataset of an answer.
async fn series(body: &str) -> Result<sdap::TimeSeries, Error> {
    let group = Fake::always(Reply::json(body)).await.client().series(&series_of(&["A"])).await?;
    Ok(group.series.into_iter().next().unwrap())
}

/// Why an answer is not read, without who gave it.
fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome.unwrap_err() {
        Error::Unreadable { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_error_that_comes_as_a_success_is_told_in_the_words_of_the_server() {
    let refused = Fake::always(Reply::json(r#"{"error": "Spark is asleep", "code": 500}"#)).await.client();
    let told = |error: Error| match error {
        Error::Refused { status: 200, message, .. } => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(refused.series(&series_of(&["A"])).await.unwrap_err()), "Spark is asleep");
    assert_eq!(told(refused.map(&mean_map(-150.0, -148.0)).await.unwrap_err()), "Spark is asleep");
    assert_eq!(told(refused.subset(&subset_of(-150.0, -148.0)).await.unwrap_err()), "Spark is asleep");
    assert_eq!(told(refused.datasets().await.unwrap_err()), "Spark is asleep");
    assert_eq!(told(refused.job("00000000-0000-0000-0000-000000000000").await.unwrap_err()), "Spark is asleep");
    let nothing = series(r#"{"error": "No data found for selected timeframe", "data": []}"#).await.unwrap_err();
    assert!(matches!(nothing, Error::NoData { missing: Missing::Unknown, .. }), "{nothing:?}");
    let unknown = series(r#"{"error": "Dataset A is not currently loaded/ingested"}"#).await.unwrap_err();
    assert!(matches!(unknown, Error::UnknownDataset { .. }), "{unknown:?}");
    let fine = series(r#"{"error": null, "data": [[{"time": 1357041600, "mean": 1}]]}"#).await.unwrap();
    assert_eq!(fine.mean.to_vec(), [1.0]);
    for silent in ["null", "false", "\" \""] {
        let nothing = series(&format!("{{\"error\": {silent}, \"data\": []}}")).await.unwrap_err();
        assert!(matches!(&nothing, Error::NoData { message, .. } if message.starts_with("the answer is empty")), "{silent}: {nothing:?}");
    }
}

#[tokio::test]
async fn the_words_of_an_error_are_found_in_any_of_the_usual_fields() {
    let told = async |status, body: &str| {
        let server = Fake::always(Reply::new(status, "application/json", body)).await.client();
        server.series(&series_of(&["A"])).await.unwrap_err().to_string()
    };
    assert!(told(422, r#"{"detail": "b is no box"}"#).await.ends_with("answered 422: b is no box"));
    assert!(told(400, r#"{"error": null, "message": "no such box"}"#).await.ends_with("answered 400: no such box"));
    assert!(told(400, r#"{"error": null}"#).await.ends_with("answered 400: it gave no reason"));
    assert!(told(401, r#"{"message": "Unauthorized"}"#).await.ends_with("answered 401: Unauthorized: it wants a login"));
    assert!(told(200, r#"{"message": "Limit Exceeded"}"#).await.ends_with("answered 200: Limit Exceeded"));
    assert!(told(200, r#"{"message": "Limit Exceeded", "data": []}"#).await.starts_with("no data: "));
}

#[tokio::test]
async fn a_mark_of_utf_8_in_front_of_the_answer_means_nothing() {
    let answer = "{\"data\": [[{\"time\": 1357041600, \"mean\": 1.5}]]}";
    assert_eq!(series(&format!("\u{feff}{answer}")).await.unwrap().mean.to_vec(), [1.5]);
    assert_eq!(series(&format!("\u{feff}\r\n{answer}\r\n")).await.unwrap().mean.to_vec(), [1.5]);
    assert_eq!(reason(series("\u{feff} \n").await), "it is empty, where JSON was expected");
}

#[tokio::test]
async fn times_may_be_written_out() {
    let row = series(r#"{"data": [[{"time": "2013-01-01T12:00:00+0000", "mean": 1}]]}"#).await.unwrap();
    assert_eq!(row.time.seconds(), [1_357_041_600]);
    let body = r#"[{"latitude": 40.5, "longitude": -149, "time": "2013-01-02T12:00:00Z", "data": {"variables": [{"a": 1}]}},
        {"latitude": 40.5, "longitude": -149, "time": "2013-01-01T12:00:00Z", "data": {"variables": [{"a": 2}]}}]"#;
    let points = Fake::always(Reply::json(body)).await.client().subset(&subset_of(-150.0, -148.0)).await.unwrap();
    assert_eq!((points.time.seconds(), points.variables[0].values.to_vec()), (&[1_357_041_600, 1_357_128_000][..], vec![2.0, 1.0]));
    let microseconds = series(r#"{"data": [[{"time": 1357041600000000, "mean": 1}]]}"#).await;
    assert_eq!(reason(microseconds), "a row has the time 1357041600000000, which is none in seconds or milliseconds since 1970 at byte 47");
}

fn anomaly_of_a() -> AnomalyRequest {
    let (dataset, climatology) = ("A".into(), "C".into());
    AnomalyRequest { dataset, climatology, variable: None, area: area(-150.0, 40.0, -148.0, 41.0), period: january() }
}

#[tokio::test]
async fn what_a_server_computed_of_nothing_is_missing() {
    let body = r#"{"data": [[{"time": 1357041600, "mean": -9999.0, "min": -9999.0, "std": 0.0, "cnt": 0, "meanSeasonal": -10012.5}],
        [{"time": 1357128000, "mean": 0.0, "max": 0.0, "cnt": 0}], [{"time": 1357214400, "mean": Infinity, "max": 1e999, "cnt": 2}],
        [{"time": 1357300800, "mean": 0.0, "cnt": 7}]]}"#;
    let found = series(body).await.unwrap();
    assert_eq!(format!("{} {}", found.mean, found.count), "[NaN, NaN, NaN, 0] [0, 0, 2, 7]");
    assert_eq!(
        format!("{} {} {}", found.minimum, found.maximum, found.standard_deviation),
        "[NaN, NaN, NaN, NaN]".repeat(3).replace("][", "] [")
    );
    assert_eq!(found.extra["meanSeasonal"].iter().filter(|v| !v.is_nan()).count(), 0);
    let body = r#"{"data": [[{"time": 1356998400, "mean": -9999.0, "std": 0}], [{"time": 1357084800, "mean": -1.5, "std": 1}]]}"#;
    let anomaly = Fake::always(Reply::json(body)).await.client().anomaly(&anomaly_of_a()).await.unwrap();
    assert_eq!(format!("{}", anomaly.mean), "[NaN, -1.5]");
    let body = r#"{"data": [{"time": 1357041600, "lats": [{"latitude": 40, "cnt": 0, "mean": 0.0, "max": 0.0}, {"latitude": 41, "cnt": 2, "mean": 3}]}]}"#;
    let request = HovmollerRequest { area: area(-150.0, 40.0, -148.0, 41.0), ..hovmoller(Axis::Latitude) };
    let diagram = Fake::always(Reply::json(body)).await.client().hovmoller(&request).await.unwrap();
    assert_eq!(format!("{} {}", diagram.mean, diagram.maximum), "[[NaN, 3]] [[NaN, NaN]]");
    let body = r#"[{"latitude": 40, "longitude": -149, "time": 1357041600, "data": {"variables": [{"a": Infinity}, {"b": 2}]}}]"#;
    let points = Fake::always(Reply::json(body)).await.client().subset(&subset_of(-150.0, -148.0)).await.unwrap();
    assert!(points.variable("a").unwrap().values[0].is_nan() && points.variable("b").unwrap().values[0] == 2.0);
}

#[tokio::test]
async fn a_count_that_is_none_weighs_nothing_wrongly() {
    let counts = series(r#"{"data": [[{"time": 1356998400, "mean": 1, "cnt": -2}], [{"time": 1357084800, "mean": 2, "cnt": 1e400}]]}"#);
    let counts = counts.await.unwrap();
    assert_eq!(format!("{} {}", counts.mean, counts.count), "[1, 2] [NaN, NaN]");
    let body = r#"{"data": [[{"mean": 1, "cnt": "inf", "lat": 40, "lon": -149}, {"mean": -9999, "cnt": -1, "lat": 40, "lon": -148}]]}"#;
    let map = Fake::always(Reply::json(body)).await.client().map(&mean_map(-150.0, -148.0)).await.unwrap();
    assert_eq!(format!("{:?} {:?}", map.values.as_slice().unwrap(), map.count.as_slice().unwrap()), "[1.0, NaN] [NaN, NaN]");
    let place = DeviationRequest { dataset: "A".into(), longitude: 1.0, latitude: 2.0, when: Climatic::Day(3), all_in_tile: true };
    let body = r#"{"data": [{"longitude": 1, "latitude": 2, "standard_deviation": -9999.0}]}"#;
    let nothing = Fake::always(Reply::json(body)).await.client().deviation(&place).await.unwrap_err();
    assert!(matches!(nothing, Error::NoData { .. }), "{nothing:?}");
}

#[tokio::test]
async fn rows_without_what_was_asked_for_are_refused() {
    assert_eq!(reason(series(r#"{"data": [[{"time": 1357041600, "median": 1, "cnt": 1}]]}"#).await), "its rows hold no mean");
    let old = series(r#"{"data": [[{"time": 1357041600, "avg": 1.5, "cnt": 1}]]}"#).await.unwrap();
    assert_eq!(old.mean.to_vec(), [1.5]);
    let other = series(r#"{"data": [[{"time": 1357041600, "mean": 1, "ds": 2}]]}"#).await;
    assert_eq!(reason(other), "its rows are of 3 datasets, where 1 were asked for");
    let twice = series(r#"{"data": [[{"time": 1357041600, "mean": 1}]], "data": []}"#).await;
    assert!(reason(twice).starts_with("the object has \"data\" twice"));
    let body = r#"{"data": [[{"time": 1357041600, "mean": 1}, {"time": 1357041600, "mean": 2}]]}"#;
    let both = Fake::always(Reply::json(body)).await.client().series(&series_of(&["A", "B"])).await;
    assert!(reason(both).starts_with("its rows do not say of which dataset they are"));
}

#[tokio::test]
async fn what_says_nothing_beside_the_data_spoils_none_of_it() {
    let body = r#"{"meta": "none", "stats": {"slope": "steep"}, "data": [[{"time": 1357041600, "mean": 1, "ds": 0},
        {"time": 1357041600, "mean": 2, "ds": 1}]]}"#;
    let group = Fake::always(Reply::json(body)).await.client().series(&series_of(&["A", "B"])).await.unwrap();
    assert_eq!((group.series[0].dataset.as_str(), group.series[1].mean.to_vec(), group.regression), ("A", vec![2.0], None));
    for meta in ["[[{}]]", "[\"A\"]", "7", "{\"units\": [1]}"] {
        series(&format!("{{\"meta\": {meta}, \"stats\": [], \"data\": [[{{\"time\": 1357041600, \"mean\": 1}}]]}}")).await.unwrap();
    }
}

#[tokio::test]
async fn a_map_that_is_none_is_refused() {
    let told = async |cells: &str| {
        let fake = Fake::always(Reply::json(format!("{{\"data\": {cells}}}"))).await;
        reason(fake.client().map(&mean_map(-150.0, -148.0)).await)
    };
    let rows = r#"[[{"mean": 1, "cnt": 1, "lat": 40, "lon": -150}], [{"mean": 2, "cnt": 1, "lat": 40, "lon": -150}]]"#;
    assert_eq!(told(rows).await, "two rows of the map have the latitude 40");
    let columns = r#"[[{"mean": 1, "cnt": 1, "lat": 40, "lon": -150}, {"mean": 2, "cnt": 1, "lat": 40, "lon": -150}]]"#;
    assert_eq!(told(columns).await, "two columns of the map have the longitude -150");
    let beyond = told(r#"[[{"mean": 1, "cnt": 1, "lat": 400, "lon": -150}]]"#).await;
    assert!(beyond.starts_with("a cell lies at 400, -150"), "{beyond}");
}

#[tokio::test]
async fn the_cells_of_a_map_may_all_stand_in_one_list() {
    let cell = |lat: f64, lon: f64| format!(r#"{{"mean": {}, "cnt": 1, "lat": {lat}, "lon": {lon}}}"#, 10.0 * lat + lon);
    let told = async |cells: &[(f64, f64)]| {
        let body = format!("{{\"data\": [{}]}}", cells.iter().map(|(lat, lon)| cell(*lat, *lon)).collect::<Vec<_>>().join(","));
        Fake::always(Reply::json(body)).await.client().map(&mean_map(-150.0, -148.0)).await
    };
    let map = told(&[(41.0, -150.0), (41.0, -149.0), (40.5, -150.0), (40.5, -149.0), (40.0, -150.0), (40.0, -149.0)]).await.unwrap();
    assert_eq!((map.lat.to_vec(), map.lon.to_vec()), (vec![40.0, 40.5, 41.0], vec![-150.0, -149.0]));
    assert_eq!(map.values.as_slice().unwrap(), [250.0, 251.0, 255.0, 256.0, 260.0, 261.0]);
    for none in [&[(41.0, -150.0), (41.0, -149.0), (40.0, -150.0)][..], &[(41.0, -150.0), (41.0, -149.0), (40.0, -149.0), (40.0, -150.0)]] {
        assert!(reason(told(none).await).starts_with("the map is not a rectangle"), "{none:?}");
    }
}

#[tokio::test]
async fn places_and_counts_may_go_by_their_long_or_short_names() {
    let body = r#"{"data": [[{"mean": 1.5, "count": 0, "latitude": 40, "longitude": -150}, {"mean": 2.5, "count": 3, "latitude": 40, "longitude": -149}]]}"#;
    let map = Fake::always(Reply::json(body)).await.client().map(&mean_map(-150.0, -148.0)).await.unwrap();
    assert_eq!(format!("{:?} {:?}", map.values.as_slice().unwrap(), map.count.as_slice().unwrap()), "[NaN, 2.5] [0.0, 3.0]");
    let point = |lon: f64| format!(r#"{{"lat": 40.5, "lon": {lon}, "time": 1357041600, "data": [{{"variable": {lon}}}]}}"#);
    let body = format!("[{}, {}, {}]", point(-150.0), point(-149.5), point(-149.0));
    let points = Fake::always(Reply::json(body)).await.client().subset(&subset_of(-150.0, -148.0)).await.unwrap();
    assert_eq!((points.lon.to_vec(), points.variables[0].values.to_vec()), (vec![-150.0, -149.5, -149.0], vec![-150.0, -149.5, -149.0]));
    let body = r#"{"data": [{"time": 1357041600, "lats": [{"lat": 40, "count": 2, "mean": 3}]}]}"#;
    let request = HovmollerRequest { area: area(-150.0, 40.0, -148.0, 41.0), ..hovmoller(Axis::Latitude) };
    let diagram = Fake::always(Reply::json(body)).await.client().hovmoller(&request).await.unwrap();
    assert_eq!((diagram.coordinate.to_vec(), diagram.count[[0, 0]]), (vec![40.0], 2.0));
    assert_eq!(series(r#"{"data": [[{"time": 1357041600, "mean": 1, "count": 4}]]}"#).await.unwrap().count.to_vec(), [4.0]);
}

#[tokio::test]
async fn points_that_are_none_are_refused() {
    let told = async |points: &str| reason(Fake::always(Reply::json(points)).await.client().subset(&subset_of(-150.0, -148.0)).await);
    assert_eq!(told(r#"[{"latitude": 40, "longitude": -149, "time": 1357041600, "sst": 5}]"#).await, "its points hold no values");
    let beyond = told(r#"[{"latitude": 400, "longitude": -149, "time": 1357041600, "data": [{"variable": 5}]}]"#).await;
    assert!(beyond.starts_with("a point lies at 400, -149"), "{beyond}");
}

#[tokio::test]
async fn a_row_that_comes_again_is_here_once_and_one_that_differs_is_refused() {
    let row = |mean: f64| format!(r#"[{{"time": 1357041600, "mean": {mean}, "cnt": 3, "ds": 0}}]"#);
    let again =
        series(&format!(r#"{{"data": [{}, [{{"time": 1356998400, "mean": 2, "ds": 0}}], {}]}}"#, row(1.5), row(1.5))).await.unwrap();
    assert_eq!((again.mean.to_vec(), again.time.seconds()), (vec![2.0, 1.5], &[1_356_998_400, 1_357_041_600][..]));
    assert_eq!(again.origin.notes, ["1 of the rows of A came again; what comes again counts once"]);
    let differing = reason(series(&format!(r#"{{"data": [{}, {}]}}"#, row(1.5), row(2.5))).await);
    assert_eq!(differing, "it has two rows of A at 2013-01-01T12:00:00Z that differ, and nothing tells which one holds");
    let fake = Fake::always(Reply::json(format!(r#"{{"data": [{}, {}]}}"#, row(1.5), row(2.5)))).await;
    assert_eq!(reason(fake.client().anomaly(&anomaly_of_a()).await), differing);
    let moved = SeriesRequest { filters: SeriesFilters { normalize_dates: true, ..SeriesFilters::default() }, ..series_of(&["A"]) };
    let joined = fake.client().series(&moved).await.unwrap();
    assert_eq!(joined.series[0].mean.to_vec(), [2.0], "dates that were moved fall together");
}

#[tokio::test]
async fn rows_that_come_again_weigh_no_more_than_others_across_the_antimeridian_and_in_a_regression() {
    let fake = Fake::start(|asked| {
        let row = |mean: u32| format!(r#"[{{"time": 1357041600, "mean": {mean}, "cnt": 1}}]"#);
        Reply::json(match asked.get("b") {
            "170,40,180,41" => format!(r#"{{"data": [{}, {}]}}"#, row(10), row(10)),
            _ => format!(r#"{{"data": [{}]}}"#, row(20)),
        })
    })
    .await;
    let across = SeriesRequest { area: area(170.0, 40.0, -170.0, 41.0), ..series_of(&["A"]) };
    let joined = fake.client().series(&across).await.unwrap();
    assert_eq!((joined.series[0].mean.to_vec(), joined.series[0].count.to_vec()), (vec![15.0], vec![2.0]));
    let pair =
        |time: i64, a: f64, b: f64| format!(r#"[{{"time": {time}, "mean": {a}, "ds": 0}}, {{"time": {time}, "mean": {b}, "ds": 1}}]"#);
    let (first, second, third) = (pair(1_356_998_400, 1.0, 1.0), pair(1_357_084_800, 2.0, 3.0), pair(1_357_171_200, 3.0, 2.0));
    let body = format!(r#"{{"data": [{first}, {second}, {third}, {third}], "stats": {{"slope": 9, "intercept": 9, "r": 0.9}}}}"#);
    let group = Fake::always(Reply::json(body)).await.client().series(&series_of(&["A", "B"])).await.unwrap();
    assert_eq!(group.regression.unwrap().slope, 0.5, "that of the server weighed a row twice");
}

#[tokio::test]
async fn an_entry_of_a_diagram_that_comes_again_counts_once_and_one_that_differs_is_joined_and_told() {
    let told = async |second: f64| {
        let entry = |mean: f64| format!(r#"{{"latitude": 40.5, "cnt": 2, "mean": {mean}}}"#);
        let body = format!(r#"{{"data": [{{"time": 1357041600, "lats": [{}, {}]}}]}}"#, entry(1.0), entry(second));
        let request = HovmollerRequest { area: area(-150.0, 40.0, -148.0, 41.0), ..hovmoller(Axis::Latitude) };
        let diagram = Fake::always(Reply::json(body)).await.client().hovmoller(&request).await.unwrap();
        (diagram.mean[[0, 0]], diagram.count[[0, 0]], diagram.origin.notes.join(""))
    };
    assert_eq!(told(1.0).await, (1.0, 2.0, "1 of the entries of the diagram came again; what comes again counts once".into()));
    let (mean, count, note) = told(3.0).await;
    assert_eq!((mean, count), (2.0, 4.0));
    assert!(note.starts_with("1 entries of the diagram came again with other numbers"), "{note}");
}

#[tokio::test]
async fn a_point_that_has_two_values_of_one_name_keeps_both() {
    let told = async |data: &str, variable: Option<&str>| {
        let point = |lon: f64| format!(r#"{{"latitude": 40.5, "longitude": {lon}, "time": 1357041600, "data": {data}}}"#);
        let body = format!("[{}, {}, {}]", point(-149.0), point(-148.5), point(-148.25));
        let request = SubsetRequest { variable: variable.map(str::to_owned), ..subset_of(-150.0, -148.0) };
        let found = Fake::always(Reply::json(body)).await.client().subset(&request).await.unwrap();
        let columns: Vec<String> = found.variables.iter().map(|v| format!("{} {}", v.name, v.values)).collect();
        (columns.join("; "), found.origin.notes.len())
    };
    for data in [
        r#"[{"id": "t", "variable": 1.5}, {"id": "u", "variable": 2.5}]"#,
        r#"{"variables": [{"variable": 1.5}, {"variable": 2.5}]}"#,
        r#"{"variable": 1.5, "variables": [{"variable": 2.5}]}"#,
    ] {
        let both = ("variable [1.5, 1.5, 1.5]; variable (2) [2.5, 2.5, 2.5]".to_owned(), 1);
        assert_eq!(told(data, None).await, both, "{data}");
        assert_eq!(told(data, Some("variable")).await, both, "{data}");
    }
    let masked = told(r#"[{"id": "t", "variable": null}, {"id": "u", "variable": 1.5}]"#, None).await;
    assert_eq!(masked.0, "variable [NaN, NaN, NaN]; variable (2) [1.5, 1.5, 1.5]");
    assert_eq!(told(r#"[{"id": "t", "a": 1}, {"id": "u", "b": 2}]"#, None).await, ("a [1, 1, 1]; b [2, 2, 2]".to_owned(), 0));
}

#[tokio::test]
async fn samples_outside_the_box_are_left_out_and_told_and_what_is_rounded_is_not() {
    let told = async |places: &[(f64, f64)], request: SubsetRequest| {
        let point = |(lat, lon): &(f64, f64)| {
            format!(r#"{{"latitude": {lat}, "longitude": {lon}, "time": 1357041600, "data": [{{"variable": {lat}}}]}}"#)
        };
        let body = format!("[{}]", places.iter().map(point).collect::<Vec<_>>().join(","));
        let found = Fake::always(Reply::json(body)).await.client().subset(&request).await?;
        Ok::<_, Error>((found.lat.to_vec(), found.origin.notes))
    };
    let edge = (f64::from(41.1_f32), f64::from(-150.1_f32));
    let small = SubsetRequest { area: Some(area(-150.1, 40.0, -148.0, 41.1)), ..subset_of(-150.0, -148.0) };
    let (lat, notes) = told(&[(39.75, -149.0), (40.0, -149.0), edge, (41.0, -147.5)], small.clone()).await.unwrap();
    assert_eq!((lat, notes), (vec![40.0, edge.0], vec!["2 of 4 samples that were sent lie outside the box, and are left out".to_owned()]));
    assert_eq!(told(&[edge], small.clone()).await.unwrap().1, [""; 0]);
    let elsewhere = told(&[(10.0, 20.0)], small).await.unwrap_err();
    assert!(matches!(&elsewhere, Error::NoData { missing: Missing::Area, .. }), "{elsewhere:?}");
    // A server that ignores the box answers both sides of the antimeridian alike.
    let (lat, notes) = told(&[(40.25, 175.0), (40.5, -175.0), (40.75, 0.0)], subset_of(170.0, -170.0)).await.unwrap();
    assert_eq!((lat, notes[1].as_str()), (vec![40.25, 40.5], "4 of 6 samples that were sent lie outside the box, and are left out"));
}

#[tokio::test]
async fn cells_outside_the_box_are_left_out_and_told() {
    let cells = |lats: &[f64], lons: &[f64]| {
        let cell = |lat: f64, lon: &f64| format!(r#"{{"mean": {lat}, "cnt": 1, "lat": {lat}, "lon": {lon}}}"#);
        let row = |lat: &f64| format!("[{}]", lons.iter().map(|lon| cell(*lat, lon)).collect::<Vec<_>>().join(","));
        Reply::json(format!(r#"{{"data": [{}]}}"#, lats.iter().map(row).collect::<Vec<_>>().join(",")))
    };
    let fake = Fake::always(cells(&[39.5, 40.5, 41.5], &[-150.5, -149.5, -148.5])).await;
    let map = fake.client().map(&mean_map(-150.0, -148.0)).await.unwrap();
    assert_eq!((map.lat.to_vec(), map.lon.to_vec(), map.values.len()), (vec![40.5], vec![-149.5, -148.5], 2));
    assert_eq!(map.origin.notes, ["7 of 9 cells that were sent lie outside the box, and are left out"]);
    let elsewhere = Fake::always(cells(&[-40.5], &[20.0])).await.client().map(&mean_map(-150.0, -148.0)).await.unwrap_err();
    assert_eq!(elsewhere.to_string(), "no data: the server answered with other places only: nothing of A in -150,40,-148,41");
    // A server that ignores the box answers both sides of the antimeridian alike.
    let whole = Fake::always(cells(&[40.5], &[-175.0, 0.0, 175.0])).await.client().map(&mean_map(170.0, -170.0)).await.unwrap();
    assert_eq!((whole.lon.to_vec(), whole.count.as_slice().unwrap().to_vec()), (vec![175.0, 185.0], vec![1.0, 1.0]));
}

#[tokio::test]
async fn entries_of_a_diagram_outside_the_box_are_left_out_and_told() {
    let body =
        r#"{"data": [{"time": 1357041600, "lats": [{"latitude": 39, "cnt": 1, "mean": 1}, {"latitude": 40.5, "cnt": 1, "mean": 2}]}]}"#;
    let request = HovmollerRequest { area: area(-150.0, 40.0, -148.0, 41.0), ..hovmoller(Axis::Latitude) };
    let diagram = Fake::always(Reply::json(body)).await.client().hovmoller(&request).await.unwrap();
    assert_eq!((diagram.coordinate.to_vec(), diagram.mean[[0, 0]]), (vec![40.5], 2.0));
    assert_eq!(diagram.origin.notes, ["1 of 2 entries of the diagram that were sent lie outside the box, and are left out"]);
    let elsewhere = HovmollerRequest { area: area(-150.0, 50.0, -148.0, 51.0), ..request };
    let nothing = Fake::always(Reply::json(body)).await.client().hovmoller(&elsewhere).await.unwrap_err();
    assert!(matches!(nothing, Error::NoData { missing: Missing::Area, .. }), "{nothing:?}");
}

#[tokio::test]
async fn longitudes_from_0_to_360_answer_as_those_of_the_area() {
    let fake = Fake::start(|asked| {
        let west: f64 = asked.get("b").split(',').next().unwrap().parse().unwrap();
        let lon = if west < 0.0 { west + 361.0 } else { west + 1.0 };
        Reply::json(match asked.path.as_str() {
            "/datainbounds" => format!(r#"[{{"latitude": 40, "longitude": {lon}, "time": 1357041600, "data": [{{"variable": {lon}}}]}}]"#),
            "/timeAvgMapSpark" => format!(r#"{{"data": [[{{"mean": {lon}, "cnt": 1, "lat": 40, "lon": {lon}}}]]}}"#),
            _ => format!(r#"{{"data": [{{"time": 1357041600, "lons": [{{"longitude": {lon}, "cnt": 1, "mean": {lon}}}]}}]}}"#),
        })
    })
    .await;
    let server = fake.client();
    let map = server.map(&mean_map(-150.0, -148.0)).await.unwrap();
    assert_eq!((map.lon.to_vec(), map.values[[0, 0]]), (vec![-149.0], 211.0));
    let across = server.map(&mean_map(170.0, -170.0)).await.unwrap();
    assert_eq!((across.lon.to_vec(), across.values.iter().copied().collect()), (vec![171.0, 181.0], vec![171.0, 181.0]));
    let points = server.subset(&subset_of(-150.0, -148.0)).await.unwrap();
    assert_eq!((points.lon.to_vec(), points.variables[0].values.to_vec()), (vec![-149.0], vec![211.0]));
    let diagram = server.hovmoller(&hovmoller(Axis::Longitude)).await.unwrap();
    assert_eq!(diagram.coordinate.to_vec(), [171.0, 181.0]);
    assert!(reason(server.hovmoller(&hovmoller(Axis::Latitude)).await).starts_with("the diagram has lons, where lats were asked for"));
}

#[tokio::test]
async fn a_page_that_a_question_is_sent_on_to_may_ask_who_is_there() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/sso/login" => Reply::new(200, "text/html", "<html><form>"),
        _ => Reply::redirect(302, "/sso/login?back=secret"),
    })
    .await;
    let told = fake.client().series(&series_of(&["A"])).await.unwrap_err().to_string();
    let expected = "answered 200 with a web page instead of data: the question was sent on to /sso/login, as servers do that want a login";
    assert!(told.ends_with(expected), "{told}");
}

#[tokio::test]
async fn what_is_written_in_utf_16_is_told() {
    let text = r#"{"data": []}"#;
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for body in [[&[0xff, 0xfe][..], &little].concat(), [&[0xfe, 0xff][..], &big].concat(), little, big] {
        let told = reason(Fake::always(Reply::json(body)).await.client().series(&series_of(&["A"])).await);
        assert_eq!(told, "it is written in UTF-16, where UTF-8 was expected");
    }
}

#[tokio::test]
async fn a_compression_that_was_not_asked_for_is_named() {
    let reply = Reply { headers: vec![("content-encoding".into(), "br".into())], ..Reply::json(b"\x0b\x28\x80".to_vec()) };
    let told = reason(Fake::always(reply).await.client().series(&series_of(&["A"])).await);
    assert_eq!(told, "it is compressed as br, where gzip or nothing was asked for");
}

#[tokio::test]
async fn a_chunk_without_a_length_is_no_http() {
    let url = support::writing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n").await;
    let told = reason(sdap_nexus::Server::new(&url).unwrap().series(&series_of(&["A"])).await);
    assert!(told.starts_with("it is not HTTP"), "{told}");
}
