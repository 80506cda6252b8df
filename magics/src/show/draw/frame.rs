//! What figures of all kinds share: the heading, and axes with ticks, labels and titles.

use super::calendar;
use super::font;
use super::pen::{Drawn, Pen, Rect, Stroke, Text, Turn};
use super::role::Role;
use super::scale::Scale;
use crate::show::style::{Spacing, Style};

/// Space between the paper's edge and whatever stands nearest to it.
pub(crate) const MARGIN: f64 = 14.0;

/// Sizes of text, in CSS pixels.
pub(crate) const TITLE: f64 = 15.0;
pub(crate) const SUBTITLE: f64 = 11.5;
pub(crate) const TICK: f64 = 11.0;
pub(crate) const AXIS: f64 = 12.0;

/// How long the mark of a tick is, and how far its label stands from the plot.
const MARK: f64 = 4.0;
pub(crate) const OFF: f64 = 8.0;

/// How far an axis title takes the plot from the paper's edge, for each of its lines.
pub(crate) const TITLE_LINE: f64 = AXIS * font::LINE;

/// Title and subtitle, wrapped to the figure's width.
pub(crate) struct Heading {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Heading {
    pub(crate) fn new(title: &str, subtitle: &str, width: f64) -> Self {
        let room = width - 2.0 * MARGIN;
        let mut subtitle = font::wrapped(subtitle, SUBTITLE, room, 4);
        // A dot between two parts says nothing at the end of a line or at its beginning.
        for line in &mut subtitle {
            *line = line.trim_matches([' ', '·']).to_owned();
        }
        Self { title: font::wrapped(title, TITLE, room, 3), subtitle }
    }

    /// Where the figure may go on.
    pub(crate) fn bottom(&self) -> f64 {
        let text = self.title.len() as f64 * TITLE * font::LINE + self.subtitle.len() as f64 * SUBTITLE * font::LINE;
        if text > 0.0 { 10.0 + text } else { 6.0 }
    }

    pub(crate) fn draw(&self, pen: &Pen) -> Drawn {
        let mut y = 10.0;
        for (lines, size, role) in [(&self.title, TITLE, Role::Ink), (&self.subtitle, SUBTITLE, Role::Soft)] {
            for line in lines {
                pen.text((MARGIN, y + size * font::LINE / 2.0), line, &Text::new(size, role))?;
                y += size * font::LINE;
            }
        }
        Ok(())
    }
}

/// The edge of a plot at which an upright axis stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    Left,
    Right,
}

/// How wide the widest label is.
pub(crate) fn widest<'a>(labels: impl IntoIterator<Item = &'a String>) -> f64 {
    labels.into_iter().map(|l| font::width(l, TICK)).fold(0.0, f64::max)
}

/// The lines of an upright axis title that fit beside a plot of that height.
pub(crate) fn upright_title(title: &str, height: f64) -> Vec<String> {
    font::wrapped(title, AXIS, height, 2)
}

/// Marks, labels and factor of an upright axis; `place` gives the height on the figure of a number.
pub(crate) fn upright(pen: &Pen, plot: &Rect, edge: Edge, labelled: impl IntoIterator<Item = (f64, String)>, role: Role) -> Drawn {
    let (x, out) = if edge == Edge::Left { (plot.x0, -1.0) } else { (plot.x1, 1.0) };
    let look = Text::new(TICK, role);
    let look = if edge == Edge::Left { look.ending() } else { look };
    for (y, label) in labelled {
        pen.rule((x, y), (x + out * MARK, y), Stroke(Role::Frame, 1.0, 1.0))?;
        pen.text((x + out * OFF, y), &label, &look)?;
    }
    Ok(())
}

/// The factor by which an axis's labels are to be multiplied, above its upper end.
pub(crate) fn factor(pen: &Pen, plot: &Rect, edge: Edge, scale: &Scale, role: Role) -> Drawn {
    let Some(factor) = &scale.factor else { return Ok(()) };
    let look = Text::new(TICK, role);
    match edge {
        Edge::Left => pen.text((plot.x0, plot.y0 - 9.0), factor, &look),
        Edge::Right => pen.text((plot.x1, plot.y0 - 9.0), factor, &look.ending()),
    }
}

/// An upright axis title, in the middle of the plot's height; its outermost line is nearest to `x`.
pub(crate) fn title_beside(pen: &Pen, plot: &Rect, edge: Edge, x: f64, lines: &[String], role: Role) -> Drawn {
    let middle = f64::midpoint(plot.y0, plot.y1);
    let (turn, inwards) = if edge == Edge::Left { (Turn::Upwards, 1.0) } else { (Turn::Downwards, -1.0) };
    for (i, line) in lines.iter().enumerate() {
        let x = x + inwards * (i as f64 + 0.5) * TITLE_LINE;
        pen.text((x, middle), line, &Text::new(AXIS, role).centred().turned(turn))?;
    }
    Ok(())
}

