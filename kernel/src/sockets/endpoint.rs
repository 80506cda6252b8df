//! An address that the kernel listens on.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use crate::connection::{Connection, Transport};

/// How long to wait before a connection is accepted that could not be just now.
const RETRY: Duration = Duration::from_millis(100);

/// A bound address; over ipc its socket file goes when this goes.
#[derive(Debug)]
pub(crate) enum Endpoint {
    Tcp(TcpListener),
    Ipc { listener: UnixListener, path: PathBuf, port: u16 },
}

impl Endpoint {
    /// Listens on a port of the connection; port 0 takes a free one.
    pub(crate) fn bind(connection: &Connection, port: u16) -> io::Result<Self> {
        match connection.transport {
            Transport::Tcp => {
                let ip = if connection.ip == "*" { "0.0.0.0" } else { &connection.ip };
                Ok(Self::Tcp(TcpListener::bind((ip, port))?))
            }
            Transport::Ipc if port == 0 => {
                let is_free = |port: &u16| !socket_path(connection, *port).exists();
                let port = (1..=u16::MAX).find(is_free).ok_or(io::ErrorKind::AddrInUse)?;
                Self::bind_path(socket_path(connection, port), port)
            }
            Transport::Ipc => Self::bind_path(socket_path(connection, port), port),
        }
    }

    /// The file is bound under another name and then moved to its own, so that it replaces the file of a kernel that died.
    fn bind_path(path: PathBuf, port: u16) -> io::Result<Self> {
        let mut first_name = path.clone().into_os_string();
        first_name.push("~");
        remove_if_there(Path::new(&first_name))?;
        let listener = UnixListener::bind(&first_name)?;
        fs::rename(&first_name, &path)?;
        Ok(Self::Ipc { listener, path, port })
    }

    /// The port taken.
    pub(crate) fn port(&self) -> io::Result<u16> {
        match self {
            Self::Tcp(listener) => Ok(listener.local_addr()?.port()),
            Self::Ipc { port, .. } => Ok(*port),
        }
    }
}

/// An address to accept connections on.
pub(super) enum Listening {
    Tcp(tokio::net::TcpListener),
    Ipc(tokio::net::UnixListener),
}

/// A connection of either kind.
pub(super) type Connected = Box<dyn Duplex>;

/// Both directions of a connection.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Endpoint {
    /// The address to accept connections on. Called where a runtime is at work.
    pub(super) fn listen(&self) -> io::Result<Listening> {
        Ok(match self {
            Self::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                Listening::Tcp(tokio::net::TcpListener::from_std(listener.try_clone()?)?)
            }
            Self::Ipc { listener, .. } => {
                listener.set_nonblocking(true)?;
                Listening::Ipc(tokio::net::UnixListener::from_std(listener.try_clone()?)?)
            }
        })
    }
}

impl Listening {
    /// The next connection. Cancelling the call loses none.
    pub(super) async fn accept(&self) -> Connected {
        loop {
            match self.try_accept().await {
                Ok(stream) => return stream,
                // The connection waits until there is room for it, as when too many files are open.
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted now");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    async fn try_accept(&self) -> io::Result<Connected> {
        Ok(match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Self::Ipc(listener) => Box::new(listener.accept().await?.0),
        })
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Self::Ipc { path, .. } = self
            && let Err(error) = remove_if_there(path)
        {
            tracing::warn!(path = %path.display(), %error, "the socket file stays behind");
        }
    }
}

/// Over ipc, the port is only part of a name.
fn socket_path(connection: &Connection, port: u16) -> PathBuf {
    PathBuf::from(format!("{}-{port}", connection.ip))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
