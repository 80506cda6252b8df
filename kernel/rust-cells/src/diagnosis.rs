//! From what evcxr says to the one error of a failed cell, with the cell's own lines.

use crate::{
    cell::CellError,
    weave::{Place, Woven},
};
use evcxr::CompilationError;
use serde_json::Value;
use std::fmt::Write;

/// What one error of rustc is about.
#[derive(Debug, Default)]
pub(crate) struct Diagnostic {
    pub(crate) message: String,
    pub(crate) code: Option<String>,
    pub(crate) labels: Vec<LabelledSpan>,
    /// `help: …` and `note: …`.
    pub(crate) notes: Vec<String>,
}

/// A stretch of the cell, from its first character to before its last place.
#[derive(Clone, Debug)]
pub(crate) struct LabelledSpan {
    pub(crate) start: Place,
    pub(crate) end: Place,
    pub(crate) text: String,
    pub(crate) primary: bool,
}

/// The one error for everything that rustc found wrong with a cell. What it says of code that evcxr generated is said of
/// `elsewhere`.
pub(crate) fn compilation_error(errors: &[CompilationError], woven: &Woven, elsewhere: Option<&LabelledSpan>) -> CellError {
    let mut diagnostics: Vec<Diagnostic> =
        errors.iter().filter(|error| error.level() == "error").map(|error| diagnostic(error, woven)).collect();
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.labels.is_empty()) {
        diagnostic.labels.extend(elsewhere.cloned());
    }
    diagnostics.iter_mut().filter(|diagnostic| asks_without_type(diagnostic, woven)).for_each(explain_type_of_answer);
    tell(&diagnostics, woven)
}

/// What a cell should say that asks the kernel and leaves the type of the answer open.
const TYPE_OF_ANSWER: &str =
    "help: say what the command answers with, as in `let sst: TimeSeries = sdap::query(…)?`; `sdap::Value` takes any answer";

/// A type that a `?` leaves open is `!`, of which there is no value.
const OPEN_TYPE: &str = "`!` is no value of the sdap crate";

fn asks_without_type(diagnostic: &Diagnostic, woven: &Woven) -> bool {
    let asks = |label: &LabelledSpan| (label.start.line..=label.end.line).any(|line| woven.original_line(line).contains("query("));
    let open = [OPEN_TYPE, "type annotations needed"].iter().any(|open| diagnostic.message.starts_with(open));
    open && diagnostic.labels.iter().any(asks)
}

fn explain_type_of_answer(diagnostic: &mut Diagnostic) {
    if diagnostic.message == OPEN_TYPE {
        "type annotations needed".clone_into(&mut diagnostic.message);
        diagnostic.labels.iter_mut().for_each(|label| label.text.clear());
    }
    diagnostic.notes = vec![TYPE_OF_ANSWER.to_owned()];
}

/// What is wrong, without what cargo was at when it found that out.
fn without_progress(message: &str) -> String {
    message.split_once("\nerror: ").map_or(message, |(_, wrong)| wrong).to_owned()
}

fn diagnostic(error: &CompilationError, woven: &Woven) -> Diagnostic {
    let labels = error.spanned_messages().iter().filter_map(|message| {
        let span = message.span?;
        let place = |line, column| woven.original_place(Place { line, column });
        Some(LabelledSpan {
            start: place(span.start_line, span.start_column),
            end: place(span.end_line, span.end_column),
            // Where rustc has no label, evcxr repeats the message.
            text: if message.label.starts_with("error: ") { String::new() } else { message.label.clone() },
            primary: message.is_primary,
        })
    });
    Diagnostic {
        message: without_progress(&error.message()),
        code: error.code().map(str::to_owned),
        labels: labels.collect(),
        notes: notes(&error.json),
    }
}

