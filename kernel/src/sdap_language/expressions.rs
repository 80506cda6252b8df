//! Expressions of Rust in `%sdap` commands: `--time {year}` takes what the variable `year` holds.

use super::{SdapLanguage, told};
use crate::language::{CellError, Completions};
use sdap_magics::{CommandLine, Expression, Fault, cell::command_at};
use std::{fmt::Write, ops::Range};
use tokio_util::sync::CancellationToken;

impl SdapLanguage {
    /// The values of a command's expressions, as text, all by one Rust cell.
    pub(super) async fn values_in(
        &self,
        command: &CommandLine,
        cell: &str,
        interrupt: &CancellationToken,
    ) -> Result<Vec<String>, CellError> {
        let expressions = command.expressions(cell).map_err(|fault| told(&fault, cell))?;
        if expressions.is_empty() {
            return Ok(Vec::new());
        }
        let failed = |why: &str| told(&no_value(&expressions, why), cell);
        let answer = match self.rust_value(&rust_of(&expressions), interrupt).await {
            Ok(answer) => answer,
            Err(error) if error.name == "Interrupted" || error.name == "RustNotReady" => return Err(error),
            Err(error) => return Err(failed(&error.value)),
        };
        let json = answer.data.get("application/json").and_then(|json| json.as_str()).unwrap_or_default();
        serde_json::from_str(json).map_err(|error| failed(&error.to_string()))
    }

    /// What could stand in the braces that the cursor is in. Of names that stand alone only variables have a value that prints.
    pub(super) async fn completions_in_braces(&self, code: &str, cursor: usize) -> Option<Completions> {
        let expression = at(code, cursor)?;
        let mut found = self.rust_completions(&code[expression.clone()], cursor - expression.start).await;
        let typed = code[expression.start..cursor].trim_start();
        if typed.chars().all(|c| c.is_alphanumeric() || c == '_') {
            found.candidates.retain(|c| c.kind == "instance");
        }
        found.replaces = found.replaces.start + expression.start..found.replaces.end + expression.start;
        Some(found)
    }
}

/// The expression of a command that the cursor stands in.
pub(super) fn at(code: &str, cursor: usize) -> Option<Range<usize>> {
    command_at(code, cursor)?.expression_at(code, cursor)
}

/// A Rust cell whose value is the text of each expression.
fn rust_of(expressions: &[Expression]) -> String {
    let mut code = "sdap::cell::Texts(vec![".to_owned();
    for Expression { text, .. } in expressions {
        write!(code, "format!(\"{{}}\", {text}), ").ok();
    }
    code + "])"
}

/// The fault of a command whose expressions have no value; it points at the one that `why` names, or else at the first.
fn no_value(expressions: &[Expression], why: &str) -> Fault {
    let named = |e: &&Expression| why.contains(&format!("`{}`", e.text));
    let blamed = expressions.iter().find(named).or(expressions.first());
    let text = blamed.map_or("", |e| &e.text);
    // The line that rustc names is one of the generated code.
    let why = why.split(" (line ").next().unwrap_or(why);
    let fault = Fault::new("NoValue", format!("{{{text}}} has no value: {why}"))
        .expected("an expression of Rust that prints as text, such as a variable of an earlier cell")
        .hint("{{ and }} are braces");
    Fault { span: blamed.map(|e| e.span.clone()), ..fault }
}
