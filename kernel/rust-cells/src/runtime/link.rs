//! What the keeper and the processes with the cells say to each other: JSON, a message a line, with file descriptors.

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::VecDeque,
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
};

/// What a process tells the keeper.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum News {
    /// evcxr has started a runner. Handles: its link, evcxr's commands and replies and standard error, what it prints to
    /// standard output and to standard error.
    Started(i32),
    /// A standby was made. Handle: its link.
    Guarded(i32),
    /// None could be made, and why.
    Unguarded(String),
    /// The cell has returned, and the standby knows what it did. Handle: the standby's link, if there is one.
    Returned(Option<i32>),
    /// The cell could not be loaded. Nothing has run.
    Refused(String),
}

/// What the keeper tells a process.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    /// To the runner: run a function of a library. Handle: its standard input.
    Run { library: String, function: String },
    /// To the runner: the standby is gone, make one.
    Guard,
    /// To the standby: the runner is gone, be it.
    Lead,
    /// To the standby: a newer one is there, go.
    Go,
}

/// How many handles a message may carry.
const HANDLES: usize = 8;

/// One end of a connection.
#[derive(Debug)]
pub(super) struct Link {
    socket: UnixStream,
    /// What was received and not taken yet.
    bytes: Vec<u8>,
    handles: VecDeque<OwnedFd>,
}

impl Link {
    /// Both ends of a new connection.
    pub(super) fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = UnixStream::pair()?;
        Ok((Self::over(one.into()), Self::over(other.into())))
    }

    /// The end that a handle is.
    pub(super) fn over(handle: OwnedFd) -> Self {
        Self { socket: handle.into(), bytes: Vec::new(), handles: VecDeque::new() }
    }

    pub(super) fn send(&self, message: &impl Serialize, handles: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(HANDLES))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !handles.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(handles));
        }
        rustix::net::sendmsg(&self.socket, &[IoSlice::new(&line)], &mut control, SendFlags::empty())?;
        Ok(())
    }

    /// Waits for a message; nothing once the other side is gone.
    pub(super) fn receive<M: DeserializeOwned>(&mut self) -> Option<M> {
        loop {
            if let Some(message) = self.received() {
                return Some(message);
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// A message that has come already.
    pub(super) fn received<M: DeserializeOwned>(&mut self) -> Option<M> {
        let end = self.bytes.iter().position(|byte| *byte == b'\n')?;
        let line: Vec<u8> = self.bytes.drain(..=end).collect();
        serde_json::from_slice(&line).ok()
    }

    /// A handle that came with the last message.
    pub(super) fn handle(&mut self) -> Option<OwnedFd> {
        self.handles.pop_front()
    }

    /// Reads what there is, and waits if there is nothing; false once the other side is gone.
    pub(super) fn fill(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(HANDLES))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let read = loop {
            match rustix::net::recvmsg(&self.socket, &mut [IoSliceMut::new(&mut buffer)], &mut control, RECEIVE) {
                Ok(received) => break received.bytes,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        };
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(handles) = message {
                self.handles.extend(handles);
            }
        }
        self.bytes.extend_from_slice(&buffer[..read]);
        read > 0
    }
}

/// No program that is started meanwhile shall get a handle that was received.
#[cfg(not(target_vendor = "apple"))]
const RECEIVE: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(target_vendor = "apple")]
const RECEIVE: RecvFlags = RecvFlags::empty();

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn messages_arrive_one_by_one_with_their_handles() {
        let (one, mut other) = Link::pair().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        one.send(&Order::Guard, &[]).unwrap();
        one.send(&Order::Run { library: "a b".into(), function: "f".into() }, &[writer.as_fd()]).unwrap();
        assert!(matches!(other.receive(), Some(Order::Guard)));
        assert!(matches!(other.receive(), Some(Order::Run { library, .. }) if library == "a b"));
        let mut sent = std::fs::File::from(other.handle().unwrap());
        drop(writer);
        sent.write_all(b"through").unwrap();
        drop(sent);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        drop(one);
        assert!(other.receive::<Order>().is_none());
    }
}
