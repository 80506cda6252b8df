//! The pairs of a match-up: `/cdmsresults`, `/domsresults` before 1.1, and what `/match_spark` answered before 1.2.
//!
//! Each primary sample holds the secondary samples that were found near it. Coordinates come as texts or numbers, times in
//! seconds or milliseconds, and values as a list of variables or, before 2022, as fields of their own.

use super::envelope::Text;
use super::job::{Parameters, moment};
use super::json::{self, ReadError};
use super::number::{Loose, no_place, seconds};
use super::points::another;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{fmt, io::Read};

/// More variables than this are a broken answer.
const MOST_VARIABLES: usize = 100;

/// One answer.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The id by which the results can be asked for.
    pub(crate) id: String,
    pub(crate) pairs: Pairs,
    /// How many primary samples there are in it; none where the server keeps them back because they are many.
    pub(crate) primaries: Option<usize>,
    /// Its number, from 1; none of servers that send everything at once.
    pub(crate) number: Option<u64>,
    /// How many primary samples the whole has.
    pub(crate) matched: Option<u64>,
    pub(crate) parameters: Parameters,
}

/// Pairs: row by row, both sides are of one length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) primary: Side,
    pub(crate) secondary: Side,
    /// How many were not kept, because there are more than wanted.
    pub(crate) left_out: usize,
}

/// The samples of one side, as columns of one length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    pub(crate) lat: Vec<f64>,
    pub(crate) lon: Vec<f64>,
    /// Seconds since 1970.
    pub(crate) time: Vec<i64>,
    /// Metres, positive downwards; NaN where there is none.
    pub(crate) depth: Vec<f64>,
    pub(crate) platform: Vec<String>,
    /// Name, unit and numbers of each variable; NaN where a sample lacks it.
    pub(crate) variables: Vec<(String, String, Vec<f64>)>,
}

/// One sample, and those that were found near it.
#[derive(Clone, Debug, Default)]
struct Sample {
    lat: Option<f64>,
    lon: Option<f64>,
    time: Option<i64>,
    depth: Option<f64>,
    platform: String,
    values: Vec<(String, String, f64)>,
    matches: Vec<Sample>,
}

impl Side {
    fn push(&mut self, sample: &Sample) -> Result<(), String> {
        let [lat, lon] = [sample.lat, sample.lon].map(|degrees| degrees.unwrap_or(f64::NAN));
        if let Some(reason) = no_place("a sample of the match-up", lat, lon) {
            return Err(reason);
        }
        let time = sample.time.ok_or("a sample of the match-up has no time")?;
        let row = self.time.len();
        for (name, unit, value) in &sample.values {
            let mut at = self.place(name, unit, row)?;
            // Two variables of a sample may have one standard name.
            for nth in 2.. {
                if self.variables[at].2.len() <= row {
                    break;
                }
                at = self.place(&another(name, nth), unit, row)?;
            }
            let column = &mut self.variables[at].2;
            column.resize(row, f64::NAN);
            column.push(*value);
        }
        self.lat.push(lat);
        self.lon.push(lon);
        self.time.push(time);
        self.depth.push(sample.depth.unwrap_or(f64::NAN));
        self.platform.push(sample.platform.clone());
        Ok(())
    }

    fn place(&mut self, name: &str, unit: &str, row: usize) -> Result<usize, String> {
        if let Some(at) = self.variables.iter().position(|(n, u, _)| n == name && u == unit) {
            return Ok(at);
        }
        if self.variables.len() >= MOST_VARIABLES {
            return Err(format!("the samples have more than {MOST_VARIABLES} variables"));
        }
        self.variables.push((name.to_owned(), unit.to_owned(), vec![f64::NAN; row]));
        Ok(self.variables.len() - 1)
    }

    /// Pads every column to its full length.
    fn finish(&mut self) {
        let length = self.time.len();
        self.variables.iter_mut().for_each(|(_, _, column)| column.resize(length, f64::NAN));
    }

    fn append(&mut self, other: Self) {
        let before = self.time.len();
        self.lat.extend(other.lat);
        self.lon.extend(other.lon);
        self.time.extend(other.time);
        self.depth.extend(other.depth);
        self.platform.extend(other.platform);
        for (name, unit, values) in other.variables {
            match self.variables.iter_mut().find(|(n, u, _)| *n == name && *u == unit) {
                Some((_, _, column)) => column.extend(values),
                None => self.variables.push((name, unit, [vec![f64::NAN; before], values].concat())),
            }
        }
        self.finish();
    }
}

