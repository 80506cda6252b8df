//! The usual step between times, in words.

use chrono::{DateTime, Datelike};

const DAY: i64 = 86_400;
/// How large a share of the steps decides; the rest are gaps.
const MOST: f64 = 0.8;

/// `1 month`, `5 days`, `irregular`; empty where there is only one time.
///
/// `times` are seconds since 1970-01-01T00:00:00Z, ascending.
pub(crate) fn in_words(times: &[i64]) -> String {
    let steps: Vec<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if steps.is_empty() {
        return String::new();
    }
    let (step, share) = most_common(&steps);
    if share >= MOST && step > 0 {
        return duration(step);
    }
    let months: Vec<i64> = times.windows(2).map(|pair| month(pair[1]) - month(pair[0])).collect();
    match most_common(&months) {
        (count, share) if share >= MOST && count > 0 && count % 12 == 0 => plural(count / 12, "year"),
        (count, share) if share >= MOST && count > 0 => plural(count, "month"),
        _ => "irregular".into(),
    }
}

/// Counts months since the year 0.
fn month(seconds: i64) -> i64 {
    DateTime::from_timestamp(seconds, 0).map_or(0, |t| i64::from(t.year()) * 12 + i64::from(t.month0()))
}

/// The value that occurs most often, and its share.
fn most_common(values: &[i64]) -> (i64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let longest = sorted.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
    longest.map_or((0, 0.0), |run| (run[0], run.len() as f64 / values.len() as f64))
}

fn duration(seconds: i64) -> String {
    let units = [(365 * DAY, "year"), (DAY, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (length, name) = units.into_iter().find(|(length, _)| seconds % length == 0).unwrap_or((1, "second"));
    plural(seconds / length, name)
}

fn plural(count: i64, unit: &str) -> String {
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(dates: &[&str]) -> String {
        let seconds: Vec<i64> = dates.iter().map(|d| format!("{d}:00:00Z").parse::<DateTime<chrono::Utc>>().unwrap().timestamp()).collect();
        in_words(&seconds)
    }

    #[test]
    fn regular_steps_are_named_by_their_largest_unit() {
        assert_eq!(words(&["2000-01-01T00", "2000-01-02T00", "2000-01-03T00"]), "1 day");
        assert_eq!(words(&["2000-01-01T00", "2000-01-06T00", "2000-01-11T00"]), "5 days");
        assert_eq!(words(&["2000-01-01T00", "2000-01-01T03", "2000-01-01T06"]), "3 hours");
    }

    #[test]
    fn months_and_years_are_months_and_years_whatever_their_length() {
        assert_eq!(words(&["2000-01-16T12", "2000-02-15T12", "2000-03-16T12", "2000-04-16T00"]), "1 month");
        assert_eq!(words(&["2000-01-01T00", "2000-04-01T00", "2000-07-01T00", "2000-10-01T00"]), "3 months");
        assert_eq!(words(&["2000-01-01T00", "2001-01-01T00", "2002-01-01T00"]), "1 year");
    }

    #[test]
    fn gaps_do_not_hide_the_usual_step() {
        let mut days: Vec<i64> = (0..30).map(|d| d * DAY).collect();
        days.remove(7);
        assert_eq!(in_words(&days), "1 day");
        assert_eq!(in_words(&[0, 5, 7, 100, 400]), "irregular");
        assert_eq!(in_words(&[0]), "");
    }
}
