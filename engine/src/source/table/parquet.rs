//! Parquet: flat columns, packed by Snappy, Zstandard, gzip or LZ4 or not at all. Units may stand in brackets in a name, or in
//! the file's key-value metadata under `sdap_units`, a JSON object, as this project's own files have them.

use super::heading::{Heading, Role};
use super::{Cells, Column, LARGEST, Table, instant, too_large};
use crate::dataset::Attributes;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType, Int96};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use serde_json::Value;

/// What stands for a time that is missing, until it is known whether that matters.
const MISSING: i64 = i64::MIN;

/// Reads a table.
///
/// # Errors
/// Says what is wrong with it, and in which row and column.
pub(super) fn read(bytes: Vec<u8>) -> Result<Table, String> {
    let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).map_err(|e| format!("it cannot be read as Parquet: {e}"))?;
    let metadata = file.metadata();
    if metadata.row_groups().iter().map(|group| group.total_byte_size().max(0) as u64).sum::<u64>() > LARGEST {
        return Err(too_large());
    }
    let stated = |name: &str| {
        let pairs = metadata.file_metadata().key_value_metadata()?;
        let text = pairs.iter().find(|pair| pair.key == name)?.value.as_ref()?;
        serde_json::from_str::<Value>(text).ok()
    };
    let (units, about) = (stated("sdap_units").unwrap_or_default(), stated("sdap_about").unwrap_or_default());
    let schema = metadata.file_metadata().schema_descr();
    let mut columns = Vec::new();
    for (nth, described) in schema.columns().iter().enumerate() {
        let name = described.name();
        // What pandas calls its index has no meaning here.
        if described.max_rep_level() > 0 || described.path().parts().len() > 1 || name.starts_with("__index_level_") {
            continue;
        }
        let heading = Heading::of(name, units[name].as_str());
        let cells = cells(&file, nth, described).and_then(|cells| as_wanted(cells, &heading)).map_err(|e| format!("column {name}: {e}"))?;
        columns.push(Column { heading, cells });
    }
    let attributes: Attributes = about.as_object().cloned().unwrap_or_default();
    Ok(Table { attributes, columns })
}

/// What was read, as the column's role wants it.
fn as_wanted(cells: Cells, heading: &Heading) -> Result<Cells, String> {
    let missing = |at: usize, expected: &str| format!("row {}: nothing is there, where {expected} was expected", at + 1);
    match (heading.role, cells) {
        (Role::Time, Cells::Text(cells)) => {
            let one = |(at, cell): (usize, &String)| {
                instant::parse(cell).ok_or_else(|| format!("row {}: {cell:?} is there, where a time was expected", at + 1))
            };
            cells.iter().enumerate().map(one).collect::<Result<_, _>>().map(Cells::Seconds)
        }
        (Role::Time, Cells::Seconds(cells)) => match cells.iter().position(|second| *second == MISSING) {
            Some(at) => Err(missing(at, "a time")),
            None => Ok(Cells::Seconds(cells)),
        },
        (Role::Time, Cells::Whole(cells)) if heading.units.is_empty() => Ok(Cells::Seconds(cells.into_iter().map(epoch).collect())),
        (Role::Time, cells) => {
            let units = if heading.units.is_empty() { "seconds since 1970-01-01" } else { &heading.units };
            crate::dataset::time::of_counts(numbers(cells)?, units).map(Cells::Seconds)
        }
        (Role::Latitude | Role::Longitude, cells) => {
            let degrees = numbers(cells)?;
            match degrees.iter().position(|d| d.is_nan()) {
                Some(at) => Err(missing(at, "a number of degrees")),
                None => Ok(Cells::Numbers(degrees)),
            }
        }
        (Role::Identifier, cells @ (Cells::Whole(_) | Cells::Text(_))) | (Role::Measured, cells @ Cells::Text(_)) => Ok(cells),
        (Role::Elevation | Role::Identifier | Role::Measured, cells) => numbers(cells).map(Cells::Numbers),
    }
}

/// Seconds since 1970, or milliseconds where that would be beyond the year 5138.
fn epoch(count: i64) -> i64 {
    if count.unsigned_abs() > 100_000_000_000 { Unit::Part(1000).seconds(count) } else { count }
}

fn numbers(cells: Cells) -> Result<Vec<f64>, String> {
    match cells {
        Cells::Numbers(cells) => Ok(cells),
        Cells::Whole(cells) => Ok(cells.into_iter().map(|n| n as f64).collect()),
        Cells::Seconds(cells) => Ok(cells.into_iter().map(|n| if n == MISSING { f64::NAN } else { n as f64 }).collect()),
        Cells::Text(_) => Err("it holds text, where numbers were expected".into()),
    }
}

/// All cells of a column, whatever the row group.
fn cells(file: &SerializedFileReader<bytes::Bytes>, nth: usize, described: &ColumnDescriptor) -> Result<Cells, String> {
    let mut all: Option<Cells> = None;
    for group in 0..file.num_row_groups() {
        let open = || file.get_row_group(group)?.get_column_reader(nth);
        let part = column(open().map_err(|e| e.to_string())?, described)?;
        all = Some(match all {
            None => part,
            Some(before) => joined(before, part)?,
        });
    }
    Ok(all.unwrap_or(Cells::Numbers(Vec::new())))
}

