//! What the system tells a kernel: signals, and that whoever started it is gone.

use std::os::unix::process::parent_id;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use crate::running::{Ended, Running};

/// Jupyter sets this to the process that starts a kernel; that one is then expected to end it.
const PARENT: &str = "JPY_PARENT_PID";

/// How often to see whether that process is still there.
const PARENT_CHECK: Duration = Duration::from_secs(1);

/// SIGINT interrupts, for front ends that interrupt by signal; SIGTERM ends the kernel.
pub(crate) async fn heed(running: Arc<Running>) {
    let (interrupts, terminations) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (mut interrupts, mut terminations) = match (interrupts, terminations) {
        (Ok(interrupts), Ok(terminations)) => (interrupts, terminations),
        (Err(error), _) | (_, Err(error)) => return tracing::error!(%error, "signals cannot be heeded"),
    };
    loop {
        tokio::select! {
            Some(()) = interrupts.recv() => running.interrupt(),
            Some(()) = terminations.recv() => running.end(Ended { restart: false }),
        }
    }
}

/// Ends the kernel when the process that started it has died without ending it, so that none is left behind.
pub(crate) async fn watch_parent(running: Arc<Running>) {
    if std::env::var_os(PARENT).is_none() {
        return;
    }
    let parent = parent_id();
    while parent_id() == parent {
        tokio::time::sleep(PARENT_CHECK).await;
    }
    tracing::warn!(parent, "the process that started the kernel is gone");
    running.end(Ended { restart: false });
}
