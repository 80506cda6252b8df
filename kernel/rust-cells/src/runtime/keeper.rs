//! The thread that keeps the processes in which cells run, and speaks for them to evcxr.

use super::{
    DOORBELL, LARGE_PAGES, TUNABLES,
    fate::Failure,
    incarnation::{self, Effect, Incarnation},
    link::{Link, News},
    progress::Ending,
};
use crate::{
    cell::Event,
    wire::{Report, report},
};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{FdFlags, fcntl_setfd},
    process::{Pid, Signal, kill_process_group},
};
use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    mem,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How often it is looked whether a running cell waits for input.
const LOOK: Duration = Duration::from_millis(30);

/// How long text waits for more text to go with it.
const GATHER: Duration = Duration::from_millis(5);
/// How long it waits at most.
const GATHER_AT_MOST: Duration = Duration::from_millis(25);
/// And how much of it is sent at once (bytes).
const PIECE: usize = 1 << 16;

/// The processes in which cells run, as the host knows them.
#[derive(Clone)]
pub(crate) struct Cells(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Makes the keeper look at the answers.
    wake: UnixStream,
    /// What each runtime inherits, to say that it is there.
    doorbell: OwnedFd,
}

#[derive(Default)]
struct State {
    runner: Option<Pid>,
    standby: Option<Pid>,
    running: bool,
    interrupted: bool,
    ending: Ending,
    failure: Option<Failure>,
    last_error_line: String,
    outdated: Vec<String>,
    answers: VecDeque<(u64, Result<String, String>)>,
}

impl Cells {
    /// Starts the keeper.
    ///
    /// # Errors
    /// If the system has no room for it.
    pub(crate) fn keep() -> io::Result<Self> {
        // What a runner leaves behind when it ends is this process's.
        #[cfg(target_os = "linux")]
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        let (inherited, own) = UnixStream::pair()?;
        let (wake, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        fcntl_setfd(&inherited, FdFlags::empty())?;
        let shared = Arc::new(Shared { state: Mutex::default(), wake, doorbell: inherited.into() });
        let keeper = Keeper::new(Arc::clone(&shared), Link::over(own.into()), woken);
        thread::Builder::new().name("keeper".to_owned()).spawn(move || keeper.keep())?;
        Ok(Self(shared))
    }

    /// Makes a command start a runtime that these cells run in.
    pub(crate) fn equip(&self, command: &mut Command) {
        command.env(DOORBELL, self.0.doorbell.as_raw_fd().to_string());
        if std::env::var_os(TUNABLES).is_none() {
            command.env(TUNABLES, LARGE_PAGES);
        }
    }

    /// Ends the cell that runs, and lets none begin until [`Cells::resume`].
    pub(crate) fn interrupt(&self) {
        let mut state = self.0.lock();
        state.interrupted = true;
        if let Some(runner) = state.runner.filter(|_| state.running) {
            kill_process_group(runner, Signal::KILL).ok();
        }
    }

    /// Lets cells run.
    pub(crate) fn resume(&self) {
        self.0.lock().interrupted = false;
    }

    /// Answers a question of the running cell; an error says why there is no answer.
    pub(crate) fn answer(&self, number: u64, line: Result<String, String>) {
        self.0.lock().answers.push_back((number, line));
        (&self.0.wake).write_all(&[0]).ok();
    }

    /// How the cells that run from now on say that they have come to their end.
    pub(crate) fn expect(&self, ending: Ending) {
        self.0.lock().ending = ending;
    }

    /// Why the last cell did not return, told once.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        self.0.lock().failure.take()
    }

    /// The last line that the last cell wrote to standard error.
    pub(crate) fn last_error_line(&self) -> String {
        self.0.lock().last_error_line.clone()
    }

