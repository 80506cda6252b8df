//! Lines over time, on one vertical axis or two.

use super::calendar;
use super::frame::{self, AXIS, Edge, Heading, MARGIN, OFF, TITLE_LINE};
use super::legend::Legend;
use super::pen::{Drawn, Pen, Rect, Stroke, at};
use super::role::Role;
use super::scale::{self, Scale};
use crate::show::style::Spacing;
use crate::show::text::printable;
use crate::show::{DrawError, Style, decimate};
use sdap::figure::{Line, LineFigure, Side};
use sdap::{Column, column};
use std::borrow::Cow;

/// The least height of a plot below which the figure grows instead.
const LEAST: f64 = 130.0;

/// Pixels for each tick of an upright axis.
const TICK_ROOM: f64 = 46.0;

/// Points farther apart than this, in pixels, are drawn as markers too.
const SPARSE: f64 = 14.0;

/// Half the width of an error bar's caps, in tenths of a pixel.
const CAP: i32 = 30;

/// An upright axis.
struct Upright {
    edge: Edge,
    scale: Scale,
    title: Vec<String>,
    /// Its colour: that of its line, where it has but one and there is another axis.
    role: Role,
}

/// The names of the lines, made unique, as legend, table and chart call them.
pub(crate) fn names(figure: &LineFigure) -> Vec<String> {
    let two = figure.lines.iter().any(|l| l.side == Side::Right) && figure.lines.iter().any(|l| l.side == Side::Left);
    let mut names: Vec<String> = Vec::with_capacity(figure.lines.len());
    for (i, line) in figure.lines.iter().enumerate() {
        let base = if line.label.trim().is_empty() { format!("line {}", i + 1) } else { printable(&line.label) };
        let base = if two && line.side == Side::Right { format!("{base} (right axis)") } else { base };
        let mut unique = base.clone();
        let mut n = 1;
        while names.contains(&unique) {
            n += 1;
            unique = format!("{base} ({n})");
        }
        names.push(unique);
    }
    names
}

/// The figure with gaps where a number has no place on its axis.
fn placed<'f>(figure: &'f LineFigure, style: &Style) -> Cow<'f, LineFigure> {
    if style.spacing == Spacing::Even {
        return Cow::Borrowed(figure);
    }
    let placed = |values: &Column| column(values.iter().map(|v| style.spacing.placed(*v)).collect::<Vec<_>>());
    let lines = figure.lines.iter().map(|line| Line { values: placed(&line.values), ..line.clone() }).collect();
    Cow::Owned(LineFigure { lines, ..figure.clone() })
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &LineFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let figure = &*placed(figure, style);
    let (width, wanted) = (f64::from(style.width), f64::from(style.height));
    let heading = Heading::new(&figure.title, &figure.subtitle, width);
    let legend = Legend::new(if figure.lines.len() > 1 { names(figure) } else { Vec::new() }.as_slice(), width);
    let seconds = || figure.lines.iter().flat_map(|l| l.time.seconds().iter().copied());
    let (start, end) = match (seconds().min(), seconds().max()) {
        (Some(first), Some(last)) => calendar::range(first, last),
        _ => (0, 0),
    };
    let top = heading.bottom() + 20.0;
    let below = OFF + 2.0 * frame::TICK * super::font::LINE + AXIS + legend.height() + MARGIN;
    let least = LEAST.max(wanted * 0.5);
    let inner = (wanted - top - below).max(least);
    let axes = uprights(figure, inner, style);
    let side = |edge: Edge| {
        let axis = axes.iter().find(|a| a.edge == edge);
        axis.map_or(MARGIN + 10.0, |a| MARGIN + a.title.len() as f64 * TITLE_LINE + 6.0 + frame::widest(&a.scale.labels) + OFF)
    };
    let (x0, x1) = (side(Edge::Left), width - side(Edge::Right));
    let ticks = if start < end { calendar::across(start, end, x1 - x0, frame::TICK) } else { Vec::new() };
    let below = frame::time_height(&ticks) + legend.height() + MARGIN - 4.0;
    let height = (top + below + least).max(wanted);
    let plot = Rect { x0, y0: top, x1, y1: height - below };

    let pen = Pen::new(width, height)?;
    heading.draw(&pen)?;
    let x = |t: i64| plot.x0 + (t - start) as f64 / (end - start).max(1) as f64 * plot.width();
    grid(&pen, &plot, &axes, &ticks, x)?;
    if style.limits.is_some() {
        pen.clipped(&plot, |pen| data(pen, &plot, figure, &axes, (start, end)))?;
    } else {
        data(&pen, &plot, figure, &axes, (start, end))?;
    }
    uprights_drawn(&pen, &plot, &axes, width)?;
    frame::time(&pen, &plot, &ticks, x, (width, "Time (UTC)"))?;
    if !figure.lines.iter().any(|l| l.values.iter().any(|v| v.is_finite())) {
        frame::nothing(&pen, &plot, if start < end { frame::no_value(style) } else { "no data" })?;
    }
    legend.draw(&pen, height - legend.height() - MARGIN + 4.0)?;
    Ok(pen.finish(&figure.title, description))
}

