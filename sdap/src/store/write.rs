//! Values taken apart into tensors and fields.

use crate::{Grid, Hovmoller, Points, Table, TableColumn, TimeSeries, Times, Value};
use ndarray::{CowArray, Dimension};
use safetensors::{Dtype, View};
use serde_json::{Value as Json, json};
use std::{borrow::Cow, collections::BTreeMap};

/// One array on its way into a file.
pub(super) struct Tensor<'a> {
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
pub(super) struct Parts<'a> {
    pub(super) tensors: Vec<(String, Tensor<'a>)>,
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

    /// Takes a value apart.
    pub(super) fn value(&mut self, value: &'a Value) -> Json {
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
