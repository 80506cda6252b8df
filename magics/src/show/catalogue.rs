//! What a server offers: the list of its datasets, and the card of one.

use super::rows::{Align, Rows};
use super::text::{number, place, printable, unit};
use crate::Bundle;
use maud::{Markup, html};
use sdap_nexus::{Dataset, DatasetVariable, KeyField};

/// How many values of a filter field the card names.
const EXAMPLES: usize = 5;

/// The list of a server's datasets.
pub fn datasets(datasets: &[Dataset], server: &str) -> Bundle {
    if datasets.is_empty() {
        return Bundle::text(format!("{server} has no such datasets"));
    }
    let synthetic = datasets.iter().filter(|d| d.synthetic).count();
    let invented = if synthetic > 0 { format!(", {synthetic} of them synthetic") } else { String::new() };
    let caption = format!("{} at {server}{invented}", number::counted(datasets.len(), "dataset", "datasets"));
    let note = (synthetic > 0).then_some("Synthetic datasets were invented to try things out; they were never measured.");
    Bundle::text(printable(&list_text(datasets, &caption, note))).with("text/html", list_html(datasets, &caption, note).into_string())
}

/// The list as text: two lines for each dataset, so that a console need not be wide.
fn list_text(datasets: &[Dataset], caption: &str, note: Option<&str>) -> String {
    let mut lines = vec![caption.to_owned(), String::new()];
    for d in datasets {
        let said = [span(d), d.step.clone(), area(d), grid(d), d.trouble.clone().unwrap_or_default()];
        let said = said.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
        lines.push(heading(d));
        lines.extend((!said.is_empty()).then(|| format!("    {said}")));
    }
    lines.extend(note.iter().flat_map(|note| [String::new(), (*note).to_owned()]));
    lines.join("\n")
}

/// The list as a table of three columns, narrow enough for a notebook beside a file browser: what belongs together stands
/// in one cell, line by line, and a long name breaks at its underscores. What is measured and how finely can be opened.
fn list_html(datasets: &[Dataset], caption: &str, note: Option<&str>) -> Markup {
    let cell = "text-align:left;vertical-align:top";
    let head = |names: &[&str]| html! { thead { tr { @for name in names { th scope="col" style="text-align:left" { (name) } } } } };
    html! {
        table style="border-collapse:collapse" {
            caption style="text-align:left;caption-side:top" { (caption) }
            (head(&["dataset", "time", "area"]))
            tbody {
                @for d in datasets {
                    tr {
                        td style=(cell) {
                            b { (breaking(&d.short_name)) }
                            @if d.title != d.short_name && !d.title.is_empty() { br; (d.title) }
                            @if d.synthetic { br; em { "synthetic" } }
                            @if let Some(trouble) = &d.trouble { br; em { "cannot be read: " (trouble) } }
                        }
                        td style=(cell) { (lines(span(d).split_inclusive(" to ").chain([d.step.as_str()]))) }
                        td style=(cell) { (lines(area(d).splitn(2, ' '))) }
                    }
                }
            }
        }
        @if datasets.iter().any(|d| !d.variables.is_empty() || !grid(d).is_empty()) {
            details {
                summary { "variables and grids" }
                table style="border-collapse:collapse" {
                    (head(&["dataset", "variables", "grid"]))
                    tbody {
                        @for d in datasets {
                            tr {
                                td style=(cell) { (breaking(&d.short_name)) }
                                td style=(cell) { (d.variables.iter().map(|v| unit::titled(&v.name, &v.units)).collect::<Vec<_>>().join(", ")) }
                                td style=(cell) { (lines(grid(d).splitn(2, " of "))) }
                            }
                        }
                    }
                }
            }
        }
        @if let Some(note) = note { p { (note) } }
    }
}

/// Parts of a cell, each on a line that does not break.
fn lines<'t>(parts: impl Iterator<Item = &'t str>) -> Markup {
    let parts: Vec<&str> = parts.map(str::trim).filter(|part| !part.is_empty()).collect();
    html! { @for (i, part) in parts.iter().enumerate() { @if i > 0 { br; } span style="white-space:nowrap" { (part) } } }
}

/// A name that may break behind each underscore.
fn breaking(name: &str) -> Markup {
    html! { @for part in name.split_inclusive('_') { (part) @if part.ends_with('_') { wbr; } } }
}

fn area(d: &Dataset) -> String {
    d.area.as_ref().map(place::area).unwrap_or_default()
}

fn span(d: &Dataset) -> String {
    d.period.map(|p| format!("{} to {}", p.start().format("%Y-%m-%d"), p.end().format("%Y-%m-%d"))).unwrap_or_default()
}

fn grid(d: &Dataset) -> String {
    let step = |v: f64| number::trimmed(v, 3);
    d.grid.map_or_else(String::new, |g| format!("{} × {} cells of {}° × {}°", g.rows, g.columns, step(g.lat_step), step(g.lon_step)))
}

/// Everything that is known of one dataset, and a line to try it with.
pub fn card(dataset: &Dataset) -> Bundle {
    Bundle::text(printable(&card_text(dataset))).with("text/html", card_html(dataset).into_string())
}

