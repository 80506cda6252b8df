//! A plot between two axes of numbers: the layout that scatter plots and histograms share.

use super::bar::{Bar, lying};
use super::cells::Lying;
use super::frame::{self, Edge, Heading, MARGIN, OFF, TITLE_LINE};
use super::legend::Legend;
use super::pen::{Drawn, Pen, Point, Rect, Stroke};
use super::ramp::Ramp;
use super::role::Role;
use super::scale::Scale;
use crate::show::{DrawError, Style};

/// The least height of a plot, below which the figure grows instead.
const LEAST: f64 = 120.0;

/// Pixels for each tick of an upright axis.
const TICK_ROOM: f64 = 46.0;

/// What is written around a plot.
pub(crate) struct Words<'a> {
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) x: &'a str,
    pub(crate) y: &'a str,
}

/// What an axis spans, and how.
pub(crate) struct Span<'a> {
    pub(crate) range: Option<(f64, f64)>,
    pub(crate) style: &'a Style,
}

/// A plot on paper, its axes drawn.
pub(crate) struct Plane {
    pub(crate) pen: Pen,
    pub(crate) plot: Rect,
    pub(crate) x: Scale,
    pub(crate) y: Scale,
}

impl Plane {
    /// Paper of the style's size with heading, legend, axes, gridlines and, where values are coloured, a colour bar with its title.
    pub(crate) fn new(
        words: &Words,
        [across, upwards]: [Span; 2],
        style: &Style,
        bar: Option<(&Ramp, &str)>,
        legend: &Legend,
    ) -> Result<Self, DrawError> {
        let (width, wanted) = (f64::from(style.width), f64::from(style.height));
        let heading = Heading::new(words.title, words.subtitle, width);
        let top = heading.bottom() + 20.0;
        let least = LEAST.max(wanted * 0.5);
        // The level axis is laid out twice: its title decides the plot's height, and that how wide the labels of the other are.
        let mut plot = Rect { x0: MARGIN + 60.0, y0: top, x1: width - MARGIN - 10.0, y1: top + least };
        let mut height = wanted;
        let mut lying_bar = None;
        let mut level = (frame::level_scale(across.range, plot.width(), across.style), Vec::new());
        let mut upright = (Scale::styled(upwards.range, 4, upwards.style), Vec::new());
        for _ in 0..2 {
            level.0 = frame::level_scale(across.range, plot.width(), across.style);
            level.1 = frame::level_title(words.x, &level.0, plot.width());
            let lying = lying(plot.height());
            let length = if lying == Lying::Upright { plot.height() } else { plot.width() };
            lying_bar = bar.map(|(ramp, title)| Bar::new(ramp, title, lying, length));
            let thick = |side: Lying| lying_bar.as_ref().filter(|_| lying == side).map_or(0.0, Bar::thickness);
            let below = frame::level_height(&level.1) + thick(Lying::Level) + legend.height() + MARGIN - 4.0;
            height = (top + below + least).max(wanted);
            plot.y1 = height - below;
            upright.0 = Scale::styled(upwards.range, ((plot.height() / TICK_ROOM) as usize).clamp(2, 8), upwards.style);
            upright.1 = frame::upright_title(words.y, plot.height());
            let title = upright.1.len() as f64 * TITLE_LINE;
            plot.x0 = MARGIN + title + 6.0 + frame::widest(&upright.0.labels) + OFF;
            plot.x1 = width - MARGIN - 10.0 - thick(Lying::Upright);
        }
        let pen = Pen::new(width, height)?;
        heading.draw(&pen)?;
        let plane = Self { pen, plot, x: level.0, y: upright.0 };
        plane.grid()?;
        plane.axes(&level.1, &upright.1, width)?;
        if let Some(bar) = &lying_bar {
            bar.draw(&plane.pen, &plot, plot.y1 + frame::level_height(&level.1) - 6.0)?;
        }
        legend.draw(&plane.pen, height - legend.height() - MARGIN + 4.0)?;
        Ok(plane)
    }

    /// Where a pair of numbers stands.
    pub(crate) fn place(&self, x: f64, y: f64) -> Point {
        (self.plot.x0 + self.x.share(x) * self.plot.width(), self.plot.y1 - self.y.share(y) * self.plot.height())
    }

    fn grid(&self) -> Drawn {
        for tick in &self.x.ticks {
            let x = self.place(*tick, self.y.low).0;
            self.pen.rule((x, self.plot.y0), (x, self.plot.y1), Stroke(Role::Grid, 1.0, 1.0))?;
        }
        for tick in &self.y.ticks {
            let y = self.place(self.x.low, *tick).1;
            self.pen.rule((self.plot.x0, y), (self.plot.x1, y), Stroke(Role::Grid, 1.0, 1.0))?;
        }
        Ok(())
    }

    fn axes(&self, level: &[String], upright: &[String], width: f64) -> Drawn {
        let Self { pen, plot, x, y } = self;
        frame::level(pen, plot, x, level, width)?;
        let labelled = y.ticks.iter().zip(&y.labels).map(|(tick, label)| (self.place(x.low, *tick).1, label.clone()));
        frame::upright(pen, plot, Edge::Left, labelled, Role::Soft)?;
        frame::factor(pen, plot, Edge::Left, y, Role::Soft)?;
        frame::title_beside(pen, plot, Edge::Left, MARGIN, upright, Role::Ink)?;
        pen.rule((plot.x0, plot.y0), (plot.x0, plot.y1), Stroke(Role::Frame, 1.0, 1.0))?;
        pen.rule((plot.x0, plot.y1), (plot.x1, plot.y1), Stroke(Role::Frame, 1.0, 1.0))
    }
}

/// No legend.
pub(crate) fn no_legend() -> Legend {
    Legend::of(Vec::new(), 0.0)
}
