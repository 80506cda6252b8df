//! ZMTP 3.0, as far as a kernel needs it: the handshake, messages and subscriptions coming in, messages going out.
//!
//! The sockets that a kernel listens on do not come from the zeromq crate, for three reasons. It sets memory aside for
//! whatever length the header of a frame claims, and has no limit to set: who can reach a port, even without the key, ends
//! the process with one frame. Its XPUB sends to one subscriber after the other and waits for each, so that one front end
//! which stops reading stops them all. Its PUB does not say who has subscribed, and so cannot welcome them.
//! See <https://rfc.zeromq.org/spec/23/>.

use std::io::{self, ErrorKind};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Another frame of the same message follows.
const MORE: u8 = 1;
/// The length takes eight bytes, not one.
const LONG: u8 = 2;
/// The frame is a command, not part of a message.
const COMMAND: u8 = 4;

/// The largest command and subscription that a peer may send (bytes): more than any topic, and no command is longer.
const LARGEST_COMMAND: usize = 64 << 10;

/// How much room is made for a frame before any of it has come (bytes).
const ROOM: usize = 64 << 10;

/// How long a peer may take to introduce itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// What each frame of a message counts beside its bytes, so that a message cannot go on for ever with empty ones (bytes).
const PER_FRAME: usize = 4 << 10;

/// The command that ends the handshake.
const READY: &[u8] = b"\x05READY";

/// What a socket of the kernel is to its peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It publishes to subscribers.
    Publisher,
    /// It answers those who ask.
    Router,
}

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

/// Greets a peer and learns the name by which it wants to be known; empty if it has none.
pub(super) async fn handshake(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), role: Role) -> io::Result<Bytes> {
    tokio::time::timeout(PATIENCE, introduce(stream, role)).await?
}

async fn introduce(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), role: Role) -> io::Result<Bytes> {
    stream.write_all(&greeting()).await?;
    stream.flush().await?;
    let mut theirs = [0; 64];
    stream.read_exact(&mut theirs).await?;
    let (signature, version, mechanism) = ((theirs[0], theirs[9]), theirs[10], &theirs[12..17]);
    if signature != (0xff, 0x7f) || version < 3 || mechanism != b"NULL\0" {
        return Err(invalid("not ZMTP 3 without security"));
    }
    stream.write_all(&ready(role.socket_type())).await?;
    stream.flush().await?;
    let frame = read_frame(stream, LARGEST_COMMAND).await?;
    let command = if frame.flags & COMMAND != 0 { frame.body.strip_prefix(READY) } else { None };
    let properties = command.ok_or_else(|| invalid("the peer does not say what it is"))?;
    let socket_type = property(properties, b"Socket-Type").unwrap_or_default();
    if !role.peers().contains(&socket_type) {
        return Err(invalid("the peer is of a type that has no business here"));
    }
    Ok(Bytes::copy_from_slice(property(properties, b"Identity").unwrap_or_default()))
}

