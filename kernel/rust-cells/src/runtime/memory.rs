//! Which process the system ends first when memory runs out.

use std::{fs, io};

/// Where a process says how much it is to be preferred, up to 1000.
const PREFERENCE: &str = "/proc/self/oom_score_adj";

/// The runner, in which a cell may take all memory that there is. The copy that stands by keeps the variables.
const FIRST: &str = "1000";

/// How much a process is preferred that runs no cell.
#[derive(Debug)]
pub(super) struct Usual(Option<String>);

impl Usual {
    /// What this process was started with.
    pub(super) fn here() -> Self {
        Self(fs::read_to_string(PREFERENCE).ok())
    }

    /// Makes this process the first to be ended.
    pub(super) fn yield_first(&self) -> io::Result<()> {
        if self.0.is_some() { fs::write(PREFERENCE, FIRST) } else { Ok(()) }
    }

    /// Makes this process one like others again, if the system lets it.
    pub(super) fn restore(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), |usual| fs::write(PREFERENCE, usual))
    }
}
