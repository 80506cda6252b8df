//! Makes small tables of in-situ points.

use std::fmt::Write;
use std::path::Path;

/// A point to be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) time: i64,
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    /// NaN is missing.
    pub(crate) value: f64,
}

/// Writes the points as CSV, the nth under the identifier `pn`.
pub(crate) fn write(points: &[Point], path: &Path) {
    let mut text = "time,station,lat,lon,v [K]\n".to_owned();
    for (nth, Point { time, lat, lon, value }) in points.iter().enumerate() {
        let time = chrono::DateTime::from_timestamp(*time, 0).unwrap().to_rfc3339();
        let value = if value.is_nan() { String::new() } else { value.to_string() };
        writeln!(text, "{time},p{nth},{lat},{lon},{value}").unwrap();
    }
    std::fs::write(path, text).unwrap();
}
