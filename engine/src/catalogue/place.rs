//! Where a dataset is.

use crate::embedded::Embedded;
use crate::source::{self, Contents, ZarrStorage};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use crate::source::is_pattern;

/// Whether a place is an address.
pub(super) fn is_address(place: &str) -> bool {
    place.contains("://")
}

/// The same place, where an HTTP address ends before its query. That may be a secret, and no pattern.
pub(super) fn without_query(place: &Path) -> &Path {
    let http = place.to_str().filter(|text| text.starts_with("http://") || text.starts_with("https://"));
    http.and_then(|text| text.split_once('?')).map_or(place, |(before, _)| Path::new(before))
}

/// Where a dataset is.
#[derive(Clone, PartialEq)]
pub(super) enum Place {
    /// Inside the binary.
    Embedded(Embedded),
    /// A table inside the binary: its file's name, and its bytes.
    EmbeddedTable(&'static str, &'static [u8]),
    /// On disk.
    Path(PathBuf),
    /// In an object store, or on an HTTP server.
    Address(String),
    /// Nowhere, for this reason.
    Faulty(String),
}

impl Place {
    /// A path, a pattern, or an address, which has `://`.
    pub(super) fn of(place: &Path) -> Self {
        match place.to_str().filter(|text| is_address(text)) {
            Some(address) => Self::Address(address.to_owned()),
            None => Self::Path(place.to_owned()),
        }
    }

    /// What is there.
    pub(super) fn contents(&self) -> Result<Contents, String> {
        match self {
            Self::Embedded(storage) => {
                let storage: ZarrStorage = Arc::new(*storage);
                source::of_zarr(&storage)
            }
            Self::EmbeddedTable(name, bytes) => source::of_table(name, bytes),
            Self::Path(path) => source::of_path(path),
            Self::Address(address) => source::of_address(address),
            Self::Faulty(reason) => Err(reason.clone()),
        }
    }
}
