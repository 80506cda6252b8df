//! `cargo bench -p sdap-kernel --bench protocol`: the protocol beside ipykernel and `evcxr_jupyter`, in the same run.
//!
//! ipykernel is in the private Jupyter environment; `evcxr_jupyter` is the program that the variable of that name in capital
//! letters names, or the one on the search path. This program is also the kernel of the echo language, which is timed
//! where a cell of Rust would time the compiler instead.

#[path = "../protocol/echo.rs"]
mod echo;

use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use sdap_kernel::Kernel;
use sdap_kernel::environment::{Folders, PrivateJupyter};

/// The argument that makes this program a kernel; the connection file follows it.
const AS_KERNEL: &str = "--as-echo-kernel";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [program, kernel, file] = arguments.as_slice()
        && kernel == AS_KERNEL
    {
        return run_echo(Path::new(file)).map_err(|error| format!("{program}: {error}").into());
    }
    let python = PrivateJupyter::new(&Folders::here())?.prepare(&mut |line| eprintln!("{line}"))?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/bench/protocol.py");
    let mut bench = Command::new(python.program);
    bench.arg(script).arg(env!("CARGO_BIN_EXE_sdap-kernel")).arg(std::env::current_exe()?).arg(AS_KERNEL);
    let status = bench.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_echo(file: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    Kernel::from_file(file)?.keep_in(folder.path().to_owned()).run_to_end(Arc::new(echo::Echo::default()))?;
    Ok(ExitCode::SUCCESS)
}
