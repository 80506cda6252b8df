//! Maps: `/timeAvgMapSpark`, `/varianceSpark`, `/maxMinMapSpark`, `/climMapSpark`, `/corrMapSpark`.
//!
//! All of them send rows of cells `{VALUE, cnt, lat, lon}`, south to north and west to east. The value's name differs
//! by endpoint and by the age of the server.

use super::envelope::{Fate, Objects, Plan, plan};
use super::json::{Slot, Step};
use super::number::{Number, ROUNDING, counted, is_of_nothing, no_place};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// The cells of one answer, row by row.
#[derive(Debug)]
pub(crate) struct Cells {
    /// The names the value may have.
    wanted: &'static [&'static str],
    /// Whether any cell had one of them.
    named: bool,
    /// How many cells of the present row have come.
    column: usize,
    pub(crate) lat: Vec<f64>,
    pub(crate) lon: Vec<f64>,
    /// Shape `[lat, lon]`; NaN where nothing was counted.
    pub(crate) values: Vec<f64>,
    /// Shape `[lat, lon]`.
    pub(crate) count: Vec<f64>,
}

impl Cells {
    /// No cells yet, of which the value is the first of `wanted` that each has.
    pub(crate) fn wanting(wanted: &'static [&'static str]) -> Self {
        Self { wanted, named: false, column: 0, lat: Vec::new(), lon: Vec::new(), values: Vec::new(), count: Vec::new() }
    }

    /// Whether cells came, but none with a value of a wanted name.
    pub(crate) fn lacks_values(&self) -> bool {
        !self.named && !self.count.is_empty()
    }

    /// Whether no cell has a value.
    pub(crate) fn is_blank(&self) -> bool {
        self.values.iter().all(|v| v.is_nan())
    }

    /// Where two rows or columns lie, if any lie in the same place.
    pub(crate) fn repeated(&self) -> Option<String> {
        let twice = |axis: &[f64]| {
            let mut sorted = axis.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted.windows(2).find(|pair| pair[1] - pair[0] < ROUNDING / 100.0).map(|pair| pair[0])
        };
        let row = || twice(&self.lat).map(|lat| format!("two rows of the map have the latitude {lat}"));
        row().or_else(|| twice(&self.lon).map(|lon| format!("two columns of the map have the longitude {lon}")))
    }

    /// Adds the cell that comes next.
    fn add(&mut self, lat: f64, lon: f64, count: f64, value: f64) -> Result<(), String> {
        self.place(lat, lon)?;
        let count = counted(count);
        let missing = is_of_nothing(count, value) || !value.is_finite();
        self.values.push(if missing { f64::NAN } else { value });
        self.count.push(count);
        Ok(())
    }

    /// Checks that a cell stands where its row and column say; the first row and column lay the grid out.
    fn place(&mut self, lat: f64, lon: f64) -> Result<(), String> {
        if let Some(reason) = no_place("a cell", lat, lon) {
            return Err(reason);
        }
        let begins_row = |last: f64| (last - lat).abs() >= ROUNDING && (self.lon[0] - lon).abs() < ROUNDING;
        if self.column > 0 && self.column == self.lon.len() && self.lat.last().copied().is_some_and(begins_row) {
            // All rows stand in one list.
            self.column = 0;
        }
        if self.column == 0 {
            self.lat.push(lat);
        }
        if self.lat.len() == 1 {
            self.lon.push(lon);
        }
        let row = self.lat.len() - 1;
        let in_place = self.lon.get(self.column).is_some_and(|l| (l - lon).abs() < ROUNDING) && (self.lat[row] - lat).abs() < ROUNDING;
        if !in_place {
            return Err(format!("the map is not a rectangle: row {row}, column {} holds the cell at {lat}, {lon}", self.column));
        }
        self.column += 1;
        Ok(())
    }
}

impl Objects for Cells {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let (mut lat, mut lon, mut count, mut value) = (f64::NAN, f64::NAN, f64::NAN, f64::NAN);
        while let Some(key) = fields.next_key_seed(Key(self.wanted))? {
            let slot = match key {
                Field::Lat => &mut lat,
                Field::Lon => &mut lon,
                Field::Count => &mut count,
                Field::Value => {
                    self.named = true;
                    &mut value
                }
                Field::Other => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            *slot = fields.next_value::<Number>()?.0;
        }
        self.add(lat, lon, count, value).map_err(A::Error::custom)
    }

    fn plan(&mut self, slots: &[Slot]) -> Option<Plan> {
        let fate = |slot: &Slot| match &slot.way[..] {
            [Step::Field(name), deeper @ ..] => match Key(self.wanted).field(name) {
                Field::Other => Fate::Ignored,
                // A text may be a number.
                field if deeper.is_empty() && !slot.is_text => Fate::Taken(field as usize),
                _ => Fate::Unclear,
            },
            _ => Fate::Unclear,
        };
        plan(slots.iter().map(fate))
    }

    fn numbers(&mut self, plan: &Plan, numbers: &[f64]) -> Result<(), String> {
        let mut fields = [f64::NAN; 4];
        for (field, number) in plan.iter().zip(numbers) {
            if let Some(field) = field {
                fields[*field] = *number;
                self.named |= *field == Field::Value as usize;
            }
        }
        let [lat, lon, count, value] = fields;
        self.add(lat, lon, count, value)
    }

    fn count(&self) -> usize {
        self.values.len()
    }

    fn end_of_list(&mut self) -> Result<(), String> {
        if self.column != 0 && self.column != self.lon.len() {
            let row = self.lat.len() - 1;
            return Err(format!("the map is not a rectangle: row {row} has {} cells, row 0 has {}", self.column, self.lon.len()));
        }
        self.column = 0;
        Ok(())
    }
}

enum Field {
    Lat,
    Lon,
    Count,
    Value,
    Other,
}

/// Reads a field name without keeping it.
struct Key(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Field, D::Error> {
        input.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
        Ok(self.field(name))
    }
}

impl Key {
    fn field(&self, name: &str) -> Field {
        match name {
            "lat" | "latitude" => Field::Lat,
            "lon" | "longitude" => Field::Lon,
            "cnt" | "count" => Field::Count,
            _ if self.0.contains(&name) => Field::Value,
            _ => Field::Other,
        }
    }
}
