//! Texts: whole in the window as nearly all are, or gathered piece by piece, their escapes undone.

use super::Result;
use super::reader::Reader;
use memchr::memchr2;
use serde::de::Visitor;

/// How long one text may be, in bytes.
const LONGEST_TEXT: usize = 16 << 20;

impl Reader<'_> {
    /// A text whose opening quote is next.
    #[inline]
    pub(super) fn text<'de, V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
        self.look_ahead();
        self.start += 1;
        let rest = &self.window[self.start..self.end];
        if let Some(length) = memchr2(b'"', b'\\', rest).filter(|at| rest[*at] == b'"') {
            let value = visitor.visit_str(&String::from_utf8_lossy(&rest[..length]));
            self.start += length + 1;
            return value;
        }
        self.gather_text()?;
        visitor.visit_str(&String::from_utf8_lossy(&self.scratch))
    }

    /// Passes over a text whose opening quote is next.
    #[inline]
    pub(super) fn skip_text(&mut self) -> Result<()> {
        self.look_ahead();
        self.start += 1;
        let rest = &self.window[self.start..self.end];
        if let Some(length) = memchr2(b'"', b'\\', rest).filter(|at| rest[*at] == b'"') {
            self.start += length + 1;
            return Ok(());
        }
        self.gather_text()
    }

    /// Gathers a text whose opening quote is used, up to its closing quote.
    pub(super) fn gather_text(&mut self) -> Result<()> {
        self.scratch.clear();
        loop {
            if self.start == self.end && !self.fill()? {
                return Err(self.ended());
            }
            let rest = &self.window[self.start..self.end];
            let length = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            self.scratch.extend_from_slice(&rest[..length]);
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
}
