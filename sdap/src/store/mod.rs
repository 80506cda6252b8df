//! Values in files: one safetensors file a value, written whole and read in place.
//!
//! The kernel writes a bound value once; a Rust cell maps the same file, so that no number is ever copied
//! between the two. Arrays are little-endian tensors named after their fields; everything else about a value
//! is one JSON text in the file's metadata.

mod read;
mod write;

use crate::{Grid, Hovmoller, Points, SeriesGroup, Table, TimeSeries, Value};
use memmap2::Mmap;
use read::{Copied, Viewed};
use std::{
    collections::HashMap,
    fs::File,
    io,
    path::{Path, PathBuf},
};
use write::Parts;

/// The metadata key under which everything but the arrays is kept.
const FIELDS: &str = "sdap";

/// Why a value could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be opened, written or mapped.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not one that [`write()`] wrote.
    #[error("{path} does not hold a value: {reason}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// The file holds a value of another type.
    #[error("{path} holds a {found}, not a {wanted}")]
    Type {
        /// The file.
        path: PathBuf,
        /// The type asked for.
        wanted: &'static str,
        /// The type in the file.
        found: &'static str,
    },
}

/// Writes a value to a file, whole or not at all: it is written aside and renamed.
///
/// # Errors
/// If the file cannot be written.
///
/// ```
/// use sdap::{TimeSeries, Times, Value};
/// let path = std::env::temp_dir().join("sdap-doc.safetensors");
/// let series = TimeSeries::of_values("GAUGE", "discharge", "m3 s-1", Times::new(vec![0]), [1.5]);
/// sdap::write(&Value::Series(series.clone()), &path)?;
/// assert_eq!(sdap::open::<TimeSeries>(&path)?, series);
/// # Ok::<(), sdap::StoreError>(())
/// ```
pub fn write(value: &Value, path: impl AsRef<Path>) -> Result<(), StoreError> {
    let path = path.as_ref();
    let mut parts = Parts::default();
    let fields = parts.value(value);
    let aside = path.with_extension(format!("{}.part", std::process::id()));
    let metadata = HashMap::from([(FIELDS.to_owned(), fields.to_string())]);
    let written = safetensors::serialize_to_file(parts.tensors, Some(metadata), &aside)
        .map_err(std::io::Error::other)
        .and_then(|()| std::fs::rename(&aside, path));
    written.map_err(|source| {
        std::fs::remove_file(&aside).ok();
        StoreError::File { path: path.to_owned(), source }
    })
}

/// Opens a value that [`write()`] wrote. Its arrays view the memory-mapped file; none is copied.
///
/// # Errors
/// If the file cannot be mapped, was not written by [`write()`], or holds another type.
pub fn open<T: FromStore>(path: impl AsRef<Path>) -> Result<T, StoreError> {
    let path = path.as_ref();
    // A mapping costs address space, not memory: its pages belong to the file. So it may stay for the rest of the
    // process's life, and what views it may be kept anywhere.
    let bytes: &'static [u8] = Box::leak(Box::new(map(path)?));
    let value = read::value::<Viewed>(path, bytes)?;
    let found = value.type_name();
    T::from_value(value).ok_or(StoreError::Type { path: path.to_owned(), wanted: T::NAME, found })
}

/// Up to this size the numbers of an answer are copied.
const SMALL: u64 = 1 << 20;

/// Opens a value whose file nobody will open again. The numbers of a small one are copied, so that a loop over many of
/// them leaves no mapping behind; a large one views its file as those of [`open`] do.
pub(crate) fn receive(path: &Path) -> Result<Value, StoreError> {
    let size = std::fs::metadata(path).map(|file| file.len()).unwrap_or_default();
    if size <= SMALL { copied(path) } else { open(path) }
}

/// Opens a value and copies its numbers.
pub(crate) fn copied(path: &Path) -> Result<Value, StoreError> {
    read::value::<Copied>(path, &map(path)?)
}

/// What [`open`] and [`query`](crate::query) can return: each value type, and [`Value`] for any.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of the sdap crate",
    note = "`sdap::query` and `sdap::open` return a TimeSeries, SeriesGroup, Grid, Hovmoller, Points or Table, or an `sdap::Value` for any"
)]
pub trait FromStore: Sized {
    /// The type's name, for errors.
    const NAME: &'static str;
    /// The value, if it is of this type.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromStore for Value {
    const NAME: &'static str = "value";
    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

macro_rules! from_store {
    ($($type:ident),*) => {$(
        impl FromStore for $type {
            const NAME: &'static str = stringify!($type);
            fn from_value(value: Value) -> Option<Self> {
                value.try_into().ok()
            }
        }
    )*};
}
from_store!(TimeSeries, SeriesGroup, Grid, Hovmoller, Points, Table);

#[allow(unsafe_code)]
fn map(path: &Path) -> Result<Mmap, StoreError> {
    let failed = |source: io::Error| StoreError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // SAFETY: a mapped file must not shrink or change while it is viewed. `write()` never writes into a file in
    // place: it renames a new one over the old, whose pages stay with those who mapped them.
    unsafe { Mmap::map(&file) }.map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, BoundingBox, Origin, Period, Regression, TableColumn, Times, Variable, column, plane};
    use std::collections::BTreeMap;

