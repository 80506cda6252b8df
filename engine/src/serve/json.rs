//! JSON as NEXUS writes it: indented by four blanks, keys in a fixed order. Long lists are written while they are sent.

use axum::body::{Body, Bytes};
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use std::convert::Infallible;

const INDENT: &str = "    ";
/// How much text is handed over at a time.
const PIECE: usize = 64 << 10;

/// A value, indented by `indent` at each level. A number that is not finite becomes `null`.
pub(super) fn pretty(value: &impl Serialize, indent: &str) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(indent.as_bytes()));
    // Writing to memory cannot fail, and no type here has keys that are no text.
    match value.serialize(&mut serializer) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        Err(_) => "null".into(),
    }
}

/// An object with a list among its values, in the order given, of which the list may be long.
pub(super) struct Envelope {
    head: String,
    tail: String,
    level: usize,
}

impl Envelope {
    /// Just the list.
    pub(super) fn bare() -> Self {
        Self { head: String::new(), tail: String::new(), level: 1 }
    }

    /// `{"meta": …, "data": [ … ], "stats": …}`.
    pub(super) fn of(meta: &impl Serialize, stats: &impl Serialize) -> Self {
        let head = format!("{{\n{INDENT}\"meta\": {},\n{INDENT}\"data\": ", nested(&pretty(meta, INDENT), 1));
        Self { head, tail: format!(",\n{INDENT}\"stats\": {}\n}}", nested(&pretty(stats, INDENT), 1)), level: 2 }
    }

    /// `{"stats": {}, "meta": [null, null], "data": [ … ]}`, which correlation maps come in.
    pub(super) fn of_correlation() -> Self {
        let head = format!(
            "{{\n{INDENT}\"stats\": {{}},\n{INDENT}\"meta\": [\n{INDENT}{INDENT}null,\n{INDENT}{INDENT}null\n{INDENT}],\n{INDENT}\"data\": "
        );
        Self { head, tail: "\n}".into(), level: 2 }
    }

    /// The whole text, written while it is sent.
    pub(super) fn body<T: Serialize + 'static>(self, items: impl Iterator<Item = T> + Send + 'static) -> Body {
        Body::from_stream(futures::stream::iter(self.pieces(items).map(|piece| Ok::<_, Infallible>(Bytes::from(piece)))))
    }

    /// The whole text in pieces of about [`PIECE`] bytes.
    pub(super) fn pieces<T: Serialize>(self, mut items: impl Iterator<Item = T>) -> impl Iterator<Item = String> {
        let mut rest = Some((self.head + "[", self.tail));
        let level = self.level;
        let mut written = false;
        std::iter::from_fn(move || {
            let (mut piece, tail) = rest.take()?;
            while piece.len() < PIECE {
                let Some(item) = items.next() else {
                    if written {
                        piece.push('\n');
                        piece.push_str(&INDENT.repeat(level - 1));
                    }
                    return Some(piece + "]" + &tail);
                };
                piece.push_str(if written { ",\n" } else { "\n" });
                piece.push_str(&INDENT.repeat(level));
                piece.push_str(&nested(&pretty(&item, INDENT), level));
                written = true;
            }
            rest = Some((String::new(), tail));
            Some(piece)
        })
    }
}

/// Text whose further lines are moved in by some levels. Line breaks within JSON strings are escaped, so each one found is
/// a line of its own.
fn nested(text: &str, level: usize) -> String {
    text.replace('\n', &format!("\n{}", INDENT.repeat(level)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn written(envelope: Envelope, items: Vec<Value>) -> String {
        envelope.pieces(items.into_iter()).collect()
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
        let pieces: Vec<String> = Envelope::bare().pieces(items()).collect();
        assert!(pieces.len() > 5 && pieces.iter().all(|p| p.len() < 2 * PIECE));
        assert_eq!(serde_json::from_str::<Value>(&pieces.concat()).unwrap(), Value::Array(items().collect()));
    }

    #[test]
    fn numbers_that_json_lacks_are_null() {
        assert_eq!(pretty(&[f64::NAN, f64::INFINITY, 1.0], ""), "[\nnull,\nnull,\n1.0\n]");
    }
}
