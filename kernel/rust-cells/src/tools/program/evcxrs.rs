//! The text that evcxr generates, taken apart.

use std::ops::Range;

/// A line by its number, from 0, with the name of the variable that it is about.
pub(super) type Named<'s> = (usize, &'s str);

/// A stretch of evcxr's text. Together they are all of it, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'s> {
    /// Attributes, imports and items, which cells have left.
    Items(Range<usize>),
    /// The module with evcxr's store.
    Runtime(Range<usize>),
    /// What makes the function below a symbol.
    Export(usize),
    /// The first line of the function.
    Entry(usize),
    /// Lines of evcxr's that are always there.
    Glue(Range<usize>),
    /// A line for each variable of the session: its type is checked, it is taken out, it is a parameter.
    Taken(Vec<Named<'s>>),
    /// The cell.
    Cell(Range<usize>),
    /// A line for each variable that the cell declares.
    New(Vec<Named<'s>>),
    /// A line for each variable of the session that the cell has left.
    Left(Vec<Named<'s>>),
    /// A line for each variable, whichever of the two.
    Any(Vec<Named<'s>>),
}

const EXPORT: &str = "#[unsafe(no_mangle)]";
const ENTRY: &str = "pub extern \"C\" fn run_user_code_";
const RUNTIME: &str = "mod evcxr_internal_runtime {";

/// How evcxr lays out its store. The sdap crate's is the same, so that a cell may take what one with evcxr's own has put.
const STORE: [&str; 3] =
    ["pub struct VariableStore {", "    variables: std::collections::HashMap<String, Box<dyn std::any::Any + 'static>>,", "}"];

const CHECKS: [&str; 2] = ["let evcxr_variable_store = unsafe {&mut *evcxr_variable_store};", "{let mut vars_ok = true;"];
const CHECKED: &str = "if !vars_ok {return evcxr_variable_store;}}";
const WITHOUT_STORE: &str = "evcxr_variable_store: *mut u8) -> *mut u8 {";
const AROUND: [&str; 4] = [
    "if std::panic::catch_unwind(||{",
    "match std::panic::catch_unwind(",
    "  std::panic::AssertUnwindSafe(||{",
    "let _ = (|| -> std::result::Result<(), EvcxrUserCodeError> {",
];
const END: [&str; 3] = ["evcxr_variable_store", "}", ""];

const ANALYSIS: &str = "async fn evcxr_analysis_wrapper(";
const ANALYSIS_BODY: &str = ") -> Result<(), EvcxrUserCodeError> {";
const ANALYSIS_END: [&str; 3] = ["Ok(())", "}", ""];

/// The parts of a text, if it is one that evcxr is known to generate.
pub(super) fn parts<'s>(lines: &[&'s str]) -> Option<Vec<Part<'s>>> {
    match all(lines, |line| line == ANALYSIS)[..] {
        [] => to_run(lines),
        [wrapper] => to_check(lines, wrapper),
        _ => None,
    }
}

