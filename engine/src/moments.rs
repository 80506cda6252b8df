//! Count, mean, spread and extremes of values that come one after another.

use crate::packed::{Whole, Worth};

/// What is known of the values seen so far.
///
/// Sums are taken of the differences from the first value, so that the spread of 300 K ± 0.1 K keeps its digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) count: u64,
    origin: f64,
    sum: f64,
    squares: f64,
    weight: f64,
    weighted: f64,
    minimum: f64,
    maximum: f64,
}

impl Moments {
    /// No value yet.
    pub(crate) const NONE: Self = Self {
        count: 0,
        origin: 0.0,
        sum: 0.0,
        squares: 0.0,
        weight: 0.0,
        weighted: 0.0,
        minimum: f64::INFINITY,
        maximum: f64::NEG_INFINITY,
    };

    /// Adds one value, unless it is NaN.
    pub(crate) fn add(&mut self, value: f64, weight: f64) {
        if value.is_nan() {
            return;
        }
        if self.count == 0 {
            self.origin = value;
        }
        let difference = value - self.origin;
        self.count += 1;
        self.sum += difference;
        self.squares += difference * difference;
        self.weight += weight;
        self.weighted += weight * difference;
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
    }

    /// Adds values of one weight; those that are NaN do not count.
    pub(crate) fn add_row(&mut self, values: &[f64], weight: f64) {
        if self.count == 0 {
            let Some(first) = values.iter().find(|v| !v.is_nan()) else { return };
            self.origin = *first;
        }
        let mut lanes = [Lane::NONE; LANES];
        let blocks = values.chunks_exact(LANES);
        for (lane, value) in lanes.iter_mut().zip(blocks.remainder()) {
            lane.add(*value, self.origin);
        }
        for block in blocks {
            for (lane, value) in lanes.iter_mut().zip(block) {
                lane.add(*value, self.origin);
            }
        }
        for lane in lanes {
            self.count += lane.count as u64;
            self.sum += lane.sum;
            self.squares += lane.squares;
            self.weight += weight * lane.count;
            self.weighted += weight * lane.sum;
            self.minimum = self.minimum.min(lane.minimum);
            self.maximum = self.maximum.max(lane.maximum);
        }
    }

    /// Adds values of one weight that were summed as they are stored.
    pub(crate) fn add_whole(&mut self, whole: &Whole, worth: &Worth, weight: f64) {
        self.add_weighted(whole, worth, weight * whole.count as f64, weight * whole.sum as f64);
    }

    /// Adds values that were summed as they are stored, with the sum of their weights and the weighted sum.
    pub(crate) fn add_weighted(&mut self, whole: &Whole, worth: &Worth, weight: f64, weighted: f64) {
        if whole.count == 0 {
            return;
        }
        let (middle, sum, squares) = whole.about_mean();
        let [one, other] = [whole.least, whole.greatest].map(|end| worth.of(end.into()));
        self.merge(&Self {
            count: whole.count,
            origin: worth.of(middle as f64),
            sum: worth.scale * sum,
            squares: worth.scale * worth.scale * squares,
            weight,
            weighted: worth.scale * (weighted - weight * middle as f64),
            minimum: one.min(other),
            maximum: one.max(other),
        });
    }

    /// Adds what another has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.count == 0 {
            *self = *other;
            return;
        }
        let shift = other.origin - self.origin;
        let count = other.count as f64;
        self.count += other.count;
        self.sum += other.sum + count * shift;
        self.squares += other.squares + 2.0 * shift * other.sum + count * shift * shift;
        self.weight += other.weight;
        self.weighted += other.weighted + other.weight * shift;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
    }

    /// Σ weight · value / Σ weight; NaN without values.
    pub(crate) fn weighted_mean(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.origin + self.weighted / self.weight }
    }

    /// Σ value / count; NaN without values.
    pub(crate) fn mean(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.origin + self.sum / self.count as f64 }
    }

    /// The population variance, Σ (value − mean)² / count, unweighted; NaN without values.
    pub(crate) fn variance(&self) -> f64 {
        let count = self.count as f64;
        if self.count == 0 { f64::NAN } else { (self.squares / count - (self.sum / count).powi(2)).max(0.0) }
    }

    /// The least value; NaN without values.
    pub(crate) fn minimum(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.minimum }
    }

    /// The greatest value; NaN without values.
    pub(crate) fn maximum(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.maximum }
    }

    /// The square root of [`Moments::variance`].
    pub(crate) fn standard_deviation(&self) -> f64 {
        self.variance().sqrt()
    }
}

/// Sums side by side, which a processor can take at once.
const LANES: usize = 8;

#[derive(Clone, Copy)]
struct Lane {
    /// A whole number, kept as the others are.
    count: f64,
    sum: f64,
    squares: f64,
    minimum: f64,
    maximum: f64,
}

impl Lane {
    const NONE: Self = Self { count: 0.0, sum: 0.0, squares: 0.0, minimum: f64::INFINITY, maximum: f64::NEG_INFINITY };

    fn add(&mut self, value: f64, origin: f64) {
        let missing = value.is_nan();
        let difference = if missing { 0.0 } else { value - origin };
        self.count += if missing { 0.0 } else { 1.0 };
        self.sum += difference;
        self.squares += difference * difference;
        // A comparison with NaN is false, so a missing value changes neither.
        self.minimum = if value < self.minimum { value } else { self.minimum };
        self.maximum = if value > self.maximum { value } else { self.maximum };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![4 => -1e3..1e3, 1 => Just(f64::NAN)]
    }

    proptest! {
        #[test]
        fn moments_are_those_of_the_definitions(values in prop::collection::vec(value(), 0..200), cut in 0usize..200, base in -1e5..1e5) {
            let values: Vec<f64> = values.iter().map(|v| v + base).collect();
            let (a, b) = values.split_at(cut.min(values.len()));
            let mut moments = Moments::NONE;
            moments.add_row(a, 0.5);
            let mut rest = Moments::NONE;
            for v in b {
                rest.add(*v, 2.0);
            }
            moments.merge(&rest);

            let present: Vec<(f64, f64)> = a.iter().map(|v| (*v, 0.5)).chain(b.iter().map(|v| (*v, 2.0))).filter(|(v, _)| !v.is_nan()).collect();
            let n = present.len() as f64;
            prop_assert_eq!(moments.count, present.len() as u64);
            if !present.is_empty() {
                let mean = present.iter().map(|(v, _)| v).sum::<f64>() / n;
                let variance = present.iter().map(|(v, _)| (v - mean).powi(2)).sum::<f64>() / n;
                let weighted = present.iter().map(|(v, w)| v * w).sum::<f64>() / present.iter().map(|(_, w)| w).sum::<f64>();
                prop_assert!((moments.mean() - mean).abs() < 1e-8);
                prop_assert!((moments.weighted_mean() - weighted).abs() < 1e-8);
                prop_assert!((moments.variance() - variance).abs() < 1e-6 * (1.0 + variance));
                prop_assert_eq!(moments.minimum(), present.iter().map(|(v, _)| *v).fold(f64::INFINITY, f64::min));
                prop_assert_eq!(moments.maximum(), present.iter().map(|(v, _)| *v).fold(f64::NEG_INFINITY, f64::max));
            }
        }
    }

    #[test]
    fn a_small_spread_far_from_zero_keeps_its_digits() {
        let mut moments = Moments::NONE;
        moments.add_row(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0], 1.0);
        assert!((moments.variance() - 2.0 / 3.0).abs() < 1e-12);
        assert!(Moments::NONE.mean().is_nan() && Moments::NONE.variance().is_nan());
    }
}
