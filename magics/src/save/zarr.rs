//! Zarr, version 3: a group in a folder, an array for each variable, compressed with zstd.

use super::{
    ContentError, Data,
    contents::{Contents, Variable},
};
use serde_json::{Map, Value, json};
use std::{fs, io, path::Path, sync::Arc};
use zarrs::{
    array::{Array, ArrayBuilder, Element, FillValueMetadata, codec::ZstdCodec},
    filesystem::FilesystemStore,
    group::GroupBuilder,
    metadata::v3::{AdditionalFieldV3, AdditionalFieldsV3},
};

/// About how many numbers a chunk has: 8 MB of doubles.
const CHUNK: usize = 1_000_000;
/// A quick level of zstd.
const LEVEL: i32 = 3;

pub(super) fn write(contents: &Contents, folder: &Path) -> Result<(), ContentError> {
    let store = Arc::new(FilesystemStore::new(folder).map_err(io::Error::other)?);
    let mut arrays = Map::new();
    for variable in &contents.variables {
        let shape: Vec<u64> = contents.shape(variable).iter().map(|n| *n as u64).collect();
        match &variable.data {
            Data::Numbers(values) => fill(&array(&store, variable, &shape, "float64", json!("NaN"))?, values)?,
            Data::Seconds(values) => fill(&array(&store, variable, &shape, "int64", json!(0))?, values)?,
            Data::Text(values) => fill(&array(&store, variable, &shape, "string", json!(""))?, values)?,
        }
        let written = fs::read(folder.join(&variable.name).join("zarr.json"))?;
        arrays.insert(variable.name.clone(), serde_json::from_slice(&written).map_err(io::Error::other)?);
    }
    let attributes: Map<String, Value> = contents.attributes.iter().map(|(name, fact)| (name.clone(), fact.json())).collect();
    // All metadata in one place, which readers look for first.
    let together = json!({ "kind": "inline", "metadata": arrays });
    let together = AdditionalFieldsV3::from([("consolidated_metadata".to_owned(), AdditionalFieldV3::new(together, false))]);
    let group = GroupBuilder::new().attributes(attributes).additional_fields(together).build(store, "/").map_err(io::Error::other)?;
    group.store_metadata().map_err(|e| io::Error::other(e).into())
}

/// An array without values, its metadata written.
fn array(
    store: &Arc<FilesystemStore>,
    variable: &Variable,
    shape: &[u64],
    kind: &str,
    fill: Value,
) -> Result<Array<FilesystemStore>, ContentError> {
    let fill: FillValueMetadata = serde_json::from_value(fill).map_err(io::Error::other)?;
    let attributes: Map<String, Value> = variable.attributes.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    let mut builder = ArrayBuilder::new(shape.to_vec(), chunk(shape), kind, fill);
    builder.bytes_to_bytes_codecs(vec![Arc::new(ZstdCodec::new(LEVEL, false))]);
    builder.dimension_names(Some(variable.dimensions.iter().copied())).attributes(attributes);
    let array = builder.build(store.clone(), &format!("/{}", variable.name)).map_err(io::Error::other)?;
    array.store_metadata().map_err(io::Error::other)?;
    Ok(array)
}

/// The shape of a chunk: whole rows, as many as make about [`CHUNK`] numbers.
fn chunk(shape: &[u64]) -> Vec<u64> {
    let mut chunk: Vec<u64> = shape.iter().map(|n| (*n).max(1)).collect();
    let row: u64 = chunk.iter().skip(1).product();
    if let Some(rows) = chunk.first_mut() {
        *rows = (*rows).min((CHUNK as u64 / row).max(1));
    }
    chunk
}

/// Writes the values of an array.
fn fill<T: Element>(array: &Array<FilesystemStore>, values: &[T]) -> Result<(), ContentError> {
    if values.is_empty() {
        return Ok(());
    }
    array.store_array_subset(&array.subset_all(), values).map_err(|e| io::Error::other(e).into())
}

#[cfg(test)]
mod tests {
    #[test]
    fn chunks_are_whole_rows() {
        assert_eq!(super::chunk(&[54]), [54]);
        assert_eq!(super::chunk(&[5_000_000]), [1_000_000]);
        assert_eq!(super::chunk(&[720, 1440]), [694, 1440]);
        assert_eq!(super::chunk(&[2, 3_000_000]), [1, 3_000_000]);
        assert_eq!(super::chunk(&[0]), [1]);
    }
}
