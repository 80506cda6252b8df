//! What goes into a Rust cell and what comes out of it.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf};

/// A Rust cell, or the Rust part of a mixed one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RustCell {
    /// The code, evcxr's `:commands` included.
    pub code: String,
    /// The values that the code mentions and that were bound outside of Rust.
    pub bindings: Vec<Binding>,
}

/// A value bound outside of Rust that enters a cell's scope, in the same compilation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The variable's name.
    pub name: String,
    /// Its type, as `sdap::Value::type_name` says it.
    pub type_name: String,
    /// The file that `sdap::write` wrote. A changed value has another path; the same path is not bound again.
    pub path: PathBuf,
}

/// What a cell shows while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Text on standard output.
    Stdout(String),
    /// Text on standard error.
    Stderr(String),
    /// What is being prepared or compiled, for the user to see meanwhile.
    Progress(String),
    /// The cell waits for a line of input, which `Answers::send` gives.
    Input {
        /// The number of the question.
        number: u64,
        /// What stands before the answer.
        prompt: String,
        /// Whether the answer is not to be seen.
        secret: bool,
    },
}

/// A cell's value, by MIME type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The content by MIME type, as text; binary types as base64.
    pub content: BTreeMap<String, String>,
}

impl Shown {
    /// The plain text; empty where a value shows itself in other types alone.
    pub fn plain(&self) -> &str {
        self.content.get("text/plain").map(String::as_str).unwrap_or_default()
    }
}

/// Why a cell failed. Every failed cell has exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{name}: {value}")]
pub struct CellError {
    /// What kind of failure: a compiler's code such as `error[E0308]`, `panic`, `Interrupted`, ….
    pub name: String,
    /// The message, in one line.
    pub value: String,
    /// The whole of it, line by line, with the cell's own line numbers.
    pub traceback: Vec<String>,
}

impl CellError {
    /// An error whose text is `text`; its first line is the message.
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let value = text.lines().next().unwrap_or_default().to_owned();
        let traceback = format!("{name}: {text}").lines().map(str::to_owned).collect();
        Self { name: name.to_owned(), value, traceback }
    }
}

/// What could stand at a place in a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completions {
    /// The suggestions, best first.
    pub suggestions: Vec<Suggestion>,
    /// The byte at which the text to be replaced starts.
    pub start: usize,
    /// The byte at which it ends.
    pub end: usize,
}

/// One completion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The text to insert.
    pub insert: String,
    /// Its type or signature, or a few words about it; empty where unknown.
    pub label: String,
    /// What it is: `function`, `class`, `module`, `property`, `instance`, `keyword`, `magic`.
    pub kind: String,
}

/// What is known about a name in a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// As plain text.
    pub plain: String,
    /// As HTML.
    pub html: String,
}
