//! Metadata filters: which stations or points of a dataset they mean.
//!
//! A filter is a Solr query on fields: `rivid:2016500`, `rivid_i:(1 OR 2)`, `lat:[33 TO 34]`, `rivid_name:JAMES*`, `-rivid:1`.
//! Fields are the identifiers and coordinates of stations; of in-situ points also their times, elevations and values; and the
//! attributes of the dataset, which are the same for all. The endings by which Solr tells types, such as `_i` and `_s`, may be
//! there or not.

mod fields;
mod parse;

pub(crate) use fields::Fields;

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use fields::{Field, Values};
use parse::{Bound, Filter, Test};
use sdap_nexus::Error;

/// For which stations or points the filter holds.
///
/// # Errors
/// If the filter is not understood, names a field that the dataset lacks, or compares a number or time with what is none.
pub(crate) fn evaluate(text: &str, fields: &Fields<'_>) -> Result<Vec<bool>, Error> {
    let filter = parse::parse(text).map_err(|reason| bad(text, format!("the filter {text} cannot be read: {reason}")))?;
    holds(&filter, fields)
}

fn bad(part: &str, reason: String) -> Error {
    Error::BadFilter { part: part.to_owned(), reason }
}

fn holds(filter: &Filter, fields: &Fields<'_>) -> Result<Vec<bool>, Error> {
    let combine = |parts: &[Filter], start: bool, join: fn(bool, bool) -> bool| {
        parts.iter().try_fold(vec![start; fields.count], |mut all, part| {
            for (sum, one) in all.iter_mut().zip(holds(part, fields)?) {
                *sum = join(*sum, one);
            }
            Ok(all)
        })
    };
    match filter {
        Filter::Everything => Ok(vec![true; fields.count]),
        Filter::All(parts) => combine(parts, true, |a, b| a && b),
        Filter::Any(parts) => combine(parts, false, |a, b| a || b),
        Filter::Not(part) => Ok(holds(part, fields)?.into_iter().map(|b| !b).collect()),
        Filter::Field(name, test) => {
            let field = fields.find(name)?;
            match &field.values {
                Values::Whole(values) => whole(values, field, test),
                Values::Numbers(values) => numbers(values, field, test),
                Values::Text(values) => Ok(values.iter().map(|value| test_text(value, test)).collect()),
                Values::Times(values) => times(values, field, test),
                Values::Same(text) => same(text, field, test).map(|holds| vec![holds; fields.count]),
            }
        }
    }
}

/// A text that all have in common. A number in it is compared as one.
fn same(text: &str, field: &Field<'_>, test: &Test) -> Result<bool, Error> {
    match (text.trim().parse::<f64>(), test) {
        (Ok(number), Test::Range(..)) => Ok(numbers(&[number], field, test)?[0]),
        _ => Ok(test_text(text, test)),
    }
}

fn whole(values: &[i64], field: &Field<'_>, test: &Test) -> Result<Vec<bool>, Error> {
    match test {
        Test::Word(word) if !word.contains(['*', '?']) => {
            let wanted: i64 = match word.trim().parse() {
                Ok(wanted) => wanted,
                Err(_) => return numbers(&widened(values), field, test),
            };
            Ok(values.iter().map(|value| *value == wanted).collect())
        }
        Test::Phrase(word) => whole(values, field, &Test::Word(word.replace(['*', '?'], " "))),
        Test::Word(pattern) => Ok(values.iter().map(|value| matches(&value.to_string(), pattern)).collect()),
        Test::Range(..) => numbers(&widened(values), field, test),
    }
}

fn widened(values: &[i64]) -> Vec<f64> {
    values.iter().map(|v| *v as f64).collect()
}

fn numbers(values: &[f64], field: &Field<'_>, test: &Test) -> Result<Vec<bool>, Error> {
    let number = |word: &str| {
        let found = word.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        found.ok_or_else(|| bad(word, format!("{} is a number, and {word:?} is none", field.name)))
    };
    match test {
        Test::Word(word) if word == "*" => Ok(values.iter().map(|v| !v.is_nan()).collect()),
        Test::Word(word) | Test::Phrase(word) => {
            let wanted = number(word)?;
            // 32-bit coordinates are written with fewer digits than they have.
            Ok(values.iter().map(|v| (v - wanted).abs() <= 1e-6 * wanted.abs().max(1.0)).collect())
        }
        Test::Range(low, high) => {
            let (from, to) = (limit(low, number)?, limit(high, number)?);
            Ok(values.iter().map(|v| !v.is_nan() && within(v, low, from.as_ref(), high, to.as_ref())).collect())
        }
    }
}

