//! Takes the answers of NEXUS apart: one file for each family of endpoints, all generations of server by their shape.
//!
//! Everything reads from a byte stream and keeps only what becomes part of a value.

mod cells;
mod deviations;
mod diagram;
mod envelope;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod job;
mod json;
mod limit;
mod list;
mod number;
mod pairs;
mod points;
mod rows;

pub(crate) use cells::Cells;
pub(crate) use deviations::Deviations;
pub(crate) use diagram::{Sample, Samples as DiagramSamples};
pub(crate) use envelope::{Envelope, Meta, Stats, read as read_envelope};
pub(crate) use job::{Parameters, moment, read as read_job};
pub(crate) use json::{Fault, MARK, ReadError};
pub(crate) use limit::Limit;
pub(crate) use list::read as read_list;
pub(crate) use number::ROUNDING;
pub(crate) use pairs::{Page, Pairs, Side, read as read_pairs};
pub(crate) use points::{Samples as PointSamples, another};
pub(crate) use rows::{Rows, Series};

/// Reads any document; NaN and the infinities, which JSON's own values cannot hold, become null.
pub(crate) fn read_value(input: &mut dyn std::io::Read) -> Result<serde_json::Value, ReadError> {
    json::read(input, std::marker::PhantomData)
}

#[cfg(test)]
mod tests;
