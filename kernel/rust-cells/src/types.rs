//! The types that a cell's `let` statements leave to the compiler.
//!
//! evcxr keeps each variable in a store, for which it needs the variable's type as text. Its own way to it, an analyzer
//! that reads the standard library's sources, takes seconds and fails where they are not installed. Rustc knows the type
//! and tells it: dropping a reference earns a warning that names it. So the cell is first checked with such drops at its
//! end, where control never comes, and the types it is told are put into the cell.

use crate::{
    cell::CellError,
    diagnosis::compilation_error,
    guess::RELIED_ON,
    paths::Paths,
    syntax::{Cell, Kind, Let, Name, Statement, Types},
    weave::{Insertion, Woven},
};
use evcxr::{CommandContext, CompilationError};
use std::collections::BTreeMap;

/// Finds types, and remembers the paths of those that no cell has imported.
#[derive(Default)]
pub(crate) struct TypeFinder {
    paths: Paths,
}

impl TypeFinder {
    /// The annotations to put into `code`, beside `generated`, so that the type of each variable it declares is written.
    ///
    /// # Errors
    /// What rustc says, if the cell does not compile; or which variable has a type that cannot be written.
    pub(crate) fn annotations(
        &mut self,
        context: &mut CommandContext,
        code: &str,
        cell: &Cell,
        generated: &[Insertion],
    ) -> Result<Vec<Insertion>, CellError> {
        let relies = RELIED_ON.iter().any(|name| context.defined_item_names().any(|item| item == *name)) || code.contains("macro_rules!");
        let (evident, unknown): (Vec<_>, Vec<_>) = untyped(cell).into_iter().partition(|(_, found, _)| found.evident.is_some() && !relies);
        let mut annotations: Vec<Insertion> = evident
            .into_iter()
            .filter_map(|(statement, found, name)| Some(annotation(statement, found, name, found.evident.as_ref()?)))
            .collect();
        if unknown.is_empty() {
            return Ok(annotations);
        }
        let mut insertions = generated.to_vec();
        // An expression to show would be the cell's last word; after an item, a semicolon is a mistake.
        let end = if cell.shown().is_some() { "\n;" } else { "\n" };
        insertions
            .push(Insertion { at: code.len(), text: end.to_owned() + &question(unknown.iter().map(|(_, _, name)| name.text.as_str())) });
        let asked = Woven::new(&without_shell_commands(code, cell), insertions);
        let Ok(messages) = context.check(&asked.text) else {
            return Ok(annotations);
        };
        let errors: Vec<CompilationError> = messages.iter().filter(|m| m.level() == "error" && m.is_from_user_code()).cloned().collect();
        if !errors.is_empty() {
            return Err(compilation_error(&errors, &asked, None));
        }
        let told: BTreeMap<String, String> = messages.iter().filter_map(told_type).collect();
        self.paths.find(context, &scope(code, cell), told.values());
        for (statement, found, name) in unknown {
            if let Some(ty) = told.get(&name.text) {
                annotations.push(annotation(statement, found, name, &self.written(&name.text, ty)?));
            }
        }
        Ok(annotations)
    }

    /// The type as a cell can write it.
    fn written(&self, variable: &str, ty: &str) -> Result<String, CellError> {
        if ty.contains("{closure@") || ty.contains("{async ") || ty.contains("impl ") || ty.contains("{coroutine") {
            return Err(unwritable(variable, ty));
        }
        // A function's own type is written as the type of a pointer to it.
        let ty = if ty.ends_with('}') { ty.rsplit_once(" {").map_or(ty, |(pointer, _)| pointer) } else { ty };
        if ty.contains('{') {
            return Err(unwritable(variable, ty));
        }
        let text = self.paths.expand(ty).map_err(|name| unreachable_type(variable, ty, &name))?;
        // What a cell keeps outlives it.
        Ok(text.replace("'_", "'static"))
    }
}

/// The cell with blanks for shell commands, which evcxr would take for code here.
fn without_shell_commands(code: &str, cell: &Cell) -> String {
    let blank = |line: &str| if line.starts_with('!') { " ".repeat(line.trim_end().len()) + "\n" } else { line.to_owned() };
    code[..cell.start].split_inclusive('\n').map(blank).collect::<String>() + &code[cell.start..]
}

/// What of a cell says which names are in scope: its dependencies, imports and declarations.
fn scope(code: &str, cell: &Cell) -> String {
    let dependencies = cell.commands.iter().filter(|command| command.trim().starts_with(":dep")).map(String::as_str);
    let items = cell.statements.iter().filter(|s| matches!(s.kind, Kind::Item)).map(|s| &code[s.range.start..s.end]);
    dependencies.chain(items).fold(String::new(), |text, line| text + line + "\n")
}

/// The last declaration of each variable whose type is not written.
fn untyped(cell: &Cell) -> Vec<(&Statement, &Let, &Name)> {
    let all: Vec<_> = cell.lets().flat_map(|(statement, found)| found.names.iter().map(move |name| (statement, found, name))).collect();
    let last: BTreeMap<&str, usize> = all.iter().enumerate().map(|(number, (_, _, name))| (name.text.as_str(), number)).collect();
    let mut chosen = Vec::new();
    for (number, (statement, found, name)) in all.into_iter().enumerate() {
        if last.get(name.text.as_str()) == Some(&number) && found.types != Types::Written {
            chosen.push((statement, found, name));
        }
    }
    chosen
}

