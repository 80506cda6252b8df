//! What filters can select by.

use crate::dataset::{self, Dataset, FieldValues, Stations};
use sdap_nexus::Error;
use serde_json::Value;

/// The endings of Solr's dynamic fields.
const ENDINGS: [&str; 15] = ["_i", "_is", "_l", "_ls", "_s", "_ss", "_d", "_ds", "_f", "_fs", "_b", "_bs", "_dt", "_dts", "_t"];

/// All fields of some stations or points.
pub(crate) struct Fields<'a> {
    dataset: &'a Dataset,
    /// How many stations or points there are.
    pub(super) count: usize,
    named: Vec<Field<'a>>,
    attributes: Vec<Field<'a>>,
}

/// A field.
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    pub(super) values: Values<'a>,
}

/// The values of a field, one for each station or point.
pub(super) enum Values<'a> {
    Whole(&'a [i64]),
    Numbers(std::borrow::Cow<'a, [f64]>),
    Text(&'a [String]),
    /// Seconds since 1970-01-01T00:00:00Z.
    Times(&'a [i64]),
    /// The same for all.
    Same(String),
}

impl<'a> Fields<'a> {
    /// The fields of stations.
    pub(crate) fn of_stations(dataset: &'a Dataset, stations: &'a Stations) -> Self {
        let named = stations.fields.iter().map(of_field).collect();
        Self { dataset, count: stations.lat.degrees.len(), named, attributes: attributes(dataset) }
    }

    /// The fields of in-situ points.
    ///
    /// # Errors
    /// If their values cannot be read.
    pub(crate) fn of_samples(dataset: &'a Dataset, samples: &'a dataset::Samples) -> Result<Self, Error> {
        let numbers = |name, values: &'a [f64]| Field { name, values: Values::Numbers(values.into()) };
        let mut named: Vec<Field<'a>> = samples.keys.iter().map(of_field).collect();
        named.push(Field { name: "time", values: Values::Times(&dataset.time) });
        named.push(numbers("lat", &samples.lat.degrees));
        named.push(numbers("lon", &samples.lon.degrees));
        named.extend(samples.elevation.as_ref().map(|elevation| numbers("elevation", elevation)));
        for variable in &dataset.variables {
            let broken = |reason| Error::Broken { dataset: dataset.name.clone(), reason: format!("{}: {reason}", variable.name) };
            let stored = crate::chunks::read_line(&*variable.chunks).map_err(broken)?;
            let values = Values::Numbers(variable.packing.values(&stored).into());
            named.push(Field { name: &variable.name, values });
        }
        Ok(Self { dataset, count: dataset.time.len(), named, attributes: attributes(dataset) })
    }

    /// The field of that name, with or without an ending of Solr. An attribute of the dataset stands behind all others.
    ///
    /// # Errors
    /// If there is none; names those there are.
    pub(super) fn find(&self, name: &str) -> Result<&Field<'a>, Error> {
        let named = |wanted: &str| self.named.iter().chain(&self.attributes).find(|f| f.name.eq_ignore_ascii_case(wanted));
        let other_name = match name.to_ascii_lowercase().as_str() {
            "latitude" => named("lat"),
            "longitude" => named("lon"),
            _ => None,
        };
        let bare = || ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending)).find_map(named);
        named(name).or(other_name).or_else(bare).ok_or_else(|| {
            let known = self.named.iter().map(|f| f.name.to_owned()).collect();
            Error::UnknownField { dataset: self.dataset.name.clone(), name: name.to_owned(), known }
        })
    }
}

fn of_field(field: &dataset::Field) -> Field<'_> {
    let values = match &field.values {
        FieldValues::Whole(values) => Values::Whole(values),
        FieldValues::Numbers(values) => Values::Numbers(values.into()),
        FieldValues::Text(values) => Values::Text(values),
    };
    Field { name: &field.name, values }
}

/// Attributes that are one text, number or truth.
fn attributes(dataset: &Dataset) -> Vec<Field<'_>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    };
    let all = dataset.attributes.iter();
    all.filter_map(|(name, value)| text(value).map(|text| Field { name, values: Values::Same(text) })).collect()
}
