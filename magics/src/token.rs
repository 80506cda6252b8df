//! The words of a command, each with the place where it stands in the cell.

use crate::fault::Fault;
use std::ops::Range;

/// One word of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The word, without the quotes it was written in.
    pub text: String,
    /// Where it stands: a byte range of the cell, quotes included.
    pub span: Range<usize>,
    /// The expressions in it, in order.
    pub expressions: Vec<Expression>,
}

/// An `{expression}` of Rust in a word, which stands for its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expression {
    /// Where it stands in the word: a byte range of its text, braces included.
    pub at: Range<usize>,
    /// Where it stands in the cell, braces included.
    pub span: Range<usize>,
}

impl Token {
    /// Whether the text is what stands in the cell, letter for letter.
    fn is_literal(&self) -> bool {
        self.expressions.is_empty() && self.span.len() == self.text.len()
    }

    /// Goes on with the next word.
    fn join(&mut self, next: Self) {
        let shift = self.text.len();
        let moved = |e: Expression| Expression { at: e.at.start + shift..e.at.end + shift, span: e.span };
        self.expressions.extend(next.expressions.into_iter().map(moved));
        self.text.push_str(&next.text);
        self.span.end = next.span.end;
    }
}

/// The words of a command, and where the command ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// The words in order.
    pub words: Vec<Token>,
    /// The byte offset behind the last word.
    pub end: usize,
}

impl Tokens {
    /// The expressions of all words, without their braces, and where they stand in the cell.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let of_word = |t: &'_ Token| t.expressions.iter().map(|e| (e.at.start + 1..e.at.end - 1, e.span.clone())).collect::<Vec<_>>();
        self.words.iter().flat_map(move |t| of_word(t).into_iter().map(|(at, span)| (t.text[at].trim(), span)))
    }

    /// The same words, with a value for each expression.
    #[must_use]
    pub(crate) fn filled(mut self, values: &[String]) -> Self {
        let mut values = values.iter();
        for word in &mut self.words {
            let mut text = String::new();
            let mut done = 0;
            for (expression, value) in word.expressions.iter().zip(values.by_ref()) {
                text.push_str(&word.text[done..expression.at.start]);
                text.push_str(value);
                done = expression.at.end;
            }
            text.push_str(&word.text[done..]);
            word.text = text;
        }
        self
    }

    /// Where a word stands that was given as `text`, alone or behind the `=` of an option.
    pub(crate) fn span_of(&self, text: &str) -> Option<Range<usize>> {
        let whole = self.words.iter().find(|t| t.text == text).map(|t| t.span.clone());
        whole.or_else(|| {
            let token = self.words.iter().find(|t| t.text.split_once('=').is_some_and(|(_, value)| value == text))?;
            Some(if token.is_literal() { token.span.end - text.len()..token.span.end } else { token.span.clone() })
        })
    }

    /// Where an option stands, alone or with its value behind `=`.
    pub(crate) fn span_of_option(&self, option: &str) -> Option<Range<usize>> {
        let named = |t: &&Token| t.text == option || t.text.strip_prefix(option).is_some_and(|rest| rest.starts_with('='));
        self.words.iter().find(named).map(|t| t.span.clone())
    }

    /// Where a part of a word stands, such as one name of a list; the whole word if it was quoted.
    pub(crate) fn span_of_part(&self, part: &str) -> Option<Range<usize>> {
        self.span_of(part).or_else(|| {
            let token = self.words.iter().find(|t| t.text.split([',', '=', '/', ':']).any(|p| p.trim() == part))?;
            let at = token.text.find(part)?;
            Some(if token.is_literal() { token.span.start + at..token.span.start + at + part.len() } else { token.span.clone() })
        })
    }

    /// Where a part of what stands behind one of these options is; all that stands there if it was quoted.
    pub(crate) fn span_in_option(&self, options: &[&str], part: &str) -> Option<Range<usize>> {
        let values = self.words.iter().enumerate().filter_map(|(at, word)| match word.text.split_once('=') {
            _ if options.contains(&word.text.as_str()) => self.words.get(at + 1),
            Some((option, _)) if options.contains(&option) => Some(word),
            _ => None,
        });
        let token = values.into_iter().find(|token| token.text.contains(part))?;
        // A part that stands alone is meant before one within a longer word.
        let parts_word = |c: char| c.is_alphanumeric() || c == '_';
        let alone = |at: &usize| !token.text[..*at].ends_with(parts_word) && !token.text[at + part.len()..].starts_with(parts_word);
        let all = || token.text.match_indices(part).map(|(at, _)| at);
        let at = token.span.start + all().find(alone).or_else(|| all().next())?;
        Some(if token.is_literal() { at..at + part.len() } else { token.span.clone() })
    }

    /// The place behind the last word.
    pub(crate) fn behind(&self) -> Range<usize> {
        self.end..self.end
    }
}

