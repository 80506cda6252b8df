//! How quantities, units, numbers, places and times are written for people.

pub(crate) mod moment;
pub(crate) mod number;
pub(crate) mod place;
pub(crate) mod quantity;
pub(crate) mod unit;