fn to_run<'s>(lines: &[&'s str]) -> Option<Vec<Part<'s>>> {
    let [entry] = all(lines, |line| line.starts_with(ENTRY) && line.ends_with('('))[..] else { return None };
    let export = entry.checked_sub(1).filter(|at| lines[*at] == EXPORT)?;
    let runtimes = all(lines, |line| line == RUNTIME);
    let Some(runtime) = runtimes.first().copied() else {
        let cell = entry + 1 + lines[entry + 1..].iter().take_while(|line| **line == WITHOUT_STORE || AROUND.contains(line)).count();
        let rest = [Part::Glue(entry + 1..cell), Part::Cell(cell..lines.len())];
        return Some([Part::Items(0..export), Part::Export(export), Part::Entry(entry)].into_iter().chain(rest).collect());
    };
    let has_store = runtime < export && lines[runtime..export].windows(3).any(|window| window == STORE) && lines[export - 1] == "}";
    let checks = entry + lines[entry..].windows(2).position(|window| window == CHECKS)? + 2;
    let checked = named(lines, checks.., |line| variable(line, "vars_ok &= ", "check_variable"));
    let takes = checks + checked.len() + 1;
    if lines.get(takes - 1) != Some(&CHECKED) {
        return None;
    }
    let taken = named(lines, takes.., |line| variable(line.strip_prefix("let ")?.split_once(" = ")?.1, "", "take_variable"));
    let end = lines.len().checked_sub(END.len())?;
    let left = named_before(lines, end);
    let puts = end - left.len();
    let around = takes + taken.len();
    let cell = around + lines[around..].iter().take_while(|line| AROUND.contains(line)).count();
    let new_end = (cell..puts).rev().find(|at| put(lines[*at]).is_some()).map_or(puts, |last| last + 1);
    let new = named_before(lines, new_end);
    let is_known = runtimes.len() == 1
        && has_store
        && lines[end..] == END
        && checked.iter().map(|(_, name)| name).eq(taken.iter().map(|(_, name)| name))
        && new_end - new.len() >= cell;
    is_known.then(|| {
        vec![
            Part::Items(0..runtime),
            Part::Runtime(runtime..export),
            Part::Export(export),
            Part::Entry(entry),
            Part::Glue(entry + 1..checks),
            Part::Taken(checked),
            Part::Glue(takes - 1..takes),
            Part::Taken(taken),
            Part::Glue(around..cell),
            Part::Cell(cell..new_end - new.len()),
            Part::New(new),
            Part::Glue(new_end..puts),
            Part::Left(left),
            Part::Glue(end..lines.len()),
        ]
    })
}

fn to_check<'s>(lines: &[&'s str], wrapper: usize) -> Option<Vec<Part<'s>>> {
    let taken = named(lines, wrapper + 1.., parameter);
    let body = wrapper + 1 + taken.len();
    let end = lines.len().checked_sub(ANALYSIS_END.len())?;
    let stored = |line: &'s str| line.strip_prefix("evcxr_variable_store(")?.strip_suffix(");").filter(|name| is_name(name));
    let start = (body..end).rev().take_while(|at| stored(lines[*at]).is_some()).last().unwrap_or(end);
    let is_known = lines.get(body) == Some(&ANALYSIS_BODY) && lines[end..] == ANALYSIS_END;
    is_known.then(|| {
        vec![
            Part::Items(0..wrapper),
            Part::Glue(wrapper..wrapper + 1),
            Part::Taken(taken),
            Part::Glue(body..body + 1),
            Part::Cell(body + 1..start),
            Part::Any(named(lines, start.., stored)),
            Part::Glue(end..lines.len()),
        ]
    })
}

/// The lines that are so.
fn all(lines: &[&str], is_so: impl Fn(&str) -> bool) -> Vec<usize> {
    (0..lines.len()).filter(|at| is_so(lines[*at])).collect()
}

/// The lines from a place on that are about a variable.
fn named<'s>(lines: &[&'s str], from: std::ops::RangeFrom<usize>, name: impl Fn(&'s str) -> Option<&'s str>) -> Vec<Named<'s>> {
    from.map_while(|at| Some((at, name(lines.get(at)?)?))).collect()
}

/// The lines up to a place that put a variable into the store.
fn named_before<'s>(lines: &[&'s str], end: usize) -> Vec<Named<'s>> {
    let mut found: Vec<Named<'_>> = (0..end).rev().map_while(|at| Some((at, put(lines[at])?))).collect();
    found.reverse();
    found
}

/// The variable that a line puts into the store.
fn put(line: &str) -> Option<&str> {
    let rest = line.strip_suffix(");")?;
    let (call, value) = rest.rsplit_once(", ")?;
    let name = call_of(call, "put_variable")?;
    (name == value).then_some(name)
}

/// The variable of a line `LEADevcxr_variable_store.FUNCTION::<TYPE>(stringify!(NAME));`.
fn variable<'s>(line: &'s str, lead: &str, function: &str) -> Option<&'s str> {
    call_of(line.strip_prefix(lead)?.strip_suffix(");")?, function)
}

