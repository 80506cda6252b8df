//! The syntax of a cell, as evcxr sees it: commands first, then statements.

use crate::guess;
use ra_ap_syntax::{
    AstNode, Edition, SourceFile, SyntaxKind, SyntaxNode, TextRange, WalkEvent,
    ast::{self, HasName},
};
use std::{collections::BTreeSet, ops::Range};

const EDITION: Edition = Edition::Edition2024;

/// Statements only stand inside a function.
const OPENING: &str = "fn cell(){";

/// A cell taken apart. All ranges are bytes of the whole cell.
#[derive(Debug)]
pub(crate) struct Cell {
    /// The lines before the Rust code that evcxr takes for commands, in order.
    pub(crate) commands: Vec<String>,
    /// Where the Rust code starts; the cell's length if there is none.
    pub(crate) start: usize,
    /// The statements. Each reaches to where the next one starts, as evcxr cuts them.
    pub(crate) statements: Vec<Statement>,
    /// Where the `?` stand that would end the cell itself, not a function, closure or async block in it.
    pub(crate) questions: Vec<usize>,
    /// Whether it waits for a future with an `.await` of its own.
    pub(crate) waits: bool,
    /// Whether it ends with a `return` that has a value.
    pub(crate) returns: bool,
    /// The first mistake that no semicolon at the end mends.
    pub(crate) fault: Option<Fault>,
}

/// Where the parser could not go on, and what it expected there.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) expected: String,
}

/// One statement of a cell.
#[derive(Debug)]
pub(crate) struct Statement {
    /// With the white space after it.
    pub(crate) range: Range<usize>,
    /// Where its last token ends.
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// `#![…]`, which must stay in front.
    Attribute,
    /// `let`, with the names it binds.
    Let(Let),
    /// An expression without a semicolon: shown, where it is the last.
    Expression,
    /// A function, type, `use`, ….
    Item,
    /// Any other.
    Other,
}

/// A `let` statement.
#[derive(Debug)]
pub(crate) struct Let {
    /// The names, in order.
    pub(crate) names: Vec<Name>,
    /// How their types are said.
    pub(crate) types: Types,
    /// The type that its value says by itself, where it does and nothing else in the cell mentions the variable.
    pub(crate) evident: Option<String>,
    /// Whether its semicolon is there.
    pub(crate) closed: bool,
}

#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) mutable: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Types {
    /// One name with its whole type: nothing is left to find out.
    Written,
    /// One name without a type, which would stand here.
    Missing { at: usize },
    /// A pattern, or a type with `_` in it.
    Hidden,
}

impl Cell {
    pub(crate) fn parse(code: &str) -> Self {
        let (commands, start) = split_commands(code);
        let body = &code[start..];
        let parsed = SourceFile::parse(&format!("{OPENING}{body}\n}}"), EDITION);
        let nodes = statement_nodes(&parsed.syntax_node());
        let shift = |range: TextRange| place(range, start, code.len());
        let questions = nodes.iter().flat_map(questions).map(|range| shift(range).start).collect();
        let own: Vec<SyntaxNode> = nodes.iter().flat_map(of_the_cell).collect();
        let waits = own.iter().any(|node| ast::AwaitExpr::can_cast(node.kind()));
        let returns = own.into_iter().filter_map(ast::ReturnExpr::cast).any(|end| end.expr().is_some());
        let last = nodes.len().saturating_sub(1);
        let mut statements: Vec<Statement> = nodes
            .iter()
            .enumerate()
            .map(|(number, node)| Statement {
                range: shift(node.text_range()),
                end: shift(node.text_range()).end,
                kind: kind(node, number == last, &shift),
            })
            .collect();
        let starts: Vec<usize> = statements.iter().skip(1).map(|s| s.range.start).chain([code.len()]).collect();
        statements.iter_mut().zip(starts).for_each(|(statement, next)| statement.range.end = next);
        if let Some(first) = statements.first_mut() {
            first.range.start = start;
        }
        let open_let = matches!(statements.last(), Some(Statement { kind: Kind::Let(Let { closed: false, .. }), .. }));
        let errors = parsed.errors();
        let mistaken = errors.len() > usize::from(open_let);
        let fault = errors
            .first()
            .filter(|_| mistaken)
            .map(|error| Fault { at: shift(error.range()).start, expected: in_rust(&error.to_string()) });
        Self { commands, start, statements, questions, waits, returns, fault }
    }

