//! Which variables of the session a cell needs the values of.

use crate::syntax::{Cell, Kind};
use std::collections::BTreeSet;

/// What a cell mentions, and what it declares before that.
#[derive(Debug, Default)]
pub(super) struct Needs<'s> {
    words: BTreeSet<&'s str>,
    /// The variables that it declares anew before it mentions them, so that the old values are not to be had in it.
    declared: BTreeSet<String>,
}

impl<'s> Needs<'s> {
    /// The needs of a cell. Each word in it may be a variable: in a string it may be one that is formatted, among the
    /// arguments of a macro whatever the macro makes of it.
    pub(super) fn of(cell: &'s str) -> Self {
        let declared = declared_first(cell);
        Self { words: words(cell).collect(), declared }
    }

    /// Whether the cell may use the value that the variable had before it.
    pub(super) fn value_of(&self, name: &str) -> bool {
        let word = name.strip_prefix("r#").unwrap_or(name);
        self.words.contains(word) && !self.declared.contains(word)
    }

    /// Whether the cell declares the variable before it mentions it.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.declared.contains(name.strip_prefix("r#").unwrap_or(name))
    }

    /// The same where only these variables are known to be declared in a way that evcxr notices.
    pub(super) fn declaring_only(mut self, names: &BTreeSet<&str>) -> Self {
        self.declared.retain(|name| names.iter().any(|noticed| noticed.strip_prefix("r#").unwrap_or(noticed) == name));
        self
    }
}

/// The names of the `let` statements of a cell, as far as nothing in and before each has the same word.
fn declared_first(cell: &str) -> BTreeSet<String> {
    let mut before = BTreeSet::new();
    let mut declared = BTreeSet::new();
    for statement in Cell::parse(cell).statements {
        let text = &cell[statement.range.clone()];
        if let Kind::Let(found) = &statement.kind {
            let names = found.names.iter().map(|name| name.text.trim_start_matches("r#"));
            let first = names.filter(|name| !before.contains(name) && words(text).filter(|word| word == name).count() == 1);
            declared.extend(first.map(str::to_owned));
        }
        before.extend(words(text));
    }
    declared
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(cell: &str) -> bool {
        Needs::of(cell).value_of("x")
    }

    #[test]
    fn a_variable_is_needed_wherever_its_word_stands() {
        for cell in [
            "x + 1",
            "println!(\"{x}\")",
            "println!(\"{0:>x$}\", 1)",
            "vec![x]",
            "quote!(a [x])",
            "Point { x }",
            "|| x",
            "r#x",
            "a.x",
            "// x",
            "fn f() { x }",
            "{ let x = 1; }",
            "x = 2;",
        ] {
            assert!(needs(cell), "{cell}");
        }
        for cell in ["y", "x1", "_x", "xx", "println!(\"{x_:?}\")", ""] {
            assert!(!needs(cell), "{cell}");
        }
    }

    #[test]
    fn a_variable_that_is_declared_before_anything_else_is_not_needed() {
        for cell in [
            "let x = 1; x",
            "let (x, y) = (1, 2); x",
            "f(); let mut x: u8 = 1; x += 1;",
            "let r#x = 2;",
            "let Some(x) = y else { return };",
        ] {
            assert!(!needs(cell), "{cell}");
        }
        for cell in [
            "let x = x + 1;",
            "let x = { let x = 1; x };",
            "f(x); let x = 1;",
            "if true { let x = 1; }",
            "let y = x; let x = 1;",
            "let x = format!(\"{x}\");",
            "let [a] = [1]; m!(x); let x = 1;",
            "let Point { x: y } = p;",
        ] {
            assert!(needs(cell), "{cell}");
        }
    }

    #[test]
    fn declarations_that_evcxr_does_not_notice_do_not_count() {
        let needs = Needs::of("let [x] = [1]; let y = 2;").declaring_only(&BTreeSet::from(["y"]));
        assert!(needs.value_of("x") && !needs.value_of("y") && needs.declares("y") && !needs.declares("x"));
    }
}
