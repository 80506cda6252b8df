//! Work beside the async threads that stops soon after nobody waits for it any more.

use crate::memory::Memory;
use sdap_nexus::{Error, Meter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What one question carries with it while it is worked on.
#[derive(Clone)]
pub(crate) struct Work {
    stopped: Arc<AtomicBool>,
    bytes: Arc<AtomicU64>,
    /// Counts the chunks to read and those that are read.
    pub(crate) meter: Arc<Meter>,
    pub(crate) memory: Arc<Memory>,
}

impl Work {
    /// Work on the question that is being asked, which may have been lent a meter.
    pub(crate) fn new(memory: Arc<Memory>) -> Self {
        Self { stopped: Arc::default(), bytes: Arc::default(), meter: Meter::current(), memory }
    }

    /// Fails if nobody waits for the answer. Asked once for each chunk.
    ///
    /// # Errors
    /// That the question was dropped, which nobody is left to read.
    pub(crate) fn proceed(&self) -> Result<(), Error> {
        if self.stopped.load(Ordering::Relaxed) { Err(Error::Unsupported("the question was dropped".into())) } else { Ok(()) }
    }

    /// Counts bytes of chunks that were used.
    pub(crate) fn used(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// How many bytes of chunks were used so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Runs `job` where it may block and compute, and waits for it. Dropping the future stops the job at its next chunk.
    ///
    /// # Errors
    /// What the job says, or that it panicked.
    pub(crate) async fn run<T: Send + 'static>(self, job: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
        let guard = StopOnDrop(self.stopped.clone());
        let outcome = tokio::task::spawn_blocking(move || job(&self)).await;
        drop(guard);
        outcome.unwrap_or_else(|failure| Err(Error::Unsupported(format!("the embedded engine failed on this question: {failure}"))))
    }
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn dropping_the_future_stops_the_job_at_its_next_chunk() {
        let work = Work::new(Arc::default());
        let (started, mut starts) = tokio::sync::mpsc::unbounded_channel();
        let (stopped, mut stops) = tokio::sync::mpsc::unbounded_channel();
        let job = work.run(move |work| {
            let _ = started.send(());
            while work.proceed().is_ok() {
                std::thread::sleep(Duration::from_millis(1));
            }
            let _ = stopped.send(());
            Ok(())
        });
        tokio::select! {
            _ = job => panic!("the job ended by itself"),
            _ = starts.recv() => {}
        }
        assert!(tokio::time::timeout(Duration::from_secs(5), stops.recv()).await.is_ok());
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_no_more() {
        let outcome = Work::new(Arc::default()).run(|_| -> Result<(), Error> { panic!("boom") }).await;
        assert!(outcome.unwrap_err().to_string().contains("failed"));
    }
}
