//! Goes once through the chunks that a question meets, in parallel.
//!
//! The cells are parted into columns, one for each chunk in space; where there are fewer columns than threads, each
//! column is parted again in time. A reducer sees one part, and parts are merged in one order whatever finishes
//! first, so that an answer is the same to the last bit every time. Memory is bounded by the parts in flight.

use crate::dataset::{Level, Variable};
use crate::numbers::Numbers;
use crate::packed::{Packed, Rule};
use crate::pick::{Pick, Run};
use crate::waiting;
use crate::work::Work;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use sdap_nexus::Error;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What becomes of the values in one column.
pub(crate) trait Reducer: Send {
    /// What comes next is of this level, by its position in the window.
    fn level(&mut self, _nth: usize) {}

    /// A time begins, or goes on with another level: its index in the dataset, and its position in the answer.
    ///
    /// # Errors
    /// Whatever ends the whole scan.
    fn step(&mut self, _source: usize, _target: usize) -> Result<(), Error> {
        Ok(())
    }

    /// The part is at its end.
    fn end(&mut self) {}

    /// One row of cells at the time of position `target`: row `row` of the column, all its columns.
    ///
    /// # Errors
    /// Whatever ends the whole scan.
    fn row(&mut self, target: usize, row: usize, cells: Row<'_>) -> Result<(), Error>;

    /// How many bytes a reducer of a part takes.
    fn bytes(part: &Part<'_>) -> usize
    where
        Self: Sized;
}

/// A row of cells at one time.
pub(crate) struct Row<'a> {
    layout: &'a Layout<'a>,
    chunk: &'a Numbers,
    /// Where the row begins in the chunk.
    start: usize,
    runs: &'a [Run],
    unpacked: &'a mut [f64],
}

impl<'a> Row<'a> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.unpacked.len()
    }

    /// Their values; missing ones are NaN.
    pub(crate) fn values(self) -> &'a [f64] {
        let mut rest = &mut *self.unpacked;
        for run in self.runs {
            let (cells, after) = rest.split_at_mut(run.length);
            self.layout.unpack(self.chunk, self.start, run.local, cells);
            rest = after;
        }
        self.unpacked
    }

    /// The cells as they are stored, if they are small whole numbers side by side.
    #[inline]
    pub(crate) fn packed(&self) -> Option<Packed<'a>> {
        let [run] = self.runs else { return None };
        self.layout.packed(self.chunk, self.start, run)
    }
}

/// The cells that lie in one chunk, whatever the time.
pub(crate) struct Column {
    /// The position in the answer of each row.
    pub(crate) rows: Vec<usize>,
    /// The position in the answer of each column.
    pub(crate) columns: Vec<usize>,
    at: (usize, usize),
    row_locals: Vec<usize>,
    runs: Vec<Run>,
}

/// What one reducer sees: a column, for some of the times.
pub(crate) struct Part<'a> {
    pub(crate) column: &'a Column,
    /// Positions of times in the answer; all that the reducer sees lie in it.
    pub(crate) times: Range<usize>,
    chunks: &'a [(usize, Vec<Run>)],
}

/// How a variable's chunks are laid out, by axis.
pub(crate) struct Layout<'a> {
    pub(crate) variable: &'a Variable,
    /// The lengths of a chunk along time, y and x.
    pub(crate) lengths: [usize; 3],
    strides: [usize; 3],
    /// The chunk along the vertical dimension, and where in it the level begins; 0 where there are no levels.
    depth: (usize, usize),
    /// How numbers are summed as they are stored.
    rule: Option<Rule>,
}

impl<'a> Layout<'a> {
    pub(crate) fn of(variable: &'a Variable) -> Self {
        let shape = variable.chunks.chunk_shape();
        let stride = |dimension: usize| shape[dimension + 1..].iter().product::<usize>();
        let dimensions = variable.dimensions;
        Self {
            variable,
            lengths: [shape[dimensions.time], dimensions.y.map_or(1, |y| shape[y]), shape[dimensions.x]],
            strides: [stride(dimensions.time), dimensions.y.map_or(0, stride), stride(dimensions.x)],
            depth: variable
                .level
                .map_or((0, 0), |Level { dimension, nth }| (nth / shape[dimension], nth % shape[dimension] * stride(dimension))),
            rule: Rule::of(&variable.packing, variable.chunks.kind()),
        }
    }

