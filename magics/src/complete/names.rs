//! The names that are known without asking anybody: verbs, options, datasets, variables, fields, environment variables.

use super::Candidate;
use crate::{grammar, verbs::ENDPOINTS};
use sdap_nexus::{Dataset, KeyField};

fn help(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

pub(super) fn verbs() -> Vec<Candidate> {
    grammar::command().get_subcommands().map(|c| Candidate::new(c.get_name(), "verb", help(c.get_about()))).collect()
}

/// The options of a verb, but those that are given already and may be given but once.
pub(super) fn options(verb: &str, given: &[&str]) -> Vec<Candidate> {
    let command = grammar::command();
    let arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    let named = arguments.filter_map(|a| Some((format!("--{}", a.get_long().filter(|l| *l != "help")?), a)));
    let further = named.filter(|(name, a)| !given.contains(&name.as_str()) || matches!(a.get_action(), clap::ArgAction::Append));
    further.map(|(name, a)| Candidate::new(name, "option", help(a.get_help()))).collect()
}

/// Of the words behind a verb those that are neither options nor their values.
pub(super) fn arguments<'w>(verb: &str, words: &[&'w str]) -> Vec<&'w str> {
    let mut words = words.iter();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        if !word.starts_with("--") {
            found.push(*word);
        } else if grammar::takes_value(verb, word) {
            words.next();
        }
    }
    found
}

/// The argument of a verb that follows so many others, by its name in the grammar.
pub(super) fn next_argument(verb: &str, given: usize) -> Option<String> {
    let command = grammar::command();
    let mut room = 0;
    let mut arguments = command.find_subcommand(verb)?.get_positionals();
    let next = arguments.find(|a| {
        room = a.get_num_args().map_or(1, |n| n.max_values()).saturating_add(room);
        room > given
    });
    next.map(|a| a.get_id().to_string())
}

/// What an argument of a verb can be, where that is a choice of few.
pub(super) fn possible(verb: &str, which: impl Fn(&clap::Arg) -> bool, kind: &'static str) -> Vec<Candidate> {
    let command = grammar::command();
    let arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    let values = arguments.filter(|a| which(a)).flat_map(clap::Arg::get_possible_values);
    values.map(|v| Candidate::new(v.get_name(), kind, help(v.get_help()))).collect()
}

pub(super) fn datasets(datasets: &[Dataset]) -> Vec<Candidate> {
    let about = |d: &Dataset| format!("{}{}", d.title, if d.synthetic { " (synthetic)" } else { "" });
    datasets.iter().map(|d| Candidate::new(&d.short_name, "dataset", about(d))).collect()
}

/// The area of a dataset as a box.
pub(super) fn whole_area(dataset: &Dataset) -> Option<Candidate> {
    dataset.area.map(|area| Candidate::new(area.to_string(), "region", format!("all of {}", dataset.short_name)))
}

/// The endpoints of a server, of which `get` can ask each.
pub(super) fn endpoints() -> Vec<Candidate> {
    ENDPOINTS.iter().map(|(path, about)| Candidate::new(*path, "endpoint", *about)).collect()
}

pub(super) fn variables(dataset: &Dataset) -> Vec<Candidate> {
    dataset.variables.iter().map(|v| Candidate::new(&v.name, "variable", crate::show::titled(&v.long_name, &v.units))).collect()
}

/// The fields a dataset can be filtered by, and their first values.
pub(super) fn fields(dataset: &Dataset, sign: char) -> Vec<Candidate> {
    dataset.keys.iter().flat_map(|key| values(key, &format!("{}{sign}", key.name))).collect()
}

/// The fields and values of `--each`; behind a comma the values alone of the field that the list is of.
pub(super) fn each(dataset: &Dataset, list: Option<&str>) -> Vec<Candidate> {
    let field = list.and_then(|list| list.split_once('=')).map(|(field, _)| field);
    match field.and_then(|field| dataset.keys.iter().find(|key| key.name == field)) {
        Some(key) => values(key, ""),
        None => fields(dataset, '='),
    }
}

fn values(key: &KeyField, before: &str) -> Vec<Candidate> {
    let word = |value: &str| {
        let word = format!("{before}{value}");
        let (spaced, quote) = (word.contains(char::is_whitespace), if word.contains('\'') { '"' } else { '\'' });
        if spaced { format!("{quote}{word}{quote}") } else { word }
    };
    key.values.iter().map(|(value, about)| Candidate::new(word(value), "field", about)).collect()
}

/// The names of environment variables, never their values.
pub(super) fn environment(before: &str) -> Vec<Candidate> {
    let mut names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    names.sort();
    names.into_iter().map(|name| Candidate::new(format!("{before}{name}"), "environment", "environment variable")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_has_spaces_is_quoted() {
        let named = |value: &str| (value.to_owned(), String::new());
        let key = KeyField { name: "river".into(), values: ["Rapidan", "Rapidan River", "O'Neil's Creek"].map(named).to_vec() };
        let texts: Vec<String> = values(&key, "river:").into_iter().map(|c| c.text).collect();
        assert_eq!(texts, ["river:Rapidan", "'river:Rapidan River'", "\"river:O'Neil's Creek\""]);
    }
}
