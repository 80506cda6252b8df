//! Zarr groups of version 2 and 3.

use super::plain::{Plain, filled};
use super::{Contents, Elements, Member, Texts};
use crate::chunks::Chunks;
use crate::dataset::Attributes;
use crate::numbers::{Kind, Numbers};
use crate::waiting::Reach;
use half::f16;
use serde_json::Value;
use std::fmt::Display;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use zarrs::array::CodecOptions;
use zarrs::array::{
    Array, ArrayError, ArrayMetadata, ArrayShardedExt, ArrayShardedReadableExt, ArrayShardedReadableExtCache, DimensionName, ElementOwned,
};
use zarrs::group::Group;
use zarrs::metadata::v2::ArrayMetadataV2;
use zarrs::plugin::{ExtensionName, ZarrVersion};
use zarrs::storage::byte_range::{ByteRange, InvalidByteRangeError};
use zarrs::storage::{ReadableListableStorageTraits, ReadableStorageTraits, StoreKey};

/// What a group is read from.
pub(crate) type Storage = Arc<dyn ReadableListableStorageTraits>;

/// What an array is read from.
type ArrayStorage = dyn ReadableStorageTraits;

/// Where a range lies in so many bytes.
///
/// # Errors
/// If it reaches beyond them.
pub(crate) fn within(range: ByteRange, size: u64) -> Result<Range<u64>, InvalidByteRangeError> {
    let (start, end) = match range {
        ByteRange::FromStart(start, length) => (start, length.map_or(size, |length| start.saturating_add(length))),
        ByteRange::Suffix(length) => (size.saturating_sub(length), size),
    };
    if start <= end && end <= size { Ok(start..end) } else { Err(InvalidByteRangeError::new(range, size)) }
}

/// Whether a folder has the metadata of a group.
pub(super) fn is_group(folder: &Path) -> bool {
    ["zarr.json", ".zgroup", ".zmetadata"].iter().any(|name| folder.join(name).is_file())
}

/// The arrays directly in the group at the root.
pub(super) fn contents(storage: &Storage) -> Result<Contents, String> {
    let group = Group::open(storage.clone(), "/").map_err(|e| format!("it holds no Zarr group: {e}"))?;
    let paths = group.child_array_paths();
    let paths = paths.map(|paths| paths.iter().map(|path| path.as_str().to_owned()).collect());
    let paths: Vec<String> = paths.or_else(|e| consolidated(storage).ok_or_else(|| e.to_string()))?;
    let mut arrays = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.trim_start_matches('/');
        arrays.push(match Array::open(storage.clone().readable(), &path) {
            Ok(array) => member(array, name),
            // One that cannot be read takes no other down.
            Err(reason) => match without_rounding(storage, name) {
                Some(array) => member(array, name),
                None => unreadable(storage, name, &reason.to_string()),
            },
        });
    }
    if arrays.is_empty() {
        return Err(without_arrays(&group));
    }
    arrays.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Contents { kind: "zarr", attributes: group.attributes().clone(), arrays, left_out: None, reach: Reach::Machine })
}

/// The arrays directly in the group that consolidated metadata of version 2 names, where a storage lists nothing.
fn consolidated(storage: &Storage) -> Option<Vec<String>> {
    let bytes = storage.get(&StoreKey::new(".zmetadata").ok()?).ok()??;
    let stated: Value = serde_json::from_slice(&bytes).ok()?;
    let names = stated.get("metadata")?.as_object()?.keys().filter_map(|key| key.strip_suffix("/.zarray"));
    Some(names.filter(|name| !name.contains('/')).map(|name| format!("/{name}")).collect())
}

/// That there is nothing to read in a group, and where there may be.
fn without_arrays(group: &Group<dyn ReadableListableStorageTraits>) -> String {
    let below = group.child_group_paths().unwrap_or_default();
    let below: Vec<&str> = below.iter().map(|path| path.as_str().trim_start_matches('/')).collect();
    if below.is_empty() {
        return "its Zarr group holds no arrays".into();
    }
    format!("its Zarr group holds no arrays, but groups; open one of them by its own path: …/{}", below.join(", …/"))
}

/// What a file of metadata of an array says.
fn metadata(storage: &Storage, name: &str, file: &str) -> Option<Value> {
    let bytes = storage.get(&StoreKey::new(format!("{name}/{file}")).ok()?).ok()??;
    serde_json::from_slice(&bytes).ok()
}

