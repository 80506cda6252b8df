//! Datasets that requests add, change and remove: `/datasets/add` and its like. No other dataset is touched.

use super::{Catalogue, Entry, Place, Said, check_name};
use sdap_nexus::Error;
use std::path::Path;
use std::sync::PoisonError;

impl Catalogue {
    /// Adds a dataset with these variables of what is at a place, the first one first.
    ///
    /// # Errors
    /// If there is a dataset of that name, or none can be opened there, or it lacks a variable.
    pub(crate) fn add_requested(&self, place: &Path, name: &str, variables: Vec<String>) -> Result<(), Error> {
        check_name(name)?;
        if self.contains(name) {
            return Err(Error::Invalid(format!("there is a dataset {name} already")));
        }
        self.put(name, Place::of(place), variables)
    }

    /// Takes these variables of a dataset instead of those that it was added with.
    ///
    /// # Errors
    /// If no request has added it, or it cannot be opened, or lacks a variable. It then stays as it was.
    pub(crate) fn update_requested(&self, name: &str, variables: Vec<String>) -> Result<(), Error> {
        let place = self.requested(name)?.place.clone();
        self.put(name, place, variables)
    }

    /// Removes a dataset.
    ///
    /// # Errors
    /// If no request has added it.
    pub(crate) fn remove_requested(&self, name: &str) -> Result<(), Error> {
        self.requested(name)?;
        self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    fn put(&self, name: &str, place: Place, variables: Vec<String>) -> Result<(), Error> {
        let entry = Entry::new(name, place, Said { variables: Some(variables), ..Said::default() });
        entry.get()?;
        self.insert(entry);
        Ok(())
    }

    fn requested(&self, name: &str) -> Result<std::sync::Arc<Entry>, Error> {
        let unknown = || Error::UnknownDataset { name: name.to_owned(), server: crate::engine::NAME.to_owned() };
        let entry = self.entry(name).ok_or_else(unknown)?;
        if entry.said.variables.is_none() {
            return Err(Error::Invalid(format!("{name} was not added by a request, and none can change it")));
        }
        Ok(entry)
    }
}
