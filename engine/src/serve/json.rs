//! JSON as NEXUS writes it: indented by four blanks, keys in a fixed order. Long lists are written while they are sent.

use axum::body::{Body, Bytes};
use serde::Serialize;
use serde_json::ser::Formatter;
use std::convert::Infallible;
use std::io::{Result, Write};

const INDENT: &str = "    ";
/// How much text is handed over at a time.
const PIECE: usize = 64 << 10;

/// A value, indented by `indent` at each level. A number that is not finite becomes `null`.
pub(super) fn pretty(value: &impl Serialize, indent: &'static str) -> String {
    let mut text = Vec::new();
    write(&mut text, value, indent, 0);
    String::from_utf8(text).unwrap_or_default()
}

/// Writes a value that stands `level` levels deep.
fn write(text: &mut Vec<u8>, value: &impl Serialize, indent: &'static str, level: usize) {
    let start = text.len();
    let mut serializer = serde_json::Serializer::with_formatter(&mut *text, Indented { indent, level, has_value: false });
    // Writing to memory cannot fail, and no type here has keys that are no text.
    if value.serialize(&mut serializer).is_err() {
        text.truncate(start);
        text.extend_from_slice(b"null");
    }
}

/// Each value on a line of its own, as [`serde_json::ser::PrettyFormatter`] has it, but from any level on.
struct Indented {
    indent: &'static str,
    level: usize,
    has_value: bool,
}

impl Indented {
    fn begin<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        self.level += 1;
        self.has_value = false;
        writer.write_all(bracket)
    }

    fn end<W: ?Sized + Write>(&mut self, writer: &mut W, bracket: &[u8]) -> Result<()> {
        self.level -= 1;
        if self.has_value {
            writer.write_all(b"\n")?;
            self.margin(writer)?;
        }
        writer.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&self, writer: &mut W, first: bool) -> Result<()> {
        writer.write_all(if first { b"\n" } else { b",\n" })?;
        self.margin(writer)
    }

    fn margin<W: ?Sized + Write>(&self, writer: &mut W) -> Result<()> {
        (0..self.level).try_for_each(|_| writer.write_all(self.indent.as_bytes()))
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.next(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> Result<()> {
        self.next(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _writer: &mut W) -> Result<()> {
        self.has_value = true;
        Ok(())
    }
}

/// An object with a list among its values, in the order given, of which the list may be long.
pub(super) struct Envelope {
    head: Vec<u8>,
    tail: Vec<u8>,
    level: usize,
}

impl Envelope {
    /// Just the list.
    pub(super) fn bare() -> Self {
        Self { head: Vec::new(), tail: Vec::new(), level: 1 }
    }

    /// `{"meta": …, "data": [ … ], "stats": …}`.
    pub(super) fn of(meta: &impl Serialize, stats: &impl Serialize) -> Self {
        let mut head = b"{\n    \"meta\": ".to_vec();
        write(&mut head, meta, INDENT, 1);
        head.extend_from_slice(b",\n    \"data\": ");
        let mut tail = b",\n    \"stats\": ".to_vec();
        write(&mut tail, stats, INDENT, 1);
        tail.extend_from_slice(b"\n}");
        Self { head, tail, level: 2 }
    }

    /// `{"stats": {}, "meta": [null, null], "data": [ … ]}`, which correlation maps come in.
    pub(super) fn of_correlation() -> Self {
        let mut head = b"{\n    \"stats\": {},\n    \"meta\": ".to_vec();
        write(&mut head, &[(); 2], INDENT, 1);
        head.extend_from_slice(b",\n    \"data\": ");
        Self { head, tail: b"\n}".to_vec(), level: 2 }
    }

    /// The whole text; where it is long, written while it is sent.
    pub(super) fn body<T: Serialize + 'static>(self, items: impl Iterator<Item = T> + Send + 'static) -> Body {
        let mut pieces = self.pieces(items).map(Bytes::from);
        match (pieces.next(), pieces.next()) {
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(pieces).map(Ok::<_, Infallible>);
                Body::from_stream(futures::stream::iter(all))
            }
            (whole, _) => Body::from(whole.unwrap_or_default()),
        }
    }

    /// The whole text in pieces of about [`PIECE`] bytes.
    pub(super) fn pieces<T: Serialize>(self, mut items: impl Iterator<Item = T>) -> impl Iterator<Item = Vec<u8>> {
        let Self { mut head, tail, level } = self;
        head.push(b'[');
        let mut rest = Some((head, tail));
        let mut written = false;
        std::iter::from_fn(move || {
            let (mut piece, tail) = rest.take()?;
            while piece.len() < PIECE {
                let Some(item) = items.next() else {
                    if written {
                        piece.push(b'\n');
                        piece.extend_from_slice(INDENT.repeat(level - 1).as_bytes());
                    }
                    piece.push(b']');
                    piece.extend_from_slice(&tail);
                    return Some(piece);
                };
                piece.extend_from_slice(if written { b",\n" } else { b"\n" });
                piece.extend_from_slice(INDENT.repeat(level).as_bytes());
                write(&mut piece, &item, INDENT, level);
                written = true;
            }
            rest = Some((Vec::with_capacity(PIECE + PIECE / 4), tail));
            Some(piece)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn written(envelope: Envelope, items: Vec<Value>) -> String {
        String::from_utf8(envelope.pieces(items.into_iter()).collect::<Vec<_>>().concat()).unwrap()
    }

    #[test]
    fn what_is_written_in_pieces_is_what_is_written_at_once() {
        let items = vec![json!([{"a": 1, "b\n": [2.5, null]}]), json!([])];
        let whole = json!({"meta": {"x": [1]}, "data": items, "stats": {}});
        assert_eq!(written(Envelope::of(&json!({"x": [1]}), &json!({})), items.clone()), pretty(&whole, INDENT));
        assert_eq!(written(Envelope::bare(), items.clone()), pretty(&items, INDENT));
        let correlation = json!({"stats": {}, "meta": [null, null], "data": items});
        assert_eq!(written(Envelope::of_correlation(), items), pretty(&correlation, INDENT));
        assert_eq!(written(Envelope::bare(), vec![]), "[]");
    }

    #[test]
    fn a_long_list_comes_in_many_pieces() {
        let items = || (0..20_000).map(|n| json!({"n": n}));
        let pieces: Vec<Vec<u8>> = Envelope::bare().pieces(items()).collect();
        assert!(pieces.len() > 5 && pieces.iter().all(|p| p.len() < 2 * PIECE));
        assert_eq!(serde_json::from_slice::<Value>(&pieces.concat()).unwrap(), Value::Array(items().collect()));
    }

    #[test]
    fn a_value_is_indented_as_serde_json_does_it() {
        let value = json!({"a": [], "b": {}, "c": [[1, [2]], {"d": "x\ny", "e": null}], "f": 1.5});
        let mut expected = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"     ");
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut expected, formatter)).unwrap();
        assert_eq!(pretty(&value, "     ").as_bytes(), expected);
    }

    #[test]
    fn numbers_that_json_lacks_are_null() {
        assert_eq!(pretty(&[f64::NAN, f64::INFINITY, 1.0], ""), "[\nnull,\nnull,\n1.0\n]");
    }
}
