//! Sums and extremes of each cell, over times that come one after another.

use super::rule::Eight;
use super::{Gathered, LANES, Packed, SAFE, Whole, Worth, eights};
use wide::{i16x8, i32x8};

/// Count, sum and, if wanted, sum of squares of each cell.
///
/// Sums are of 32 bits, so that many fit into a register. Before they could overflow they are carried over to others of 64.
pub(crate) struct CellSums<const SQUARES: bool> {
    width: usize,
    now: Vec<Sums>,
    /// Empty where squares are not wanted.
    squares: Vec<Products>,
    /// How many times were added to each row since it was carried over.
    added: Vec<usize>,
    /// By cell: count, sum and squares that were carried over.
    carried: Vec<(u64, i64, u64)>,
}

/// Of eight cells.
#[derive(Clone, Copy, Default)]
struct Sums {
    /// How many are missing, less than zero.
    missing: i16x8,
    sum: i32x8,
}

/// Sums of products.
#[derive(Clone, Copy)]
pub(super) struct Products {
    /// Of which only the last 32 bits are kept.
    all: i32x8,
    /// Those of the upper 16 bits, from which the bits follow that the others have lost.
    upper: i32x8,
}

impl Products {
    pub(super) const NONE: Self = Self { all: i32x8::ZERO, upper: i32x8::ZERO };

    #[inline]
    pub(super) fn add(&mut self, product: i32x8) {
        self.all += product;
        self.upper += product >> 16;
    }

    /// The sum in one lane. The lower halves of fewer than 2¹⁶ products fit into 32 bits.
    pub(super) fn of(&self, lane: usize) -> i64 {
        let (all, upper) = (self.all.as_array()[lane], self.upper.as_array()[lane]);
        (i64::from(upper) << 16) + i64::from(all.wrapping_sub(upper << 16).cast_unsigned())
    }
}

impl<const SQUARES: bool> Gathered for CellSums<SQUARES> {
    const BYTES: usize = size_of::<Whole>() + (size_of::<Sums>() + size_of::<Products>()) / LANES;

    fn new(rows: usize, width: usize, _worth: &Worth) -> Self {
        let count = rows * eights(width);
        let squares = if SQUARES { vec![Products::NONE; count] } else { Vec::new() };
        Self { width, now: vec![Sums::default(); count], squares, added: vec![0; rows], carried: Vec::new() }
    }

    fn add(&mut self, row: usize, packed: &Packed<'_>) {
        if self.added[row] == SAFE {
            self.carry(row);
        }
        self.added[row] += 1;
        let range = row * eights(self.width)..(row + 1) * eights(self.width);
        let now = &mut self.now[range.clone()];
        let squares = if SQUARES { &mut self.squares[range] } else { &mut [] };
        packed.each(
            #[inline(always)]
            |nth, eight| {
                let values = eight.or_zero();
                now[nth].missing += eight.missing;
                now[nth].sum += i32x8::from_i16x8(values);
                if SQUARES {
                    squares[nth].add(values.widening_mul(values));
                }
            },
        );
    }
}

impl<const SQUARES: bool> CellSums<SQUARES> {
    fn carry(&mut self, row: usize) {
        self.carried.resize(self.added.len() * self.width, (0, 0, 0));
        for cell in row * self.width..(row + 1) * self.width {
            let whole = self.of(cell);
            self.carried[cell] = (whole.count, whole.sum, whole.squares);
        }
        let range = row * eights(self.width)..(row + 1) * eights(self.width);
        self.now[range.clone()].fill(Sums::default());
        if SQUARES {
            self.squares[range].fill(Products::NONE);
        }
        self.added[row] = 0;
    }

    /// The sums of one cell, without extremes.
    pub(crate) fn of(&self, cell: usize) -> Whole {
        let (count, sum, squares) = self.carried.get(cell).copied().unwrap_or_default();
        let (row, column) = (cell / self.width, cell % self.width);
        let (nth, lane) = (row * eights(self.width) + column / LANES, column % LANES);
        let now = &self.now[nth];
        let there = self.added[row] as i64 + i64::from(now.missing.as_array()[lane]);
        Whole {
            count: count + there.cast_unsigned(),
            sum: sum + i64::from(now.sum.as_array()[lane]),
            squares: squares + self.squares.get(nth).map_or(0, |halves| halves.of(lane).cast_unsigned()),
            ..Whole::NONE
        }
    }
}

