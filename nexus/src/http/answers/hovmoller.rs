//! Hovmöller diagrams.

use super::super::Server;
use super::super::origin::Inquiry;
use super::super::transport::Answer;
use super::dates::Dates;
use super::{TWO_SIDES, after_epoch, nothing_during, nothing_in, sides, turned};
use crate::join::{Extent, Moments, diagram};
use crate::parse::{DiagramSamples, Envelope, Limit, Meta, Sample, read_envelope};
use crate::request::HovmollerRequest;
use crate::{Error, Result};
use sdap::{Axis, Hovmoller, Times, column, plane};

pub(super) async fn hovmoller(server: &Server, request: &HovmollerRequest) -> Result<Hovmoller> {
    after_epoch(&request.period)?;
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    let parts = sides(&request.area, |area| ask(server, HovmollerRequest { area, ..request.clone() })).await?;
    if request.area.crosses_antimeridian() {
        inquiry.note(TWO_SIDES);
    }
    let mut meta = Meta::default();
    let mut samples: Vec<Sample> = Vec::new();
    let dates = Dates::new(&request.period, request.normalize_dates);
    for side in parts {
        let (area, shift) = (side.area, side.shift);
        let place = |degrees: f64| if request.axis == Axis::Longitude { turned(degrees, &area) + shift } else { degrees };
        let envelope = inquiry.add(side.answer);
        let inside = envelope.data.all.into_iter().filter(|s| dates.contains(s.time));
        samples.extend(inside.map(|s| Sample { coordinate: place(s.coordinate), time: dates.of(s.time), ..s }));
        meta = envelope.meta.into_iter().next().unwrap_or_default();
    }
    if samples.is_empty() {
        return Err(nothing_during(&request.dataset, &request.period));
    }
    let came = samples.len();
    let extent = Extent::of(&samples).map_err(|reason| Error::Unreadable { server: server.base().to_owned(), reason })?;
    server.allows(limit(server), extent.cells())?;
    let diagram = diagram(&samples, extent);
    if request.normalize_dates && diagram.cells.iter().filter(|m| !m.mean.is_nan()).count() < came {
        inquiry.note(super::dates::JOINED);
    }
    let rows = diagram.time.len();
    let of = |value: fn(&Moments) -> f64| plane(rows, diagram.cells.iter().map(value).collect::<Vec<_>>());
    let variable = inquiry.variable(request.variable.as_deref(), &meta);
    inquiry.elevation(request.elevation);
    Ok(Hovmoller {
        dataset: request.dataset.clone(),
        variable,
        units: meta.units.0.clone(),
        axis: request.axis,
        mean: of(|m| m.mean),
        standard_deviation: of(|m| m.std),
        minimum: of(|m| m.min),
        maximum: of(|m| m.max),
        count: of(|m| m.count),
        time: Times::new(diagram.time),
        coordinate: column(diagram.coordinate),
        origin: inquiry.origin(&request.dataset, &meta),
    })
}

fn limit(server: &Server) -> Limit {
    Limit::new(server.options.points, "times and coordinates")
}

async fn ask(server: &Server, request: HovmollerRequest) -> Result<Answer<Envelope<DiagramSamples>>> {
    let limit = limit(server);
    let axis = request.axis;
    let answer = server.ask(&request.path_and_query(), move |body| read_envelope(body, DiagramSamples::along(axis), limit)).await?;
    if answer.value.data.all.iter().all(|s| s.moments.mean.is_nan()) {
        return Err(nothing_in(&request.dataset, Some(&request.area), &request.period));
    }
    Ok(answer)
}
