//! Values as tables: head and tail, with units in the headings.

use super::rows::{Align, Rows, shown};
use super::summary::sparkline;
use super::text::{moment, moment::Precision, number, number::Digits, unit};
use super::value::{details, provenance};
use crate::Bundle;
use sdap::{Column, Origin, Points, SeriesGroup, Table, TableColumn, TimeSeries, Times};

/// How many series of a group get a column of their own.
const MOST_SERIES: usize = 10;

/// A column before it is cut to head and tail.
struct Source<'a> {
    title: String,
    cells: Cells<'a>,
}

enum Cells<'a> {
    Text(&'a [String]),
    Numbers(Box<dyn Fn(usize) -> f64 + 'a>),
    Degrees(&'a Column),
    Times(&'a Times),
}

/// A table: head and tail of its rows.
pub fn table(table: &Table) -> Bundle {
    let columns = table.columns.iter().map(|(name, column)| Source {
        title: heading(name),
        cells: match column {
            TableColumn::Text(text) => Cells::Text(text),
            TableColumn::Numbers(numbers) => Cells::Numbers(Box::new(|i| numbers[i])),
            TableColumn::Times(times) => Cells::Times(times),
        },
    });
    let listing = rows(caption(&table.title, "", &table.origin, table.len(), "row"), columns.collect(), table.len(), &table.origin);
    bundle(&listing, "", &table.origin)
}

/// Samples: time, place, identifiers and quantities.
pub fn points(points: &Points) -> Bundle {
    let mut columns = vec![
        Source { title: "time (UTC)".to_owned(), cells: Cells::Times(&points.time) },
        Source { title: "latitude (°N)".to_owned(), cells: Cells::Degrees(&points.lat) },
        Source { title: "longitude (°E)".to_owned(), cells: Cells::Degrees(&points.lon) },
    ];
    if let Some(elevation) = &points.elevation {
        columns.push(Source { title: "elevation (m)".to_owned(), cells: Cells::Numbers(Box::new(|i| elevation[i])) });
    }
    for (name, values) in &points.keys {
        columns.push(Source { title: name.clone(), cells: Cells::Text(values) });
    }
    for variable in &points.variables {
        columns
            .push(Source { title: unit::titled(&variable.name, &variable.units), cells: Cells::Numbers(Box::new(|i| variable.values[i])) });
    }
    let caption = caption(&points.dataset, "", &points.origin, points.len(), "point");
    bundle(&rows(caption, columns, points.len(), &points.origin), "", &points.origin)
}

/// A series: time and statistics. Columns that say nothing are left out.
pub fn series_table(series: &TimeSeries) -> Bundle {
    let single = series.minimum == series.mean && series.maximum == series.mean;
    let mut columns = vec![Source { title: "time (UTC)".to_owned(), cells: Cells::Times(&series.time) }];
    let all = [
        (if single { "value" } else { "mean" }, series.units.as_str(), &series.mean),
        ("standard deviation", &series.units, &series.standard_deviation),
        ("minimum", &series.units, &series.minimum),
        ("maximum", &series.units, &series.maximum),
        ("count", "", &series.count),
    ];
    for (i, (title, units, values)) in all.into_iter().enumerate() {
        if i == 0 || (!single && values.iter().any(|v| !v.is_nan())) {
            columns.push(Source { title: unit::titled(title, units), cells: Cells::Numbers(Box::new(|i| values[i])) });
        }
    }
    for (name, values) in &series.extra {
        columns.push(Source { title: unit::titled(name, &series.units), cells: Cells::Numbers(Box::new(|i| values[i])) });
    }
    let caption = caption(&series.dataset, &super::text::quantity::words(&series.variable), &series.origin, series.len(), "time");
    let values: Vec<f64> = series.mean.to_vec();
    bundle(&rows(caption, columns, series.len(), &series.origin), &sparkline(&values), &series.origin)
}

/// Several series: time, and the mean of each.
pub fn group_table(group: &SeriesGroup) -> Bundle {
    let (time, matrix) = (group.time(), group.matrix());
    let mut columns = vec![Source { title: "time (UTC)".to_owned(), cells: Cells::Times(&time) }];
    for (series, row) in group.series.iter().zip(matrix.outer_iter()).take(MOST_SERIES) {
        columns.push(Source { title: unit::titled(&series.dataset, &series.units), cells: Cells::Numbers(Box::new(move |i| row[i])) });
    }
    let synthetic = group.origin.synthetic || group.series.iter().any(|s| s.origin.synthetic);
    let origin = Origin { synthetic, ..group.origin.clone() };
    let title = number::counted(group.series.len(), "series", "series");
    let mut listing = rows(caption(&title, "", &origin, time.len(), "time"), columns, time.len(), &origin);
    if let Some(rest) = group.series.len().checked_sub(MOST_SERIES).filter(|n| *n > 0) {
        listing.notes.push(format!("{} more series not shown.", number::count(rest)));
    }
    if let Some(fit) = &group.regression
        && let [first, second] = &group.series[..]
    {
        listing.notes.push(format!(
            "{} = {} × {} {} {}, r = {}, p = {}",
            second.dataset,
            number::short(fit.slope),
            first.dataset,
            if fit.intercept < 0.0 { '−' } else { '+' },
            number::short(fit.intercept.abs()),
            number::short(fit.r),
            number::short(fit.p)
        ));
    }
    bundle(&listing, "", &origin)
}

/// A column's name with its unit made pretty, `sst [degree_Celsius]` as `sst (°C)`.
fn heading(name: &str) -> String {
    let (name, units) = unit::of_heading(name);
    unit::titled(name, units)
}

fn caption(title: &str, what: &str, origin: &Origin, n: usize, one: &str) -> String {
    let period = origin.period.as_ref().map(moment::period).unwrap_or_default();
    let area = origin.area.as_ref().map(super::text::place::area).unwrap_or_default();
    let count = number::counted(n, one, &format!("{one}s"));
    let synthetic = if origin.synthetic { "synthetic data" } else { "" };
    [title, synthetic, what, &area, &period, &count].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn rows(caption: String, columns: Vec<Source<'_>>, n: usize, origin: &Origin) -> Rows {
    let (indices, left_out) = shown(n);
    let mut listing = Rows { caption, columns: Vec::new(), cells: vec![Vec::new(); indices.len()], left_out, notes: origin.notes.clone() };
    for Source { title, cells } in columns {
        let (align, texts) = match cells {
            Cells::Text(text) => (Align::Left, indices.iter().map(|i| text[*i].clone()).collect::<Vec<_>>()),
            Cells::Numbers(value) => {
                let digits = Digits::of(indices.iter().map(|i| value(*i)));
                (Align::Right, indices.iter().map(|i| digits.write(value(*i))).collect())
            }
            Cells::Degrees(values) => {
                let digits = Digits::of_degrees(indices.iter().map(|i| values[*i]));
                (Align::Right, indices.iter().map(|i| digits.write(values[*i])).collect())
            }
            Cells::Times(times) => {
                let precision = Precision::of(times);
                let write = |i: &usize| times.get(*i).map(|t| precision.write(t)).unwrap_or_default();
                (Align::Left, indices.iter().map(write).collect())
            }
        };
        listing.columns.push((title, align));
        for (row, text) in listing.cells.iter_mut().zip(texts) {
            row.push(text);
        }
    }
    listing
}

/// The listing as text and HTML; in HTML, where it comes from can be opened below it.
fn bundle(listing: &Rows, sparkline: &str, origin: &Origin) -> Bundle {
    let mut text = listing.text();
    if !sparkline.is_empty() {
        text.push('\n');
        text.push_str(sparkline);
    }
    let html = maud::html! { (listing.html()) (details("where it comes from", &provenance(origin))) };
    Bundle::text(text).with("text/html", html.into_string())
}
