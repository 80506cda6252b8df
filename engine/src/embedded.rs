//! The demo data inside the binary: groups as a Zarr storage that copies nothing, and tables.

use crate::source::within;
use include_dir::{Dir, DirEntry, include_dir};
use std::path::Path;
use zarrs::storage::byte_range::{ByteRange, ByteRangeIterator};
use zarrs::storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits, StorageError, StoreKey, StoreKeys,
    StoreKeysPrefixes, StorePrefix, StorePrefixes,
};

/// The folder `data`, as it was when this crate was compiled.
static DATA: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/data");

/// The groups of the demo catalogue: short name and storage.
pub(crate) fn demo() -> impl Iterator<Item = (String, Embedded)> {
    DATA.dirs().filter_map(|dir| {
        let name = dir.path().file_name()?.to_str()?.strip_suffix(".zarr")?;
        Some((name.to_owned(), Embedded { root: dir }))
    })
}

/// The tables of the demo catalogue: short name, file name and bytes.
pub(crate) fn tables() -> impl Iterator<Item = (String, &'static str, &'static [u8])> {
    DATA.files().filter_map(|file| {
        let name = file.path().file_name()?.to_str()?;
        Some((name.strip_suffix(".csv.gz")?.to_owned(), name, file.contents()))
    })
}

/// A folder of embedded bytes, read in place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Embedded {
    root: &'static Dir<'static>,
}

impl Embedded {
    /// The file or folder at a path below the root, found part by part.
    fn find(self, path: &str) -> Option<&'static DirEntry<'static>> {
        let mut entries = self.root.entries();
        let mut found = None;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let entry = entries.iter().find(|entry| entry.path().file_name() == Some(part.as_ref()))?;
            entries = entry.as_dir().map_or(&[], Dir::entries);
            found = Some(entry);
        }
        found
    }

    fn contents(self, key: &StoreKey) -> Option<&'static [u8]> {
        self.find(key.as_str())?.as_file().map(include_dir::File::contents)
    }

    fn entries(self, prefix: &StorePrefix) -> &'static [DirEntry<'static>] {
        if prefix.as_str().is_empty() {
            return self.root.entries();
        }
        self.find(prefix.as_str()).and_then(DirEntry::as_dir).map_or(&[], Dir::entries)
    }

    /// The path of an entry below the root, with `/` between its parts.
    fn key(self, path: &Path) -> String {
        let below = path.strip_prefix(self.root.path()).unwrap_or(path);
        below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
    }

    fn collect(self, entries: &'static [DirEntry<'static>], keys: &mut StoreKeys) -> Result<(), StorageError> {
        for entry in entries {
            match entry {
                DirEntry::Dir(dir) => self.collect(dir.entries(), keys)?,
                DirEntry::File(file) => keys.push(StoreKey::new(self.key(file.path()))?),
            }
        }
        Ok(())
    }
}

impl ReadableStorageTraits for Embedded {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Ok(self.contents(key).map(Bytes::from_static))
    }

    fn get_partial_many<'a>(&'a self, key: &StoreKey, ranges: ByteRangeIterator<'a>) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let Some(contents) = self.contents(key) else { return Ok(None) };
        let size = contents.len() as u64;
        let part = move |range: ByteRange| {
            let inside = within(range, size)?;
            Ok(Bytes::from_static(&contents[inside.start as usize..inside.end as usize]))
        };
        Ok(Some(Box::new(ranges.map(part))))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        Ok(self.contents(key).map(|contents| contents.len() as u64))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for Embedded {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.list_prefix(&StorePrefix::root())
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let mut keys = StoreKeys::new();
        self.collect(self.entries(prefix), &mut keys)?;
        Ok(keys)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        let mut keys = StoreKeys::new();
        let mut prefixes = StorePrefixes::new();
        for entry in self.entries(prefix) {
            let key = self.key(entry.path());
            match entry {
                DirEntry::Dir(_) => prefixes.push(StorePrefix::new(key + "/")?),
                DirEntry::File(_) => keys.push(StoreKey::new(key)?),
            }
        }
        Ok(StoreKeysPrefixes::new(keys, prefixes))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let sizes = self.list_prefix(prefix)?.iter().filter_map(|key| self.contents(key)).map(|contents| contents.len() as u64).sum();
        Ok(sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ostia() -> Embedded {
        demo().find(|(name, _)| name == "OSTIA_SST_MONTHLY_TROPICS").unwrap().1
    }

    #[test]
    fn a_folder_lists_its_own_files_and_folders() {
        let listed = ostia().list_dir(&StorePrefix::root()).unwrap();
        assert_eq!(listed.keys().iter().map(StoreKey::as_str).collect::<Vec<_>>(), ["zarr.json"]);
        let folders: Vec<&str> = listed.prefixes().iter().map(StorePrefix::as_str).collect();
        assert_eq!(folders, ["lat/", "lon/", "sst/", "time/", "time_bnds/"]);
    }

    #[test]
    fn bytes_are_served_whole_or_in_part_and_never_copied() {
        let store = ostia();
        let key = StoreKey::new("sst/zarr.json").unwrap();
        let whole = store.get(&key).unwrap().unwrap();
        assert_eq!(store.size_key(&key).unwrap(), Some(whole.len() as u64));
        let part = store.get_partial(&key, ByteRange::FromStart(1, Some(3))).unwrap().unwrap();
        assert_eq!(part.as_ptr(), whole[1..].as_ptr());
        assert!(store.get_partial(&key, ByteRange::FromStart(1, Some(1 << 40))).is_err());
        assert!(store.get(&StoreKey::new("sst/nothing").unwrap()).unwrap().is_none());
    }
}
