//! What the user has run, so that front ends can offer it again, in this kernel and in later ones.
//!
//! A thread of its own keeps it, so that no cell and no socket waits for a disk. It is started, and the file opened, when
//! the first cell runs or the history is asked for. Where the file does not serve, a warning says so, and the history is
//! kept in memory. See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#history>.

mod glob;
mod store;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tokio::sync::oneshot;

use crate::language::CellError;
use crate::wire::HistoryRequest;
use store::{Entry, Store, StoreError};

/// The cells run so far, in the order in which they were run.
pub(crate) struct History {
    /// The file; `None` where the history is to be forgotten with the kernel.
    file: Option<PathBuf>,
    keeper: OnceLock<Sender<Task>>,
}

/// What the thread is told. Shells are numbered within this kernel, sessions across all of them.
enum Task {
    Input { shell: usize, count: usize, input: String },
    Output { shell: usize, count: usize, output: String },
    Find { request: HistoryRequest, answer: oneshot::Sender<Result<Vec<Entry>, StoreError>> },
    Close { done: oneshot::Sender<()> },
}

impl History {
    /// The number of the main shell; the subshells have those after it.
    pub(crate) const MAIN_SHELL: usize = 0;

    /// A history in a file, or in memory. Nothing is opened yet.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file, keeper: OnceLock::new() }
    }

    /// Records a cell that is about to run, without the passwords of addresses in it.
    pub(crate) fn add_input(&self, shell: usize, count: usize, input: &str) {
        // A cell may hold an address with a password.
        let input = sdap_magics::covered(input).into_owned();
        self.tell(Task::Input { shell, count, input });
    }

    /// Records the value that a cell had.
    pub(crate) fn add_output(&self, shell: usize, count: usize, output: &str) {
        self.tell(Task::Output { shell, count, output: output.to_owned() });
    }

    /// The entries that a request asks for, oldest first: session, number, and input, or input and output.
    pub(crate) async fn find(&self, request: HistoryRequest) -> Result<Vec<Entry>, CellError> {
        let (answer, found) = oneshot::channel();
        self.tell(Task::Find { request, answer });
        let failed = |why: String| CellError::new("HistoryError", format!("the history cannot be searched: {why}"));
        match found.await {
            Ok(found) => found.map_err(|error| failed(error.to_string())),
            Err(_) => Err(failed("the thread that keeps it has ended; the log says why".to_owned())),
        }
    }

    /// Waits until all is written, and closes the file.
    pub(crate) async fn close(&self) {
        if self.keeper.get().is_some() {
            let (done, closed) = oneshot::channel();
            self.tell(Task::Close { done });
            // An error means that the thread has ended, and so the file is closed.
            closed.await.ok();
        }
    }

    fn tell(&self, task: Task) {
        let keeper = self.keeper.get_or_init(|| {
            let (keeper, tasks) = channel();
            let file = self.file.clone();
            if let Err(error) = thread::Builder::new().name("history".to_owned()).spawn(move || Keeper::new(file).serve(&tasks)) {
                tracing::warn!(%error, "there is no history, since its thread cannot be started");
            }
            keeper
        });
        // Without the thread nothing is kept; the log has said so.
        keeper.send(task).ok();
    }
}

/// The thread that keeps the history.
struct Keeper {
    file: Option<PathBuf>,
    store: Option<Store>,
    /// The session of each shell that has run a cell.
    sessions: HashMap<usize, i64>,
}

impl Keeper {
    fn new(file: Option<PathBuf>) -> Self {
        Self { file, store: None, sessions: HashMap::new() }
    }

    fn serve(mut self, tasks: &Receiver<Task>) {
        while let Ok(task) = tasks.recv() {
            let result = match task {
                Task::Input { shell, count, input } => self.with_store(|store, sessions| {
                    let session = match sessions.get(&shell) {
                        Some(session) => *session,
                        None => *sessions.entry(shell).or_insert(store.begin()?),
                    };
                    store.add_input(session, count, &input)
                }),
                Task::Output { shell, count, output } => self.with_store(|store, sessions| match sessions.get(&shell) {
                    Some(session) => store.add_output(*session, count, &output),
                    None => Ok(()),
                }),
                Task::Find { request, answer } => {
                    let found = self.with_store(|store, sessions| store.find(&request, sessions.get(&History::MAIN_SHELL).copied()));
                    // Whoever asked may be gone.
                    answer.send(found).ok();
                    Ok(())
                }
                Task::Close { done } => {
                    self.store = None;
                    done.send(()).ok();
                    return;
                }
            };
            if let Err(error) = result {
                tracing::warn!(%error, "a cell is missing from the history");
            }
        }
    }

    /// Does something with the store; with one in memory, from then on, where the file fails.
    fn with_store<T>(&mut self, work: impl Fn(&Store, &mut HashMap<usize, i64>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if let Some(file) = &self.file {
            let opened = match self.store.take() {
                Some(store) => Ok(store),
                None => Store::open(file),
            };
            match opened.and_then(|store| Ok((work(&store, &mut self.sessions)?, store))) {
                Ok((result, store)) => {
                    self.store = Some(store);
                    return Ok(result);
                }
                Err(error) => tracing::warn!(
                    file = %file.display(), %error,
                    "the history cannot be kept in its file, so this kernel keeps its own in memory; if the file is damaged, remove it"
                ),
            }
            self.file = None;
            self.sessions.clear();
        }
        let store = match self.store.take() {
            Some(store) => store,
            None => Store::in_memory()?,
        };
        let result = work(&store, &mut self.sessions);
        self.store = Some(store);
        result
    }
}

#[cfg(test)]
mod tests;
