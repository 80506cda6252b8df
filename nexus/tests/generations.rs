//! Servers of other ages than 1.4.0, each told by the shape of its answers, and every question's way to them.

mod support;

use sdap::{Axis, Points};
use sdap_nexus::request::{
    AnomalyRequest, Correlation, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Missing, Nexus};
use support::{Fake, Reply, area, january, period, series_of};

fn map_of(statistic: Statistic) -> MapRequest {
    MapRequest {
        elevation: None,
        dataset: "A".into(),
        variable: None,
        statistic,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: january(),
    }
}

fn subset_of(filters: &[&str]) -> SubsetRequest {
    SubsetRequest {
        elevation: None,
        dataset: "A".into(),
        variable: None,
        area: filters.is_empty().then(|| area(-150.0, 40.0, -148.0, 41.0)),
        filters: filters.iter().map(|f| (*f).to_owned()).collect(),
        period: january(),
    }
}

async fn points(body: &str) -> Result<Points, Error> {
    Fake::always(Reply::json(body)).await.client().subset(&subset_of(&[])).await
}

#[tokio::test]
async fn a_dataset_list_of_2017_counts_milliseconds() {
    let body = r#"[{"shortName": "B", "start": 1357041600000.0, "end": 1358251200000, "title": "B", "tileCount": 30},
        {"shortName": "A", "title": "Sea level", "start": 852076800, "end": 1358251200.0, "tileCount": 2}]"#;
    let datasets = Fake::always(Reply::json(body)).await.client().datasets().await.unwrap();
    let told: Vec<String> = datasets.iter().map(|d| format!("{} {:?} {}", d.short_name, d.title, d.period.unwrap())).collect();
    assert_eq!(told, ["A \"Sea level\" 1997-01-01/2013-01-15T12:00:00Z", "B \"B\" 2013-01-01T12:00:00Z/2013-01-15T12:00:00Z"]);
    assert_eq!(datasets[1].tile_count, Some(30));
}

#[tokio::test]
async fn a_dataset_list_of_today_has_zarr_broken_and_remote_entries() {
    let body = r#"[
        {"shortName": "AVHRR", "title": "AVHRR", "tileCount": 30, "type": "nexusproto", "start": 1357041600.0, "end": 1358251200.0,
         "iso_start": "2013-01-01T12:00:00+0000", "iso_end": "2013-01-15T12:00:00+0000", "spatial_extent": "-149.88,40.12,-148.12,40.88"},
        {"shortName": "AVHRR_CLIM", "title": "AVHRR_CLIM", "type": "nexusproto", "start": 0, "end": 31104000},
        {"shortName": "MUR", "title": "MUR", "type": "zarr", "iso_start": "2013-01-01T12:00:00", "iso_end": "2013-01-05T12:00:00",
         "metadata": {"title": "Multiscale SST", "synthetic": "true", "license": "CC0", "attribution": "JPL", "fill": NaN}},
        {"shortName": "LOST", "title": "LOST", "type": "zarr", "error": "FileNotFoundError", "error_reason": "no such bucket"},
        {"shortName": "FAR", "remoteUrl": "https://far.example.org/nexus", "remoteShortName": "NEAR"},
        {"shortName": "NEW", "surprise": [{"deep": [1, 2]}], "start": null}]"#;
    let datasets = Fake::always(Reply::json(body)).await.client().datasets().await.unwrap();
    let get = |name: &str| datasets.iter().find(|d| d.short_name == name).unwrap();
    assert_eq!(get("AVHRR").area.unwrap().to_string(), "-149.88,40.12,-148.12,40.88");
    assert_eq!(get("AVHRR").climatology.as_deref(), Some("AVHRR_CLIM"));
    assert_eq!(get("AVHRR_CLIM").climatology, None);
    let mur = get("MUR");
    assert_eq!((mur.title.as_str(), mur.synthetic, mur.licence.as_str()), ("Multiscale SST", true, "CC0"));
    assert_eq!(mur.attribution, ["JPL"]);
    assert_eq!(mur.period.unwrap().to_string(), "2013-01-01T12:00:00Z/2013-01-05T12:00:00Z");
    assert_eq!(get("LOST").trouble.as_deref(), Some("FileNotFoundError: no such bucket"));
    assert_eq!((get("LOST").period, get("NEW").period), (None, None));
    assert_eq!(get("FAR").remote.as_deref(), Some("https://far.example.org/nexus (NEAR)"));
}

