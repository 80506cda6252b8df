//! What was asked, as answers repeat it, and how they write times.

use chrono::{DateTime, Datelike};
use sdap::{BoundingBox, Period};
use serde::Serialize;

/// What was asked, as answers repeat it.
#[derive(Serialize)]
pub(super) struct Meta {
    #[serde(rename = "shortName")]
    pub(super) short_name: String,
    pub(super) bounds: Bounds,
    pub(super) time: Span,
}

#[derive(Serialize)]
pub(super) struct Bounds {
    east: f64,
    west: f64,
    north: f64,
    south: f64,
}

#[derive(Serialize)]
pub(super) struct Span {
    start: i64,
    stop: i64,
    iso_start: String,
    iso_stop: String,
}

impl Meta {
    pub(super) fn of(dataset: &str, area: &BoundingBox, period: &Period) -> Self {
        let (start, stop) = (period.start().timestamp(), period.end().timestamp());
        Self {
            short_name: dataset.to_owned(),
            bounds: Bounds { east: area.east(), west: area.west(), north: area.north(), south: area.south() },
            time: Span { start, stop, iso_start: iso(start, "+0000"), iso_stop: iso(stop, "+0000") },
        }
    }
}

/// The first second of the month, to which `normalizeDates` moves a time.
pub(super) fn start_of_month(seconds: i64) -> i64 {
    let first = DateTime::from_timestamp(seconds, 0).and_then(|t| t.date_naive().with_day(1)).and_then(|d| d.and_hms_opt(0, 0, 0));
    first.map_or(seconds, |t| t.and_utc().timestamp())
}

/// `2012-01-15T00:00:00` and what follows it.
pub(super) fn iso(seconds: i64, zone: &str) -> String {
    DateTime::from_timestamp(seconds, 0).map_or_else(String::new, |t| format!("{}{zone}", t.format("%Y-%m-%dT%H:%M:%S")))
}
