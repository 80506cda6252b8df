//! Any value.

use crate::{Grid, Hovmoller, Origin, Points, SeriesGroup, Table, TimeSeries};

/// Any value that a name can be bound to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A time series.
    Series(TimeSeries),
    /// Several time series.
    Group(SeriesGroup),
    /// A map.
    Grid(Grid),
    /// A Hovmöller diagram.
    Hovmoller(Hovmoller),
    /// Samples.
    Points(Points),
    /// A table.
    Table(Table),
}

impl Value {
    /// The name of the value's Rust type, as a cell would write it after `use sdap::prelude::*`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Series(_) => "TimeSeries",
            Self::Group(_) => "SeriesGroup",
            Self::Grid(_) => "Grid",
            Self::Hovmoller(_) => "Hovmoller",
            Self::Points(_) => "Points",
            Self::Table(_) => "Table",
        }
    }

    /// Where the value comes from.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Series(v) => &v.origin,
            Self::Group(v) => &v.origin,
            Self::Grid(v) => &v.origin,
            Self::Hovmoller(v) => &v.origin,
            Self::Points(v) => &v.origin,
            Self::Table(v) => &v.origin,
        }
    }
}
