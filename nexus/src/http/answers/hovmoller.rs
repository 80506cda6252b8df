//! Hovmöller diagrams.

use super::super::Server;
use super::super::origin::Inquiry;
use super::super::transport::Answer;
use super::dates::Dates;
use super::{TWO_SIDES, after_epoch, nothing_during, nothing_in, nothing_within, sides, turned};
use crate::join::{Extent, Moments, diagram, drop_repeats};
use crate::parse::{DiagramSamples, Envelope, Limit, Meta, ROUNDING, Sample, read_envelope};
use crate::request::HovmollerRequest;
use crate::{Error, Result, tally};
use sdap::{Axis, BoundingBox, Hovmoller, Times, column, plane};
use std::ops::RangeInclusive;

pub(super) async fn hovmoller(server: &Server, request: &HovmollerRequest) -> Result<Hovmoller> {
    after_epoch(&request.period)?;
    let mut inquiry = Inquiry::new(server, Some(request.area), request.period);
    let parts = sides(&request.area, |area| ask(server, HovmollerRequest { area, ..request.clone() })).await?;
    if request.area.crosses_antimeridian() {
        inquiry.note(TWO_SIDES);
    }
    let mut meta = Meta::default();
    let mut samples: Vec<Sample> = Vec::new();
    let mut outside = 0;
    let dates = Dates::new(&request.period, request.normalize_dates);
    for side in parts {
        let (area, shift) = (side.area, side.shift);
        let mut envelope = inquiry.add(side.answer);
        if !request.normalize_dates {
            tell_repeats(drop_repeats(&mut envelope.data.all), &mut inquiry);
        }
        let mut sent = placed(envelope.data.all, request.axis, &area, shift);
        sent.retain(|s| dates.contains(s.time));
        let came = sent.len();
        sent.retain(|s| reach(request.axis, &area, shift).contains(&s.coordinate));
        outside += came - sent.len();
        samples.extend(sent.into_iter().map(|s| Sample { time: dates.of(s.time), ..s }));
        meta = envelope.meta.into_iter().next().unwrap_or_default();
    }
    if outside > 0 {
        inquiry.note(tally::outside(outside, outside + samples.len(), "entries of the diagram"));
    }
    if samples.iter().all(|s| s.moments.mean.is_nan()) {
        let why =
            if outside > 0 { nothing_within(&request.dataset, &request.area) } else { nothing_during(&request.dataset, &request.period) };
        return Err(why);
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

/// Samples with their longitudes as those of an area, `shift` added.
fn placed(samples: Vec<Sample>, axis: Axis, area: &BoundingBox, shift: f64) -> Vec<Sample> {
    let place = |degrees: f64| if axis == Axis::Longitude { turned(degrees, area) + shift } else { degrees };
    samples.into_iter().map(|s| Sample { coordinate: place(s.coordinate), ..s }).collect()
}

/// Where the coordinates of a diagram of an area lie, `shift` added to longitudes; beside it what 32 bits round off.
fn reach(axis: Axis, area: &BoundingBox, shift: f64) -> RangeInclusive<f64> {
    let (low, high) = match axis {
        Axis::Latitude => (area.south(), area.north()),
        Axis::Longitude => (area.west() + shift, area.east() + shift),
    };
    low - ROUNDING..=high + ROUNDING
}

/// Says what became of entries of one time and coordinate: so many were left out, so many are joined.
fn tell_repeats((left_out, joined): (usize, usize), inquiry: &mut Inquiry<'_>) {
    if left_out > 0 {
        inquiry.note(tally::again(left_out, "entries of the diagram"));
    }
    if joined > 0 {
        inquiry.note(format!(
            "{joined} entries of the diagram came again with other numbers: those of one time and place are joined by their counts"
        ));
    }
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