    /// Where code may be put in front of all statements but leading attributes.
    pub(crate) fn first(&self) -> usize {
        let attributes = self.statements.iter().take_while(|s| matches!(s.kind, Kind::Attribute));
        attributes.last().map_or(self.start, |last| last.range.end)
    }

    /// The last statement, if it is an expression to show.
    pub(crate) fn shown(&self) -> Option<&Statement> {
        self.statements.last().filter(|last| matches!(last.kind, Kind::Expression))
    }

    pub(crate) fn lets(&self) -> impl Iterator<Item = (&Statement, &Let)> {
        self.statements.iter().filter_map(|s| if let Kind::Let(found) = &s.kind { Some((s, found)) } else { None })
    }
}

/// The parser's words for tokens, as they are written.
fn in_rust(message: &str) -> String {
    let tokens = [
        ("R_PAREN", "`)`"),
        ("R_CURLY", "`}`"),
        ("R_BRACK", "`]`"),
        ("L_PAREN", "`(`"),
        ("L_CURLY", "`{`"),
        ("SEMICOLON", "`;`"),
        ("COMMA", "`,`"),
        ("EQ", "`=`"),
        ("R_ANGLE", "`>`"),
        ("COLON", "`:`"),
        ("FAT_ARROW", "`=>`"),
        ("IDENT", "a name"),
    ];
    tokens.iter().fold(message.to_owned(), |text, (name, written)| text.replace(name, written))
}

fn statement_nodes(file: &SyntaxNode) -> Vec<SyntaxNode> {
    let function = file.children().next().and_then(ast::Fn::cast);
    let list = function.and_then(|f| f.body()).and_then(|body| body.stmt_list());
    list.map(|list| list.syntax().children().collect()).unwrap_or_default()
}

/// The question marks of a statement that belong to the cell. Those inside the brackets of a macro are not told from other text.
fn questions(statement: &SyntaxNode) -> Vec<TextRange> {
    let marks = of_the_cell(statement).into_iter().filter_map(|node| ast::TryExpr::cast(node)?.question_mark_token());
    let mut found: Vec<TextRange> = marks.map(|mark| mark.text_range()).collect();
    found.sort_by_key(|range| range.start());
    found
}

/// All that belongs to the cell itself, not to a function, closure or async block in it.
fn of_the_cell(statement: &SyntaxNode) -> Vec<SyntaxNode> {
    let mut found = Vec::new();
    let mut walk = statement.preorder();
    while let Some(event) = walk.next() {
        let WalkEvent::Enter(node) = event else { continue };
        if returns_by_itself(&node) {
            walk.skip_subtree();
        } else {
            found.push(node);
        }
    }
    found
}

/// Whether a `?` inside ends this, not the cell.
fn returns_by_itself(node: &SyntaxNode) -> bool {
    let block = ast::BlockExpr::cast(node.clone());
    block.is_some_and(|block| {
        block.modifier().is_some_and(|modifier| !matches!(modifier, ast::BlockModifier::Unsafe(_) | ast::BlockModifier::Label(_)))
    }) || ast::ClosureExpr::can_cast(node.kind())
        || (ast::Item::can_cast(node.kind()) && !ast::MacroCall::can_cast(node.kind()))
}

