//! Interactive twins of figures: Vega-Lite v5 charts with tooltips and zoom.
//!
//! Background and axes are left to the front end's theme.

pub(crate) mod heatmap;
pub(crate) mod histogram;
pub(crate) mod lines;
pub(crate) mod scatter;
pub(crate) mod year;

use super::Style;
use super::draw::{font, frame};
use super::style::Spacing;
use super::text::{number, printable};
use serde_json::{Value, json};

/// Colours between those of the light and the dark pictures, legible on both.
const COLOURS: [&str; 7] = ["#1f83c4", "#e2701e", "#12a47c", "#c76ba5", "#c99417", "#5fb4e4", "#82888f"];

/// The width and height of the plot of a chart in a figure of the style's size.
fn size(style: &Style) -> (u32, u32) {
    (style.width.saturating_sub(150).max(150), style.height.saturating_sub(130).max(100))
}

/// How wide the title of a legend of colours may be.
const LEGEND: f64 = 110.0;

/// The width of a plot that has a legend of colours beside it.
fn beside_a_legend(style: &Style) -> u32 {
    size(style).0.saturating_sub(LEGEND as u32).max(150)
}

/// A chart that has its title and size, and nothing else yet.
fn chart(title: &str, subtitle: &str, notes: &[String], style: &Style) -> Value {
    let (width, height) = size(style);
    let wrap = |text: &str, size: f64| wrapped(&printable(text), size, f64::from(width));
    let subtitle: Vec<String> =
        std::iter::once(subtitle).chain(notes.iter().map(String::as_str)).flat_map(|s| wrap(s, frame::SUBTITLE)).collect();
    json!({
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": { "text": wrap(title, frame::TITLE), "subtitle": subtitle, "anchor": "start" },
        "width": width,
        "height": height,
        // Themes draw lines that hide thin curves by night, and labels of times that touch.
        "config": { "axis": { "gridOpacity": 0.4, "labelSeparation": 8 } },
    })
}

/// The lines of a text in a chart.
fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    font::wrapped(text, size, room, 3)
}

/// The number with seven digits, which is more than any screen shows; null if it is missing.
fn number_or_null(v: f64) -> Value {
    if v.is_finite() { json!(number::round_significant(v, 7)) } else { Value::Null }
}

/// The scale of the values' axis.
fn y_scale(style: &Style) -> Value {
    let mut scale = match style.spacing {
        Spacing::Even => json!({ "zero": false }),
        Spacing::Log => json!({ "type": "log" }),
    };
    if let Some(limits) = style.limits {
        scale["domain"] = json!([limits.low(), limits.high()]);
    }
    scale
}

/// The layers of a chart, each cut off at the ends of its axes.
fn layers(layers: Vec<Value>) -> Value {
    let clipped = |mut layer: Value| {
        layer["mark"]["clip"] = json!(true);
        layer
    };
    layers.into_iter().map(clipped).collect()
}

/// Dragging moves and scrolling zooms.
fn zoom() -> Value {
    json!([{ "name": "zoom", "select": { "type": "interval", "encodings": ["x", "y"] }, "bind": "scales" }])
}

/// A quantitative field with its title, as a tooltip shows it.
fn tip(field: &str, title: &str) -> Value {
    json!({ "field": field, "type": "quantitative", "title": if title.is_empty() { "value" } else { title }, "format": ".7~g" })
}
