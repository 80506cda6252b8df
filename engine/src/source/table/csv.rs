//! CSV: a line of names, then rows. Lines that begin with `#` are remarks; those before the names may say something of the
//! whole, as `# title: Buoys`. A second line of units, as ERDDAP writes it, is understood.

use super::heading::{Heading, Role};
use super::{Cells, Column, LARGEST, Table, instant, too_large};
use crate::dataset::Attributes;
use csv::{Position, ReaderBuilder, StringRecord};
use serde_json::json;
use std::io::Read;

/// What cells without a value may hold.
const NOTHING: [&str; 8] = ["", "NA", "N/A", "NaN", "nan", "null", "None", "--"];

/// What gzip packed.
///
/// # Errors
/// If it is no gzip file, is cut off, or unpacks to more than a table may have.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes).take(LARGEST + 1).read_to_end(&mut out);
    read.map_err(|e| format!("it cannot be unpacked as gzip: {e}"))?;
    if out.len() as u64 > LARGEST { Err(too_large()) } else { Ok(out) }
}

/// Reads a table.
///
/// # Errors
/// Names the line and the column that is wrong, what is there and what was expected.
pub(super) fn read(bytes: &[u8]) -> Result<Table, String> {
    let separator = separator(bytes);
    let mut rows = ReaderBuilder::new().comment(Some(b'#')).delimiter(separator).trim(csv::Trim::All).from_reader(bytes);
    let names = rows.headers().map_err(|e| in_words(&e, bytes))?.clone();
    if names.iter().all(str::is_empty) {
        return Err("it is empty: a line of column names was expected".into());
    }
    let mut records = rows.records().collect::<Result<Vec<StringRecord>, _>>().map_err(|e| in_words(&e, bytes))?;
    let units = (records.first().is_some_and(|first| first.iter().any(|cell| cell.starts_with("degrees_")))).then(|| records.remove(0));
    let unit = |nth: usize| units.as_ref().and_then(|units| units.get(nth)).filter(|unit| !unit.is_empty());
    let headings = names.iter().enumerate().map(|(nth, name)| Heading::of(name, unit(nth)));
    let columns = headings.enumerate().filter(|(_, heading)| !heading.name.is_empty());
    let columns = columns
        .map(|(nth, heading)| Ok(Column { cells: cells(bytes, &records, nth, &heading)?, heading }))
        .collect::<Result<_, String>>()?;
    Ok(Table { attributes: remarks(bytes), columns })
}

/// The separator that occurs most often in the line of names.
fn separator(bytes: &[u8]) -> u8 {
    let names =
        bytes.split(|byte| *byte == b'\n').find(|line| !line.starts_with(b"#") && !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |separator: &u8| names.iter().filter(|byte| *byte == separator).count();
    [b';', b'\t', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

/// What the remarks before the names say: `# title: Buoys`.
fn remarks(bytes: &[u8]) -> Attributes {
    let lines = bytes.split(|byte| *byte == b'\n').map_while(|line| line.strip_prefix(b"#"));
    let said = lines.filter_map(|line| {
        let line = String::from_utf8_lossy(line);
        let (name, text) = line.split_once(':')?;
        let name = name.trim();
        // `Title` is a way to write a title; `featureType` is a name.
        let name = if name.chars().skip(1).any(char::is_uppercase) { name.to_owned() } else { name.to_ascii_lowercase() };
        let sound = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        sound.then(|| (name, json!(text.trim())))
    });
    said.collect()
}

/// The number of the line in which a record begins, which the reader gives before it passes empty lines and remarks.
fn line(bytes: &[u8], record: &Position) -> u64 {
    let rest = bytes.get(record.byte() as usize..).unwrap_or_default();
    let passed = rest.split(|byte| *byte == b'\n').take_while(|line| line.starts_with(b"#") || line.is_empty() || *line == b"\r");
    record.line() + passed.count() as u64
}

fn in_words(error: &csv::Error, bytes: &[u8]) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos: Some(at), expected_len, len } => {
            format!("line {} has {len} cells, where the line of names has {expected_len}", line(bytes, at))
        }
        csv::ErrorKind::Utf8 { pos: Some(at), .. } => format!("line {} is no UTF-8 text", line(bytes, at)),
        _ => format!("it cannot be read as CSV: {error}"),
    }
}

