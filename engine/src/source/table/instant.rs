//! Times as tables write them: ISO 8601 and its relatives, UTC unless a zone is given.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// What dates with a time of day may look like, without zone.
const MOMENTS: [&str; 10] = [
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S%.f",
    "%Y/%m/%d %H:%M",
    "%Y%m%dT%H%M%S",
    "%Y%m%d %H%M%S",
    "%Y%m%dT%H%M",
    "%Y%m%d%H%M%S",
];
/// What dates alone may look like.
const DAYS: [&str; 3] = ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"];

/// The time in seconds since 1970-01-01T00:00:00Z, rounded to the second; none if it is no time.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    for zoned in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z", "%Y%m%dT%H%M%S%#z"] {
        if let Ok(time) = DateTime::parse_from_str(text, zoned) {
            return Some(rounded(time.to_utc()));
        }
    }
    let bare = ["Z", "z", " UTC", " GMT"].iter().find_map(|zone| text.strip_suffix(zone)).unwrap_or(text).trim_end();
    let moment = MOMENTS.iter().find_map(|format| NaiveDateTime::parse_from_str(bare, format).ok());
    let day = || DAYS.iter().find_map(|format| NaiveDate::parse_from_str(bare, format).ok()).and_then(|day| day.and_hms_opt(0, 0, 0));
    moment.or_else(day).map(|time| rounded(time.and_utc()))
}

fn rounded(time: DateTime<Utc>) -> i64 {
    time.timestamp() + i64::from(time.timestamp_subsec_millis() >= 500)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_of_common_form_are_read_as_utc() {
        let noon = 795_528_000;
        for text in [
            "1995-03-18T12:00:00Z",
            "1995-03-18T12:00:00.000Z",
            "1995-03-18 12:00:00",
            "1995-03-18T14:00:00+02:00",
            "1995-03-18 14:00:00+0200",
            "1995-03-18T12:00Z",
            "1995-03-18 12:00",
            "1995/03/18 12:00",
            "19950318T120000Z",
            "1995-03-18 12:00:00 UTC",
        ] {
            assert_eq!(parse(text), Some(noon), "{text}");
        }
        assert_eq!(parse("1995-03-18"), Some(noon - 43_200));
        assert_eq!(parse("19950318"), Some(noon - 43_200));
        assert_eq!(parse("1969-12-31T23:59:59.6Z"), Some(0));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in ["", "yesterday", "1995-13-01", "1995-02-30T00:00:00Z", "12:00", "1995"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_second_is_read_back(seconds in -62_135_596_800_i64..253_402_300_799) {
            let time = DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(parse(&time.to_rfc3339()), Some(seconds));
            prop_assert_eq!(parse(&time.format("%Y-%m-%d %H:%M:%S").to_string()), Some(seconds));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
