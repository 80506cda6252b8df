//! Variables of the environment.

use super::{Config, Credentials, Described, trouble};
use crate::{defaults::Source, fault::nearest, grammar::Setting};
use clap::ValueEnum;
use std::collections::BTreeMap;

/// Variables that others of this program read.
const OTHERS: [&str; 8] =
    ["SDAP_CONFIG", "SDAP_CATALOGUE", "SDAP_CACHE_DIR", "SDAP_LOG", "SDAP_MEMORY", "SDAP_TARGETS", "SDAP_KERNEL", "SDAP_RUST_ANALYSIS"];

/// What the name of every variable begins with.
const PREFIX: &str = "SDAP_";

/// What the name of a variable begins with that holds the token of a target.
const TOKEN: &str = "SDAP_TOKEN_";

/// Reads what begins with `SDAP_`. An empty variable counts as not set.
pub(super) fn read(config: &mut Config, mut variables: BTreeMap<String, String>) {
    variables.retain(|_, value| !value.trim().is_empty());
    let settings: BTreeMap<String, Setting> =
        Setting::value_variants().iter().map(|s| (format!("{PREFIX}{}", crate::defaults::name(*s).to_uppercase()), *s)).collect();
    for (name, value) in &variables {
        let source = Source::Variable(name.clone());
        if let Some(setting) = settings.get(name) {
            config.keep(*setting, switched(*setting, value.trim()), source, name);
        } else if name == "SDAP_MEMORY" {
            config.keep_memory(value.trim().to_owned(), source, name);
        } else if name == "SDAP_TARGETS" {
            targets(config, value);
        } else if !name.starts_with(TOKEN) && !OTHERS.contains(&name.as_str()) {
            // What all of them begin with makes none of them more alike.
            let of_its_own = |name: &'_ str| name.strip_prefix(PREFIX).unwrap_or(name).to_owned();
            let known: Vec<String> = settings.keys().map(String::as_str).chain(OTHERS).map(of_its_own).collect();
            // Other programs may have variables that begin alike.
            if let Some(meant) = nearest(&of_its_own(name), known.iter().map(String::as_str)) {
                config.troubles.push(format!("{name} means nothing here; did you mean {PREFIX}{meant}?"));
            }
        }
    }
    if let Some(file) = variables.get("SDAP_CONFIG").filter(|file| !std::path::Path::new(file).exists()) {
        config.troubles.push(format!("SDAP_CONFIG names the file {file}, which is not there"));
    }
    for (name, described) in &mut config.targets {
        let variable = format!("{TOKEN}{}", name.to_uppercase().replace(['-', '.'], "_"));
        if described.login == Credentials::None && variables.contains_key(&variable) {
            described.login = Credentials::Token(variable);
        }
    }
}

/// Switches may be written as programs write them.
fn switched(setting: Setting, value: &str) -> String {
    let switch = matches!(setting, Setting::Quiet | Setting::Static | Setting::Cache);
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" if switch => "on".to_owned(),
        "0" | "false" | "no" if switch => "off".to_owned(),
        _ => value.to_owned(),
    }
}

/// `NAME=URL,NAME=URL`.
fn targets(config: &mut Config, text: &str) {
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').filter(|(name, _)| crate::verbs::is_target_name(name)) {
            Some((name, url)) => {
                let source = Source::Variable("SDAP_TARGETS".to_owned());
                let described = Described { url: url.to_owned(), login: Credentials::None, ca: None, insecure: false, source };
                config.targets.insert(name.to_owned(), described);
            }
            None => config.troubles.push(trouble("SDAP_TARGETS", "an entry names no target", Some("NAME=https://HOST/PATH,…"))),
        }
    }
}