#[tokio::test]
async fn what_the_list_says_of_a_dataset_travels_with_its_data() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/list" => Reply::json(r#"[{"shortName": "A", "metadata": {"title": "Rain", "synthetic": "true", "attribution": "NOAA"}}]"#),
        _ => Reply::json(r#"{"meta": [], "data": [[{"time": 1357041600, "mean": 1, "cnt": 1}]], "stats": {}}"#),
    })
    .await;
    let server = fake.client();
    server.datasets().await.unwrap();
    let origin = server.series(&series_of(&["A"])).await.unwrap().series[0].origin.clone();
    assert_eq!((origin.title.as_str(), origin.synthetic, origin.attribution), ("Rain", true, vec!["NOAA".to_owned()]));
    assert_eq!(
        origin.request,
        format!(
            "{}/timeSeriesSpark?ds=A&b=-150,40,-148,41&startTime=2013-01-01T00:00:00Z&endTime=2013-01-31T23:59:59Z&seasonalFilter=false&lowPassFilter=false",
            fake.url
        )
    );
    assert_eq!((origin.server, origin.bytes, origin.area), (fake.url.clone(), 80, Some(area(-150.0, 40.0, -148.0, 41.0))));
}

#[tokio::test]
async fn points_of_the_oldest_layout_are_wrapped_and_unnamed() {
    let body = r#"{"meta": {"granule": "g.nc", "bbox": [1, 2]}, "stats": {}, "data": [
        {"latitude": 40.5, "longitude": -149.9, "time": 1357041600, "data": [{"id": "t", "variable": 2.5}]},
        {"latitude": 40.1, "longitude": -149.9, "time": 1357041600, "data": [{"id": "t", "variable": 1.5}]}]}"#;
    let points = points(body).await.unwrap();
    assert_eq!(points.variable("variable").unwrap().values.to_vec(), [1.5, 2.5]);
    assert_eq!(points.lat.to_vec(), [40.1, 40.5]);
    assert!(points.elevation.is_none());
}

#[tokio::test]
async fn points_of_1_0_to_1_3_are_bare_and_several_variables_an_array() {
    let body = r#"[{"latitude": 40.1, "longitude": -149.9, "time": 1357041600, "data": [{"id": "t", "variable": [1.5, 2.5]}]},
        {"latitude": 40.1, "longitude": -149.8, "time": 1357041600, "data": [{"id": "t", "variable": [3.5, null]}]}]"#;
    let points = points(body).await.unwrap();
    let told: Vec<String> = points.variables.iter().map(|v| format!("{} {}", v.name, v.values)).collect();
    assert_eq!(told, ["variable[0] [1.5, 3.5]", "variable[1] [2.5, NaN]"]);
}

#[tokio::test]
async fn points_of_1_4_name_each_variable_and_come_newest_first() {
    let body = r#"[
        {"latitude": 40.1, "longitude": -149.9, "time": 1357128000, "elevation": -5.0, "data": {"id": "t", "variables": [{"u": 3.0}, {"v": NaN}]}},
        {"latitude": 40.1, "longitude": -149.9, "time": 1357041600, "elevation": NaN, "data": {"id": "t", "variables": [{"u": 1.0}, {"v": 2.0}]}}]"#;
    let told = points(body).await.unwrap();
    assert_eq!(told.time.seconds(), [1_357_041_600, 1_357_128_000]);
    assert_eq!((told.variable("u").unwrap().values.to_vec(), told.variable("v").unwrap().values[0]), (vec![1.0, 3.0], 2.0));
    assert_eq!(format!("{}", told.elevation.unwrap()), "[NaN, -5]");
    let fake = Fake::always(Reply::json(body)).await;
    let one = |name: &str| SubsetRequest { variable: Some(name.into()), ..subset_of(&[]) };
    assert_eq!(fake.client().subset(&one("v")).await.unwrap().variables.len(), 1);
    let error = fake.client().subset(&one("w")).await.unwrap_err();
    assert_eq!(error.to_string(), "A has no variable w; it has u, v");
}

