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

/// The options of a verb; those that take a value say which.
pub(super) fn options(verb: &str) -> Vec<Candidate> {
    let command = grammar::command();
    let arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    let named = arguments.filter_map(|a| Some((a.get_long().filter(|l| *l != "help")?, a)));
    named.map(|(long, a)| Candidate::new(format!("--{long}"), "option", help(a.get_help()))).collect()
}

pub(super) fn takes_value(verb: &str, option: &str) -> bool {
    let command = grammar::command();
    let mut arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    arguments.any(|a| a.get_long().is_some_and(|l| option.strip_prefix("--") == Some(l)) && a.get_action().takes_values())
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

/// The endpoints of a server, of which `get` can ask each.
pub(super) fn endpoints() -> Vec<Candidate> {
    ENDPOINTS.iter().map(|(path, about)| Candidate::new(*path, "endpoint", *about)).collect()
}

pub(super) fn variables(dataset: &Dataset) -> Vec<Candidate> {
    dataset.variables.iter().map(|v| Candidate::new(&v.name, "variable", format!("{} [{}]", v.long_name, v.units))).collect()
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
    key.values.iter().map(|(value, about)| Candidate::new(format!("{before}{value}"), "field", about)).collect()
}

/// The names of environment variables, never their values.
pub(super) fn environment(before: &str) -> Vec<Candidate> {
    let mut names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    names.sort();
    names.into_iter().map(|name| Candidate::new(format!("{before}{name}"), "environment", "environment variable")).collect()
}
