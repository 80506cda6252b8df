//! The program `sdap-kernel`.
#![forbid(unsafe_code)]

mod cli;

use clap::Parser;
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Columns and pictures of megabytes come and go with every question. The system's allocator gets them from the system anew each
/// time, page by page, which takes longer than filling them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // Where this process was started to run Rust cells, it does that and never returns.
    sdap_rust_cells::runtime_hook();
    cli::CommandLine::parse().command.run().unwrap_or_else(|error| {
        cli::report::error(error.as_ref());
        ExitCode::FAILURE
    })
}
