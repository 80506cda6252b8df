//! A session: what the kernel's messages have in common, and the gate that incoming ones pass.

use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::signing::Seen;
use super::{Frames, Header, Key, Malformed, PROTOCOL_VERSION, Parent};

/// The kernel's side of the conversation: its key, its id, and the signatures it has seen.
pub struct Session {
    key: Key,
    id: String,
    seen: Seen,
}

/// A message from a front end, verified.
#[derive(Clone, Debug)]
pub struct Message {
    /// The route back to the sender.
    pub(crate) identities: Vec<Bytes>,
    /// The header.
    pub(crate) header: Header,
    /// The buffers that came with it.
    pub(crate) buffers: Vec<Bytes>,
    parent: Bytes,
    metadata: Bytes,
    content: Bytes,
}

/// Why a message is dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// It is no message.
    #[error("malformed: {0}")]
    Malformed(#[from] Malformed),
    /// It comes from somebody who does not know the key, or was changed on its way.
    #[error("its signature is wrong")]
    Signature,
    /// It has been accepted before.
    #[error("it is a replay of an earlier one")]
    Replay,
}

impl Session {
    /// A new session with the key of the connection.
    pub fn new(key: Key) -> Self {
        Self { key, id: Uuid::new_v4().to_string(), seen: Seen::default() }
    }

    /// Lets a message in, or says why not.
    ///
    /// # Errors
    /// When the frames are no message, their signature is wrong, or they have been here before.
    pub fn accept(&self, frames: Vec<Bytes>) -> Result<Message, Rejected> {
        let frames = Frames::parse(frames)?;
        if !self.key.verify(&frames.signature, &frames.signed()) {
            return Err(Rejected::Signature);
        }
        let header = Header::parse(frames.header)?;
        if !self.seen.first_time(&frames.signature) {
            return Err(Rejected::Replay);
        }
        let Frames { identities, parent, metadata, content, buffers, .. } = frames;
        Ok(Message { identities, header, buffers, parent, metadata, content })
    }

    /// A message of the kernel, signed.
    pub(crate) fn message(&self, identities: Vec<Bytes>, kind: &str, parent: &Parent, content: &impl Serialize) -> Frames {
        self.message_with(identities, kind, parent, &json!({}), content, Vec::new())
    }

    /// A message of the kernel with metadata and buffers, signed.
    pub(crate) fn message_with(
        &self,
        identities: Vec<Bytes>,
        kind: &str,
        parent: &Parent,
        metadata: &Value,
        content: &impl Serialize,
        buffers: Vec<Bytes>,
    ) -> Frames {
        let header = json!({
            "msg_id": Uuid::new_v4().to_string(),
            "session": self.id,
            "username": "kernel",
            "date": Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            "msg_type": kind,
            "version": PROTOCOL_VERSION,
        });
        let mut frames = Frames {
            identities,
            header: header.to_string().into(),
            parent: parent.bytes(),
            metadata: metadata.to_string().into(),
            content: to_json(content),
            buffers,
            ..Frames::default()
        };
        frames.signature = self.key.sign(&frames.signed()).into();
        frames
    }
}

/// The content as JSON. Nothing the kernel sends can fail to be written; should it, an empty object goes out and the log says so.
fn to_json(content: &impl Serialize) -> Bytes {
    match serde_json::to_vec(content) {
        Ok(json) => json.into(),
        Err(error) => {
            tracing::error!(%error, "a content cannot be written as JSON");
            Bytes::from_static(b"{}")
        }
    }
}

impl Message {
    /// What the message is, such as `execute_request`.
    pub fn kind(&self) -> &str {
        &self.header.kind
    }

    /// The content, read as what the message's kind calls for.
    ///
    /// # Errors
    /// When the content is something else.
    pub fn content<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.content)
    }

    /// A text field of the metadata.
    pub(crate) fn metadata(&self, field: &str) -> Option<String> {
        text_field(&self.metadata, field)
    }

    /// The id of the message that this one answers, where it says so.
    pub fn parent_id(&self) -> Option<String> {
        text_field(&self.parent, "msg_id")
    }

    /// The header of this message as the parent of what answers it.
    pub(crate) fn as_parent(&self) -> Parent {
        self.header.as_parent()
    }
}

fn text_field(json: &[u8], field: &str) -> Option<String> {
    let object: Value = serde_json::from_slice(json).ok()?;
    Some(object.get(field)?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn session() -> Session {
        Session::new(Key::new("hmac-sha256", "secret").unwrap())
    }

    #[test]
    fn a_message_is_accepted_once() {
        let session = session();
        let frames = session.message(vec![], "kernel_info_request", &Parent::none(), &json!({})).into_vec();
        assert_eq!(session.accept(frames.clone()).unwrap().header.kind, "kernel_info_request");
        assert_eq!(session.accept(frames).unwrap_err(), Rejected::Replay);
    }

    #[test]
    fn a_message_of_another_key_is_rejected() {
        let stranger = Session::new(Key::new("hmac-sha256", "other").unwrap());
        let frames = stranger.message(vec![], "kernel_info_request", &Parent::none(), &json!({})).into_vec();
        assert_eq!(session().accept(frames).unwrap_err(), Rejected::Signature);
    }

    #[test]
    fn unknown_header_fields_come_back_in_the_parent() {
        let unsigned = Session::new(Key::new("", "").unwrap());
        let mut frames = unsigned.message(vec![], "x", &Parent::none(), &json!({}));
        frames.header = Bytes::from_static(br#"{"msg_id":"1","msg_type":"x","color":"blue","subshell_id":"s"}"#);
        let message = unsigned.accept(frames.clone().into_vec()).unwrap();
        assert_eq!(message.as_parent().bytes(), frames.header);
        assert_eq!(message.header.subshell.as_deref(), Some("s"));
    }

    /// The frames of a request as front ends send it.
    fn request() -> Vec<Bytes> {
        let content = json!({ "code": "%sdap datasets", "silent": false, "cursor_pos": 3 });
        session().message(vec![Bytes::from_static(b"route")], "execute_request", &Parent::none(), &content).into_vec()
    }

    proptest! {
        #[test]
        fn a_request_with_any_one_byte_of_its_parts_changed_is_rejected(frame in 3..7usize, at: prop::sample::Index, change in 1..=255u8) {
            let mut frames = request();
            let mut bytes = frames[frame].to_vec();
            bytes[at.index(frames[frame].len())] ^= change;
            frames[frame] = bytes.into();
            prop_assert_eq!(session().accept(frames).unwrap_err(), Rejected::Signature);
        }

        #[test]
        fn a_request_that_lost_a_frame_is_rejected(frame in 1..7usize) {
            let mut frames = request();
            frames.remove(frame);
            prop_assert!(session().accept(frames).is_err());
        }

        #[test]
        fn no_parts_make_the_gate_panic(parts in vec(prop_oneof!["[\\[\\]{}:\", a-z0-9]{0,40}", Just(r#"{"msg_id":"1","msg_type":"x"}"#.to_owned())], 5)) {
            let unsigned = Session::new(Key::new("", "").unwrap());
            let mut frames = vec![Bytes::from_static(b"<IDS|MSG>")];
            frames.extend(parts.into_iter().map(Bytes::from));
            if let Ok(message) = unsigned.accept(frames) {
                prop_assert!(!message.header.kind.is_empty());
                let _ = (message.content::<Value>().is_ok(), message.metadata("cellId"), message.parent_id());
            }
        }
    }
}
