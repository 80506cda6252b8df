//! What waits to be sent to one peer. A peer that reads slowly or not at all delays only itself.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::sync::Notify;

/// How much may wait for a peer; what comes on top of it is lost to that peer (bytes).
const BACKLOG: usize = 64 << 20;

/// Messages as small as this (bytes) get twice the room: among them are those that end a cell, which a front end
/// that falls behind must not miss.
const SMALL: usize = 4 << 10;

/// How many small messages go to the system at once (bytes).
const WRITE_BUFFER: usize = 64 << 10;

/// What waits to be sent to a peer.
#[derive(Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Wakes the task that sends.
    filled: Notify,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Bytes>,
    /// How much waits or is on its way into the connection, in bytes.
    waiting: usize,
    lost: usize,
    standing: Standing,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Connected,
    /// Nothing more will be added.
    Closing,
    /// The peer has left.
    Gone,
}

impl Outbox {
    /// Adds a message; false if too much waits already, or the peer is gone.
    pub(super) fn offer(&self, message: Bytes) -> bool {
        let mut state = self.lock();
        let room = if message.len() <= SMALL { 2 * BACKLOG } else { BACKLOG };
        if state.standing != Standing::Connected {
            return false;
        }
        if state.waiting + message.len() > room {
            if state.lost == 0 {
                tracing::warn!(waiting = state.waiting, "a front end reads too slowly and loses messages");
            }
            state.lost += 1;
            return false;
        }
        if state.lost > 0 {
            tracing::warn!(lost = state.lost, "a slow front end has caught up");
            state.lost = 0;
        }
        state.waiting += message.len();
        state.messages.push_back(message);
        self.filled.notify_one();
        true
    }

    /// Nothing more will be added; the connection is closed once all is sent.
    pub(super) fn close(&self) {
        self.set_standing(Standing::Closing);
    }

    /// Waits until it is closed. Not to be called while anything is sent.
    pub(super) async fn closed(&self) {
        while self.lock().standing == Standing::Connected {
            self.filled.notified().await;
        }
    }

    /// Notes that the peer has left.
    pub(super) fn abandon(&self) {
        self.set_standing(Standing::Gone);
    }

    /// Whether the peer has left.
    pub(super) fn is_gone(&self) -> bool {
        self.lock().standing == Standing::Gone
    }

    /// Sends what is added, until the outbox is closed and empty.
    pub(super) async fn send(&self, writer: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut writer = BufWriter::with_capacity(WRITE_BUFFER, writer);
        while let Some(messages) = self.take().await {
            for message in messages {
                writer.write_all(&message).await?;
                self.lock().waiting -= message.len();
            }
            writer.flush().await?;
        }
        writer.shutdown().await
    }

    /// All that waits; `None` once the outbox is closed and empty.
    async fn take(&self) -> Option<VecDeque<Bytes>> {
        loop {
            {
                let mut state = self.lock();
                if !state.messages.is_empty() {
                    return Some(mem::take(&mut state.messages));
                }
                if state.standing != Standing::Connected {
                    return None;
                }
            }
            self.filled.notified().await;
        }
    }

    fn set_standing(&self, standing: Standing) {
        self.lock().standing = standing;
        self.filled.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Outbox {
    /// What waits.
    pub(super) fn waiting(&self) -> VecDeque<Bytes> {
        self.lock().messages.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_peer_loses_large_messages_before_it_loses_small_ones() {
        let outbox = Outbox::default();
        let (large, small) = (Bytes::from(vec![0; 1 << 20]), Bytes::from_static(b"idle"));
        let taken = (0..100).filter(|_| outbox.offer(large.clone())).count();
        assert_eq!(taken, 64);
        assert!(outbox.offer(small));
        assert_eq!(outbox.waiting().len(), 65);
    }

    #[tokio::test]
    async fn a_closed_outbox_sends_all_it_has_and_then_ends() {
        let outbox = Outbox::default();
        assert!(outbox.offer(Bytes::from_static(b"last ")) && outbox.offer(Bytes::from_static(b"words")));
        outbox.close();
        assert!(!outbox.offer(Bytes::from_static(b"and more")));
        let mut sent = Vec::new();
        outbox.send(&mut sent).await.unwrap();
        assert_eq!(sent, b"last words");
        assert_eq!(outbox.lock().waiting, 0);
    }
}