    /// Where a row begins in a chunk.
    pub(crate) fn start(&self, time: usize, y: usize) -> usize {
        time * self.strides[0] + y * self.strides[1] + self.depth.1
    }

    /// The chunk's index along each dimension of the array.
    pub(crate) fn chunk_at(&self, time: usize, y: usize, x: usize) -> Vec<usize> {
        let mut at = vec![0; self.variable.chunks.shape().len()];
        at[self.variable.dimensions.time] = time;
        if let Some(dimension) = self.variable.dimensions.y {
            at[dimension] = y;
        }
        at[self.variable.dimensions.x] = x;
        if let Some(level) = self.variable.level {
            at[level.dimension] = self.depth.0;
        }
        at
    }

    /// Whether the other, of another level of the same array, is in the same chunks.
    pub(crate) fn shares_chunks(&self, other: &Self) -> bool {
        self.variable.id == other.variable.id && self.depth.0 == other.depth.0
    }

    /// Unpacks cells of the row that begins at `start`, from the one at `x`.
    pub(crate) fn unpack(&self, chunk: &Numbers, start: usize, x: usize, out: &mut [f64]) {
        let per_x = self.strides[2];
        self.variable.packing.unpack(chunk, start + x * per_x, per_x, out);
    }

    /// One run of cells of the row that begins at `start` as it is stored, if they are small whole numbers side by side.
    #[inline]
    pub(crate) fn packed<'c>(&'c self, chunk: &'c Numbers, start: usize, run: &Run) -> Option<Packed<'c>> {
        let from = start + run.local;
        self.rule.as_ref().filter(|_| self.strides[2] == 1).and_then(|rule| Packed::of(chunk, from..from + run.length, rule))
    }

    /// How many bytes it takes to read a chunk: itself, and as it was compressed, which is seldom longer.
    pub(crate) fn chunk_bytes(&self) -> usize {
        let cells = self.variable.chunks.chunk_shape().iter().fold(1_usize, |cells, length| cells.saturating_mul(*length));
        cells.saturating_mul(2 * self.variable.chunks.kind().size())
    }
}

/// Which times and cells of which variable.
#[derive(Clone, Copy)]
pub(crate) struct Window<'a> {
    /// Levels of one array, or one variable without any; not none.
    pub(crate) levels: &'a [&'a Variable],
    pub(crate) time: &'a Pick,
    pub(crate) y: &'a Pick,
    pub(crate) x: &'a Pick,
    /// What is read beside it, at the same places.
    pub(crate) beside: &'a [&'a Variable],
}

/// Into how many parts the chunks of a window are parted at least, if there are that many: enough for no thread to wait long for
/// the last of another.
const PARTS: usize = 48;

