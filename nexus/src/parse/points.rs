//! Samples: `/datainbounds`, in each of its three layouts.
//!
//! A point's `data` is an array with one object (to 1.3) or an object (1.4). In it the values stand under `variable`
//! as a number or an array of numbers, under `variables` as one object each, or under the name that
//! `parameter` gave them (`sst`, `sss`, `wind_u`, …).

use super::envelope::Objects;
use super::number::{Number, seconds};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// More variables than this are a broken answer.
const MOST_VARIABLES: usize = 100;

/// The samples of one answer as columns of one length, in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    /// Seconds since 1970.
    pub(crate) time: Vec<i64>,
    pub(crate) lat: Vec<f64>,
    pub(crate) lon: Vec<f64>,
    pub(crate) elevation: Vec<f64>,
    /// Name and numbers of each variable; NaN where a point lacks it.
    pub(crate) variables: Vec<(String, Vec<f64>)>,
}

impl Samples {
    /// The same samples with every column padded to its full length.
    pub(crate) fn finish(mut self) -> Self {
        let length = self.time.len();
        self.variables.iter_mut().for_each(|(_, column)| column.resize(length, f64::NAN));
        self
    }

    /// These samples and others; both must be padded to their full length.
    pub(crate) fn and(mut self, other: Self) -> Self {
        if self.time.is_empty() {
            return other;
        }
        let before = self.time.len();
        self.time.extend(other.time);
        self.lat.extend(other.lat);
        self.lon.extend(other.lon);
        self.elevation.extend(other.elevation);
        for (name, values) in other.variables {
            match self.variables.iter_mut().find(|(n, _)| *n == name) {
                Some((_, column)) => column.extend(values),
                None => self.variables.push((name, [vec![f64::NAN; before], values].concat())),
            }
        }
        self.finish()
    }

    /// Notes a value of the point that comes next.
    fn set(&mut self, name: &str, value: f64) -> Result<(), String> {
        let row = self.time.len();
        let at = match self.variables.iter().position(|(n, _)| n == name) {
            Some(at) => at,
            None if self.variables.len() < MOST_VARIABLES => {
                self.variables.push((name.to_owned(), vec![f64::NAN; row]));
                self.variables.len() - 1
            }
            None => return Err(format!("the points have more than {MOST_VARIABLES} variables")),
        };
        let column = &mut self.variables[at].1;
        column.resize(row, f64::NAN);
        column.push(value);
        Ok(())
    }
}

impl Objects for Samples {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let (mut time, mut lat, mut lon, mut elevation) = (f64::NAN, f64::NAN, f64::NAN, f64::NAN);
        while let Some(field) = fields.next_key::<Field>()? {
            let slot = match field {
                Field::Time => &mut time,
                Field::Latitude => &mut lat,
                Field::Longitude => &mut lon,
                Field::Elevation => &mut elevation,
                Field::Data => {
                    fields.next_value_seed(Values { samples: self, name: None })?;
                    continue;
                }
                Field::Other => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *slot = fields.next_value::<Number>()?.0;
        }
        let time = seconds(time).ok_or_else(|| A::Error::custom("a point has no time"))?;
        if !lat.is_finite() || !lon.is_finite() {
            return Err(A::Error::custom("a point has no latitude or longitude"));
        }
        self.time.push(time);
        self.lat.push(lat);
        self.lon.push(lon);
        self.elevation.push(elevation);
        Ok(())
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    Time,
    Latitude,
    Longitude,
    Elevation,
    Data,
    #[serde(other)]
    Other,
}

/// The values of a point: objects and arrays of any depth, whose numbers belong to the field they stand under.
struct Values<'a> {
    samples: &'a mut Samples,
    /// The field these values stand under, and their place where it holds an array.
    name: Option<(&'a str, Option<usize>)>,
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a point's values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key::<String>()? {
            if key == "id" {
                fields.next_value::<IgnoredAny>()?;
            } else {
                fields.next_value_seed(Values { samples: &mut *self.samples, name: Some((&key, None)) })?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for place in 0.. {
            let name = self.name.map(|(name, _)| (name, Some(place)));
            if items.next_element_seed(Values { samples: &mut *self.samples, name })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        match self.name {
            Some((name, None)) => self.samples.set(name, value),
            Some((name, Some(place))) => self.samples.set(&format!("{name}[{place}]"), value),
            None => Ok(()),
        }
        .map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.visit_f64(value as f64)
    }

    /// A masked value.
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.visit_f64(f64::NAN)
    }

    /// A number written as text; other text is a label, and no value.
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match text.trim().parse() {
            Ok(value) => self.visit_f64(value),
            Err(_) => Ok(()),
        }
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
}
