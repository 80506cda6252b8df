//! Sums over pairs of cells, one of each variable.

use super::cells::Products;
use super::rows::RowSums;
use super::{LANES, Packed, SAFE, Whole, eights};
use wide::{i16x8, i32x8};

/// The sums over the differences of two rows, of the cells that are values in both; none if rows of these types cannot be
/// subtracted as they are stored, or a difference is too large for that.
pub(crate) fn differences(from: &Packed<'_>, subtracted: &Packed<'_>) -> Option<Whole> {
    if from.rule.worth.scale != subtracted.rule.worth.scale {
        return None;
    }
    let (mut whole, mut lanes, mut too_large) = (Whole::NONE, RowSums::NONE, i16x8::ZERO);
    let side_by_side = from.each_beside(
        subtracted,
        #[inline(always)]
        |nth, a, b| {
            let (difference, beyond) = a.less(b);
            lanes.add(difference);
            too_large |= beyond;
            if nth % SAFE == SAFE - 1 {
                std::mem::replace(&mut lanes, RowSums::NONE).add_to(&mut whole);
            }
        },
    );
    lanes.add_to(&mut whole);
    (side_by_side && !too_large.any()).then_some(whole)
}

/// Sums over the pairs of one cell: count, Σx, Σy, Σx², Σy² and Σxy, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PairSums {
    pub(crate) count: i64,
    pub(crate) x: i64,
    pub(crate) y: i64,
    pub(crate) xx: i64,
    pub(crate) yy: i64,
    pub(crate) xy: i64,
}

/// The sums over the pairs of each cell.
pub(crate) struct PairCells {
    width: usize,
    now: Vec<EightPairs>,
    /// How many times were added to each row since it was carried over.
    added: Vec<usize>,
    carried: Vec<PairSums>,
}

/// Of eight cells.
#[derive(Clone, Copy)]
struct EightPairs {
    /// How many are missing, less than zero.
    missing: i16x8,
    x: i32x8,
    y: i32x8,
    xx: Products,
    yy: Products,
    xy: Products,
}

impl EightPairs {
    const NONE: Self =
        Self { missing: i16x8::ZERO, x: i32x8::ZERO, y: i32x8::ZERO, xx: Products::NONE, yy: Products::NONE, xy: Products::NONE };
}

impl PairCells {
    /// How many bytes they take for each cell.
    pub(crate) const BYTES: usize = size_of::<EightPairs>() / LANES + size_of::<PairSums>();

    /// No pair yet in any of so many rows and columns.
    pub(crate) fn new(rows: usize, width: usize) -> Self {
        Self { width, now: vec![EightPairs::NONE; rows * eights(width)], added: vec![0; rows], carried: Vec::new() }
    }

    /// Adds a row of pairs of one time; false if rows of these types cannot be added as they are stored.
    pub(crate) fn add(&mut self, row: usize, x: &Packed<'_>, y: &Packed<'_>) -> bool {
        if self.added[row] == SAFE {
            self.carry(row);
        }
        let now = &mut self.now[row * eights(self.width)..(row + 1) * eights(self.width)];
        let added = x.each_beside(
            y,
            #[inline(always)]
            |nth, a, b| {
                let (x, y) = (a.without(b.missing).or_zero(), b.without(a.missing).or_zero());
                let sums = &mut now[nth];
                sums.missing += a.missing | b.missing;
                sums.x += i32x8::from_i16x8(x);
                sums.y += i32x8::from_i16x8(y);
                sums.xx.add(x.widening_mul(x));
                sums.yy.add(y.widening_mul(y));
                sums.xy.add(x.widening_mul(y));
            },
        );
        self.added[row] += usize::from(added);
        added
    }

    fn carry(&mut self, row: usize) {
        self.carried.resize(self.added.len() * self.width, PairSums::default());
        for cell in row * self.width..(row + 1) * self.width {
            self.carried[cell] = self.of(cell);
        }
        self.now[row * eights(self.width)..(row + 1) * eights(self.width)].fill(EightPairs::NONE);
        self.added[row] = 0;
    }

    /// The sums of one cell.
    pub(crate) fn of(&self, cell: usize) -> PairSums {
        let before = self.carried.get(cell).copied().unwrap_or_default();
        let (row, column) = (cell / self.width, cell % self.width);
        let (now, lane) = (&self.now[row * eights(self.width) + column / LANES], column % LANES);
        PairSums {
            count: before.count + self.added[row] as i64 + i64::from(now.missing.as_array()[lane]),
            x: before.x + i64::from(now.x.as_array()[lane]),
            y: before.y + i64::from(now.y.as_array()[lane]),
            xx: before.xx + now.xx.of(lane),
            yy: before.yy + now.yy.of(lane),
            xy: before.xy + now.xy.of(lane),
        }
    }
}
