//! Sums over rows of cells.

use super::rule::Eight;
use super::{Packed, SAFE, Whole, eights};
use wide::{i16x8, i32x4, u32x4};

/// The sums over the values in a row.
pub(crate) fn sums(row: &Packed<'_>) -> Whole {
    let (mut whole, mut lanes) = (Whole::NONE, RowSums::NONE);
    row.each(
        #[inline(always)]
        |nth, eight| {
            lanes.add(eight);
            if nth % SAFE == SAFE - 1 {
                std::mem::replace(&mut lanes, RowSums::NONE).add_to(&mut whole);
            }
        },
    );
    lanes.add_to(&mut whole);
    whole
}

/// Sums over rows that each have a weight.
pub(crate) struct WeightedSums {
    lanes: RowSums,
    /// How many values the lanes have seen, and their sum.
    seen: (u32, i64),
    /// What the lanes held before they were full.
    whole: Whole,
    weight: f64,
    weighted: f64,
}

impl WeightedSums {
    pub(crate) const NONE: Self = Self { lanes: RowSums::NONE, seen: (0, 0), whole: Whole::NONE, weight: 0.0, weighted: 0.0 };

    /// Adds a row. Only its count and its sum are worked out now, which the weight is for.
    pub(crate) fn add(&mut self, row: &Packed<'_>, weight: f64) {
        let more = eights(row.length);
        if self.lanes.eights as usize + more > SAFE {
            self.empty();
        }
        if more > SAFE {
            let whole = sums(row);
            self.whole.merge(&whole);
            self.weigh(weight, whole.count as f64, whole.sum as f64);
            return;
        }
        row.each(
            #[inline(always)]
            |_, eight| self.lanes.add(eight),
        );
        let (count, sum) = (self.lanes.count(), total(self.lanes.sum));
        self.weigh(weight, f64::from(count - self.seen.0), (sum - self.seen.1) as f64);
        self.seen = (count, sum);
    }

    fn weigh(&mut self, weight: f64, count: f64, sum: f64) {
        self.weight += weight * count;
        self.weighted += weight * sum;
    }

    fn empty(&mut self) {
        std::mem::replace(&mut self.lanes, RowSums::NONE).add_to(&mut self.whole);
        self.seen = (0, 0);
    }

    /// The sums, the sum of the weights of all values, and the weighted sum.
    pub(crate) fn finish(mut self) -> (Whole, f64, f64) {
        self.empty();
        (self.whole, self.weight, self.weighted)
    }
}

/// Sums over up to [`SAFE`] eights, side by side.
pub(super) struct RowSums {
    /// How many are missing, less than zero.
    missing: i16x8,
    eights: u32,
    sum: i32x4,
    /// Of squares, of which only the last 32 bits are kept.
    squares: u32x4,
    /// Of the upper 16 bits of squares, from which the bits follow that the others have lost.
    upper: u32x4,
    least: i16x8,
    greatest: i16x8,
}

impl RowSums {
    pub(super) const NONE: Self = Self {
        missing: i16x8::ZERO,
        eights: 0,
        sum: i32x4::ZERO,
        squares: u32x4::ZERO,
        upper: u32x4::ZERO,
        least: i16x8::MAX,
        greatest: i16x8::MIN,
    };

    #[inline]
    pub(super) fn add(&mut self, eight: Eight) {
        self.eights += 1;
        // Most eights are whole, and then there is nothing to leave out.
        if eight.missing.any() {
            self.missing += eight.missing;
            self.add_values(eight.or_zero(), eight.or(i16::MAX), eight.or(i16::MIN));
        } else {
            self.add_values(eight.numbers, eight.numbers, eight.numbers);
        }
    }

    /// Adds numbers, which may be others where the least and where the greatest is looked for.
    #[inline]
    fn add_values(&mut self, numbers: i16x8, high: i16x8, low: i16x8) {
        // Of two squares of −2¹⁵ the sum is 2³¹, whose bits are right all the same.
        let squares: u32x4 = bytemuck::cast(numbers.dot(numbers));
        self.sum += numbers.dot(i16x8::ONE);
        self.squares += squares;
        self.upper += squares >> 16;
        self.least = self.least.min(high);
        self.greatest = self.greatest.max(low);
    }

    /// How many values there are.
    fn count(&self) -> u32 {
        (8 * self.eights).wrapping_add_signed(self.missing.dot(i16x8::ONE).reduce_add())
    }

    /// The sum of all squares. The lower halves of fewer than 2¹⁶ of them fit into 32 bits.
    fn squares(&self) -> u64 {
        let lanes = self.squares.to_array().into_iter().zip(self.upper.to_array());
        lanes.map(|(all, upper)| (u64::from(upper) << 16) + u64::from(all.wrapping_sub(upper << 16))).sum()
    }

    pub(super) fn add_to(&self, whole: &mut Whole) {
        let count = self.count();
        if count == 0 {
            return;
        }
        whole.merge(&Whole {
            count: count.into(),
            sum: total(self.sum),
            squares: self.squares(),
            least: self.least.reduce_min().into(),
            greatest: self.greatest.reduce_max().into(),
        });
    }
}

fn total(lanes: i32x4) -> i64 {
    lanes.to_array().into_iter().map(i64::from).sum()
}
