//! No answer, however damaged, makes a reader panic; and sound ones are read by their shape.

use super::*;
use proptest::prelude::*;
use std::path::Path;

/// The JSON bodies that a real server sent.
fn recorded() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden");
    let mut bodies = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "json") {
            let record: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if let Some(body) = record["body"].as_str().filter(|body| body.len() < 20_000) {
                bodies.push(body.as_bytes().to_vec());
            }
        }
    }
    assert!(bodies.len() > 100, "the recorded answers are missing");
    bodies.sort();
    bodies.dedup();
    bodies
}

fn read_with_everything(body: &[u8]) {
    let readers = [
        fuzzing::document,
        fuzzing::list,
        fuzzing::series,
        fuzzing::map,
        fuzzing::points,
        fuzzing::hovmoller,
        fuzzing::job,
        fuzzing::results,
        fuzzing::deviations,
    ];
    for read in readers {
        read(body);
    }
    fuzzing::errors(&[&500u16.to_be_bytes(), body].concat());
    let _ = read_value(&mut &*body);
}

/// Bodies of endpoints of which no answer was recorded.
fn written() -> Vec<Vec<u8>> {
    let bodies = [
        r#"{"status": "success", "message": "", "createdAt": "2026-01-02 10:59:46.205034", "updatedAt": null, "links": [],
            "params": {"primary": "A", "matchup": ["B"], "bbox": "-150,40,-149,41"}, "executionID": "e", "totalPrimaryMatched": 16}"#,
        r#"{"executionId": "e", "data": [{"platform": "orbiting satellite", "lon": "-149.875", "lat": "40.125", "point": "Point(-149.875 40.125)",
            "time": 1357041600, "depth": null, "primary": [{"variable_name": "sst", "variable_value": 10.0, "variable_unit": null}],
            "matches": [{"lon": -149.8, "lat": 40.1, "time": 1357041600000, "salinity": 35.5}]}], "params": {"primary": "A"}, "count": 1,
            "details": {"numPrimaryMatched": 16, "pageNum": 1, "pageSize": 1}}"#,
        r#"{"meta": {}, "data": [{"longitude": 1.5, "latitude": 2.5, "standard_deviation": 0.5}], "stats": {}}"#,
    ];
    bodies.map(|body| body.as_bytes().to_vec()).to_vec()
}

/// One way to damage a body: overwrite, cut out, insert, or repeat some of it.
#[derive(Clone, Debug)]
struct Damage {
    at: proptest::sample::Index,
    length: usize,
    with: Vec<u8>,
}

fn damage() -> impl Strategy<Value = Damage> {
    let with = prop_oneof![
        Just(b"null".to_vec()),
        Just(b"NaN".to_vec()),
        Just(b"1e999".to_vec()),
        Just(b"-1e300".to_vec()),
        Just(b"[]".to_vec()),
        Just(b"{}".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"[[[".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    (any::<proptest::sample::Index>(), 0usize..40, with).prop_map(|(at, length, with)| Damage { at, length, with })
}

#[test]
fn damaged_answers_never_make_a_reader_panic() {
    let bodies = [recorded(), written()].concat();
    let config = ProptestConfig { cases: 400, ..ProptestConfig::default() };
    proptest!(config, |(body in proptest::sample::select(bodies.clone()), wounds in proptest::collection::vec(damage(), 1..4))| {
        let mut body = body;
        for wound in wounds {
            if !body.is_empty() {
                let start = wound.at.index(body.len());
                let end = (start + wound.length).min(body.len());
                body.splice(start..end, wound.with);
            }
        }
        read_with_everything(&body);
    });
}

#[test]
fn recorded_answers_cut_anywhere_end_in_an_error() {
    for body in recorded() {
        let whole = body.trim_ascii_end().len();
        if !matches!(body.first(), Some(b'{' | b'[')) {
            continue;
        }
        for cut in (1..whole).step_by(whole / 20 + 1) {
            let error = read_value(&mut &body[..cut]).unwrap_err();
            assert!(matches!(error.fault, Fault::Ended), "{error}");
        }
    }
}

fn cells(json: &str, wanted: &'static [&'static str]) -> Result<Cells, String> {
    read_envelope(&mut json.as_bytes(), Cells::wanting(wanted), Limit::NONE).map(|e| e.data).map_err(|e| e.to_string())
}

#[test]
fn nothing_counted_is_nothing_whatever_the_number_says() {
    let json = r#"{"data": [[{"mean": -9999.0, "cnt": 0, "lat": 1, "lon": 2}, {"mean": 0.0, "cnt": 0, "lat": 1, "lon": 3},
        {"mean": 0.0, "cnt": 2, "lat": 1, "lon": 4}, {"mean": -9999.0, "lat": 1, "lon": 5}]]}"#;
    assert_eq!(format!("{:?}", cells(json, &["mean", "avg"]).unwrap().values), "[NaN, NaN, 0.0, NaN]");
}

