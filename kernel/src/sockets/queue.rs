//! What waits to be published: messages in order, with the text of a stream gathered into fewer, larger pieces, updates that
//! are outdated before they go out left out, and all of it held back where it would go out too fast.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use super::pace::{Pace, escaped, wire_size};
use crate::language::Stream;
use crate::wire::{Frames, Parent};

/// How long text may wait for more text to go with it.
const GATHERING: Duration = Duration::from_millis(50);

/// How much text goes into one message (bytes).
const PIECE: usize = 64 << 10;

/// How much may wait before whoever prints is made to wait for the publisher (bytes).
const BACKLOG: usize = 16 << 20;

/// How much text may wait for its time to go out (bytes on the wire). At the pace of [`Pace`] the last of it goes out in
/// 7 s at the latest, and with it all that comes after.
const HELD: usize = 4_500_000;

/// How many messages may wait for their time to go out before whoever sends more is made to wait. At the pace of [`Pace`]
/// the last of them goes out in 7 s at the latest.
const MESSAGES: usize = 3000;

/// The longest that one call may be made to wait.
const PATIENCE: Duration = Duration::from_millis(100);

/// Something to publish.
pub(super) enum Item {
    /// Text of a stream, gathered so far.
    Text { parent: Parent, stream: Stream, text: String },
    /// Any other output, ready to send.
    Output(Frames),
    /// What replaces all that is shown under an id, ready to send.
    Update { display_id: String, frames: Frames },
    /// A message that front ends take at any pace, ready to send.
    Message(Frames),
    /// The message that the kernel has done with a request.
    Idle(Frames),
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
    /// How much of it is text, in bytes on the wire.
    held: usize,
    /// How many messages of it have to keep to the pace.
    messages: usize,
    /// How fast they may go out.
    pace: Pace,
    /// When the text at the end must go out at the latest, if text is there.
    due: Option<Instant>,
    /// When what is at the front may go out, if it has to wait.
    wake: Option<Instant>,
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
            state.held += escaped(piece);
            match state.items.back_mut() {
                Some(Item::Text { text: last, .. }) if space > 0 => last.push_str(piece),
                _ => {
                    state.messages += 1;
                    state.items.push_back(Item::Text { parent: parent.clone(), stream, text: piece.to_owned() });
                    state.due = Some(Instant::now() + GATHERING);
                    self.filled.notify_one();
                }
            }
            text = rest;
        }
    }

    /// Whether text may be added without its waiting for too long.
    pub(super) fn has_room_for_text(&self) -> bool {
        self.lock().held < HELD
    }

    /// Adds a message or a barrier, after all that was added before. An update takes the place of an earlier one of the same
    /// cell that has not gone out yet.
    pub(super) fn add(&self, item: Item) {
        let mut state = if item.is_paced() { self.room() } else { self.lock() };
        if let Item::Update { display_id, frames } = &item {
            state.forget_update(display_id, frames);
        }
        state.backlog += item.size();
        state.messages += usize::from(item.is_paced());
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
            let wake = {
                let mut state = self.lock();
                let ready = state.take_ready();
                if !ready.is_empty() {
                    self.drained.notify_all();
                    return Some(ready);
                }
                if state.closed {
                    return None;
                }
                state.wake
            };
            match wake {
                Some(wake) => tokio::select! {
                    () = self.filled.notified() => {}
                    () = tokio::time::sleep_until(wake.into()) => {}
                },
                None => self.filled.notified().await,
            }
        }
    }

    /// The state, once there is room in the backlog. Only the publisher's own work can fill it, or much that is held back for
    /// the sake of the pace, never a slow front end. The wait is bounded, since it may be the publisher's own thread that
    /// waits.
    fn room(&self) -> MutexGuard<'_, State> {
        let state = self.lock();
        let is_full = |state: &mut State| !state.closed && (state.backlog > BACKLOG || state.messages >= MESSAGES);
        let (state, _) = self.drained.wait_timeout_while(state, PATIENCE, is_full).unwrap_or_else(PoisonError::into_inner);
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

    /// Takes an update out that a later one of the same cell makes pointless.
    fn forget_update(&mut self, id: &str, later: &Frames) {
        let is_outdated =
            |item: &Item| matches!(item, Item::Update { display_id, frames } if display_id == id && frames.parent == later.parent);
        if let Some(outdated) = self.items.iter().rposition(is_outdated).and_then(|at| self.items.remove(at)) {
            self.leaves(&outdated);
        }
    }

    /// Takes all items up to one that may not go out yet, or to a text that is the last and may still wait for more.
    fn take_ready(&mut self) -> VecDeque<Item> {
        let now = Instant::now();
        let mut ready = VecDeque::new();
        self.wake = None;
        while let Some(item) = self.items.pop_front() {
            if item.is_paced() && !self.closed {
                let size = item.wire_size();
                let time = self.pace.time_for(size, now).max(self.gathered(&item, now));
                if time > now {
                    self.wake = Some(time);
                    self.items.push_front(item);
                    break;
                }
                self.pace.note(size, now);
            } else if let Item::Idle(_) = item {
                self.pace.reset();
            }
            self.leaves(&item);
            ready.push_back(item);
        }
        ready
    }

    /// When no more text is waited for that could go with this, which was just taken from the front.
    fn gathered(&self, item: &Item, now: Instant) -> Instant {
        let waits = matches!(item, Item::Text { text, .. } if self.items.is_empty() && text.len() < PIECE);
        self.due.filter(|_| waits).unwrap_or(now)
    }

    /// Notes that an item waits no more.
    fn leaves(&mut self, item: &Item) {
        self.backlog -= item.size();
        self.held -= item.held();
        self.messages -= usize::from(item.is_paced());
    }
}

