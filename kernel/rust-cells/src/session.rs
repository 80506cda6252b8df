//! A session of Rust cells, as the kernel holds it.

use crate::{
    analysis::{Analysis, Scope},
    cell::{CellError, Completions, Event, Inspection, RustCell, Shown},
    host::{ENVIRONMENT, HOST, Setup},
    toolchain::Toolchain,
    tools,
    wire::{Answer, Report, Request, read_report},
    workshop::Workshop,
};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::{Mutex as AsyncMutex, mpsc},
};

/// Where the system looks for shared libraries first.
const LIBRARY_PATH: &str = if cfg!(target_os = "macos") { "DYLD_FALLBACK_LIBRARY_PATH" } else { "LD_LIBRARY_PATH" };

/// How long a host may take to end before it is killed.
const END: Duration = Duration::from_secs(2);

/// Where Rust cells are compiled and run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that keeps compiled dependencies between sessions, such as `~/.cache/sdap-kernel`. It must not lie inside a
    /// cargo workspace.
    pub cache: PathBuf,
    /// The folder in which cells run: where relative paths in them start.
    pub directory: PathBuf,
    /// Environment variables that cells are to find beside those of the kernel.
    pub environment: Vec<(String, PathBuf)>,
}

/// A session of Rust cells. Nothing is started before the first cell, or [`RustCells::warm`].
#[derive(Debug)]
pub struct RustCells {
    config: Config,
    host: AsyncMutex<Option<Host>>,
    /// The process group of the host.
    group: Mutex<Option<Pid>>,
    /// Whether a cell runs.
    running: AtomicBool,
    answers: Answers,
    analysis: Analysis,
    /// What the cells have defined so far.
    scope: Arc<Mutex<Scope>>,
}

/// Where the answers to the questions of a running cell go.
#[derive(Clone, Debug, Default)]
pub struct Answers(Arc<Mutex<Option<mpsc::UnboundedSender<String>>>>);

impl Answers {
    /// Answers the [`Event::Input`] of that number with a line, or says why there is none: the cell then finds the end of its
    /// input. Without such a question it does nothing.
    pub fn send(&self, number: u64, line: Result<String, String>) {
        let host = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(host), Ok(json)) = (host.as_ref(), serde_json::to_string(&Request::Input(number, line))) {
            host.send(json + "\n").ok();
        }
    }
}

/// A running host.
#[derive(Debug)]
struct Host {
    process: Child,
    /// Requests on their way, each a whole line.
    requests: mpsc::UnboundedSender<String>,
    reports: mpsc::UnboundedReceiver<Report>,
    /// How many requests were sent and how many were answered. Whoever asked may have gone before the answer came.
    asked: u64,
    answered: u64,
    /// Whether its start is over.
    ready: Arc<AtomicBool>,
    _workshop: Workshop,
}

impl RustCells {
    /// A session that has not started.
    pub fn new(config: Config) -> Self {
        let analysis = Analysis::new(config.cache.clone());
        Self {
            config,
            host: AsyncMutex::new(None),
            group: Mutex::new(None),
            running: AtomicBool::new(false),
            answers: Answers::default(),
            analysis,
            scope: Arc::default(),
        }
    }

    /// Starts what the first cell will need, where that is all there: a toolchain, and what earlier sessions have compiled. It
    /// does not wait for it to be ready; a cell that comes meanwhile waits no longer than it would have.
    pub async fn warm(&self) {
        let mut held = self.host.lock().await;
        if held.is_some() {
            return;
        }
        let cache = self.config.cache.clone();
        let ready = move || Toolchain::find().is_ok_and(|toolchain| Workshop::is_ready(&cache, &toolchain));
        if !tokio::task::spawn_blocking(ready).await.unwrap_or_default() {
            return;
        }
        match self.start().await {
            Ok(host) => *held = Some(host),
            Err(error) => tracing::debug!(%error, "Rust cells will be started with the first of them"),
        }
    }

