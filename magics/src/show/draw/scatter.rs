//! One quantity against another: dots, or where they are many the number of them in each of many small bins; and the line that fits.

use super::cells;
use super::frame;
use super::pen::{Drawn, Stroke, at};
use super::plane::{Plane, Span, Words, no_legend};
use super::ramp::Ramp;
use super::role::Role;
use super::scale::{self, Scale};
use crate::show::style::{Spacing, Style};
use crate::show::text::number;
use crate::show::{DrawError, MOST_ROWS};
use sdap::figure::{Quantity, ScatterFigure};
use sdap::{Column, Regression};

/// Bins across and upwards: together no more than the rows of a chart.
const ACROSS: usize = 100;
const UPWARDS: usize = 50;

/// How many pairs each bin has.
pub(crate) struct Density {
    pub(crate) x: Scale,
    pub(crate) y: Scale,
    /// Rows from below, each from the left.
    counts: Vec<f64>,
}

impl Density {
    /// The bins that are not empty: across, upwards, and their counts.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (usize, usize, f64)> {
        self.counts.iter().enumerate().filter(|(_, n)| **n > 0.0).map(|(i, n)| (i % ACROSS, i / ACROSS, *n))
    }

    /// The numbers at the edges of a bin, `[west, east, south, north]`.
    pub(crate) fn edges(&self, i: usize, j: usize) -> [f64; 4] {
        let edge = |scale: &Scale, share: f64| match scale.spacing {
            Spacing::Even => scale.low + share * (scale.high - scale.low),
            Spacing::Log => scale.low * (scale.high / scale.low).powf(share),
        };
        let (across, upwards) = (|i: usize| edge(&self.x, i as f64 / ACROSS as f64), |j: usize| edge(&self.y, j as f64 / UPWARDS as f64));
        [across(i), across(i + 1), upwards(j), upwards(j + 1)]
    }

    /// The colours of the counts.
    pub(crate) fn ramp(&self, style: &Style) -> Option<Ramp> {
        let counts: Vec<f64> = self.filled().map(|(.., n)| n).collect();
        let most = counts.iter().fold(0.0, |m: f64, n| m.max(*n));
        let spacing = if most > 30.0 { Spacing::Log } else { Spacing::Even };
        let ramp = Ramp::of(&counts, Quantity::Other, &Style { limits: None, spacing, ..*style })?;
        Some(ramp.within(1.0, most.max(2.0)))
    }
}

/// The pairs that have a place on both axes.
pub(crate) fn placed(figure: &ScatterFigure, spacing: Spacing) -> impl Iterator<Item = usize> {
    let there = move |c: &Column, i: usize| spacing.placed(c[i]).is_finite();
    (0..figure.x.values.len()).filter(move |i| there(&figure.x.values, *i) && there(&figure.y.values, *i))
}

/// The style of the level axis: limits are those of the upright one.
fn across(style: &Style) -> Style {
    Style { limits: None, ..*style }
}

fn range(figure: &ScatterFigure, style: &Style, of: &Column) -> Option<(f64, f64)> {
    scale::range(placed(figure, style.spacing).map(|i| of[i]))
}

/// The counts of a figure that has more pairs than can be drawn one by one.
pub(crate) fn density(figure: &ScatterFigure, style: &Style) -> Option<Density> {
    if figure.x.values.len() <= MOST_ROWS {
        return None;
    }
    let x = Scale::styled(range(figure, style, &figure.x.values), 5, &across(style));
    let y = Scale::styled(range(figure, style, &figure.y.values), 5, style);
    let mut counts = vec![0.0; ACROSS * UPWARDS];
    let bin = |scale: &Scale, v: f64, n: usize| {
        let share = scale.share(v);
        (0.0..=1.0).contains(&share).then(|| ((share * n as f64) as usize).min(n - 1))
    };
    for i in placed(figure, style.spacing) {
        if let (Some(column), Some(row)) = (bin(&x, figure.x.values[i], ACROSS), bin(&y, figure.y.values[i], UPWARDS)) {
            counts[row * ACROSS + column] += 1.0;
        }
    }
    Some(Density { x, y, counts })
}

/// The colours of the dots, where a third quantity colours them.
pub(crate) fn colours(figure: &ScatterFigure, style: &Style) -> Option<Ramp> {
    let measure = figure.colour.as_ref()?;
    Ramp::of(&measure.values, measure.quantity, &Style { limits: None, spacing: Spacing::Even, ..*style })
}

