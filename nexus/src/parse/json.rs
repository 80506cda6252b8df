//! A JSON reader that forgives what NEXUS servers write: bare `NaN` and `Infinity`, and text that is not UTF-8.
//!
//! It is a serde deserializer over a byte stream, so an answer is taken apart while it arrives and is never held
//! as a whole. Only outside strings are the bare words read as numbers. Numbers are rounded correctly.

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::io::Read;

/// How deep arrays and objects may be nested; NEXUS needs eight.
const DEPTH: u32 = 64;
/// How long one text may be, in bytes.
const LONGEST_TEXT: usize = 16 << 20;
/// How long one number may be, in bytes.
const LONGEST_NUMBER: usize = 1024;
/// How much is read at once, in bytes.
const WINDOW: usize = 64 << 10;

/// Why bytes are not the answer that was expected.
#[derive(Debug)]
pub(crate) struct ReadError {
    /// The byte at which reading stopped, where the reader knows it.
    pub(crate) at: Option<u64>,
    /// What is wrong there.
    pub(crate) fault: Fault,
}

/// What is wrong with an answer.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It stops in the middle.
    Ended,
    /// It is not JSON, or not JSON of the expected shape.
    Shape(String),
    /// It could not be received or inflated.
    Stream(std::io::Error),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.fault {
            Fault::Ended => f.write_str("the JSON ends in the middle")?,
            Fault::Shape(reason) => f.write_str(reason)?,
            Fault::Stream(error) => write!(f, "{error}")?,
        }
        self.at.map_or(Ok(()), |at| write!(f, " at byte {at}"))
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: std::fmt::Display>(reason: T) -> Self {
        Self { at: None, fault: Fault::Shape(reason.to_string()) }
    }
}

type Result<T> = std::result::Result<T, ReadError>;

/// Reads one JSON document that `seed` understands, to its end.
pub(crate) fn read<'de, S: DeserializeSeed<'de>>(input: &mut dyn Read, seed: S) -> Result<S::Value> {
    let mut reader = Reader { input, window: vec![0; WINDOW], start: 0, end: 0, before: 0, depth: 0, scratch: Vec::new() };
    let outcome = seed.deserialize(&mut reader).and_then(|value| match reader.token()? {
        None => Ok(value),
        Some(byte) => Err(reader.unexpected(byte, "the end of the document")),
    });
    outcome.map_err(|error| ReadError { at: error.at.or(Some(reader.position())), ..error })
}

struct Reader<'r> {
    input: &'r mut dyn Read,
    /// What was read last; `start..end` is yet to be used.
    window: Vec<u8>,
    start: usize,
    end: usize,
    /// How many bytes came before the window.
    before: u64,
    depth: u32,
    /// The text or number being read.
    scratch: Vec<u8>,
}

