//! The interactive twin of a heatmap: cells with their row, column and number.

use super::{chart, number_or_null, tip, wrapped};
use crate::show::Style;
use crate::show::draw::{frame, heatmap};
use crate::show::style::Spacing;
use crate::show::text::printable;
use sdap::figure::HeatmapFigure;
use serde_json::{Value, json};

/// The chart.
pub(crate) fn spec(figure: &HeatmapFigure, style: &Style) -> Value {
    let mut spec = chart(&figure.title, &figure.subtitle, &[], style);
    let ramp = heatmap::ramp(figure, style);
    let placed = figure.values.indexed_iter().filter(|(_, v)| style.spacing.placed(**v).is_finite());
    let cells: Vec<Value> = placed.map(|((row, column), v)| json!({ "r": row, "c": column, "v": number_or_null(*v) })).collect();
    let range = ramp.as_ref().map(|r| (0..=8).map(|i| r.colour((i * 255 / 8) as u8)).collect::<Vec<_>>());
    let names = |names: &[String]| names.iter().map(|name| printable(name)).collect::<Vec<_>>();
    // Rows and columns are numbered, since two may have one name.
    let axis = |field: &str, names: &[String]| {
        json!({
            "field": field, "type": "ordinal", "title": null, "scale": { "domain": (0..names.len()).collect::<Vec<_>>() },
            "axis": { "labelExpr": format!("{}[datum.value]", json!(names)), "labelAngle": 0, "labelOverlap": "greedy", "labelLimit": 140 },
        })
    };
    let (rows, columns) = (names(&figure.rows), names(&figure.columns));
    spec["transform"] = json!([
        { "calculate": format!("{}[datum.r]", json!(rows)), "as": "row" },
        { "calculate": format!("{}[datum.c]", json!(columns)), "as": "column" },
    ]);
    spec["width"] = json!(super::beside_a_legend(style));
    spec["data"] = json!({ "values": cells });
    spec["mark"] = json!({ "type": "rect" });
    let title = printable(&figure.scale);
    spec["encoding"] = json!({
        "y": axis("r", &rows),
        "x": axis("c", &columns),
        "color": {
            "field": "v", "type": "quantitative", "title": wrapped(&title, frame::AXIS, super::LEGEND),
            "scale": {
                "type": if style.spacing == Spacing::Log { "log" } else { "linear" },
                "range": range, "domain": ramp.as_ref().map(|r| json!([r.low, r.high])), "clamp": true,
            },
        },
        "tooltip": [
            { "field": "row", "type": "nominal", "title": "row" },
            { "field": "column", "type": "nominal", "title": "column" },
            tip("v", &title),
        ],
    });
    spec
}
