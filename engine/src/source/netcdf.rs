//! NetCDF files: classic (CDF-1, 2 and 5) and NetCDF-4, which is HDF5.
//!
//! Arrays in groups are named after them (`forecast/sst`), and so are the dimensions that a group defines. Where a file says
//! nothing else, the numbers that the NetCDF library writes into unwritten cells mark missing values.

use super::{Contents, Elements, Member, Texts, sign, still};
use crate::chunks::{Block, Chunks};
use crate::dataset::Attributes;
use crate::numbers::{Kind, Numbers};
use crate::waiting::Reach;
use hdf5_reader::{Dataset, FilterRegistry, Hdf5File, OpenOptions, SliceInfo, SliceInfoElem};
use netcdf_reader::{
    DynStorage, NcAttrValue, NcAttribute, NcDimension, NcFile, NcFormat, NcGroup, NcOpenOptions, NcSliceInfo, NcSliceInfoElem, NcType,
    NcVariable,
};
use serde_json::Value;
use std::io::Read;
use std::sync::Arc;
use zarrs::array::codec::{blosc_decompress_bytes, blosc_validate};

/// The largest chunk that is decoded, in bytes. Files that say otherwise are damaged, or were not made to be read in parts.
const LARGEST_CHUNK: usize = 256 << 20;
/// Smaller chunks are read several at once.
const SMALL_CHUNK: usize = 256 << 10;
/// Arrays that are stored in one piece are read in parts of at most this many bytes.
const PART: usize = 1 << 20;
/// Bytes that are not needed but lie between others are read along, if they are at most so many: on a disk it reads whole pages, and
/// a network takes as long for one more request.
const NEAR: usize = 4 << 10;
const NEAR_FAR_AWAY: usize = 256 << 10;
/// The numbers that HDF5 knows the Zstandard and Blosc filters by.
const ZSTANDARD: u16 = 32015;
const BLOSC: u16 = 32001;

/// The arrays in all groups of a file.
pub(super) fn contents(bytes: DynStorage, reach: Reach) -> Result<Contents, String> {
    let file = NcFile::from_storage_with_options(bytes.clone(), options()).map_err(|e| not_netcdf(&e, &bytes))?;
    let hdf5 = match file.format() {
        NcFormat::Nc4 | NcFormat::Nc4Classic => {
            Some(Hdf5File::from_storage_with_options(bytes, OpenOptions::from(options())).map_err(|e| e.to_string())?)
        }
        NcFormat::Classic | NcFormat::Offset64 | NcFormat::Cdf5 => None,
    };
    let root = file.root_group().map_err(|e| e.to_string())?.clone();
    let opened = Opened { file: Arc::new(file), hdf5, reach };
    let mut arrays = Vec::new();
    opened.collect(&root, "", &[], &mut arrays);
    Ok(still::with_axes(Contents { kind: "netcdf", attributes: attributes(&root.attributes), arrays, left_out: None, reach }))
}

fn not_netcdf(error: &netcdf_reader::Error, bytes: &DynStorage) -> String {
    match error {
        netcdf_reader::Error::InvalidMagic => {
            let first = bytes.read_range(0, usize::try_from(bytes.len()).unwrap_or(usize::MAX).min(sign::LENGTH));
            let instead = first.map_or_else(|_| String::new(), |first| sign::instead(&first));
            format!("it is no NetCDF file: it begins as neither classic NetCDF nor HDF5 does{instead}")
        }
        other => format!("it cannot be read as NetCDF: {other}"),
    }
}

/// No chunks are kept here, since decoded ones are kept by whoever asks; nothing in a file makes the reader take more memory.
fn options() -> NcOpenOptions {
    let mut filters = FilterRegistry::new();
    filters.register(ZSTANDARD, Box::new(|_, data, _| unpack_zstandard(data)));
    filters.register(BLOSC, Box::new(|_, data, _| unpack_blosc(data)));
    NcOpenOptions {
        chunk_cache_bytes: 0,
        chunk_cache_slots: 1,
        filter_registry: Some(filters),
        max_chunk_bytes: LARGEST_CHUNK,
        max_read_bytes: LARGEST_CHUNK,
        ..NcOpenOptions::default()
    }
}