impl Reader<'_> {
    fn position(&self) -> u64 {
        self.before + self.start as u64
    }

    fn shape(&self, reason: String) -> ReadError {
        ReadError { at: Some(self.position()), fault: Fault::Shape(reason) }
    }

    fn unexpected(&self, byte: u8, expected: &str) -> ReadError {
        self.shape(format!("expected {expected}, found {:?}", char::from(byte)))
    }

    fn ended(&self) -> ReadError {
        ReadError { at: Some(self.position()), fault: Fault::Ended }
    }

    /// Fetches more bytes once the window is used up; false at the end.
    fn fill(&mut self) -> Result<bool> {
        self.before += self.end as u64;
        (self.start, self.end) = (0, 0);
        loop {
            match self.input.read(&mut self.window) {
                Ok(length) => {
                    self.end = length;
                    return Ok(length > 0);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError { at: Some(self.before), fault: Fault::Stream(error) }),
            }
        }
    }

    /// The next byte, not yet used.
    fn peek(&mut self) -> Result<Option<u8>> {
        if self.start == self.end && !self.fill()? {
            return Ok(None);
        }
        Ok(Some(self.window[self.start]))
    }

    /// The next byte, used.
    fn next(&mut self) -> Result<u8> {
        let byte = self.peek()?.ok_or_else(|| self.ended())?;
        self.start += 1;
        Ok(byte)
    }

    /// The next byte that is not a blank, not yet used.
    fn token(&mut self) -> Result<Option<u8>> {
        loop {
            let blanks = self.window[self.start..self.end].iter().position(|b| !matches!(b, b' ' | b'\n' | b'\r' | b'\t'));
            if let Some(blanks) = blanks {
                self.start += blanks;
                return Ok(Some(self.window[self.start]));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn some_token(&mut self) -> Result<u8> {
        self.token()?.ok_or_else(|| self.ended())
    }

    fn word(&mut self, word: &str) -> Result<()> {
        for expected in word.bytes() {
            let byte = self.next()?;
            if byte != expected {
                return Err(self.unexpected(byte, word));
            }
        }
        Ok(())
    }

    /// Gathers the bytes that a number is made of.
    fn gather_number(&mut self) -> Result<()> {
        self.scratch.clear();
        loop {
            let window = &self.window[self.start..self.end];
            let length = window.iter().position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E')).unwrap_or(window.len());
            self.scratch.extend_from_slice(&window[..length]);
            self.start += length;
            if self.scratch.len() > LONGEST_NUMBER {
                return Err(self.shape("a number is too long".into()));
            }
            if self.start < self.end || !self.fill()? {
                return Ok(());
            }
        }
    }

    fn number<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.gather_number()?;
        if self.scratch == b"-" && self.peek()? == Some(b'I') {
            self.word("Infinity")?;
            return visitor.visit_f64(f64::NEG_INFINITY);
        }
        let at_end = self.start == self.end;
        let text = std::str::from_utf8(&self.scratch).unwrap_or_default();
        if let Ok(whole) = text.parse::<i64>()
            && !(whole == 0 && text.starts_with('-'))
        {
            return visitor.visit_i64(whole);
        }
        match text.parse::<f64>() {
            Ok(number) => visitor.visit_f64(number),
            // The bytes that are missing might have made it one.
            Err(_) if at_end => Err(self.ended()),
            Err(_) => Err(self.shape(format!("{text:?} is not a number"))),
        }
    }

    /// Gathers a text whose opening quote is used, up to its closing quote.
    fn gather_text(&mut self) -> Result<()> {
        self.scratch.clear();
        loop {
            if self.start == self.end && !self.fill()? {
                return Err(self.ended());
            }
            let window = &self.window[self.start..self.end];
            let length = window.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(window.len());
            self.scratch.extend_from_slice(&window[..length]);
            self.start += length;
            if self.scratch.len() > LONGEST_TEXT {
                return Err(self.shape("a text is too long".into()));
            }
            if self.start < self.end {
                match self.next()? {
                    b'"' => return Ok(()),
                    _ => self.escape()?,
                }
            }
        }
    }

    /// Appends what an escape stands for, its backslash used.
    fn escape(&mut self) -> Result<()> {
        let plain = match self.next()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 0x08,
            b'f' => 0x0c,
            b'u' => return self.unicode_escape(),
            byte @ (b'"' | b'\\' | b'/') => byte,
            byte => return Err(self.unexpected(byte, "an escape")),
        };
        self.scratch.push(plain);
        Ok(())
    }

    /// `\uXXXX`, and a second one where the first is half of a pair. A lone half becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<()> {
        let mut unit = self.four_digits()?;
        loop {
            let mut second = None;
            let mut decoded = char::from_u32(unit);
            if (0xd800..0xdc00).contains(&unit) && self.peek()? == Some(b'\\') {
                self.start += 1;
                if self.peek()? != Some(b'u') {
                    self.push(char::REPLACEMENT_CHARACTER);
                    return self.escape();
                }
                self.start += 1;
                let low = self.four_digits()?;
                if (0xdc00..0xe000).contains(&low) {
                    decoded = char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
                } else {
                    second = Some(low);
                }
            }
            self.push(decoded.unwrap_or(char::REPLACEMENT_CHARACTER));
            match second {
                Some(next) => unit = next,
                None => return Ok(()),
            }
        }
    }

    fn push(&mut self, character: char) {
        self.scratch.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn four_digits(&mut self) -> Result<u32> {
        let mut unit = 0;
        for _ in 0..4 {
            let byte = self.next()?;
            let digit = char::from(byte).to_digit(16).ok_or_else(|| self.unexpected(byte, "four hexadecimal digits"))?;
            unit = unit * 16 + digit;
        }
        Ok(unit)
    }

    fn text<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.start += 1;
        self.gather_text()?;
        visitor.visit_str(&String::from_utf8_lossy(&self.scratch))
    }

    fn enter(&mut self) -> Result<()> {
        self.start += 1;
        self.depth += 1;
        if self.depth > DEPTH { Err(self.shape(format!("the JSON is nested more than {DEPTH} deep"))) } else { Ok(()) }
    }

    /// Uses the closing bracket; a visitor that stopped early is an error of its own.
    fn leave(&mut self, close: u8) -> Result<()> {
        let byte = self.some_token()?;
        if byte != close {
            return Err(self.unexpected(byte, if close == b']' { "the end of the array" } else { "the end of the object" }));
        }
        self.start += 1;
        self.depth -= 1;
        Ok(())
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'_> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.some_token()? {
            b'"' => self.text(visitor),
            b'-' | b'0'..=b'9' => self.number(visitor),
            b'[' => {
                self.enter()?;
                let value = visitor.visit_seq(Items { reader: self, first: true })?;
                self.leave(b']')?;
                Ok(value)
            }
            b'{' => {
                self.enter()?;
                let value = visitor.visit_map(Items { reader: self, first: true })?;
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

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.some_token()? == b'n' { self.word("null").and_then(|()| visitor.visit_none()) } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

/// The items of an array, or the fields of an object.
struct Items<'a, 'r> {
    reader: &'a mut Reader<'r>,
    first: bool,
}

impl Items<'_, '_> {
    /// Whether another item follows before the closing bracket; uses the comma.
    fn another(&mut self, close: u8) -> Result<bool> {
        let byte = self.reader.some_token()?;
        if byte == close {
            return Ok(false);
        }
        if !std::mem::replace(&mut self.first, false) {
            if byte != b',' {
                return Err(self.reader.unexpected(byte, "a comma"));
            }
            self.reader.start += 1;
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.another(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for Items<'_, '_> {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.another(b'}')? {
            return Ok(None);
        }
        match self.reader.some_token()? {
            b'"' => seed.deserialize(&mut *self.reader).map(Some),
            byte => Err(self.reader.unexpected(byte, "a field name")),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        match self.reader.some_token()? {
            b':' => self.reader.start += 1,
            byte => return Err(self.reader.unexpected(byte, "a colon")),
        }
        seed.deserialize(&mut *self.reader)
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