fn call_of<'s>(call: &'s str, function: &str) -> Option<&'s str> {
    let rest = call.strip_prefix("evcxr_variable_store.")?.strip_prefix(function)?.strip_prefix("::<")?;
    let (_, name) = rest.strip_suffix(')')?.rsplit_once(">(stringify!(")?;
    is_name(name).then_some(name)
}

/// The variable of a line `NAME: TYPE,`.
fn parameter(line: &str) -> Option<&str> {
    let (name, ty) = line.strip_suffix(',')?.split_once(": ")?;
    let count = |bracket: char| ty.matches(bracket).count();
    let whole = count('(') == count(')') && count('[') == count(']');
    Some(name.strip_prefix("mut ").unwrap_or(name)).filter(|name| whole && is_name(name))
}

fn is_name(text: &str) -> bool {
    let name = text.strip_prefix("r#").unwrap_or(text);
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINES: [&str; 24] = [
        EXPORT,
        "pub extern \"C\" fn run_user_code_1(",
        RUNTIME,
        STORE[0],
        STORE[1],
        STORE[2],
        CHECKS[0],
        CHECKS[1],
        CHECKED,
        AROUND[1],
        AROUND[2],
        END[0],
        END[2],
        ANALYSIS,
        ANALYSIS_BODY,
        ANALYSIS_END[0],
        "vars_ok &= evcxr_variable_store.check_variable::<u8>(stringify!(a));",
        "let a = evcxr_variable_store.take_variable::<u8>(stringify!(a));",
        "let mut a = evcxr_variable_store.take_variable::<u8>(stringify!(a));",
        "evcxr_variable_store.put_variable::<u8>(stringify!(a), a);",
        "evcxr_variable_store(a);",
        "a: u8,",
        "mut a: u8,",
        "a + 1",
    ];

    /// The lines of a part.
    fn numbers(part: &Part<'_>) -> Vec<usize> {
        match part {
            Part::Items(range) | Part::Runtime(range) | Part::Glue(range) | Part::Cell(range) => range.clone().collect(),
            Part::Export(at) | Part::Entry(at) => vec![*at],
            Part::Taken(named) | Part::New(named) | Part::Left(named) | Part::Any(named) => named.iter().map(|(at, _)| *at).collect(),
        }
    }

    proptest! {
        #[test]
        fn whatever_the_text_its_parts_are_all_of_it_in_order(chosen in proptest::collection::vec(0..LINES.len(), 0..40), ends in 0..3_u8) {
            let end: &[&str] = match ends { 0 => &END, 1 => &ANALYSIS_END, _ => &[] };
            let lines: Vec<&str> = chosen.into_iter().map(|at| LINES[at]).chain(end.iter().copied()).collect();
            if let Some(parts) = parts(&lines) {
                let numbers: Vec<usize> = parts.iter().flat_map(numbers).collect();
                prop_assert_eq!(numbers, (0..lines.len()).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn the_variable_of_a_line_is_found_whatever_its_type_is() {
        for ty in ["u8", "Vec<(u8, &'static str)>", "fn(u8) -> u8", "[u8; {1 + 1}]", "Box<dyn Fn(&str) -> Vec<u8>>"] {
            assert_eq!(put(&format!("evcxr_variable_store.put_variable::<{ty}>(stringify!(r#a), r#a);")), Some("r#a"), "{ty}");
            assert_eq!(parameter(&format!("mut a_1: {ty},")), Some("a_1"), "{ty}");
        }
        for line in [
            "evcxr_variable_store.put_variable::<u8>(stringify!(a), b);",
            "evcxr_variable_store.put_variable::<u8>(stringify!(a), a)",
            " evcxr_variable_store.put_variable::<u8>(stringify!(a), a);",
            "store.put_variable::<u8>(stringify!(a), a);",
            "evcxr_variable_store.put_variable::<u8>(stringify!(a b), a b);",
        ] {
            assert_eq!(put(line), None, "{line}");
        }
        for line in ["a: fn(b: u8,", "c: u8),", "a: u8", "a b: u8,", "a: [u8,", ": u8,"] {
            assert_eq!(parameter(line), None, "{line}");
        }
    }
}
