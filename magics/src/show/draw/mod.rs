//! Draws figures: with plotters to SVG, and from that to PNG.

pub(crate) mod bar;
mod calendar;
mod cells;
mod earth;
pub(crate) mod font;
pub(crate) mod frame;
pub(crate) mod hovmoller;
mod legend;
pub(crate) mod lines;
pub(crate) mod map;
mod palette;
mod pen;
mod ramp;
pub(crate) mod raster;
mod role;
pub(crate) mod scale;
mod sheet;
