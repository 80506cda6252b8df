//! A numeric axis: its range, its ticks at round numbers, and their labels.

use crate::show::style::{Spacing, Style};
use crate::show::text::number::{magnitude, significant, superscript};

/// A numeric axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) spacing: Spacing,
    /// The ticks within the range, ascending.
    pub(crate) ticks: Vec<f64>,
    /// One for each tick.
    pub(crate) labels: Vec<String>,
    /// What the labels must be multiplied by, `×10⁻⁹`, where it is not one.
    pub(crate) factor: Option<String>,
}

impl Scale {
    /// An axis from `low` to `high`, spaced as asked, with about `wanted` ticks.
    pub(crate) fn spaced(low: f64, high: f64, spacing: Spacing, wanted: usize) -> Self {
        if spacing == Spacing::Even {
            return Self::over(low, high, wanted);
        }
        let decades = || (magnitude(low)..=magnitude(high)).map(|power| 10f64.powi(power));
        let within = |v: &f64| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9);
        let fine = [&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0][..], &[1.0, 2.0, 5.0], &[1.0]];
        let of = |multiples: &[f64]| decades().flat_map(|d| multiples.iter().map(move |m| m * d)).filter(within).collect::<Vec<f64>>();
        let every = |n: i32| {
            let coarse = decades().filter(move |d| magnitude(*d).rem_euclid(n) == 0).filter(within);
            coarse.collect::<Vec<f64>>()
        };
        let sparse = |ticks: &Vec<f64>| ticks.len() <= wanted.max(2);
        let ticks = fine.into_iter().map(of).chain((2..400).map(every)).find(sparse).unwrap_or_default();
        if ticks.len() < 2 {
            return Self { spacing, ..Self::over(low, high, wanted) };
        }
        let label = |v: &f64| significant(*v, 3).trim_start_matches("1×").to_owned();
        let labels = ticks.iter().map(label).collect();
        Self { low, high, spacing, ticks, labels, factor: None }
    }

    /// An axis for data from the least to the greatest of them, as a style wants it.
    pub(crate) fn styled(range: Option<(f64, f64)>, wanted: usize, style: &Style) -> Self {
        match (style.limits, range, style.spacing) {
            (Some(limits), ..) => Self::spaced(limits.low(), limits.high(), style.spacing, wanted),
            (None, Some((least, greatest)), Spacing::Log) => {
                let air = ((greatest / least).log10() * 0.06).max(0.05);
                Self::spaced((least * 10f64.powf(-air)).max(1e-300), greatest.min(1e300) * 10f64.powf(air), Spacing::Log, wanted)
            }
            (None, ..) => Self::around(range, wanted),
        }
    }

    /// Where a number stands between the ends, 0 to 1; those beyond go on, though not for ever.
    pub(crate) fn share(&self, v: f64) -> f64 {
        let of = |v: f64| if v > 0.0 || self.spacing == Spacing::Even { self.spacing.of(v) } else { f64::NEG_INFINITY };
        let share = (of(v) - of(self.low)) / (of(self.high) - of(self.low));
        share.clamp(-BEYOND, BEYOND)
    }

    /// An axis from `low` to `high` with about `wanted` ticks.
    pub(crate) fn over(low: f64, high: f64, wanted: usize) -> Self {
        let ends = |step: f64| ((low / step - 1e-6).ceil() as i64, (high / step + 1e-6).floor() as i64);
        let enough = |step: &f64| ends(*step).1.saturating_sub(ends(*step).0) >= 2;
        let steps = || (wanted..wanted + 4).map(|n| step(high - low, n));
        let two = |step: &f64| ends(*step).1.saturating_sub(ends(*step).0) >= 1;
        let step = steps().find(enough).or_else(|| steps().find(two)).unwrap_or_else(|| step(high - low, wanted));
        let (first, last) = ends(step);
        // A span that is not finite has no sensible ticks.
        let last = if last.saturating_sub(first) > 1000 { first.saturating_sub(1) } else { last };
        let ticks: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
        let (labels, factor) = labels(&ticks, step);
        Self { low, high, spacing: Spacing::Even, ticks, labels, factor }
    }

    /// An axis for data from the least to the greatest of them, with some air; from zero where that is near.
    ///
    /// Without data it runs from 0 to 1 and has no ticks.
    pub(crate) fn around(range: Option<(f64, f64)>, wanted: usize) -> Self {
        let within = |v: f64| v.clamp(-1e300, 1e300);
        let Some((least, greatest)) = range.map(|(least, greatest)| (within(least), within(greatest))) else {
            return Self { low: 0.0, high: 1.0, spacing: Spacing::Even, ticks: Vec::new(), labels: Vec::new(), factor: None };
        };
        let size = least.abs().max(greatest.abs());
        let spread = greatest - least;
        let air = if spread > size * 1e-12 {
            spread * 0.06
        } else if size > 0.0 {
            size * 0.1
        } else {
            1.0
        };
        let (mut low, mut high) = (least - air, greatest + air);
        if least >= 0.0 && (low < 0.0 || least < 0.2 * greatest) && spread > 0.0 {
            low = 0.0;
        }
        if greatest <= 0.0 && (high > 0.0 || greatest > 0.2 * least) && spread > 0.0 {
            high = 0.0;
        }
        Self::over(low, high, wanted)
    }
}