/// Code after which rustc tells the types: it is compiled, but neither run nor borrow-checked.
fn question<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.fold("loop {}\n".to_owned(), |code, name| format!("{code}::core::mem::drop(&{name});\n"))
}

/// The variable and the type that a warning is about.
fn told_type(message: &CompilationError) -> Option<(String, String)> {
    if message.code() != Some("dropping_references") {
        return None;
    }
    let spans = message.json["spans"].as_array()?;
    let line = spans.first()?["text"][0]["text"].as_str()?;
    let name = line.strip_prefix("::core::mem::drop(&")?.strip_suffix(");")?;
    let label = spans.iter().find_map(|span| span["label"].as_str())?;
    let ty = label.strip_prefix("argument has type `&")?.strip_suffix('`')?;
    Some((name.to_owned(), ty.to_owned()))
}

fn annotation(statement: &Statement, found: &Let, name: &Name, ty: &str) -> Insertion {
    match found.types {
        Types::Missing { at } => Insertion { at, text: format!(": {ty}") },
        Types::Written | Types::Hidden => {
            let mutable = if name.mutable { "mut " } else { "" };
            Insertion { at: statement.end, text: format!(" let {mutable}{0}: {ty} = {0};", name.text) }
        }
    }
}

fn unwritable(variable: &str, ty: &str) -> CellError {
    let what = if ty.contains("{closure@") { "is a closure or holds one" } else { "has a type without a name" };
    CellError::new(
        "error",
        &format!(
            "the variable `{variable}` {what}, so no later cell could use it\n\
             Its type is `{ty}`.\n\
             Box it, as in `let {variable}: Box<dyn Fn(f64) -> f64> = Box::new(|x| x + 1.0);`, collect it, as in `.collect::<Vec<_>>()`,\n\
             or put the lines that use it into braces, `{{ … }}`, with everything that needs it."
        ),
    )
}

fn unreachable_type(variable: &str, ty: &str, name: &str) -> CellError {
    CellError::new(
        "error",
        &format!(
            "the type of the variable `{variable}` is `{ty}`, and no path to `{name}` was found\n\
             Import `{name}`, or write the type: `let {variable}: … = …;`"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finder() -> TypeFinder {
        let paths = [("HashMap", "std::collections::HashMap"), ("Arc", "std::sync::Arc"), ("Mine", "Mine"), ("Cow", "std::borrow::Cow")];
        TypeFinder { paths: Paths::of(&paths) }
    }

    #[test]
    fn a_type_is_written_with_the_paths_of_what_is_not_in_scope() {
        for (told, written) in [
            ("Vec<i32>", "Vec<i32>"),
            ("HashMap<&str, Vec<Mine<u8>>>", "std::collections::HashMap<&str, Vec<Mine<u8>>>"),
            ("(Arc<std::sync::Mutex<f64>>, [i32; 3])", "(std::sync::Arc<std::sync::Mutex<f64>>, [i32; 3])"),
            ("Cow<'_, str>", "std::borrow::Cow<'static, str>"),
            ("fn(i32) -> i32 {foo}", "fn(i32) -> i32"),
        ] {
            assert_eq!(finder().written("v", told).unwrap(), written);
        }
    }

    #[test]
    fn a_type_without_a_name_is_an_error_that_says_what_to_do() {
        for told in
            ["{closure@src/lib.rs:1:2: 3:4}", "Map<std::slice::Iter<'_, i32>, {closure@src/lib.rs:1:2: 3:4}>", "impl Iterator<Item = u8>"]
        {
            let error = finder().written("f", told).unwrap_err();
            assert!(error.value.contains("`f`") && error.traceback.join("\n").contains("Box"), "{error:?}");
        }
    }

    #[test]
    fn a_type_that_no_path_leads_to_is_an_error_that_says_what_to_do() {
        let error = finder().written("x", "Vec<Hidden>").unwrap_err();
        assert!(error.value.contains("`Hidden`") && error.traceback.join("\n").contains("let x: …"), "{error:?}");
    }

    #[test]
    fn only_the_last_declaration_of_a_name_without_a_type_is_asked_about() {
        let cell = Cell::parse("let a = 1; let a = 2; let b: u8 = 3; let (c, d) = (a, b); let c: u8 = 1;");
        let names: Vec<&str> = untyped(&cell).iter().map(|(_, _, name)| name.text.as_str()).collect();
        assert_eq!(names, ["a", "d"]);
    }

    #[test]
    fn annotations_stand_after_the_name_or_after_a_pattern() {
        let code = "let mut a = 1; let (b, mut c) = f();";
        let cell = Cell::parse(code);
        let annotations = untyped(&cell).into_iter().map(|(s, l, n)| annotation(s, l, n, "T")).collect();
        assert_eq!(Woven::new(code, annotations).text, "let mut a: T = 1; let (b, mut c) = f(); let b: T = b; let mut c: T = c;");
    }
}
