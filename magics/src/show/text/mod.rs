//! How quantities, units, numbers, places and times are written for people.

pub(crate) mod moment;
pub(crate) mod number;
pub(crate) mod place;
pub(crate) mod quantity;
pub(crate) mod unit;

/// The text without control characters but line ends: names come from servers, and must not steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}