/// So many times the length of an axis may a curve leave it: enough to keep its slope at the axis' end.
const BEYOND: f64 = 20.0;

/// The least and the greatest of the finite numbers.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|v| v.is_finite()).fold(None, |range, v| {
        let (low, high) = range.unwrap_or((v, v));
        Some((low.min(v), high.max(v)))
    })
}

/// The round number (1, 2 or 5 times a power of ten) that divides `span` into at most about `wanted` parts.
pub(crate) fn step(span: f64, wanted: usize) -> f64 {
    let raw = (span / wanted.max(1) as f64).abs();
    if !(raw.is_finite() && raw > 0.0) {
        return 1.0;
    }
    let power = 10f64.powi(magnitude(raw));
    let nice = [1.0, 2.0, 5.0, 10.0].into_iter().find(|m| m * power >= raw * 0.999_999).unwrap_or(10.0);
    nice * power
}

/// Labels with as many decimals as the step needs; very large and very small numbers share a factor.
fn labels(ticks: &[f64], step: f64) -> (Vec<String>, Option<String>) {
    let greatest = ticks.iter().fold(0.0, |m: f64, t| m.max(t.abs()));
    let power = magnitude(greatest);
    let decimals = |step: f64| (-magnitude(step)).max(0) as usize;
    // A large number with a small step needs its digits anyway: a factor would only move the point.
    let plain = (-3..6).contains(&power) || (power < 13 && magnitude(step) + 4 < power);
    let write = |by: f64, decimals: usize| ticks.iter().map(|t| signed(t / by, decimals)).collect::<Vec<_>>();
    if plain || greatest == 0.0 {
        return (write(1.0, decimals(step).min(12)), None);
    }
    let by = 10f64.powi(power);
    (write(by, decimals(step / by * 1.000_001).min(12)), Some(format!("×10{}", superscript(power))))
}

