//! `set`: what holds where a command does not say otherwise.

use super::{Context, Outcome};
use crate::{
    Bundle, EMBEDDED, Fault,
    defaults::{checked, name},
    grammar::{SetArgs, Setting},
    show,
};
use clap::ValueEnum;
use sdap::{Origin, Table, TableColumn};

pub(super) fn set(context: &Context<'_>, args: &SetArgs) -> Result<Outcome, Fault> {
    let text = match (args.name, &args.value) {
        (None, _) => return Ok(Outcome::Shown(vec![all(context)])),
        (Some(setting), _) if args.unset => {
            unset(context, setting);
            told(context, setting)
        }
        (Some(setting), Some(value)) => {
            store(context, setting, value)?;
            told(context, setting)
        }
        (Some(setting), None) => told(context, setting),
    };
    Ok(Outcome::Shown(vec![Bundle::text(text)]))
}

/// What a setting is now, in words.
fn now(context: &Context<'_>, setting: Setting) -> Option<String> {
    let state = context.session.state();
    match setting {
        Setting::Target => Some(state.current.clone()),
        other => state.defaults.get(other).map(|held| held.value),
    }
}

fn told(context: &Context<'_>, setting: Setting) -> String {
    match now(context, setting) {
        Some(value) => format!("{} is {value} for every command that does not say otherwise", name(setting)),
        None => format!("{} is not set", name(setting)),
    }
}

/// All settings, as a table.
fn all(context: &Context<'_>) -> Bundle {
    let settings = Setting::value_variants();
    let column = |text: &dyn Fn(Setting) -> String| TableColumn::Text(settings.iter().map(|s| text(*s)).collect());
    let meaning = |s: Setting| s.to_possible_value().and_then(|v| v.get_help().map(ToString::to_string)).unwrap_or_default();
    show::table(&Table {
        title: "settings".to_owned(),
        columns: vec![
            ("name".to_owned(), column(&name)),
            ("value".to_owned(), column(&|s| now(context, s).unwrap_or_else(|| "not set".to_owned()))),
            ("what".to_owned(), column(&meaning)),
        ],
        origin: Origin::default(),
    })
}

fn store(context: &Context<'_>, setting: Setting, value: &str) -> Result<(), Fault> {
    if setting == Setting::Target {
        let target = context.target(Some(value))?;
        let mut state = context.session.state();
        state.current.clone_from(&target.name);
        state.targets.retain(|t| t.name != target.name);
        state.targets.push(target);
        return Ok(());
    }
    let mut state = context.session.state();
    checked(setting, value, context.tokens.span_of(value), &state.regions)?;
    state.defaults.set(setting, value);
    Ok(())
}

fn unset(context: &Context<'_>, setting: Setting) {
    let mut state = context.session.state();
    match setting {
        Setting::Target => {
            let start = state.defaults.get(setting).map_or_else(|| EMBEDDED.to_owned(), |held| held.value);
            let known = state.targets.iter().find(|t| t.is_called(&start)).map(|t| t.name.clone());
            state.current = known.unwrap_or_else(|| EMBEDDED.to_owned());
        }
        _ => state.defaults.unset(setting),
    }
}