#[test]
fn a_map_that_is_no_rectangle_is_refused_with_its_place() {
    let ragged =
        r#"[[{"r": 1, "cnt": 1, "lat": 1, "lon": 2}, {"r": 1, "cnt": 1, "lat": 1, "lon": 3}], [{"r": 1, "cnt": 1, "lat": 2, "lon": 2}]]"#;
    assert_eq!(cells(ragged, &["r"]).unwrap_err(), "the map is not a rectangle: row 1 has 1 cells, row 0 has 2 at byte 122");
    let shifted = r#"[[{"r": 1, "lat": 1, "lon": 2}], [{"r": 1, "lat": 2, "lon": 2.5}]]"#;
    assert!(cells(shifted, &["r"]).unwrap_err().starts_with("the map is not a rectangle: row 1, column 0 holds the cell at 2, 2.5"));
    assert!(cells(r#"[[{"r": 1, "lat": null, "lon": 2}]]"#, &["r"]).unwrap_err().starts_with("a cell has no latitude"));
    assert!(cells(r#"[[{"other": 1, "lat": 1, "lon": 2}]]"#, &["r"]).unwrap().lacks_values());
}

#[test]
fn rows_of_several_datasets_are_told_apart_and_padded() {
    let json = r#"{"meta": [null, {"shortName": "B"}], "data": [
        [{"time": 20, "mean": 1, "ds": 0, "meanLowPass": 5}, {"time": 20, "mean": 2, "ds": 1}],
        [{"time": 10, "mean": 3, "ds": 0}], {"time": 30, "mean": "4", "ds": "0", "meanSeasonal": 6, "note": "x"}], "stats": null}"#;
    let answer = read_envelope(&mut json.as_bytes(), Rows::default(), Limit::NONE).unwrap();
    assert_eq!(answer.meta[1].short_name.0, "B");
    let series: Vec<Series> = answer.data.finish(2).unwrap().into_iter().map(|s| s.sorted(|t| t < 25)).collect();
    assert_eq!((&series[0].time, &series[0].mean), (&vec![10, 20], &vec![3.0, 1.0]));
    let extra: Vec<String> = series[0].extra.iter().map(|(name, column)| format!("{name} {column:?}")).collect();
    assert_eq!(extra, ["meanLowPass [NaN, 5.0]", "meanSeasonal [NaN, NaN]"]);
    assert_eq!(series[1].mean, [2.0]);
}

#[test]
fn a_dataset_number_out_of_reason_is_refused_before_memory_is_taken() {
    for number in ["1e9", "-1", "NaN"] {
        let json = format!(r#"{{"data": [[{{"time": 1, "mean": 1, "ds": {number}}}]]}}"#);
        assert!(read_envelope(&mut json.as_bytes(), Rows::default(), Limit::NONE).is_err(), "{number}");
    }
}

#[test]
fn columns_of_ever_new_names_are_refused_before_memory_is_taken() {
    let row = |n: usize| format!(r#"{{"time": 1, "latitude": 1, "longitude": 1, "x{n}": 1, "data": {{"y{n}": 1}}}}"#);
    let body = format!(r#"{{"data": [{}]}}"#, (0..200).map(row).collect::<Vec<_>>().join(","));
    let told = |outcome: Result<(), ReadError>| outcome.unwrap_err().to_string();
    let rows = told(read_envelope(&mut body.as_bytes(), Rows::default(), Limit::NONE).map(|_| ()));
    assert!(rows.starts_with("the rows have more than 100 columns"), "{rows}");
    let points = told(read_envelope(&mut body.as_bytes(), PointSamples::default(), Limit::NONE).map(|_| ()));
    assert!(points.starts_with("the points have more than 100 variables"), "{points}");
}

/// A number, or what stands for one or for none; mostly a number.
fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => (-200.0..200.0_f64).prop_map(|n| format!("{n:?}")),
        8 => (0_i64..2_000_000_000).prop_map(|n| n.to_string()),
        1 => "NaN|null|Infinity|-Infinity|-9999.0|0|-0|1e3|12345678901234567890123|0.10000000000000000000001",
        1 => "true|\"1.5\"|\"x\"|\"a\\\\n\"|\\[\\]|\\{\\}|\\[1, 2\\]|\\{\"id\": 3, \"q\": \\[4, \\[5\\]\\]\\}",
    ]
}

/// Objects of two kinds, of which many follow each other: each a text in which `#` stands for a number.
fn objects(kinds: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let filled = |kind: &'static str| {
        proptest::collection::vec(anything(), 8).prop_map(move |values| {
            let mut values = values.into_iter();
            kind.split('#').map(ToOwned::to_owned).reduce(|all, part| format!("{all}{}{part}", values.next().unwrap_or_default())).unwrap()
        })
    };
    let one = move |at: usize| filled(kinds[at % kinds.len()]);
    proptest::collection::vec((0..kinds.len(), 1..6_usize), 1..8).prop_flat_map(move |runs| {
        runs.into_iter().flat_map(|(kind, count)| (0..count).map(|_| one(kind)).collect::<Vec<_>>()).collect::<Vec<_>>()
    })
}

/// Where nothing stands between objects, those of one shape are read at once; where a null does, one by one.
fn both_ways<T>(objects: &[String], read: impl Fn(&str) -> Result<T, ReadError>, told: impl Fn(T) -> String) -> [String; 2] {
    [",\n  ", ",\n  null,"].map(|between| match read(&format!("[[{}]]", objects.join(between))) {
        Ok(value) => told(value),
        Err(ReadError { fault, .. }) => format!("{fault:?}"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn points_that_are_read_at_once_are_those_that_are_read_one_by_one(objects in objects(&[
        "{\"latitude\": #, \"longitude\": #, \"time\": #, \"elevation\": NaN, \"data\": {\"id\": \"t-1\", \"variables\": [{\"sst\": #}, {\"wind\": #}]}}",
        "{\"latitude\": 40.5, \"longitude\": 1, \"time\": 7, \"data\": [{\"id\": \"t-2\", \"variable\": #, \"x\": [#, #]}], \"other\": #}",
        "{\"time\": 5, \"data\": #, \"longitude\": #, \"latitude\": 3, \"time\": #}",
    ])) {
        let read = |text: &str| read_envelope(&mut text.as_bytes(), PointSamples::default(), Limit::new(20, "points"));
        let told = |e: Envelope<PointSamples>| {
            let s = e.data.finish();
            format!("{:?} {:?} {:?} {:?} {:?}", s.time, s.lat, s.lon, s.elevation, s.variables)
        };
        let [at_once, one_by_one] = both_ways(&objects, read, told);
        prop_assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn cells_that_are_read_at_once_are_those_that_are_read_one_by_one(objects in objects(&[
        "{\"mean\": #, \"cnt\": #, \"lat\": 2, \"lon\": 1}",
        "{\"mean\": #, \"avg\": #, \"cnt\": 3, \"lat\": 2, \"lon\": 1, \"more\": #}",
        "{\"lat\": 2, \"lon\": #, \"lon\": 1, \"deep\": {\"mean\": #}}",
    ])) {
        let read = |text: &str| read_envelope(&mut text.as_bytes(), Cells::wanting(&["mean", "avg"]), Limit::new(20, "cells"));
        let told = |e: Envelope<Cells>| format!("{:?} {:?} {:?} {:?} {}", e.data.lat, e.data.lon, e.data.values, e.data.count, e.data.lacks_values());
        let [at_once, one_by_one] = both_ways(&objects, read, told);
        prop_assert_eq!(at_once, one_by_one);
    }
}

#[test]
fn what_is_wrong_with_an_object_is_told_at_the_same_place_however_it_is_read() {
    let point = |time: &str| format!("{{\"latitude\": 1, \"longitude\": 2, \"time\": {time}, \"data\": []}}");
    for broken in [point("NaN"), point("1.").replace('1', "x"), point("1").replace("latitude", "place")] {
        let body = [point("10"), point("20"), point("30"), broken].join(", ");
        let error = |text: String| read_envelope(&mut text.as_bytes(), PointSamples::default(), Limit::NONE).unwrap_err();
        let (fast, slow) = (error(format!("[{body}]")), error(format!("[{}]", body.replace("}, {", "},null, {"))));
        let nulls = "null,".len() as u64 * 3;
        assert_eq!((fast.at.map(|at| at + nulls), format!("{:?}", fast.fault)), (slow.at, format!("{:?}", slow.fault)));
    }
}
