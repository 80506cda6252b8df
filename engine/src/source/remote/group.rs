//! A Zarr group in a store.

use super::{Remote, unreachable, wait};
use object_store::path::Path;
use object_store::{Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use zarrs::storage::byte_range::{ByteRange, ByteRangeIterator};
use zarrs::storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits, StorageError, StoreKey, StoreKeys,
    StoreKeysPrefixes, StorePrefix,
};

/// The group at a place.
pub(super) struct RemoteGroup(pub(super) Remote);

impl RemoteGroup {
    fn path(&self, key: &str) -> Path {
        key.split('/').filter(|part| !part.is_empty()).fold(self.0.root.clone(), Path::join)
    }

    /// Part of an object, or all of it; none if it is not there.
    fn read(&self, path: &Path, range: Option<GetRange>) -> Result<Option<Bytes>, StorageError> {
        let options = GetOptions { range, ..GetOptions::default() };
        match wait(async { self.0.store.get_opts(path, options).await?.bytes().await }) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(failed(&other)),
        }
    }

    fn key(&self, path: &Path) -> Option<StoreKey> {
        let parts: Vec<String> = path.prefix_match(&self.0.root)?.map(|part| part.as_ref().to_owned()).collect();
        StoreKey::new(parts.join("/")).ok()
    }
}

fn failed(error: &Error) -> StorageError {
    StorageError::Other(unreachable(error))
}

impl ReadableStorageTraits for RemoteGroup {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        self.read(&self.path(key.as_str()), None)
    }

    fn get_partial_many<'a>(&'a self, key: &StoreKey, ranges: ByteRangeIterator<'a>) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let path = self.path(key.as_str());
        let mut parts = Vec::new();
        for range in ranges {
            let wanted = match range {
                ByteRange::FromStart(start, Some(length)) => GetRange::Bounded(start..start.saturating_add(length)),
                ByteRange::FromStart(start, None) => GetRange::Offset(start),
                ByteRange::Suffix(length) => GetRange::Suffix(length),
            };
            match self.read(&path, Some(wanted))? {
                Some(bytes) => parts.push(Ok(bytes)),
                None => return Ok(None),
            }
        }
        Ok(Some(Box::new(parts.into_iter())))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        match wait(self.0.store.head(&self.path(key.as_str()))) {
            Ok(object) => Ok(Some(object.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(failed(&other)),
        }
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for RemoteGroup {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.list_prefix(&StorePrefix::root())
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let listed = self.list_dir(prefix)?;
        let mut keys = listed.keys().clone();
        for below in listed.prefixes() {
            keys.extend(self.list_prefix(below)?);
        }
        Ok(keys)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        if !self.0.lists {
            return Err(StorageError::Unsupported("an HTTP server lists nothing; consolidated metadata would tell what there is".into()));
        }
        let path = self.path(prefix.as_str());
        let listed = wait(self.0.store.list_with_delimiter(Some(&path))).map_err(|e| failed(&e))?;
        let keys = listed.objects.iter().filter_map(|object| self.key(&object.location)).collect();
        let prefixes = listed.common_prefixes.iter().filter_map(|path| StorePrefix::new(format!("{}/", self.key(path)?)).ok()).collect();
        Ok(StoreKeysPrefixes::new(keys, prefixes))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let sizes = self.list_prefix(prefix)?.iter().map(|key| self.size_key(key)).collect::<Result<Vec<_>, _>>()?;
        Ok(sizes.into_iter().flatten().sum())
    }
}
