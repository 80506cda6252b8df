//! The text twin of a figure, for consoles and for those who see no pictures.

use super::summary::{Spread, sparkline};
use super::text::{moment, number, place, printable};
use super::{Interactivity, Style, draw, vega};
use sdap::figure::{Figure, HovmollerFigure, LineFigure, MapFigure};
use sdap::{Axis, Grid};

/// The whole text: title, subtitle, and what the figure shows in numbers.
pub(super) fn text(figure: &Figure, style: &Style) -> String {
    let (title, subtitle) = match figure {
        Figure::Lines(f) => (&f.title, &f.subtitle),
        Figure::Map(f) => (&f.title, &f.subtitle),
        Figure::Hovmoller(f) => (&f.title, &f.subtitle),
    };
    let mut lines = vec![title.clone(), subtitle.clone()];
    match figure {
        Figure::Lines(f) => {
            lines.extend(rows(f));
            if style.interactivity == Interactivity::Interactive {
                lines.extend(vega::thinned(f));
            }
        }
        Figure::Map(f) => lines.extend(map(f)),
        Figure::Hovmoller(f) => lines.extend(hovmoller(f)),
    }
    lines.retain(|line| !line.is_empty());
    printable(&lines.join("\n"))
}

/// The figure in a sentence or two, for an SVG's description.
pub(super) fn description(figure: &Figure) -> String {
    let said = match figure {
        Figure::Lines(f) => {
            let names = draw::lines::names(f);
            let one = |(name, line): (&String, &sdap::figure::Line)| format!("{name}: {}", Spread::of(&line.values).text(""));
            let said: Vec<String> = names.iter().zip(&f.lines).take(4).map(one).collect();
            let more = names.len().saturating_sub(4);
            let more = if more > 0 { format!("; {}", number::counted(more, "more line", "more lines")) } else { String::new() };
            format!("{}{more}", said.join("; "))
        }
        Figure::Map(f) => map(f).join("; "),
        Figure::Hovmoller(f) => hovmoller(f).join("; "),
    };
    let subtitle = match figure {
        Figure::Lines(f) => &f.subtitle,
        Figure::Map(f) => &f.subtitle,
        Figure::Hovmoller(f) => &f.subtitle,
    };
    [subtitle.as_str(), said.as_str()].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(". ")
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
        said.push(format!("{:widest$}  {count}{span} · {}", "", Spread::of(&line.values).text("")));
    }
    said
}

fn map(figure: &MapFigure) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(grid) = &figure.cells {
        let (rows, columns) = grid.values.dim();
        said.push(figure.scale.clone());
        said.push(format!("{rows} × {columns} cells · {}", Spread::of(&grid.values).text(&grid.units)));
        said.extend(extremes(grid));
    }
    if let Some(note) = draw::map::ramp(figure).as_ref().and_then(draw::bar::stretch) {
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

fn hovmoller(figure: &HovmollerFigure) -> Vec<String> {
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
    said.extend(draw::hovmoller::ramp(figure).as_ref().and_then(draw::bar::stretch).map(str::to_owned));
    said.retain(|s| !s.is_empty());
    said
}