    fn origin() -> Origin {
        Origin {
            server: "embedded".into(),
            area: Some(BoundingBox::new(170.0, -5.0, -170.0, 5.0).unwrap()),
            period: Some(Period::new("1998-01-01T00:00:00Z".parse().unwrap(), "1998-12-31T23:59:59Z".parse().unwrap()).unwrap()),
            synthetic: true,
            notes: vec!["a note".into()],
            ..Origin::default()
        }
    }

    fn series() -> TimeSeries {
        let mut s = TimeSeries::of_values("A", "sst", "°C", Times::new(vec![-1, 0, 86_400]), [1.0, 2.5, -3.0]);
        s.extra.insert("meanLowPass".into(), column([0.0, 1.0, 2.0]));
        s.origin = origin();
        s
    }

    fn values() -> Vec<Value> {
        let p = || plane(2, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let regression = Some(Regression { slope: 1.0, intercept: 0.5, r: 0.9, p: 0.01, error: 0.1 });
        vec![
            Value::Series(series()),
            Value::Group(SeriesGroup { series: vec![series(), series()], regression, origin: origin() }),
            Value::Grid(Grid {
                dataset: "A".into(),
                variable: "sst".into(),
                statistic: "mean".into(),
                units: "K".into(),
                lat: column([0.0, 1.0]),
                lon: column([179.0, 180.0, 181.0]),
                values: p(),
                count: p(),
                origin: origin(),
            }),
            Value::Hovmoller(Hovmoller {
                dataset: "A".into(),
                variable: "sst".into(),
                units: "K".into(),
                axis: Axis::Longitude,
                time: Times::new(vec![0, 1]),
                coordinate: column([0.0, 1.0, 2.0]),
                mean: p(),
                standard_deviation: p(),
                minimum: p(),
                maximum: p(),
                count: p(),
                origin: origin(),
            }),
            Value::Points(Points {
                dataset: "A".into(),
                time: Times::new(vec![5]),
                lat: column([1.0]),
                lon: column([2.0]),
                elevation: Some(column([-10.0])),
                variables: vec![Variable { name: "sst".into(), units: "K".into(), values: column([280.0]) }],
                keys: BTreeMap::from([("rivid".into(), vec!["17".into()])]),
                origin: origin(),
            }),
            Value::Table(Table {
                title: "T".into(),
                columns: vec![
                    ("name".into(), TableColumn::Text(vec!["x".into()])),
                    ("n".into(), TableColumn::Numbers(column([1.0]))),
                    ("when".into(), TableColumn::Times(Times::new(vec![9]))),
                ],
                origin: origin(),
            }),
        ]
    }

    #[test]
    fn every_kind_of_value_comes_back_as_it_was_saved() {
        let dir = tempfile::tempdir().unwrap();
        for value in values() {
            let path = dir.path().join(value.type_name());
            write(&value, &path).unwrap();
            assert_eq!(open::<Value>(&path).unwrap(), value);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), values().len(), "nothing is left beside the files");
    }

    #[test]
    fn an_opened_column_views_the_file_and_owns_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v");
        write(&Value::Series(series()), &path).unwrap();
        assert!(open::<TimeSeries>(&path).unwrap().mean.is_view());
    }

    #[test]
    fn an_answer_is_copied_where_it_is_small_and_views_its_file_where_it_is_large() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v");
        for (length, is_view) in [(3, false), (100_000, true)] {
            let times = Times::new((0..length).collect::<Vec<i64>>());
            let value = Value::Series(TimeSeries::of_values("A", "", "", times, vec![1.5; usize::try_from(length).unwrap()]));
            write(&value, &path).unwrap();
            let received = receive(&path).unwrap();
            std::fs::remove_file(&path).unwrap();
            assert_eq!(received, value);
            assert_eq!(TimeSeries::from_value(received).unwrap().mean.is_view(), is_view);
        }
    }

    #[test]
    fn a_value_that_is_replaced_leaves_its_old_readers_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v");
        write(&Value::Series(series()), &path).unwrap();
        let old = open::<TimeSeries>(&path).unwrap();
        let newer = TimeSeries::of_values("B", "", "", Times::new(vec![]), []);
        write(&Value::Series(newer.clone()), &path).unwrap();
        assert_eq!(old, series());
        assert_eq!(open::<TimeSeries>(&path).unwrap(), newer);
    }

    #[test]
    fn what_is_not_a_value_is_refused_with_its_path_and_reason() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v");
        assert!(matches!(open::<Value>(&path), Err(StoreError::File { .. })));
        std::fs::write(&path, b"not a tensor file at all").unwrap();
        assert!(matches!(open::<Value>(&path), Err(StoreError::Format { .. })));
        write(&Value::Series(series()), &path).unwrap();
        let error = open::<Grid>(&path).unwrap_err().to_string();
        assert!(error.ends_with("holds a TimeSeries, not a Grid"), "{error}");
    }
}
