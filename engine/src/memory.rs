//! The memory that an engine takes for its questions.

use crate::cache::ChunkCache;

/// What an engine takes where nobody says, in bytes.
pub(crate) const DEFAULT: usize = 1 << 30;

/// A number of bytes, shared by all questions: one half keeps decoded chunks for the next question, the other is worked in.
pub(crate) struct Memory {
    pub(crate) cache: ChunkCache,
}

impl Memory {
    /// That many bytes.
    pub(crate) fn of(bytes: usize) -> Self {
        Self { cache: ChunkCache::of(bytes / 2) }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::of(DEFAULT)
    }
}
