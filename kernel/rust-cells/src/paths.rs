//! The paths of types that cells use and have not imported.
//!
//! Rustc names a type by its last name alone where that is clear to a reader, `HashMap<&str, i32>`; a cell needs the path.
//! Rustc knows it too: for a name that is not in scope it proposes what to import.

use evcxr::{CommandContext, CompilationError};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// What every program has in scope, and words that are no names.
const KNOWN: [&str; 34] = [
    "Vec", "String", "Option", "Result", "Box", "bool", "char", "str", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8",
    "u16", "u32", "u64", "u128", "usize", "dyn", "fn", "mut", "const", "for", "unsafe", "extern", "std", "core", "alloc", "crate", "sdap",
];

/// Modules whose types rustc does not propose, because the crate they are of is only reached through another.
const MODULES: [&str; 3] = ["sdap", "sdap::ndarray", "sdap::chrono"];

/// The marker of the lines that ask.
const QUESTION: &str = "type SdapPath";

/// Known paths, by name.
#[derive(Default)]
pub(crate) struct Paths(BTreeMap<String, String>);

impl Paths {
    /// Asks rustc for the path of each name in `types` that is not known. `scope` is code of imports and declarations that
    /// come on top of the session's.
    pub(crate) fn find<'t>(&mut self, context: &mut CommandContext, scope: &str, types: impl Iterator<Item = &'t String>) {
        let defined: BTreeSet<String> = context.defined_item_names().map(str::to_owned).collect();
        self.0.retain(|name, _| !defined.contains(name));
        let heads: BTreeSet<&str> = types.flat_map(|ty| heads(ty)).map(|(_, name)| name).collect();
        let unasked = heads.into_iter().filter(|name| !KNOWN.contains(name) && !self.0.contains_key(*name));
        let (here, unknown): (Vec<&str>, Vec<&str>) = unasked.partition(|name| defined.contains(*name));
        self.0.extend(here.into_iter().map(|name| (name.to_owned(), name.to_owned())));
        if unknown.is_empty() {
            return;
        }
        let Ok(messages) = context.check(&format!("{scope}{}", questions(&unknown))) else { return };
        let missing: BTreeMap<String, Option<String>> = messages.iter().filter_map(missing_path).collect();
        self.0.extend(unknown.into_iter().filter_map(|name| Some((name.to_owned(), answer(name, &missing)?))));
    }

    /// A type with the path of each name.
    ///
    /// # Errors
    /// The name to which no path is known.
    pub(crate) fn expand(&self, ty: &str) -> Result<String, String> {
        let mut text = String::new();
        let mut done = 0;
        for (at, name) in heads(ty) {
            text.push_str(&ty[done..at]);
            let whole = KNOWN.contains(&name) || ty[at + name.len()..].starts_with("::");
            text.push_str(if whole { name } else { self.0.get(name).ok_or(name)? });
            done = at + name.len();
        }
        text.push_str(&ty[done..]);
        Ok(text)
    }

    #[cfg(test)]
    pub(crate) fn of(paths: &[(&str, &str)]) -> Self {
        Self(paths.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect())
    }
}

/// One line for each place where a name might be; that of a place where it is not is an error.
fn questions(names: &[&str]) -> String {
    let mut lines = String::new();
    for (number, name) in names.iter().enumerate() {
        writeln!(lines, "{QUESTION}{number} = {name};").ok();
        for (place, module) in MODULES.iter().enumerate() {
            writeln!(lines, "{QUESTION}{number}In{place} = {module}::{name};").ok();
        }
    }
    lines
}

/// The path of a name: itself where it is in scope, what rustc proposes, or a module in which it is not missing.
fn answer(name: &str, missing: &BTreeMap<String, Option<String>>) -> Option<String> {
    match missing.get(name) {
        None => Some(name.to_owned()),
        Some(Some(proposed)) => Some(proposed.clone()),
        Some(None) => MODULES.iter().map(|module| format!("{module}::{name}")).find(|path| !missing.contains_key(path)),
    }
}

/// The path that an error says is missing, with the one that rustc proposes to import.
fn missing_path(message: &CompilationError) -> Option<(String, Option<String>)> {
    if message.level() != "error" || !matches!(message.code(), Some("E0405" | "E0412" | "E0425" | "E0433")) {
        return None;
    }
    let line = message.json["spans"][0]["text"][0]["text"].as_str()?;
    let asked = line.strip_prefix(QUESTION)?.split_once(" = ")?.1.strip_suffix(';')?;
    let children = message.json["children"].as_array().into_iter().flatten();
    let spans = children.flat_map(|child| child["spans"].as_array().into_iter().flatten());
    let mut proposals = spans.filter_map(|span| span["suggested_replacement"].as_str());
    let path = proposals.find_map(|text| text.trim().strip_prefix("use ")?.strip_suffix(';').map(str::to_owned));
    Some((asked.to_owned(), path))
}

/// The first names of the paths in a type, with the bytes they stand at.
fn heads(ty: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = ty[at..].find(|c: char| c.is_alphabetic() || c == '_').map(|n| n + at) {
        let end = ty[start..].find(|c: char| !c.is_alphanumeric() && c != '_').map_or(ty.len(), |n| n + start);
        let before = &ty[..start];
        let inside = before.ends_with("::") || before.ends_with('\'') || before.ends_with(|c: char| c.is_ascii_digit());
        if !inside && &ty[start..end] != "_" {
            found.push((start, &ty[start..end]));
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_name_of_each_path_is_found_and_nothing_else() {
        let names: Vec<&str> =
            heads("(HashMap<&'static str, [u8; 3]>, std::slice::Iter<'_, Mine<4>>, dyn Fn(i32) -> Ä)").into_iter().map(|h| h.1).collect();
        assert_eq!(names, ["HashMap", "str", "u8", "std", "Mine", "dyn", "Fn", "i32", "Ä"]);
    }

    #[test]
    fn a_name_is_found_in_scope_then_where_rustc_proposes_then_in_a_module() {
        let missing = |names: &[(&str, Option<&str>)]| -> BTreeMap<String, Option<String>> {
            names.iter().map(|(name, path)| ((*name).to_owned(), path.map(str::to_owned))).collect()
        };
        assert_eq!(answer("Dim", &missing(&[])), Some("Dim".into()));
        assert_eq!(answer("Dim", &missing(&[("Dim", Some("std::Dim"))])), Some("std::Dim".into()));
        assert_eq!(answer("Dim", &missing(&[("Dim", None), ("sdap::Dim", None)])), Some("sdap::ndarray::Dim".into()));
        let nowhere: Vec<(&str, Option<&str>)> =
            ["Dim", "sdap::Dim", "sdap::ndarray::Dim", "sdap::chrono::Dim"].map(|path| (path, None)).into();
        assert_eq!(answer("Dim", &missing(&nowhere)), None);
    }
}
