//! The program that is compiled for a cell, in place of the one that evcxr generates.
//!
//! evcxr has every cell take every variable of the session out of its store and put it back, and rustc checks and compiles
//! that each time. Here only the variables whose [values the cell needs](needs) are handed over: the others stay in the
//! store. What evcxr writes in an order of its own is sorted, and what it numbers is not: a cell that means the same at two
//! places of two sessions is the same text.
//!
//! The program is evcxr's text with lines left out, exchanged or moved, so that each stands for one there. Where evcxr's text
//! is not [what it is known to be](evcxrs), there is no program, and that text itself is compiled.
//!
//! ```text
//! evcxr's                                          here
//! ---------------------------------------------    ------------------------------------------------
//! imports, then items                              the imports sorted
//! mod evcxr_internal_runtime { … }                 the sdap crate's, which is compiled already
//! fn run_user_code_7( …                            fn run_user_code_HASH( …
//! check_variable, take_variable for each           for those that the cell needs, sorted
//! the cell
//! put_variable for each new one                    sorted
//! put_variable for each other one                  for those that the cell needs, sorted
//! ```

mod evcxrs;
mod needs;

use evcxrs::{Named, Part, parts};
use needs::Needs;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, collections::BTreeSet, ops::Range};

/// Where the program is, beside evcxr's. A panic that names this file is in a line of the program.
pub(crate) const FILE: &str = "src/cell.rs";

/// Where evcxr writes its text.
pub(crate) const EVCXRS_FILE: &str = "src/lib.rs";

/// The symbol of the function that runs the cell.
pub(crate) const SYMBOL: &str = "run_user_code";

const EXPORT: &str = "#[unsafe(export_name = \"run_user_code\")]";
const RUNTIME: &str = "use ::sdap::cell::variables as evcxr_internal_runtime;";

/// A program to compile.
#[derive(Debug, Default)]
pub(crate) struct Program<'s> {
    lines: Vec<Line<'s>>,
    /// Which of them begins the function that runs the cell, if one does.
    entry: Option<usize>,
    /// Whether variables of the session stay in the store.
    holds_back: bool,
}

#[derive(Debug)]
struct Line<'s> {
    text: Cow<'s, str>,
    /// The line of evcxr's text that it stands for, from 1.
    origin: usize,
    /// Whether a cell has it, this one or one before.
    is_users: bool,
}

impl<'s> Program<'s> {
    /// The program for what evcxr has generated.
    pub(crate) fn of(generated: &'s str) -> Option<Self> {
        let lines: Vec<&str> = generated.split('\n').collect();
        let parts = parts(&lines)?;
        let cell = parts.iter().find_map(|part| if let Part::Cell(cell) = part { Some(cell.clone()) } else { None })?;
        let cell = lines[cell].join("\n");
        let needs = needs(&cell, &parts);
        let mut program = Self::default();
        for part in &parts {
            program.add(part, &lines, &needs);
        }
        program.name_entry();
        Some(program)
    }

