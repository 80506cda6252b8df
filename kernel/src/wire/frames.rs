//! The frames of a message: identities, a delimiter, a signature, four JSON parts, and binary buffers.

use bytes::Bytes;

/// What stands between the identities and the signed parts.
pub(crate) const DELIMITER: &[u8] = b"<IDS|MSG>";

/// The frames of one message, in their roles. The JSON parts are kept as they are on the wire, since the signature is over those bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    /// The route to the peer (shell, control, stdin) or the topic (iopub).
    pub identities: Vec<Bytes>,
    /// The signature, in hexadecimal; empty when messages are not signed.
    pub signature: Bytes,
    /// The header.
    pub header: Bytes,
    /// The header of the message this one answers, or `{}`.
    pub parent: Bytes,
    /// The metadata.
    pub metadata: Bytes,
    /// The content.
    pub content: Bytes,
    /// Binary buffers, which the signature does not cover.
    pub buffers: Vec<Bytes>,
}

/// Why frames are not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// There is no delimiter.
    #[error("no <IDS|MSG> delimiter in its {0} frames")]
    NoDelimiter(usize),
    /// Not all parts follow the delimiter.
    #[error("{0} frames after the delimiter, where a signature and four parts belong")]
    TooFewFrames(usize),
    /// The header is not a JSON object with the fields it must have.
    #[error("its header cannot be read: {0}")]
    Header(String),
}

impl Frames {
    /// The roles of the frames of one `ZeroMQ` message.
    ///
    /// # Errors
    /// When the frames are not those of a Jupyter message.
    pub fn parse(frames: Vec<Bytes>) -> Result<Self, Malformed> {
        let Some(delimiter) = frames.iter().position(|frame| frame == DELIMITER) else {
            return Err(Malformed::NoDelimiter(frames.len()));
        };
        let parts = frames.len() - delimiter - 1;
        let mut frames = frames.into_iter();
        let identities = frames.by_ref().take(delimiter).collect();
        frames.next();
        let (Some(signature), Some(header), Some(parent), Some(metadata), Some(content)) =
            (frames.next(), frames.next(), frames.next(), frames.next(), frames.next())
        else {
            return Err(Malformed::TooFewFrames(parts));
        };
        Ok(Self { identities, signature, header, parent, metadata, content, buffers: frames.collect() })
    }

    /// The frames in the order in which they are sent.
    pub fn into_vec(self) -> Vec<Bytes> {
        let mut frames = self.identities;
        frames.extend([Bytes::from_static(DELIMITER), self.signature, self.header, self.parent, self.metadata, self.content]);
        frames.extend(self.buffers);
        frames
    }

    /// The parts that the signature covers, in its order.
    pub fn signed(&self) -> [&[u8]; 4] {
        [&self.header, &self.parent, &self.metadata, &self.content]
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn frame() -> impl Strategy<Value = Bytes> {
        prop_oneof![
            3 => vec(any::<u8>(), 0..12).prop_map(Bytes::from),
            1 => Just(Bytes::from_static(DELIMITER)),
            1 => Just(Bytes::from_static(b"{}")),
        ]
    }

    proptest! {
        #[test]
        fn any_frames_are_refused_or_read_and_written_back_unchanged(frames in vec(frame(), 0..12)) {
            let delimiter = frames.iter().position(|frame| frame == DELIMITER);
            let enough = delimiter.is_some_and(|at| frames.len() - at > 5);
            let parsed = Frames::parse(frames.clone());
            prop_assert_eq!(parsed.is_ok(), enough);
            if let Ok(parsed) = parsed {
                prop_assert_eq!(parsed.into_vec(), frames);
            }
        }
    }
}
