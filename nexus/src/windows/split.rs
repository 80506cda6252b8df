//! Where a period is cut.

use crate::join::months;
use chrono::DateTime;
use sdap::Period;

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// What no window may cut through. Coarser ones come later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grain {
    Second,
    Hour,
    Day,
    Month,
    Year,
}

impl Grain {
    /// About how many seconds there are in one.
    fn length(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Hour => HOUR,
            Self::Day => DAY,
            Self::Month => 30 * DAY,
            Self::Year => 365 * DAY,
        }
    }

    /// The beginning of the one that a time lies in, and of the next.
    fn around(self, seconds: i64) -> (i64, i64) {
        let multiple = |length: i64| {
            let first = seconds.div_euclid(length) * length;
            (first, first + length)
        };
        match self {
            Self::Second => multiple(1),
            Self::Hour => multiple(HOUR),
            Self::Day => multiple(DAY),
            Self::Month => months(seconds, 1),
            Self::Year => months(seconds, 12),
        }
    }

    fn nearest(self, seconds: i64) -> i64 {
        let (before, after) = self.around(seconds);
        if seconds - before < after - seconds { before } else { after }
    }
}

/// `count` windows of about one length that together are the period, none of which cuts through a `grain`.
///
/// There are fewer where the period has no more grains. Windows that are long enough begin with an hour, a day or a month.
pub(super) fn split(period: &Period, count: usize, grain: Grain) -> Vec<Period> {
    let (start, end) = (period.start().timestamp(), period.end().timestamp());
    let count = i64::try_from(count).unwrap_or(i64::MAX).clamp(1, end - start + 1);
    let length = (end - start + 1) / count;
    let readable = [Grain::Month, Grain::Day, Grain::Hour].into_iter().find(|unit| length >= 3 * unit.length()).unwrap_or(Grain::Second);
    let unit = grain.max(readable);
    // The product of seconds and windows may not fit into 64 bits.
    let ideal = |nth: i64| start + i64::try_from(i128::from(end - start + 1) * i128::from(nth) / i128::from(count)).unwrap_or(i64::MAX);
    let mut cuts: Vec<i64> = (1..count).map(|nth| unit.nearest(ideal(nth))).filter(|cut| (start + 1..=end).contains(cut)).collect();
    cuts.dedup();
    let starts = std::iter::once(start).chain(cuts.iter().copied());
    let ends = cuts.iter().map(|cut| cut - 1).chain(std::iter::once(end));
    let time = |seconds| DateTime::from_timestamp(seconds, 0);
    let windows = starts.zip(ends).filter_map(|(from, to)| Period::new(time(from)?, time(to)?).ok());
    windows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(start: &str, end: &str, count: usize, grain: Grain) -> Vec<String> {
        let period = Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap();
        split(&period, count, grain).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn windows_of_months_begin_with_a_month() {
        assert_eq!(
            told("1998-01-01T00:00:00Z", "1999-12-31T23:59:59Z", 4, Grain::Second),
            ["1998-01-01/1998-06-30", "1998-07-01/1998-12-31", "1999-01-01/1999-06-30", "1999-07-01/1999-12-31"]
        );
    }

    #[test]
    fn short_windows_are_cut_to_the_second_unless_days_must_stay_whole() {
        let two_hours = ("2013-01-01T00:00:00Z", "2013-01-01T01:59:59Z");
        assert_eq!(
            told(two_hours.0, two_hours.1, 2, Grain::Second),
            ["2013-01-01/2013-01-01T00:59:59Z", "2013-01-01T01:00:00Z/2013-01-01T01:59:59Z"]
        );
        assert_eq!(told(two_hours.0, two_hours.1, 2, Grain::Day).len(), 1);
        assert_eq!(told("2013-01-01T12:00:00Z", "2013-01-03T11:59:59Z", 9, Grain::Day).len(), 3);
    }

    #[test]
    fn an_instant_cannot_be_cut() {
        assert_eq!(told("2013-01-01T00:00:00Z", "2013-01-01T00:00:00Z", 5, Grain::Second).len(), 1);
    }

    #[test]
    fn windows_of_years_hold_whole_ones() {
        let windows = told("2008-03-10T00:00:00Z", "2010-12-31T23:59:59Z", 50, Grain::Year);
        assert_eq!(windows, ["2008-03-10/2008-12-31", "2009-01-01/2009-12-31", "2010-01-01/2010-12-31"]);
    }

    proptest! {
        #[test]
        fn windows_follow_each_other_without_gap_or_overlap(
            start in -5_000_000_000i64..5_000_000_000, length in 0i64..3_000_000_000, count in 1usize..40, grain in 0usize..5
        ) {
            let grain = [Grain::Second, Grain::Hour, Grain::Day, Grain::Month, Grain::Year][grain];
            let time = |s| DateTime::from_timestamp(s, 0).unwrap();
            let period = Period::new(time(start), time(start + length)).unwrap();
            let windows = split(&period, count, grain);
            prop_assert!(!windows.is_empty() && windows.len() <= count);
            prop_assert_eq!((windows[0].start(), windows[windows.len() - 1].end()), (period.start(), period.end()));
            for pair in windows.windows(2) {
                let cut = pair[1].start().timestamp();
                prop_assert_eq!(pair[0].end().timestamp() + 1, cut);
                prop_assert_eq!(grain.around(cut).0, cut);
            }
        }
    }
}
