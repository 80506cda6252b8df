//! Sums and extremes of each cell, over times that come one after another.

use super::{ALL, Check, Gathered, MARKED, Packed, RANGED, SAFE, Side, Small, Whole, Worth, by_mode, with_cells};

/// Count, sum and, if wanted, sum of squares of each cell.
///
/// Sums are of 32 bits, so that many fit into a register. Before they could overflow they are carried over to others of 64.
pub(crate) struct CellSums<const SQUARES: bool> {
    width: usize,
    now: Sums,
    /// Empty where squares are not wanted.
    squares: Halves,
    /// How many times were added to each row since it was carried over.
    added: Vec<usize>,
    /// By cell: count, sum and squares that were carried over.
    carried: Vec<(u64, i64, u64)>,
}

struct Sums {
    count: Vec<u32>,
    sum: Vec<i32>,
}

/// Sums of the lower and the upper 16 bits of numbers.
#[derive(Default)]
struct Halves {
    low: Vec<u32>,
    high: Vec<u32>,
}

impl<const SQUARES: bool> Gathered for CellSums<SQUARES> {
    const BYTES: usize = size_of::<Whole>() + 4 * size_of::<u32>();

    fn new(rows: usize, width: usize, _worth: &Worth) -> Self {
        let cells = rows * width;
        let squares = if SQUARES { Halves { low: vec![0; cells], high: vec![0; cells] } } else { Halves::default() };
        Self { width, now: Sums { count: vec![0; cells], sum: vec![0; cells] }, squares, added: vec![0; rows], carried: Vec::new() }
    }

    fn add(&mut self, row: usize, packed: &Packed<'_>) {
        if self.added[row] == SAFE {
            self.carry(row);
        }
        self.added[row] += 1;
        let range = row * self.width..(row + 1) * self.width;
        let (count, sum) = (&mut self.now.count[range.clone()], &mut self.now.sum[range.clone()]);
        if SQUARES {
            let (low, high) = (&mut self.squares.low[range.clone()], &mut self.squares.high[range]);
            with_cells!(packed, cells, check, T => by_mode!(check, add_squares::<T>(cells, &check, count, sum, low, high)));
        } else {
            with_cells!(packed, cells, check, T => by_mode!(check, add::<T>(cells, &check, count, sum)));
        }
    }
}

impl<const SQUARES: bool> CellSums<SQUARES> {
    fn carry(&mut self, row: usize) {
        self.carried.resize(self.now.count.len(), (0, 0, 0));
        for cell in row * self.width..(row + 1) * self.width {
            let whole = self.of(cell);
            self.carried[cell] = (whole.count, whole.sum, whole.squares);
            (self.now.count[cell], self.now.sum[cell]) = (0, 0);
            if let (Some(low), Some(high)) = (self.squares.low.get_mut(cell), self.squares.high.get_mut(cell)) {
                (*low, *high) = (0, 0);
            }
        }
        self.added[row] = 0;
    }

    /// The sums of one cell, without extremes.
    pub(crate) fn of(&self, cell: usize) -> Whole {
        let (count, sum, squares) = self.carried.get(cell).copied().unwrap_or_default();
        let [low, high] = [&self.squares.low, &self.squares.high].map(|half| u64::from(half.get(cell).copied().unwrap_or_default()));
        Whole {
            count: count + u64::from(self.now.count[cell]),
            sum: sum + i64::from(self.now.sum[cell]),
            squares: squares + (high << 16) + low,
            ..Whole::NONE
        }
    }
}

fn add<T: Small, const MODE: u8>(cells: &[T], check: &Check<T>, count: &mut [u32], sum: &mut [i32]) {
    for ((cell, count), sum) in cells.iter().zip(count).zip(sum) {
        let holds = check.holds::<MODE>(*cell);
        *count += u32::from(holds);
        *sum += if holds { cell.centred() } else { 0 };
    }
}

fn add_squares<T: Small, const MODE: u8>(
    cells: &[T],
    check: &Check<T>,
    count: &mut [u32],
    sum: &mut [i32],
    low: &mut [u32],
    high: &mut [u32],
) {
    for ((((cell, count), sum), low), high) in cells.iter().zip(count).zip(sum).zip(low).zip(high) {
        let holds = check.holds::<MODE>(*cell);
        let number = if holds { cell.centred() } else { 0 };
        let square = (number * number) as u32;
        *count += u32::from(holds);
        *sum += number;
        *low += square & 0xffff;
        *high += square >> 16;
    }
}

/// Count and extremes of each cell, and the values next to zero on either side.
pub(crate) struct CellExtremes {
    width: usize,
    count: Vec<u32>,
    least: Vec<i16>,
    greatest: Vec<i16>,
    /// The least number that is not less than the split, and the greatest that is: the values next to zero.
    above: Vec<i16>,
    below: Vec<i16>,
    split: i16,
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

impl Gathered for CellExtremes {
    const BYTES: usize = size_of::<u32>() + 4 * size_of::<i16>();

    fn new(rows: usize, width: usize, worth: &Worth) -> Self {
        let cells = rows * width;
        // The first number on the far side of what is worth zero. A cast of a number beyond 16 bits is the nearest there is.
        let split = (-worth.offset / worth.scale - worth.centre).ceil() as i16;
        let [highest, lowest] = [i16::MAX, i16::MIN].map(|end| vec![end; cells]);
        Self { width, count: vec![0; cells], least: highest.clone(), greatest: lowest.clone(), above: highest, below: lowest, split }
    }

    fn add(&mut self, row: usize, packed: &Packed<'_>) {
        let range = row * self.width..(row + 1) * self.width;
        let count = &mut self.count[range.clone()];
        let ends = [&mut self.least, &mut self.greatest, &mut self.above, &mut self.below].map(|end| &mut end[range.clone()]);
        with_cells!(packed, cells, check, T => by_mode!(check, add_ends::<T>(cells, &check, count, ends, self.split)));
    }
}

impl CellExtremes {
    /// The extremes of one cell.
    pub(crate) fn of(&self, cell: usize) -> Ends {
        let (least, greatest) = (self.least[cell], self.greatest[cell]);
        Ends {
            count: self.count[cell],
            least,
            greatest,
            above: (greatest >= self.split).then_some(self.above[cell]),
            below: (least < self.split).then_some(self.below[cell]),
        }
    }
}

fn add_ends<T: Small, const MODE: u8>(cells: &[T], check: &Check<T>, count: &mut [u32], ends: [&mut [i16]; 4], split: i16) {
    let [least, greatest, above, below] = ends;
    for (((((cell, count), least), greatest), above), below) in cells.iter().zip(count).zip(least).zip(greatest).zip(above).zip(below) {
        let holds = check.holds::<MODE>(*cell);
        let number = cell.centred() as i16;
        let (high, low) = (if holds { number } else { i16::MAX }, if holds { number } else { i16::MIN });
        *count += u32::from(holds);
        *least = (*least).min(high);
        *greatest = (*greatest).max(low);
        *above = (*above).min(if high >= split { high } else { i16::MAX });
        *below = (*below).max(if low < split { low } else { i16::MIN });
    }
}
