//! Draws figures: with plotters to SVG, and from that to PNG.

pub(crate) mod bar;
mod boxes;
mod calendar;
mod cells;
mod earth;
pub(crate) mod font;
pub(crate) mod frame;
pub(crate) mod heatmap;
pub(crate) mod histogram;
pub(crate) mod hovmoller;
mod legend;
pub(crate) mod lines;
pub(crate) mod map;
mod palette;
mod pen;
mod plane;
mod projection;
mod ramp;
pub(crate) mod raster;
pub(crate) mod role;
pub(crate) mod scale;
pub(crate) mod scatter;
mod sheet;
pub(crate) mod stations;
mod view;
pub(crate) mod year;
