//! The `%sdap` language: from a line of text to a figure or a table.
#![forbid(unsafe_code)]

mod bundle;
pub mod show;

pub use bundle::Bundle;
