//! Which figure suits a value, with title, subtitle and axis titles.

mod bins;
mod heatmap;
mod matchup;
mod pairs;
mod stations;
mod year;

pub use bins::histogram;
pub use heatmap::heatmap;
pub use matchup::{Colour, Matchup};
pub use pairs::{Apart, difference, grid_scatter, point_scatter, scatter, series_difference};
pub use stations::points as stations;
pub use year::year;

use super::text::{moment, place, quantity, unit};
use sdap::figure::{Figure, HovmollerFigure, Line, LineFigure, MapFigure, Side};
use sdap::{BoundingBox, Column, Grid, Hovmoller, Origin, SeriesGroup, TimeSeries, Times, column};
use std::borrow::Cow;

/// A line over time: the mean, and what filters made of it where the series has that.
pub fn series(series: &TimeSeries) -> Figure {
    let name = quantity::words(&series.variable);
    let mut lines = vec![Line::new(series.dataset.clone(), series.time.clone(), series.mean.clone())];
    for (column, label, side) in FILTERED {
        if let Some(values) = series.extra.get(column) {
            let line = Line::new(label, series.time.clone(), values.clone());
            lines.push(Line { side, ..line });
        }
    }
    if lines.len() > 1 {
        "mean".clone_into(&mut lines[0].label);
    }
    let seasonal = lines.iter().any(|line| line.side == Side::Right);
    Figure::Lines(LineFigure {
        title: title_of(&name, &series.dataset),
        subtitle: subtitle(&series.origin, Some(&series.time), &series.dataset),
        left: unit::titled(&name, &series.units),
        right: if seasonal { unit::titled("difference from the month's mean", &series.units) } else { String::new() },
        lines,
    })
}

/// The columns that filters add, what the legend calls them, and the axis that suits them.
const FILTERED: [(&str, &str, Side); 3] = [
    ("meanLowPass", "mean, low pass", Side::Left),
    ("meanSeasonal", "mean, seasonal cycle removed", Side::Right),
    ("meanSeasonalLowPass", "mean, seasonal cycle removed, low pass", Side::Right),
];

