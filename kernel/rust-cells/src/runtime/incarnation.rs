//! A runtime from the moment evcxr starts it until evcxr starts another: its processes and its pipes.

use super::{
    fate::{End, Failure, Fault, Variables, ended_for_memory},
    link::{Link, News, Order},
    progress::{Ending, Progress},
    relay::{ERROR, Piece, Relay},
    stdin,
};
use rustix::{
    io::{Errno, ioctl_fionbio},
    process::{Pid, Signal, WaitOptions, getpgrp, kill_process, kill_process_group, waitpgid, waitpid},
};
use std::{
    fs::File,
    io::{self, PipeWriter, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::process::ExitStatusExt,
    },
    path::PathBuf,
    process::ExitStatus,
};

/// How much of what a cell wrote to standard error is kept to find out why it ended (bytes).
const LAST_WORDS: usize = 4096;

/// How many times in a row a stream is read.
const TURN: usize = 16;

/// After such a line, which is no text, evcxr forgets all that the cell was to change.
const NO_TEXT: &[u8] = b"\xff\n";

/// A process and the connection to it.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) id: Pid,
    pub(super) link: Link,
}

/// The cell that runs.
#[derive(Debug)]
struct Run {
    /// The end of its standard input that is written to; nothing once there is nothing more to read.
    input: Option<PipeWriter>,
    input_name: Option<PathBuf>,
    ended_for_memory: u64,
    ending: Ending,
    progress: Progress,
}

/// What a runtime wants its keeper to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Show text of standard output, or of standard error.
    Out(String),
    Err(String),
    /// Ask the user.
    Ask {
        prompt: String,
        secret: bool,
    },
    /// The cell has ended, and evcxr is to be told by [`Incarnation::conclude`].
    Returned,
    /// The runner has ended: [`Incarnation::succeed`].
    RunnerGone,
    /// The cell has failed by itself: [`Incarnation::go_back`].
    FailedByItself(Fault),
    /// The cell did not return.
    Failed(Failure),
    /// The last process with the variables is gone.
    Gone(Failure),
}

#[derive(Debug)]
pub(super) struct Incarnation {
    commands: File,
    replies: File,
    /// Open for as long as evcxr is to think that its process lives.
    _errors: OwnedFd,
    out: (File, Relay),
    err: (File, Relay),
    runner: Peer,
    standby: Option<Peer>,
    /// The standby that was sent away last. The runner waits for it before it does anything else, or, should it end before
    /// that, this process does.
    sent_away: Option<Pid>,
    /// The groups of runners that have ended, while anything in them is still to be reaped.
    ending: Vec<Pid>,
    /// Why there is no standby.
    unguarded: String,
    run: Option<Run>,
    /// What evcxr has sent and is no whole line yet.
    command: Vec<u8>,
    /// Lines for evcxr, which only reads while a cell runs.
    lines: Vec<u8>,
    last_words: String,
    /// The unfinished line on standard output.
    unfinished: String,
}

impl Incarnation {
    /// Takes over the pipes of a runtime that has just started.
    pub(super) fn new(id: i32, doorbell: &mut Link) -> Option<Self> {
        let mut next = || doorbell.handle();
        let (link, commands, replies, errors, out, err) = (next()?, next()?, next()?, next()?, next()?, next()?);
        let (commands, out, err) = (File::from(commands), File::from(out), File::from(err));
        for end in [&commands, &out, &err] {
            ioctl_fionbio(end, true).ok()?;
        }
        Some(Self {
            commands,
            replies: replies.into(),
            _errors: errors,
            out: (out, Relay::new()),
            err: (err, Relay::new()),
            runner: Peer { id: Pid::from_raw(id)?, link: Link::over(link) },
            standby: None,
            sent_away: None,
            ending: Vec::new(),
            unguarded: "it had only just started".to_owned(),
            run: None,
            command: Vec::new(),
            lines: Vec::new(),
            last_words: String::new(),
            unfinished: String::new(),
        })
    }

