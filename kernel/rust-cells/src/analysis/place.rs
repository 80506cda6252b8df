//! Which names a place in a program is about.

use ra_ap_syntax::{
    AstNode, Edition, SourceFile, SyntaxNode, SyntaxToken, TextRange, TextSize,
    ast::{self, HasArgList},
};
use std::ops::Range;

/// The names that byte `at` may be asked about, the nearest first: one that it touches, then what is called in the
/// brackets around it.
pub(super) fn named_by(program: &str, at: usize) -> Vec<Range<usize>> {
    let file = SourceFile::parse(program, Edition::Edition2024).syntax_node();
    let at = TextSize::new(u32::try_from(at).unwrap_or(u32::MAX)).min(file.text_range().end());
    let touched = file.token_at_offset(at).filter(is_name);
    // A name that ends here comes before one that begins here.
    let mut names: Vec<TextRange> = touched.map(|token| token.text_range()).collect();
    if let Some(before) = file.token_at_offset(at).left_biased() {
        names.extend(before.parent_ancestors().filter_map(|node| called(&node, at)));
    }
    names.into_iter().map(|range| usize::from(range.start())..usize::from(range.end())).collect()
}

fn is_name(token: &SyntaxToken) -> bool {
    token.kind().is_any_identifier() || token.kind().is_keyword(Edition::Edition2024)
}

/// The name of what a call calls, if `at` lies in its brackets.
fn called(node: &SyntaxNode, at: TextSize) -> Option<TextRange> {
    let inside = |arguments: Option<&SyntaxNode>| arguments.is_some_and(|list| list.text_range().start() < at);
    let last_name =
        |node: &SyntaxNode| node.descendants_with_tokens().filter_map(ra_ap_syntax::NodeOrToken::into_token).filter(is_name).last();
    let name = if let Some(call) = ast::CallExpr::cast(node.clone()) {
        inside(call.arg_list().as_ref().map(AstNode::syntax)).then(|| last_name(call.expr()?.syntax()))?
    } else if let Some(call) = ast::MethodCallExpr::cast(node.clone()) {
        inside(call.arg_list().as_ref().map(AstNode::syntax)).then(|| last_name(call.name_ref()?.syntax()))?
    } else if let Some(call) = ast::MacroCall::cast(node.clone()) {
        inside(call.token_tree().as_ref().map(AstNode::syntax)).then(|| last_name(call.path()?.syntax()))?
    } else {
        None
    };
    name.map(|token| token.text_range())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is asked about where `|` stands.
    fn names(marked: &str) -> Vec<String> {
        let program = marked.replace('|', "");
        named_by(&program, marked.find('|').unwrap()).into_iter().map(|range| program[range].to_owned()).collect()
    }

    #[test]
    fn a_place_is_about_the_name_it_touches_then_about_what_is_called_around_it() {
        for (marked, expected) in [
            ("fn f() { sst|.mean }", vec!["sst"]),
            ("fn f() { sst.me|an }", vec!["mean"]),
            ("fn f() { foo(| }", vec!["foo"]),
            ("fn f() { foo(|) }", vec!["foo"]),
            ("fn f() { foo(a, |) }", vec!["foo"]),
            ("fn f() { foo(a|) }", vec!["a", "foo"]),
            ("fn f() { foo(bar(|)) }", vec!["bar", "foo"]),
            ("fn f() { a.bar(|) }", vec!["bar"]),
            ("fn f() { x::y::new(|1) }", vec!["new"]),
            ("fn f() { println!(|) }", vec!["println"]),
            ("fn f() { let| a = 1; }", vec!["let"]),
            ("fn f() { \"α\"; größe| }", vec!["größe"]),
            ("fn f() { 1 + | }", vec![]),
        ] {
            assert_eq!(names(marked), expected, "{marked}");
        }
    }
}
