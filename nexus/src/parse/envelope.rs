//! What every analytic answer shares: `{"meta": …, "data": lists of objects, "stats": …}`, or the bare lists alone.

use super::json::{self, ReadError};
use super::limit::Limit;
use super::number::Number;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value};
use std::{fmt, io::Read};

/// What takes in the objects of `data`, however deep their lists are nested.
pub(crate) trait Objects {
    /// Takes in one object.
    fn object<'de, A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error>;

    /// How many points, cells or rows have been taken in.
    fn count(&self) -> usize;

    /// Hears that a list of objects, or of lists, is over.
    fn end_of_list(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// One answer. `data` is complete; `meta` and `stats` hold what the server sent of them.
#[derive(Debug)]
pub(crate) struct Envelope<T> {
    pub(crate) meta: Vec<Meta>,
    pub(crate) data: T,
    pub(crate) stats: Stats,
}

/// What an answer says about a dataset. Several of the fields come from few servers only, and are empty elsewhere.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Meta {
    #[serde(rename = "shortName")]
    pub(crate) short_name: Text,
    pub(crate) title: Text,
    pub(crate) units: Text,
    pub(crate) variable: Text,
    pub(crate) synthetic: Flag,
    pub(crate) attribution: Texts,
}

/// The regression of the second dataset of a series on the first; `{}` where there is none.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Stats {
    pub(crate) slope: Number,
    pub(crate) intercept: Number,
    pub(crate) r: Number,
    pub(crate) p: Number,
    pub(crate) err: Number,
}

/// Reads an answer, handing its objects to `data` until that holds more than it may.
pub(crate) fn read<T: Objects>(input: &mut dyn Read, data: T, limit: Limit) -> Result<Envelope<T>, ReadError> {
    json::read(input, Whole(data, limit))
}

struct Whole<T>(T, Limit);

impl<'de, T: Objects> DeserializeSeed<'de> for Whole<T> {
    type Value = Envelope<T>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de, T: Objects> Visitor<'de> for Whole<T> {
    type Value = Envelope<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with \"data\", or an array")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Self::Value, A::Error> {
        let (mut meta, mut stats, mut has_data) = (Metas::default(), Stats::default(), false);
        while let Some(key) = fields.next_key::<String>()? {
            match key.as_str() {
                "meta" => meta = fields.next_value()?,
                "stats" => stats = fields.next_value::<Option<Stats>>()?.unwrap_or_default(),
                "data" => {
                    has_data = true;
                    fields.next_value_seed(Listed(&mut self.0, self.1))?;
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !has_data {
            return Err(A::Error::custom("the object has no \"data\""));
        }
        Ok(Envelope { meta: meta.0, data: self.0, stats })
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, items: A) -> Result<Self::Value, A::Error> {
        Listed(&mut self.0, self.1).visit_seq(items)?;
        Ok(Envelope { meta: Vec::new(), data: self.0, stats: Stats::default() })
    }
}

/// Objects in lists of any depth, of which there may be so many.
struct Listed<'a, T>(&'a mut T, Limit);

impl<'de, T: Objects> DeserializeSeed<'de> for Listed<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de, T: Objects> Visitor<'de> for Listed<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lists of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Listed(&mut *self.0, self.1))?.is_some() {}
        self.0.end_of_list().map_err(A::Error::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<(), A::Error> {
        self.0.object(fields)?;
        self.1.check(self.0.count()).map_err(A::Error::custom)
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// `meta` as an array, an object, `[null, null]`, or something that says nothing.
#[derive(Default)]
struct Metas(Vec<Meta>);

impl<'de> Deserialize<'de> for Metas {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Vec<Meta>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a description of a dataset, or an array of them")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(meta) = items.next_element::<Option<Meta>>()? {
                    all.push(meta.unwrap_or_default());
                }
                Ok(all)
            }
            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error> {
                Meta::deserialize(value::MapAccessDeserializer::new(fields)).map(|meta| vec![meta])
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }
        }
        input.deserialize_any(Either).map(Self)
    }
}

/// A text; anything else reads as empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text(pub(crate) String);

/// A truth; anything but `true` is false.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Flag(pub(crate) bool);

/// Texts, as an array or as one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(input)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            _ => Ok(Self::default()),
        }
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(serde_json::Value::deserialize(input)? == serde_json::Value::Bool(true)))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(match serde_json::Value::deserialize(input)? {
            serde_json::Value::String(text) => vec![text],
            serde_json::Value::Array(items) => items.iter().filter_map(|v| v.as_str()).map(str::to_owned).collect(),
            _ => Vec::new(),
        }))
    }
}
