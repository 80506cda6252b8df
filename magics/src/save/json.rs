//! JSON: rows with their schema, as pandas has it, the unit of each field beside its type, and what it is about.
//!
//! `pandas.read_json(path, orient="table")` reads it. A missing number is `null`.

use super::{ContentError, Data, about, iso, sheet};
use sdap::Value;
use serde_json::{Map, json};
use std::io::Write;

pub(super) fn write(value: &Value, out: &mut impl Write) -> Result<(), ContentError> {
    let sheet = sheet::of(value);
    let fields: Vec<_> = sheet
        .columns
        .iter()
        .map(|column| match &column.data {
            Data::Numbers(_) => json!({ "name": column.name, "type": "number", "unit": column.unit }),
            Data::Seconds(_) => json!({ "name": column.name, "type": "datetime", "tz": "UTC" }),
            Data::Text(_) => json!({ "name": column.name, "type": "string" }),
        })
        .collect();
    let schema = json!({ "fields": fields, "pandas_version": "1.4.0" });
    write!(out, "{{\"about\":{},\n\"schema\":{schema},\n\"data\":[", about(value))?;
    for row in 0..sheet.rows {
        let cells: Map<String, serde_json::Value> = sheet.columns.iter().map(|c| (c.name.clone(), cell(&c.data, row))).collect();
        let separator = if row == 0 { "\n" } else { ",\n" };
        write!(out, "{separator}{}", serde_json::Value::Object(cells))?;
    }
    Ok(writeln!(out, "]}}")?)
}

/// What a file is about, as an object.
pub(super) fn about(value: &Value) -> serde_json::Value {
    serde_json::Value::Object(about::facts(value).into_iter().map(|(name, fact)| (name, fact.json())).collect())
}

/// A cell of a column; a number that is not finite is `null`.
pub(super) fn cell(data: &Data, row: usize) -> serde_json::Value {
    match data {
        Data::Numbers(values) => values[row].into(),
        Data::Seconds(values) => iso(values[row]).into(),
        Data::Text(words) => words[row].as_str().into(),
    }
}
