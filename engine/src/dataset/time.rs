//! Times as the CF conventions write them: a count of units since a reference date, in some calendar.

use super::attributes::{Attributes, text};
use super::calendar::{Calendar, DAY, Date};
use crate::numbers::{Numbers, Packing};
use crate::source::Member;
use chrono::DateTime;

/// The times of a time coordinate, in seconds since 1970-01-01T00:00:00Z, in the order they are stored.
///
/// # Errors
/// If it cannot be read, or as [`decode`].
pub(crate) fn of(coordinate: &Member) -> Result<Vec<i64>, String> {
    let (stored, packing) = coordinate.line()?;
    decode(&stored, &packing, &coordinate.attributes).map_err(|e| format!("{}: {e}", coordinate.name))
}

/// Counts of a unit since a date, as `days since 1950-01-01`, in seconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// As [`decode`].
pub(crate) fn of_counts(counts: Vec<f64>, units: &str) -> Result<Vec<i64>, String> {
    let mut attributes = Attributes::new();
    attributes.insert("units".into(), units.into());
    decode(&Numbers::F64(counts), &Packing::NONE, &attributes)
}

/// Stored numbers as seconds since 1970-01-01T00:00:00Z.
///
/// # Errors
/// If the unit, the reference date or the calendar is not understood, or a time is missing.
fn decode(stored: &Numbers, packing: &Packing, attributes: &Attributes) -> Result<Vec<i64>, String> {
    let calendar = text(attributes, "calendar");
    let calendar = Calendar::of(calendar).ok_or_else(|| {
        format!(
            "its times follow the calendar {calendar}; standard, proleptic_gregorian, julian, noleap, all_leap and 360_day are supported"
        )
    })?;
    let units = text(attributes, "units");
    if units.to_ascii_lowercase().starts_with("day as %y%m%d") {
        let date =
            |value: &f64| written_date(*value, calendar).ok_or_else(|| format!("one of its times is {value}, which is no date {units}"));
        return packing.values(stored).iter().map(date).collect();
    }
    let (unit, reference) = parse_units(units, calendar)
        .ok_or_else(|| format!("its times are in {units:?}, where `seconds since 1970-01-01` or the like was expected"))?;
    let values = packing.values(stored);
    let whole = stored.to_i64().filter(|_| packing.scale == 1.0 && packing.offset == 0.0);
    let one = |at: usize| {
        let value = values[at];
        let since = match (unit, whole.as_ref().map(|whole| whole[at])) {
            _ if value.is_nan() => None,
            (Unit::Seconds(factor), Some(whole)) => whole.checked_mul(factor).and_then(|s| s.checked_add(reference.seconds(calendar)?)),
            (Unit::Seconds(factor), None) => reference.after(value * factor as f64, calendar),
            (Unit::Fraction(factor), _) => reference.after(value * factor, calendar),
            (Unit::Months(factor), _) => reference.months_after(value * factor, calendar),
        };
        let instant = since.filter(|s| (-1 << 50..1 << 50).contains(s)).and_then(|s| calendar.instant(s));
        instant
            .filter(|s| DateTime::from_timestamp(*s, 0).is_some())
            .ok_or_else(|| format!("one of its times is {value} {units}, which is no date"))
    };
    (0..values.len()).map(one).collect()
}

/// A date that is written as a number, as the Climate Data Operators do: 20200131.5 is noon of 31 January 2020.
fn written_date(value: f64, calendar: Calendar) -> Option<i64> {
    let day = Some(value.floor()).filter(|day| day.abs() < 1e12)? as i64;
    let date = Date { year: day.div_euclid(10_000), month: day.rem_euclid(10_000) / 100, day: day.rem_euclid(100) };
    calendar.instant(calendar.number(date)? * DAY + ((value - value.floor()) * DAY as f64).round() as i64)
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    /// Whole seconds in one unit.
    Seconds(i64),
    /// Less than a second in one unit.
    Fraction(f64),
    /// Months of the calendar in one unit. A fraction is a share of the month in which it begins.
    Months(f64),
}

/// The instant that times are counted from.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reference {
    date: Date,
    /// Of the day, UTC; beyond it where a zone says so.
    seconds: i64,
}

impl Reference {
    /// In seconds, as the calendar counts them.
    fn seconds(&self, calendar: Calendar) -> Option<i64> {
        Some(calendar.number(self.date)? * DAY + self.seconds)
    }

    /// Some seconds later, rounded to the second.
    fn after(&self, seconds: f64, calendar: Calendar) -> Option<i64> {
        let seconds = seconds.round();
        if seconds.abs() < 1e15 { Some(self.seconds(calendar)? + seconds as i64) } else { None }
    }

