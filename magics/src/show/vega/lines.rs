//! The interactive twin of a line figure: a Vega-Lite v5 chart with tooltips, zoom and a legend that toggles.
//!
//! Background and axes are left to the front end's theme, except that two axes take the colours of their lines.

use super::{COLOURS, chart, number_or_null, wrapped, y_scale};
use crate::show::draw::{font, frame, lines, scale};
use crate::show::text::moment::Precision;
use crate::show::text::{number, printable};
use crate::show::{MOST_ROWS as ROWS, Style, decimate};
use sdap::figure::{Line, LineFigure, Side};
use serde_json::{Map, Value, json};

const DASHES: [[u8; 2]; 3] = [[1, 0], [6, 3], [2, 3]];

/// Rows with the ends of a band or an error bar are longer, so there are fewer of them.
const LONG_ROWS: usize = 3200;

/// Which points of each line are in the chart.
fn kept(figure: &LineFigure) -> Vec<Vec<usize>> {
    let all: usize = figure.lines.iter().map(|l| l.time.len()).sum();
    let most = if figure.lines.iter().any(|l| l.band.is_some() || l.errors.is_some()) { LONG_ROWS } else { ROWS };
    let each = (most / figure.lines.len().max(1)).max(6);
    let pick = |line: &Line| {
        if all <= most || line.time.len() <= each {
            return (0..line.time.len()).collect();
        }
        // A column of pixels keeps two points, and a third where it has a gap.
        let points = if line.values.iter().all(|v| v.is_finite()) { 2 } else { 3 };
        decimate::kept(line.time.seconds(), |i| line.values[i], each / points)
    };
    figure.lines.iter().map(pick).collect()
}

/// The sentence that says that the chart has fewer points than the figure, if it has.
pub(crate) fn thinned(figure: &LineFigure) -> Option<String> {
    let all: usize = figure.lines.iter().map(|l| l.time.len()).sum();
    let shown: usize = kept(figure).iter().map(Vec::len).sum();
    (shown < all).then(|| {
        format!("interactive chart: {} of {} points, the least and greatest of each pixel column", number::count(shown), number::count(all))
    })
}

/// The chart.
pub(crate) fn spec(figure: &LineFigure, style: &Style) -> Value {
    let names = lines::names(figure);
    let notes: Vec<String> = thinned(figure).into_iter().collect();
    let mut spec = chart(&figure.title, &figure.subtitle, &notes, style);
    let (width, height) = super::size(style);
    let sides: Vec<Axis> = [Side::Left, Side::Right].into_iter().filter_map(|side| Axis::of(figure, side, f64::from(height))).collect();
    let encoding = Encoding { names: &names, width: f64::from(width), style };
    let mut layers: Vec<Value> = sides.iter().flat_map(|axis| encoding.layers(figure, axis, sides.len() > 1)).collect();
    if let Some(layer) = layers.last_mut() {
        layer["params"] = params(&names, sides.len() > 1);
    }
    spec["data"] = json!({ "values": rows(figure, style) });
    spec["transform"] = transforms(figure, &names);
    spec["layer"] = super::layers(layers);
    if sides.len() > 1 {
        spec["resolve"] = json!({ "scale": { "y": "independent" } });
    }
    spec
}

/// Dragging and scrolling zoom; clicks on the legend pick lines, with Shift several.
fn params(names: &[String], two: bool) -> Value {
    let encodings = if two { json!(["x"]) } else { json!(["x", "y"]) };
    let mut params = vec![json!({ "name": "zoom", "select": { "type": "interval", "encodings": encodings }, "bind": "scales" })];
    if names.len() > 1 {
        params.push(json!({ "name": "shown", "select": { "type": "point", "fields": ["line"] }, "bind": "legend" }));
    }
    Value::Array(params)
}

/// One short row for each point: `t` in milliseconds, `v` the value, `s` the line, `lo` and `hi` the ends of an error bar,
/// `from` and `to` those of a band, `p` where a point needs a dot to be seen. A gap is a null.
fn rows(figure: &LineFigure, style: &Style) -> Vec<Value> {
    let number = |v: f64| number_or_null(style.spacing.placed(v));
    let mut rows = Vec::new();
    for (s, (line, kept)) in figure.lines.iter().zip(kept(figure)).enumerate() {
        let there = |at: Option<usize>| at.and_then(|at| kept.get(at)).is_some_and(|i| line.values[*i].is_finite());
        for (at, i) in kept.iter().copied().enumerate() {
            let mut row = Map::new();
            row.insert("t".into(), json!(line.time.seconds()[i].saturating_mul(1000)));
            row.insert("v".into(), number(line.values[i]));
            if figure.lines.len() > 1 {
                row.insert("s".into(), json!(s));
            }
            let error = line.errors.as_ref().map_or(f64::NAN, |e| e[i].abs());
            let (low, high) = line.band.as_ref().map_or((f64::NAN, f64::NAN), |(low, high)| (low[i], high[i]));
            let ends = [("lo", line.values[i] - error), ("hi", line.values[i] + error), ("from", low), ("to", high)];
            row.extend(
                ends.into_iter().filter(|(_, v)| style.spacing.placed(*v).is_finite()).map(|(name, v)| (name.to_owned(), number(v))),
            );
            if there(Some(at)) && !there(at.checked_sub(1)) && !there(Some(at + 1)) {
                row.insert("p".into(), json!(1));
            }
            rows.push(Value::Object(row));
        }
    }
    rows
}

/// The columns that are computed in the chart, so that the rows stay short.
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

