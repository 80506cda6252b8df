//! One subscriber of iopub: what it wants, and what waits to be sent to it. A subscriber that reads slowly or not at all
//! delays only itself.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jupyter_protocol::{IoPubWelcome, Status};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::sync::Notify;

use super::endpoint::Connected;
use super::zmtp::{self, Wish};
use crate::wire::{Parent, Session};

/// How much may wait for a subscriber; what comes on top of it is lost to that subscriber (bytes).
const BACKLOG: usize = 64 << 20;

/// Messages as small as this (bytes) get twice the room: among them are those that end a cell, which a front end
/// that falls behind must not miss.
const SMALL: usize = 4 << 10;

/// How long a subscriber may take to introduce itself.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many small messages go to the system at once (bytes).
const WRITE_BUFFER: usize = 64 << 10;

/// What waits to be sent to a subscriber.
#[derive(Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Wakes the task that sends.
    filled: Notify,
}

#[derive(Default)]
struct State {
    topics: Vec<Bytes>,
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
    /// The subscriber has left.
    Gone,
}

/// What all subscribers are greeted with.
pub(super) struct Greeting {
    session: Arc<Session>,
    /// Whether somebody has been told that the kernel is starting.
    started: AtomicBool,
}

impl Outbox {
    /// Adds a message if the subscriber wants its topic, unless too much waits already.
    pub(super) fn offer(&self, topic: &[u8], message: &Bytes) {
        let mut state = self.lock();
        if !state.topics.iter().any(|wanted| topic.starts_with(wanted)) {
            return;
        }
        let room = if message.len() <= SMALL { 2 * BACKLOG } else { BACKLOG };
        if state.waiting + message.len() > room {
            if state.lost == 0 {
                tracing::warn!(waiting = state.waiting, "a subscriber of iopub reads too slowly and loses messages");
            }
            state.lost += 1;
            return;
        }
        if state.lost > 0 {
            tracing::warn!(lost = state.lost, "a slow subscriber of iopub has caught up");
            state.lost = 0;
        }
        self.add(&mut state, message.clone());
    }

    /// Notes a topic that the subscriber wants, after a greeting under that topic. Nothing gets between the two.
    fn subscribe(&self, topic: Bytes, greeting: Vec<Bytes>) {
        let mut state = self.lock();
        for message in greeting {
            self.add(&mut state, message);
        }
        state.topics.push(topic);
    }

    fn cancel(&self, topic: &[u8]) {
        let mut state = self.lock();
        if let Some(at) = state.topics.iter().position(|wanted| wanted == topic) {
            state.topics.remove(at);
        }
    }

    /// Nothing more will be added; the connection is closed once all is sent.
    pub(super) fn close(&self) {
        self.set_standing(Standing::Closing);
    }

    /// Whether the subscriber has left.
    pub(super) fn is_gone(&self) -> bool {
        self.lock().standing == Standing::Gone
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

    fn sent(&self, bytes: usize) {
        self.lock().waiting -= bytes;
    }

    fn add(&self, state: &mut State, message: Bytes) {
        state.waiting += message.len();
        state.messages.push_back(message);
        self.filled.notify_one();
    }

    fn set_standing(&self, standing: Standing) {
        self.lock().standing = standing;
        self.filled.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks after a subscriber until it leaves, or until its outbox is closed and empty.
pub(super) async fn attend(mut stream: Connected, outbox: Arc<Outbox>, greeting: Arc<Greeting>) {
    let result = match tokio::time::timeout(HANDSHAKE, zmtp::handshake(&mut stream)).await {
        Ok(Ok(())) => {
            let (reader, writer) = tokio::io::split(stream);
            tokio::select! {
                result = listen(reader, &outbox, &greeting) => result,
                result = send(writer, &outbox) => result,
            }
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a subscriber of iopub has left");
    }
    outbox.set_standing(Standing::Gone);
}

async fn listen(mut reader: impl AsyncRead + Unpin, outbox: &Outbox, greeting: &Greeting) -> io::Result<()> {
    loop {
        match zmtp::read_wish(&mut reader).await? {
            Wish::Subscribe(topic) => outbox.subscribe(topic.clone(), greeting.messages(&topic)),
            Wish::Cancel(topic) => outbox.cancel(&topic),
        }
    }
}

async fn send(writer: impl AsyncWrite + Unpin, outbox: &Outbox) -> io::Result<()> {
    let mut writer = BufWriter::with_capacity(WRITE_BUFFER, writer);
    while let Some(messages) = outbox.take().await {
        for message in messages {
            writer.write_all(&message).await?;
            outbox.sent(message.len());
        }
        writer.flush().await?;
    }
    writer.shutdown().await
}

impl Greeting {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, started: AtomicBool::new(false) }
    }

    /// Welcomes a subscriber under the topic it asked for, and tells the first one of all that the kernel is starting.
    /// See <https://jupyter.org/enhancement-proposals/65-jupyter-xpub/jupyter-xpub.html>.
    fn messages(&self, topic: &Bytes) -> Vec<Bytes> {
        let welcome = IoPubWelcome::new(String::from_utf8_lossy(topic).into_owned());
        let mut messages = vec![self.session.message(vec![topic.clone()], "iopub_welcome", &Parent::none(), &welcome)];
        if !self.started.swap(true, Ordering::Relaxed) {
            messages.push(self.session.message(vec![topic.clone()], "status", &Parent::none(), &Status::starting()));
        }
        messages.into_iter().map(|frames| zmtp::encode(&frames.into_vec())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        let outbox = Outbox::default();
        outbox.subscribe(Bytes::from_static(b"st"), vec![Bytes::from_static(b"welcome")]);
        outbox
    }

    fn waiting(outbox: &Outbox) -> usize {
        outbox.lock().messages.len()
    }

    #[test]
    fn a_subscriber_gets_the_topics_it_asked_for_after_its_welcome() {
        let outbox = outbox();
        for topic in ["status", "stream", "error", ""] {
            outbox.offer(topic.as_bytes(), &Bytes::from(topic));
        }
        assert_eq!(outbox.lock().messages, ["welcome", "status", "stream"]);
        outbox.cancel(b"st");
        outbox.offer(b"status", &Bytes::from_static(b"late"));
        assert_eq!(waiting(&outbox), 3);
    }

    #[test]
    fn a_slow_subscriber_loses_large_messages_before_it_loses_small_ones() {
        let outbox = outbox();
        let (large, small) = (Bytes::from(vec![0; 1 << 20]), Bytes::from_static(b"idle"));
        for _ in 0..100 {
            outbox.offer(b"stream", &large);
        }
        assert_eq!(waiting(&outbox), 64, "the welcome and what fits with it");
        outbox.offer(b"status", &small);
        assert_eq!(waiting(&outbox), 65);
    }

    #[tokio::test]
    async fn a_closed_outbox_gives_all_it_has_and_then_ends() {
        let outbox = outbox();
        outbox.close();
        assert_eq!(outbox.take().await.unwrap(), ["welcome"]);
        assert!(outbox.take().await.is_none());
    }
}
