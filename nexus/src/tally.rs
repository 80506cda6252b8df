//! Notes that count what came, and add up over the parts of a question.

/// How a note ends of what was sent but was not asked for.
const OUTSIDE: &str = "that were sent lie outside the box, and are left out";
/// How a note ends of what came twice.
const AGAIN: &str = "came again; what comes again counts once";

/// That so many of `all` samples, cells, … lie outside the box.
pub(crate) fn outside(count: usize, all: usize, what: &str) -> String {
    format!("{count} of {all} {what} {OUTSIDE}")
}

/// That so many of the rows, entries, … are like another.
pub(crate) fn again(count: usize, what: &str) -> String {
    format!("{count} of the {what} {AGAIN}")
}

/// Adds a note to others, once; one that counts what came adds to another of its kind.
pub(crate) fn add(notes: &mut Vec<String>, note: String) {
    let Some((counts, rest)) = counted(&note) else {
        if !notes.contains(&note) {
            notes.push(note);
        }
        return;
    };
    let alike = notes.iter_mut().find_map(|known| {
        let found = counted(known).filter(|(_, known_rest)| *known_rest == rest)?.0;
        Some((known, found))
    });
    match alike {
        Some((known, found)) => {
            let sums: Vec<String> = found.iter().zip(&counts).map(|(a, b)| a.saturating_add(*b).to_string()).collect();
            *known = format!("{} {rest}", sums.join(" of "));
        }
        None => notes.push(note),
    }
}

/// The numbers that a note of this module begins with, and what follows them.
fn counted(note: &str) -> Option<(Vec<usize>, &str)> {
    if !note.ends_with(OUTSIDE) && !note.ends_with(AGAIN) {
        return None;
    }
    let (first, rest) = note.split_once(' ')?;
    let mut counts = vec![first.parse().ok()?];
    let second = rest.strip_prefix("of ").and_then(|rest| rest.split_once(' '));
    let Some((all, what)) = second.and_then(|(all, what)| Some((all.parse().ok()?, what))) else { return Some((counts, rest)) };
    counts.push(all);
    Some((counts, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_one_kind_add_up_and_other_notes_are_there_once() {
        let mut notes = Vec::new();
        for note in [outside(1, 9, "cells"), "once".into(), again(2, "rows of A"), outside(1, 9, "cells"), outside(3, 4, "samples")] {
            add(&mut notes, note);
        }
        for note in [again(2, "rows of A"), again(5, "rows of B"), "once".into()] {
            add(&mut notes, note);
        }
        let expected = [outside(2, 18, "cells"), "once".into(), again(4, "rows of A"), outside(3, 4, "samples"), again(5, "rows of B")];
        assert_eq!(notes, expected);
    }
}
