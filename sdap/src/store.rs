//! Values in files: one safetensors file a value, written whole and read in place.
//!
//! The kernel writes a bound value once; a Rust cell maps the same file, so that no number is ever copied
//! between the two. Arrays are little-endian tensors named after their fields; everything else about a value
//! is one JSON text in the file's metadata.

use crate::{Column, Grid, Hovmoller, Plane, Points, SeriesGroup, Table, TableColumn, TimeSeries, Times, Value, Variable};
use ndarray::{ArrayView, CowArray, Dimension, Ix1, Ix2, ShapeBuilder};
use safetensors::{Dtype, SafeTensors, View};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fs::File,
    path::{Path, PathBuf},
};

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
    /// The file is not one that [`save`] wrote.
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
/// sdap::save(&Value::Series(series.clone()), &path)?;
/// assert_eq!(sdap::open::<TimeSeries>(&path)?, series);
/// # Ok::<(), sdap::StoreError>(())
/// ```
pub fn save(value: &Value, path: impl AsRef<Path>) -> Result<(), StoreError> {
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

/// Opens a value that [`save`] wrote. Its arrays view the memory-mapped file; none is copied.
///
/// # Errors
/// If the file cannot be mapped, was not written by [`save`], or holds another type.
pub fn open<T: FromStore>(path: impl AsRef<Path>) -> Result<T, StoreError> {
    let path = path.as_ref();
    let value = Reader::map(path)?.value()?;
    let found = value.type_name();
    T::from_value(value).ok_or(StoreError::Type { path: path.to_owned(), wanted: T::NAME, found })
}

/// What [`open`] can return: each value type, and [`Value`] for any.
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
    ($($type:ident in $variant:ident),*) => {$(
        impl FromStore for $type {
            const NAME: &'static str = stringify!($type);
            fn from_value(value: Value) -> Option<Self> {
                if let Value::$variant(v) = value { Some(v) } else { None }
            }
        }
    )*};
}
from_store!(TimeSeries in Series, SeriesGroup in Group, Grid in Grid, Hovmoller in Hovmoller, Points in Points, Table in Table);

/// One array on its way into a file.
struct Tensor<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Cow<'a, [u8]>,
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Takes values apart: arrays are set aside as tensors, everything else is returned as JSON that names them.
#[derive(Default)]
struct Parts<'a> {
    tensors: Vec<(String, Tensor<'a>)>,
}

impl<'a> Parts<'a> {
    /// Sets an array aside and returns the name it got.
    fn array<D: Dimension>(&mut self, array: &'a CowArray<'static, f64, D>) -> Json {
        let bytes = match array.as_slice() {
            Some(slice) => Cow::Borrowed(bytemuck::cast_slice(slice)),
            None => Cow::Owned(bytemuck::cast_slice(&array.iter().copied().collect::<Vec<_>>()).to_vec()),
        };
        self.tensor(Dtype::F64, array.shape().to_vec(), bytes)
    }

    fn times(&mut self, times: &'a Times) -> Json {
        self.tensor(Dtype::I64, vec![times.len()], Cow::Borrowed(bytemuck::cast_slice(times.seconds())))
    }

    fn tensor(&mut self, dtype: Dtype, shape: Vec<usize>, bytes: Cow<'a, [u8]>) -> Json {
        let name = self.tensors.len().to_string();
        self.tensors.push((name.clone(), Tensor { dtype, shape, bytes }));
        Json::String(name)
    }

    fn value(&mut self, value: &'a Value) -> Json {
        let (kind, fields) = match value {
            Value::Series(v) => ("series", self.series(v)),
            Value::Group(v) => {
                let series: Vec<Json> = v.series.iter().map(|s| self.series(s)).collect();
                ("group", json!({ "series": series, "regression": v.regression, "origin": v.origin }))
            }
            Value::Grid(v) => ("grid", self.grid(v)),
            Value::Hovmoller(v) => ("hovmoller", self.hovmoller(v)),
            Value::Points(v) => ("points", self.points(v)),
            Value::Table(v) => ("table", self.table(v)),
        };
        json!({ "kind": kind, "fields": fields })
    }

