//! A time axis: ticks at years, months, days, hours or minutes, whichever the span asks; UTC.

use super::font;
use chrono::{DateTime, Datelike, Months, NaiveDate, Timelike, Utc};

/// One tick of a time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub(crate) at: i64,
    /// The label: `1998`, `Jan 1998`, `12 Jan`, `06:00`.
    pub(crate) label: String,
    /// What stands below it, where something new begins: the year of days, the day of hours.
    pub(crate) below: Option<String>,
}

/// The step from tick to tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Seconds(i64),
    Days(u32),
    Months(u32),
    Years(i32),
}

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

const STEPS: [Step; 34] = [
    Step::Seconds(1),
    Step::Seconds(5),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(MINUTE),
    Step::Seconds(5 * MINUTE),
    Step::Seconds(15 * MINUTE),
    Step::Seconds(30 * MINUTE),
    Step::Seconds(HOUR),
    Step::Seconds(3 * HOUR),
    Step::Seconds(6 * HOUR),
    Step::Seconds(12 * HOUR),
    Step::Days(1),
    Step::Days(2),
    Step::Days(5),
    Step::Days(10),
    Step::Days(15),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Years(1),
    Step::Years(2),
    Step::Years(5),
    Step::Years(10),
    Step::Years(20),
    Step::Years(50),
    Step::Years(100),
    Step::Years(200),
    Step::Years(500),
    Step::Years(1000),
    Step::Years(10_000),
    Step::Years(50_000),
    Step::Years(100_000),
];

/// Free space between two labels, in ems.
const GAP: f64 = 1.4;

/// Ticks from `start` to `end`, in seconds since 1970, on an axis of `room` pixels whose labels have that size.
///
/// The finest step is taken whose labels do not touch.
pub(crate) fn across(start: i64, end: i64, room: f64, size: f64) -> Vec<Tick> {
    let place = |t: i64| (t - start) as f64 / (end - start).max(1) as f64 * room;
    let fits = |ticks: &[Tick]| {
        ticks.windows(2).all(|pair| {
            let half = |t: &Tick| font::width(&t.label, size) / 2.0;
            place(pair[1].at) - place(pair[0].at) >= half(&pair[0]) + half(&pair[1]) + GAP * size
        })
    };
    let mut ticks = choose(start, end, room / (3.0 * size), fits);
    below(&mut ticks, |a, b| place(b.1) - place(a.1) >= f64::midpoint(font::width(a.0, size), font::width(b.0, size)) + size);
    ticks
}

/// The months of the year that begins at `start`, on an axis of `room` pixels: every one, or as many as do not touch.
pub(crate) fn months_of_the_year(start: i64, room: f64, size: f64) -> Vec<Tick> {
    let end = start + 365 * DAY;
    let all: Vec<Tick> = months(1, start, end).filter_map(|at| tick(at, "%b", None)).collect();
    let widest = all.iter().map(|t| font::width(&t.label, size)).fold(0.0, f64::max) + GAP * size;
    let every = [1, 2, 3, 6].into_iter().find(|n| room / 12.0 * f64::from(*n) >= widest).unwrap_or(12);
    all.into_iter().step_by(every as usize).collect()
}

/// The same on an upright axis: labels stand on lines of their own, so more of them fit, and all say the whole.
pub(crate) fn upright(start: i64, end: i64, room: f64, size: f64) -> Vec<Tick> {
    let most = (room / (2.6 * size)).max(2.0);
    let mut ticks = choose(start, end, most, |ticks| ticks.len() as f64 <= most);
    for tick in &mut ticks {
        if let Some(context) = tick.below.take() {
            tick.label = format!("{} {context}", tick.label);
        }
    }
    ticks
}

/// The ticks of the finest step that makes at most about `most` of them and fits.
fn choose(start: i64, end: i64, most: f64, fits: impl Fn(&[Tick]) -> bool) -> Vec<Tick> {
    let span = (end - start).max(0);
    STEPS
        .iter()
        .filter(|step| (span as f64) < seconds(**step) as f64 * (most + 1.0))
        .map(|step| ticks(*step, start, end))
        .find(|ticks| !ticks.is_empty() && fits(ticks))
        .unwrap_or_else(|| ticks(Step::Seconds(1), start, start))
}

fn seconds(step: Step) -> i64 {
    match step {
        Step::Seconds(n) => n,
        Step::Days(n) => i64::from(n) * DAY,
        Step::Months(n) => i64::from(n) * 30 * DAY,
        Step::Years(n) => i64::from(n) * 365 * DAY,
    }
}

fn ticks(step: Step, start: i64, end: i64) -> Vec<Tick> {
    match step {
        Step::Seconds(n) => {
            let first = start.div_euclid(n) * n + if start.rem_euclid(n) == 0 { 0 } else { n };
            let format = if n < MINUTE { "%H:%M:%S" } else { "%H:%M" };
            (first..=end).step_by(n as usize).filter_map(|at| tick(at, format, Some("%-d %b %Y"))).collect()
        }
        Step::Days(n) => days(n, start, end).filter_map(|at| tick(at, "%-d %b", Some("%Y"))).collect(),
        Step::Months(n) => months(n, start, end).filter_map(|at| tick(at, "%b %Y", None)).collect(),
        Step::Years(n) => months(12 * n as u32, start, end).filter_map(|at| tick(at, "%Y", None)).collect(),
    }
}

fn tick(at: i64, format: &str, below: Option<&str>) -> Option<Tick> {
    let time = DateTime::from_timestamp(at, 0)?;
    Some(Tick { at, label: time.format(format).to_string(), below: below.map(|f| time.format(f).to_string()) })
}

