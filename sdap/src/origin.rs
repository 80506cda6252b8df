//! Where a value comes from.

use crate::{BoundingBox, Period};
use serde::{Deserialize, Serialize};

/// Where a value comes from: who was asked, what, and what must be said when it is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The server's base URL, or `embedded`.
    pub server: String,
    /// The request as a URL; for the embedded engine the path and query that `serve` would answer.
    pub request: String,
    /// How long the answer took, in seconds.
    pub seconds: f64,
    /// How many bytes were received, or decoded by the embedded engine.
    pub bytes: u64,
    /// The title of the dataset, if known.
    pub title: String,
    /// Attributions that must travel with the data.
    pub attribution: Vec<String>,
    /// Whether the numbers were invented, not measured. Whatever shows them says so.
    pub synthetic: bool,
    /// The area asked for.
    pub area: Option<BoundingBox>,
    /// The time asked for.
    pub period: Option<Period>,
    /// What a reader should know about this answer, one sentence each.
    pub notes: Vec<String>,
}

impl Origin {
    /// The one grey line below a result: rows or cells, seconds, bytes, server, request.
    ///
    /// ```
    /// let origin = sdap::Origin { server: "embedded".into(), seconds: 0.5, bytes: 1200, request: "timeSeriesSpark?ds=A".into(), ..Default::default() };
    /// assert_eq!(origin.line("12 times"), "12 times · 0.500 s · 1.2 kB · embedded · timeSeriesSpark?ds=A");
    /// ```
    pub fn line(&self, what: &str) -> String {
        format!("{what} · {:.3} s · {} · {} · {}", self.seconds, bytes(self.bytes), self.server, self.request)
    }
}

/// `1.2 MB`, in powers of ten.
/// A size in bytes, written for people: `3.4 kB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1000 {
        return format!("{n} B");
    }
    let power = (n.ilog10() as usize / 3).min(UNITS.len());
    format!("{:.1} {}", n as f64 / 1000f64.powi(power as i32), UNITS[power - 1])
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_are_written_for_people() {
        assert_eq!([0, 999, 1000, 1_250_000, 3_000_000_000].map(super::bytes), ["0 B", "999 B", "1.0 kB", "1.2 MB", "3.0 GB"]);
    }
}
