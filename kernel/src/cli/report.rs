//! What reaches the terminal: results on standard output, the rest on standard error, never a panic for a closed pipe.

use std::io::Write;

/// Shows a result.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell when the reader has gone, as `head` does.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Shows a line of progress.
pub(crate) fn progress(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Shows an error.
pub(crate) fn error(error: &dyn std::error::Error) {
    progress(&format!("error: {error}"));
}
