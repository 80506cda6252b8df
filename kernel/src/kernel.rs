//! A kernel from its first socket to its last message.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::connection::{Connection, ConnectionError, Start};
use crate::environment::Folders;
use crate::execution::Shell;
use crate::handshake::{HandshakeError, Registration, WrittenConnection};
use crate::history::History;
use crate::idle;
use crate::language::Language;
use crate::running::{Ended, Running};
use crate::signals;
use crate::sockets::iopub::IoPub;
use crate::sockets::stdin::Stdin;
use crate::sockets::{Endpoint, control, heartbeat, open, shell};
use crate::wire::{Key, KeyError, Session};

/// The threads that serve the sockets; what the language does has threads of its own.
const WORKERS: usize = 2;

/// How long the language may take to end what it started. With the last messages it makes less than a second.
const LANGUAGE_SHUTDOWN: Duration = Duration::from_millis(500);

/// How long the cells that run may take to heed the interrupt, once the language has shut down.
const CELLS_SHUTDOWN: Duration = Duration::from_millis(50);

/// How long the last cells may take to get into the history.
const HISTORY_SHUTDOWN: Duration = Duration::from_millis(300);

/// Why a kernel cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Messages cannot be signed as the connection asks.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A socket has no address to listen on.
    #[error("cannot listen on {ip} port {port} for {channel}: {source}")]
    Bind {
        /// What the socket is for.
        channel: &'static str,
        /// The address.
        ip: String,
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The file given at the start is neither a connection file nor a registration file.
    #[error(transparent)]
    File(#[from] ConnectionError),
    /// The launcher was not told the ports.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The system refused something else that a kernel needs.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// A kernel that listens, and runs once it is given a language.
pub struct Kernel {
    connection: Connection,
    key: Key,
    launcher: Option<Launcher>,
    folder: Option<PathBuf>,
    shell: Endpoint,
    iopub: Endpoint,
    stdin: Endpoint,
    control: Endpoint,
    heartbeat: Endpoint,
}

/// A launcher that waits to be told the ports.
struct Launcher {
    registration: Registration,
    file: PathBuf,
}

impl Kernel {
    /// Listens as a file says that a front end gives to a kernel it starts: a connection file, or a registration file, in
    /// which case the kernel chooses the ports and tells them once it runs.
    ///
    /// # Errors
    /// When the file is neither, and as [`Kernel::bind`].
    pub fn from_file(path: &Path) -> Result<Self, StartError> {
        match Start::read(path)? {
            Start::Connection(connection) => Self::bind(connection),
            Start::Registration(registration) => {
                let mut kernel = Self::bind(registration.connection())?;
                kernel.launcher = Some(Launcher { registration, file: path.to_owned() });
                Ok(kernel)
            }
        }
    }

    /// Listens on the ports of the connection; in place of port 0, on a free one. Needs no runtime.
    ///
    /// # Errors
    /// When a port is taken, or messages cannot be signed as the connection asks.
    pub fn bind(mut connection: Connection) -> Result<Self, StartError> {
        let key = connection.signing_key()?;
        let bind = |channel, port: u16| {
            let ip = connection.ip.clone();
            Endpoint::bind(&connection, port).map_err(|source| StartError::Bind { channel, ip, port, source })
        };
        let shell = bind("shell", connection.shell_port)?;
        let iopub = bind("iopub", connection.iopub_port)?;
        let stdin = bind("stdin", connection.stdin_port)?;
        let control = bind("control", connection.control_port)?;
        let heartbeat = bind("heartbeat", connection.hb_port)?;
        connection.shell_port = shell.port()?;
        connection.iopub_port = iopub.port()?;
        connection.stdin_port = stdin.port()?;
        connection.control_port = control.port()?;
        connection.hb_port = heartbeat.port()?;
        Ok(Self { connection, key, launcher: None, folder: Folders::here().cache().ok(), shell, iopub, stdin, control, heartbeat })
    }

    /// Keeps the history, and what cells print beyond what can be shown, in this folder rather than in the user's cache.
    #[must_use]
    pub fn keep_in(mut self, folder: PathBuf) -> Self {
        self.folder = Some(folder);
        self
    }

    /// The connection, with the ports that were taken.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs on a runtime of its own until a front end or a signal ends it. A cell that does not heed its interrupt is left
    /// behind: the process may end at once.
    ///
    /// # Errors
    /// As [`Kernel::run`].
    pub fn run_to_end(self, language: Arc<dyn Language>) -> Result<Ended, StartError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
        let ended = runtime.block_on(self.run(language));
        runtime.shutdown_background();
        ended
    }

    /// Runs until a front end or a signal ends it.
    ///
    /// # Errors
    /// When a socket cannot be opened, or the launcher does not acknowledge the ports.
    pub async fn run(self, language: Arc<dyn Language>) -> Result<Ended, StartError> {
        let session = Arc::new(Session::new(self.key.clone()));
        heartbeat::start(&self.heartbeat)?;
        let (iopub, publisher) = IoPub::start(self.iopub, Arc::clone(&session));
        let (shell, shell_requests, shell_task) = open(&self.shell)?;
        let (control, control_requests, control_task) = open(&self.control)?;
        let (asker, answers, stdin_task) = open(&self.stdin)?;
        let stdin = Stdin::new(Arc::clone(&session), asker.clone());
        let (running, queue) = Running::new(self.connection, session, (iopub.clone(), stdin.clone()), self.folder.as_deref(), language);
        running.spawn(Shell::new(None, History::MAIN_SHELL).serve(Arc::clone(&running), queue));
        running.spawn(shell::serve(Arc::clone(&running), shell_requests, shell.clone()));
        running.spawn(control::serve(Arc::clone(&running), control_requests, control.clone()));
        running.spawn(stdin.listen(answers));
        running.spawn(signals::heed(Arc::clone(&running)));
        running.spawn(signals::watch_parent(Arc::clone(&running)));
        running.spawn(idle::prepare(Arc::clone(&running)));
        let _written = match &self.launcher {
            Some(launcher) => Some(launcher.introduce(&running.connection, &self.key).await?),
            None => None,
        };

        let ended = running.ended().await;
        running.interrupt();
        let shutdown = running.call(async |language| language.shutdown().await);
        match tokio::time::timeout(LANGUAGE_SHUTDOWN, shutdown).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the language did not shut down"),
            Err(_) => tracing::error!("the language took more than {LANGUAGE_SHUTDOWN:?} to shut down"),
        }
        if tokio::time::timeout(CELLS_SHUTDOWN, running.work.rests()).await.is_err() {
            tracing::warn!("a cell that does not heed its interrupt is left behind");
        }
        iopub.close();
        for socket in [shell, control, asker] {
            socket.close();
        }
        let history = tokio::time::timeout(HISTORY_SHUTDOWN, running.history.close());
        let (iopub, shell, control, stdin, written) = tokio::join!(publisher, shell_task, control_task, stdin_task, history);
        for error in [iopub, shell, control, stdin].into_iter().filter_map(Result::err) {
            tracing::error!(%error, "a socket failed");
        }
        if written.is_err() {
            tracing::warn!("the last cells may be missing from the history, which took more than {HISTORY_SHUTDOWN:?} to write");
        }
        running.stop();
        Ok(ended)
    }
}

impl Launcher {
    /// Tells the ports, and leaves a connection file for other clients.
    async fn introduce(&self, connection: &Connection, key: &Key) -> Result<Option<WrittenConnection>, HandshakeError> {
        self.registration.register(connection, key).await?;
        let written = self.registration.write(connection, &self.file);
        Ok(written.inspect_err(|error| tracing::warn!(%error, "no connection file is written")).ok())
    }
}
