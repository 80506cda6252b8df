//! What the kernel and the host say to each other: one JSON text a line, on the host's standard input and output.

use crate::{
    analysis::Scope,
    cell::{CellError, Event, RustCell, Shown},
};
use serde::{Deserialize, Serialize};

/// What the kernel asks. Each request but an [`Input`](Request::Input) is answered by exactly one [`Answer`], in order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    Execute(RustCell),
    /// What the user typed when the running cell asked for it, by the number of [`Event::Input`], or why nobody can.
    Input(u64, Result<String, String>),
}

/// One line from the host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// evcxr is up and the prelude is in scope.
    Ready,
    /// What the session has defined, where a cell changed that.
    Scope(Scope),
    /// What a running cell shows.
    Event(Event),
    /// The answer to the request of that number, counted from 0.
    Answer(u64, Answer),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Executed(Result<Option<Shown>, CellError>),
}

/// What tells a report from text that code in the host's process happened to print.
const MARK: char = '\u{1e}';

/// Writes a report, if the kernel still listens.
pub(crate) fn report(report: &Report) {
    if let Ok(json) = serde_json::to_string(report) {
        use std::io::Write;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{MARK}{json}").and_then(|()| out.flush()).ok();
    }
}

/// The report in a line; any other line is text that was printed.
pub(crate) fn read_report(line: &str) -> Report {
    line.strip_prefix(MARK)
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_else(|| Report::Event(Event::Stdout(format!("{line}\n"))))
}
