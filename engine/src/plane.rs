//! Reads single times of a second variable, beside a scan of a first.

use crate::chunks::Chunk;
use crate::dataset::Variable;
use crate::pick::{Pick, Run};
use crate::scan::Layout;
use crate::work::Work;
use sdap_nexus::Error;
use std::collections::HashMap;

/// The values of a variable at one time, for a fixed set of cells.
///
/// It holds on to the chunks it read last, so that times in order decode each chunk once.
pub(crate) struct PlaneReader<'a> {
    variable: &'a Variable,
    layout: Layout<'a>,
    work: &'a Work,
    rows: Vec<(usize, Vec<Run>)>,
    columns: Vec<(usize, Vec<Run>)>,
    width: usize,
    held: HashMap<(usize, usize), (usize, Chunk)>,
    values: Vec<f64>,
    at: Option<usize>,
}

impl<'a> PlaneReader<'a> {
    /// A reader of the cells at the crossings of the rows and columns, by index in the dataset.
    pub(crate) fn new(variable: &'a Variable, rows: Vec<usize>, columns: Vec<usize>, work: &'a Work) -> Self {
        let layout = Layout::of(variable);
        Self {
            values: vec![f64::NAN; rows.len() * columns.len()],
            width: columns.len(),
            rows: Pick::in_order(rows).by_chunk(layout.lengths[1]),
            columns: Pick::in_order(columns).by_chunk(layout.lengths[2]),
            variable,
            layout,
            work,
            held: HashMap::new(),
            at: None,
        }
    }

    /// Reads the time of that index in the dataset.
    ///
    /// # Errors
    /// If a chunk is broken, or nobody waits for the answer any more.
    pub(crate) fn read(&mut self, time: usize) -> Result<(), Error> {
        if self.at == Some(time) {
            return Ok(());
        }
        let (chunk_time, local) = (time / self.layout.lengths[0], time % self.layout.lengths[0]);
        for (chunk_y, row_runs) in &self.rows {
            for (chunk_x, runs) in &self.columns {
                let place = (*chunk_y, *chunk_x);
                let chunk = match self.held.get(&place) {
                    Some((held, chunk)) if *held == chunk_time => chunk.clone(),
                    _ => {
                        let chunk = self.variable.chunk(&self.layout.chunk_at(chunk_time, place.0, place.1), self.work)?;
                        self.held.insert(place, (chunk_time, chunk.clone()));
                        chunk
                    }
                };
                for (row_local, row) in row_runs.iter().flat_map(|r| (0..r.length).map(|n| (r.local + n, r.target + n))) {
                    for run in runs {
                        let start = row * self.width + run.target;
                        self.layout.unpack(&chunk, local, row_local, run.local, &mut self.values[start..start + run.length]);
                    }
                }
            }
        }
        self.at = Some(time);
        Ok(())
    }

    /// One row of the time that was read last; missing values are NaN.
    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }
}
