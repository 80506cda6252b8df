//! Rows and columns in colour, with the numbers written where there is room for all of them.

use super::bar::{self, Bar};
use super::cells::{self, Lying};
use super::font;
use super::frame::{self, Heading, MARGIN, OFF, TICK};
use super::pen::{Drawn, Pen, Rect, Stroke, Text, Turn};
use super::ramp::Ramp;
use super::role::Role;
use crate::show::text::number::Digits;
use crate::show::{DrawError, Style};
use plotters::style::text_anchor::HPos;
use sdap::figure::HeatmapFigure;

/// A row is no higher than this, so that a few rows make a low figure; all of them together no lower than that.
const ROW: f64 = 44.0;
const LOWEST: f64 = 60.0;

/// How long the name of a column may be where it stands upright.
const LONGEST: f64 = 110.0;

/// How the numbers in the cells are written.
const NUMBER: Text = Text { across: HPos::Center, ..Text::new(10.5, Role::Ink) };

/// The colours of the cells.
pub(crate) fn ramp(figure: &HeatmapFigure, style: &Style) -> Option<Ramp> {
    Ramp::of(&figure.values, figure.quantity, style)
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &HeatmapFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let ramp = ramp(figure, style);
    let (width, wanted) = (f64::from(style.width), f64::from(style.height));
    let note = ramp.as_ref().and_then(bar::stretch);
    let subtitle = [Some(figure.subtitle.as_str()), note].into_iter().flatten().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ");
    let heading = Heading::new(&figure.title, &subtitle, width);
    let top = heading.bottom() + 12.0;
    let shortened = |names: &[String], room: f64| names.iter().map(|name| font::shortened(name, TICK, room)).collect::<Vec<_>>();
    let rows = shortened(&figure.rows, width * 0.28);
    let left = MARGIN + frame::widest(&rows) + OFF;
    let mut plot =
        Rect { x0: left, y0: top, x1: width - MARGIN, y1: top + (wanted - top - 60.0).clamp(LOWEST, ROW * rows.len() as f64 + LOWEST) };
    let lying = bar::lying(plot.height());
    let (mut bar, mut columns) = (None, Columns::of(&figure.columns, plot.width()));
    // How thick the colour bar is depends on the plot's height, which depends on how the columns' names lie beside the bar.
    for _ in 0..2 {
        let length = if lying == Lying::Upright { plot.height() } else { plot.width() };
        bar = ramp.as_ref().map(|r| Bar::new(r, &figure.scale, lying, length));
        let thick = |side: Lying| bar.as_ref().filter(|_| lying == side).map_or(0.0, Bar::thickness);
        plot.x1 = width - MARGIN - thick(Lying::Upright);
        columns = Columns::of(&figure.columns, plot.width());
        let room = wanted - top - OFF - columns.height - thick(Lying::Level) - MARGIN;
        plot.y1 = top + room.min(ROW * rows.len() as f64).max(LOWEST);
    }
    let below = plot.y1 + OFF + columns.height;
    let level = bar.as_ref().filter(|_| lying == Lying::Level).map_or(0.0, Bar::thickness);

    let pen = Pen::new(width, below + level + MARGIN)?;
    heading.draw(&pen)?;
    pen.fill(&plot, Role::Missing, 1.0)?;
    match &ramp {
        Some(ramp) => cells(&pen, &plot, figure, ramp)?,
        None => frame::nothing(&pen, &plot, frame::no_value(style))?,
    }
    pen.outline(&plot, Stroke(Role::Frame, 1.0, 1.0))?;
    let step = every(plot.height() / rows.len() as f64, TICK * font::LINE);
    let middle = |i: usize| plot.y0 + (i as f64 + 0.5) / rows.len() as f64 * plot.height();
    let look = Text::new(TICK, Role::Soft).ending();
    for (i, row) in rows.iter().enumerate().step_by(step) {
        pen.text((plot.x0 - OFF, middle(i)), row, &look)?;
    }
    columns.draw(&pen, &plot)?;
    if let Some(bar) = &bar {
        bar.draw(&pen, &plot, below - 6.0)?;
    }
    Ok(pen.finish(&figure.title, description))
}

/// Every how many names there is room for one that takes `need`, where each has `room`.
fn every(room: f64, need: f64) -> usize {
    (need / room).ceil().max(1.0) as usize
}

/// The names of the columns, below the plot.
struct Columns {
    names: Vec<String>,
    step: usize,
    turn: Turn,
    height: f64,
}

impl Columns {
    /// Level where all of them fit side by side, else upright.
    fn of(names: &[String], width: f64) -> Self {
        let line = TICK * font::LINE;
        let room = width / names.len().max(1) as f64;
        if frame::widest(names) + 6.0 <= room {
            return Self { names: names.to_vec(), step: 1, turn: Turn::Level, height: line };
        }
        let names: Vec<String> = names.iter().map(|name| font::shortened(name, TICK, LONGEST)).collect();
        let height = frame::widest(&names);
        Self { names, step: every(room, line), turn: Turn::Upwards, height }
    }

    fn draw(&self, pen: &Pen, plot: &Rect) -> Drawn {
        let look = Text::new(TICK, Role::Soft);
        for (i, name) in self.names.iter().enumerate().step_by(self.step) {
            let x = plot.x0 + (i as f64 + 0.5) / self.names.len() as f64 * plot.width();
            match self.turn {
                Turn::Level => pen.text((x, plot.y1 + OFF + TICK * font::LINE / 2.0), name, &look.centred())?,
                turn => pen.text((x, plot.y1 + OFF), name, &look.ending().turned(turn))?,
            }
        }
        Ok(())
    }
}

/// The cells' colours, and their numbers if there is room for every one.
fn cells(pen: &Pen, plot: &Rect, figure: &HeatmapFigure, ramp: &Ramp) -> Drawn {
    let (rows, columns) = figure.values.dim();
    let placed = |v: f64| ramp.spacing.placed(v).is_finite();
    let index = |v: f64| if placed(v) { ramp.index(v).max(1) } else { 0 };
    pen.picture(plot, &cells::encode(columns, &figure.values.iter().map(|v| index(*v)).collect::<Vec<_>>(), ramp)?);
    let digits = Digits::of(figure.values.iter().copied());
    let (across, down) = (plot.width() / columns as f64, plot.height() / rows as f64);
    let fits = |v: &f64| font::width(&digits.write(*v), NUMBER.size) + 6.0 <= across;
    if down < 15.0 || !figure.values.iter().all(fits) {
        return Ok(());
    }
    for ((row, column), v) in figure.values.indexed_iter().filter(|(_, v)| placed(**v)) {
        let point = (plot.x0 + (column as f64 + 0.5) * across, plot.y0 + (row as f64 + 0.5) * down);
        // The colours are the same by day and by night, and so is the ink on them.
        let role = if ramp.is_dark(index(*v)) { Role::Surf } else { Role::Shore };
        pen.text(point, &digits.write(*v), &Text { role, ..NUMBER })?;
    }
    Ok(())
}
