//! What a dataset is read from: arrays with attributes and named dimensions, whatever the format of the files.

mod files;
mod folder;
mod joined;
mod netcdf;
mod plain;
mod recent;
mod remote;
mod several;
mod sign;
mod still;
mod table;
mod zarr;

pub(crate) use files::is_pattern;
pub(crate) use zarr::{Storage as ZarrStorage, within};

use crate::chunks::{Chunks, read_line};
use crate::dataset::{Attributes, attributes};
use crate::numbers::{Kind, Numbers, Packing};
use crate::waiting::Reach;
use folder::Folder;
use std::path::Path;
use std::sync::Arc;

/// Arrays and what is said of them.
pub(crate) struct Contents {
    /// The format, as the card of a dataset names it.
    pub(crate) kind: &'static str,
    pub(crate) attributes: Attributes,
    /// By name.
    pub(crate) arrays: Vec<Member>,
    /// Which files could not be read and were left out, and why, if any.
    pub(crate) left_out: Option<String>,
    pub(crate) reach: Reach,
}

/// An array.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) attributes: Attributes,
    /// As many names as the shape has lengths, or none where the file names none.
    pub(crate) dimensions: Vec<String>,
    pub(crate) shape: Vec<usize>,
    /// The stored number that marks missing values where no attribute names one.
    pub(crate) fill: Option<f64>,
    pub(crate) elements: Elements,
}

/// What an array holds.
#[derive(Clone)]
pub(crate) enum Elements {
    Numbers(Arc<dyn Chunks>),
    Text(Arc<dyn Texts>),
    /// Nothing that can be read, for this reason.
    Unreadable(String),
}

/// An array of texts, which is read as a whole.
pub(crate) trait Texts: Send + Sync {
    /// All texts, row-major.
    ///
    /// # Errors
    /// Says what is wrong with them.
    fn read(&self) -> Result<Vec<String>, String>;
}

/// The contents of a Zarr group.
///
/// # Errors
/// Says what is missing or not understood.
pub(crate) fn of_zarr(storage: &ZarrStorage) -> Result<Contents, String> {
    zarr::contents(storage).map(still::with_axes)
}

/// The contents of what is at an address.
///
/// # Errors
/// Says what is missing or not understood.
pub(crate) fn of_address(address: &str) -> Result<Contents, String> {
    remote::contents(address).map(|contents| Contents { reach: Reach::Network, ..contents })
}

/// The contents of a table of points in memory, whose name says that it is CSV or Parquet.
///
/// # Errors
/// Says what is missing or not understood.
pub(crate) fn of_table(name: &str, bytes: &[u8]) -> Result<Contents, String> {
    let format = table::Format::of(Path::new(name)).ok_or("its name says neither CSV nor Parquet")?;
    table::contents(bytes.to_vec(), format)
}

/// The contents of what is at a path: a Zarr group, a NetCDF file, a table of points (CSV or Parquet), or all NetCDF files or
/// tables of a folder, or those that a pattern such as `sst_*.nc` matches.
///
/// # Errors
/// Says what is missing or not understood.
pub(crate) fn of_path(path: &Path) -> Result<Contents, String> {
    if path.is_dir() {
        return match files::find(path) {
            Ok(found) if !zarr::is_group(path) => several::contents(&found),
            _ => {
                let storage: ZarrStorage = Arc::new(Folder::new(path).map_err(|e| format!("{}: {e}", files::ending(path)))?);
                of_zarr(&storage)
            }
        };
    }
    if path.is_file() {
        return match table::Format::of(path) {
            Some(format) => table::of_file(path, format),
            None if files::is_netcdf(path) => netcdf::contents(files::open(path)?, Reach::Machine),
            None => of_nameless(path),
        };
    }
    if files::is_pattern(path) {
        return several::contents(&files::find(path)?);
    }
    Err(format!("{} is no folder and no file", files::ending(path)))
}

/// The contents of a file whose name does not say what it is.
fn of_nameless(path: &Path) -> Result<Contents, String> {
    let bytes = files::open(path)?;
    let first = bytes.read_range(0, sign::LENGTH.min(usize::try_from(bytes.len()).unwrap_or(sign::LENGTH)));
    match first.map(|first| sign::Sign::of(&first)) {
        Ok(sign::Sign::Table(format)) => table::of_file(path, format),
        _ => netcdf::contents(bytes, Reach::Machine),
    }
}

impl Member {
    /// `sst [time, lat, lon]`, for messages.
    pub(crate) fn label(&self) -> String {
        format!("{} [{}]", self.name, self.dimensions.join(", "))
    }

    /// Its numbers, chunk by chunk, with the sign that is meant.
    ///
    /// # Errors
    /// If it holds none.
    pub(crate) fn chunks(&self) -> Result<Arc<dyn Chunks>, String> {
        match &self.elements {
            Elements::Numbers(chunks) => Ok(attributes::with_sign(chunks, &self.attributes)),
            Elements::Text(_) => Err("it holds text instead of numbers".into()),
            Elements::Unreadable(reason) => Err(reason.clone()),
        }
    }

    /// How its numbers become values.
    ///
    /// # Errors
    /// If its attributes say so in a way that is not understood.
    pub(crate) fn packing(&self, kind: Kind) -> Result<Packing, String> {
        attributes::packing(&self.attributes, self.fill, kind)
    }

    /// All numbers of an array of one dimension, as they are stored, and how they become values.
    ///
    /// # Errors
    /// Names the array, and says what is wrong with it.
    pub(crate) fn line(&self) -> Result<(Numbers, Packing), String> {
        let read = || {
            let chunks = self.chunks()?;
            Ok((read_line(&*chunks)?, self.packing(chunks.kind())?))
        };
        read().map_err(|e: String| format!("{}: {e}", self.name))
    }
}