/// Midnights of every `n`-th day of each month, counted from its first; none so late that the next month's first is near.
fn days(n: u32, start: i64, end: i64) -> impl Iterator<Item = i64> {
    let first = start.div_euclid(DAY) + i64::from(start.rem_euclid(DAY) != 0);
    (first..=end.div_euclid(DAY)).map(|day| day * DAY).filter(move |at| {
        DateTime::from_timestamp(*at, 0).is_some_and(|t| n == 1 || ((t.day() - 1).is_multiple_of(n) && t.day() + n / 2 <= 31))
    })
}

/// First days of every `n`-th month, counted from January of the year 0.
fn months(n: u32, start: i64, end: i64) -> impl Iterator<Item = i64> {
    let origin = |t: DateTime<Utc>| i64::from(t.year()) * 12 + i64::from(t.month0());
    let (first, last) = (DateTime::from_timestamp(start, 0).map(origin), DateTime::from_timestamp(end, 0).map(origin));
    let n = i64::from(n);
    let (first, last) = (first.map_or(1, |m| m.div_euclid(n) * n), last.unwrap_or(0));
    (first..=last).step_by(n as usize).filter_map(first_of_month).filter(move |at| (start..=end).contains(at))
}

/// The first second of a month, counted from January of the year 0.
fn first_of_month(month: i64) -> Option<i64> {
    let year = i32::try_from(month.div_euclid(12)).ok()?;
    let january = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let day = january.checked_add_months(Months::new(month.rem_euclid(12) as u32))?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
}

/// Keeps the lower label only where it changes, and drops the first if it would touch the second.
fn below(ticks: &mut [Tick], apart: impl Fn((&str, i64), (&str, i64)) -> bool) {
    let mut last: Option<String> = None;
    for tick in ticks.iter_mut() {
        if tick.below == last {
            tick.below = None;
        } else {
            last.clone_from(&tick.below);
        }
    }
    let changes: Vec<usize> = (0..ticks.len()).filter(|i| ticks[*i].below.is_some()).collect();
    for pair in changes.windows(2) {
        let label = |i: usize| (ticks[i].below.as_deref().unwrap_or_default(), ticks[i].at);
        if !apart(label(pair[0]), label(pair[1])) {
            ticks[pair[0]].below = None;
        }
    }
}

/// The first and last second to show for times from `first` to `last`: some air at both ends, more around a lone time.
pub(crate) fn range(first: i64, last: i64) -> (i64, i64) {
    if first == last {
        let noon = DateTime::from_timestamp(first, 0).is_some_and(|t| t.num_seconds_from_midnight() != 0);
        let air = if noon { 6 * HOUR } else { 2 * DAY };
        return (first.saturating_sub(air), last.saturating_add(air));
    }
    let air = (last - first) / 60;
    (first.saturating_sub(air), last.saturating_add(air))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp()
    }

    fn labels(start: &str, end: &str) -> String {
        let ticks = across(at(start), at(end), 640.0, 11.0);
        let text = |t: &Tick| t.below.as_ref().map_or(t.label.clone(), |b| format!("{}|{b}", t.label));
        ticks.iter().map(text).collect::<Vec<_>>().join("  ")
    }

    #[test]
    fn ticks_are_as_fine_as_the_span_lets_them() {
        insta::assert_snapshot!(
            [
                ("1895-01-01T00:00:00Z", "2015-01-01T00:00:00Z"),
                ("2008-01-01T00:00:00Z", "2017-12-31T00:00:00Z"),
                ("2006-04-16T00:00:00Z", "2010-09-16T00:00:00Z"),
                ("1997-01-01T00:00:00Z", "1998-12-31T00:00:00Z"),
                ("2017-01-01T00:00:00Z", "2017-12-31T00:00:00Z"),
                ("1998-01-20T00:00:00Z", "1998-02-25T00:00:00Z"),
                ("1997-12-28T00:00:00Z", "1998-01-08T00:00:00Z"),
                ("1995-03-17T15:00:00Z", "1995-03-20T09:00:00Z"),
                ("1995-03-18T00:00:00Z", "1995-03-18T21:00:00Z"),
                ("1995-03-18T12:00:00Z", "1995-03-18T12:40:00Z"),
                ("1995-03-18T12:00:00Z", "1995-03-18T12:00:20Z"),
                ("0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"),
            ]
            .map(|(start, end)| labels(start, end))
            .join("\n")
        );
    }

    proptest::proptest! {
        #[test]
        fn labels_never_touch(start in -60_000_000_000i64..60_000_000_000, log in 0.0..11.0f64, room in 120.0..1600.0f64) {
            let end = start + 10f64.powf(log) as i64;
            let ticks = across(start, end, room, 11.0);
            proptest::prop_assert!(ticks.iter().all(|t| (start..=end).contains(&t.at)));
            let x = |t: &Tick| (t.at - start) as f64 / (end - start).max(1) as f64 * room;
            let clear = |a: (f64, &str), b: (f64, &str)| b.0 - a.0 > f64::midpoint(font::width(a.1, 11.0), font::width(b.1, 11.0));
            for pair in ticks.windows(2) {
                proptest::prop_assert!(clear((x(&pair[0]), &pair[0].label), (x(&pair[1]), &pair[1].label)), "{ticks:?}");
            }
            let low: Vec<(f64, &str)> = ticks.iter().filter_map(|t| Some((x(t), t.below.as_deref()?))).collect();
            for pair in low.windows(2) {
                proptest::prop_assert!(clear(pair[0], pair[1]), "{ticks:?}");
            }
        }
    }
}
