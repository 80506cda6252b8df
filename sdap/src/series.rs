//! Time series.

use crate::{Column, Origin, Times, brief, column};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Area statistics of one dataset, one number for each time. All columns have the shape `[time]`.
///
/// Where the numbers are single values, such as a river's discharge, `mean` holds them, `count` is 1, and
/// the spread is 0. A column that the server did not send is all NaN.
#[derive(Clone, PartialEq)]
pub struct TimeSeries {
    /// The dataset's short name; within a group the name that tells the series apart, such as a river's id.
    pub dataset: String,
    /// The variable, by its CF standard name where known.
    pub variable: String,
    /// The unit of `mean`, `standard_deviation`, `minimum` and `maximum`; empty if unknown.
    pub units: String,
    /// The times, ascending.
    pub time: Times,
    /// The mean, weighted by the cosine of latitude for `%sdap timeseries`, plain for `%sdap anomaly`.
    pub mean: Column,
    /// The population standard deviation over the cells.
    pub standard_deviation: Column,
    /// How many cells had a value.
    pub count: Column,
    /// The least value of a cell.
    pub minimum: Column,
    /// The greatest value of a cell.
    pub maximum: Column,
    /// Further columns by the server's name, such as `meanLowPass` or `meanSeasonal`.
    pub extra: BTreeMap<String, Column>,
    /// Where the numbers come from.
    pub origin: Origin,
}

impl TimeSeries {
    /// A series of single values.
    ///
    /// # Panics
    /// If there are not as many values as times.
    ///
    /// ```
    /// use sdap::{TimeSeries, Times};
    /// let river = TimeSeries::of_values("2016500", "discharge", "m3 s-1", Times::new(vec![0, 86_400]), [1.5, f64::NAN]);
    /// assert_eq!((river.len(), river.count.to_vec()), (2, vec![1.0, 0.0]));
    /// ```
    pub fn of_values(dataset: &str, variable: &str, units: &str, time: Times, values: impl Into<Vec<f64>>) -> Self {
        let values = values.into();
        assert_eq!(values.len(), time.len(), "a series has one value for each time");
        let present = |number: f64| column(values.iter().map(|v| if v.is_nan() { f64::NAN } else { number }).collect::<Vec<_>>());
        Self {
            dataset: dataset.to_owned(),
            variable: variable.to_owned(),
            units: units.to_owned(),
            standard_deviation: present(0.0),
            count: column(values.iter().map(|v| f64::from(u8::from(!v.is_nan()))).collect::<Vec<_>>()),
            minimum: column(values.clone()),
            maximum: column(values.clone()),
            mean: column(values),
            time,
            extra: BTreeMap::new(),
            origin: Origin::default(),
        }
    }

    /// How many times there are.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }
}

impl std::fmt::Debug for TimeSeries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let synthetic = if self.origin.synthetic { ", synthetic" } else { "" };
        write!(f, "TimeSeries {} [{}]{synthetic}: {:?}, mean {}", self.dataset, self.units, self.time, brief::range(&self.mean))
    }
}

/// The least-squares line of the second series on the first, over the times they share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// The slope, in units of the second series per unit of the first.
    pub slope: f64,
    /// The intercept, in units of the second series.
    pub intercept: f64,
    /// The correlation coefficient after Pearson.
    pub r: f64,
    /// The two-sided p-value for a slope of zero.
    pub p: f64,
    /// The standard error of the slope.
    pub error: f64,
}

/// Several series that were asked for together: two datasets, or the rivers of one.
#[derive(Clone, PartialEq)]
pub struct SeriesGroup {
    /// The series, in the order they were asked for.
    pub series: Vec<TimeSeries>,
    /// How the second follows the first, where there are exactly two.
    pub regression: Option<Regression>,
    /// Where the numbers come from.
    pub origin: Origin,
}

impl SeriesGroup {
    /// The series of that name.
    ///
    /// ```
    /// # use sdap::{SeriesGroup, TimeSeries, Times};
    /// # let river = |name, first: i64| TimeSeries::of_values(name, "discharge", "m3 s-1", Times::new(vec![first, first + 1]), [1.0, 2.0]);
    /// # let rivers = SeriesGroup { series: vec![river("a", 0), river("b", 1)], regression: None, origin: Default::default() };
    /// assert_eq!(rivers.get("b").map(|river| river.mean.sum()), Some(3.0));
    /// ```
    pub fn get(&self, name: &str) -> Option<&TimeSeries> {
        self.series.iter().find(|s| s.dataset == name)
    }

    /// The names, in order.
    ///
    /// ```
    /// # use sdap::{SeriesGroup, TimeSeries, Times};
    /// # let river = |name, first: i64| TimeSeries::of_values(name, "discharge", "m3 s-1", Times::new(vec![first, first + 1]), [1.0, 2.0]);
    /// # let rivers = SeriesGroup { series: vec![river("a", 0), river("b", 1)], regression: None, origin: Default::default() };
    /// assert_eq!(rivers.names(), ["a", "b"]);
    /// ```
    pub fn names(&self) -> Vec<&str> {
        self.series.iter().map(|s| s.dataset.as_str()).collect()
    }

    /// All times of all series, ascending, each once.
    ///
    /// ```
    /// # use sdap::{SeriesGroup, TimeSeries, Times};
    /// # let river = |name, first: i64| TimeSeries::of_values(name, "discharge", "m3 s-1", Times::new(vec![first, first + 1]), [1.0, 2.0]);
    /// # let rivers = SeriesGroup { series: vec![river("a", 0), river("b", 1)], regression: None, origin: Default::default() };
    /// assert_eq!(rivers.time().seconds(), [0, 1, 2]);
    /// ```
    pub fn time(&self) -> Times {
        let mut all: Vec<i64> = self.series.iter().flat_map(|s| s.time.seconds().iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        Times::new(all)
    }

    /// The means as a matrix of shape `[series, time]`, with the times of [`SeriesGroup::time`]; NaN where a series lacks one.
    ///
    /// ```
    /// use sdap::{SeriesGroup, TimeSeries, Times, ndarray::Axis};
    /// let river = |name, values: [f64; 2]| TimeSeries::of_values(name, "discharge", "m3 s-1", Times::new(vec![0, 1]), values);
    /// let rivers = SeriesGroup { series: vec![river("1", [1.0, 2.0]), river("2", [3.0, 6.0])], regression: None, origin: Default::default() };
    /// assert_eq!(rivers.matrix().mean_axis(Axis(0)).unwrap().to_vec(), [2.0, 4.0]);
    /// ```
    pub fn matrix(&self) -> Array2<f64> {
        let time = self.time();
        let mut matrix = Array2::from_elem((self.series.len(), time.len()), f64::NAN);
        for (mut row, series) in matrix.outer_iter_mut().zip(&self.series) {
            for (second, value) in series.time.seconds().iter().zip(&series.mean) {
                if let Ok(at) = time.seconds().binary_search(second) {
                    row[at] = *value;
                }
            }
        }
        matrix
    }
}

impl std::fmt::Debug for SeriesGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SeriesGroup of {}: {}", self.series.len(), self.names().join(", "))
    }
}
