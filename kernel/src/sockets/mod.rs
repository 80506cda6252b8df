//! The five sockets of a kernel, one file each.

pub(crate) mod control;
mod endpoint;
pub(crate) mod heartbeat;
pub(crate) mod iopub;
mod pace;
mod queue;
mod replier;
pub(crate) mod shell;
pub(crate) mod stdin;
mod subscriber;
mod zmtp;

pub(crate) use endpoint::Endpoint;
pub(crate) use replier::{Replier, Request, receive};
