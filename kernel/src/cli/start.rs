//! `start`: runs as a kernel.

use super::Outcome;
use sdap_kernel::{Connection, Kernel, SdapLanguage};
use std::{path::Path, process::ExitCode, sync::Arc, time::Duration};
use tracing_subscriber::EnvFilter;

/// The variable that says what is logged to standard error: `warn` unless it is set, in the syntax of `tracing-subscriber`.
const LOG: &str = "SDAP_LOG";

/// How long a call of the language may go on after the kernel has ended; its threads cannot be stopped from outside.
const LAST_CALLS: Duration = Duration::from_millis(100);

pub(super) fn start(connection_file: &Path) -> Outcome {
    let filter = EnvFilter::try_from_env(LOG).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // The ports are taken first, so that a front end which is already there finds them.
    let kernel = Kernel::bind(Connection::read(connection_file)?)?;
    let language = Arc::new(SdapLanguage::new()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(kernel.run(language));
    runtime.shutdown_timeout(LAST_CALLS);
    ended?;
    Ok(ExitCode::SUCCESS)
}
