//! `/latitudeTimeHofMoellerSpark` and `/longitudeTimeHofMoellerSpark`: one object for each time.

use super::json::Envelope;
use super::meta::{Meta, iso, start_of_month};
use super::parameters::Parameters;
use super::{Answer, json_response};
use crate::Engine;
use axum::extract::State;
use sdap::{Axis, Hovmoller};
use sdap_nexus::Nexus;
use sdap_nexus::request::HovmollerRequest;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;
use std::sync::Arc;

/// Time against latitude.
pub(super) async fn latitude(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    answer(&engine, &parameters, Axis::Latitude).await
}

/// Time against longitude.
pub(super) async fn longitude(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    answer(&engine, &parameters, Axis::Longitude).await
}

async fn answer(engine: &Engine, parameters: &Parameters, axis: Axis) -> Answer {
    let request = HovmollerRequest {
        elevation: parameters.elevation()?,
        // The server moves the times of its answer, and keeps all of them.
        normalize_dates: false,
        dataset: parameters.dataset()?,
        variable: parameters.variable(),
        axis,
        area: parameters.area()?,
        period: parameters.period()?,
    };
    let diagram = Arc::new(engine.hovmoller(&request).await?);
    // The server counts times without any value, too, which the diagram leaves out.
    let asked = request.clone();
    let all = engine.work(move |catalogue, _| Ok(catalogue.get(&asked.dataset)?.steps(&asked.period)?.seconds)).await?;
    let sequence = move |time: i64| all.partition_point(|second| *second < time);
    let to_months = parameters.switch("normalizeDates", false);
    let meta = Meta::of(&request.dataset, &request.area, &request.period);
    let times = (0..diagram.time.len()).map(move |at| {
        let sequence = sequence(diagram.time.seconds()[at]);
        Time { diagram: diagram.clone(), at, sequence, to_months }
    });
    Ok(json_response(Envelope::of(&meta, &json!({})).body(times)))
}

/// One time of a diagram.
struct Time {
    diagram: Arc<Hovmoller>,
    at: usize,
    sequence: usize,
    to_months: bool,
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { diagram, at, sequence, to_months } = self;
        let time = diagram.time.seconds()[*at];
        let time = if *to_months { start_of_month(time) } else { time };
        // Where a latitude or longitude has no value, the server leaves it out.
        let present = (0..diagram.coordinate.len()).filter(|nth| diagram.count[[*at, *nth]] > 0.0);
        let bands: Vec<Band<'_>> = present.map(|nth| Band { diagram, at: *at, nth }).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("sequence", sequence)?;
        map.serialize_entry("time", &time)?;
        map.serialize_entry("iso_time", &iso(time, "Z"))?;
        map.serialize_entry(if diagram.axis == Axis::Latitude { "lats" } else { "lons" }, &bands)?;
        map.end()
    }
}

/// One latitude or longitude at one time.
struct Band<'a> {
    diagram: &'a Hovmoller,
    at: usize,
    nth: usize,
}

impl Serialize for Band<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { diagram, at, nth } = self;
        let place = [*at, *nth];
        let mut map = serializer.serialize_map(None)?;
        let name = if diagram.axis == Axis::Latitude { "latitude" } else { "longitude" };
        map.serialize_entry(name, &diagram.coordinate[*nth])?;
        map.serialize_entry("cnt", &(diagram.count[place] as u64))?;
        map.serialize_entry("mean", &diagram.mean[place])?;
        map.serialize_entry("std", &diagram.standard_deviation[place])?;
        map.serialize_entry("max", &diagram.maximum[place])?;
        map.serialize_entry("min", &diagram.minimum[place])?;
        map.end()
    }
}
