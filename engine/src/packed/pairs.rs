//! Sums over pairs of cells, one of each variable.

use super::rows::Block;
use super::{ALL, Check, MARKED, Packed, SAFE, Side, Small, Whole};

/// The cells of both rows and their checks, if both are of 16 bits with a sign and neither has a valid range.
fn both<'a>(a: &Packed<'a>, b: &Packed<'a>) -> Option<[(&'a [i16], Check<i16>); 2]> {
    let one = |packed: &Packed<'a>| match packed.side {
        Side::I16(cells) => packed.rule.check().filter(|check| [ALL, MARKED].contains(&check.mode)).map(|check| (cells, check)),
        _ => None,
    };
    let pair = [one(a)?, one(b)?];
    (pair[0].1.mode == pair[1].1.mode && pair[0].0.len() == pair[1].0.len()).then_some(pair)
}

/// The sums over the differences of two rows, of the cells that are values in both; none if rows of these types cannot be
/// subtracted as they are stored.
pub(crate) fn differences(from: &Packed<'_>, subtracted: &Packed<'_>) -> Option<Whole> {
    if from.rule.scale != subtracted.rule.scale {
        return None;
    }
    let [(a, check), (b, other)] = both(from, subtracted)?;
    let mut whole = Whole::NONE;
    if check.mode == ALL {
        add_differences::<ALL>(a, b, &check, &other, &mut whole);
    } else {
        add_differences::<MARKED>(a, b, &check, &other, &mut whole);
    }
    Some(whole)
}

fn add_differences<const MODE: u8>(a: &[i16], b: &[i16], check: &Check<i16>, other: &Check<i16>, whole: &mut Whole) {
    for (a, b) in a.chunks(SAFE).zip(b.chunks(SAFE)) {
        let mut sums = Block::<i32>::NONE;
        for (a, b) in a.iter().zip(b) {
            sums.add(a.centred() - b.centred(), check.holds::<MODE>(*a) & other.holds::<MODE>(*b));
        }
        sums.add_to(whole);
    }
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
    /// Of 32 bits, products in halves of 16; see [`PairCells::of`].
    now: [Vec<i32>; 9],
    added: Vec<usize>,
    carried: Vec<PairSums>,
}

impl PairCells {
    /// How many bytes they take for each cell.
    pub(crate) const BYTES: usize = 9 * size_of::<i32>() + size_of::<PairSums>();

    /// No pair yet in any of so many rows and columns.
    pub(crate) fn new(rows: usize, width: usize) -> Self {
        Self { width, now: std::array::from_fn(|_| vec![0; rows * width]), added: vec![0; rows], carried: Vec::new() }
    }

    /// Adds a row of pairs of one time; false if rows of these types cannot be added as they are stored.
    pub(crate) fn add(&mut self, row: usize, x: &Packed<'_>, y: &Packed<'_>) -> bool {
        let Some([(a, check), (b, other)]) = both(x, y) else { return false };
        if self.added[row] == SAFE {
            self.carry(row);
        }
        self.added[row] += 1;
        let range = row * self.width..(row + 1) * self.width;
        let sums = self.now.each_mut().map(|sum| &mut sum[range.clone()]);
        if check.mode == ALL {
            add_pairs::<ALL>(a, b, &check, &other, sums);
        } else {
            add_pairs::<MARKED>(a, b, &check, &other, sums);
        }
        true
    }

    fn carry(&mut self, row: usize) {
        self.carried.resize(self.now[0].len(), PairSums::default());
        for cell in row * self.width..(row + 1) * self.width {
            self.carried[cell] = self.of(cell);
            for sum in &mut self.now {
                sum[cell] = 0;
            }
        }
        self.added[row] = 0;
    }

    /// The sums of one cell.
    pub(crate) fn of(&self, cell: usize) -> PairSums {
        let before = self.carried.get(cell).copied().unwrap_or_default();
        let now = |n: usize| i64::from(self.now[n][cell]);
        let product = |n: usize| (now(n + 1) << 16) + now(n);
        PairSums {
            count: before.count + now(0),
            x: before.x + now(1),
            y: before.y + now(2),
            xx: before.xx + product(3),
            yy: before.yy + product(5),
            xy: before.xy + product(7),
        }
    }
}

fn add_pairs<const MODE: u8>(a: &[i16], b: &[i16], check: &Check<i16>, other: &Check<i16>, sums: [&mut [i32]; 9]) {
    let [count, sum_x, sum_y, xx_low, xx_high, yy_low, yy_high, xy_low, xy_high] = sums.map(|sum| &mut sum[..a.len()]);
    let b = &b[..a.len()];
    for n in 0..a.len() {
        let holds = check.holds::<MODE>(a[n]) & other.holds::<MODE>(b[n]);
        let (x, y) = (if holds { a[n].centred() } else { 0 }, if holds { b[n].centred() } else { 0 });
        count[n] += i32::from(holds);
        sum_x[n] += x;
        sum_y[n] += y;
        xx_low[n] += (x * x) & 0xffff;
        xx_high[n] += (x * x) >> 16;
        yy_low[n] += (y * y) & 0xffff;
        yy_high[n] += (y * y) >> 16;
        xy_low[n] += (x * y) & 0xffff;
        xy_high[n] += (x * y) >> 16;
    }
}