/// Times are compared by the second; a date alone is its first second, but a day as a value is all of it.
fn times(values: &[i64], field: &Field<'_>, test: &Test) -> Result<Vec<bool>, Error> {
    let instant = |word: &str| {
        let reason = || format!("{} is a time such as 1995-03-18T12:00:00Z, and {word:?} is none", field.name);
        instant(word).ok_or_else(|| bad(word, reason()))
    };
    match test {
        Test::Word(word) if word == "*" => Ok(vec![true; values.len()]),
        Test::Word(word) | Test::Phrase(word) => {
            let (first, is_day) = instant(word)?;
            let last = if is_day { first + 86_399 } else { first };
            Ok(values.iter().map(|v| (first..=last).contains(v)).collect())
        }
        Test::Range(low, high) => {
            let from = limit(low, instant)?.map(|(first, _)| first);
            // Up to a day, included, is to its end.
            let to = limit(high, instant)?.map(|(first, is_day)| if is_day && high.included { first + 86_399 } else { first });
            Ok(values.iter().map(|v| within(v, low, from.as_ref(), high, to.as_ref())).collect())
        }
    }
}

/// A time in seconds since 1970, and whether it names a whole day.
fn instant(word: &str) -> Option<(i64, bool)> {
    let word = word.trim();
    if let Ok(day) = NaiveDate::parse_from_str(word, "%Y-%m-%d") {
        return Some((day.and_hms_opt(0, 0, 0)?.and_utc().timestamp(), true));
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(word) {
        return Some((time.timestamp(), false));
    }
    let bare = NaiveDateTime::parse_from_str(word, "%Y-%m-%dT%H:%M:%S").ok();
    bare.map(|time| time.and_utc().timestamp()).or_else(|| word.parse().ok()).map(|seconds| (seconds, false))
}

/// The value of a bound, unless it is open.
fn limit<T>(bound: &Bound, read: impl Fn(&str) -> Result<T, Error>) -> Result<Option<T>, Error> {
    bound.value.as_deref().map(read).transpose()
}

/// Whether a value lies between two limits.
fn within<T: PartialOrd>(value: &T, low: &Bound, from: Option<&T>, high: &Bound, to: Option<&T>) -> bool {
    let above = from.is_none_or(|from| if low.included { value >= from } else { value > from });
    above && to.is_none_or(|to| if high.included { value <= to } else { value < to })
}

/// Text is compared without regard to case.
fn test_text(value: &str, test: &Test) -> bool {
    match test {
        Test::Word(pattern) => matches(value, pattern),
        Test::Phrase(phrase) => value.to_lowercase() == phrase.to_lowercase(),
        Test::Range(low, high) => {
            let value = value.to_lowercase();
            let ordered = |bound: &Bound| bound.value.as_ref().map(|limit| value.cmp(&limit.to_lowercase()));
            ordered(low).is_none_or(|order| order.is_gt() || order.is_eq() && low.included)
                && ordered(high).is_none_or(|order| order.is_lt() || order.is_eq() && high.included)
        }
    }
}

/// Whether a pattern with `*` for any letters and `?` for any one covers the whole text.
fn matches(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            (t, p) = (t + 1, p + 1);
        } else if let Some((at, covered)) = star {
            // Let the last star cover one letter more, and try again.
            star = Some((at, covered + 1));
            (t, p) = (covered + 1, at + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_whole_texts() {
        assert!(matches("JAMES RIVER AT LICK RUN", "james*run"));
        assert!(matches("abc", "a?c") && matches("abc", "*") && matches("", "*"));
        assert!(!matches("abcd", "a?c") && !matches("xabc", "abc*") && !matches("", "?"));
        assert!(matches("aXbXc", "*X*X*") && !matches("aXb", "*X*X*"));
    }
}