/// A range of the parsed text as one of the cell.
fn place(range: TextRange, start: usize, end: usize) -> Range<usize> {
    let at = |offset: ra_ap_syntax::TextSize| (usize::from(offset).saturating_sub(OPENING.len()) + start).min(end);
    at(range.start())..at(range.end())
}

fn kind(node: &SyntaxNode, last: bool, shift: &impl Fn(TextRange) -> Range<usize>) -> Kind {
    if let Some(found) = ast::LetStmt::cast(node.clone()) {
        return Kind::Let(read_let(&found, shift));
    }
    if ast::Attr::can_cast(node.kind()) {
        Kind::Attribute
    } else if ast::Expr::can_cast(node.kind()) {
        if last { Kind::Expression } else { Kind::Other }
    } else if ast::Item::can_cast(node.kind()) {
        Kind::Item
    } else {
        Kind::Other
    }
}

fn read_let(found: &ast::LetStmt, shift: &impl Fn(TextRange) -> Range<usize>) -> Let {
    let Some(pattern) = found.pat() else {
        return Let { names: Vec::new(), types: Types::Written, evident: None, closed: true };
    };
    let names: Vec<Name> = pattern.syntax().descendants().filter_map(ast::IdentPat::cast).filter_map(read_name).collect();
    let types = match (&pattern, found.ty()) {
        (ast::Pat::IdentPat(_), None) => Types::Missing { at: shift(pattern.syntax().text_range()).end },
        (ast::Pat::IdentPat(_), Some(ty)) if is_whole(&ty) => Types::Written,
        _ => Types::Hidden,
    };
    let untyped = matches!(types, Types::Missing { .. });
    let alone = untyped && names.first().is_some_and(|name| mentions(found.syntax(), &name.text) == 1);
    let evident = if alone { found.initializer().and_then(|value| guess::type_of(&value)) } else { None };
    Let { names, types, evident, closed: found.semicolon_token().is_some() }
}

/// How often the cell of a statement mentions a name.
fn mentions(statement: &SyntaxNode, name: &str) -> usize {
    let cell = statement.ancestors().last().unwrap_or_else(|| statement.clone());
    let tokens = cell.descendants_with_tokens().filter_map(ra_ap_syntax::NodeOrToken::into_token);
    tokens.filter(|token| token.kind() == SyntaxKind::IDENT && token.text().trim_start_matches("r#") == name).count()
}

/// A capital is a constant or a variant, such as the `None` of `let None = x else { … }`.
fn read_name(pattern: ast::IdentPat) -> Option<Name> {
    let text = pattern.name()?.text().to_string();
    let variable = !text.starts_with(char::is_uppercase);
    variable.then(|| Name { text, mutable: pattern.mut_token().is_some() })
}

fn is_whole(ty: &ast::Type) -> bool {
    !ty.syntax().descendants().any(|node| node.kind() == SyntaxKind::INFER_TYPE)
}

/// Commands stand before the first line of Rust; comments and blank lines may stand between them.
fn split_commands(code: &str) -> (Vec<String>, usize) {
    let mut commands = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        if is_command(text) {
            commands.push(text.to_owned());
        } else if !(is_comment(text) || text.trim().is_empty()) {
            return (commands, at);
        }
        at += line.len();
    }
    (commands, code.len())
}

/// Documentation is part of the item below it.
fn is_comment(line: &str) -> bool {
    line.starts_with("//") && !line.starts_with("///")
}

/// `:name` or `!shell`. A path from the crate root, `::std::…`, is Rust.
fn is_command(line: &str) -> bool {
    let word = line.trim_start_matches(' ');
    line.starts_with('!') || (word.starts_with(':') && !word.starts_with("::"))
}

