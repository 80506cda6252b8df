//! `capabilities` and `heartbeat`: what a server can do, and whether it is well.

use super::{Answer, Context, Outcome, fault, get};
use crate::{
    Fault,
    grammar::{CapabilitiesArgs, HeartbeatArgs},
};
use sdap::{Table, TableColumn, Value};

pub(super) async fn capabilities(context: &Context<'_>, args: &CapabilitiesArgs) -> Result<Outcome, Fault> {
    let asked = context.asked(&args.asking)?;
    let body = context.answer(&asked, asked.nexus().get("/capabilities")).await?;
    let json = body.json().map_err(|error| fault::told(context.tokens, error, &asked))?;
    let text = |entry: &serde_json::Value, key: &str| {
        let text = entry.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let wanted = args.pattern.as_deref().unwrap_or_default().to_lowercase();
    let mut rows: Vec<[String; 4]> = json
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| {
            let path = plain(&text(entry, "path"));
            let instead = get::instead_of(&path).map(|dead| format!("dead; {}", dead.live)).unwrap_or_default();
            [path, text(entry, "name"), text(entry, "description"), instead]
        })
        .filter(|row| row.iter().any(|cell| cell.to_lowercase().contains(&wanted)))
        .collect();
    rows.sort();
    if let (Some(pattern), true) = (&args.pattern, rows.is_empty()) {
        let fault =
            Fault::new("NoData", format!("no endpoint of {} has `{pattern}` in its path, name or description", asked.nexus().name()));
        return Err(Fault { span: context.tokens.span_of(pattern), ..fault.hint("%sdap capabilities lists all") });
    }
    let column = |i: usize| TableColumn::Text(rows.iter().map(|row| row[i].clone()).collect());
    let mut columns = vec![("path".to_owned(), column(0)), ("name".to_owned(), column(1)), ("what".to_owned(), column(2))];
    if rows.iter().any(|row| !row[3].is_empty()) {
        columns.push(("remark".to_owned(), column(3)));
    }
    let table = Table { title: format!("endpoints of {}", asked.nexus().name()), columns, origin: get::origin(&asked, &body) };
    Ok(Answer::of(Value::Table(table)).into())
}

/// A path as it can be asked: some servers list patterns such as `^/cdmscatalog/?.*$`.
fn plain(path: &str) -> String {
    let end = path.find(['?', '(', '[', '*', '$']).unwrap_or(path.len());
    let path = path[..end].trim_start_matches('^').trim_end_matches(['/', '.']);
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

pub(super) async fn heartbeat(context: &Context<'_>, args: &HeartbeatArgs) -> Result<Outcome, Fault> {
    let asked = context.asked(&args.asking)?;
    let body = context.answer(&asked, asked.nexus().get("/heartbeat")).await?;
    let json = body.json().map_err(|error| fault::told(context.tokens, error, &asked))?;
    let told = json.as_object().cloned().unwrap_or_default();
    let state = |value: &serde_json::Value| match value.as_bool() {
        Some(true) => "there".to_owned(),
        Some(false) => "not there".to_owned(),
        None => value.to_string(),
    };
    let columns = vec![
        ("what".to_owned(), TableColumn::Text(told.keys().cloned().collect())),
        ("state".to_owned(), TableColumn::Text(told.values().map(state).collect())),
    ];
    let table = Table { title: format!("heartbeat of {}", asked.nexus().name()), columns, origin: get::origin(&asked, &body) };
    Ok(Answer::of(Value::Table(table)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths_are_shown_as_paths() {
        for (listed, shown) in [("^/cdmscatalog/?.*$", "/cdmscatalog"), ("/list", "/list"), (r"/job", "/job"), ("^/$", "/"), ("", "/")] {
            assert_eq!(plain(listed), shown, "{listed}");
        }
    }
}
