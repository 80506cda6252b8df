//! What is said of a dataset before it is asked anything.

use super::{Dataset, Field, Places, step};
use sdap_nexus::{DatasetVariable, GridShape, KeyField};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Attributes that have a place of their own on the card.
const PLACED: [&str; 6] = ["title", "license", "licence", "attribution", "synthetic", "_ARRAY_DIMENSIONS"];

impl Dataset {
    /// The card. `climatology` is the companion that differences are taken from, if there is one.
    pub(crate) fn card(&self, climatology: Option<String>) -> sdap_nexus::Dataset {
        let mut times = self.time.clone();
        times.sort_unstable();
        times.dedup();
        sdap_nexus::Dataset {
            short_name: self.name.clone(),
            title: self.title().to_owned(),
            kind: self.kind.into(),
            period: self.period(),
            area: self.places.area(),
            times: Some(times.len()),
            step: step::in_words(&times),
            grid: self.grid(),
            variables: self.variables.iter().map(describe).collect(),
            keys: self.keys(),
            climatology,
            synthetic: self.is_synthetic(),
            attribution: self.attribution(),
            licence: [self.attribute("license"), self.attribute("licence")].concat(),
            attributes: self.further_attributes(),
            ..sdap_nexus::Dataset::default()
        }
    }

    fn grid(&self) -> Option<GridShape> {
        let Places::Grid { lat, lon } = &self.places else { return None };
        let tidy = |step: Option<f64>| (step.unwrap_or(0.0) * 1e5).round() / 1e5;
        Some(GridShape { rows: lat.degrees.len(), columns: lon.degrees.len(), lat_step: tidy(lat.step()), lon_step: tidy(lon.step()) })
    }

    /// The identifier of stations, each with its name; or those of samples, each once.
    fn keys(&self) -> Vec<KeyField> {
        match &self.places {
            Places::Grid { .. } => Vec::new(),
            Places::Stations(stations) => {
                let Some(id) = stations.fields.first() else { return Vec::new() };
                let names = stations.fields.iter().find(|f| f.name == format!("{}_name", id.name));
                let named = |station: usize| (id.values.text(station), names.map_or_else(String::new, |n| n.values.text(station)));
                vec![KeyField { name: id.name.clone(), values: (0..id.values.len()).map(named).collect() }]
            }
            Places::Samples(samples) => samples.keys.iter().map(distinct).collect(),
        }
    }

    /// All other attributes as text, but for the lists that name stations.
    fn further_attributes(&self) -> BTreeMap<String, String> {
        let kept = self.attributes.iter().filter(|(name, _)| !PLACED.contains(&name.as_str()) && !name.ends_with("_names"));
        kept.map(|(name, value)| (name.clone(), in_words(value))).collect()
    }
}

/// A key of samples, with each value once.
fn distinct(key: &Field) -> KeyField {
    let values: BTreeSet<String> = (0..key.values.len()).map(|at| key.values.text(at)).collect();
    KeyField { name: key.name.clone(), values: values.into_iter().map(|value| (value, String::new())).collect() }
}

fn describe(variable: &super::Variable) -> DatasetVariable {
    DatasetVariable {
        name: variable.name.clone(),
        standard_name: variable.standard_name.clone(),
        long_name: variable.long_name.clone(),
        units: variable.units.clone(),
    }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(in_words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
