//! Rust cells: compiled and run by evcxr, in a process of their own.
//!
//! These processes take part, all of them this binary:
//!
//! - the *kernel*, which holds a [`RustCells`] and never waits for a compiler;
//! - the *host*, started with the first Rust cell, in which evcxr lives ([`host`]): its environment, its standard
//!   error, its memory and, should it come to that, its crashes are its own;
//! - the *runner*, in which the cells run, and its *standby*, a copy that takes its place when a cell ends it ([`runtime`]).
//!
//! [`runtime_hook`] is the first line of `main`: it turns this binary into the process it was started as.
#![deny(unsafe_code)]

mod analysis;
mod cell;
mod completeness;
mod diagnosis;
mod evaluator;
mod guess;
mod host;
mod paths;
mod prelude;
mod runtime;
mod session;
mod source_lines;
mod syntax;
mod toolchain;
mod tools;
mod types;
mod weave;
mod wire;
mod workshop;

pub use analysis::StdSources;
pub use cell::{Binding, CellError, Completions, Event, Inspection, RustCell, Shown, Suggestion};
pub use completeness::{Completeness, is_complete};
pub use session::{Answers, Config, RustCells};
pub use syntax::uses;

/// Must be the first line of `main`, before any thread is started: where this process was started to host or to run
/// Rust cells, it does so and never returns.
pub fn runtime_hook() {
    tools::act_if_called();
    runtime::hook();
    // With `:cache`, this binary stands before rustc.
    evcxr::runtime_hook();
    if std::env::var_os(host::HOST).is_some() {
        host::run();
    }
    if std::env::var_os(analysis::ANALYSIS).is_some() {
        analysis::run();
    }
}
