//! Whatever a stranger sends, reading it ends in a message or in a refusal. The input is the frames, with a NUL between
//! each two, which JSON never holds.
//!
//! ```sh
//! cargo install cargo-fuzz && rustup toolchain install nightly
//! cargo +nightly fuzz run frames -- -dict=fuzz/frames.dict -runs=1000000
//! ```
#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sdap_kernel::wire::{Frames, Key, Session};

/// Without a key all are let in, so that what lies behind the signature is reached.
static OPEN: LazyLock<Session> = LazyLock::new(|| Session::new(Key::new("", "").expect("an empty key needs no scheme")));
static SIGNED: LazyLock<Session> = LazyLock::new(|| Session::new(Key::new("hmac-sha256", "key").expect("the scheme is known")));

fuzz_target!(|input: &[u8]| {
    let frames: Vec<Bytes> = input.split(|&byte| byte == 0).map(Bytes::copy_from_slice).collect();
    if let Ok(read) = Frames::parse(frames.clone()) {
        assert_eq!(read.into_vec(), frames, "what is read is written back unchanged");
    }
    if let Ok(message) = OPEN.accept(frames.clone()) {
        let _ = (message.kind(), message.parent_id(), message.content::<serde_json::Value>().is_ok());
    }
    assert!(SIGNED.accept(frames).is_err(), "nobody guesses a signature");
});
