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
    /// Where a word stands that was given as `text`, alone or behind the `=` of an option.
    pub(crate) fn span_of(&self, text: &str) -> Option<Range<usize>> {
        let whole = self.words.iter().find(|t| t.text == text).map(|t| t.span.clone());
        whole.or_else(|| {
            let token = self.words.iter().find(|t| t.text.split_once('=').is_some_and(|(_, value)| value == text))?;
            Some(token.span.end.saturating_sub(text.len()).max(token.span.start)..token.span.end)
        })
    }

    /// Where a part of a word stands, such as one name of a list; the whole word if it was quoted.
    pub(crate) fn span_of_part(&self, part: &str) -> Option<Range<usize>> {
        self.span_of(part).or_else(|| {
            let token = self.words.iter().find(|t| t.text.split([',', '=', '/']).any(|p| p.trim() == part))?;
            let at = token.text.find(part)?;
            let literal = token.span.len() == token.text.len();
            Some(if literal { token.span.start + at..token.span.start + at + part.len() } else { token.span.clone() })
        })
    }

    /// The place behind the last word.
    pub(crate) fn behind(&self) -> Range<usize> {
        self.end..self.end
    }
}

/// Splits `cell[range]` into words.
///
/// White space separates, and so does a backslash at the end of a line. Single quotes take everything as it is; in
/// double quotes a backslash takes the next character as it is. Parentheses hold together what is in them, so that
/// WKT needs no quotes; and a word that ends in a comma goes on with the next, so that lists may have spaces.
///
/// # Errors
/// If a quote or parenthesis is not closed.
pub(crate) fn tokens(cell: &str, range: Range<usize>) -> Result<Tokens, Fault> {
    let mut reader = Reader { cell, at: range.start, end: range.end };
    let mut tokens = Tokens { words: Vec::new(), end: range.start };
    while reader.skip_space() {
        let token = reader.word()?;
        tokens.end = token.span.end;
        match tokens.words.last_mut() {
            Some(last) if last.text.ends_with(',') && !token.text.starts_with("--") => {
                last.text.push_str(&token.text);
                last.span.end = token.span.end;
            }
            _ => tokens.words.push(token),
        }
    }
    Ok(tokens)
}

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
        let mut text = String::new();
        let mut depth = 0usize;
        while let Some(next) = self.peek() {
            match next {
                c if (c.is_whitespace() || self.continued()) && depth == 0 => break,
                '\'' | '"' => {
                    self.take();
                    self.quoted(next, &mut text)?;
                    continue;
                }
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.take();
            text.push(next);
        }
        if depth > 0 {
            return Err(Fault::new("Syntax", "a parenthesis is not closed").at(start..self.at).expected("a `)` for each `(`"));
        }
        Ok(Token { text, span: start..self.at })
    }

    /// Reads on to the closing `quote`.
    fn quoted(&mut self, quote: char, text: &mut String) -> Result<(), Fault> {
        let start = self.at - 1;
        while let Some(next) = self.take() {
            match next {
                c if c == quote => return Ok(()),
                '\\' if quote == '"' => text.extend(self.take()),
                c => text.push(c),
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
    fn what_is_not_closed_is_pointed_at() {
        let fault = tokens("plot 'a b", 0..9).unwrap_err();
        assert_eq!(fault.span, Some(5..9));
        assert!(tokens("--bbox POLYGON((0 1", 0..19).is_err());
    }

    proptest::proptest! {
        #[test]
        fn words_of_any_text_lie_in_it_and_in_order(text in "\\PC{0,60}|[ a'\"\\\\\n(),=-]{0,40}") {
            if let Ok(tokens) = tokens(&text, 0..text.len()) {
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
