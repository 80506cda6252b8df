//! A session of Rust cells with verbs that read as the behaviours under test.

use sdap::{TimeSeries, Times, Value};
use sdap_rust_cells::{Binding, CellError, Config, Event, RustCell, RustCells, Shown, Suggestion, uses};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{runtime::Runtime, sync::mpsc};

/// The argument with which this binary tries a cell and prints the error.
pub(crate) const WITHOUT_TOOLCHAIN: &str = "--without-toolchain";

pub(crate) struct Session {
    runtime: Runtime,
    cells: Arc<RustCells>,
    folder: tempfile::TempDir,
    bindings: BTreeMap<String, Binding>,
    /// What the last cell showed while it ran, and when.
    pub(crate) events: Vec<(Duration, Event)>,
}

/// Kept between test runs, as the kernel keeps its own; outside of this workspace, as cargo demands.
fn config(folder: PathBuf) -> Config {
    Config { cache: std::env::temp_dir().join("sdap-rust-cells"), directory: folder, environment: Vec::new() }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

impl Session {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cells = Arc::new(RustCells::new(config(folder.path().to_owned())));
        Self { runtime: runtime(), cells, folder, bindings: BTreeMap::new(), events: Vec::new() }
    }

    fn cell(&self, code: &str) -> RustCell {
        let names = uses(code, self.bindings.keys().map(String::as_str));
        RustCell { code: code.to_owned(), bindings: names.iter().map(|name| self.bindings[name].clone()).collect() }
    }

    fn run(&mut self, code: &str) -> Result<Option<Shown>, CellError> {
        let cell = self.cell(code);
        let cells = Arc::clone(&self.cells);
        let (result, events) = self.runtime.block_on(execute(cells, cell));
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
            let running = tokio::spawn(execute(Arc::clone(&cells), cell));
            tokio::time::sleep(delay).await;
            let at = Instant::now();
            cells.interrupt();
            (running.await.unwrap().0, at.elapsed())
        });
        (result.expect_err(code), waited)
    }

    /// Runs a cell, and gives up waiting for it after `delay`.
    pub(crate) fn abandoned(&mut self, code: &str, delay: Duration) {
        let (cell, cells) = (self.cell(code), Arc::clone(&self.cells));
        let waited = self.runtime.block_on(async { tokio::time::timeout(delay, execute(cells, cell)).await });
        assert!(waited.is_err(), "{code} ended early");
    }

    /// An interrupt while no cell runs.
    pub(crate) fn idle_interrupt(&self) {
        self.cells.interrupt();
    }

    /// Asks for completions while `code` runs; they must be none. Says how long the answer took.
    #[track_caller]
    pub(crate) fn complete_while(&mut self, code: &str, prefix: &str) -> Duration {
        let (cell, cells, asked) = (self.cell(code), Arc::clone(&self.cells), self.cell(prefix));
        self.runtime.block_on(async {
            let running = tokio::spawn(execute(Arc::clone(&cells), cell));
            tokio::time::sleep(Duration::from_millis(300)).await;
            let at = Instant::now();
            let completions = cells.complete(asked, prefix.len()).await;
            let waited = at.elapsed();
            assert!(completions.suggestions.is_empty() && cells.inspect(RustCell::default(), 0).await.is_none());
            running.await.unwrap().0.unwrap();
            waited
        })
    }

    pub(crate) fn complete(&mut self, code: &str) -> Vec<Suggestion> {
        self.runtime.block_on(self.cells.complete(self.cell(code), code.len())).suggestions
    }

    /// Binds a series with these means, as `%sdap` would; each `version` is a file of its own.
    pub(crate) fn bind(&mut self, name: &str, version: u32, means: [f64; 3]) {
        let path = self.folder.path().join(format!("{name} {version}.safetensors"));
        let series = TimeSeries::of_values("GAUGE", "discharge", "m3 s-1", Times::new(vec![0, 86_400, 172_800]), means);
        sdap::save(&Value::Series(series), &path).unwrap();
        self.bindings.insert(name.to_owned(), Binding { name: name.to_owned(), type_name: "TimeSeries".to_owned(), path });
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
            let running = tokio::spawn(execute(Arc::clone(&cells), cell));
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

async fn execute(cells: Arc<RustCells>, cell: RustCell) -> (Result<Option<Shown>, CellError>, Vec<(Duration, Event)>) {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let start = Instant::now();
    let collecting = tokio::spawn(async move {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
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
    let (result, _) = runtime().block_on(execute(cells, RustCell { code: "1".to_owned(), bindings: Vec::new() }));
    let error = result.unwrap_err();
    println!("{}: {}\n{}", error.name, error.value, failure(&error));
}

/// The other processes that are this binary: hosts and runtimes.
pub(crate) fn own_processes() -> Vec<u32> {
    let own = std::env::current_exe().unwrap();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(|pid| *pid != std::process::id() && std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == own)).collect()
}