    /// What to wait for: evcxr, both streams, the runner, the standby.
    pub(super) fn sources(&self) -> [Option<BorrowedFd<'_>>; 5] {
        [
            Some(self.commands.as_fd()),
            Some(self.out.0.as_fd()),
            Some(self.err.0.as_fd()),
            Some(self.runner.link.as_fd()),
            self.standby.as_ref().map(|standby| standby.link.as_fd()),
        ]
    }

    pub(super) fn runner(&self) -> Pid {
        self.runner.id
    }

    pub(super) fn standby(&self) -> Option<Pid> {
        self.standby.as_ref().map(|standby| standby.id)
    }

    pub(super) fn is_running(&self) -> bool {
        self.run.is_some()
    }

    /// The next command of evcxr, if a whole one has come: the library and its function. An error once evcxr wants no more.
    pub(super) fn command(&mut self) -> io::Result<Option<(String, String)>> {
        let mut buffer = [0; 4096];
        match self.commands.read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => self.command.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        let Some(end) = self.command.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line: Vec<u8> = self.command.drain(..=end).collect();
        let line = String::from_utf8_lossy(&line);
        // The path may hold spaces, the name of a function none.
        let parts = line.trim_end().strip_prefix("LOAD_AND_RUN ").and_then(|rest| rest.rsplit_once(' '));
        Ok(parts.map(|(library, function)| (library.to_owned(), function.to_owned())))
    }

    /// Lets the runner run a cell.
    pub(super) fn start(&mut self, library: String, function: String, ending: Ending) -> io::Result<()> {
        let (reader, writer) = io::pipe()?;
        self.last_words.clear();
        self.unfinished.clear();
        let input = stdin::is_visible().then_some(writer);
        let input_name = input.as_ref().and_then(stdin::name);
        self.run = Some(Run { input, input_name, ended_for_memory: ended_for_memory(), ending, progress: Progress::default() });
        // While evcxr waits for a cell it waits for no program of its own: these are what interrupted compilations left behind.
        reap_group(getpgrp());
        // Should the runner be gone, its link tells.
        self.runner.link.send(&Order::Run { library, function }, &[reader.as_fd()]).ok();
        Ok(())
    }

    /// Whether the cell waits for input, and finds none.
    pub(super) fn awaits_input(&self) -> bool {
        let Some(Run { input: Some(input), input_name: Some(name), .. }) = &self.run else { return false };
        rustix::io::ioctl_fionread(input) == Ok(0) && stdin::is_awaited(self.runner.id, name)
    }

    /// The text that stands before what the user is to type.
    pub(super) fn prompt(&self) -> &str {
        &self.unfinished
    }

    /// Answers the cell that waits for input; nothing is its end.
    pub(super) fn answer(&mut self, line: Option<&str>) {
        let Some(run) = &mut self.run else { return };
        let written = line.zip(run.input.as_mut()).map(|(line, input)| writeln!(input, "{line}"));
        if !matches!(written, Some(Ok(()))) {
            run.input = None;
        }
    }

    /// What the streams hold now.
    pub(super) fn printed(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        for piece in read(&mut self.out) {
            self.piece(piece, &mut effects);
        }
        for piece in read(&mut self.err) {
            self.complaint(piece, &mut effects);
        }
        self.tell_lines();
        effects
    }

    fn piece(&mut self, piece: Piece, effects: &mut Vec<Effect>) {
        match piece {
            Piece::Text(text) => {
                match text.rsplit_once('\n') {
                    Some((_, last)) => last.clone_into(&mut self.unfinished),
                    None => self.unfinished.push_str(&text),
                }
                effects.push(Effect::Out(text));
            }
            Piece::Line(line) => {
                self.run.as_mut().into_iter().for_each(|run| run.progress.heed(&line));
                self.lines.extend_from_slice(line.as_bytes());
                self.lines.push(b'\n');
            }
            Piece::Question { prompt, secret } => effects.push(Effect::Ask { prompt, secret }),
        }
    }

