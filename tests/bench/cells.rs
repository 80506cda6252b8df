//! `cargo bench -p sdap-kernel --bench cells`: Rust cells beside `evcxr_jupyter`, in the same run.
//!
//! `evcxr_jupyter` is the program that the variable of that name in capital letters names, or the one on the search path.

use sdap_kernel::environment::{Folders, PrivateJupyter};
use std::{
    error::Error,
    process::{Command, ExitCode},
};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let python = PrivateJupyter::new(&Folders::here())?.prepare(&mut |line| eprintln!("{line}"))?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/bench/cells.py");
    let status = Command::new(python.program).arg(script).arg(env!("CARGO_BIN_EXE_sdap-kernel")).status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
