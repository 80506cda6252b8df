//! What an object's header says of the object, message by message (section IV.A of the specification).

use super::{Fact, NOWHERE};

/// A message: its kind, and what it says.
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) data: Vec<u8>,
}

impl Message {
    fn of(kind: u8, parts: &[&[u8]]) -> Self {
        Self { kind, data: parts.concat() }
    }
}

/// How many values there are along each dimension; none for a single value.
pub(super) fn dataspace(shape: &[u64]) -> Message {
    let lengths: Vec<u8> = shape.iter().flat_map(|length| length.to_le_bytes()).collect();
    Message::of(0x01, &[&[2, shape.len() as u8, 0, u8::from(!shape.is_empty())], &lengths])
}

/// Links stand in the group's header, in no order of their own.
pub(super) fn link_info() -> Message {
    Message::of(0x02, &[&[0, 0], &NOWHERE.to_le_bytes(), &NOWHERE.to_le_bytes()])
}

/// 64-bit floats after IEEE 754, little-endian.
pub(super) fn floats() -> Message {
    let properties = [0, 0, 64, 0, 52, 11, 0, 52, 0xff, 0x03, 0, 0];
    Message::of(0x03, &[&[0x11, 0x20, 63, 0], &8_u32.to_le_bytes(), &properties])
}

/// 32-bit integers with a sign, little-endian.
pub(super) fn integers() -> Message {
    Message::of(0x03, &[&[0x10, 0x08, 0, 0], &4_u32.to_le_bytes(), &[0, 0, 32, 0]])
}

/// Text of so many bytes, in UTF-8, filled up with NUL.
fn text(length: u32) -> Message {
    Message::of(0x03, &[&[0x13, 0x11, 0, 0], &length.to_le_bytes()])
}

/// Space is taken at once, and nothing is written where there are no values.
pub(super) fn no_fill() -> Message {
    Message::of(0x05, &[&[3, 0x05]])
}

/// A link to an object in this file. A name has less than 256 bytes.
pub(super) fn hard_link(name: &str, at: u64) -> Message {
    let name = &name.as_bytes()[..name.len().min(255)];
    // The character set is given: UTF-8.
    Message::of(0x06, &[&[1, 0x10, 1, name.len() as u8], name, &at.to_le_bytes()])
}

/// The values lie together.
pub(super) fn layout(at: u64, length: u64) -> Message {
    Message::of(0x08, &[&[3, 1], &at.to_le_bytes(), &length.to_le_bytes()])
}

pub(super) fn group_info() -> Message {
    Message::of(0x0a, &[&[0, 0]])
}

/// An attribute with one value.
pub(super) fn attribute(name: &str, fact: &Fact) -> Message {
    /// What a message can hold, less what stands beside the text.
    const MOST: usize = 60_000;
    let (kind, value) = match fact {
        Fact::Number(number) => (floats(), number.to_le_bytes().to_vec()),
        Fact::Text(words) => {
            let mut end = words.len().min(MOST);
            while !words.is_char_boundary(end) {
                end -= 1;
            }
            // No text has no length, which is no type.
            let value = if end == 0 { vec![0] } else { words.as_bytes()[..end].to_vec() };
            (text(value.len() as u32), value)
        }
    };
    let name = [name.as_bytes(), &[0]].concat();
    let space = dataspace(&[]);
    let sizes = [name.len(), kind.data.len(), space.data.len()].map(|size| (size as u16).to_le_bytes()).concat();
    Message::of(0x0c, &[&[3, 0], &sizes, &[1], &name, &kind.data, &space.data, &value])
}
