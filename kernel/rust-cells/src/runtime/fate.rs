//! How a process ended, and what the user reads of it.

use crate::cell::CellError;
use rustix::process::Signal;
use std::{fs, os::unix::process::ExitStatusExt, process::ExitStatus};

/// Why a cell did not return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What kind of end.
    name: &'static str,
    /// What happened, in one line.
    what: String,
    variables: Variables,
    /// What made the cell fail by itself, if that is how it ended.
    fault: Option<Fault>,
}

/// Why a cell failed that was not ended with its process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A panic, and what it told of itself, as JSON.
    Panic(String),
    /// An error that a `?` or the last expression got, and what was told of it, as JSON; empty where nothing was.
    Error(String),
    /// It returned before its end.
    Early,
}

/// What became of the variables of earlier cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Variables {
    /// Each has the value that it had before the cell.
    Kept,
    /// There was no copy of them, and why.
    Lost(String),
}

impl Failure {
    /// The end of a process that ran a cell, or of one that waited for the next.
    pub(super) fn of(end: &End, variables: Variables) -> Self {
        let (name, what) = end.tell();
        Self { name, what, variables, fault: None }
    }

    /// A cell that failed by itself, after which the copy from before it took over.
    pub(super) fn by_itself(fault: Fault) -> Self {
        Self { name: "Err", what: "the cell failed".to_owned(), variables: Variables::Kept, fault: Some(fault) }
    }

    /// What made the cell fail by itself, if that is how it ended.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// A cell that did not begin.
    pub(super) fn before(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, what: what.into(), variables: Variables::Kept, fault: None }
    }

    /// The error of the cell; `variables` are those that there were before it.
    pub(crate) fn error(&self, variables: &[String]) -> CellError {
        let Self { name, what, .. } = self;
        let after = match &self.variables {
            Variables::Kept => "Every variable is as it was before this cell.".to_owned(),
            Variables::Lost(_) if variables.is_empty() => "The process was started anew; no variables were lost.".to_owned(),
            Variables::Lost(why) => format!(
                "The process was started anew. There was no copy of it to go back to, since {why}. Lost: {}.\n\
                 Values bound by %sdap come back by themselves.",
                variables.join(", ")
            ),
        };
        CellError::new(name, &format!("{what}\n{after}"))
    }
}

/// The end of a process, with all that can be known of it.
#[derive(Debug)]
pub(super) struct End {
    /// Whether the user interrupted it.
    pub(super) interrupted: bool,
    /// How the system says that it ended.
    pub(super) status: Option<ExitStatus>,
    /// What it wrote to standard error last.
    pub(super) last_words: String,
    /// Whether the system ended a process meanwhile because memory had run out.
    pub(super) memory_ran_out: bool,
}

impl End {
    /// Its name, and a line about it.
    fn tell(&self) -> (&'static str, String) {
        let own = |name, what: &str| (name, what.to_owned());
        let (code, signal) = self.status.map_or((None, None), |status| (status.code(), status.signal()));
        if self.interrupted {
            return own("Interrupted", "the cell was interrupted");
        }
        match (code, signal) {
            (Some(code), _) => ("Exit", format!("the cell ended its process with exit code {code}")),
            (_, Some(number)) if number == Signal::ABORT.as_raw() => self.aborted(),
            (_, Some(number)) if number == Signal::SEGV.as_raw() || number == Signal::BUS.as_raw() => {
                own("SegmentationFault", "segmentation fault: the cell used memory that it does not have")
            }
            (_, Some(number)) if number == Signal::KILL.as_raw() && self.memory_ran_out => {
                own("OutOfMemory", "out of memory: the system ended the process of the cell")
            }
            (_, Some(number)) if number == Signal::KILL.as_raw() => {
                own("Killed", "the process of the cell was killed from outside (SIGKILL)")
            }
            (_, Some(number)) => ("Signal", format!("the process of the cell was ended by signal {number}")),
            (None, None) => own("Ended", "the process of the cell ended"),
        }
    }

    /// The standard library says why it aborts.
    fn aborted(&self) -> (&'static str, String) {
        let said = |text: &str| self.last_words.lines().rev().find(|line| line.contains(text)).map(str::trim);
        if said("has overflowed its stack").is_some() {
            return ("StackOverflow", "stack overflow: the calls of the cell go too deep".to_owned());
        }
        if let Some(line) = said("memory allocation of ") {
            return ("OutOfMemory", format!("out of memory: {line}"));
        }
        ("Abort", "the cell aborted its process".to_owned())
    }
}

/// How many processes the system has ended because memory had run out.
pub(super) fn ended_for_memory() -> u64 {
    let counters = fs::read_to_string("/proc/vmstat").unwrap_or_default();
    counters.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aborted(last_words: &str) -> End {
        End {
            interrupted: false,
            status: Some(ExitStatus::from_raw(Signal::ABORT.as_raw())),
            last_words: last_words.to_owned(),
            memory_ran_out: false,
        }
    }

    #[test]
    fn an_abort_says_why_where_that_is_known() {
        assert_eq!(aborted("").tell().0, "Abort");
        assert_eq!(aborted("\nthread 'main' has overflowed its stack\nfatal runtime error: stack overflow\n").tell().0, "StackOverflow");
        let (name, what) = aborted("memory allocation of 70 bytes failed\n").tell();
        assert_eq!((name, what.as_str()), ("OutOfMemory", "out of memory: memory allocation of 70 bytes failed"));
    }

    #[test]
    fn what_is_lost_is_named() {
        let lost = Failure::of(&aborted(""), Variables::Lost("threads still ran (2)".into()));
        let text = lost.error(&["a".into(), "b".into()]).traceback.join("\n");
        assert!(text.contains("since threads still ran (2). Lost: a, b."), "{text}");
        assert!(lost.error(&[]).traceback.join("\n").contains("no variables were lost"));
        let kept = Failure::of(&aborted(""), Variables::Kept);
        assert_eq!(kept.error(&["a".into()]).traceback[1], "Every variable is as it was before this cell.");
    }
}