/// The facts of a card, each with its name; what is unknown is left out.
fn facts(d: &Dataset) -> Vec<(&'static str, String)> {
    let tiles = d.tile_count.map(|n| number::count(usize::try_from(n).unwrap_or(usize::MAX))).unwrap_or_default();
    let all = [
        ("span", [span(d), d.times.map(|n| number::counted(n, "time", "times")).unwrap_or_default()].map(String::from).to_vec()),
        ("step", vec![d.step.clone()]),
        ("area", vec![d.area.as_ref().map(place::area).unwrap_or_default()]),
        ("grid", vec![grid(d)]),
        ("tiles", vec![tiles]),
        ("kept as", vec![d.kind.clone()]),
        ("climatology", vec![d.climatology.clone().unwrap_or_default()]),
        ("held by", vec![d.remote.clone().unwrap_or_default()]),
        ("trouble", vec![d.trouble.clone().unwrap_or_default()]),
        ("licence", vec![d.licence.clone()]),
        ("attribution", vec![d.attribution.join(" ")]),
    ];
    let joined = all.map(|(name, parts)| (name, parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ")));
    joined.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

fn heading(d: &Dataset) -> String {
    let title = if d.title.is_empty() || d.title == d.short_name { String::new() } else { format!(" · {}", d.title) };
    let synthetic = if d.synthetic { " · synthetic" } else { "" };
    format!("{}{title}{synthetic}", d.short_name)
}

const SYNTHETIC: &str = "Synthetic: these numbers were invented, never measured.";

fn variable_rows(variables: &[DatasetVariable]) -> Rows {
    let name = |v: &DatasetVariable| if v.long_name.is_empty() { v.standard_name.replace('_', " ") } else { v.long_name.clone() };
    Rows {
        caption: number::counted(variables.len(), "variable", "variables"),
        columns: ["variable", "what", "unit"].map(|n| (n.to_owned(), Align::Left)).to_vec(),
        cells: variables.iter().map(|v| vec![v.name.clone(), name(v), unit::pretty(&v.units)]).collect(),
        left_out: None,
        notes: Vec::new(),
    }
}

/// `rivid: 17575859 (Los Angeles River), … and 4 more`.
fn key_text(key: &KeyField) -> String {
    let named =
        |(value, name): &(String, String)| if name.is_empty() || name == value { value.clone() } else { format!("{value} ({name})") };
    let values: Vec<String> = key.values.iter().take(EXAMPLES).map(named).collect();
    let more = match key.values.len().saturating_sub(EXAMPLES) {
        0 => String::new(),
        n => format!(", … {} more", number::count(n)),
    };
    if values.is_empty() { key.name.clone() } else { format!("{}: {}{more}", key.name, values.join(", ")) }
}

/// A line that runs as it stands: a year of the dataset at most, by its first filter field where it has one.
///
/// There is none for a dataset that cannot be read, or of which neither span nor area is known.
fn example(d: &Dataset) -> Option<String> {
    let period = d.period.filter(|_| d.trouble.is_none())?;
    let first = period.start().format("%Y-%m-%d");
    let last = period.end().min(period.start() + chrono::Duration::days(364)).format("%Y-%m-%d").to_string();
    if let Some((key, (value, _))) = d.keys.iter().find_map(|k| Some((k, k.values.first()?))) {
        let filter = format!("{}:{value}", key.name);
        let quoted = if filter.contains(char::is_whitespace) { format!("'{filter}'") } else { filter };
        return Some(format!("%sdap subset {} --filter {quoted} --time {first}/{last}", d.short_name));
    }
    Some(format!("%sdap timeseries {} --bbox {} --time {first}/{last}", d.short_name, d.area?))
}

fn card_html(d: &Dataset) -> Markup {
    html! {
        table style="border-collapse:collapse" {
            caption style="text-align:left;caption-side:top" { strong { (heading(d)) } @if d.synthetic { br; (SYNTHETIC) } }
            tbody {
                @for (name, text) in facts(d) {
                    tr { th scope="row" style="text-align:left;vertical-align:top" { (name) } td style="text-align:left" { (text) } }
                }
            }
        }
        @if !d.variables.is_empty() { (variable_rows(&d.variables).html()) }
        @if !d.keys.is_empty() {
            p { "Fields for --filter:" }
            ul { @for key in &d.keys { li { (key_text(key)) } } }
        }
        @if let Some(line) = example(d) { p { "Try: " code { (line) } } }
        @if !d.attributes.is_empty() {
            details {
                summary { (number::counted(d.attributes.len(), "attribute", "attributes")) }
                table style="border-collapse:collapse" {
                    tbody {
                        @for (name, text) in &d.attributes {
                            tr {
                                th scope="row" style="text-align:left;vertical-align:top" { (name) }
                                td style="text-align:left" { (text) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn card_text(d: &Dataset) -> String {
    let mut lines = vec![heading(d)];
    if d.synthetic {
        lines.push(SYNTHETIC.to_owned());
    }
    lines.extend(facts(d).into_iter().map(|(name, text)| format!("  {name:<12} {text}")));
    if !d.variables.is_empty() {
        lines.push(String::new());
        lines.push(variable_rows(&d.variables).text());
    }
    if !d.keys.is_empty() {
        lines.push("\nFields for --filter:".to_owned());
        lines.extend(d.keys.iter().map(|key| format!("  {}", key_text(key))));
    }
    lines.extend(example(d).map(|line| format!("\nTry: {line}")));
    if !d.attributes.is_empty() {
        lines.push("\nAttributes:".to_owned());
        lines.extend(d.attributes.iter().map(|(name, text)| format!("  {name}: {}", text.replace('\n', "\n    "))));
    }
    lines.join("\n")
}
