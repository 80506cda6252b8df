//! What is known of a dataset before it is asked anything.

use sdap::{BoundingBox, Period};
use std::collections::BTreeMap;

/// A dataset, so far as its server describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dataset {
    /// The name to ask for.
    pub short_name: String,
    /// What people call it; often the short name again.
    pub title: String,
    /// How the server keeps it: `nexusproto` tiles, `zarr`, or empty where an old server does not say.
    pub kind: String,
    /// The times from first to last.
    pub period: Option<Period>,
    /// The area of its tiles or cells.
    pub area: Option<BoundingBox>,
    /// How many times it has.
    pub times: Option<usize>,
    /// The usual step between times, in words: `1 month`, `1 day`.
    pub step: String,
    /// How many tiles the server keeps.
    pub tile_count: Option<u64>,
    /// Its grid, if it is one.
    pub grid: Option<GridShape>,
    /// Its variables; empty where the server does not say.
    pub variables: Vec<DatasetVariable>,
    /// The fields that `--filter` can select by.
    pub keys: Vec<KeyField>,
    /// The dataset that a difference from the mean takes by default.
    pub climatology: Option<String>,
    /// Whether its numbers were invented, not measured.
    pub synthetic: bool,
    /// Attributions that must travel with the data.
    pub attribution: Vec<String>,
    /// The terms of use.
    pub licence: String,
    /// The server that really holds it, where this one only refers to it.
    pub remote: Option<String>,
    /// Why it cannot be read at present.
    pub trouble: Option<String>,
    /// Everything else that was said about it.
    pub attributes: BTreeMap<String, String>,
}

/// The grid of a dataset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridShape {
    /// How many latitudes.
    pub rows: usize,
    /// How many longitudes.
    pub columns: usize,
    /// Degrees between latitudes.
    pub lat_step: f64,
    /// Degrees between longitudes.
    pub lon_step: f64,
}

/// One variable of a dataset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DatasetVariable {
    /// The name in the file.
    pub name: String,
    /// The CF standard name, or empty.
    pub standard_name: String,
    /// A description, or empty.
    pub long_name: String,
    /// The unit, or empty.
    pub units: String,
}

/// A field that metadata filters can select by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyField {
    /// The field as `--filter` writes it, such as `rivid`.
    pub name: String,
    /// Its values, each with a name for people where there is one.
    pub values: Vec<(String, String)>,
}
