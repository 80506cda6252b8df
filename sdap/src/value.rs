//! Any value.

use crate::{Grid, Hovmoller, Origin, Points, SeriesGroup, Table, TimeSeries};

/// Any value that a name can be bound to.
///
/// ```
/// use sdap::{TimeSeries, Times, Value};
/// let value = Value::from(TimeSeries::of_values("GAUGE", "discharge", "m3 s-1", Times::new(vec![0]), [1.5]));
/// assert_eq!(value.type_name(), "TimeSeries");
/// let series: TimeSeries = value.try_into()?;
/// assert_eq!(series.mean[0], 1.5);
/// # Ok::<(), sdap::WrongType>(())
/// ```
#[derive(Clone, PartialEq)]
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

    /// Where the value comes from, to add to.
    pub fn origin_mut(&mut self) -> &mut Origin {
        match self {
            Self::Series(v) => &mut v.origin,
            Self::Group(v) => &mut v.origin,
            Self::Grid(v) => &mut v.origin,
            Self::Hovmoller(v) => &mut v.origin,
            Self::Points(v) => &mut v.origin,
            Self::Table(v) => &mut v.origin,
        }
    }
}

/// As the value within.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Series(v) => v.fmt(f),
            Self::Group(v) => v.fmt(f),
            Self::Grid(v) => v.fmt(f),
            Self::Hovmoller(v) => v.fmt(f),
            Self::Points(v) => v.fmt(f),
            Self::Table(v) => v.fmt(f),
        }
    }
}

/// A value of another type than the one asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is a {found}, not a {wanted}")]
pub struct WrongType {
    /// The type asked for.
    pub wanted: &'static str,
    /// The value's type.
    pub found: &'static str,
}

macro_rules! from_and_to_value {
    ($($type:ident as $variant:ident),*) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }

        impl From<&$type> for Value {
            fn from(value: &$type) -> Self {
                Self::$variant(value.clone())
            }
        }

        impl TryFrom<Value> for $type {
            type Error = WrongType;

            fn try_from(value: Value) -> Result<Self, WrongType> {
                let found = value.type_name();
                if let Value::$variant(v) = value { Ok(v) } else { Err(WrongType { wanted: stringify!($type), found }) }
            }
        }
    )*};
}
from_and_to_value!(TimeSeries as Series, SeriesGroup as Group, Grid as Grid, Hovmoller as Hovmoller, Points as Points, Table as Table);

impl From<&Value> for Value {
    fn from(value: &Value) -> Self {
        value.clone()
    }
}