fn unpack_zstandard(data: &[u8]) -> Result<Vec<u8>, hdf5_reader::error::Error> {
    let mut unpacked = Vec::new();
    zstd::Decoder::with_buffer(data)?.take(LARGEST_CHUNK as u64 + 1).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// A Blosc buffer says itself how it is compressed, and how long it is unpacked.
fn unpack_blosc(data: &[u8]) -> Result<Vec<u8>, hdf5_reader::error::Error> {
    let broken = |reason: String| hdf5_reader::error::Error::DecompressionError(reason);
    match blosc_validate(data) {
        Some(length) if length <= LARGEST_CHUNK => blosc_decompress_bytes(data, length, 1).map_err(|e| broken(e.to_string())),
        Some(length) => Err(broken(format!("it would be {length} bytes long"))),
        None => Err(broken("it is not what Blosc writes".into())),
    }
}

/// A file, and the same as HDF5 where it is that.
struct Opened {
    file: Arc<NcFile>,
    hdf5: Option<Hdf5File>,
    reach: Reach,
}

impl Opened {
    /// The arrays of a group and those below it. `scope` has the dimensions that are known there, and their full names.
    fn collect(&self, group: &NcGroup, prefix: &str, scope: &[(NcDimension, String)], found: &mut Vec<Member>) {
        // The reader lists those of the parent again. They are the group's own if they differ, or it has their coordinate.
        let is_own = |dimension: &&NcDimension| {
            let above = scope.iter().find(|(known, _)| known.name == dimension.name);
            above.is_none_or(|(known, _)| known.size != dimension.size) || group.variables.iter().any(|v| v.name == dimension.name)
        };
        let own = group.dimensions.iter().filter(is_own).map(|d| (d.clone(), format!("{prefix}{}", d.name)));
        let scope: Vec<(NcDimension, String)> = own.chain(scope.iter().cloned()).collect();
        let full = |dimension: &NcDimension| {
            let known = scope.iter().find(|(known, _)| known.name == dimension.name);
            known.map_or_else(|| dimension.name.clone(), |(_, full)| full.clone())
        };
        for variable in &group.variables {
            found.push(self.member(variable, format!("{prefix}{}", variable.name), variable.dimensions.iter().map(full).collect()));
        }
        for below in &group.groups {
            self.collect(below, &format!("{prefix}{}/", below.name), &scope, found);
        }
    }

    fn member(&self, variable: &NcVariable, name: String, mut dimensions: Vec<String>) -> Member {
        let mut shape: Vec<usize> = variable.shape().into_iter().map(|n| usize::try_from(n).unwrap_or(usize::MAX)).collect();
        let elements = if let Some(empty) = shape.iter().position(|n| *n == 0) {
            Elements::Unreadable(format!("its dimension {} has no entries", dimensions[empty]))
        } else if matches!(variable.dtype, NcType::String | NcType::Char) {
            Elements::Text(Arc::new(NetcdfTexts { file: self.file.clone(), path: name.clone() }))
        } else {
            match self.numbers(variable, &name, &shape) {
                Ok(chunks) => Elements::Numbers(Arc::new(chunks)),
                Err(reason) => Elements::Unreadable(reason),
            }
        };
        if variable.dtype == NcType::Char {
            // The last dimension counts the characters of one text.
            dimensions.pop();
            shape.pop();
        }
        Member { attributes: attributes(&variable.attributes), fill: default_fill(&variable.dtype), name, dimensions, shape, elements }
    }

    fn numbers(&self, variable: &NcVariable, path: &str, shape: &[usize]) -> Result<NetcdfChunks, String> {
        let kind = kind(&variable.dtype).ok_or_else(|| format!("its elements are of type {:?}, which is not supported", variable.dtype))?;
        let numbers = match &self.hdf5 {
            None => Stored::Classic { file: self.file.clone(), path: path.to_owned() },
            Some(hdf5) => {
                let whole: Vec<u64> = shape.iter().map(|n| *n as u64).collect();
                let dataset = hdf5.dataset(path).and_then(|d| d.with_padded_shape(&whole)).map_err(|e| e.to_string())?;
                Stored::Hdf5(Box::new(dataset))
            }
        };
        let stored = match &numbers {
            Stored::Hdf5(dataset) => dataset.chunks(),
            Stored::Classic { .. } => None,
        };
        let near = if self.reach == Reach::Network { NEAR_FAR_AWAY } else { NEAR };
        let (chunk_shape, near) = match stored {
            Some(lengths) => (at_once(shape, lengths.into_iter().map(|n| n as usize), kind.size())?, None),
            None => (parts(shape, kind.size()), Some(near)),
        };
        Ok(NetcdfChunks { numbers, kind, shape: shape.to_vec(), chunk_shape, near })
    }
}

/// How many cells are decoded at once: a stored chunk, or several along the first dimension where they are small.
fn at_once(shape: &[usize], stored: impl Iterator<Item = usize>, size: usize) -> Result<Vec<usize>, String> {
    let mut lengths: Vec<usize> = stored.zip(shape).map(|(length, whole)| length.clamp(1, *whole)).collect();
    if lengths.len() != shape.len() {
        return Err(format!("its chunks have {} dimensions instead of {}", lengths.len(), shape.len()));
    }
    let bytes = lengths.iter().try_fold(size, |bytes, n| bytes.checked_mul(*n)).filter(|bytes| *bytes <= LARGEST_CHUNK);
    let bytes = bytes.ok_or_else(|| format!("its chunks are larger than the {} MB that are read at once", LARGEST_CHUNK >> 20))?;
    if let (Some(first), Some(whole)) = (lengths.first_mut(), shape.first()) {
        *first = (*first * (SMALL_CHUNK / bytes).max(1)).min(*whole);
    }
    Ok(lengths)
}

/// How an array in one piece is parted: along the first dimensions, as rows are stored together.
fn parts(shape: &[usize], size: usize) -> Vec<usize> {
    let mut room = PART / size;
    let mut lengths: Vec<usize> = shape
        .iter()
        .rev()
        .map(|whole| {
            let length = (*whole).min(room.max(1));
            room /= length;
            length
        })
        .collect();
    lengths.reverse();
    lengths
}

fn kind(stored: &NcType) -> Option<Kind> {
    Some(match stored {
        NcType::Byte => Kind::I8,
        NcType::UByte => Kind::U8,
        NcType::Short => Kind::I16,
        NcType::UShort => Kind::U16,
        NcType::Int => Kind::I32,
        NcType::UInt => Kind::U32,
        NcType::Int64 => Kind::I64,
        NcType::UInt64 => Kind::U64,
        NcType::Float => Kind::F32,
        NcType::Double => Kind::F64,
        _ => return None,
    })
}

/// What the NetCDF library writes where nothing was written (netcdf.h, `NC_FILL_…`). Bytes have none: all of them are in use.
fn default_fill(stored: &NcType) -> Option<f64> {
    Some(match stored {
        NcType::Short => -32_767.0,
        NcType::UShort => 65_535.0,
        NcType::Int => -2_147_483_647.0,
        NcType::UInt => 4_294_967_295.0,
        NcType::Int64 => -9_223_372_036_854_775_806.0,
        NcType::UInt64 => 18_446_744_073_709_551_614.0,
        NcType::Float | NcType::Double => 9.969_209_968_386_869e36,
        _ => return None,
    })
}

fn attributes(stored: &[NcAttribute]) -> Attributes {
    stored.iter().map(|attribute| (attribute.name.clone(), value(&attribute.value))).collect()
}

fn value(stored: &NcAttrValue) -> Value {
    match stored {
        NcAttrValue::Chars(text) => Value::String(text.trim_end_matches('\0').to_owned()),
        NcAttrValue::Strings(texts) => lone(texts),
        NcAttrValue::Bytes(numbers) => lone(numbers),
        NcAttrValue::Shorts(numbers) => lone(numbers),
        NcAttrValue::Ints(numbers) => lone(numbers),
        NcAttrValue::Floats(numbers) => lone(numbers),
        NcAttrValue::Doubles(numbers) => lone(numbers),
        NcAttrValue::UBytes(numbers) => lone(numbers),
        NcAttrValue::UShorts(numbers) => lone(numbers),
        NcAttrValue::UInts(numbers) => lone(numbers),
        NcAttrValue::Int64s(numbers) => lone(numbers),
        NcAttrValue::UInt64s(numbers) => lone(numbers),
        NcAttrValue::UserDefined { .. } => Value::Null,
    }
}

/// A lone value as itself, several as a list.
fn lone<T: Clone + Into<Value>>(values: &[T]) -> Value {
    if let [value] = values { value.clone().into() } else { values.iter().cloned().map(Into::into).collect() }
}

struct NetcdfTexts {
    file: Arc<NcFile>,
    path: String,
}

impl Texts for NetcdfTexts {
    fn read(&self) -> Result<Vec<String>, String> {
        let texts = self.file.read_variable_as_strings(&self.path).map_err(|e| e.to_string())?;
        Ok(texts.into_iter().map(|text| text.trim_end_matches(['\0', ' ']).to_owned()).collect())
    }
}

/// An array of numbers.
struct NetcdfChunks {
    numbers: Stored,
    kind: Kind,
    shape: Vec<usize>,
    chunk_shape: Vec<usize>,
    /// For an array in one piece, how many bytes between others are read along.
    near: Option<usize>,
}

enum Stored {
    Classic { file: Arc<NcFile>, path: String },
    Hdf5(Box<Dataset>),
}

impl Stored {
    fn read<T: netcdf_reader::NcReadable>(&self, block: &Block) -> Result<Vec<T>, String> {
        let ranges = block.start.iter().zip(&block.shape).map(|(start, length)| (*start as u64, (start + length) as u64));
        let array = match self {
            Self::Classic { file, path } => {
                let selections = ranges.map(|(start, end)| NcSliceInfoElem::Slice { start, end, step: 1 }).collect();
                file.read_variable_slice::<T>(path, &NcSliceInfo { selections }).map_err(|e| e.to_string())?
            }
            Self::Hdf5(dataset) => {
                let selections = ranges.map(|(start, end)| SliceInfoElem::Slice { start, end, step: 1 }).collect();
                dataset.read_slice::<T>(&SliceInfo { selections }).map_err(|e| e.to_string())?
            }
        };
        Ok(array.into_raw_vec_and_offset().0)
    }
}

impl Chunks for NetcdfChunks {
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
        self.read_part(at, &Block { start: vec![0; self.shape.len()], shape: self.chunk_shape.clone() })
    }

    fn reads_parts(&self) -> bool {
        self.near.is_some()
    }

    fn read_part(&self, at: &[usize], part: &Block) -> Result<Numbers, String> {
        let corner: Vec<usize> = at.iter().zip(&self.chunk_shape).map(|(at, length)| at * length).collect();
        let part = match self.near {
            Some(near) => widened(part, &self.chunk_shape, near / self.kind.size()),
            None => Block { start: vec![0; corner.len()], shape: self.chunk_shape.clone() },
        };
        let start: Vec<usize> = corner.iter().zip(&part.start).map(|(corner, start)| corner + start).collect();
        let left = start.iter().zip(&self.shape).map(|(start, whole)| whole.saturating_sub(*start));
        let inside = Block { shape: left.zip(&part.shape).map(|(left, length)| left.min(*length)).collect(), start };
        let numbers = self.stored(&inside)?;
        if inside.shape == self.chunk_shape {
            return Ok(numbers);
        }
        let mut padded = Numbers::zeros(self.kind, self.chunk_shape.iter().product());
        let whole = Block { start: corner, shape: self.chunk_shape.clone() };
        padded.copy_from(&numbers, &Block::shared(&inside, &whole))?;
        Ok(padded)
    }
}

