//! The process in which evcxr lives.
//!
//! It leads a process group of its own, with every cargo and rustc that evcxr starts, so that an interrupt (`SIGINT` to
//! the group) ends a compilation. The runtime, in which cells run, is in a group apart, and is killed only if the cell is
//! still running a moment later.

use crate::{
    cell::{CellError, Completions},
    evaluator::{Evaluator, tell_interrupted},
    wire::{Answer, Report, Request, report},
};
use serde::{Deserialize, Serialize};
use std::{
    io::BufRead,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::{Child, Command},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

/// The environment variable that makes this binary a host; its value is a [`Setup`] as JSON.
pub(crate) const HOST: &str = "SDAP_RUST_CELLS_HOST";

/// What only evcxr in the host is to see of the environment.
pub(crate) const ENVIRONMENT: [&str; 4] = [HOST, "EVCXR_TMPDIR", "EVCXR_CONFIG_DIR", "RUST_SRC_PATH"];

/// How long a compilation may take to notice that it was ended.
const COMPILER_GRACE: Duration = Duration::from_millis(60);

/// What a host must know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Setup {
    /// The folder with the sdap crate.
    pub(crate) root: PathBuf,
    /// The folder in which cells run.
    pub(crate) directory: PathBuf,
}

/// Answers requests until the kernel is gone.
pub(crate) fn run() -> ! {
    let Some(setup) = std::env::var(HOST).ok().and_then(|json| serde_json::from_str::<Setup>(&json).ok()) else {
        eprintln!("{HOST} is no setup");
        std::process::exit(2);
    };
    let control = Arc::new(Control::default());
    let (sender, requests) = mpsc::channel();
    let reading = Arc::clone(&control);
    thread::spawn(move || {
        read_requests(&sender);
        reading.end();
    });
    let signalled = Arc::clone(&control);
    thread::spawn(move || signalled.obey_signals());
    serve(&setup, &control, &requests);
    control.end()
}

fn read_requests(sender: &mpsc::Sender<Request>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(request) => {
                if sender.send(request).is_err() {
                    return;
                }
            }
            Err(error) => eprintln!("not a request: {error}"),
        }
    }
}

fn serve(setup: &Setup, control: &Control, requests: &mpsc::Receiver<Request>) {
    let mut started = Some(control.watch_start(|| start(setup, control)));
    for (number, request) in (0..).zip(requests) {
        // A start that failed is told once; the next request tries again.
        let evaluator = started.get_or_insert_with(|| control.watch_start(|| start(setup, control)));
        let answer = match evaluator {
            Ok(evaluator) => answer(evaluator, control, request),
            Err(error) => unprepared(error, &request),
        };
        if started.as_ref().is_some_and(Result::is_err) {
            started = None;
        }
        report(&Report::Answer(number, answer));
    }
}

fn start(setup: &Setup, control: &Control) -> Result<Evaluator, CellError> {
    let evaluator = Evaluator::start(&setup.root, runtime(setup)?)?;
    control.lock().runtime = Some(evaluator.runtime());
    // From here on `:dep x = { path = "…" }` and `!command` mean the folder that cells mean.
    std::env::set_current_dir(&setup.directory).ok();
    report(&Report::Ready);
    Ok(evaluator)
}

/// This binary, to be turned into the process in which cells run.
fn runtime(setup: &Setup) -> Result<Command, CellError> {
    use std::os::unix::process::CommandExt;
    let program =
        std::env::current_exe().map_err(|error| CellError::new("RustNotReady", &format!("this program is not found: {error}")))?;
    let mut command = Command::new(program);
    command.current_dir(&setup.directory).process_group(0);
    for name in ENVIRONMENT {
        command.env_remove(name);
    }
    Ok(command)
}

