//! From a line of the program that evcxr generates to the line of the cell it came from.

use crate::{
    syntax::{Cell, Kind},
    weave::{Place, Woven},
};

/// The cell's line, counted from 1, that stands in line `line` of the generated program, counted from 1.
///
/// evcxr copies each statement whole: items in front, the others in order.
pub(crate) fn cell_line(generated: &str, line: usize, woven: &Woven) -> Option<usize> {
    let text = &woven.text;
    let mut searched = 0;
    for statement in Cell::parse(text).statements {
        let chunk = &text[statement.range.clone()];
        let from = if matches!(statement.kind, Kind::Item) { 0 } else { searched };
        let Some(at) = generated[from..].find(chunk).map(|at| at + from) else { continue };
        if !matches!(statement.kind, Kind::Item) {
            searched = at + chunk.len();
        }
        let (first, own_first) = (line_at(generated, at), line_at(text, statement.range.start));
        if (first..first + chunk.lines().count()).contains(&line) {
            let column = if line == first { column_at(text, statement.range.start) } else { 1 };
            let inside = Place { line: own_first + line - first, column };
            return Some(woven.original_place(inside).line);
        }
    }
    None
}

fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

fn column_at(text: &str, offset: usize) -> usize {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    text[start..offset].chars().count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weave::Insertion;

    /// As evcxr would: items first, then the other statements between its own lines.
    const GENERATED: &str =
        "use std::fmt;\nfn f() {\n    g();\n}\npub fn run() {\nbegin(); let a = 1;\na + 1;\na + 1;\n(\nf(\n a)\n).evcxr_display();\n}\n";

    fn woven() -> Woven {
        let put = |at, text: &str| Insertion { at, text: text.into() };
        Woven::new("let a = 1;\n\nfn f() {\n    g();\n}\na + 1;\na + 1;\nf(\n a)", vec![put(0, "begin(); ")])
    }

    #[test]
    fn each_line_of_the_cell_is_found_where_evcxr_put_it() {
        let found: Vec<Option<usize>> = (1..=13).map(|line| cell_line(GENERATED, line, &woven())).collect();
        let expected = [None, Some(3), Some(4), Some(5), None, Some(1), Some(6), Some(7), None, Some(8), Some(9), None, None];
        assert_eq!(found, expected);
    }
}
