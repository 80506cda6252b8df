//! A socket on which front ends ask: requests come in from any number of them, and a reply goes to the one that its route
//! names. It is what `ZeroMQ` calls a ROUTER.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, BufReader};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::endpoint::{Connected, Endpoint, Listening};
use super::outbox::Outbox;
use super::zmtp::{self, Role};
use crate::wire::{Frames, Message, Session};

/// A front end that sends more than this in one message is turned away (bytes).
const LARGEST_MESSAGE: usize = 256 << 20;

/// How many messages may wait to be looked at before front ends are made to wait.
const WAITING: usize = 64;

/// How long front ends may take to receive the last replies of a kernel that ends.
const FAREWELL: Duration = Duration::from_millis(300);

/// A message of a front end, and where its reply goes.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) message: Message,
    pub(crate) replier: Replier,
}

/// The sending side of the socket.
#[derive(Clone)]
pub(crate) struct Replier(Arc<Peers>);

/// The receiving side of the socket.
pub(crate) struct Requests(mpsc::Receiver<Vec<Bytes>>);

/// A front end is not there to take a message.
#[derive(Debug, thiserror::Error)]
#[error("the front end is gone, or reads nothing")]
pub(crate) struct Gone;

/// The front ends that are connected, by their routes.
struct Peers {
    outboxes: Mutex<HashMap<Bytes, Arc<Outbox>>>,
    /// For the routes of those that do not name themselves.
    nameless: AtomicU32,
    closed: watch::Sender<bool>,
}

/// Starts the task that accepts front ends; it ends after [`Replier::close`], when all replies are sent.
pub(crate) fn open(endpoint: &Endpoint) -> io::Result<(Replier, Requests, JoinHandle<()>)> {
    let peers = Arc::new(Peers { outboxes: Mutex::default(), nameless: AtomicU32::new(0), closed: watch::Sender::new(false) });
    let (sender, receiver) = mpsc::channel(WAITING);
    let task = tokio::spawn(Arc::<Peers>::clone(&peers).accept(endpoint.listen()?, sender));
    Ok((Replier(peers), Requests(receiver), task))
}

impl Requests {
    /// The next message that is genuine; the others are dropped and logged. `None` once the socket is closed.
    pub(crate) async fn next(&mut self, session: &Session, channel: &'static str) -> Option<Message> {
        loop {
            match session.accept(self.0.recv().await?) {
                Ok(message) => {
                    tracing::debug!(channel, kind = message.header.kind, "received");
                    return Some(message);
                }
                Err(reason) => tracing::warn!(channel, %reason, "dropped a message"),
            }
        }
    }
}

impl Replier {
    /// Sends a message to the front end that its first identity names.
    pub(crate) fn send(&self, frames: Frames) -> Result<(), Gone> {
        let frames = frames.into_vec();
        let (route, message) = frames.split_first().ok_or(Gone)?;
        let outbox = self.0.outboxes().get(route).cloned().ok_or(Gone)?;
        if outbox.offer(zmtp::encode(message)) { Ok(()) } else { Err(Gone) }
    }

    /// Ends the connections once all is sent.
    pub(crate) fn close(&self) {
        self.0.closed.send_replace(true);
    }
}

impl Peers {
    async fn accept(self: Arc<Self>, listening: Listening, requests: mpsc::Sender<Vec<Bytes>>) {
        let mut attendants = JoinSet::new();
        loop {
            tokio::select! {
                stream = listening.accept() => {
                    while attendants.try_join_next().is_some() {}
                    attendants.spawn(Arc::clone(&self).attend(stream, requests.clone()));
                }
                () = self.is_closed() => break,
                () = requests.closed() => break,
            }
        }
        for outbox in self.outboxes().values() {
            outbox.close();
        }
        let all_sent = async { while attendants.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, all_sent).await.is_err() {
            tracing::warn!("a front end did not take the last replies");
        }
    }

    /// Looks after a front end until it leaves, or until its outbox is closed and empty.
    async fn attend(self: Arc<Self>, mut stream: Connected, requests: mpsc::Sender<Vec<Bytes>>) {
        let met = tokio::select! {
            met = zmtp::handshake(&mut stream, Role::Router) => met,
            () = self.is_closed() => return,
        };
        let result = match met {
            Ok(name) => {
                let (route, outbox) = self.admit(name);
                let (reader, writer) = tokio::io::split(stream);
                let result = tokio::select! {
                    result = listen(reader, &route, &requests) => result,
                    result = outbox.send(writer) => result,
                };
                self.dismiss(&route, &outbox);
                result
            }
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a front end has left");
        }
    }

    async fn is_closed(&self) {
        // The sender is part of `self`, so it cannot be gone.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Gives a front end its route. One that takes the name of another takes its place: it is the same one, come back.
    fn admit(&self, name: Bytes) -> (Bytes, Arc<Outbox>) {
        let route = if name.is_empty() { self.nameless() } else { name };
        let outbox = Arc::<Outbox>::default();
        if let Some(former) = self.outboxes().insert(route.clone(), Arc::clone(&outbox)) {
            former.close();
        }
        (route, outbox)
    }

    fn dismiss(&self, route: &Bytes, outbox: &Arc<Outbox>) {
        outbox.abandon();
        let mut outboxes = self.outboxes();
        if outboxes.get(route).is_some_and(|current| Arc::ptr_eq(current, outbox)) {
            outboxes.remove(route);
        }
    }

    /// A route that no front end can have named: their names do not begin with a zero.
    fn nameless(&self) -> Bytes {
        let mut route = vec![0];
        route.extend(self.nameless.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        route.into()
    }

    fn outboxes(&self) -> MutexGuard<'_, HashMap<Bytes, Arc<Outbox>>> {
        self.outboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands on what a front end sends, each message after the front end's route.
async fn listen(reader: impl AsyncRead + Unpin, route: &Bytes, requests: &mpsc::Sender<Vec<Bytes>>) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    loop {
        let mut frames = zmtp::read_message(&mut reader, LARGEST_MESSAGE).await?;
        frames.insert(0, route.clone());
        if requests.send(frames).await.is_err() {
            return Ok(());
        }
    }
}