/// How much a level time axis takes below the plot, with its title.
pub(crate) fn time_height(ticks: &[calendar::Tick]) -> f64 {
    let rows = if ticks.iter().any(|t| t.below.is_some()) { 2.0 } else { 1.0 };
    OFF + rows * TICK * font::LINE + 4.0 + AXIS * font::LINE
}

/// Marks, labels and title of a level time axis below the plot, on paper of that width; labels that would leave it are left out.
pub(crate) fn time(pen: &Pen, plot: &Rect, ticks: &[calendar::Tick], place: impl Fn(i64) -> f64, (width, title): (f64, &str)) -> Drawn {
    let look = Text::new(TICK, Role::Soft).centred();
    let line = TICK * font::LINE;
    let top = plot.y1 + OFF + line / 2.0;
    for tick in ticks {
        let x = place(tick.at);
        pen.rule((x, plot.y1), (x, plot.y1 + MARK), Stroke(Role::Frame, 1.0, 1.0))?;
        for (text, y) in [(Some(&tick.label), top), (tick.below.as_ref(), top + line)] {
            let Some(text) = text else { continue };
            let half = font::width(text, TICK) / 2.0;
            if x - half >= 5.0 && x + half <= width - 5.0 {
                pen.text((x, y), text, &look)?;
            }
        }
    }
    let y = plot.y1 + time_height(ticks) - AXIS * font::LINE / 2.0;
    pen.text((f64::midpoint(plot.x0, plot.x1), y), title, &Text::new(AXIS, Role::Ink).centred())
}

/// How much a level axis of numbers takes below the plot, with the lines of its title.
pub(crate) fn level_height(title: &[String]) -> f64 {
    OFF + TICK * font::LINE + 4.0 + title.len() as f64 * TITLE_LINE
}

/// A level axis for a plot of that width: with as many ticks as there is room for their labels.
pub(crate) fn level_scale(range: Option<(f64, f64)>, width: f64, style: &Style) -> Scale {
    let fits = |scale: &Scale| {
        let place = |i: usize| scale.share(scale.ticks[i]) * width;
        let half = |i: usize| font::width(&scale.labels[i], TICK) / 2.0;
        (1..scale.ticks.len()).all(|i| place(i) - place(i - 1) >= half(i) + half(i - 1) + TICK)
    };
    let scales = (2..=((width / 60.0) as usize).clamp(2, 10)).rev().map(|wanted| Scale::styled(range, wanted, style));
    let mut narrow = Scale::styled(range, 2, style);
    scales.into_iter().find(fits).unwrap_or_else(|| {
        narrow.ticks.truncate(1);
        narrow.labels.truncate(1);
        narrow
    })
}

/// The lines of a level axis title, the factor of its labels behind it.
pub(crate) fn level_title(title: &str, scale: &Scale, width: f64) -> Vec<String> {
    let title = scale.factor.as_ref().map_or_else(|| title.to_owned(), |factor| format!("{title}  {factor}"));
    font::wrapped(title.trim(), AXIS, width, 2)
}

/// Marks, labels and title of a level axis of numbers below the plot, on paper of that width.
pub(crate) fn level(pen: &Pen, plot: &Rect, scale: &Scale, title: &[String], width: f64) -> Drawn {
    let look = Text::new(TICK, Role::Soft).centred();
    let y = plot.y1 + OFF + TICK * font::LINE / 2.0;
    for (tick, label) in scale.ticks.iter().zip(&scale.labels) {
        let x = plot.x0 + scale.share(*tick) * plot.width();
        pen.rule((x, plot.y1), (x, plot.y1 + MARK), Stroke(Role::Frame, 1.0, 1.0))?;
        let half = font::width(label, TICK) / 2.0;
        if x - half >= 5.0 && x + half <= width - 5.0 {
            pen.text((x, y), label, &look)?;
        }
    }
    let below = plot.y1 + OFF + TICK * font::LINE + 4.0;
    for (i, line) in title.iter().enumerate() {
        let middle = f64::midpoint(plot.x0, plot.x1);
        pen.text((middle, below + (i as f64 + 0.5) * TITLE_LINE), line, &Text::new(AXIS, Role::Ink).centred())?;
    }
    Ok(())
}

/// Why no value could be drawn.
pub(crate) fn no_value(style: &Style) -> &'static str {
    match style.spacing {
        Spacing::Even => "all values are missing",
        Spacing::Log => "no value is above zero, as a logarithmic scale needs it",
    }
}

/// Words in the middle of a plot that has nothing to show.
pub(crate) fn nothing(pen: &Pen, plot: &Rect, words: &str) -> Drawn {
    let middle = (f64::midpoint(plot.x0, plot.x1), f64::midpoint(plot.y0, plot.y1));
    let words = font::shortened(words, AXIS, plot.width() - 8.0);
    let look = Text::new(AXIS, Role::Ink).centred();
    let space = look.space(middle, &words);
    pen.fill(&Rect { x0: space.x0 - 6.0, y0: space.y0 - 3.0, x1: space.x1 + 6.0, y1: space.y1 + 3.0 }, Role::Paper, 0.85)?;
    pen.text(middle, &words, &look)
}
