//! Several files that are read as one dataset: NetCDF files are joined along time, tables row after row.

use super::{Contents, files, joined, table};
use crate::waiting::Reach;
use netcdf_reader::DynStorage;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that can be read whenever it is needed, wherever it is.
pub(super) trait Origin: Send + Sync {
    /// Its name, without where it is.
    fn name(&self) -> String;

    /// Where it is.
    fn reach(&self) -> Reach;

    /// The file, to be read in parts.
    ///
    /// # Errors
    /// If it cannot be opened.
    fn open(&self) -> Result<DynStorage, String>;

    /// All of a table's bytes.
    ///
    /// # Errors
    /// If it cannot be read, or is larger than a table may be.
    fn bytes(&self) -> Result<Vec<u8>, String>;
}

/// The contents of all files together.
///
/// # Errors
/// If none can be read, or they do not belong together.
pub(super) fn contents(origins: &[Arc<dyn Origin>]) -> Result<Contents, String> {
    let is_table = |origin: &Arc<dyn Origin>| table::Format::of(Path::new(&origin.name())).is_some();
    match origins.iter().filter(|origin| is_table(origin)).count() {
        0 => joined::contents(origins),
        tables if tables == origins.len() => table::contents_of_all(origins),
        tables => Err(format!("{tables} of its {} files are tables; a dataset has files of one format", origins.len())),
    }
}

/// Of the files directly in a folder, those that make a dataset: NetCDF files, or tables where there are none.
pub(super) fn of_one_dataset<T>(files: Vec<T>, path: impl Fn(&T) -> PathBuf) -> Vec<T> {
    let (netcdf, others): (Vec<T>, Vec<T>) = files.into_iter().partition(|file| files::is_netcdf(&path(file)));
    if netcdf.is_empty() { others.into_iter().filter(|file| table::Format::of(&path(file)).is_some()).collect() } else { netcdf }
}

/// What is said of the files that were left out.
pub(super) fn left_out(reasons: &[String]) -> Option<String> {
    /// How many are named.
    const NAMED: usize = 3;
    let others = reasons.len().saturating_sub(NAMED);
    let named = reasons[..reasons.len() - others].join("; ");
    match (reasons.is_empty(), others) {
        (true, _) => None,
        (false, 0) => Some(named),
        (false, others) => Some(format!("{named}; and {others} further files")),
    }
}