/// Reads every chunk of the window once. `make` gives the reducer of a part, `absorb` takes it back when the part is done.
///
/// # Errors
/// If a chunk is broken, a reducer says so, or nobody waits for the answer any more.
pub(crate) fn scan<R: Reducer>(
    window: Window<'_>,
    work: &Work,
    make: impl Fn(&Part<'_>) -> R + Sync,
    mut absorb: impl FnMut(&Part<'_>, R) + Send,
) -> Result<(), Error> {
    let levels = levels(window);
    let Some(layout) = levels.iter().flatten().next() else { return Ok(()) };
    let (variable, reach) = (layout.variable, layout.variable.reach);
    let columns = columns(window, layout);
    let times = window.time.by_chunk(layout.lengths[0]);
    // Parts do not depend on the number of threads, so that an answer is the same on every machine.
    let shares = PARTS.div_ceil(columns.len().max(1)).clamp(1, times.len().max(1));
    let parts = parts(&columns, &times, times.len().div_ceil(shares).max(1));
    work.meter.expect(columns.len() * times.len() * levels.len());
    let reading = std::iter::once(variable).chain(window.beside.iter().copied());
    let reading = reading.fold(0, |bytes: usize, variable| bytes.saturating_add(Layout::of(variable).chunk_bytes()));
    let state = parts.iter().map(R::bytes).max().unwrap_or(0);
    let mut rest = parts.as_slice();
    while !rest.is_empty() {
        let most = PARTS.max(4 * waiting::reading(reach, rayon::current_num_threads)).min(rest.len());
        let room = work.memory.reserve(reading.saturating_add(state), most, variable, work)?;
        let (batch, after) = rest.split_at(room.shares());
        waiting::reading(reach, || in_turn(batch, |part| read(&levels, part, work, make(part)), &mut absorb))?;
        rest = after;
    }
    Ok(())
}

/// Reads parts on all threads, and takes them back in their order, each as soon as those before it are.
///
/// # Errors
/// That of the first part that cannot be read.
fn in_turn<R: Reducer>(
    parts: &[Part<'_>],
    read: impl Fn(&Part<'_>) -> Result<R, Error> + Sync,
    absorb: &mut (impl FnMut(&Part<'_>, R) + Send),
) -> Result<(), Error> {
    struct Order<'a, R, A> {
        /// Those that are read and wait for others before them.
        waiting: BTreeMap<usize, Result<R, Error>>,
        absorbed: usize,
        absorb: &'a mut A,
        outcome: Result<(), Error>,
    }
    let next = AtomicUsize::new(0);
    let order = Mutex::new(Order { waiting: BTreeMap::new(), absorbed: 0, absorb, outcome: Ok(()) });
    let threads = rayon::current_num_threads().min(parts.len());
    (0..threads).into_par_iter().with_max_len(1).for_each(|_| {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(nth) else { return };
            let found = read(part);
            if found.is_err() {
                next.store(parts.len(), Ordering::Relaxed);
            }
            let mut order = order.lock().unwrap_or_else(PoisonError::into_inner);
            order.waiting.insert(nth, found);
            while order.outcome.is_ok() {
                let first = order.absorbed;
                match order.waiting.remove(&first) {
                    Some(Ok(reducer)) => (order.absorb)(&parts[first], reducer),
                    Some(Err(error)) => order.outcome = Err(error),
                    None => break,
                }
                order.absorbed += 1;
            }
        }
    });
    order.into_inner().unwrap_or_else(PoisonError::into_inner).outcome
}

/// Whether the window holds any value at all. Stops at the first.
///
/// # Errors
/// As [`scan`].
pub(crate) fn holds_any(window: Window<'_>, work: &Work) -> Result<bool, Error> {
    struct Seen(bool);
    impl Reducer for Seen {
        fn row(&mut self, _target: usize, _row: usize, cells: Row<'_>) -> Result<(), Error> {
            self.0 = self.0 || cells.values().iter().any(|v| !v.is_nan());
            Ok(())
        }

        fn bytes(_part: &Part<'_>) -> usize {
            0
        }
    }
    let levels = levels(window);
    let Some(layout) = levels.iter().flatten().next() else { return Ok(false) };
    let columns = columns(window, layout);
    let times = window.time.by_chunk(layout.lengths[0]);
    work.meter.expect(columns.len() * times.len() * levels.len());
    let look = |part: &Part<'_>| read(&levels, part, work, Seen(false)).map(|seen| seen.0);
    let found = || parts(&columns, &times, 1).par_iter().map(look).find_any(|outcome| *outcome != Ok(false));
    waiting::reading(layout.variable.reach, found).unwrap_or(Ok(false))
}

/// Each column, for each `length` chunks in time.
fn parts<'a>(columns: &'a [Column], times: &'a [(usize, Vec<Run>)], length: usize) -> Vec<Part<'a>> {
    let span = |chunks: &[(usize, Vec<Run>)]| {
        let runs = || chunks.iter().flat_map(|(_, runs)| runs);
        let first = runs().map(|run| run.target).min().unwrap_or(0);
        first..runs().map(|run| run.target + run.length).max().unwrap_or(first)
    };
    let of_column = |column: &'a Column| times.chunks(length).map(move |chunks| Part { column, times: span(chunks), chunks });
    columns.iter().flat_map(of_column).collect()
}

fn columns(window: Window<'_>, layout: &Layout<'_>) -> Vec<Column> {
    let expand = |runs: &[Run]| runs.iter().flat_map(|run| run.target..run.target + run.length).collect::<Vec<_>>();
    let x = window.x.by_chunk(layout.lengths[2]);
    let mut columns = Vec::new();
    for (chunk_y, row_runs) in window.y.by_chunk(layout.lengths[1]) {
        for (chunk_x, runs) in &x {
            columns.push(Column {
                rows: expand(&row_runs),
                columns: expand(runs),
                at: (chunk_y, *chunk_x),
                row_locals: row_runs.iter().flat_map(|run| run.local..run.local + run.length).collect(),
                runs: runs.clone(),
            });
        }
    }
    columns
}

/// The levels of a window, those together that lie in the same chunks.
fn levels(window: Window<'_>) -> Vec<Vec<Layout<'_>>> {
    let mut together: Vec<Vec<Layout<'_>>> = Vec::new();
    for layout in window.levels.iter().map(|variable| Layout::of(variable)) {
        match together.last_mut() {
            Some(last) if last[0].shares_chunks(&layout) => last.push(layout),
            _ => together.push(vec![layout]),
        }
    }
    together
}

/// Reads every chunk of a part once, whatever levels lie in it.
fn read<R: Reducer>(levels: &[Vec<Layout<'_>>], part: &Part<'_>, work: &Work, mut reducer: R) -> Result<R, Error> {
    let column = part.column;
    let mut unpacked = vec![0.0; column.columns.len()];
    for (chunk_time, runs) in part.chunks {
        let mut first = 0;
        for together in levels {
            let layout = &together[0];
            let chunk = layout.variable.chunk(&layout.chunk_at(*chunk_time, column.at.0, column.at.1), work)?;
            for (local, target) in runs.iter().flat_map(|run| (0..run.length).map(|n| (run.local + n, run.target + n))) {
                for (nth, layout) in together.iter().enumerate() {
                    reducer.level(first + nth);
                    reducer.step(chunk_time * layout.lengths[0] + local, target)?;
                    for (row, row_local) in column.row_locals.iter().enumerate() {
                        let start = layout.start(local, *row_local);
                        reducer.row(target, row, Row { layout, chunk: &chunk, start, runs: &column.runs, unpacked: &mut unpacked })?;
                    }
                }
            }
            first += together.len();
            work.meter.advance();
        }
    }
    reducer.end();
    Ok(reducer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    struct Nothing;

    impl Reducer for Nothing {
        fn row(&mut self, _target: usize, _row: usize, _cells: Row<'_>) -> Result<(), Error> {
            Ok(())
        }

        fn bytes(_part: &Part<'_>) -> usize {
            0
        }
    }

    /// The parts that are absorbed, in that order, where some of forty cannot be read.
    fn absorbed(broken: &[usize]) -> (Vec<usize>, Result<(), Error>) {
        let column = Column { rows: Vec::new(), columns: Vec::new(), at: (0, 0), row_locals: Vec::new(), runs: Vec::new() };
        let parts: Vec<Part<'_>> = (0..40).map(|nth| Part { column: &column, times: nth..nth + 1, chunks: &[] }).collect();
        let mut absorbed = Vec::new();
        let read = |part: &Part<'_>| {
            let nth = part.times.start;
            std::thread::sleep(Duration::from_micros(500 * (nth as u64 % 3)));
            if broken.contains(&nth) { Err(Error::Unsupported(nth.to_string())) } else { Ok(Nothing) }
        };
        let outcome = in_turn(&parts, read, &mut |part: &Part<'_>, _| absorbed.push(part.times.start));
        (absorbed, outcome)
    }

    #[test]
    fn parts_are_taken_back_in_their_order_whatever_finishes_first() {
        assert_eq!(absorbed(&[]), ((0..40).collect(), Ok(())));
    }

    #[test]
    fn the_first_part_that_is_broken_ends_the_scan() {
        let (absorbed, outcome) = absorbed(&[21, 7, 8, 22]);
        assert_eq!((absorbed, outcome), ((0..7).collect(), Err(Error::Unsupported("7".into()))));
    }
}
