//! Tables of in-situ points, CSV or Parquet: each row has a time, a place and what was measured there.
//!
//! Columns are told by name: `time`, `lat` and `lon` (or `latitude`, `longitude` and the like), if there is one `elevation` or
//! `depth`. Text, and whole numbers named as an identifier, say whose the point is: they are keys. All other numbers are
//! variables. A unit may follow a name in brackets, `sst [degree_Celsius]`, or end it: `air_temp_c`.

mod csv;
mod heading;
mod instant;
mod parquet;

use super::several::{self, Origin};
use super::{Contents, Elements, Member, Texts};
use crate::chunks::Line;
use crate::dataset::Attributes;
use crate::numbers::{Kind, Numbers};
use crate::waiting::{self, Reach};
use heading::{Heading, Role};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// How many bytes of a table are read at most, unpacked: it is held in memory.
const LARGEST: u64 = 1 << 30;
/// What the dimension of all columns is called.
const DIMENSION: &str = "sample";

/// The formats of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    /// CSV, packed by gzip.
    CsvGz,
    Parquet,
}

impl Format {
    /// What the card of a dataset calls it.
    fn kind(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvGz => "csv",
            Self::Parquet => "parquet",
        }
    }

    /// The format that a file's name ends in.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
        if ends(".csv.gz") || ends(".tsv.gz") {
            Some(Self::CsvGz)
        } else if ends(".csv") || ends(".tsv") {
            Some(Self::Csv)
        } else if ends(".parquet") || ends(".pq") {
            Some(Self::Parquet)
        } else {
            None
        }
    }

    /// Whether a line holds separated names of columns, one of which is that of a time or a place.
    pub(super) fn has_known_column(line: &str) -> bool {
        let names: Vec<&str> = line.split([',', ';', '\t']).collect();
        let is_known = |name: &&str| !matches!(Heading::of(name.trim_matches(['"', ' ']), None).role, Role::Identifier | Role::Measured);
        names.len() > 1 && names.iter().any(is_known)
    }
}

/// The contents of a table.
///
/// # Errors
/// Says what is wrong with it, and in which line and column.
pub(super) fn contents(bytes: Vec<u8>, format: Format) -> Result<Contents, String> {
    read(bytes, format)?.contents(format.kind())
}

fn read(bytes: Vec<u8>, format: Format) -> Result<Table, String> {
    match format {
        Format::Csv => csv::read(&bytes),
        Format::CsvGz => csv::read(&csv::unpacked(&bytes)?),
        Format::Parquet => parquet::read(bytes),
    }
}

