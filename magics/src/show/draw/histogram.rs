//! How often values occur: bars, with the mean and the standard deviation marked.

use super::frame;
use super::legend::Legend;
use super::pen::{Drawn, Rect, Stroke};
use super::plane::{Plane, Span, Words};
use super::role::Role;
use crate::show::DrawError;
use crate::show::style::{Spacing, Style};
use crate::show::text::{number, unit};
use sdap::figure::HistogramFigure;

/// The least count on a logarithmic axis: below one, so that a bar of one is seen.
const LEAST: f64 = 0.7;

/// The mean, and the numbers a standard deviation to either side of it, each with the role that draws it.
fn marks(figure: &HistogramFigure) -> Vec<(f64, Role)> {
    let (mean, spread) = (figure.mean, figure.standard_deviation);
    let around = [(mean - spread, Role::line(8)), (mean + spread, Role::line(8))];
    let around = around.into_iter().filter(|_| spread > 0.0);
    std::iter::once((mean, Role::line(1))).chain(around).filter(|(v, _)| v.is_finite()).collect()
}

/// What the marks mean, in words.
pub(crate) fn meanings(figure: &HistogramFigure) -> Vec<String> {
    let unit = unit::pretty(&figure.units);
    let size = figure.mean.abs().max(figure.standard_deviation);
    let said = |v: f64| format!("{} {unit}", number::short_beside(v, size)).trim_end().to_owned();
    let mut meanings = Vec::new();
    if figure.mean.is_finite() {
        meanings.push(format!("mean {}", said(figure.mean)));
    }
    if figure.standard_deviation > 0.0 {
        meanings.push(format!("mean ± standard deviation, {}", said(figure.standard_deviation)));
    }
    meanings
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &HistogramFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let roles = [Role::line(1), Role::line(8)];
    let legend = Legend::of(roles.into_iter().zip(meanings(figure)).collect(), f64::from(style.width));
    let words =
        Words { title: &figure.title, subtitle: &figure.subtitle, x: &figure.quantity, y: &format!("number of {}", figure.counted) };
    let most = figure.counts.iter().fold(0.0, |m: f64, n| m.max(*n));
    let least = if style.spacing == Spacing::Log { LEAST } else { 0.0 };
    let across = Style { spacing: Spacing::Even, ..*style };
    let upwards = Style { limits: None, ..*style };
    let ends = figure.edges.first().zip(figure.edges.last()).map(|(a, b)| (*a, *b));
    let spans = [Span { range: ends, style: &across }, Span { range: (most > 0.0).then_some((least, most)), style: &upwards }];
    let plane = Plane::new(&words, spans, style, None, &legend)?;
    if most > 0.0 {
        plane.pen.clipped(&plane.plot, |_| bars(&plane, figure))?;
    } else {
        frame::nothing(&plane.pen, &plane.plot, "all values are missing")?;
    }
    Ok(plane.pen.finish(&figure.title, description))
}

fn bars(plane: &Plane, figure: &HistogramFigure) -> Drawn {
    for (i, count) in figure.counts.iter().enumerate().filter(|(_, n)| **n > 0.0) {
        let ((x0, y0), (x1, _)) = (plane.place(figure.edges[i], *count), plane.place(figure.edges[i + 1], *count));
        // Neighbours stay apart by a hair where there is room for it.
        let gap = if x1 - x0 > 4.0 { 0.5 } else { 0.0 };
        plane.pen.fill(&Rect { x0: x0 + gap, y0, x1: x1 - gap, y1: plane.plot.y1 }, Role::line(0), 0.75)?;
    }
    for (at, role) in marks(figure) {
        let x = plane.place(at, plane.y.low).0;
        plane.pen.rule((x, plane.plot.y0), (x, plane.plot.y1), Stroke(role, 1.8, 1.0))?;
    }
    Ok(())
}
