//! The five sockets of a kernel, one file each.

pub(crate) mod control;
mod endpoint;
pub(crate) mod heartbeat;
pub(crate) mod iopub;
mod outbox;
mod pace;
mod queue;
mod router;
pub(crate) mod shell;
pub(crate) mod stdin;
mod subscriber;
mod zmtp;

pub(crate) use endpoint::Endpoint;
pub(crate) use router::{Replier, Request, Requests, open};
