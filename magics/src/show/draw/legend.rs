//! The legend: below the plot, in as many columns as fit.

use super::font;
use super::frame::MARGIN;
use super::pen::{Drawn, Pen, Stroke, Text};
use super::role::Role;

const SIZE: f64 = 11.5;
const ROW: f64 = 17.0;
/// The sample of a line before its label, and the space between them and after.
const SAMPLE: f64 = 22.0;
const GAP: f64 = 7.0;
const AFTER: f64 = 18.0;
/// No label is longer, so that one long name does not cost all others their columns.
const LONGEST: f64 = 300.0;
/// More rows would leave no room for the plot.
const ROWS: usize = 12;

/// Whether no two labels are alike.
fn distinct(labels: &[String]) -> bool {
    let mut unique: Vec<&String> = labels.iter().collect();
    unique.sort_unstable();
    unique.windows(2).all(|pair| pair[0] != pair[1])
}

/// A legend, laid out.
pub(crate) struct Legend {
    entries: Vec<(Role, String)>,
    more: usize,
    columns: usize,
    column: f64,
}

impl Legend {
    /// The legend of lines by their names, on a figure of that width.
    pub(crate) fn new(names: &[String], width: f64) -> Self {
        let roles = (0..names.len()).map(Role::line);
        Self::of(roles.zip(names.iter().cloned()).collect(), width)
    }

    /// The legend of what these roles draw.
    pub(crate) fn of(named: Vec<(Role, String)>, width: f64) -> Self {
        let (roles, names): (Vec<Role>, Vec<String>) = named.into_iter().unzip();
        let room = width - 2.0 * MARGIN;
        let cut = |most: f64| names.iter().map(|name| font::shortened(name, SIZE, most)).collect::<Vec<_>>();
        let mut labels = cut((room - SAMPLE - GAP).min(LONGEST.max(room / 2.0 - SAMPLE - GAP - AFTER)));
        if !distinct(&labels) {
            labels = cut(room - SAMPLE - GAP);
        }
        let entries: Vec<(Role, String)> = roles.into_iter().zip(labels).collect();
        let widest = entries.iter().map(|(_, name)| font::width(name, SIZE)).fold(0.0, f64::max);
        let column = SAMPLE + GAP + widest + AFTER;
        let columns = (((room + AFTER) / column) as usize).clamp(1, entries.len().max(1));
        let shown = if entries.len() > columns * ROWS { columns * ROWS - 1 } else { entries.len() };
        Self { more: entries.len() - shown, entries: entries.into_iter().take(shown).collect(), columns, column }
    }

    pub(crate) fn height(&self) -> f64 {
        let cells = self.entries.len() + usize::from(self.more > 0);
        if cells == 0 { 0.0 } else { cells.div_ceil(self.columns) as f64 * ROW + 6.0 }
    }

    /// Draws the legend, its upper edge at `top`.
    pub(crate) fn draw(&self, pen: &Pen, top: f64) -> Drawn {
        let cell = |i: usize| {
            let x = MARGIN + (i % self.columns) as f64 * self.column;
            (x, top + 6.0 + ((i / self.columns) as f64 + 0.5) * ROW)
        };
        let look = Text::new(SIZE, Role::Ink);
        for (i, (role, name)) in self.entries.iter().enumerate() {
            let (x, y) = cell(i);
            pen.rule((x, y), (x + SAMPLE, y), Stroke(*role, 2.0, 1.0))?;
            pen.text((x + SAMPLE + GAP, y), name, &look)?;
        }
        if self.more > 0 {
            let (x, y) = cell(self.entries.len());
            pen.text((x, y), &format!("… and {} more", self.more), &look)?;
        }
        Ok(())
    }
}
