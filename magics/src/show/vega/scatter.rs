//! The interactive twin of a scatter plot: dots with both numbers and their time, or bins with their counts.

use super::{COLOURS, chart, tip, wrapped, y_scale, zoom};
use crate::show::Style;
use crate::show::draw::{frame, scatter};
use crate::show::style::{Limits, Spacing};
use crate::show::text::moment::Precision;
use crate::show::text::{number, printable};
use sdap::figure::{Measure, ScatterFigure};
use serde_json::{Map, Value, json};

/// The chart.
pub(crate) fn spec(figure: &ScatterFigure, style: &Style) -> Value {
    let mut spec = chart(&figure.title, &figure.subtitle, &[scatter::notes(figure).join(" · ")], style);
    let density = scatter::density(figure, style);
    let mut layers = vec![match &density {
        Some(density) => bins(figure, style, density),
        None => dots(figure, style),
    }];
    layers.extend(fit(figure, style));
    layers[0]["params"] = zoom();
    if density.is_some() || figure.colour.is_some() {
        spec["width"] = json!(super::beside_a_legend(style));
    }
    spec["layer"] = super::layers(layers);
    spec
}

/// The number with six digits: a row may have three numbers and a time.
fn number_or_null(v: f64) -> Value {
    if v.is_finite() { json!(number::round_significant(v, 6)) } else { Value::Null }
}

fn axis(field: &str, measure: &Measure, style: &Style) -> Value {
    let title = wrapped(&printable(&measure.title), frame::AXIS, 320.0);
    json!({ "field": field, "type": "quantitative", "title": title, "scale": y_scale(style) })
}

/// The style of the level axis: limits are those of the upright one.
fn across(style: &Style) -> Style {
    Style { limits: None, ..*style }
}

fn dots(figure: &ScatterFigure, style: &Style) -> Value {
    let row = |i: usize| {
        let mut row = Map::new();
        row.insert("x".into(), number_or_null(figure.x.values[i]));
        row.insert("y".into(), number_or_null(figure.y.values[i]));
        if let Some(colour) = &figure.colour {
            row.insert("c".into(), number_or_null(colour.values[i]));
        }
        if let Some(time) = &figure.time {
            row.insert("t".into(), json!(time.seconds()[i].saturating_mul(1000)));
        }
        Value::Object(row)
    };
    let mut tooltip = vec![tip("x", &printable(&figure.x.title)), tip("y", &printable(&figure.y.title))];
    let mut layer = json!({
        "data": { "values": scatter::placed(figure, style.spacing).map(row).collect::<Vec<_>>() },
        "mark": { "type": "point", "filled": true, "size": 30, "opacity": 0.7 },
        "encoding": { "x": axis("x", &figure.x, &across(style)), "y": axis("y", &figure.y, style), "color": { "value": COLOURS[0] } },
    });
    if let Some(colour) = &figure.colour {
        tooltip.push(tip("c", &printable(&colour.title)));
        let ramp = scatter::colours(figure, style);
        let range = ramp.as_ref().map(|r| (0..=8).map(|i| r.colour((i * 255 / 8) as u8)).collect::<Vec<_>>());
        let domain = ramp.as_ref().map(|r| json!([r.low, r.high]));
        layer["encoding"]["color"] = json!({
            "field": "c", "type": "quantitative", "title": wrapped(&printable(&colour.title), frame::AXIS, super::LEGEND),
            "scale": { "range": range, "domain": domain, "clamp": true },
        });
    }
    if let Some(time) = &figure.time {
        layer["transform"] = json!([{ "calculate": format!("utcFormat(datum.t, '{}')", Precision::of(time).format()), "as": "time" }]);
        tooltip.push(json!({ "field": "time", "type": "nominal", "title": "time (UTC)" }));
    }
    layer["encoding"]["tooltip"] = Value::Array(tooltip);
    layer
}

/// Short rows: the bin across, the bin upwards, and its count. The chart computes the edges.
fn bins(figure: &ScatterFigure, style: &Style, density: &scatter::Density) -> Value {
    let rows: Vec<Value> = density.filled().map(|(i, j, n)| json!({ "i": i, "j": j, "n": n as u64 })).collect();
    let edge = |field: &str, scale: &crate::show::draw::scale::Scale, origin: [f64; 2]| match scale.spacing {
        Spacing::Even => format!("{:e} + {:e} * {field}", origin[0], origin[1] - origin[0]),
        Spacing::Log => format!("{:e} * pow({:e}, {field})", origin[0], origin[1] / origin[0]),
    };
    let [west, east, south, north] = density.edges(0, 0);
    let (x, y) = (edge("datum.i", &density.x, [west, east]), edge("datum.j", &density.y, [south, north]));
    let (x2, y2) = (x.replace("datum.i", "(datum.i + 1)"), y.replace("datum.j", "(datum.j + 1)"));
    let ramp = density.ramp(style);
    let range = ramp.as_ref().map(|r| (0..=8).map(|i| r.colour((i * 255 / 8) as u8)).collect::<Vec<_>>());
    let kind = if ramp.as_ref().is_some_and(|r| r.spacing == Spacing::Log) { "log" } else { "linear" };
    let within = |style: &Style, scale: &crate::show::draw::scale::Scale| Style { limits: Limits::new(scale.low, scale.high), ..*style };
    json!({
        "data": { "values": rows },
        "transform": [
            { "calculate": x, "as": "x" }, { "calculate": x2, "as": "x2" }, { "calculate": y, "as": "y" }, { "calculate": y2, "as": "y2" },
        ],
        "mark": { "type": "rect", "stroke": null },
        "encoding": {
            "x": axis("x", &figure.x, &within(style, &density.x)), "x2": { "field": "x2" },
            "y": axis("y", &figure.y, &within(style, &density.y)), "y2": { "field": "y2" },
            "color": {
                "field": "n", "type": "quantitative", "title": "pairs in each bin",
                "scale": { "type": kind, "range": range, "domain": ramp.as_ref().map(|r| json!([r.low, r.high])) },
            },
            "tooltip": [tip("x", &printable(&figure.x.title)), tip("y", &printable(&figure.y.title)), tip("n", "pairs")],
        },
    })
}

/// The line that fits, from the least to the greatest number across.
fn fit(figure: &ScatterFigure, style: &Style) -> Option<Value> {
    let fit = figure.fit.as_ref()?;
    let range = crate::show::draw::scale::range(scatter::placed(figure, style.spacing).map(|i| figure.x.values[i]))?;
    let at = |share: f64| match style.spacing {
        Spacing::Even => range.0 + share * (range.1 - range.0),
        Spacing::Log => range.0 * (range.1 / range.0).powf(share),
    };
    let parts = if style.spacing == Spacing::Even { 1 } else { 40 };
    let points = (0..=parts).map(|i| at(f64::from(i) / f64::from(parts))).map(|x| (x, fit.slope * x + fit.intercept));
    let points = points.filter(|(_, y)| style.spacing.placed(*y).is_finite());
    let rows: Vec<Value> = points.map(|(x, y)| json!({ "x": number_or_null(x), "y": number_or_null(y) })).collect();
    Some(json!({
        "data": { "values": rows },
        "mark": { "type": "line", "strokeWidth": 2, "color": COLOURS[1] },
        "encoding": { "x": axis("x", &figure.x, &across(style)), "y": axis("y", &figure.y, style) },
    }))
}
