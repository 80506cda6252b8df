//! Decoded chunks, kept for the next question within a bound.

use crate::chunks::{Block, Chunk};
use crate::dataset::Variable;
use crate::numbers::Numbers;
use crate::work::Work;
use sdap_nexus::Error;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// A variable and a chunk of it; and where the part that was read begins and how long it is, if that is not all of it.
type Key = (u64, Vec<usize>);

/// The most recently used chunks, up to a number of bytes. A chunk that several want at once is decoded by one of them.
pub(crate) struct ChunkCache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    chunks: HashMap<Key, (Chunk, u64)>,
    /// The keys by when they were wanted last.
    order: BTreeMap<u64, Key>,
    bytes: usize,
    /// Counts uses, so that each chunk knows when it was last wanted.
    clock: u64,
    /// Chunks that are being decoded.
    pending: HashMap<Key, Arc<Pending>>,
}

/// A chunk that somebody decodes.
#[derive(Default)]
struct Pending {
    outcome: Mutex<Option<Result<Chunk, String>>>,
    done: Condvar,
}

impl Pending {
    fn wait(&self) -> Result<Chunk, String> {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = &*outcome {
                return outcome.clone();
            }
            outcome = self.done.wait(outcome).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl ChunkCache {
    /// One that keeps at most that many bytes of decoded chunks.
    pub(crate) fn of(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// How many bytes of decoded chunks are kept at most.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// The chunk of a key, decoded now if it is not kept. `decode` must not wait for work of other threads.
    ///
    /// # Errors
    /// Those of `decode`.
    pub(crate) fn get(&self, key: &Key, decode: impl FnOnce() -> Result<Chunk, String>) -> Result<Chunk, String> {
        let pending = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(chunk) = kept.find(key) {
                return Ok(chunk);
            }
            if let Some(pending) = kept.pending.get(key).cloned() {
                drop(kept);
                return pending.wait();
            }
            let pending = Arc::<Pending>::default();
            kept.pending.insert(key.clone(), pending.clone());
            pending
        };
        // Should decoding panic, those who wait are told all the same.
        let mut promise = Promise { cache: self, key, pending: &pending, outcome: Err("decoding it failed".into()) };
        promise.outcome = decode();
        promise.outcome.clone()
    }
}

/// Tells those who wait what became of a chunk, and keeps it.
struct Promise<'a> {
    cache: &'a ChunkCache,
    key: &'a Key,
    pending: &'a Pending,
    outcome: Result<Chunk, String>,
}

impl Drop for Promise<'_> {
    fn drop(&mut self) {
        let mut kept = self.cache.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.pending.remove(self.key);
        if let Ok(chunk) = &self.outcome {
            kept.keep(self.key.clone(), chunk, self.cache.most);
        }
        drop(kept);
        *self.pending.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.outcome.clone());
        self.pending.done.notify_all();
    }
}

impl Kept {
    fn find(&mut self, key: &Key) -> Option<Chunk> {
        let (chunk, used) = self.chunks.get_mut(key)?;
        self.clock += 1;
        let key = self.order.remove(used)?;
        *used = self.clock;
        self.order.insert(self.clock, key);
        Some(chunk.clone())
    }

    /// Keeps a chunk unless it would drive out most others; drops those unused for longest.
    fn keep(&mut self, key: Key, chunk: &Chunk, most: usize) {
        let size = chunk.bytes();
        if size > most / 4 || self.chunks.contains_key(&key) {
            return;
        }
        self.clock += 1;
        self.chunks.insert(key.clone(), (chunk.clone(), self.clock));
        self.order.insert(self.clock, key);
        self.bytes += size;
        while self.bytes > most {
            let Some((_, oldest)) = self.order.pop_first() else { break };
            if let Some((chunk, _)) = self.chunks.remove(&oldest) {
                self.bytes -= chunk.bytes();
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
        self.cached(at.to_vec(), || self.chunks.read(at), work)
    }

    /// One chunk, of which nothing but a part is needed: the rest is read only where it must be.
    ///
    /// # Errors
    /// As [`Variable::chunk`].
    pub(crate) fn part_of_chunk(&self, at: &[usize], part: &Block, work: &Work) -> Result<Chunk, Error> {
        if !self.chunks.reads_parts() || part.shape == self.chunks.chunk_shape() {
            return self.chunk(at, work);
        }
        let key = [at, &part.start, &part.shape].concat();
        self.cached(key, || self.chunks.read_part(at, part), work)
    }

    fn cached(&self, key: Vec<usize>, read: impl FnOnce() -> Result<Numbers, String>, work: &Work) -> Result<Chunk, Error> {
        work.proceed()?;
        let broken = |reason| Error::Broken { dataset: self.dataset.clone(), reason: format!("{}: {reason}", self.name) };
        let decode = || read().map(|numbers| Arc::new(numbers.into()));
        let chunk = work.memory.cache.get(&(self.id, key), decode).map_err(broken)?;
        work.used(chunk.bytes());
        Ok(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const BUDGET: usize = 16 << 20;

    fn megabytes(count: usize) -> Chunk {
        Arc::new(Numbers::U8(vec![0; count << 20]).into())
    }

    fn is_kept(cache: &ChunkCache, n: usize) -> bool {
        cache.get(&(0, vec![n]), || Err("it is not there".into())).is_ok()
    }

    #[test]
    fn the_cache_keeps_what_was_used_last_and_never_more_than_its_bound() {
        let cache = ChunkCache::of(BUDGET);
        for n in 0..40 {
            cache.get(&(0, vec![n]), || Ok(megabytes(1))).unwrap();
            assert!(is_kept(&cache, 0), "used at every turn, so never the oldest");
        }
        assert!(!is_kept(&cache, 1) && is_kept(&cache, 39));
        assert!(cache.kept.lock().unwrap().bytes <= BUDGET);
    }

    #[test]
    fn a_chunk_that_would_drive_out_most_others_is_not_kept() {
        let cache = ChunkCache::of(BUDGET);
        cache.get(&(0, vec![0]), || Ok(megabytes(8))).unwrap();
        assert!(!is_kept(&cache, 0));
    }

    #[test]
    fn a_chunk_that_many_want_at_once_is_decoded_once() {
        let (cache, decoded) = (ChunkCache::of(BUDGET), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let slowly = || {
                        decoded.fetch_add(1, Ordering::Relaxed);
                        std::thread::sleep(std::time::Duration::from_millis(20));
                        Ok(megabytes(1))
                    };
                    assert_eq!(cache.get(&(0, vec![0]), slowly).unwrap().len(), 1 << 20);
                });
            }
        });
        assert_eq!(decoded.into_inner(), 1);
    }

    #[test]
    fn those_who_wait_are_told_of_a_failure_even_if_decoding_panics() {
        let cache = ChunkCache::of(BUDGET);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cache.get(&(0, vec![0]), || panic!("boom"))));
        assert!(panicked.is_err());
        assert!(cache.get(&(0, vec![0]), || Ok(megabytes(1))).is_ok(), "and the next one tries again");
    }
}
