//! Memory of chunks that nobody needs any more, for the chunks to come.
//!
//! The system hands out fresh memory page by page, and clears each, which takes a good part of the time of decompressing into it.
//! Chunks of one array are all of one size, so that a new one fits where an old one was.

use crate::numbers::{Kind, Numbers};
use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

/// How many bytes are kept at most, beside the memory of all engines.
const MOST: usize = 64 << 20;
/// Smaller ones are not worth it.
const LEAST: usize = 1 << 16;
/// How many kinds and sizes that were asked for are remembered.
const ASKED: usize = 16;

static SPARE: Mutex<Spare> = Mutex::new(Spare::NONE);

struct Spare {
    /// The oldest first.
    kept: VecDeque<Numbers>,
    bytes: usize,
    /// What was asked for, the latest last. Some formats bring memory of their own, and never ask for any.
    asked: VecDeque<(Kind, usize)>,
}

impl Spare {
    const NONE: Self = Self { kept: VecDeque::new(), bytes: 0, asked: VecDeque::new() };

    fn take(&mut self, kind: Kind, count: usize) -> Option<Numbers> {
        if self.asked.back() != Some(&(kind, count)) {
            self.asked.retain(|asked| *asked != (kind, count));
            self.asked.push_back((kind, count));
            if self.asked.len() > ASKED {
                self.asked.pop_front();
            }
        }
        let at = self.kept.iter().rposition(|numbers| numbers.kind() == kind && numbers.len() == count)?;
        let found = self.kept.remove(at)?;
        self.bytes -= found.bytes();
        Some(found)
    }

    /// Keeps numbers if such are asked for, and gives back those for which there is no room any more.
    fn keep(&mut self, numbers: Numbers) -> Vec<Numbers> {
        if !self.asked.contains(&(numbers.kind(), numbers.len())) {
            return vec![numbers];
        }
        self.bytes += numbers.bytes();
        self.kept.push_back(numbers);
        let mut dropped = Vec::new();
        while self.bytes > MOST {
            let Some(oldest) = self.kept.pop_front() else { break };
            self.bytes -= oldest.bytes();
            dropped.push(oldest);
        }
        dropped
    }
}

/// So many numbers, whatever they are: the caller overwrites them all.
pub(crate) fn any_numbers(kind: Kind, count: usize) -> Numbers {
    let spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner).take(kind, count);
    spare.unwrap_or_else(|| Numbers::zeros(kind, count))
}

/// Numbers whose memory is used again after them.
#[derive(Debug)]
pub(crate) struct Reused(Numbers);

impl From<Numbers> for Reused {
    fn from(numbers: Numbers) -> Self {
        Self(numbers)
    }
}

impl Deref for Reused {
    type Target = Numbers;

    fn deref(&self) -> &Numbers {
        &self.0
    }
}

impl Drop for Reused {
    fn drop(&mut self) {
        if (LEAST..=MOST).contains(&self.0.bytes()) {
            let numbers = std::mem::replace(&mut self.0, Numbers::U8(Vec::new()));
            // What is dropped goes back to the system after the lock is free.
            let dropped = SPARE.lock().unwrap_or_else(PoisonError::into_inner).keep(numbers);
            drop(dropped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_chunk_serves_the_next_of_its_kind_and_size() {
        let mut spare = Spare::NONE;
        assert!(spare.take(Kind::I16, 100_000).is_none());
        assert!(spare.keep(Numbers::zeros(Kind::I16, 100_000)).is_empty());
        assert!(spare.take(Kind::U16, 100_000).is_none() && spare.take(Kind::I16, 99_999).is_none());
        assert!(spare.take(Kind::I16, 100_000).is_some_and(|found| found.len() == 100_000 && found.kind() == Kind::I16));
        assert!(spare.take(Kind::I16, 100_000).is_none());
        assert_eq!(spare.bytes, 0);
    }

    #[test]
    fn no_more_than_a_bound_is_kept_and_the_oldest_goes_first() {
        let mut spare = Spare::NONE;
        for (kind, count) in [(Kind::U8, MOST / 2), (Kind::F32, MOST / 8), (Kind::F64, 1)] {
            assert!(spare.take(kind, count).is_none());
        }
        assert!(spare.keep(Numbers::zeros(Kind::U8, MOST / 2)).is_empty());
        assert!(spare.keep(Numbers::zeros(Kind::F32, MOST / 8)).is_empty());
        let dropped = spare.keep(Numbers::zeros(Kind::F64, 1));
        assert_eq!(dropped.iter().map(Numbers::kind).collect::<Vec<_>>(), [Kind::U8]);
        assert_eq!(spare.bytes, MOST / 2 + 8);
    }

    #[test]
    fn what_nobody_asks_for_is_not_kept() {
        let mut spare = Spare::NONE;
        assert_eq!(spare.keep(Numbers::zeros(Kind::I16, 100_000)).len(), 1, "given back");
        for count in 1..=ASKED + 1 {
            assert!(spare.take(Kind::F32, count).is_none());
        }
        assert_eq!(spare.keep(Numbers::zeros(Kind::F32, 1)).len(), 1, "asked for too long ago");
        assert!(spare.keep(Numbers::zeros(Kind::F32, 2)).is_empty());
        assert_eq!((spare.bytes, spare.asked.len()), (8, ASKED));
    }
}
