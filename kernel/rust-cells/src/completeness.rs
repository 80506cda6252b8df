//! Whether code is ready to run or its author is still writing.

use ra_ap_syntax::{Edition, NodeOrToken, SourceFile, SyntaxKind};

/// Whether code is ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It can run.
    Complete,
    /// More must follow: a bracket, string or comment is open, or the last token asks for another.
    Incomplete {
        /// The spaces that the next line starts with.
        indent: String,
    },
    /// Nothing that follows can make it run: a bracket closes what was not opened.
    Invalid,
}

/// One more level of indentation.
const STEP: &str = "    ";

/// Looks at brackets, strings, raw strings, characters, nested comments, and at the last token.
///
/// ```
/// use sdap_rust_cells::{Completeness, is_complete};
/// assert_eq!(is_complete("let c = '(';"), Completeness::Complete);
/// assert_eq!(is_complete("for i in 0..3 {"), Completeness::Incomplete { indent: "    ".into() });
/// ```
pub fn is_complete(code: &str) -> Completeness {
    let tokens = tokens(code);
    if tokens.last().is_some_and(|(kind, text)| is_open(*kind, text)) {
        return Completeness::Incomplete { indent: String::new() };
    }
    let significant = || tokens.iter().filter(|(kind, _)| !kind.is_trivia());
    let mut open = Vec::new();
    for (kind, _) in significant() {
        match kind {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => open.push(*kind),
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY if open.pop() != partner(*kind) => {
                return Completeness::Invalid;
            }
            _ => {}
        }
    }
    let mut last = significant().rev().map(|(kind, _)| *kind);
    let waits = asks_for_more(last.next(), last.next()) && !ends_in_command(code);
    if open.is_empty() && !waits && !ends_in_attribute(code) {
        return Completeness::Complete;
    }
    let last = code.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut indent = last[..last.len() - last.trim_start().len()].to_owned();
    if opens_more(last) {
        indent.push_str(STEP);
    }
    Completeness::Incomplete { indent }
}

fn tokens(code: &str) -> Vec<(SyntaxKind, String)> {
    let file = SourceFile::parse(code, Edition::Edition2024).syntax_node();
    let tokens = file.descendants_with_tokens().filter_map(NodeOrToken::into_token);
    tokens.map(|token| (token.kind(), token.text().to_owned())).collect()
}

/// Whether a string or a block comment lacks its end. Only the last token can.
pub(crate) fn is_open(kind: SyntaxKind, text: &str) -> bool {
    match kind {
        SyntaxKind::COMMENT => text.starts_with("/*") && !closes_comment(text),
        SyntaxKind::STRING | SyntaxKind::BYTE_STRING | SyntaxKind::C_STRING => !closes_string(text),
        _ => false,
    }
}

fn closes_comment(text: &str) -> bool {
    let mut depth = 0;
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("/*") || rest.starts_with("*/") {
            depth += if next == '/' { 1 } else { -1 };
            rest = &rest[2..];
        } else {
            rest = &rest[next.len_utf8()..];
        }
    }
    depth == 0
}

/// Of a literal from its prefix on, such as `br##"…"##`.
fn closes_string(text: &str) -> bool {
    let Some((prefix, content)) = text.split_once('"') else { return false };
    if prefix.contains('r') {
        let end = format!("\"{}", "#".repeat(prefix.matches('#').count()));
        return content.contains(&end);
    }
    let mut escaped = false;
    content.chars().any(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })
}

fn partner(closing: SyntaxKind) -> Option<SyntaxKind> {
    match closing {
        SyntaxKind::R_PAREN => Some(SyntaxKind::L_PAREN),
        SyntaxKind::R_BRACK => Some(SyntaxKind::L_BRACK),
        SyntaxKind::R_CURLY => Some(SyntaxKind::L_CURLY),
        _ => None,
    }
}

/// Tokens that no cell ends with. Two dots are a range without an end.
fn asks_for_more(last: Option<SyntaxKind>, before: Option<SyntaxKind>) -> bool {
    use SyntaxKind as K;
    let Some(kind) = last.filter(|kind| *kind != K::DOT || before != Some(K::DOT)) else { return false };
    let operator = [
        K::EQ,
        K::PLUS,
        K::MINUS,
        K::STAR,
        K::SLASH,
        K::PERCENT,
        K::AMP,
        K::PIPE,
        K::CARET,
        K::DOT,
        K::COMMA,
        K::COLON,
        K::L_ANGLE,
        K::BANG,
    ];
    operator.contains(&kind) || [K::LET_KW, K::ELSE_KW, K::MUT_KW, K::IN_KW, K::MATCH_KW, K::IF_KW].contains(&kind)
}

/// Commands end with their line, whatever they end with.
fn ends_in_command(code: &str) -> bool {
    code.lines().next_back().is_some_and(|line| line.trim_start().starts_with(':') || line.starts_with('!'))
}

/// An attribute asks for the item below it.
fn ends_in_attribute(code: &str) -> bool {
    let last = code.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    last.starts_with("#[") && last.ends_with(']')
}

fn opens_more(line: &str) -> bool {
    let balance: i32 = tokens(line)
        .iter()
        .map(|(kind, _)| match kind {
            SyntaxKind::L_PAREN | SyntaxKind::L_BRACK | SyntaxKind::L_CURLY => 1,
            SyntaxKind::R_PAREN | SyntaxKind::R_BRACK | SyntaxKind::R_CURLY => -1,
            _ => 0,
        })
        .sum();
    balance > 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn code_that_can_run_is_complete() {
        for code in [
            "",
            "1 + 1",
            "let a = 1;",
            "fn f() { 1 }",
            "\"a \\\" ( b\"",
            "r#\"a \" (\"#",
            "'('",
            "'\\''",
            "fn f<'a>(x: &'a str) -> &'a str { x }",
            "/* ( /* { */ */ 1",
            "// (",
            "x[0]",
            "0..",
            "f()?",
            ":dep rand = \"0.9\"",
            ":vars",
            "b'\"'",
            "let v: Vec<i32> = vec![];",
            "1 // +",
        ] {
            assert_eq!(is_complete(code), Completeness::Complete, "{code}");
        }
    }

    #[test]
    fn open_code_is_incomplete_and_says_how_the_next_line_starts() {
        for (code, indent) in [
            ("fn f() {", "    "),
            ("fn f() {\n    if a {", "        "),
            ("fn f() {\n    g();", "    "),
            ("f(1,", "    "),
            ("let a =", ""),
            ("  x\n  .", "  "),
            ("\"abc", ""),
            ("r##\"abc\"#", ""),
            ("/* a /* b */", ""),
            ("#[derive(Debug)]", ""),
            ("let a = b +", ""),
            ("match", ""),
        ] {
            assert_eq!(is_complete(code), Completeness::Incomplete { indent: indent.into() }, "{code}");
        }
    }

    #[test]
    fn a_bracket_that_closes_nothing_is_invalid() {
        for code in ["f(]", "}", "fn f() { (} )"] {
            assert_eq!(is_complete(code), Completeness::Invalid, "{code}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(code in "\\PC*|[a-z(){}\\[\\]\"'#/*\n;:!.=r\\\\ ]{0,60}") {
            is_complete(&code);
        }

        #[test]
        fn what_is_complete_stays_so_with_a_comment_after_it(code in "((a|1|f\\(\\)|\\{ b \\}|\"\\(\"|'c'|/\\* d \\*/)[ ;]){0,6}") {
            prop_assume!(is_complete(&code) == Completeness::Complete);
            prop_assert_eq!(is_complete(&format!("{code}\n// ( \"")), Completeness::Complete);
        }
    }
}