fn cells(bytes: &[u8], records: &[StringRecord], nth: usize, heading: &Heading) -> Result<Cells, String> {
    let column = Texts { bytes, records, nth, name: &heading.name };
    match heading.role {
        Role::Time => column.times(&heading.units).map(Cells::Seconds),
        Role::Latitude | Role::Longitude => column.each("a number of degrees", degrees).map(Cells::Numbers),
        Role::Elevation => column.numbers(),
        Role::Identifier if !column.are_whole() => Ok(column.texts()),
        Role::Identifier => column.each("a whole number", |cell| cell.parse().ok()).map(Cells::Whole),
        Role::Measured if column.are_mostly_numbers() => column.numbers(),
        Role::Measured => Ok(column.texts()),
    }
}

fn degrees(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|degrees: &f64| degrees.is_finite())
}

/// One column of the records.
struct Texts<'a> {
    bytes: &'a [u8],
    records: &'a [StringRecord],
    nth: usize,
    name: &'a str,
}

impl<'a> Texts<'a> {
    fn iter(&self) -> impl Iterator<Item = &'a str> {
        let nth = self.nth;
        self.records.iter().map(move |record| record.get(nth).unwrap_or_default())
    }

    fn texts(&self) -> Cells {
        Cells::Text(self.iter().map(str::to_owned).collect())
    }

    /// Every cell read by `read`.
    fn each<T>(&self, expected: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
        let one = |(at, cell): (usize, &str)| read(cell).ok_or_else(|| self.wrong(at, cell, expected));
        self.iter().enumerate().map(one).collect()
    }

    fn wrong(&self, at: usize, cell: &str, expected: &str) -> String {
        let line = self.records[at].position().map_or(0, |at| line(self.bytes, at));
        let found = if cell.is_empty() { "nothing".to_owned() } else { format!("{cell:?}") };
        format!("line {line}, column {}: {found} is there, where {expected} was expected", self.name)
    }

    fn numbers(&self) -> Result<Cells, String> {
        let number = |cell: &str| if NOTHING.contains(&cell) { Some(f64::NAN) } else { cell.parse().ok() };
        self.each("a number, or nothing,", number).map(Cells::Numbers)
    }

    /// Times, or counts of a unit since a date: `days since 1950-01-01`.
    fn times(&self, units: &str) -> Result<Vec<i64>, String> {
        if !units.contains(" since ") {
            return self.each("a time such as 1995-03-18T12:00:00Z", |cell| instant::parse(cell).or_else(|| epoch(cell)));
        }
        let counts = self.each(&format!("a number of {units}"), |cell| cell.parse().ok())?;
        crate::dataset::time::of_counts(counts, units).map_err(|e| format!("column {}: {e}", self.name))
    }

    /// Whether each is a whole number, as it would be written again.
    fn are_whole(&self) -> bool {
        self.iter().all(|cell| cell.parse::<i64>().is_ok_and(|number| number.to_string() == cell))
    }

    /// Whether more than half of what is there are numbers: the rest are then mistakes.
    fn are_mostly_numbers(&self) -> bool {
        let there = || self.iter().filter(|cell| !NOTHING.contains(cell));
        let numbers = there().filter(|cell| cell.parse::<f64>().is_ok()).count();
        numbers * 2 > there().count() || there().next().is_none()
    }
}

/// Seconds since 1970, or milliseconds where that would be beyond the year 5138.
fn epoch(cell: &str) -> Option<i64> {
    let number: f64 = cell.parse().ok().filter(|n: &f64| n.is_finite() && n.abs() < 1e15)?;
    let seconds = if number.abs() > 1e11 { number / 1000.0 } else { number };
    Some(seconds.round() as i64)
}
