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
mod config;
mod defaults;
mod fault;
mod faults;
mod given;
mod grammar;
mod inspect;
mod progress;
mod resolve;
pub mod rust_text;
mod save;
mod secret;
mod session;
pub mod show;
mod target;
mod token;
mod verbs;

pub use bundle::Bundle;
pub use cell::{CommandLine, Expression};
pub use complete::{Candidate, Completions};
pub use config::Config;
pub use fault::{Advice, Fault};
pub use faults::FAULTS;
pub use given::{Given, Host, Nobody, Prompts, Screen, Unanswered};
pub use secret::{covered, covered_place};
pub use session::{Binding, EMBEDDED, Session, verb_names};
pub use verbs::{examples, examples_of_servers};
