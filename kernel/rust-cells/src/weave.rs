//! Code put into a cell, and the way back from the woven text to the cell's own lines.

/// A cell with code put in. The cell's own text is all there, in order.
#[derive(Debug)]
pub(crate) struct Woven {
    pub(crate) text: String,
    original: String,
    insertions: Vec<Insertion>,
}

/// Text that is put in at a byte of the cell.
#[derive(Clone, Debug)]
pub(crate) struct Insertion {
    pub(crate) at: usize,
    pub(crate) text: String,
}

/// A place in a text: line and column, both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Woven {
    /// Puts each text in at its place; those at the same place in the order given.
    pub(crate) fn new(original: &str, mut insertions: Vec<Insertion>) -> Self {
        insertions.sort_by_key(|insertion| insertion.at);
        let mut text = String::new();
        let mut done = 0;
        for insertion in &insertions {
            text.push_str(&original[done..insertion.at]);
            text.push_str(&insertion.text);
            done = insertion.at;
        }
        text.push_str(&original[done..]);
        Self { text, original: original.to_owned(), insertions }
    }

    /// The place in the cell of a place in the woven text. What was put in stands for the place it was put at.
    pub(crate) fn original_place(&self, woven: Place) -> Place {
        place_of(&self.original, self.original_offset(offset_of(&self.text, woven)))
    }

    fn original_offset(&self, woven: usize) -> usize {
        let mut put_in = 0;
        for insertion in &self.insertions {
            let start = insertion.at + put_in;
            if woven <= start {
                break;
            }
            if woven < start + insertion.text.len() {
                return insertion.at;
            }
            put_in += insertion.text.len();
        }
        woven - put_in
    }

    /// The place of a byte of the cell itself.
    pub(crate) fn place_at(&self, offset: usize) -> Place {
        place_of(&self.original, offset)
    }

    /// A line of the cell itself, counted from 1.
    pub(crate) fn original_line(&self, line: usize) -> &str {
        line.checked_sub(1).and_then(|n| self.original.lines().nth(n)).unwrap_or_default()
    }
}

/// The byte at a place; the end of the line, or of the text, where the place is beyond it.
fn offset_of(text: &str, place: Place) -> usize {
    let start: usize = text.split_inclusive('\n').take(place.line.saturating_sub(1)).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    start + line.char_indices().nth(place.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at)
}

fn place_of(text: &str, offset: usize) -> Place {
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    Place { line: before.matches('\n').count() + 1, column: before[start..].chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn woven() -> Woven {
        let put = |at, text: &str| Insertion { at, text: text.into() };
        Woven::new("let α = f();\nα.g()", vec![put(0, "begin(); "), put(6, ": T"), put(14, "flush(); "), put(20, "\nDone")])
    }

    #[test]
    fn code_is_put_in_without_a_new_line_before_the_cell() {
        assert_eq!(woven().text, "begin(); let α: T = f();\nflush(); α.g()\nDone");
    }

    #[test]
    fn places_lead_back_to_the_cell() {
        for ((line, column), expected) in [
            ((1, 1), (1, 1)),
            ((1, 4), (1, 1)),
            ((1, 10), (1, 1)),
            ((1, 14), (1, 5)),
            ((1, 17), (1, 6)),
            ((1, 18), (1, 6)),
            ((1, 21), (1, 9)),
            ((2, 10), (2, 1)),
            ((2, 12), (2, 3)),
            ((3, 2), (2, 6)),
            ((9, 9), (2, 6)),
        ] {
            let place = woven().original_place(Place { line, column });
            assert_eq!((place.line, place.column), expected, "{line}:{column}");
        }
    }

    proptest! {
        #[test]
        fn every_character_of_the_cell_finds_its_way_back(cell in "[a-zä\n]{0,30}", cuts in proptest::collection::vec((0_usize..30, "[A-Z]{0,4}"), 0..4)) {
            let ends: Vec<usize> = cell.char_indices().map(|(at, _)| at).chain([cell.len()]).collect();
            let insertions = cuts.into_iter().map(|(at, text)| Insertion { at: ends[at % ends.len()], text }).collect();
            let woven = Woven::new(&cell, insertions);
            let own: Vec<usize> = woven.text.char_indices().filter(|(_, c)| !c.is_ascii_uppercase()).map(|(at, _)| at).collect();
            for (offset, expected) in own.into_iter().zip(ends) {
                let place = woven.original_place(place_of(&woven.text, offset));
                prop_assert_eq!(place, place_of(&cell, expected));
            }
        }
    }
}
