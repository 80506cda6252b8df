//! Hovmöller diagrams: `/latitudeTimeHofMoellerSpark` and `/longitudeTimeHofMoellerSpark`.
//!
//! Both send one object for each time with a list of statistics by coordinate, from which coordinates without data are absent.

use super::envelope::Objects;
use super::number::{Number, When, counted, is_of_nothing, no_time, seconds};
use crate::join::Moments;
use sdap::Axis;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// The statistics of one time and coordinate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// Seconds since 1970.
    pub(crate) time: i64,
    /// The latitude or longitude, in degrees.
    pub(crate) coordinate: f64,
    pub(crate) moments: Moments,
}

/// The samples of one answer.
#[derive(Debug)]
pub(crate) struct Samples {
    /// In the order they came.
    pub(crate) all: Vec<Sample>,
    /// The field that holds those of one time: `lats` or `lons`.
    line: &'static str,
}

impl Samples {
    /// No samples yet, of a diagram along that axis.
    pub(crate) fn along(axis: Axis) -> Self {
        let line = match axis {
            Axis::Latitude => "lats",
            Axis::Longitude => "lons",
        };
        Self { all: Vec::new(), line }
    }
}

impl Objects for Samples {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let first = self.all.len();
        let mut time = f64::NAN;
        while let Some(key) = fields.next_key::<String>()? {
            match key.as_str() {
                "time" => time = fields.next_value::<When>()?.0,
                name if name == self.line => fields.next_value_seed(Line(&mut self.all))?,
                "lats" | "lons" => return Err(A::Error::custom(format_args!("the diagram has {key}, where {} were asked for", self.line))),
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        // The time may come after its samples.
        let time = seconds(time).ok_or_else(|| A::Error::custom(no_time("a row of the diagram", time)))?;
        self.all[first..].iter_mut().for_each(|sample| sample.time = time);
        Ok(())
    }

    fn count(&self) -> usize {
        self.all.len()
    }
}

/// The statistics of one time.
struct Line<'a>(&'a mut Vec<Sample>);

impl<'de> DeserializeSeed<'de> for Line<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Line<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of statistics by coordinate")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(Entry { coordinate, moments }) = items.next_element()? {
            if !coordinate.is_finite() {
                return Err(A::Error::custom("an entry of the diagram has no latitude or longitude"));
            }
            self.0.push(Sample { time: 0, coordinate, moments: known(moments) });
        }
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Without what a server computed of nothing, and what is not finite.
fn known(sent: Moments) -> Moments {
    let count = counted(sent.count);
    let is_blank = is_of_nothing(count, sent.mean);
    let number = |value: f64| if is_blank || !value.is_finite() { f64::NAN } else { value };
    Moments { count, mean: number(sent.mean), std: number(sent.std), min: number(sent.min), max: number(sent.max) }
}

struct Entry {
    coordinate: f64,
    moments: Moments,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Entry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("statistics at a coordinate")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Entry, A::Error> {
                let mut entry = Entry { coordinate: f64::NAN, moments: Moments::NONE };
                while let Some(field) = fields.next_key::<Field>()? {
                    let slot = match field {
                        Field::Coordinate => &mut entry.coordinate,
                        Field::Count => &mut entry.moments.count,
                        Field::Mean => &mut entry.moments.mean,
                        Field::Std => &mut entry.moments.std,
                        Field::Min => &mut entry.moments.min,
                        Field::Max => &mut entry.moments.max,
                        Field::Other => {
                            fields.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *slot = fields.next_value::<Number>()?.0;
                }
                Ok(entry)
            }
        }
        input.deserialize_any(Fields)
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier)]
enum Field {
    #[serde(rename = "latitude", alias = "longitude", alias = "lat", alias = "lon")]
    Coordinate,
    #[serde(rename = "cnt", alias = "count")]
    Count,
    /// `avg` before September 2018.
    #[serde(rename = "mean", alias = "avg")]
    Mean,
    #[serde(rename = "std")]
    Std,
    #[serde(rename = "min")]
    Min,
    #[serde(rename = "max")]
    Max,
    #[serde(other)]
    Other,
}