fn joined(before: Cells, part: Cells) -> Result<Cells, String> {
    Ok(match (before, part) {
        (Cells::Text(mut a), Cells::Text(b)) => {
            a.extend(b);
            Cells::Text(a)
        }
        (Cells::Whole(mut a), Cells::Whole(b)) => {
            a.extend(b);
            Cells::Whole(a)
        }
        (Cells::Seconds(mut a), Cells::Seconds(b)) => {
            a.extend(b);
            Cells::Seconds(a)
        }
        (a, b) => {
            let mut a = numbers(a)?;
            a.extend(numbers(b)?);
            Cells::Numbers(a)
        }
    })
}

/// The cells of a column in one row group.
fn column(reader: ColumnReader, described: &ColumnDescriptor) -> Result<Cells, String> {
    let whole = |values: Vec<Option<i64>>| match per_second(described) {
        Some(unit) => Cells::Seconds(values.into_iter().map(|v| v.map_or(MISSING, |v| unit.seconds(v))).collect()),
        None if values.iter().all(Option::is_some) => Cells::Whole(values.into_iter().flatten().collect()),
        None => Cells::Numbers(values.into_iter().map(|v| v.map_or(f64::NAN, |v| v as f64)).collect()),
    };
    Ok(match reader {
        ColumnReader::BoolColumnReader(r) => {
            Cells::Text(values(r)?.into_iter().map(|v| v.map(|v| v.to_string()).unwrap_or_default()).collect())
        }
        ColumnReader::Int32ColumnReader(r) => whole(values(r)?.into_iter().map(|v| v.map(i64::from)).collect()),
        ColumnReader::Int64ColumnReader(r) => whole(values(r)?),
        ColumnReader::FloatColumnReader(r) => Cells::Numbers(values(r)?.into_iter().map(|v| v.map_or(f64::NAN, f64::from)).collect()),
        ColumnReader::DoubleColumnReader(r) => Cells::Numbers(values(r)?.into_iter().map(|v| v.unwrap_or(f64::NAN)).collect()),
        ColumnReader::Int96ColumnReader(r) => {
            let seconds = |v: Option<Int96>| v.map_or(MISSING, |v| v.to_millis().div_euclid(1000));
            Cells::Seconds(values(r)?.into_iter().map(seconds).collect())
        }
        ColumnReader::ByteArrayColumnReader(r) => {
            let text = |v: Option<ByteArray>| match v {
                None => Ok(String::new()),
                Some(v) => v.as_utf8().map(str::to_owned).map_err(|_| "it holds bytes that are no text".to_owned()),
            };
            Cells::Text(values(r)?.into_iter().map(text).collect::<Result<_, _>>()?)
        }
        ColumnReader::FixedLenByteArrayColumnReader(_) => return Err("it holds numbers of a form that is not understood".into()),
    })
}

/// How many of a unit of time make a second, or how many seconds make one.
#[derive(Clone, Copy)]
enum Unit {
    Part(i64),
    Days,
}

impl Unit {
    fn seconds(self, count: i64) -> i64 {
        match self {
            // Half a second and more is rounded up, as times of other files are.
            Self::Part(parts) => count.div_euclid(parts) + i64::from(count.rem_euclid(parts) * 2 >= parts && parts > 1),
            Self::Days => count.saturating_mul(86_400),
        }
    }
}

/// Whether a column of whole numbers holds times, and in which unit.
fn per_second(described: &ColumnDescriptor) -> Option<Unit> {
    match (described.logical_type_ref(), described.converted_type()) {
        (Some(LogicalType::Timestamp(timestamp)), _) => Some(Unit::Part(match timestamp.unit {
            TimeUnit::MILLIS => 1000,
            TimeUnit::MICROS => 1_000_000,
            TimeUnit::NANOS => 1_000_000_000,
        })),
        (Some(LogicalType::Date), _) | (None, ConvertedType::DATE) => Some(Unit::Days),
        (None, ConvertedType::TIMESTAMP_MILLIS) => Some(Unit::Part(1000)),
        (None, ConvertedType::TIMESTAMP_MICROS) => Some(Unit::Part(1_000_000)),
        _ => None,
    }
}

/// The values of a flat column; none where it has nothing.
fn values<T: DataType>(mut reader: ColumnReaderImpl<T>) -> Result<Vec<Option<T::T>>, String> {
    let (mut levels, mut present) = (Vec::new(), Vec::new());
    let (mut rows, mut optional) = (0, false);
    loop {
        let (records, found, _) = reader.read_records(1 << 16, Some(&mut levels), None, &mut present).map_err(|e| e.to_string())?;
        rows += records;
        optional |= found < records;
        if records == 0 {
            break;
        }
    }
    if !optional && present.len() == rows {
        return Ok(present.into_iter().map(Some).collect());
    }
    let mut present = present.into_iter();
    let highest = levels.iter().copied().max().unwrap_or(0).max(1);
    Ok(levels.into_iter().map(|level| if level == highest { present.next() } else { None }).collect())
}
