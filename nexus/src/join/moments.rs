//! Count, mean, spread and extremes of a sample, and how those of two samples make those of both.

/// Count, mean, population standard deviation and extremes of some numbers. What is unknown is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) count: f64,
    pub(crate) mean: f64,
    pub(crate) std: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Moments {
    /// Those of no sample.
    pub(crate) const NONE: Self = Self { count: f64::NAN, mean: f64::NAN, std: f64::NAN, min: f64::NAN, max: f64::NAN };

    /// Those of both samples together. Exact where `mean` is the plain mean of `count` numbers.
    ///
    /// The sums of squared deviations add as after Chan, Golub and `LeVeque` (1979):
    /// `M₂ = M₂ₐ + M₂ᵦ + (mᵦ − mₐ)² nₐ nᵦ / (nₐ + nᵦ)`, where `M₂ = n std²`.
    pub(crate) fn and(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let count = self.count + other.count;
        let step = other.mean - self.mean;
        let squares = self.count * self.std.powi(2) + other.count * other.std.powi(2) + step.powi(2) * self.count * other.count / count;
        Self {
            count,
            mean: self.mean + step * other.count / count,
            std: (squares / count).sqrt(),
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// The same bits for those that are the same; what is unknown of both is.
    pub(crate) fn bits(&self) -> [u64; 5] {
        // The sum is for −0.0.
        [self.count, self.mean, self.std, self.min, self.max]
            .map(|number| if number.is_nan() { u64::MAX } else { (number + 0.0).to_bits() })
    }

    /// Whether there is no sample, or none that could be weighed.
    fn is_empty(&self) -> bool {
        self.mean.is_nan() || self.count == 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(numbers: &[f64]) -> Moments {
        let count = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / count;
        let variance = numbers.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
        let fold = |f: fn(f64, f64) -> f64| numbers.iter().copied().fold(f64::NAN, f);
        Moments { count, mean, std: variance.sqrt(), min: fold(f64::min), max: fold(f64::max) }
    }

    proptest! {
        #[test]
        fn two_samples_joined_are_the_sample_of_both(
            a in proptest::collection::vec(-100.0..100.0f64, 1..50),
            b in proptest::collection::vec(-100.0..100.0f64, 1..50),
        ) {
            let (joined, whole) = (of(&a).and(of(&b)), of(&[a, b].concat()));
            for (x, y) in [(joined.count, whole.count), (joined.mean, whole.mean), (joined.std, whole.std), (joined.min, whole.min), (joined.max, whole.max)] {
                prop_assert!((x - y).abs() < 1e-9, "{joined:?} {whole:?}");
            }
        }
    }

    #[test]
    fn a_sample_joined_with_none_is_itself_to_the_last_bit() {
        let a = of(&[0.1, 0.2, 0.7]);
        let empty = Moments { count: 0.0, mean: -9999.0, ..Moments::NONE };
        assert_eq!([a.and(Moments::NONE), Moments::NONE.and(a), a.and(empty), empty.and(a)], [a; 4]);
    }
}
