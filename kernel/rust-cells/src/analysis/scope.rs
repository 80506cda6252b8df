//! What the cells of a session have defined, and a program in which a cell can be analyzed.

use crate::{
    cell::{Binding, RustCell},
    evaluator::IMPORTS,
    syntax::Cell,
};
use ra_ap_syntax::{
    AstNode, Edition, SourceFile,
    ast::{self, HasModuleItem, HasName},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Write, path::PathBuf};

/// The function that stands around a cell.
pub(super) const CELL: &str = "__sdap_cell";

/// What a session knows, as its host tells after each cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scope {
    /// The variables with their types.
    pub(crate) variables: BTreeMap<String, String>,
    /// The bindings among them that were bound outside of Rust.
    pub(crate) bound: Vec<Binding>,
    /// Imports, functions, types and the like, as Rust.
    pub(crate) items: String,
    /// What cells depend on.
    pub(crate) dependencies: Dependencies,
}

/// The crates that a session's cells depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dependencies {
    /// The `[dependencies]` of the manifest, without the heading.
    pub(crate) table: String,
    /// The lock file that says their versions.
    pub(crate) lock_file: Option<PathBuf>,
}

impl Dependencies {
    /// Those that a manifest names, if it names any.
    pub(crate) fn of_manifest(manifest: &str, lock_file: PathBuf) -> Self {
        let table = manifest.split_once("[dependencies]").map(|(_, table)| table.trim()).unwrap_or_default();
        if table.is_empty() { Self::default() } else { Self { table: format!("{table}\n"), lock_file: Some(lock_file) } }
    }

    /// Whether a crate is among them.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.table.lines().any(|line| line.split_once('=').is_some_and(|(key, _)| key.trim_end() == name))
    }
}

/// The items of a program that evcxr generated, without those that are evcxr's own.
pub(crate) fn items_of(generated: &str) -> String {
    let file = SourceFile::parse(generated, Edition::Edition2024).tree();
    file.items().filter(|item| !is_evcxrs(item)).fold(String::new(), |text, item| text + &item.syntax().text().to_string() + "\n")
}

fn is_evcxrs(item: &ast::Item) -> bool {
    match item {
        ast::Item::Fn(function) => function.name().is_some_and(|name| name.text().starts_with("run_user_code_")),
        ast::Item::Module(module) => module.name().is_some_and(|name| name.text() == "evcxr_internal_runtime"),
        ast::Item::Struct(_) | ast::Item::Impl(_) => item.syntax().text().to_string().contains("EvcxrUserCodeError"),
        _ => false,
    }
}

/// A program with a cell in it.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) text: String,
    /// Where the cell starts in it. The cell has as many bytes there as in itself.
    pub(super) start: usize,
}

impl Program {
    pub(super) fn new(scope: &Scope, cell: &RustCell) -> Self {
        // A session that has not started imports the same.
        let items = if scope.items.is_empty() { IMPORTS } else { &scope.items };
        let mut text = format!("{items}\nasync fn {CELL}(");
        for (name, ty) in scope.variables(cell) {
            write!(text, "{name}: {ty}, ").ok();
        }
        text.push_str(") -> Result<(), Box<dyn std::error::Error>> {\n");
        let start = text.len();
        text.push_str(&without_commands(&cell.code));
        // The cell's last expression may be of any type.
        text.push_str("\n;\nOk(())\n}\n");
        Self { text, start }
    }
}

impl Scope {
    /// The variables in a cell's scope with their types, those included that enter it with the cell.
    pub(super) fn variables(&self, cell: &RustCell) -> BTreeMap<String, String> {
        let mut variables = self.variables.clone();
        for binding in &cell.bindings {
            // A variable that a cell declared under the same name since then stays.
            if !(self.bound.contains(binding) && variables.contains_key(&binding.name)) {
                variables.insert(binding.name.clone(), format!("sdap::{}", binding.type_name));
            }
        }
        variables
    }
}

/// The cell with blanks for evcxr's commands.
fn without_commands(code: &str) -> String {
    let start = Cell::parse(code).start;
    code[..start].chars().map(|c| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) }).collect::<String>() + &code[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(path: &str) -> Binding {
        Binding { name: "sst".into(), type_name: "TimeSeries".into(), path: path.into() }
    }

    #[test]
    fn a_cell_keeps_its_bytes_in_the_program_and_commands_are_blank() {
        let cell = RustCell { code: ":dep rand = \"0.9\" // ä\nlet α = 1;\nα".into(), bindings: Vec::new() };
        let program = Program::new(&Scope::default(), &cell);
        let inside = &program.text[program.start..][..cell.code.len()];
        assert_eq!(inside.trim_start(), "let α = 1;\nα");
        assert_eq!(inside.find('\n'), cell.code.find('\n'));
    }

    #[test]
    fn a_bound_value_is_a_variable_until_a_cell_declares_another_of_its_name() {
        let cell = RustCell { code: String::new(), bindings: vec![binding("1")] };
        let type_in = |scope: &Scope| scope.variables(&cell)["sst"].clone();
        assert_eq!(type_in(&Scope::default()), "sdap::TimeSeries");
        let declared = |path: &str| Scope {
            variables: BTreeMap::from([("sst".into(), "i32".into())]),
            bound: vec![binding(path)],
            ..Scope::default()
        };
        assert_eq!(type_in(&declared("1")), "i32");
        assert_eq!(type_in(&declared("0")), "sdap::TimeSeries", "it was bound anew since");
    }

    #[test]
    fn only_what_cells_defined_is_kept_of_a_generated_program() {
        let generated = "#![allow(x)]\nuse sdap::prelude::*;\n/// Twice.\nfn twice(x: i32) -> i32 { 2 * x }\nstruct EvcxrUserCodeError {}\n\
            impl<T: Debug> From<T> for EvcxrUserCodeError {}\nmod evcxr_internal_runtime { }\n\
            #[unsafe(no_mangle)]\npub extern \"C\" fn run_user_code_3(x: *mut u8) {}\n";
        assert_eq!(items_of(generated), "use sdap::prelude::*;\n/// Twice.\nfn twice(x: i32) -> i32 { 2 * x }\n");
    }

    #[test]
    fn dependencies_are_what_the_manifest_names() {
        let manifest = "[package]\nname = \"ctx\"\n\n[dependencies]\nrand = \"0.9\"\n";
        assert_eq!(Dependencies::of_manifest(manifest, "lock".into()).table, "rand = \"0.9\"\n");
        assert_eq!(Dependencies::of_manifest("[dependencies]\n\n", "lock".into()), Dependencies::default());
    }
}
