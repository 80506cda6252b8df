//! A dataset as the engine sees it: times, places, and variables that lie on both.

pub(crate) mod attributes;
mod calendar;
mod card;
mod choices;
mod open;
mod places;
mod step;
pub(crate) mod time;
mod vertical;

pub(crate) use attributes::Attributes;
pub(crate) use open::{is_time, open, says_latitude, says_longitude, says_time};
pub(crate) use places::{Axis, Field, FieldValues, Places, Samples, Stations};
pub(crate) use vertical::{Layer, Level};

use crate::chunks::Chunks;
use crate::numbers::Packing;
use crate::waiting::Reach;
use sdap::Period;
use sdap_nexus::Error;
use std::sync::Arc;

/// An opened dataset. Its coordinates are in memory, its variables are read chunk by chunk.
pub(crate) struct Dataset {
    pub(crate) name: String,
    /// The format it is kept in: `zarr`, `netcdf`, `csv`, `parquet`.
    pub(crate) kind: &'static str,
    pub(crate) attributes: Attributes,
    /// Seconds since 1970-01-01T00:00:00Z, in the order they are stored; at least one.
    pub(crate) time: Vec<i64>,
    pub(crate) places: Places,
    /// At least one.
    pub(crate) variables: Vec<Variable>,
    /// Which of its files could not be read and were left out, and why, if any.
    pub(crate) left_out: Option<String>,
}

/// One quantity, stored for every time and place.
pub(crate) struct Variable {
    /// Tells the array apart from every other that was opened since the process started. All levels of one have the same.
    pub(crate) id: u64,
    /// The short name of the dataset it belongs to.
    pub(crate) dataset: String,
    pub(crate) name: String,
    pub(crate) standard_name: String,
    pub(crate) long_name: String,
    pub(crate) units: String,
    /// How its values stand for their cells and periods (CF conventions 1.11, section 7.3); empty where nothing is said.
    pub(crate) cell_methods: String,
    pub(crate) packing: Packing,
    pub(crate) chunks: Arc<dyn Chunks>,
    /// Where they are.
    pub(crate) reach: Reach,
    pub(crate) dimensions: Dimensions,
    /// Which level of the array it is, if that has a vertical axis; the first, unless it is one of `layers`.
    pub(crate) level: Option<Level>,
    /// Its levels, if it has a vertical axis.
    pub(crate) layers: Vec<Layer>,
}

/// Which dimension of an array is which. Any other has one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dimensions {
    pub(crate) time: usize,
    /// Latitude; none where places are stations.
    pub(crate) y: Option<usize>,
    /// Longitude, station, or sample: then the same as time.
    pub(crate) x: usize,
}

impl Variable {
    /// What answers call it: the CF standard name where there is one.
    pub(crate) fn label(&self) -> &str {
        if self.standard_name.is_empty() { &self.name } else { &self.standard_name }
    }
}

impl Dataset {
    /// The variable of that name, of that name in a group, or of that standard name; the first if none is named.
    ///
    /// # Errors
    /// If the dataset has none of that name.
    pub(crate) fn variable(&self, name: Option<&str>) -> Result<&Variable, Error> {
        let Some(name) = name else { return Ok(&self.variables[0]) };
        let by_name = self.variables.iter().find(|v| v.name == name);
        let in_group = || self.variables.iter().find(|v| v.name.rsplit('/').next() == Some(name));
        by_name.or_else(in_group).or_else(|| self.variables.iter().find(|v| v.standard_name == name)).ok_or_else(|| {
            Error::UnknownVariable {
                dataset: self.name.clone(),
                name: name.to_owned(),
                known: self.variables.iter().map(|v| v.name.clone()).collect(),
            }
        })
    }

    /// Keeps just the variables of these names, in this order.
    ///
    /// # Errors
    /// If there is none of a name, or no name.
    pub(crate) fn choose(&mut self, names: &[String]) -> Result<(), String> {
        let mut chosen = Vec::new();
        for name in names {
            let known = || self.variables.iter().chain(&chosen).map(|v: &Variable| v.name.clone()).collect::<Vec<_>>().join(", ");
            let Some(at) = self.variables.iter().position(|v| v.name == *name) else {
                return Err(format!("it has no variable {name}, or it is named twice; it has {}", known()));
            };
            chosen.push(self.variables.remove(at));
        }
        if chosen.is_empty() {
            return Err("no variable of it is named".to_owned());
        }
        self.variables = chosen;
        Ok(())
    }

    /// The times from first to last.
    pub(crate) fn period(&self) -> Option<Period> {
        let at = |seconds: Option<&i64>| chrono::DateTime::from_timestamp(*seconds?, 0);
        Period::new(at(self.time.iter().min())?, at(self.time.iter().max())?).ok()
    }

    /// The attribute as text; empty where there is none.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        attributes::text(&self.attributes, name)
    }

    /// Whether the numbers were invented, which the attribute `synthetic` says.
    pub(crate) fn is_synthetic(&self) -> bool {
        match self.attributes.get("synthetic") {
            Some(serde_json::Value::Bool(yes)) => *yes,
            Some(serde_json::Value::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    /// What must be said wherever the numbers are shown.
    pub(crate) fn attribution(&self) -> Vec<String> {
        let text = Some(self.attribute("attribution").to_owned()).filter(|text| !text.is_empty());
        let incomplete = self.left_out.as_ref().map(|files| format!("{} is incomplete; files left out: {files}", self.name));
        text.into_iter().chain(incomplete).collect()
    }

    /// What people call it.
    pub(crate) fn title(&self) -> &str {
        let title = self.attribute("title");
        if title.is_empty() { &self.name } else { title }
    }
}