    fn complaint(&mut self, piece: Piece, effects: &mut Vec<Effect>) {
        if let Piece::Text(text) | Piece::Line(text) = piece {
            self.last_words.push_str(&text);
            if self.last_words.len() > 2 * LAST_WORDS {
                let from = self.last_words.ceil_char_boundary(self.last_words.len() - LAST_WORDS);
                self.last_words.drain(..from);
            }
            effects.push(Effect::Err(text));
        }
    }

    /// The variables that the cell found to be lost because their types are others now, told once.
    pub(super) fn take_outdated(&mut self) -> Vec<String> {
        self.run.as_mut().map(|run| run.progress.take_outdated()).unwrap_or_default()
    }

    /// The last line on standard error that holds anything.
    pub(super) fn last_error_line(&self) -> &str {
        self.last_words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default()
    }

    fn tell_lines(&mut self) {
        if self.run.is_some() && !self.lines.is_empty() {
            self.replies.write_all(&std::mem::take(&mut self.lines)).ok();
        }
    }

    /// What the runner has to tell.
    pub(super) fn news(&mut self) -> Vec<Effect> {
        let alive = self.runner.link.fill();
        let mut effects = Vec::new();
        while let Some(news) = self.runner.link.received() {
            match news {
                News::Guarded(id) => self.guarded_by(id),
                News::Unguarded(why) => self.unguarded = why,
                News::Returned(copy) => self.returned(copy, &mut effects),
                News::Refused(why) => {
                    effects.push(Effect::Failed(Failure::before("RustNotReady", format!("the compiled cell cannot be loaded: {why}"))));
                }
                News::Started(_) => {}
            }
        }
        if !alive {
            effects.push(Effect::RunnerGone);
        }
        effects
    }

    /// The cell has returned, and the runner made this copy of itself.
    fn returned(&mut self, copy: Option<i32>, effects: &mut Vec<Effect>) {
        effects.extend(self.printed());
        let fault = self.run.as_ref().and_then(|run| run.progress.fault(run.ending));
        if let Some(fault) = fault {
            if self.standby.is_some() {
                // What the cell has moved is gone from the runner, and from the copy that it has just made.
                self.runner.link.handle();
                if let Some(copy) = copy.and_then(Pid::from_raw) {
                    kill_process(copy, Signal::KILL).ok();
                    self.ending.push(copy);
                }
                return effects.push(Effect::FailedByItself(fault));
            }
            if fault == Fault::Early {
                // Else evcxr would count on variables that the cell has not come to.
                self.lines.extend_from_slice(format!("{ERROR}\n").as_bytes());
            }
        }
        self.send_standby_away();
        if let Some(id) = copy {
            self.guarded_by(id);
        }
        effects.push(Effect::Returned);
    }

    fn guarded_by(&mut self, id: i32) {
        self.send_standby_away();
        self.standby = Pid::from_raw(id).zip(self.runner.link.handle()).map(|(id, link)| Peer { id, link: Link::over(link) });
    }

    fn send_standby_away(&mut self) {
        if let Some(standby) = self.standby.take() {
            standby.link.send(&Order::Go, &[]).ok();
            self.sent_away = Some(standby.id);
        }
    }

    /// The standby has something to tell, and that can only be its end.
    pub(super) fn standby_gone(&mut self) {
        if let Some(standby) = self.standby.take() {
            kill_process(standby.id, Signal::KILL).ok();
            "the copy was killed".clone_into(&mut self.unguarded);
            if self.run.is_none() {
                self.runner.link.send(&Order::Guard, &[]).ok();
            }
        }
    }

