//! Samples, by box and by metadata: `/datainbounds`.
//!
//! A sample is there if any of its variables has a value. Box, filters and elevations hold together.

use super::Asked;
use super::samples::{Choice, gather};
use crate::catalogue::Catalogue;
use crate::dataset::{Dataset, Places, Variable};
use crate::engine::Limits;
use crate::work::Work;
use sdap::{Points, Times, column};
use sdap_nexus::request::SubsetRequest;
use sdap_nexus::{Error, Missing};

/// The samples, by time, then latitude, then longitude.
///
/// # Errors
/// If the dataset is unknown or broken, has no data there, lacks a field that is filtered by, or there are too many samples.
pub(crate) fn subset(catalogue: &Catalogue, request: &SubsetRequest, limits: &Limits, work: &Work) -> Result<Points, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period).at(request.elevation);
    let dataset = catalogue.get(&request.dataset)?;
    let variables: Vec<&Variable> = match &request.variable {
        Some(name) => vec![dataset.variable(Some(name))?],
        None => dataset.variables.iter().collect(),
    };
    let choice = Choice {
        area: request.area.as_ref(),
        period: request.period,
        filters: &request.filters,
        elevation: request.elevation,
        near: None,
        limit: limits.points,
    };
    let samples = gather(&dataset, &variables, &choice, work)?;
    if samples.len() == 0 {
        return Err(all_missing(&dataset, variables[0], request, &asked, work));
    }
    let measured = |(variable, values): (&&Variable, Vec<f64>)| sdap::Variable {
        name: variable.label().to_owned(),
        units: variable.units.clone(),
        values: column(values),
    };
    Ok(Points {
        dataset: dataset.name.clone(),
        time: Times::new(samples.time),
        lat: column(samples.lat),
        lon: column(samples.lon),
        elevation: samples.elevation.map(column),
        variables: variables.iter().zip(samples.values).map(measured).collect(),
        keys: samples.keys,
        origin: asked.origin(&[&dataset], work),
    })
}

fn all_missing(dataset: &Dataset, variable: &Variable, request: &SubsetRequest, asked: &Asked, work: &Work) -> Error {
    let what = match &dataset.places {
        Places::Grid { .. } => match dataset.steps(&request.period) {
            Ok(steps) => return asked.all_missing(dataset, variable, &steps.pick, work),
            Err(error) => return error,
        },
        Places::Stations(_) => "at the chosen stations",
        Places::Samples(_) => "at the chosen points",
    };
    let message = format!("every value of {} {what} is missing in {}", dataset.name, request.period);
    Error::NoData { missing: Missing::Period, message }
}
