//! What values look like: figures, tables, cards and summaries, as MIME bundles.
//!
//! A value becomes a [`sdap::figure::Figure`] by a picker ([`series`], [`group`], [`grid`], [`hovmoller`], [`region`], [`scatter`], [`Matchup`], …),
//! and [`figure`] draws it once, to SVG. The PNG is that SVG rasterised with the embedded font, the Vega-Lite chart its
//! interactive twin, and the text its twin for those who see no pictures. Tables ([`table`], [`points`], [`series_table`],
//! [`group_table`]), the list of datasets and a dataset's [`card`] are HTML that reads well without CSS, and text.

mod catalogue;
mod decimate;
mod draw;
mod pick;
mod rows;
mod style;
mod summary;
mod tables;
mod text;
mod twin;
mod value;
mod vega;

pub use catalogue::{card, datasets};
pub use pick::{
    Apart, Colour, Matchup, difference, error_bars, grid, grid_scatter, group, heatmap, histogram, hovmoller, point_scatter, region,
    scatter, series, series_difference, stations, year,
};
pub use style::{ColourMap, Interactivity, Limits, Projection, Spacing, Style};
pub use summary::{sparkline, summary};
pub use tables::{group_table, points, series_table, table};
pub(crate) use text::unit::{of_heading as unit_of_heading, titled};
pub use value::value_card;

use crate::Bundle;
use base64::Engine;
use sdap::Times;
use sdap::figure::{Figure, Line};

/// Why a figure cannot be drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    /// Limits of a logarithmic scale that begin at zero or below.
    #[error("a logarithmic scale cannot begin at {0}; the limits must lie above 0")]
    Logarithm(f64),
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

/// A notebook keeps the rows of a chart for ever: no more of them than this.
const MOST_ROWS: usize = 5000;

/// Draws a figure: SVG, PNG and text, and a Vega-Lite chart where the kind has one unless the style is static.
///
/// # Errors
/// If columns of the figure do not match in length, a time lies beyond the calendar, or the style asks for what cannot be: sides beyond 200 to 2000 pixels, a logarithm of zero.
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
    // The picture takes longest by far, so the chart and the text are made beside it.
    let (png, chart, text) = std::thread::scope(|scope| {
        let beside = scope.spawn(|| (chart(figure, style), twin::text(figure, style)));
        let png = draw::raster::png(&svg, style.dpi);
        let (chart, text) = beside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (png, chart, text)
    });
    let png = png?;
    let mut bundle = Bundle::default();
    if let Some(chart) = chart {
        bundle = bundle.with("application/vnd.vegalite.v5+json", chart);
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(&png.bytes);
    let bundle = bundle.with("image/svg+xml", svg).with("image/png", encoded).with("text/plain", text);
    Ok(bundle.sized("image/png", png.width, png.height))
}

/// The chart to explore, where the kind of figure has one and there is something to see.
fn chart(figure: &Figure, style: &Style) -> Option<serde_json::Value> {
    let finite = |lines: &[Line]| lines.iter().any(|line| line.values.iter().any(|v| style.spacing.placed(*v).is_finite()));
    match figure {
        _ if style.interactivity == Interactivity::Static => None,
        Figure::Lines(f) => (f.lines.len() <= CHARTED && finite(&f.lines)).then(|| vega::lines::spec(f, style)),
        Figure::Scatter(f) => draw::scatter::placed(f, style.spacing).next().map(|_| vega::scatter::spec(f, style)),
        Figure::Histogram(f) => (f.counts.sum() > 0.0).then(|| vega::histogram::spec(f, style)),
        Figure::Year(f) => (f.years.len() <= CHARTED && finite(&f.years)).then(|| vega::year::spec(f, style)),
        Figure::Heatmap(f) => {
            (f.values.len() <= MOST_ROWS && draw::heatmap::ramp(f, style).is_some()).then(|| vega::heatmap::spec(f, style))
        }
        Figure::Map(_) | Figure::Hovmoller(_) => None,
    }
}

/// The figure as a PNG of the style's dots per inch, by its light theme.
///
/// # Errors
/// As for [`figure`].
pub fn png(figure: &Figure, style: &Style) -> Result<Vec<u8>, DrawError> {
    Ok(draw::raster::png(&svg(figure, style)?, style.dpi)?.bytes)
}

