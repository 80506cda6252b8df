//! Where Rust text is code, and where it is a string or a comment: just enough to know what a line begins in.

/// What the end of the text so far lies in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inside {
    /// Plain code.
    #[default]
    Code,
    /// A block comment, so many deep: they nest.
    Comment(usize),
    /// A string literal.
    Text,
    /// A raw string literal that so many `#` close.
    RawText(usize),
}

/// Reads Rust text line by line and remembers what the next line begins in.
#[derive(Clone, Debug, Default)]
pub struct Scanner {
    inside: Inside,
    open: Vec<char>,
    unmatched: Option<char>,
}

impl Scanner {
    /// What the next line begins in.
    pub fn inside(&self) -> Inside {
        self.inside
    }

    /// How many brackets are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// A closing bracket that closes nothing, or not what was opened last.
    pub fn unmatched(&self) -> Option<char> {
        self.unmatched
    }

    /// Reads one line, with or without its newline.
    pub fn line(&mut self, line: &str) {
        let chars: Vec<char> = line.chars().collect();
        let mut at = 0;
        while at < chars.len() {
            at = match self.inside {
                Inside::Code => self.code(&chars, at),
                Inside::Comment(depth) => self.comment(&chars, at, depth),
                Inside::Text => self.text(&chars, at),
                Inside::RawText(hashes) => self.raw_text(&chars, at, hashes),
            };
        }
    }

    /// Reads on from `at` in code, and returns where to go on.
    fn code(&mut self, chars: &[char], at: usize) -> usize {
        let next = chars.get(at + 1).copied();
        match chars[at] {
            '/' if next == Some('/') => return chars.len(),
            '/' if next == Some('*') => {
                self.inside = Inside::Comment(1);
                return at + 2;
            }
            '"' => self.inside = Inside::Text,
            'r' if !follows_name(chars, at) => {
                let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
                if chars.get(at + 1 + hashes) == Some(&'"') {
                    self.inside = Inside::RawText(hashes);
                    return at + hashes + 2;
                }
            }
            '\'' => return after_quote(chars, at),
            open @ ('(' | '[' | '{') => self.open.push(open),
            close @ (')' | ']' | '}') => {
                let opened = self.open.pop();
                if !matches!((opened, close), (Some('('), ')') | (Some('['), ']') | (Some('{'), '}')) {
                    self.unmatched.get_or_insert(close);
                }
            }
            _ => {}
        }
        at + 1
    }

    fn comment(&mut self, chars: &[char], at: usize, depth: usize) -> usize {
        match (chars[at], chars.get(at + 1)) {
            ('*', Some('/')) => {
                self.inside = if depth == 1 { Inside::Code } else { Inside::Comment(depth - 1) };
                at + 2
            }
            ('/', Some('*')) => {
                self.inside = Inside::Comment(depth + 1);
                at + 2
            }
            _ => at + 1,
        }
    }

    fn text(&mut self, chars: &[char], at: usize) -> usize {
        match chars[at] {
            '\\' => at + 2,
            '"' => {
                self.inside = Inside::Code;
                at + 1
            }
            _ => at + 1,
        }
    }

    fn raw_text(&mut self, chars: &[char], at: usize, hashes: usize) -> usize {
        let closes = chars[at] == '"' && chars[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        if closes {
            self.inside = Inside::Code;
            return at + 1 + hashes;
        }
        at + 1
    }
}

/// Whether the `r` at `at` ends a longer name, so that no raw string begins here. `b` and `c` may stand before it.
fn follows_name(chars: &[char], at: usize) -> bool {
    let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
    match at.checked_sub(1).map(|i| chars[i]) {
        Some('b' | 'c') => at >= 2 && is_name(&chars[at - 2]),
        Some(c) => is_name(&c),
        None => false,
    }
}

/// Where to go on after the `'` at `at`: behind a character literal, or behind the mark of a lifetime.
fn after_quote(chars: &[char], at: usize) -> usize {
    match chars.get(at + 1) {
        Some('\\') => chars[(at + 3).min(chars.len())..].iter().position(|c| *c == '\'').map_or(chars.len(), |i| at + 3 + i + 1),
        Some(_) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> (Inside, usize) {
        let mut scanner = Scanner::default();
        text.split_inclusive('\n').for_each(|line| scanner.line(line));
        (scanner.inside(), scanner.depth())
    }

    #[test]
    fn strings_and_comments_go_on_over_lines() {
        assert_eq!(after("let s = \"one\n"), (Inside::Text, 0));
        assert_eq!(after("let s = r#\"one \" two\n"), (Inside::RawText(1), 0));
        assert_eq!(after("/* a /* b */\n"), (Inside::Comment(1), 0));
        assert_eq!(after("// \"not a string\n"), (Inside::Code, 0));
        assert_eq!(after("let s = \"a \\\" b\";\n"), (Inside::Code, 0));
        assert_eq!(after("let s = br##\"a\"# b\"##;\n"), (Inside::Code, 0));
    }

    #[test]
    fn lifetimes_and_characters_are_told_apart() {
        assert_eq!(after("fn f<'a>(x: &'a str) {"), (Inside::Code, 1));
        assert_eq!(after("let c = ['\"', '\\'', '\\u{1F600}', '{'];"), (Inside::Code, 0));
    }

    #[test]
    fn a_name_that_ends_in_r_does_not_begin_a_raw_string() {
        assert_eq!(after("let x = bar\"text\";"), (Inside::Code, 0));
        assert_eq!(after("for\"a"), (Inside::Text, 0));
    }

    #[test]
    fn a_bracket_that_closes_nothing_is_noticed() {
        let mut scanner = Scanner::default();
        scanner.line("let a = (1];");
        assert_eq!(scanner.unmatched(), Some(']'));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*|[\\\\'\"r#/*{}()\\[\\]\n b]*") {
            after(&text);
        }
    }
}
