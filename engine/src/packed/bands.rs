//! Sums of each column over the rows of one time, each row with its weight.

use super::{ALL, Check, MARKED, Packed, RANGED, SAFE, Side, Small, Whole, by_mode, with_cells};

/// The sums of each column over rows of one time.
pub(crate) struct Bands {
    rows: usize,
    sums: Sums,
    whole: Vec<Whole>,
}

/// Of each column. Squares are summed in halves of 16 bits.
struct Sums {
    count: Vec<u32>,
    sum: Vec<i32>,
    low: Vec<u32>,
    high: Vec<u32>,
    least: Vec<i16>,
    greatest: Vec<i16>,
    weight: Vec<f64>,
    weighted: Vec<f64>,
}

impl Bands {
    /// So many columns without a value.
    pub(crate) fn new(width: usize) -> Self {
        let (whole, zeros) = (vec![Whole::NONE; width], vec![0; width]);
        let (least, greatest) = (vec![i16::MAX; width], vec![i16::MIN; width]);
        let (low, high, weights) = (zeros.clone(), zeros.clone(), vec![0.0; width]);
        let sums = Sums { count: zeros, sum: vec![0; width], low, high, least, greatest, weight: weights.clone(), weighted: weights };
        Self { rows: 0, sums, whole }
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, packed: &Packed<'_>, weight: f64) {
        if self.rows == SAFE {
            self.carry();
        }
        self.rows += 1;
        let sums = &mut self.sums;
        with_cells!(packed, cells, check, T => by_mode!(check, add::<T>(cells, &check, weight, sums)));
    }

    fn carry(&mut self) {
        let sums = &mut self.sums;
        for (n, whole) in self.whole.iter_mut().enumerate() {
            if sums.count[n] > 0 {
                whole.least = whole.least.min(sums.least[n].into());
                whole.greatest = whole.greatest.max(sums.greatest[n].into());
            }
            whole.count += u64::from(std::mem::take(&mut sums.count[n]));
            whole.sum += i64::from(std::mem::take(&mut sums.sum[n]));
            whole.squares += (u64::from(std::mem::take(&mut sums.high[n])) << 16) + u64::from(std::mem::take(&mut sums.low[n]));
            (sums.least[n], sums.greatest[n]) = (i16::MAX, i16::MIN);
        }
        self.rows = 0;
    }

    /// The sums of each column so far, with the sum of the weights and the weighted sum; then none has a value any more.
    pub(crate) fn take(&mut self, mut with: impl FnMut(usize, &Whole, f64, f64)) {
        self.carry();
        for (n, whole) in self.whole.iter_mut().enumerate() {
            let weights = (std::mem::take(&mut self.sums.weight[n]), std::mem::take(&mut self.sums.weighted[n]));
            with(n, &std::mem::replace(whole, Whole::NONE), weights.0, weights.1);
        }
    }
}

fn add<T: Small, const MODE: u8>(cells: &[T], check: &Check<T>, weight: f64, sums: &mut Sums) {
    let width = cells.len();
    let (count, sum) = (&mut sums.count[..width], &mut sums.sum[..width]);
    let (low, high) = (&mut sums.low[..width], &mut sums.high[..width]);
    let (least, greatest) = (&mut sums.least[..width], &mut sums.greatest[..width]);
    let (weights, weighted) = (&mut sums.weight[..width], &mut sums.weighted[..width]);
    for n in 0..width {
        let holds = check.holds::<MODE>(cells[n]);
        let number = if holds { cells[n].centred() } else { 0 };
        let square = (number * number) as u32;
        count[n] += u32::from(holds);
        sum[n] += number;
        low[n] += square & 0xffff;
        high[n] += square >> 16;
        let centred = cells[n].centred() as i16;
        least[n] = least[n].min(if holds { centred } else { i16::MAX });
        greatest[n] = greatest[n].max(if holds { centred } else { i16::MIN });
    }
    for n in 0..width {
        let holds = check.holds::<MODE>(cells[n]);
        weights[n] += if holds { weight } else { 0.0 };
        weighted[n] += weight * f64::from(if holds { cells[n].centred() } else { 0 });
    }
}
