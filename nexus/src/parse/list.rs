//! The list of datasets: `/list`.

use super::envelope::{Objects, Text};
use super::job::moment;
use super::json;
use super::limit::Limit;
use super::number::{Loose, seconds};
use crate::Dataset;
use chrono::DateTime;
use sdap::{BoundingBox, Period};
use serde::de::{Deserialize, MapAccess, value::MapAccessDeserializer};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, io::Read};

/// More datasets than this are a broken answer.
const MOST: usize = 100_000;

/// The datasets of one answer, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Datasets(pub(crate) Vec<Dataset>);

/// Reads the list, sorted by short name, each dataset with the climatology that lies beside it.
pub(crate) fn read(input: &mut dyn Read) -> Result<Vec<Dataset>, json::ReadError> {
    let mut all = super::envelope::read(input, Datasets::default(), Limit::new(MOST, "datasets"))?.data.0;
    all.sort_by(|a, b| a.short_name.cmp(&b.short_name));
    let names: Vec<String> = all.iter().map(|d| d.short_name.clone()).collect();
    for dataset in &mut all {
        let climatology = format!("{}_CLIM", dataset.short_name);
        dataset.climatology = names.binary_search(&climatology).is_ok().then_some(climatology);
    }
    Ok(all)
}

impl Objects for Datasets {
    fn object<'de, A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error> {
        let entry = Entry::deserialize(MapAccessDeserializer::new(fields))?;
        // An entry without a name cannot be asked for.
        if !entry.short_name.0.is_empty() {
            self.0.push(entry.into());
        }
        Ok(())
    }

    fn count(&self) -> usize {
        self.0.len()
    }
}

/// One entry as servers of any age send it. `metadata` holds the global attributes of a Zarr dataset.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(rename = "shortName")]
    short_name: Text,
    title: Text,
    #[serde(rename = "type")]
    kind: Text,
    #[serde(rename = "tileCount")]
    tile_count: Loose,
    start: Value,
    end: Value,
    iso_start: Text,
    iso_end: Text,
    spatial_extent: Value,
    metadata: Value,
    error: Value,
    error_reason: Text,
    #[serde(rename = "remoteUrl")]
    remote_url: Text,
    #[serde(rename = "remoteShortName")]
    remote_short_name: Text,
}

impl From<Entry> for Dataset {
    fn from(entry: Entry) -> Self {
        let attributes = entry.metadata.as_object().map(attributes).unwrap_or_default();
        let named = |title: &str| !title.is_empty() && title != entry.short_name.0;
        let title = if named(&entry.title.0) { entry.title.0.clone() } else { attributes.get("title").cloned().unwrap_or_default() };
        Self {
            title: if named(&title) { title } else { entry.short_name.0.clone() },
            period: entry.period(),
            area: extent(&entry.spatial_extent),
            trouble: entry.trouble(),
            remote: entry.remote(),
            kind: entry.kind.0,
            tile_count: entry.tile_count.0.filter(|n| *n >= 0.0).map(|n| n as u64),
            synthetic: attributes.get("synthetic").is_some_and(|v| v.eq_ignore_ascii_case("true")),
            attribution: attributes.get("attribution").cloned().into_iter().collect(),
            licence: attributes.get("license").cloned().unwrap_or_default(),
            short_name: entry.short_name.0,
            attributes,
            ..Self::default()
        }
    }
}

impl Entry {
    fn period(&self) -> Option<Period> {
        let at = |sent: &Value, iso: &Text| {
            let number = sent.as_f64().or_else(|| sent.as_str()?.trim().parse().ok());
            let time = number.and_then(seconds).and_then(|s| DateTime::from_timestamp(s, 0));
            time.or_else(|| moment(&iso.0)).or_else(|| moment(sent.as_str()?))
        };
        Period::new(at(&self.start, &self.iso_start)?, at(&self.end, &self.iso_end)?).ok()
    }

    fn trouble(&self) -> Option<String> {
        let error = match &self.error {
            Value::Null | Value::Bool(false) => return None,
            Value::String(text) => text.as_str(),
            _ => "",
        };
        let words: Vec<&str> = [error, &self.error_reason.0].into_iter().filter(|w| !w.is_empty()).collect();
        Some(if words.is_empty() { "the server cannot open it".into() } else { words.join(": ") })
    }

    fn remote(&self) -> Option<String> {
        let url = &self.remote_url.0;
        match self.remote_short_name.0.as_str() {
            _ if url.is_empty() => None,
            "" => Some(url.clone()),
            name if name == self.short_name.0 => Some(url.clone()),
            name => Some(format!("{url} ({name})")),
        }
    }
}

/// `west,south,east,north` as a text or an array, held within the Earth: tile bounds may reach beyond it by half a cell.
fn extent(sent: &Value) -> Option<BoundingBox> {
    let numbers: Vec<f64> = match sent {
        Value::String(text) => text.split(',').map(|n| n.trim().parse().ok()).collect::<Option<_>>()?,
        Value::Array(items) => items.iter().map(Value::as_f64).collect::<Option<_>>()?,
        _ => return None,
    };
    let [west, south, east, north] = numbers[..] else { return None };
    BoundingBox::new(west.clamp(-180.0, 360.0), south.clamp(-90.0, 90.0), east.clamp(-180.0, 360.0), north.clamp(-90.0, 90.0)).ok()
}

fn attributes(metadata: &Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    metadata.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_numbers_or_as_they_are_written() {
        let told = |start: &str| {
            let body = format!(r#"[{{"shortName": "A", "start": {start}, "end": "2013-01-02T00:00:00Z"}}]"#);
            read(&mut body.as_bytes()).unwrap()[0].period.map(|period| period.start().timestamp())
        };
        let noon = Some(1_357_041_600);
        for start in
            ["1357041600", "1357041600.0", "1357041600000", "\"1357041600\"", "\"2013-01-01T12:00:00+0000\"", "\"2013-01-01T12:00:00\""]
        {
            assert_eq!(told(start), noon, "{start}");
        }
        for none in ["null", "\"soon\"", "{}", "true"] {
            assert_eq!(told(none), None, "{none}");
        }
    }

    #[test]
    fn an_extent_beyond_the_earth_is_held_within_it() {
        assert_eq!(extent(&"-180.12,-90.12,180,90".into()), Some(BoundingBox::WORLD));
        assert_eq!(extent(&serde_json::json!([-180.12, -90.12, 180, 90])), Some(BoundingBox::WORLD));
        for none in ["1,2,3".into(), "".into(), Value::Null, serde_json::json!(["1", 2, 3, 4])] {
            assert_eq!(extent(&none), None);
        }
    }
}