/// Which of `names` a cell mentions as variables: not inside strings or comments, nor as a field, method or part of a path.
/// A name inside the braces of a format string counts: `println!("{trmm:?}")`.
///
/// ```
/// let names = ["trmm", "sst", "lat"];
/// assert_eq!(sdap_rust_cells::uses("sst.lat.len() // of trmm", names.into_iter()), ["sst"]);
/// ```
pub fn uses<'n>(code: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    let (_, start) = split_commands(code);
    let parsed = SourceFile::parse(&format!("{OPENING}{}\n}}", &code[start..]), EDITION);
    let mut mentioned = BTreeSet::new();
    let mut before = SyntaxKind::EOF;
    for token in parsed.syntax_node().descendants_with_tokens().filter_map(ra_ap_syntax::NodeOrToken::into_token) {
        match token.kind() {
            SyntaxKind::WHITESPACE | SyntaxKind::COMMENT => continue,
            SyntaxKind::IDENT if !matches!(before, SyntaxKind::DOT | SyntaxKind::COLON2) => {
                mentioned.insert(token.text().trim_start_matches("r#").to_owned());
            }
            SyntaxKind::STRING => mentioned.extend(captured(token.text())),
            _ => {}
        }
        before = token.kind();
    }
    names.filter(|name| mentioned.contains(*name)).map(str::to_owned).collect()
}

