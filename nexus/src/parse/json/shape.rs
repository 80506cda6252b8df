//! The shape of an object, by which others that differ from it in nothing but their numbers are read at once.

use super::Result;
use super::digits::{self, Number};
use super::reader::Reader;
use memchr::memchr2;

/// How long an object may be to have a shape, its lead included, in bytes.
const LONGEST: usize = 2 << 10;

/// A step of the way from an object to a value in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// The field of that name.
    Field(String),
    /// The item at that place of an array.
    Item(usize),
}

/// What is not the same in all objects of a shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    /// How to get there.
    pub(crate) way: Vec<Step>,
    /// Whether a text stands there, and not a number or null.
    pub(crate) is_text: bool,
}

/// An object as it follows another one in an array: the bytes before each slot, from the end of the object before, and those
/// behind the last one.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) slots: Vec<Slot>,
    literals: Vec<Vec<u8>>,
    tail: Vec<u8>,
}

impl Shape {
    /// The shape of an object that was read: its bytes, and before them those between it and the object before.
    ///
    /// None if it holds something out of the ordinary, or is too long.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let mut sketch = Sketch { slots: Vec::new(), literals: Vec::new(), literal: Vec::new(), open: Vec::new() };
        let mut at = bytes.iter().position(|byte| *byte == b'{')?;
        sketch.literal.extend_from_slice(&bytes[..at]);
        while at < bytes.len() && bytes.len() <= LONGEST {
            at += sketch.take(&bytes[at..])?;
            if sketch.open.is_empty() {
                break;
            }
        }
        let Sketch { slots, literals, literal: tail, open } = sketch;
        (open.is_empty() && at == bytes.len()).then_some(Self { slots, literals, tail })
    }

    /// Reads the numbers of an object of this shape, and says how many bytes it takes with its lead. None if it is of another one.
    fn numbers(&self, bytes: &[u8], numbers: &mut Vec<f64>) -> Option<usize> {
        numbers.clear();
        let mut at = 0;
        for (slot, literal) in self.slots.iter().zip(&self.literals) {
            let rest = bytes[at..].strip_prefix(literal.as_slice())?;
            at += literal.len();
            if slot.is_text {
                let text = rest.strip_prefix(b"\"")?;
                let end = memchr2(b'"', b'\\', text).filter(|end| text[*end] == b'"')?;
                numbers.push(f64::NAN);
                at += end + 2;
            } else {
                let (number, length) = number(rest)?;
                numbers.push(number);
                at += length;
            }
        }
        bytes[at..].starts_with(&self.tail).then_some(at + self.tail.len())
    }
}

/// The number, or null, that bytes begin with, and how long it is.
#[inline]
fn number(bytes: &[u8]) -> Option<(f64, usize)> {
    match digits::read(bytes) {
        Some((Number::Whole(whole), length)) => Some((whole as f64, length)),
        Some((Number::Broken(broken), length)) => Some((broken, length)),
        None => word(bytes),
    }
}

/// What stands for a number that is none.
fn word(bytes: &[u8]) -> Option<(f64, usize)> {
    let words = [("NaN", f64::NAN), ("null", f64::NAN), ("Infinity", f64::INFINITY), ("-Infinity", f64::NEG_INFINITY)];
    words.into_iter().find(|(word, _)| bytes.starts_with(word.as_bytes())).map(|(word, number)| (number, word.len()))
}

/// A shape that is being taken down.
struct Sketch {
    slots: Vec<Slot>,
    literals: Vec<Vec<u8>>,
    literal: Vec<u8>,
    open: Vec<Open>,
}

/// An object or array that is not yet closed.
enum Open {
    /// What its present field is called, once that is known.
    Object(Option<String>),
    /// The place of its present item.
    Array(usize),
}

impl Sketch {
    /// Takes down what the bytes of sound JSON begin with, and says how many of them that are.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        let length = match bytes.first()? {
            b'{' => {
                self.open.push(Open::Object(None));
                1
            }
            b'[' => {
                self.open.push(Open::Array(0));
                1
            }
            b'}' | b']' => {
                self.open.pop()?;
                1
            }
            b',' => {
                match self.open.last_mut()? {
                    Open::Object(name) => *name = None,
                    Open::Array(place) => *place += 1,
                }
                1
            }
            b'"' => return self.text(bytes),
            b't' => 4,
            b'f' => 5,
            b' ' | b'\n' | b'\r' | b'\t' | b':' => 1,
            _ => {
                let (_, length) = number(bytes)?;
                self.slot(false);
                return Some(length);
            }
        };
        self.literal.extend_from_slice(bytes.get(..length)?);
        Some(length)
    }

    /// Takes down a text: the name of a field, or a value.
    fn text(&mut self, bytes: &[u8]) -> Option<usize> {
        let text = &bytes[1..];
        let end = memchr2(b'"', b'\\', text).filter(|end| text[*end] == b'"')?;
        if let Open::Object(name @ None) = self.open.last_mut()? {
            *name = Some(String::from_utf8(text[..end].to_vec()).ok()?);
            self.literal.extend_from_slice(&bytes[..end + 2]);
        } else {
            self.slot(true);
        }
        Some(end + 2)
    }

    fn slot(&mut self, is_text: bool) {
        let way = self.open.iter().map(|open| match open {
            Open::Object(name) => Step::Field(name.clone().unwrap_or_default()),
            Open::Array(place) => Step::Item(*place),
        });
        self.slots.push(Slot { way: way.collect(), is_text });
        self.literals.push(std::mem::take(&mut self.literal));
    }
}

