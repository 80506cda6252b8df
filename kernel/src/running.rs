//! What the parts of a running kernel share, and the way every request is answered: busy, reply, idle.

use std::any::Any;
use std::collections::HashMap;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jupyter_protocol::ShutdownReply;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::comms::Comms;
use crate::connection::Connection;
use crate::execution::Shell;
use crate::history::History;
use crate::language::{CellError, Language};
use crate::sockets::Request;
use crate::sockets::iopub::IoPub;
use crate::sockets::stdin::Stdin;
use crate::wire::{KernelInfoReply, Session, ShutdownRequest, failure};
use crate::work::Work;

/// The file of the history, in the folder for what outlives the kernel.
pub const HISTORY: &str = "history.sqlite";

/// The folder there for what cells print beyond what can be shown.
pub const PRINTED: &str = "printed";

/// How a kernel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether the front end is about to start it again.
    pub restart: bool,
}

/// A running kernel.
pub(crate) struct Running {
    pub(crate) connection: Connection,
    pub(crate) session: Arc<Session>,
    pub(crate) iopub: IoPub,
    pub(crate) stdin: Stdin,
    pub(crate) history: History,
    /// The folder for what cells print beyond what can be shown.
    pub(crate) printed: Option<PathBuf>,
    pub(crate) comms: Arc<Comms>,
    pub(crate) work: Work,
    language: Arc<dyn Language>,
    main_shell: mpsc::UnboundedSender<Request>,
    subshells: Mutex<HashMap<String, mpsc::UnboundedSender<Request>>>,
    subshells_made: AtomicUsize,
    requests: AtomicUsize,
    /// The parent of the tokens of all cells that run; replaced at each interrupt.
    interrupt: Mutex<CancellationToken>,
    ended: watch::Sender<Option<Ended>>,
    /// Cancelled when all tasks are to stop.
    stopped: CancellationToken,
}

impl Running {
    /// A kernel that keeps what outlives it in a folder, and the queue of its main shell.
    pub(crate) fn new(
        connection: Connection,
        session: Arc<Session>,
        (iopub, stdin): (IoPub, Stdin),
        folder: Option<&Path>,
        language: Arc<dyn Language>,
    ) -> (Arc<Self>, mpsc::UnboundedReceiver<Request>) {
        let (main_shell, queue) = mpsc::unbounded_channel();
        let running = Self {
            connection,
            session,
            comms: Arc::new(Comms::new(iopub.clone())),
            work: Work::new(iopub.clone()),
            iopub,
            stdin,
            history: History::new(folder.map(|folder| folder.join(HISTORY))),
            printed: folder.map(|folder| folder.join(PRINTED)),
            language,
            main_shell,
            subshells: Mutex::default(),
            subshells_made: AtomicUsize::new(0),
            requests: AtomicUsize::new(0),
            interrupt: Mutex::default(),
            ended: watch::Sender::new(None),
            stopped: CancellationToken::new(),
        };
        (Arc::new(running), queue)
    }

