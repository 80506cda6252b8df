//! Reads Solr queries, so far as metadata filters need them.
//!
//! ```text
//! query   = list { ("OR" | "||") list }
//! list    = and { and }
//! and     = unary { ("AND" | "&&") unary }
//! unary   = ["NOT" | "-" | "!" | "+"] primary
//! primary = "(" query ")" | field ":" value
//! value   = word | "quoted" | "(" values ")" | ("[" | "{") word "TO" word ("]" | "}")
//! ```
//! Within `field:( … )` the same rules hold for values alone. Queries side by side mean any of them, as in Solr; those that are
//! negated must not hold, and those with `+` must, beside any. With AND, OR and NOT it is plain logic.

/// Which stations are meant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// `*:*`
    Everything,
    Field(String, Test),
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
}

/// What a field is to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// A word, in which `*` and `?` stand for letters.
    Word(String),
    /// A quoted text, in which they do not.
    Phrase(String),
    Range(Bound, Bound),
}

/// One end of a range; without a value it is open.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bound {
    pub(super) value: Option<String>,
    pub(super) included: bool,
}

/// How deep brackets may be nested.
const DEEPEST: usize = 32;

/// Reads a whole query.
///
/// # Errors
/// Says what was expected, what was found, and where.
pub(super) fn parse(text: &str) -> Result<Filter, String> {
    let mut parser = Parser { rest: text, whole: text.len(), depth: 0 };
    let filter = parser.query(None)?;
    parser.skip_blanks();
    if parser.rest.is_empty() { Ok(filter) } else { Err(parser.expected("the end")) }
}

