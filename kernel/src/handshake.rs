//! The handshake by which a kernel tells its launcher the ports it has taken, so that no other process can take them first.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-startup-handshake>.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use zeromq::{DealerSocket, Socket, SocketRecv, SocketSend, ZmqError, ZmqMessage};

use crate::connection::{Connection, Transport};
use crate::wire::{DELIMITER, Key};

/// How long the launcher may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the launcher waits for the ports: a registration file, which a kernel may be given in place of a connection file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Registration {
    kernel_id: String,
    #[serde(default)]
    transport: Transport,
    #[serde(rename = "registration_ip")]
    ip: String,
    #[serde(rename = "registration_port")]
    port: u16,
    #[serde(default)]
    key: String,
    signature_scheme: String,
}

/// Why the launcher does not know the kernel.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The launcher did not acknowledge the ports.
    #[error("the launcher at {0} did not acknowledge the ports of the kernel within {PATIENCE:?}")]
    Timeout(String),
    /// Something answered that does not know the key.
    #[error("what answered at {0} did not sign with the key of the registration file")]
    Stranger(String),
    /// The connection broke.
    #[error("the launcher at {address} cannot be reached: {source}")]
    Unreachable {
        /// Where it should be.
        address: String,
        /// What went wrong.
        source: ZmqError,
    },
}

/// The connection file that the kernel writes for other clients; it goes when the kernel ends.
pub(crate) struct WrittenConnection(PathBuf);

impl Registration {
    /// A connection on free ports, with the launcher's address and key.
    pub(crate) fn connection(&self) -> Connection {
        Connection {
            transport: self.transport,
            ip: self.ip.clone(),
            shell_port: 0,
            iopub_port: 0,
            stdin_port: 0,
            control_port: 0,
            hb_port: 0,
            key: self.key.clone(),
            signature_scheme: self.signature_scheme.clone(),
        }
    }

    /// Tells the launcher the ports, and waits until it acknowledges them.
    pub(crate) async fn register(&self, connection: &Connection, key: &Key) -> Result<(), HandshakeError> {
        let address = self.address();
        match tokio::time::timeout(PATIENCE, exchange(&address, self.introduction(connection), key)).await {
            Err(_) => Err(HandshakeError::Timeout(address)),
            Ok(Err(source)) => Err(HandshakeError::Unreachable { address, source }),
            Ok(Ok(acknowledgement)) if is_signed(&acknowledgement, key) => Ok(()),
            Ok(Ok(_)) => Err(HandshakeError::Stranger(address)),
        }
    }

    /// Writes the connection beside the registration file, so that other clients find the kernel.
    pub(crate) fn write(&self, connection: &Connection, beside: &Path) -> io::Result<WrittenConnection> {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let id: String = self.kernel_id.chars().map(safe).collect();
        let mut path = beside.with_file_name(format!("kernel-{id}.json"));
        if path == beside {
            path = beside.with_file_name(format!("kernel-{id}-connection.json"));
        }
        // It holds the key: for this user only.
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(&serde_json::to_vec_pretty(connection)?)?;
        Ok(WrittenConnection(path))
    }

    fn introduction(&self, connection: &Connection) -> Value {
        json!({
            "kernel_id": self.kernel_id,
            "shell_port": connection.shell_port.to_string(),
            "iopub_port": connection.iopub_port.to_string(),
            "stdin_port": connection.stdin_port.to_string(),
            "control_port": connection.control_port.to_string(),
            "hb_port": connection.hb_port.to_string(),
        })
    }

    fn address(&self) -> String {
        match self.transport {
            Transport::Tcp => format!("tcp://{}:{}", self.ip, self.port),
            Transport::Ipc => format!("ipc://{}-{}", self.ip, self.port),
        }
    }
}

impl Drop for WrittenConnection {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(path = %self.0.display(), %error, "the connection file stays behind");
        }
    }
}

/// Not a full message: a delimiter, a signature, and one part.
async fn exchange(address: &str, introduction: Value, key: &Key) -> Result<ZmqMessage, ZmqError> {
    let content = introduction.to_string();
    let mut message = ZmqMessage::from(Bytes::from_static(DELIMITER));
    message.push_back(key.sign(&[content.as_bytes()]).into());
    message.push_back(content.into());
    let mut socket = DealerSocket::new();
    socket.connect(address).await?;
    socket.send(message).await?;
    socket.recv().await
}

fn is_signed(message: &ZmqMessage, key: &Key) -> bool {
    let frames: Vec<&Bytes> = message.iter().collect();
    matches!(frames.as_slice(), [delimiter, signature, content] if *delimiter == DELIMITER && key.verify(signature, &[content]))
}
