//! Reads single times of a second variable, level by level, beside a scan of a first.

use crate::chunks::Chunk;
use crate::dataset::Variable;
use crate::packed::Packed;
use crate::pick::{Pick, Run, span};
use crate::scan::Layout;
use crate::work::Work;
use sdap_nexus::Error;

/// The values of a variable at one time, for a fixed set of cells.
///
/// It holds on to the chunks it read last, so that times in order decode each chunk once.
pub(crate) struct PlaneReader<'a> {
    /// Of the variable, and of its level where it has levels.
    layout: Layout<'a>,
    work: &'a Work,
    rows: Vec<(usize, Vec<Run>)>,
    columns: Vec<(usize, Vec<Run>)>,
    width: usize,
    /// For each row its chunk, as an index into `rows`, and where it is there.
    places: Vec<(usize, usize)>,
    /// The chunks of one time, by row of chunks and column.
    held: Vec<Chunk>,
    /// Which chunks in time those are.
    held_at: Option<usize>,
    at: Option<usize>,
    /// Empty until somebody wants the values of the time.
    values: Vec<f64>,
    unpacked: Option<usize>,
}

impl<'a> PlaneReader<'a> {
    /// A reader of the cells at the crossings of the rows and columns, by index in the dataset.
    pub(crate) fn new(variable: &'a Variable, rows: Vec<usize>, columns: Vec<usize>, work: &'a Work) -> Self {
        let layout = Layout::of(variable);
        let (width, mut places) = (columns.len(), vec![(0, 0); rows.len()]);
        let (rows, columns) = (Pick::in_order(rows).by_chunk(layout.lengths[1]), Pick::in_order(columns).by_chunk(layout.lengths[2]));
        for (nth, (_, runs)) in rows.iter().enumerate() {
            for (local, row) in runs.iter().flat_map(|run| (0..run.length).map(|n| (run.local + n, run.target + n))) {
                places[row] = (nth, local);
            }
        }
        let (held, values) = (Vec::new(), Vec::new());
        Self { layout, work, rows, columns, width, places, held, held_at: None, at: None, values, unpacked: None }
    }

    /// Goes on with another level of the same array.
    pub(crate) fn turn_to(&mut self, level: &'a Variable) {
        let layout = Layout::of(level);
        if !layout.shares_chunks(&self.layout) {
            self.held_at = None;
        }
        (self.layout, self.at, self.unpacked) = (layout, None, None);
    }

    /// Reads the time of that index in the dataset.
    ///
    /// # Errors
    /// If a chunk is broken, or nobody waits for the answer any more.
    pub(crate) fn read(&mut self, time: usize) -> Result<(), Error> {
        let chunk_time = time / self.layout.lengths[0];
        if self.held_at != Some(chunk_time) {
            (self.held_at, self.at) = (None, None);
            self.held.clear();
            for (chunk_y, rows) in &self.rows {
                for (chunk_x, columns) in &self.columns {
                    let [rows, columns] = [rows, columns].map(|runs| span(runs.iter().map(Run::locals)));
                    let needed = self.layout.part(0..self.layout.lengths[0], rows, columns, self.layout.levels());
                    let at = self.layout.chunk_at(chunk_time, *chunk_y, *chunk_x);
                    self.held.push(self.layout.variable.part_of_chunk(&at, &needed, self.work)?);
                }
            }
            self.held_at = Some(chunk_time);
        }
        self.at = Some(time);
        Ok(())
    }

    /// One row of the time that was read last; missing values are NaN.
    pub(crate) fn row(&mut self, row: usize) -> &[f64] {
        if self.at.is_none() || self.unpacked != self.at {
            self.unpack();
        }
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// The same row as it is stored, if its cells are small whole numbers side by side.
    pub(crate) fn packed(&self, row: usize) -> Option<Packed<'_>> {
        let ([(_, runs)], (nth, local)) = (self.columns.as_slice(), self.places[row]) else { return None };
        let [run] = runs.as_slice() else { return None };
        let start = self.layout.start(self.at? % self.layout.lengths[0], local);
        self.layout.packed(self.held.get(nth)?, start, run)
    }

    fn unpack(&mut self) {
        self.values.resize(self.places.len() * self.width, f64::NAN);
        let time = self.at.unwrap_or(0) % self.layout.lengths[0];
        for (row, (nth, local)) in self.places.iter().enumerate() {
            let chunks = self.held.iter().skip(nth * self.columns.len());
            for (chunk, (_, runs)) in chunks.zip(&self.columns) {
                for run in runs {
                    let from = row * self.width + run.target;
                    self.layout.unpack(chunk, self.layout.start(time, *local), run.local, &mut self.values[from..from + run.length]);
                }
            }
        }
        self.unpacked = self.at;
    }
}
