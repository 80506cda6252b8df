//! A JSON reader that forgives what NEXUS servers write: bare `NaN` and `Infinity`, and text that is not UTF-8.
//!
//! It is a serde deserializer over a byte stream, so an answer is taken apart while it arrives and is never held
//! as a whole. Only outside strings are the bare words read as numbers. Numbers are rounded correctly.
//!
//! An answer is millions of objects that differ in nothing but their numbers. So the reader remembers how it came from one
//! value to the next, blanks and field name included, and compares that as a whole before it looks closer. Where whole objects
//! of one [`Shape`] follow each other, it looks for nothing but their numbers.

mod access;
mod digits;
mod reader;
mod shape;
mod text;

pub(crate) use access::Items;
pub(crate) use reader::{MARK, Reader};
use serde::de::{self, DeserializeSeed};
pub(crate) use shape::{Shape, Slot, Step};
use std::io::Read;

/// How deep arrays and objects may be nested; NEXUS needs eight.
const DEPTH: u32 = 64;

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
    /// It is no answer but an error, in these words.
    Refusal(String),
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.fault {
            Fault::Ended => f.write_str("the JSON ends in the middle")?,
            Fault::Shape(reason) | Fault::Refusal(reason) => f.write_str(reason)?,
            Fault::Stream(error) => write!(f, "{error}")?,
        }
        self.at.map_or(Ok(()), |at| write!(f, " at byte {at}"))
    }
}

impl std::error::Error for ReadError {}

impl ReadError {
    /// That a document is sound JSON, but not what was expected as a whole.
    pub(crate) fn unfit(reason: String) -> Self {
        Self { at: None, fault: Fault::Shape(reason) }
    }

    /// That the document is `{"error": WORDS}` instead of an answer; none where the field says that nothing is wrong.
    pub(crate) fn refusal(words: &serde_json::Value) -> Option<Self> {
        let words = match words {
            serde_json::Value::Null | serde_json::Value::Bool(false) => return None,
            serde_json::Value::String(words) if words.trim().is_empty() => return None,
            serde_json::Value::String(words) => words.clone(),
            other => other.to_string(),
        };
        Some(Self { at: None, fault: Fault::Refusal(words) })
    }
}

impl de::Error for ReadError {
    fn custom<T: std::fmt::Display>(reason: T) -> Self {
        Self { at: None, fault: Fault::Shape(reason.to_string()) }
    }
}

type Result<T, E = ReadError> = std::result::Result<T, E>;

/// Reads one JSON document that `seed` understands, to its end.
pub(crate) fn read<'de, S: DeserializeSeed<'de>>(input: &mut dyn Read, seed: S) -> Result<S::Value> {
    read_by(input, |reader| seed.deserialize(reader))
}

/// Reads one JSON document as `take` does, to its end.
pub(crate) fn read_by<T>(input: &mut dyn Read, take: impl FnOnce(&mut Reader<'_>) -> Result<T>) -> Result<T> {
    let mut reader = Reader::new(input);
    reader.pass_mark();
    let outcome = take(&mut reader).and_then(|value| match reader.token()? {
        None => Ok(value),
        Some(byte) => Err(reader.unexpected(byte, "the end of the document")),
    });
    outcome.map_err(|error| ReadError { at: error.at.or(Some(reader.position())), ..error })
}

#[cfg(test)]
mod tests;
