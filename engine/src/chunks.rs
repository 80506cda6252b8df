//! Arrays that are kept in chunks, whatever the format of the file.

use crate::numbers::{Kind, Numbers, Stretch};
use crate::spare::Reused;
use std::sync::Arc;

/// An array that is read chunk by chunk. Each format implements this, and nothing else changes.
pub(crate) trait Chunks: Send + Sync {
    /// The type of its numbers.
    fn kind(&self) -> Kind;

    /// The length of each dimension; none is zero.
    fn shape(&self) -> &[usize];

    /// The length of a chunk along each dimension. Chunks at the far edges have that shape too, padded with anything.
    fn chunk_shape(&self) -> &[usize];

    /// Reads one chunk, row-major; `at` counts chunks along each dimension.
    ///
    /// # Errors
    /// Says what is wrong with the chunk.
    fn read(&self, at: &[usize]) -> Result<Numbers, String>;

    /// Whether a part of a chunk can be read without the rest.
    fn reads_parts(&self) -> bool {
        false
    }

    /// Reads at least a part of one chunk, which begins where it says in the chunk. Numbers elsewhere in the chunk are anything.
    ///
    /// # Errors
    /// As [`Chunks::read`].
    fn read_part(&self, at: &[usize], _part: &Block) -> Result<Numbers, String> {
        self.read(at)
    }
}

/// A chunk that was read, shared by whoever uses it.
pub(crate) type Chunk = Arc<Reused>;

/// How many entries a coordinate may have. A damaged file can claim any number.
const LONGEST_LINE: usize = 1 << 24;

/// All numbers of an array of one dimension, in order.
///
/// # Errors
/// Says which chunk is broken.
pub(crate) fn read_line(chunks: &dyn Chunks) -> Result<Numbers, String> {
    let (&[length], &[step]) = (chunks.shape(), chunks.chunk_shape()) else {
        return Err(format!("it has {} dimensions instead of one", chunks.shape().len()));
    };
    if length > LONGEST_LINE {
        return Err(format!("it has {length} entries, where {LONGEST_LINE} are the most that can be read"));
    }
    let mut parts = (0..length.div_ceil(step)).map(|at| chunks.read(&[at]));
    let mut all = parts.next().unwrap_or_else(|| Err("it is empty".into()))?;
    for part in parts {
        all.append(part?)?;
    }
    all.truncate(length);
    Ok(all)
}

/// All numbers of an array of any shape, row-major.
///
/// # Errors
/// Says which chunk is broken, or that there are too many numbers for a coordinate.
pub(crate) fn read_all(chunks: &dyn Chunks) -> Result<Numbers, String> {
    let (shape, lengths) = (chunks.shape(), chunks.chunk_shape());
    let count = shape.iter().try_fold(1_usize, |count, n| count.checked_mul(*n)).filter(|count| *count <= LONGEST_LINE);
    let count = count.ok_or_else(|| format!("it has more than the {LONGEST_LINE} entries that can be read"))?;
    let whole = Block { start: vec![0; shape.len()], shape: shape.to_vec() };
    let mut all = Numbers::zeros(chunks.kind(), count);
    let along: Vec<usize> = shape.iter().zip(lengths).map(|(whole, length)| whole.div_ceil(*length)).collect();
    for nth in 0..along.iter().product() {
        let mut rest: usize = nth;
        let mut at = vec![0; along.len()];
        for d in (0..along.len()).rev() {
            (at[d], rest) = (rest % along[d], rest / along[d]);
        }
        let from = Block { start: at.iter().zip(lengths).map(|(at, length)| at * length).collect(), shape: lengths.to_vec() };
        all.copy_from(&chunks.read(&at)?, &Block::shared(&from, &whole))?;
    }
    Ok(all)
}

/// A line of numbers in memory, as one chunk.
pub(crate) struct Line {
    kind: Kind,
    numbers: Numbers,
    length: [usize; 1],
}

impl Line {
    /// # Errors
    /// If there are no numbers.
    pub(crate) fn new(kind: Kind, numbers: Numbers) -> Result<Self, String> {
        let length = [numbers.len()];
        if length == [0] { Err("it has no entries".into()) } else { Ok(Self { kind, numbers, length }) }
    }
}

impl Chunks for Line {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn shape(&self) -> &[usize] {
        &self.length
    }

    fn chunk_shape(&self) -> &[usize] {
        &self.length
    }

    fn read(&self, _at: &[usize]) -> Result<Numbers, String> {
        Ok(self.numbers.clone())
    }
}

