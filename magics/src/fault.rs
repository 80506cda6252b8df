//! What went wrong, told to the user: one line, a caret under the word that is wrong, what was expected, what to do.

use crate::{covered, faults::FAULTS};
use std::ops::Range;

/// A failed command. Nothing that was bound before is lost by it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The kind of fault, one of [`FAULTS`](crate::FAULTS), such as `UnknownDataset`: Jupyter's `ename`.
    pub kind: &'static str,
    /// What is wrong, in one line: Jupyter's `evalue`.
    pub message: String,
    /// Where it is wrong: a byte range of the cell.
    pub span: Option<Range<usize>>,
    /// What helps to put it right.
    pub advice: Box<Advice>,
}

/// What helps to put a fault right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// What was expected in the place of what is wrong.
    pub expected: Option<String>,
    /// The nearest name that exists, where one is near.
    pub nearest: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault of that kind and message.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(FAULTS.iter().any(|(known, _)| *known == kind), "{kind} is missing in FAULTS and in tests/faults.rs");
        Self { kind, message: covered(&message.into()).into_owned(), span: None, advice: Box::default() }
    }

    /// The same fault, at a place of the cell.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// The same fault, with what was expected.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.advice.expected = Some(expected.into());
        self
    }

    /// The same fault, with the nearest of the names that exist, if one is near.
    #[must_use]
    pub fn nearest<'a>(mut self, given: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.advice.nearest = nearest(given, names).map(str::to_owned);
        self
    }

    /// The same fault, with what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.advice.hint = Some(hint.into());
        self
    }

    /// The lines that a front end shows, coloured by ANSI codes: Jupyter's `traceback`.
    pub fn traceback(&self, cell: &str) -> Vec<String> {
        self.lines(cell, |colour, text| format!("{colour}{text}\x1b[0m"))
    }

    /// The same lines as plain text, for programs.
    pub fn text(&self, cell: &str) -> String {
        self.lines(cell, |_, text| text.to_owned()).join("\n")
    }

    fn lines(&self, cell: &str, coloured: impl Fn(&str, &str) -> String) -> Vec<String> {
        const RED: &str = "\x1b[1;31m";
        const CYAN: &str = "\x1b[36m";
        let mut lines = vec![format!("{}: {}", coloured(RED, self.kind), self.message)];
        if let Some((line, caret)) = self.span.as_ref().and_then(|span| pointed(cell, span)) {
            lines.push(format!("  {line}"));
            lines.push(format!("  {}", coloured(RED, &caret)));
        }
        let mut say = |what: &str, text: &Option<String>| {
            if let Some(text) = text {
                lines.push(format!("  {} {text}", coloured(CYAN, what)));
            }
        };
        say("expected:", &self.advice.expected);
        say("did you mean:", &self.advice.nearest);
        say("try:", &self.advice.hint);
        // The line, or a word of it that is repeated, may hold a password.
        lines.into_iter().map(|line| covered(&line).into_owned()).collect()
    }
}

/// The line of `cell` that holds the start of `span`, and carets below the part of `span` on that line.
fn pointed(cell: &str, span: &Range<usize>) -> Option<(String, String)> {
    let start = span.start.min(cell.len());
    let before = cell.get(..start)?;
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line_end = cell[start..].find('\n').map_or(cell.len(), |i| start + i);
    let width = |text: &str| text.chars().count();
    let lead: String = cell[line_start..start].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let marked = width(cell.get(start..span.end.clamp(start, line_end)).unwrap_or_default()).max(1);
    Some((cell[line_start..line_end].to_owned(), format!("{lead}{}", "^".repeat(marked))))
}

/// The name most like `given`, if it is near enough that it may be meant: two slips of the finger, fewer in short
/// words; other letter case; or a beginning of at least three letters that only one name has.
pub(crate) fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = given.to_lowercase();
    let names: Vec<&str> = names.into_iter().collect();
    let length = given.chars().count();
    let allowed = if length < 3 { 0 } else { (length / 4).clamp(1, 2) };
    let by_slips = names
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), *name))
        .filter(|(slips, _)| *slips <= allowed)
        .min_by_key(|(slips, name)| (*slips, name.chars().count().abs_diff(length)))
        .map(|(_, name)| name);
    by_slips.or_else(|| {
        let mut begun = names.iter().filter(|name| lower.chars().count() >= 3 && name.to_lowercase().starts_with(&lower));
        match (begun.next(), begun.next()) {
            (Some(only), None) => Some(*only),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_word() {
        let cell = "1 + 1\n%sdap timeseries FOO --bbox x\n";
        let at = cell.find("FOO").unwrap();
        let fault = Fault::new("UnknownDataset", "embedded has no dataset FOO").at(at..at + 3).expected("a dataset").hint("%sdap datasets");
        let text = fault.text(cell);
        let plain: Vec<&str> = text.lines().collect();
        let coloured = fault.traceback(cell).join("\n");
        assert_eq!(coloured.replace("\x1b[1;31m", "").replace("\x1b[36m", "").replace("\x1b[0m", ""), text);
        assert_eq!(plain[1], "  %sdap timeseries FOO --bbox x");
        assert_eq!(plain[2], "                   ^^^");
        assert_eq!(plain[3..], ["  expected: a dataset", "  try: %sdap datasets"]);
    }

    #[test]
    fn a_caret_at_the_end_or_beyond_does_no_harm() {
        assert_eq!(pointed("äb", &(3..3)).unwrap().1, "  ^");
        assert_eq!(pointed("ab", &(9..12)).unwrap().1, "  ^");
        assert_eq!(pointed("ä", &(1..2)), None);
    }

    #[test]
    fn only_a_near_name_is_offered() {
        let names = ["timeseries", "table", "target", "OSTIA_SST_MONTHLY_TROPICS"];
        assert_eq!(nearest("timeserie", names), Some("timeseries"));
        assert_eq!(nearest("tabel", names), Some("table"));
        assert_eq!(nearest("mpa", ["map", "max"]), Some("map"));
        assert_eq!(nearest("nino33", ["nino3", "nino34"]), Some("nino34"));
        assert_eq!(nearest("ostia_sst", names), Some("OSTIA_SST_MONTHLY_TROPICS"));
        assert_eq!(nearest("frobnicate", names), None);
        assert_eq!(nearest("ta", names), None);
        assert_eq!(nearest("median", ["mean", "max"]), None);
    }
}
