//! What waits to be published: messages in order, with the text of a stream gathered into fewer, larger pieces.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use crate::language::Stream;
use crate::wire::{Frames, Parent};

/// How long text may wait for more text to go with it.
const GATHERING: Duration = Duration::from_millis(50);

/// How much text goes into one message (bytes).
const PIECE: usize = 64 << 10;

/// How much may wait before whoever prints is made to wait for the publisher (bytes).
const BACKLOG: usize = 16 << 20;

/// The longest that one call may be made to wait.
const PATIENCE: Duration = Duration::from_millis(100);

/// Something to publish.
pub(super) enum Item {
    /// Text of a stream, gathered so far.
    Text { parent: Parent, stream: Stream, text: String },
    /// Any other message, ready to send.
    Message(Frames),
    /// Told once all before it has been published.
    Barrier(oneshot::Sender<()>),
}

/// The queue between all who publish and the one task that owns iopub.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    /// Wakes the task.
    filled: Notify,
    /// Wakes those who wait for room.
    drained: Condvar,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    /// How much waits, in bytes.
    backlog: usize,
    /// When the text at the end must go out at the latest, if text is there.
    due: Option<Instant>,
    closed: bool,
}

impl Queue {
    /// Adds text to a stream, after all that was added before.
    pub(super) fn add_text(&self, parent: &Parent, stream: Stream, mut text: &str) {
        while !text.is_empty() {
            let mut state = self.room();
            let space = floor_char_boundary(text, state.room_in_last_piece(parent, stream));
            let (piece, rest) = text.split_at(if space > 0 { space } else { floor_char_boundary(text, PIECE) });
            state.backlog += piece.len();
            match state.items.back_mut() {
                Some(Item::Text { text: last, .. }) if space > 0 => last.push_str(piece),
                _ => {
                    state.items.push_back(Item::Text { parent: parent.clone(), stream, text: piece.to_owned() });
                    state.due = Some(Instant::now() + GATHERING);
                    self.filled.notify_one();
                }
            }
            text = rest;
        }
    }

    /// Adds a message or a barrier, after all that was added before.
    pub(super) fn add(&self, item: Item) {
        let mut state = self.room();
        state.backlog += item.size();
        state.items.push_back(item);
        state.due = None;
        self.filled.notify_one();
    }

    /// Lets the task end once it has taken what is here.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.due = None;
        self.filled.notify_one();
    }

    /// All that is ready to go out, in order; `None` once the queue is closed and empty. Cancelling the call loses nothing.
    pub(super) async fn next(&self) -> Option<VecDeque<Item>> {
        loop {
            let due = {
                let mut state = self.lock();
                let ready = state.take_ready();
                if !ready.is_empty() {
                    self.drained.notify_all();
                    return Some(ready);
                }
                if state.closed {
                    return None;
                }
                state.due
            };
            match due {
                Some(due) => tokio::select! {
                    () = self.filled.notified() => {}
                    () = tokio::time::sleep_until(due.into()) => {}
                },
                None => self.filled.notified().await,
            }
        }
    }

    /// The state, once there is room in the backlog. Only the publisher's own work can fill it, never a slow front end,
    /// so the wait is short; it is bounded in case it is the publisher's own thread that waits.
    fn room(&self) -> MutexGuard<'_, State> {
        let state = self.lock();
        let (state, _) =
            self.drained.wait_timeout_while(state, PATIENCE, |state| state.backlog > BACKLOG).unwrap_or_else(PoisonError::into_inner);
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How many more bytes the text at the end takes, if it is of this stream.
    fn room_in_last_piece(&self, parent: &Parent, stream: Stream) -> usize {
        match self.items.back() {
            Some(Item::Text { parent: p, stream: s, text }) if p == parent && *s == stream => PIECE.saturating_sub(text.len()),
            _ => 0,
        }
    }

    /// Takes all items, save text at the end that may still wait for more.
    fn take_ready(&mut self) -> VecDeque<Item> {
        let gathering = matches!(self.items.back(), Some(Item::Text { text, .. }) if text.len() < PIECE)
            && self.due.is_some_and(|due| Instant::now() < due);
        let kept = self.items.split_off(self.items.len() - usize::from(gathering));
        self.backlog = kept.iter().map(Item::size).sum();
        std::mem::replace(&mut self.items, kept)
    }
}

impl Item {
    fn size(&self) -> usize {
        match self {
            Self::Text { text, .. } => text.len(),
            Self::Message(frames) => frames.content.len() + frames.buffers.iter().map(bytes::Bytes::len).sum::<usize>(),
            Self::Barrier(_) => 0,
        }
    }
}

/// The last character boundary at or before the byte.
fn floor_char_boundary(text: &str, byte: usize) -> usize {
    if byte >= text.len() {
        return text.len();
    }
    (0..=byte).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(items: VecDeque<Item>) -> Vec<String> {
        items
            .into_iter()
            .map(|item| match item {
                Item::Text { stream, text, .. } => format!("{stream:?} {text}"),
                Item::Message(_) => "message".to_owned(),
                Item::Barrier(_) => "barrier".to_owned(),
            })
            .collect()
    }

    fn ready(queue: &Queue) -> Vec<String> {
        texts(queue.lock().take_ready())
    }

    #[test]
    fn text_waits_for_more_text_and_goes_out_as_one() {
        let queue = Queue::default();
        for piece in ["a", "b", "c"] {
            queue.add_text(&Parent::none(), Stream::Stdout, piece);
        }
        assert_eq!(ready(&queue), Vec::<String>::new());
        std::thread::sleep(GATHERING);
        assert_eq!(ready(&queue), ["Stdout abc"]);
    }

    #[test]
    fn a_message_sends_the_text_before_it_at_once_and_in_order() {
        let queue = Queue::default();
        queue.add_text(&Parent::none(), Stream::Stdout, "a");
        queue.add_text(&Parent::none(), Stream::Stderr, "b");
        queue.add_text(&Parent::none(), Stream::Stdout, "c");
        queue.add(Item::Message(Frames::default()));
        queue.add_text(&Parent::none(), Stream::Stdout, "d");
        assert_eq!(ready(&queue), ["Stdout a", "Stderr b", "Stdout c", "message"]);
    }

    #[test]
    fn a_long_text_is_cut_into_pieces_between_characters() {
        let queue = Queue::default();
        let text = "é".repeat(PIECE);
        queue.add_text(&Parent::none(), Stream::Stdout, "x");
        queue.add_text(&Parent::none(), Stream::Stdout, &text);
        queue.close();
        let items = queue.lock().take_ready();
        let mut whole = String::new();
        for item in items {
            let Item::Text { text, .. } = item else { panic!("only text was added") };
            assert!(text.len() <= PIECE);
            whole.push_str(&text);
        }
        assert_eq!(whole, format!("x{text}"));
    }

    #[tokio::test]
    async fn a_closed_queue_gives_all_it_has_and_then_ends() {
        let queue = Queue::default();
        queue.add_text(&Parent::none(), Stream::Stdout, "last words");
        queue.close();
        assert_eq!(texts(queue.next().await.unwrap()), ["Stdout last words"]);
        assert!(queue.next().await.is_none());
    }
}