/// The number with a true minus sign, never a negative zero.
fn signed(v: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", v.abs());
    let zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if v < 0.0 && !zero { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(low: f64, high: f64) -> (Vec<String>, Option<String>) {
        let s = Scale::over(low, high, 5);
        (s.labels, s.factor)
    }

    #[test]
    fn ticks_stand_at_round_numbers_within_the_range() {
        assert_eq!(shown(0.0, 10.0).0, ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(shown(-1.3, 1.9).0, ["−1", "0", "1"]);
        assert_eq!(shown(26.4, 29.1).0, ["27", "28", "29"]);
        assert_eq!(shown(0.0, 0.5).0, ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]);
        assert_eq!(shown(-0.25, 0.25).0, ["−0.2", "−0.1", "0.0", "0.1", "0.2"]);
    }

    #[test]
    fn very_small_and_very_large_numbers_share_a_factor() {
        assert_eq!(shown(0.0, 5e-9), (["0", "1", "2", "3", "4", "5"].map(String::from).to_vec(), Some("×10⁻⁹".to_owned())));
        assert_eq!(shown(0.0, 2e9).1, Some("×10⁹".to_owned()));
        assert_eq!(shown(0.0, 20_000.0), (["0", "5000", "10000", "15000", "20000"].map(String::from).to_vec(), None));
    }

    #[test]
    fn a_logarithmic_axis_has_its_ticks_at_decades_or_between() {
        let shown = |low, high| Scale::spaced(low, high, Spacing::Log, 6).labels;
        assert_eq!(shown(1.0, 1000.0), ["1", "10", "100", "1000"]);
        assert_eq!(shown(0.9, 110.0), ["1", "10", "100"]);
        assert_eq!(shown(1.0, 60.0), ["1", "2", "5", "10", "20", "50"]);
        assert_eq!(shown(1e-9, 1e9), ["10⁻⁸", "0.0001", "1", "10000", "10⁸"]);
        assert!(shown(10.0, 10.1).len() >= 2);
        let axis = Scale::spaced(1.0, 100.0, Spacing::Log, 6);
        assert_eq!([axis.share(1.0), axis.share(10.0), axis.share(100.0), axis.share(0.0)], [0.0, 0.5, 1.0, -BEYOND]);
    }

    #[test]
    fn small_changes_of_a_large_number_stay_distinct() {
        let (labels, _) = shown(1e9, 1e9 + 4.0);
        let mut unique = labels.clone();
        unique.dedup();
        assert!(labels.len() >= 4 && unique == labels, "{labels:?}");
    }

    #[test]
    fn data_get_air_and_zero_where_it_is_near() {
        let s = Scale::around(Some((10.0, 20.0)), 5);
        assert!(s.low < 10.0 && s.high > 20.0);
        assert_eq!(Scale::around(Some((0.0, 20.0)), 5).low, 0.0);
        assert_eq!(Scale::around(Some((1.0, 20.0)), 5).low, 0.0);
        assert_eq!(Scale::around(Some((-20.0, -1.0)), 5).high, 0.0);
    }

    #[test]
    fn the_greatest_and_least_numbers_there_are_do_no_harm() {
        for (low, high) in [(f64::MIN, f64::MAX), (0.0, 5e-324), (f64::NEG_INFINITY, f64::INFINITY), (1e300, 1.000_001e300)] {
            assert!(Scale::over(low, high, 5).ticks.len() <= 1000);
            assert!(Scale::around(Some((low, high)), 5).ticks.len() <= 1000);
        }
    }

    #[test]
    fn constant_and_absent_data_still_have_an_axis() {
        for constant in [0.0, 5.0, -1e-9, 1e9] {
            let s = Scale::around(Some((constant, constant)), 5);
            assert!(s.low < constant && constant < s.high && s.ticks.len() >= 2, "{constant}: {s:?}");
        }
        assert_eq!(Scale::around(None, 5).ticks, [] as [f64; 0]);
    }

    proptest::proptest! {
        #[test]
        fn any_range_has_few_distinct_labels(low in -1e12..1e12f64, log in -9.0..12.0f64) {
            let high = low + 10f64.powf(log);
            proptest::prop_assume!(high - low > low.abs() * 1e-9);
            let s = Scale::over(low, high, 6);
            proptest::prop_assert!(s.ticks.len() <= 7 && s.ticks.len() >= 2, "{s:?}");
            let mut unique = s.labels.clone();
            unique.dedup();
            proptest::prop_assert_eq!(unique, s.labels);
        }
    }
}
