//! Times that a dataset has: years first, then the months and days of what was typed.

use super::Candidate;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use sdap::Period;

/// The most years that are offered one by one.
const YEARS: i32 = 60;

/// What could be typed on after `part` that lies within `span`, before or behind the `/` of a period.
pub(super) fn within(span: Period, part: &str) -> Vec<Candidate> {
    let (before, side, first) = match part.split_once('/') {
        None => (String::new(), part, span.start()),
        Some((start, end)) => (format!("{start}/"), end, start_of(start).map_or(span.start(), |s| s.max(span.start()))),
    };
    let candidate = |text: String, about: &str| Candidate::new(format!("{before}{text}"), "time", about);
    let mut found = Vec::new();
    if part.is_empty() {
        let all = format!("{}/{}", span.start().format("%F"), span.end().format("%F"));
        found.push(candidate(all, "all there is"));
    }
    match side.matches('-').count() {
        0 => {
            let (oldest, latest) = (first.year().max(span.end().year() - YEARS), span.end().year());
            found.extend((oldest..=latest).rev().map(|year| candidate(year.to_string(), "that year")));
        }
        1 => found.extend(
            months(side)
                .into_iter()
                .filter(|m| touches(*m, 1, first, span))
                .map(|m| candidate(m.format("%Y-%m").to_string(), "that month")),
        ),
        _ => found.extend(
            days(side).into_iter().filter(|d| touches(*d, 0, first, span)).map(|d| candidate(d.format("%F").to_string(), "that day")),
        ),
    }
    found
}

/// The first second of a year, month or day.
fn start_of(text: &str) -> Option<DateTime<Utc>> {
    let padded = format!("{text}{}", "-01".repeat(2usize.saturating_sub(text.matches('-').count())));
    NaiveDate::parse_from_str(&padded, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|t| t.and_utc())
}

/// The months of the year that was typed.
fn months(side: &str) -> Vec<NaiveDate> {
    let year = side.split('-').next().and_then(|y| y.parse().ok());
    year.map(|year| (1..=12).filter_map(|month| NaiveDate::from_ymd_opt(year, month, 1)).collect()).unwrap_or_default()
}

/// The days of the month that was typed.
fn days(side: &str) -> Vec<NaiveDate> {
    let mut parts = side.split('-').map(str::parse::<u32>);
    let (Some(Ok(year)), Some(Ok(month))) = (parts.next(), parts.next()) else { return Vec::new() };
    (1..=31).filter_map(|day| NaiveDate::from_ymd_opt(year.cast_signed(), month, day)).collect()
}

/// Whether a month, or a day where `months` is 0, shares a second with the span from `first` on.
fn touches(day: NaiveDate, months: u32, first: DateTime<Utc>, span: Period) -> bool {
    let next = if months == 0 { day.checked_add_days(Days::new(1)) } else { day.checked_add_months(Months::new(months)) };
    let midnight = |d: NaiveDate| d.and_time(chrono::NaiveTime::MIN).and_utc();
    next.is_some_and(|next| midnight(next) > first && midnight(day) <= span.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(part: &str) -> Vec<String> {
        let span = Period::new("2006-11-16T00:00:00Z".parse().unwrap(), "2008-02-03T00:00:00Z".parse().unwrap()).unwrap();
        within(span, part).into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn only_times_that_the_dataset_has_are_offered() {
        assert_eq!(offered(""), ["2006-11-16/2008-02-03", "2008", "2007", "2006"]);
        assert_eq!(offered("2006-"), ["2006-11", "2006-12"]);
        assert_eq!(offered("2008-02-"), ["2008-02-01", "2008-02-02", "2008-02-03"]);
        assert_eq!(offered("2007/"), ["2007/2008", "2007/2007"]);
        assert_eq!(offered("2008-01/2008-"), ["2008-01/2008-01", "2008-01/2008-02"]);
        assert_eq!(offered("x-y-"), Vec::<String>::new());
    }
}
