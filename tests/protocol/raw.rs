//! Peers below `ZeroMQ`: what they send is written by hand.

use std::io::{Read, Write};
use std::net::TcpStream;

use sdap_kernel::Connection;

/// Connects as a SUB socket does, subscribes to everything, and reads nothing more than the handshake.
pub(crate) fn subscribe_and_never_read(connection: &Connection) -> TcpStream {
    let mut stream = connect(connection, connection.iopub_port, "SUB");
    stream.write_all(&[0, 1, 1]).unwrap();
    stream
}

/// Connects as a socket of this type does.
///
/// See <https://rfc.zeromq.org/spec/23/>.
pub(crate) fn connect(connection: &Connection, port: u16, socket_type: &str) -> TcpStream {
    let mut stream = TcpStream::connect((connection.ip.as_str(), port)).unwrap();
    stream.write_all(&greeting()).unwrap();
    let mut theirs = [0; 64];
    stream.read_exact(&mut theirs).unwrap();
    let mut ready = b"\x05READY\x0bSocket-Type\0\0\0".to_vec();
    ready.push(u8::try_from(socket_type.len()).unwrap());
    ready.extend(socket_type.as_bytes());
    stream.write_all(&[4, u8::try_from(ready.len()).unwrap()]).unwrap();
    stream.write_all(&ready).unwrap();
    let mut header = [0; 2];
    stream.read_exact(&mut header).unwrap();
    stream.read_exact(&mut vec![0; header[1].into()]).unwrap();
    stream
}

/// The beginning of a frame of this many bytes, more of its message to follow or not.
pub(crate) fn frame_header(length: u64, flags: u8) -> [u8; 9] {
    let mut header = [0; 9];
    header[0] = 2 | flags;
    header[1..].copy_from_slice(&length.to_be_bytes());
    header
}

/// Version 3.0, mechanism NULL.
fn greeting() -> [u8; 64] {
    let mut greeting = [0; 64];
    greeting[0] = 0xff;
    greeting[9] = 0x7f;
    greeting[10] = 3;
    greeting[12..16].copy_from_slice(b"NULL");
    greeting
}