#[tokio::test]
async fn points_renamed_by_parameter_keep_the_name_they_were_given() {
    let body = r#"[{"latitude": 40.1, "longitude": -149.9, "time": 1357041600,
        "data": [{"id": "t", "wind_u": 1.0, "wind_v": 2.0, "wind_speed": "2.23", "label": "calm"}]}]"#;
    let told = points(body).await.unwrap();
    let told: Vec<String> = told.variables.iter().map(|v| format!("{} {}", v.name, v.values)).collect();
    assert_eq!(told, ["wind_u [1]", "wind_v [2]", "wind_speed [2.23]"]);
}

#[tokio::test]
async fn a_point_without_its_place_is_no_point() {
    let error = points(r#"[{"longitude": 1, "time": 2, "data": []}]"#).await.unwrap_err();
    assert!(error.to_string().ends_with("a point has no latitude or longitude at byte 39"), "{error}");
    assert!(matches!(points("[]").await.unwrap_err(), Error::NoData { missing: Missing::Unknown, .. }));
}

#[tokio::test]
async fn with_filters_the_server_is_not_given_the_box_which_is_applied_here() {
    let body = r#"[{"latitude": 34.0, "longitude": -118.0, "time": 1357041600, "data": [{"variable": 1}]},
        {"latitude": 50.0, "longitude": -118.0, "time": 1357041600, "data": [{"variable": 2}]}]"#;
    let fake = Fake::always(Reply::json(body)).await;
    let boxed = |b| SubsetRequest { area: Some(b), ..subset_of(&["rivid_i:17575859"]) };
    let points = fake.client().subset(&boxed(area(-119.0, 33.0, -117.0, 35.0))).await.unwrap();
    assert_eq!((points.len(), &points.keys["rivid"]), (1, &vec!["17575859".to_owned()]));
    assert_eq!(points.origin.notes, ["the server applied the filters, and the box was applied to what it sent"]);
    let asked = fake.asked();
    assert_eq!((asked[0].get("b"), asked[0].get("metadataFilter")), ("", "rivid_i:17575859"));
    let error = fake.client().subset(&boxed(area(0.0, 0.0, 1.0, 1.0))).await.unwrap_err();
    assert!(matches!(error, Error::NoData { missing: Missing::Area, .. }), "{error}");
}

#[tokio::test]
async fn a_map_of_2017_says_avg_and_writes_bounds_as_text() {
    let body = r#"{"meta": {"shortName": "A", "bounds": {"east": "-148", "west": "-150"}}, "stats": {}, "data": [
        [{"avg": 10.5, "cnt": 15, "lat": 40.375, "lon": -149.875}, {"avg": -9999.0, "cnt": 0, "lat": 40.375, "lon": -148.875}],
        [{"avg": "11.5", "cnt": 15, "lat": 40.125, "lon": -149.875}, {"avg": 0.0, "cnt": 0, "lat": 40.125, "lon": -148.875}]]}"#;
    let grid = Fake::always(Reply::json(body)).await.client().map(&map_of(Statistic::Mean)).await.unwrap();
    assert_eq!((grid.lat.to_vec(), grid.lon.to_vec()), (vec![40.125, 40.375], vec![-149.875, -148.875]));
    assert_eq!(format!("{:?}", grid.values.as_slice().unwrap()), "[11.5, NaN, 10.5, NaN]");
}

#[tokio::test]
async fn a_diagram_of_2017_says_avg_and_every_diagram_may_be_ragged() {
    let body = r#"{"meta": {}, "stats": {}, "data": [
        {"sequence": 1, "time": 1357128000, "lats": [{"latitude": 40.375, "cnt": 7, "avg": 3.0, "std": 0.5, "max": 4.0, "min": 2.0}]},
        {"sequence": 0, "time": 1357041600, "lats": [{"latitude": 40.125, "cnt": 7, "avg": 1.0}, {"latitude": 40.375, "cnt": 6, "avg": 2.0}]}]}"#;
    let request = HovmollerRequest {
        elevation: None,
        normalize_dates: false,
        dataset: "A".into(),
        variable: None,
        axis: Axis::Latitude,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: january(),
    };
    let diagram = Fake::always(Reply::json(body)).await.client().hovmoller(&request).await.unwrap();
    assert_eq!(format!("{:?}", diagram.mean.as_slice().unwrap()), "[1.0, 2.0, NaN, 3.0]");
    assert_eq!(diagram.count.as_slice().unwrap(), [7.0, 6.0, 0.0, 7.0]);
}

