//! A Zarr group in a folder on disk, for reading only.
//!
//! The store of `zarrs` remembers a lock for each file that it ever read, since it writes, too. An archive has millions of them.

use super::zarr::within;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use zarrs::filesystem::{FilesystemStore, FilesystemStoreCreateError};
use zarrs::storage::byte_range::{ByteRange, ByteRangeIterator};
use zarrs::storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits, StorageError, StoreKey, StoreKeys,
    StoreKeysPrefixes, StorePrefix,
};

/// The folder of a group.
pub(super) struct Folder(FilesystemStore);

impl Folder {
    /// # Errors
    /// If the path cannot be that of a folder.
    pub(super) fn new(path: &Path) -> Result<Self, FilesystemStoreCreateError> {
        FilesystemStore::new(path).map(Self)
    }

    /// What is done with a file; none if there is no such file.
    fn with<T>(&self, key: &StoreKey, act: impl FnOnce(&Path) -> io::Result<T>) -> Result<Option<T>, StorageError> {
        match act(&self.0.key_to_fspath(key)) {
            Ok(done) => Ok(Some(done)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl ReadableStorageTraits for Folder {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.with(key, |path| std::fs::read(path))?.map(Bytes::from))
    }

    fn get_partial_many<'a>(&'a self, key: &StoreKey, ranges: ByteRangeIterator<'a>) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let opened = self.with(key, |path| {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok((file, size))
        })?;
        let Some((mut file, size)) = opened else { return Ok(None) };
        let part = move |range: ByteRange| {
            let inside = within(range, size)?;
            let mut bytes = vec![0; (inside.end - inside.start) as usize];
            file.seek(SeekFrom::Start(inside.start))?;
            // The file may have become shorter meanwhile, which must not pass for its end.
            file.read_exact(&mut bytes)?;
            Ok(Bytes::from(bytes))
        };
        Ok(Some(Box::new(ranges.map(part))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        self.with(key, |path| Ok(path.metadata()?.len()))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for Folder {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.0.list()
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        self.0.list_prefix(prefix)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        self.0.list_dir(prefix)
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        self.0.size_prefix(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_whole_or_in_parts_and_need_not_be_there() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sst")).unwrap();
        std::fs::write(folder.path().join("sst/0.0"), b"0123456789").unwrap();
        let store = Folder::new(folder.path()).unwrap();
        let key = |name: &str| StoreKey::new(name).unwrap();
        assert_eq!(store.get(&key("sst/0.0")).unwrap().unwrap(), "0123456789");
        assert_eq!(store.size_key(&key("sst/0.0")).unwrap(), Some(10));
        let part = |range| store.get_partial(&key("sst/0.0"), range).map(Option::unwrap);
        assert_eq!(part(ByteRange::FromStart(2, Some(3))).unwrap(), "234");
        assert_eq!(part(ByteRange::FromStart(7, None)).unwrap(), "789");
        assert_eq!(part(ByteRange::Suffix(4)).unwrap(), "6789");
        assert!(part(ByteRange::FromStart(8, Some(3))).is_err());
        assert!(store.get(&key("sst/0.1")).unwrap().is_none());
        assert!(store.get_partial(&key("sst/0.1"), ByteRange::Suffix(4)).unwrap().is_none());
        assert!(store.get(&key("sst")).is_err(), "a folder is no file");
    }
}
