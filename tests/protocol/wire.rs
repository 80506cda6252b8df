//! The wire as the protocol's document describes it, written apart from the kernel's own, so that neither checks itself.

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use zeromq::ZmqMessage;

pub(crate) const KEY: &str = "a key for tests";

/// A message as it came from the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// The frames before the delimiter: on iopub the topic.
    pub(crate) prefix: Vec<Bytes>,
    pub(crate) header: Value,
    pub(crate) parent: Value,
    pub(crate) metadata: Value,
    pub(crate) content: Value,
    pub(crate) buffers: Vec<Bytes>,
    /// How many bytes it has on the wire, from the signature on.
    pub(crate) size: usize,
}

/// A message as it goes to the kernel; each part can be spoilt before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) header: Value,
    pub(crate) parent: String,
    pub(crate) metadata: Value,
    pub(crate) content: String,
    pub(crate) buffers: Vec<Bytes>,
    pub(crate) signature: Option<String>,
}

impl Draft {
    pub(crate) fn new(session: &str, kind: &str, content: &Value) -> Self {
        let header = json!({
            "msg_id": uuid::Uuid::new_v4().to_string(),
            "session": session,
            "username": "tester",
            "date": "2026-11-20T12:00:00.000000Z",
            "msg_type": kind,
            "version": "5.4",
        });
        Self { header, parent: "{}".to_owned(), metadata: json!({}), content: content.to_string(), buffers: vec![], signature: None }
    }

    pub(crate) fn id(&self) -> String {
        self.header["msg_id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn frames(&self, key: &str) -> ZmqMessage {
        let parts = [self.header.to_string(), self.parent.clone(), self.metadata.to_string(), self.content.clone()];
        let signature = self.signature.clone().unwrap_or_else(|| sign(key, &parts));
        let mut frames = vec![Bytes::from_static(b"<IDS|MSG>"), signature.into()];
        frames.extend(parts.map(Bytes::from));
        frames.extend(self.buffers.clone());
        frames.try_into().unwrap()
    }
}

impl Message {
    /// Takes a message apart and checks all that every message of a kernel must have.
    #[track_caller]
    pub(crate) fn read(message: ZmqMessage, key: &str) -> Self {
        let mut frames = message.into_vec();
        let delimiter = frames.iter().position(|frame| frame == "<IDS|MSG>").expect("a message has a delimiter");
        let mut rest = frames.split_off(delimiter + 1);
        frames.pop();
        assert!(rest.len() >= 5, "a message has a signature and four parts: {rest:?}");
        let size = rest.iter().map(Bytes::len).sum();
        let buffers = rest.split_off(5);
        let texts: Vec<String> = rest.iter().map(|part| String::from_utf8(part.to_vec()).unwrap()).collect();
        assert_eq!(texts[0], sign(key, &texts[1..]), "the signature of {texts:?}");
        let part = |at: usize| -> Value { serde_json::from_str(&texts[at]).unwrap() };
        let message = Self { prefix: frames, header: part(1), parent: part(2), metadata: part(3), content: part(4), buffers, size };
        for field in ["msg_id", "session", "username", "msg_type", "version"] {
            assert!(message.header[field].is_string(), "header field {field} of {message:?}");
        }
        let date = message.header["date"].as_str().expect("a header has a date");
        assert!(chrono::DateTime::parse_from_rfc3339(date).is_ok(), "{date} is an ISO 8601 time with its zone");
        assert!(message.parent.is_object() && message.metadata.is_object() && message.content.is_object(), "{message:?}");
        message
    }

    pub(crate) fn kind(&self) -> &str {
        self.header["msg_type"].as_str().unwrap()
    }

    /// The id of the request that it belongs to; empty if to none.
    pub(crate) fn parent_id(&self) -> &str {
        self.parent["msg_id"].as_str().unwrap_or_default()
    }

    /// The message in one line, as tests compare it.
    pub(crate) fn line(&self) -> String {
        let content = &self.content;
        let plain = content["data"]["text/plain"].as_str().unwrap_or_default();
        let text = |field: &str| content[field].as_str().unwrap_or_default();
        let id = content["transient"]["display_id"].as_str().map(|id| format!(" {id}")).unwrap_or_default();
        match self.kind() {
            "status" => text("execution_state").to_owned(),
            "execute_input" => format!("input {}: {}", content["execution_count"], text("code")),
            "stream" => format!("{}: {}", text("name"), text("text")),
            "display_data" => format!("display{id}: {plain}"),
            "update_display_data" => format!("update{id}: {plain}"),
            "execute_result" => format!("result {}: {plain}", content["execution_count"]),
            "error" => format!("error {}: {}", text("ename"), text("evalue")),
            "clear_output" => format!("clear, wait: {}", content["wait"]),
            kind @ ("comm_open" | "comm_msg" | "comm_close") => format!("{kind} {}: {}", text("comm_id"), content["data"]),
            kind => kind.to_owned(),
        }
    }
}

pub(crate) fn sign(key: &str, parts: &[String]) -> String {
    if key.is_empty() {
        return String::new();
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    for part in parts {
        mac.update(part.as_bytes());
    }
    hex::encode(mac.finalize().into_bytes())
}
