//! The program `sdap-kernel`.
#![forbid(unsafe_code)]

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Where this program was started to compile or run Rust cells, it does so here and goes no further.
    sdap_rust_cells::runtime_hook();
    cli::CommandLine::parse().command.run().unwrap_or_else(|error| {
        cli::report::error(error.as_ref());
        ExitCode::FAILURE
    })
}
