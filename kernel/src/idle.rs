//! A kernel that has nothing to do lets its language prepare for what may come.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::running::Running;

/// How long nothing must have been asked. Whoever runs a notebook from its first cell to its last leaves no such pause.
const PAUSE: Duration = Duration::from_millis(400);

/// Where Linux says how many threads want to run, as in `0.20 0.18 0.12 1/80 11206`.
const LOAD: &str = "/proc/loadavg";

/// Waits for a pause, and for a processor that nobody else needs, and has the language prepare.
pub(crate) async fn prepare(running: Arc<Running>) {
    loop {
        let before = running.requests_received();
        tokio::time::sleep(PAUSE).await;
        if before == running.requests_received() && running.work.is_at_rest() && has_free_processor() {
            break;
        }
    }
    running.call(async |language| language.prepare().await).await.ok();
}

/// Whether fewer threads want to run on this machine than it has processors; where that is not told, it is taken to be so.
fn has_free_processor() -> bool {
    let wanting = fs::read_to_string(LOAD).ok().and_then(|load| wanting(&load));
    // This thread is one of them.
    wanting.is_none_or(|wanting| wanting <= thread::available_parallelism().map_or(1, usize::from))
}

fn wanting(load: &str) -> Option<usize> {
    load.split_whitespace().nth(3)?.split_once('/')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threads_that_want_to_run_are_counted() {
        assert_eq!(wanting("0.20 0.18 0.12 3/80 11206\n"), Some(3));
        assert_eq!(wanting("nothing"), None);
    }
}