/// Splits `cell[range]` into words.
///
/// White space separates, and so does a backslash at the end of a line. Single quotes take everything as it is; in
/// double quotes a backslash takes the next character as it is. Parentheses, and square brackets that are closed, hold
/// together what is in them, so that neither WKT nor a range of a filter needs quotes; and a word that ends in a comma
/// goes on with the next, so that lists may have spaces. Outside of single quotes, braces hold an expression of Rust, and
/// doubled ones are braces.
///
/// # Errors
/// If a quote, parenthesis or brace is not closed.
pub(crate) fn tokens(cell: &str, range: Range<usize>) -> Result<Tokens, Fault> {
    let mut reader = Reader { cell, at: range.start, end: range.end };
    let mut tokens = Tokens { words: Vec::new(), end: range.start };
    while reader.skip_space() {
        let token = reader.word()?;
        tokens.end = token.span.end;
        match tokens.words.last_mut() {
            Some(last) if last.text.ends_with(',') && !token.text.starts_with("--") => last.join(token),
            _ => tokens.words.push(token),
        }
    }
    Ok(tokens)
}

/// The expression that the cursor stands in, without its braces; one that is not closed yet ends at the cursor.
pub(crate) fn expression_at(cell: &str, arguments: Range<usize>, cursor: usize) -> Option<Range<usize>> {
    let mut quote = None;
    let mut open = Vec::new();
    let mut chars = cell.get(arguments.start..cursor)?.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let doubled = chars.peek().is_some_and(|(_, next)| *next == c);
        match (c, quote) {
            ('{', _) if !open.is_empty() => open.push(at),
            ('}', _) if !open.is_empty() => drop(open.pop()),
            _ if !open.is_empty() => {}
            (c, Some(opened)) if c == opened => quote = None,
            ('\\', Some('"')) => drop(chars.next()),
            ('\'' | '"', None) => quote = Some(c),
            ('{', None | Some('"')) if doubled => drop(chars.next()),
            ('{', None | Some('"')) => open.push(at),
            _ => {}
        }
    }
    let start = arguments.start + open.first()? + 1;
    let rest = cell.get(cursor..arguments.end.max(cursor)).unwrap_or_default();
    let mut depth = open.len();
    let closed = rest.char_indices().find(|(_, c)| {
        depth = if *c == '{' { depth + 1 } else { depth - usize::from(*c == '}') };
        depth == 0
    });
    Some(start..cursor + closed.map_or(0, |(at, _)| at))
}

/// What may stand in braces.
const BRACES: &str = "{EXPRESSION}, the value of which takes its place; {{ and }} are braces";

