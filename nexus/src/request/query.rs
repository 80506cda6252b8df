//! Paths and queries under construction.

use super::Elevation;
use chrono::{DateTime, SecondsFormat, Utc};
use sdap::{BoundingBox, Period};
use std::fmt::Write;

/// A start before 1970 turns a server's time filter off, so no time before it is ever sent.
pub(super) fn clamped(time: DateTime<Utc>) -> DateTime<Utc> {
    time.max(DateTime::UNIX_EPOCH)
}

/// A bound of elevations as text. Servers take a bound of 0 for none at all, so one a nanometre further out stands for it.
fn present(bound: f64, outwards: f64) -> String {
    if bound == 0.0 { format!("{:.9}", outwards * 1e-9) } else { bound.to_string() }
}

/// A path and query under construction.
pub(super) struct Query(pub(super) String);

impl Query {
    pub(super) fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// Appends `name=value`, encoding what a query may not hold. Commas and colons may stay: they read better.
    pub(super) fn text(mut self, name: &str, value: &str) -> Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(name);
        self.0.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~,:".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                let _ = write!(self.0, "%{byte:02X}");
            }
        }
        self
    }

    pub(super) fn area(self, area: &BoundingBox) -> Self {
        self.text("b", &area.to_string())
    }

    pub(super) fn corners(self, area: &BoundingBox) -> Self {
        self.text("minLon", &area.west().to_string())
            .text("minLat", &area.south().to_string())
            .text("maxLon", &area.east().to_string())
            .text("maxLat", &area.north().to_string())
    }

    pub(super) fn period(self, period: &Period) -> Self {
        let text = |t| clamped(t).to_rfc3339_opts(SecondsFormat::Secs, true);
        self.text("startTime", &text(period.start())).text("endTime", &text(period.end()))
    }

    /// An extension that `sdap-kernel serve` knows and other servers ignore.
    pub(super) fn variable(self, variable: Option<&str>) -> Self {
        match variable {
            Some(name) => self.text("variable", name),
            None => self,
        }
    }

    /// The range that a server of version 1.4 or later selects by; older ones ignore it.
    pub(super) fn elevation(self, elevation: Option<Elevation>) -> Self {
        match elevation {
            Some(Elevation { lowest, highest }) => {
                self.text("minElevation", &present(lowest, -1.0)).text("maxElevation", &present(highest, 1.0))
            }
            None => self,
        }
    }

    /// A switch, sent only where it is on: the server's own default is off.
    pub(super) fn switch(self, name: &str, on: bool) -> Self {
        if on { self.text(name, "true") } else { self }
    }

    /// A parameter that is left out where nothing is known of it.
    pub(super) fn optional(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.text(name, &value.to_string()),
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_elevation_of_zero_is_sent_so_that_servers_see_it() {
        let sent = |lowest, highest| Query::new("/x").elevation(Some(Elevation { lowest, highest })).0;
        assert_eq!(sent(-5.5, 10.0), "/x?minElevation=-5.5&maxElevation=10");
        assert_eq!(sent(0.0, 10.0), "/x?minElevation=-0.000000001&maxElevation=10");
        assert_eq!(sent(-10.0, 0.0), "/x?minElevation=-10&maxElevation=0.000000001");
    }
}
