//! The text twin of a figure, for consoles and for those who see no pictures.

use super::summary::{Spread, sparkline};
use super::text::{moment, number, place, printable};
use super::{Interactivity, Style, draw, vega};
use sdap::figure::{Figure, HeatmapFigure, HistogramFigure, HovmollerFigure, LineFigure, MapFigure, ScatterFigure, YearFigure};
use sdap::{Axis, Column, Grid};

/// The whole text: title, subtitle, and what the figure shows in numbers.
pub(super) fn text(figure: &Figure, style: &Style) -> String {
    let (title, subtitle) = heads(figure);
    let mut lines = vec![title.to_owned(), subtitle.to_owned()];
    lines.extend(match figure {
        Figure::Lines(f) => rows(f),
        _ => said(figure, style),
    });
    if style.interactivity == Interactivity::Interactive {
        lines.extend(match figure {
            Figure::Lines(f) => vega::lines::thinned(f),
            Figure::Year(f) => vega::year::thinned(f),
            _ => None,
        });
    }
    lines.retain(|line| !line.is_empty());
    printable(&lines.join("\n"))
}

/// The figure in a sentence or two, for an SVG's description.
pub(super) fn description(figure: &Figure, style: &Style) -> String {
    let said = match figure {
        Figure::Lines(f) => {
            let names = draw::lines::names(f);
            let one = |(name, line): (&String, &sdap::figure::Line)| format!("{name}: {}", Spread::of(&line.values).text(""));
            let said: Vec<String> = names.iter().zip(&f.lines).take(4).map(one).collect();
            let more = names.len().saturating_sub(4);
            let more = if more > 0 { format!("; {}", number::counted(more, "more line", "more lines")) } else { String::new() };
            format!("{}{more}", said.join("; "))
        }
        _ => said(figure, style).join("; "),
    };
    let (_, subtitle) = heads(figure);
    [subtitle, said.as_str()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(". ")
}

/// Title and subtitle.
fn heads(figure: &Figure) -> (&str, &str) {
    match figure {
        Figure::Lines(f) => (&f.title, &f.subtitle),
        Figure::Map(f) => (&f.title, &f.subtitle),
        Figure::Hovmoller(f) => (&f.title, &f.subtitle),
        Figure::Scatter(f) => (&f.title, &f.subtitle),
        Figure::Histogram(f) => (&f.title, &f.subtitle),
        Figure::Year(f) => (&f.title, &f.subtitle),
        Figure::Heatmap(f) => (&f.title, &f.subtitle),
    }
}

/// What a figure shows, in numbers.
fn said(figure: &Figure, style: &Style) -> Vec<String> {
    match figure {
        Figure::Lines(f) => rows(f),
        Figure::Map(f) => map(f, style),
        Figure::Hovmoller(f) => hovmoller(f, style),
        Figure::Scatter(f) => scatter(f),
        Figure::Histogram(f) => histogram(f),
        Figure::Year(f) => year(f),
        Figure::Heatmap(f) => heatmap(f, style),
    }
}

fn scatter(figure: &ScatterFigure) -> Vec<String> {
    let measures = [("across", Some(&figure.x)), ("upwards", Some(&figure.y)), ("colour", figure.colour.as_ref())];
    let measures = measures.into_iter().filter_map(|(which, m)| Some((which, m?)));
    let mut said: Vec<String> = measures.map(|(which, m)| format!("{which}: {} · {}", m.title, Spread::of(&m.values).text(""))).collect();
    said.push(draw::scatter::notes(figure).join(" · "));
    said
}

fn histogram(figure: &HistogramFigure) -> Vec<String> {
    let mut said = vec![figure.quantity.clone(), sparkline(&figure.counts.to_vec())];
    if let (Some(first), Some(last)) = (figure.edges.first(), figure.edges.last()) {
        let bins = number::counted(figure.counts.len(), "bin", "bins");
        said.push(format!("{bins} from {} to {}", number::short(*first), number::short(*last)));
    }
    said.push(draw::histogram::meanings(figure).join(" · "));
    said.retain(|s| !s.is_empty());
    said
}

fn year(figure: &YearFigure) -> Vec<String> {
    let line = |l: &sdap::figure::Line| format!("{}  {} · {}", l.label, sparkline(&l.values.to_vec()), Spread::of(&l.values).text(""));
    let mut said = vec![figure.quantity.clone(), line(&figure.usual)];
    said.extend(figure.years.last().filter(|_| figure.years.len() > 1).map(line));
    said.retain(|s| !s.is_empty());
    said
}

fn heatmap(figure: &HeatmapFigure, style: &Style) -> Vec<String> {
    let spread = Spread::of(&figure.values);
    let at = |v: f64| {
        let ((row, column), _) = figure.values.indexed_iter().find(|(_, x)| **x == v)?;
        Some(format!("{}, {}", figure.rows[row], figure.columns[column]))
    };
    let shape =
        format!("{} × {}", number::counted(figure.rows.len(), "row", "rows"), number::counted(figure.columns.len(), "column", "columns"));
    let mut said = vec![figure.scale.clone(), format!("{shape} · {}", spread.text(""))];
    said.extend(at(spread.least).zip(at(spread.greatest)).map(|(least, greatest)| format!("least at {least}; greatest at {greatest}")));
    said.extend(draw::heatmap::ramp(figure, style).as_ref().and_then(draw::bar::stretch).map(str::to_owned));
    said.retain(|s| !s.is_empty());
    said
}

/// For each line its name, its course in little bars, and its numbers.
fn rows(figure: &LineFigure) -> Vec<String> {
    let names = draw::lines::names(figure);
    if names.is_empty() {
        return vec!["no lines".to_owned()];
    }
    let widest = names.iter().map(|n| n.chars().count()).max().unwrap_or(0).min(60);
    let mut said: Vec<String> = [("", &figure.left), ("right axis: ", &figure.right)]
        .iter()
        .filter(|(_, title)| !title.is_empty())
        .map(|(which, title)| format!("{which}{title}"))
        .collect();
    for (name, line) in names.iter().zip(&figure.lines) {
        let count = number::counted(line.values.len(), "time", "times");
        let span = if line.time.is_empty() { String::new() } else { format!(", {}", moment::span(&line.time)) };
        said.push(format!("{name:<widest$}  {}", sparkline(&line.values.to_vec())).trim_end().to_owned());
        said.push(format!("{:widest$}  {count}{span} · {}{}", "", Spread::of(&line.values).text(""), about(line)));
    }
    said
}

/// The band and the error bars about a line.
fn about(line: &sdap::figure::Line) -> String {
    let ends = |low: &Column, high: &Column| {
        let (low, high) = (Spread::of(low), Spread::of(high));
        (low.present > 0).then(|| format!("{} to {}", number::short(low.least), number::short(high.greatest)))
    };
    let band = line.band.as_ref().and_then(|(low, high)| ends(low, high)).map(|ends| format!(" · band from {ends}"));
    let bars = line.errors.as_ref().and_then(|errors| ends(errors, errors)).map(|ends| format!(" · error bars of ± {ends}"));
    [band, bars].into_iter().flatten().collect()
}

fn map(figure: &MapFigure, style: &Style) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(grid) = &figure.cells {
        let (rows, columns) = grid.values.dim();
        said.push(figure.scale.clone());
        said.push(format!("{rows} × {columns} cells · {}", Spread::of(&grid.values).text(&grid.units)));
        said.extend(extremes(grid));
    }
    if let Some(stations) = &figure.stations {
        let count = number::counted(stations.values.len(), "place", "places");
        said.push(figure.scale.clone());
        said.push(format!("{count} · {}", Spread::of(&stations.values).text(&stations.units)));
        said.extend(draw::stations::thinned(stations));
    }
    if let Some(note) = draw::map::ramp(figure, style).as_ref().and_then(draw::bar::stretch) {
        said.push(note.to_owned());
    }
    said.extend(figure.boxes.iter().map(|(name, area)| format!("{name}: {}", place::area(area))));
    if said.is_empty() {
        said.push(place::area(&figure.extent));
    }
    said.retain(|s| !s.is_empty() && *s != figure.subtitle);
    said
}