    /// What the session is at, in a few words.
    pub fn state(&self) -> &'static str {
        match self.host.try_lock() {
            Err(_) if self.running.load(Ordering::SeqCst) => "a cell runs",
            Err(_) => "at work",
            Ok(held) => held.as_ref().map_or("not started", |host| if host.is_ready() { "ready" } else { "being prepared" }),
        }
    }

    /// Runs a cell, and sends what it shows on the way to `events`. Cells run one after the other.
    ///
    /// # Errors
    /// The one error of a failed cell. The next cell runs, whatever it was.
    pub async fn execute(&self, cell: RustCell, events: &mpsc::UnboundedSender<Event>) -> Result<Option<Shown>, CellError> {
        let mut held = self.host.lock().await;
        let _running = Running::start(&self.running);
        let Answer::Executed(result) = self.ask(&mut held, Request::Execute(cell), Some(events)).await?;
        result
    }

    /// Ends the running cell, or its compilation, at once. Without one it does nothing.
    ///
    /// False where there is nothing to interrupt: no cell runs, or its process is only just being started.
    pub fn interrupt(&self) -> bool {
        self.running.load(Ordering::SeqCst) && self.signal(Signal::INT)
    }

    /// Where the answers to the questions of a running cell go.
    pub fn answers(&self) -> Answers {
        self.answers.clone()
    }

    /// What could stand at byte `at` of a cell, whose bindings are all that there are. Never waits for a cell that runs: it
    /// knows what was defined when the last one had ended.
    pub async fn complete(&self, cell: &RustCell, at: usize) -> Completions {
        self.analysis.complete(&self.scope(), cell, at).await
    }

    /// What is known about the name at byte `at` of a cell, or about what is called around it; as for [`RustCells::complete`].
    pub async fn inspect(&self, cell: &RustCell, at: usize) -> Option<Inspection> {
        self.analysis.inspect(&self.scope(), cell, at).await
    }

    fn scope(&self) -> Scope {
        self.scope.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the session: afterwards none of its processes is left. A cell that is still running fails.
    pub async fn shutdown(&self) {
        self.analysis.shutdown();
        self.signal(Signal::TERM);
        let Some(mut host) = self.host.lock().await.take() else { return };
        // It may only just have been started.
        self.signal(Signal::TERM);
        if tokio::time::timeout(END, host.process.wait()).await.is_err() {
            self.signal(Signal::KILL);
            host.process.wait().await.ok();
        }
        self.group.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Signals the host and all that it started; false where there is none.
    fn signal(&self, signal: Signal) -> bool {
        let Some(group) = *self.group.lock().unwrap_or_else(PoisonError::into_inner) else { return false };
        if let Err(error) = kill_process_group(group, signal) {
            tracing::debug!("signal {signal:?} to the host of Rust cells: {error}");
        }
        true
    }

    /// Sends a request and waits for its answer. Starts a host where there is none. The wait may be given up at any time.
    async fn ask(
        &self,
        held: &mut Option<Host>,
        request: Request,
        events: Option<&mpsc::UnboundedSender<Event>>,
    ) -> Result<Answer, CellError> {
        if held.is_none() {
            *held = Some(self.start().await?);
        }
        if let Some(host) = held
            && let Some(answer) = host.ask(&request, events).await
        {
            return Ok(answer);
        }
        if let Some(mut gone) = held.take() {
            gone.process.start_kill().ok();
            gone.process.wait().await.ok();
        }
        self.group.lock().unwrap_or_else(PoisonError::into_inner).take();
        *self.scope.lock().unwrap_or_else(PoisonError::into_inner) = Scope::default();
        // It alone knows what the variables are; all else can end and be made again.
        let lost = "the process that compiles Rust cells ended; the next cell starts it anew\n\
                    The Rust variables of earlier cells are lost with it; values bound by %sdap come back by themselves.";
        Err(CellError::new("Crashed", lost))
    }

    async fn start(&self) -> Result<Host, CellError> {
        let cache = self.config.cache.clone();
        let prepared = tokio::task::spawn_blocking(move || prepare(&cache)).await;
        let (toolchain, workshop) = prepared.map_err(|error| CellError::new("RustNotReady", &error.to_string()))??;
        let host = Host::spawn(&toolchain, workshop, &self.config, Arc::clone(&self.scope))?;
        *self.group.lock().unwrap_or_else(PoisonError::into_inner) = host.process.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        *self.answers.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(host.requests.clone());
        Ok(host)
    }
}

/// That a cell runs, until it is dropped: also where its future is.
struct Running<'c>(&'c AtomicBool);

