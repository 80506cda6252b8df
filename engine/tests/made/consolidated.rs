//! Consolidated metadata for a Zarr group, which a server of files needs, since it lists nothing.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// Puts the metadata of the arrays into that of the group.
pub(crate) fn consolidate(folder: &Path, arrays: &[&str]) {
    let read = |path: PathBuf| serde_json::from_slice::<Value>(&std::fs::read(path).unwrap()).unwrap();
    let arrays = arrays.iter().map(|name| ((*name).to_owned(), read(folder.join(name).join("zarr.json"))));
    let mut group = read(folder.join("zarr.json"));
    let metadata: serde_json::Map<String, Value> = arrays.collect();
    group["consolidated_metadata"] = serde_json::json!({"kind": "inline", "must_understand": false, "metadata": metadata});
    std::fs::write(folder.join("zarr.json"), group.to_string()).unwrap();
}