/// What the pairs say: `r = 0.87 · n = 730 · slope 0.45 ± 0.02 m³ s⁻¹ per mm`; and how they are drawn, if not as dots.
pub(crate) fn notes(figure: &ScatterFigure) -> Vec<String> {
    let n = figure.x.values.len();
    let mut notes = Vec::new();
    if let Some(Regression { slope, r, error, .. }) = &figure.fit {
        notes.push(format!("r\u{a0}=\u{a0}{}", number::significant(*r, 3)));
        notes.push(format!("n\u{a0}=\u{a0}{}", number::count(n)));
        notes.push(
            format!("slope {}\u{a0}±\u{a0}{} {}", number::significant(*slope, 3), number::significant(*error, 2), figure.slope_units)
                .trim_end()
                .to_owned(),
        );
    } else {
        notes.push(format!("n\u{a0}=\u{a0}{}", number::count(n)));
    }
    if n > MOST_ROWS {
        let colours = if figure.colour.is_some() { ", not by the third quantity" } else { "" };
        notes.push(format!("coloured by the number of pairs in each of {ACROSS} × {UPWARDS} bins{colours}"));
    }
    notes
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &ScatterFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let notes = notes(figure);
    let parts = std::iter::once(figure.subtitle.as_str()).chain(notes.iter().map(String::as_str));
    let subtitle = parts.filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ");
    let words = Words { title: &figure.title, subtitle: &subtitle, x: &figure.x.title, y: &figure.y.title };
    let density = density(figure, style);
    let ramp = density.as_ref().map_or_else(|| colours(figure, style), |d| d.ramp(style));
    let title = match (&density, &figure.colour) {
        (None, Some(colour)) => &colour.title,
        _ => "pairs in each bin",
    };
    let level = across(style);
    let spans = [
        Span { range: range(figure, style, &figure.x.values), style: &level },
        Span { range: range(figure, style, &figure.y.values), style },
    ];
    let plane = Plane::new(&words, spans, style, ramp.as_ref().map(|r| (r, title)), &no_legend())?;
    if placed(figure, style.spacing).next().is_none() {
        frame::nothing(&plane.pen, &plane.plot, if figure.x.values.is_empty() { "no pairs" } else { frame::no_value(style) })?;
    }
    match (&density, &ramp) {
        (Some(density), Some(ramp)) => {
            let pixels = (0..UPWARDS).rev().flat_map(|row| &density.counts[row * ACROSS..(row + 1) * ACROSS]);
            let pixels: Vec<u8> = pixels.map(|n| if *n > 0.0 { ramp.index(*n).max(1) } else { 0 }).collect();
            plane.pen.picture(&plane.plot, &cells::encode(ACROSS, &pixels, ramp)?);
        }
        _ => plane.pen.clipped(&plane.plot.grown(4.0), |_| dots(&plane, figure, style, ramp.as_ref())),
    }
    plane.pen.clipped(&plane.plot, |_| fitted(&plane, figure, density.is_some()))?;
    Ok(plane.pen.finish(&figure.title, description))
}

fn dots(plane: &Plane, figure: &ScatterFigure, style: &Style, ramp: Option<&Ramp>) {
    let centre = |i: usize| at(plane.place(figure.x.values[i], figure.y.values[i]));
    let size = if figure.x.values.len() > 600 { 3.6 } else { 5.2 };
    let (Some(ramp), Some(measure)) = (ramp, &figure.colour) else {
        let centres: Vec<(i32, i32)> = placed(figure, style.spacing).map(centre).collect();
        plane.pen.dots(&centres, size, Role::line(0), 0.7);
        return;
    };
    let mut by_colour: std::collections::BTreeMap<u8, Vec<(i32, i32)>> = std::collections::BTreeMap::new();
    let mut uncoloured = Vec::new();
    for i in placed(figure, style.spacing) {
        if measure.values[i].is_finite() {
            by_colour.entry(ramp.index(measure.values[i])).or_default().push(centre(i));
        } else {
            uncoloured.push(centre(i));
        }
    }
    // A rim keeps dark dots visible on dark paper, and light ones on light.
    let all: Vec<(i32, i32)> = by_colour.values().flatten().copied().collect();
    plane.pen.dots(&all, size + 1.2, Role::Soft, 1.0);
    plane.pen.dots(&uncoloured, size, Role::Missing, 1.0);
    for (index, centres) in by_colour {
        plane.pen.tinted_dots(&centres, size, &ramp.colour(index));
    }
}

/// A line that a logarithmic axis bends is drawn in so many parts.
const PARTS: usize = 120;

/// The line that fits; over bins with a rim, so that it is seen on all their colours. On logarithmic axes it is a curve.
fn fitted(plane: &Plane, figure: &ScatterFigure, over_bins: bool) -> Drawn {
    let Some(fit) = &figure.fit else { return Ok(()) };
    let share = |i: usize| i as f64 / PARTS as f64;
    let x = |i: usize| match plane.x.spacing {
        Spacing::Even => plane.x.low + share(i) * (plane.x.high - plane.x.low),
        Spacing::Log => plane.x.low * (plane.x.high / plane.x.low).powf(share(i)),
    };
    let points = (0..=PARTS).filter(|i| plane.x.spacing == Spacing::Log || *i == 0 || *i == PARTS).map(x);
    let points: Vec<(f64, f64)> = points.map(|x| (x, fit.slope * x + fit.intercept)).map(|(x, y)| plane.place(x, y)).collect();
    if over_bins {
        plane.pen.curve(&points, Stroke(Role::Paper, 4.5, 0.8))?;
    }
    plane.pen.curve(&points, Stroke(Role::line(1), 2.0, 1.0))
}
