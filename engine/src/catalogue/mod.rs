//! Datasets by short name, opened when they are first needed.

mod file;
mod place;
mod requested;

use crate::dataset::{self, Dataset};
use crate::embedded;
use place::Place;
use sdap_nexus::Error;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long a dataset that cannot be opened is taken to be so before it is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// Datasets by short name. A dataset is opened when it is first asked for; one that cannot be opened disturbs no other, and
/// is tried again later.
#[derive(Default)]
pub struct Catalogue {
    entries: RwLock<BTreeMap<String, Arc<Entry>>>,
}

/// One dataset: where it is, what was said of it, and what opening it gave.
struct Entry {
    name: String,
    place: Place,
    said: Said,
    opened: Mutex<Opened>,
}

/// What is said of a dataset beside what its files say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    /// The name of its climatology.
    climatology: Option<String>,
    /// Global attributes, in the place of those in the files.
    attributes: Vec<(&'static str, String)>,
    /// Which of its variables are taken, in that order; only a request that adds a dataset says so.
    variables: Option<Vec<String>>,
}

enum Opened {
    NotYet,
    As(Arc<Dataset>),
    Failed { reason: String, at: Instant },
}

impl Catalogue {
    /// The demo datasets that the binary carries.
    pub fn demo() -> Self {
        let catalogue = Self::default();
        catalogue.add_demo();
        catalogue
    }

    fn add_demo(&self) {
        for (name, storage) in embedded::demo() {
            self.insert(Entry::new(&name, Place::Embedded(storage), Said::default()));
        }
        for (name, file, bytes) in embedded::tables() {
            self.insert(Entry::new(&name, Place::EmbeddedTable(file, bytes), Said::default()));
        }
    }

    /// Adds a dataset under a short name, or puts it in the place of the one that had the name: a Zarr group, a NetCDF file, a
    /// folder of NetCDF files, or a pattern for such, as `sst_*.nc`; a table of points, as `buoys.csv.gz` or `buoys.parquet`. It is
    /// read when it is first asked for.
    ///
    /// # Errors
    /// If the name is not one that a request can carry: letters, digits, `_`, `-` and `.`.
    pub fn add(&self, place: impl AsRef<Path>, name: &str) -> Result<(), Error> {
        check_name(name)?;
        self.insert(Entry::new(name, Place::of(place.as_ref()), Said::default()));
        Ok(())
    }

    /// The same, if the dataset can be opened now.
    ///
    /// # Errors
    /// As [`Catalogue::add`], and if it cannot be opened. It is then not added.
    pub(crate) fn add_open(&self, place: &Path, name: &str) -> Result<(), Error> {
        check_name(name)?;
        let entry = Entry::new(name, Place::of(place), Said::default());
        entry.get()?;
        self.insert(entry);
        Ok(())
    }

    /// Adds the datasets that a catalogue file names, and says how many. One that is described wrongly is there with its fault.
    ///
    /// # Errors
    /// If the file cannot be read, or is no catalogue. Nothing is then added.
    pub fn read(&self, file: &Path) -> Result<usize, Error> {
        let listed = file::read(file)?;
        if listed.demo {
            self.add_demo();
        }
        let count = listed.datasets.len();
        for (name, place, said) in listed.datasets {
            self.insert(Entry::new(&name, place, said));
        }
        Ok(count)
    }

    /// Adds a name that stands for nothing but a fault, so that whoever lists the datasets sees it.
    ///
    /// # Errors
    /// As [`Catalogue::add`].
    pub fn add_fault(&self, name: &str, reason: &str) -> Result<(), Error> {
        check_name(name)?;
        self.insert(Entry::new(name, Place::Faulty(reason.to_owned()), Said::default()));
        Ok(())
    }

