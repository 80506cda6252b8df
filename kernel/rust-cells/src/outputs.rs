//! What running code prints, on its way from evcxr's channels to the kernel.

use crate::{
    cell::Event,
    wire::{Report, report},
};
use crossbeam_channel::{Receiver, Select, TryRecvError};
use evcxr::EvalContextOutputs;
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// As the sdap crate's `cell` module writes them.
const SOFT_BREAK: char = '\0';
const STDERR_END: &str = "\0end";

/// How long the end of standard error is waited for after a cell that says when it comes.
const TOLD_END: Duration = Duration::from_millis(500);
/// How long standard error may be silent before a cell that cannot say so is taken to have ended it.
const SILENCE: Duration = Duration::from_millis(30);
/// Text is sent on in pieces of about this many bytes.
const PIECE: usize = 1 << 16;

/// Forwards both streams for as long as evcxr lives.
pub(crate) struct Outputs(Arc<Streams>);

struct Streams {
    lines: EvalContextOutputs,
    state: Mutex<State>,
    progress: Condvar,
}

#[derive(Default)]
struct State {
    /// Whether the running cell has said that it writes no more to standard error.
    stderr_ended: bool,
    /// What the running cell wrote to standard error last.
    last_error_line: String,
}

impl Outputs {
    pub(crate) fn forward(lines: EvalContextOutputs) -> Self {
        let streams = Arc::new(Streams { lines, state: Mutex::default(), progress: Condvar::new() });
        let forwarding = Arc::clone(&streams);
        thread::spawn(move || while forwarding.wait() && forwarding.send_on() {});
        Self(streams)
    }

    /// A cell starts.
    pub(crate) fn start(&self) {
        *self.0.lock() = State::default();
    }

    /// Waits until everything that the cell printed is sent on.
    pub(crate) fn settle(&self, cell_told_its_end: bool) {
        self.0.send_on();
        if cell_told_its_end {
            let waited = self.0.progress.wait_timeout_while(self.0.lock(), TOLD_END, |state| !state.stderr_ended);
            drop(waited);
        } else {
            let mut before = String::new();
            while self.last_error_line() != before || before.is_empty() && !self.0.lines.stderr.is_empty() {
                before = self.last_error_line();
                thread::sleep(SILENCE);
            }
            thread::sleep(SILENCE);
        }
        self.0.send_on();
    }

    /// The last line that the cell wrote to standard error.
    pub(crate) fn last_error_line(&self) -> String {
        self.0.lock().last_error_line.clone()
    }
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is something to send on, without taking it: nothing is ever between the channel and the kernel
    /// but under the lock.
    fn wait(&self) -> bool {
        let mut select = Select::new();
        select.recv(&self.lines.stdout);
        select.recv(&self.lines.stderr);
        select.ready();
        true
    }

    /// Sends on all that is there; false once evcxr is gone.
    fn send_on(&self) -> bool {
        let mut state = self.lock();
        let out = drain(&self.lines.stdout, Event::Stdout, |_| true);
        let err = drain(&self.lines.stderr, Event::Stderr, |line| {
            if line == STDERR_END {
                state.stderr_ended = true;
            } else if !line.trim_matches(SOFT_BREAK).is_empty() {
                line.trim_end_matches(SOFT_BREAK).clone_into(&mut state.last_error_line);
            }
            line != STDERR_END
        });
        self.progress.notify_all();
        out && err
    }
}

/// Sends on what a stream holds, except for lines that are not meant to be read.
fn drain(lines: &Receiver<String>, event: impl Fn(String) -> Event, mut readable: impl FnMut(&str) -> bool) -> bool {
    let mut text = String::new();
    let open = loop {
        match lines.try_recv() {
            Ok(line) if readable(&line) => text.push_str(&unbroken(&line)),
            Ok(_) => {}
            Err(TryRecvError::Empty) => break true,
            Err(TryRecvError::Disconnected) => break false,
        }
        if text.len() > PIECE {
            report(&Report::Event(event(std::mem::take(&mut text))));
        }
    };
    if !text.is_empty() {
        report(&Report::Event(event(text)));
    }
    open
}

/// The text that a line stands for: a soft break at its end was no line's end to its author.
fn unbroken(line: &str) -> String {
    line.strip_suffix(SOFT_BREAK).map_or_else(|| format!("{line}\n"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_that_its_author_ended_has_an_end() {
        assert_eq!(unbroken("abc"), "abc\n");
        assert_eq!(unbroken("abc\0"), "abc");
        assert_eq!(unbroken("\0"), "");
        assert_eq!(unbroken(""), "\n");
    }
}
