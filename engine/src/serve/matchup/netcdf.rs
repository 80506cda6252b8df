//! Pairs as NetCDF-4: the groups `PrimaryData` and `SecondaryData`, each sample once, and in `matchIDs` which go together.

use super::hdf5::{Column, Fact, Group, Numbers, file};
use super::table::{about, label, list};
use sdap_nexus::request::Job;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The bytes of the file. `data` are the entries of `/cdmsresults`.
pub(super) fn netcdf(job: &Job, data: &[Value], details: &Map<String, Value>) -> Vec<u8> {
    let mut secondaries: Vec<&Value> = Vec::new();
    let mut places: HashMap<&str, i32> = HashMap::new();
    let mut ids = Vec::new();
    for (primary, entry) in data.iter().enumerate() {
        for secondary in list(entry, "matches") {
            let place = *places.entry(secondary["id"].as_str().unwrap_or_default()).or_insert_with(|| {
                secondaries.push(secondary);
                secondaries.len() as i32 - 1
            });
            ids.extend([primary as i32, place]);
        }
    }
    let primaries: Vec<&Value> = data.iter().collect();
    let shape = vec![ids.len() as u64 / 2, 2];
    let columns = vec![("matchIDs".to_owned(), Column { shape, numbers: Numbers::Integers(ids), attributes: Vec::new() })];
    let attributes = about(job, details).into_iter().map(|(name, text)| (name.to_owned(), fact(name, text))).collect();
    let groups =
        vec![("PrimaryData".to_owned(), samples(&primaries, "primary")), ("SecondaryData".to_owned(), samples(&secondaries, "secondary"))];
    file(&Group { attributes, groups, columns })
}

/// What is a number by its nature is one in the file.
fn fact(name: &str, text: String) -> Fact {
    const NUMBERS: [&str; 3] = ["CDMS_TimeWindow", "CDMS_SearchRadius", "CDMS_time_to_complete"];
    let number = NUMBERS.contains(&name) || name.starts_with("CDMS_num_") || name.starts_with("CDMS_page_");
    let bound = ["_min", "_max"].iter().any(|end| name.ends_with(end));
    match text.parse() {
        Ok(value) if number || bound => Fact::Number(value),
        _ => Fact::Text(text),
    }
}

/// The columns of one side's samples.
fn samples(entries: &[&Value], side: &str) -> Group {
    let column = |facts: &[(&str, &str)], number: &dyn Fn(&Value) -> f64| {
        let numbers: Vec<f64> = entries.iter().map(|entry| number(entry)).collect();
        let attributes =
            facts.iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| ((*name).to_owned(), Fact::Text((*text).to_owned())));
        let mut attributes: Vec<_> = attributes.collect();
        attributes.push(("_FillValue".to_owned(), Fact::Number(f64::NAN)));
        Column { shape: vec![entries.len() as u64], numbers: Numbers::Floats(numbers), attributes }
    };
    let place = |name: &'static str| move |entry: &Value| entry[name].as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN);
    let number = |name: &'static str| move |entry: &Value| entry[name].as_f64().unwrap_or(f64::NAN);
    let axis =
        |long: &'static str, standard, axis, units| [("long_name", long), ("standard_name", standard), ("axis", axis), ("units", units)];
    let mut columns = vec![
        ("lon".to_owned(), column(&axis("Longitude", "longitude", "X", "degrees_east"), &place("lon"))),
        ("lat".to_owned(), column(&axis("Latitude", "latitude", "Y", "degrees_north"), &place("lat"))),
        ("time".to_owned(), column(&axis("Time", "time", "T", "seconds since 1970-01-01 00:00:00"), &number("time"))),
    ];
    if entries.iter().any(|entry| entry["depth"].is_number()) {
        let mut facts = axis("Depth", "depth", "Z", "m").to_vec();
        facts.push(("positive", "down"));
        columns.push(("depth".to_owned(), column(&facts, &number("depth"))));
    }
    let mut known: Vec<&Value> = Vec::new();
    for variable in entries.iter().flat_map(|entry| list(entry, side)) {
        if !known.iter().any(|other| label(other) == label(variable)) {
            known.push(variable);
        }
    }
    for variable in known {
        let name = label(variable);
        let text = |key: &str| variable[key].as_str().unwrap_or_default();
        let facts = [
            ("long_name", text("variable_name")),
            ("standard_name", text("cf_variable_name")),
            ("units", text("variable_unit")),
            ("coordinates", "lat lon time"),
        ];
        let value = |entry: &Value| {
            list(entry, side).iter().find(|v| label(v) == name).and_then(|v| v["variable_value"].as_f64()).unwrap_or(f64::NAN)
        };
        columns.push((name.clone(), column(&facts, &value)));
    }
    Group { columns, ..Group::default() }
}
