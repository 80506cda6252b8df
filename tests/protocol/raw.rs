//! A subscriber below `ZeroMQ`: it subscribes with bytes written by hand, and then does nothing more.

use std::io::{Read, Write};
use std::net::TcpStream;

use sdap_kernel::Connection;

/// Connects as a SUB socket does, subscribes to everything, and reads nothing more than the handshake.
///
/// See <https://rfc.zeromq.org/spec/23/>.
pub(crate) fn subscribe_and_never_read(connection: &Connection) -> TcpStream {
    let mut stream = TcpStream::connect((connection.ip.as_str(), connection.iopub_port)).unwrap();
    stream.write_all(&greeting()).unwrap();
    let mut theirs = [0; 64];
    stream.read_exact(&mut theirs).unwrap();
    let ready = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB";
    stream.write_all(&[4, u8::try_from(ready.len()).unwrap()]).unwrap();
    stream.write_all(ready).unwrap();
    stream.write_all(&[0, 1, 1]).unwrap();
    stream
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
