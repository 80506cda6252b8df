//! Datasets by short name, opened when they are first needed.

use crate::dataset::{self, Dataset};
use crate::embedded;
use crate::source::{self, ZarrStorage};
use sdap_nexus::Error;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Datasets by short name. A dataset is opened when it is first asked for; one that cannot be opened disturbs no other.
#[derive(Default)]
pub struct Catalogue {
    entries: RwLock<BTreeMap<String, Arc<Entry>>>,
}

/// One dataset: where it is, and what opening it gave.
struct Entry {
    name: String,
    place: Place,
    opened: OnceLock<Result<Arc<Dataset>, String>>,
}

enum Place {
    Embedded(embedded::Embedded),
    Path(PathBuf),
}

impl Catalogue {
    /// The demo datasets that the binary carries.
    pub fn demo() -> Self {
        let catalogue = Self::default();
        for (name, storage) in embedded::demo() {
            catalogue.insert(&name, Place::Embedded(storage));
        }
        catalogue
    }

    /// Adds what is at a path under a short name, or puts it in the place of the one that had the name.
    /// It is read when it is first asked for.
    ///
    /// # Errors
    /// If the name is not one that a request can carry: letters, digits, `_`, `-` and `.`.
    pub fn add(&self, path: &Path, name: &str) -> Result<(), Error> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        if name.is_empty() || !name.chars().all(allowed) {
            return Err(Error::Invalid(format!("{name:?} is no name for a dataset: letters, digits, `_`, `-` and `.` were expected")));
        }
        self.insert(name, Place::Path(path.to_owned()));
        Ok(())
    }

    fn insert(&self, name: &str, place: Place) {
        let entry = Entry { name: name.to_owned(), place, opened: OnceLock::new() };
        self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), Arc::new(entry));
    }

    /// All short names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Whether there is a dataset of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// The dataset of that name.
    ///
    /// # Errors
    /// If there is none, or it cannot be opened.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Dataset>, Error> {
        let entry = self.entries.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let entry = entry.ok_or_else(|| Error::UnknownDataset { name: name.to_owned(), server: crate::engine::NAME.to_owned() })?;
        let opened = entry.opened.get_or_init(|| entry.open().map(Arc::new));
        opened.clone().map_err(|reason| Error::Broken { dataset: entry.name.clone(), reason })
    }

    /// The name of a dataset's climatology: `NAME_CLIM` or `NAME_clim`, whichever there is.
    pub(crate) fn climatology_of(&self, name: &str) -> Option<String> {
        ["CLIM", "clim"].map(|suffix| format!("{name}_{suffix}")).into_iter().find(|name| self.contains(name))
    }
}

impl Entry {
    fn open(&self) -> Result<Dataset, String> {
        let contents = match &self.place {
            Place::Embedded(storage) => {
                let storage: ZarrStorage = Arc::new(*storage);
                source::of_zarr(&storage)?
            }
            Place::Path(path) => source::of_path(path)?,
        };
        dataset::open(contents, &self.name)
    }
}
