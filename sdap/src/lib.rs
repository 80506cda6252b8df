//! The values of the SDAP kernel, and its figures as data.
//!
//! A `%sdap` line answers with one of these types, a Rust cell computes on them, and the kernel draws them:
//!
//! | type | what | shape |
//! | --- | --- | --- |
//! | [`TimeSeries`] | area statistics, one number for each time | `[time]` |
//! | [`SeriesGroup`] | several series that were asked for together | – |
//! | [`Grid`] | one number for each cell of a map | `[lat, lon]` |
//! | [`Hovmoller`] | one number for each time and latitude, or longitude | `[time, coordinate]` |
//! | [`Points`] | single samples in space and time | `[point]` |
//! | [`Table`] | named columns | `[row]` |
//!
//! Numbers are ndarray arrays of `f64`, and a missing number is NaN. Times are UTC ([`Times`]). Every value
//! carries its [`Origin`]: who was asked, what, and under which terms the data may be used.
//!
//! In a cell, [`query`] asks what a `%sdap` line asks, [`plot`], [`map`] and [`table`] show what a cell computed, [`save`] writes it to a file, and [`bind`]
//! hands it to `%sdap` under a name.
//!
//! The crate stays light, because every Rust cell links it: no HTTP, no async runtime, no drawing.
//!
//! ```
//! use sdap::{Times, TimeSeries};
//! let series = TimeSeries::of_values("GAUGE", "discharge", "m3 s-1", Times::new(vec![0, 86_400]), vec![1.0, 3.0]);
//! assert_eq!(series.mean.mean(), Some(2.0));
//! ```
#![deny(unsafe_code)]

#[doc(hidden)]
pub mod ask;
#[doc(hidden)]
pub mod cell;
pub mod figure;

mod area;
mod bind;
mod brief;
mod column;
mod grid;
mod hovmoller;
mod origin;
mod period;
mod plot;
mod points;
mod query;
mod save;
mod series;
mod store;
mod table;
mod times;
mod value;

pub use area::{AreaError, BoundingBox};
pub use ask::AskError;
pub use bind::{BIND_FOLDER, BindError, bind};
pub use column::{Column, Plane, column, plane};
pub use grid::Grid;
pub use hovmoller::{Axis, Hovmoller};
pub use origin::{Origin, bytes};
pub use period::{Period, PeriodError};
pub use plot::{Kind, Plot, TableView, Values, boxes, map, plot, table};
pub use points::{Points, Variable};
pub use query::query;
pub use save::{overwrite, save};
pub use series::{Regression, SeriesGroup, TimeSeries};
pub use store::{FromStore, StoreError, open, write};
pub use table::{Table, TableColumn};
pub use times::Times;
pub use value::{Value, WrongType};

/// What a Rust cell imports: the value types, and the parts of ndarray and chrono that go with them.
pub mod prelude {
    pub use crate::{Axis as HovmollerAxis, BoundingBox, Grid, Hovmoller, Period, Points, SeriesGroup, Table, TimeSeries, Times};
    pub use chrono::{DateTime, Datelike, Utc};
    pub use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
}

// The crates whose types stand in this crate's own, so that a cell can name them in the same version.
pub use chrono;
pub use ndarray;