    fn series(&mut self, v: &'a TimeSeries) -> Json {
        let extra: BTreeMap<&str, Json> = v.extra.iter().map(|(name, c)| (name.as_str(), self.array(c))).collect();
        json!({
            "dataset": v.dataset, "variable": v.variable, "units": v.units, "origin": v.origin, "extra": extra,
            "time": self.times(&v.time), "mean": self.array(&v.mean), "standard_deviation": self.array(&v.standard_deviation),
            "count": self.array(&v.count), "minimum": self.array(&v.minimum), "maximum": self.array(&v.maximum),
        })
    }

    fn grid(&mut self, v: &'a Grid) -> Json {
        json!({
            "dataset": v.dataset, "variable": v.variable, "statistic": v.statistic, "units": v.units, "origin": v.origin,
            "lat": self.array(&v.lat), "lon": self.array(&v.lon), "values": self.array(&v.values), "count": self.array(&v.count),
        })
    }

    fn hovmoller(&mut self, v: &'a Hovmoller) -> Json {
        json!({
            "dataset": v.dataset, "variable": v.variable, "units": v.units, "axis": v.axis, "origin": v.origin,
            "time": self.times(&v.time), "coordinate": self.array(&v.coordinate), "mean": self.array(&v.mean),
            "standard_deviation": self.array(&v.standard_deviation), "minimum": self.array(&v.minimum),
            "maximum": self.array(&v.maximum), "count": self.array(&v.count),
        })
    }

    fn points(&mut self, v: &'a Points) -> Json {
        let variables: Vec<Json> =
            v.variables.iter().map(|x| json!({ "name": x.name, "units": x.units, "values": self.array(&x.values) })).collect();
        json!({
            "dataset": v.dataset, "keys": v.keys, "origin": v.origin, "variables": variables, "time": self.times(&v.time),
            "lat": self.array(&v.lat), "lon": self.array(&v.lon), "elevation": v.elevation.as_ref().map(|e| self.array(e)),
        })
    }

    fn table(&mut self, v: &'a Table) -> Json {
        let columns: Vec<Json> = v
            .columns
            .iter()
            .map(|(name, column)| match column {
                TableColumn::Text(c) => json!({ "name": name, "text": c }),
                TableColumn::Numbers(c) => json!({ "name": name, "numbers": self.array(c) }),
                TableColumn::Times(c) => json!({ "name": name, "times": self.times(c) }),
            })
            .collect();
        json!({ "title": v.title, "origin": v.origin, "columns": columns })
    }
}

/// Puts values together again, from a mapped file.
struct Reader<'p> {
    path: &'p Path,
    tensors: SafeTensors<'static>,
    fields: Json,
}