/// Where the least and the greatest number lie.
fn extremes(grid: &Grid) -> Option<String> {
    let (low, high) = grid.range()?;
    let at = |v: f64| {
        let ((row, column), _) = grid.values.indexed_iter().find(|(_, x)| **x == v)?;
        Some(format!("{} {}", place::latitude(grid.lat[row]), place::longitude(grid.lon[column])))
    };
    Some(format!("least at {}, greatest at {}", at(low)?, at(high)?))
}

fn hovmoller(figure: &HovmollerFigure, style: &Style) -> Vec<String> {
    let v = &figure.values;
    let (axis, many) = match v.axis {
        Axis::Latitude => (place::latitude as fn(f64) -> String, "latitudes"),
        Axis::Longitude => (place::longitude as fn(f64) -> String, "longitudes"),
    };
    let span = match (v.coordinate.first(), v.coordinate.last()) {
        (Some(first), Some(last)) => format!(" by {} {many} from {} to {}", v.coordinate.len(), axis(*first), axis(*last)),
        _ => String::new(),
    };
    let mut said = vec![
        figure.scale.clone(),
        format!(
            "{}{span}, {} · {}",
            number::counted(v.time.len(), "time", "times"),
            moment::span(&v.time),
            Spread::of(&v.mean).text(&v.units)
        ),
    ];
    said.extend(draw::hovmoller::ramp(figure, style).as_ref().and_then(draw::bar::stretch).map(str::to_owned));
    said.retain(|s| !s.is_empty());
    said
}
