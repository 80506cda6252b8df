//! The interactive twin of a line figure: a Vega-Lite v5 chart with tooltips, zoom and a legend that toggles.
//!
//! Background and axes are left to the front end's theme, except that the two axes of a chart with two take their line's colour.

use super::Style;
use super::decimate;
use super::draw;
use super::text::moment::Precision;
use super::text::number;
use sdap::figure::{Line, LineFigure, Side};
use serde_json::{Map, Value, json};

/// A notebook keeps the rows for ever: no more of them than this.
const ROWS: usize = 5000;

/// Colours between those of the light and the dark pictures, legible on both.
const COLOURS: [&str; 7] = ["#1f83c4", "#e2701e", "#12a47c", "#c76ba5", "#c99417", "#5fb4e4", "#82888f"];
const DASHES: [[u8; 2]; 3] = [[1, 0], [6, 3], [2, 3]];

/// Which points of each line are in the chart.
fn kept(figure: &LineFigure) -> Vec<Vec<usize>> {
    let all: usize = figure.lines.iter().map(|l| l.time.len()).sum();
    let each = (ROWS / figure.lines.len().max(1)).max(6);
    let pick = |line: &Line| {
        if all <= ROWS || line.time.len() <= each {
            return (0..line.time.len()).collect();
        }
        decimate::kept(line.time.seconds(), |i| line.values[i], each / 4)
    };
    figure.lines.iter().map(pick).collect()
}

/// The sentence that says that the chart has fewer points than the figure, if it has.
pub(super) fn thinned(figure: &LineFigure) -> Option<String> {
    let all: usize = figure.lines.iter().map(|l| l.time.len()).sum();
    let shown: usize = kept(figure).iter().map(Vec::len).sum();
    (shown < all).then(|| {
        format!("interactive chart: {} of {} points, the least and greatest of each pixel column", number::count(shown), number::count(all))
    })
}

/// The chart.
pub(super) fn spec(figure: &LineFigure, style: &Style) -> Value {
    let names = draw::lines::names(figure);
    let subtitle: Vec<String> = [Some(figure.subtitle.clone()), thinned(figure)].into_iter().flatten().filter(|s| !s.is_empty()).collect();
    let (width, height) = (style.width.saturating_sub(150).max(150), style.height.saturating_sub(130).max(100));
    let mut spec = json!({
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": { "text": figure.title, "subtitle": subtitle, "anchor": "start" },
        "width": width,
        "height": height,
        "data": { "values": rows(figure) },
        "transform": transforms(figure, &names),
    });
    let layers = layers(figure, &names);
    spec["layer"] = Value::Array(layers);
    if both_sides(figure) {
        spec["resolve"] = json!({ "scale": { "y": "independent" } });
    }
    spec
}

fn both_sides(figure: &LineFigure) -> bool {
    [Side::Left, Side::Right].iter().all(|side| figure.lines.iter().any(|l| l.side == *side))
}

/// One short row for each point: `t` in milliseconds, `v` the value, `s` the line, `lo` and `hi` the ends of an error bar,
/// `from` and `to` those of a band. A gap is a null.
fn rows(figure: &LineFigure) -> Vec<Value> {
    let mut rows = Vec::new();
    for (s, (line, kept)) in figure.lines.iter().zip(kept(figure)).enumerate() {
        let number = |v: f64| if v.is_finite() { json!(number::round_significant(v, 6)) } else { Value::Null };
        for i in kept {
            let mut row = Map::new();
            row.insert("t".into(), json!(line.time.seconds()[i].saturating_mul(1000)));
            row.insert("v".into(), number(line.values[i]));
            if figure.lines.len() > 1 {
                row.insert("s".into(), json!(s));
            }
            let error = line.errors.as_ref().map_or(f64::NAN, |e| e[i].abs());
            let (low, high) = line.band.as_ref().map_or((f64::NAN, f64::NAN), |(low, high)| (low[i], high[i]));
            let ends = [("lo", line.values[i] - error), ("hi", line.values[i] + error), ("from", low), ("to", high)];
            row.extend(ends.into_iter().filter(|(_, v)| v.is_finite()).map(|(name, v)| (name.to_owned(), number(v))));
            rows.push(Value::Object(row));
        }
    }
    rows
}

