//! The bytes of a document, and the tokens they make.

use super::digits::{self, Number};
use super::{DEPTH, Fault, ReadError, Result};
use serde::de::Visitor;
use std::io::Read;

/// A byte order mark in UTF-8, which means nothing.
pub(crate) const MARK: &[u8] = "\u{feff}".as_bytes();
/// How long one number may be, in bytes.
const LONGEST_NUMBER: usize = 1024;
/// How much is read at once, in bytes.
const WINDOW: usize = 128 << 10;
/// How many bytes are at hand where a value or a field name begins, so that it seldom is cut by the end of the window.
const AHEAD: usize = 1 << 10;
/// How many fields of an object are remembered, and how long the way to each may be, in bytes.
const FIELDS: usize = 32;
const LONGEST_WAY: usize = 256;

/// A document that is being read.
pub(crate) struct Reader<'r> {
    input: &'r mut dyn Read,
    /// What was read last; `start..end` is yet to be used.
    pub(super) window: Vec<u8>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many bytes came before the window.
    pub(super) before: u64,
    /// Whether nothing more comes.
    is_over: bool,
    /// Why nothing more comes; it matters only to whoever needs more.
    failed: Option<std::io::Error>,
    pub(super) depth: u32,
    /// The text or number being read, where it is not whole in the window.
    pub(super) scratch: Vec<u8>,
    /// By depth, the fields of the object that was read last.
    learned: Vec<Vec<Way>>,
}

/// The way from one value of an object to the next.
#[derive(Default)]
pub(super) struct Way {
    /// All bytes from the end of the value before up to the value itself: comma, blanks, name, colon.
    bytes: Vec<u8>,
    /// The field's name.
    name: String,
}

impl<'r> Reader<'r> {
    pub(super) fn new(input: &'r mut dyn Read) -> Self {
        Self {
            input,
            window: vec![0; WINDOW],
            start: 0,
            end: 0,
            before: 0,
            is_over: false,
            failed: None,
            depth: 0,
            scratch: Vec::new(),
            learned: Vec::new(),
        }
    }

    /// Passes the mark by that some programs put in front of UTF-8.
    pub(super) fn pass_mark(&mut self) {
        self.look_ahead();
        if self.rest().starts_with(MARK) {
            self.start += MARK.len();
        }
    }

    pub(crate) fn position(&self) -> u64 {
        self.before + self.start as u64
    }

    #[cold]
    pub(super) fn shape(&self, reason: String) -> ReadError {
        ReadError { at: Some(self.position()), fault: Fault::Shape(reason) }
    }

    #[cold]
    pub(super) fn unexpected(&self, byte: u8, expected: &str) -> ReadError {
        self.shape(format!("expected {expected}, found {:?}", char::from(byte)))
    }

    #[cold]
    pub(super) fn ended(&self) -> ReadError {
        ReadError { at: Some(self.position()), fault: Fault::Ended }
    }

    /// What is at hand and yet to be used.
    pub(super) fn rest(&self) -> &[u8] {
        &self.window[self.start..self.end]
    }

    /// Sees to it that enough is at hand for a usual value, unless less is left.
    #[inline]
    pub(super) fn look_ahead(&mut self) {
        self.look_ahead_of(AHEAD);
    }

    /// Sees to it that so many bytes are at hand, unless fewer are left.
    #[inline]
    pub(super) fn look_ahead_of(&mut self, bytes: usize) {
        if self.end - self.start < bytes && !self.is_over {
            self.refill(bytes);
        }
    }

    /// Moves what is left to the front of the window and reads behind it.
    #[cold]
    fn refill(&mut self, bytes: usize) {
        self.window.copy_within(self.start..self.end, 0);
        self.before += self.start as u64;
        (self.start, self.end) = (0, self.end - self.start);
        while self.end < bytes && !self.is_over {
            match self.input.read(&mut self.window[self.end..]) {
                Ok(0) => self.is_over = true,
                Ok(length) => self.end += length,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => (self.is_over, self.failed) = (true, Some(error)),
            }
        }
    }

    /// Fetches more bytes once all are used; false at the end.
    pub(super) fn fill(&mut self) -> Result<bool> {
        if !self.is_over {
            self.refill(AHEAD);
        }
        if self.start < self.end {
            return Ok(true);
        }
        match self.failed.take() {
            Some(error) => Err(ReadError { at: Some(self.position()), fault: Fault::Stream(error) }),
            None => Ok(false),
        }
    }

    /// The next byte, not yet used.
    pub(super) fn peek(&mut self) -> Result<Option<u8>> {
        if self.start == self.end && !self.fill()? {
            return Ok(None);
        }
        Ok(Some(self.window[self.start]))
    }

