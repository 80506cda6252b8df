//! What is asked of one place.

use super::Query;
use chrono::{DateTime, SecondsFormat, Utc};

/// The time of a year that a climatology is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Climatic {
    /// The day of the year, 1 to 366.
    Day(u32),
    /// The day of the year that a date is.
    Date(DateTime<Utc>),
}

/// The standard deviation that a climatology keeps beside its means: `/standardDeviation`.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviationRequest {
    /// The climatology by short name.
    pub dataset: String,
    /// The longitude in degrees.
    pub longitude: f64,
    /// The latitude in degrees.
    pub latitude: f64,
    /// The time of the year; the last one of the climatology at or before it counts.
    pub when: Climatic,
    /// All cells of the tile that holds the place, instead of the nearest cell alone.
    pub all_in_tile: bool,
}

impl DeviationRequest {
    /// The path and query that asks a 1.4 server.
    pub fn path_and_query(&self) -> String {
        let query = Query::new("/standardDeviation")
            .text("ds", &self.dataset)
            .text("longitude", &self.longitude.to_string())
            .text("latitude", &self.latitude.to_string());
        let query = match self.when {
            Climatic::Day(day) => query.text("day", &day.to_string()),
            Climatic::Date(date) => query.text("date", &date.to_rfc3339_opts(SecondsFormat::Secs, true)),
        };
        query.text("allInTile", &self.all_in_tile.to_string()).0
    }
}
