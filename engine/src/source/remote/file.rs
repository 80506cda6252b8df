//! A file in a store, read in ranges; or as a whole, from a server that sends no ranges.

use super::super::several::Origin;
use super::super::sign;
use super::super::table;
use super::{unreachable, wait};
use crate::waiting::Reach;
use bytes::Bytes;
use hdf5_reader::{BlockCacheStorage, BytesStorage, Storage, StorageBuffer, error};
use netcdf_reader::DynStorage;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::sync::Arc;

/// What is read at once of a NetCDF file, in bytes, and how many such blocks are kept of each file.
const BLOCK: usize = 256 << 10;
const BLOCKS: usize = 16;
/// What is read at once in longer parts comes as it is: no block would hold much else that is wanted.
const LONG: usize = 64 << 10;

/// A file as it was when it was found.
#[derive(Clone)]
pub(super) struct RemoteFile {
    store: Arc<dyn ObjectStore>,
    object: ObjectMeta,
    /// All of it, where the server sends no part alone.
    whole: Option<Bytes>,
}

impl RemoteFile {
    /// The file at a path, and its first bytes. A link may be signed for reading alone, so nothing but reading says how long it
    /// is. `is_refused` says whether the server does not send parts of files.
    ///
    /// # Errors
    /// If there is none, or it cannot be reached, or it comes as a whole and is too large to be held.
    pub(super) fn at(store: &Arc<dyn ObjectStore>, path: &Path, is_refused: impl Fn() -> bool) -> Result<(Self, Bytes), String> {
        let options = GetOptions { range: Some(GetRange::Bounded(0..sign::LENGTH as u64)), ..GetOptions::default() };
        let asked = wait(async {
            let first = store.get_opts(path, options).await?;
            Ok((first.meta.clone(), first.bytes().await?))
        });
        match asked {
            Ok((object, first)) => Ok((Self::of(store, object), first)),
            Err(_) if is_refused() => Self::as_a_whole(store, path),
            Err(error) => Err(unreachable(&error)),
        }
    }

    /// The file at a path, all of which is held: what NetCDF says of itself may be anywhere in it.
    fn as_a_whole(store: &Arc<dyn ObjectStore>, path: &Path) -> Result<(Self, Bytes), String> {
        let found = wait(store.get(path)).map_err(|e| unreachable(&e))?;
        table::check_size(found.meta.size).map_err(|reason| format!("its server sends no parts of it, and {reason}"))?;
        let object = found.meta.clone();
        let bytes = wait(found.bytes()).map_err(|e| unreachable(&e))?;
        let first = bytes.slice(..bytes.len().min(sign::LENGTH));
        Ok((Self { whole: Some(bytes), ..Self::of(store, object) }, first))
    }

    /// A file that was listed.
    pub(super) fn of(store: &Arc<dyn ObjectStore>, object: ObjectMeta) -> Self {
        Self { store: store.clone(), object, whole: None }
    }
}

impl Origin for RemoteFile {
    fn name(&self) -> String {
        self.object.location.filename().unwrap_or_default().to_owned()
    }

    fn reach(&self) -> Reach {
        Reach::Network
    }

    fn open(&self) -> Result<DynStorage, String> {
        Ok(match &self.whole {
            Some(bytes) => Arc::new(BytesStorage::from_owner(bytes.clone())),
            None => Arc::new(InBlocks::of(Arc::new(self.clone()))),
        })
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        table::check_size(self.object.size)?;
        if let Some(bytes) = &self.whole {
            return Ok(bytes.to_vec());
        }
        let bytes = wait(async { self.store.get(&self.object.location).await?.bytes().await });
        bytes.map(|bytes| bytes.to_vec()).map_err(|e| unreachable(&e))
    }
}

impl Storage for RemoteFile {
    fn len(&self) -> u64 {
        self.object.size
    }

    fn read_range(&self, offset: u64, len: usize) -> error::Result<StorageBuffer> {
        let available = self.object.size.saturating_sub(offset);
        if len as u64 > available {
            return Err(error::Error::UnexpectedEof { offset, needed: len as u64, available });
        }
        let failed = |reason: String| error::Error::Io(std::io::Error::other(reason));
        let read = wait(self.store.get_range(&self.object.location, offset..offset + len as u64));
        let bytes = read.map_err(|e| failed(unreachable(&e)))?;
        if bytes.len() != len {
            return Err(failed(format!("{} bytes came instead of {len}", bytes.len())));
        }
        Ok(StorageBuffer::from_vec(bytes.to_vec()))
    }
}

/// A file of which blocks are kept, as many small parts of it are read that lie side by side.
struct InBlocks {
    file: DynStorage,
    blocks: BlockCacheStorage,
}

impl InBlocks {
    fn of(file: DynStorage) -> Self {
        Self { blocks: BlockCacheStorage::new(file.clone(), BLOCK, BLOCKS), file }
    }
}

impl Storage for InBlocks {
    fn len(&self) -> u64 {
        self.file.len()
    }

    fn read_range(&self, offset: u64, len: usize) -> error::Result<StorageBuffer> {
        if len < LONG { self.blocks.read_range(offset, len) } else { self.file.read_range(offset, len) }
    }
}
