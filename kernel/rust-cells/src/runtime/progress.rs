//! What a cell says to evcxr while it runs, and what that tells about its end.

use super::{
    fate::Fault,
    relay::{BEGIN_CONTENT, CHANGED_TYPE, ERROR, PANIC},
};

/// The contents in which a panic and an error tell of themselves, as the sdap crate's `cell` module writes them.
const PANIC_CONTENT: &str = "application/x-sdap-panic";
const ERROR_CONTENT: &str = "application/x-sdap-failed";

/// How a cell that reaches its end says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It need not.
    #[default]
    Silent,
    /// It shows something, if only that it is done.
    Told,
}

/// What a running cell has said to evcxr, as far as it tells how it ends.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// What a panic and an error told of themselves last, as JSON.
    panic: String,
    error: String,
    /// Whose telling the next line is.
    tells: Option<Teller>,
    /// Whether a panic ended the cell: one that the cell caught itself does not.
    panicked: bool,
    /// Whether an error did.
    erred: bool,
    /// Whether anything was shown.
    showed: bool,
    /// The variables that are lost because their types are others now. The cell has not run.
    outdated: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Teller {
    Panic,
    Error,
}

impl Progress {
    /// Heeds a line for evcxr.
    pub(super) fn heed(&mut self, line: &str) {
        match self.tells.take() {
            Some(Teller::Panic) => line.clone_into(&mut self.panic),
            Some(Teller::Error) => line.clone_into(&mut self.error),
            None => {}
        }
        match line.strip_prefix(BEGIN_CONTENT) {
            Some(PANIC_CONTENT) => self.tells = Some(Teller::Panic),
            Some(ERROR_CONTENT) => self.tells = Some(Teller::Error),
            Some(_) => self.showed = true,
            None => {}
        }
        self.panicked |= line == PANIC;
        self.erred |= line == ERROR;
        self.outdated.extend(line.strip_prefix(CHANGED_TYPE).map(str::to_owned));
    }

    /// The variables that are lost because their types are others now, told once.
    pub(super) fn take_outdated(&mut self) -> Vec<String> {
        std::mem::take(&mut self.outdated)
    }

    /// What made the cell fail that has just returned, if it did.
    pub(super) fn fault(&self, ending: Ending) -> Option<Fault> {
        if self.panicked {
            Some(Fault::Panic(self.panic.clone()))
        } else if self.erred || !self.error.is_empty() {
            Some(Fault::Error(self.error.clone()))
        } else {
            (ending == Ending::Told && !self.showed && self.outdated.is_empty()).then_some(Fault::Early)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_after(lines: &[&str]) -> Option<Fault> {
        let mut progress = Progress::default();
        for line in lines {
            progress.heed(line);
        }
        progress.fault(Ending::Told)
    }

    const TELLS_PANIC: [&str; 3] = ["EVCXR_BEGIN_CONTENT application/x-sdap-panic", "{\"a\":1}", "EVCXR_END_CONTENT"];
    const TELLS_ERROR: [&str; 3] = ["EVCXR_BEGIN_CONTENT application/x-sdap-failed", "{\"b\":2}", "EVCXR_END_CONTENT"];
    const DONE: [&str; 3] = ["EVCXR_BEGIN_CONTENT application/x-sdap-done", "", "EVCXR_END_CONTENT"];

    #[test]
    fn a_panic_that_the_cell_catches_is_no_fault() {
        let panic = Some(Fault::Panic("{\"a\":1}".to_owned()));
        assert_eq!(fault_after(&[&TELLS_PANIC[..], &[PANIC]].concat()), panic);
        assert_eq!(fault_after(&[TELLS_PANIC, DONE].concat()), None);
    }

    #[test]
    fn an_error_is_a_fault_whether_or_not_it_was_told() {
        assert_eq!(fault_after(&[&TELLS_ERROR[..], &[ERROR]].concat()), Some(Fault::Error("{\"b\":2}".to_owned())));
        assert_eq!(fault_after(&[TELLS_ERROR, DONE].concat()), Some(Fault::Error("{\"b\":2}".to_owned())));
        assert_eq!(fault_after(&[ERROR]), Some(Fault::Error(String::new())));
    }

    #[test]
    fn a_cell_that_shows_nothing_has_returned_early_unless_evcxr_knows_why() {
        assert_eq!(fault_after(&[]), Some(Fault::Early));
        assert_eq!(fault_after(&["EVCXR_VARIABLE_CHANGED_TYPE:a"]), None);
        assert_eq!(Progress::default().fault(Ending::Silent), None);
    }
}