    /// Some months later: on the same day of the month, or the last where it is shorter.
    fn months_after(&self, months: f64, calendar: Calendar) -> Option<i64> {
        if months.abs() > 1e6 {
            return None;
        }
        let count = self.date.year * 12 + self.date.month - 1 + months.floor() as i64;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        let length = calendar.month_length(year, month);
        let date = Date { year, month, day: self.date.day.min(length) };
        let share = (months - months.floor()) * (length * DAY) as f64;
        Self { date, ..*self }.after(share, calendar)
    }
}

/// Whether a unit is one of time, counted from a date.
pub(super) fn counts_since(units: &str) -> bool {
    parts(units).is_some()
}

/// What stands before and after `since`.
fn parts(units: &str) -> Option<(&str, &str)> {
    let word = " since ";
    let at = units.to_ascii_lowercase().find(word)?;
    Some((&units[..at], &units[at + word.len()..]))
}

/// `days since 1900-01-01 00:00:00` as the unit and the reference.
fn parse_units(units: &str, calendar: Calendar) -> Option<(Unit, Reference)> {
    let (unit, reference) = parts(units)?;
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "second" | "seconds" | "sec" | "secs" | "s" => Unit::Seconds(1),
        "minute" | "minutes" | "min" | "mins" => Unit::Seconds(60),
        "hour" | "hours" | "hr" | "hrs" | "h" => Unit::Seconds(3600),
        "day" | "days" | "d" => Unit::Seconds(86_400),
        "week" | "weeks" => Unit::Seconds(604_800),
        "month" | "months" => Unit::Months(1.0),
        "year" | "years" | "common_year" | "common_years" => Unit::Months(12.0),
        "millisecond" | "milliseconds" | "msec" | "msecs" | "ms" => Unit::Fraction(1e-3),
        "microsecond" | "microseconds" => Unit::Fraction(1e-6),
        "nanosecond" | "nanoseconds" => Unit::Fraction(1e-9),
        _ => return None,
    };
    let reference = parse_reference(reference)?;
    calendar.number(reference.date)?;
    Some((unit, reference))
}

/// `1900-1-1`, `1900-01-01 06:00`, `1900-01-01T00:00:00.0Z`, `1900-01-01 00:00:00 +01:00`. A year or a month alone is its first
/// day.
fn parse_reference(text: &str) -> Option<Reference> {
    let (date, time) = text.trim().split_once([' ', 'T']).unwrap_or((text.trim(), ""));
    let (before, date) = date.strip_prefix('-').map_or((1, date), |date| (-1, date));
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u32>().ok().map(i64::from));
    let date = Date { year: before * parts.next()??, month: parts.next().unwrap_or(Some(1))?, day: parts.next().unwrap_or(Some(1))? };
    let time = time.trim().trim_end_matches("UTC").trim_end_matches("GMT").trim_end_matches('Z').trim_end();
    let (clock, zone) = match time.rfind(['+', '-']) {
        Some(at) => (time[..at].trim_end(), zone_of(&time[at + 1..])? * if time[at..].starts_with('-') { -1.0 } else { 1.0 }),
        None => (time, 0.0),
    };
    let seconds = if clock.is_empty() { 0.0 } else { seconds_of(clock)? } - zone;
    Some(Reference { date, seconds: seconds.round() as i64 })
}

