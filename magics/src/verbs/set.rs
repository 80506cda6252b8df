//! `set`: what holds where a command does not say otherwise.

use super::{Context, Outcome};
use crate::{
    Bundle, EMBEDDED, Fault,
    grammar::{SetArgs, Setting},
    resolve::{area, period},
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
        other => state.defaults.get(other),
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

/// How a setting is typed.
pub(super) fn name(setting: Setting) -> String {
    setting.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
}

fn store(context: &Context<'_>, setting: Setting, value: &str) -> Result<(), Fault> {
    let span = context.tokens.span_of(value);
    match setting {
        Setting::Target => {
            let target = context.target(Some(value))?;
            let mut state = context.session.state();
            state.current.clone_from(&target.name);
            state.targets.retain(|t| t.name != target.name);
            state.targets.push(target);
        }
        Setting::Box => {
            area(value, span, &context.session.state().regions)?;
            context.session.state().defaults.area = Some(value.to_owned());
        }
        Setting::Time => {
            period(value, span)?;
            context.session.state().defaults.time = Some(value.to_owned());
        }
        Setting::Quiet => context.session.state().defaults.quiet = switch(context, setting, value)?,
        Setting::Static => context.session.state().defaults.fixed = switch(context, setting, value)?,
    }
    Ok(())
}

fn switch(context: &Context<'_>, setting: Setting, value: &str) -> Result<bool, Fault> {
    match value {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => {
            let fault = Fault::new("BadValue", format!("{} cannot be `{value}`", name(setting))).expected("on or off");
            Err(Fault { span: context.tokens.span_of(value), ..fault })
        }
    }
}

fn unset(context: &Context<'_>, setting: Setting) {
    let mut state = context.session.state();
    match setting {
        Setting::Target => EMBEDDED.clone_into(&mut state.current),
        Setting::Box => state.defaults.area = None,
        Setting::Time => state.defaults.time = None,
        Setting::Quiet => state.defaults.quiet = false,
        Setting::Static => state.defaults.fixed = false,
    }
}
