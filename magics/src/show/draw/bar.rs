//! The colour bar: beside the plot, or below a plot that is too low for it.

use super::cells::{self, Lying};
use super::font;
use super::frame::{self, AXIS, OFF, TICK, TITLE_LINE};
use super::pen::{Drawn, Pen, Rect, Stroke, Text, Turn};
use super::ramp::Ramp;
use super::role::Role;
use super::scale::Scale;

const THICK: f64 = 13.0;
/// How far the arrows reach that say that numbers go on.
const ARROW: f64 = 9.0;
/// From the plot to the bar.
const APART: f64 = 16.0;

/// A colour bar, laid out.
pub(crate) struct Bar<'a> {
    ramp: &'a Ramp,
    scale: Scale,
    title: Vec<String>,
    lying: Lying,
}

impl<'a> Bar<'a> {
    /// A bar for a plot of that length along the bar.
    pub(crate) fn new(ramp: &'a Ramp, title: &str, lying: Lying, length: f64) -> Self {
        let room = if lying == Lying::Upright { 40.0 } else { 70.0 };
        let scale = Scale::spaced(ramp.low, ramp.high, ramp.spacing, ((length / room) as usize).clamp(2, 8));
        let title = match &scale.factor {
            Some(factor) => format!("{title}  {factor}"),
            None => title.to_owned(),
        };
        Self { ramp, title: font::wrapped(title.trim(), AXIS, length, 2), scale, lying }
    }

    /// How much space the bar takes beside, or below, the plot.
    pub(crate) fn thickness(&self) -> f64 {
        let title = self.title.len() as f64 * TITLE_LINE;
        match self.lying {
            Lying::Upright => APART + THICK + OFF + frame::widest(&self.scale.labels) + 6.0 + title,
            Lying::Level => APART + THICK + OFF + TICK * font::LINE + title,
        }
    }

    /// Draws the bar beside the plot, or below `top`.
    pub(crate) fn draw(&self, pen: &Pen, plot: &Rect, top: f64) -> Drawn {
        let reach = |there: bool| if there { ARROW } else { 0.0 };
        let (below, above) = (reach(self.ramp.below), reach(self.ramp.above));
        let rect = match self.lying {
            Lying::Upright => Rect { x0: plot.x1 + APART, y0: plot.y0 + above, x1: plot.x1 + APART + THICK, y1: plot.y1 - below },
            Lying::Level => Rect { x0: plot.x0 + below, y0: top + APART, x1: plot.x1 - above, y1: top + APART + THICK },
        };
        pen.picture(&rect, &cells::strip(self.ramp, self.lying)?);
        self.arrows(pen, &rect)?;
        pen.outline(&rect, Stroke(Role::Frame, 1.0, 1.0))?;
        self.labels(pen, &rect)
    }

    /// The tip of the arrow at the low and at the high end, where numbers go on.
    fn tips(&self, rect: &Rect) -> [Option<[(f64, f64); 3]>; 2] {
        let (x, y) = (f64::midpoint(rect.x0, rect.x1), f64::midpoint(rect.y0, rect.y1));
        let (low, high) = match self.lying {
            Lying::Upright => (
                [(rect.x0, rect.y1), (x, rect.y1 + ARROW), (rect.x1, rect.y1)],
                [(rect.x0, rect.y0), (x, rect.y0 - ARROW), (rect.x1, rect.y0)],
            ),
            Lying::Level => (
                [(rect.x0, rect.y0), (rect.x0 - ARROW, y), (rect.x0, rect.y1)],
                [(rect.x1, rect.y0), (rect.x1 + ARROW, y), (rect.x1, rect.y1)],
            ),
        };
        [self.ramp.below.then_some(low), self.ramp.above.then_some(high)]
    }

    fn arrows(&self, pen: &Pen, rect: &Rect) -> Drawn {
        for (tip, colour) in self.tips(rect).iter().zip(self.ramp.ends()) {
            if let Some(tip) = tip {
                pen.tinted(tip, &colour);
                pen.curve(tip, Stroke(Role::Frame, 1.0, 1.0))?;
            }
        }
        Ok(())
    }

    fn labels(&self, pen: &Pen, rect: &Rect) -> Drawn {
        let share = |v: f64| self.scale.share(v);
        match self.lying {
            Lying::Upright => {
                let place = |v: f64| rect.y1 - share(v) * rect.height();
                let labelled = self.scale.ticks.iter().zip(&self.scale.labels).map(|(t, l)| (place(*t), l.clone()));
                frame::upright(pen, rect, frame::Edge::Right, labelled, Role::Soft)?;
                let x = rect.x1 + OFF + frame::widest(&self.scale.labels) + 6.0;
                for (i, line) in self.title.iter().enumerate() {
                    let look = Text::new(AXIS, Role::Ink).centred().turned(Turn::Downwards);
                    let x = x + ((self.title.len() - 1 - i) as f64 + 0.5) * TITLE_LINE;
                    pen.text((x, f64::midpoint(rect.y0, rect.y1)), line, &look)?;
                }
            }
            Lying::Level => {
                let look = Text::new(TICK, Role::Soft).centred();
                for (tick, label) in self.scale.ticks.iter().zip(&self.scale.labels) {
                    let x = rect.x0 + share(*tick) * rect.width();
                    pen.rule((x, rect.y1), (x, rect.y1 + 4.0), Stroke(Role::Frame, 1.0, 1.0))?;
                    pen.text((x, rect.y1 + OFF + TICK * font::LINE / 2.0), label, &look)?;
                }
                for (i, line) in self.title.iter().enumerate() {
                    let y = rect.y1 + OFF + TICK * font::LINE + (i as f64 + 0.5) * TITLE_LINE;
                    pen.text((f64::midpoint(rect.x0, rect.x1), y), line, &Text::new(AXIS, Role::Ink).centred())?;
                }
            }
        }
        Ok(())
    }
}

/// Where the colours go, and how much of the paper they take: beside a plot that is high enough, else below it.
pub(crate) fn lying(height: f64) -> Lying {
    if height >= 170.0 { Lying::Upright } else { Lying::Level }
}

/// The sentence that says that the colours do not span all numbers.
pub(crate) fn stretch(ramp: &Ramp) -> Option<&'static str> {
    ramp.is_stretched().then_some("colours span the 2nd to 98th percentile")
}
