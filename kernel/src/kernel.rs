//! A kernel from its first socket to its last message.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use zeromq::{RouterRecvHalf, RouterSocket, Socket, ZmqError};

use crate::connection::Connection;
use crate::execution::Shell;
use crate::history::History;
use crate::language::Language;
use crate::running::{Ended, Running};
use crate::sockets::iopub::IoPub;
use crate::sockets::stdin::Stdin;
use crate::sockets::{Endpoint, Replier, control, heartbeat, shell};
use crate::wire::{Key, KeyError, Session};

/// How long the language may take to end what it started. With the last messages it makes less than a second.
const LANGUAGE_SHUTDOWN: Duration = Duration::from_millis(500);

/// How long a reply that was just handed to a socket may take to leave it.
const LAST_REPLY: Duration = Duration::from_millis(50);

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
    /// A socket cannot be opened.
    #[error("cannot open a socket: {0}")]
    Socket(#[from] ZmqError),
    /// The system refused something else that a kernel needs.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

/// A kernel that listens, and runs once it is given a language.
pub struct Kernel {
    connection: Connection,
    key: Key,
    shell: Endpoint,
    iopub: Endpoint,
    stdin: Endpoint,
    control: Endpoint,
    heartbeat: Endpoint,
}

/// Runs a kernel until a front end or a signal ends it.
///
/// # Errors
/// When the kernel cannot start.
pub async fn run(connection: Connection, language: Arc<dyn Language>) -> Result<Ended, StartError> {
    Kernel::bind(connection)?.run(language).await
}

impl Kernel {
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
        let taken = |endpoint: &Endpoint, port: &mut u16| *port = endpoint.port().unwrap_or(*port);
        taken(&shell, &mut connection.shell_port);
        taken(&iopub, &mut connection.iopub_port);
        taken(&stdin, &mut connection.stdin_port);
        taken(&control, &mut connection.control_port);
        taken(&heartbeat, &mut connection.hb_port);
        Ok(Self { connection, key, shell, iopub, stdin, control, heartbeat })
    }

    /// The connection, with the ports that were taken.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs until a front end or a signal ends it.
    ///
    /// # Errors
    /// When a socket cannot be opened.
    pub async fn run(self, language: Arc<dyn Language>) -> Result<Ended, StartError> {
        let session = Arc::new(Session::new(self.key));
        heartbeat::start(self.heartbeat.share()?)?;
        let (iopub, publisher) = IoPub::start(self.iopub, Arc::clone(&session));
        let (shell_replier, shell_socket) = open(&self.shell).await?;
        let (control_replier, control_socket) = open(&self.control).await?;
        let (stdin_replier, stdin_socket) = open(&self.stdin).await?;
        let stdin = Stdin::new(Arc::clone(&session), stdin_replier);
        let (running, queue) = Running::new(self.connection, session, (iopub.clone(), stdin.clone()), language);
        running.spawn(Shell::new(None, History::MAIN_SESSION).serve(Arc::clone(&running), queue));
        running.spawn(shell::serve(Arc::clone(&running), shell_socket, shell_replier));
        running.spawn(control::serve(Arc::clone(&running), control_socket, control_replier));
        running.spawn(stdin.listen(stdin_socket));
        running.spawn(heed_signals(Arc::clone(&running)));

        let ended = running.ended().await;
        running.interrupt();
        let shutdown = running.call(async |language| language.shutdown().await);
        match tokio::time::timeout(LANGUAGE_SHUTDOWN, shutdown).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the language did not shut down"),
            Err(_) => tracing::error!("the language took more than {LANGUAGE_SHUTDOWN:?} to shut down"),
        }
        iopub.close();
        let ((), published) = tokio::join!(tokio::time::sleep(LAST_REPLY), publisher);
        if let Err(error) = published {
            tracing::error!(%error, "iopub failed");
        }
        running.stop();
        Ok(ended)
    }
}

async fn open(endpoint: &Endpoint) -> Result<(Replier, RouterRecvHalf), StartError> {
    let mut socket = RouterSocket::new();
    socket.bind_listener(endpoint.share()?).await?;
    let (sender, receiver) = socket.split();
    Ok((Replier::new(sender), receiver))
}

/// SIGINT interrupts, for front ends that interrupt by signal; SIGTERM ends the kernel.
async fn heed_signals(running: Arc<Running>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupts, terminations) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (mut interrupts, mut terminations) = match (interrupts, terminations) {
        (Ok(interrupts), Ok(terminations)) => (interrupts, terminations),
        (Err(error), _) | (_, Err(error)) => return tracing::error!(%error, "signals cannot be heeded"),
    };
    loop {
        tokio::select! {
            Some(()) = interrupts.recv() => running.interrupt(),
            Some(()) = terminations.recv() => running.end(Ended { restart: false }),
        }
    }
}
