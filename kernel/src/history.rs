//! What the user has run, so that front ends can offer it again.
//!
//! See <https://jupyter-client.readthedocs.io/en/latest/messaging.html#history>.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::wire::{HistoryAccess, HistoryRequest};

/// The cells run so far, in the order in which they were run.
#[derive(Default)]
pub(crate) struct History(Mutex<Vec<Entry>>);

struct Entry {
    session: i64,
    count: usize,
    input: String,
    output: Option<String>,
}

impl History {
    /// The number of the session that this kernel's main shell records under.
    pub(crate) const MAIN_SESSION: i64 = 1;

    /// Records a cell that is about to run.
    pub(crate) fn add_input(&self, session: i64, count: usize, input: &str) {
        self.entries().push(Entry { session, count, input: input.to_owned(), output: None });
    }

    /// Records the value that a cell had.
    pub(crate) fn add_output(&self, session: i64, count: usize, output: &str) {
        if let Some(entry) = self.entries().iter_mut().rev().find(|entry| entry.session == session && entry.count == count) {
            entry.output = Some(output.to_owned());
        }
    }

    /// The entries that a request asks for, oldest first: session, number, and input, or input and output.
    pub(crate) fn find(&self, request: &HistoryRequest) -> Vec<(i64, usize, Value)> {
        let entries = self.entries();
        let found: Vec<&Entry> = match &request.access {
            HistoryAccess::Tail { n } => last(entries.iter().collect(), *n),
            HistoryAccess::Range { session, start, stop } => range(&entries, session.unwrap_or(0), start.unwrap_or(0), *stop),
            HistoryAccess::Search { pattern, n, unique } => search(&entries, pattern.as_deref().unwrap_or("*"), *n, *unique),
        };
        found.into_iter().map(|entry| entry.row(request.output)).collect()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn row(&self, with_output: bool) -> (i64, usize, Value) {
        let value = if with_output { json!([self.input, self.output]) } else { json!(self.input) };
        (self.session, self.count, value)
    }
}

fn last(mut entries: Vec<&Entry>, n: Option<usize>) -> Vec<&Entry> {
    let excess = n.map_or(0, |n| entries.len().saturating_sub(n));
    entries.drain(..excess);
    entries
}

/// Session 0 is this kernel's; -1 the one before it, and so on.
fn range(entries: &[Entry], session: i64, start: usize, stop: Option<usize>) -> Vec<&Entry> {
    let session = if session > 0 { session } else { History::MAIN_SESSION + session };
    let counts = start..stop.unwrap_or(usize::MAX);
    entries.iter().filter(|entry| entry.session == session && counts.contains(&entry.count)).collect()
}

/// With `unique`, only the latest of equal inputs.
fn search<'a>(entries: &'a [Entry], pattern: &str, n: Option<usize>, unique: bool) -> Vec<&'a Entry> {
    let mut found: Vec<&Entry> = Vec::new();
    for entry in entries.iter().rev().filter(|entry| glob(pattern, &entry.input)) {
        if !unique || found.iter().all(|other| other.input != entry.input) {
            found.push(entry);
        }
    }
    found.reverse();
    last(found, n)
}

/// Whether the whole text matches a pattern of `*` (any text) and `?` (any character).
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and the text it has swallowed up to; on a mismatch it swallows one more.
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, swallowed)) = star else { return false };
                star = Some((at, swallowed + 1));
                p = at + 1;
                t = swallowed + 1;
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inputs(history: &History, request: &str) -> Vec<String> {
        let request = serde_json::from_str(request).unwrap();
        history.find(&request).into_iter().map(|(session, count, value)| format!("{session}/{count} {value}")).collect()
    }

    fn history() -> History {
        let history = History::default();
        for (number, input) in ["a = 1", "b = 2", "a = 1", "c = 3"].into_iter().enumerate() {
            history.add_input(1, number + 1, input);
        }
        history.add_output(1, 4, "3");
        history
    }

    #[test]
    fn the_tail_is_the_last_entries_oldest_first() {
        assert_eq!(
            inputs(&history(), r#"{"hist_access_type":"tail","n":2,"raw":true,"output":false}"#),
            ["1/3 \"a = 1\"", "1/4 \"c = 3\""]
        );
    }

    #[test]
    fn a_range_stops_before_its_end() {
        let found = inputs(&history(), r#"{"hist_access_type":"range","session":0,"start":2,"stop":4,"output":true}"#);
        assert_eq!(found, ["1/2 [\"b = 2\",null]", "1/3 [\"a = 1\",null]"]);
        assert_eq!(inputs(&history(), r#"{"hist_access_type":"range","session":-1,"start":1}"#), Vec::<String>::new());
        assert_eq!(inputs(&history(), r#"{"hist_access_type":"range","start":4,"output":true}"#), ["1/4 [\"c = 3\",\"3\"]"]);
    }

    #[test]
    fn a_search_gives_the_last_matches() {
        let found = inputs(&history(), r#"{"hist_access_type":"search","pattern":"a*","n":1}"#);
        assert_eq!(found, ["1/3 \"a = 1\""]);
    }

    #[test]
    fn a_unique_search_gives_each_input_once() {
        let found = inputs(&history(), r#"{"hist_access_type":"search","pattern":"? = *","unique":true}"#);
        assert_eq!(found, ["1/2 \"b = 2\"", "1/3 \"a = 1\"", "1/4 \"c = 3\""]);
    }

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for (pattern, text, matches) in [
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*b*", "abc", true),
            ("?", "é", true),
            ("", "", true),
            ("*", "", true),
            ("a", "", false),
        ] {
            assert_eq!(glob(pattern, text), matches, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_between_stars_matches_what_contains_it(before in ".{0,5}", inner in "[a-z]{1,5}", after in ".{0,5}") {
            let pattern = format!("*{inner}*");
            let text = format!("{before}{inner}{after}");
            prop_assert!(glob(&pattern, &text));
        }
    }
}
