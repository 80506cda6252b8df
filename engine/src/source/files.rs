//! Files on disk that are read in parts, few of them open at a time.

use super::recent::Recent;
use super::several::{self, Origin};
use super::table;
use crate::waiting::Reach;
use hdf5_reader::error::{Error, Result};
use hdf5_reader::{Storage, StorageBuffer};
use netcdf_reader::DynStorage;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// How many files are open at most, whatever the number of datasets.
const OPEN: usize = 64;
/// How the names of NetCDF files end.
const ENDINGS: [&str; 7] = ["nc", "nc4", "cdf", "netcdf", "h5", "hdf5", "he5"];

/// Whether a file's name says that it is NetCDF.
pub(super) fn is_netcdf(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// Whether a path has the signs of a pattern.
pub(crate) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// The last two parts of a path, for messages: they are read by whoever asks a server, whom the whole path does not concern.
pub(super) fn ending(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    match parts.len() {
        0..=2 => path.display().to_string(),
        count => format!("…/{}", parts[count - 2..].join("/")),
    }
}

/// The files that a pattern such as `sst_*.nc` matches, or those directly in a folder that make a dataset; sorted by name.
///
/// # Errors
/// If the pattern is none, or there are no such files.
pub(super) fn find(path: &Path) -> std::result::Result<Vec<Arc<dyn Origin>>, String> {
    let mut found: Vec<PathBuf> = if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|e| format!("{} cannot be listed: {e}", ending(path)))?;
        let files = entries.filter_map(std::result::Result::ok).map(|entry| entry.path()).filter(|file| file.is_file());
        several::of_one_dataset(files.collect(), Clone::clone)
    } else {
        let pattern = path.to_string_lossy();
        let matches = glob::glob(&pattern).map_err(|e| format!("{} is no pattern for files: {e}", ending(path)))?;
        matches.filter_map(std::result::Result::ok).filter(|file| file.is_file()).collect()
    };
    found.sort();
    if found.is_empty() {
        return Err(format!("{} holds or matches no NetCDF file and no table", ending(path)));
    }
    Ok(found.into_iter().map(|path| Arc::new(Local(path)) as Arc<dyn Origin>).collect())
}

/// A file on disk.
struct Local(PathBuf);

impl Origin for Local {
    fn name(&self) -> String {
        self.0.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn reach(&self) -> Reach {
        Reach::Machine
    }

    fn open(&self) -> std::result::Result<DynStorage, String> {
        open(&self.0)
    }

    fn bytes(&self) -> std::result::Result<Vec<u8>, String> {
        table::bytes_of_file(&self.0)
    }
}

/// The bytes of a file.
///
/// # Errors
/// If it cannot be read.
pub(super) fn open(path: &Path) -> std::result::Result<DynStorage, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    OnDisk::open(path).map(|file| Arc::new(file) as DynStorage).map_err(|e| format!("{name} cannot be opened: {e}"))
}

/// A file as it was when it was opened first.
#[derive(PartialEq)]
struct Version {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl Version {
    fn of(path: &Path, file: &File) -> std::io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { path: path.to_owned(), length: metadata.len(), modified: metadata.modified().ok() })
    }

    /// Opens the file again, if it is still the same.
    fn reopen(&self) -> std::io::Result<Arc<File>> {
        let file = File::open(&self.path)?;
        if Self::of(&self.path, &file)? == *self { Ok(Arc::new(file)) } else { Err(std::io::Error::other("it has changed since")) }
    }
}

/// Open files, by their numbers.
static HANDLES: Recent<u64, Arc<File>> = Recent::new(OPEN);
/// The number of the file that is opened next.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A file that is opened whenever it is read and not open.
struct OnDisk {
    number: u64,
    version: Version,
}

impl OnDisk {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let opened = Self { number: NEXT.fetch_add(1, Ordering::Relaxed), version: Version::of(path, &file)? };
        HANDLES.keep(opened.number, Arc::new(file));
        Ok(opened)
    }

    fn read(&self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        read_exact_at(&*HANDLES.get(self.number, |_| self.version.reopen())?, &mut bytes, offset)?;
        Ok(bytes)
    }

    /// The block that begins at an offset, unless this thread comes there for the first time.
    fn block(&self, offset: u64) -> std::io::Result<Option<Arc<[u8]>>> {
        let (key, mut is_known) = ((self.number, offset), true);
        BLOCKS.with(|blocks| {
            let new = |_: &_| {
                is_known = false;
                Ok::<_, std::io::Error>(None)
            };
            let kept = blocks.get(key, new)?;
            if kept.is_some() || !is_known {
                return Ok(kept);
            }
            let length = (self.version.length - offset).min(BLOCK as u64) as usize;
            let block: Option<Arc<[u8]>> = Some(self.read(offset, length)?.into());
            blocks.keep(key, block.clone());
            Ok(block)
        })
    }
}

/// Metadata are asked for in many pieces of a few bytes, most of them near each other. So whoever comes to a block of a file a
/// second time is given all of it; at the first time it may be one of many cells far from each other.
const BLOCK: usize = 4 << 10;

thread_local! {
    /// The blocks that this thread came to last, by the number of the file and where they begin; with their bytes, once read.
    static BLOCKS: Recent<(u64, u64), Option<Arc<[u8]>>> = const { Recent::new(16) };
}

impl Storage for OnDisk {
    fn len(&self) -> u64 {
        self.version.length
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer> {
        let available = self.version.length.saturating_sub(offset);
        if len as u64 > available {
            return Err(Error::UnexpectedEof { offset, needed: len as u64, available });
        }
        let within = (offset % BLOCK as u64) as usize;
        let block = if within + len <= BLOCK { self.block(offset - within as u64)? } else { None };
        match block {
            Some(block) => StorageBuffer::from_shared(block, within, len),
            None => Ok(StorageBuffer::from_vec(self.read(offset, len)?)),
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut offset: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[count..];
        offset += count as u64;
    }
    Ok(())
}
