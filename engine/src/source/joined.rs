//! Several NetCDF files, joined along time.
//!
//! The first file by name says what the dataset has: its coordinates and variables. Every other must have the same places
//! and the variables with the same dimensions; a file that has not, or that cannot be read, is left out, and named in what
//! is said of the dataset. Times may come in any order and with gaps; one time in two files is an error, since nothing says
//! which of them is right. Files may be packed differently and count their times from different days.

use super::recent::Recent;
use super::several::{self, Origin};
use super::{Contents, Elements, Member, netcdf};
use crate::chunks::{Block, Chunks, Line};
use crate::dataset::{Attributes, is_time, time};
use crate::numbers::{Kind, Numbers, Packing};
use crate::waiting;
use std::collections::HashMap;
use std::sync::Arc;

/// How many files have their metadata in memory.
const KNOWN: usize = 64;
/// How many decoded chunks are kept, since a chunk of the whole may need parts of several.
const DECODED: usize = 8;

/// The contents of all files together.
pub(super) fn contents(origins: &[Arc<dyn Origin>]) -> Result<Contents, String> {
    let mut left_out = Vec::new();
    let mut others = origins.iter();
    // The first that can be read says what the others must be like.
    let first = others.by_ref().find_map(|origin| {
        let first = read(&**origin).and_then(Template::of).and_then(|template| Ok((template.part(origin, &template.contents)?, template)));
        first.map_err(|reason| left_out.push(format!("{}: {reason}", origin.name()))).ok()
    });
    let Some((first, template)) = first else { return Err(format!("none of its files can be read ({})", left_out.join("; "))) };
    let read = |origin: &Arc<dyn Origin>| read(&**origin).and_then(|contents| template.part(origin, &contents));
    let mut parts = vec![first];
    for (origin, part) in others.as_slice().iter().zip(waiting::for_each(others.as_slice(), read)) {
        match part {
            Ok(part) => parts.push(part),
            Err(reason) => left_out.push(format!("{}: {reason}", origin.name())),
        }
    }
    parts.sort_by_key(|part| part.times.first().copied());
    no_time_twice(&parts)?;
    let mut joined = template.join(parts)?;
    joined.left_out = several::left_out(&left_out);
    Ok(joined)
}

fn read(origin: &dyn Origin) -> Result<Contents, String> {
    netcdf::contents(origin.open()?, origin.reach())
}

/// One file: where it is, its times, and how its variables are packed.
struct Part {
    origin: Arc<dyn Origin>,
    /// Seconds since 1970-01-01T00:00:00Z.
    times: Vec<i64>,
    /// By the name of the variable.
    stored: HashMap<String, Stored>,
}

/// How a file keeps a variable.
struct Stored {
    packing: Packing,
    kind: Kind,
    chunk_shape: Vec<usize>,
    reads_parts: bool,
}

/// What the first file says of all.
struct Template {
    contents: Contents,
    /// The name of the time coordinate.
    time: String,
    /// Its dimension.
    dimension: String,
    /// The arrays of one dimension that is not time, which all files must share.
    fixed: Vec<(String, Vec<f64>)>,
}

impl Template {
    fn of(contents: Contents) -> Result<Self, String> {
        let time = contents.arrays.iter().find(|array| is_time(array)).ok_or("it has no time coordinate")?;
        let dimension = time.dimensions.first().cloned().unwrap_or_default();
        let (time, lines) = (time.name.clone(), contents.arrays.iter().filter(|a| a.dimensions.len() == 1 && a.dimensions[0] != dimension));
        let fixed = lines.filter_map(|array| Some((array.name.clone(), values(array).ok()?))).collect();
        Ok(Self { contents, time, dimension, fixed })
    }

    /// What a file adds.
    fn part(&self, origin: &Arc<dyn Origin>, contents: &Contents) -> Result<Part, String> {
        let find = |name: &str| contents.arrays.iter().find(|a| a.name == name).ok_or_else(|| format!("it has no array {name}"));
        let time_coordinate = find(&self.time)?;
        let times = time::of(time_coordinate)?;
        for (name, expected) in &self.fixed {
            if values(find(name)?)? != *expected {
                return Err(format!("its {name} differs from that of the first file"));
            }
        }
        let mut stored = HashMap::new();
        for variable in self.variables() {
            let found = find(&variable.name)?;
            let lengths = |m: &Member| {
                let others = m.dimensions.iter().zip(&m.shape).filter(|(d, _)| **d != self.dimension);
                others.map(|(d, n)| (d.clone(), *n)).collect::<Vec<_>>()
            };
            let along = |m: &Member| m.dimensions.iter().position(|d| *d == self.dimension);
            if lengths(found) != lengths(variable) || along(found) != along(variable) {
                return Err(format!("its {} has other dimensions than {} of the first file", found.label(), variable.label()));
            }
            let chunks = found.chunks().map_err(|e| format!("{}: {e}", variable.name))?;
            let packing = found.packing(chunks.kind()).map_err(|e| format!("{}: {e}", variable.name))?;
            let (kind, chunk_shape, reads_parts) = (chunks.kind(), chunks.chunk_shape().to_vec(), chunks.reads_parts());
            stored.insert(variable.name.clone(), Stored { packing, kind, chunk_shape, reads_parts });
        }
        Ok(Part { origin: origin.clone(), times, stored })
    }

