//! Runs cells of `%sdap` commands as the kernel does, and waits for them.

use sdap_engine::Engine;
use sdap_magics::{
    Bundle, Config, Fault, Given, Session,
    cell::{Part, split},
};
use sdap_nexus::Nexus;
use std::sync::Arc;

/// A session on the demo catalogue, and the folder that it keeps values in.
pub(crate) struct Bench {
    pub(crate) session: Session,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::asking(Arc::new(Engine::demo()))
    }

    /// The same with another engine inside.
    pub(crate) fn asking(nexus: Arc<dyn Nexus>) -> Self {
        Self::with(nexus, Config::default())
    }

    /// A session on the demo catalogue that begins with this config.
    #[allow(dead_code, reason = "few tests have a config")]
    pub(crate) fn configured(config: Config) -> Self {
        Self::with(Arc::new(Engine::demo()), config)
    }

    fn with(nexus: Arc<dyn Nexus>, config: Config) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let session = Session::new(folder.path(), nexus).configured(config).caching_in(folder.path().join("answers"));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        Self { session, runtime, _folder: folder }
    }

    /// Runs every command of a cell, and returns all that is shown.
    pub(crate) fn run(&self, cell: &str) -> Result<Vec<Bundle>, Fault> {
        self.run_given(cell, &Given::default())
    }

    /// Runs every command of a cell with what it is given.
    pub(crate) fn run_given(&self, cell: &str, given: &Given<'_>) -> Result<Vec<Bundle>, Fault> {
        let mut shown = Vec::new();
        for part in split(cell)? {
            match part {
                Part::Command(command) => shown.extend(self.runtime.block_on(self.session.run(cell, &command, given))?),
                other => panic!("a cell of commands only, not {other:?}"),
            }
        }
        Ok(shown)
    }

    /// Runs the one command of a cell, for whoever drops it before its end.
    #[allow(dead_code, reason = "few tests interrupt anything")]
    pub(crate) async fn running(&self, cell: &str) -> Result<Vec<Bundle>, Fault> {
        match split(cell)?.remove(0) {
            Part::Command(command) => self.session.run(cell, &command, &Given::default()).await,
            other => panic!("a command, not {other:?}"),
        }
    }

    /// What a cell shows as text; panics with its traceback if it fails.
    #[track_caller]
    pub(crate) fn text(&self, cell: &str) -> String {
        match self.run(cell) {
            Ok(shown) => shown.iter().map(Bundle::plain).collect::<Vec<_>>().join("\n"),
            Err(fault) => panic!("{}", plain(&fault, cell)),
        }
    }

    /// The traceback of a cell that fails, without colours.
    #[track_caller]
    pub(crate) fn fault(&self, cell: &str) -> String {
        match self.run(cell) {
            Ok(shown) => panic!("{cell} did not fail, but showed {shown:?}"),
            Err(fault) => plain(&fault, cell),
        }
    }

    /// Waits for a future on the session's runtime.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

fn plain(fault: &Fault, cell: &str) -> String {
    let coloured = fault.traceback(cell).join("\n");
    ["\x1b[1;31m", "\x1b[36m", "\x1b[0m"].iter().fold(coloured, |text, code| text.replace(code, ""))
}
