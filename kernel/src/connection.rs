//! The connection file: where the kernel listens, and the key that signs its messages.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::handshake::Registration;
use crate::wire::{Key, KeyError};

/// Where a kernel listens, as a front end writes it into a connection file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// How the sockets are reached.
    #[serde(default)]
    pub transport: Transport,
    /// The address of the sockets; over ipc the common beginning of their paths.
    pub ip: String,
    /// Execution, completion and the like.
    pub shell_port: u16,
    /// What cells print and show.
    pub iopub_port: u16,
    /// Prompts for the user.
    pub stdin_port: u16,
    /// Interrupts and shutdown.
    pub control_port: u16,
    /// The echo by which a front end knows that the kernel lives.
    pub hb_port: u16,
    /// The key that signs messages; empty for none.
    #[serde(default)]
    pub key: String,
    /// How messages are signed.
    #[serde(default = "default_scheme")]
    pub signature_scheme: String,
}

/// How the sockets are reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// `tcp://IP:PORT`
    #[default]
    Tcp,
    /// A socket file `IP-PORT`.
    Ipc,
}

/// Why a connection file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The file cannot be opened.
    #[error("cannot read the connection file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not what a front end writes.
    #[error("{} is neither a Jupyter connection file nor a registration file: {source}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// What a kernel is given when it is started.
#[derive(Debug)]
pub(crate) enum Start {
    /// The ports to listen on.
    Connection(Connection),
    /// Where to tell the ports that the kernel takes.
    Registration(Registration),
}

impl Start {
    /// Reads the file that a front end gives to a kernel it starts.
    pub(crate) fn read(path: &Path) -> Result<Self, ConnectionError> {
        let text = fs::read(path).map_err(|source| ConnectionError::Unreadable { path: path.to_owned(), source })?;
        let invalid = |source| ConnectionError::Invalid { path: path.to_owned(), source };
        let json: Value = serde_json::from_slice(&text).map_err(invalid)?;
        if json.get("registration_port").is_some() {
            return serde_json::from_value(json).map(Self::Registration).map_err(invalid);
        }
        serde_json::from_value(json).map(Self::Connection).map_err(invalid)
    }
}

impl Connection {
    /// The key that signs messages.
    ///
    /// # Errors
    /// When messages are to be signed in a way the kernel does not know.
    pub fn signing_key(&self) -> Result<Key, KeyError> {
        Key::new(&self.signature_scheme, &self.key)
    }
}

fn default_scheme() -> String {
    "hmac-sha256".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn a_connection_file_is_read_with_whatever_else_it_holds() {
        let file = file(
            r#"{"shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"ip":"127.0.0.1","key":"k",
               "transport":"tcp","signature_scheme":"hmac-sha256","kernel_name":"sdap","jupyter_session":"x.ipynb"}"#,
        );
        let Start::Connection(connection) = Start::read(file.path()).unwrap() else { panic!("it registers nothing") };
        assert_eq!((connection.shell_port, connection.hb_port, connection.transport), (1, 5, Transport::Tcp));
        assert_eq!(connection.key, "k");
    }

    #[test]
    fn a_file_without_a_port_says_which_one() {
        let file = file(r#"{"ip":"127.0.0.1","shell_port":1}"#);
        let error = Start::read(file.path()).unwrap_err().to_string();
        assert!(error.contains("is neither a Jupyter connection file nor a registration file: missing field `iopub_port`"), "{error}");
    }

    #[test]
    fn a_registration_file_is_known_by_its_port() {
        let file =
            file(r#"{"kernel_id":"k","registration_ip":"127.0.0.1","registration_port":7,"key":"","signature_scheme":"hmac-sha256"}"#);
        assert!(matches!(Start::read(file.path()).unwrap(), Start::Registration(_)));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Start::read(Path::new("/nowhere/kernel.json")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read the connection file /nowhere/kernel.json: "), "{error}");
    }
}
