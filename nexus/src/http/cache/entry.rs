//! One answer on disk: a head of three lines, the body as it was sent, and its check sum.

use super::{PART, Place};
use flate2::Crc;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Error, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The first line. Another layout gets another number, and what is kept in this one is asked again.
const LAYOUT: &str = "sdap answer 1";
/// The check sum and the length of the body, at the end of the file.
const FOOT: u64 = 12;

/// Tells the drafts of one process apart.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// An answer that is kept. Reading it reads the body.
#[derive(Debug)]
pub(in crate::http) struct Kept {
    path: PathBuf,
    file: BufReader<File>,
    left: u64,
    check: Crc,
    expected: u32,
    /// How long ago it was kept.
    pub(in crate::http) age: Duration,
    pub(in crate::http) status: u16,
    pub(in crate::http) content_type: String,
    /// How long the body is, in bytes.
    pub(in crate::http) length: u64,
}

impl Kept {
    /// Opens an entry and notes that it is used. One that is broken is removed.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        // The time of a file is when it was used last. Where that cannot be set, it is when it was written.
        let _ = file.set_modified(SystemTime::now());
        Self::read_head(path, file)
            .inspect_err(|error| {
                tracing::warn!("a cached answer is broken and removed: {error}");
                let _ = fs::remove_file(path);
            })
            .ok()
    }

    fn read_head(path: &Path, mut file: File) -> Result<Self> {
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(FOOT)))?;
        let (mut expected, mut length) = ([0; 4], [0; 8]);
        file.read_exact(&mut expected)?;
        file.read_exact(&mut length)?;
        file.rewind()?;
        let mut file = BufReader::with_capacity(256 << 10, file);
        let mut head = String::new();
        for _ in 0..3 {
            file.by_ref().take(1000).read_line(&mut head)?;
        }
        let lines: Vec<&str> = head.split_terminator('\n').collect();
        let length = u64::from_le_bytes(length);
        let parts = (|| {
            let [LAYOUT, content_type, numbers] = lines.as_slice() else { return None };
            let (stored, status) = numbers.split_once(' ')?;
            let whole = length.checked_add(head.len() as u64 + FOOT) == Some(size);
            whole.then_some(((*content_type).to_owned(), stored.parse().ok()?, status.parse().ok()?))
        })();
        let (content_type, stored, status) = parts.ok_or_else(|| Error::other("its head is not one"))?;
        let age = SystemTime::now().duration_since(UNIX_EPOCH + Duration::from_secs(stored)).unwrap_or_default();
        let expected = u32::from_le_bytes(expected);
        Ok(Self { path: path.to_owned(), file, left: length, check: Crc::new(), expected, age, status, content_type, length })
    }

    /// Whether what was read is the whole of what was kept. It is removed if not.
    pub(in crate::http) fn is_sound(&self) -> bool {
        let sound = self.left == 0 && self.check.sum() == self.expected;
        if !sound {
            tracing::warn!("a cached answer is broken and removed");
            let _ = fs::remove_file(&self.path);
        }
        sound
    }
}

impl Read for Kept {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let length = self.file.read(&mut into[..most])?;
        self.left -= length as u64;
        self.check.update(&into[..length]);
        Ok(length)
    }
}

/// An answer that is being written. It is gone when it is dropped before it was kept.
#[derive(Debug)]
pub(in crate::http) struct Draft {
    place: Place,
    part: PathBuf,
    file: Option<BufWriter<File>>,
    check: Crc,
    length: u64,
}

impl Draft {
    pub(super) fn begin(place: &Place, status: u16, content_type: &str) -> Result<Self> {
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let part = place.file.with_extension(format!("{}-{number}.{PART}", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = BufWriter::with_capacity(256 << 10, options.open(&part)?);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // The rest of the lines is what it was sent with, from which no line break can come.
        writeln!(file, "{LAYOUT}\n{}\n{now} {status}", content_type.replace(['\r', '\n'], " "))?;
        Ok(Self { place: place.clone(), part, file: Some(file), check: Crc::new(), length: 0 })
    }

    /// Adds a piece of the body. Where that fails, or the body gets longer than the cache, nothing will be kept.
    pub(in crate::http) fn add(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        self.check.update(piece);
        let Some(file) = &mut self.file else { return };
        let too_long = self.length > self.place.cache.0.max_bytes;
        if too_long || file.write_all(piece).inspect_err(|error| tracing::warn!("an answer is not cached: {error}")).is_err() {
            self.file = None;
            let _ = fs::remove_file(&self.part);
        }
    }

    /// Keeps the answer, which is whole, in the place of an older one.
    pub(in crate::http) fn keep(mut self) {
        let Some(mut file) = self.file.take() else { return };
        let finished = (|| {
            file.write_all(&self.check.sum().to_le_bytes())?;
            file.write_all(&self.length.to_le_bytes())?;
            file.flush()?;
            drop(file);
            fs::rename(&self.part, &self.place.file)
        })();
        match finished {
            Ok(()) => self.place.cache.sweep(),
            Err(error) => tracing::warn!("an answer is not cached: {error}"),
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After it was kept there is no such file.
        self.file = None;
        let _ = fs::remove_file(&self.part);
    }
}