impl<'c> Running<'c> {
    fn start(running: &'c AtomicBool) -> Self {
        running.store(true, Ordering::SeqCst);
        Self(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Drop for RustCells {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
    }
}

fn prepare(cache: &Path) -> Result<(Toolchain, Workshop), CellError> {
    let toolchain = Toolchain::find().map_err(|error| CellError::new("NoRust", &error.to_string()))?;
    let workshop = Workshop::open(cache, &toolchain)
        .map_err(|error| CellError::new("RustNotReady", &format!("the cache folder {} cannot be used: {error}", cache.display())))?;
    Ok((toolchain, workshop))
}

impl Host {
    fn spawn(toolchain: &Toolchain, workshop: Workshop, config: &Config, scope: Arc<Mutex<Scope>>) -> Result<Self, CellError> {
        let failed = |error: &dyn std::fmt::Display| CellError::new("RustNotReady", &format!("Rust cells could not be started: {error}"));
        let setup = Setup { root: workshop.root().to_owned(), directory: config.directory.clone() };
        let setup = serde_json::to_string(&setup).map_err(|error| failed(&error))?;
        let [_, folder, settings, std_sources] = ENVIRONMENT;
        let mut process = Command::new(std::env::current_exe().map_err(|error| failed(&error))?)
            .env(HOST, setup)
            .env(folder, workshop.slot())
            .env(settings, workshop.config())
            .envs(config.environment.iter().map(|(name, value)| (name, value)))
            .env(std_sources, workshop.no_std_sources())
            .envs(tools::environment(&workshop.tools(), &workshop.memory(), &toolchain.path))
            .env(LIBRARY_PATH, toolchain.library_path())
            .current_dir(workshop.slot())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        let (Some(requests), Some(stdout), Some(stderr)) = (process.stdin.take(), process.stdout.take(), process.stderr.take()) else {
            return Err(failed(&"its pipes are missing"));
        };
        let (sender, reports) = mpsc::unbounded_channel();
        let (asking, lines) = mpsc::unbounded_channel();
        tokio::spawn(write_requests(requests, lines));
        tokio::spawn(read_stderr(stderr, sender.clone()));
        let ready = Arc::new(AtomicBool::new(false));
        tokio::spawn(read_stdout(stdout, sender, scope, Arc::clone(&ready)));
        Ok(Self { process, requests: asking, reports, asked: 0, answered: 0, ready, _workshop: workshop })
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }

    /// The answer to a request; nothing if the host is gone.
    async fn ask(&mut self, request: &Request, events: Option<&mpsc::UnboundedSender<Event>>) -> Option<Answer> {
        let number = self.asked;
        let line = serde_json::to_string(request).ok()? + "\n";
        let mut waiting = self.reports_since_ready();
        self.requests.send(line).ok()?;
        self.asked += 1;
        loop {
            let report = match waiting.pop_front() {
                Some(report) => report,
                None => self.reports.recv().await?,
            };
            match report {
                Report::Answer(answered, answer) => {
                    self.answered = answered + 1;
                    if answered == number {
                        return Some(answer);
                    }
                }
                // What an earlier cell, which nobody waits for any more, still prints is none of this one's.
                Report::Event(event) if self.answered == number => {
                    events.map(|events| events.send(event));
                }
                Report::Event(Event::Input { number, .. }) => {
                    let refusal = Request::Input(number, Err("nobody waits for the cell any more".to_owned()));
                    self.requests.send(serde_json::to_string(&refusal).ok()? + "\n").ok()?;
                }
                Report::Event(_) | Report::Ready | Report::Scope(_) => {}
            }
        }
    }

    /// What has come since the last request; without the progress of a start that is over.
    fn reports_since_ready(&mut self) -> VecDeque<Report> {
        let mut waiting = VecDeque::new();
        while let Ok(report) = self.reports.try_recv() {
            if matches!(report, Report::Ready) {
                waiting.clear();
            }
            waiting.push_back(report);
        }
        waiting
    }
}

/// Writes whole lines, whether or not somebody still waits for their answers.
async fn write_requests(mut stdin: ChildStdin, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        if stdin.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_stdout(
    stdout: impl AsyncRead + Unpin,
    reports: mpsc::UnboundedSender<Report>,
    scope: Arc<Mutex<Scope>>,
    ready: Arc<AtomicBool>,
) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let report = read_report(&line);
        if let Report::Scope(told) = report {
            *scope.lock().unwrap_or_else(PoisonError::into_inner) = told;
            continue;
        }
        let is_over = matches!(report, Report::Ready);
        if reports.send(report).is_err() {
            return;
        }
        ready.fetch_or(is_over, Ordering::SeqCst);
    }
}

/// evcxr lets cargo's progress through to standard error; anything else there is for the log.
async fn read_stderr(stderr: impl AsyncRead + Unpin, reports: mpsc::UnboundedSender<Report>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(package) = line.trim().strip_prefix("Compiling ") {
            let name = package.split(" (").next().unwrap_or(package);
            let text = format!("Preparing Rust cells: compiling {name}");
            reports.send(Report::Event(Event::Progress(text))).ok();
        } else {
            tracing::debug!("host of Rust cells: {line}");
        }
    }
}
