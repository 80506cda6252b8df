//! iopub: what cells print and show, to every front end that listens. One task owns it; everyone else adds to its queue.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#messages-on-the-iopub-pub-sub-channel>.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jupyter_protocol::{ExecutionState, Status, Stdio, StreamContent};
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

use super::queue::{Item, Queue};
use super::subscriber::{Greeting, Subscriber};
use super::{Endpoint, zmtp};
use crate::language::Stream;
use crate::wire::{Frames, Parent, Session};

/// How long subscribers may take to receive the last messages of a kernel that ends.
const FAREWELL: Duration = Duration::from_millis(300);

/// What `JupyterLab` takes at any pace, beside the status of the kernel.
const UNPACED: [&str; 2] = ["comm_open", "execute_input"];

/// The way to publish. No call waits for a front end.
#[derive(Clone)]
pub(crate) struct IoPub {
    session: Arc<Session>,
    queue: Arc<Queue>,
}

impl IoPub {
    /// Starts the task that owns iopub; it ends after [`IoPub::close`], when all is sent.
    pub(crate) fn start(endpoint: Endpoint, session: Arc<Session>) -> (Self, JoinHandle<()>) {
        let queue = Arc::new(Queue::default());
        let task = tokio::spawn(publish(endpoint, Arc::clone(&queue), Arc::clone(&session)));
        (Self { session, queue }, task)
    }

    /// Publishes a message.
    pub(crate) fn send(&self, kind: &str, parent: &Parent, content: &impl Serialize) {
        self.send_with_buffers(kind, parent, content, Vec::new());
    }

    /// Publishes a message with buffers.
    pub(crate) fn send_with_buffers(&self, kind: &str, parent: &Parent, content: &impl Serialize, buffers: Vec<Bytes>) {
        let metadata = serde_json::json!({});
        let frames = self.session.message_with(topic(kind), kind, parent, &metadata, content, buffers);
        let is_free = UNPACED.contains(&kind);
        self.queue.add(if is_free { Item::Message(frames) } else { Item::Output(frames) });
    }

    /// Publishes what replaces all that is shown under an id. If another update follows before this one has gone out, only
    /// that one is sent.
    pub(crate) fn update(&self, parent: &Parent, content: &impl Serialize, display_id: &str) {
        let kind = "update_display_data";
        let frames = self.session.message(topic(kind), kind, parent, content);
        self.queue.add(Item::Update { display_id: display_id.to_owned(), frames });
    }

    /// Whether more text can be sent within a few seconds, at the pace that front ends bear.
    pub(crate) fn has_room_for_text(&self) -> bool {
        self.queue.has_room_for_text()
    }

    /// Publishes text of a stream, together with what follows within 50 ms.
    pub(crate) fn stream(&self, parent: &Parent, stream: Stream, text: &str) {
        self.queue.add_text(parent, stream, text);
    }

    /// Publishes whether the kernel is at work on a request.
    pub(crate) fn status(&self, parent: &Parent, execution_state: ExecutionState) {
        let idle = execution_state == ExecutionState::Idle;
        let frames = self.session.message(topic("status"), "status", parent, &Status { execution_state });
        self.queue.add(if idle { Item::Idle(frames) } else { Item::Message(frames) });
    }

    /// Waits until all that was published before is on its way.
    pub(crate) async fn flush(&self) {
        let (done, published) = oneshot::channel();
        self.queue.add(Item::Barrier(done));
        // The task is gone only when the kernel ends, and then nothing is left to wait for.
        let _ = published.await;
    }

    /// Publishes no more than what has been added so far.
    pub(crate) fn close(&self) {
        self.queue.close();
    }
}

fn topic(kind: &str) -> Vec<Bytes> {
    vec![Bytes::copy_from_slice(kind.as_bytes())]
}

async fn publish(endpoint: Endpoint, queue: Arc<Queue>, session: Arc<Session>) {
    let listening = match endpoint.listen() {
        Ok(listening) => listening,
        Err(error) => return tracing::error!(%error, "iopub cannot listen"),
    };
    let greeting = Arc::new(Greeting::new(Arc::clone(&session)));
    let mut subscribers: Vec<Arc<Subscriber>> = Vec::new();
    let mut attendants = JoinSet::new();
    loop {
        tokio::select! {
            stream = listening.accept() => {
                subscribers.retain(|subscriber| !subscriber.is_gone());
                while attendants.try_join_next().is_some() {}
                let subscriber = Arc::<Subscriber>::default();
                subscribers.push(Arc::clone(&subscriber));
                attendants.spawn(subscriber.attend(stream, Arc::clone(&greeting)));
            }
            items = queue.next() => {
                let Some(items) = items else { break };
                for item in items {
                    publish_one(item, &session, &subscribers);
                }
            }
        }
    }
    for subscriber in subscribers {
        subscriber.close();
    }
    let all_sent = async { while attendants.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, all_sent).await.is_err() {
        tracing::warn!("a subscriber of iopub did not take the last messages");
    }
}

fn publish_one(item: Item, session: &Session, subscribers: &[Arc<Subscriber>]) {
    let frames = match item {
        Item::Output(frames) | Item::Update { frames, .. } | Item::Message(frames) | Item::Idle(frames) => frames,
        Item::Text { parent, stream, text } => text_message(session, &parent, stream, text),
        Item::Barrier(done) => {
            // Nobody may be waiting any more.
            let _ = done.send(());
            return;
        }
    };
    let frames = frames.into_vec();
    if let Some(topic) = frames.first() {
        let message = zmtp::encode(&frames);
        for subscriber in subscribers {
            subscriber.offer(topic, &message);
        }
    }
}

fn text_message(session: &Session, parent: &Parent, stream: Stream, text: String) -> Frames {
    let name = match stream {
        Stream::Stdout => Stdio::Stdout,
        Stream::Stderr => Stdio::Stderr,
    };
    session.message(topic("stream"), "stream", parent, &StreamContent { name, text })
}
