//! Sums over a row of cells.

use super::{ALL, Check, MARKED, Packed, RANGED, SAFE, Side, Small, Whole, by_mode, with_cells};

/// The sums over the values in a row.
pub(crate) fn sums(row: &Packed<'_>) -> Whole {
    let mut whole = Whole::NONE;
    with_cells!(row, cells, check, T => by_mode!(check, add::<T>(cells, &check, &mut whole)));
    whole
}

fn add<T: Small, const MODE: u8>(cells: &[T], check: &Check<T>, whole: &mut Whole) {
    for block in cells.chunks(SAFE) {
        let mut sums = Block::<i16>::NONE;
        for cell in block {
            sums.add(cell.centred(), check.holds::<MODE>(*cell));
        }
        sums.add_to(whole);
    }
}

/// Sums of up to [`SAFE`] numbers, which fit into `E`. Squares are summed in halves of 16 bits. Whole numbers may be added in any
/// order, so the compiler adds many at a time.
pub(super) struct Block<E> {
    count: u32,
    sum: i32,
    low: u32,
    high: u32,
    least: E,
    greatest: E,
}

/// A type that holds numbers while they are compared.
pub(super) trait Extreme: Copy + Ord + Into<i32> {
    const ENDS: (Self, Self);

    fn of(number: i32) -> Self;
}

impl Extreme for i16 {
    const ENDS: (Self, Self) = (Self::MIN, Self::MAX);

    #[inline]
    fn of(number: i32) -> Self {
        number as Self
    }
}

impl Extreme for i32 {
    const ENDS: (Self, Self) = (Self::MIN, Self::MAX);

    #[inline]
    fn of(number: i32) -> Self {
        number
    }
}

impl<E: Extreme> Block<E> {
    pub(super) const NONE: Self = Self { count: 0, sum: 0, low: 0, high: 0, least: E::ENDS.1, greatest: E::ENDS.0 };

    /// Adds a number, if it holds.
    #[inline]
    pub(super) fn add(&mut self, number: i32, holds: bool) {
        let there = if holds { number } else { 0 };
        let square = there.wrapping_mul(there) as u32;
        self.count += u32::from(holds);
        self.sum += there;
        self.low += square & 0xffff;
        self.high += square >> 16;
        self.least = self.least.min(if holds { E::of(number) } else { E::ENDS.1 });
        self.greatest = self.greatest.max(if holds { E::of(number) } else { E::ENDS.0 });
    }

    pub(super) fn add_to(&self, whole: &mut Whole) {
        whole.count += u64::from(self.count);
        whole.sum += i64::from(self.sum);
        whole.squares += (u64::from(self.high) << 16) + u64::from(self.low);
        if self.count > 0 {
            whole.least = whole.least.min(self.least.into());
            whole.greatest = whole.greatest.max(self.greatest.into());
        }
    }
}