    fn add(&mut self, part: &Part<'_>, lines: &[&'s str], needs: &Needs<'_>) {
        match part {
            Part::Items(range) => self.items(lines, range),
            Part::Cell(range) => range.clone().for_each(|at| self.line(at, lines[at].into(), true)),
            Part::Glue(range) => range.clone().for_each(|at| self.line(at, lines[at].into(), false)),
            Part::Runtime(range) => self.line(range.start, RUNTIME.into(), false),
            Part::Export(at) => self.line(*at, EXPORT.into(), false),
            Part::Entry(at) => {
                self.entry = Some(self.lines.len());
                // Until its name is known.
                self.line(*at, Cow::default(), false);
            }
            Part::New(variables) => self.variables(lines, variables, |_| true),
            Part::Taken(variables) | Part::Left(variables) => self.variables(lines, variables, |name| needs.value_of(name)),
            Part::Any(variables) => self.variables(lines, variables, |name| needs.value_of(name) || needs.declares(name)),
        }
    }

    fn line(&mut self, at: usize, text: Cow<'s, str>, is_users: bool) {
        self.lines.push(Line { text, origin: at + 1, is_users });
    }

    /// The imports that cells have left, in an order that is always the same, then what they have left beside.
    fn items(&mut self, lines: &[&'s str], range: &Range<usize>) {
        let attributes = range.clone().take_while(|at| lines[*at].starts_with("#![")).count();
        let start = range.start + attributes;
        let imports = (start..range.end).take_while(|at| lines[*at].starts_with("use ") && lines[*at].ends_with(';')).count();
        let mut order: Vec<usize> = range.clone().collect();
        order[attributes..attributes + imports].sort_by_key(|at| lines[*at]);
        for at in order {
            self.line(at, lines[at].into(), true);
        }
    }

    /// The lines of variables that are handed over.
    fn variables(&mut self, lines: &[&'s str], variables: &[Named<'_>], handed_over: impl Fn(&str) -> bool) {
        let mut order: Vec<usize> = variables.iter().filter(|(_, name)| handed_over(name)).map(|(at, _)| *at).collect();
        self.holds_back |= order.len() < variables.len();
        order.sort_by_key(|at| lines[*at]);
        for at in order {
            self.line(at, lines[at].into(), false);
        }
    }

    /// Names the function after all that it does: what is declared in one cell is not taken for what has the same name in another.
    fn name_entry(&mut self) {
        let hash = Sha256::digest(self.text());
        let name = hash.iter().take(8).fold(SYMBOL.to_owned() + "_", |name, byte| format!("{name}{byte:02x}"));
        if let Some(entry) = self.entry {
            self.lines[entry].text = format!("pub extern \"C\" fn {name}(").into();
        }
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| &*line.text).collect::<Vec<_>>().join("\n")
    }

    /// The lines that are not evcxr's.
    pub(super) fn users_lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(|line| line.is_users).map(|line| &*line.text)
    }

    /// Whether what it says of a name that it does not find may be said of a variable which the session has.
    pub(super) fn holds_back(&self) -> bool {
        self.holds_back
    }

    /// The line of evcxr's text for one of this program, both from 1.
    pub(crate) fn origin(&self, line: usize) -> Option<usize> {
        Some(self.lines.get(line.checked_sub(1)?)?.origin)
    }

    /// What rustc says of this program as if it were said of evcxr's text: a JSON object a line.
    pub(super) fn as_of_evcxrs(&self, messages: &str) -> String {
        messages.lines().fold(String::new(), |text, line| {
            let Ok(mut message) = serde_json::from_str::<Value>(line) else { return text + line + "\n" };
            self.move_spans(&mut message);
            text + &message.to_string() + "\n"
        })
    }

    fn move_spans(&self, message: &mut Value) {
        if message["file_name"] == FILE {
            message["file_name"] = EVCXRS_FILE.into();
            for end in ["line_start", "line_end"] {
                let origin = message[end].as_u64().and_then(|line| self.origin(usize::try_from(line).ok()?));
                message[end] = origin.map_or(Value::Null, Value::from);
            }
        }
        match message {
            Value::Array(inner) => inner.iter_mut().for_each(|inner| self.move_spans(inner)),
            Value::Object(inner) => inner.values_mut().for_each(|inner| self.move_spans(inner)),
            _ => {}
        }
    }
}

