//! Months, as the calendar has them.

use chrono::{DateTime, Datelike, NaiveDate};

/// The first instants of the stretch of `length` months that a time lies in, and of the next; of years for 12. In seconds since 1970; a time
/// that no calendar holds stands for itself.
pub(crate) fn months(seconds: i64, length: i32) -> (i64, i64) {
    let begins = |month: i32| {
        let date = NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12).unsigned_abs() + 1, 1)?;
        Some(date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp())
    };
    let around = || {
        let time = DateTime::from_timestamp(seconds, 0)?;
        let month = (time.year() * 12 + time.month0().cast_signed()).div_euclid(length) * length;
        Some((begins(month)?, begins(month.checked_add(length)?)?))
    };
    around().unwrap_or((seconds, seconds.saturating_add(1)))
}

/// The first instant of the month that a time lies in.
pub(crate) fn first_of_month(seconds: i64) -> i64 {
    months(seconds, 1).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_moved_to_the_first_of_its_month() {
        let at = |text: &str| text.parse::<DateTime<chrono::Utc>>().unwrap().timestamp();
        assert_eq!(first_of_month(at("2012-02-29T23:59:59Z")), at("2012-02-01T00:00:00Z"));
        assert_eq!(first_of_month(at("1969-12-31T12:00:00Z")), at("1969-12-01T00:00:00Z"));
        assert_eq!(months(at("2012-02-29T00:00:00Z"), 12), (at("2012-01-01T00:00:00Z"), at("2013-01-01T00:00:00Z")));
        assert_eq!(first_of_month(i64::MAX), i64::MAX);
    }
}
