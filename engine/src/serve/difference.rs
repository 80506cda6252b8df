//! `/dailydifferenceaverage_spark`: the daily difference from a climatology.

use super::json::Envelope;
use super::meta::{Bounds, Meta, Span};
use super::parameters::Parameters;
use super::{Answer, Failure, json_response};
use crate::Engine;
use axum::extract::State;
use sdap_nexus::request::AnomalyRequest;
use sdap_nexus::{Error, Nexus};
use serde::Serialize;
use std::sync::Arc;

pub(super) async fn daily_difference(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let either = |name: &str, other: &str| {
        let required = || Failure::bad(format!("'{name}' or '{other}' argument is required"));
        parameters.get(name).or_else(|| parameters.get(other)).map(str::to_owned).ok_or_else(required)
    };
    let request = AnomalyRequest {
        dataset: either("dataset", "ds1")?,
        climatology: either("climatology", "ds2")?,
        variable: parameters.variable(),
        area: parameters.area()?,
        period: parameters.period()?,
    };
    let (days, units) = match engine.anomaly(&request).await {
        Ok(series) => {
            let day =
                |at: usize| [Day { time: series.time.seconds()[at], mean: series.mean[at], std: series.standard_deviation[at], ds: 0 }];
            ((0..series.len()).map(day).collect(), series.units)
        }
        Err(Error::NoData { .. }) => (Vec::new(), String::new()),
        Err(error) => return Err(error.into()),
    };
    let meta = DifferenceMeta::of(request, &units);
    Ok(json_response(Envelope::of(&meta, &serde_json::json!({})).body(days.into_iter())))
}

#[derive(Serialize)]
struct Day {
    time: i64,
    mean: f64,
    std: f64,
    ds: u8,
}

#[derive(Serialize)]
struct DifferenceMeta {
    title: String,
    description: String,
    units: String,
    label: String,
    #[serde(rename = "shortName")]
    short_name: String,
    bounds: Bounds,
    time: Span,
    climatology: String,
}

impl DifferenceMeta {
    /// The title is guessed from the name, as the server does; the unit where it is not known otherwise.
    fn of(request: AnomalyRequest, units: &str) -> Self {
        let name = request.dataset.to_lowercase();
        let guesses = [
            (["sst", "mur"].as_slice(), "Sea Surface Temperature (SST)", "SST", "\u{b0}C"),
            (&["chl"], "Chlorophyll", "Chlorophyll", "mg m^-3"),
            (&["sla"], "Sea Level (SLA)", "SLA", "m"),
            (&["sss"], "Sea Surface Salinity (SSS)", "SSS", "psu"),
            (&["ccmp"], "Wind Speed", "Wind speed", "m/s"),
            (&["trmm"], "Precipitation", "Precipitation", "mm"),
        ];
        let known = guesses.into_iter().find(|(signs, ..)| signs.iter().any(|sign| name.contains(sign)));
        let (title, description, units) = match known {
            Some((_, what, short, unit)) => {
                (format!("{what} Anomalies"), format!("{short} anomalies are departures from the 5-day pixel mean"), unit)
            }
            None => ("Anomalies".to_owned(), "Anomalies are departures from the climatology".to_owned(), units),
        };
        let label = if units.is_empty() { title.clone() } else { format!("{title} ({units})") };
        let Meta { short_name, bounds, time } = Meta::of(&request.dataset, &request.area, &request.period);
        Self { label, title, description, units: units.to_owned(), short_name, bounds, time, climatology: request.climatology }
    }
}
