//! The process in which evcxr lives.
//!
//! It leads a process group of its own, with every cargo and rustc that evcxr starts, so that an interrupt (`SIGINT` to
//! the group) ends a compilation. The processes in which cells run are in groups apart, and are the [`runtime`](crate::runtime)'s.

use crate::{
    cell::{CellError, RustCell, Shown},
    evaluator::{Evaluator, tell_interrupted},
    runtime::Cells,
    tools,
    wire::{Answer, Report, Request, report},
};
use serde::{Deserialize, Serialize};
use std::{
    io::BufRead,
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};
use tokio::signal::unix::{SignalKind, signal};

/// The environment variable that makes this binary a host; its value is a [`Setup`] as JSON.
pub(crate) const HOST: &str = "SDAP_RUST_CELLS_HOST";

/// What only evcxr in the host is to see of the environment.
pub(crate) const ENVIRONMENT: [&str; 4] = [HOST, "EVCXR_TMPDIR", "EVCXR_CONFIG_DIR", "RUST_SRC_PATH"];

/// What evcxr says where a compiler ended without a word.
const CUT_SHORT: &str = "Compilation failed, but no parsable errors were found";

/// How much later than a compiler of its group the host may see a signal.
const SIGNAL: Duration = Duration::from_millis(250);

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
    let cells = match Cells::keep() {
        Ok(cells) => cells,
        Err(error) => {
            eprintln!("cells cannot run: {error}");
            std::process::exit(2);
        }
    };
    let control = Arc::new(Control::new(cells));
    let (sender, waiting) = mpsc::channel();
    let reading = Arc::clone(&control);
    thread::spawn(move || {
        read_requests(&reading.cells, &sender);
        reading.end();
    });
    let signalled = Arc::clone(&control);
    thread::spawn(move || signalled.obey_signals());
    serve(&setup, &control, &waiting);
    control.end()
}

/// Passes requests on, and answers to a cell's questions past those that wait.
fn read_requests(cells: &Cells, sender: &mpsc::Sender<RustCell>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Request::Input(number, line)) => cells.answer(number, line),
            Ok(Request::Execute(cell)) => {
                if sender.send(cell).is_err() {
                    return;
                }
            }
            Err(error) => eprintln!("not a request: {error}"),
        }
    }
}

fn serve(setup: &Setup, control: &Control, cells: &mpsc::Receiver<RustCell>) {
    let mut started = Some(control.watch_start(|| start(setup, control)));
    for (number, cell) in (0..).zip(cells) {
        // A start that failed is told once; the next cell tries again.
        let evaluator = started.get_or_insert_with(|| control.watch_start(|| start(setup, control)));
        let answer = match evaluator {
            Ok(evaluator) => Answer::Executed(execute(evaluator, control, &cell)),
            Err(error) => Answer::Executed(Err(error.clone())),
        };
        if started.as_ref().is_some_and(Result::is_err) {
            started = None;
        }
        report(&Report::Answer(number, answer));
    }
}

fn start(setup: &Setup, control: &Control) -> Result<Evaluator, CellError> {
    let evaluator = Evaluator::start(&setup.root, runtime(setup, &control.cells)?, control.cells.clone())?;
    // From here on `:dep x = { path = "…" }` and `!command` mean the folder that cells mean.
    std::env::set_current_dir(&setup.directory).ok();
    report(&Report::Ready);
    Ok(evaluator)
}

/// This binary, to be turned into the process in which cells run.
fn runtime(setup: &Setup, cells: &Cells) -> Result<Command, CellError> {
    use std::os::unix::process::CommandExt;
    let program =
        std::env::current_exe().map_err(|error| CellError::new("RustNotReady", &format!("this program is not found: {error}")))?;
    let mut command = Command::new(program);
    command.current_dir(&setup.directory).process_group(0);
    cells.equip(&mut command);
    for name in ENVIRONMENT {
        command.env_remove(name);
    }
    tools::take_from(&mut command);
    Ok(command)
}

fn execute(evaluator: &mut Evaluator, control: &Control, cell: &RustCell) -> Result<Option<Shown>, CellError> {
    if control.forgets_the_waiting_cell() {
        let error = "the cell was interrupted before it ran, while Rust cells were prepared; nothing is lost";
        return Err(CellError::new("Interrupted", error));
    }
    control.watch(|| evaluator.execute(cell, &|| control.is_interrupted()))
}

/// What signals and the end of the kernel act on.
struct Control {
    state: Mutex<State>,
    cells: Cells,
}

#[derive(Default)]
struct State {
    /// Whether the work under way was interrupted.
    work: Option<bool>,
    /// Whether the cell that waited for the start was interrupted meanwhile.
    waiting_interrupted: bool,
}

impl Control {
    fn new(cells: Cells) -> Self {
        Self { state: Mutex::default(), cells }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        self.lock().work = Some(false);
        self.cells.resume();
        let result = work();
        if result.as_ref().is_err_and(|error| error.value.starts_with(CUT_SHORT)) {
            self.wait_for_interrupt();
        }
        let was_interrupted = self.lock().work.take().unwrap_or_default();
        (result.map_err(|error| if was_interrupted { tell_interrupted(&error) } else { error }), was_interrupted)
    }

    /// The signal that ended the compiler may still be on its way to this process.
    fn wait_for_interrupt(&self) {
        let started = Instant::now();
        while !self.is_interrupted() && started.elapsed() < SIGNAL {
            thread::sleep(SIGNAL / 50);
        }
    }

    fn is_interrupted(&self) -> bool {
        self.lock().work.unwrap_or_default()
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
                    _ = interrupts.recv() => self.interrupt(),
                    _ = ends.recv() => self.end(),
                }
            }
        });
    }

    /// The compilers of the group have had the signal too.
    fn interrupt(&self) {
        if let Some(interrupted) = &mut self.lock().work {
            *interrupted = true;
            self.cells.interrupt();
        }
    }

    fn end(&self) -> ! {
        self.cells.end();
        std::process::exit(0)
    }
}
