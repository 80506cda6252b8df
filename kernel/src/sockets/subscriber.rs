//! One subscriber of iopub: what it wants, and how it is greeted.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jupyter_protocol::{IoPubWelcome, Status};
use tokio::io::AsyncRead;

use super::endpoint::Connected;
use super::outbox::Outbox;
use super::zmtp::{self, Role, Wish};
use crate::wire::{Parent, Session};

/// A subscriber.
#[derive(Default)]
pub(super) struct Subscriber {
    topics: Mutex<Vec<Bytes>>,
    outbox: Outbox,
}

/// What all subscribers are greeted with.
pub(super) struct Greeting {
    session: Arc<Session>,
    /// Whether somebody has been told that the kernel is starting.
    started: AtomicBool,
}

impl Subscriber {
    /// Sends a message if the subscriber wants its topic, unless too much waits already.
    pub(super) fn offer(&self, topic: &[u8], message: &Bytes) {
        if self.topics().iter().any(|wanted| topic.starts_with(wanted)) {
            self.outbox.offer(message.clone());
        }
    }

    /// Nothing more will be offered; the connection is closed once all is sent.
    pub(super) fn close(&self) {
        self.outbox.close();
    }

    /// Whether the subscriber has left.
    pub(super) fn is_gone(&self) -> bool {
        self.outbox.is_gone()
    }

    /// Looks after a subscriber until it leaves, or until its outbox is closed and empty.
    pub(super) async fn attend(self: Arc<Self>, mut stream: Connected, greeting: Arc<Greeting>) {
        let met = tokio::select! {
            met = zmtp::handshake(&mut stream, Role::Publisher) => met,
            () = self.outbox.closed() => return,
        };
        let result = match met {
            Ok(_) => {
                let (reader, writer) = tokio::io::split(stream);
                tokio::select! {
                    result = self.listen(reader, &greeting) => result,
                    result = self.outbox.send(writer) => result,
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a subscriber of iopub has left");
        }
        self.outbox.abandon();
    }

    async fn listen(&self, mut reader: impl AsyncRead + Unpin, greeting: &Greeting) -> io::Result<()> {
        loop {
            match zmtp::read_wish(&mut reader).await? {
                Wish::Subscribe(topic) => self.subscribe(topic.clone(), greeting.messages(&topic)),
                Wish::Cancel(topic) => self.cancel(&topic),
            }
        }
    }

    /// Notes a topic that the subscriber wants, after a greeting under that topic. Nothing gets between the two.
    fn subscribe(&self, topic: Bytes, greeting: Vec<Bytes>) {
        let mut topics = self.topics();
        for message in greeting {
            self.outbox.offer(message);
        }
        topics.push(topic);
    }

    fn cancel(&self, topic: &[u8]) {
        let mut topics = self.topics();
        if let Some(at) = topics.iter().position(|wanted| wanted == topic) {
            topics.remove(at);
        }
    }

    fn topics(&self) -> MutexGuard<'_, Vec<Bytes>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
    use crate::wire::Key;

    #[tokio::test]
    async fn a_kernel_that_ends_does_not_wait_for_a_peer_that_never_says_what_it_is() {
        let subscriber = Arc::<Subscriber>::default();
        let (ours, theirs) = tokio::io::duplex(1 << 10);
        let greeting = Arc::new(Greeting::new(Arc::new(Session::new(Key::new("", "").unwrap()))));
        let attending = tokio::spawn(Arc::clone(&subscriber).attend(Box::new(ours), greeting));
        subscriber.close();
        tokio::time::timeout(std::time::Duration::from_secs(5), attending).await.expect("it ends").unwrap();
        drop(theirs);
    }

    #[test]
    fn a_subscriber_gets_the_topics_it_asked_for_after_its_welcome() {
        let subscriber = Subscriber::default();
        subscriber.subscribe(Bytes::from_static(b"st"), vec![Bytes::from_static(b"welcome")]);
        for topic in ["status", "stream", "error", ""] {
            subscriber.offer(topic.as_bytes(), &Bytes::from(topic));
        }
        assert_eq!(subscriber.outbox.waiting(), ["welcome", "status", "stream"]);
        subscriber.cancel(b"st");
        subscriber.offer(b"status", &Bytes::from_static(b"late"));
        assert_eq!(subscriber.outbox.waiting().len(), 3);
    }
}
