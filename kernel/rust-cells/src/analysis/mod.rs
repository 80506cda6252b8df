//! Completion and inspection of Rust, in a process of their own.
//!
//! The *analysis* is this binary once more, started when somebody first asks about Rust text, with rust-analyzer and the
//! sources of all crates in it. It costs seconds and hundreds of megabytes, so it is niced, ends with the kernel, and
//! nothing waits for it: until it has loaded, and should it fail, [`names`] answers from what the kernel itself knows. It
//! knows nothing of the process in which cells run but the [`Scope`] that the host tells after each cell, so that it
//! answers while a cell runs.

mod analyzer;
mod crates;
mod names;
mod package;
mod place;
mod process;
mod readable;
mod scope;
mod std_sources;

pub(crate) use process::{ANALYSIS, run};
pub use std_sources::StdSources;

pub(crate) use scope::{Dependencies, Scope, items_of};

use crate::{
    cell::{Completions, Inspection, RustCell},
    toolchain::Toolchain,
    workshop::lay_down,
};
use process::{Process, Query, Reply, Setup};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long an answer is waited for. A front end gives up after a second.
const PATIENCE: Duration = Duration::from_millis(700);

/// How long the process is left alone once it has failed, doubled with each time in a row: what it needs may come, as the
/// dependencies of the sdap crate do with the first cell.
const PAUSE: Duration = Duration::from_secs(1);

/// The kernel's side of the analysis.
#[derive(Debug)]
pub(crate) struct Analysis {
    cache: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    process: Option<Arc<Process>>,
    starting: bool,
    /// How often in a row the process could not be started or ended by itself, and when that was last.
    failures: u32,
    failed: Option<Instant>,
    /// What the last process was started for.
    dependencies: Dependencies,
}

impl Analysis {
    /// An analysis that has not started.
    pub(crate) fn new(cache: PathBuf) -> Self {
        Self { cache, state: Arc::default() }
    }

    /// What could stand at byte `at` of a cell.
    pub(crate) async fn complete(&self, scope: &Scope, cell: &RustCell, at: usize) -> Completions {
        let at = cell.code.floor_char_boundary(at);
        if let Some(commands) = names::commands(&cell.code, at) {
            return commands;
        }
        match self.ask(scope, cell, at, Query::Complete).await {
            Some(Reply::Completed(found)) if !found.suggestions.is_empty() => found,
            _ => names::complete(scope, cell, at),
        }
    }

    /// What is known about the name at byte `at` of a cell, or about what is called around it.
    pub(crate) async fn inspect(&self, scope: &Scope, cell: &RustCell, at: usize) -> Option<Inspection> {
        let at = cell.code.floor_char_boundary(at);
        match self.ask(scope, cell, at, Query::Inspect).await {
            Some(Reply::Inspected(Some(found))) => Some(found),
            _ => names::inspect(scope, cell, at),
        }
    }

    /// Ends the process.
    pub(crate) fn shutdown(&self) {
        self.lock().process.take();
    }

    /// The process's answer; none if it has none in time, or has not loaded yet.
    async fn ask(&self, scope: &Scope, cell: &RustCell, at: usize, query: fn(Scope, RustCell, usize) -> Query) -> Option<Reply> {
        let process = self.process(&scope.dependencies)?;
        let reply = process.ask(query(scope.clone(), cell.clone(), at));
        tokio::time::timeout(PATIENCE, reply).await.ok()?
    }

    /// The process, if it has loaded these dependencies. Starts it otherwise, and does not wait.
    fn process(&self, dependencies: &Dependencies) -> Option<Arc<Process>> {
        let mut state = self.lock();
        let changed = state.dependencies != *dependencies;
        if changed {
            *state = State { starting: state.starting, dependencies: dependencies.clone(), ..State::default() };
        }
        match &state.process {
            Some(process) if !process.has_ended() => return process.has_loaded().then(|| Arc::clone(process)),
            Some(process) => {
                if process.has_loaded() {
                    state.failures = 0;
                } else {
                    state.fail();
                }
                state.process = None;
            }
            None => {}
        }
        if !state.starting && state.may_start() {
            state.starting = true;
            tokio::spawn(start(Arc::clone(&self.state), self.cache.clone(), dependencies.clone()));
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fail(&mut self) {
        self.failures += 1;
        self.failed = Some(Instant::now());
    }

    fn may_start(&self) -> bool {
        let pause = PAUSE * 2_u32.saturating_pow(self.failures.min(6));
        self.failures == 0 || self.failed.is_none_or(|failed| failed.elapsed() > pause)
    }
}

/// Starts a process, and keeps it unless other dependencies are asked for by now.
async fn start(state: Arc<Mutex<State>>, cache: PathBuf, dependencies: Dependencies) {
    let started = spawn(&cache, dependencies.clone()).await.inspect_err(|error| tracing::debug!("no analysis of Rust: {error}"));
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.starting = false;
    if state.dependencies == dependencies {
        if started.is_err() {
            state.fail();
        }
        state.process = started.ok().map(Arc::new);
    }
}

async fn spawn(cache: &Path, dependencies: Dependencies) -> Result<Process, String> {
    let cells = cache.join("rust-cells");
    let prepared = tokio::task::spawn_blocking(move || {
        let toolchain = Toolchain::find().map_err(|error| error.to_string())?;
        let root = lay_down(&cells, &toolchain).map_err(|error| error.to_string())?;
        let sysroot = toolchain.sysroot().ok_or("the toolchain's folder is not known")?;
        let setup = Setup { root, sysroot, dependencies };
        Process::spawn(&toolchain, &setup).map_err(|error| error.to_string())
    });
    prepared.await.map_err(|error| error.to_string())?
}