/// An array of version 2 without those filters that rounded its numbers when they were written: to read, there is nothing to do.
fn without_rounding(storage: &Storage, name: &str) -> Option<Array<ArrayStorage>> {
    let mut stated = metadata(storage, name, ".zarray")?;
    let kept = |filter: &Value| match filter["id"].as_str() {
        Some("bitround") => false,
        Some("quantize") => filter.get("astype").is_some_and(|kind| *kind != filter["dtype"]),
        _ => true,
    };
    stated.get_mut("filters")?.as_array_mut()?.retain(kept);
    let mut stated: ArrayMetadataV2 = serde_json::from_value(stated).ok()?;
    stated.attributes = metadata(storage, name, ".zattrs").and_then(|stated| stated.as_object().cloned()).unwrap_or_default();
    Array::new_with_metadata(storage.clone().readable(), &format!("/{name}"), ArrayMetadata::V2(stated)).ok()
}

/// An array that is of no known kind. Its metadata are read as far as they say what it would be.
fn unreadable(storage: &Storage, name: &str, reason: &str) -> Member {
    let stated = metadata(storage, name, "zarr.json").or_else(|| metadata(storage, name, ".zarray")).unwrap_or_default();
    let attributes = stated.get("attributes").cloned().or_else(|| metadata(storage, name, ".zattrs"));
    let attributes: Attributes = attributes.and_then(|stated| stated.as_object().cloned()).unwrap_or_default();
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let named = stated.get("dimension_names").or_else(|| attributes.get("_ARRAY_DIMENSIONS"));
    let dimensions = list(named).iter().filter_map(|name| name.as_str().map(str::to_owned)).collect::<Vec<_>>();
    let shape = list(stated.get("shape")).iter().filter_map(|n| n.as_u64().map(|n| n as usize)).collect::<Vec<_>>();
    let dimensions = if dimensions.len() == shape.len() { dimensions } else { vec![String::new(); shape.len()] };
    Member { name: name.to_owned(), dimensions, shape, fill: None, elements: Elements::Unreadable(reason.to_owned()), attributes }
}

fn member(array: Array<ArrayStorage>, name: &str) -> Member {
    let attributes: Attributes = array.attributes().clone();
    // A mark of missing values in Zarr v2 only.
    let fill = match array.metadata() {
        ArrayMetadata::V2(metadata) => serde_json::to_value(&metadata.fill_value).ok().and_then(|fill| fill.as_f64()),
        ArrayMetadata::V3(_) => None,
    };
    Member {
        name: name.to_owned(),
        attributes,
        dimensions: dimensions(&array, name),
        shape: array.shape().iter().map(|n| *n as usize).collect(),
        fill,
        elements: elements(array),
    }
}

fn elements(array: Array<ArrayStorage>) -> Elements {
    if type_name(&array) == "string" {
        return Elements::Text(Arc::new(ZarrTexts(array)));
    }
    match ZarrChunks::new(array) {
        Ok(chunks) => Elements::Numbers(Arc::new(chunks)),
        Err(reason) => Elements::Unreadable(reason),
    }
}

