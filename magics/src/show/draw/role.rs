//! What each part of a figure is, and the colour that gives it by day and by night.

use plotters::style::RGBAColor;
use plotters_backend::BackendColor;

/// The part that something drawn plays. Its colour follows the reader's theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The figure's own background.
    Paper,
    /// The title, and whatever must be read first.
    Ink,
    /// The subtitle and the labels of ticks.
    Soft,
    /// The edges of the plot.
    Frame,
    /// Gridlines.
    Grid,
    /// A gridline that means something, such as zero.
    Zero,
    /// Where a map has no number.
    Missing,
    /// Water on a map that colours nothing.
    Water,
    /// Land below the cells.
    Land,
    /// Coastlines on plain water and land.
    Coast,
    /// Coastlines over coloured cells, whose colours are the same in both themes.
    Shore,
    /// The light rim that keeps a shore visible on dark cells.
    Surf,
    /// Meridians and parallels.
    Graticule,
    /// A box on a map.
    Mark,
    /// The line of that number.
    Line(u8),
}

/// Light and dark colour of each role but the lines, by code.
const FIXED: [(Role, &str, &str); 14] = [
    (Role::Paper, "#ffffff", "#111418"),
    (Role::Ink, "#1b1f24", "#e8eaed"),
    (Role::Soft, "#4d5561", "#b3bac4"),
    (Role::Frame, "#6b7480", "#8b949e"),
    (Role::Grid, "#e4e7eb", "#2b3036"),
    (Role::Zero, "#a3abb5", "#5b636d"),
    (Role::Missing, "#dcdfe3", "#2b3036"),
    (Role::Water, "#e9f1f7", "#18222c"),
    (Role::Land, "#c9cdd3", "#474d55"),
    (Role::Coast, "#3b424b", "#c3c9d1"),
    (Role::Shore, "#14181c", "#14181c"),
    (Role::Surf, "#ffffff", "#ffffff"),
    (Role::Graticule, "#8a939e", "#767f8a"),
    (Role::Mark, "#c2410c", "#ff9a62"),
];

/// Colours that stay apart for colour-blind readers, after Okabe and Ito, darkened for white and lightened for black paper.
const LINES: [(&str, &str); 7] = [
    ("#0072b2", "#4fa8e0"),
    ("#d55e00", "#ff8b47"),
    ("#009e73", "#2fc79a"),
    ("#b8528f", "#e79bc6"),
    ("#b98100", "#f0c04a"),
    ("#41a3dc", "#a4dbf8"),
    ("#5a5f66", "#c2c7cd"),
];

/// How a line is broken into dashes: solid first, then others once the colours are used up.
const DASHES: [&str; 3] = ["", "60 30", "20 30"];

impl Role {
    /// The colour and dashes of line `index`.
    pub(crate) fn line(index: usize) -> Self {
        Self::Line((index % (LINES.len() * DASHES.len())) as u8)
    }

    /// Stands for the role in plotters' colours; only [`super::sheet::Sheet`] reads it.
    pub(crate) fn colour(self) -> RGBAColor {
        RGBAColor(self.code(), 0, 0, 1.0)
    }

    /// The role that a colour stands for.
    pub(crate) fn of(colour: BackendColor) -> Self {
        let code = usize::from(colour.rgb.0);
        FIXED.get(code).map_or_else(|| Self::line(code - FIXED.len()), |(role, ..)| *role)
    }

    /// A number that names the role in an SVG's classes.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Line(n) => FIXED.len() as u8 + n,
            fixed => FIXED.iter().position(|(role, ..)| *role == fixed).unwrap_or(0) as u8,
        }
    }

    /// The colour on white paper.
    pub(crate) fn light(self) -> &'static str {
        match self {
            Self::Line(n) => LINES[usize::from(n) % LINES.len()].0,
            fixed => FIXED[usize::from(fixed.code())].1,
        }
    }

    /// The colour on black paper.
    pub(crate) fn dark(self) -> &'static str {
        match self {
            Self::Line(n) => LINES[usize::from(n) % LINES.len()].1,
            fixed => FIXED[usize::from(fixed.code())].2,
        }
    }

    /// The dashes, in tenths of a pixel; empty for a solid line.
    pub(crate) fn dashes(self) -> &'static str {
        match self {
            Self::Line(n) => DASHES[usize::from(n) / LINES.len() % DASHES.len()],
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::style::Color;

    #[test]
    fn a_role_comes_back_from_the_colour_that_stands_for_it() {
        let lines = (0..21).map(Role::line);
        for role in FIXED.iter().map(|(role, ..)| *role).chain(lines) {
            assert_eq!(Role::of(role.colour().to_backend_color()), role);
        }
    }

    #[test]
    fn twenty_one_lines_differ_by_colour_or_dash() {
        let mut looks: Vec<_> = (0..21).map(|i| (Role::line(i).light(), Role::line(i).dashes())).collect();
        looks.sort_unstable();
        looks.dedup();
        assert_eq!(looks.len(), 21);
        assert_eq!(Role::line(21), Role::line(0));
    }
}
