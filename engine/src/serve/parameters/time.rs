//! Times, in the two forms that NEXUS takes.

use chrono::{DateTime, NaiveDateTime, Utc};

/// Whole seconds since 1970, or just `YYYY-MM-DDTHH:MM:SSZ`.
pub(super) fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = text.parse() {
        return DateTime::from_timestamp(seconds, 0);
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok().map(|t| t.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_one_form_of_text() {
        assert_eq!(parse_time("0"), parse_time("1970-01-01T00:00:00Z"));
        assert_eq!(parse_time("-86400"), parse_time("1969-12-31T00:00:00Z"));
        for bad in ["", "2013-01-01", "2013-01-01T00:00:00+00:00", "1356998400.0", "99999999999999999", "2013-02-30T00:00:00Z"] {
            assert_eq!(parse_time(bad), None, "{bad}");
        }
    }
}
