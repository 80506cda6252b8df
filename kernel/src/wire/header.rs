//! The header of a message, kept whole, so that fields the kernel does not know come back in the parent header.

use bytes::Bytes;
use serde::Deserialize;

use super::Malformed;

/// The header of a request.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// The id of the message.
    pub(crate) id: String,
    /// What the message is, such as `execute_request`.
    pub(crate) kind: String,
    /// The subshell it is for, if not the main shell.
    pub(crate) subshell: Option<String>,
    /// The bytes it came in.
    raw: Bytes,
}

/// The header of the message that another one answers, as it goes into that one's parent header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parent(Bytes);

#[derive(Deserialize)]
struct Fields {
    msg_id: String,
    msg_type: String,
    #[serde(default)]
    subshell_id: Option<String>,
}

impl Header {
    /// Reads a header.
    pub(crate) fn parse(raw: Bytes) -> Result<Self, Malformed> {
        let fields: Fields = serde_json::from_slice(&raw).map_err(|error| Malformed::Header(error.to_string()))?;
        Ok(Self { id: fields.msg_id, kind: fields.msg_type, subshell: fields.subshell_id, raw })
    }

    /// The header as the parent of what answers it.
    pub(crate) fn as_parent(&self) -> Parent {
        Parent(self.raw.clone())
    }
}

impl Parent {
    /// No parent, which the protocol writes as an empty object.
    pub(crate) const fn none() -> Self {
        Self(Bytes::from_static(b"{}"))
    }

    /// The bytes of the parent header.
    pub(crate) fn bytes(&self) -> Bytes {
        self.0.clone()
    }
}
