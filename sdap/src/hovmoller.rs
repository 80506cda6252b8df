//! Hovmöller diagrams.

use crate::{Column, Origin, Plane, Times, brief};
use serde::{Deserialize, Serialize};

/// The axis that a Hovmöller diagram keeps beside time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axis {
    /// Latitude is kept; longitudes are averaged.
    Latitude,
    /// Longitude is kept; latitudes are averaged, weighted by their cosine.
    Longitude,
}

/// One number for each time and latitude, or longitude.
#[derive(Clone, PartialEq)]
pub struct Hovmoller {
    /// The dataset's short name.
    pub dataset: String,
    /// The variable, by its CF standard name where known.
    pub variable: String,
    /// The unit of the numbers; empty if unknown.
    pub units: String,
    /// The axis kept beside time.
    pub axis: Axis,
    /// The times, ascending.
    pub time: Times,
    /// The latitudes or longitudes, ascending, shape `[coordinate]`, in degrees.
    pub coordinate: Column,
    /// The means, shape `[time, coordinate]`; NaN where there is none.
    pub mean: Plane,
    /// The population standard deviations, same shape.
    pub standard_deviation: Plane,
    /// The least values, same shape.
    pub minimum: Plane,
    /// The greatest values, same shape.
    pub maximum: Plane,
    /// How many cells went into each number, same shape.
    pub count: Plane,
    /// Where the numbers come from.
    pub origin: Origin,
}

impl std::fmt::Debug for Hovmoller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (axis, mean) = (format!("{:?}s", self.axis).to_lowercase(), brief::range(&self.mean));
        write!(f, "Hovmoller {} [{}]: {:?} by {} {axis}, mean {mean}", self.dataset, self.units, self.time, self.coordinate.len())
    }
}
