//! Values put together again from a file's bytes.

use super::{FIELDS, StoreError};
use crate::{Column, Grid, Hovmoller, Plane, Points, SeriesGroup, Table, TableColumn, TimeSeries, Times, Value, Variable};
use ndarray::{ArrayView, CowArray, Dimension, Ix1, Ix2, ShapeBuilder};
use safetensors::{Dtype, SafeTensors};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::{collections::BTreeMap, marker::PhantomData, path::Path};

/// What becomes of an array that views the bytes.
pub(super) trait Keep<'b> {
    /// The array as a value keeps it.
    fn keep<T: Clone, D: Dimension>(view: ArrayView<'b, T, D>) -> CowArray<'static, T, D>;
}

/// The bytes stay for ever: the array views them.
pub(super) struct Viewed;

impl Keep<'static> for Viewed {
    fn keep<T: Clone, D: Dimension>(view: ArrayView<'static, T, D>) -> CowArray<'static, T, D> {
        view.into()
    }
}

/// The bytes go: the array is copied.
pub(super) struct Copied;

impl<'b> Keep<'b> for Copied {
    fn keep<T: Clone, D: Dimension>(view: ArrayView<'b, T, D>) -> CowArray<'static, T, D> {
        view.to_owned().into()
    }
}

/// The value in the bytes of a file. The path is for errors.
pub(super) fn value<'b, K: Keep<'b>>(path: &Path, bytes: &'b [u8]) -> Result<Value, StoreError> {
    Reader::<K>::new(path, bytes)?.value()
}

/// Puts a value together from tensors and fields.
struct Reader<'p, 'b, K> {
    path: &'p Path,
    tensors: SafeTensors<'b>,
    fields: Json,
    keep: PhantomData<K>,
}

impl<'p, 'b, K: Keep<'b>> Reader<'p, 'b, K> {
    fn new(path: &'p Path, bytes: &'b [u8]) -> Result<Self, StoreError> {
        let format = |reason: String| StoreError::Format { path: path.to_owned(), reason };
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| format(e.to_string()))?;
        let text = metadata.metadata().as_ref().and_then(|m| m.get(FIELDS)).ok_or_else(|| format("it has no sdap metadata".into()))?;
        let fields = serde_json::from_str(text).map_err(|e| format(e.to_string()))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| format(e.to_string()))?;
        Ok(Self { path, tensors, fields, keep: PhantomData })
    }

    fn format(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Format { path: self.path.to_owned(), reason: reason.into() }
    }

    fn field<T: DeserializeOwned>(&self, fields: &Json, name: &str) -> Result<T, StoreError> {
        T::deserialize(&fields[name]).map_err(|e| self.format(format!("{name}: {e}")))
    }

    /// The tensor that a field names.
    fn array<T: bytemuck::Pod, D: Dimension>(
        &self,
        fields: &Json,
        name: &str,
        dtype: Dtype,
    ) -> Result<CowArray<'static, T, D>, StoreError> {
        let tensor = self.tensors.tensor(&self.field::<String>(fields, name)?).map_err(|e| self.format(format!("{name}: {e}")))?;
        let mut shape = D::zeros(tensor.shape().len().min(D::NDIM.unwrap_or(0)));
        if tensor.dtype() != dtype || tensor.shape().len() != shape.ndim() {
            return Err(self.format(format!("{name} is a {:?} of shape {:?}", tensor.dtype(), tensor.shape())));
        }
        shape.slice_mut().copy_from_slice(tensor.shape());
        let numbers: &'b [T] = bytemuck::try_cast_slice(tensor.data()).map_err(|e| self.format(format!("{name}: {e}")))?;
        let view = ArrayView::from_shape(shape.into_shape_with_order(), numbers).map_err(|e| self.format(format!("{name}: {e}")))?;
        Ok(K::keep(view))
    }

    fn column(&self, fields: &Json, name: &str) -> Result<Column, StoreError> {
        self.array::<f64, Ix1>(fields, name, Dtype::F64)
    }

    fn plane(&self, fields: &Json, name: &str) -> Result<Plane, StoreError> {
        self.array::<f64, Ix2>(fields, name, Dtype::F64)
    }

    fn times(&self, fields: &Json, name: &str) -> Result<Times, StoreError> {
        self.array::<i64, Ix1>(fields, name, Dtype::I64).map(Times::from_array)
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
