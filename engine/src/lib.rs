//! NEXUS answers computed on this machine.
//!
//! [`Engine`] implements [`sdap_nexus::Nexus`] over Zarr groups (version 2 or 3): a demo catalogue that the binary
//! carries ([`Engine::demo`]), and folders on disk ([`Engine::open`]). Work runs beside the async threads, in parallel over
//! chunks; only chunks that meet the area and the period are read; dropping the future of a question stops its work.
//!
//! The mathematics is that of NEXUS 1.4, and the right answer where that server is known to be wrong:
//!
//! | question | the server | here |
//! | --- | --- | --- |
//! | variance map | a cell that is missing on k dates gets k·mean² added | the variance of the values there are |
//! | maximum and minimum map | NaN where any date is missing | the extremes of the values there are |
//! | climatology map | years and tiles paired wrongly beyond one of each | every day of that month counts once |
//! | any map of a dataset with descending latitudes | upside down in each tile | the right way up |
//! | daily difference | pooled variance slightly off for several tiles | the population variance of all differences |
//! | daily difference before the first climatology day | an error | the last climatology day: the year is a circle |
//! | area across the antimeridian | the complement | the area |
//! | time before 1970 | no time filter at all | a time like any other |
//! | low pass of a long series | explodes | second-order sections, stable at any length |
//! | Hovmöller without data in the period | all times in one row | no data |
//!
//! # Which cells a box takes
//! A cell counts if its centre lies in the box, edges included. Coordinates are compared in the precision they are stored
//! in: a centre stored as 32-bit 40.1 (40.099998) lies on an edge given as 40.1. Coordinates stored in 64 bits
//! get 10⁻⁹ degrees of room, about 0.1 mm, for the rounding of whoever computed them.
#![forbid(unsafe_code)]

mod answer;
mod cache;
mod catalogue;
mod chunks;
mod dataset;
mod embedded;
mod engine;
mod filter;
mod low_pass;
mod moments;
mod numbers;
mod pick;
mod plane;
mod regression;
mod scan;
pub mod serve;

mod work;

pub use catalogue::Catalogue;
pub use engine::{Engine, Limits};
pub use regression::regression;
