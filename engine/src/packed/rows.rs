//! Sums over a row of cells.

use super::{ALL, Check, MARKED, Packed, RANGED, SAFE, Side, Small, Whole, by_mode, with_cells};

/// Sums side by side, which a processor can take at once.
pub(super) const LANES: usize = 8;

/// The sums over the values in a row.
pub(crate) fn sums(row: &Packed<'_>) -> Whole {
    let mut whole = Whole::NONE;
    with_cells!(row, cells, check, T => by_mode!(check, add::<T>(cells, &check, &mut whole)));
    whole
}

fn add<T: Small, const MODE: u8>(cells: &[T], check: &Check<T>, whole: &mut Whole) {
    for block in cells.chunks(LANES * SAFE) {
        let mut lanes = Lanes::<i16>::NONE;
        let (rows, rest) = block.as_chunks::<LANES>();
        for row in rows {
            lanes.add(row.map(T::centred), row.map(|cell| check.holds::<MODE>(cell)));
        }
        if !rest.is_empty() {
            let (mut last, mut holds) = ([0; LANES], [false; LANES]);
            for (n, cell) in rest.iter().enumerate() {
                (last[n], holds[n]) = (cell.centred(), check.holds::<MODE>(*cell));
            }
            lanes.add(last, holds);
        }
        lanes.add_to(whole);
    }
}

/// Sums of up to [`SAFE`] numbers in each lane, which fit into `E`. Squares are summed in halves of 16 bits.
pub(super) struct Lanes<E> {
    count: [u32; LANES],
    sum: [i32; LANES],
    low: [u32; LANES],
    high: [u32; LANES],
    least: [E; LANES],
    greatest: [E; LANES],
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

impl<E: Extreme> Lanes<E> {
    pub(super) const NONE: Self = Self {
        count: [0; LANES],
        sum: [0; LANES],
        low: [0; LANES],
        high: [0; LANES],
        least: [E::ENDS.1; LANES],
        greatest: [E::ENDS.0; LANES],
    };

    /// Adds a number to each lane, if it holds there.
    #[inline]
    pub(super) fn add(&mut self, numbers: [i32; LANES], holds: [bool; LANES]) {
        for n in 0..LANES {
            let number = if holds[n] { numbers[n] } else { 0 };
            let square = number.wrapping_mul(number) as u32;
            self.count[n] += u32::from(holds[n]);
            self.sum[n] += number;
            self.low[n] += square & 0xffff;
            self.high[n] += square >> 16;
            self.least[n] = self.least[n].min(if holds[n] { E::of(numbers[n]) } else { E::ENDS.1 });
            self.greatest[n] = self.greatest[n].max(if holds[n] { E::of(numbers[n]) } else { E::ENDS.0 });
        }
    }

    pub(super) fn add_to(&self, whole: &mut Whole) {
        let before = whole.count;
        for n in 0..LANES {
            whole.count += u64::from(self.count[n]);
            whole.sum += i64::from(self.sum[n]);
            whole.squares += (u64::from(self.high[n]) << 16) + u64::from(self.low[n]);
        }
        if whole.count > before {
            whole.least = self.least.iter().fold(whole.least, |least, n| least.min((*n).into()));
            whole.greatest = self.greatest.iter().fold(whole.greatest, |greatest, n| greatest.max((*n).into()));
        }
    }
}
