//! Figures as data: what is to be drawn, not how. The kernel draws them.

use crate::{BoundingBox, Column, Grid, Hovmoller, Times};

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// Lines over time.
    Lines(LineFigure),
    /// A map.
    Map(MapFigure),
    /// A Hovmöller diagram.
    Hovmoller(HovmollerFigure),
}

/// Which vertical axis a line is read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The left axis.
    #[default]
    Left,
    /// The right axis.
    Right,
}

/// One line over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the legend calls it.
    pub label: String,
    /// The times, ascending.
    pub time: Times,
    /// The values; a NaN leaves a gap.
    pub values: Column,
    /// Half-lengths of error bars, where there are any to draw; NaN draws none at that time.
    pub errors: Option<Column>,
    /// The lower and upper edge of a band around the line.
    pub band: Option<(Column, Column)>,
    /// The axis it is read on.
    pub side: Side,
}

impl Line {
    /// A plain line on the left axis.
    pub fn new(label: impl Into<String>, time: Times, values: Column) -> Self {
        Self { label: label.into(), time, values, errors: None, band: None, side: Side::Left }
    }
}

/// Lines over time, on one vertical axis or two.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFigure {
    /// The title.
    pub title: String,
    /// A line below the title: area, period, whether synthetic.
    pub subtitle: String,
    /// The quantity and unit of the left axis.
    pub left: String,
    /// The quantity and unit of the right axis, where a line is read on it.
    pub right: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// What is measured, so far as it decides the colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quantity {
    /// Temperature.
    Temperature,
    /// Rain and other precipitation.
    Precipitation,
    /// Salinity.
    Salinity,
    /// Speed, and spread such as a variance.
    Speed,
    /// Chlorophyll.
    Chlorophyll,
    /// Anything with a meaningful zero in the middle: anomalies, wind components, correlations. Centred on zero.
    Signed,
    /// Anything else.
    #[default]
    Other,
}

/// A map: cells in colour, boxes, or both, under coastlines.
#[derive(Clone, Debug, PartialEq)]
pub struct MapFigure {
    /// The title.
    pub title: String,
    /// A line below the title: area, period, whether synthetic.
    pub subtitle: String,
    /// The area to show.
    pub extent: BoundingBox,
    /// The cells to colour.
    pub cells: Option<Grid>,
    /// What the cells measure.
    pub quantity: Quantity,
    /// The title of the colour bar: quantity and unit.
    pub scale: String,
    /// Boxes to draw, each with its name.
    pub boxes: Vec<(String, BoundingBox)>,
}

/// A Hovmöller diagram: time against latitude or longitude, in colour.
#[derive(Clone, Debug, PartialEq)]
pub struct HovmollerFigure {
    /// The title.
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    /// What to colour.
    pub values: Hovmoller,
    /// What it measures.
    pub quantity: Quantity,
    /// The title of the colour bar: quantity and unit.
    pub scale: String,
}
