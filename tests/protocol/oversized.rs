//! Peers that claim or send more than any front end does: they are turned away, and cost the kernel no memory.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::front_end::{Channel, FrontEnd};
use crate::raw;
use crate::start::KernelProcess;

/// What a kernel may grow by while it turns a peer away (bytes).
const TOLERATED: usize = 64 << 20;

impl KernelProcess {
    /// The memory in use (bytes).
    fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a process that lives has memory");
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
    }

    /// The port of each channel, with the type of socket that connects to it.
    fn ports(&self) -> [(u16, &'static str); 5] {
        let connection = &self.connection;
        [
            (connection.shell_port, "DEALER"),
            (connection.control_port, "DEALER"),
            (connection.stdin_port, "DEALER"),
            (connection.hb_port, "REQ"),
            (connection.iopub_port, "SUB"),
        ]
    }

    #[track_caller]
    fn has_not_grown_since(&self, before: usize) {
        let grown = self.resident().saturating_sub(before);
        assert!(grown < TOLERATED, "the kernel has grown by {grown} bytes");
    }
}

/// Waits until the kernel has closed a connection.
#[track_caller]
fn is_turned_away(mut stream: TcpStream) {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    match stream.read(&mut [0; 64]) {
        Ok(0) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        other => panic!("the connection is closed, not {other:?}"),
    }
}

#[test]
fn a_frame_that_claims_a_terabyte_is_refused_on_every_channel() {
    let process = KernelProcess::start();
    let mut front_end = FrontEnd::connect(&process.connection);
    let before = process.resident();
    for (port, socket_type) in process.ports() {
        let mut stream = raw::connect(&process.connection, port, socket_type);
        stream.write_all(&raw::frame_header(1 << 40, 0)).unwrap();
        is_turned_away(stream);
    }
    process.has_not_grown_since(before);
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
}

#[test]
fn memory_is_taken_for_what_has_come_not_for_what_is_announced() {
    let process = KernelProcess::start();
    let mut front_end = FrontEnd::connect(&process.connection);
    let before = process.resident();
    // More than the connection itself can hold, so that the kernel is known to have read the beginning.
    let beginning = vec![b'x'; 16 << 20];
    let slow: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream = raw::connect(&process.connection, process.connection.shell_port, "DEALER");
            stream.write_all(&raw::frame_header(200 << 20, 0)).unwrap();
            stream.write_all(&beginning).unwrap();
            stream
        })
        .collect();
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
    process.has_not_grown_since(before);
    drop(slow);
}

#[test]
fn a_message_of_endless_frames_is_refused() {
    let process = KernelProcess::start();
    let mut front_end = FrontEnd::connect(&process.connection);
    let before = process.resident();
    let mut stream = raw::connect(&process.connection, process.connection.shell_port, "DEALER");
    // Nothing is in them, but each would have to be remembered.
    let empty_frames = [1, 0].repeat(1 << 20);
    let sent = (0..32).take_while(|_| stream.write_all(&empty_frames).is_ok()).count();
    assert!(sent < 32, "{sent} million frames of one message are taken");
    assert_eq!(front_end.runs("print on").output()[1], "stdout: on\n");
    process.has_not_grown_since(before);
}

#[test]
fn a_large_message_of_a_front_end_is_served() {
    let process = KernelProcess::start();
    let mut front_end = FrontEnd::connect(&process.connection);
    let code = format!("print {}", "x".repeat(20 << 20));
    let id = front_end.asks(Channel::Shell, "is_complete_request", &json!({ "code": code }));
    assert_eq!(front_end.is_answered(Channel::Shell, &id).content["status"], "complete");
}
