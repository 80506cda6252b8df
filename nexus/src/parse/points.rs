//! Samples: `/datainbounds`, in each of its three layouts.
//!
//! A point's `data` is an array with one object (to 1.3) or an object (1.4). In it the values stand under `variable`
//! as a number or an array of numbers, under `variables` as one object each, or under the name that
//! `parameter` gave them (`sst`, `sss`, `wind_u`, …).

use super::envelope::{Fate, Objects, Plan, plan};
use super::json::{Slot, Step};
use super::number::{Number, When, no_place, no_time, seconds};
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
    /// The fields that values have stood under.
    names: Vec<Name>,
    /// Where the values of objects of the present shape stand.
    planned: Vec<Under>,
}

/// A field that values stand under, and the columns they go to once there are numbers: its own, and that of each place where
/// it holds an array.
#[derive(Debug)]
struct Name {
    text: String,
    column: Option<usize>,
    places: Vec<Option<usize>>,
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

    /// The number of a field's name among those that values have stood under.
    fn name(&mut self, text: &str) -> Result<usize, String> {
        if let Some(at) = self.names.iter().position(|name| name.text == text) {
            return Ok(at);
        }
        if self.names.len() == 2 * MOST_VARIABLES {
            return Err(too_many_variables());
        }
        self.names.push(Name { text: text.to_owned(), column: None, places: Vec::new() });
        Ok(self.names.len() - 1)
    }

    /// The column of the numbers under a name, or at a place of the array under it. It is made where there is none yet.
    fn column(&mut self, under: Under) -> Result<usize, String> {
        let name = &self.names[under.name];
        let known = under.place.map_or(name.column, |place| name.places.get(place).copied().flatten());
        if let Some(column) = known {
            return Ok(column);
        }
        let text = under.place.map_or_else(|| name.text.clone(), |place| format!("{}[{place}]", name.text));
        let column = self.variable(text)?;
        let name = &mut self.names[under.name];
        match under.place {
            None => name.column = Some(column),
            Some(place) if place < MOST_VARIABLES => {
                name.places.resize(name.places.len().max(place + 1), None);
                name.places[place] = Some(column);
            }
            Some(_) => {}
        }
        Ok(column)
    }

    /// The column of that name. It is made where there is none yet.
    fn variable(&mut self, text: String) -> Result<usize, String> {
        match self.variables.iter().position(|(n, _)| *n == text) {
            Some(column) => Ok(column),
            None if self.variables.len() < MOST_VARIABLES => {
                self.variables.push((text, vec![f64::NAN; self.time.len()]));
                Ok(self.variables.len() - 1)
            }
            None => Err(too_many_variables()),
        }
    }

    /// Notes a value of the point that comes next. Where the point has another of that name, it goes to a column of its own.
    fn set(&mut self, under: Under, value: f64) -> Result<(), String> {
        let mut column = self.column(under)?;
        let row = self.time.len();
        if self.variables[column].1.len() > row {
            let first = self.variables[column].0.clone();
            for nth in 2.. {
                column = self.variable(another(&first, nth))?;
                if self.variables[column].1.len() <= row {
                    break;
                }
            }
        }
        let column = &mut self.variables[column].1;
        column.resize(row, f64::NAN);
        column.push(if value.is_finite() { value } else { f64::NAN });
        Ok(())
    }
}

/// What a point is at, in the order of a plan.
const COORDINATES: [&str; 4] = ["time", "latitude", "longitude", "elevation"];

impl Samples {
    /// Adds the point whose values have been noted.
    fn add(&mut self, time: f64, lat: f64, lon: f64, elevation: f64) -> Result<(), String> {
        let time = seconds(time).ok_or_else(|| no_time("a point", time))?;
        if let Some(reason) = no_place("a point", lat, lon) {
            return Err(reason);
        }
        self.time.push(time);
        self.lat.push(lat);
        self.lon.push(lon);
        self.elevation.push(elevation);
        Ok(())
    }

