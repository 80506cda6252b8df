//! `config`: what holds, and who said so.

use super::{Context, Outcome};
use crate::{
    Bundle, EMBEDDED,
    defaults::{Source, built_in, name},
    grammar::Setting,
    session::State,
    show,
};
use clap::ValueEnum;
use sdap::{Origin, Table, TableColumn};
use sdap_engine::Engine;

pub(super) fn config(context: &Context<'_>) -> Outcome {
    let state = context.session.state();
    let mut rows: Vec<[String; 3]> = Setting::value_variants().iter().map(|setting| row(&state, *setting)).collect();
    rows.push(match &state.config.memory {
        Some((_, held)) => ["memory".to_owned(), held.value.clone(), said(&held.source)],
        None => ["memory".to_owned(), sdap::bytes(Engine::DEFAULT_MEMORY as u64), "default".to_owned()],
    });
    for target in state.targets.iter().filter(|t| t.name != EMBEDDED) {
        let source = state.config.targets.get(&target.name).map_or(Source::Session, |described| described.source.clone());
        let login = if target.login.is_empty() { String::new() } else { format!(" · {}", target.login) };
        let unchecked = if target.is_insecure() { " · insecure" } else { "" };
        rows.push([format!("target {}", target.name), format!("{}{login}{unchecked}", target.address()), said(&source)]);
    }
    let file = state.config.file.as_ref().map(|file| {
        let there = if file.exists() { "" } else { ", which is not there" };
        format!("config file: {}{there}", file.display())
    });
    let troubles = state.config.troubles.clone();
    drop(state);
    let column = |i: usize| TableColumn::Text(rows.iter().map(|row| row[i].clone()).collect());
    let columns = ["what", "value", "by"].into_iter().enumerate().map(|(i, name)| (name.to_owned(), column(i))).collect();
    let notes = file.into_iter().chain(troubles.into_iter().map(|trouble| format!("wrong: {trouble}"))).collect();
    let table = Table { title: "config".to_owned(), columns, origin: Origin { notes, ..Origin::default() } };
    let bundle: Bundle = show::table(&table);
    Outcome::Shown(vec![bundle])
}

fn row(state: &State, setting: Setting) -> [String; 3] {
    let held = state.defaults.get(setting);
    if setting == Setting::Target {
        let start = held.filter(|held| state.targets.iter().any(|t| t.name == state.current && t.is_called(&held.value)));
        let by = match start {
            Some(held) => said(&held.source),
            None if state.current == EMBEDDED => "default".to_owned(),
            None => said(&Source::Session),
        };
        return [name(setting), state.current.clone(), by];
    }
    match held {
        Some(held) => [name(setting), held.value, said(&held.source)],
        None => [name(setting), built_in(setting), "default".to_owned()],
    }
}

fn said(source: &Source) -> String {
    match source {
        Source::File => "config file".to_owned(),
        Source::Variable(name) => format!("variable {name}"),
        Source::Session => "this session".to_owned(),
    }
}
