//! Times: ISO 8601 in tables, months and years in titles; always UTC.

use chrono::{DateTime, Datelike, Duration, Timelike, Utc};
use sdap::{Period, Times};

const DAY: i64 = 86_400;

/// How the times of one column are written: all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// `1998-01-31`, where every time is a midnight.
    Day,
    /// `1998-01-31T12:30Z`.
    Minute,
    /// `1998-01-31T12:30:05Z`.
    Second,
}

impl Precision {
    /// What these times need.
    pub(crate) fn of(times: &Times) -> Self {
        let all = |step: i64| times.seconds().iter().all(|s| s.rem_euclid(step) == 0);
        if all(DAY) {
            Self::Day
        } else if all(60) {
            Self::Minute
        } else {
            Self::Second
        }
    }

    /// The same as a format of chrono, d3 and Vega.
    pub(crate) fn format(self) -> &'static str {
        match self {
            Self::Day => "%Y-%m-%d",
            Self::Minute => "%Y-%m-%dT%H:%MZ",
            Self::Second => "%Y-%m-%dT%H:%M:%SZ",
        }
    }

    /// The time in ISO 8601.
    pub(crate) fn write(self, time: DateTime<Utc>) -> String {
        time.format(self.format()).to_string()
    }
}

/// The first and last of some times, `1998-01-01 to 1998-12-31`; `no times` if there are none.
pub(crate) fn span(times: &Times) -> String {
    let precision = Precision::of(times);
    match (times.first(), times.last()) {
        (Some(first), Some(last)) if first == last => precision.write(first),
        (Some(first), Some(last)) => format!("{} to {}", precision.write(first), precision.write(last)),
        _ => "no times".to_owned(),
    }
}

/// Whether times are a month apart.
pub(crate) fn monthly(times: &Times) -> bool {
    let mut steps = times.seconds().windows(2).map(|w| (w[1] - w[0]) / DAY).peekable();
    steps.peek().is_some() && steps.all(|days| (27..=32).contains(&days))
}

/// From one month to another in a title.
pub(crate) fn months(first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    joined(first, last, "%b %Y")
}

/// A period in a title: `1998`, `Apr 2006 – Sep 2010`, `1998-01-05 – 1998-02-03`, whichever says it all.
pub(crate) fn period(period: &Period) -> String {
    stretch(period.start(), period.end())
}

/// From one time to another in a title; an end just before midnight stands for its day.
pub(crate) fn stretch(start: DateTime<Utc>, end: DateTime<Utc>) -> String {
    let midnight = |t: DateTime<Utc>| t.num_seconds_from_midnight() == 0;
    let after = end + Duration::seconds(1);
    if !midnight(start) || !(midnight(end) || midnight(after)) {
        return joined(start, end, "%Y-%m-%d %H:%M");
    }
    let first = |t: DateTime<Utc>| midnight(t) && t.day() == 1;
    let year = |t: DateTime<Utc>| first(t) && t.month() == 1;
    if year(start) && year(after) {
        joined(start, end, "%Y")
    } else if first(start) && (first(after) || (first(end) && end > start)) {
        joined(start, end, "%b %Y")
    } else {
        joined(start, end, "%Y-%m-%d")
    }
}

fn joined(start: DateTime<Utc>, end: DateTime<Utc>, format: &str) -> String {
    let (from, to) = (start.format(format).to_string(), end.format(format).to_string());
    if from == to { from } else { format!("{from} – {to}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn times_of_a_column_are_written_alike_and_midnights_as_dates() {
        assert_eq!(Precision::of(&Times::new(vec![0, DAY])), Precision::Day);
        assert_eq!(Precision::of(&Times::new(vec![0, 3600])), Precision::Minute);
        assert_eq!(Precision::of(&Times::new(vec![1])), Precision::Second);
        assert_eq!(Precision::Minute.write(at("1998-01-31T12:30:00Z")), "1998-01-31T12:30Z");
        assert_eq!(span(&Times::new(vec![-DAY, 0])), "1969-12-31 to 1970-01-01");
        assert_eq!(span(&Times::new(vec![])), "no times");
        assert_eq!(span(&Times::new(vec![0])), "1970-01-01");
    }

    #[test]
    fn monthly_times_are_told_by_their_steps() {
        let days = |d: &[i64]| Times::new(d.iter().map(|d| d * DAY).collect::<Vec<_>>());
        assert!(monthly(&days(&[15, 46, 74])) && !monthly(&days(&[0, 1])) && !monthly(&days(&[0, 31, 365])) && !monthly(&days(&[0])));
        assert_eq!(months(at("2006-04-16T00:00:00Z"), at("2010-09-16T12:00:00Z")), "Apr 2006 – Sep 2010");
    }

    #[test]
    fn a_period_is_named_by_the_coarsest_words_that_are_true() {
        let cases = [
            ("1998-01-01T00:00:00Z", "1998-12-31T23:59:59Z", "1998"),
            ("1998-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "1998 – 1999"),
            ("2006-04-01T00:00:00Z", "2010-09-30T23:59:59Z", "Apr 2006 – Sep 2010"),
            ("2006-04-01T00:00:00Z", "2010-09-01T00:00:00Z", "Apr 2006 – Sep 2010"),
            ("1998-02-01T00:00:00Z", "1998-02-28T23:59:59Z", "Feb 1998"),
            ("1998-01-05T00:00:00Z", "1998-02-03T23:59:59Z", "1998-01-05 – 1998-02-03"),
            ("1998-01-05T00:00:00Z", "1998-01-05T00:00:00Z", "1998-01-05"),
            ("1998-01-05T06:00:00Z", "1998-01-05T18:00:00Z", "1998-01-05 06:00 – 1998-01-05 18:00"),
        ];
        for (start, end, expected) in cases {
            assert_eq!(stretch(at(start), at(end)), expected);
        }
    }
}
