//! ZMTP 3.0, as far as a publisher needs it: the handshake, subscriptions coming in, messages going out.
//!
//! iopub is the one socket that does not come from the zeromq crate. Its XPUB sends to one subscriber after the other and
//! waits for each, so that one front end which stops reading stops them all; its PUB does not say who has subscribed,
//! and so cannot welcome them. See <https://rfc.zeromq.org/spec/23/>.

use std::io::{self, ErrorKind};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Another frame of the same message follows.
const MORE: u8 = 1;
/// The length takes eight bytes, not one.
const LONG: u8 = 2;
/// The frame is a command, not part of a message.
const COMMAND: u8 = 4;

/// The largest frame that a subscriber may send (bytes): more than any topic, and nothing else is expected of it.
const LARGEST_FRAME: u64 = 64 << 10;

/// The command that ends the handshake, with the name of its one property.
const READY: &[u8] = b"\x05READY\x0bSocket-Type";

/// What a subscriber says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// It wants the messages whose topic begins so.
    Subscribe(Bytes),
    /// It wants them no more.
    Cancel(Bytes),
}

struct Frame {
    flags: u8,
    body: Bytes,
}

/// Greets a subscriber and learns that it is one.
pub(super) async fn handshake(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    stream.write_all(&greeting()).await?;
    stream.flush().await?;
    let mut theirs = [0; 64];
    stream.read_exact(&mut theirs).await?;
    let (signature, version, mechanism) = ((theirs[0], theirs[9]), theirs[10], &theirs[12..17]);
    if signature != (0xff, 0x7f) || version < 3 || mechanism != b"NULL\0" {
        return Err(invalid("not ZMTP 3 without security"));
    }
    stream.write_all(&ready(b"XPUB")).await?;
    stream.flush().await?;
    let frame = read_frame(stream).await?;
    if frame.flags & COMMAND == 0 || !is_subscriber(&frame.body) {
        return Err(invalid("the peer is not a SUB socket"));
    }
    Ok(())
}

/// The next thing that a subscriber says; whatever else it sends is passed over.
pub(super) async fn read_wish(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Wish> {
    loop {
        let Frame { flags, body } = read_frame(stream).await?;
        if flags & (COMMAND | MORE) != 0 {
            continue;
        }
        match body.first() {
            Some(1) => return Ok(Wish::Subscribe(body.slice(1..))),
            Some(0) => return Ok(Wish::Cancel(body.slice(1..))),
            _ => {}
        }
    }
}

/// A message as it goes out.
pub(super) fn encode(frames: &[Bytes]) -> Bytes {
    let mut message = BytesMut::with_capacity(frames.iter().map(|frame| frame.len() + 9).sum());
    for (number, frame) in frames.iter().enumerate() {
        let more = if number + 1 < frames.len() { MORE } else { 0 };
        if let Ok(length) = u8::try_from(frame.len()) {
            message.put_slice(&[more, length]);
        } else {
            message.put_u8(more | LONG);
            message.put_u64(frame.len() as u64);
        }
        message.put_slice(frame);
    }
    message.freeze()
}

/// Version 3.0, without security; the other side then speaks 3.0 as well.
fn greeting() -> [u8; 64] {
    let mut greeting = [0; 64];
    (greeting[0], greeting[9], greeting[10]) = (0xff, 0x7f, 3);
    greeting[12..16].copy_from_slice(b"NULL");
    greeting
}

fn ready(socket_type: &[u8]) -> Vec<u8> {
    let mut body = READY.to_vec();
    body.extend((socket_type.len() as u32).to_be_bytes());
    body.extend(socket_type);
    let mut frame = vec![COMMAND, body.len() as u8];
    frame.extend(body);
    frame
}

/// Whether a READY command names a socket type that may subscribe.
fn is_subscriber(command: &[u8]) -> bool {
    let has = |property: &[u8]| command.windows(property.len()).any(|window| window == property);
    command.starts_with(b"\x05READY") && (has(b"Socket-Type\0\0\0\x03SUB") || has(b"Socket-Type\0\0\0\x04XSUB"))
}

async fn read_frame(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Frame> {
    let flags = stream.read_u8().await?;
    let length = if flags & LONG == 0 { u64::from(stream.read_u8().await?) } else { stream.read_u64().await? };
    if length > LARGEST_FRAME {
        return Err(invalid("the frame is larger than any subscription"));
    }
    let mut body = vec![0; length as usize];
    stream.read_exact(&mut body).await?;
    Ok(Frame { flags, body: body.into() })
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn a_message_is_its_frames_with_flags_and_lengths() {
        let long = Bytes::from(vec![b'x'; 256]);
        let mut expected = b"\x01\x01a\x01\x00\x02\0\0\0\0\0\0\x01\0".to_vec();
        expected.extend(&long);
        assert_eq!(encode(&[Bytes::from_static(b"a"), Bytes::new(), long]), expected);
    }

    #[test]
    fn subscriptions_are_read_and_all_else_is_passed_over() {
        let mut sent: &[u8] = b"\x04\x06\x05OTHER\x00\x03\x01ab\x00\x01\x09\x01\x01\x01\x00\x01\x00";
        let mut next = || block_on(read_wish(&mut sent));
        assert_eq!(next().unwrap(), Wish::Subscribe(Bytes::from_static(b"ab")));
        assert_eq!(next().unwrap(), Wish::Cancel(Bytes::new()));
        assert_eq!(next().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_frame_that_claims_to_be_huge_is_refused_before_anything_is_set_aside_for_it() {
        let mut sent: &[u8] = b"\x02\x7f\xff\xff\xff\xff\xff\xff\xff";
        assert_eq!(block_on(read_wish(&mut sent)).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn only_subscribers_are_let_in() {
        assert!(is_subscriber(&ready(b"SUB")[2..]));
        assert!(is_subscriber(&ready(b"XSUB")[2..]));
        assert!(!is_subscriber(&ready(b"DEALER")[2..]));
        assert!(!is_subscriber(b""));
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_handshake_or_the_reader_panic(mut sent in vec(any::<u8>(), 0..200), greets in any::<bool>()) {
            if greets {
                sent.splice(0..0, greeting());
            }
            let mut stream = tokio::io::join(sent.as_slice(), tokio::io::sink());
            let _ = block_on(handshake(&mut stream));
            let mut rest = sent.as_slice();
            while block_on(read_wish(&mut rest)).is_ok() {}
        }
    }
}
