//! The program `sdap-kernel`.
#![forbid(unsafe_code)]

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    cli::CommandLine::parse().command.run().unwrap_or_else(|error| {
        cli::report::error(error.as_ref());
        ExitCode::FAILURE
    })
}
