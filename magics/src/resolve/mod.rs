//! From what was typed to what is meant: areas, periods, regions, datasets.

mod area;
mod dataset;
mod period;
mod region;

pub(crate) use area::{Place, place};
pub(crate) use dataset::{find_dataset, resolved_area, resolved_period, unknown_dataset};
pub(crate) use period::{OpenPeriod, period};
pub(crate) use region::{Region, Regions};

/// Something that was typed, and where: a byte range of the cell.
pub(crate) struct Typed<T> {
    pub(crate) value: T,
    pub(crate) span: Option<std::ops::Range<usize>>,
}
