//! The wire: how a Jupyter message is framed, signed, and read.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#the-wire-protocol>.
//!
//! Its properties are tested with a million messages by `PROPTEST_CASES=1000000 cargo test -p sdap-kernel --lib wire`, in two
//! minutes, and without end by the fuzz target `frames` (see `fuzz/fuzz_targets/frames.rs`).

mod frames;
mod header;
mod position;
mod replies;
mod requests;
mod session;
mod signing;

pub use frames::{Frames, Malformed};
pub use session::{Message, Rejected, Session};
pub use signing::{Key, KeyError};

pub(crate) use frames::DELIMITER;
pub(crate) use header::{Header, Parent};
pub(crate) use position::{byte_offset, code_points};
pub(crate) use replies::{DisplayData, ExecuteReply, ExecuteResult, HistoryReply, InspectReply, KernelInfoReply, Payload, failure};
pub(crate) use requests::{
    CodeRequest, CommCloseRequest, CommInfoRequest, CommMessage, CommOpenRequest, CursorRequest, ExecuteRequest, HistoryAccess,
    HistoryRequest, InputReply, ShutdownRequest, SubshellRequest,
};

/// The version of the messaging protocol that the kernel speaks.
pub const PROTOCOL_VERSION: &str = "5.5";
