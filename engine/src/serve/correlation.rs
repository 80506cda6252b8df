//! `/corrMapSpark` and `/correlationMap`: the correlation of two datasets over time.

use super::json::Envelope;
use super::maps::rows;
use super::parameters::Parameters;
use super::{Answer, Failure, json_response};
use crate::Engine;
use crate::answer::correlation::lines;
use axum::extract::State;
use sdap_nexus::Nexus;
use sdap_nexus::request::{Correlation, CorrelationRequest, Regression};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct Cell {
    r: f64,
    cnt: u64,
    lat: f64,
    lon: f64,
}

/// Pearson's r in each cell that the two share.
pub(super) async fn in_cells(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    const TWO: &str = "'ds' argument is required. It must name two datasets: ds=Dataset_1,Dataset_2";
    let names = parameters.datasets(TWO)?;
    if names.iter().any(|name| name.contains("CLIM")) {
        return Err(Failure::bad("Cannot compute correlation on a climatology"));
    }
    let datasets: [String; 2] = names.try_into().map_err(|_| Failure::bad(TWO))?;
    let request = CorrelationRequest { datasets, kind: Correlation::Cells, area: parameters.area()?, period: parameters.period()? };
    let rows = rows(engine.correlation(&request).await?, 0.0);
    let cells = rows.map(|row| row.into_iter().map(|c| Cell { r: c.value, cnt: c.count, lat: c.lat, lon: c.lon }).collect::<Vec<_>>());
    Ok(json_response(Envelope::of_correlation().body(cells)))
}

#[derive(Serialize)]
struct Line {
    cnt: u64,
    slope: f64,
    intercept: f64,
    r: f64,
    p: f64,
    stderr: f64,
    lat: f64,
    lon: f64,
}

/// The line of the second on the first, on a grid that is laid over both.
pub(super) async fn on_a_grid(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    const TWO: &str = "Requires two datasets for comparison. Specify request parameter ds=Dataset_1,Dataset_2";
    let datasets: [String; 2] = parameters.datasets(TWO)?.try_into().map_err(|_| Failure::internal(TWO))?;
    let (area, period) = (parameters.area()?, parameters.period()?);
    let resolution = parameters.decimal("res")?.unwrap_or(1.0);
    let kind = Correlation::Regression { of: Regression::Slope, resolution };
    let (request, limits) = (CorrelationRequest { datasets, area, period, kind }, engine.limits());
    let found = engine.work(move |catalogue, work| lines(catalogue, &request, resolution, &limits, work)).await?;
    let rows = (0..found.lat.len()).map(move |row| {
        let line = |column: usize| Line::of(found.of_places[row * found.lon.len() + column], found.lat[row], found.lon[column]);
        (0..found.lon.len()).map(line).collect::<Vec<_>>()
    });
    Ok(json_response(Envelope::of_correlation().body(rows)))
}

impl Line {
    /// A place of too few pairs for a line is all zeros, as on the server; one whose line has no numbers has its count.
    fn of((count, line): (f64, Option<sdap::Regression>), lat: f64, lon: f64) -> Self {
        let count = if count > 2.0 { count } else { 0.0 };
        let nothing = if count > 2.0 { f64::NAN } else { 0.0 };
        let line = line.unwrap_or(sdap::Regression { slope: nothing, intercept: nothing, r: nothing, p: nothing, error: nothing });
        Self { cnt: count as u64, slope: line.slope, intercept: line.intercept, r: line.r, p: line.p, stderr: line.error, lat, lon }
    }
}