/// Notes and helps, each with the replacement it suggests. Those about evcxr's own workings are none of the user's.
fn notes(json: &Value) -> Vec<String> {
    let children = json["children"].as_array().into_iter().flatten();
    children
        .filter_map(|child| {
            let (level, message) = (child["level"].as_str()?, child["message"].as_str()?);
            let suggested = child["spans"][0]["suggested_replacement"].as_str().map(str::trim).filter(|text| !text.is_empty());
            let text = suggested.map_or_else(|| message.to_owned(), |suggested| format!("{message}: `{suggested}`"));
            let internal = text.contains("evcxr") || text.contains("RUST_BACKTRACE") || text.contains("lint level");
            (!internal).then(|| format!("{level}: {text}"))
        })
        .collect()
}

/// One error for all diagnostics: named after the first, with all of them in its traceback.
pub(crate) fn tell(diagnostics: &[Diagnostic], woven: &Woven) -> CellError {
    let Some(first) = diagnostics.first() else {
        return CellError::new("error", "the cell could not be compiled, and rustc did not say why");
    };
    let mut value = first.message.lines().next().unwrap_or_default().to_owned();
    if let Some(at) = first.labels.iter().find(|label| label.primary).or(first.labels.first()) {
        write!(value, " (line {})", at.start.line).ok();
    }
    match diagnostics.len() - 1 {
        0 => {}
        1 => value.push_str(", and one more error"),
        more => write!(value, ", and {more} more errors").unwrap_or_default(),
    }
    let traceback = diagnostics.iter().flat_map(|diagnostic| picture(diagnostic, woven)).collect();
    CellError { name: title(first), value, traceback }
}

fn title(diagnostic: &Diagnostic) -> String {
    diagnostic.code.as_ref().map_or_else(|| "error".to_owned(), |code| format!("error[{code}]"))
}

/// The message, the lines it is about with carets under them, and its notes.
fn picture(diagnostic: &Diagnostic, woven: &Woven) -> Vec<String> {
    let mut lines: Vec<String> = format!("{}: {}", title(diagnostic), diagnostic.message).lines().map(str::to_owned).collect();
    let mut labels = diagnostic.labels.clone();
    labels.sort_by_key(|label| (label.start, !label.primary));
    labels.dedup_by(|a, b| (a.start, a.end) == (b.start, b.end) && (a.text == b.text || a.text.is_empty()));
    let width = labels.iter().map(|label| label.start.line).max().unwrap_or(0).to_string().len();
    if let Some(at) = labels.iter().find(|label| label.primary).or(labels.first()) {
        lines.push(format!("{:width$}--> line {}, column {}", "", at.start.line, at.start.column));
        lines.push(format!("{:width$} |", ""));
    }
    let mut shown = 0;
    for label in &labels {
        let source = woven.original_line(label.start.line);
        if label.start.line != shown {
            shown = label.start.line;
            lines.push(format!("{shown:width$} | {source}").trim_end().to_owned());
        }
        lines.push(format!("{:width$} | {}", "", underline(label, source)).trim_end().to_owned());
    }
    lines.extend(diagnostic.notes.iter().map(|note| format!("{:width$} = {}", "", note.replace('\n', "\n    "))).flat_map(split_lines));
    lines.push(String::new());
    lines
}