/// The names in the braces of a format string.
fn captured(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('{').skip(1).map(|rest| {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest[..end].to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cell_waits_and_returns_where_no_function_or_block_in_it_does() {
        for (code, waits, returns) in [
            ("f().await?", true, false),
            ("let g = async { f().await };", false, false),
            ("async fn g() -> u8 { f().await; return 1 }", false, false),
            ("if a { return Err(b.into()); }", false, true),
            ("return;", false, false),
            ("let g = |x| return x; loop { f().await }", true, false),
        ] {
            let cell = Cell::parse(code);
            assert_eq!((cell.waits, cell.returns), (waits, returns), "{code}");
        }
    }

    fn used(code: &str) -> Vec<String> {
        uses(code, ["trmm", "sst", "mean"].into_iter())
    }

    #[test]
    fn a_name_is_used_where_it_is_a_variable() {
        for code in
            ["trmm", "trmm.mean", "f(&trmm)", "let x = trmm;", "[trmm.len(), 1]", "vec![trmm.clone()]", "r#trmm", "for t in &trmm {}"]
        {
            assert_eq!(used(code), ["trmm"], "{code}");
        }
        assert_eq!(used(":dep rand = \"0.9\"\ntrmm - sst"), ["trmm", "sst"]);
        assert_eq!(used("println!(\"{trmm:?} and {}\", 1)"), ["trmm"]);
    }

    #[test]
    fn a_name_is_not_used_in_strings_comments_fields_paths_or_longer_names() {
        for code in [
            "\"trmm\"",
            "r#\"trmm \"# ",
            "// trmm",
            "/* /* trmm */ trmm */",
            "x.trmm",
            "a::trmm",
            "trmm2",
            "'t' // trmm",
            "b\"trmm\"",
            "c.mean()",
            "",
            ":vars trmm",
        ] {
            assert_eq!(used(code), [""; 0], "{code}");
        }
    }

    fn shape(code: &str) -> Vec<(String, &'static str)> {
        let name = |kind: &Kind| match kind {
            Kind::Attribute => "attribute",
            Kind::Let(_) => "let",
            Kind::Expression => "expression",
            Kind::Item => "item",
            Kind::Other => "other",
        };
        Cell::parse(code).statements.iter().map(|s| (code[s.range.clone()].to_owned(), name(&s.kind))).collect()
    }

    #[test]
    fn statements_are_cut_where_the_next_one_starts() {
        let shapes = shape("#![allow(unused)]\nuse std::fmt;\nlet a = 1; // one\nfor i in 0..a {}\na + 1");
        let expected = [
            ("#![allow(unused)]\n", "attribute"),
            ("use std::fmt;\n", "item"),
            ("let a = 1; // one\n", "let"),
            ("for i in 0..a {}\n", "other"),
            ("a + 1", "expression"),
        ];
        assert_eq!(shapes, expected.map(|(text, kind)| (text.to_owned(), kind)));
    }

    #[test]
    fn only_the_last_expression_without_a_semicolon_is_shown() {
        for (code, shown) in [
            ("1 + 1", true),
            ("1 + 1;", false),
            ("println!(\"x\")", true),
            ("fn f() {}", false),
            ("let a = 1;", false),
            ("if a {1} else {2}", true),
            ("", false),
        ] {
            assert_eq!(Cell::parse(code).shown().is_some(), shown, "{code}");
        }
    }

    #[test]
    fn a_let_says_its_names_and_whether_their_types_are_written() {
        let cell = Cell::parse("let a = 1; let mut b: Vec<i32> = vec![]; let c: Vec<_> = b; let (d, Some(mut e)) = f() else { panic!() };");
        let lets: Vec<_> =
            cell.lets().map(|(_, l)| (l.names.iter().map(|n| (n.text.as_str(), n.mutable)).collect::<Vec<_>>(), &l.types)).collect();
        assert_eq!(
            lets,
            [
                (vec![("a", false)], &Types::Missing { at: 5 }),
                (vec![("b", true)], &Types::Written),
                (vec![("c", false)], &Types::Hidden),
                (vec![("d", false), ("e", true)], &Types::Hidden)
            ]
        );
    }

    #[test]
    fn the_question_marks_of_the_cell_itself_are_found() {
        let marked = |code: &str| Cell::parse(code).questions.into_iter().map(|at| code[..at].to_owned()).collect::<Vec<_>>();
        assert_eq!(
            marked("let a = f()?; // why?\ng(a?)?.h()"),
            ["let a = f()", "let a = f()?; // why?\ng(a", "let a = f()?; // why?\ng(a?)"]
        );
        assert_eq!(marked("for i in 0..3 { unsafe { f(i)? } }"), ["for i in 0..3 { unsafe { f(i)"]);
        for code in ["fn f() -> R { g()? }", "let f = || g()?;", "async { g()? }", "\"?\"", "vec![f()?]", "{ fn f() -> R { g()? } }", "'?'"]
        {
            assert!(marked(code).is_empty(), "{code}");
        }
        assert_eq!(marked(":dep rand\nü()?"), [":dep rand\nü()"]);
    }

    #[test]
    fn commands_stand_in_front_and_a_root_path_is_none() {
        let cell = Cell::parse("// first\n:dep rand = \"0.9\"\n\n!ls\nlet a = 1;");
        assert_eq!(cell.commands, [":dep rand = \"0.9\"", "!ls"]);
        assert_eq!(cell.statements.len(), 1);
        assert!(Cell::parse("::std::process::id()").commands.is_empty());
        assert_eq!(Cell::parse(":vars\n/// Of `f`.\nfn f() {}").start, 6, "documentation stays with its item");
    }

    #[test]
    fn a_missing_semicolon_after_the_last_let_is_no_mistake_and_others_are() {
        assert!(Cell::parse("let a = 1").fault.is_none());
        for (code, at, expected) in
            [("let a = 1 let b = 2;", 9, "expected `;`"), ("foo(", 4, "expected expression"), ("1;\nf(2", 6, "expected `)`")]
        {
            let fault = Cell::parse(code).fault.unwrap();
            assert_eq!((fault.at, fault.expected.as_str()), (at, expected), "{code}");
        }
        for code in ["fn f( {", "let = 3;", "}"] {
            assert!(Cell::parse(code).fault.is_some(), "{code}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic_or_cut_outside_the_text(code in "\\PC*|[a-z(){}\\[\\]\"'#/*\n;:!.=&| ]{0,60}") {
            let cell = Cell::parse(&code);
            for statement in &cell.statements {
                prop_assert!(code.get(statement.range.clone()).is_some());
                prop_assert!(code.get(..statement.end).is_some());
            }
            uses(&code, ["a"].into_iter());
        }
    }
}