impl Item {
    fn size(&self) -> usize {
        match self {
            Self::Text { text, .. } => text.len(),
            Self::Output(frames) | Self::Update { frames, .. } | Self::Message(frames) | Self::Idle(frames) => {
                frames.content.len() + frames.buffers.iter().map(bytes::Bytes::len).sum::<usize>()
            }
            Self::Barrier(_) => 0,
        }
    }

    /// How much text it is, in bytes on the wire.
    fn held(&self) -> usize {
        if let Self::Text { text, .. } = self { escaped(text) } else { 0 }
    }

    /// How much text it is with all that goes around it, in bytes on the wire.
    fn wire_size(&self) -> usize {
        if let Self::Text { text, .. } = self { wire_size(text) } else { 0 }
    }

    /// Whether it has to keep to the pace.
    fn is_paced(&self) -> bool {
        match self {
            Self::Text { .. } | Self::Output(_) | Self::Update { .. } => true,
            Self::Message(_) | Self::Idle(_) | Self::Barrier(_) => false,
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
                Item::Output(_) => "output".to_owned(),
                Item::Update { frames, .. } => format!("update {}", String::from_utf8_lossy(&frames.content)),
                Item::Message(_) => "message".to_owned(),
                Item::Idle(_) => "idle".to_owned(),
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

    fn add_half_a_megabyte(queue: &Queue) {
        queue.add_text(&Parent::none(), Stream::Stdout, &"x".repeat(500_000));
        queue.add(Item::Message(Frames::default()));
    }

    #[test]
    fn what_comes_after_text_that_is_held_back_waits_with_it() {
        let queue = Queue::default();
        (0..8).for_each(|_| add_half_a_megabyte(&queue));
        queue.add(Item::Idle(Frames::default()));
        let first = ready(&queue);
        assert_eq!(first.iter().filter(|item| *item == "message").count(), 5);
        assert_eq!(ready(&queue), [""; 0]);
        queue.close();
        assert_eq!(ready(&queue).last().unwrap(), "idle", "a kernel that ends holds nothing back");
    }

    #[test]
    fn after_idle_the_pace_begins_anew() {
        let queue = Queue::default();
        for _ in 0..3 {
            (0..5).for_each(|_| add_half_a_megabyte(&queue));
            queue.add(Item::Idle(Frames::default()));
            assert_eq!(ready(&queue).last().unwrap(), "idle");
        }
    }

    #[test]
    fn text_has_room_until_too_much_of_it_is_held_back() {
        let queue = Queue::default();
        for _ in 0..9 {
            assert!(queue.has_room_for_text());
            add_half_a_megabyte(&queue);
        }
        assert!(!queue.has_room_for_text());
        ready(&queue);
        assert!(queue.has_room_for_text());
    }

    /// An update of a cell whose header this is.
    fn update(cell: &'static str, id: &str, content: &'static str) -> Item {
        let frames = Frames { parent: cell.into(), content: content.into(), ..Frames::default() };
        Item::Update { display_id: id.to_owned(), frames }
    }

    #[test]
    fn an_update_takes_the_place_of_one_of_the_same_cell_and_id_that_waits() {
        let queue = Queue::default();
        for item in [update("1", "a", "1%"), update("1", "b", "2%"), update("2", "a", "3%"), Item::Output(Frames::default())] {
            queue.add(item);
        }
        queue.add(update("1", "a", "4%"));
        assert_eq!(ready(&queue), ["update 2%", "update 3%", "output", "update 4%"]);
        queue.add(update("1", "a", "5%"));
        assert_eq!(ready(&queue), ["update 5%"]);
    }

    #[test]
    fn outputs_beyond_what_front_ends_bear_wait_and_so_does_who_sends_more() {
        let queue = Queue::default();
        let add = || queue.add(Item::Output(Frames::default()));
        (0..MESSAGES).for_each(|_| add());
        assert_eq!(ready(&queue).len(), 2900);
        (100..MESSAGES).for_each(|_| add());
        assert_eq!(ready(&queue), [""; 0]);
        let begin = Instant::now();
        queue.add(Item::Message(Frames::default()));
        assert!(begin.elapsed() < PATIENCE, "what belongs to no pace waits for nobody");
        add();
        assert!(begin.elapsed() >= PATIENCE);
        queue.close();
        assert_eq!(ready(&queue).len(), MESSAGES + 2);
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
