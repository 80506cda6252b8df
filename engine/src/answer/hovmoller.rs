//! Time against latitude or longitude: `/latitudeTimeHofMoellerSpark`, `/longitudeTimeHofMoellerSpark`.
//!
//! For each time and latitude the plain mean over longitudes; for each time and longitude the mean over latitudes, weighted by
//! their cosine. Standard deviation of the population, minimum, maximum and count are unweighted. A time without any value is
//! left out; a latitude or longitude without one at some time is missing there. Levels that are chosen together count together,
//! and so do times that `normalize_dates` moves to one month.

use super::{Asked, window, within_limit};
use crate::catalogue::Catalogue;
use crate::engine::Limits;
use crate::moments::Moments;
use crate::packed::{Bands, Packed, Worth, sums};
use crate::scan::{Part, Reducer, Row, scan};
use crate::work::Work;
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use sdap::{Axis, Hovmoller, Times, column, plane};
use sdap_nexus::Error;
use sdap_nexus::request::HovmollerRequest;

/// The diagram.
///
/// # Errors
/// If the dataset is unknown or broken, has no data in the box and the period, or the diagram would be too large.
pub(crate) fn hovmoller(catalogue: &Catalogue, request: &HovmollerRequest, limits: &Limits, work: &Work) -> Result<Hovmoller, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period).at(request.elevation);
    let dataset = catalogue.get(&request.dataset)?;
    let variable = dataset.variable(request.variable.as_deref())?;
    let steps = dataset.steps(&request.period)?;
    let steps = if request.normalize_dates { steps.by_month() } else { steps };
    let cells = dataset.cells(&request.area)?;
    let axis = request.axis;
    let coordinate = if axis == Axis::Latitude { &cells.lat } else { &cells.lon };
    let width = coordinate.len();
    within_limit("times and coordinates", steps.seconds.len() * width, limits.points)?;

    let mut all = vec![Moments::NONE; steps.seconds.len() * width];
    let make = |part: &Part<'_>| {
        let width = if axis == Axis::Latitude { part.column.rows.len() } else { part.column.columns.len() };
        BandReducer {
            axis,
            bands: None,
            weights: part.column.rows.iter().map(|row| cells.lat[*row].to_radians().cos()).collect(),
            first: part.times.start,
            width,
            moments: vec![Moments::NONE; part.times.len() * width],
        }
    };
    let levels = dataset.levels(variable, request.elevation)?;
    scan(window(&levels, &cells, &steps.pick), work, make, |part, reducer| {
        let kept = if axis == Axis::Latitude { &part.column.rows } else { &part.column.columns };
        let times = all[part.times.start * width..part.times.end * width].chunks_mut(width);
        for (all, found) in times.zip(reducer.moments.chunks(kept.len())) {
            for (at, moments) in kept.iter().zip(found) {
                all[*at].merge(moments);
            }
        }
    })?;
    let present: Vec<(i64, &[Moments])> =
        steps.seconds.iter().copied().zip(all.chunks(width)).filter(|(_, row)| row.iter().any(|m| m.count > 0)).collect();
    if present.is_empty() {
        return Err(asked.all_missing(&dataset, variable, &steps.pick, work));
    }
    let numbers = |number: fn(&Moments) -> f64| {
        let mut numbers = vec![0.0; present.len() * width];
        numbers.par_chunks_mut(width).zip(&present).for_each(|(numbers, (_, moments))| {
            for (at, moments) in numbers.iter_mut().zip(*moments) {
                *at = number(moments);
            }
        });
        plane(present.len(), numbers)
    };
    Ok(Hovmoller {
        dataset: dataset.name.clone(),
        variable: variable.label().to_owned(),
        units: variable.units.clone(),
        axis,
        time: Times::new(present.iter().map(|(second, _)| *second).collect::<Vec<_>>()),
        coordinate: column(coordinate.clone()),
        mean: numbers(Moments::weighted_mean),
        standard_deviation: numbers(Moments::standard_deviation),
        minimum: numbers(Moments::minimum),
        maximum: numbers(Moments::maximum),
        count: numbers(|m| m.count as f64),
        origin: asked.origin(&[&dataset], work),
    })
}

struct BandReducer {
    axis: Axis,
    weights: Vec<f64>,
    first: usize,
    width: usize,
    moments: Vec<Moments>,
    /// The sums of each longitude at one time, which is at this position, as they are stored.
    bands: Option<(usize, Bands, Worth)>,
}

impl BandReducer {
    /// Adds one row to the sums of each longitude.
    fn add_bands(&mut self, target: usize, row: usize, packed: &Packed<'_>) {
        let width = self.width;
        let (at, bands, _) = self.bands.get_or_insert_with(|| (target, Bands::new(width), packed.worth()));
        *at = target;
        bands.add(packed, self.weights[row]);
    }

    /// Takes over the sums of the time that ended.
    fn take_bands(&mut self) {
        let Some((at, bands, worth)) = &mut self.bands else { return };
        let moments = &mut self.moments[(*at - self.first) * self.width..];
        bands.take(|n, whole, weight, weighted| moments[n].add_weighted(whole, worth, weight, weighted));
    }
}

impl Reducer for BandReducer {
    fn step(&mut self, _source: usize, _target: usize) -> Result<(), Error> {
        self.take_bands();
        Ok(())
    }

    fn end(&mut self) {
        self.take_bands();
    }

    fn row(&mut self, target: usize, row: usize, cells: Row<'_>) -> Result<(), Error> {
        let start = (target - self.first) * self.width;
        match (self.axis, cells.packed()) {
            (Axis::Latitude, Some(packed)) => self.moments[start + row].add_whole(&sums(&packed), &packed.worth(), 1.0),
            (Axis::Latitude, None) => self.moments[start + row].add_row(cells.values(), 1.0),
            (Axis::Longitude, Some(packed)) => self.add_bands(target, row, &packed),
            (Axis::Longitude, None) => {
                for (moments, value) in self.moments[start..start + self.width].iter_mut().zip(cells.values()) {
                    moments.add(*value, self.weights[row]);
                }
            }
        }
        Ok(())
    }

    fn bytes(part: &Part<'_>) -> usize {
        part.times.len() * part.column.rows.len().max(part.column.columns.len()) * size_of::<Moments>()
    }
}
