//! The protocol, tested by a fake front end on real sockets against the echo language.

mod echo;
mod front_end;
mod kernel;
mod raw;
mod wire;

mod comms;
mod control;
mod execution;
mod gate;
mod history;
mod oversized;
mod prompts;
mod questions;
mod start;
mod streams;