/// The least and greatest number of a line with its error bars and its band.
fn extent(line: &Line, spacing: Spacing) -> Option<(f64, f64)> {
    let whiskers = line.errors.iter().flat_map(|e| line.values.iter().zip(e).flat_map(|(v, e)| [v - e, v + e]));
    let band = line.band.iter().flat_map(|(low, high)| low.iter().chain(high).copied());
    scale::range(line.values.iter().copied().chain(whiskers).chain(band).map(|v| spacing.placed(v)))
}

/// The style of an axis: limits are those of the left one, the right one having other numbers.
pub(crate) fn of_side(style: &Style, side: Side) -> Style {
    Style { limits: style.limits.filter(|_| side == Side::Left), ..*style }
}

fn uprights(figure: &LineFigure, height: f64, style: &Style) -> Vec<Upright> {
    let wanted = ((height / TICK_ROOM) as usize).clamp(2, 8);
    let sides = [(Side::Left, Edge::Left, &figure.left), (Side::Right, Edge::Right, &figure.right)];
    let used: Vec<_> = sides.into_iter().filter(|(side, ..)| figure.lines.iter().any(|l| l.side == *side)).collect();
    let two = used.len() == 2;
    let axis = |(side, edge, title): &(Side, Edge, &String)| {
        let lines: Vec<(usize, &Line)> = figure.lines.iter().enumerate().filter(|(_, l)| l.side == *side).collect();
        let range = scale::range(lines.iter().filter_map(|(_, l)| extent(l, style.spacing)).flat_map(|(low, high)| [low, high]));
        let role = if let ([(i, _)], true) = (&lines[..], two) { Role::line(*i) } else { Role::Soft };
        Upright {
            edge: *edge,
            scale: Scale::styled(range, wanted, &of_side(style, *side)),
            title: frame::upright_title(title, height),
            role,
        }
    };
    used.iter().map(axis).collect()
}

fn grid(pen: &Pen, plot: &Rect, axes: &[Upright], ticks: &[calendar::Tick], x: impl Fn(i64) -> f64) -> Drawn {
    for tick in ticks {
        pen.rule((x(tick.at), plot.y0), (x(tick.at), plot.y1), Stroke(Role::Grid, 1.0, 1.0))?;
    }
    if let Some(axis) = axes.first() {
        for tick in &axis.scale.ticks {
            let y = height_of(*tick, &axis.scale, plot);
            let zero = *tick == 0.0 && axis.scale.low < 0.0 && axis.scale.high > 0.0;
            pen.rule((plot.x0, y), (plot.x1, y), Stroke(if zero { Role::Zero } else { Role::Grid }, 1.0, 1.0))?;
        }
    }
    pen.rule((plot.x0, plot.y1), (plot.x1, plot.y1), Stroke(Role::Frame, 1.0, 1.0))
}

/// How far down the figure a number stands.
pub(crate) fn height_of(v: f64, scale: &Scale, plot: &Rect) -> f64 {
    plot.y1 - scale.share(v) * plot.height()
}

fn uprights_drawn(pen: &Pen, plot: &Rect, axes: &[Upright], width: f64) -> Drawn {
    for axis in axes {
        let labelled = axis.scale.ticks.iter().zip(&axis.scale.labels).map(|(t, l)| (height_of(*t, &axis.scale, plot), l.clone()));
        frame::upright(pen, plot, axis.edge, labelled, axis.role)?;
        frame::factor(pen, plot, axis.edge, &axis.scale, axis.role)?;
        let edge = if axis.edge == Edge::Left { MARGIN } else { width - MARGIN };
        let ink = if axis.role == Role::Soft { Role::Ink } else { axis.role };
        frame::title_beside(pen, plot, axis.edge, edge, &axis.title, ink)?;
        let x = if axis.edge == Edge::Left { plot.x0 } else { plot.x1 };
        pen.rule((x, plot.y0), (x, plot.y1), Stroke(if axis.role == Role::Soft { Role::Frame } else { axis.role }, 1.0, 1.0))?;
    }
    Ok(())
}

