//! A session of Rust cells with verbs that read as the behaviours under test.

use sdap::{TimeSeries, Times, Value};
use sdap_rust_cells::{Binding, CellError, Config, Event, Inspection, RustCell, RustCells, Shown, Suggestion, uses};
use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::mpsc};

/// The argument with which this binary tries a cell and prints the error.
pub(crate) const WITHOUT_TOOLCHAIN: &str = "--without-toolchain";

/// How long an analysis may take to load, in this build and beside other tests.
const LOADING: Duration = Duration::from_mins(4);

pub(crate) struct Session {
    runtime: Runtime,
    cells: Arc<RustCells>,
    folder: tempfile::TempDir,
    bindings: BTreeMap<String, Binding>,
    /// What the last cell showed while it ran, and when.
    pub(crate) events: Vec<(Duration, Event)>,
    /// What the user will type; afterwards nobody is there to be asked.
    answers: VecDeque<String>,
}

/// Kept between test runs, as the kernel keeps its own; outside of this workspace, as cargo demands.
pub(crate) fn cache() -> PathBuf {
    std::env::temp_dir().join("sdap-rust-cells")
}

fn config(folder: PathBuf) -> Config {
    Config { cache: cache(), directory: folder, environment: Vec::new() }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

impl Session {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cells = Arc::new(RustCells::new(config(folder.path().to_owned())));
        Self { runtime: runtime(), cells, folder, bindings: BTreeMap::new(), events: Vec::new(), answers: VecDeque::new() }
    }

    /// A session on a machine where there was none before.
    pub(crate) fn without_cache() -> Self {
        let mut session = Self::start();
        let folder = session.folder.path().to_owned();
        session.cells = Arc::new(RustCells::new(Config { cache: folder.join("cache"), ..config(folder) }));
        session
    }

    /// Prepares the session for its first cell.
    pub(crate) fn warm(&self) {
        self.runtime.block_on(self.cells.warm());
    }

    /// What the session is at.
    pub(crate) fn state(&self) -> &'static str {
        self.cells.state()
    }

    /// Ends the session.
    pub(crate) fn shutdown(&self) {
        self.runtime.block_on(self.cells.shutdown());
    }

    fn cell(&self, code: &str) -> RustCell {
        let names = uses(code, self.bindings.keys().map(String::as_str));
        RustCell { code: code.to_owned(), bindings: names.iter().map(|name| self.bindings[name].clone()).collect() }
    }

    fn run(&mut self, code: &str) -> Result<Option<Shown>, CellError> {
        let cell = self.cell(code);
        let cells = Arc::clone(&self.cells);
        let answers = std::mem::take(&mut self.answers);
        let (result, events) = self.runtime.block_on(execute(cells, cell, answers));
        self.events = events;
        result
    }

    /// Runs a cell that shows exactly this text.
    #[track_caller]
    pub(crate) fn expect(&mut self, code: &str, text: &str) {
        assert_eq!(self.shows(code).plain(), text, "{code}");
    }

    /// Runs a cell that shows something.
    #[track_caller]
    pub(crate) fn shows(&mut self, code: &str) -> Shown {
        match self.run(code) {
            Ok(Some(shown)) => shown,
            Ok(None) => panic!("{code} showed nothing"),
            Err(error) => panic!("{code} failed:\n{}", failure(&error)),
        }
    }

    /// Runs a cell that shows nothing.
    #[track_caller]
    pub(crate) fn silent(&mut self, code: &str) {
        match self.run(code) {
            Ok(None) => {}
            Ok(Some(shown)) => assert!(code.starts_with(':'), "{code} showed {shown:?}"),
            Err(error) => panic!("{code} failed:\n{}", failure(&error)),
        }
    }

    /// Runs a cell that fails.
    #[track_caller]
    pub(crate) fn fails(&mut self, code: &str) -> CellError {
        match self.run(code) {
            Ok(shown) => panic!("{code} did not fail, but showed {shown:?}"),
            Err(error) => {
                assert!(
                    !error.name.is_empty() && !error.value.is_empty() && !error.value.contains('\n') && !error.traceback.is_empty(),
                    "{error:?}"
                );
                error
            }
        }
    }

    /// Runs a cell that fails because it is interrupted after `delay`; also says how long it then took to fail.
    #[track_caller]
    pub(crate) fn interrupted(&mut self, code: &str, delay: Duration) -> (CellError, Duration) {
        let (cell, cells) = (self.cell(code), Arc::clone(&self.cells));
        let (result, waited) = self.runtime.block_on(async {
            let running = tokio::spawn(execute(Arc::clone(&cells), cell, VecDeque::new()));
            tokio::time::sleep(delay).await;
            let at = Instant::now();
            // As the kernel does: the process to interrupt may only just be starting.
            while !cells.interrupt() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (running.await.unwrap().0, at.elapsed())
        });
        (result.expect_err(code), waited)
    }

    /// What the user will type during the next cell.
    pub(crate) fn will_type(&mut self, answers: &[&str]) {
        self.answers = answers.iter().map(|answer| (*answer).to_owned()).collect();
    }

    /// What the last cell asked.
    pub(crate) fn prompts(&self) -> Vec<(&str, bool)> {
        let prompt = |event| if let &Event::Input { ref prompt, secret, .. } = event { Some((prompt.as_str(), secret)) } else { None };
        self.events.iter().filter_map(|(_, event)| prompt(event)).collect()
    }

    /// Runs a cell that asks the user, who interrupts it instead; also says how long it then took to fail.
    #[track_caller]
    pub(crate) fn interrupted_while_asked(&mut self, code: &str) -> (CellError, Duration) {
        let (cell, cells) = (self.cell(code), Arc::clone(&self.cells));
        let (result, waited) = self.runtime.block_on(async {
            let (sender, mut events) = mpsc::unbounded_channel();
            let interrupting = Arc::clone(&cells);
            let asked = tokio::spawn(async move {
                while !matches!(events.recv().await, Some(Event::Input { .. }) | None) {}
                interrupting.interrupt();
                Instant::now()
            });
            let result = cells.execute(cell, &sender).await;
            drop(sender);
            (result, asked.await.unwrap().elapsed())
        });
        (result.expect_err(code), waited)
    }

    /// Runs a cell, and gives up waiting for it after `delay`.
    pub(crate) fn abandoned(&mut self, code: &str, delay: Duration) {
        let (cell, cells) = (self.cell(code), Arc::clone(&self.cells));
        let waited = self.runtime.block_on(async { tokio::time::timeout(delay, execute(cells, cell, VecDeque::new())).await });
        assert!(waited.is_err(), "{code} ended early");
    }

    /// An interrupt while no cell runs.
    pub(crate) fn idle_interrupt(&self) {
        self.cells.interrupt();
    }

    /// What is asked about where `¦` stands in a cell, or `|` where there is none.
    fn asked(&self, marked: &str) -> (RustCell, usize) {
        let mark = if marked.contains('¦') { '¦' } else { '|' };
        let at = marked.find(mark).unwrap_or(marked.len());
        (RustCell { code: marked.replacen(mark, "", 1), bindings: self.bindings.values().cloned().collect() }, at)
    }

    /// The suggestions where `|` stands, or at the end, each with what it would make of the cell.
    pub(crate) fn complete(&self, marked: &str) -> Vec<Suggestion> {
        let (cell, at) = self.asked(marked);
        let found = self.runtime.block_on(self.cells.complete(&cell, at));
        assert!(cell.code.get(found.start..found.end).is_some() && found.end >= at && found.start <= at, "{marked}: {found:?}");
        found.suggestions
    }

    /// The texts that could be inserted where `|` stands.
    pub(crate) fn names(&self, marked: &str) -> Vec<String> {
        self.complete(marked).into_iter().map(|suggestion| suggestion.insert).collect()
    }

    /// Asks until what is known where `|` stands has `text` in it.
    #[track_caller]
    pub(crate) fn eventually_explains(&self, marked: &str, text: &str) -> Inspection {
        let started = Instant::now();
        loop {
            let found = self.inspect(marked);
            if let Some(found) = found.as_ref().filter(|found| found.plain.contains(text)) {
                return found.clone();
            }
            assert!(started.elapsed() < LOADING, "{marked} was never explained by {text}, but by {found:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What is known where `|` stands.
    pub(crate) fn inspect(&self, marked: &str) -> Option<Inspection> {
        let (cell, at) = self.asked(marked);
        self.runtime.block_on(self.cells.inspect(&cell, at))
    }

    /// Asks until `marked` is completed by `name`, as a user would who tries again while the analysis loads.
    #[track_caller]
    pub(crate) fn eventually_completes(&self, marked: &str, name: &str) {
        let started = Instant::now();
        while !self.names(marked).iter().any(|found| found == name) {
            assert!(started.elapsed() < LOADING, "{marked} was never completed by {name}, but by {:?}", self.names(marked));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asks for completions while `code` runs until there are some, and says how long the last answer took.
    #[track_caller]
    pub(crate) fn names_while(&mut self, code: &str, marked: &str) -> (Vec<String>, Duration) {
        let (cell, cells, (asked, at)) = (self.cell(code), Arc::clone(&self.cells), self.asked(marked));
        self.runtime.block_on(async {
            let running = tokio::spawn(execute(Arc::clone(&cells), cell, VecDeque::new()));
            tokio::time::sleep(Duration::from_millis(300)).await;
            let mut started = Instant::now();
            let mut found = cells.complete(&asked, at).await;
            while found.suggestions.is_empty() {
                started = Instant::now();
                found = cells.complete(&asked, at).await;
            }
            let waited = started.elapsed();
            assert!(!running.is_finished(), "{code} ended early");
            running.await.unwrap().0.unwrap();
            (found.suggestions.into_iter().map(|suggestion| suggestion.insert).collect(), waited)
        })
    }

    /// Binds a series with these means, as `%sdap` would; each `version` is a file of its own.
    pub(crate) fn bind(&mut self, name: &str, version: u32, means: [f64; 3]) {
        let series = TimeSeries::of_values("GAUGE", "discharge", "m3 s-1", Times::new(vec![0, 86_400, 172_800]), means);
        self.bind_value(name, version, &Value::Series(series));
    }

    /// Binds a value, as `%sdap` would; each `version` is a file of its own.
    pub(crate) fn bind_value(&mut self, name: &str, version: u32, value: &Value) {
        let path = self.folder.path().join(format!("{name} {version}.safetensors"));
        sdap::write(value, &path).unwrap();
        self.bindings.insert(name.to_owned(), Binding { name: name.to_owned(), type_name: value.type_name().to_owned(), path });
    }

    pub(crate) fn unbind(&mut self, name: &str) {
        self.bindings.remove(name);
    }

    /// A crate that takes a view of an ndarray array.
    pub(crate) fn crate_with_ndarray(&self) -> String {
        let folder = self.folder.path().join("twice");
        std::fs::create_dir_all(folder.join("src")).unwrap();
        let manifest = "[package]\nname = \"twice\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\nndarray = \"0.17\"\n";
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        let code = "pub fn twice(a: &ndarray::ArrayView1<f64>) -> ndarray::Array1<f64> { a.to_owned() * 2.0 }";
        std::fs::write(folder.join("src/lib.rs"), code).unwrap();
        folder.display().to_string()
    }

    /// Shuts down while `code` runs, and says how long that took.
    pub(crate) fn shutdown_while(&mut self, code: &str) -> Duration {
        let (cell, cells) = (self.cell(code), Arc::clone(&self.cells));
        self.runtime.block_on(async {
            let running = tokio::spawn(execute(Arc::clone(&cells), cell, VecDeque::new()));
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let at = Instant::now();
            cells.shutdown().await;
            let waited = at.elapsed();
            assert!(running.await.unwrap().0.is_err());
            waited
        })
    }

    pub(crate) fn stdout(&self) -> String {
        self.events.iter().filter_map(|(_, e)| if let Event::Stdout(text) = e { Some(text.as_str()) } else { None }).collect()
    }

    pub(crate) fn stderr(&self) -> String {
        self.events.iter().filter_map(|(_, e)| if let Event::Stderr(text) = e { Some(text.as_str()) } else { None }).collect()
    }

    pub(crate) fn progress(&self) -> Vec<&str> {
        self.events.iter().filter_map(|(_, e)| if let Event::Progress(text) = e { Some(text.as_str()) } else { None }).collect()
    }
}

async fn execute(
    cells: Arc<RustCells>,
    cell: RustCell,
    mut answers: VecDeque<String>,
) -> (Result<Option<Shown>, CellError>, Vec<(Duration, Event)>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let start = Instant::now();
    let replies = cells.answers();
    let collecting = tokio::spawn(async move {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            if let Event::Input { number, .. } = event {
                replies.send(number, answers.pop_front().ok_or_else(|| "nobody is there".to_owned()));
            }
            events.push((start.elapsed(), event));
        }
        events
    });
    let result = cells.execute(cell, &sender).await;
    drop(sender);
    (result, collecting.await.unwrap())
}

/// The traceback as one text.
pub(crate) fn failure(error: &CellError) -> String {
    error.traceback.join("\n")
}

/// What this binary prints of a cell where no toolchain is to be found.
pub(crate) fn run_without_toolchain() -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .arg(WITHOUT_TOOLCHAIN)
        .env("PATH", "/nowhere")
        .env("CARGO_HOME", "/nowhere")
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The other side of [`run_without_toolchain`].
pub(crate) fn without_toolchain() {
    let cells = Arc::new(RustCells::new(config(std::env::temp_dir())));
    let (result, _) = runtime().block_on(execute(cells, RustCell { code: "1".to_owned(), bindings: Vec::new() }, VecDeque::new()));
    let error = result.unwrap_err();
    println!("{}: {}\n{}", error.name, error.value, failure(&error));
}

/// The processes that are the analysis of a session.
pub(crate) fn analyses() -> Vec<u32> {
    let is_analysis = |pid: &u32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains("SDAP_RUST_ANALYSIS=")
    };
    own_processes().into_iter().filter(is_analysis).collect()
}

/// The argument with which this binary runs a cell that never ends.
pub(crate) const LOOPING: &str = "--looping";

/// What [`LOOPING`] does.
pub(crate) fn looping() {
    let mut session = Session::start();
    session.silent("let before = 1;");
    println!("looping");
    session.run("loop {}").ok();
    // Its host is gone; whoever started this process ends it.
    std::thread::park();
}

/// Which process of a session is killed.
#[derive(Clone, Copy)]
pub(crate) enum Victim {
    Kernel,
    Host,
}

/// A process that is killed when it is dropped.
pub(crate) struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A session of its own, killed while its cell runs.
pub(crate) fn kill_while_looping(victim: Victim) -> Killed {
    let mut kernel = Command::new(std::env::current_exe().unwrap()).arg(LOOPING).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(kernel.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "looping\n");
    // Until the cell is compiled and runs.
    std::thread::sleep(Duration::from_secs(2));
    let is_host = |pid: &u32| stat(*pid).is_some_and(|(_, parent)| parent == kernel.id());
    kill(match victim {
        Victim::Kernel => kernel.id(),
        Victim::Host => own_processes().into_iter().find(is_host).unwrap(),
    });
    Killed(kernel)
}

/// The other processes that are this binary: hosts, runners and standbys.
pub(crate) fn own_processes() -> Vec<u32> {
    let own = std::env::current_exe().unwrap();
    let is_own = |pid: &u32| *pid != std::process::id() && std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == own);
    processes().filter(is_own).collect()
}

/// Those of them in which cells run or could: all that no other one of this test process is a parent of but its host.
pub(crate) fn cell_processes() -> Vec<u32> {
    own_processes().into_iter().filter(|pid| stat(*pid).is_some_and(|(_, parent)| parent != std::process::id())).collect()
}

/// Processes of the session that have ended and for which nobody has waited.
pub(crate) fn zombies() -> Vec<u32> {
    let own = own_processes();
    processes().filter(|pid| stat(*pid).is_some_and(|(state, parent)| state == 'Z' && own.contains(&parent))).collect()
}

/// The processes with such an argument.
pub(crate) fn processes_with(argument: &str) -> Vec<u32> {
    let command = |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    processes().filter(|pid| command(pid).split(|byte| *byte == 0).any(|word| word == argument.as_bytes())).collect()
}

pub(crate) fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "not {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// A process's state and its parent.
fn stat(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}
