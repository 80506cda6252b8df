//! The interactive twin of years above one another: the year and its value under the pointer.

use super::{COLOURS, chart, number_or_null, tip, wrapped, y_scale, zoom};
use crate::show::draw::role::Role;
use crate::show::draw::{frame, year};
use crate::show::text::{number, printable};
use crate::show::{MOST_ROWS, Style, decimate};
use sdap::figure::{Line, YearFigure};
use serde_json::{Map, Value, json};

/// Which points of a line are in the chart, where all lines together have `all`.
fn kept(line: &Line, all: usize, lines: usize) -> Vec<usize> {
    if all <= MOST_ROWS {
        return (0..line.values.len()).collect();
    }
    decimate::kept(line.time.seconds(), |i| line.values[i], (MOST_ROWS / lines.max(1) / 3).max(2))
}

fn all(figure: &YearFigure) -> (usize, usize) {
    let lines = || figure.years.iter().chain(std::iter::once(&figure.usual));
    (lines().map(|l| l.values.len()).sum(), lines().count())
}

/// The sentence that says that the chart has fewer points than the figure, if it has.
pub(crate) fn thinned(figure: &YearFigure) -> Option<String> {
    let (points, lines) = all(figure);
    let shown: usize = figure.years.iter().chain(std::iter::once(&figure.usual)).map(|l| kept(l, points, lines).len()).sum();
    (shown < points).then(|| {
        format!(
            "interactive chart: {} of {} points, the least and greatest of each pixel column",
            number::count(shown),
            number::count(points)
        )
    })
}

/// The chart.
pub(crate) fn spec(figure: &YearFigure, style: &Style) -> Value {
    // What the colours of the layers below are called.
    let colour = |role: &Role| match role {
        Role::Line(0) => "blue",
        Role::Line(_) => "orange",
        _ => "grey",
    };
    let meanings = year::meanings(figure).into_iter().map(|(role, meaning)| format!("{}: {meaning}", colour(&role)));
    let notes: Vec<String> = std::iter::once(meanings.collect::<Vec<_>>().join(" · ")).chain(thinned(figure)).collect();
    let mut spec = chart(&figure.title, &figure.subtitle, &notes, style);
    let (points, lines) = all(figure);
    let rows = |line: &Line| {
        let row = |i: usize| {
            let mut row = Map::new();
            row.insert("t".into(), json!(line.time.seconds()[i] * 1000));
            row.insert("v".into(), number_or_null(style.spacing.placed(line.values[i])));
            row.insert("y".into(), json!(line.label));
            if let Some((low, high)) = &line.band {
                row.insert("from".into(), number_or_null(style.spacing.placed(low[i])));
                row.insert("to".into(), number_or_null(style.spacing.placed(high[i])));
            }
            Value::Object(row)
        };
        kept(line, points, lines).into_iter().map(row).collect::<Vec<_>>()
    };
    let title = wrapped(&printable(&figure.quantity), frame::AXIS, 260.0);
    // The mean of all years is of a day of no year.
    let day = json!([{ "calculate": "(isNaN(+datum.y) ? '' : datum.y + '-') + utcFormat(datum.t, '%m-%d')", "as": "day" }]);
    let x = json!({ "field": "t", "type": "temporal", "title": "Month (UTC)", "scale": { "type": "utc" }, "axis": { "format": "%b" } });
    let layer = |values: Vec<Value>, mark: Value, field: &str, more: Value| {
        let mut encoding = json!({
            "x": x,
            "y": { "field": field, "type": "quantitative", "title": title, "scale": y_scale(style), "stack": null },
            "tooltip": [{ "field": "y", "type": "nominal", "title": "year" }, { "field": "day", "type": "nominal", "title": "day (UTC)" }, tip("v", &title.join(" "))],
        });
        if let (Some(encoding), Value::Object(more)) = (encoding.as_object_mut(), more) {
            encoding.extend(more);
        }
        json!({ "data": { "values": values }, "transform": day, "mark": mark, "encoding": encoding })
    };
    let (last, before) = figure.years.split_last().map_or((None, &[][..]), |(last, before)| (Some(last), before));
    let mut layers = Vec::new();
    if !before.is_empty() {
        let usual = rows(&figure.usual);
        layers.push(layer(
            usual.clone(),
            json!({ "type": "area", "opacity": 0.2, "color": COLOURS[0] }),
            "from",
            json!({ "y2": { "field": "to" } }),
        ));
        let each = json!({ "detail": { "field": "y", "type": "nominal" } });
        layers.push(layer(
            before.iter().flat_map(rows).collect(),
            json!({ "type": "line", "strokeWidth": 1, "opacity": 0.5, "color": COLOURS[6] }),
            "v",
            each,
        ));
        layers.push(layer(usual, json!({ "type": "line", "strokeWidth": 2.4, "color": COLOURS[0] }), "v", json!({})));
    }
    layers.extend(last.map(|last| layer(rows(last), json!({ "type": "line", "strokeWidth": 1.8, "color": COLOURS[1] }), "v", json!({}))));
    if let Some(layer) = layers.last_mut() {
        layer["params"] = zoom();
    }
    spec["layer"] = super::layers(layers);
    spec
}