struct Reader<'c> {
    cell: &'c str,
    at: usize,
    end: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.cell[self.at..self.end].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Whether a line is continued here: a backslash, then nothing but space up to the newline.
    fn continued(&self) -> bool {
        let rest = &self.cell[self.at..self.end];
        rest.strip_prefix('\\').is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\r']).starts_with('\n'))
    }

    /// Moves to the next word; false if there is none.
    fn skip_space(&mut self) -> bool {
        while let Some(next) = self.peek() {
            if next.is_whitespace() || self.continued() {
                self.take();
            } else {
                return true;
            }
        }
        false
    }

    fn word(&mut self) -> Result<Token, Fault> {
        let start = self.at;
        let mut token = Token { text: String::new(), span: start..start, expressions: Vec::new() };
        let (mut depth, mut brackets) = (0usize, 0usize);
        while let Some(next) = self.peek() {
            match next {
                c if (c.is_whitespace() || self.continued()) && depth + brackets == 0 => break,
                '\'' | '"' => {
                    self.take();
                    self.quoted(next, &mut token)?;
                    continue;
                }
                '{' | '}' => {
                    self.brace(&mut token)?;
                    continue;
                }
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                '[' if self.cell[self.at..self.end].matches(']').count() > brackets => brackets += 1,
                ']' => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            self.take();
            token.text.push(next);
        }
        if depth > 0 {
            return Err(Fault::new("Syntax", "a parenthesis is not closed").at(start..self.at).expected("a `)` for each `(`"));
        }
        token.span = start..self.at;
        Ok(token)
    }

    /// Reads an expression in braces, or a brace that is doubled.
    fn brace(&mut self, token: &mut Token) -> Result<(), Fault> {
        let (start, first) = (self.at, self.take());
        if self.peek() == first {
            self.take();
        }
        if first == Some('}') || self.at == start + 2 {
            token.text.extend(first);
            return Ok(());
        }
        let mut depth = 1usize;
        while depth > 0 {
            match self.take() {
                Some('{') => depth += 1,
                Some('}') => depth -= 1,
                Some(_) => {}
                None => return Err(Fault::new("Syntax", "a brace is not closed").at(start..self.at).expected(BRACES)),
            }
        }
        let text = &self.cell[start..self.at];
        if text[1..text.len() - 1].trim().is_empty() {
            return Err(Fault::new("Syntax", "there is nothing in the braces").at(start..self.at).expected(BRACES));
        }
        let at = token.text.len();
        token.text.push_str(text);
        token.expressions.push(Expression { at: at..token.text.len(), span: start..self.at });
        Ok(())
    }

    /// Reads on to the closing `quote`.
    fn quoted(&mut self, quote: char, token: &mut Token) -> Result<(), Fault> {
        let start = self.at - 1;
        while let Some(next) = self.peek() {
            if quote == '"' && matches!(next, '{' | '}') {
                self.brace(token)?;
                continue;
            }
            self.take();
            match next {
                c if c == quote => return Ok(()),
                '\\' if quote == '"' => token.text.extend(self.take()),
                c => token.text.push(c),
            }
        }
        Err(Fault::new("Syntax", "a quote is not closed").at(start..self.at).expected(format!("a second {quote} on the same command")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text, 0..text.len()).unwrap().words.into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn space_separates_and_quotes_hold_together() {
        assert_eq!(words("plot a  'b c' \"d \\\" e\" f=\"g h\""), ["plot", "a", "b c", "d \" e", "f=g h"]);
        assert_eq!(words("a ''"), ["a", ""]);
    }

    #[test]
    fn brackets_hold_a_range_together_and_one_that_is_not_closed_is_a_letter() {
        assert_eq!(words("subset A --filter lat:[1 TO 9] --quiet"), ["subset", "A", "--filter", "lat:[1 TO 9]", "--quiet"]);
        assert_eq!(words("a [b c"), ["a", "[b", "c"]);
        assert_eq!(words("a b] [[c d] e"), ["a", "b]", "[[c d]", "e"]);
    }

    #[test]
    fn a_backslash_at_the_end_of_a_line_continues_it() {
        assert_eq!(words("map A \\\n  --bbox 1,2,3,4 \\  \n --time 1998"), ["map", "A", "--bbox", "1,2,3,4", "--time", "1998"]);
    }

    #[test]
    fn lists_may_have_spaces_and_wkt_needs_no_quotes() {
        assert_eq!(words("--bbox -170, -5, -120, 5 --time 1998"), ["--bbox", "-170,-5,-120,5", "--time", "1998"]);
        assert_eq!(words("--bbox POLYGON((0 1, 2 3))"), ["--bbox", "POLYGON((0 1, 2 3))"]);
        assert_eq!(words("datasets A, --quiet"), ["datasets", "A,", "--quiet"]);
    }

    #[test]
    fn every_word_knows_where_it_stands() {
        let cell = "x\n%sdap plot \"a b\" --every=30";
        let tokens = tokens(cell, 8..cell.len()).unwrap();
        assert_eq!(&cell[tokens.words[1].span.clone()], "\"a b\"");
        assert_eq!(&cell[tokens.span_of("30").unwrap()], "30");
        assert_eq!(tokens.end, cell.len());
    }

    #[test]
    fn a_part_of_a_list_can_be_pointed_at() {
        let cell = "subset D --each rivid=17,18";
        let tokens = tokens(cell, 0..cell.len()).unwrap();
        assert_eq!(&cell[tokens.span_of_part("18").unwrap()], "18");
    }

    #[test]
    fn expressions_in_braces_stand_for_their_values() {
        let text = "map {name} --bbox {west}, {west + 5.0},1,2 --title \"of {f(\"x\")} {{\" '{as it is}'";
        let found = tokens("map {a} --bbox {west}, {west + 5.0},1,2 --title \"of {name} {{}}\" '{as it is}'", 0..77).unwrap();
        assert!(tokens(text, 0..text.len()).is_ok());
        assert_eq!(found.expressions().map(|e| e.0).collect::<Vec<_>>(), ["a", "west", "west + 5.0", "name"]);
        let values = ["SST", "-10", "-5", "two words"].map(str::to_owned);
        let filled: Vec<String> = found.filled(&values).words.into_iter().map(|t| t.text).collect();
        assert_eq!(filled, ["map", "SST", "--bbox", "-10,-5,1,2", "--title", "of two words {}", "{as it is}"]);
    }

    #[test]
    fn a_value_is_pointed_at_where_its_expression_stands() {
        let cell = "map {name} --bbox {area} --time={when}";
        let filled = tokens(cell, 0..cell.len()).unwrap().filled(&["é".into(), "nino3é".into(), "1é98".into()]);
        assert_eq!(&cell[filled.span_of_part("nino3é").unwrap()], "{area}");
        assert_eq!(&cell[filled.span_of("1é98").unwrap()], "--time={when}");
    }

    #[test]
    fn the_expression_under_the_cursor_is_found_though_its_brace_is_open() {
        let at = |marked: &str| {
            let (cursor, text) = (marked.find('¦').unwrap(), marked.replace('¦', ""));
            expression_at(&text, 0..text.len(), cursor).map(|range| text[range].to_owned())
        };
        for (marked, found) in [
            ("map {ye¦", Some("ye")),
            ("map {¦", Some("")),
            ("map {ye¦ar} --time 2009", Some("year")),
            ("map {a} --time {b + {c¦}}/1", Some("b + {c}")),
            ("map \"of {na¦me}\"", Some("name")),
            ("map {a} ¦", None),
            ("map {{a¦", None),
            ("map '{a¦", None),
            ("map 'it' {a¦ --bbox nino34", Some("a")),
        ] {
            assert_eq!(at(marked).as_deref(), found, "{marked}");
        }
    }

    #[test]
    fn braces_that_hold_nothing_are_refused() {
        assert_eq!(tokens("map { }", 0..7).unwrap_err().span, Some(4..7));
        assert_eq!(tokens("map {a", 0..6).unwrap_err().span, Some(4..6));
    }

    #[test]
    fn what_is_not_closed_is_pointed_at() {
        let fault = tokens("plot 'a b", 0..9).unwrap_err();
        assert_eq!(fault.span, Some(5..9));
        assert!(tokens("--bbox POLYGON((0 1", 0..19).is_err());
    }

    proptest::proptest! {
        #[test]
        fn words_of_any_text_lie_in_it_and_in_order(text in "\\PC{0,60}|[ a'\"\\\\\n(),={}é-]{0,40}", value in "\\PC{0,4}") {
            for cursor in (0..=text.len()).filter(|i| text.is_char_boundary(*i)) {
                let found = expression_at(&text, 0..text.len(), cursor);
                proptest::prop_assert!(found.is_none_or(|range| text.get(range).is_some()));
            }
            if let Ok(tokens) = tokens(&text, 0..text.len()) {
                let values = vec![value; tokens.expressions().count()];
                let tokens = tokens.filled(&values);
                for token in &tokens.words {
                    for part in token.text.split([',', '=', '/', ':']) {
                        let span = tokens.span_of_part(part);
                        proptest::prop_assert!(span.is_none_or(|span| text.get(span).is_some()));
                    }
                }
                let mut at = 0;
                for token in &tokens.words {
                    proptest::prop_assert!(token.span.start >= at && token.span.end <= text.len());
                    proptest::prop_assert!(text.get(token.span.clone()).is_some());
                    at = token.span.end;
                }
            }
        }
    }
}
