//! Time series: `/timeSeriesSpark` and `/dailydifferenceaverage_spark`.
//!
//! Both send one list for each time, which holds one row for each dataset that has that time; `ds` numbers the dataset.

use super::envelope::Objects;
use super::number::{Loose, Number, When, counted, is_of_nothing, no_time, seconds};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// More datasets than this are a broken answer, not a question anybody asked.
const MOST_DATASETS: usize = 1000;

/// More columns than this are a broken answer too; servers send at most a dozen.
const MOST_COLUMNS: usize = 100;

/// The rows of each dataset, by its number.
#[derive(Debug)]
pub(crate) struct Rows {
    series: Vec<Series>,
    /// How many rows all of them have.
    count: usize,
    /// Whether any row has had a mean.
    has_means: bool,
    /// Whether every row has said which dataset it is of.
    are_numbered: bool,
}

impl Default for Rows {
    fn default() -> Self {
        Self { series: Vec::new(), count: 0, has_means: false, are_numbered: true }
    }
}

/// The rows of one dataset, as columns of one length, in the order they came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series {
    /// Seconds since 1970.
    pub(crate) time: Vec<i64>,
    pub(crate) mean: Vec<f64>,
    pub(crate) std: Vec<f64>,
    pub(crate) count: Vec<f64>,
    pub(crate) min: Vec<f64>,
    pub(crate) max: Vec<f64>,
    /// Numeric columns of any other name; NaN where a row lacks one.
    pub(crate) extra: Vec<(String, Vec<f64>)>,
}

impl Series {
    /// The same rows by ascending time, without those that `keep` refuses.
    pub(crate) fn sorted(self, keep: impl Fn(i64) -> bool) -> Self {
        let mut order: Vec<usize> = (0..self.time.len()).filter(|i| keep(self.time[*i])).collect();
        order.sort_by_key(|i| self.time[*i]);
        let take = |column: &[f64]| order.iter().map(|i| column[*i]).collect();
        Self {
            time: order.iter().map(|i| self.time[*i]).collect(),
            mean: take(&self.mean),
            std: take(&self.std),
            count: take(&self.count),
            min: take(&self.min),
            max: take(&self.max),
            extra: self.extra.iter().map(|(name, column)| (name.clone(), take(column))).collect(),
        }
    }

    /// Whether two rows have the same in every column; what is missing in both is the same.
    pub(crate) fn has_alike(&self, row: usize, other: usize) -> bool {
        let statistics = [&self.mean, &self.std, &self.count, &self.min, &self.max];
        let mut columns = statistics.into_iter().chain(self.extra.iter().map(|(_, column)| column));
        columns.all(|column| column[row] == column[other] || column[row].is_nan() && column[other].is_nan())
    }

    /// The same rows without some; `rows` are their numbers, ascending.
    pub(crate) fn without(mut self, rows: &[usize]) -> Self {
        fn leave_out<T>(column: &mut Vec<T>, rows: &[usize]) {
            let mut row = 0;
            column.retain(|_| {
                row += 1;
                rows.binary_search(&(row - 1)).is_err()
            });
        }
        leave_out(&mut self.time, rows);
        let statistics = [&mut self.mean, &mut self.std, &mut self.count, &mut self.min, &mut self.max];
        for column in statistics.into_iter().chain(self.extra.iter_mut().map(|(_, column)| column)) {
            leave_out(column, rows);
        }
        self
    }

    fn set_extra(&mut self, name: &str, value: f64) -> Result<(), String> {
        let row = self.time.len() - 1;
        let at = match self.extra.iter().position(|(n, _)| n == name) {
            Some(at) => at,
            None if self.extra.len() < MOST_COLUMNS => {
                self.extra.push((name.to_owned(), vec![f64::NAN; row]));
                self.extra.len() - 1
            }
            None => return Err(format!("the rows have more than {MOST_COLUMNS} columns")),
        };
        let column = &mut self.extra[at].1;
        column.resize(row, f64::NAN);
        column.push(value);
        Ok(())
    }
}

