//! Samples of any dataset: of cells, of stations, of in-situ points.
//!
//! A sample is there if any of its variables has a value. Area, period, filters and elevations hold together.

mod scanned;
mod single;
mod sites;

use super::matchup::Near;
use crate::dataset::{Dataset, Places, Variable};
use crate::work::Work;
use sdap::{BoundingBox, Period};
use sdap_nexus::Error;
use sdap_nexus::request::Elevation;
use std::collections::BTreeMap;

pub(super) use single::{chosen as chosen_points, values_at};

/// Which samples of a dataset are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Choice<'a> {
    /// Everywhere, if none is given.
    pub(crate) area: Option<&'a BoundingBox>,
    pub(crate) period: Period,
    /// Metadata filters, all of which must hold.
    pub(crate) filters: &'a [String],
    pub(crate) elevation: Option<Elevation>,
    /// Only those that others may be near.
    pub(crate) near: Option<&'a Near>,
    /// How many there may be.
    pub(crate) limit: usize,
}

/// Samples, by time, then latitude, longitude, and elevation from above.
#[derive(Default)]
pub(crate) struct Samples {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) time: Vec<i64>,
    pub(crate) lat: Vec<f64>,
    /// −180 to 180.
    pub(crate) lon: Vec<f64>,
    /// In metres, where the dataset knows any.
    pub(crate) elevation: Option<Vec<f64>>,
    /// The values of each variable, in the order asked for; NaN where it has none.
    pub(crate) values: Vec<Vec<f64>>,
    /// Whose they are, by the name of the key.
    pub(crate) keys: BTreeMap<String, Vec<String>>,
}

impl Samples {
    pub(crate) fn len(&self) -> usize {
        self.time.len()
    }

    /// The samples at these positions, in this order.
    fn arranged(&self, order: &[usize]) -> Self {
        fn pick<T: Clone>(all: &[T], order: &[usize]) -> Vec<T> {
            order.iter().map(|at| all[*at].clone()).collect()
        }
        Self {
            time: pick(&self.time, order),
            lat: pick(&self.lat, order),
            lon: pick(&self.lon, order),
            elevation: self.elevation.as_ref().map(|all| pick(all, order)),
            values: self.values.iter().map(|all| pick(all, order)).collect(),
            keys: self.keys.iter().map(|(name, all)| (name.clone(), pick(all, order))).collect(),
        }
    }

    /// The samples in the order that is promised; those of one time, place and elevation stay as they are.
    fn in_order(self) -> Self {
        let height = |at: usize| self.elevation.as_ref().map_or(0.0, |all| all[at]);
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|&a, &b| {
            let places = self.lat[a].total_cmp(&self.lat[b]).then(self.lon[a].total_cmp(&self.lon[b]));
            self.time[a].cmp(&self.time[b]).then(places).then(height(b).total_cmp(&height(a)))
        });
        if order.is_sorted() { self } else { self.arranged(&order) }
    }
}

/// The samples that are wanted; there may be none where every value is missing.
///
/// # Errors
/// If the area or the period holds no cell, station or time at all, a filter is not understood, a chunk is broken, or there are
/// more than the limit.
pub(crate) fn gather(dataset: &Dataset, variables: &[&Variable], choice: &Choice<'_>, work: &Work) -> Result<Samples, Error> {
    match &dataset.places {
        Places::Samples(samples) => single::gather(dataset, samples, variables, choice, work).map(Samples::in_order),
        Places::Grid { .. } | Places::Stations(_) => scanned::gather(dataset, variables, choice, work),
    }
}

/// How many samples there are at most, without reading any.
///
/// # Errors
/// As [`gather`].
pub(crate) fn estimate(dataset: &Dataset, choice: &Choice<'_>) -> Result<usize, Error> {
    match &dataset.places {
        Places::Samples(samples) => single::chosen(dataset, samples, choice).map(|chosen| chosen.len()),
        Places::Grid { .. } | Places::Stations(_) => scanned::estimate(dataset, choice),
    }
}

/// That there are more samples than may be.
fn too_many(limit: usize) -> Error {
    Error::Invalid(format!("the answer would have more than {limit} points; choose a smaller box or a shorter period"))
}
