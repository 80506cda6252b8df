//! Samples of in-situ points, each of which has its own time and place.

use super::{Choice, Samples, too_many};
use crate::dataset::{self, Dataset, Variable};
use crate::filter::{self, Fields};
use crate::work::Work;
use sdap_nexus::request::Elevation;
use sdap_nexus::{Error, Missing};
use std::collections::BTreeMap;

/// The points that are wanted, as they are stored.
pub(super) fn gather(
    dataset: &Dataset,
    points: &dataset::Samples,
    variables: &[&Variable],
    choice: &Choice<'_>,
    work: &Work,
) -> Result<Samples, Error> {
    let mut chosen = chosen(dataset, points, choice)?;
    let columns = variables.iter().map(|variable| values_at(variable, &chosen, work)).collect::<Result<Vec<_>, _>>()?;
    let there: Vec<bool> = (0..chosen.len()).map(|at| columns.iter().any(|values| !values[at].is_nan())).collect();
    let kept = |values: &Vec<f64>| values.iter().zip(&there).filter(|(_, there)| **there).map(|(value, _)| *value).collect();
    let values = columns.iter().map(kept).collect();
    let mut flags = there.iter();
    chosen.retain(|_| flags.next().is_some_and(|there| *there));
    if chosen.len() > choice.limit {
        return Err(too_many(choice.limit));
    }
    let pick = |all: &[f64]| chosen.iter().map(|at| all[*at]).collect::<Vec<_>>();
    let key = |field: &dataset::Field| (field.name.clone(), chosen.iter().map(|at| field.values.text(*at)).collect());
    Ok(Samples {
        time: chosen.iter().map(|at| dataset.time[*at]).collect(),
        lat: pick(&points.lat.degrees),
        lon: pick(&points.lon.degrees),
        elevation: points.elevation.as_ref().map(|all| pick(all)),
        values,
        keys: points.keys.iter().map(key).collect::<BTreeMap<_, _>>(),
    })
}

/// Which points are wanted, whether they have a value or not.
///
/// # Errors
/// If there are none; says what is at fault.
pub(crate) fn chosen(dataset: &Dataset, points: &dataset::Samples, choice: &Choice<'_>) -> Result<Vec<usize>, Error> {
    dataset.steps(&choice.period)?;
    let mut chosen: Vec<usize> = (0..dataset.time.len()).filter(|at| choice.period.contains(dataset.time[*at])).collect();
    if !choice.filters.is_empty() {
        let fields = Fields::of_samples(dataset, points)?;
        for text in choice.filters {
            let holds = filter::evaluate(text, &fields)?;
            chosen.retain(|at| holds[*at]);
        }
        if chosen.is_empty() {
            let message = format!("no point of {} in {} matches {}", dataset.name, choice.period, choice.filters.join(" and "));
            return Err(Error::NoData { missing: Missing::Filter, message });
        }
    }
    if let Some(area) = choice.area {
        chosen.retain(|at| points.lat.between(*at, area.south(), area.north()) && points.lon.within(*at, area).is_some());
        if chosen.is_empty() {
            return Err(dataset.nothing_in(area));
        }
    }
    if let (Some(range), Some(elevation)) = (choice.elevation, &points.elevation) {
        chosen.retain(|at| (range.lowest..=range.highest).contains(&elevation[*at]));
        if chosen.is_empty() {
            return Err(nowhere_near(dataset, elevation, range));
        }
    }
    if let Some(near) = choice.near {
        chosen.retain(|at| {
            let neighbours = near.places_near(points.lat.degrees[*at], points.lon.degrees[*at]);
            near.is_any_near(&neighbours, dataset.time[*at])
        });
    }
    Ok(chosen)
}

fn nowhere_near(dataset: &Dataset, elevation: &[f64], range: Elevation) -> Error {
    let known = || elevation.iter().copied().filter(|e| !e.is_nan());
    let (lowest, highest) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let Elevation { lowest: from, highest: to } = range;
    let message = format!("no such point of {} lies from {from} to {to} m; its points lie from {lowest} to {highest} m", dataset.name);
    Error::NoData { missing: Missing::Area, message }
}

/// The values of a variable of points, at some of them.
///
/// # Errors
/// If a chunk is broken, or nobody waits for the answer any more.
pub(crate) fn values_at(variable: &Variable, points: &[usize], work: &Work) -> Result<Vec<f64>, Error> {
    let length = variable.chunks.chunk_shape()[0];
    let mut out = vec![f64::NAN; points.len()];
    let mut held: Option<(usize, crate::chunks::Chunk)> = None;
    for (value, point) in out.iter_mut().zip(points) {
        let at = point / length;
        let chunk = match &held {
            Some((known, chunk)) if *known == at => chunk,
            _ => &held.insert((at, variable.chunk(&[at], work)?)).1,
        };
        variable.packing.unpack(chunk, point % length, 1, std::slice::from_mut(value));
    }
    Ok(out)
}
