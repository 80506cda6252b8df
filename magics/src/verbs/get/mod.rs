//! `get`: any endpoint of a server, and what its answer is shown as.

mod endpoints;
mod kind;
mod table;
mod tree;

use super::{Answer, Asked, Context, Outcome, save::at_home};
use crate::{
    Bundle, Fault,
    grammar::{GetArgs, Saving},
    save::{self, Overwrite},
};
use base64::Engine;
pub(crate) use endpoints::ENDPOINTS;
pub(super) use endpoints::instead_of;
use sdap::{Origin, Table, TableColumn, Value};
use sdap_nexus::Body;
use std::path::PathBuf;

pub(super) async fn get(context: &Context<'_>, args: &GetArgs) -> Result<Outcome, Fault> {
    let (path, query) = address(context, args)?;
    refuse(context, &args.path, &path)?;
    let file = checked(context, &args.saving)?;
    let asked = context.asked(&args.asking)?;
    let asks = format!("{path}{query}");
    let body = context.answer(&asked, asked.nexus().get(&asks)).await?;
    context.remember(&asked, &asks, None);
    match file {
        Some(file) => saved(context, &args.saving, &file, &body).map(|line| Outcome::Shown(vec![line])),
        None => answered(context, &asked, &path, &body),
    }
}

/// The path and the query that the words mean.
fn address(context: &Context<'_>, args: &GetArgs) -> Result<(String, String), Fault> {
    let bad = |message: String, word: &str| {
        let fault = Fault::new("BadValue", message).expected("PATH KEY=VALUE …, such as /heartbeat or list nocached=true");
        Fault { span: context.tokens.span_of(word), ..fault }
    };
    if args.path.contains("://") {
        return Err(
            bad("the endpoint is a whole URL".to_owned(), &args.path).hint("%sdap target URL chooses the server; --target asks another")
        );
    }
    let (path, given) = args.path.split_once('?').unwrap_or((&args.path, ""));
    let mut pairs: Vec<String> = given.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    for parameter in &args.parameters {
        match parameter.split_once('=') {
            Some((key, value)) if !key.is_empty() => pairs.push(format!("{}={}", encoded(key), encoded(value))),
            _ => return Err(bad(format!("`{parameter}` is not a parameter"), parameter)),
        }
    }
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    Ok((format!("/{}", path.trim_matches('/')), query))
}

/// What a query may hold. Commas and colons may stay: they read better.
pub(super) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~,:*/".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Refuses endpoints that no server answers, and those that change something: each has a verb that does it better.
fn refuse(context: &Context<'_>, typed: &str, path: &str) -> Result<(), Fault> {
    let (kind, message, hint) = match (instead_of(path), endpoints::changing(path)) {
        (Some(dead), _) => ("DeadEndpoint", format!("no NEXUS server answers {path} any more{}", dead.why), dead.live),
        (None, Some(verb)) => ("Unsupported", format!("{path} changes something at the server, and get only asks"), verb),
        (None, None) => return Ok(()),
    };
    Err(Fault { span: context.tokens.span_of(typed), ..Fault::new(kind, message).hint(hint) })
}

/// The file that an answer is to be written to; refused before anybody is asked if it cannot be.
pub(super) fn checked(context: &Context<'_>, saving: &Saving) -> Result<Option<PathBuf>, Fault> {
    let Some(text) = &saving.save else { return Ok(None) };
    let path = at_home(text);
    let fault = |message: String| Fault { span: context.tokens.span_of(text), ..Fault::new("CannotSave", message) };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(fault(format!("there is no folder for {text}")).expected("a file in a folder that exists"));
    }
    if path.is_dir() {
        return Err(fault(format!("{text} is a folder")).expected("the name of a file"));
    }
    if path.exists() && !saving.force {
        return Err(fault(format!("{text} exists, and is not overwritten")).hint("--force overwrites it"));
    }
    Ok(Some(path))
}

/// Writes the body to a file, as it came; one line about it.
pub(super) fn saved(context: &Context<'_>, saving: &Saving, file: &std::path::Path, body: &Body) -> Result<Bundle, Fault> {
    kind::checked(file, body)?;
    let overwrite = if saving.force { Overwrite::Allowed } else { Overwrite::Never };
    let size = save::save_bytes(&body.bytes, file, overwrite).map_err(|error| {
        let span = saving.save.as_ref().and_then(|text| context.tokens.span_of(text));
        Fault { span, ..Fault::new("CannotSave", error.to_string()) }
    })?;
    Ok(Bundle::text(format!("saved {} · {} · {:.3} s · {}", file.display(), sdap::bytes(size), body.seconds, body.url)))
}

