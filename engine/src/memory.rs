//! The memory that an engine takes for its questions.

use crate::cache::ChunkCache;
use crate::dataset::Variable;
use crate::work::Work;
use sdap_nexus::Error;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What an engine takes where nobody says, in bytes.
pub(crate) const DEFAULT: usize = 1 << 30;

/// How often a question that waits for room looks whether anybody still waits for its answer.
const LOOK: Duration = Duration::from_millis(50);

/// A number of bytes, shared by all questions: one half keeps decoded chunks for the next question, the other is worked in.
pub(crate) struct Memory {
    pub(crate) cache: ChunkCache,
    workroom: usize,
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Memory {
    /// That many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { cache: ChunkCache::of(bytes / 2), workroom: bytes - bytes / 2, taken: Mutex::new(0), freed: Condvar::new() }
    }

    /// Takes room for at least one share of so many bytes, and for at most `most`. Waits while other questions have it; a
    /// question must give back what it has before it takes more.
    ///
    /// # Errors
    /// If one share is more than there is, or nobody waits for the answer any more.
    pub(crate) fn reserve(&self, share: usize, most: usize, variable: &Variable, work: &Work) -> Result<Room<'_>, Error> {
        if share > self.workroom {
            return Err(self.too_little(share, variable));
        }
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            work.proceed()?;
            let shares = ((self.workroom - *taken) / share.max(1)).min(most);
            if shares > 0 {
                *taken += shares * share;
                return Ok(Room { memory: self, shares, bytes: shares * share });
            }
            taken = self.freed.wait_timeout(taken, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn too_little(&self, share: usize, variable: &Variable) -> Error {
        let chunk = variable.chunks.chunk_shape();
        let lengths = chunk.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        let bytes = chunk.iter().fold(variable.chunks.kind().size(), |bytes, length| bytes.saturating_mul(*length));
        // As much again is kept for decoded chunks.
        let enough = share.saturating_mul(2).div_ceil(1 << 20);
        Error::Invalid(format!(
            "{} of {} is kept in chunks of {lengths} cells, {} each, so that this question takes {} at once; that is more than half of \
             the engine's memory, {}: set it to {enough}MiB or more (serve --memory, SDAP_MEMORY or `memory` in the configuration), or \
             keep the dataset in smaller chunks",
            variable.name,
            variable.dataset,
            megabytes(bytes),
            megabytes(share),
            megabytes(self.cache.most() + self.workroom),
        ))
    }
}

fn megabytes(bytes: usize) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(DEFAULT)
    }
}

/// Room that a question works in. It is given back when this is dropped.
pub(crate) struct Room<'a> {
    memory: &'a Memory,
    shares: usize,
    bytes: usize,
}

impl Room<'_> {
    /// How many shares there is room for; at least one.
    pub(crate) fn shares(&self) -> usize {
        self.shares
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        *self.memory.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.memory.freed.notify_all();
    }
}
