//! A Jupyter kernel for Apache SDAP NEXUS: the protocol, and the language that cells are written in.
#![forbid(unsafe_code)]

mod comms;
mod connection;
pub mod environment;
mod execution;
mod handshake;
mod history;
mod idle;
mod kernel;
pub mod language;
mod output;
mod overflow;
mod running;
mod sdap_language;
mod signals;
mod sockets;
pub mod wire;
mod work;

pub use connection::{Connection, ConnectionError, Transport};
pub use handshake::HandshakeError;
pub use kernel::{Kernel, StartError};
pub use running::{Ended, HISTORY, PRINTED};
pub use sdap_language::SdapLanguage;
