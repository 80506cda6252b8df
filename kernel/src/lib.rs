//! A Jupyter kernel for Apache SDAP NEXUS: the protocol, and the language that cells are written in.
#![forbid(unsafe_code)]

pub mod environment;
