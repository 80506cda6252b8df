//! The variables of a session, which a cell gets only as far as it needs them.

use crate::session::{Session, failure};
use std::{collections::BTreeMap, fmt::Write};

pub(crate) fn a_variable_is_there_however_a_cell_mentions_it(session: &mut Session) {
    session.silent(
        "let odd = 7; let mut r#match = 3; let größe = 1.5; let wide = 6_usize; let words = vec![\"a\", \"b\"];\n\
         macro_rules! twice { ($x:ident) => { $x + $x } }",
    );
    for (code, shown) in [
        ("format!(\"{odd}\")", "\"7\""),
        ("format!(\"{odd:>wide$}\")", "\"     7\""),
        ("format!(\"{größe:.*}\", wide)", "\"1.500000\""),
        ("let text = format!(r#\"{odd:?}\"#); text", "\"7\""),
        ("vec![vec![odd; 2]; 1]", "[[7, 7]]"),
        ("twice!(odd)", "14"),
        ("assert_eq!(odd, 7, \"{größe}\"); r#match + 1", "4"),
        ("struct Shorthand { odd: i32 }\nlet short = Shorthand { odd }; short.odd", "7"),
        ("let add = |n: i32| n + odd; add(1)", "8"),
        ("{ let inner = move || größe; inner() }", "1.5"),
        ("fn odd_one(odd: i32) -> i32 { odd + 1 }\nodd_one(1)", "2"),
        ("{ let odd = 1; odd }", "1"),
        ("odd", "7"),
        ("{ fn nested(words: u8) -> u8 { words } nested(4) }", "4"),
        ("words.iter().map(|word| word.len()).sum::<usize>()", "2"),
        ("match odd { odd if odd > 5 => odd, _ => 0 }", "7"),
        ("[1, 2].map(|wide| wide * 2)", "[2, 4]"),
        ("{ for odd in 0..2 { let _ = odd; } wide }", "6"),
        ("if let Some(größe) = Some(2) { größe } else { odd }", "2"),
        ("(größe, wide, r#match, words.len())", "(1.5, 6, 3, 2)"),
    ] {
        if code.starts_with("let add") {
            // A closure is no variable of a session.
            session.expect(&format!("{{ {code} }}"), shown);
        } else {
            session.expect(code, shown);
        }
    }
    session.silent("r#match += 1; { let more = &mut r#match; *more += 1; }");
    session.silent("(|| r#match += 1)();");
    session.expect("r#match", "6");
}

pub(crate) fn a_variable_that_is_declared_anew_has_the_new_value_and_type(session: &mut Session) {
    session.silent("let again = 1; let aside = vec![1];");
    session.silent("let again = \"text\".to_owned();");
    session.expect("again.len()", "4");
    session.silent("let again = again.len() + 1;");
    session.expect("again", "5");
    session.silent("let (again, beside) = (again as f64, again);");
    session.expect("(again, beside)", "(5.0, 5)");
    session.silent("let again = { let again = aside; again.len() };");
    session.expect("again", "1");
    assert_eq!(session.fails("aside").name, "error[E0425]");
    let error = session.fails("let again = vec![1, 2];\nagain[again.len()]");
    assert_eq!(error.value, "index out of bounds: the len is 2 but the index is 2 (line 2)");
    session.expect("again", "1");
    session.fails("let again: u8 = \"none\".parse()?;");
    session.silent("let again = 'c';");
    session.expect("again", "'c'");
}

pub(crate) fn a_name_that_is_not_found_is_explained_by_the_variables_there_are(session: &mut Session) {
    session.silent("let temperature = 280.0; let other = 1;");
    let error = session.fails("let celsius = temperatur - 273.15;");
    assert!(error.value.contains("cannot find value `temperatur` in this scope (line 1)"), "{error:?}");
    assert!(failure(&error).contains("temperature"), "{}", failure(&error));
    let error = session.fails("other +\n  temperatura");
    assert!(error.value.ends_with("(line 2)") && failure(&error).contains("temperature"), "{}", failure(&error));
    assert_eq!(session.fails("fn hidden() -> f64 { temperature }\nhidden()").name, "error[E0425]");
}

/// A value of the session that is checked.
#[derive(Clone, Debug, PartialEq)]
enum Kept {
    Numbers(Vec<i32>),
    Text(String),
}

/// Cells that declare, change, move, drop and forget to mention variables in every order, some of which fail.
pub(crate) fn whatever_cells_do_to_some_variables_the_others_are_what_they_were(session: &mut Session) {
    session.silent(":clear");
    let mut random = 0x9E37_79B9_u32;
    let mut number = move |below: u32| {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        random % below
    };
    let mut model: BTreeMap<String, Kept> = BTreeMap::new();
    let mut log = String::new();
    for step in 0..60 {
        let (one, other, n) = (format!("v{}", number(6)), format!("v{}", number(6)), number(100).cast_signed());
        let fails = number(5) == 0;
        let before = model.clone();
        let code = match (number(6), model.get(&one).cloned()) {
            (0, Some(value)) if one != other => {
                model.remove(&one);
                model.insert(other.clone(), value.clone());
                match value {
                    Kept::Numbers(_) => format!("let mut {other} = {one};"),
                    Kept::Text(_) => format!("let {other}: String = {one};"),
                }
            }
            (1, Some(_)) => {
                model.remove(&one);
                format!("drop({one});")
            }
            (2, Some(value)) => {
                let text = match &value {
                    Kept::Numbers(numbers) => format!("{numbers:?}"),
                    Kept::Text(text) => format!("{text:?}"),
                };
                model.insert(other.clone(), Kept::Text(text));
                format!("let {other} = format!(\"{{{one}:?}}\");")
            }
            (3 | 4, Some(Kept::Numbers(mut numbers))) => {
                numbers.push(n);
                model.insert(one.clone(), Kept::Numbers(numbers));
                format!("{one}.push({n});")
            }
            (5, _) => {
                model.insert(one.clone(), Kept::Text(n.to_string()));
                format!("let {one} = ({n}).to_string();")
            }
            _ => {
                model.insert(one.clone(), Kept::Numbers(vec![n, n + 1]));
                format!("let mut {one} = vec![{n}, {n} + 1];")
            }
        };
        writeln!(log, "{step}: {code}{}", if fails { " panic" } else { "" }).unwrap();
        if fails {
            assert_eq!(
                session.fails(&format!("{code}\nif true {{ panic!(\"at {step}\") }}")).value,
                format!("at {step} (line 2)"),
                "{log}"
            );
            model = before;
        } else {
            session.silent(&code);
        }
        if step % 6 == 5 {
            are_as_modelled(session, &model, &log);
        }
    }
}

#[track_caller]
fn are_as_modelled(session: &mut Session, model: &BTreeMap<String, Kept>, log: &str) {
    let names: String = model.keys().fold(String::new(), |text, name| text + "&" + name + ", ");
    let values: Vec<String> = model
        .values()
        .map(|value| match value {
            Kept::Numbers(numbers) => format!("{numbers:?}"),
            Kept::Text(text) => format!("{text:?}"),
        })
        .collect();
    let shown = session.shows(&format!("format!(\"{{:?}}\", ({names}0))")).plain().to_owned();
    let expected = format!("({}0)", values.iter().fold(String::new(), |text, value| text + value + ", "));
    assert_eq!(shown, format!("{expected:?}"), "{log}");
    let listed = session.shows(":vars").plain().to_owned();
    for number in 0..6 {
        let name = format!("v{number}");
        assert_eq!(listed.contains(&format!("{name}: ")), model.contains_key(&name), "{name} in\n{listed}\nafter\n{log}");
    }
}
