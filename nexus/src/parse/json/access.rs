//! The reader as a serde deserializer.

use super::reader::Reader;
use super::{ReadError, Result};
use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

impl<'de> de::Deserializer<'de> for &mut Reader<'_> {
    type Error = ReadError;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.some_token()? {
            b'-' | b'0'..=b'9' => self.number(visitor),
            b'"' => self.text(visitor),
            b'[' => {
                self.enter()?;
                let value = visitor.visit_seq(Items::of(self))?;
                self.leave(b']')?;
                Ok(value)
            }
            b'{' => {
                self.enter()?;
                let value = visitor.visit_map(Items::of(self))?;
                self.leave(b'}')?;
                Ok(value)
            }
            b'n' => self.word("null").and_then(|()| visitor.visit_unit()),
            b't' => self.word("true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.word("false").and_then(|()| visitor.visit_bool(false)),
            b'N' => self.word("NaN").and_then(|()| visitor.visit_f64(f64::NAN)),
            b'I' => self.word("Infinity").and_then(|()| visitor.visit_f64(f64::INFINITY)),
            byte => Err(self.unexpected(byte, "JSON")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.some_token()? == b'"' {
            self.skip_text()?;
            return visitor.visit_unit();
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.some_token()? == b'n' { self.word("null").and_then(|()| visitor.visit_none()) } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

/// The items of an array, or the fields of an object.
pub(crate) struct Items<'a, 'r> {
    reader: &'a mut Reader<'r>,
    /// How many have come.
    count: usize,
}

impl<'a, 'r> Items<'a, 'r> {
    /// The items of an array, or the fields of an object, that was just entered.
    pub(crate) fn of(reader: &'a mut Reader<'r>) -> Self {
        Self { reader, count: 0 }
    }

    /// The document that they are of, at the value that comes next.
    pub(crate) fn reader(&mut self) -> &mut Reader<'r> {
        self.reader
    }

    /// Whether another item follows before the closing bracket; uses the comma.
    #[inline]
    pub(crate) fn another(&mut self, close: u8) -> Result<bool> {
        let byte = self.reader.some_token()?;
        if byte == close {
            return Ok(false);
        }
        if self.count > 0 {
            if byte != b',' {
                return Err(self.reader.unexpected(byte, "a comma"));
            }
            self.reader.start += 1;
        }
        self.count += 1;
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = ReadError;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.another(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = ReadError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let field = self.count;
        if let Some(name) = self.reader.go_on(field) {
            self.count += 1;
            return seed.deserialize(deserializer(name)).map(Some);
        }
        let began = self.reader.position();
        if !self.another(b'}')? {
            return Ok(None);
        }
        match self.reader.some_token()? {
            b'"' => self.reader.start += 1,
            byte => return Err(self.reader.unexpected(byte, "a field name")),
        }
        self.reader.gather_text()?;
        match self.reader.some_token()? {
            b':' => self.reader.start += 1,
            byte => return Err(self.reader.unexpected(byte, "a colon")),
        }
        let name = String::from_utf8_lossy(&self.reader.scratch).into_owned();
        self.reader.learn(field, began, &name);
        seed.deserialize(deserializer(&name)).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(&mut *self.reader)
    }
}

/// A field name, for whoever wants to know which it is.
fn deserializer(name: &str) -> StrDeserializer<'_, ReadError> {
    name.into_deserializer()
}
