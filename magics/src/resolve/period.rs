//! From text to a period.

use crate::fault::Fault;
use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use sdap::Period;
use std::ops::Range;

const EXPECTED: &str = "START/END, each a year, month, day or date-time such as 1998, 1998-02, 1998-02-03 or 1998-02-03T12:00:00Z; one alone is that whole year, month or day";

/// A period of which an end may be left to the dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OpenPeriod {
    /// The first second, if given.
    pub(crate) start: Option<DateTime<Utc>>,
    /// The last second, if given.
    pub(crate) end: Option<DateTime<Utc>>,
}

impl OpenPeriod {
    /// The period, with its open ends taken from the span of a dataset; `None` if that is needed and not known.
    pub(crate) fn within(self, span: Option<Period>) -> Option<Result<Period, Fault>> {
        let start = self.start.or(span.map(|s| s.start()))?;
        let end = self.end.or(span.map(|s| s.end()))?;
        Some(Period::new(start, end).map_err(|e| Fault::new("BadTime", e.to_string()).expected("a start before the end")))
    }
}

/// The period that `text` means.
pub(crate) fn period(text: &str, span: Option<Range<usize>>) -> Result<OpenPeriod, Fault> {
    let fault = |message: String| Fault { span: span.clone(), ..Fault::new("BadTime", message).expected(EXPECTED) };
    let one = |text: &str| stretch(text.trim()).ok_or_else(|| fault(format!("`{}` is not a time", text.trim())));
    let Some((start, end)) = text.split_once('/') else {
        let (start, end) = one(text)?;
        return Ok(OpenPeriod { start: Some(start), end: Some(end) });
    };
    let open = |side: &str| matches!(side.trim(), "" | "..");
    let start = if open(start) { None } else { Some(one(start)?.0) };
    let end = if open(end) { None } else { Some(one(end)?.1) };
    match (start, end) {
        (Some(s), Some(e)) if e < s => Err(fault(format!("the end of `{text}` lies before its start"))),
        _ => Ok(OpenPeriod { start, end }),
    }
}

/// The first and last second of a year, month, day, hour-and-minute or second.
fn stretch(text: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    if let Some(time) = second(text) {
        return Some((time, time));
    }
    let (first, next) = match text.len() {
        4 => {
            let first = NaiveDate::from_ymd_opt(digits(text)?, 1, 1)?;
            (first, first.checked_add_months(Months::new(12))?)
        }
        7 => {
            let first = day(&format!("{text}-01"))?;
            (first, first.checked_add_months(Months::new(1))?)
        }
        _ => {
            let first = day(text)?;
            (first, first.checked_add_days(Days::new(1))?)
        }
    };
    let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
    Some((midnight(first), midnight(next) - TimeDelta::seconds(1)))
}

fn digits(text: &str) -> Option<i32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn day(text: &str) -> Option<NaiveDate> {
    let form = text.len() == 10 && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    form.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

/// A date-time; without a zone it is UTC. Fractions of a second are cut off.
fn second(text: &str) -> Option<DateTime<Utc>> {
    if !text.contains(['T', 't', ' ']) {
        return None;
    }
    let whole = |t: DateTime<Utc>| DateTime::from_timestamp(t.timestamp(), 0);
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return whole(time.to_utc());
    }
    let bare = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(bare, form).ok())
        .and_then(|t| whole(t.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match period(text, Some(1..2)) {
            Ok(OpenPeriod { start: Some(start), end: Some(end) }) => Period::new(start, end).unwrap().to_string(),
            Ok(open) => format!("{open:?}"),
            Err(fault) => {
                assert_eq!(fault.span, Some(1..2));
                fault.message
            }
        }
    }

    #[test]
    fn a_year_a_month_and_a_day_are_whole() {
        assert_eq!(shown("1998"), "1998-01-01/1998-12-31");
        assert_eq!(shown("2012-02"), "2012-02-01/2012-02-29");
        assert_eq!(shown("1998-02-03"), "1998-02-03/1998-02-03");
        assert_eq!(shown("1997/1998"), "1997-01-01/1998-12-31");
        assert_eq!(shown("1997-12-31/1998-06"), "1997-12-31/1998-06-30");
    }

    #[test]
    fn a_date_time_is_a_second_in_utc() {
        assert_eq!(shown("2000-01-01T06:00:00Z/2000-01-02T00:00"), "2000-01-01T06:00:00Z/2000-01-02T00:00:00Z");
        assert_eq!(shown("2000-01-01T06:00:00+02:00/2000-01-01 07:00:00"), "2000-01-01T04:00:00Z/2000-01-01T07:00:00Z");
    }

    #[test]
    fn an_open_end_is_left_to_the_dataset() {
        let open = period("1998/", None).unwrap();
        assert_eq!(open.end, None);
        let span = Period::new("1990-01-01T00:00:00Z".parse().unwrap(), "1999-12-31T00:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(open.within(Some(span)).unwrap().unwrap().to_string(), "1998-01-01/1999-12-31T00:00:00Z");
        assert!(open.within(None).is_none());
        assert!(period("2005/..", None).unwrap().within(Some(span)).unwrap().is_err());
    }

    #[test]
    fn what_is_not_a_time_is_named() {
        assert_eq!(shown("yesterday"), "`yesterday` is not a time");
        assert_eq!(shown("2001-02-30"), "`2001-02-30` is not a time");
        assert_eq!(shown("2001-13/2002"), "`2001-13` is not a time");
        assert_eq!(shown("2002/2001"), "the end of `2002/2001` lies before its start");
        assert_eq!(shown(""), "`` is not a time");
        assert_eq!(shown("98"), "`98` is not a time");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_period_or_a_fault(text in "\\PC{0,30}|[-0-9/T:Z+ ]{0,30}") {
            let _ = period(&text, None);
        }
    }
}