#[tokio::test]
async fn two_datasets_whose_times_differ_come_as_two_series() {
    let body = r#"{"meta": [{"shortName": "A", "units": "K"}, {"shortName": "B"}], "stats": {"slope": 0.5, "intercept": 1, "r": 0.9, "p": 0.01, "err": NaN},
        "data": [[{"time": 1357041600, "mean": 1.0, "cnt": 2, "std": 0, "min": 1, "max": 1, "ds": 0}],
                 [{"time": 1357128000, "mean": 2.0, "cnt": 2, "ds": 0, "meanSeasonal": 0.25}, {"time": 1357128000, "mean": 5.0, "ds": 1}]]}"#;
    let group = Fake::always(Reply::json(body)).await.client().series(&series_of(&["A", "B"])).await.unwrap();
    assert_eq!(group.names(), ["A", "B"]);
    assert_eq!((group.series[0].len(), group.series[1].len()), (2, 1));
    assert_eq!(format!("{}", group.series[0].extra["meanSeasonal"]), "[NaN, 0.25]");
    assert!(group.series[1].count[0].is_nan() && group.series[0].units == "K");
    assert_eq!(group.regression.unwrap().slope, 0.5);
}

#[tokio::test]
async fn a_dataset_without_data_beside_one_with_data_is_named() {
    let body = r#"{"meta": [{"shortName": "A"}, {"shortName": "B"}], "data": [[{"time": 1357041600, "mean": 1.0, "ds": 0}]], "stats": {}}"#;
    let group = Fake::always(Reply::json(body)).await.client().series(&series_of(&["A", "B"])).await.unwrap();
    assert_eq!((group.names(), group.regression), (vec!["A"], None));
    assert_eq!(group.origin.notes, ["B has nothing in this area and period"]);
}

#[tokio::test]
async fn low_pass_columns_that_are_noise_are_left_out_with_a_word() {
    let row =
        |i: usize, smooth: f64| format!(r#"[{{"time": {}, "mean": {}, "meanLowPass": {smooth:e}, "ds": 0}}]"#, 1_357_000_000 + i, i % 7);
    let body = |smooth: f64| format!(r#"{{"data": [{}]}}"#, (0..400).map(|i| row(i, smooth)).collect::<Vec<_>>().join(","));
    let request = SeriesRequest { filters: SeriesFilters { low_pass: true, ..SeriesFilters::default() }, ..series_of(&["A"]) };
    let noise = Fake::always(Reply::json(body(1e20))).await.client().series(&request).await.unwrap();
    assert!(noise.series[0].extra.is_empty());
    assert_eq!(noise.series[0].origin.notes, ["meanLowPass left out: the server's low-pass filter is unstable on a series this long"]);
    let sound = Fake::always(Reply::json(body(3.0))).await.client().series(&request).await.unwrap();
    assert_eq!(sound.series[0].extra.len(), 1);
    assert_eq!(sound.series[0].origin.notes, ["the server's low-pass filter loses precision on series of more than 365 times"]);
}

#[tokio::test]
async fn a_variance_with_gaps_is_blank_and_the_note_says_why() {
    let body = r#"{"data": [[{"variance": 0.19, "cnt": 15, "lat": 40.1, "lon": -149.1}, {"variance": 10.04, "cnt": 14, "lat": 40.1, "lon": -149.0}]]}"#;
    let grid = Fake::always(Reply::json(body)).await.client().map(&map_of(Statistic::Variance)).await.unwrap();
    assert_eq!(format!("{:?}", grid.values.as_slice().unwrap()), "[0.19, NaN]");
    assert_eq!(grid.origin.notes, ["1 of 2 cells are left blank: NEXUS computes a wrong variance where a cell has gaps in time"]);
}

#[tokio::test]
async fn extremes_are_taken_by_the_side_that_was_asked_for() {
    let body = r#"{"data": [[{"maxima": 5.0, "minima": 1.0, "absolute_maxima": 9.0, "cnt": 3, "lat": 40.5, "lon": -150},
        {"maxima": NaN, "minima": NaN, "cnt": 2, "lat": 40.5, "lon": -149}]]}"#;
    let fake = Fake::always(Reply::json(body)).await;
    let (high, low) =
        (fake.client().map(&map_of(Statistic::Maximum)).await.unwrap(), fake.client().map(&map_of(Statistic::Minimum)).await.unwrap());
    assert_eq!((high.values[[0, 0]], low.values[[0, 0]]), (5.0, 1.0));
    assert_eq!(high.origin.notes, ["1 of 2 cells are blank: NEXUS gives no extremes where a cell has gaps in time"]);
}