impl<'p> Reader<'p> {
    fn map(path: &'p Path) -> Result<Self, StoreError> {
        let bytes = map_forever(path).map_err(|source| StoreError::File { path: path.to_owned(), source })?;
        let format = |reason: String| StoreError::Format { path: path.to_owned(), reason };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| format(e.to_string()))?;
        let text = metadata.metadata().as_ref().and_then(|m| m.get(FIELDS)).ok_or_else(|| format("it has no sdap metadata".into()))?;
        let fields = serde_json::from_str(text).map_err(|e| format(e.to_string()))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| format(e.to_string()))?;
        Ok(Self { path, tensors, fields })
    }

    fn format(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Format { path: self.path.to_owned(), reason: reason.into() }
    }

    fn field<T: DeserializeOwned>(&self, fields: &Json, name: &str) -> Result<T, StoreError> {
        T::deserialize(&fields[name]).map_err(|e| self.format(format!("{name}: {e}")))
    }

    /// The tensor that a field names, as a view of the mapped file.
    fn view<T: bytemuck::Pod, D: Dimension>(&self, fields: &Json, name: &str, dtype: Dtype) -> Result<CowArray<'static, T, D>, StoreError> {
        let tensor = self.tensors.tensor(&self.field::<String>(fields, name)?).map_err(|e| self.format(format!("{name}: {e}")))?;
        let mut shape = D::zeros(tensor.shape().len().min(D::NDIM.unwrap_or(0)));
        if tensor.dtype() != dtype || tensor.shape().len() != shape.ndim() {
            return Err(self.format(format!("{name} is a {:?} of shape {:?}", tensor.dtype(), tensor.shape())));
        }
        shape.slice_mut().copy_from_slice(tensor.shape());
        let numbers: &'static [T] = bytemuck::try_cast_slice(tensor.data()).map_err(|e| self.format(format!("{name}: {e}")))?;
        let view = ArrayView::from_shape(shape.into_shape_with_order(), numbers).map_err(|e| self.format(format!("{name}: {e}")))?;
        Ok(view.into())
    }

    fn column(&self, fields: &Json, name: &str) -> Result<Column, StoreError> {
        self.view::<f64, Ix1>(fields, name, Dtype::F64)
    }

    fn plane(&self, fields: &Json, name: &str) -> Result<Plane, StoreError> {
        self.view::<f64, Ix2>(fields, name, Dtype::F64)
    }

    fn times(&self, fields: &Json, name: &str) -> Result<Times, StoreError> {
        self.view::<i64, Ix1>(fields, name, Dtype::I64).map(Times::from_array)
    }

    fn list<'a>(&self, fields: &'a Json, name: &str) -> Result<&'a Vec<Json>, StoreError> {
        fields[name].as_array().ok_or_else(|| self.format(format!("{name} is not a list")))
    }

    fn value(&self) -> Result<Value, StoreError> {
        let fields = &self.fields["fields"];
        match self.fields["kind"].as_str() {
            Some("series") => self.series(fields).map(Value::Series),
            Some("group") => Ok(Value::Group(SeriesGroup {
                series: self.list(fields, "series")?.iter().map(|s| self.series(s)).collect::<Result<_, _>>()?,
                regression: self.field(fields, "regression")?,
                origin: self.field(fields, "origin")?,
            })),
            Some("grid") => self.grid(fields).map(Value::Grid),
            Some("hovmoller") => self.hovmoller(fields).map(Value::Hovmoller),
            Some("points") => self.points(fields).map(Value::Points),
            Some("table") => self.table(fields).map(Value::Table),
            other => Err(self.format(format!("kind {other:?}"))),
        }
    }

    fn series(&self, f: &Json) -> Result<TimeSeries, StoreError> {
        let names: BTreeMap<String, Json> = self.field(f, "extra")?;
        let extra = names.keys().map(|name| Ok((name.clone(), self.column(&f["extra"], name)?))).collect::<Result<_, StoreError>>()?;
        Ok(TimeSeries {
            dataset: self.field(f, "dataset")?,
            variable: self.field(f, "variable")?,
            units: self.field(f, "units")?,
            time: self.times(f, "time")?,
            mean: self.column(f, "mean")?,
            standard_deviation: self.column(f, "standard_deviation")?,
            count: self.column(f, "count")?,
            minimum: self.column(f, "minimum")?,
            maximum: self.column(f, "maximum")?,
            extra,
            origin: self.field(f, "origin")?,
        })
    }

    fn grid(&self, f: &Json) -> Result<Grid, StoreError> {
        Ok(Grid {
            dataset: self.field(f, "dataset")?,
            variable: self.field(f, "variable")?,
            statistic: self.field(f, "statistic")?,
            units: self.field(f, "units")?,
            lat: self.column(f, "lat")?,
            lon: self.column(f, "lon")?,
            values: self.plane(f, "values")?,
            count: self.plane(f, "count")?,
            origin: self.field(f, "origin")?,
        })
    }

    fn hovmoller(&self, f: &Json) -> Result<Hovmoller, StoreError> {
        Ok(Hovmoller {
            dataset: self.field(f, "dataset")?,
            variable: self.field(f, "variable")?,
            units: self.field(f, "units")?,
            axis: self.field(f, "axis")?,
            time: self.times(f, "time")?,
            coordinate: self.column(f, "coordinate")?,
            mean: self.plane(f, "mean")?,
            standard_deviation: self.plane(f, "standard_deviation")?,
            minimum: self.plane(f, "minimum")?,
            maximum: self.plane(f, "maximum")?,
            count: self.plane(f, "count")?,
            origin: self.field(f, "origin")?,
        })
    }

    fn points(&self, f: &Json) -> Result<Points, StoreError> {
        let variable = |v: &Json| {
            Ok::<_, StoreError>(Variable {
                name: self.field(v, "name")?,
                units: self.field(v, "units")?,
                values: self.column(v, "values")?,
            })
        };
        Ok(Points {
            dataset: self.field(f, "dataset")?,
            time: self.times(f, "time")?,
            lat: self.column(f, "lat")?,
            lon: self.column(f, "lon")?,
            elevation: if f["elevation"].is_null() { None } else { Some(self.column(f, "elevation")?) },
            variables: self.list(f, "variables")?.iter().map(variable).collect::<Result<_, _>>()?,
            keys: self.field(f, "keys")?,
            origin: self.field(f, "origin")?,
        })
    }

    fn table(&self, f: &Json) -> Result<Table, StoreError> {
        let column = |c: &Json| {
            let kind = if !c["text"].is_null() {
                TableColumn::Text(self.field(c, "text")?)
            } else if !c["numbers"].is_null() {
                TableColumn::Numbers(self.column(c, "numbers")?)
            } else {
                TableColumn::Times(self.times(c, "times")?)
            };
            Ok::<_, StoreError>((self.field(c, "name")?, kind))
        };
        Ok(Table {
            title: self.field(f, "title")?,
            columns: self.list(f, "columns")?.iter().map(column).collect::<Result<_, _>>()?,
            origin: self.field(f, "origin")?,
        })
    }
}

