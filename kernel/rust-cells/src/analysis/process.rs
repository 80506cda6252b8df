//! The process of the analysis, from both sides: the child that answers, and the kernel's end of its pipes.

use super::{
    analyzer::Analyzer,
    crates::Crates,
    package,
    scope::{Dependencies, Program, Scope},
    std_sources::StdSources,
};
use crate::{
    cell::{Completions, Inspection, RustCell},
    toolchain::Toolchain,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    io::{self, BufRead, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc as blocking,
    },
    thread,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::{mpsc, oneshot},
};

/// The environment variable that makes this binary an analysis; its value is a [`Setup`] as JSON.
pub(crate) const ANALYSIS: &str = "SDAP_RUST_ANALYSIS";

/// How much the process stands back: everything else comes first.
const NICENESS: i32 = 5;

/// Code is deep, and the analyzer walks it by recursion.
const STACK: usize = 256 << 20;

/// What an analysis must know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Setup {
    /// The folder with the sdap crate.
    pub(super) root: PathBuf,
    /// The toolchain's folder.
    pub(super) sysroot: PathBuf,
    pub(super) dependencies: Dependencies,
}

/// A question about byte `.2` of a cell.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Query {
    Complete(Scope, RustCell, usize),
    Inspect(Scope, RustCell, usize),
}

/// One line from the process.
#[derive(Debug, Serialize, Deserialize)]
enum Line {
    /// All crates are loaded, and have been looked at once.
    Loaded,
    /// The answer to the query of that number; none if it failed, or a later one came.
    Reply(u64, Option<Reply>),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Completed(Completions),
    Inspected(Option<Inspection>),
}

/// Answers queries until the kernel is gone.
pub(crate) fn run() -> ! {
    let Some(setup) = std::env::var(ANALYSIS).ok().and_then(|json| serde_json::from_str::<Setup>(&json).ok()) else {
        eprintln!("{ANALYSIS} is no setup");
        std::process::exit(2);
    };
    rustix::process::nice(NICENESS).ok();
    let (sender, queries) = blocking::channel();
    let analyzing = thread::Builder::new().name("analysis".to_owned()).stack_size(STACK).spawn(move || {
        if let Err(error) = serve(&setup, &queries) {
            eprintln!("{error}");
            std::process::exit(1);
        }
    });
    if analyzing.is_ok() {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            match serde_json::from_str::<(u64, Query)>(&line) {
                Ok(query) => {
                    if sender.send(query).is_err() {
                        break;
                    }
                }
                Err(error) => eprintln!("not a query: {error}"),
            }
        }
    }
    // Whatever it is at, nobody waits for it.
    std::process::exit(0)
}

fn serve(setup: &Setup, queries: &blocking::Receiver<(u64, Query)>) -> Result<(), String> {
    let package = package::lay_down(setup).map_err(|error| error.to_string())?;
    let sources = StdSources::find(&setup.sysroot)
        .and_then(|found| found.folder(&setup.root).inspect_err(|error| eprintln!("no sources of the standard library: {error}")).ok());
    let mut analyzer = Analyzer::new(Crates::load(&package, &setup.sysroot, sources.as_deref())?);
    for query in warming() {
        answer(&mut analyzer, query);
    }
    tell(&Line::Loaded);
    while let Ok((mut number, mut query)) = queries.recv() {
        // Who types on is no longer interested in what was asked before.
        while let Ok(later) = queries.try_recv() {
            tell(&Line::Reply(number, None));
            (number, query) = later;
        }
        tell(&Line::Reply(number, answer(&mut analyzer, query)));
    }
    Ok(())
}

/// The analyzer may panic on code that is half written.
fn answer(analyzer: &mut Analyzer, query: Query) -> Option<Reply> {
    let answered = catch_unwind(AssertUnwindSafe(|| match query {
        Query::Complete(scope, cell, at) => Reply::Completed(analyzer.complete(&Program::new(&scope, &cell), at)),
        Query::Inspect(scope, cell, at) => Reply::Inspected(analyzer.inspect(&Program::new(&scope, &cell), at)),
    }));
    answered.ok()
}

/// What is looked up in most sessions, so that the first to ask does not wait for it.
fn warming() -> impl Iterator<Item = Query> {
    let lines = ["fn f(t: TimeSeries) { t.mean.", "Array2::<f64>::zeros((1, 1)).", "vec![1.0].iter().map(|x| x.", "String::new().", "s"];
    lines.into_iter().map(|code| Query::Complete(Scope::default(), RustCell { code: code.to_owned(), bindings: Vec::new() }, code.len()))
}

fn tell(line: &Line) {
    if let Ok(json) = serde_json::to_string(line) {
        let mut out = io::stdout().lock();
        writeln!(out, "{json}").and_then(|()| out.flush()).ok();
    }
}

/// The kernel's end. The process ends when this is dropped.
#[derive(Debug)]
pub(super) struct Process {
    queries: mpsc::UnboundedSender<String>,
    asked: AtomicU64,
    answers: Arc<Answers>,
    _child: Child,
}

/// What is known of a process.
#[derive(Debug, Default)]
struct Answers {
    waiting: Mutex<HashMap<u64, oneshot::Sender<Option<Reply>>>>,
    loaded: AtomicBool,
    ended: AtomicBool,
}

impl Process {
    /// # Errors
    /// If this program cannot be started once more.
    pub(super) fn spawn(toolchain: &Toolchain, setup: &Setup) -> io::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .env(ANALYSIS, serde_json::to_string(setup)?)
            // Nothing is downloaded to complete a name.
            .env("CARGO_NET_OFFLINE", "true")
            .env("PATH", &toolchain.path)
            .current_dir(&setup.root)
            .process_group(0)
            .kill_on_drop(true)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(io::Error::other("its pipes are missing"));
        };
        let (queries, lines) = mpsc::unbounded_channel();
        let answers = Arc::<Answers>::default();
        tokio::spawn(write_queries(stdin, lines));
        tokio::spawn(log(stderr));
        tokio::spawn(read_lines(stdout, Arc::clone(&answers)));
        Ok(Self { queries, asked: AtomicU64::new(0), answers, _child: child })
    }

    pub(super) fn has_loaded(&self) -> bool {
        self.answers.loaded.load(Ordering::SeqCst)
    }

    pub(super) fn has_ended(&self) -> bool {
        self.answers.ended.load(Ordering::SeqCst)
    }

    /// The reply to a query; none if it failed. The wait may be given up at any time.
    pub(super) async fn ask(&self, query: Query) -> Option<Reply> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let (sender, reply) = oneshot::channel();
        self.answers.waiting().insert(number, sender);
        if self.has_ended() {
            return None;
        }
        self.queries.send(serde_json::to_string(&(number, query)).ok()? + "\n").ok()?;
        reply.await.ok().flatten()
    }
}

impl Answers {
    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Option<Reply>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write_queries(mut stdin: ChildStdin, mut lines: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = lines.recv().await {
        if stdin.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_lines(stdout: impl AsyncRead + Unpin, answers: Arc<Answers>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line) {
            Ok(Line::Loaded) => answers.loaded.store(true, Ordering::SeqCst),
            Ok(Line::Reply(number, reply)) => {
                if let Some(waiting) = answers.waiting().remove(&number) {
                    waiting.send(reply).ok();
                }
            }
            Err(_) => tracing::debug!("analysis of Rust: {line}"),
        }
    }
    answers.ended.store(true, Ordering::SeqCst);
    // Nobody waits for what does not come.
    answers.waiting().clear();
}

async fn log(stderr: impl AsyncRead + Unpin) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        tracing::debug!("analysis of Rust: {line}");
    }
}
