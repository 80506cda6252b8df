//! The interactive twin of a histogram: bars with their edges and counts.

use super::{COLOURS, chart, number_or_null, tip, wrapped, zoom};
use crate::show::Style;
use crate::show::draw::{frame, histogram};
use crate::show::style::Spacing;
use crate::show::text::printable;
use sdap::figure::HistogramFigure;
use serde_json::{Value, json};

/// The chart.
pub(crate) fn spec(figure: &HistogramFigure, style: &Style) -> Value {
    let mut spec = chart(&figure.title, &figure.subtitle, &[histogram::meanings(figure).join(" · ")], style);
    let bars: Vec<Value> = (figure.edges.iter().zip(figure.edges.iter().skip(1)).zip(&figure.counts))
        .filter(|(_, n)| **n > 0.0)
        .map(|((from, to), n)| json!({ "from": number_or_null(*from), "to": number_or_null(*to), "n": *n as u64 }))
        .collect();
    let title = wrapped(&printable(&figure.quantity), frame::AXIS, 400.0);
    let mut across = json!({ "zero": false });
    if let Some(limits) = style.limits {
        across = json!({ "zero": false, "domain": [limits.low(), limits.high()] });
    }
    let log = style.spacing == Spacing::Log;
    let counts = json!({
        "field": "n", "type": "quantitative", "stack": null, "title": format!("number of {}", figure.counted),
        "scale": { "type": if log { "log" } else { "linear" }, "domainMin": if log { json!(0.7) } else { json!(0) } },
    });
    let layer = json!({
        "data": { "values": bars },
        "mark": { "type": "bar", "color": COLOURS[0], "opacity": 0.8 },
        "params": zoom(),
        "encoding": {
            "x": { "field": "from", "type": "quantitative", "title": title, "bin": { "binned": true }, "scale": across },
            "x2": { "field": "to" },
            "y": counts,
            "tooltip": [tip("from", "from"), tip("to", "to"), tip("n", &format!("number of {}", figure.counted))],
        },
    });
    let (mean, spread) = (figure.mean, figure.standard_deviation);
    let mark = |at: Vec<f64>, dash: [u8; 2]| {
        let rows: Vec<Value> = at.into_iter().map(|v| json!({ "from": number_or_null(v) })).collect();
        json!({
            "data": { "values": rows },
            "mark": { "type": "rule", "strokeWidth": 2, "strokeDash": dash, "color": COLOURS[1] },
            "encoding": { "x": { "field": "from", "type": "quantitative", "title": title } },
        })
    };
    spec["layer"] = super::layers(vec![layer, mark(vec![mean], [1, 0]), mark(vec![mean - spread, mean + spread], [6, 3])]);
    spec
}
