//! The `%sdap` language: from a line of text to a figure or a table.
//!
//! A cell is [split](cell::split) into Rust and commands; a [`Session`] runs the commands and keeps what they bind:
//!
//! ```text
//! cell ── cell::split ──► Rust                      (for the kernel)
//!                    └──► command ── token ── grammar ── resolve ── verbs ──► nexus or engine
//!                                                                        └──► show ──► Bundle
//! ```
#![forbid(unsafe_code)]

mod bundle;
pub mod cell;
mod complete;
mod fault;
mod grammar;
mod inspect;
mod resolve;
pub mod rust_text;
mod session;
pub mod show;
mod token;
mod verbs;

pub use bundle::Bundle;
pub use cell::CommandLine;
pub use complete::{Candidate, Completions};
pub use fault::{Advice, Fault};
pub use session::{Binding, EMBEDDED, Session, verb_names};
pub use verbs::examples;