impl Rows {
    /// The rows of every dataset that was asked for, `datasets` of them, each column padded to its full length.
    ///
    /// # Errors
    /// If the rows hold no means, or do not say of which dataset they are.
    pub(crate) fn finish(mut self, datasets: usize) -> Result<Vec<Series>, String> {
        if self.count > 0 && !self.has_means {
            return Err("its rows hold no mean".into());
        }
        if self.series.len() > datasets.max(1) {
            return Err(format!("its rows are of {} datasets, where {datasets} were asked for", self.series.len()));
        }
        if datasets > 1 && !self.are_numbered {
            return Err("its rows do not say of which dataset they are".into());
        }
        for series in &mut self.series {
            let length = series.time.len();
            series.extra.iter_mut().for_each(|(_, column)| column.resize(length, f64::NAN));
        }
        Ok(self.series)
    }
}

impl Objects for Rows {
    fn object<'de, A: MapAccess<'de>>(&mut self, mut fields: A) -> Result<(), A::Error> {
        let nan = f64::NAN;
        let (mut time, mut mean, mut std, mut count, mut min, mut max) = (nan, nan, nan, nan, nan, nan);
        let mut ds = None;
        let mut extra: Vec<(String, f64)> = Vec::new();
        while let Some(key) = fields.next_key::<Field>()? {
            let slot = match key {
                Field::Time => {
                    time = fields.next_value::<When>()?.0;
                    continue;
                }
                Field::Mean => {
                    self.has_means = true;
                    &mut mean
                }
                Field::Std => &mut std,
                Field::Count => &mut count,
                Field::Min => &mut min,
                Field::Max => &mut max,
                Field::Dataset => {
                    ds = Some(fields.next_value::<Number>()?.0);
                    continue;
                }
                Field::Ignored => {
                    fields.next_value::<IgnoredAny>()?;
                    continue;
                }
                Field::Other(name) => {
                    extra.extend(fields.next_value::<Loose>()?.0.map(|value| (name, value)));
                    continue;
                }
            };
            *slot = fields.next_value::<Number>()?.0;
        }
        let time = seconds(time).ok_or_else(|| A::Error::custom(no_time("a row", time)))?;
        self.are_numbered &= ds.is_some();
        let dataset = ds.unwrap_or(0.0);
        if !(0.0..MOST_DATASETS as f64).contains(&dataset) || dataset.fract() != 0.0 {
            return Err(A::Error::custom(format_args!("a row belongs to dataset number {dataset}")));
        }
        let dataset = dataset as usize;
        let count = counted(count);
        let is_blank = is_of_nothing(count, mean);
        let known = |value: f64| if is_blank || !value.is_finite() { f64::NAN } else { value };
        if self.series.len() <= dataset {
            self.series.resize(dataset + 1, Series::default());
        }
        self.count += 1;
        let series = &mut self.series[dataset];
        series.time.push(time);
        series.mean.push(known(mean));
        series.std.push(known(std));
        series.count.push(count);
        series.min.push(known(min));
        series.max.push(known(max));
        for (name, value) in extra {
            series.set_extra(&name, known(value)).map_err(A::Error::custom)?;
        }
        Ok(())
    }

    fn count(&self) -> usize {
        self.count
    }
}

enum Field {
    Time,
    Mean,
    Std,
    Count,
    Min,
    Max,
    Dataset,
    Ignored,
    Other(String),
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Name;
        impl Visitor<'_> for Name {
            type Value = Field;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
                Ok(match name {
                    "time" => Field::Time,
                    "mean" | "avg" => Field::Mean,
                    "std" => Field::Std,
                    "cnt" | "count" => Field::Count,
                    "min" => Field::Min,
                    "max" => Field::Max,
                    "ds" => Field::Dataset,
                    "iso_time" => Field::Ignored,
                    _ => Field::Other(name.to_owned()),
                })
            }
        }
        input.deserialize_identifier(Name)
    }
}
