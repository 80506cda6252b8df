//! What can be said of a name without an analyzer, at once: evcxr's commands, the session's variables and items, keywords,
//! and what the sdap crate exports.

use super::scope::Scope;
use crate::{
    cell::{Completions, Inspection, RustCell, Suggestion},
    completeness::is_open,
    syntax::Cell,
    workshop::SDAP_SOURCES,
};
use ra_ap_syntax::{
    AstNode, Edition, SourceFile,
    ast::{self, HasModuleItem, HasName},
};

/// The commands of evcxr that a cell may begin with.
const COMMANDS: [(&str, &str); 22] = [
    (":allow_static_linking", "whether cells may be linked statically"),
    (":build_env", "set an environment variable for builds"),
    (":cache", "cache compiled crates, up to so many MB"),
    (":clear", "forget all variables and items"),
    (":dep", "add a crate, as in :dep rand = \"0.9\""),
    (":doc", "the documentation of what follows"),
    (":efmt", "how errors of ? are shown"),
    (":explain", "explain the last error"),
    (":fmt", "how values are shown"),
    (":help", "list the commands"),
    (":last_compile_dir", "the folder of the last compilation"),
    (":last_error_json", "the last errors as JSON"),
    (":linker", "the linker"),
    (":offline", "whether crates may be downloaded"),
    (":opt", "the level of optimisation"),
    (":preserve_vars_on_panic", "whether variables survive a panic"),
    (":restart", "restart the process that runs cells"),
    (":show_deps", "show the dependencies"),
    (":timing", "show how long cells take"),
    (":toolchain", "the toolchain"),
    (":type", "the type of a variable"),
    (":vars", "list the variables"),
];

/// Words with which statements and expressions begin or go on.
const KEYWORDS: [&str; 34] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "false", "fn", "for", "if", "impl", "in", "let",
    "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static", "struct", "trait", "true", "type", "unsafe", "use",
    "while",
];

/// The commands that could stand at `at`; none where no command stands.
pub(super) fn commands(code: &str, at: usize) -> Option<Completions> {
    let start = code[..at].rfind('\n').map_or(0, |end| end + 1);
    let typed = &code[start..at];
    if !typed.starts_with(':') || typed.starts_with("::") || Cell::parse(code).start <= start {
        return None;
    }
    let fitting = COMMANDS.iter().filter(|(name, _)| name.starts_with(typed));
    let suggestions = fitting.map(|(name, about)| suggestion(name, about, "magic")).collect();
    Some(Completions { suggestions, start, end: at })
}

/// The names known here that could stand at `at`.
pub(super) fn complete(scope: &Scope, cell: &RustCell, at: usize) -> Completions {
    let start = word_start(&cell.code, at);
    let (before, typed) = (&cell.code[..start], &cell.code[start..at]);
    let known = if !is_code(&cell.code[..at]) || before.ends_with('.') {
        Vec::new()
    } else if before.ends_with("sdap::") {
        exports(Exports::Crate)
    } else if before.ends_with("::") {
        Vec::new()
    } else {
        in_scope(scope, cell)
    };
    let mut suggestions: Vec<Suggestion> = known.into_iter().filter(|found| found.insert.starts_with(typed)).collect();
    suggestions.dedup_by(|a, b| a.insert == b.insert);
    Completions { suggestions, start, end: at }
}

/// What is known of a variable.
pub(super) fn inspect(scope: &Scope, cell: &RustCell, at: usize) -> Option<Inspection> {
    let start = word_start(&cell.code, at);
    let rest = &cell.code[at..];
    let end = at + rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    let name = &cell.code[start..end];
    let ty = scope.variables(cell).remove(name).filter(|_| !cell.code[..start].ends_with(['.', ':']))?;
    let plain = format!("let {name}: {ty}");
    let escaped = plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    Some(Inspection { html: format!("<pre><code class=\"language-rust\">{escaped}</code></pre>"), plain })
}

/// Variables, then items, then what every cell imports, then keywords.
fn in_scope(scope: &Scope, cell: &RustCell) -> Vec<Suggestion> {
    let mut known: Vec<Suggestion> = scope.variables(cell).iter().map(|(name, ty)| suggestion(name, ty, "instance")).collect();
    known.extend(items(&scope.items));
    known.extend(["sdap", "ndarray", "chrono", "std"].map(|name| suggestion(name, "", "module")));
    known.extend(exports(Exports::Prelude));
    known.extend(KEYWORDS.map(|word| suggestion(word, "", "keyword")));
    known
}

fn suggestion(name: &str, label: &str, kind: &str) -> Suggestion {
    Suggestion { insert: name.to_owned(), label: label.to_owned(), kind: kind.to_owned() }
}

/// The names that items declare.
fn items(text: &str) -> Vec<Suggestion> {
    let file = SourceFile::parse(text, Edition::Edition2024).tree();
    let named = |item| {
        let (name, kind) = match &item {
            ast::Item::Fn(found) => (found.name(), "function"),
            ast::Item::MacroRules(found) => (found.name(), "function"),
            ast::Item::Struct(found) => (found.name(), "class"),
            ast::Item::Enum(found) => (found.name(), "class"),
            ast::Item::Trait(found) => (found.name(), "class"),
            ast::Item::TypeAlias(found) => (found.name(), "class"),
            ast::Item::Module(found) => (found.name(), "module"),
            ast::Item::Const(found) => (found.name(), "instance"),
            ast::Item::Static(found) => (found.name(), "instance"),
            _ => return None,
        };
        Some(suggestion(name?.text(), "", kind))
    };
    file.items().filter_map(named).collect()
}

