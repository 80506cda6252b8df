//! The answers: one module for each kind of question.

pub(crate) mod anomaly;
pub(crate) mod correlation;
pub(crate) mod deviation;
pub(crate) mod hovmoller;
pub(crate) mod map;
pub(crate) mod matchup;
mod samples;
pub(crate) mod series;
pub(crate) mod subset;

use crate::dataset::{Dataset, Places, Variable};
use crate::pick::{Cells, Pick};
use crate::scan::{Window, holds_any};
use crate::work::Work;
use sdap::{BoundingBox, Origin, Period};
use sdap_nexus::request::Elevation;
use sdap_nexus::{Error, Missing};
use std::time::Instant;

/// A question while it is answered, for the origin of the answer.
pub(crate) struct Asked {
    request: String,
    area: Option<BoundingBox>,
    period: Period,
    elevation: Option<Elevation>,
    started: Instant,
}

impl Asked {
    /// A question that is asked now; `request` is the path and query that `serve` would answer.
    pub(crate) fn now(request: String, area: impl Into<Option<BoundingBox>>, period: Period) -> Self {
        Self { request, area: area.into(), period, elevation: None, started: Instant::now() }
    }

    /// The same question about some elevations only.
    pub(crate) fn at(self, elevation: Option<Elevation>) -> Self {
        Self { elevation, ..self }
    }

    /// Where the answer comes from. Several datasets are named together; one synthetic makes all so.
    pub(crate) fn origin(&self, datasets: &[&Dataset], work: &Work) -> Origin {
        let mut titles: Vec<&str> = datasets.iter().map(|d| d.title()).collect();
        titles.dedup();
        let mut attribution: Vec<String> = Vec::new();
        for text in datasets.iter().flat_map(|d| d.attribution()) {
            if !attribution.contains(&text) {
                attribution.push(text);
            }
        }
        Origin {
            server: crate::engine::NAME.to_owned(),
            request: self.request.clone(),
            seconds: self.started.elapsed().as_secs_f64(),
            bytes: work.bytes(),
            title: titles.join("; "),
            attribution,
            synthetic: datasets.iter().any(|d| d.is_synthetic()),
            area: self.area,
            period: Some(self.period),
            notes: match self.elevation {
                Some(_) => datasets.iter().filter_map(|d| without_elevations(d)).collect(),
                None => datasets.iter().filter_map(|d| d.surface_note()).collect(),
            },
        }
    }

    /// Why there are cells and times, but no value: whether values there are in the same period elsewhere decides
    /// what is at fault.
    pub(crate) fn all_missing(&self, dataset: &Dataset, variable: &Variable, time: &Pick, work: &Work) -> Error {
        let span = dataset.period().map_or_else(String::new, |span| format!("; it has data in {span}"));
        let no_period = || Error::NoData {
            missing: Missing::Period,
            message: format!("every value of {} in {} is missing{span}", dataset.name, self.period),
        };
        let Ok(everywhere) = dataset.cells(&BoundingBox::WORLD) else { return no_period() };
        let levels = [variable];
        let window = window(&levels, &everywhere, time);
        match (holds_any(window, work), self.area, dataset.places.area()) {
            (Err(error), _, _) => error,
            (Ok(true), Some(area), Some(covered)) => Error::NoData {
                missing: Missing::Area,
                message: format!(
                    "every cell of {} in the box {area} is missing in {}; it covers {covered}, with gaps",
                    dataset.name, self.period
                ),
            },
            _ => no_period(),
        }
    }
}

/// That a choice of elevations did not touch a dataset.
fn without_elevations(dataset: &Dataset) -> Option<String> {
    let some = match &dataset.places {
        Places::Samples(samples) => samples.elevation.is_some(),
        Places::Grid { .. } | Places::Stations(_) => dataset.variables.iter().any(|v| !v.layers.is_empty()),
    };
    (!some).then(|| format!("{} has no elevations; all of it counts.", dataset.name))
}

/// The cells and times of levels of one variable.
pub(crate) fn window<'a>(levels: &'a [&'a Variable], cells: &'a Cells, time: &'a Pick) -> Window<'a> {
    Window { levels, time, y: &cells.y, x: &cells.x, beside: &[] }
}

/// How large an answer may be.
///
/// # Errors
/// If it would be larger; says by how much and what to do.
pub(crate) fn within_limit(what: &str, count: usize, limit: usize) -> Result<(), Error> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::TooLarge(format!(
        "the answer would have {count} {what}, more than the limit of {limit}; choose a smaller box or a shorter period"
    )))
}
