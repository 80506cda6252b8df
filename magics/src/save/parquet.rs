//! Parquet: the columns of the sheet; units and what it is about in the file's key-value metadata.
//!
//! Numbers that are missing are null. Times are microseconds in UTC.

use super::{
    ContentError, Data, json,
    sheet::{self, Sheet, SheetColumn},
};
use parquet::{
    basic::{LogicalType, Repetition, TimeUnit, Type as Physical},
    data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};
use sdap::Value;
use std::{
    io::{self, Write},
    sync::Arc,
};

/// How many rows a row group has at most.
const ROWS: usize = 1_000_000;

pub(super) fn write(value: &Value, out: &mut (impl Write + Send)) -> Result<(), ContentError> {
    let sheet = sheet::of(value);
    let units: serde_json::Map<String, serde_json::Value> =
        sheet.columns.iter().filter(|c| !c.unit.is_empty()).map(|c| (c.name.clone(), c.unit.as_str().into())).collect();
    let known = [("sdap_about", json::about(value)), ("sdap_units", units.into())];
    let known = known.map(|(name, json)| KeyValue::new(name.to_owned(), json.to_string()));
    let properties = WriterProperties::builder()
        .set_created_by(concat!("sdap-kernel version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(known.to_vec()))
        .build();
    rows(&sheet, properties, out).map_err(|error| match error {
        ParquetError::External(source) => io::Error::other(source).into(),
        other => ContentError::Unfit(other.to_string()),
    })
}

fn rows(sheet: &Sheet, properties: WriterProperties, out: &mut (impl Write + Send)) -> Result<(), ParquetError> {
    let fields = sheet.columns.iter().map(|c| field(c).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("rows").with_fields(fields).build()?;
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    for start in (0..sheet.rows).step_by(ROWS) {
        let range = start..(start + ROWS).min(sheet.rows);
        let mut group = writer.next_row_group()?;
        for column in &sheet.columns {
            if let Some(mut out) = group.next_column()? {
                cells(&column.data, range.clone(), &mut out)?;
                out.close()?;
            }
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn field(column: &SheetColumn) -> Result<Type, ParquetError> {
    let (physical, logical) = match column.data {
        Data::Numbers(_) => (Physical::DOUBLE, None),
        Data::Seconds(_) => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Data::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    Type::primitive_type_builder(&column.name, physical).with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build()
}

fn cells(data: &Data, range: std::ops::Range<usize>, out: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
    match data {
        Data::Numbers(values) => {
            let (present, levels) = present(values[range].iter().map(|v| (!v.is_nan()).then_some(*v)));
            out.typed::<DoubleType>().write_batch(&present, Some(&levels), None)?;
        }
        Data::Seconds(values) => {
            let (present, levels) = present(values[range].iter().map(|s| s.checked_mul(1_000_000)));
            out.typed::<Int64Type>().write_batch(&present, Some(&levels), None)?;
        }
        Data::Text(words) => {
            let (present, levels) = present(words[range].iter().map(|w| Some(ByteArray::from(w.as_str()))));
            out.typed::<ByteArrayType>().write_batch(&present, Some(&levels), None)?;
        }
    }
    Ok(())
}

/// The cells that are there, and for each cell whether it is: 1 or 0.
fn present<T>(cells: impl Iterator<Item = Option<T>>) -> (Vec<T>, Vec<i16>) {
    let mut values = Vec::new();
    let levels = cells.map(|cell| cell.map(|v| values.push(v)).map_or(0, |()| 1)).collect();
    (values, levels)
}