    /// The arrays of numbers that change with time, but for time itself.
    fn variables(&self) -> impl Iterator<Item = &Member> {
        let changes = |m: &&Member| m.name != self.time && m.dimensions.contains(&self.dimension);
        self.contents.arrays.iter().filter(changes).filter(|m| matches!(m.elements, Elements::Numbers(_)))
    }

    fn join(self, parts: Vec<Part>) -> Result<Contents, String> {
        let times: Vec<i64> = parts.iter().flat_map(|part| part.times.iter().copied()).collect();
        let starts = parts.iter().scan(0, |start, part| Some(std::mem::replace(start, *start + part.times.len()))).collect();
        let files = Arc::new(Files { parts, starts, known: Recent::new(KNOWN) });
        let mut arrays = Vec::new();
        for array in &self.contents.arrays {
            let mut array = array.clone();
            if array.name == self.time {
                array.shape = vec![times.len()];
                array.elements = Elements::Numbers(Arc::new(Line::new(Kind::I64, Numbers::I64(times.clone()))?));
                array.fill = None;
                array.attributes = decoded_time(&array.attributes);
            } else if let Some(along) = array.dimensions.iter().position(|d| *d == self.dimension) {
                if !matches!(array.elements, Elements::Numbers(_)) {
                    continue;
                }
                array.shape[along] = times.len();
                join_one(&mut array, along, &files);
            }
            arrays.push(array);
        }
        Ok(Contents { arrays, ..self.contents })
    }
}

/// Puts the numbers of all files in the place of those of the first.
fn join_one(array: &mut Member, along: usize, files: &Arc<Files>) {
    let stored: Vec<_> = files.parts.iter().filter_map(|part| part.stored.get(&array.name)).collect();
    let Some(first) = stored.first() else { return };
    let alike = stored.iter().all(|own| own.packing.is_same(&first.packing) && own.kind == first.kind);
    if !alike {
        for name in ["scale_factor", "add_offset", "_FillValue", "missing_value", "valid_range", "valid_min", "valid_max"] {
            array.attributes.remove(name);
        }
        array.fill = None;
    }
    array.attributes.remove("_Unsigned");
    let mut chunk_shape = first.chunk_shape.clone();
    // The files may be of different lengths, each with chunks as long as it is.
    chunk_shape[along] = stored.iter().map(|own| own.chunk_shape[along]).max().unwrap_or(1);
    let joined = Joined {
        name: array.name.clone(),
        along,
        kind: if alike { first.kind } else { Kind::F64 },
        unpacked: !alike,
        shape: array.shape.clone(),
        chunk_shape,
        reads_parts: stored.iter().any(|own| own.reads_parts),
        files: files.clone(),
        decoded: Recent::new(DECODED),
    };
    array.elements = Elements::Numbers(Arc::new(joined));
}

/// The attributes of times that were decoded.
fn decoded_time(stored: &Attributes) -> Attributes {
    let mut attributes = stored.clone();
    attributes.retain(|name, _| ["standard_name", "long_name", "axis", "bounds", "climatology"].contains(&name.as_str()));
    attributes.insert("units".into(), "seconds since 1970-01-01".into());
    attributes
}

fn values(array: &Member) -> Result<Vec<f64>, String> {
    array.line().map(|(numbers, packing)| packing.values(&numbers))
}

