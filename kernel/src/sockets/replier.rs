//! Requests as they come in on a ROUTER socket, and the way back to whoever asked.

use zeromq::{RouterRecvHalf, RouterSendHalf, SocketRecv, SocketSend, ZmqMessage};

use crate::wire::{Frames, Message, Session};

/// A message of a front end, and where its reply goes.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) message: Message,
    pub(crate) replier: Replier,
}

/// The sending side of a ROUTER socket.
#[derive(Clone)]
pub(crate) struct Replier(RouterSendHalf);

/// A front end is not there to take a message.
#[derive(Debug, thiserror::Error)]
#[error("the front end is gone: {0}")]
pub(crate) struct Gone(String);

impl Replier {
    pub(crate) fn new(socket: RouterSendHalf) -> Self {
        Self(socket)
    }

    /// Sends a message to the peer that its identities name.
    pub(crate) async fn send(&self, frames: Frames) -> Result<(), Gone> {
        let message = ZmqMessage::try_from(frames.into_vec()).map_err(|error| Gone(error.to_string()))?;
        self.0.clone().send(message).await.map_err(|error| Gone(error.to_string()))
    }
}

/// The next message that is genuine; the others are dropped and logged. `None` once the socket is closed.
pub(crate) async fn receive(socket: &mut RouterRecvHalf, session: &Session, channel: &'static str) -> Option<Message> {
    loop {
        let frames = match socket.recv().await {
            Ok(message) => message.into_vec(),
            Err(error) => {
                tracing::error!(channel, %error, "the socket is closed");
                return None;
            }
        };
        match session.accept(frames) {
            Ok(message) => {
                tracing::debug!(channel, kind = message.header.kind, "received");
                return Some(message);
            }
            Err(reason) => tracing::warn!(channel, %reason, "dropped a message"),
        }
    }
}