    /// The variables that are lost because their types are others now, told once.
    pub(crate) fn take_outdated(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().outdated)
    }

    /// Ends every process.
    pub(crate) fn end(&self) {
        let state = self.0.lock();
        if let Some(runner) = state.runner {
            incarnation::end(runner, state.standby);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Keeper {
    shared: Arc<Shared>,
    doorbell: Link,
    woken: UnixStream,
    current: Option<Incarnation>,
    /// The question that the user has not answered, by its number.
    asked: Option<u64>,
    questions: u64,
    looked: Instant,
    /// Text on its way: whether of standard error, and since when it waits.
    text: Option<(bool, String, Instant)>,
}

impl Keeper {
    fn new(shared: Arc<Shared>, doorbell: Link, woken: UnixStream) -> Self {
        Self { shared, doorbell, woken, current: None, asked: None, questions: 0, looked: Instant::now(), text: None }
    }

    fn keep(mut self) {
        loop {
            let reaping = self.current.as_mut().is_some_and(Incarnation::reaps);
            let ready = self.wait(reaping);
            if ready == [false; 7] || self.text.as_ref().is_some_and(|(_, _, since)| since.elapsed() > GATHER_AT_MOST) {
                self.send_text();
            }
            let [doorbell, woken, commands, out, err, news, standby] = ready;
            if doorbell {
                self.admit();
                continue;
            }
            if woken {
                self.answer();
            }
            if out || err {
                let effects = self.current.as_mut().map(Incarnation::printed);
                self.obey(effects.unwrap_or_default());
            }
            if standby && let Some(current) = &mut self.current {
                current.standby_gone();
            }
            if news {
                let effects = self.current.as_mut().map(Incarnation::news);
                self.obey(effects.unwrap_or_default());
            }
            if commands {
                self.command();
            }
            self.look_for_questions();
            self.publish();
        }
    }

    /// Waits for something to do, and says what.
    fn wait(&self, reaping: bool) -> [bool; 7] {
        let watched = reaping || self.current.as_ref().is_some_and(|current| current.is_running() && self.asked.is_none());
        let patience = [self.text.is_some().then_some(GATHER), watched.then_some(LOOK)].into_iter().flatten().min();
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let [commands, out, err, news, standby] = self.current.as_ref().map(Incarnation::sources).unwrap_or_default();
        let sources = [Some(self.doorbell.as_fd()), Some(self.woken.as_fd()), commands, out, err, news, standby];
        let mut there: Vec<PollFd<'_>> = sources.iter().flatten().map(|source| PollFd::from_borrowed_fd(*source, PollFlags::IN)).collect();
        let mut ready = [false; 7];
        if poll(&mut there, patience.as_ref()).is_ok() {
            let mut polled = there.iter();
            for (ready, source) in ready.iter_mut().zip(sources) {
                *ready = source.is_some() && polled.next().is_some_and(|polled| !polled.revents().is_empty());
            }
        }
        ready
    }

    /// A runtime was started; one that there was is no longer wanted.
    fn admit(&mut self) {
        if !self.doorbell.fill() {
            return;
        }
        while let Some(news) = self.doorbell.received() {
            let News::Started(id) = news else { continue };
            self.dismiss();
            self.current = Incarnation::new(id, &mut self.doorbell);
        }
        self.publish();
    }

    fn dismiss(&mut self) {
        if let Some(mut old) = self.current.take() {
            old.end();
        }
        self.asked = None;
        self.shared.lock().running = false;
        self.publish();
    }

    /// evcxr wants a cell run.
    fn command(&mut self) {
        let Some(current) = &mut self.current else { return };
        match current.command() {
            Ok(None) => {}
            Ok(Some((library, function))) => {
                let mut state = self.shared.lock();
                state.failure = None;
                if state.interrupted {
                    state.failure = Some(Failure::before("Interrupted", "the cell was interrupted before it ran"));
                    drop(state);
                    return current.conclude(false);
                }
                state.running = true;
                let ending = state.ending;
                drop(state);
                if let Err(error) = current.start(library, function, ending) {
                    let failure = Failure::before("NotRun", format!("the cell cannot run: {error}"));
                    self.obey(vec![Effect::Failed(failure)]);
                }
            }
            // evcxr has given this runtime up.
            Err(_) => self.dismiss(),
        }
    }

    fn obey(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Out(text) => self.gather(false, text),
                Effect::Err(text) => self.gather(true, text),
                Effect::Ask { prompt, secret } => self.ask(prompt, secret),
                Effect::Returned => self.conclude(None),
                Effect::Failed(failure) => self.conclude(Some(failure)),
                Effect::Gone(failure) => {
                    self.finish_output();
                    self.shared.lock().failure = Some(failure);
                    self.dismiss();
                }
                Effect::FailedByItself(fault) => {
                    self.finish_output();
                    self.shared.lock().running = false;
                    let effect = self.current.as_mut().map(|current| current.go_back(fault));
                    self.obey(effect.into_iter().collect());
                }
                Effect::RunnerGone => {
                    let interrupted = {
                        let mut state = self.shared.lock();
                        state.running = false;
                        state.interrupted
                    };
                    let effect = self.current.as_mut().map(|current| current.succeed(interrupted));
                    self.obey(effect.into_iter().collect());
                }
            }
        }
    }

    /// Tells evcxr of the end of the cell, if one runs, once all that it printed is on its way.
    fn conclude(&mut self, failure: Option<Failure>) {
        self.finish_output();
        let Some(current) = self.current.as_mut().filter(|current| current.is_running()) else { return };
        let returned = failure.is_none();
        let mut state = self.shared.lock();
        state.running = false;
        state.failure = failure;
        current.last_error_line().clone_into(&mut state.last_error_line);
        state.outdated.append(&mut current.take_outdated());
        drop(state);
        self.asked = None;
        // Whoever hears of the end may want to end the processes that there are now.
        self.publish();
        if let Some(current) = &mut self.current {
            current.conclude(returned);
        }
    }

    fn finish_output(&mut self) {
        for effect in self.current.as_mut().map(Incarnation::rest).unwrap_or_default() {
            match effect {
                Effect::Out(text) => self.gather(false, text),
                Effect::Err(text) => self.gather(true, text),
                _ => {}
            }
        }
        self.send_text();
    }

    fn publish(&self) {
        let mut state = self.shared.lock();
        state.runner = self.current.as_ref().map(Incarnation::runner);
        state.standby = self.current.as_ref().and_then(Incarnation::standby);
    }

    fn look_for_questions(&mut self) {
        if self.asked.is_some() || self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        if !self.current.as_ref().is_some_and(Incarnation::awaits_input) {
            return;
        }
        // The prompt was printed before the wait for its answer.
        let effects = self.current.as_mut().map(Incarnation::printed);
        self.obey(effects.unwrap_or_default());
        if self.asked.is_none() {
            let prompt = self.current.as_ref().map(|current| current.prompt().to_owned());
            self.ask(prompt.unwrap_or_default(), false);
        }
    }

    fn ask(&mut self, prompt: String, secret: bool) {
        self.send_text();
        self.questions += 1;
        self.asked = Some(self.questions);
        report(&Report::Event(Event::Input { number: self.questions, prompt, secret }));
    }

    fn answer(&mut self) {
        while self.woken.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        loop {
            let Some((number, line)) = self.shared.lock().answers.pop_front() else { return };
            if self.asked != Some(number) {
                continue;
            }
            self.asked = None;
            if let Err(why) = &line {
                self.gather(true, format!("The cell reads its standard input, which is empty: {why}.\n"));
            }
            if let Some(current) = &mut self.current {
                current.answer(line.as_deref().ok());
            }
        }
    }

    fn gather(&mut self, err: bool, text: String) {
        match &mut self.text {
            Some((of_err, gathered, _)) if *of_err == err => gathered.push_str(&text),
            _ => {
                self.send_text();
                self.text = Some((err, text, Instant::now()));
            }
        }
        if self.text.as_ref().is_some_and(|(_, text, _)| text.len() > PIECE) {
            self.send_text();
        }
    }

    fn send_text(&mut self) {
        if let Some((err, text, _)) = mem::take(&mut self.text) {
            report(&Report::Event(if err { Event::Stderr(text) } else { Event::Stdout(text) }));
        }
    }
}
