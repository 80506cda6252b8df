//! Stretches of time.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// A stretch of time, both ends included, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// A period that would end before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the end {end} lies before the start {start}")]
pub struct PeriodError {
    /// The start as given.
    pub start: DateTime<Utc>,
    /// The end as given.
    pub end: DateTime<Utc>,
}

impl Period {
    /// The time from `start` to `end`.
    ///
    /// # Errors
    /// If `end` lies before `start`.
    ///
    /// ```
    /// let year = sdap::Period::new("1998-01-01T00:00:00Z".parse()?, "1998-12-31T23:59:59Z".parse()?)?;
    /// assert_eq!(year.to_string(), "1998-01-01/1998-12-31");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, PeriodError> {
        if end < start { Err(PeriodError { start, end }) } else { Ok(Self { start, end }) }
    }

    /// The first second.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// The last second.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Whether a time, in seconds since 1970-01-01T00:00:00Z, lies in the period.
    ///
    /// ```
    /// let day = sdap::Period::new("1970-01-02T00:00:00Z".parse()?, "1970-01-02T23:59:59Z".parse()?)?;
    /// assert!(day.contains(86_400) && !day.contains(2 * 86_400));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn contains(&self, seconds: i64) -> bool {
        (self.start.timestamp()..=self.end.timestamp()).contains(&seconds)
    }

    /// Whether two periods share a second.
    pub fn intersects(&self, other: &Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }
}

/// `START/END` in ISO 8601, the short form of a day where an end falls on one.
impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |t: DateTime<Utc>, whole: &str| {
            let full = t.to_rfc3339_opts(SecondsFormat::Secs, true);
            full.strip_suffix(whole).map_or(full.clone(), str::to_owned)
        };
        write!(f, "{}/{}", text(self.start, "T00:00:00Z"), text(self.end, "T23:59:59Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn whole_days_are_written_short() {
        let year = Period::new(at("1998-01-01T00:00:00Z"), at("1998-12-31T23:59:59Z")).unwrap();
        assert_eq!(year.to_string(), "1998-01-01/1998-12-31");
        let noon = Period::new(at("1998-01-01T12:00:00Z"), at("1998-01-02T00:00:00Z")).unwrap();
        assert_eq!(noon.to_string(), "1998-01-01T12:00:00Z/1998-01-02T00:00:00Z");
    }

    #[test]
    fn both_ends_are_included_and_may_not_be_swapped() {
        let day = Period::new(at("1998-01-01T00:00:00Z"), at("1998-01-01T23:59:59Z")).unwrap();
        assert!(day.contains(day.start().timestamp()) && day.contains(day.end().timestamp()));
        assert!(!day.contains(day.end().timestamp() + 1));
        assert!(Period::new(day.end(), day.start()).is_err());
    }
}
