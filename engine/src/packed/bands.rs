//! Sums of each column over the rows of one time, each row with its weight.

use super::cells::Products;
use super::{LANES, Packed, SAFE, Whole, eights};
use wide::{i16x8, i32x8};

/// The sums of each column over rows of one time.
pub(crate) struct Bands {
    rows: usize,
    now: Vec<Sums>,
    /// The sum of the weights of all rows.
    weight: f64,
    weights: Vec<Weights>,
    whole: Vec<Whole>,
}

/// Of eight columns.
#[derive(Clone, Copy)]
struct Sums {
    /// How many are missing, less than zero.
    missing: i16x8,
    sum: i32x8,
    squares: Products,
    least: i16x8,
    greatest: i16x8,
}

impl Sums {
    const NONE: Self = Self { missing: i16x8::ZERO, sum: i32x8::ZERO, squares: Products::NONE, least: i16x8::MAX, greatest: i16x8::MIN };
}

/// The weighted sums of eight columns, and the sums of the weights of those cells that are missing.
#[derive(Clone, Copy, Default)]
struct Weights {
    weighted: [f64; LANES],
    missing: [f64; LANES],
}

impl Bands {
    /// So many columns without a value.
    pub(crate) fn new(width: usize) -> Self {
        let (now, weights) = (vec![Sums::NONE; eights(width)], vec![Weights::default(); eights(width)]);
        Self { rows: 0, now, weight: 0.0, weights, whole: vec![Whole::NONE; width] }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, packed: &Packed<'_>, weight: f64) {
        if self.rows == SAFE {
            self.carry();
        }
        self.rows += 1;
        self.weight += weight;
        let (now, weights) = (&mut self.now[..], &mut self.weights[..]);
        packed.each(
            #[inline(always)]
            |nth, eight| {
                let (sums, weights) = (&mut now[nth], &mut weights[nth]);
                // Most eights are whole, and then there is nothing to leave out.
                if eight.missing.any() {
                    sums.missing += eight.missing;
                    for (sum, missing) in weights.missing.iter_mut().zip(eight.missing.to_array()) {
                        *sum += if missing == 0 { 0.0 } else { weight };
                    }
                    add(sums, weights, weight, [eight.or_zero(), eight.or(i16::MAX), eight.or(i16::MIN)]);
                } else {
                    add(sums, weights, weight, [eight.numbers; 3]);
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
            with(n, whole, self.weight - weights.missing[lane], weights.weighted[lane]);
            *whole = Whole::NONE;
        }
        self.weights.fill(Weights::default());
        self.weight = 0.0;
    }
}

/// Adds eight numbers, which may be others where the least and where the greatest is looked for.
#[inline]
fn add(sums: &mut Sums, weights: &mut Weights, weight: f64, [numbers, high, low]: [i16x8; 3]) {
    sums.sum += i32x8::from_i16x8(numbers);
    sums.squares.add(numbers.widening_mul(numbers));
    sums.least = sums.least.min(high);
    sums.greatest = sums.greatest.max(low);
    for (sum, number) in weights.weighted.iter_mut().zip(numbers.to_array()) {
        *sum += weight * f64::from(number);
    }
}
