//! What values look like: figures, tables, cards and summaries, as MIME bundles.
//!
//! A value becomes a [`sdap::figure::Figure`] by a picker ([`series`], [`group`], [`grid`], [`hovmoller`], [`region`]),
//! and [`figure`] draws it once, to SVG. The PNG is that SVG rasterised with the embedded font, the Vega-Lite chart its
//! interactive twin, and the text its twin for those who see no pictures. Tables ([`table`], [`points`], [`series_table`],
//! [`group_table`]), the list of datasets and a dataset's [`card`] are HTML that reads well without CSS, and text.

mod catalogue;
mod decimate;
mod draw;
mod pick;
mod rows;
mod summary;
mod tables;
mod text;
mod twin;
mod vega;

pub use catalogue::{card, datasets};
pub use pick::{error_bars, grid, group, hovmoller, region, series};
pub use summary::{sparkline, summary};
pub use tables::{group_table, points, series_table, table};

use crate::Bundle;
use base64::Engine;
use sdap::Times;
use sdap::figure::{Figure, LineFigure};

/// Whether a line figure carries a Vega-Lite chart, which front ends prefer to the pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interactivity {
    /// With the chart, where the kind of figure has one.
    #[default]
    Interactive,
    /// Pictures and text alone. So is a figure without any number.
    Static,
}

/// How a figure is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The width in CSS pixels. A narrow map takes less.
    pub width: u32,
    /// The height in CSS pixels. A map keeps the shape of its area instead; a long legend adds to the height.
    pub height: u32,
    /// Whether there is a chart to explore.
    pub interactivity: Interactivity,
}

impl Default for Style {
    fn default() -> Self {
        Self { width: 760, height: 420, interactivity: Interactivity::Interactive }
    }
}

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// Columns of a figure that belong together differ in length.
    #[error("{what} has {found} values where {expected} were expected, one for each {each}")]
    Shape {
        /// The column.
        what: String,
        /// How many values it should have.
        expected: usize,
        /// How many it has.
        found: usize,
        /// What each value stands for.
        each: &'static str,
    },
    /// A time that no calendar names.
    #[error("{what} has a time {seconds} seconds from 1970, which no calendar names; are these milliseconds?")]
    Time {
        /// What holds the time.
        what: String,
        /// The time as given.
        seconds: i64,
    },
    /// A size at which nothing could be read, or no machine could draw.
    #[error("a figure of {width} × {height} pixels cannot be drawn; each side may be {LEAST} to {MOST}")]
    Size {
        /// The width asked for, in CSS pixels.
        width: u32,
        /// The height asked for, in CSS pixels.
        height: u32,
    },
    /// The drawing failed.
    #[error("the figure cannot be drawn: {0}")]
    Drawing(String),
    /// The picture could not be rasterised.
    #[error("the picture cannot be made: {0}")]
    Raster(String),
}

/// The least and the greatest side of a figure, in CSS pixels.
const LEAST: u32 = 200;
const MOST: u32 = 2000;

/// Seconds from 1970 of the farthest times that a calendar can name, some 250 000 years away.
const FARTHEST: u64 = 8_000_000_000_000;

/// A chart with more lines than this is no help.
const CHARTED: usize = 200;

/// Draws a figure: SVG, PNG and text, and for lines a Vega-Lite chart unless the style is static.
///
/// # Errors
/// If columns of the figure do not match in length, a time lies beyond the calendar, or the style's size is not within 200 to 2000 pixels.
///
/// ```
/// use sdap::{TimeSeries, Times};
/// use sdap_magics::show::{self, Style};
/// let series = TimeSeries::of_values("GAUGE", "discharge", "m3 s-1", Times::new(vec![0, 86_400]), [1.0, 3.0]);
/// let bundle = show::figure(&show::series(&series), &Style::default())?;
/// assert!(bundle.data.contains_key("image/svg+xml") && bundle.data.contains_key("image/png"));
/// # Ok::<(), show::DrawError>(())
/// ```
pub fn figure(figure: &Figure, style: &Style) -> Result<Bundle, DrawError> {
    let svg = svg(figure, style)?;
    let mut bundle = Bundle::default();
    if let (Figure::Lines(lines), Interactivity::Interactive) = (figure, style.interactivity)
        && lines.lines.len() <= CHARTED
        && lines.lines.iter().any(|line| line.values.iter().any(|v| v.is_finite()))
    {
        bundle = bundle.with("application/vnd.vegalite.v5+json", vega::spec(lines, style));
    }
    let png = draw::raster::png(&svg)?;
    let encoded = base64::engine::general_purpose::STANDARD.encode(&png.bytes);
    let bundle = bundle.with("image/svg+xml", svg).with("image/png", encoded).with("text/plain", twin::text(figure, style));
    Ok(bundle.sized("image/png", png.width, png.height))
}

/// The figure as an SVG document, for light and dark themes.
///
/// # Errors
/// As for [`figure`].
pub fn svg(figure: &Figure, style: &Style) -> Result<String, DrawError> {
    if [style.width, style.height].iter().any(|side| !(LEAST..=MOST).contains(side)) {
        return Err(DrawError::Size { width: style.width, height: style.height });
    }
    let description = twin::description(figure);
    match figure {
        Figure::Lines(f) => {
            checked_lines(f)?;
            draw::lines::svg(f, style, &description)
        }
        Figure::Map(f) => {
            if let Some(grid) = &f.cells {
                checked_plane("the map's values", grid.values.dim(), (grid.lat.len(), grid.lon.len()))?;
            }
            draw::map::svg(f, style, &description)
        }
        Figure::Hovmoller(f) => {
            checked_times("the diagram", &f.values.time)?;
            checked_plane("the diagram's values", f.values.mean.dim(), (f.values.time.len(), f.values.coordinate.len()))?;
            draw::hovmoller::svg(f, style, &description)
        }
    }
}

fn checked_times(what: &str, times: &Times) -> Result<(), DrawError> {
    match times.seconds().iter().find(|s| s.unsigned_abs() > FARTHEST) {
        Some(seconds) => Err(DrawError::Time { what: what.to_owned(), seconds: *seconds }),
        None => Ok(()),
    }
}

fn checked_lines(figure: &LineFigure) -> Result<(), DrawError> {
    for line in &figure.lines {
        checked_times(&format!("line {:?}", line.label), &line.time)?;
        let columns = [
            ("values", Some(line.values.len())),
            ("error bars", line.errors.as_ref().map(sdap::ndarray::ArrayBase::len)),
            ("lower edge", line.band.as_ref().map(|b| b.0.len())),
            ("upper edge", line.band.as_ref().map(|b| b.1.len())),
        ];
        for (name, found) in columns {
            if let Some(found) = found.filter(|n| *n != line.time.len()) {
                let what = format!("the {name} of line {:?}", line.label);
                return Err(DrawError::Shape { what, expected: line.time.len(), found, each: "time" });
            }
        }
    }
    Ok(())
}

fn checked_plane(what: &str, found: (usize, usize), expected: (usize, usize)) -> Result<(), DrawError> {
    if found == expected {
        return Ok(());
    }
    let (what, expected, found) = (what.to_owned(), expected.0 * expected.1, found.0 * found.1);
    Err(DrawError::Shape { what, expected, found, each: "cell" })
}
