//! Glob patterns, in which a search of the history is asked for: `*` any text, `?` any character, `[a-z]` any of a set and
//! `[^a-z]` any other, as in `SQLite`, but in time that no pattern can blow up.

/// A pattern, read once and matched against many texts.
pub(super) struct Glob(Vec<Token>);

enum Token {
    Text,
    Any,
    One(char),
    Set { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// Reads a pattern. Any text is one: a bracket that is never closed stands for itself.
    pub(super) fn new(pattern: &str) -> Self {
        let pattern: Vec<char> = pattern.chars().collect();
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&c) = pattern.get(at) {
            at += 1;
            tokens.push(match c {
                '*' => Token::Text,
                '?' => Token::Any,
                '[' => match set(&pattern[at..]) {
                    Some((token, length)) => {
                        at += length;
                        token
                    }
                    None => Token::One('['),
                },
                c => Token::One(c),
            });
        }
        Self(tokens)
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let (mut token, mut rest) = (0, text.chars());
        // Where the last star stands, and the text after what it has swallowed; on a mismatch it swallows one more.
        let mut star = None;
        loop {
            let before = rest.clone();
            match (self.0.get(token), rest.next()) {
                (None, None) => return true,
                (Some(Token::Text), _) => {
                    rest = before;
                    token += 1;
                    star = Some((token, rest.clone()));
                }
                (Some(one), Some(c)) if one.takes(c) => token += 1,
                (_, None) => return false,
                (_, Some(_)) => {
                    let Some((after, swallowed)) = &mut star else { return false };
                    swallowed.next();
                    (token, rest) = (*after, swallowed.clone());
                }
            }
        }
    }
}

impl Token {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Text => false,
            Self::Any => true,
            Self::One(one) => *one == c,
            Self::Set { negated, ranges } => ranges.iter().any(|&(first, last)| (first..=last).contains(&c)) != *negated,
        }
    }
}

/// The set that begins after a bracket, and how many characters it takes with its closing bracket. A closing bracket that
/// comes first is one of the set.
fn set(pattern: &[char]) -> Option<(Token, usize)> {
    let negated = pattern.first() == Some(&'^');
    let begin = usize::from(negated);
    let end = begin + 1 + pattern.get(begin + 1..)?.iter().position(|&c| c == ']')?;
    let mut ranges = Vec::new();
    let mut members = &pattern[begin..end];
    while let [first, rest @ ..] = members {
        let (last, rest) = if let ['-', last, rest @ ..] = rest { (last, rest) } else { (first, rest) };
        ranges.push((*first, *last));
        members = rest;
    }
    Some((Token::Set { negated, ranges }, end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for (pattern, text, matches) in [
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*b*", "abc", true),
            ("?", "é", true),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "ab", true),
            ("a", "", false),
            ("let [a-c]*", "let b = 1", true),
            ("let [^a-c]*", "let b = 1", false),
            ("[]x]", "]", true),
            ("[a-]", "-", true),
            ("a[0", "a[0", true),
            ("a[", "a[", true),
            ("a[0]", "a[0]", false),
            ("a[[]0]", "a[0]", true),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_longer_for_it() {
        let pattern = format!("{}b", "*a".repeat(1000));
        assert!(!Glob::new(&pattern).matches(&"a".repeat(10_000)));
    }

    proptest! {
        #[test]
        fn a_text_between_stars_matches_what_contains_it(before in ".{0,5}", inner in "[a-z]{1,5}", after in ".{0,5}") {
            let text = format!("{before}{inner}{after}");
            let pattern = format!("*{inner}*");
            prop_assert!(Glob::new(&pattern).matches(&text));
        }

        #[test]
        fn any_pattern_can_be_read_and_matched(pattern in "[-a^*?\\[\\]é]{0,12}", text in "[-a^\\[\\]é]{0,8}") {
            Glob::new(&pattern).matches(&text);
        }
    }
}