    /// Buries the runner, with whatever it had started, and lets the standby be the runner.
    pub(super) fn succeed(&mut self, interrupted: bool) -> Effect {
        let status = self.bury_runner();
        let memory_ran_out = self.run.as_ref().is_some_and(|run| ended_for_memory() > run.ended_for_memory);
        let end = End { interrupted, status, last_words: self.last_words.clone(), memory_ran_out };
        match self.lead() {
            Ok(()) => Effect::Failed(Failure::of(&end, Variables::Kept)),
            Err(why) => Effect::Gone(Failure::of(&end, Variables::Lost(why))),
        }
    }

    /// Lets the standby from before the cell be the runner, since the cell failed.
    pub(super) fn go_back(&mut self, fault: Fault) -> Effect {
        let status = self.bury_runner();
        match self.lead() {
            Ok(()) => Effect::Failed(Failure::by_itself(fault)),
            Err(why) => {
                let end = End { interrupted: false, status, last_words: self.last_words.clone(), memory_ran_out: false };
                Effect::Gone(Failure::of(&end, Variables::Lost(why)))
            }
        }
    }

    /// Ends the runner with whatever it had started.
    fn bury_runner(&mut self) -> Option<ExitStatus> {
        kill_process_group(self.runner.id, Signal::KILL).ok();
        let status = wait(self.runner.id);
        self.ending.push(self.runner.id);
        status
    }

    /// Lets the standby be the runner; an error says why there is none.
    fn lead(&mut self) -> Result<(), String> {
        let standby = self.standby.take().ok_or_else(|| self.unguarded.clone())?;
        standby.link.send(&Order::Lead, &[]).map_err(|_| "the copy was killed".to_owned())?;
        self.runner = standby;
        self.sent_away.take().map(wait);
        Ok(())
    }

    /// What is left of the streams of a cell that has ended.
    pub(super) fn rest(&mut self) -> Vec<Effect> {
        let mut effects = self.printed();
        for piece in self.out.1.finish() {
            self.piece(piece, &mut effects);
        }
        for piece in self.err.1.finish() {
            self.complaint(piece, &mut effects);
        }
        self.tell_lines();
        effects
    }

    /// Tells evcxr that the cell has ended.
    pub(super) fn conclude(&mut self, returned: bool) {
        let last = if returned { b"EVCXR_EXECUTION_COMPLETE\n".as_slice() } else { NO_TEXT };
        self.lines.clear();
        self.replies.write_all(last).ok();
        self.run = None;
        reap_group(self.runner.id);
    }

    /// Whether processes that were ended are still to be reaped.
    pub(super) fn reaps(&mut self) -> bool {
        self.ending.retain(|group| reap_group(*group));
        !self.ending.is_empty()
    }

    /// Ends every process.
    pub(super) fn end(&mut self) {
        end(self.runner.id, self.standby.as_ref().map(|standby| standby.id));
    }
}

/// Ends a runner with all that it started, and its standby.
pub(super) fn end(runner: Pid, standby: Option<Pid>) {
    kill_process_group(runner, Signal::KILL).ok();
    if let Some(standby) = standby {
        kill_process(standby, Signal::KILL).ok();
    }
    wait(runner);
    standby.map(wait);
}

fn read((stream, relay): &mut (File, Relay)) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    // More than a pipe holds; a cell that prints without end has its turn again.
    for _ in 0..TURN {
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => pieces.extend(relay.take(&buffer[..read])),
            _ => break,
        }
    }
    pieces
}

/// Reaps what the cells of a runner have left behind and has ended; false once there is nothing left of it.
fn reap_group(runner: Pid) -> bool {
    loop {
        match waitpgid(runner, WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Waits for the end of a process that was killed, and says how it ended, if that is this process's to know.
fn wait(id: Pid) -> Option<ExitStatus> {
    loop {
        match waitpid(Some(id), WaitOptions::empty()) {
            Ok(ended) => return ended.map(|(_, status)| ExitStatus::from_raw(status.as_raw())),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}
