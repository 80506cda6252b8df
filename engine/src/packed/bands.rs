//! Sums of each column over the rows of one time, each row with its weight.

use super::cells::Halves;
use super::{LANES, Packed, SAFE, Whole, eights};
use wide::{i16x8, i32x8};

/// The sums of each column over rows of one time.
pub(crate) struct Bands {
    rows: usize,
    now: Vec<Sums>,
    weights: Vec<Weights>,
    whole: Vec<Whole>,
}

/// Of eight columns.
#[derive(Clone, Copy)]
struct Sums {
    /// How many are missing, less than zero.
    missing: i16x8,
    sum: i32x8,
    squares: Halves,
    least: i16x8,
    greatest: i16x8,
}

impl Sums {
    const NONE: Self = Self { missing: i16x8::ZERO, sum: i32x8::ZERO, squares: Halves::NONE, least: i16x8::MAX, greatest: i16x8::MIN };
}

/// The sums of the weights of eight columns, and the weighted sums.
#[derive(Clone, Copy, Default)]
struct Weights {
    weight: [f64; LANES],
    weighted: [f64; LANES],
}

impl Bands {
    /// So many columns without a value.
    pub(crate) fn new(width: usize) -> Self {
        let (now, weights) = (vec![Sums::NONE; eights(width)], vec![Weights::default(); eights(width)]);
        Self { rows: 0, now, weights, whole: vec![Whole::NONE; width] }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, packed: &Packed<'_>, weight: f64) {
        if self.rows == SAFE {
            self.carry();
        }
        self.rows += 1;
        let (now, weights) = (&mut self.now[..], &mut self.weights[..]);
        packed.each(
            #[inline(always)]
            |nth, eight| {
                let values = eight.or_zero();
                let sums = &mut now[nth];
                sums.missing += eight.missing;
                sums.sum += i32x8::from_i16x8(values);
                sums.squares.add(values.widening_mul(values));
                sums.least = sums.least.min(eight.or(i16::MAX));
                sums.greatest = sums.greatest.max(eight.or(i16::MIN));
                let (values, missing, weights) = (values.to_array(), eight.missing.to_array(), &mut weights[nth]);
                for lane in 0..LANES {
                    weights.weight[lane] += if missing[lane] == 0 { weight } else { 0.0 };
                    weights.weighted[lane] += weight * f64::from(values[lane]);
                }
            },
        );
    }

    fn carry(&mut self) {
        for (n, whole) in self.whole.iter_mut().enumerate() {
            let (sums, lane) = (&self.now[n / LANES], n % LANES);
            let there = self.rows as i64 + i64::from(sums.missing.as_array()[lane]);
            if there > 0 {
                whole.merge(&Whole {
                    count: there.cast_unsigned(),
                    sum: sums.sum.as_array()[lane].into(),
                    squares: sums.squares.of(lane).cast_unsigned(),
                    least: sums.least.as_array()[lane].into(),
                    greatest: sums.greatest.as_array()[lane].into(),
                });
            }
        }
        self.now.fill(Sums::NONE);
        self.rows = 0;
    }

    /// The sums of each column so far, with the sum of the weights and the weighted sum; then none has a value any more.
    pub(crate) fn take(&mut self, mut with: impl FnMut(usize, &Whole, f64, f64)) {
        self.carry();
        for (n, whole) in self.whole.iter_mut().enumerate() {
            let (weights, lane) = (&self.weights[n / LANES], n % LANES);
            with(n, whole, weights.weight[lane], weights.weighted[lane]);
            *whole = Whole::NONE;
        }
        self.weights.fill(Weights::default());
    }
}
