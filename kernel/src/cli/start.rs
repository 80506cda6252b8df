//! `start`: this process as a kernel, until a front end, a signal or the end of its parent ends it.

use super::Outcome;
use sdap_kernel::{Kernel, SdapLanguage};
use std::{io::IsTerminal, path::Path, process::ExitCode, sync::Arc};
use tracing_subscriber::EnvFilter;

/// The variable that says what is logged to standard error, in the syntax of `tracing-subscriber`, such as `sdap=debug`.
const LOG: &str = "SDAP_LOG";

/// What is logged unless it is set: the warnings of this program's own crates, and the errors of others.
const USUAL_LOG: &str = "error,sdap=warn";

/// Runs the kernel that a connection file describes.
pub(super) fn start(connection_file: &Path) -> Outcome {
    log_to_standard_error();
    // The ports are taken before anything else is set up, so that a front end reaches the kernel at once.
    let kernel = Kernel::from_file(connection_file)?;
    let language = SdapLanguage::new().map_err(|error| format!("cannot make a run-time folder: {error}"))?;
    kernel.run_to_end(Arc::new(language))?;
    Ok(ExitCode::SUCCESS)
}

/// The log goes where the front end's own log goes.
fn log_to_standard_error() {
    let filter = EnvFilter::try_from_env(LOG).unwrap_or_else(|_| EnvFilter::new(USUAL_LOG));
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).init();
}