/// Carets under the primary span, dashes under the others, then the label. A span of many lines is underlined in its first.
fn underline(label: &LabelledSpan, source: &str) -> String {
    let last = if label.end.line == label.start.line { label.end.column } else { source.chars().count() + 1 };
    let length = last.saturating_sub(label.start.column).max(1);
    // Tabs keep their width under the line they belong to.
    let margin: String =
        source.chars().chain(std::iter::repeat(' ')).take(label.start.column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
    let mark = if label.primary { "^" } else { "-" };
    format!("{margin}{} {}", mark.repeat(length), label.text.lines().next().unwrap_or_default())
}

fn split_lines(text: String) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// The error of a panic in a function that an earlier cell defined: what it said, and the code of that line.
pub(crate) fn earlier_panic_error(message: &str, code: &str, woven: &Woven) -> CellError {
    let mut error = failure_error("panic", message, None, woven);
    error.traceback.splice(..1, ["panic in a function of an earlier cell:".to_owned(), format!("  | {code}"), String::new()]);
    error
}

/// The error of a cell that a `return` ended.
pub(crate) fn early_return_error() -> CellError {
    CellError::new("Returned", "the cell returned before its end, so it has no value, and nothing that it did to variables is kept")
}

/// The error of a cell that began to run and failed: what of, what was said, and the line of the cell where that is known.
pub(crate) fn failure_error(name: &str, message: &str, line: Option<usize>, woven: &Woven) -> CellError {
    let first = message.lines().next().unwrap_or_default();
    let mut traceback: Vec<String> = match line {
        Some(line) => vec![format!("{name} at line {line}:"), format!("{line} | {}", woven.original_line(line)), String::new()],
        None => vec![format!("{name}:")],
    };
    traceback.extend(message.lines().map(str::to_owned));
    let value = line.map_or_else(|| first.to_owned(), |line| format!("{first} (line {line})"));
    CellError { name: name.to_owned(), value, traceback }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weave::Insertion;

    fn span(line: usize, from: usize, to: usize, text: &str, primary: bool) -> LabelledSpan {
        LabelledSpan { start: Place { line, column: from }, end: Place { line, column: to }, text: text.into(), primary }
    }

    fn mismatch() -> Diagnostic {
        Diagnostic {
            message: "mismatched types".into(),
            code: Some("E0308".into()),
            labels: vec![span(2, 14, 19, "expected `i32`, found `&str`", true), span(2, 8, 11, "expected due to this", false)],
            notes: vec!["help: try: `a`\nb".into()],
        }
    }

    #[test]
    fn an_error_shows_the_line_with_carets_labels_and_notes() {
        let woven = Woven::new("let a = 1;\nlet b: i32 = \"two\";", vec![Insertion { at: 0, text: "begin(); ".into() }]);
        insta::assert_snapshot!(tell(&[mismatch()], &woven).traceback.join("\n"), @r#"
        error[E0308]: mismatched types
         --> line 2, column 14
          |
        2 | let b: i32 = "two";
          |        --- expected due to this
          |              ^^^^^ expected `i32`, found `&str`
          = help: try: `a`
            b
        "#);
    }

    #[test]
    fn many_errors_are_one_that_counts_them() {
        let woven = Woven::new("a\nb", Vec::new());
        let error = tell(&[mismatch(), Diagnostic::default(), Diagnostic::default()], &woven);
        assert_eq!((error.name.as_str(), error.value.as_str()), ("error[E0308]", "mismatched types (line 2), and 2 more errors"));
        assert_eq!(tell(&[mismatch(), Diagnostic::default()], &woven).value, "mismatched types (line 2), and one more error");
    }

    #[test]
    fn an_error_of_cargo_says_first_what_is_wrong() {
        let said = "    Updating crates.io index\nerror: no matching package named `x` found\nlocation searched: crates.io index";
        assert_eq!(without_progress(said), "no matching package named `x` found\nlocation searched: crates.io index");
        assert_eq!(without_progress("mismatched types"), "mismatched types");
    }

    #[test]
    fn a_panic_says_its_line_and_its_whole_message() {
        let woven = Woven::new("let v = f();\nv[10]", Vec::new());
        let error = failure_error("panic", "index out of bounds\nreally", Some(2), &woven);
        assert_eq!(error.value, "index out of bounds (line 2)");
        assert_eq!(error.traceback, ["panic at line 2:", "2 | v[10]", "", "index out of bounds", "really"]);
        assert_eq!(failure_error("panic", "no", None, &woven).value, "no");
    }

    #[test]
    fn a_span_beyond_its_line_still_gets_a_caret() {
        let woven = Woven::new("", Vec::new());
        let odd = Diagnostic { labels: vec![span(7, 5, 2, "here", true)], ..mismatch() };
        assert!(tell(&[odd], &woven).traceback.iter().any(|line| line.contains("^ here")));
    }
}