    fn insert(&self, entry: Entry) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(entry.name.clone(), Arc::new(entry));
    }

    fn entry(&self, name: &str) -> Option<Arc<Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All short names, sorted.
    pub fn names(&self) -> Vec<String> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// Whether there is a dataset of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// Whether there is a dataset of that name which is somewhere else.
    pub(crate) fn is_taken(&self, name: &str, place: &Path) -> bool {
        self.entry(name).is_some_and(|entry| entry.place != Place::of(place))
    }

    /// The dataset of that name.
    ///
    /// # Errors
    /// If there is none, or it cannot be opened.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Dataset>, Error> {
        let unknown = || Error::UnknownDataset { name: name.to_owned(), server: crate::engine::NAME.to_owned() };
        self.entry(name).ok_or_else(unknown)?.get()
    }

    /// The name of a dataset's climatology: as a catalogue file says, or else `NAME_CLIM` or `NAME_clim`, whichever there is.
    pub(crate) fn climatology_of(&self, name: &str) -> Option<String> {
        let said = self.entry(name).and_then(|entry| entry.said.climatology.clone());
        said.or_else(|| ["CLIM", "clim"].map(|suffix| format!("{name}_{suffix}")).into_iter().find(|name| self.contains(name)))
    }
}

/// The name that a dataset has where nobody names it: that of its file or folder without the ending, or of the folder where
/// a pattern looks. What a name cannot have becomes `_`. The query of an HTTP address is no part of it.
pub fn name_of(place: &Path) -> String {
    let place = place::without_query(place);
    let text = place.to_string_lossy();
    let named = if place::is_pattern(place) { place.parent().unwrap_or(place).as_os_str().to_string_lossy() } else { text };
    let last = named.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next().unwrap_or_default();
    let last = last.strip_suffix(".gz").filter(|name| name.contains('.')).unwrap_or(last);
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let name: String = stem.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect();
    if name.is_empty() { "dataset".to_owned() } else { name }
}

fn is_allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-.".contains(c)
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || !name.chars().all(is_allowed) {
        return Err(Error::Invalid(format!("{name:?} is no name for a dataset: letters, digits, `_`, `-` and `.` were expected")));
    }
    Ok(())
}

impl Entry {
    fn new(name: &str, place: Place, said: Said) -> Self {
        Self { name: name.to_owned(), place, said, opened: Mutex::new(Opened::NotYet) }
    }

    fn get(&self) -> Result<Arc<Dataset>, Error> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let broken = |reason: &str| Error::Broken { dataset: self.name.clone(), reason: reason.to_owned() };
        match &*opened {
            Opened::As(dataset) => return Ok(dataset.clone()),
            Opened::Failed { reason, at } if at.elapsed() < AGAIN => return Err(broken(reason)),
            Opened::Failed { .. } | Opened::NotYet => {}
        }
        match self.open() {
            Ok(dataset) => {
                let dataset = Arc::new(dataset);
                *opened = Opened::As(dataset.clone());
                Ok(dataset)
            }
            Err(reason) => {
                let error = broken(&reason);
                *opened = Opened::Failed { reason, at: Instant::now() };
                Err(error)
            }
        }
    }

    fn open(&self) -> Result<Dataset, String> {
        let mut contents = self.place.contents()?;
        for (name, text) in &self.said.attributes {
            contents.attributes.insert((*name).to_owned(), text.clone().into());
        }
        let mut dataset = dataset::open(contents, &self.name)?;
        if let Some(names) = &self.said.variables {
            dataset.choose(names)?;
        }
        Ok(dataset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dataset_is_named_after_its_file_or_folder() {
        for (place, name) in [
            ("data/SST.zarr", "SST"),
            ("data/SST.zarr/", "SST"),
            ("/data/sst 2001.v2.nc", "sst_2001.v2"),
            ("data/sst/*.nc", "sst"),
            ("*.nc", "dataset"),
            ("https://host/a/SST.zarr/", "SST"),
            ("https://host/a/sst.nc?X-Amz-Signature=a/b.c", "sst"),
            ("buoys.csv.gz", "buoys"),
            ("buoys.gz", "buoys"),
        ] {
            assert_eq!(name_of(Path::new(place)), name, "{place}");
        }
    }
}
