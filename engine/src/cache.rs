//! Decoded chunks, kept for the next question within a bound.

use crate::chunks::Chunk;
use crate::dataset::Variable;
use crate::work::Work;
use sdap_nexus::Error;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A variable and a chunk of it.
type Key = (u64, Vec<usize>);

/// The most recently used chunks, up to a number of bytes.
pub(crate) struct ChunkCache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    chunks: HashMap<Key, (Chunk, u64)>,
    bytes: usize,
    /// Counts uses, so that each chunk knows when it was last wanted.
    clock: u64,
}

impl ChunkCache {
    /// One that keeps at most that many bytes of decoded chunks.
    pub(crate) fn of(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    fn find(&self, key: &Key) -> Option<Chunk> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let (chunk, used) = kept.chunks.get_mut(key)?;
        *used = now;
        Some(chunk.clone())
    }

    /// Keeps a chunk unless it would drive out most others; drops those unused for longest.
    fn keep(&self, key: Key, chunk: &Chunk) {
        let size = chunk.bytes();
        if size > self.most / 4 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        if kept.chunks.insert(key, (chunk.clone(), now)).is_none() {
            kept.bytes += size;
        }
        while kept.bytes > self.most {
            let Some(oldest) = kept.chunks.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone()) else { break };
            if let Some((chunk, _)) = kept.chunks.remove(&oldest) {
                kept.bytes -= chunk.bytes();
            }
        }
    }
}

impl Variable {
    /// One chunk, from the cache or decoded now; `at` counts chunks along each dimension.
    ///
    /// # Errors
    /// If the chunk is broken, or nobody waits for the answer any more.
    pub(crate) fn chunk(&self, at: &[usize], work: &Work) -> Result<Chunk, Error> {
        work.proceed()?;
        let key = (self.id, at.to_vec());
        let chunk = if let Some(chunk) = work.memory.cache.find(&key) {
            chunk
        } else {
            let broken = |reason| Error::Broken { dataset: self.dataset.clone(), reason: format!("{}: {reason}", self.name) };
            let chunk = Arc::new(self.chunks.read(at).map_err(broken)?);
            work.memory.cache.keep(key, &chunk);
            chunk
        };
        work.used(chunk.bytes());
        Ok(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::Numbers;

    const BUDGET: usize = 16 << 20;

    #[test]
    fn the_cache_keeps_what_was_used_last_and_never_more_than_its_bound() {
        let cache = ChunkCache::of(BUDGET);
        let megabyte = || Arc::new(Numbers::U8(vec![0; 1 << 20]));
        for n in 0..40 {
            cache.keep((0, vec![n]), &megabyte());
            assert!(cache.find(&(0, vec![0])).is_some(), "used at every turn, so never the oldest");
        }
        assert!(cache.find(&(0, vec![1])).is_none());
        assert!(cache.find(&(0, vec![39])).is_some());
        assert!(cache.kept.lock().unwrap().bytes <= BUDGET);
    }

    #[test]
    fn a_chunk_that_would_drive_out_most_others_is_not_kept() {
        let cache = ChunkCache::of(BUDGET);
        cache.keep((0, vec![0]), &Arc::new(Numbers::U8(vec![0; BUDGET / 2])));
        assert!(cache.find(&(0, vec![0])).is_none());
    }
}