    /// What becomes of what stands in a slot: it is a coordinate, or a value behind those.
    fn fate(&mut self, slot: &Slot) -> Fate {
        let [Step::Field(first), way @ ..] = &slot.way[..] else { return Fate::Unclear };
        let named = match first.as_str() {
            "lat" => "latitude",
            "lon" => "longitude",
            name => name,
        };
        if let Some(coordinate) = COORDINATES.iter().position(|name| *name == named) {
            return if way.is_empty() && !slot.is_text { Fate::Taken(coordinate) } else { Fate::Unclear };
        }
        let ignored = first != "data" || way.iter().any(|step| matches!(step, Step::Field(name) if name == "id"));
        if ignored {
            return Fate::Ignored;
        }
        if slot.is_text {
            // A text may be a number.
            return Fate::Unclear;
        }
        let mut under = None;
        for step in way {
            under = match (step, under) {
                (Step::Field(name), _) => match self.name(name) {
                    Ok(name) => Some(Under { name, place: None }),
                    Err(_) => return Fate::Unclear,
                },
                (Step::Item(place), Some(under)) => Some(Under { place: Some(*place), ..under }),
                (Step::Item(_), None) => None,
            };
        }
        let Some(under) = under else { return Fate::Ignored };
        self.planned.push(under);
        Fate::Taken(COORDINATES.len() + self.planned.len() - 1)
    }
}

/// What the nth of several values is called that have one name.
pub(crate) fn another(name: &str, nth: usize) -> String {
    format!("{name} ({nth})")
}

fn too_many_variables() -> String {
    format!("the points have more than {MOST_VARIABLES} variables")
}

impl Objects for Samples {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let (mut time, mut lat, mut lon, mut elevation) = (f64::NAN, f64::NAN, f64::NAN, f64::NAN);
        while let Some(field) = fields.next_key::<Field>()? {
            let slot = match field {
                Field::Time => {
                    time = fields.next_value::<When>()?.0;
                    continue;
                }
                Field::Latitude => &mut lat,
                Field::Longitude => &mut lon,
                Field::Elevation => &mut elevation,
                Field::Data => {
                    fields.next_value_seed(Values { samples: self, under: None })?;
                    continue;
                }
                Field::Other => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *slot = fields.next_value::<Number>()?.0;
        }
        self.add(time, lat, lon, elevation).map_err(A::Error::custom)
    }

    fn plan(&mut self, slots: &[Slot]) -> Option<Plan> {
        self.planned.clear();
        plan(slots.iter().map(|slot| self.fate(slot)))
    }

    fn numbers(&mut self, plan: &Plan, numbers: &[f64]) -> Result<(), String> {
        let mut coordinates = [f64::NAN; COORDINATES.len()];
        for (place, number) in plan.iter().zip(numbers) {
            let Some(place) = *place else { continue };
            match coordinates.get_mut(place) {
                Some(coordinate) => *coordinate = *number,
                None => self.set(self.planned[place - COORDINATES.len()], *number)?,
            }
        }
        let [time, lat, lon, elevation] = coordinates;
        self.add(time, lat, lon, elevation)
    }

    fn count(&self) -> usize {
        self.time.len()
    }
}

#[derive(serde::Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Field {
    Time,
    #[serde(alias = "lat")]
    Latitude,
    #[serde(alias = "lon")]
    Longitude,
    Elevation,
    Data,
    #[serde(other)]
    Other,
}

/// The values of a point: objects and arrays of any depth, whose numbers belong to the field they stand under.
struct Values<'a> {
    samples: &'a mut Samples,
    under: Option<Under>,
}

/// The field that values stand under, and their place where it holds an array.
#[derive(Clone, Copy, Debug)]
struct Under {
    name: usize,
    place: Option<usize>,
}

impl<'de> DeserializeSeed<'de> for Values<'_> {
    type Value = ();

    #[inline]
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
        while let Some(name) = fields.next_key_seed(NameOf(&mut *self.samples))? {
            match name {
                None => {
                    fields.next_value::<IgnoredAny>()?;
                }
                Some(name) => {
                    let under = Some(Under { name, place: None });
                    fields.next_value_seed(Values { samples: &mut *self.samples, under })?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for place in 0.. {
            let under = self.under.map(|under| Under { place: Some(place), ..under });
            if items.next_element_seed(Values { samples: &mut *self.samples, under })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.under.map_or(Ok(()), |under| self.samples.set(under, value)).map_err(E::custom)
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

/// Reads the name of a field of values; none for that of the tile, which is no value.
struct NameOf<'a>(&'a mut Samples);

impl<'de> DeserializeSeed<'de> for NameOf<'_> {
    type Value = Option<usize>;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_identifier(self)
    }
}

impl Visitor<'_> for NameOf<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if name == "id" { Ok(None) } else { self.0.name(name).map(Some).map_err(E::custom) }
    }
}