impl NetcdfChunks {
    /// The numbers of a block of the array.
    fn stored(&self, block: &Block) -> Result<Numbers, String> {
        let stored = &self.numbers;
        let numbers = match self.kind {
            Kind::I8 => stored.read(block).map(Numbers::I8),
            Kind::U8 => stored.read(block).map(Numbers::U8),
            Kind::I16 => stored.read(block).map(Numbers::I16),
            Kind::U16 => stored.read(block).map(Numbers::U16),
            Kind::I32 => stored.read(block).map(Numbers::I32),
            Kind::U32 => stored.read(block).map(Numbers::U32),
            Kind::I64 => stored.read(block).map(Numbers::I64),
            Kind::U64 => stored.read(block).map(Numbers::U64),
            Kind::F32 => stored.read(block).map(Numbers::F32),
            Kind::F64 => stored.read(block).map(Numbers::F64),
        };
        let broken = |reason| format!("the chunk at {:?} cannot be decoded: {reason}", block.start);
        let numbers = numbers.map_err(broken)?;
        let expected: usize = block.shape.iter().product();
        if numbers.len() != expected {
            return Err(broken(format!("it holds {} numbers instead of {expected}", numbers.len())));
        }
        Ok(numbers)
    }
}

/// A part of a chunk, with the cells that lie between its rows, or its planes, where these are at most so many: they then lie
/// side by side, and are read at once.
fn widened(part: &Block, chunk_shape: &[usize], near: usize) -> Block {
    let mut widened = part.clone();
    let mut inner = 1;
    for d in (0..chunk_shape.len()).rev() {
        let lies_between = d > 0 && part.shape[..d].iter().any(|rows| *rows > 1);
        let gap = (chunk_shape[d] - part.shape[d]) * inner;
        if !lies_between || gap > near {
            break;
        }
        (widened.start[d], widened.shape[d]) = (0, chunk_shape[d]);
        inner *= chunk_shape[d];
    }
    widened
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_in_one_piece_is_read_in_whole_rows() {
        assert_eq!(parts(&[1000, 720, 1440], 4), [1, 182, 1440]);
        assert_eq!(parts(&[100, 18, 36], 2), [100, 18, 36]);
        assert_eq!(parts(&[3, 1 << 30], 8), [1, 1 << 17]);
        assert_eq!(parts(&[], 8), Vec::<usize>::new());
    }

    #[test]
    fn what_lies_near_between_the_rows_of_a_part_is_read_along() {
        let block = |start: &[usize], shape: &[usize]| Block { start: start.to_vec(), shape: shape.to_vec() };
        let part = block(&[0, 10, 20], &[1, 5, 8]);
        assert_eq!(widened(&part, &[1, 100, 1000], 500), part, "too far apart");
        assert_eq!(widened(&part, &[1, 100, 1000], 992), block(&[0, 10, 0], &[1, 5, 1000]), "one stretch of whole rows");
        let times = block(&[3, 10, 20], &[2, 5, 8]);
        assert_eq!(widened(&times, &[9, 20, 30], 22), block(&[3, 10, 0], &[2, 5, 30]));
        assert_eq!(widened(&times, &[9, 20, 30], 450), block(&[3, 0, 0], &[2, 20, 30]));
        let cell = block(&[0, 10, 20], &[1, 1, 1]);
        assert_eq!(widened(&cell, &[1, 100, 100], 1 << 20), cell, "nothing lies between");
    }

    #[test]
    fn small_chunks_are_read_several_at_once_and_huge_ones_never() {
        assert_eq!(at_once(&[1000, 18, 36], [1, 18, 36].into_iter(), 4).unwrap(), [101, 18, 36]);
        assert_eq!(at_once(&[7, 9], [1024, 4].into_iter(), 4).unwrap(), [7, 4]);
        assert!(at_once(&[1 << 20, 1 << 20], [1 << 15, 1 << 15].into_iter(), 4).unwrap_err().contains("256 MB"));
    }
}
