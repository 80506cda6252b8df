//! What was used last, up to a number of entries.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Few enough entries to look through them all; the one used last at the end.
pub(super) struct Recent<K, V> {
    most: usize,
    kept: Mutex<VecDeque<(K, V)>>,
}

impl<K: PartialEq, V: Clone> Recent<K, V> {
    /// Keeps at most that many.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, kept: Mutex::new(VecDeque::new()) }
    }

    /// The value of a key, which is the latest from now on; made and kept where there is none.
    ///
    /// # Errors
    /// Those of `make`.
    pub(super) fn get<E>(&self, key: K, make: impl FnOnce(&K) -> Result<V, E>) -> Result<V, E> {
        if let Some(value) = self.take(&key) {
            self.keep(key, value.clone());
            return Ok(value);
        }
        let value = make(&key)?;
        self.keep(key, value.clone());
        Ok(value)
    }

    fn take(&self, key: &K) -> Option<V> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|(known, _)| known == key)?;
        kept.remove(at).map(|(_, value)| value)
    }

    /// Keeps a value, in the place of any that the key had.
    pub(super) fn keep(&self, key: K, value: V) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != key);
        kept.push_back((key, value));
        while kept.len() > self.most {
            kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_is_forgotten_first() {
        let recent = Recent::new(2);
        let mut made = Vec::new();
        for key in [1, 2, 1, 3, 1, 2] {
            let value = recent.get(key, |key| {
                made.push(*key);
                Ok::<_, ()>(*key)
            });
            assert_eq!(value, Ok(key));
        }
        assert_eq!(made, [1, 2, 3, 2]);
        assert_eq!(recent.get(9, |_| Err("no")), Err("no"));
    }
}
