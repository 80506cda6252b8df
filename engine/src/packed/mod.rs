//! Sums over packed numbers as they are stored: whole numbers of 8 or 16 bits, added exactly.
//!
//! Most products pack a quantity into 16 bits, `value = stored · scale + offset`. Whole numbers of that size can be added, squared
//! and compared eight at a time without ever losing a digit, so the means and spreads of the values follow from sums of the
//! stored numbers, at least as precise as if each had been unpacked first.

mod bands;
mod cells;
mod pairs;
mod rows;
mod rule;

pub(crate) use bands::Bands;
pub(crate) use cells::{CellExtremes, CellSums};
pub(crate) use pairs::{PairCells, PairSums, differences};
pub(crate) use rows::{WeightedSums, sums};
pub(crate) use rule::Rule;

use crate::numbers::Numbers;
use rule::Eight;
use std::ops::Range;
use wide::i16x8;

/// How many numbers are added at once.
const LANES: usize = 8;

/// How many times numbers of 16 bits, and the halves of their squares, can be added before a sum of 32 bits may overflow, or a
/// count of 16 bits.
const SAFE: usize = 1 << 14;

/// A whole number that fits into 16 bits.
pub(crate) trait Small: Copy + Default {
    /// What is subtracted to make it a signed number of 16 bits.
    const CENTRE: i32;

    /// Each of them less [`Small::CENTRE`].
    fn centred(block: &[Self; LANES]) -> i16x8;
}

impl Small for i8 {
    const CENTRE: i32 = 0;

    #[inline]
    fn centred(block: &[Self; LANES]) -> i16x8 {
        i16x8::new(block.map(i16::from))
    }
}

impl Small for u8 {
    const CENTRE: i32 = 0;

    #[inline]
    fn centred(block: &[Self; LANES]) -> i16x8 {
        i16x8::new(block.map(i16::from))
    }
}

impl Small for i16 {
    const CENTRE: i32 = 0;

    #[inline]
    fn centred(block: &[Self; LANES]) -> i16x8 {
        i16x8::new(*block)
    }
}

impl Small for u16 {
    const CENTRE: i32 = 1 << 15;

    #[inline]
    fn centred(block: &[Self; LANES]) -> i16x8 {
        i16x8::new(block.map(|number| (number ^ (1 << 15)).cast_signed()))
    }
}