    /// The next byte, used.
    pub(super) fn next(&mut self) -> Result<u8> {
        let byte = self.peek()?.ok_or_else(|| self.ended())?;
        self.start += 1;
        Ok(byte)
    }

    /// The next byte that is not a blank, not yet used.
    #[inline]
    pub(super) fn token(&mut self) -> Result<Option<u8>> {
        // Mostly the way to a value was known, and ended at it.
        if let Some(byte) = self.rest().first().filter(|byte| **byte > b' ') {
            return Ok(Some(*byte));
        }
        loop {
            self.start += blanks(self.rest());
            if let Some(byte) = self.rest().first() {
                return Ok(Some(*byte));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    #[inline]
    pub(crate) fn some_token(&mut self) -> Result<u8> {
        self.token()?.ok_or_else(|| self.ended())
    }

    #[inline]
    pub(crate) fn word(&mut self, word: &str) -> Result<()> {
        if self.rest().starts_with(word.as_bytes()) {
            self.start += word.len();
            return Ok(());
        }
        for expected in word.bytes() {
            let byte = self.next()?;
            if byte != expected {
                return Err(self.unexpected(byte, word));
            }
        }
        Ok(())
    }

    #[inline]
    pub(super) fn number<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.look_ahead();
        let Some((number, length)) = digits::read(self.rest()) else { return self.any_number(visitor) };
        self.start += length;
        match number {
            Number::Whole(number) => visitor.visit_i64(number),
            Number::Broken(number) => visitor.visit_f64(number),
        }
    }

    /// Gathers the bytes that a number is made of.
    fn gather_number(&mut self) -> Result<()> {
        self.scratch.clear();
        loop {
            let rest = &self.window[self.start..self.end];
            let length = rest.iter().position(|b| !matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E')).unwrap_or(rest.len());
            self.scratch.extend_from_slice(&rest[..length]);
            self.start += length;
            if self.scratch.len() > LONGEST_NUMBER {
                return Err(self.shape("a number is too long".into()));
            }
            if self.start < self.end || !self.fill()? {
                return Ok(());
            }
        }
    }

    /// A number of any length and precision, and what only begins like one.
    #[cold]
    fn any_number<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
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

    pub(crate) fn enter(&mut self) -> Result<()> {
        self.start += 1;
        self.depth += 1;
        if self.depth > DEPTH { Err(self.shape(format!("the JSON is nested more than {DEPTH} deep"))) } else { Ok(()) }
    }

    /// Uses the closing bracket; a visitor that stopped early is an error of its own.
    pub(crate) fn leave(&mut self, close: u8) -> Result<()> {
        let byte = self.some_token()?;
        if byte != close {
            return Err(self.unexpected(byte, if close == b']' { "the end of the array" } else { "the end of the object" }));
        }
        self.start += 1;
        self.depth -= 1;
        Ok(())
    }

    /// Goes on to a field's value if the way there is the same as in the last object. Says the field's name.
    #[inline]
    pub(super) fn go_on(&mut self, field: usize) -> Option<&str> {
        self.look_ahead();
        let way = self.learned.get(self.depth as usize)?.get(field)?;
        if way.bytes.is_empty() || !self.window[self.start..self.end].starts_with(&way.bytes) {
            return None;
        }
        self.start += way.bytes.len();
        Some(&way.name)
    }

    /// Remembers the way to a field's value, which began at a position and ends here.
    pub(super) fn learn(&mut self, field: usize, began: u64, name: &str) {
        self.start += blanks(self.rest());
        let Some(from) = began.checked_sub(self.before).map(|from| from as usize) else { return };
        if field >= FIELDS || self.start - from > LONGEST_WAY {
            return;
        }
        let depth = self.depth as usize;
        if self.learned.len() <= depth {
            self.learned.resize_with(depth + 1, Vec::new);
        }
        let fields = &mut self.learned[depth];
        if fields.len() <= field {
            fields.resize_with(field + 1, Way::default);
        }
        let way = &mut fields[field];
        way.bytes.clear();
        way.bytes.extend_from_slice(&self.window[from..self.start]);
        way.name.clear();
        way.name.push_str(name);
    }
}

/// How many blanks bytes begin with. Most are spaces, which a pretty printer puts there by the dozen.
#[inline]
fn blanks(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        while let Some(eight) = bytes.get(at..at + 8) {
            let others = u64::from_le_bytes(eight.try_into().unwrap_or_default()) ^ u64::from_le_bytes([b' '; 8]);
            if others == 0 {
                at += 8;
            } else {
                at += others.trailing_zeros() as usize / 8;
                break;
            }
        }
        match bytes.get(at) {
            Some(b' ' | b'\n' | b'\r' | b'\t') => at += 1,
            _ => return at,
        }
    }
}