/// Maps a file for the rest of the process's life, so that what views it may be kept anywhere.
///
/// A mapping costs address space, not memory: its pages belong to the file.
#[allow(unsafe_code)]
fn map_forever(path: &Path) -> std::io::Result<&'static [u8]> {
    let file = File::open(path)?;
    // SAFETY: a mapped file must not shrink or change while it is viewed. `save` never writes into a file in
    // place: it renames a new one over the old, whose pages stay with those who mapped them.
    let map = unsafe { memmap2::Mmap::map(&file)? };
    Ok(&*Box::leak(Box::new(map)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Axis, BoundingBox, Origin, Period, Regression, column, plane};

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
            save(&value, &path).unwrap();
            assert_eq!(open::<Value>(&path).unwrap(), value);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), values().len(), "nothing is left beside the files");
    }

    #[test]
    fn an_opened_column_views_the_file_and_owns_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v");
        save(&Value::Series(series()), &path).unwrap();
        assert!(open::<TimeSeries>(&path).unwrap().mean.is_view());
    }

    #[test]
    fn a_value_that_is_replaced_leaves_its_old_readers_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("v");
        save(&Value::Series(series()), &path).unwrap();
        let old = open::<TimeSeries>(&path).unwrap();
        let newer = TimeSeries::of_values("B", "", "", Times::new(vec![]), []);
        save(&Value::Series(newer.clone()), &path).unwrap();
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
        save(&Value::Series(series()), &path).unwrap();
        let error = open::<Grid>(&path).unwrap_err().to_string();
        assert!(error.ends_with("holds a TimeSeries, not a Grid"), "{error}");
    }
}