/// Stored numbers side by side, of any small type.
#[derive(Clone, Copy)]
enum Side<'a> {
    I8(&'a [i8]),
    U8(&'a [u8]),
    I16(&'a [i16]),
    U16(&'a [u16]),
}

/// One row of cells as it is stored, with the rule that says what it is worth.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a> {
    /// The cells, and if there are any, those after them that make the last eight full.
    side: Side<'a>,
    length: usize,
    rule: &'a Rule,
}

impl<'a> Packed<'a> {
    /// Numbers that lie side by side, if they are of the type that the rule is for.
    #[inline]
    pub(crate) fn of(numbers: &'a Numbers, range: Range<usize>, rule: &'a Rule) -> Option<Self> {
        if numbers.kind() != rule.kind || range.end > numbers.len() {
            return None;
        }
        let length = range.len();
        let range = range.start..(range.start + length.next_multiple_of(LANES)).min(numbers.len());
        let side = match numbers {
            Numbers::I8(v) => Side::I8(v.get(range)?),
            Numbers::U8(v) => Side::U8(v.get(range)?),
            Numbers::I16(v) => Side::I16(v.get(range)?),
            Numbers::U16(v) => Side::U16(v.get(range)?),
            _ => return None,
        };
        Some(Self { side, length, rule })
    }

    /// How their sums become values.
    pub(crate) fn worth(&self) -> Worth {
        self.rule.worth
    }

    /// Passes the cells by, eight at a time, with the position of each eight. What the last lacks is missing.
    #[inline]
    fn each(&self, with: impl FnMut(usize, Eight)) {
        match self.side {
            Side::I8(cells) => self.rule.each(cells, self.length, with),
            Side::U8(cells) => self.rule.each(cells, self.length, with),
            Side::I16(cells) => self.rule.each(cells, self.length, with),
            Side::U16(cells) => self.rule.each(cells, self.length, with),
        }
    }

    /// The same of two rows of one length and type side by side; false if they are not.
    #[inline]
    fn each_beside(&self, other: &Self, with: impl FnMut(usize, Eight, Eight)) -> bool {
        if self.length != other.length {
            return false;
        }
        match (self.side, other.side) {
            (Side::I8(a), Side::I8(b)) => self.rule.each_beside(a, other.rule, b, self.length, with),
            (Side::U8(a), Side::U8(b)) => self.rule.each_beside(a, other.rule, b, self.length, with),
            (Side::I16(a), Side::I16(b)) => self.rule.each_beside(a, other.rule, b, self.length, with),
            (Side::U16(a), Side::U16(b)) => self.rule.each_beside(a, other.rule, b, self.length, with),
            _ => return false,
        }
        true
    }
}

/// What centred numbers are worth: `(number + centre) · scale + offset` each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Worth {
    pub(crate) scale: f64,
    pub(crate) offset: f64,
    pub(crate) centre: f64,
}

impl Worth {
    /// What a number is worth.
    pub(crate) fn of(&self, centred: f64) -> f64 {
        (centred + self.centre) * self.scale + self.offset
    }

    /// The same for differences of centred numbers of one centre, of which the second has this offset.
    pub(crate) fn of_differences(&self, subtracted: &Self) -> Self {
        Self { scale: self.scale, offset: self.offset - subtracted.offset, centre: self.centre - subtracted.centre }
    }
}

/// What is gathered of each cell, over times that come one after another.
pub(crate) trait Gathered {
    /// How many bytes it takes for each cell.
    const BYTES: usize;

    /// No value yet in any of so many rows and columns, which will be worth that.
    fn new(rows: usize, width: usize, worth: &Worth) -> Self;

    /// Adds a row of one time.
    fn add(&mut self, row: usize, packed: &Packed<'_>);
}

/// Exact sums over some centred numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) count: u64,
    pub(crate) sum: i64,
    pub(crate) squares: u64,
    /// The least and the greatest; upside down if there are none.
    pub(crate) least: i32,
    pub(crate) greatest: i32,
}

impl Whole {
    /// No number yet.
    pub(crate) const NONE: Self = Self { count: 0, sum: 0, squares: 0, least: i32::MAX, greatest: i32::MIN };

    /// Adds what another has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares += other.squares;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    /// The number next to their mean, and the sums of the differences from it and of their squares, which are exact.
    pub(crate) fn about_mean(&self) -> (i64, f64, f64) {
        let count = self.count as i64;
        let middle = (self.sum as f64 / count.max(1) as f64) as i64;
        let sum = self.sum - count * middle;
        // Σ (x − m)², which fits into 64 bits for as many numbers as memory holds. What leads to it may wrap around.
        let squares = self
            .squares
            .wrapping_sub((2 * middle).wrapping_mul(self.sum).wrapping_sub((count * middle).wrapping_mul(middle)).cast_unsigned());
        (middle, sum as f64, squares as f64)
    }
}

/// The lanes of a row of cells, which come in eights.
fn eights(width: usize) -> usize {
    width.div_ceil(LANES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::Moments;
    use crate::numbers::{Kind, Packing};
    use proptest::prelude::*;

    /// Rows of numbers of one type, with marks and ranges or without.
    fn rows() -> impl Strategy<Value = (Vec<Numbers>, Packing)> {
        let fill = prop_oneof![Just(f64::NAN), (-3..3).prop_map(f64::from), Just(65_535.0)];
        let valid =
            prop_oneof![2 => Just([f64::NEG_INFINITY, f64::INFINITY]), 1 => (-40.0..0.0, 0.0..90.0).prop_map(|(low, high)| [low, high])];
        let packing = (prop_oneof![-2.0..-0.001, 0.001..2.0], -300.0..300.0, fill.clone(), fill, valid);
        let packing = packing.prop_map(|(scale, offset, a, b, valid)| Packing { scale, offset, fills: [a, b], valid });
        let row = |kind: u8, near: bool, cells: Vec<i64>| {
            let cells = cells.into_iter().map(move |cell| if near { cell % 7 } else { cell });
            match kind {
                0 => Numbers::I8(cells.map(|n| n as i8).collect()),
                1 => Numbers::U8(cells.map(|n| n as u8).collect()),
                2 => Numbers::I16(cells.map(|n| n as i16).collect()),
                _ => Numbers::U16(cells.map(|n| n as u16).collect()),
            }
        };
        let cells =
            (1usize..40, 1usize..6).prop_flat_map(|(width, rows)| prop::collection::vec(prop::collection::vec(any::<i64>(), width), rows));
        (0u8..4, any::<bool>(), cells, packing)
            .prop_map(move |(kind, near, cells, packing)| (cells.into_iter().map(|cells| row(kind, near, cells)).collect(), packing))
    }

    fn packed<'a>(row: &'a Numbers, rule: &'a Rule) -> Packed<'a> {
        Packed::of(row, 0..row.len(), rule).unwrap()
    }

    fn near(found: f64, expected: f64, size: f64) -> Result<(), TestCaseError> {
        let same = found.is_nan() && expected.is_nan() || (found - expected).abs() <= 1e-9 * (1.0 + size);
        prop_assert!(same, "{found} instead of {expected}");
        Ok(())
    }

    fn same(found: &Moments, expected: &Moments) -> Result<(), TestCaseError> {
        prop_assert_eq!(found.count, expected.count);
        let size = if expected.count == 0 { 0.0 } else { expected.maximum().abs().max(expected.minimum().abs()) };
        near(found.mean(), expected.mean(), size)?;
        near(found.weighted_mean(), expected.weighted_mean(), size)?;
        near(found.variance(), expected.variance(), size * size)?;
        near(found.minimum(), expected.minimum(), 0.0)?;
        near(found.maximum(), expected.maximum(), 0.0)
    }

    proptest! {
        #[test]
        fn sums_as_stored_are_those_of_the_values((rows, packing) in rows()) {
            let rule = Rule::of(&packing, rows[0].kind()).unwrap();
            let width = rows[0].len();
            let worth = packed(&rows[0], &rule).worth();
            let mut by_cell = vec![Moments::NONE; width];
            let (mut sums_of, mut ends, mut bands) =
                (CellSums::<true>::new(1, width, &worth), CellExtremes::new(1, width, &worth), Bands::new(width));
            let (mut weighted, mut all) = (WeightedSums::NONE, Moments::NONE);
            for (nth, row) in rows.iter().enumerate() {
                let (values, weight) = (packing.values(row), 1.0 + nth as f64);
                let (mut found, mut expected) = (Moments::NONE, Moments::NONE);
                found.add_whole(&sums(&packed(row, &rule)), &worth, weight);
                expected.add_row(&values, weight);
                same(&found, &expected)?;
                weighted.add(&packed(row, &rule), weight);
                all.add_row(&values, weight);
                for (cell, value) in by_cell.iter_mut().zip(&values) {
                    cell.add(*value, weight);
                }
                sums_of.add(0, &packed(row, &rule));
                ends.add(0, &packed(row, &rule));
                bands.add(&packed(row, &rule), weight);
            }
            let (whole, weight, sum) = weighted.finish();
            let mut found = Moments::NONE;
            found.add_weighted(&whole, &worth, weight, sum);
            same(&found, &all)?;
            let mut found = vec![Moments::NONE; width];
            bands.take(|n, whole, weight, weighted| found[n].add_weighted(whole, &worth, weight, weighted));
            for (n, (found, expected)) in found.iter().zip(&by_cell).enumerate() {
                same(found, expected)?;
                let whole = sums_of.of(n);
                prop_assert_eq!(whole.count, expected.count);
                let ends = ends.of(n);
                prop_assert_eq!(u64::from(ends.count), expected.count);
                if ends.count > 0 {
                    let size = expected.maximum().abs().max(expected.minimum().abs());
                    let (middle, sum, squares) = whole.about_mean();
                    let (count, shift) = (whole.count as f64, worth.scale * sum / whole.count as f64);
                    near(worth.of(middle as f64) + shift, expected.mean(), size)?;
                    near(worth.scale * worth.scale * squares / count - shift * shift, expected.variance(), size * size)?;
                    let values = rows.iter().map(|row| packing.values(row)[n]).filter(|v| !v.is_nan());
                    let next = values.map(f64::abs).fold(f64::INFINITY, f64::min);
                    let found = [ends.above, ends.below].into_iter().flatten().map(|n| worth.of(n.into()).abs());
                    near(found.fold(f64::INFINITY, f64::min), next, 0.0)?;
                }
            }
        }

        #[test]
        fn differences_and_pairs_as_stored_are_those_of_the_values(
            pairs in prop::collection::vec((any::<i16>(), any::<i16>()), 1..60), fill in -2i16..2, near_zero in any::<bool>(),
        ) {
            let narrow = |n: i16| if near_zero { n % 5 } else { n };
            let (a, b): (Vec<i16>, Vec<i16>) = pairs.into_iter().map(|(a, b)| (narrow(a), narrow(b))).unzip();
            let packing = Packing { scale: 0.5, offset: 20.0, fills: [f64::from(fill), f64::NAN], ..Packing::NONE };
            let other = Packing { offset: 1.0, ..packing };
            let [rule, other_rule] = [packing, other].map(|packing| Rule::of(&packing, Kind::I16).unwrap());
            let (a, b) = (Numbers::I16(a), Numbers::I16(b));
            let (x, y) = (packed(&a, &rule), packed(&b, &other_rule));
            let values: Vec<(f64, f64)> = packing.values(&a).into_iter().zip(other.values(&b)).collect();

            let (mut found, mut expected) = (Moments::NONE, Moments::NONE);
            let whole = differences(&x, &y);
            prop_assert!(whole.is_some() || !near_zero, "the differences fit into 16 bits");
            if let Some(whole) = whole {
                found.add_whole(&whole, &x.worth().of_differences(&y.worth()), 1.0);
                expected.add_row(&values.iter().map(|(a, b)| a - b).collect::<Vec<_>>(), 1.0);
                same(&found, &expected)?;
            }

            let mut cells = PairCells::new(1, values.len());
            prop_assert!(cells.add(0, &x, &y) && cells.add(0, &x, &y));
            for (n, (x, y)) in values.iter().enumerate() {
                let there = !x.is_nan() && !y.is_nan();
                let (x, y) = (((x - 20.0) / 0.5) as i64, ((y - 1.0) / 0.5) as i64);
                let once = PairSums { count: 1, x, y, xx: x * x, yy: y * y, xy: x * y };
                let twice = PairSums { count: 2, x: 2 * once.x, y: 2 * once.y, xx: 2 * once.xx, yy: 2 * once.yy, xy: 2 * once.xy };
                prop_assert_eq!(cells.of(n), if there { twice } else { PairSums::default() });
            }
        }
    }

    #[test]
    fn the_values_next_to_zero_are_found_however_late_the_other_side_comes() {
        for sign in [1, -1] {
            let times: [[i16; 4]; 5] = [[5, 7, 0, 2], [6, 3, 9, 2], [-4, 8, 1, 2], [4, -1, 1, -6], [6, 2, -8, -3]];
            let rule = Rule::of(&Packing::NONE, Kind::I16).unwrap();
            let rows = times.map(|row| Numbers::I16(row.map(|number| sign * number).into()));
            let mut ends = CellExtremes::new(1, 4, &packed(&rows[0], &rule).worth());
            for (seen, row) in rows.iter().enumerate() {
                ends.add(0, &packed(row, &rule));
                for cell in 0..4 {
                    let numbers = || times[..=seen].iter().map(|row| sign * row[cell]);
                    let found = ends.of(cell);
                    assert_eq!(found.above, numbers().filter(|number| *number >= 0).min());
                    assert_eq!(found.below, numbers().filter(|number| *number < 0).max());
                    assert_eq!((found.least, found.greatest), (numbers().min().unwrap(), numbers().max().unwrap()));
                }
            }
        }
    }

    #[test]
    fn many_large_numbers_do_not_overflow() {
        let packing = Packing { offset: 0.0, ..Packing::NONE };
        let rule = Rule::of(&packing, Kind::I16).unwrap();
        let row = Numbers::I16(vec![i16::MIN; 16]);
        let mut cells = CellSums::<true>::new(1, 16, &packed(&row, &rule).worth());
        let times = 3 * SAFE + 5;
        for _ in 0..times {
            cells.add(0, &packed(&row, &rule));
        }
        let whole = cells.of(3);
        assert_eq!((whole.count, whole.sum, whole.squares), (times as u64, -(times as i64) << 15, (times as u64) << 30));
        let mut weighted = WeightedSums::NONE;
        for _ in 0..times {
            weighted.add(&packed(&row, &rule), 0.5);
        }
        let (whole, weight, sum) = weighted.finish();
        let count = 16 * times;
        assert_eq!((whole.count, whole.sum, whole.squares), (count as u64, -(count as i64) << 15, (count as u64) << 30));
        assert_eq!((weight, sum), (0.5 * count as f64, 0.5 * whole.sum as f64));
        let rule = Rule::of(&packing, Kind::U16).unwrap();
        let long = Numbers::U16(vec![u16::MAX; 9 * SAFE + 3]);
        let whole = sums(&packed(&long, &rule));
        assert_eq!((whole.count, whole.sum), (9 * SAFE as u64 + 3, (9 * SAFE as i64 + 3) * 32_767));
        let mut weighted = WeightedSums::NONE;
        weighted.add(&packed(&long, &rule), 2.0);
        assert_eq!(weighted.finish(), (whole, 2.0 * whole.count as f64, 2.0 * whole.sum as f64));
    }
}