fn data(pen: &Pen, plot: &Rect, figure: &LineFigure, axes: &[Upright], (start, end): (i64, i64)) -> Drawn {
    let on = |line: &Line| {
        let edge = if line.side == Side::Left { Edge::Left } else { Edge::Right };
        let scale = &axes.iter().find(|a| a.edge == edge)?.scale;
        Some(Plot { rect: *plot, start, end, scale })
    };
    let drawn: Vec<(usize, &Line, Plot)> = figure.lines.iter().enumerate().filter_map(|(i, line)| Some((i, line, on(line)?))).collect();
    for (i, line, on) in &drawn {
        band(pen, on, line, Role::line(*i));
    }
    let stroke = if figure.lines.len() > 3 { 1.3 } else { 1.6 };
    for (i, line, on) in &drawn {
        error_bars(pen, on, line, Role::line(*i));
        curve(pen, on, line, Stroke(Role::line(*i), stroke, 1.0));
        markers(pen, on, line, Role::line(*i))?;
    }
    Ok(())
}

/// Where times and numbers stand.
pub(crate) struct Plot<'a> {
    pub(crate) rect: Rect,
    /// The times at the left and the right edge.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) scale: &'a Scale,
}

impl Plot<'_> {
    /// How much of the plot's width times span.
    fn width(&self, seconds: &[i64]) -> f64 {
        let span = seconds.first().zip(seconds.last()).map_or(0, |(a, b)| b - a);
        span as f64 / (self.end - self.start).max(1) as f64 * self.rect.width()
    }

    /// The place of a number, in tenths of pixels.
    fn place(&self, seconds: i64, v: f64) -> (i32, i32) {
        let share = (seconds - self.start) as f64 / (self.end - self.start).max(1) as f64;
        at((self.rect.x0 + share * self.rect.width(), height_of(v, self.scale, &self.rect)))
    }
}

/// The stretches of points that `there` accepts, in order.
fn stretches(points: impl IntoIterator<Item = usize>, there: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for i in points {
        match (there(i), all.last_mut()) {
            (true, Some(last)) => last.push(i),
            (false, Some(last)) if !last.is_empty() => all.push(Vec::new()),
            _ => {}
        }
    }
    all.retain(|s| !s.is_empty());
    all
}

/// The line itself, broken at its gaps.
pub(crate) fn curve(pen: &Pen, on: &Plot, line: &Line, stroke: Stroke) {
    let seconds = line.time.seconds();
    let kept = decimate::kept(seconds, |i| line.values[i], on.width(seconds).ceil().max(1.0) as usize);
    let curves: Vec<Vec<(i32, i32)>> = stretches(kept, |i| line.values[i].is_finite())
        .into_iter()
        .map(|s| s.into_iter().map(|i| on.place(seconds[i], line.values[i])).collect())
        .collect();
    pen.curves(&curves, stroke);
}

/// A dot at each point of a sparse line, and at each point that stands alone between gaps.
pub(crate) fn markers(pen: &Pen, on: &Plot, line: &Line, role: Role) -> Drawn {
    let seconds = line.time.seconds();
    let there = |i: usize| line.values[i].is_finite();
    let sparse = on.width(seconds) / (seconds.len().max(1) as f64) >= SPARSE;
    for stretch in stretches(0..seconds.len(), there) {
        if !sparse && stretch.len() > 1 {
            continue;
        }
        for i in stretch {
            let (x, y) = on.place(seconds[i], line.values[i]);
            pen.dot((f64::from(x) / 10.0, f64::from(y) / 10.0), if sparse { 2.6 } else { 2.0 }, role)?;
        }
    }
    Ok(())
}

fn error_bars(pen: &Pen, on: &Plot, line: &Line, role: Role) {
    let Some(errors) = &line.errors else { return };
    let seconds = line.time.seconds();
    let mut bars = Vec::new();
    for (i, error) in errors.iter().enumerate().filter(|(i, e)| e.is_finite() && line.values[*i].is_finite()) {
        let end = |v: f64| on.place(seconds[i], v);
        let ((x, low), (_, high)) = (end(line.values[i] - error.abs()), end(line.values[i] + error.abs()));
        bars.push(vec![(x - CAP, low), (x + CAP, low)]);
        bars.push(vec![(x, low), (x, high)]);
        bars.push(vec![(x - CAP, high), (x + CAP, high)]);
    }
    pen.curves(&bars, Stroke(role, 1.0, 0.75));
}

/// The band around a line.
pub(crate) fn band(pen: &Pen, on: &Plot, line: &Line, role: Role) {
    let Some((low, high)) = &line.band else { return };
    let seconds = line.time.seconds();
    let edge = |i: usize, edge: &Column| on.place(seconds[i], edge[i]);
    for stretch in stretches(0..seconds.len(), |i| low[i].is_finite() && high[i].is_finite()) {
        let upper = stretch.iter().rev().map(|i| edge(*i, high));
        let ring: Vec<(i32, i32)> = stretch.iter().map(|i| edge(*i, low)).chain(upper).collect();
        pen.rings(&[ring], role, 0.18);
    }
}
