//! Samples.

use crate::{Column, Origin, Times};
use std::collections::BTreeMap;

/// One measured quantity of [`Points`].
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name, by CF standard name where known.
    pub name: String,
    /// The unit; empty if unknown.
    pub units: String,
    /// The numbers, shape `[point]`.
    pub values: Column,
}

/// Single samples in space and time, sorted by time, then latitude, then longitude. All columns have the shape `[point]`.
#[derive(Clone, PartialEq)]
pub struct Points {
    /// The dataset's short name.
    pub dataset: String,
    /// The times.
    pub time: Times,
    /// The latitudes, in degrees.
    pub lat: Column,
    /// The longitudes, in degrees, −180 to 180.
    pub lon: Column,
    /// The elevations in metres, where the dataset has them.
    pub elevation: Option<Column>,
    /// The measured quantities.
    pub variables: Vec<Variable>,
    /// Identifiers, such as `rivid`, by name, shape `[point]` each.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Where the numbers come from.
    pub origin: Origin,
}

impl Points {
    /// How many points there are.
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// The quantity of that name.
    ///
    /// ```
    /// use sdap::{Points, Times, Variable, column};
    /// let points = Points {
    ///     dataset: "GAUGE".into(),
    ///     time: Times::new(vec![0]),
    ///     lat: column([38.0]),
    ///     lon: column([-78.5]),
    ///     elevation: None,
    ///     variables: vec![Variable { name: "discharge".into(), units: "m3 s-1".into(), values: column([1.5]) }],
    ///     keys: Default::default(),
    ///     origin: Default::default(),
    /// };
    /// assert_eq!(points.variable("discharge").map(|discharge| discharge.values[0]), Some(1.5));
    /// ```
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|v| v.name == name)
    }
}

impl std::fmt::Debug for Points {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<String> = self.variables.iter().map(|v| format!("{} [{}]", v.name, v.units)).collect();
        write!(f, "Points {}: {} samples of {}, {:?}", self.dataset, self.len(), names.join(", "), self.time)
    }
}
