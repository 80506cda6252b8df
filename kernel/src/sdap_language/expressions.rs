//! Expressions of Rust in `%sdap` commands: `--time {year}` takes what the variable `year` holds.

use super::{SdapLanguage, told};
use crate::language::CellError;
use sdap_magics::{CommandLine, Expression, Fault};
use std::fmt::Write;
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