/// The contents of several tables, the rows of one after those of the other. The first that can be read says which columns
/// there are; one with others, or that cannot be read, is left out and named.
///
/// # Errors
/// If none can be read, or all together are too large to be held.
pub(super) fn contents_of_all(origins: &[Arc<dyn Origin>]) -> Result<Contents, String> {
    let read = |origin: &Arc<dyn Origin>| {
        let format = Format::of(Path::new(&origin.name())).ok_or("its name says neither CSV nor Parquet")?;
        let table = read(origin.bytes()?, format)?;
        table.check().map(|()| (format.kind(), table))
    };
    let (mut left_out, mut whole) = (Vec::new(), None::<(&'static str, Table)>);
    // A few at a time, so that no more of them are in memory than are needed.
    for some in origins.chunks(16) {
        for (origin, table) in some.iter().zip(waiting::for_each(some, read)) {
            let added = table.and_then(|(kind, table)| {
                if let Some((_, whole)) = &mut whole {
                    return whole.append(table);
                }
                whole = Some((kind, table));
                Ok(())
            });
            left_out.extend(added.err().map(|reason: String| format!("{}: {reason}", origin.name())));
        }
        if whole.as_ref().is_some_and(|(_, table)| table.size() > LARGEST) {
            return Err(too_large());
        }
    }
    let Some((kind, table)) = whole else { return Err(format!("none of its tables can be read ({})", left_out.join("; "))) };
    Ok(Contents { left_out: several::left_out(&left_out), ..table.contents(kind)? })
}

/// The contents of a table on disk.
///
/// # Errors
/// As [`contents`], and if it cannot be read or is too large to be held.
pub(super) fn of_file(path: &Path, format: Format) -> Result<Contents, String> {
    contents(bytes_of_file(path)?, format)
}

/// The bytes of a table on disk.
///
/// # Errors
/// If it cannot be read or is too large to be held.
pub(super) fn bytes_of_file(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unreadable = |e: std::io::Error| format!("{name} cannot be read: {e}");
    check_size(std::fs::metadata(path).map_err(unreadable)?.len())?;
    std::fs::read(path).map_err(unreadable)
}

/// Whether a table of so many bytes can be held.
///
/// # Errors
/// If it cannot.
pub(super) fn check_size(bytes: u64) -> Result<(), String> {
    if bytes > LARGEST { Err(too_large()) } else { Ok(()) }
}

fn too_large() -> String {
    format!("it is larger than the {} MiB that may be held in memory", LARGEST >> 20)
}

/// A table that was read.
struct Table {
    attributes: Attributes,
    columns: Vec<Column>,
}

struct Column {
    heading: Heading,
    cells: Cells,
}

/// The cells of a column; missing numbers are NaN, missing texts empty.
enum Cells {
    Text(Vec<String>),
    Whole(Vec<i64>),
    Numbers(Vec<f64>),
    /// Seconds since 1970-01-01T00:00:00Z.
    Seconds(Vec<i64>),
}

impl Cells {
    /// Whether both are text, both times, or both numbers.
    fn is_like(&self, other: &Self) -> bool {
        let what = |cells: &Self| match cells {
            Self::Text(_) => 0,
            Self::Seconds(_) => 1,
            Self::Whole(_) | Self::Numbers(_) => 2,
        };
        what(self) == what(other)
    }

    /// Adds those of another column that is like this one; whole numbers become fractions where the other has such.
    fn append(&mut self, other: Self) {
        let fractions = |whole: Vec<i64>| whole.into_iter().map(|n| n as f64).collect::<Vec<_>>();
        match (&mut *self, other) {
            (Self::Text(cells), Self::Text(others)) => cells.extend(others),
            (Self::Whole(cells), Self::Whole(others)) | (Self::Seconds(cells), Self::Seconds(others)) => cells.extend(others),
            (Self::Numbers(cells), Self::Numbers(others)) => cells.extend(others),
            (Self::Numbers(cells), Self::Whole(others)) => cells.extend(fractions(others)),
            (Self::Whole(cells), Self::Numbers(others)) => *self = Self::Numbers([fractions(std::mem::take(cells)), others].concat()),
            _ => {}
        }
    }

    /// How many bytes they take, about.
    fn size(&self) -> u64 {
        match self {
            Self::Text(cells) => cells.iter().map(|cell| (size_of::<String>() + cell.len()) as u64).sum(),
            other => 8 * other.len() as u64,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Whole(cells) | Self::Seconds(cells) => cells.len(),
            Self::Numbers(cells) => cells.len(),
        }
    }
}

impl Table {
    fn contents(mut self, kind: &'static str) -> Result<Contents, String> {
        self.check()?;
        let invented = |c: &Column| c.heading.name.eq_ignore_ascii_case("synthetic") && c.cells.says_yes();
        for column in self.columns.extract_if(.., |c| invented(c)) {
            self.attributes.insert(column.heading.name.to_ascii_lowercase(), Value::Bool(true));
        }
        let arrays = self.columns.into_iter().map(Column::member).collect::<Result<_, _>>()?;
        Ok(Contents { kind, attributes: self.attributes, arrays, left_out: None, reach: Reach::Machine })
    }

    /// Adds the rows of another table.
    ///
    /// # Errors
    /// If its columns have other names or units, or hold something else. Nothing is then added.
    fn append(&mut self, other: Self) -> Result<(), String> {
        let headings = |table: &Self| table.columns.iter().map(|column| column.heading.clone()).collect::<Vec<_>>();
        if headings(self) != headings(&other) {
            let words = |table: &Self| headings(table).iter().map(Heading::label).collect::<Vec<_>>().join(", ");
            return Err(format!("its columns are {}, those of the first table {}", words(&other), words(self)));
        }
        let mixed = |(one, other): &(&Column, &Column)| !one.cells.is_like(&other.cells);
        if let Some((column, _)) = self.columns.iter().zip(&other.columns).find(mixed) {
            return Err(format!("its column {} holds other things than that of the first table", column.heading.name));
        }
        self.columns.iter_mut().zip(other.columns).for_each(|(column, other)| column.cells.append(other.cells));
        Ok(())
    }

    /// How many bytes its cells take, about.
    fn size(&self) -> u64 {
        self.columns.iter().map(|column| column.cells.size()).sum()
    }

    /// Whether it has what makes rows points.
    fn check(&self) -> Result<(), String> {
        for (role, name) in [(Role::Time, "time"), (Role::Latitude, "lat"), (Role::Longitude, "lon")] {
            let count = self.columns.iter().filter(|c| c.heading.role == role).count();
            if count == 1 {
                continue;
            }
            let names: Vec<&str> = self.columns.iter().map(|c| c.heading.name.as_str()).collect();
            let what = if count == 0 { "no column" } else { "several columns" };
            return Err(format!("it has {what} for {name}; its columns are {}", names.join(", ")));
        }
        if self.columns.iter().all(|c| c.cells.len() == 0) {
            return Err("it has no rows".into());
        }
        Ok(())
    }
}

impl Cells {
    /// Whether every cell says so.
    fn says_yes(&self) -> bool {
        match self {
            Self::Text(cells) => cells.iter().all(|cell| cell.eq_ignore_ascii_case("true")),
            Self::Whole(cells) => cells.iter().all(|cell| *cell == 1),
            Self::Numbers(_) | Self::Seconds(_) => false,
        }
    }
}

impl Column {
    /// The column as an array of its own.
    fn member(self) -> Result<Member, String> {
        let length = self.cells.len();
        let elements = match self.cells {
            Cells::Text(cells) => Elements::Text(Arc::new(Held(cells))),
            Cells::Whole(cells) | Cells::Seconds(cells) => Elements::Numbers(Arc::new(Line::new(Kind::I64, Numbers::I64(cells))?)),
            Cells::Numbers(cells) => Elements::Numbers(Arc::new(Line::new(Kind::F64, Numbers::F64(cells))?)),
        };
        Ok(Member {
            attributes: self.heading.attributes(),
            name: self.heading.name,
            dimensions: vec![DIMENSION.to_owned()],
            shape: vec![length],
            fill: None,
            elements,
        })
    }
}

/// Texts in memory.
struct Held(Vec<String>);

impl Texts for Held {
    fn read(&self) -> Result<Vec<String>, String> {
        Ok(self.0.clone())
    }
}
