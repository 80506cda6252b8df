//! Waiting for disks and networks several times at once. What computes is rayon's.

use rayon::ThreadPool;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How far away something is, which says what reading it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// On this machine: decoding takes most of the time.
    Machine,
    /// Beyond a network: waiting takes most of the time.
    Network,
}

/// How many threads wait at once.
const WIDTH: usize = 16;

/// The threads on which chunks are read that come over a network. rayon's own are as many as there are cores, which would leave
/// a fast network idle.
static READERS: LazyLock<Option<ThreadPool>> = LazyLock::new(|| {
    let threads = rayon::ThreadPoolBuilder::new().num_threads(WIDTH.max(rayon::current_num_threads()));
    threads.thread_name(|nth| format!("reader-{nth}")).build().ok()
});

/// Runs what reads chunks in parallel, on as many threads as suit where they are.
pub(crate) fn reading<R: Send>(reach: Reach, job: impl FnOnce() -> R + Send) -> R {
    if reach == Reach::Network
        && let Some(readers) = &*READERS
    {
        return readers.install(job);
    }
    job()
}

/// What `job` makes of each item, in their order. Several are waited for at once.
pub(crate) fn for_each<T: Sync, R: Send>(items: &[T], job: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if items.len() < 2 {
        return items.iter().map(job).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        items.get(nth).map(|item| (nth, item))
    };
    let run = || std::iter::from_fn(take).map(|(nth, item)| (nth, job(item))).collect::<Vec<_>>();
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..WIDTH.min(items.len())).map(|_| scope.spawn(run)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_unstable_by_key(|(nth, _)| *nth);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(for_each(&items, |item| item * 2), (0..1000).map(|n| n * 2).collect::<Vec<_>>());
        assert_eq!(for_each(&[] as &[usize], |item| *item), [0_usize; 0]);
    }

    #[test]
    fn several_are_waited_for_at_once() {
        let all = Barrier::new(WIDTH);
        for_each(&[(); WIDTH], |()| all.wait());
    }

    #[test]
    fn a_panic_is_passed_on() {
        let outcome = std::panic::catch_unwind(|| for_each(&[1, 2, 3], |n| assert_ne!(*n, 2)));
        assert!(outcome.is_err());
    }
}