/// Count and extremes of each cell, and the values next to zero on either side.
pub(crate) struct CellExtremes {
    width: usize,
    now: Vec<EightEnds>,
    /// How many times were added to each row since its count was carried over.
    added: Vec<usize>,
    /// By cell.
    carried: Vec<u32>,
    split: i16,
}

/// Of eight cells; upside down where there is none.
#[derive(Clone, Copy)]
struct EightEnds {
    /// How many are missing, less than zero.
    missing: i16x8,
    least: i16x8,
    greatest: i16x8,
    /// The least number that is not less than the split, and the greatest that is: the values next to zero. They are not kept
    /// as long as all numbers lie on one side, where the least or the greatest is next to zero.
    above: i16x8,
    below: i16x8,
}

/// The extremes of one cell; what there is none of is upside down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) count: u32,
    pub(crate) least: i16,
    pub(crate) greatest: i16,
    pub(crate) above: Option<i16>,
    pub(crate) below: Option<i16>,
}

impl EightEnds {
    const NONE: Self = Self { missing: i16x8::ZERO, least: i16x8::MAX, greatest: i16x8::MIN, above: i16x8::MAX, below: i16x8::MIN };

    #[inline]
    fn add(&mut self, eight: Eight, split: i16x8) {
        let (mut high, mut low) = (eight.numbers, eight.numbers);
        if eight.missing.any() {
            self.missing += eight.missing;
            (high, low) = (eight.or(i16::MAX), eight.or(i16::MIN));
        }
        let (least, greatest) = (self.least, self.greatest);
        self.least = least.min(high);
        self.greatest = greatest.max(low);
        if self.least.simd_lt(split).any() && !self.greatest.simd_lt(split).all() {
            // What came before this was perhaps all on one side.
            for number in [least, high] {
                self.above = self.above.min(number.simd_lt(split).select(i16x8::MAX, number));
            }
            for number in [greatest, low] {
                self.below = self.below.max(number.simd_lt(split).select(number, i16x8::MIN));
            }
        }
    }
}

impl Gathered for CellExtremes {
    const BYTES: usize = size_of::<u32>() + size_of::<EightEnds>() / LANES;

    fn new(rows: usize, width: usize, worth: &Worth) -> Self {
        // The first number on the far side of what is worth zero. A cast of a number beyond 16 bits is the nearest there is.
        let split = (-worth.offset / worth.scale - worth.centre).ceil() as i16;
        Self { width, now: vec![EightEnds::NONE; rows * eights(width)], added: vec![0; rows], carried: vec![0; rows * width], split }
    }

    fn add(&mut self, row: usize, packed: &Packed<'_>) {
        if self.added[row] == SAFE {
            self.carry(row);
        }
        self.added[row] += 1;
        let now = &mut self.now[row * eights(self.width)..(row + 1) * eights(self.width)];
        let split = i16x8::splat(self.split);
        packed.each(
            #[inline(always)]
            |nth, eight| now[nth].add(eight, split),
        );
    }
}

impl CellExtremes {
    fn carry(&mut self, row: usize) {
        for cell in row * self.width..(row + 1) * self.width {
            self.carried[cell] = self.of(cell).count;
        }
        for ends in &mut self.now[row * eights(self.width)..(row + 1) * eights(self.width)] {
            ends.missing = i16x8::ZERO;
        }
        self.added[row] = 0;
    }

    /// The extremes of one cell.
    pub(crate) fn of(&self, cell: usize) -> Ends {
        let (row, column) = (cell / self.width, cell % self.width);
        let (ends, lane) = (&self.now[row * eights(self.width) + column / LANES], column % LANES);
        let [least, greatest] = [ends.least, ends.greatest].map(|lanes| lanes.as_array()[lane]);
        let there = self.added[row] as i32 + i32::from(ends.missing.as_array()[lane]);
        Ends {
            count: self.carried[cell] + there.cast_unsigned(),
            least,
            greatest,
            above: (greatest >= self.split).then(|| if least >= self.split { least } else { ends.above.as_array()[lane] }),
            below: (least < self.split).then(|| if greatest < self.split { greatest } else { ends.below.as_array()[lane] }),
        }
    }
}
