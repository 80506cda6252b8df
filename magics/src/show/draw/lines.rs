//! Lines over time, on one vertical axis or two.

use super::calendar;
use super::frame::{self, AXIS, Edge, Heading, MARGIN, OFF, TITLE_LINE};
use super::legend::Legend;
use super::pen::{Drawn, Pen, Plot, Rect, Stroke};
use super::role::Role;
use super::scale::{self, Scale};
use crate::show::text::printable;
use crate::show::{DrawError, Style, decimate};
use sdap::Column;
use sdap::figure::{Line, LineFigure, Side};

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

/// The SVG of the figure.
pub(crate) fn svg(figure: &LineFigure, style: &Style, description: &str) -> Result<String, DrawError> {
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
    let axes = uprights(figure, inner);
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
    data(&pen, &plot, figure, &axes, (start, end))?;
    uprights_drawn(&pen, &plot, &axes, width)?;
    frame::time(&pen, &plot, &ticks, x, width)?;
    if !figure.lines.iter().any(|l| l.values.iter().any(|v| v.is_finite())) {
        frame::nothing(&pen, &plot, if start < end { "all values are missing" } else { "no data" })?;
    }
    legend.draw(&pen, height - legend.height() - MARGIN + 4.0)?;
    Ok(pen.finish(&figure.title, description))
}

/// The least and greatest number of a line with its error bars and its band.
fn extent(line: &Line) -> Option<(f64, f64)> {
    let whiskers = line.errors.iter().flat_map(|e| line.values.iter().zip(e).flat_map(|(v, e)| [v - e, v + e]));
    let band = line.band.iter().flat_map(|(low, high)| low.iter().chain(high).copied());
    scale::range(line.values.iter().copied().chain(whiskers).chain(band))
}

fn uprights(figure: &LineFigure, height: f64) -> Vec<Upright> {
    let wanted = ((height / TICK_ROOM) as usize).clamp(2, 8);
    let sides = [(Side::Left, Edge::Left, &figure.left), (Side::Right, Edge::Right, &figure.right)];
    let used: Vec<_> = sides.into_iter().filter(|(side, ..)| figure.lines.iter().any(|l| l.side == *side)).collect();
    let two = used.len() == 2;
    let axis = |(side, edge, title): &(Side, Edge, &String)| {
        let lines: Vec<(usize, &Line)> = figure.lines.iter().enumerate().filter(|(_, l)| l.side == *side).collect();
        let range = scale::range(lines.iter().filter_map(|(_, l)| extent(l)).flat_map(|(low, high)| [low, high]));
        let role = if let ([(i, _)], true) = (&lines[..], two) { Role::line(*i) } else { Role::Soft };
        Upright { edge: *edge, scale: Scale::around(range, wanted), title: frame::upright_title(title, height), role }
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

fn height_of(v: f64, scale: &Scale, plot: &Rect) -> f64 {
    plot.y1 - (v - scale.low) / (scale.high - scale.low) * plot.height()
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
        Some(pen.plot(plot, 0.0..(end - start) as f64, scale.low..scale.high))
    };
    let drawn: Vec<(usize, &Line, Plot)> = figure.lines.iter().enumerate().filter_map(|(i, line)| Some((i, line, on(line)?))).collect();
    for (i, line, on) in &drawn {
        band(pen, on, line, Role::line(*i), start);
    }
    let stroke = if figure.lines.len() > 3 { 1.3 } else { 1.6 };
    for (i, line, on) in &drawn {
        error_bars(pen, on, line, Role::line(*i), start);
        curve(pen, on, line, Stroke(Role::line(*i), stroke, 1.0), (start, end), plot.width());
        markers(pen, on, line, Role::line(*i), start, plot.width())?;
    }
    Ok(())
}

/// Where a number stands, in tenths of pixels. The axis spans all numbers but those near the end of all floats.
fn place(on: &Plot, seconds: i64, v: f64) -> (i32, i32) {
    let axis = on.get_y_range();
    on.map_coordinate(&(seconds as f64, v.clamp(axis.start, axis.end)))
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

fn curve(pen: &Pen, on: &Plot, line: &Line, stroke: Stroke, (start, end): (i64, i64), width: f64) {
    let seconds = line.time.seconds();
    let share = match (seconds.first(), seconds.last()) {
        (Some(a), Some(b)) => (b - a) as f64 / (end - start).max(1) as f64,
        _ => return,
    };
    let kept = decimate::kept(seconds, |i| line.values[i], (width * share).ceil().max(1.0) as usize);
    let curves: Vec<Vec<(i32, i32)>> = stretches(kept, |i| line.values[i].is_finite())
        .into_iter()
        .map(|s| s.into_iter().map(|i| place(on, seconds[i] - start, line.values[i])).collect())
        .collect();
    pen.curves(&curves, stroke);
}

/// A dot at each point of a sparse line, and at each point that stands alone between gaps.
fn markers(pen: &Pen, on: &Plot, line: &Line, role: Role, start: i64, width: f64) -> Drawn {
    let seconds = line.time.seconds();
    let there = |i: usize| line.values[i].is_finite();
    let sparse = width / (seconds.len().max(1) as f64) >= SPARSE;
    for stretch in stretches(0..seconds.len(), there) {
        if !sparse && stretch.len() > 1 {
            continue;
        }
        for i in stretch {
            let (x, y) = place(on, seconds[i] - start, line.values[i]);
            pen.dot((f64::from(x) / 10.0, f64::from(y) / 10.0), if sparse { 2.6 } else { 2.0 }, role)?;
        }
    }
    Ok(())
}

fn error_bars(pen: &Pen, on: &Plot, line: &Line, role: Role, start: i64) {
    let Some(errors) = &line.errors else { return };
    let seconds = line.time.seconds();
    let mut bars = Vec::new();
    for (i, error) in errors.iter().enumerate().filter(|(i, e)| e.is_finite() && line.values[*i].is_finite()) {
        let end = |v: f64| place(on, seconds[i] - start, v);
        let ((x, low), (_, high)) = (end(line.values[i] - error.abs()), end(line.values[i] + error.abs()));
        bars.push(vec![(x - CAP, low), (x + CAP, low)]);
        bars.push(vec![(x, low), (x, high)]);
        bars.push(vec![(x - CAP, high), (x + CAP, high)]);
    }
    pen.curves(&bars, Stroke(role, 1.0, 0.75));
}

fn band(pen: &Pen, on: &Plot, line: &Line, role: Role, start: i64) {
    let Some((low, high)) = &line.band else { return };
    let seconds = line.time.seconds();
    let edge = |i: usize, edge: &Column| place(on, seconds[i] - start, edge[i]);
    for stretch in stretches(0..seconds.len(), |i| low[i].is_finite() && high[i].is_finite()) {
        let upper = stretch.iter().rev().map(|i| edge(*i, high));
        let ring: Vec<(i32, i32)> = stretch.iter().map(|i| edge(*i, low)).chain(upper).collect();
        pen.rings(&[ring], role, 0.18);
    }
}
