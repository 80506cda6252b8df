//! The card of a value: what it holds, its span and numbers, and where it comes from.

use super::rows::{Align, Rows};
use super::summary::{Spread, sparkline};
use super::text::{moment, number, place, printable, quantity, unit};
use crate::Bundle;
use maud::{Markup, html};
use sdap::{Origin, Times, Value};

/// Everything about a bound value: kind, span, count, least, mean and greatest, missing, and its provenance.
pub fn value_card(name: &str, value: &Value) -> Bundle {
    let (facts, numbers, origin) = (facts(value), numbers(value), provenance(value.origin()));
    let bars = match value {
        Value::Series(v) => sparkline(&v.mean.to_vec()),
        _ => String::new(),
    };
    let title = format!("{name} · {}", value.type_name());
    let mut text = vec![title.clone()];
    text.extend(lines(&facts));
    text.extend((!bars.is_empty()).then(|| format!("  {bars}")));
    text.extend((!numbers.cells.is_empty()).then(|| format!("\n{}", numbers.text())));
    text.extend((!origin.is_empty()).then(|| "\nWhere it comes from".to_owned()));
    text.extend(lines(&origin));
    let html = html! {
        table style="border-collapse:collapse" {
            caption style="text-align:left;caption-side:top" { strong { (title) } }
            tbody { (fact_rows(&facts)) }
        }
        @if !bars.is_empty() { p { (bars) } }
        @if !numbers.cells.is_empty() { (numbers.html()) }
        (details("where it comes from", &origin))
    };
    Bundle::text(printable(&text.join("\n"))).with("text/html", html.into_string())
}

/// Facts that can be opened, below a table or card; nothing where there are none.
pub(super) fn details(title: &str, facts: &[(&str, String)]) -> Markup {
    html! {
        @if !facts.is_empty() {
            details { summary { (title) } table style="border-collapse:collapse" { tbody { (fact_rows(facts)) } } }
        }
    }
}

fn fact_rows(facts: &[(&str, String)]) -> Markup {
    html! {
        @for (name, text) in facts {
            tr { th scope="row" style="text-align:left;vertical-align:top" { (name) } td style="text-align:left" { (text) } }
        }
    }
}

fn lines(facts: &[(&str, String)]) -> Vec<String> {
    facts.iter().map(|(name, text)| format!("  {name:<12} {text}")).collect()
}

fn present<'f>(facts: impl IntoIterator<Item = (&'f str, String)>) -> Vec<(&'f str, String)> {
    facts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// Who answered what, and under which terms.
pub(super) fn provenance(origin: &Origin) -> Vec<(&'static str, String)> {
    let asked = !origin.request.is_empty();
    present([
        ("server", origin.server.clone()),
        ("request", origin.request.clone()),
        ("answered", if asked { format!("in {:.3} s, {}", origin.seconds, sdap::bytes(origin.bytes)) } else { String::new() }),
        ("attribution", origin.attribution.join(" ")),
    ])
}

fn facts(value: &Value) -> Vec<(&'static str, String)> {
    let origin = value.origin();
    let (dataset, shape, times) = match value {
        Value::Series(v) => (v.dataset.clone(), number::counted(v.len(), "time", "times"), Some(v.time.clone())),
        Value::Group(v) => (v.names().join(", "), number::counted(v.series.len(), "series", "series"), Some(v.time())),
        Value::Grid(v) => (v.dataset.clone(), format!("{} × {} cells", v.lat.len(), v.lon.len()), None),
        Value::Hovmoller(v) => {
            let along = format!("{:?}s", v.axis).to_lowercase();
            (
                v.dataset.clone(),
                format!("{} × {} {along}", number::counted(v.time.len(), "time", "times"), v.coordinate.len()),
                Some(v.time.clone()),
            )
        }
        Value::Points(v) => (v.dataset.clone(), number::counted(v.len(), "point", "points"), Some(v.time.clone())),
        Value::Table(v) => (v.title.clone(), number::counted(v.len(), "row", "rows"), None),
    };
    let span = times.filter(|t| !t.is_empty()).map(|t| span(&t)).or(origin.period.as_ref().map(moment::period));
    present([
        ("dataset", dataset),
        ("title", origin.title.clone()),
        ("holds", shape),
        ("span", span.unwrap_or_default()),
        ("area", origin.area.as_ref().map(place::area).unwrap_or_default()),
        ("notes", origin.notes.join(" ")),
        ("synthetic", if origin.synthetic { "yes: these numbers were invented, never measured".to_owned() } else { String::new() }),
    ])
}

fn span(times: &Times) -> String {
    moment::span(times)
}

/// One row for each column of numbers: its unit, how many there are and are missing, least, mean and greatest.
fn numbers(value: &Value) -> Rows {
    let rows: Vec<(String, &str, Spread)> = match value {
        Value::Series(v) => vec![(quantity::words(&v.variable), &v.units, Spread::of(&v.mean))],
        Value::Group(v) => v.series.iter().map(|s| (s.dataset.clone(), s.units.as_str(), Spread::of(&s.mean))).collect(),
        Value::Grid(v) => vec![(v.statistic.replace('_', " "), &v.units, Spread::of(&v.values))],
        Value::Hovmoller(v) => vec![("mean".to_owned(), &v.units, Spread::of(&v.mean))],
        Value::Points(v) => v.variables.iter().map(|q| (q.name.clone(), q.units.as_str(), Spread::of(&q.values))).collect(),
        Value::Table(v) => v
            .columns
            .iter()
            .filter_map(|(name, column)| match column {
                sdap::TableColumn::Numbers(values) => {
                    let (name, units) = unit::of_heading(name);
                    Some((name.to_owned(), units, Spread::of(values)))
                }
                _ => None,
            })
            .collect(),
    };
    let right = ["n", "missing", "min", "mean", "max"].map(|n| (n.to_owned(), Align::Right));
    let left = ["what", "unit"].map(|n| (n.to_owned(), Align::Left));
    let cells = |(name, units, s): &(String, &str, Spread)| {
        let [least, mean, greatest] = [s.least, s.mean, s.greatest].map(number::short);
        vec![name.clone(), unit::pretty(units), number::count(s.present), number::count(s.missing), least, mean, greatest]
    };
    Rows {
        caption: number::counted(rows.len(), "quantity", "quantities"),
        columns: left.into_iter().chain(right).collect(),
        cells: rows.iter().map(cells).collect(),
        left_out: None,
        notes: Vec::new(),
    }
}
