//! stdin: questions to the user of the front end that ran a cell.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#messages-on-the-stdin-router-dealer-channel>.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jupyter_protocol::InputRequest;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::{Replier, Requests};
use crate::language::{InputError, Typing};
use crate::wire::{Header, InputReply, Message, Session};

/// The way to ask users, and the questions that wait for an answer.
#[derive(Clone)]
pub(crate) struct Stdin {
    session: Arc<Session>,
    replier: Replier,
    waiting: Arc<Mutex<Vec<Question>>>,
}

struct Question {
    /// The id of the message that asks it.
    id: String,
    /// The id of the request that runs the cell.
    request: String,
    /// The route to whom it was put.
    identities: Vec<Bytes>,
    answer: oneshot::Sender<String>,
}

/// A question under way. It waits for its answer no longer than whoever asked, however that ends.
struct Asked<'s> {
    stdin: &'s Stdin,
    id: String,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.stdin.waiting().retain(|question| question.id != self.id);
    }
}

impl Stdin {
    pub(crate) fn new(session: Arc<Session>, replier: Replier) -> Self {
        Self { session, replier, waiting: Arc::default() }
    }

    /// Asks the front end that sent a request, and waits for the answer or the interrupt.
    pub(crate) async fn ask(
        &self,
        request: &Message,
        prompt: &str,
        typing: Typing,
        interrupt: &CancellationToken,
    ) -> Result<String, InputError> {
        let content = InputRequest { prompt: prompt.to_owned(), password: typing == Typing::Hidden };
        let frames = self.session.message(request.identities.clone(), "input_request", &request.as_parent(), &content);
        let id = Header::parse(frames.header.clone()).map(|header| header.id).unwrap_or_default();
        let (answer, answered) = oneshot::channel();
        let (request, identities) = (request.header.id.clone(), request.identities.clone());
        self.waiting().push(Question { id: id.clone(), request, identities, answer });
        let _asked = Asked { stdin: self, id };
        if self.replier.send(frames).is_err() {
            return Err(InputError::Unreachable);
        }
        tokio::select! {
            () = interrupt.cancelled() => Err(InputError::Interrupted),
            answer = answered => answer.map_err(|_| InputError::Interrupted),
        }
    }

    /// Hands answers to the questions they belong to, for ever.
    pub(crate) async fn listen(self, mut requests: Requests) {
        while let Some(message) = requests.next(&self.session, "stdin").await {
            if message.header.kind == "input_reply" {
                self.answer(&message);
            } else {
                tracing::warn!(kind = message.header.kind, "ignored on stdin");
            }
        }
    }

    fn answer(&self, message: &Message) {
        let reply = match message.content::<InputReply>() {
            Ok(reply) => reply,
            Err(error) => return tracing::warn!(%error, "an input_reply cannot be read"),
        };
        let mut waiting = self.waiting();
        // Front ends name the question, or the request that led to it, or neither. A name that fits nothing belongs to a
        // question that has been interrupted.
        let position = match message.parent_id() {
            Some(id) => waiting.iter().position(|question| question.id == id || question.request == id),
            None => waiting.iter().position(|question| question.identities == message.identities),
        };
        let Some(position) = position else { return tracing::warn!("an input_reply that nothing asked for") };
        // Who asked may have been interrupted just now.
        let _ = waiting.remove(position).answer.send(reply.value);
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Question>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
