//! What every analytic answer shares: `{"meta": …, "data": lists of objects, "stats": …}`, or the bare lists alone.

use super::json::{self, Items, ReadError, Reader, Shape, Slot};
use super::limit::Limit;
use super::number::Number;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::{fmt, io::Read};

/// What takes in the objects of `data`, however deep their lists are nested.
pub(crate) trait Objects {
    /// Takes in one object.
    fn object<'de, A: MapAccess<'de>>(&mut self, fields: A) -> Result<(), A::Error>;

    /// What becomes of each number of objects with these slots, as a number that [`Self::numbers`] understands. None if such
    /// objects are to come by [`Self::object`] all the same.
    fn plan(&mut self, _slots: &[Slot]) -> Option<Plan> {
        None
    }

    /// Takes in an object of which the numbers in its slots are all that matters; it comes to the same as [`Self::object`].
    fn numbers(&mut self, _plan: &Plan, _numbers: &[f64]) -> Result<(), String> {
        Ok(())
    }

    /// How many points, cells or rows have been taken in.
    fn count(&self) -> usize;

    /// Hears that a list of objects, or of lists, is over.
    fn end_of_list(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// What becomes of the numbers of an object, one entry for each; none for what does not matter.
pub(crate) type Plan = Vec<Option<usize>>;

/// What becomes of what stands in a slot.
pub(crate) enum Fate {
    /// It does not matter.
    Ignored,
    /// It goes to that place.
    Taken(usize),
    /// Only a closer look at each tells.
    Unclear,
}

/// The plan for objects of which this becomes of each slot, if that is clear.
pub(crate) fn plan(fates: impl Iterator<Item = Fate>) -> Option<Plan> {
    let place = |fate| match fate {
        Fate::Ignored => Ok(None),
        Fate::Taken(place) => Ok(Some(place)),
        Fate::Unclear => Err(()),
    };
    fates.map(place).collect::<Result<Plan, ()>>().ok()
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

/// The regression of the second dataset of a series on the first; NaN where there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stats {
    pub(crate) slope: f64,
    pub(crate) intercept: f64,
    pub(crate) r: f64,
    pub(crate) p: f64,
    pub(crate) err: f64,
}

impl Stats {
    fn of(sent: &Value) -> Self {
        let number = |name: &str| sent.get(name).and_then(|value| Number::deserialize(value).ok()).unwrap_or_default().0;
        Self { slope: number("slope"), intercept: number("intercept"), r: number("r"), p: number("p"), err: number("err") }
    }
}

/// Reads an answer, handing its objects to `data` until that holds more than it may.
pub(crate) fn read<T: Objects>(input: &mut dyn Read, data: T, limit: Limit) -> Result<Envelope<T>, ReadError> {
    json::read_by(input, |reader| {
        let mut listed = Listed { data, limit, shape: None, shapes: 0 };
        let (mut meta, mut stats) = (Value::Null, Value::Null);
        match reader.some_token()? {
            b'{' => {
                reader.enter()?;
                let (mut fields, mut has_data, mut error, mut message) = (Items::of(reader), false, Value::Null, Value::Null);
                while let Some(key) = fields.next_key::<String>()? {
                    match key.as_str() {
                        "meta" => meta = fields.next_value()?,
                        "stats" => stats = fields.next_value()?,
                        "error" => error = fields.next_value()?,
                        "message" => message = fields.next_value()?,
                        "data" if has_data => return Err(ReadError::custom("the object has \"data\" twice")),
                        "data" => {
                            has_data = true;
                            listed.take(fields.reader())?;
                        }
                        _ => {
                            fields.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                if listed.data.count() == 0
                    && let Some(refusal) = ReadError::refusal(&error)
                {
                    return Err(refusal);
                }
                if let Some(refusal) = ReadError::refusal(&message).filter(|_| !has_data && message.is_string()) {
                    return Err(refusal);
                }
                if !has_data {
                    return Err(ReadError::custom("the object has no \"data\""));
                }
                reader.leave(b'}')?;
            }
            b'[' => listed.take(reader)?,
            _ => return Err(not(reader, "an object with \"data\", or an array")),
        }
        Ok(Envelope { meta: described(meta), data: listed.data, stats: Stats::of(&stats) })
    })
}

/// That what comes next is not what was expected.
fn not(reader: &mut Reader<'_>, expected: &'static str) -> ReadError {
    struct Nothing(&'static str);
    impl Visitor<'_> for Nothing {
        type Value = std::convert::Infallible;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }
    match reader.deserialize_any(Nothing(expected)) {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

/// More shapes than this are none: learning one takes longer than reading a few objects.
const MOST_SHAPES: u32 = 64;

/// Objects in lists of any depth, of which there may be so many.
struct Listed<T> {
    data: T,
    limit: Limit,
    /// The shape of the object that was read last, and what becomes of its numbers.
    shape: Option<(Shape, Plan)>,
    /// How many shapes there have been.
    shapes: u32,
}

impl<T: Objects> Listed<T> {
    /// Takes in an object, a list, or null.
    fn take(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        match reader.some_token()? {
            b'[' => {
                reader.enter()?;
                let mut items = Items::of(reader);
                let mut is_behind_object = false;
                loop {
                    if is_behind_object {
                        self.take_alike(items.reader())?;
                    }
                    let began = items.reader().position();
                    if !items.another(b']')? {
                        break;
                    }
                    let is_object = items.reader().some_token()? == b'{';
                    self.take(items.reader())?;
                    if is_object && is_behind_object {
                        self.learn(items.reader(), began);
                    }
                    is_behind_object = is_object;
                }
                self.data.end_of_list().map_err(ReadError::custom)?;
                reader.leave(b']')
            }
            b'{' => {
                reader.enter()?;
                self.data.object(Items::of(reader))?;
                self.limit.check(self.data.count()).map_err(ReadError::custom)?;
                reader.leave(b'}')
            }
            b'n' => reader.word("null"),
            _ => Err(not(reader, "lists of objects")),
        }
    }

    /// Takes in the objects that come next as long as they are of the shape of the last one.
    fn take_alike(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let Some((shape, plan)) = &self.shape else { return Ok(()) };
        let (data, limit) = (&mut self.data, self.limit);
        reader.alike(shape, |numbers| {
            data.numbers(plan, numbers)?;
            limit.check(data.count())
        })
    }

    /// Remembers the shape of the object that was read last.
    fn learn(&mut self, reader: &Reader<'_>, began: u64) {
        if self.shapes < MOST_SHAPES {
            self.shapes += 1;
            self.shape = reader.shape_since(began).and_then(|shape| {
                let plan = self.data.plan(&shape.slots)?;
                Some((shape, plan))
            });
        }
    }
}

/// The descriptions in `meta`: an array, an object, `[null, null]`, or something that says nothing.
fn described(meta: Value) -> Vec<Meta> {
    let one = |value| Meta::deserialize::<Value>(value).unwrap_or_default();
    match meta {
        Value::Array(all) => all.into_iter().map(one).collect(),
        Value::Object(_) => vec![one(meta)],
        _ => Vec::new(),
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
