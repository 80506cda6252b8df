//! CSV: lines that begin with `#` say what it is about, then a line of names with units in brackets, then rows.
//!
//! `pandas.read_csv(path, comment="#", parse_dates=["time"])` reads it. A missing number is an empty cell.

use super::{
    ContentError, Data, about,
    about::Fact,
    iso,
    sheet::{self, SheetColumn},
};
use sdap::Value;
use std::io::Write;

pub(super) fn write(value: &Value, out: &mut impl Write) -> Result<(), ContentError> {
    for (name, fact) in about::facts(value) {
        let said = match fact {
            Fact::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Fact::Number(number) => number.to_string(),
        };
        writeln!(out, "# {name}: {said}")?;
    }
    let sheet = sheet::of(value);
    line(out, sheet.columns.iter().map(heading))?;
    for row in 0..sheet.rows {
        line(out, sheet.columns.iter().map(|column| cell(&column.data, row)))?;
    }
    Ok(())
}

fn heading(column: &SheetColumn) -> String {
    if column.unit.is_empty() || column.unit == "1" { column.name.clone() } else { format!("{} [{}]", column.name, column.unit) }
}

fn cell(data: &Data, row: usize) -> String {
    match data {
        Data::Numbers(values) if values[row].is_nan() => String::new(),
        Data::Numbers(values) => values[row].to_string(),
        Data::Seconds(values) => iso(values[row]),
        Data::Text(words) => words[row].clone(),
    }
}

fn line(out: &mut impl Write, cells: impl Iterator<Item = String>) -> Result<(), ContentError> {
    let row = cells.map(|cell| quoted(&cell)).collect::<Vec<_>>().join(",");
    Ok(writeln!(out, "{row}")?)
}

/// A cell in quotes where it holds what would end it, or what would make it a remark.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r', '#']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn only_cells_that_need_quotes_have_them() {
        assert_eq!(["a b", "a,b", "say \"a\"", "#1", ""].map(quoted), ["a b", "\"a,b\"", "\"say \"\"a\"\"\"", "\"#1\"", ""]);
    }
}
