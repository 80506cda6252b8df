//! Arrays that are kept in chunks, whatever the format of the file.

use crate::numbers::Numbers;
use std::sync::Arc;
use zarrs::array::{Array, ArrayError, DimensionName};
use zarrs::plugin::{ExtensionName, ZarrVersion};
use zarrs::storage::ReadableStorageTraits;

/// An array that is read chunk by chunk. Zarr is one; another format implements this and nothing else changes.
pub(crate) trait Chunks: Send + Sync {
    /// The length of each dimension.
    fn shape(&self) -> &[usize];

    /// The length of a chunk along each dimension. Chunks at the far edges have that shape too, padded with anything.
    fn chunk_shape(&self) -> &[usize];

    /// Reads one chunk, row-major; `at` counts chunks along each dimension.
    ///
    /// # Errors
    /// Says what is wrong with the chunk.
    fn read(&self, at: &[usize]) -> Result<Numbers, String>;
}

/// What a Zarr array is read from.
pub(crate) type Storage = dyn ReadableStorageTraits;

/// A Zarr array of numbers, of version 2 or 3.
pub(crate) struct ZarrChunks {
    array: Array<Storage>,
    kind: Kind,
    shape: Vec<usize>,
    chunk_shape: Vec<usize>,
}

/// The types of number that can be read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

impl Kind {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "int8" => Self::I8,
            "uint8" => Self::U8,
            "int16" => Self::I16,
            "uint16" => Self::U16,
            "int32" => Self::I32,
            "uint32" => Self::U32,
            "int64" => Self::I64,
            "uint64" => Self::U64,
            "float32" => Self::F32,
            "float64" => Self::F64,
            _ => return None,
        })
    }
}

impl ZarrChunks {
    /// The array as chunks of numbers.
    ///
    /// # Errors
    /// If its elements are no numbers, a dimension is empty, or its chunks are not all of one shape.
    pub(crate) fn new(array: Array<Storage>) -> Result<Self, String> {
        let name = type_name(&array);
        let kind = Kind::of(&name).ok_or_else(|| format!("its numbers are of type {name}, which is not supported"))?;
        let shape: Vec<usize> = array.shape().iter().map(|n| *n as usize).collect();
        if let Some(empty) = shape.iter().position(|n| *n == 0) {
            return Err(format!("its dimension {} has no entries", dimension_label(&array, empty)));
        }
        let grid = array.chunk_grid().metadata();
        if grid.name() != "regular" {
            return Err(format!("its chunk grid is {}, but only regular ones are supported", grid.name()));
        }
        let chunk_shape = array.chunk_shape_usize(&vec![0; shape.len()]).map_err(|e| e.to_string())?;
        Ok(Self { array, kind, shape, chunk_shape })
    }

    /// Whether numbers of that type have a fraction of 24 bits only.
    pub(crate) fn is_single_precision(&self) -> bool {
        self.kind == Kind::F32
    }
}

/// What Zarr v3 calls the type of an array's elements.
pub(crate) fn type_name(array: &Array<Storage>) -> String {
    array.data_type().name(ZarrVersion::V3).map_or_else(|| array.data_type().to_string(), Into::into)
}

fn dimension_label(array: &Array<Storage>, index: usize) -> String {
    let named: Option<&DimensionName> = array.dimension_names().as_ref().and_then(|names| names.get(index));
    named.and_then(|name| name.as_ref()).map_or_else(|| index.to_string(), ToString::to_string)
}

impl Chunks for ZarrChunks {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn chunk_shape(&self) -> &[usize] {
        &self.chunk_shape
    }

    fn read(&self, at: &[usize]) -> Result<Numbers, String> {
        let at: Vec<u64> = at.iter().map(|n| *n as u64).collect();
        let array = &self.array;
        let numbers = match self.kind {
            Kind::I8 => array.retrieve_chunk(&at).map(Numbers::I8),
            Kind::U8 => array.retrieve_chunk(&at).map(Numbers::U8),
            Kind::I16 => array.retrieve_chunk(&at).map(Numbers::I16),
            Kind::U16 => array.retrieve_chunk(&at).map(Numbers::U16),
            Kind::I32 => array.retrieve_chunk(&at).map(Numbers::I32),
            Kind::U32 => array.retrieve_chunk(&at).map(Numbers::U32),
            Kind::I64 => array.retrieve_chunk(&at).map(Numbers::I64),
            Kind::U64 => array.retrieve_chunk(&at).map(Numbers::U64),
            Kind::F32 => array.retrieve_chunk(&at).map(Numbers::F32),
            Kind::F64 => array.retrieve_chunk(&at).map(Numbers::F64),
        };
        let expected: usize = self.chunk_shape.iter().product();
        match numbers.map_err(|e: ArrayError| e.to_string()) {
            Ok(numbers) if numbers.len() == expected => Ok(numbers),
            Ok(numbers) => Err(format!("chunk {} holds {} numbers instead of {expected}", array.chunk_key(&at), numbers.len())),
            Err(reason) => Err(format!("chunk {} cannot be decoded: {reason}", array.chunk_key(&at))),
        }
    }
}

/// All numbers of an array of one dimension, in order.
///
/// # Errors
/// Says which chunk is broken.
pub(crate) fn read_line(chunks: &dyn Chunks) -> Result<Numbers, String> {
    let (&[length], &[step]) = (chunks.shape(), chunks.chunk_shape()) else {
        return Err(format!("it has {} dimensions instead of one", chunks.shape().len()));
    };
    let mut parts = (0..length.div_ceil(step)).map(|at| chunks.read(&[at]));
    let mut all = parts.next().unwrap_or_else(|| Err("it is empty".into()))?;
    for part in parts {
        all.append(part?)?;
    }
    all.truncate(length);
    Ok(all)
}

/// A chunk that was read, shared by whoever uses it.
pub(crate) type Chunk = Arc<Numbers>;
