//! A file in a store, read in ranges.

use super::super::several::Origin;
use super::super::table;
use super::{unreachable, wait};
use hdf5_reader::{BlockCacheStorage, Storage, StorageBuffer, error};
use netcdf_reader::DynStorage;
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::sync::Arc;

/// What is read at once of a NetCDF file, in bytes, and how many such blocks are kept of each file.
const BLOCK: usize = 256 << 10;
const BLOCKS: usize = 16;

/// A file as it was when it was found.
#[derive(Clone)]
pub(super) struct RemoteFile {
    store: Arc<dyn ObjectStore>,
    object: ObjectMeta,
}

impl RemoteFile {
    /// The file at a path.
    ///
    /// # Errors
    /// If there is none, or it cannot be reached.
    pub(super) fn at(store: &Arc<dyn ObjectStore>, path: &Path) -> Result<Self, String> {
        let asked = wait(async {
            match store.head(path).await {
                // A link may be signed for reading alone. Its first byte says how many there are.
                Err(Error::PermissionDenied { .. } | Error::Unauthenticated { .. }) => {
                    let options = GetOptions { range: Some(GetRange::Bounded(0..1)), ..GetOptions::default() };
                    store.get_opts(path, options).await.map(|first| first.meta)
                }
                other => other,
            }
        });
        Ok(Self::of(store, asked.map_err(|e| unreachable(&e))?))
    }

    /// A file that was listed.
    pub(super) fn of(store: &Arc<dyn ObjectStore>, object: ObjectMeta) -> Self {
        Self { store: store.clone(), object }
    }
}

impl Origin for RemoteFile {
    fn name(&self) -> String {
        self.object.location.filename().unwrap_or_default().to_owned()
    }

    fn open(&self) -> Result<DynStorage, String> {
        Ok(Arc::new(BlockCacheStorage::new(Arc::new(self.clone()), BLOCK, BLOCKS)))
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        table::check_size(self.object.size)?;
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