struct Parser<'a> {
    rest: &'a str,
    whole: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn query(&mut self, field: Option<&str>) -> Result<Filter, String> {
        let mut parts = vec![self.list(field)?];
        while self.operator(&["OR", "||"]) {
            parts.push(self.list(field)?);
        }
        let flat = parts.into_iter().flat_map(|part| match part {
            Filter::Any(inner) => inner,
            other => vec![other],
        });
        Ok(one_or(flat.collect(), Filter::Any))
    }

    /// Queries side by side.
    fn list(&mut self, field: Option<&str>) -> Result<Filter, String> {
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            let required = self.rest.starts_with('+');
            parts.push((required, self.and(field)?));
            self.skip_blanks();
            if self.rest.is_empty() || self.rest.starts_with(')') || self.is_operator(&["OR", "||"]) {
                return Ok(side_by_side(parts));
            }
        }
    }

    fn and(&mut self, field: Option<&str>) -> Result<Filter, String> {
        let mut parts = vec![self.unary(field)?];
        while self.operator(&["AND", "&&"]) {
            parts.push(self.unary(field)?);
        }
        Ok(one_or(parts, Filter::All))
    }

    fn unary(&mut self, field: Option<&str>) -> Result<Filter, String> {
        let negated = self.operator(&["NOT"]) || self.sign(&['-', '!']);
        if !negated {
            self.sign(&['+']);
        }
        let filter = self.primary(field)?;
        Ok(if negated { Filter::Not(Box::new(filter)) } else { filter })
    }

    fn primary(&mut self, field: Option<&str>) -> Result<Filter, String> {
        self.skip_blanks();
        if self.rest.starts_with('(') {
            return self.bracketed(field);
        }
        if let Some(field) = field {
            return self.test().map(|test| Filter::Field(field.to_owned(), test));
        }
        let before = self.rest;
        let name = self.word().filter(|_| self.eat(':')).ok_or_else(|| {
            self.rest = before;
            self.expected("field:value")
        })?;
        if self.rest.starts_with('(') {
            return self.bracketed(Some(&name));
        }
        let test = self.test()?;
        Ok(if name == "*" && test == Test::Word("*".into()) { Filter::Everything } else { Filter::Field(name, test) })
    }

    fn bracketed(&mut self, field: Option<&str>) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("brackets are nested more than {DEEPEST} deep"));
        }
        self.eat('(');
        let filter = self.query(field)?;
        self.depth -= 1;
        if self.eat(')') { Ok(filter) } else { Err(self.expected(")")) }
    }

    fn test(&mut self) -> Result<Test, String> {
        match self.rest.chars().next() {
            Some('"') => self.phrase().map(Test::Phrase),
            Some('[' | '{') => self.range(),
            _ => self.word().map(Test::Word).ok_or_else(|| self.expected("a value")),
        }
    }

    fn phrase(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => text.extend(letters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        Err("the quotes are not closed".into())
    }

    fn range(&mut self) -> Result<Test, String> {
        let low_included = self.rest.starts_with('[');
        let inside = &self.rest[1..];
        let end = closing(inside).ok_or("the range is not closed by ] or }")?;
        let high_included = inside[end..].starts_with(']');
        let inside = &inside[..end];
        let (low, high) = inside.split_once(" TO ").ok_or_else(|| format!("a range [a TO b] was expected, and [{inside}] was found"))?;
        let bound = |text: &str, included| {
            let text = text.trim();
            let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
            let value = quoted.map_or_else(|| unescaped(text), str::to_owned);
            Bound { value: (text != "*").then_some(value), included }
        };
        let (low, high) = (bound(low, low_included), bound(high, high_included));
        if [&low, &high].iter().any(|bound| bound.value.as_ref().is_some_and(String::is_empty)) {
            return Err(format!("a range [a TO b] was expected, and [{inside}] was found"));
        }
        self.rest = &self.rest[1 + end + 1..];
        Ok(Test::Range(low, high))
    }

    /// A run of letters that mean nothing else; a backslash takes the meaning from the next.
    fn word(&mut self) -> Option<String> {
        let mut word = String::new();
        let mut end = self.rest.len();
        let mut letters = self.rest.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => word.extend(letters.next().map(|(_, escaped)| escaped)),
                '(' | ')' | '[' | ']' | '{' | '}' | '"' | ':' => {
                    end = at;
                    break;
                }
                blank if blank.is_whitespace() => {
                    end = at;
                    break;
                }
                other => word.push(other),
            }
        }
        self.rest = &self.rest[end..];
        (end > 0 && !word.is_empty()).then_some(word)
    }

    /// Takes one of the operators, if it stands here as a word of its own.
    fn operator(&mut self, names: &[&str]) -> bool {
        self.skip_blanks();
        let after = self.after_operator(names);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn is_operator(&self, names: &[&str]) -> bool {
        self.after_operator(names).is_some()
    }

    fn after_operator(&self, names: &[&str]) -> Option<&'a str> {
        let after = names.iter().find_map(|name| self.rest.strip_prefix(name))?;
        after.starts_with(|c: char| c.is_whitespace() || c == '(').then_some(after)
    }

    /// Takes a sign before a query, but not that of a number.
    fn sign(&mut self, signs: &[char]) -> bool {
        self.skip_blanks();
        let Some(after) = self.rest.strip_prefix(signs) else { return false };
        let is_sign = after.starts_with(|c: char| !c.is_whitespace() && !c.is_ascii_digit() && c != '.');
        if is_sign {
            self.rest = after;
        }
        is_sign
    }

    fn eat(&mut self, letter: char) -> bool {
        let after = self.rest.strip_prefix(letter);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn expected(&self, what: &str) -> String {
        let at = self.whole - self.rest.len() + 1;
        let found: String = self.rest.chars().take(20).collect();
        let found = if found.is_empty() { "nothing".to_owned() } else { format!("{found:?}") };
        format!("{what} was expected at byte {at}, and {found} was found")
    }
}

/// Where the bracket is that closes a range, outside quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, letter)| {
        quoted ^= letter == '"';
        (!quoted && [']', '}'].contains(&letter)).then_some(at)
    })
}

