//! Types that the text of a `let` says by itself: those of literals, and of what is made of them.
//!
//! That saves a question to rustc, for a cell that says nothing else of the variable: where nothing else decides, an
//! integer is an `i32` and a float an `f64`.

use ra_ap_syntax::{
    AstNode, Edition,
    ast::{self, ArrayExprKind, LiteralKind},
};

/// Names that would mean something else if a session declared them.
pub(crate) const RELIED_ON: [&str; 3] = ["String", "format", "vec"];

/// The type of an expression.
pub(crate) fn type_of(expression: &ast::Expr) -> Option<String> {
    match expression {
        ast::Expr::Literal(literal) => of_literal(&literal.kind()),
        ast::Expr::ParenExpr(inner) => type_of(&inner.expr()?),
        ast::Expr::PrefixExpr(minus) if minus.op_kind()? == ast::UnaryOp::Neg => {
            type_of(&minus.expr()?).filter(|ty| ty.starts_with(['i', 'f']))
        }
        ast::Expr::TupleExpr(tuple) => {
            let fields: Vec<String> = tuple.fields().map(|field| type_of(&field)).collect::<Option<_>>()?;
            Some(format!("({}{})", fields.join(", "), if fields.len() == 1 { "," } else { "" }))
        }
        ast::Expr::ArrayExpr(array) => of_array(array),
        ast::Expr::MethodCallExpr(call) => of_method(call),
        ast::Expr::CallExpr(call) => of_call(call),
        ast::Expr::MacroExpr(made) => of_macro(&made.macro_call()?),
        _ => None,
    }
}

fn of_literal(kind: &LiteralKind) -> Option<String> {
    let ty = match kind {
        LiteralKind::String(_) => "&'static str",
        LiteralKind::IntNumber(number) => number.suffix().unwrap_or("i32"),
        LiteralKind::FloatNumber(number) => number.suffix().unwrap_or("f64"),
        LiteralKind::Char(_) => "char",
        LiteralKind::Bool(_) => "bool",
        LiteralKind::Byte(_) => "u8",
        _ => return None,
    };
    Some(ty.to_owned())
}

/// `[a, b]`, all of one type, or `[a; 3]`.
fn of_array(array: &ast::ArrayExpr) -> Option<String> {
    match array.kind() {
        ArrayExprKind::ElementList(elements) => {
            let elements: Vec<ast::Expr> = elements.collect();
            Some(format!("[{}; {}]", of_all(&elements)?, elements.len()))
        }
        ArrayExprKind::Repeat { initializer, repeat } => {
            let ast::Expr::Literal(count) = repeat? else { return None };
            Some(format!("[{}; {}]", type_of(&initializer?)?, count.syntax().text()))
        }
    }
}

/// The type that all of some expressions have.
fn of_all(expressions: &[ast::Expr]) -> Option<String> {
    let (first, rest) = expressions.split_first()?;
    let ty = type_of(first)?;
    rest.iter().all(|other| type_of(other).as_ref() == Some(&ty)).then_some(ty)
}

/// `"text".to_owned()` and the like.
fn of_method(call: &ast::MethodCallExpr) -> Option<String> {
    let name = call.name_ref()?.text().to_string();
    let makes_string = matches!(name.as_str(), "to_owned" | "to_string" | "into_owned");
    (makes_string && type_of(&call.receiver()?)? == "&'static str").then(|| "String".to_owned())
}

/// `String::from("text")`.
fn of_call(call: &ast::CallExpr) -> Option<String> {
    let path = call.expr()?.syntax().text().to_string();
    matches!(path.as_str(), "String::from" | "String::new").then(|| "String".to_owned())
}

/// `vec![…]` of what has a type, and `format!(…)`.
fn of_macro(call: &ast::MacroCall) -> Option<String> {
    match call.path()?.syntax().text().to_string().as_str() {
        "format" => Some("String".to_owned()),
        "vec" => {
            let brackets = call.token_tree()?.syntax().text().to_string();
            let inner = brackets.get(1..brackets.len() - 1)?;
            let ast::Expr::ArrayExpr(array) = ast::Expr::parse(&format!("[{inner}]"), Edition::Edition2024).ok().ok()? else { return None };
            let ty = match array.kind() {
                ArrayExprKind::ElementList(elements) => of_all(&elements.collect::<Vec<_>>())?,
                ArrayExprKind::Repeat { initializer, .. } => type_of(&initializer?)?,
            };
            Some(format!("Vec<{ty}>"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(text: &str) -> Option<String> {
        type_of(&ast::Expr::parse(text, Edition::Edition2024).ok().unwrap())
    }

    #[test]
    fn literals_and_what_is_made_of_them_have_a_type() {
        let cases = [
            ("5", "i32"),
            ("-5", "i32"),
            ("5u8", "u8"),
            ("(-2.5e3)", "f64"),
            ("1_f32", "f32"),
            ("'x'", "char"),
            ("true", "bool"),
            ("\"a\"", "&'static str"),
            ("vec![1, 2, 3]", "Vec<i32>"),
            ("vec![0.0; 100]", "Vec<f64>"),
            ("vec![[1, 2], [3, 4]]", "Vec<[i32; 2]>"),
            ("(1, \"a\", 2.5)", "(i32, &'static str, f64)"),
            ("(1,)", "(i32,)"),
            ("[0u8; 16]", "[u8; 16]"),
            ("String::from(\"a\")", "String"),
            ("\"a\".to_owned()", "String"),
            ("vec![\"a\".to_string()]", "Vec<String>"),
            ("format!(\"{x}\")", "String"),
        ];
        for (text, expected) in cases {
            assert_eq!(guess(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_left_to_rustc() {
        for text in
            ["x", "f(1)", "1 + 1", "vec![]", "vec![1, x]", "[1, 2.0]", "-\"a\"", "x.to_string()", "[0; n]", "b\"a\"", "Vec::new()", "()"]
        {
            assert_eq!(guess(text), (text == "()").then(|| "()".to_owned()), "{text}");
        }
    }
}
