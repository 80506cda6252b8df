//! The config file.

use super::{Config, Credentials, Described, trouble, unknown};
use crate::{defaults::Source, grammar::Setting};
use clap::ValueEnum;
use std::path::Path;
use toml::{Table, Value};

/// Everything that may stand at the top of the file.
const KEYS: [&str; 10] = ["target", "box", "time", "quiet", "static", "cache", "timeout", "limit", "memory", "targets"];

/// Everything that may stand in the table of a target.
const TARGET_KEYS: [&str; 10] =
    ["url", "token_env", "user", "password_env", "netrc", "header", "header_env", "cookie_env", "ca", "insecure"];

/// What would be a secret if it stood in the file.
const SECRETS: [&str; 4] = ["token", "password", "cookie", "secret"];

/// Reads the file into the config. One that is not there says nothing.
pub(super) fn read(config: &mut Config, path: &Path) {
    let shown = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return config.troubles.push(format!("the config file {shown} cannot be read: {error}")),
    };
    let table = match text.parse::<Table>() {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            return config
                .troubles
                .push(format!("the config file {shown} cannot be read, and nothing of it holds: line {line}: {message}"));
        }
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    for (key, value) in &table {
        let told = format!("{shown}: {key}");
        match (key.as_str(), value) {
            ("targets", Value::Table(targets)) => targets.iter().for_each(|(name, value)| target(config, path, folder, name, value)),
            ("targets", _) => config.troubles.push(trouble(&told, "no tables", Some("[targets.NAME] with url = \"https://HOST/PATH\""))),
            ("memory", value) => match word(value) {
                Some(text) => config.keep_memory(text, Source::File, &told),
                None => config.troubles.push(trouble(&told, "no size", Some("a size such as \"2GiB\""))),
            },
            (key, value) => match (Setting::from_str(key, false).ok(), word(value)) {
                (Some(setting), Some(text)) => config.keep(setting, text, Source::File, &told),
                (Some(_), None) => config.troubles.push(trouble(&told, "neither text, number nor true or false", None)),
                (None, _) => config.troubles.push(unknown(&shown.to_string(), key, &KEYS)),
            },
        }
    }
}

/// A value as it would be typed behind `%sdap set`.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(on) => Some(if *on { "on" } else { "off" }.to_owned()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Array(numbers) => numbers.iter().map(word).collect::<Option<Vec<_>>>().map(|words| words.join(",")),
        Value::Table(_) => None,
    }
}

/// Reads one `[targets.NAME]`.
fn target(config: &mut Config, path: &Path, folder: &Path, name: &str, value: &Value) {
    let told = format!("{}: targets.{name}", path.display());
    match described(&told, folder, value) {
        Ok((described, mut troubles)) => {
            config.troubles.append(&mut troubles);
            if crate::verbs::is_target_name(name) {
                config.targets.insert(name.to_owned(), described);
            } else {
                config.troubles.push(trouble(&told, "no name of a target", Some("letters, digits, _, - or .; not `embedded`")));
            }
        }
        Err(trouble) => config.troubles.push(trouble),
    }
}

/// What a table says of a target; and what in it means nothing.
fn described(told: &str, folder: &Path, value: &Value) -> Result<(Described, Vec<String>), String> {
    let Value::Table(table) = value else { return Err(trouble(told, "no table", Some("url = \"https://HOST/PATH\""))) };
    let mut troubles = Vec::new();
    for key in table.keys().filter(|key| !TARGET_KEYS.contains(&key.as_str())) {
        if SECRETS.contains(&key.as_str()) {
            return Err(format!(
                "{told}: a {key} does not belong in a file; name the variable that holds it: {key}_env, or use netrc = true"
            ));
        }
        troubles.push(unknown(told, key, &TARGET_KEYS));
    }
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(trouble(told, &format!("{key} is no text"), None)),
    };
    let switch = |key: &str| match table.get(key) {
        None => Ok(false),
        Some(Value::Boolean(on)) => Ok(*on),
        Some(_) => Err(trouble(told, &format!("{key} is neither true nor false"), None)),
    };
    let url = text("url")?.ok_or_else(|| trouble(told, "it has no address", Some("url = \"https://HOST/PATH\"")))?;
    let logins = [
        text("token_env")?.map(Credentials::Token),
        both(told, "user", text("user")?, "password_env", text("password_env")?)?
            .map(|(user, variable)| Credentials::Password { user, variable }),
        switch("netrc")?.then_some(Credentials::Netrc),
        both(told, "header", text("header")?, "header_env", text("header_env")?)?
            .map(|(name, variable)| Credentials::Header { name, variable }),
        text("cookie_env")?.map(Credentials::Cookie),
    ];
    let mut logins = logins.into_iter().flatten();
    let login = logins.next().unwrap_or_default();
    if logins.next().is_some() {
        return Err(trouble(told, "it has more than one login", Some("one of token_env, user, netrc, header, cookie_env")));
    }
    let ca = text("ca")?.map(|file| folder.join(file));
    Ok((Described { url, login, ca, insecure: switch("insecure")?, source: Source::File }, troubles))
}

/// Two keys that belong together.
fn both(told: &str, first: &str, a: Option<String>, second: &str, b: Option<String>) -> Result<Option<(String, String)>, String> {
    match (a, b) {
        (Some(a), Some(b)) => Ok(Some((a, b))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(trouble(told, &format!("{first} lacks {second}"), Some(&format!("{second} = \"VARIABLE\"")))),
        (None, Some(_)) => Err(trouble(told, &format!("{second} lacks {first}"), Some(&format!("{first} = \"NAME\"")))),
    }
}
