//! Puts together the parts that a question had to be asked in: either side of the antimeridian, or year by year.

mod calendar;
mod diagram;
mod map;
mod moments;
mod repeats;
mod series;
mod upside;

pub(crate) use calendar::{first_of_month, months};
pub(crate) use diagram::{Extent, diagram};
pub(crate) use map::{Map, nearest, overlay, union, upright};
pub(crate) use moments::Moments;
pub(crate) use repeats::{drop_repeats, without_repeats};
pub(crate) use series::{across, counts_by_day, merged};
pub(crate) use upside::upside_down;
