//! The program `sdap-kernel`.
#![forbid(unsafe_code)]

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    // Where this process was started to run Rust cells, it does that and never returns.
    sdap_rust_cells::runtime_hook();
    cli::CommandLine::parse().command.run().unwrap_or_else(|error| {
        cli::report::error(error.as_ref());
        ExitCode::FAILURE
    })
}
