//! One subscriber of iopub: its own XPUB socket and its own bounded queue.
//!
//! An XPUB socket sends to its subscribers one after the other and waits for each. With one socket for each
//! subscriber, all accepting on the same address, a subscriber that reads slowly or not at all delays only itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use jupyter_protocol::{IoPubWelcome, Status};
use tokio::sync::mpsc;
use zeromq::{Socket, SocketEvent, SocketRecv, SocketSend, XPubSocket, ZmqMessage};

use super::Endpoint;
use crate::wire::{Parent, Session};

/// How much may wait for a subscriber; what comes on top of it is lost to that subscriber (bytes).
const BACKLOG: usize = 64 << 20;

/// Messages as small as this (bytes) get twice the room: among them are those that end a cell, which a front end
/// that falls behind must not miss.
const SMALL: usize = 4 << 10;

/// How often an idle socket is looked at, to let go of one whose subscriber has left.
const LOOK_AFTER: Duration = Duration::from_secs(10);

/// How the publisher knows a subscriber.
pub(super) struct Subscriber {
    queue: mpsc::UnboundedSender<ZmqMessage>,
    waiting: Arc<AtomicUsize>,
    lost: usize,
}

/// What all subscribers are greeted with.
pub(super) struct Greeting {
    pub(super) session: Arc<Session>,
    /// Whether somebody has been told that the kernel is starting.
    pub(super) started: AtomicBool,
}

impl Subscriber {
    /// Looks after a socket that one subscriber has connected to; the task ends when the subscriber leaves, or once
    /// this side is dropped and all is sent.
    pub(super) fn attend(socket: XPubSocket, greeting: Arc<Greeting>) -> (Self, impl Future<Output = ()>) {
        let (queue, messages) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let task = attend(socket, messages, Arc::clone(&waiting), greeting);
        (Self { queue, waiting, lost: 0 }, task)
    }

    /// Queues a message, unless too much waits already. False once the subscriber has left.
    pub(super) fn send(&mut self, message: &ZmqMessage) -> bool {
        let size = size(message);
        let room = if size <= SMALL { 2 * BACKLOG } else { BACKLOG };
        let waiting = self.waiting.load(Ordering::Relaxed);
        if waiting + size > room {
            if self.lost == 0 {
                tracing::warn!(waiting, "a subscriber of iopub reads too slowly and loses messages");
            }
            self.lost += 1;
            return !self.queue.is_closed();
        }
        if self.lost > 0 {
            tracing::warn!(lost = self.lost, "a slow subscriber of iopub has caught up");
            self.lost = 0;
        }
        self.waiting.fetch_add(size, Ordering::Relaxed);
        self.queue.send(message.clone()).is_ok()
    }
}

/// Sends each newly connected subscriber's socket to the publisher, for ever.
pub(super) async fn accept(endpoint: Endpoint, newcomers: mpsc::UnboundedSender<XPubSocket>) {
    loop {
        match accept_one(&endpoint).await {
            Ok(socket) => {
                if newcomers.send(socket).is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::error!(%error, "iopub cannot accept a subscriber; trying again");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// A socket that accepts until one subscriber is there, and then no other.
async fn accept_one(endpoint: &Endpoint) -> Result<XPubSocket, zeromq::ZmqError> {
    let mut socket = XPubSocket::new();
    let mut events = socket.monitor();
    socket.bind_listener(endpoint.share()?).await?;
    while let Some(event) = events.next().await {
        if let SocketEvent::Accepted(..) = event {
            break;
        }
    }
    for error in socket.unbind_all().await {
        tracing::debug!(%error, "iopub could not stop accepting");
    }
    Ok(socket)
}

async fn attend(
    mut socket: XPubSocket,
    mut messages: mpsc::UnboundedReceiver<ZmqMessage>,
    waiting: Arc<AtomicUsize>,
    greeting: Arc<Greeting>,
) {
    while is_connected(&socket) {
        tokio::select! {
            // Subscriptions first, so that a welcome comes before anything else.
            biased;
            subscription = socket.recv() => {
                let Ok(subscription) = subscription else { return };
                if let Some([1, topic @ ..]) = subscription.get(0).map(Bytes::as_ref) {
                    greeting.greet(&mut socket, topic).await;
                }
            }
            message = messages.recv() => {
                let Some(message) = message else { return };
                let size = size(&message);
                if let Err(error) = socket.send(message).await {
                    tracing::debug!(%error, "a subscriber of iopub has left");
                    return;
                }
                waiting.fetch_sub(size, Ordering::Relaxed);
            }
            () = tokio::time::sleep(LOOK_AFTER) => {}
        }
    }
}

/// Whether the subscriber is still there. The socket does not tell; but each of its connections holds its options.
fn is_connected(socket: &XPubSocket) -> bool {
    Arc::strong_count(socket.backend().socket_options()) > 1
}

impl Greeting {
    /// Welcomes a subscriber under the topic it asked for, and tells the first one of all that the kernel is starting.
    /// See <https://jupyter.org/enhancement-proposals/65-jupyter-xpub/jupyter-xpub.html>.
    async fn greet(&self, socket: &mut XPubSocket, topic: &[u8]) {
        let welcome = IoPubWelcome::new(String::from_utf8_lossy(topic).into_owned());
        let topic = vec![Bytes::copy_from_slice(topic)];
        let mut messages = vec![self.session.message(topic.clone(), "iopub_welcome", &Parent::none(), &welcome)];
        if !self.started.swap(true, Ordering::Relaxed) {
            messages.push(self.session.message(topic, "status", &Parent::none(), &Status::starting()));
        }
        for message in messages {
            let Ok(message) = ZmqMessage::try_from(message.into_vec()) else { continue };
            if let Err(error) = socket.send(message).await {
                tracing::debug!(%error, "a subscriber of iopub left before it was welcomed");
            }
        }
    }
}

fn size(message: &ZmqMessage) -> usize {
    message.iter().map(Bytes::len).sum()
}
