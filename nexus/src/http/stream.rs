//! A body on its way: bytes arrive on the async side and are read, inflated and counted on a thread that may wait.

use super::cache::Draft;
use super::failure::TooLong;
use bytes::{Buf, Bytes};
use flate2::read::MultiGzDecoder;
use std::io::{Error, Read, Result};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many chunks may wait to be read. They are a few kB each.
const WAITING: usize = 16;

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The reading end of a body.
pub(super) struct Arriving {
    chunks: Receiver<Bytes>,
    current: Bytes,
}

/// Both ends of a body. It is over when the sending end is dropped.
pub(super) fn pipe() -> (Sender<Bytes>, Arriving) {
    let (sender, chunks) = channel(WAITING);
    (sender, Arriving { chunks, current: Bytes::new() })
}

impl Read for Arriving {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        while self.current.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.current = chunk,
                None => return Ok(0),
            }
        }
        let length = into.len().min(self.current.len());
        self.current.copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}

/// A body that is kept while it is read.
pub(super) struct Copied<R> {
    pub(super) body: R,
    pub(super) draft: Option<Draft>,
}

impl<R: Read> Read for Copied<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let length = self.body.read(into)?;
        if let Some(draft) = &mut self.draft {
            draft.add(&into[..length]);
        }
        Ok(length)
    }
}

/// A body in pieces of at most so many bytes.
#[cfg(any(test, feature = "fuzzing"))]
pub(super) struct Pieces<'b>(pub(super) &'b [u8], pub(super) usize);

#[cfg(any(test, feature = "fuzzing"))]
impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let length = into.len().min(self.1);
        self.0.read(&mut into[..length])
    }
}

/// Whether a body is a gzip file, by its head.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&GZIP)
}

/// At most `limit` bytes of a body, inflated if its head says that it is a gzip file (`compact=true` sends one).
pub(super) fn plain<'r>(body: impl Read + 'r, head: &[u8], limit: u64) -> Bounded<Box<dyn Read + 'r>> {
    let inner: Box<dyn Read + 'r> = if is_gzip(head) { Box::new(MultiGzDecoder::new(body)) } else { Box::new(body) };
    Bounded { inner, limit, taken: 0 }
}

/// A reader that fails once more than `limit` bytes have come.
pub(super) struct Bounded<R> {
    inner: R,
    limit: u64,
    taken: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let length = self.inner.read(into)?;
        self.taken += length as u64;
        if self.taken > self.limit { Err(Error::other(TooLong { limit: self.limit })) } else { Ok(length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_gzip_file_is_inflated_and_anything_else_passes() {
        for body in [gzip(b"[1, 2]"), b"[1, 2]".to_vec()] {
            let mut text = String::new();
            plain(&*body, &body, 100).read_to_string(&mut text).unwrap();
            assert_eq!(text, "[1, 2]");
        }
    }

    #[test]
    fn a_gzip_bomb_stops_at_the_bound() {
        let bomb = gzip(&vec![b' '; 10_000_000]);
        assert!(bomb.len() < 20_000);
        let mut taken = Vec::new();
        let error = plain(&*bomb, &bomb, 1_000_000).read_to_end(&mut taken).unwrap_err();
        assert!(taken.len() <= 1_000_000);
        assert_eq!(error.to_string(), "it is longer than 1000000 bytes; ask for a smaller area or a shorter period");
    }

    #[tokio::test]
    async fn chunks_are_read_in_order_until_the_sender_is_gone() {
        let (sender, mut body) = pipe();
        let reader = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            body.read_to_string(&mut text).map(|_| text)
        });
        for chunk in ["ab", "", "cd"] {
            sender.send(Bytes::from(chunk)).await.unwrap();
        }
        drop(sender);
        assert_eq!(reader.await.unwrap().unwrap(), "abcd");
    }
}
