//! Figures as data: what is to be drawn, not how. The kernel draws them.

use crate::{BoundingBox, Column, Grid, Hovmoller, Plane, Regression, Times};

/// A figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// Lines over time.
    Lines(LineFigure),
    /// A map.
    Map(MapFigure),
    /// A Hovmöller diagram.
    Hovmoller(HovmollerFigure),
    /// One quantity against another.
    Scatter(ScatterFigure),
    /// How often each value occurs.
    Histogram(HistogramFigure),
    /// Years above one another.
    Year(YearFigure),
    /// Rows and columns in colour.
    Heatmap(HeatmapFigure),
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
    /// Places to mark, coloured by their values.
    pub stations: Option<Stations>,
    /// Boxes to draw, each with its name.
    pub boxes: Vec<(String, BoundingBox)>,
    /// Polygons to draw: rings of `(longitude, latitude)` in degrees. A ring within a ring is a hole.
    pub polygons: Vec<Vec<Vec<(f64, f64)>>>,
}

/// Places on a map, each with a value. All columns but `pairs` have the shape `[place]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Stations {
    /// The latitudes, in degrees.
    pub lat: Column,
    /// The longitudes, in degrees.
    pub lon: Column,
    /// The values; a place without one is drawn as a ring.
    pub values: Column,
    /// The unit of the values; empty if unknown or none.
    pub units: String,
    /// What each place is called; empty where it has no name.
    pub names: Vec<String>,
    /// What the places are matched with: of each pair the longitude and latitude of the place, and of its partner. A thin
    /// line runs from one to the other, and the partner is a ring.
    pub pairs: Vec<[(f64, f64); 2]>,
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

/// One of the quantities of a [`ScatterFigure`], shape `[pair]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The title of its axis: quantity and unit.
    pub title: String,
    /// What it measures.
    pub quantity: Quantity,
    /// The numbers.
    pub values: Column,
}

/// One quantity against another, a dot for each pair of numbers, and the line that fits them.
///
/// Many pairs are counted in small squares instead, coloured by their number.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterFigure {
    /// The title.
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    /// The quantity across. Its numbers are finite.
    pub x: Measure,
    /// The quantity upwards. Its numbers are finite.
    pub y: Measure,
    /// What colours the dots, where there is a third quantity.
    pub colour: Option<Measure>,
    /// When each pair was measured, where that is known.
    pub time: Option<Times>,
    /// The least-squares line of `y` on `x`, where there is one.
    pub fit: Option<Regression>,
    /// The unit of its slope as it is written, `m³ s⁻¹ per mm`; empty if there is none.
    pub slope_units: String,
}

/// How often values between each two edges occur.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramFigure {
    /// The title.
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    /// The quantity and unit of the level axis.
    pub quantity: String,
    /// What is counted, in the plural: `times`, `cells`, `points`.
    pub counted: String,
    /// The edges of the bins, ascending, one more than there are bins. A value on an edge belongs to the bin above it, the last one excepted.
    pub edges: Column,
    /// How many values each bin has.
    pub counts: Column,
    /// The mean of all values.
    pub mean: f64,
    /// Their standard deviation, of the population.
    pub standard_deviation: f64,
    /// The unit of both; empty if unknown or none.
    pub units: String,
}

/// A series folded on the year: a line for each year, and what is usual.
#[derive(Clone, Debug, PartialEq)]
pub struct YearFigure {
    /// The title.
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    /// The quantity and unit of the upright axis.
    pub quantity: String,
    /// One line for each year, its times moved to the year 2000, its label the year.
    pub years: Vec<Line>,
    /// The mean of the years, at times of the year 2000, in a band from the least to the greatest.
    pub usual: Line,
}

/// Rows and columns that have names, one number where they meet, in colour.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatmapFigure {
    /// The title.
    pub title: String,
    /// A line below the title.
    pub subtitle: String,
    /// What the rows are, from the top.
    pub rows: Vec<String>,
    /// What the columns are, from the left.
    pub columns: Vec<String>,
    /// The numbers, shape `[row, column]`; a NaN has no colour.
    pub values: Plane,
    /// What they measure.
    pub quantity: Quantity,
    /// The title of the colour bar: quantity and unit.
    pub scale: String,
}