fn no_time_twice(parts: &[Part]) -> Result<(), String> {
    let mut all: Vec<(i64, usize)> = parts.iter().enumerate().flat_map(|(n, part)| part.times.iter().map(move |t| (*t, n))).collect();
    all.sort_unstable();
    all.dedup();
    let Some(twice) = all.windows(2).find(|pair| pair[0].0 == pair[1].0) else { return Ok(()) };
    let when = chrono::DateTime::from_timestamp(twice[0].0, 0).map_or_else(String::new, |t| t.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let [one, other] = [twice[0].1, twice[1].1].map(|part| parts[part].origin.name());
    Err(format!("{one} and {other} both have values for {when}; each time must be in one file only"))
}

/// All files of a dataset; the metadata of some is in memory.
struct Files {
    parts: Vec<Part>,
    /// The index of the first time of each.
    starts: Vec<usize>,
    known: Recent<usize, Arc<Contents>>,
}

impl Files {
    /// What a file holds, read again if it was forgotten.
    fn contents(&self, part: usize) -> Result<Arc<Contents>, String> {
        self.known.get(part, |part| read(&*self.parts[*part].origin).map(Arc::new))
    }
}

/// One variable of all files.
struct Joined {
    name: String,
    /// The dimension that is time.
    along: usize,
    kind: Kind,
    /// Whether numbers are unpacked here, since the files are packed differently.
    unpacked: bool,
    shape: Vec<usize>,
    chunk_shape: Vec<usize>,
    /// Whether one of the files keeps it so that parts of its chunks can be read.
    reads_parts: bool,
    files: Arc<Files>,
    /// By file, place in it, and the part that was read.
    decoded: Recent<(usize, Vec<usize>), Arc<Numbers>>,
}

impl Joined {
    /// Copies what one file has of a block. `begins` is the index of its first time.
    fn copy(&self, part: usize, begins: usize, block: &Block, out: &mut Numbers) -> Result<(), String> {
        let contents = self.files.contents(part)?;
        let member =
            contents.arrays.iter().find(|a| a.name == self.name).ok_or_else(|| format!("it has no array {} any more", self.name))?;
        let chunks = member.chunks()?;
        let (shape, lengths) = (chunks.shape(), chunks.chunk_shape());
        let expected = &self.files.parts[part].stored[&self.name];
        if shape[self.along] != self.files.parts[part].times.len() || chunks.kind() != expected.kind || lengths != expected.chunk_shape {
            return Err("it has changed since it was opened".into());
        }
        let start = |d: usize| if d == self.along { block.start[d].saturating_sub(begins) } else { block.start[d] };
        let end = |d: usize| (block.start[d] + block.shape[d] - if d == self.along { begins } else { 0 }).min(shape[d]);
        let ranges: Vec<_> = (0..shape.len()).map(|d| start(d) / lengths[d]..end(d).div_ceil(lengths[d])).collect();
        let mut at: Vec<usize> = ranges.iter().map(|range| range.start).collect();
        loop {
            let mut from = Block { start: at.iter().zip(lengths).map(|(at, n)| at * n).collect(), shape: lengths.to_vec() };
            from.start[self.along] += begins;
            let chunk = self.decode(part, &at, &from.part_in(block), chunks.as_ref(), expected.packing)?;
            // The padding of its last chunk goes where the next file's numbers will be, or beyond the end.
            out.copy_from(&chunk, &Block::shared(&from, block))?;
            let Some(next) = (0..at.len()).rev().find(|d| at[*d] + 1 < ranges[*d].end) else { return Ok(()) };
            at[next] += 1;
            for d in next + 1..at.len() {
                at[d] = ranges[d].start;
            }
        }
    }

    /// A chunk of a file, or at least the part of it that is needed.
    fn decode(&self, part: usize, at: &[usize], needed: &Block, chunks: &dyn Chunks, packing: Packing) -> Result<Arc<Numbers>, String> {
        let key = if chunks.reads_parts() { [at, &needed.start, &needed.shape].concat() } else { at.to_vec() };
        self.decoded.get((part, key), |_| {
            let stored = chunks.read_part(at, needed)?;
            Ok(Arc::new(if self.unpacked { Numbers::F64(packing.values(&stored)) } else { stored }))
        })
    }
}

impl Chunks for Joined {
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
        self.reads_parts
    }

    fn read_part(&self, at: &[usize], needed: &Block) -> Result<Numbers, String> {
        let corner: Vec<usize> = at.iter().zip(&self.chunk_shape).map(|(at, n)| at * n).collect();
        let start = corner.iter().zip(&needed.start).map(|(corner, start)| corner + start).collect();
        let block = Block { start, shape: needed.shape.clone() };
        let mut out = Numbers::zeros(self.kind, block.shape.iter().product());
        let (from, to) = (block.start[self.along], block.start[self.along] + block.shape[self.along]);
        let first = self.files.starts.partition_point(|start| *start <= from).saturating_sub(1);
        for (part, begins) in self.files.starts.iter().enumerate().skip(first).take_while(|(_, begins)| **begins < to) {
            let named = |reason| format!("{}: {reason}", self.files.parts[part].origin.name());
            self.copy(part, *begins, &block, &mut out).map_err(named)?;
        }
        if block.shape == self.chunk_shape {
            return Ok(out);
        }
        let mut whole = Numbers::zeros(self.kind, self.chunk_shape.iter().product());
        whole.copy_from(&out, &Block::shared(&block, &Block { start: corner, shape: self.chunk_shape.clone() }))?;
        Ok(whole)
    }
}