impl Pairs {
    pub(crate) fn len(&self) -> usize {
        self.primary.time.len()
    }

    /// Whether the last of these are the samples of some others, of which there are any, in their order.
    pub(crate) fn ends_with(&self, others: &Self) -> bool {
        let side = |all: &Side, last: &Side| all.time.ends_with(&last.time) && all.lat.ends_with(&last.lat) && all.lon.ends_with(&last.lon);
        others.len() > 0 && side(&self.primary, &others.primary) && side(&self.secondary, &others.secondary)
    }

    /// These pairs, then others.
    pub(crate) fn append(&mut self, other: Self) {
        self.primary.append(other.primary);
        self.secondary.append(other.secondary);
        self.left_out += other.left_out;
    }

    fn take(&mut self, sample: &Sample, limit: usize) -> Result<(), String> {
        for found in &sample.matches {
            if self.len() >= limit {
                self.left_out += 1;
                continue;
            }
            self.secondary.push(found)?;
            self.primary.push(sample)?;
        }
        Ok(())
    }
}

/// Reads an answer, and keeps at most so many of its pairs.
pub(crate) fn read(input: &mut dyn Read, limit: usize) -> Result<Page, ReadError> {
    json::read(input, Whole(limit))
}

struct Whole(usize);

impl<'de> DeserializeSeed<'de> for Whole {
    type Value = Page;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Page, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Whole {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the \"data\" of a match-up")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Page, A::Error> {
        let (mut page, mut has_data) = (Page::default(), false);
        while let Some(key) = fields.next_key::<String>()? {
            match key.as_str() {
                "executionId" => page.id = fields.next_value::<Text>()?.0,
                "params" => page.parameters = fields.next_value()?,
                "details" => {
                    let details = fields.next_value::<Option<Details>>()?.unwrap_or_default();
                    page.number = whole(details.page_num);
                    page.matched = whole(details.primary_matched).or(whole(details.gridded_matched));
                }
                "data" => {
                    has_data = true;
                    page.primaries = fields.next_value_seed(Primaries { pairs: &mut page.pairs, limit: self.0 })?;
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !has_data {
            return Err(A::Error::custom("the object has no \"data\""));
        }
        page.pairs.primary.finish();
        page.pairs.secondary.finish();
        Ok(page)
    }
}

/// What an answer says of itself. Before 2022 the primary samples were called gridded.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Details {
    #[serde(rename = "pageNum")]
    page_num: Loose,
    #[serde(rename = "numPrimaryMatched")]
    primary_matched: Loose,
    #[serde(rename = "numGriddedMatched")]
    gridded_matched: Loose,
}

fn whole(number: Loose) -> Option<u64> {
    number.0.filter(|n| *n >= 0.0).map(|n| n as u64)
}

/// The primary samples, which are counted, while their pairs are kept.
struct Primaries<'a> {
    pairs: &'a mut Pairs,
    limit: usize,
}

impl<'de> DeserializeSeed<'de> for Primaries<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Primaries<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of samples")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut primaries = 0;
        while let Some(sample) = items.next_element::<Sample>()? {
            self.pairs.take(&sample, self.limit).map_err(A::Error::custom)?;
            primaries += 1;
        }
        Ok(Some(primaries))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Sample;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sample of a match-up")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Sample, A::Error> {
                let mut sample = Sample::default();
                while let Some(key) = fields.next_key::<String>()? {
                    sample.field(&key, &mut fields)?;
                }
                Ok(sample)
            }
        }
        input.deserialize_any(Fields)
    }
}

impl Sample {
    fn field<'de, A: MapAccess<'de>>(&mut self, key: &str, fields: &mut A) -> Result<(), A::Error> {
        let finite = |number: Loose| number.0.filter(|n| n.is_finite());
        match key {
            "lat" | "y" => self.lat = finite(fields.next_value()?).or(self.lat),
            "lon" | "x" => self.lon = finite(fields.next_value()?).or(self.lon),
            "point" => {
                // The coordinates themselves say more digits, where they are sent.
                let (lon, lat) = point(&fields.next_value::<Text>()?.0);
                (self.lon, self.lat) = (self.lon.or(lon), self.lat.or(lat));
            }
            "time" => self.time = fields.next_value::<Instant>()?.0,
            "depth" => self.depth = finite(fields.next_value()?),
            "platform" => self.platform = fields.next_value::<Text>()?.0,
            "primary" | "secondary" => {
                for value in fields.next_value::<Option<Vec<Value>>>()?.unwrap_or_default() {
                    self.values.extend(value.told());
                }
            }
            "matches" => self.matches = fields.next_value::<Option<Vec<Self>>>()?.unwrap_or_default(),
            "id" | "fileurl" | "source" | "device" => {
                fields.next_value::<IgnoredAny>()?;
            }
            name => {
                let value: Loose = fields.next_value()?;
                self.values.extend(value.0.map(|value| (name.to_owned(), String::new(), value)));
            }
        }
        Ok(())
    }
}

