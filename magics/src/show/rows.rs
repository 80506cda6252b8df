//! A listing in rows and columns, written as an HTML table that needs no CSS and as text of fixed width.

use super::text::{number, printable};
use comfy_table::{CellAlignment, LineStyle, TableStyle};
use maud::html;

/// How many rows are shown: all up to this, else head and tail.
const MOST: usize = 20;
const HEAD: usize = 12;
const TAIL: usize = 6;

/// The side to which a column's cells are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// A listing.
pub(super) struct Rows {
    /// What it lists, with its count.
    pub(super) caption: String,
    /// The columns' headings.
    pub(super) columns: Vec<(String, Align)>,
    /// The rows to show.
    pub(super) cells: Vec<Vec<String>>,
    /// Before which of the rows shown how many were left out.
    pub(super) left_out: Option<(usize, usize)>,
    /// Sentences below.
    pub(super) notes: Vec<String>,
}

/// Keeps a short cell, such as two dates, on one line.
fn together(cell: &str) -> &'static str {
    const SHORT: usize = 24;
    if cell.chars().count() <= SHORT { ";white-space:nowrap" } else { "" }
}

/// Which of `n` rows are shown, and before which of them how many are left out.
pub(super) fn shown(n: usize) -> (Vec<usize>, Option<(usize, usize)>) {
    if n <= MOST {
        return ((0..n).collect(), None);
    }
    ((0..HEAD).chain(n - TAIL..n).collect(), Some((HEAD, n - HEAD - TAIL)))
}

impl Rows {
    /// The listing as HTML: a bare `<table>` with a caption.
    pub(super) fn html(&self) -> maud::Markup {
        let side = |align: Align| if align == Align::Right { "text-align:right" } else { "text-align:left" };
        html! {
            table style="border-collapse:collapse" {
                caption style="text-align:left;caption-side:top" { (self.caption) }
                thead { tr { @for (name, align) in &self.columns { th scope="col" style=(side(*align)) { (name) } } } }
                tbody {
                    @for (i, row) in self.cells.iter().enumerate() {
                        @if let Some((at, n)) = self.left_out && at == i {
                            tr { td colspan=(self.columns.len()) style="text-align:left" { (left_out(n)) } }
                        }
                        tr {
                            @for (cell, (_, align)) in row.iter().zip(&self.columns) {
                                td style={ (side(*align)) (together(cell)) } { (cell) }
                            }
                        }
                    }
                }
            }
            @for note in &self.notes { p { (note) } }
        }
    }

    /// The listing as text of fixed width, without colours.
    pub(super) fn text(&self) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_header(self.columns.iter().map(|(name, _)| name));
        for (i, row) in self.cells.iter().enumerate() {
            if self.left_out.is_some_and(|(at, _)| at == i) {
                table.add_row(self.columns.iter().map(|_| "…"));
            }
            table.add_row(row);
        }
        for (column, (_, align)) in table.column_iter_mut().zip(&self.columns) {
            column.set_cell_alignment(if *align == Align::Right { CellAlignment::Right } else { CellAlignment::Left });
        }
        let mut text = self.caption.clone();
        for line in table.lines() {
            text.push('\n');
            text.push_str(line.trim_end());
        }
        for line in self.left_out.map(|(_, n)| left_out(n)).iter().chain(&self.notes) {
            text.push('\n');
            text.push_str(line);
        }
        printable(&text)
    }
}

fn left_out(n: usize) -> String {
    format!("… {} not shown", number::counted(n, "row", "rows"))
}