/// A text without the backslashes that take the meaning from letters.
fn unescaped(text: &str) -> String {
    let mut letters = text.chars();
    std::iter::from_fn(|| match letters.next()? {
        '\\' => letters.next(),
        other => Some(other),
    })
    .collect()
}

/// What queries side by side mean; each is said to be required or not.
fn side_by_side(parts: Vec<(bool, Filter)>) -> Filter {
    if parts.len() == 1 {
        return one_or(parts.into_iter().map(|(_, part)| part).collect(), Filter::Any);
    }
    let (mut must, mut may) = (Vec::new(), Vec::new());
    for (required, part) in parts {
        if required || matches!(part, Filter::Not(_)) { must.push((required, part)) } else { may.push(part) }
    }
    // What only may hold decides nothing where something must.
    let decided = must.iter().any(|(required, _)| *required);
    let mut all: Vec<Filter> = must.into_iter().map(|(_, part)| part).collect();
    if !decided && !may.is_empty() {
        all.push(one_or(may, Filter::Any));
    }
    one_or(all, Filter::All)
}

/// The only part itself, or several together.
fn one_or(mut parts: Vec<Filter>, several: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            several(parts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(name: &str, value: &str) -> Filter {
        Filter::Field(name.into(), Test::Word(value.into()))
    }

    #[test]
    fn a_field_may_have_a_value_a_phrase_a_range_or_alternatives() {
        assert_eq!(parse("rivid:17575859"), Ok(field("rivid", "17575859")));
        assert_eq!(parse("name:\"A \\\"B\\\"\""), Ok(Filter::Field("name".into(), Test::Phrase("A \"B\"".into()))));
        let bound = |value: Option<&str>, included| Bound { value: value.map(str::to_owned), included };
        let range = Test::Range(bound(Some("-1.5"), true), bound(None, false));
        assert_eq!(parse("lat:[-1.5 TO *}"), Ok(Filter::Field("lat".into(), range)));
        assert_eq!(parse("a:(1 OR 2 3)"), Ok(Filter::Any(vec![field("a", "1"), field("a", "2"), field("a", "3")])));
        assert_eq!(parse("a:-5"), Ok(field("a", "-5")));
    }

    #[test]
    fn queries_are_joined_as_in_solr() {
        let either = Filter::Any(vec![Filter::All(vec![field("a", "1"), field("b", "2")]), field("c", "3")]);
        assert_eq!(parse("a:1 AND b:2 OR c:3"), Ok(either));
        assert_eq!(parse("(a:1 || a:2) && -b:3").map(|_| ()), Ok(()));
        assert_eq!(parse("NOT a:1"), Ok(Filter::Not(Box::new(field("a", "1")))));
        assert_eq!(parse("*:*"), Ok(Filter::Everything));
    }

    #[test]
    fn what_is_no_query_is_explained() {
        assert_eq!(parse("").unwrap_err(), "field:value was expected at byte 1, and nothing was found");
        assert_eq!(parse("17575859").unwrap_err(), "field:value was expected at byte 1, and \"17575859\" was found");
        assert_eq!(parse("a:").unwrap_err(), "a value was expected at byte 3, and nothing was found");
        assert_eq!(parse("a:(1").unwrap_err(), ") was expected at byte 5, and nothing was found");
        assert_eq!(parse("a:[1 2]").unwrap_err(), "a range [a TO b] was expected, and [1 2] was found");
        assert_eq!(parse("a:1)").unwrap_err(), "the end was expected at byte 4, and \")\" was found");
        assert!(parse(&"(".repeat(10_000)).unwrap_err().contains("nested"));
    }

    /// Queries of three fields, each of which holds or not.
    fn logic() -> impl Strategy<Value = Filter> {
        let leaf = prop::sample::select(vec!["a", "b", "c"]).prop_map(|name| field(name, "1"));
        leaf.prop_recursive(4, 24, 4, |inner| {
            let several = prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                several.clone().prop_map(Filter::All),
                several.prop_map(Filter::Any),
                inner.prop_map(|part| Filter::Not(Box::new(part))),
            ]
        })
    }

    fn written(filter: &Filter) -> String {
        let joined = |parts: &[Filter], by: &str| format!("({})", parts.iter().map(written).collect::<Vec<_>>().join(by));
        match filter {
            Filter::Everything => "*:*".into(),
            Filter::Field(name, _) => format!("{name}:1"),
            Filter::All(parts) => joined(parts, " AND "),
            Filter::Any(parts) => joined(parts, " OR "),
            Filter::Not(part) => format!("(NOT {})", written(part)),
        }
    }

    fn holds(filter: &Filter, holding: [bool; 3]) -> bool {
        match filter {
            Filter::Everything => true,
            Filter::Field(name, _) => holding[usize::from(name.as_bytes()[0] - b'a')],
            Filter::All(parts) => parts.iter().all(|part| holds(part, holding)),
            Filter::Any(parts) => parts.iter().any(|part| holds(part, holding)),
            Filter::Not(part) => !holds(part, holding),
        }
    }

    #[test]
    fn side_by_side_what_is_signed_decides() {
        let not = |filter| Filter::Not(Box::new(filter));
        let (a, b, c) = (field("a", "1"), field("b", "1"), field("c", "1"));
        assert_eq!(parse("a:1 -b:1"), Ok(Filter::All(vec![not(b.clone()), a.clone()])));
        assert_eq!(parse("a:1 b:1 NOT c:1"), Ok(Filter::All(vec![not(c.clone()), Filter::Any(vec![a.clone(), b.clone()])])));
        assert_eq!(parse("+a:1 b:1"), Ok(a.clone()), "what only may hold decides nothing");
        assert_eq!(parse("-a:1 -b:1"), Ok(Filter::All(vec![not(a.clone()), not(b.clone())])));
        assert_eq!(parse("a:1 OR b:1 OR c:1"), Ok(Filter::Any(vec![a, b, c])));
    }

    #[test]
    fn the_ends_of_a_range_may_be_quoted_escaped_and_times() {
        let bound = |value: &str, included| Bound { value: Some(value.to_owned()), included };
        let range = |low, high| Ok(Filter::Field("t".into(), Test::Range(low, high)));
        assert_eq!(parse("t:[\"a ] b\" TO \"c\"}"), range(bound("a ] b", true), bound("c", false)));
        assert_eq!(
            parse("t:{2020-01-01T00:00:00Z TO 2020-01-02T00\\:00\\:00Z]"),
            range(bound("2020-01-01T00:00:00Z", false), bound("2020-01-02T00:00:00Z", true))
        );
        assert!(parse("t:[ TO 1]").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_mixture_of_syntax_makes_the_parser_panic(parts in prop::collection::vec(
            prop::sample::select(vec!["(", ")", "[", "]", "{", "}", ":", "\"", "\\", " ", "TO", " AND ", " OR ", "NOT ", "-", "+", "!", "*", "a", "é", "1"]), 0..25
        )) {
            let _ = parse(&parts.concat());
        }

        #[test]
        fn a_query_that_was_written_is_read_as_it_was_meant(meant in logic(), stations in prop::collection::vec(any::<[bool; 3]>(), 1..5)) {
            let read = parse(&written(&meant)).map_err(TestCaseError::fail)?;
            for holding in stations {
                prop_assert_eq!(holds(&read, holding), holds(&meant, holding), "{}", written(&meant));
            }
        }

        #[test]
        fn every_plain_word_is_a_value(field in "[a-z][a-z_]{0,8}", value in "[A-Za-z0-9_.]{1,12}") {
            prop_assert_eq!(parse(&format!("{field}:{value}")), Ok(Filter::Field(field, Test::Word(value))));
        }
    }
}
