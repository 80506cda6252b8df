//! `/timeAvgMapSpark`, `/varianceSpark`, `/maxMinMapSpark` and `/climMapSpark`: one list for each latitude.

use super::json::Envelope;
use super::meta::Meta;
use super::parameters::Parameters;
use super::{Answer, Failure, json_response};
use crate::Engine;
use crate::answer::Asked;
use crate::answer::map::{CellStatistic, Extremes, over_time};
use axum::extract::State;
use chrono::{NaiveDate, Utc};
use sdap::{BoundingBox, Grid, Period};
use sdap_nexus::Nexus;
use sdap_nexus::request::{MapRequest, Statistic};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

/// What the server writes where a cell has no value in most maps.
const MISSING: f64 = -9999.0;

/// A cell of most maps; the keys are named in an outer type.
pub(super) struct Cell {
    pub(super) value: f64,
    pub(super) count: u64,
    pub(super) lat: f64,
    pub(super) lon: f64,
}

/// The cells of a map, row by row. A cell without values gets `missing`, as the server has it; its count is 0.
pub(super) fn rows(grid: Grid, missing: f64) -> impl Iterator<Item = Vec<Cell>> + Send {
    (0..grid.lat.len()).map(move |row| {
        let cell = |column: usize| {
            let count = grid.count[[row, column]] as u64;
            let value = if count == 0 { missing } else { grid.values[[row, column]] };
            Cell { value, count, lat: grid.lat[row], lon: grid.lon[column] }
        };
        (0..grid.lon.len()).map(cell).collect()
    })
}

/// Types that write a cell under the keys of one endpoint.
macro_rules! cell_keys {
    ($($name:ident: $key:literal),*) => { $(
        #[derive(Serialize)]
        struct $name {
            #[serde(rename = $key)]
            value: f64,
            cnt: u64,
            lat: f64,
            lon: f64,
        }
        impl From<Cell> for $name {
            fn from(Cell { value, count, lat, lon }: Cell) -> Self {
                Self { value, cnt: count, lat, lon }
            }
        }
    )* };
}
cell_keys!(MeanCell: "mean", VarianceCell: "variance", AverageCell: "avg");

fn written<T: From<Cell> + Serialize>(rows: impl Iterator<Item = Vec<Cell>> + Send) -> impl Iterator<Item = Vec<T>> + Send {
    rows.map(|row| row.into_iter().map(T::from).collect())
}

fn request(parameters: &Parameters, statistic: Statistic, area: BoundingBox) -> Result<MapRequest, Failure> {
    Ok(MapRequest {
        elevation: parameters.elevation()?,
        dataset: parameters.dataset()?,
        variable: parameters.variable(),
        statistic,
        area,
        period: parameters.period()?,
    })
}

/// The mean over time; here corners may be left out.
pub(super) async fn time_average(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let request = request(&parameters, Statistic::Mean, parameters.area_or_world()?)?;
    let rows = rows(engine.map(&request).await?, MISSING);
    let meta = Meta::of(&request.dataset, &request.area, &request.period);
    Ok(json_response(Envelope::of(&meta, &json!({})).body(written::<MeanCell>(rows))))
}

/// The variance over time.
pub(super) async fn variance(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let request = request(&parameters, Statistic::Variance, parameters.area()?)?;
    let rows = rows(engine.map(&request).await?, MISSING);
    let meta = Meta::of(&request.dataset, &request.area, &request.period);
    Ok(json_response(Envelope::of(&meta, &json!({})).body(written::<VarianceCell>(rows))))
}

#[derive(Serialize)]
struct ExtremesCell {
    maxima: f64,
    minima: f64,
    absolute_maxima: f64,
    absolute_minima: f64,
    cnt: u32,
    lat: f64,
    lon: f64,
}

/// The greatest and the least value over time, and of its amount.
pub(super) async fn max_min(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let request = request(&parameters, Statistic::Maximum, parameters.area()?)?;
    let (asked, limits) = (request.clone(), engine.limits());
    let found = engine
        .work(move |catalogue, work| {
            let dataset = catalogue.get(&asked.dataset)?;
            let variable = dataset.variable(asked.variable.as_deref())?;
            let question = Asked::now(asked.path_and_query(), asked.area, asked.period);
            over_time::<Extremes>(&dataset, variable, &asked, &limits, &question, work)
        })
        .await?;
    let (cells, statistics) = (found.cells, found.statistics);
    let rows = (0..cells.lat.len()).map(move |row| {
        let cell = |(column, lon): (usize, &f64)| {
            let of = &statistics[row * cells.lon.len() + column];
            let value = |value: f64| if of.count() == 0 { MISSING } else { value };
            ExtremesCell {
                maxima: value(of.maximum),
                minima: value(of.minimum),
                absolute_maxima: value(of.largest),
                absolute_minima: value(of.smallest),
                cnt: of.count(),
                lat: cells.lat[row],
                lon: *lon,
            }
        };
        cells.lon.iter().enumerate().map(cell).collect::<Vec<_>>()
    });
    let meta = Meta::of(&request.dataset, &request.area, &request.period);
    Ok(json_response(Envelope::of(&meta, &json!({})).body(rows)))
}

/// The mean of one month over several years.
pub(super) async fn climatology(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let dataset = parameters.dataset()?;
    if dataset.contains("CLIM") {
        return Err(Failure::bad("Cannot compute a climatology map on a climatology"));
    }
    let area = parameters.area()?;
    let year = |name: &str| parameters.whole(name).map(|year| year.and_then(|year| i32::try_from(year).ok()).unwrap_or(0));
    let month = parameters.whole("month")?.and_then(|month| u32::try_from(month).ok()).unwrap_or(0);
    if !(1..=12).contains(&month) {
        return Err(Failure::internal("month must be in 1..12"));
    }
    let day = |year: i32, month, day| NaiveDate::from_ymd_opt(year, month, day).filter(|_| (1..=9999).contains(&year));
    let no_year = |year: i32| Failure::internal(format!("year {year} is out of range"));
    let (first, last) = (year("startYear")?, year("endYear")?);
    let start = day(first, 1, 1).and_then(|d| d.and_hms_opt(0, 0, 0)).ok_or_else(|| no_year(first))?;
    let end = day(last, 12, 31).and_then(|d| d.and_hms_opt(23, 59, 59)).ok_or_else(|| no_year(last))?;
    let utc = |time: chrono::NaiveDateTime| time.and_local_timezone(Utc).earliest().unwrap_or_default();
    let period = Period::new(utc(start), utc(end)).map_err(|_| Failure::bad("The starting year must not be after the ending year"))?;
    let request =
        MapRequest { elevation: None, dataset, variable: parameters.variable(), statistic: Statistic::Climatology { month }, area, period };
    let rows = rows(engine.map(&request).await?, 0.0);
    // The server repeats the corners as the text it was given, and no time.
    let corner = |name: &str, number: f64| parameters.get(name).map_or_else(|| number.to_string(), str::to_owned);
    let meta = json!({
        "shortName": request.dataset,
        "bounds": {
            "east": corner("maxLon", area.east()),
            "west": corner("minLon", area.west()),
            "north": corner("maxLat", area.north()),
            "south": corner("minLat", area.south()),
        },
        "time": {"start": 0, "stop": -1, "iso_start": "1970-01-01T00:00:00+0000", "iso_stop": "1969-12-31T23:59:59+0000"},
    });
    Ok(json_response(Envelope::of(&meta, &json!({})).body(written::<AverageCell>(rows))))
}