fn answer(evaluator: &mut Evaluator, control: &Control, request: Request) -> Answer {
    match request {
        Request::Execute(_) if control.forgets_the_waiting_cell() => {
            let error = "the cell was interrupted before it ran, while Rust cells were prepared; nothing is lost";
            Answer::Executed(Err(CellError::new("Interrupted", error)))
        }
        Request::Execute(cell) => Answer::Executed(control.watch(|| evaluator.execute(&cell, &|| control.is_interrupted()))),
        // The analyzer may panic on code that is half written.
        Request::Complete(cell, at) => {
            Answer::Completed(catch_unwind(AssertUnwindSafe(|| evaluator.complete(&cell, at))).unwrap_or_default())
        }
        Request::Inspect(cell, at) => {
            Answer::Inspected(catch_unwind(AssertUnwindSafe(|| evaluator.inspect(&cell, at))).unwrap_or_default())
        }
    }
}

fn unprepared(error: &CellError, request: &Request) -> Answer {
    match request {
        Request::Execute(_) => Answer::Executed(Err(error.clone())),
        Request::Complete(_, at) => Answer::Completed(Completions { start: *at, end: *at, ..Completions::default() }),
        Request::Inspect(..) => Answer::Inspected(None),
    }
}

/// What signals and the end of the kernel act on.
#[derive(Default)]
struct Control(Mutex<State>);

#[derive(Default)]
struct State {
    runtime: Option<Arc<Mutex<Child>>>,
    /// The number of the work under way, and whether it was interrupted.
    work: Option<(u64, bool)>,
    works: u64,
    /// Whether the cell that waited for the start was interrupted meanwhile.
    waiting_interrupted: bool,
}

impl Control {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does work that may be interrupted, and says so if it was.
    fn watch<T>(&self, work: impl FnOnce() -> Result<T, CellError>) -> Result<T, CellError> {
        self.watched(work).0
    }

    /// Watches a start. One that an interrupt could not end goes on, and the interrupt is that of the cell which waits for it.
    fn watch_start(&self, start: impl FnOnce() -> Result<Evaluator, CellError>) -> Result<Evaluator, CellError> {
        let (result, was_interrupted) = self.watched(start);
        self.lock().waiting_interrupted = was_interrupted && result.is_ok();
        result
    }

    /// Whether the next cell is the one that was interrupted while it waited for the start.
    fn forgets_the_waiting_cell(&self) -> bool {
        std::mem::take(&mut self.lock().waiting_interrupted)
    }

    /// Does work that may be interrupted; its result, and whether it was.
    fn watched<T>(&self, work: impl FnOnce() -> Result<T, CellError>) -> (Result<T, CellError>, bool) {
        let mut state = self.lock();
        state.works += 1;
        state.work = Some((state.works, false));
        drop(state);
        let result = work();
        let was_interrupted = self.lock().work.take().is_some_and(|(_, interrupted)| interrupted);
        (result.map_err(|error| if was_interrupted { tell_interrupted(&error) } else { error }), was_interrupted)
    }

    fn is_interrupted(&self) -> bool {
        self.lock().work.is_some_and(|(_, interrupted)| interrupted)
    }

    fn obey_signals(&self) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return eprintln!("no signal will be obeyed: {error}"),
        };
        runtime.block_on(async {
            let (Ok(mut interrupts), Ok(mut ends)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
                return eprintln!("no signal will be obeyed");
            };
            loop {
                tokio::select! {
                    _ = interrupts.recv() => self.interrupt().await,
                    _ = ends.recv() => self.end(),
                }
            }
        });
    }

    /// The compilers of the group have had the signal too. What runs on after a moment is the cell itself.
    async fn interrupt(&self) {
        let Some(number) = self.lock().work.as_mut().map(|(number, interrupted)| {
            *interrupted = true;
            *number
        }) else {
            return;
        };
        tokio::time::sleep(COMPILER_GRACE).await;
        let state = self.lock();
        if state.work.is_some_and(|(current, _)| current == number) {
            state.kill_runtime();
        }
    }

    fn end(&self) -> ! {
        self.lock().kill_runtime();
        std::process::exit(0)
    }
}

impl State {
    fn kill_runtime(&self) {
        if let Some(runtime) = &self.runtime
            && let Err(error) = runtime.lock().unwrap_or_else(PoisonError::into_inner).kill()
        {
            eprintln!("the runtime could not be killed: {error}");
        }
    }
}
