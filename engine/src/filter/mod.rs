//! Metadata filters: which stations of a dataset they mean.
//!
//! A filter is a Solr query on the fields of stations: `rivid:2016500`, `rivid_i:(1 OR 2)`, `lat:[33 TO 34]`,
//! `rivid_name:JAMES*`, `-rivid:1`. The endings by which Solr tells types, such as `_i` and `_s`, may be there or not.

mod parse;

use crate::dataset::{Dataset, Field, FieldValues, Stations};
use parse::{Bound, Filter, Test};
use sdap_nexus::Error;

/// The endings of Solr's dynamic fields.
const ENDINGS: [&str; 15] = ["_i", "_is", "_l", "_ls", "_s", "_ss", "_d", "_ds", "_f", "_fs", "_b", "_bs", "_dt", "_dts", "_t"];

/// For which stations the filter holds.
///
/// # Errors
/// If the filter is not understood, names a field that the dataset lacks, or compares a number with what is none.
pub(crate) fn evaluate(text: &str, dataset: &Dataset, stations: &Stations) -> Result<Vec<bool>, Error> {
    let filter = parse::parse(text).map_err(|reason| Error::Invalid(format!("the filter {text} cannot be read: {reason}")))?;
    holds(&filter, dataset, stations)
}

fn holds(filter: &Filter, dataset: &Dataset, stations: &Stations) -> Result<Vec<bool>, Error> {
    let count = stations.lat.degrees.len();
    let combine = |parts: &[Filter], start: bool, join: fn(bool, bool) -> bool| {
        parts.iter().try_fold(vec![start; count], |mut all, part| {
            for (sum, one) in all.iter_mut().zip(holds(part, dataset, stations)?) {
                *sum = join(*sum, one);
            }
            Ok(all)
        })
    };
    match filter {
        Filter::Everything => Ok(vec![true; count]),
        Filter::All(parts) => combine(parts, true, |a, b| a && b),
        Filter::Any(parts) => combine(parts, false, |a, b| a || b),
        Filter::Not(part) => Ok(holds(part, dataset, stations)?.into_iter().map(|b| !b).collect()),
        Filter::Field(name, test) => {
            let field = find(name, dataset, stations)?;
            match &field.values {
                FieldValues::Whole(values) => whole(values, field, test),
                FieldValues::Numbers(values) => numbers(values, field, test),
                FieldValues::Text(values) => Ok(values.iter().map(|value| test_text(value, test)).collect()),
            }
        }
    }
}

fn find<'a>(name: &str, dataset: &Dataset, stations: &'a Stations) -> Result<&'a Field, Error> {
    let named = |wanted: &str| stations.fields.iter().find(|f| f.name.eq_ignore_ascii_case(wanted));
    let bare = || ENDINGS.iter().filter_map(|ending| name.strip_suffix(ending)).find_map(named);
    named(name).or_else(bare).ok_or_else(|| {
        let known: Vec<&str> = stations.fields.iter().map(|f| f.name.as_str()).collect();
        Error::Invalid(format!("{} has no field {name} to filter by; it has {}", dataset.name, known.join(", ")))
    })
}

fn whole(values: &[i64], field: &Field, test: &Test) -> Result<Vec<bool>, Error> {
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

fn numbers(values: &[f64], field: &Field, test: &Test) -> Result<Vec<bool>, Error> {
    let number = |word: &str| {
        let bad = || Error::Invalid(format!("{} is a number, and {word:?} is none", field.name));
        word.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(bad)
    };
    match test {
        Test::Word(word) if word == "*" => Ok(values.iter().map(|v| !v.is_nan()).collect()),
        Test::Word(word) | Test::Phrase(word) => {
            let wanted = number(word)?;
            // 32-bit coordinates are written with fewer digits than they have.
            Ok(values.iter().map(|v| (v - wanted).abs() <= 1e-6 * wanted.abs().max(1.0)).collect())
        }
        Test::Range(low, high) => {
            let limit = |bound: &Bound| bound.value.as_deref().map(number).transpose();
            let (from, to) = (limit(low)?, limit(high)?);
            let above = |v: f64| from.is_none_or(|from| if low.included { v >= from } else { v > from });
            let below = |v: f64| to.is_none_or(|to| if high.included { v <= to } else { v < to });
            Ok(values.iter().map(|v| above(*v) && below(*v)).collect())
        }
    }
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