/// The names of an array's dimensions: stated by Zarr v3, or by xarray in an attribute; a lone unnamed one has the array's name.
fn dimensions(array: &Array<ArrayStorage>, name: &str) -> Vec<String> {
    let stated = array.dimension_names().as_ref().and_then(|names| names.iter().map(|n| n.as_ref().map(ToString::to_string)).collect());
    let from_attribute = || {
        let list = array.attributes().get("_ARRAY_DIMENSIONS")?.as_array()?;
        list.iter().map(|n| n.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
    };
    let unnamed = || if array.dimensionality() == 1 { vec![name.to_owned()] } else { Vec::new() };
    stated.or_else(from_attribute).filter(|names| names.len() == array.dimensionality()).unwrap_or_else(unnamed)
}

/// What Zarr v3 calls the type of an array's elements.
fn type_name(array: &Array<ArrayStorage>) -> String {
    array.data_type().name(ZarrVersion::V3).map_or_else(|| array.data_type().to_string(), Into::into)
}

fn dimension_label(array: &Array<ArrayStorage>, index: usize) -> String {
    let named: Option<&DimensionName> = array.dimension_names().as_ref().and_then(|names| names.get(index));
    named.and_then(|name| name.as_ref()).map_or_else(|| index.to_string(), ToString::to_string)
}

struct ZarrTexts(Array<ArrayStorage>);

impl Texts for ZarrTexts {
    fn read(&self) -> Result<Vec<String>, String> {
        self.0.retrieve_array_subset(&self.0.subset_all()).map_err(|e| e.to_string())
    }
}

/// How many shards have their index in memory.
const SHARDS: usize = 256;

/// An array of numbers.
struct ZarrChunks {
    array: Array<ArrayStorage>,
    kind: Kind,
    /// Whether its numbers are floats of 16 bits, which are widened to 32.
    is_half: bool,
    shape: Vec<usize>,
    /// In a sharded array, that of the chunks in a shard, which are read one by one.
    chunk_shape: Vec<usize>,
    /// How its chunks are kept, if they are plain numbers.
    plain: Option<Plain>,
    /// The indices of shards.
    shards: ArrayShardedReadableExtCache,
}

impl ZarrChunks {
    /// # Errors
    /// If its elements are no numbers, a dimension is empty, or its chunks are not all of one shape.
    fn new(array: Array<ArrayStorage>) -> Result<Self, String> {
        let name = type_name(&array);
        let is_half = name == "float16";
        let kind = Kind::of(if is_half { "float32" } else { &name })
            .ok_or_else(|| format!("its numbers are of type {name}, which is not supported"))?;
        let shape: Vec<usize> = array.shape().iter().map(|n| *n as usize).collect();
        if let Some(empty) = shape.iter().position(|n| *n == 0) {
            return Err(format!("its dimension {} has no entries", dimension_label(&array, empty)));
        }
        let grid = array.chunk_grid().metadata();
        if grid.name() != "regular" {
            return Err(format!("its chunk grid is {}, but only regular ones are supported", grid.name()));
        }
        let shards = ArrayShardedReadableExtCache::new(&array);
        let chunk_shape = match array.effective_subchunk_shape().filter(|_| shards.array_is_sharded()) {
            Some(lengths) => lengths.iter().map(|length| length.get() as usize).collect(),
            None => array.chunk_shape_usize(&vec![0; shape.len()]).map_err(|e| e.to_string())?,
        };
        let plain = Plain::of(&array.codecs()).filter(|_| !is_half);
        Ok(Self { array, kind, is_half, shape, chunk_shape, plain, shards })
    }

    /// The file that has a chunk, for messages.
    fn label(&self, at: &[u64]) -> String {
        if self.shards.array_is_sharded() {
            format!("the chunk at {at:?} in its shard")
        } else {
            format!("chunk {}", self.array.chunk_key(at))
        }
    }

    /// A chunk of plain numbers, asked for once: the fill value where it is not there. None if it is not what it should be.
    fn plain(&self, at: &[u64], count: usize) -> Result<Option<Numbers>, String> {
        let Some(plain) = self.plain else { return Ok(None) };
        let stored = self.array.storage().get(&self.array.chunk_key(at)).map_err(|e| self.broken(at, &e))?;
        Ok(match stored {
            Some(stored) => plain.decode(&stored, self.kind, count),
            None => filled(self.array.fill_value().as_ne_bytes(), self.kind, count),
        })
    }

    fn broken(&self, at: &[u64], reason: &dyn Display) -> String {
        format!("{} cannot be decoded: {reason}", self.label(at))
    }

    fn retrieve<T: ElementOwned>(&self, at: &[u64]) -> Result<Vec<T>, ArrayError> {
        // Chunks are read side by side already. A thread that helped others meanwhile could come to wait for itself.
        let options = CodecOptions::default().with_concurrent_target(1);
        if self.shards.len() > SHARDS {
            self.shards.clear();
        }
        self.array.retrieve_subchunk_opt(&self.shards, at, &options)
    }
}

impl Chunks for ZarrChunks {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn chunk_shape(&self) -> &[usize] {
        &self.chunk_shape
    }

    fn read(&self, at: &[usize]) -> Result<Numbers, String> {
        let at: Vec<u64> = at.iter().map(|n| *n as u64).collect();
        let expected: usize = self.chunk_shape.iter().product();
        if let Some(numbers) = self.plain(&at, expected)? {
            return Ok(numbers);
        }
        let numbers = match self.kind {
            Kind::I8 => self.retrieve(&at).map(Numbers::I8),
            Kind::U8 => self.retrieve(&at).map(Numbers::U8),
            Kind::I16 => self.retrieve(&at).map(Numbers::I16),
            Kind::U16 => self.retrieve(&at).map(Numbers::U16),
            Kind::I32 => self.retrieve(&at).map(Numbers::I32),
            Kind::U32 => self.retrieve(&at).map(Numbers::U32),
            Kind::I64 => self.retrieve(&at).map(Numbers::I64),
            Kind::U64 => self.retrieve(&at).map(Numbers::U64),
            Kind::F32 if self.is_half => self.retrieve::<f16>(&at).map(|halves| Numbers::F32(halves.into_iter().map(f32::from).collect())),
            Kind::F32 => self.retrieve(&at).map(Numbers::F32),
            Kind::F64 => self.retrieve(&at).map(Numbers::F64),
        };
        let numbers = numbers.map_err(|e: ArrayError| self.broken(&at, &e))?;
        if numbers.len() != expected {
            return Err(format!("{} holds {} numbers instead of {expected}", self.label(&at), numbers.len()));
        }
        Ok(numbers)
    }
}
