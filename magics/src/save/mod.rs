//! Values as files that other programs read: the format is the ending's, and what a value is and where it comes from stands
//! inside.
//!
//! ```text
//! Value ──► contents (dimensions and variables, as CF has them) ──► netcdf, zarr
//!      └──► sheet (columns of rows)                             ──► csv, json, parquet
//!      └──► geojson
//! ```

mod about;
mod aside;
mod contents;
mod csv;
mod geojson;
mod json;
mod netcdf;
mod parquet;
mod sheet;
mod zarr;

pub(crate) use aside::{Overwrite, Wanted};

use sdap::Value;
use std::{
    io,
    path::{Path, PathBuf},
};

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Rows of text, what it is about in lines that begin with `#`.
    Csv,
    /// Rows of JSON with their schema, as pandas writes and reads `orient="table"`.
    Json,
    /// Features on the Earth.
    GeoJson,
    /// NetCDF, the classic format, by the CF conventions.
    NetCdf,
    /// A folder of Zarr, version 3, by the CF conventions.
    Zarr,
    /// Columns of Parquet.
    Parquet,
    /// The figure, as pixels.
    Png,
    /// The figure, as lines and text.
    Svg,
}

impl Format {
    /// Every format, and the ending that asks for it.
    pub(crate) const ALL: [(&str, Self); 8] = [
        ("csv", Self::Csv),
        ("json", Self::Json),
        ("geojson", Self::GeoJson),
        ("nc", Self::NetCdf),
        ("zarr", Self::Zarr),
        ("parquet", Self::Parquet),
        ("png", Self::Png),
        ("svg", Self::Svg),
    ];

    /// The format that a file's ending asks for; case does not count.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_lowercase();
        Self::ALL.iter().find(|(name, _)| *name == ending).map(|(_, format)| *format)
    }
}

/// Why a value was not saved. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveError {
    /// There is something of that name already.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The folder is missing.
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// Nobody waits for it any more.
    #[error("the file was given up")]
    GivenUp,
    /// The format cannot hold the value.
    #[error("{0}")]
    Unfit(String),
    /// The file system refused.
    #[error("{} cannot be written: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes a value to a file, or for Zarr a folder, and returns its size in bytes.
///
/// # Errors
/// If the file exists and may not be overwritten, the file system refuses, or the format cannot hold the value. What was
/// there before is there still.
pub(crate) fn save(value: &Value, format: Format, path: &Path, overwrite: Overwrite, wanted: &Wanted) -> Result<u64, SaveError> {
    match format {
        Format::Csv => aside::file(path, overwrite, wanted, |out| csv::write(value, out)),
        Format::Json => aside::file(path, overwrite, wanted, |out| json::write(value, out)),
        Format::GeoJson => aside::file(path, overwrite, wanted, |out| geojson::write(value, out)),
        Format::NetCdf => aside::file(path, overwrite, wanted, |out| netcdf::write(&contents::of(value), out)),
        Format::Parquet => aside::file(path, overwrite, wanted, |out| parquet::write(value, out)),
        Format::Zarr => aside::folder(path, overwrite, wanted, |folder| zarr::write(&contents::of(value), folder)),
        Format::Png | Format::Svg => Err(SaveError::Unfit("a figure is drawn before it is saved".to_owned())),
    }
}

/// Writes what has been made already, such as a picture.
///
/// # Errors
/// As for [`save`].
pub(crate) fn save_bytes(bytes: &[u8], path: &Path, overwrite: Overwrite) -> Result<u64, SaveError> {
    aside::file(path, overwrite, &Wanted::default(), |out| Ok(io::Write::write_all(out, bytes)?))
}

/// Why the content of a file could not be written.
#[derive(Debug, thiserror::Error)]
enum ContentError {
    /// The format cannot hold the value.
    #[error("{0}")]
    Unfit(String),
    /// The file system refused.
    #[error(transparent)]
    File(#[from] io::Error),
}

/// A column of numbers, times or words.
#[derive(Clone, Debug, PartialEq)]
enum Data {
    /// Numbers; NaN is missing.
    Numbers(Vec<f64>),
    /// Seconds since 1970-01-01T00:00:00Z.
    Seconds(Vec<i64>),
    /// Words.
    Text(Vec<String>),
}

impl Data {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(v) => v.len(),
            Self::Seconds(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }
}

/// Names that every format takes: letters, digits and underscores, a letter first, no two alike.
#[derive(Debug, Default)]
struct Names(Vec<String>);

impl Names {
    fn sound(&mut self, wanted: &str) -> String {
        let plain: String = wanted.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let plain = plain.trim_matches('_');
        let base = if plain.starts_with(|c: char| c.is_ascii_alphabetic()) { plain.to_owned() } else { format!("v_{plain}") };
        let (mut name, mut number) = (base.clone(), 1);
        while self.0.contains(&name) {
            number += 1;
            name = format!("{base}_{number}");
        }
        self.0.push(name.clone());
        name
    }
}

/// A time as text: `2010-01-16T12:00:00Z`; empty where no calendar names it.
fn iso(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).map(|t| t.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_asks_for_the_format() {
        assert_eq!(Format::of(Path::new("a/b.NC")), Some(Format::NetCdf));
        assert_eq!(Format::of(Path::new("b.tar.zarr")), Some(Format::Zarr));
        assert_eq!(Format::of(Path::new("nc")), None);
        assert_eq!(Format::of(Path::new("b.xlsx")), None);
    }

    #[test]
    fn names_are_sound_and_differ() {
        let mut names = Names::default();
        let sound = ["sea surface temperature", "2 m", "a", "a", "größe", ""].map(|n| names.sound(n));
        assert_eq!(sound, ["sea_surface_temperature", "v_2_m", "a", "a_2", "gr__e", "v_"]);
    }
}