    /// Starts a task that lives no longer than the kernel.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(self.stopped.clone().run_until_cancelled_owned(task));
    }

    /// Stops all tasks.
    pub(crate) fn stop(&self) {
        self.stopped.cancel();
    }

    /// Calls the language on a thread where it may block. A panic there becomes an error.
    pub(crate) async fn call<T, F>(&self, call: impl FnOnce(Arc<dyn Language>) -> F + Send + 'static) -> Result<T, CellError>
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let (language, runtime) = (Arc::clone(&self.language), tokio::runtime::Handle::current());
        let called = tokio::task::spawn_blocking(move || runtime.block_on(call(language))).await;
        called.map_err(|failure| match failure.try_into_panic() {
            Ok(panic) => CellError::new("KernelPanic", format!("the kernel made a mistake: {}", panic_message(&*panic))),
            Err(_) => CellError::interrupted(),
        })
    }

    /// Answers a request with what the handler makes of its content: busy, the reply, idle.
    pub(crate) async fn answer<C, R, F>(&self, request: &Request, handle: impl FnOnce(C) -> F)
    where
        C: DeserializeOwned,
        R: Serialize,
        F: Future<Output = Result<R, CellError>>,
    {
        let parent = request.message.as_parent();
        self.work.begin(&parent);
        let result = match request.message.content() {
            Ok(content) => handle(content).await,
            Err(error) => Err(Self::unreadable(request, &error)),
        };
        match result {
            Ok(reply) => self.reply(request, &reply),
            Err(error) => self.reply(request, &failure(&error)),
        }
        self.work.end(&parent);
    }

    /// Replies to a request.
    pub(crate) fn reply(&self, request: &Request, content: &impl Serialize) {
        self.reply_with(request, &json!({}), content);
    }

    /// Replies to a request, with metadata.
    pub(crate) fn reply_with(&self, request: &Request, metadata: &Value, content: &impl Serialize) {
        let message = &request.message;
        let kind = message.header.kind.replace("_request", "_reply");
        let parent = message.as_parent();
        let frames = self.session.message_with(message.identities.clone(), &kind, &parent, metadata, content, Vec::new());
        if let Err(error) = request.replier.send(frames) {
            tracing::warn!(kind, %error, "a reply went nowhere");
        }
    }

    /// The error for a request whose content is not what its kind calls for.
    pub(crate) fn unreadable(request: &Request, error: &serde_json::Error) -> CellError {
        CellError::new("InvalidRequest", format!("the content of this {} cannot be read: {error}", request.message.header.kind))
    }

    /// Answers `kernel_info_request`, which both shell and control do.
    pub(crate) async fn kernel_info(&self, request: &Request) {
        self.answer(request, async |_: Value| Ok(KernelInfoReply::from(self.language.about()))).await;
    }

    /// Answers `shutdown_request`, which both shell and control do, and ends the kernel.
    pub(crate) async fn shutdown(&self, request: &Request) {
        let reply = |restart| ShutdownReply { restart, ..ShutdownReply::default() };
        self.answer(request, async |content: ShutdownRequest| {
            self.iopub.send("shutdown_reply", &request.message.as_parent(), &reply(content.restart));
            Ok(reply(content.restart))
        })
        .await;
        let restart = request.message.content().is_ok_and(|content: ShutdownRequest| content.restart);
        self.end(Ended { restart });
    }

    /// Ends the kernel.
    pub(crate) fn end(&self, ended: Ended) {
        self.ended.send_replace(Some(ended));
    }

    /// Waits until the kernel is to end.
    pub(crate) async fn ended(&self) -> Ended {
        let mut ended = self.ended.subscribe();
        // The sender is part of `self`, so it cannot be gone.
        let ended = ended.wait_for(Option::is_some).await.ok().and_then(|ended| *ended);
        ended.unwrap_or(Ended { restart: false })
    }

    /// The token of a cell that begins.
    pub(crate) fn interrupt_token(&self) -> CancellationToken {
        self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).child_token()
    }

    /// Interrupts all cells that run.
    pub(crate) fn interrupt(&self) {
        let mut token = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut *token).cancel();
    }

    /// Notes that a request has come in on the shell socket.
    pub(crate) fn note_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests have come in on the shell socket.
    pub(crate) fn requests_received(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// The queue of a subshell, or of the main shell; `None` if there is no such subshell.
    pub(crate) fn shell(&self, subshell: Option<&str>) -> Option<mpsc::UnboundedSender<Request>> {
        match subshell {
            None => Some(self.main_shell.clone()),
            Some(id) => self.subshells().get(id).cloned(),
        }
    }

    /// Makes a subshell and gives its id.
    pub(crate) fn create_subshell(self: &Arc<Self>) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        let number = self.subshells_made.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, queue) = mpsc::unbounded_channel();
        let shell = Shell::new(Some(id.clone()), History::MAIN_SHELL + number);
        self.spawn(shell.serve(Arc::clone(self), queue));
        self.subshells().insert(id.clone(), sender);
        id
    }

    /// Ends a subshell once it has run what it has queued; false if there is no such subshell.
    pub(crate) fn delete_subshell(&self, id: &str) -> bool {
        self.subshells().remove(id).is_some()
    }

    /// The ids of the subshells.
    pub(crate) fn list_subshells(&self) -> Vec<String> {
        self.subshells().keys().cloned().collect()
    }

    fn subshells(&self) -> MutexGuard<'_, HashMap<String, mpsc::UnboundedSender<Request>>> {
        self.subshells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it gave no reason".to_owned())
}
