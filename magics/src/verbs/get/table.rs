//! JSON as a table: an array of objects, alone or as the `data` of an answer.

use sdap::{TableColumn, column};
use serde_json::{Map, Value};

/// The columns of an array of objects, each a key; `None` of other JSON.
///
/// Keys of objects within objects are joined by a dot. A column is of numbers where all that is there is a number.
pub(super) fn columns(json: &Value) -> Option<Vec<(String, TableColumn)>> {
    let rows = rows(json)?;
    let flat: Vec<Vec<(String, &Value)>> = rows.iter().map(|row| flattened(row)).collect();
    let mut names: Vec<String> = Vec::new();
    for (name, _) in flat.iter().flatten() {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let of = |name: &String| flat.iter().map(|row| row.iter().find(|(n, _)| n == name).map(|(_, value)| *value)).collect::<Vec<_>>();
    Some(names.iter().map(|name| (name.clone(), typed(&of(name)))).collect())
}

/// The objects of an array that holds nothing else, at the top or as `data`; those of arrays within the array, too.
fn rows(json: &Value) -> Option<Vec<&Map<String, Value>>> {
    let array = match json {
        Value::Array(array) => array,
        Value::Object(object) => object.get("data")?.as_array()?,
        _ => return None,
    };
    let lone = |value: &'_ Value| matches!(value, Value::Object(_));
    let nested = !array.is_empty() && array.iter().all(|inner| inner.as_array().is_some_and(|inner| inner.iter().all(lone)));
    let all: Vec<&Value> = if nested { array.iter().filter_map(Value::as_array).flatten().collect() } else { array.iter().collect() };
    let rows = all.into_iter().map(Value::as_object).collect::<Option<Vec<_>>>()?;
    (!rows.is_empty()).then_some(rows)
}

/// The leaves of an object, by their keys joined.
fn flattened(object: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut leaves = Vec::new();
    let mut open: Vec<(String, &Value)> = object.iter().rev().map(|(key, value)| (key.clone(), value)).collect();
    while let Some((name, value)) = open.pop() {
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                open.extend(inner.iter().rev().map(|(key, value)| (format!("{name}.{key}"), value)));
            }
            _ => leaves.push((name, value)),
        }
    }
    leaves
}

fn typed(values: &[Option<&Value>]) -> TableColumn {
    let missing = |value: Option<&Value>| value.is_none_or(Value::is_null);
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let numbers = values.iter().all(|v| missing(*v) || number(*v).is_some()) && values.iter().any(|v| number(*v).is_some());
    if numbers {
        return TableColumn::Numbers(column(values.iter().map(|v| number(*v).unwrap_or(f64::NAN)).collect::<Vec<_>>()));
    }
    TableColumn::Text(values.iter().map(|value| value.map(text).unwrap_or_default()).collect())
}

/// A value as a cell of a table: text as it is, all else as JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(json: Value) -> Vec<String> {
        let show = |(name, column): (String, TableColumn)| match column {
            TableColumn::Numbers(c) => format!("{name}: numbers {:?}", c.to_vec()),
            TableColumn::Text(c) => format!("{name}: text {c:?}"),
            TableColumn::Times(_) => name,
        };
        columns(&json).unwrap_or_default().into_iter().map(show).collect()
    }

    #[test]
    fn objects_in_a_row_are_a_table_with_a_column_for_each_key() {
        assert_eq!(
            read(json!([{"a": 1, "b": {"c": "x"}}, {"a": null, "d": [1, 2]}])),
            ["a: numbers [1.0, NaN]", "b.c: text [\"x\", \"\"]", "d: text [\"\", \"[1,2]\"]"]
        );
        assert_eq!(read(json!({"meta": 1, "data": [[{"x": 1}], [{"x": 2}]]})), ["x: numbers [1.0, 2.0]"]);
    }

    #[test]
    fn all_other_json_is_no_table() {
        for other in [json!(1), json!([]), json!([1, 2]), json!({"a": 1}), json!({"data": []}), json!([{"a": 1}, 2])] {
            assert_eq!(columns(&other).map(|c| c.len()), None, "{other}");
        }
    }
}
