//! Times as the CF conventions write them: a count of units since a reference date.

use super::attributes::{Attributes, text};
use crate::numbers::Numbers;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The times of a time coordinate, in seconds since 1970-01-01T00:00:00Z, in the order they are stored.
///
/// # Errors
/// If the unit, the reference date or the calendar is not understood, or a time is missing.
pub(crate) fn decode(stored: &Numbers, attributes: &Attributes) -> Result<Vec<i64>, String> {
    let calendar = text(attributes, "calendar").to_ascii_lowercase();
    if !["", "standard", "gregorian", "proleptic_gregorian"].contains(&calendar.as_str()) {
        return Err(format!("its times follow the calendar {calendar}; standard, gregorian and proleptic_gregorian are supported"));
    }
    let units = text(attributes, "units");
    let (unit, reference) = parse_units(units)
        .ok_or_else(|| format!("its times are in {units:?}, where `seconds since 1970-01-01` or the like was expected"))?;
    if let (Some(whole), Unit::Seconds(factor)) = (stored.to_i64(), unit) {
        let at =
            |n: i64| n.checked_mul(factor).and_then(|s| s.checked_add(reference)).filter(|s| DateTime::from_timestamp(*s, 0).is_some());
        return whole.into_iter().map(|n| at(n).ok_or_else(|| out_of_range(n as f64, units))).collect();
    }
    let per = match unit {
        Unit::Seconds(factor) => factor as f64,
        Unit::Fraction(factor) => factor,
    };
    let at = |n: f64| {
        let seconds = (n * per).round();
        (seconds.abs() < 8e12).then(|| reference + seconds as i64).ok_or_else(|| out_of_range(n, units))
    };
    stored.to_f64().into_iter().map(at).collect()
}

fn out_of_range(time: f64, units: &str) -> String {
    format!("one of its times is {time} {units}, which is no date")
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    /// Whole seconds in one unit.
    Seconds(i64),
    /// Less than a second in one unit.
    Fraction(f64),
}

/// `days since 1900-01-01 00:00:00` as the unit and the reference in seconds since 1970.
fn parse_units(units: &str) -> Option<(Unit, i64)> {
    let (unit, reference) = units.split_once(" since ")?;
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "second" | "seconds" | "sec" | "secs" | "s" => Unit::Seconds(1),
        "minute" | "minutes" | "min" | "mins" => Unit::Seconds(60),
        "hour" | "hours" | "hr" | "hrs" | "h" => Unit::Seconds(3600),
        "day" | "days" | "d" => Unit::Seconds(86_400),
        "week" | "weeks" => Unit::Seconds(604_800),
        "millisecond" | "milliseconds" | "msec" | "msecs" | "ms" => Unit::Fraction(1e-3),
        "microsecond" | "microseconds" => Unit::Fraction(1e-6),
        "nanosecond" | "nanoseconds" => Unit::Fraction(1e-9),
        _ => return None,
    };
    Some((unit, parse_reference(reference)?.timestamp()))
}

/// `1900-1-1`, `1900-01-01 06:00`, `1900-01-01T00:00:00.0Z`, `1900-01-01 00:00:00 +01:00`.
fn parse_reference(text: &str) -> Option<DateTime<Utc>> {
    let (date, time) = text.trim().split_once([' ', 'T']).unwrap_or((text.trim(), ""));
    let mut parts = date.splitn(3, '-');
    let date = NaiveDate::from_ymd_opt(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?)?;
    let time = time.trim().trim_end_matches("UTC").trim_end_matches("GMT").trim_end_matches('Z').trim_end();
    let (clock, zone) = match time.rfind(['+', '-']) {
        Some(at) => (time[..at].trim_end(), seconds_of(&time[at + 1..])? * if time[at..].starts_with('-') { -1.0 } else { 1.0 }),
        None => (time, 0.0),
    };
    let seconds = if clock.is_empty() { 0.0 } else { seconds_of(clock)? } - zone;
    date.and_hms_opt(0, 0, 0)?.and_utc().checked_add_signed(TimeDelta::try_milliseconds((seconds * 1000.0).round() as i64)?)
}

/// `6:30` or `06:30:15.5` in seconds.
fn seconds_of(clock: &str) -> Option<f64> {
    let mut total = 0.0;
    for (part, unit) in clock.split(':').zip([3600.0, 60.0, 1.0]) {
        total += part.trim().parse::<f64>().ok().filter(|n| (0.0..60.0).contains(n))? * unit;
    }
    (clock.matches(':').count() <= 2).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decoded(stored: &Numbers, units: &str, calendar: &str) -> Result<Vec<i64>, String> {
        decode(stored, json!({"units": units, "calendar": calendar}).as_object().unwrap())
    }

    #[test]
    fn every_common_unit_and_reference_is_understood() {
        let one = |units| decoded(&Numbers::I32(vec![1]), units, "standard").unwrap()[0];
        assert_eq!(one("seconds since 1970-01-01"), 1);
        assert_eq!(one("minutes since 1970-01-01 00:00:00"), 60);
        assert_eq!(one("hours since 1970-1-1T00:00:0.0Z"), 3600);
        assert_eq!(one("days since 1969-12-31 12:00 UTC"), 43_200);
        assert_eq!(one("days since 1970-01-01 00:00:00 +01:00"), 82_800);
        assert_eq!(one("days since 1970-01-01 00:00:00 -1:30"), 91_800);
        assert_eq!(one("hours since 1800-01-01"), -5_364_662_400 + 3600);
    }

    #[test]
    fn fractions_are_rounded_to_the_second() {
        assert_eq!(decoded(&Numbers::F64(vec![0.5, 1.000_001]), "days since 1970-01-01", "").unwrap(), [43_200, 86_400]);
        assert_eq!(decoded(&Numbers::I64(vec![1_500_000_000]), "nanoseconds since 1970-01-01", "").unwrap(), [2]);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let error = |units, calendar| decoded(&Numbers::F64(vec![1.0]), units, calendar).unwrap_err();
        assert!(error("months since 1970-01-01", "").contains("months since 1970-01-01"));
        assert!(error("K", "").contains("\"K\""));
        assert!(error("days since 1970-13-01", "").contains("1970-13-01"));
        assert!(error("days since 1970-01-01", "360_day").contains("360_day"));
        let missing = decoded(&Numbers::F64(vec![f64::NAN]), "days since 1970-01-01", "").unwrap_err();
        assert!(missing.contains("NaN"), "{missing}");
        assert!(decoded(&Numbers::I64(vec![i64::MIN]), "days since 1970-01-01", "").is_err());
    }
}