/// What of the sdap crate is meant.
#[derive(Clone, Copy)]
enum Exports {
    /// What `sdap::` leads to.
    Crate,
    /// What every cell imports.
    Prelude,
}

/// The names that the sdap crate exports, as its source says.
fn exports(which: Exports) -> Vec<Suggestion> {
    let source = SDAP_SOURCES.get_file("lib.rs").and_then(|file| file.contents_utf8()).unwrap_or_default();
    let file = SourceFile::parse(source, Edition::Edition2024).tree();
    let prelude = file.items().find_map(|item| match item {
        ast::Item::Module(module) if module.name().is_some_and(|name| name.text() == "prelude") => module.item_list(),
        _ => None,
    });
    let items: Vec<ast::Item> = match which {
        Exports::Crate => file.items().collect(),
        Exports::Prelude => prelude.map(|list| list.items().collect()).unwrap_or_default(),
    };
    let uses = items.into_iter().filter_map(|item| if let ast::Item::Use(found) = item { Some(found) } else { None });
    uses.flat_map(|found| found.syntax().descendants().filter_map(ast::UseTree::cast)).filter_map(|tree| exported(&tree)).collect()
}

/// The name that one branch of a `use` exports, if it is a leaf.
fn exported(tree: &ast::UseTree) -> Option<Suggestion> {
    if tree.use_tree_list().is_some() || tree.star_token().is_some() {
        return None;
    }
    let renamed = tree.rename().and_then(|rename| rename.name()).map(|name| name.text().to_string());
    let own = tree.path()?.segment()?.name_ref()?.text().to_string();
    let name = renamed.unwrap_or(own);
    let kind = match name.chars().next() {
        Some(first) if first.is_uppercase() && name.to_uppercase() == name => "instance",
        Some(first) if first.is_uppercase() => "class",
        _ if ["chrono", "ndarray"].contains(&name.as_str()) => "module",
        _ => "function",
    };
    Some(suggestion(&name, "sdap", kind))
}

/// Whether a name may follow: not in a string or a comment.
fn is_code(before: &str) -> bool {
    let file = SourceFile::parse(before, Edition::Edition2024).syntax_node();
    file.last_token().is_none_or(|last| !is_open(last.kind(), last.text()) && !last.text().starts_with("//"))
}

fn word_start(code: &str, at: usize) -> usize {
    code[..at].char_indices().rev().take_while(|(_, c)| is_word(*c)).last().map_or(at, |(start, _)| start)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Binding;

    fn session() -> (Scope, Vec<Binding>) {
        let scope = Scope {
            variables: [("season", "Vec<i32>"), ("größe", "f64")].map(|(name, ty)| (name.to_owned(), ty.to_owned())).into(),
            items: "fn seasons() -> u8 { 4 }\nstruct Station;".to_owned(),
            ..Scope::default()
        };
        (scope, vec![Binding { name: "sst".into(), type_name: "TimeSeries".into(), path: "1".into() }])
    }

    fn found(code: &str) -> Vec<(String, String)> {
        let (scope, bindings) = session();
        let cell = RustCell { code: code.to_owned(), bindings };
        complete(&scope, &cell, code.len()).suggestions.into_iter().map(|s| (s.insert, s.kind)).collect()
    }

    fn names(code: &str) -> Vec<String> {
        found(code).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn variables_items_and_what_every_cell_imports_are_known() {
        assert_eq!(names("sea"), ["season", "seasons"]);
        assert_eq!(names("ss"), ["sst"]);
        assert_eq!(names("let α = grö"), ["größe"]);
        assert_eq!(found("TimeS"), [("TimeSeries".to_owned(), "class".to_owned())]);
        assert_eq!(found("whi"), [("while".to_owned(), "keyword".to_owned())]);
        assert!(names("sdap::").contains(&"save".to_owned()) && names("sdap::Bou").contains(&"BoundingBox".to_owned()));
    }

    #[test]
    fn what_only_an_analyzer_knows_is_left_to_it() {
        for code in ["sst.s", "std::s", "\"sea", "// sea", "let x = \"sea"] {
            assert!(names(code).is_empty(), "{code}: {:?}", names(code));
        }
    }

    #[test]
    fn commands_are_completed_where_they_may_stand() {
        let names =
            |code: &str| commands(code, code.len()).map(|found| found.suggestions.into_iter().map(|s| s.insert).collect::<Vec<_>>());
        assert_eq!(names(":de").unwrap(), [":dep"]);
        assert_eq!(names(":dep rand = \"0.9\"\n:va").unwrap(), [":vars"]);
        assert_eq!(names("::std"), None);
        assert_eq!(names("let a = 1;\n:va"), None);
    }

    #[test]
    fn a_variable_is_shown_with_its_type() {
        let (scope, bindings) = session();
        let cell = RustCell { code: "season.len()".into(), bindings };
        let found = inspect(&scope, &cell, 3).unwrap();
        assert_eq!(found.plain, "let season: Vec<i32>");
        assert!(found.html.contains("Vec&lt;i32&gt;"), "{}", found.html);
        assert_eq!(inspect(&scope, &cell, 9), None);
    }
}