/// One of the two vertical axes.
struct Axis {
    /// Its lines by number.
    members: Vec<usize>,
    side: Side,
    title: Vec<String>,
    /// Whether its numbers are so large or small that they need an exponent.
    exponent: bool,
}

impl Axis {
    fn of(figure: &LineFigure, side: Side, height: f64) -> Option<Self> {
        let members: Vec<usize> = (0..figure.lines.len()).filter(|i| figure.lines[*i].side == side).collect();
        let range = scale::range(members.iter().flat_map(|i| figure.lines[*i].values.iter().copied()));
        let title = printable(if side == Side::Left { &figure.left } else { &figure.right });
        let title = wrapped(&title, frame::AXIS, height * 0.9);
        let exponent = scale::Scale::around(range, 5).factor.is_some();
        (!members.is_empty()).then_some(Self { members, side, title, exponent })
    }

    /// The axis, in the colour of its line if that is its only one among others.
    fn spec(&self, two: bool) -> Value {
        let mut axis = json!({ "orient": if self.side == Side::Left { "left" } else { "right" } });
        if self.exponent {
            axis["format"] = json!(".3~e");
        }
        if let ([one], true) = (&self.members[..], two) {
            axis["titleColor"] = json!(COLOURS[one % COLOURS.len()]);
            axis["labelColor"] = axis["titleColor"].clone();
        }
        axis
    }
}

/// How rows become marks.
struct Encoding<'a> {
    names: &'a [String],
    width: f64,
    style: &'a Style,
}

impl Encoding<'_> {
    /// The bands, error bars, lines and dots of one axis.
    fn layers(&self, figure: &LineFigure, axis: &Axis, two: bool) -> Vec<Value> {
        let spec = axis.spec(two);
        let y = |field: &str| json!({ "field": field, "type": "quantitative", "title": axis.title, "axis": spec, "scale": y_scale(&lines::of_side(self.style, axis.side)), "stack": null });
        let has = |pick: fn(&Line) -> bool| axis.members.iter().any(|i| pick(&figure.lines[*i]));
        let names: Vec<&String> = axis.members.iter().map(|i| &self.names[*i]).collect();
        let layer = |mark: Value, fields: (&str, Option<&str>), opacity: Option<Value>| {
            let mut encoding = self.shared(&axis.title.join(" "));
            encoding["y"] = y(fields.0);
            if let Some(field) = fields.1 {
                encoding["y2"] = json!({ "field": field });
            }
            if let Some(opacity) = opacity {
                encoding["opacity"] = opacity;
            }
            let mut layer = json!({ "mark": mark, "encoding": encoding });
            if two {
                layer["transform"] = json!([{ "filter": { "field": "line", "oneOf": names } }]);
            }
            layer
        };
        let toggled =
            |full: f64| (self.names.len() > 1).then(|| json!({ "condition": { "param": "shown", "value": full }, "value": full * 0.08 }));
        let mut layers = Vec::new();
        if has(|l| l.band.is_some()) {
            layers.push(layer(json!({ "type": "area", "opacity": 0.2 }), ("from", Some("to")), toggled(0.2)));
        }
        if has(|l| l.errors.is_some()) {
            layers.push(layer(json!({ "type": "rule" }), ("lo", Some("hi")), toggled(1.0)));
        }
        layers.push(layer(json!({ "type": "line", "strokeWidth": 1.6 }), ("v", None), toggled(1.0)));
        // Dots that nobody sees give the pointer something to find; those of lone points are seen.
        let dots = json!({ "condition": { "test": "datum.p", "value": 1 }, "value": 0 });
        let mut dots = layer(json!({ "type": "point", "filled": true, "size": 36 }), ("v", None), Some(dots));
        if let Some(encoding) = dots["encoding"].as_object_mut() {
            encoding.remove("strokeDash");
        }
        layers.push(dots);
        layers
    }

    /// What all marks share: time, colour and tooltip.
    fn shared(&self, title: &str) -> Value {
        let quantity = if title.is_empty() { "value" } else { title };
        let mut encoding = json!({
            "x": { "field": "t", "type": "temporal", "title": "Time (UTC)", "scale": { "type": "utc" } },
            "tooltip": [
                { "field": "line", "type": "nominal", "title": "line" },
                { "field": "time", "type": "nominal", "title": "time (UTC)" },
                { "field": "v", "type": "quantitative", "title": quantity, "format": ".7~g" },
            ],
        });
        let colours: Vec<&str> = (0..self.names.len()).map(|i| COLOURS[i % COLOURS.len()]).collect();
        if self.names.len() == 1 {
            encoding["color"] = json!({ "value": colours[0] });
            return encoding;
        }
        let widest = self.names.iter().map(|n| font::width(n, frame::TICK).min(300.0)).fold(0.0, f64::max);
        let columns = ((self.width / (widest + 50.0)) as usize).clamp(1, self.names.len().max(1));
        let legend = json!({ "orient": "bottom", "columns": columns, "labelLimit": 300, "symbolLimit": 200, "symbolType": "stroke" });
        let by_line = |range: Value| {
            json!({
                "field": "line", "type": "nominal", "title": null, "sort": null,
                "scale": { "domain": self.names, "range": range }, "legend": legend,
            })
        };
        encoding["color"] = by_line(json!(colours));
        if self.names.len() > COLOURS.len() {
            let dashes: Vec<[u8; 2]> = (0..self.names.len()).map(|i| DASHES[i / COLOURS.len() % DASHES.len()]).collect();
            encoding["strokeDash"] = by_line(json!(dashes));
        }
        encoding
    }
}