/// What the cell needs. In a program that runs, evcxr says which variables it knows to be new.
fn needs<'c>(cell: &'c str, parts: &[Part<'_>]) -> Needs<'c> {
    let needs = Needs::of(cell);
    let names = |variables: &[Named<'_>]| variables.iter().map(|(_, name)| (*name).to_owned()).collect::<BTreeSet<_>>();
    let new = parts.iter().find_map(|part| if let Part::New(new) = part { Some(names(new)) } else { None });
    match new {
        Some(new) => needs.declaring_only(&new.iter().map(String::as_str).collect()),
        None => needs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As evcxr would write it, shortened.
    fn generated(number: u8, taken: &[(&str, &str)], cell: &str, new: &[(&str, &str)]) -> String {
        let each = |variables: &[(&str, &str)], line: &dyn Fn(&str, &str) -> String| -> String {
            variables.iter().map(|(name, ty)| line(name.trim_start_matches("mut "), ty)).collect()
        };
        let put = |name: &str, ty: &str| format!("evcxr_variable_store.put_variable::<{ty}>(stringify!({name}), {name});\n");
        let kept: Vec<_> = taken.iter().filter(|(name, _)| !new.iter().any(|(declared, _)| declared == name)).copied().collect();
        [
            "#![allow(unused_imports, unused_mut, dead_code)]\nuse std::fmt;\nuse std::cmp;\nfn earlier() {}\n",
            "mod evcxr_internal_runtime {\n// A remark.\npub struct VariableStore {\n",
            "    variables: std::collections::HashMap<String, Box<dyn std::any::Any + 'static>>,\n}\n}\n",
            &format!("#[unsafe(no_mangle)]\npub extern \"C\" fn run_user_code_{number}(\n"),
            "mut evcxr_variable_store: *mut evcxr_internal_runtime::VariableStore)\n",
            "let evcxr_variable_store = unsafe {&mut *evcxr_variable_store};\n{let mut vars_ok = true;\n",
            &each(taken, &|name, ty| format!("vars_ok &= evcxr_variable_store.check_variable::<{ty}>(stringify!({name}));\n")),
            "if !vars_ok {return evcxr_variable_store;}}\n",
            &taken.iter().fold(String::new(), |text, (name, ty)| {
                let bare = name.trim_start_matches("mut ");
                text + &format!("let {name} = evcxr_variable_store.take_variable::<{ty}>(stringify!({bare}));\n")
            }),
            "match std::panic::catch_unwind(\n  std::panic::AssertUnwindSafe(||{\n",
            cell,
            "\n",
            &each(new, &put),
            "})) { \n  Ok(_) => {}\n  Err(_) => {\n}}\n",
            &each(&kept, &put),
            "evcxr_variable_store\n}\n",
        ]
        .concat()
    }

    fn text(generated: &str) -> String {
        Program::of(generated).unwrap().text()
    }

    /// The variables that a program takes out of the store, and those that it puts there.
    fn handed_over(generated: &str) -> (Vec<String>, Vec<String>) {
        let text = text(generated);
        let all = |function: &str| -> Vec<String> {
            let calls = text.lines().filter(|line| line.contains(function));
            calls.filter_map(|line| Some(line.split_once("stringify!(")?.1.split_once(')')?.0.to_owned())).collect()
        };
        let in_order = |function| all(function).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(in_order("check_variable"), in_order("take_variable"));
        (all("take_variable"), all("put_variable"))
    }

    const SESSION: [(&str, &str); 3] = [("mut c", "Vec<(u8, f64)>"), ("a", "i32"), ("b", "String")];

    #[test]
    fn only_what_a_cell_mentions_is_handed_over() {
        assert_eq!(
            handed_over(&generated(7, &SESSION, "f(a, &c);", &[])),
            (vec!["a".into(), "c".into()], vec!["c".into(), "a".into()]),
            "by type and name"
        );
        assert_eq!(handed_over(&generated(7, &SESSION, "1 + 1", &[])), (vec![], vec![]));
        assert!(Program::of(&generated(7, &SESSION, "1 + 1", &[])).unwrap().holds_back());
        assert!(!Program::of(&generated(7, &SESSION, "f(a, b, c)", &[])).unwrap().holds_back());
    }

    #[test]
    fn what_a_cell_declares_anew_is_put_but_not_taken() {
        let anew = generated(7, &SESSION, "let a: u8 = 1; a + 1;", &[("a", "u8")]);
        assert_eq!(handed_over(&anew), (vec![], vec!["a".into()]));
        let of_the_old = generated(7, &SESSION, "let a: u8 = a as u8;", &[("a", "u8")]);
        assert_eq!(handed_over(&of_the_old), (vec!["a".into()], vec!["a".into()]));
        let unnoticed = generated(7, &SESSION, "let [a] = [1];", &[]);
        assert_eq!(handed_over(&unnoticed), (vec!["a".into()], vec!["a".into()]));
    }

    #[test]
    fn a_cell_is_the_same_text_wherever_it_stands_and_whatever_order_evcxr_writes_in() {
        let first = generated(3, &[("a", "i32")], "let x: u8 = 1; let y: u8 = a;", &[("x", "u8"), ("y", "u8")]);
        let again = generated(
            40,
            &[("y", "u8"), ("z", "f64"), ("a", "i32"), ("x", "u8")],
            "let x: u8 = 1; let y: u8 = a;",
            &[("y", "u8"), ("x", "u8")],
        );
        let again = again.replace("use std::fmt;\nuse std::cmp;\n", "use std::cmp;\nuse std::fmt;\n");
        assert_eq!(text(&first), text(&again));
        assert_ne!(text(&first), text(&generated(3, &[("a", "i64")], "let x: u8 = 1; let y: u8 = a;", &[("x", "u8"), ("y", "u8")])));
    }

    #[test]
    fn functions_of_different_cells_have_different_names_and_one_symbol() {
        let entry =
            |cell: &str| text(&generated(1, &[], cell, &[])).lines().find(|line| line.contains("fn run_user_code_")).unwrap().to_owned();
        assert_ne!(entry("1"), entry("2"));
        assert!(text(&generated(1, &[], "1", &[])).contains(&format!("{EXPORT}\npub extern \"C\" fn run_user_code_")));
    }

    #[test]
    fn every_line_leads_back_to_evcxrs() {
        let generated = generated(7, &SESSION, "let x: u8 = 1;\nf(c);", &[("x", "u8")]);
        let program = Program::of(&generated).unwrap();
        for (number, line) in (1..).zip(program.text().lines()) {
            let own = generated.lines().nth(program.origin(number).unwrap() - 1).unwrap();
            assert!(own == line || [EXPORT, RUNTIME].contains(&line) || line.contains("fn run_user_code_"), "{own} became {line}");
        }
        assert_eq!((program.origin(0), program.origin(1000)), (None, None));
    }

    #[test]
    fn what_rustc_says_is_said_of_evcxrs_lines() {
        let generated = generated(7, &SESSION, "f(c);", &[]);
        let program = Program::of(&generated).unwrap();
        let line = |text: &str| text.lines().position(|line| line == "f(c);").unwrap() + 1;
        let (own, evcxrs) = (line(&program.text()), line(&generated));
        assert_ne!(own, evcxrs);
        let span = |file: &str, line: usize| format!(r#"{{"file_name":"{file}","line_start":{line},"line_end":{line},"expansion":null}}"#);
        let message = |here: &str, there: &str| format!("{{\"spans\":[{here},{{\"expansion\":{{\"span\":{there}}}}}]}}\nno JSON\n");
        let other = span("/std/macros.rs", 3);
        assert_eq!(
            program.as_of_evcxrs(&message(&span(FILE, own), &span(FILE, own))),
            message(&span(EVCXRS_FILE, evcxrs), &span(EVCXRS_FILE, evcxrs))
        );
        assert_eq!(program.as_of_evcxrs(&message(&other, &other)), message(&other, &other));
    }

    #[test]
    fn a_text_that_is_not_known_is_no_program() {
        let known = generated(7, &SESSION, "f(a);", &[]);
        for (from, to) in [
            ("Vec<(u8, f64)>", "Vec<(u8,\nf64)>"),
            ("HashMap", "BTreeMap"),
            ("{let mut vars_ok = true;", "let mut vars_ok = true;"),
            ("take_variable::<i32>", "fetch::<i32>"),
            ("evcxr_variable_store\n}\n", "evcxr_variable_store }\n"),
            ("#[unsafe(no_mangle)]\n", ""),
            ("f(a);", "f(\"\nmod evcxr_internal_runtime {\n\");"),
        ] {
            let unknown = known.replace(from, to);
            assert_ne!(unknown, known);
            assert!(Program::of(&unknown).is_none(), "{to}");
        }
    }

    #[test]
    fn a_check_has_the_parameters_that_the_cell_needs() {
        let check = |cell: &str| {
            format!(
                "use std::fmt;\nasync fn evcxr_analysis_wrapper(\nmut a: i32,\nb: fn(u8) -> (u8, u8),\n) -> Result<(), EvcxrUserCodeError> \
                 {{\n{cell}\nevcxr_variable_store(b);\nevcxr_variable_store(x);\nevcxr_variable_store(a);\nOk(())\n}}\n"
            )
        };
        let lines = |cell: &str| text(&check(cell)).lines().skip(2).map(str::to_owned).collect::<Vec<_>>().join("|");
        let body = ") -> Result<(), EvcxrUserCodeError> {";
        assert_eq!(
            lines("let x = a;"),
            format!("mut a: i32,|{body}|let x = a;|evcxr_variable_store(a);|evcxr_variable_store(x);|Ok(())|}}")
        );
        assert_eq!(
            lines("let x = 1; let b = x;"),
            format!("{body}|let x = 1; let b = x;|evcxr_variable_store(b);|evcxr_variable_store(x);|Ok(())|}}")
        );
        let unknown = check("let x = 1;").replace("b: fn(u8) -> (u8, u8),", "b: fn(c: u8,\nd: u8),");
        assert!(Program::of(&unknown).is_none());
    }
}
