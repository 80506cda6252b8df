//! How far a question is, for whoever waits for its answer.

use crate::request::Job;
use std::sync::{
    Arc, Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
};

tokio::task_local! {
    static METER: Arc<Meter>;
}

/// Counts the parts of a question, such as chunks of data, where whoever answers knows how many there are.
///
/// Whoever asks lends it to the question, and may read it from anywhere while that is answered:
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use sdap_nexus::Meter;
/// use std::sync::Arc;
/// let meter = Arc::new(Meter::default());
/// let answer = async {
///     Meter::current().expect(4);
///     Meter::current().advance();
/// };
/// meter.clone().lent_to(answer).await;
/// assert_eq!(meter.parts(), Some((1, 4)));
/// # });
/// ```
#[derive(Debug, Default)]
pub struct Meter {
    done: AtomicU64,
    total: AtomicU64,
    stage: Arc<Mutex<Option<String>>>,
    counted: OnceLock<&'static str>,
    jobs: Arc<Mutex<Vec<Job>>>,
}

impl Meter {
    /// The meter that was lent to the question which is being answered; one that nobody reads where none was.
    pub fn current() -> Arc<Self> {
        METER.try_with(Arc::clone).unwrap_or_default()
    }

    /// Waits for the answer to a question, which finds the meter as the [current](Self::current) one.
    pub async fn lent_to<T>(self: Arc<Self>, question: impl Future<Output = T>) -> T {
        METER.scope(self, question).await
    }

    /// A meter for one part of the question, which counts for itself; what it tells is told here too.
    pub(crate) fn of_a_part(&self) -> Arc<Self> {
        Arc::new(Self { stage: self.stage.clone(), jobs: self.jobs.clone(), ..Self::default() })
    }

    /// Says what the parts are, such as windows of time. Who says so first is believed.
    pub fn count_in(&self, parts: &'static str) {
        let _ = self.counted.set(parts);
    }

    /// What the parts are; chunks of data unless someone says otherwise.
    pub fn counted_in(&self) -> &'static str {
        self.counted.get().copied().unwrap_or("chunks")
    }

    /// So many more parts are to be done.
    pub fn expect(&self, parts: usize) {
        self.total.fetch_add(parts as u64, Ordering::Relaxed);
    }

    /// One more part is done.
    pub fn advance(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Tells what is going on, such as that a server failed and will be asked again.
    pub fn say(&self, stage: impl Into<String>) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = Some(stage.into());
    }

    /// Tells of a job that was started for the question, as it is now.
    pub fn hear(&self, job: Job) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        match jobs.iter_mut().find(|known| known.id == job.id) {
            Some(known) => *known = job,
            None => jobs.push(job),
        }
    }

    /// The jobs that were started for the question, as they were when last heard of.
    pub fn jobs(&self) -> Vec<Job> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was told last of what is going on; `None` where nothing is worth telling.
    pub fn stage(&self) -> Option<String> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many parts of how many are done; `None` as long as nobody knows.
    pub fn parts(&self) -> Option<(u64, u64)> {
        let total = self.total.load(Ordering::Relaxed);
        (total > 0).then(|| (self.done.load(Ordering::Relaxed).min(total), total))
    }
}