/// `1`, `01:30` or `0130` in seconds.
fn zone_of(zone: &str) -> Option<f64> {
    match zone.trim() {
        packed if packed.len() == 4 && packed.bytes().all(|b| b.is_ascii_digit()) => {
            seconds_of(&format!("{}:{}", &packed[..2], &packed[2..]))
        }
        other => seconds_of(other),
    }
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
        decode(stored, &Packing::NONE, json!({"units": units, "calendar": calendar}).as_object().unwrap())
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
        assert_eq!(one("days since 1970-01-01T00:00:00+0130"), 81_000);
        assert_eq!((one("Days Since 1970"), one("days SINCE 1970-02")), (86_400, 32 * 86_400));
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
        assert!(error("moons since 1970-01-01", "").contains("moons since 1970-01-01"));
        assert!(error("K", "").contains("\"K\""));
        assert!(error("days since 1970-13-01", "").contains("1970-13-01"));
        assert!(error("days since the flood", "").contains("the flood") && error("days since 1970-", "").contains("1970-"));
        assert!(error("days since 1970-02-30", "noleap").contains("1970-02-30"));
        assert!(error("days since 1970-01-01", "lunar").contains("lunar"));
        let missing = decoded(&Numbers::F64(vec![f64::NAN]), "days since 1970-01-01", "").unwrap_err();
        assert!(missing.contains("NaN"), "{missing}");
        assert!(decoded(&Numbers::I64(vec![i64::MIN]), "days since 1970-01-01", "").is_err());
    }

    /// The times as text, to the hour.
    fn hours(stored: &[f64], units: &str, calendar: &str) -> Vec<String> {
        let seconds = decoded(&Numbers::F64(stored.to_vec()), units, calendar).unwrap();
        seconds.iter().map(|s| DateTime::from_timestamp(*s, 0).unwrap().format("%Y-%m-%dT%H").to_string()).collect()
    }

    #[test]
    fn days_are_counted_as_the_calendar_has_them() {
        let days = [0.0, 4.0, 5.5];
        let units = "days since 1900-02-25";
        assert_eq!(hours(&days, units, "standard"), ["1900-02-25T00", "1900-03-01T00", "1900-03-02T12"]);
        assert_eq!(hours(&days, units, "noleap"), ["1900-02-25T00", "1900-03-01T00", "1900-03-02T12"]);
        assert_eq!(hours(&days, units, "julian"), ["1900-02-24T04", "1900-02-28T00", "1900-03-01T12"]);
        assert_eq!(hours(&days, units, "all_leap"), ["1900-02-24T04", "1900-02-28T00", "1900-03-01T12"]);
        assert_eq!(hours(&days, units, "360_day"), ["1900-02-23T09", "1900-02-27T03", "1900-02-28T12"]);
        assert_eq!(hours(&[693_596.0], "days since 1-1-1", "standard"), ["1899-12-31T00"], "by the Julian calendar until 1582");
        assert_eq!(hours(&[693_596.0], "days since 1-1-1", "proleptic_gregorian"), ["1900-01-02T00"]);
    }

    #[test]
    fn months_are_months_of_the_calendar() {
        assert_eq!(hours(&[0.0, 1.0, 13.5], "months since 1960-01-31", ""), ["1960-01-31T00", "1960-02-29T00", "1961-03-14T00"]);
        assert_eq!(hours(&[-0.5, 2.5], "months since 1960-01-01", "360_day"), ["1959-12-16T00", "1960-03-16T00"]);
        assert_eq!(hours(&[1.5], "years since 1960-01-01", "noleap"), ["1961-07-01T00"]);
    }

    #[test]
    fn dates_may_be_written_as_numbers() {
        assert_eq!(hours(&[20_200_131.0, 20_200_229.5], "day as %Y%m%d.%f", "proleptic_gregorian"), ["2020-01-31T00", "2020-02-29T12"]);
        assert!(decoded(&Numbers::I32(vec![20_201_301]), "day as %Y%m%d.%f", "").unwrap_err().contains("20201301"));
        assert!(decoded(&Numbers::F64(vec![f64::NAN]), "day as %Y%m%d.%f", "").is_err());
    }

    #[test]
    fn a_packed_time_is_unpacked_and_a_missing_one_refused() {
        let attributes = json!({"units": "days since 1970-01-01"});
        let packing = Packing { scale: 0.5, fills: [-1.0, f64::NAN], ..Packing::NONE };
        let times = |stored| decode(&Numbers::I16(stored), &packing, attributes.as_object().unwrap());
        assert_eq!(times(vec![1, 2]).unwrap(), [43_200, 86_400]);
        assert!(times(vec![1, -1]).is_err());
    }

    #[test]
    fn dates_are_those_that_cftime_reads() {
        let expected: serde_json::Value = serde_json::from_str(include_str!("../../tests/netcdf/expected.json")).unwrap();
        let rows = expected["dates"].as_array().unwrap();
        assert_eq!(rows.len(), 18);
        for row in rows {
            let (name, units) = (row[0].as_str().unwrap(), row[1].as_str().unwrap());
            let stored = row[2].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
            let calendar = Calendar::of(name).unwrap();
            let instant = |date: &serde_json::Value| {
                let [year, month, day, hour, minute, second] = [0, 1, 2, 3, 4, 5].map(|part: usize| date[part].as_i64().unwrap());
                let of_day = calendar.number(Date { year, month, day }).unwrap() * DAY + hour * 3600 + minute * 60 + second;
                calendar.instant(of_day).unwrap()
            };
            let dates: Vec<i64> = row[3].as_array().unwrap().iter().map(instant).collect();
            assert_eq!(decoded(&Numbers::F64(stored), units, name).unwrap(), dates, "{units} {name}");
        }
    }
}
