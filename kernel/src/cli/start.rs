//! `start`: this process as a kernel, until a front end, a signal or the end of its parent ends it.

use super::Outcome;
use sdap_kernel::{Connection, Kernel, SdapLanguage, language::Language};
use std::{io::IsTerminal, path::Path, process::ExitCode, sync::Arc, time::Duration};
use tracing_subscriber::EnvFilter;

/// The variable that says what is logged to standard error, in the syntax of `tracing-subscriber`, such as `sdap=debug`.
const LOG: &str = "SDAP_LOG";

/// What is logged unless it is set: the warnings of this program's own crates, and the errors of others.
const USUAL_LOG: &str = "error,sdap=warn";

/// How long a call of the language may go on after the kernel has ended; its threads cannot be stopped from outside.
const LAST_CALLS: Duration = Duration::from_millis(100);

/// Runs the kernel that a connection file describes.
pub(super) fn start(connection_file: &Path) -> Outcome {
    log_to_standard_error();
    // The ports are taken before anything else is set up, so that a front end reaches the kernel at once.
    let kernel = Kernel::bind(Connection::read(connection_file)?)?;
    let language = Arc::new(SdapLanguage::new().map_err(|error| format!("cannot make a run-time folder: {error}"))?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = kernel.run(language.clone()) => ended.map(drop),
            () = orphaned() => {
                language.shutdown().await;
                Ok(())
            }
        }
    });
    runtime.shutdown_timeout(LAST_CALLS);
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// The log goes where the front end's own log goes.
fn log_to_standard_error() {
    let filter = EnvFilter::try_from_env(LOG).unwrap_or_else(|_| EnvFilter::new(USUAL_LOG));
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).init();
}

/// Ends when the front end that started this kernel is gone, and with it everyone who could end the kernel.
///
/// A front end that wants its kernel to end so says that with its process id in `JPY_PARENT_PID`.
#[cfg(unix)]
async fn orphaned() {
    use std::{env, os::unix::process::parent_id, time::Duration};
    let parent = parent_id();
    if env::var_os("JPY_PARENT_PID").is_none() {
        std::future::pending::<()>().await;
    }
    while parent_id() == parent {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    tracing::warn!("the front end is gone; the kernel ends");
}

/// Elsewhere a process is not told of its parent's end.
#[cfg(not(unix))]
async fn orphaned() {
    std::future::pending().await
}
