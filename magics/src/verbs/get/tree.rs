//! JSON as a tree to read.

use super::table::text;
use crate::Bundle;
use maud::{Markup, html};
use serde_json::Value;

/// The most lines that are of use to a reader.
const MOST: usize = 300;

/// How deep a tree is shown; what lies deeper is written as JSON.
const DEEPEST: usize = 12;

/// Where in the JSON which value stands: `meta.time.start` or `data[0].lat`.
pub(super) fn leaves(json: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), json)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(object) if !object.is_empty() => {
                let named = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                open.extend(object.iter().rev().map(|(key, value)| (named(key), value)));
            }
            Value::Array(array) if !array.is_empty() => {
                open.extend(array.iter().enumerate().rev().map(|(i, value)| (format!("{path}[{i}]"), value)));
            }
            _ => found.push((path, text(value))),
        }
    }
    found
}

/// The tree as text, and as HTML that opens and closes.
pub(super) fn shown(title: &str, json: &Value) -> Bundle {
    let mut lines = Vec::new();
    written(json, 0, &mut lines);
    let left_out = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    if left_out > 0 {
        lines.push(format!("… and {left_out} lines more; bind it, `let NAME = %sdap get …`, or --save it, to have them all"));
    }
    let mut room = MOST;
    let html = html! { details open { summary { strong { (title) } } (list(json, 0, &mut room)) } };
    Bundle::text(format!("{title}\n{}", lines.join("\n"))).with("text/html", html.into_string())
}

/// What a value is called that has more in it.
fn kind(value: &Value) -> Option<String> {
    match value {
        Value::Object(object) if !object.is_empty() => Some(String::new()),
        Value::Array(array) if !array.is_empty() => Some(format!(" [{}]", array.len())),
        _ => None,
    }
}

/// The values within, each with its key or number.
fn within(value: &Value) -> Vec<(String, &Value)> {
    match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(array) => array.iter().enumerate().map(|(i, value)| (i.to_string(), value)).collect(),
        _ => Vec::new(),
    }
}

/// Text on one line, without what would break it.
fn clean(value: &Value) -> String {
    let text = match value {
        Value::Null => "null".to_owned(),
        other => text(other),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn written(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth + 1);
    if kind(value).is_none() {
        return lines.push(format!("{indent}{}", clean(value)));
    }
    for (key, inner) in within(value) {
        match kind(inner) {
            Some(kind) if depth < DEEPEST => {
                lines.push(format!("{indent}{key}{kind}"));
                written(inner, depth + 1, lines);
            }
            _ => lines.push(format!("{indent}{key}: {}", clean(inner))),
        }
    }
}

fn list(value: &Value, depth: usize, room: &mut usize) -> Markup {
    if kind(value).is_none() {
        return html! { p { (clean(value)) } };
    }
    let mut items = Vec::new();
    let all = within(value);
    let count = all.len();
    for (key, inner) in all {
        if *room == 0 {
            break;
        }
        *room -= 1;
        items.push(match kind(inner) {
            Some(kind) if depth < DEEPEST => {
                let inside = list(inner, depth + 1, room);
                html! { li { @if depth == 0 { details open { summary { (key) (kind) } (inside) } } @else { details { summary { (key) (kind) } (inside) } } } }
            }
            _ => html! { li { (key) ": " (clean(inner)) } },
        });
    }
    let left_out = count - items.len();
    html! { ul { @for item in items { (item) } @if left_out > 0 { li { "… and " (left_out) " more" } } } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tree_is_indented_text_and_html_to_open() {
        let json = json!({"nexusproto": true, "meta": {"time": [1, 2], "name": "<b>\n"}, "empty": {}});
        let bundle = shown("/heartbeat", &json);
        insta::assert_snapshot!(bundle.plain());
        assert!(bundle.data["text/html"].as_str().unwrap().contains("&lt;b&gt;"));
        let paths: Vec<String> = leaves(&json).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["nexusproto", "meta.time[0]", "meta.time[1]", "meta.name", "empty"]);
    }

    #[test]
    fn what_is_long_or_deep_is_cut_and_says_so() {
        let long = json!((0..5000).map(|i| json!({ "i": i })).collect::<Vec<_>>());
        let bundle = shown("/x", &json!({ "all": long }));
        assert!(bundle.plain().lines().count() < 310 && bundle.plain().contains("lines more"));
        assert!(bundle.data["text/html"].as_str().unwrap().len() < 60_000);
        let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
        assert!(shown("/x", &deep).plain().lines().count() < 20);
    }
}