/// `Point(LON LAT)`, which may be rounded.
fn point(text: &str) -> (Option<f64>, Option<f64>) {
    let inside = text.trim().trim_start_matches("Point").trim().trim_start_matches('(').trim_end_matches(')');
    let mut numbers = inside.split_whitespace().map(|n| n.parse().ok().filter(|v: &f64| v.is_finite()));
    (numbers.next().flatten(), numbers.next().flatten())
}

/// A time in seconds or milliseconds, or as text.
struct Instant(Option<i64>);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(match serde_json::Value::deserialize(input)? {
            serde_json::Value::Number(number) => number.as_f64().and_then(seconds),
            serde_json::Value::String(text) => text.trim().parse().ok().and_then(seconds).or_else(|| moment(&text).map(|t| t.timestamp())),
            _ => None,
        }))
    }
}

/// One value of a sample.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Value {
    #[serde(rename = "variable_name")]
    name: Text,
    #[serde(rename = "cf_variable_name")]
    standard_name: Text,
    #[serde(rename = "variable_value")]
    number: Loose,
    #[serde(rename = "variable_unit")]
    unit: Text,
}

impl Value {
    fn told(self) -> Option<(String, String, f64)> {
        // As the server's own files do: by CF standard name where there is one.
        let name = [self.standard_name.0, self.name.0].into_iter().find(|name| !name.is_empty())?;
        Some((name, self.unit.0, self.number.0.unwrap_or(f64::NAN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Page {
        read(&mut body.as_bytes(), 100).unwrap()
    }

    #[test]
    fn a_page_of_1_4_is_a_row_for_each_pair() {
        let page = page(
            r#"{"executionId": "e", "data": [{"platform": "orbiting satellite", "lon": "-149.875", "lat": "40.125",
                "point": "Point(-149.9 40.1)", "time": 1357041600, "depth": null, "fileurl": "g.nc", "id": "t[[0, 0]]", "source": "A",
                "primary": [{"variable_name": "sst", "cf_variable_name": "sea_surface_temperature", "variable_value": 10.5, "variable_unit": null}],
                "matches": [
                    {"lon": "-149.8", "lat": "40.2", "time": 1357041700, "depth": 2.5, "platform": "drifting buoy",
                     "secondary": [{"variable_name": "t", "variable_value": "11.5", "variable_unit": "C"}]},
                    {"lon": "-149.7", "lat": "40.3", "time": 1357041800, "secondary": [{"variable_name": "s", "variable_value": NaN}]}]}],
                "params": {"primary": "A", "matchup": "B"}, "bounds": {}, "count": 1,
                "details": {"numSecondaryMatched": 2, "numPrimaryMatched": 9, "pageNum": 3, "pageSize": 1}}"#,
        );
        assert_eq!((page.id.as_str(), page.primaries, page.number, page.matched), ("e", Some(1), Some(3), Some(9)));
        assert_eq!(page.parameters.get(&["matchup"]), "B");
        let (one, two) = (&page.pairs.primary, &page.pairs.secondary);
        assert_eq!(
            (one.lon.as_slice(), one.lat.as_slice(), one.time.as_slice()),
            (&[-149.875; 2][..], &[40.125; 2][..], &[1_357_041_600; 2][..])
        );
        assert_eq!(one.variables, [("sea_surface_temperature".to_owned(), String::new(), vec![10.5, 10.5])]);
        assert_eq!((two.lat.as_slice(), two.platform[0].as_str(), two.depth[0]), (&[40.2, 40.3][..], "drifting buoy", 2.5));
        assert_eq!(format!("{:?}", two.variables), r#"[("t", "C", [11.5, NaN]), ("s", "", [NaN, NaN])]"#);
    }

    #[test]
    fn old_pages_name_values_by_themselves_and_count_milliseconds() {
        let page = page(
            r#"{"executionId": "e", "data": [{"matches": [{"lon": 1.5, "lat": 2.5, "time": 1357041600000, "salinity": 35.5}],
                "x": "1.25", "y": 2.25, "time": "2013-01-01 12:00:00", "sst": 20.5, "device": "radiometers"}],
                "details": {"numGriddedMatched": 1}, "params": null}"#,
        );
        assert_eq!((page.number, page.matched), (None, Some(1)));
        assert_eq!((page.pairs.primary.lon[0], page.pairs.primary.lat[0]), (1.25, 2.25));
        assert_eq!((page.pairs.primary.time[0], page.pairs.secondary.time[0]), (1_357_041_600, 1_357_041_600));
        assert_eq!(page.pairs.secondary.variables, [("salinity".to_owned(), String::new(), vec![35.5])]);
    }

    #[test]
    fn a_point_as_text_serves_where_there_are_no_coordinates() {
        let page = page(r#"{"data": [{"point": "Point(1.5 2.5)", "time": 0, "matches": [{"point": "Point(3 4)", "time": 1}]}]}"#);
        assert_eq!((page.pairs.primary.lon[0], page.pairs.secondary.lat[0]), (1.5, 4.0));
    }

    #[test]
    fn results_that_are_kept_back_or_not_there_yet_are_told_apart() {
        let kept_back = page(r#"{"executionId": "e", "data": null, "details": null}"#);
        assert_eq!((kept_back.primaries, kept_back.pairs.len(), kept_back.id.as_str()), (None, 0, "e"));
        assert_eq!(page(r#"{"data": [], "details": {"pageNum": 1}}"#).primaries, Some(0));
    }

    #[test]
    fn no_more_pairs_are_kept_than_wanted() {
        let body =
            r#"{"data": [{"lat": 0, "lon": 0, "time": 0, "matches": [{"lat": 0, "lon": 0, "time": 0}, {"lat": 1, "lon": 0, "time": 0}]}]}"#;
        let page = read(&mut body.as_bytes(), 1).unwrap();
        assert_eq!((page.pairs.len(), page.pairs.left_out), (1, 1));
    }

    #[test]
    fn two_values_of_one_standard_name_are_two_columns() {
        let value = |name: &str, number: f64| {
            format!(r#"{{"variable_name": "{name}", "cf_variable_name": "sst", "variable_value": {number}, "variable_unit": "K"}}"#)
        };
        let page = page(&format!(
            r#"{{"data": [{{"lat": 0, "lon": 0, "time": 0, "primary": [{}, {}], "matches": [{{"lat": 0, "lon": 0, "time": 0}}]}}]}}"#,
            value("a", 1.5),
            value("b", 2.5)
        ));
        assert_eq!(format!("{:?}", page.pairs.primary.variables), r#"[("sst", "K", [1.5]), ("sst (2)", "K", [2.5])]"#);
    }

    #[test]
    fn a_sample_without_place_or_time_is_none() {
        let wrong = |sample: &str| {
            let body = format!(r#"{{"data": [{{"lat": 0, "lon": 0, "time": 0, "matches": [{sample}]}}]}}"#);
            read(&mut body.as_bytes(), 9).unwrap_err().to_string()
        };
        assert!(wrong(r#"{"lat": 1, "time": 0}"#).starts_with("a sample of the match-up has no latitude or longitude"));
        assert!(wrong(r#"{"lat": 1, "lon": "NaN", "time": 0}"#).starts_with("a sample of the match-up has no latitude or longitude"));
        assert!(wrong(r#"{"lat": 1, "lon": 1, "time": null}"#).starts_with("a sample of the match-up has no time"));
    }

    #[test]
    fn pages_are_joined_with_gaps_where_one_lacks_a_variable() {
        let with = |name: &str| {
            page(&format!(
                r#"{{"data": [{{"lat": 0, "lon": 0, "time": 0, "{name}": 1, "matches": [{{"lat": 0, "lon": 0, "time": 0}}]}}]}}"#
            ))
        };
        let mut all = with("a").pairs;
        all.append(with("b").pairs);
        assert_eq!(format!("{:?}", all.primary.variables), r#"[("a", "", [1.0, NaN]), ("b", "", [NaN, 1.0])]"#);
    }
}
