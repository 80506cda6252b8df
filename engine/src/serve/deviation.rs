//! `/standardDeviation`: what a climatology keeps beside its means, at a place.

use super::json::Envelope;
use super::parameters::Parameters;
use super::{Answer, Failure, json_response};
use crate::Engine;
use axum::extract::State;
use chrono::{DateTime, Utc};
use sdap::{Column, Table, TableColumn};
use sdap_nexus::request::{Climatic, DeviationRequest};
use sdap_nexus::{Error, Nexus};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn standard_deviation(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let required = |name: &str| parameters.decimal(name)?.ok_or_else(|| Failure::bad(format!("'{name}' argument is required")));
    let request = DeviationRequest {
        dataset: parameters.dataset()?,
        longitude: required("longitude")?,
        latitude: required("latitude")?,
        when: when(day(&parameters)?, parameters.time("date")?)?,
        all_in_tile: parameters.switch("allInTile", true),
    };
    let places = match engine.deviation(&request).await {
        Ok(table) => places(&table),
        // None there, or none kept at all.
        Err(Error::NoData { .. } | Error::Unsupported(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(json_response(Envelope::of(&parameters.echo(), &json!({})).body(places.into_iter())))
}

/// The day of a year, if one is given. It is checked here, since a dataset without deviations answers before anybody looks at it.
fn day(parameters: &Parameters) -> Result<Option<u32>, Failure> {
    let Some(text) = parameters.get("day").filter(|text| !text.is_empty()) else { return Ok(None) };
    let no_day = || Failure::bad(format!("'day' argument is no day of a year, 1 to 366: '{text}'"));
    text.parse().ok().filter(|day| (1..=366).contains(day)).map(Some).ok_or_else(no_day)
}

/// Just one of the two.
fn when(day: Option<u32>, date: Option<DateTime<Utc>>) -> Result<Climatic, Failure> {
    match (day, date) {
        (Some(day), None) => Ok(Climatic::Day(day)),
        (None, Some(date)) => Ok(Climatic::Date(date)),
        _ => Err(Failure::bad("At least one of 'day' or 'date' arguments are required but not both.")),
    }
}

#[derive(Serialize)]
struct Place {
    longitude: f64,
    latitude: f64,
    standard_deviation: f64,
}

fn places(table: &Table) -> Vec<Place> {
    let numbers = |start: &str| -> Option<&Column> {
        table.columns.iter().find(|(name, _)| name.starts_with(start)).and_then(|(_, column)| match column {
            TableColumn::Numbers(numbers) => Some(numbers),
            _ => None,
        })
    };
    let (Some(longitude), Some(latitude), Some(deviation)) = (numbers("longitude"), numbers("latitude"), numbers("standard deviation"))
    else {
        return Vec::new();
    };
    let place = |at: usize| Place { longitude: longitude[at], latitude: latitude[at], standard_deviation: deviation[at] };
    (0..table.len()).map(place).collect()
}
