//! NEXUS answers computed on this machine.
//!
//! [`Engine`] implements [`sdap_nexus::Nexus`] over Zarr groups (version 2 or 3), NetCDF files (classic and NetCDF-4, alone
//! or joined along time) and tables of in-situ points (CSV and Parquet): a demo catalogue that the binary carries
//! ([`Engine::demo`]), and what is on disk ([`Engine::open`]). Work runs beside the async threads, in parallel over
//! chunks; only chunks that meet the area and the period are read, each once, whatever levels lie in it; dropping the future of a
//! question stops its work.
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
//! | dates moved to the first of their month | a row for each date, all of one time | one row, of all values of the month |
//! | match-up: a value of 0 | dropped | a value like any other |
//! | match-up at high latitudes | some pairs are lost, since the box to search in is scaled the wrong way | every pair within the radius |
//! | match-up: the radius | on a plane around the area | over the ground, on WGS84 |
//! | match-up: only the closest | any one of those equally close, with all at its place and time | all that are equally close, to a millimetre and a second |
//! | regression map: a cell without three pairs | zeros | no value, with the count there is |
//! | standard deviation before the first climatology day | nothing | the last climatology day: the year is a circle |
//! | series of in-situ points | no data | the mean at each time, weighted as that of cells |
//! | series stored one after another (rivers, gauges) | cannot be read | points with their identifier |
//! | metadata filters on series in Zarr | refused | as on tiles, and together with a box |
//!
//! # Which cells a box takes
//! A cell counts if its centre lies in the box, edges included. Coordinates are compared in the precision they are stored
//! in: a centre stored as 32-bit 40.1 (40.099998) lies on an edge given as 40.1. Coordinates stored in 64 bits
//! get 10⁻⁹ degrees of room, about 0.1 mm, for the rounding of whoever computed them.
//!
//! # Which levels a question takes
//! A vertical axis whose unit is a length gives elevations, in metres upwards; depths are negative. A range of elevations
//! takes every level that touches it, by the bounds that the file states or else by its own elevation, and all that are taken
//! count together. Without a range it is what touches 0 m, as on the server; where nothing does, it is the level nearest to it, which
//! each answer says. Differences from a climatology and correlations take that level, too. In-situ points are all taken, at whatever
//! elevation, unless a range is asked for. Levels that are no lengths, as of pressure, and the entries of any other dimension, as the
//! members of an ensemble, are variables of their own: `t_850hPa`.
//!
//! # How files are understood
//! After the CF conventions 1.11. Coordinates are told by `standard_name`, `units`, `axis` or name. Numbers are unpacked with
//! `scale_factor`, `add_offset` and `_Unsigned`; what equals `_FillValue` or `missing_value`, or lies outside `valid_range`,
//! `valid_min` or `valid_max`, is missing, and so is what the NetCDF library writes into unwritten cells of a file that names
//! no mark. Two different marks can be told. A valid range is of stored numbers, unless it has a fraction while they have none.
//!
//! Times are in UTC. A date of any calendar is taken as the same date of the Gregorian one: those of climate models, with 365, 366 or
//! 360 days in each year, those of files that state the Julian calendar, and those before 15 October 1582. Where a month is longer in
//! its calendar (February), its times are drawn together evenly within it. `months since` counts months of the calendar. A field without
//! an axis of time stands at its lone time coordinate, or at the start of the period that its attributes state; what has nothing to do
//! with time, as a map of depths, is given 1970-01-01.
//!
//! The first variable is what is asked for where none is named: in the order of the file, those that only tell of others (flags, counts,
//! errors) last. What is at an address or a path whose name does not tell its format is told by its first bytes.
//!
//! Where times, latitudes and longitudes share one dimension, each entry is an in-situ point; so is each row of a table. The
//! columns of a table are told by name: `time`, `lat` and `lon` (and the like), `elevation` or `depth`; text, and whole numbers
//! that are named as identifiers, say whose a point is; all other numbers are variables. A unit follows a name in brackets or
//! ends it, as in `air_temp_c`. Times are ISO 8601 in UTC unless a zone is given, seconds since 1970, or counted as the heading says.
//! Remarks before the heading, `# title: …`, are attributes.
//!
//! Files of a folder or pattern are joined along time: the first by name says what the dataset has, and the others must have the same
//! places. A file that cannot be read is left out, and named with every answer; one time in two files is an error. Tables of a
//! folder or pattern are one after the other, each with the columns of the first. Folders and patterns may be in a bucket, too.
#![forbid(unsafe_code)]

mod answer;
mod cache;
mod catalogue;
mod chunks;
mod dataset;
mod embedded;
mod engine;
mod filter;
mod jobs;
mod low_pass;
mod memory;
mod moments;
mod numbers;
mod packed;
mod pick;
mod plane;
mod scan;
pub mod serve;
mod source;
mod spare;
mod waiting;
mod work;

pub use catalogue::{Catalogue, name_of};
pub use engine::{Engine, Limits};
pub use sdap_nexus::regression;