/// One line for each series; series of a second unit are read on the right axis.
pub fn group(group: &SeriesGroup) -> Figure {
    let left = group.series.first().map_or("", |s| s.units.as_str());
    let right = group.series.iter().map(|s| s.units.as_str()).find(|u| unit::pretty(u) != unit::pretty(left));
    let on = |s: &TimeSeries| if right.is_some() && unit::pretty(&s.units) != unit::pretty(left) { Side::Right } else { Side::Left };
    let lines = group.series.iter().map(|s| Line { side: on(s), ..Line::new(s.dataset.clone(), s.time.clone(), s.mean.clone()) });
    let axis = |side: Side| {
        let mut names: Vec<String> = group.series.iter().filter(|s| on(s) == side).map(|s| quantity::words(&s.variable)).collect();
        names.dedup();
        let name = if names.len() > 2 { String::new() } else { names.join(", ") };
        unit::titled(&name, if side == Side::Left { left } else { right.unwrap_or_default() })
    };
    let mut names: Vec<String> = Vec::new();
    for name in group.series.iter().map(|s| quantity::words(&s.variable)) {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    let datasets: Vec<&str> = group.names();
    let title = if (1..=2).contains(&names.len()) { quantity::capitalised(&names.join(" and ")) } else { shortened(&datasets) };
    let first = group.series.first().map(|s| &s.origin);
    let origin = if group.origin.area.is_none() && group.origin.period.is_none() { first.unwrap_or(&group.origin) } else { &group.origin };
    let synthetic = group.origin.synthetic || group.series.iter().any(|s| s.origin.synthetic);
    let origin = Origin { synthetic, ..origin.clone() };
    let dataset = if datasets.contains(&origin.title.as_str()) { "" } else { origin.title.as_str() };
    Figure::Lines(LineFigure {
        title,
        subtitle: subtitle(&origin, Some(&group.time()), dataset),
        left: axis(Side::Left),
        right: if right.is_some() { axis(Side::Right) } else { String::new() },
        lines: lines.collect(),
    })
}

/// Half-lengths of error bars: the standard deviation at every `every`-th time, from the first.
///
/// The times between carry none, so that dense series stay readable.
pub fn error_bars(series: &TimeSeries, every: usize) -> Column {
    let keep = |i: usize| i.is_multiple_of(every.max(1));
    column(series.standard_deviation.iter().enumerate().map(|(i, v)| if keep(i) { *v } else { f64::NAN }).collect::<Vec<_>>())
}

/// The grid with its latitudes northwards and its longitudes eastwards, as maps need them, however a Rust cell made it.
fn orderly(grid: &Grid) -> Cow<'_, Grid> {
    let falls = |c: &Column| c.windows(2).into_iter().any(|w| w[1] < w[0]);
    if !falls(&grid.lat) && !falls(&grid.lon) {
        return Cow::Borrowed(grid);
    }
    let mut lon = grid.lon.to_vec();
    // Longitudes that begin anew at the antimeridian go on beyond it; others that fall run westwards.
    let westwards = grid.lon.windows(2).into_iter().filter(|w| w[1] < w[0]).count() * 2 > grid.lon.len();
    for i in 1..lon.len() {
        if lon[i] < lon[i - 1] && !westwards {
            lon[i] += 360.0;
        }
    }
    let ordered = |values: &[f64]| {
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
        order
    };
    let (rows, columns) = (ordered(&grid.lat.to_vec()), ordered(&lon));
    let pick = |plane: &sdap::Plane| {
        let values = rows.iter().flat_map(|row| columns.iter().map(move |column| plane[[*row, *column]]));
        sdap::plane(rows.len(), values.collect::<Vec<_>>())
    };
    Cow::Owned(Grid {
        lat: column(rows.iter().map(|i| grid.lat[*i]).collect::<Vec<_>>()),
        values: pick(&grid.values),
        count: if grid.count.dim() == grid.values.dim() { pick(&grid.count) } else { grid.count.clone() },
        lon: column(columns.iter().map(|i| lon[*i]).collect::<Vec<_>>()),
        ..grid.clone()
    })
}

/// A map of a grid.
pub fn grid(grid: &Grid) -> Figure {
    // A grid whose columns do not match is refused when it is drawn.
    let whole = grid.values.dim() == (grid.lat.len(), grid.lon.len());
    let grid = &*if whole { orderly(grid) } else { Cow::Borrowed(grid) };
    let name = quantity::words(&grid.variable);
    let statistic = grid.statistic.replace('_', " ");
    let title = match (statistic.as_str(), name.is_empty()) {
        ("difference", false) => format!("{}, {}", quantity::capitalised(&name), grid.dataset),
        ("", false) => quantity::capitalised(&name),
        (said, false) if name.starts_with(said) => quantity::capitalised(&name),
        (_, true) => quantity::capitalised(&format!("{statistic} {}", grid.dataset)),
        _ => quantity::capitalised(&format!("{name}, {statistic}")),
    };
    let scale = match statistic.as_str() {
        "" | "mean" | "climatology" => unit::titled(&name, &grid.units),
        "correlation" => "correlation coefficient".to_owned(),
        "difference" => unit::titled("difference", &grid.units),
        _ => unit::titled(&format!("{statistic} of {name}"), &grid.units),
    };
    let mut datasets: Vec<&str> = grid.dataset.split(',').collect();
    datasets.dedup();
    let dataset = if statistic == "difference" { String::new() } else { datasets.join(" and ") };
    Figure::Map(MapFigure {
        title,
        subtitle: subtitle(&grid.origin, None, &dataset),
        extent: surroundings(grid),
        cells: Some(grid.clone()),
        quantity: quantity::kind(&grid.variable, &grid.units, &grid.statistic),
        scale,
        stations: None,
        boxes: Vec::new(),
        polygons: Vec::new(),
    })
}