/// Where an answer comes from that is no answer to a typed question.
pub(super) fn origin(asked: &Asked, body: &Body) -> Origin {
    Origin {
        server: asked.nexus().name().to_owned(),
        request: body.url.clone(),
        seconds: body.seconds,
        bytes: body.bytes.len() as u64,
        ..Origin::default()
    }
}

/// What an answer is: a picture, a table, a tree, text, or a file that nobody wants to see.
fn answered(context: &Context<'_>, asked: &Asked, path: &str, body: &Body) -> Result<Outcome, Fault> {
    if let Some(bundle) = picture(body) {
        return Ok(Outcome::Shown(vec![bundle]));
    }
    let gzip = body.bytes.starts_with(&[0x1f, 0x8b]);
    let start = body.bytes.trim_ascii_start();
    if gzip || start.starts_with(b"{") || start.starts_with(b"[") || is_page(start) {
        let json = body.json().map_err(|error| super::fault::told(context.tokens, error, asked))?;
        return Ok(of_json(path, &json, origin(asked, body)).into());
    }
    match std::str::from_utf8(&body.bytes) {
        Ok(text) => Ok(of_text(path, text.trim(), origin(asked, body)).into()),
        Err(_) => Ok(Outcome::Shown(vec![Bundle::text(format!(
            "{} of {}: --save FILE writes it to a file",
            sdap::bytes(body.bytes.len() as u64),
            if body.content_type.is_empty() { "no stated type" } else { &body.content_type }
        ))])),
    }
}

fn is_page(start: &[u8]) -> bool {
    let head = start.iter().take(16).map(u8::to_ascii_lowercase).collect::<Vec<_>>();
    head.starts_with(b"<!doctype") || head.starts_with(b"<html")
}

/// A picture, as a front end draws it.
pub(super) fn picture(body: &Body) -> Option<Bundle> {
    let bytes = &body.bytes[..];
    let said = |what: &str| format!("{what} picture, {}", sdap::bytes(bytes.len() as u64));
    let encoded = || base64::engine::general_purpose::STANDARD.encode(bytes);
    let (mime, what) = match bytes {
        [0x89, b'P', b'N', b'G', ..] => ("image/png", "PNG"),
        [b'G', b'I', b'F', b'8', ..] => ("image/gif", "GIF"),
        [0xff, 0xd8, 0xff, ..] => ("image/jpeg", "JPEG"),
        _ if body.content_type.starts_with("image/svg") => {
            return Some(Bundle::text(said("SVG")).with("image/svg+xml", String::from_utf8_lossy(bytes)));
        }
        _ => return None,
    };
    Some(Bundle::text(said(what)).with(mime, encoded()))
}

/// JSON: objects in a row are a table; all else is a table of where in it which value stands, shown as a tree.
fn of_json(path: &str, json: &serde_json::Value, origin: Origin) -> Answer {
    if let Some(columns) = table::columns(json) {
        return Answer::of(Value::Table(Table { title: path.to_owned(), columns, origin }));
    }
    let leaves = tree::leaves(json);
    let shown = tree::shown(path, json);
    let columns = [("path", leaves.iter().map(|l| l.0.clone()).collect()), ("value", leaves.into_iter().map(|l| l.1).collect())];
    let columns = columns.into_iter().map(|(name, texts)| (name.to_owned(), TableColumn::Text(texts))).collect();
    Answer { shown: Some(shown), ..Answer::of(Value::Table(Table { title: path.to_owned(), columns, origin })) }
}

/// Text as it is; as a value, a table of its lines.
fn of_text(path: &str, text: &str, origin: Origin) -> Answer {
    let lines = text.lines().map(str::to_owned).collect();
    let table = Table { title: path.to_owned(), columns: vec![("line".to_owned(), TableColumn::Text(lines))], origin };
    let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    Answer { shown: Some(Bundle::text(clean)), ..Answer::of(Value::Table(table)) }
}
