//! How many questions are worked on, for how long, and what is known of them.

use super::{Failure, Options, Service};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{FutureExt, StreamExt};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout_at};

/// An answer of this size is handed over whole.
const SMALL: u64 = 256 << 10;

/// Lets a few questions in at a time, and counts them.
pub(super) struct Gate {
    pub(super) options: Options,
    pub(super) started: Instant,
    slots: Arc<Semaphore>,
    /// Questions that wait, are worked on or are sent.
    inside: AtomicUsize,
    answered: AtomicU64,
    refused: AtomicU64,
}

/// What is known of the questions at one moment.
pub(super) struct Counts {
    pub(super) working: usize,
    pub(super) waiting: usize,
    pub(super) answered: u64,
    pub(super) refused: u64,
}

impl Gate {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            started: Instant::now(),
            slots: Arc::new(Semaphore::new(options.at_once)),
            inside: AtomicUsize::new(0),
            answered: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let inside = self.inside.load(Ordering::Relaxed);
        let working = self.options.at_once.saturating_sub(self.slots.available_permits());
        Counts {
            working,
            waiting: inside.saturating_sub(working),
            answered: self.answered.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
        }
    }

    /// A place inside, if there is one.
    fn enter(self: &Arc<Self>) -> Option<Place> {
        let place = Place(self.clone());
        let before = self.inside.fetch_add(1, Ordering::Relaxed);
        if before < self.options.at_once.saturating_add(self.options.waiting) {
            return Some(place);
        }
        self.refused.fetch_add(1, Ordering::Relaxed);
        None
    }
}

/// One question's place, given up when it is answered or dropped.
struct Place(Arc<Gate>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits for a turn, and keeps it until the answer is sent. Dropping the future, as happens when the client goes away, stops the
/// work.
pub(super) async fn take_turns(State(service): State<Service>, request: Request, next: Next) -> Response {
    let gate = service.gate;
    let Some(place) = gate.enter() else { return Failure::busy().into_response() };
    let time = gate.options.time;
    let turn = async {
        let slot = gate.slots.clone().acquire_owned().await;
        (slot, next.run(request).await)
    };
    let Ok((slot, response)) = timeout_at(later(time), turn).await else { return Failure::late(time).into_response() };
    gate.answered.fetch_add(1, Ordering::Relaxed);
    relay(response, (slot, place), later(time))
}

/// That much later; never is a century away.
fn later(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or_else(|| now + Duration::from_hours(876_600))
}

/// Sends a long answer piece by piece, holding `held` until it is sent, the client is gone, or `end` has come.
fn relay(response: Response, held: impl Send + 'static, end: Instant) -> Response {
    let (mut head, body) = response.into_parts();
    match body.size_hint().exact() {
        Some(length) if length <= SMALL => return Response::from_parts(head, body),
        Some(length) => {
            head.headers.insert(header::CONTENT_LENGTH, length.into());
        }
        None => {}
    }
    // The last item is None: an answer that ends without it has broken off, and must not look whole.
    let (sender, receiver) = mpsc::channel::<Option<Bytes>>(1);
    tokio::spawn(async move {
        let mut pieces = body.into_data_stream();
        while let Some(Ok(piece)) = pieces.next().await {
            if !matches!(timeout_at(end, sender.send(Some(piece))).await, Ok(Ok(()))) {
                return;
            }
        }
        // Whether the client is still there to be told makes no difference any more.
        let _told = timeout_at(end, sender.send(None)).await;
        drop(held);
    });
    let pieces = futures::stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(piece)) => Some((Ok(piece), Some(receiver))),
            Some(None) => None,
            None => Some((Err(std::io::Error::from(std::io::ErrorKind::TimedOut)), None)),
        }
    });
    Response::from_parts(head, Body::from_stream(pieces))
}

/// Answers for a handler that panicked, which is a fault of this program and ends that request alone.
pub(super) async fn survive(request: Request, next: Next) -> Response {
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered.unwrap_or_else(|_| Failure::internal("the engine failed on this request, which is a fault of its own").into_response())
}