/// The figure as an SVG document, for light and dark themes.
///
/// # Errors
/// As for [`figure`].
pub fn svg(figure: &Figure, style: &Style) -> Result<String, DrawError> {
    if [style.width, style.height].iter().any(|side| !(LEAST..=MOST).contains(side)) {
        return Err(DrawError::Size { width: style.width, height: style.height });
    }
    if let (Spacing::Log, Some(limits)) = (style.spacing, style.limits)
        && limits.low() <= 0.0
        && !matches!(figure, Figure::Histogram(_))
    {
        return Err(DrawError::Logarithm(limits.low()));
    }
    let description = twin::description(figure, style);
    match figure {
        Figure::Lines(f) => {
            f.lines.iter().try_for_each(checked_line)?;
            draw::lines::svg(f, style, &description)
        }
        Figure::Map(f) => {
            if let Some(grid) = &f.cells {
                checked_plane("the map's values", grid.values.dim(), (grid.lat.len(), grid.lon.len()))?;
            }
            if let Some(stations) = &f.stations {
                let n = stations.values.len();
                for (what, found) in
                    [("latitudes", stations.lat.len()), ("longitudes", stations.lon.len()), ("names", stations.names.len())]
                {
                    checked_column(&format!("the stations' {what}"), found, n, "station")?;
                }
            }
            draw::map::svg(f, style, &description)
        }
        Figure::Hovmoller(f) => {
            checked_times("the diagram", &f.values.time)?;
            checked_plane("the diagram's values", f.values.mean.dim(), (f.values.time.len(), f.values.coordinate.len()))?;
            draw::hovmoller::svg(f, style, &description)
        }
        Figure::Scatter(f) => {
            let n = f.x.values.len();
            checked_column("the quantity upwards", f.y.values.len(), n, "pair")?;
            checked_column("the colouring quantity", f.colour.as_ref().map_or(n, |c| c.values.len()), n, "pair")?;
            checked_column("the pairs' times", f.time.as_ref().map_or(n, Times::len), n, "pair")?;
            draw::scatter::svg(f, style, &description)
        }
        Figure::Histogram(f) => {
            let bins = f.edges.len().saturating_sub(1);
            checked_column("the counts", f.counts.len(), bins, "bin")?;
            draw::histogram::svg(f, style, &description)
        }
        Figure::Heatmap(f) => {
            checked_plane("the heatmap's values", f.values.dim(), (f.rows.len(), f.columns.len()))?;
            draw::heatmap::svg(f, style, &description)
        }
        Figure::Year(f) => {
            f.years.iter().chain(std::iter::once(&f.usual)).try_for_each(checked_line)?;
            draw::year::svg(f, style, &description)
        }
    }
}

fn checked_times(what: &str, times: &Times) -> Result<(), DrawError> {
    match times.seconds().iter().find(|s| s.unsigned_abs() > FARTHEST) {
        Some(seconds) => Err(DrawError::Time { what: what.to_owned(), seconds: *seconds }),
        None => Ok(()),
    }
}

fn checked_line(line: &Line) -> Result<(), DrawError> {
    checked_times(&format!("line {:?}", line.label), &line.time)?;
    let columns = [
        ("values", Some(line.values.len())),
        ("error bars", line.errors.as_ref().map(sdap::ndarray::ArrayBase::len)),
        ("lower edge", line.band.as_ref().map(|b| b.0.len())),
        ("upper edge", line.band.as_ref().map(|b| b.1.len())),
    ];
    let columns = columns.into_iter().filter_map(|(name, found)| Some((name, found?)));
    columns
        .into_iter()
        .try_for_each(|(name, found)| checked_column(&format!("the {name} of line {:?}", line.label), found, line.time.len(), "time"))
}

fn checked_column(what: &str, found: usize, expected: usize, each: &'static str) -> Result<(), DrawError> {
    if found == expected { Ok(()) } else { Err(DrawError::Shape { what: what.to_owned(), expected, found, each }) }
}

fn checked_plane(what: &str, found: (usize, usize), expected: (usize, usize)) -> Result<(), DrawError> {
    if found == expected {
        return Ok(());
    }
    let (what, expected, found) = (what.to_owned(), expected.0 * expected.1, found.0 * found.1);
    Err(DrawError::Shape { what, expected, found, each: "cell" })
}
