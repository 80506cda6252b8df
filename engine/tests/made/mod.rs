//! Makes small Zarr groups on disk for the tests, of any layout.

use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;
use zarrs::array::codec::ZstdCodec;
use zarrs::array::{Array, ArrayBuilder, ChunkKeySeparator, Element};
use zarrs::filesystem::FilesystemStore;
use zarrs::group::GroupBuilder;

type Store = Arc<FilesystemStore>;

/// A grid to be written.
pub(crate) struct Made {
    pub(crate) time: Vec<i64>,
    pub(crate) lat: Vec<f32>,
    pub(crate) lon: Vec<f32>,
    /// By time, latitude, longitude; NaN is missing.
    pub(crate) values: Vec<f32>,
    /// Chunk lengths along time, latitude and longitude.
    pub(crate) chunks: [u64; 3],
}

impl Made {
    /// Writes the grid as 32-bit floats.
    pub(crate) fn write(&self, path: &Path) {
        let store = group(path, &json!({"title": "made"}));
        line(&store, "time", "int64", &self.time, &json!({"units": "seconds since 1970-01-01", "standard_name": "time"}));
        line(&store, "lat", "float32", &self.lat, &json!({"standard_name": "latitude"}));
        line(&store, "lon", "float32", &self.lon, &json!({"units": "degrees_east"}));
        let shape = [self.time.len() as u64, self.lat.len() as u64, self.lon.len() as u64];
        array(&store, "v", "float32", &shape, &self.chunks, &["time", "lat", "lon"], &self.values, &json!({"units": "K"}));
    }
}

/// An empty group.
pub(crate) fn group(path: &Path, attributes: &Value) -> Store {
    let store = Arc::new(FilesystemStore::new(path).unwrap());
    GroupBuilder::new().attributes(map(attributes)).build(store.clone(), "/").unwrap().store_metadata().unwrap();
    store
}

/// An array of one dimension, which has its name.
pub(crate) fn line<T: Element>(store: &Store, name: &str, kind: &str, values: &[T], attributes: &Value) {
    let length = values.len() as u64;
    array(store, name, kind, &[length], &[length.max(1)], &[name], values, attributes);
}

/// An array of any shape, compressed.
#[expect(clippy::too_many_arguments, reason = "all that an array is")]
pub(crate) fn array<T: Element>(
    store: &Store,
    name: &str,
    kind: &str,
    shape: &[u64],
    chunks: &[u64],
    dimensions: &[&str],
    values: &[T],
    attributes: &Value,
) -> Array<FilesystemStore> {
    let fill = match kind {
        "float32" | "float64" => json!("NaN"),
        "bool" => json!(false),
        _ => json!(0),
    };
    let fill: zarrs::array::FillValueMetadata = serde_json::from_value(fill).unwrap();
    let mut builder = ArrayBuilder::new(shape.to_vec(), chunks.to_vec(), kind, fill);
    // Chunks side by side in one folder: making and removing folders is slow on some machines.
    builder.chunk_key_encoding_default_separator(ChunkKeySeparator::Dot);
    builder.bytes_to_bytes_codecs(vec![Arc::new(ZstdCodec::new(3, false))]).dimension_names(Some(dimensions.iter().copied()));
    let array = builder.attributes(map(attributes)).build(store.clone(), &format!("/{name}")).unwrap();
    array.store_metadata().unwrap();
    if shape.iter().all(|n| *n > 0) {
        array.store_array_subset(&array.subset_all(), values).unwrap();
    }
    array
}

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}
