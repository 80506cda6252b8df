//! Paths and queries under construction.

use super::Elevation;
use chrono::{DateTime, SecondsFormat, Utc};
use sdap::{BoundingBox, Period};
use std::fmt::Write;

/// A start before 1970 turns a server's time filter off, so no time before it is ever sent.
pub(super) fn clamped(time: DateTime<Utc>) -> DateTime<Utc> {
    time.max(DateTime::UNIX_EPOCH)
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
                self.text("minElevation", &lowest.to_string()).text("maxElevation", &highest.to_string())
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
