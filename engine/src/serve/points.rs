//! `/datainbounds`: every sample, in the layout of 1.4, newest first.

use super::json::Envelope;
use super::parameters::Parameters;
use super::{Answer, Failure, file_response, json_response};
use crate::Engine;
use axum::extract::State;
use flate2::Compression;
use flate2::write::GzEncoder;
use sdap::{BoundingBox, Points};
use sdap_nexus::request::SubsetRequest;
use sdap_nexus::{Error, Nexus};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::io::Write;
use std::sync::Arc;

pub(super) async fn data_in_bounds(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let dataset = parameters.dataset()?;
    let (area, filters) = parameters.area_and_filters()?;
    let naming = Naming::of(parameters.get("parameter"))?;
    let request = SubsetRequest {
        elevation: parameters.elevation()?,
        dataset,
        variable: parameters.variable(),
        area,
        filters,
        period: parameters.period()?,
    };
    let compact = parameters.switch("compact", false).then(|| parameters.get("filename").unwrap_or("subset.gz").to_owned());
    let points = match engine.subset(&request).await {
        Ok(points) => points,
        Err(Error::NoData { .. }) => return respond(std::iter::empty::<Sample>(), compact.as_deref()),
        Err(error) => return Err(error.into()),
    };
    let order = newest_first(&points);
    let points = Arc::new(points);
    respond(order.into_iter().map(move |at| Sample { points: points.clone(), area, naming, at }), compact.as_deref())
}

/// The positions of the points, the latest time first, and within a time as they are.
pub(super) fn newest_first(points: &Points) -> Vec<usize> {
    let times = points.time.seconds();
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(times[*at]));
    order
}

/// The samples as JSON, or as a gzip file of that name with the JSON on one line.
fn respond<T: Serialize + Send + 'static>(samples: impl Iterator<Item = T> + Send + 'static, file: Option<&str>) -> Answer {
    let Some(name) = file else { return Ok(json_response(Envelope::bare().body(samples))) };
    let zipped = zipped(samples).map_err(|e| Failure::internal(format!("the answer could not be compressed: {e}")))?;
    Ok(file_response("application/gzip", &format!("attachment; filename=\"{name}\""), zipped))
}

fn zipped<T: Serialize>(samples: impl Iterator<Item = T>) -> std::io::Result<Vec<u8>> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    let mut before: &[u8] = b"[";
    for sample in samples {
        file.write_all(before)?;
        serde_json::to_writer(&mut file, &sample)?;
        before = b", ";
    }
    file.write_all(if before == b"[" { b"[]" } else { b"]" })?;
    file.finish()
}

/// What values are called.
#[derive(Clone, Copy, PartialEq)]
enum Naming {
    /// `variables`, each by its standard name.
    Standard,
    /// `sst` or `sss`.
    One(&'static str),
    /// `wind_u`, `wind_v`.
    Wind,
}

impl Naming {
    fn of(parameter: Option<&str>) -> Result<Self, Failure> {
        match parameter {
            None => Ok(Self::Standard),
            Some("sst") => Ok(Self::One("sst")),
            Some("sss") => Ok(Self::One("sss")),
            Some("wind") => Ok(Self::Wind),
            Some(other) => Err(Failure::bad(format!("Parameter {other} not supported. Must be one of 'sst', 'sss', 'wind'."))),
        }
    }
}

/// One point.
struct Sample {
    points: Arc<Points>,
    area: Option<BoundingBox>,
    naming: Naming,
    at: usize,
}

impl Serialize for Sample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { points, at, .. } = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("latitude", &points.lat[*at])?;
        map.serialize_entry("longitude", &points.lon[*at])?;
        map.serialize_entry("time", &points.time.seconds()[*at])?;
        map.serialize_entry("elevation", &points.elevation.as_ref().map(|e| e[*at]))?;
        map.serialize_entry("data", &Data(self))?;
        if !points.keys.is_empty() {
            let keys: std::collections::BTreeMap<&String, &String> =
                points.keys.iter().map(|(name, values)| (name, &values[*at])).collect();
            map.serialize_entry("keys", &keys)?;
        }
        map.end()
    }
}

/// The values of a point.
struct Data<'a>(&'a Sample);

impl Data<'_> {
    /// A pseudo URL for where the point comes from, as the server makes one.
    fn id(&self) -> String {
        let Sample { points, area, at, .. } = self.0;
        let time = points.time.seconds()[*at];
        let corners =
            area.map(|b| format!("&min_lat={:?}&max_lat={:?}&min_lon={:?}&max_lon={:?}", b.south(), b.north(), b.west(), b.east()));
        let corners = corners.unwrap_or_default();
        let mut id = format!("nts:{}?min_time={time}&max_time={time}{corners}", points.dataset);
        for (name, values) in &points.keys {
            id.extend(["&", name, "=", &values[*at]]);
        }
        id
    }
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Sample { points, naming, at, .. } = self.0;
        let values: Vec<f64> = points.variables.iter().map(|v| v.values[*at]).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id())?;
        match (naming, values.as_slice()) {
            (Naming::One(name), [value]) => map.serialize_entry(name, value)?,
            (Naming::One(name), several) => map.serialize_entry(name, several)?,
            (Naming::Wind, several) => {
                for (name, value) in ["wind_u", "wind_v"].iter().zip(several) {
                    map.serialize_entry(name, value)?;
                }
            }
            (Naming::Standard, several) => {
                let named = |(v, value): (&sdap::Variable, &f64)| std::collections::BTreeMap::from([(v.name.clone(), *value)]);
                map.serialize_entry("variables", &points.variables.iter().zip(several).map(named).collect::<Vec<_>>())?;
            }
        }
        map.end()
    }
}