/// The next thing that a subscriber says; whatever else it sends is passed over.
pub(super) async fn read_wish(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Wish> {
    loop {
        let Frame { flags, body } = read_frame(stream, LARGEST_COMMAND).await?;
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

/// The frames of the next message; an error if all of it comes to more than `largest` bytes.
pub(super) async fn read_message(stream: &mut (impl AsyncRead + Unpin), largest: usize) -> io::Result<Vec<Bytes>> {
    let (mut frames, mut left) = (Vec::new(), largest);
    loop {
        let Frame { flags, body } = read_frame(stream, left).await?;
        if flags & COMMAND != 0 {
            continue;
        }
        left = left.saturating_sub(body.len() + PER_FRAME);
        frames.push(body);
        if flags & MORE == 0 {
            return Ok(frames);
        }
        if left == 0 {
            return Err(invalid("the message has too many frames"));
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
    body.extend(b"\x0bSocket-Type");
    body.extend((socket_type.len() as u32).to_be_bytes());
    body.extend(socket_type);
    let mut frame = vec![COMMAND, body.len() as u8];
    frame.extend(body);
    frame
}

/// A property of a READY command: each is a name after its length in one byte, and a value after its length in four.
fn property<'p>(mut properties: &'p [u8], wanted: &[u8]) -> Option<&'p [u8]> {
    loop {
        let (&length, rest) = properties.split_first()?;
        let (name, rest) = rest.split_at_checked(length.into())?;
        let (length, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        properties = rest;
    }
}

/// The next frame; an error if it claims more than `largest` bytes.
async fn read_frame(stream: &mut (impl AsyncRead + Unpin), largest: usize) -> io::Result<Frame> {
    let flags = stream.read_u8().await?;
    let length = if flags & LONG == 0 { u64::from(stream.read_u8().await?) } else { stream.read_u64().await? };
    if length > largest as u64 {
        return Err(invalid("the frame is larger than any that belongs here"));
    }
    // It grows as the bytes come.
    let mut body = Vec::with_capacity((length as usize).min(ROOM));
    stream.take(length).read_to_end(&mut body).await?;
    if (body.len() as u64) < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Frame { flags, body: body.into() })
}

impl Role {
    fn socket_type(self) -> &'static [u8] {
        match self {
            Self::Publisher => b"XPUB",
            Self::Router => b"ROUTER",
        }
    }

    /// The types of socket that may connect.
    fn peers(self) -> &'static [&'static [u8]] {
        match self {
            Self::Publisher => &[b"SUB", b"XSUB"],
            Self::Router => &[b"DEALER", b"REQ", b"ROUTER"],
        }
    }
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
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
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
    fn a_message_is_its_frames_and_commands_in_between_are_passed_over() {
        let mut sent: &[u8] = b"\x01\x01a\x04\x05\x04PING\x01\x00\x00\x02bc";
        let frames = block_on(read_message(&mut sent, 3 * PER_FRAME)).unwrap();
        assert_eq!(frames, ["a", "", "bc"]);
    }

    #[test]
    fn a_message_is_refused_once_all_its_frames_are_too_large() {
        let frames = [Bytes::from(vec![0; 40]), Bytes::from(vec![0; 40])];
        let sent = encode(&frames);
        let read = |largest| block_on(read_message(&mut sent.as_ref(), largest));
        assert_eq!(read(80 + PER_FRAME).unwrap(), frames);
        assert_eq!(read(79 + PER_FRAME).unwrap_err().kind(), ErrorKind::InvalidData);
        let empty = [1, 0].repeat(100);
        assert_eq!(block_on(read_message(&mut empty.as_slice(), 99 * PER_FRAME)).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn a_frame_that_ends_early_is_no_frame() {
        let mut sent: &[u8] = b"\x00\x03ab";
        assert_eq!(block_on(read_message(&mut sent, 100)).unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }

    /// What comes of a handshake with a peer that sends this READY command.
    fn meet(role: Role, ready: &[u8]) -> io::Result<Bytes> {
        let mut sent = greeting().to_vec();
        sent.extend(ready);
        block_on(handshake(&mut tokio::io::join(sent.as_slice(), tokio::io::sink()), role))
    }

    #[test]
    fn only_sockets_that_belong_together_are_let_in() {
        for (role, socket_type, welcome) in [
            (Role::Publisher, "SUB", true),
            (Role::Publisher, "XSUB", true),
            (Role::Publisher, "DEALER", false),
            (Role::Router, "DEALER", true),
            (Role::Router, "REQ", true),
            (Role::Router, "SUB", false),
            (Role::Router, "", false),
        ] {
            assert_eq!(meet(role, &ready(socket_type.as_bytes())).is_ok(), welcome, "{role:?} {socket_type}");
        }
    }

    #[test]
    fn a_peer_may_name_itself() {
        assert_eq!(meet(Role::Router, &ready(b"DEALER")).unwrap(), "");
        let named = b"\x04\x2b\x05READY\x0bsocket-type\0\0\0\x06DEALER\x08Identity\0\0\0\x02me";
        assert_eq!(meet(Role::Router, named).unwrap(), "me");
        let cut_short = b"\x04\x16\x05READY\x0bSocket-Type\0\0\0\x06";
        assert_eq!(meet(Role::Router, cut_short).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_handshake_or_the_readers_panic(mut sent in vec(any::<u8>(), 0..200), greets in any::<bool>()) {
            if greets {
                sent.splice(0..0, greeting());
            }
            let mut stream = tokio::io::join(sent.as_slice(), tokio::io::sink());
            let _ = block_on(handshake(&mut stream, Role::Router));
            let mut rest = sent.as_slice();
            while block_on(read_wish(&mut rest)).is_ok() {}
            let mut rest = sent.as_slice();
            while block_on(read_message(&mut rest, 1000)).is_ok() {}
        }
    }
}