/// Whole numbers whose bits are meant with the other sign, which the attribute `_Unsigned` says.
pub(crate) struct Resigned {
    pub(crate) chunks: Arc<dyn Chunks>,
    pub(crate) signed: bool,
}

impl Chunks for Resigned {
    fn kind(&self) -> Kind {
        self.chunks.kind().with_sign(self.signed)
    }

    fn shape(&self) -> &[usize] {
        self.chunks.shape()
    }

    fn chunk_shape(&self) -> &[usize] {
        self.chunks.chunk_shape()
    }

    fn read(&self, at: &[usize]) -> Result<Numbers, String> {
        self.chunks.read(at).map(|numbers| numbers.with_sign(self.signed))
    }

    fn reads_parts(&self) -> bool {
        self.chunks.reads_parts()
    }

    fn read_part(&self, at: &[usize], part: &Block) -> Result<Numbers, String> {
        self.chunks.read_part(at, part).map(|numbers| numbers.with_sign(self.signed))
    }
}

/// A block of cells of an array: where it begins along each dimension, and how long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) start: Vec<usize>,
    pub(crate) shape: Vec<usize>,
}

impl Block {
    /// The part of it that lies in another of the same array, by where it is in it; empty where they do not meet.
    pub(crate) fn part_in(&self, other: &Self) -> Self {
        let start: Vec<usize> = self.start.iter().zip(&other.start).map(|(own, other)| other.saturating_sub(*own)).collect();
        let end = |d: usize| (other.start[d] + other.shape[d]).saturating_sub(self.start[d]).min(self.shape[d]);
        let shape = start.iter().enumerate().map(|(d, start)| end(d).saturating_sub(*start)).collect();
        Self { start, shape }
    }

    /// The stretches of cells that two blocks of one array share, each block row-major.
    pub(crate) fn shared(from: &Self, to: &Self) -> Vec<Stretch> {
        let count = from.start.len();
        let first: Vec<usize> = (0..count).map(|d| from.start[d].max(to.start[d])).collect();
        let ends = (0..count).map(|d| (from.start[d] + from.shape[d]).min(to.start[d] + to.shape[d]));
        let extent: Vec<usize> = ends.zip(&first).map(|(end, first)| end.saturating_sub(*first)).collect();
        if extent.contains(&0) {
            return Vec::new();
        }
        let Some(length) = extent.last().copied() else { return vec![Stretch { from: 0, to: 0, length: 1 }] };
        let rows: usize = extent[..count - 1].iter().product();
        let position = |block: &Self, row: usize| {
            let (mut rest, mut at, mut stride) = (row, first[count - 1] - block.start[count - 1], block.shape[count - 1]);
            for d in (0..count - 1).rev() {
                at += (first[d] + rest % extent[d] - block.start[d]) * stride;
                rest /= extent[d];
                stride *= block.shape[d];
            }
            at
        };
        (0..rows).map(|row| Stretch { from: position(from, row), to: position(to, row), length }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(start: &[usize], shape: &[usize]) -> Block {
        Block { start: start.to_vec(), shape: shape.to_vec() }
    }

    #[test]
    fn a_part_is_told_by_where_it_is_in_its_block() {
        assert_eq!(block(&[4, 0], &[4, 10]).part_in(&block(&[2, 3], &[4, 4])), block(&[0, 3], &[2, 4]));
        assert_eq!(block(&[4, 0], &[4, 10]).part_in(&block(&[5, 3], &[9, 99])), block(&[1, 3], &[3, 7]));
        assert_eq!(block(&[0], &[2]).part_in(&block(&[5], &[2])).shape, [0]);
    }

    #[test]
    fn blocks_share_the_rows_that_lie_in_both() {
        let shared = Block::shared(&block(&[2, 0], &[2, 3]), &block(&[3, 1], &[2, 4]));
        assert_eq!(shared, [Stretch { from: 4, to: 0, length: 2 }]);
        let inner = Block::shared(&block(&[0, 0, 0], &[2, 2, 1]), &block(&[0, 0, 0], &[3, 3, 3]));
        assert_eq!(inner.iter().map(|s| (s.from, s.to)).collect::<Vec<_>>(), [(0, 0), (1, 3), (2, 9), (3, 12)]);
        assert!(Block::shared(&block(&[0], &[2]), &block(&[2], &[2])).is_empty());
        assert_eq!(Block::shared(&block(&[], &[]), &block(&[], &[])).len(), 1, "a lone number has no dimensions");
    }
}
