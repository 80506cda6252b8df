//! Years above one another: each a thin line, the last one thick, before what is usual.

use super::calendar;
use super::frame::{self, Edge, Heading, MARGIN, OFF, TITLE_LINE};
use super::legend::Legend;
use super::lines::{self, Plot, height_of};
use super::pen::{Drawn, Pen, Rect, Stroke};
use super::role::Role;
use super::scale::{self, Scale};
use crate::show::DrawError;
use crate::show::style::{Spacing, Style};
use sdap::figure::{Line, YearFigure};
use sdap::{Column, column};

const LEAST: f64 = 130.0;
const TICK_ROOM: f64 = 46.0;

/// The ends of the year 2000, seconds since 1970.
pub(crate) const START: i64 = 946_684_800;
pub(crate) const END: i64 = START + 366 * 86_400;

/// What the lines are, in words.
pub(crate) fn meanings(figure: &YearFigure) -> Vec<(Role, String)> {
    let years = figure.years.len();
    let mut meanings = Vec::new();
    if years > 1 {
        meanings.push((Role::line(0), format!("{} and their range", figure.usual.label)));
    }
    if let Some(last) = figure.years.last() {
        meanings.push((Role::line(1), last.label.clone()));
    }
    match &figure.years[..] {
        [] | [_] => {}
        [first, _] => meanings.push((Role::Soft, first.label.clone())),
        [first, .., before, _] => meanings.push((Role::Soft, format!("{} to {}", first.label, before.label))),
    }
    meanings
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &YearFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let (width, wanted) = (f64::from(style.width), f64::from(style.height));
    let heading = Heading::new(&figure.title, &figure.subtitle, width);
    let legend = Legend::of(meanings(figure), width);
    let top = heading.bottom() + 20.0;
    let least = LEAST.max(wanted * 0.5);
    let ticks = |room: f64| calendar::months_of_the_year(START, room, frame::TICK);
    let below = frame::time_height(&ticks(width)) + legend.height() + MARGIN - 4.0;
    let height = (top + below + least).max(wanted);
    let inner = height - below - top;
    let values = || figure.years.iter().flat_map(|l| l.values.iter()).map(|v| style.spacing.placed(*v));
    let scale = Scale::styled(scale::range(values()), ((inner / TICK_ROOM) as usize).clamp(2, 8), style);
    let title = frame::upright_title(&figure.quantity, inner);
    let x0 = MARGIN + title.len() as f64 * TITLE_LINE + 6.0 + frame::widest(&scale.labels) + OFF;
    let plot = Rect { x0, y0: top, x1: width - MARGIN - 10.0, y1: top + inner };
    let ticks = ticks(plot.width());

    let pen = Pen::new(width, height)?;
    heading.draw(&pen)?;
    let x = |t: i64| plot.x0 + (t - START) as f64 / (END - START) as f64 * plot.width();
    for tick in &ticks {
        pen.rule((x(tick.at), plot.y0), (x(tick.at), plot.y1), Stroke(Role::Grid, 1.0, 1.0))?;
    }
    for tick in &scale.ticks {
        let y = height_of(*tick, &scale, &plot);
        pen.rule((plot.x0, y), (plot.x1, y), Stroke(Role::Grid, 1.0, 1.0))?;
    }
    let on = Plot { rect: plot, start: START, end: END, scale: &scale };
    pen.clipped(&plot, |pen| data(pen, &on, figure, style.spacing))?;
    let labelled = scale.ticks.iter().zip(&scale.labels).map(|(t, l)| (height_of(*t, &scale, &plot), l.clone()));
    frame::upright(&pen, &plot, Edge::Left, labelled, Role::Soft)?;
    frame::factor(&pen, &plot, Edge::Left, &scale, Role::Soft)?;
    frame::title_beside(&pen, &plot, Edge::Left, MARGIN, &title, Role::Ink)?;
    pen.rule((plot.x0, plot.y0), (plot.x0, plot.y1), Stroke(Role::Frame, 1.0, 1.0))?;
    pen.rule((plot.x0, plot.y1), (plot.x1, plot.y1), Stroke(Role::Frame, 1.0, 1.0))?;
    frame::time(&pen, &plot, &ticks, x, (width, "Month (UTC)"))?;
    if !values().any(f64::is_finite) {
        frame::nothing(&pen, &plot, frame::no_value(style))?;
    }
    legend.draw(&pen, height - legend.height() - MARGIN + 4.0)?;
    Ok(pen.finish(&figure.title, description))
}

fn data(pen: &Pen, on: &Plot, figure: &YearFigure, spacing: Spacing) -> Drawn {
    let there = |values: &Column| column(values.iter().map(|v| spacing.placed(*v)).collect::<Vec<_>>());
    let placed = |line: &Line| Line { values: there(&line.values), ..line.clone() };
    let years: Vec<Line> = figure.years.iter().map(placed).collect();
    let Some((last, before)) = years.split_last() else { return Ok(()) };
    if !before.is_empty() {
        lines::band(pen, on, &figure.usual, Role::line(0));
    }
    for year in before {
        lines::curve(pen, on, year, Stroke(Role::Soft, 0.9, 0.45));
    }
    if !before.is_empty() {
        lines::curve(pen, on, &placed(&figure.usual), Stroke(Role::line(0), 2.4, 1.0));
    }
    lines::curve(pen, on, last, Stroke(Role::line(1), 1.8, 1.0));
    lines::markers(pen, on, last, Role::line(1))
}