#[tokio::test]
async fn a_correlation_stays_within_one_and_is_asked_by_whole_seconds() {
    let body = r#"{"stats": {}, "meta": [null, null], "data": [[{"r": 1.0000027, "cnt": 9, "lat": 1, "lon": 1}, {"r": 0.0, "cnt": 0, "lat": 1, "lon": 2}]]}"#;
    let fake = Fake::always(Reply::json(body)).await;
    let request = CorrelationRequest {
        datasets: ["A".into(), "B".into()],
        kind: Correlation::default(),
        area: area(0.0, 0.0, 3.0, 2.0),
        period: january(),
    };
    let grid = fake.client().correlation(&request).await.unwrap();
    assert_eq!(format!("{:?}", grid.values.as_slice().unwrap()), "[1.0, NaN]");
    assert_eq!(fake.asked()[0].get("startTime"), "1356998400");
    let beyond = r#"{"data": [[{"r": -3.5, "cnt": 9, "lat": 1, "lon": 1}, {"r": -1.0, "cnt": 9, "lat": 1, "lon": 2}]]}"#;
    let grid = Fake::always(Reply::json(beyond)).await.client().correlation(&request).await.unwrap();
    assert_eq!(format!("{:?}", grid.values.as_slice().unwrap()), "[NaN, -1.0]");
    assert_eq!(grid.origin.notes, ["1 of 2 cells are left blank: what was sent lies beyond 1, so it is no correlation"]);
}

#[tokio::test]
async fn times_outside_the_period_are_not_an_answer() {
    let body = r#"{"data": [[{"time": 852076800, "mean": 1.0}], [{"time": 1357041600, "mean": 2.0}]]}"#;
    let fake = Fake::always(Reply::json(body)).await;
    assert_eq!(fake.client().series(&series_of(&["A"])).await.unwrap().series[0].mean.to_vec(), [2.0]);
    let later = SeriesRequest { period: period("2014-01-01T00:00:00Z", "2014-12-31T23:59:59Z"), ..series_of(&["A"]) };
    let error = fake.client().series(&later).await.unwrap_err();
    assert!(matches!(error, Error::NoData { missing: Missing::Period, .. }), "{error}");
}