fn transforms(figure: &LineFigure, names: &[String]) -> Value {
    let precision = figure.lines.iter().map(|l| Precision::of(&l.time)).max_by_key(|p| p.format().len()).unwrap_or(Precision::Day);
    let name = match names {
        [one] => json!(one).to_string(),
        all => format!("{}[datum.s]", json!(all)),
    };
    json!([
        { "calculate": name, "as": "line" },
        { "calculate": format!("utcFormat(datum.t, '{}')", precision.format()), "as": "time" },
    ])
}

/// What is drawn: for each side its bands, error bars and lines.
fn layers(figure: &LineFigure, names: &[String]) -> Vec<Value> {
    let two = both_sides(figure);
    let mut layers = Vec::new();
    for side in [Side::Left, Side::Right] {
        let members: Vec<usize> = (0..figure.lines.len()).filter(|i| figure.lines[*i].side == side).collect();
        if members.is_empty() {
            continue;
        }
        let title = if side == Side::Left { &figure.left } else { &figure.right };
        let mut axis = json!({ "orient": if side == Side::Left { "left" } else { "right" } });
        if let ([one], true) = (&members[..], two) {
            axis["titleColor"] = json!(COLOURS[one % COLOURS.len()]);
            axis["labelColor"] = axis["titleColor"].clone();
        }
        let of_side = json!({ "filter": { "field": "line", "oneOf": members.iter().map(|i| &names[*i]).collect::<Vec<_>>() } });
        let y = |field: &str| json!({ "field": field, "type": "quantitative", "title": title, "axis": axis, "scale": { "zero": false } });
        let has = |pick: fn(&Line) -> bool| members.iter().any(|i| pick(&figure.lines[*i]));
        let mut add = |mark: Value, y: Value, y2: Option<&str>| {
            let mut layer = json!({ "mark": mark, "encoding": encoding(names, title, &y, y2) });
            if two {
                layer["transform"] = json!([of_side]);
            }
            layers.push(layer);
        };
        if has(|l| l.band.is_some()) {
            add(json!({ "type": "area", "opacity": 0.2 }), y("from"), Some("to"));
        }
        if has(|l| l.errors.is_some()) {
            add(json!({ "type": "rule" }), y("lo"), Some("hi"));
        }
        add(json!({ "type": "line", "point": "transparent", "strokeWidth": 1.6 }), y("v"), None);
    }
    if let Some(layer) = layers.last_mut() {
        let mut params = vec![
            json!({ "name": "zoom", "select": { "type": "interval", "encodings": if two { json!(["x"]) } else { json!(["x", "y"]) } }, "bind": "scales" }),
        ];
        if names.len() > 1 {
            params.push(json!({ "name": "shown", "select": { "type": "point", "fields": ["line"] }, "bind": "legend" }));
        }
        layer["params"] = Value::Array(params);
    }
    layers
}

fn encoding(names: &[String], title: &str, y: &Value, y2: Option<&str>) -> Value {
    let quantity = if title.is_empty() { "value" } else { title };
    let mut encoding = json!({
        "x": { "field": "t", "type": "temporal", "title": "Time (UTC)", "scale": { "type": "utc" } },
        "y": y,
        "tooltip": [
            { "field": "line", "type": "nominal", "title": "line" },
            { "field": "time", "type": "nominal", "title": "time (UTC)" },
            { "field": "v", "type": "quantitative", "title": quantity, "format": ".6~g" },
        ],
    });
    if let Some(field) = y2 {
        encoding["y2"] = json!({ "field": field });
    }
    let colours: Vec<&str> = (0..names.len()).map(|i| COLOURS[i % COLOURS.len()]).collect();
    if names.len() == 1 {
        encoding["color"] = json!({ "value": colours[0] });
        return encoding;
    }
    encoding["color"] = json!({
        "field": "line", "type": "nominal", "title": null, "sort": null,
        "scale": { "domain": names, "range": colours },
        "legend": { "orient": "bottom", "columns": if names.len() > 4 { 4 } else { names.len() }, "labelLimit": 300 },
    });
    if names.len() > COLOURS.len() {
        let dashes: Vec<[u8; 2]> = (0..names.len()).map(|i| DASHES[i / COLOURS.len() % DASHES.len()]).collect();
        encoding["strokeDash"] = json!({
            "field": "line", "type": "nominal", "title": null, "sort": null,
            "scale": { "domain": names, "range": dashes },
            "legend": { "orient": "bottom", "columns": 4, "labelLimit": 300 },
        });
    }
    encoding["opacity"] = json!({ "condition": { "param": "shown", "value": 1 }, "value": 0.08 });
    encoding
}
