//! Hands the process over to another program, which then gets the signals and gives the exit code.

use super::Outcome;
use std::process::Command;

/// Becomes the program.
#[cfg(unix)]
pub(super) fn become_program(command: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(format!("cannot run {}: {error}", command.get_program().display()).into())
}

/// Runs the program to its end, where a process cannot become another.
#[cfg(not(unix))]
pub(super) fn become_program(command: &mut Command) -> Outcome {
    use std::process::ExitCode;
    let status = command.status().map_err(|error| format!("cannot run {}: {error}", command.get_program().display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