impl Reader<'_> {
    /// The shape of what was read since a position, if all of it is still at hand.
    pub(crate) fn shape_since(&self, began: u64) -> Option<Shape> {
        let from = usize::try_from(began.checked_sub(self.before)?).ok()?;
        Shape::of(&self.window[from..self.start])
    }

    /// Hands on the numbers of the objects of a shape that come next, as long as there are some.
    ///
    /// # Errors
    /// What `take` finds wrong, at the end of its object.
    pub(crate) fn alike(&mut self, shape: &Shape, mut take: impl FnMut(&[f64]) -> Result<(), String>) -> Result<()> {
        let mut numbers = Vec::with_capacity(shape.slots.len());
        loop {
            self.look_ahead_of(LONGEST);
            let Some(length) = shape.numbers(self.rest(), &mut numbers) else { return Ok(()) };
            // The closing bracket is not used before all is well with the object.
            self.start += length - 1;
            take(&numbers).map_err(|reason| self.shape(reason))?;
            self.start += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POINT: &str = ", {\"lat\": -1.5, \"ok\": true, \"data\": [{\"id\": \"a-b\", \"n\": [1, NaN]}, null], \"e\": \"x\"}";

    fn numbers(shape: &Shape, text: &str) -> Option<(Vec<f64>, usize)> {
        let mut found = Vec::new();
        let length = shape.numbers(text.as_bytes(), &mut found)?;
        Some((found, length))
    }

    #[test]
    fn what_is_not_the_same_in_all_objects_are_numbers_nulls_and_texts() {
        let shape = Shape::of(POINT.as_bytes()).unwrap();
        let ways: Vec<String> = shape.slots.iter().map(|slot| format!("{:?} {}", slot.way, slot.is_text)).collect();
        assert_eq!(
            ways,
            [
                "[Field(\"lat\")] false",
                "[Field(\"data\"), Item(0), Field(\"id\")] true",
                "[Field(\"data\"), Item(0), Field(\"n\"), Item(0)] false",
                "[Field(\"data\"), Item(0), Field(\"n\"), Item(1)] false",
                "[Field(\"data\"), Item(1)] false",
                "[Field(\"e\")] true",
            ]
        );
        let (found, length) =
            numbers(&shape, &format!("{}, 7", POINT.replace("-1.5", "2e3").replace("a-b", "").replace("[1", "[-Infinity"))).unwrap();
        assert_eq!(format!("{found:?}"), "[2000.0, NaN, -inf, NaN, NaN, NaN]");
        assert_eq!(length, POINT.len() + 4);
    }

    #[test]
    fn what_differs_in_more_is_of_another_shape() {
        let shape = Shape::of(POINT.as_bytes()).unwrap();
        for (part, other) in [
            ("-1.5", "\"-1.5\""),
            ("true", "false"),
            ("a-b", "a\\nb"),
            ("lat", "lon"),
            (", {", ",{"),
            ("1, NaN", "1"),
            ("null", "nil"),
            ("\"x\"}", "\"x\""),
        ] {
            assert_eq!(numbers(&shape, &POINT.replace(part, other)), None, "{other}");
        }
        for cut in 0..POINT.len() {
            assert_eq!(numbers(&shape, &POINT[..cut]), None, "{cut}");
        }
    }

    #[test]
    fn what_is_out_of_the_ordinary_has_no_shape() {
        for text in
            [", {\"a\\n\": 1}", ", {\"a\": \"\\u0041\"}", ", [1]", ", {\"a\": 12345678901234567890123}", "", ", {\"a\": 1", ", {\"a\": 1} "]
        {
            assert!(Shape::of(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Shape::of(format!(", {{\"a\": {}1}}", " ".repeat(LONGEST)).as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_shape_that_does_not_read_them_again(text in "[{}\\[\\]:,\"a1 .eNn-]{0,40}") {
            if let Some(shape) = Shape::of(text.as_bytes()) {
                // A number may go on behind the end of the bytes, but here it cannot: a bracket closes them.
                prop_assert_eq!(numbers(&shape, &text).map(|(_, length)| length), Some(text.len()));
            }
        }
    }
}
