//! Sums over a row of cells.

use super::rule::Eight;
use super::{Packed, SAFE, Whole};
use wide::{i16x8, i32x4};

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

/// Sums over up to [`SAFE`] eights, side by side. Those of squares are in halves of 16 bits.
pub(super) struct RowSums {
    /// How many are missing, less than zero.
    missing: i16x8,
    eights: u32,
    sum: i32x4,
    low: i32x4,
    high: i32x4,
    least: i16x8,
    greatest: i16x8,
}

impl RowSums {
    pub(super) const NONE: Self = Self {
        missing: i16x8::ZERO,
        eights: 0,
        sum: i32x4::ZERO,
        low: i32x4::ZERO,
        high: i32x4::ZERO,
        least: i16x8::MAX,
        greatest: i16x8::MIN,
    };

    #[inline]
    pub(super) fn add(&mut self, eight: Eight) {
        let (values, halves) = (eight.or_zero(), i32x4::splat(0xffff));
        // Of two squares of −2¹⁵ the sum is 2³¹, whose bits are right all the same.
        let squares = values.dot(values);
        self.missing += eight.missing;
        self.eights += 1;
        self.sum += values.dot(i16x8::ONE);
        self.low += squares & halves;
        self.high += (squares >> 16) & halves;
        self.least = self.least.min(eight.or(i16::MAX));
        self.greatest = self.greatest.max(eight.or(i16::MIN));
    }

    pub(super) fn add_to(&self, whole: &mut Whole) {
        let total = |lanes: i32x4| lanes.to_array().into_iter().map(i64::from).sum::<i64>();
        let missing: i32 = self.missing.to_array().into_iter().map(i32::from).sum();
        let count = (8 * self.eights).wrapping_add_signed(missing);
        if count == 0 {
            return;
        }
        whole.merge(&Whole {
            count: count.into(),
            sum: total(self.sum),
            squares: ((total(self.high) << 16) + total(self.low)).cast_unsigned(),
            least: self.least.reduce_min().into(),
            greatest: self.greatest.reduce_max().into(),
        });
    }
}
