//! `cargo bench -p sdap-kernel --bench latency`: the kernel beside ipykernel, in the private Jupyter environment.

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let environment = match sdap_kernel::environment::private() {
        Ok(environment) => environment,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/bench/latency.py");
    match Command::new(environment.python()).arg(script).arg(env!("CARGO_BIN_EXE_sdap-kernel")).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
