//! `status`: what runs, what is bound, and what it takes.

use super::{Context, Outcome};
use crate::{EMBEDDED, defaults::name, grammar::Setting, session::State, show};
use clap::ValueEnum;
use sdap::{Origin, Table, TableColumn};

pub(super) fn status(context: &Context<'_>) -> Outcome {
    let bindings = context.session.bindings();
    let size: u64 = bindings.iter().filter_map(|b| b.file.metadata().ok()).map(|m| m.len()).sum();
    let state = context.session.state();
    let mut facts =
        vec![("asked".to_owned(), asked(&state)), ("other targets".to_owned(), others(&state)), ("datasets".to_owned(), datasets(&state))];
    facts.push((
        "bound values".to_owned(),
        if bindings.is_empty() { "none".to_owned() } else { format!("{}, {}", bindings.len(), sdap::bytes(size)) },
    ));
    facts.push(("jobs".to_owned(), if state.jobs.is_empty() { String::new() } else { state.jobs.len().to_string() }));
    facts.push(("set for all commands".to_owned(), defaults(&state)));
    facts.push(("wrong with the config".to_owned(), state.config.troubles.join("; ")));
    drop(state);
    facts.extend(context.given.host.facts());
    facts.retain(|(_, how)| !how.is_empty());
    let column = |pick: &dyn Fn(&(String, String)) -> String| TableColumn::Text(facts.iter().map(pick).collect());
    let columns = vec![("what".to_owned(), column(&|f| f.0.clone())), ("how".to_owned(), column(&|f| f.1.clone()))];
    Outcome::Shown(vec![show::table(&Table { title: "status".to_owned(), columns, origin: Origin::default() })])
}

fn asked(state: &State) -> String {
    let address = state.targets.iter().find(|t| t.name == state.current).map(crate::target::Target::address).unwrap_or_default();
    if state.current == EMBEDDED { "the engine inside the kernel".to_owned() } else { format!("{} at {address}", state.current) }
}

fn others(state: &State) -> String {
    state.targets.iter().filter(|t| t.name != state.current).map(|t| t.name.clone()).collect::<Vec<_>>().join(", ")
}

/// How many datasets of each target are known without asking it.
fn datasets(state: &State) -> String {
    let known: Vec<String> = state.datasets.iter().map(|(target, datasets)| format!("{} of {target}", datasets.len())).collect();
    if known.is_empty() { "none asked for yet".to_owned() } else { known.join(", ") }
}

fn defaults(state: &State) -> String {
    let set = |s: &Setting| state.defaults.get(*s).map(|held| format!("{} {} by {}", name(*s), held.value, held.source));
    let all: Vec<String> = Setting::value_variants().iter().filter_map(set).collect();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}