/// The area of a grid, all around the Earth from 180°W to 180°E; a lone row or column of cells gets a neighbour's width around it, to be seen in its place.
fn surroundings(grid: &Grid) -> BoundingBox {
    let (west, south, east, north) = grid.edges();
    if east - west > 359.5 {
        return BoundingBox::new(-180.0, south, 180.0, north).unwrap_or(BoundingBox::WORLD);
    }
    let pad = |n: usize| if n < 2 { 1.0 } else { 0.0 };
    let (x, y) = (pad(grid.lon.len()), pad(grid.lat.len()));
    if x == 0.0 && y == 0.0 {
        return grid.area();
    }
    let (south, north) = ((south - y).max(-90.0), (north + y).min(90.0));
    BoundingBox::new((west - x).max(-180.0), south, (east + x).min(360.0), north).unwrap_or_else(|_| grid.area())
}

/// A Hovmöller diagram.
pub fn hovmoller(values: &Hovmoller) -> Figure {
    let name = quantity::words(&values.variable);
    Figure::Hovmoller(HovmollerFigure {
        title: title_of(&name, &values.dataset),
        subtitle: subtitle(&values.origin, Some(&values.time), &values.dataset),
        values: values.clone(),
        quantity: quantity::kind(&values.variable, &values.units, "mean"),
        scale: unit::titled(&name, &values.units),
    })
}

/// A box on a map of its surroundings.
pub fn region(name: &str, area: &BoundingBox) -> Figure {
    Figure::Map(MapFigure {
        title: name.to_owned(),
        subtitle: place::area(area),
        extent: around(area),
        cells: None,
        quantity: sdap::figure::Quantity::Other,
        scale: String::new(),
        stations: None,
        boxes: vec![(name.to_owned(), *area)],
        polygons: Vec::new(),
    })
}

/// An area large enough to see where the box lies.
fn around(area: &BoundingBox) -> BoundingBox {
    let (width, height) = (area.width(), area.height());
    let tall = (height * 2.5).clamp(40.0, 180.0);
    let wide = (width * 2.8).max(tall * 1.6);
    let tall = tall.max(wide / 2.4).min(180.0);
    let middle = f64::midpoint(area.south(), area.north()).clamp(-90.0 + tall / 2.0, 90.0 - tall / 2.0);
    let (south, north) = ((middle - tall / 2.0).max(-90.0), (middle + tall / 2.0).min(90.0));
    if wide >= 330.0 {
        return BoundingBox::new(-180.0, south, 180.0, north).unwrap_or(BoundingBox::WORLD);
    }
    let into = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
    let west = area.west() + width / 2.0 - wide / 2.0;
    BoundingBox::new(into(west), south, into(west + wide), north).unwrap_or(BoundingBox::WORLD)
}

fn title_of(name: &str, dataset: &str) -> String {
    if name.is_empty() { dataset.to_owned() } else { quantity::capitalised(name) }
}

fn shortened(names: &[&str]) -> String {
    match names {
        [] => "No series".to_owned(),
        [one] => (*one).to_owned(),
        [a, b] => format!("{a} and {b}"),
        [a, b, rest @ ..] => format!("{a}, {b} and {} more", rest.len()),
    }
}

/// Whether the data are synthetic, first so that no shortening hides it, then area, period and dataset.
fn subtitle(origin: &Origin, times: Option<&Times>, dataset: &str) -> String {
    let ends = times.and_then(|t| Some((t.first()?, t.last()?)));
    let period = match (&origin.period, ends) {
        (_, Some((first, last))) if times.is_some_and(moment::monthly) => moment::months(first, last),
        (Some(period), _) => moment::period(period),
        (None, Some((first, last))) => moment::stretch(first, last),
        (None, None) => String::new(),
    };
    let parts = [
        if origin.synthetic { "synthetic data".to_owned() } else { String::new() },
        origin.area.as_ref().map(place::area).unwrap_or_default(),
        period,
        dataset.to_owned(),
    ];
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ")
}