#[tokio::test]
async fn times_before_1970_are_never_sent() {
    let fake = Fake::always(Reply::json(r#"{"data": [[{"time": 86400, "mean": 1.0}]]}"#)).await;
    let from = |start, end| SeriesRequest { period: period(start, end), ..series_of(&["A"]) };
    let group = fake.client().series(&from("1950-01-01T00:00:00Z", "1970-12-31T23:59:59Z")).await.unwrap();
    assert_eq!(fake.asked()[0].get("startTime"), "1970-01-01T00:00:00Z");
    assert_eq!(group.origin.notes, ["NEXUS servers cannot be asked for times before 1970; this begins there"]);
    let error = fake.client().series(&from("1950-01-01T00:00:00Z", "1960-12-31T23:59:59Z")).await.unwrap_err();
    assert!(matches!(error, Error::NoData { missing: Missing::Period, .. }), "{error}");
    assert_eq!(fake.asked().len(), 1, "what cannot be answered is not asked");
}

#[tokio::test]
async fn a_variable_that_nothing_confirms_is_noted() {
    let request = SeriesRequest { variable: Some("u".into()), ..series_of(&["A"]) };
    let body = |meta: &str| format!(r#"{{"meta": [{{{meta}}}], "data": [[{{"time": 1357041600, "mean": 1.0}}]]}}"#);
    let silent = Fake::always(Reply::json(body(""))).await.client().series(&request).await.unwrap();
    assert_eq!(
        silent.series[0].origin.notes,
        ["the server does not say which variable it took; u was asked for, which most servers ignore"]
    );
    let telling = Fake::always(Reply::json(body(r#""variable": "u", "units": "m s-1""#))).await.client().series(&request).await.unwrap();
    assert_eq!((telling.series[0].variable.as_str(), telling.series[0].units.as_str()), ("u", "m s-1"));
    assert!(telling.series[0].origin.notes.is_empty());
}

#[tokio::test]
async fn a_day_of_differences_is_kept_though_its_midnight_lies_before_the_start() {
    let body = r#"{"meta": {"shortName": "A", "title": "SST Anomalies", "units": "\u00b0C"}, "data": [
        [{"time": 1357084800, "mean": 2.0, "std": 1.0, "ds": 0}], [{"time": 1356998400, "mean": 1.5, "std": 1.0, "ds": 0}]], "stats": {}}"#;
    let request = AnomalyRequest {
        dataset: "A".into(),
        climatology: "A_CLIM".into(),
        variable: None,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: period("2013-01-01T06:00:00Z", "2013-01-02T00:00:00Z"),
    };
    let series = Fake::always(Reply::json(body)).await.client().anomaly(&request).await.unwrap();
    assert_eq!((series.mean.to_vec(), series.units.as_str(), series.origin.title.as_str()), (vec![1.5, 2.0], "°C", "SST Anomalies"));
    assert!(series.count.iter().all(|v| v.is_nan()));
}

#[tokio::test]
async fn servers_that_do_not_know_their_version_are_told_so() {
    for reply in
        [Reply::new(500, "text/html", "<html>"), Reply::new(404, "text/html", "<html>"), Reply::new(200, "text/html", "<p>It works!</p>")]
    {
        let error = Fake::always(reply).await.client().version().await.unwrap_err();
        assert!(error.to_string().ends_with("does not say its version; releases before 1.4 cannot"), "{error}");
    }
    assert_eq!(Fake::always(Reply::new(200, "text/html", "1.4.0\n")).await.client().version().await.unwrap(), "1.4.0");
}

#[tokio::test]
async fn a_dataset_list_of_1_2_knows_neither_kinds_nor_extents() {
    let body = r#"[{"shortName": "A", "title": "A", "tileCount": 30, "start": 1357041600.0, "end": 1358251200.0,
        "iso_start": "2013-01-01T12:00:00+0000", "iso_end": "2013-01-15T12:00:00+0000"}]"#;
    let datasets = Fake::always(Reply::json(body)).await.client().datasets().await.unwrap();
    assert_eq!((datasets[0].kind.as_str(), datasets[0].area, datasets[0].tile_count), ("", None, Some(30)));
    assert_eq!(datasets[0].period.unwrap().to_string(), "2013-01-01T12:00:00Z/2013-01-15T12:00:00Z");
}

#[tokio::test]
async fn points_that_come_as_a_gzip_file_are_read_like_any() {
    let body = r#"[{"latitude": 40.1, "longitude": -149.9, "time": 1357041600, "elevation": NaN, "data": {"id": "t", "variables": [{"u": 1.5}]}}]"#;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, body.as_bytes()).unwrap();
    let fake = Fake::always(Reply::new(200, "application/gzip", encoder.finish().unwrap())).await;
    assert_eq!(fake.client().subset(&subset_of(&[])).await.unwrap().variable("u").unwrap().values.to_vec(), [1.5]);
}

#[tokio::test]
async fn a_climatology_writes_bounds_as_text_and_calls_its_means_avg() {
    let body = r#"{"meta": {"shortName": "A", "bounds": {"east": "-148", "west": "-150"}, "time": {"start": 0, "stop": -1}},
        "data": [[{"avg": 10.5, "cnt": 31, "lat": 40.125, "lon": -149.875}, {"avg": 0.0, "cnt": 0, "lat": 40.125, "lon": -148.875}]], "stats": {}}"#;
    let grid = Fake::always(Reply::json(body)).await.client().map(&map_of(Statistic::Climatology { month: 1 })).await.unwrap();
    assert_eq!(format!("{:?} {:?}", grid.values.as_slice().unwrap(), grid.count.as_slice().unwrap()), "[10.5, NaN] [31.0, 0.0]");
}
