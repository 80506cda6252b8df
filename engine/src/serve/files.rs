//! `/cdmssubset`: samples as CSV, one file for each dataset, in a ZIP.

use super::parameters::{AnyOutput, Parameters, no_such_form};
use super::{Answer, Failure, file_response};
use crate::Engine;
use axum::extract::State;
use chrono::DateTime;
use sdap::Points;
use sdap_nexus::request::{Elevation, SubsetRequest};
use sdap_nexus::{Error, Nexus};
use std::io::{Cursor, Write};
use std::sync::Arc;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(super) async fn subset(State(engine): State<Arc<Engine>>, AnyOutput(parameters): AnyOutput) -> Answer {
    let names = sources(&parameters)?;
    let (area, period) = (Some(parameters.area()?), parameters.period()?);
    let elevation = depths(&parameters)?;
    match parameters.output().as_str() {
        "ZIP" => {}
        "JSON" => return Err(Failure::internal("'output' argument must be ZIP: the samples come as CSV files in a ZIP")),
        other => return Err(no_such_form(other)),
    }
    let mut found = Vec::new();
    for dataset in names {
        let request = SubsetRequest { elevation, dataset, variable: parameters.variable(), area, filters: Vec::new(), period };
        let points = match engine.subset(&request).await {
            Ok(points) => Some(points),
            Err(Error::NoData { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        found.push((request.dataset, points));
    }
    // Making text of millions of samples is work.
    let zipped = engine.work(move |_, work| {
        let failed = |error: zip::result::ZipError| Error::Unsupported(format!("the ZIP cannot be written: {error}"));
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, points) in &found {
            archive.start_file(format!("{name}.csv"), SimpleFileOptions::default()).map_err(failed)?;
            for at in points.iter().flat_map(newest_first_lines) {
                work.proceed()?;
                archive.write_all(at.as_bytes()).map_err(|e| failed(e.into()))?;
            }
        }
        archive.finish().map(Cursor::into_inner).map_err(failed)
    });
    let name = parameters.get("filename").unwrap_or("download.zip");
    Ok(file_response("application/zip", &format!("filename=\"{name}\""), zipped.await?))
}

/// The datasets to take: `dataset`, and all that `insitu` lists.
fn sources(parameters: &Parameters) -> Result<Vec<String>, Failure> {
    let listed = |name: &str| parameters.get(name).unwrap_or_default().split(',').map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let primary = parameters.get("dataset").map(str::to_owned);
    let mut names: Vec<String> = primary.into_iter().chain(listed("insitu")).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err(Failure::bad("Either 'dataset', 'insitu', or both arguments are required"));
    }
    // A file can be in the archive but once.
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

/// The depths, where they are given.
fn depths(parameters: &Parameters) -> Result<Option<Elevation>, Failure> {
    let (shallow, deep) = (parameters.decimal("depthMin")?, parameters.decimal("depthMax")?);
    if shallow.unwrap_or(0.0) >= deep.unwrap_or(f64::INFINITY) {
        return Err(Failure::bad("Depth Min should be less than Depth Max"));
    }
    if shallow.is_none() && deep.is_none() {
        return parameters.elevation();
    }
    Ok(Some(Elevation { lowest: -deep.unwrap_or(f64::INFINITY), highest: -shallow.unwrap_or(f64::NEG_INFINITY) }))
}

/// A heading and a line for each sample, the newest first, with the line end before all but the first.
fn newest_first_lines(points: &Points) -> impl Iterator<Item = String> {
    let mut variables: Vec<&sdap::Variable> = points.variables.iter().collect();
    variables.sort_by(|a, b| a.name.cmp(&b.name));
    let id = points.keys.iter().next();
    let further = id.map(|_| "id").into_iter().chain(variables.iter().map(|v| v.name.as_str()));
    let heading = ["longitude", "latitude", "time"].into_iter().chain(further).map(field).collect::<Vec<_>>().join(",");
    let line = move |at: usize| {
        let time = DateTime::from_timestamp(points.time.seconds()[at], 0);
        let mut fields = vec![shortest(points.lon[at]), shortest(points.lat[at])];
        fields.push(time.map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string()));
        fields.extend(id.map(|(_, values)| field(&values[at])));
        fields.extend(variables.iter().map(|v| shortest(v.values[at])));
        format!("\r\n{}", fields.join(","))
    };
    std::iter::once(heading).chain(super::points::newest_first(points).into_iter().map(line))
}

/// The shortest digits that give the number again in the precision it was stored in; empty for a missing one.
pub(super) fn shortest(number: f64) -> String {
    if !number.is_finite() {
        return String::new();
    }
    if f64::from(number as f32) == number { format!("{:?}", number as f32) } else { format!("{number:?}") }
}

/// Text as a field of CSV (RFC 4180): in quotes where it needs them.
pub(super) fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_their_stored_precision_allows() {
        assert_eq!(shortest(f64::from(12.52_f32)), "12.52");
        assert_eq!(shortest(0.1), "0.1");
        assert_eq!(shortest(-128.875), "-128.875");
        assert_eq!(shortest(3.0), "3.0");
        assert_eq!(shortest(f64::NAN), "");
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a,b"), "\"a,b\"");
        assert_eq!(field("say \"x\""), "\"say \"\"x\"\"\"");
    }
}
