//! Sums over packed numbers as they are stored: whole numbers of 8 or 16 bits, added exactly.
//!
//! Most products pack a quantity into 16 bits, `value = stored · scale + offset`. Whole numbers of that size can be added, squared
//! and compared many at a time without ever losing a digit, so the means and spreads of the values follow from sums of the
//! stored numbers, at least as precise as if each had been unpacked first.

mod bands;
mod cells;
mod pairs;
mod rows;

pub(crate) use bands::Bands;
pub(crate) use cells::{CellExtremes, CellSums};
pub(crate) use pairs::{PairCells, PairSums, differences};
pub(crate) use rows::sums;

use crate::numbers::{Numbers, Packing};
use std::ops::Range;

/// Additions of 32-bit numbers that are certain to fit into 32 bits where each is of 16 bits.
const SAFE: usize = 1 << 15;

/// A whole number that fits into 16 bits.
pub(crate) trait Small: Copy + Ord {
    /// What is subtracted to make it a signed number of 16 bits.
    const CENTRE: i32;
    /// The least and the greatest of all.
    const ENDS: (Self, Self);

    /// The number less [`Small::CENTRE`].
    fn centred(self) -> i32;

    /// A whole number of that type.
    fn of(number: i32) -> Self;
}

macro_rules! small {
    ($($kind:ty: $centre:expr),*) => { $(impl Small for $kind {
        const CENTRE: i32 = $centre;
        const ENDS: (Self, Self) = (Self::MIN, Self::MAX);

        #[inline]
        #[expect(clippy::cast_lossless, reason = "one body for all types")]
        fn centred(self) -> i32 { self as i32 - $centre }

        fn of(number: i32) -> Self { number as $kind }
    })* };
}
small!(i8: 0, u8: 0, i16: 0, u16: 1 << 15);

/// Stored numbers side by side, of any small type.
#[derive(Clone, Copy)]
enum Side<'a> {
    I8(&'a [i8]),
    U8(&'a [u8]),
    I16(&'a [i16]),
    U16(&'a [u16]),
}

/// Which stored numbers are values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    low: i32,
    high: i32,
    /// Those that mark missing values; the same twice if there is one only.
    fills: Option<[i32; 2]>,
    scale: f64,
    offset: f64,
}

impl Rule {
    /// The rule of a packing, if it can be applied to whole numbers.
    pub(crate) fn of(packing: &Packing) -> Option<Self> {
        if !(packing.scale.is_finite() && packing.offset.is_finite()) {
            return None;
        }
        let [low, high] = packing.valid;
        let whole = |number: &f64| number.fract() == 0.0 && number.abs() <= f64::from(1 << 16);
        let mut fills = packing.fills.iter().filter(|fill| whole(fill)).map(|fill| *fill as i32);
        let fills = fills.next().map(|first| [first, fills.next().unwrap_or(first)]);
        // A cast of a number beyond 32 bits, infinite ones too, is the nearest there is.
        Some(Self { low: low.ceil() as i32, high: high.floor() as i32, fills, scale: packing.scale, offset: packing.offset })
    }

    /// The same for one type of number; none if no number of it is a value.
    fn check<T: Small>(&self) -> Option<Check<T>> {
        let (least, greatest) = (T::ENDS.0.centred() + T::CENTRE, T::ENDS.1.centred() + T::CENTRE);
        let inside = |fill: &i32| (least..=greatest).contains(fill);
        let fills = self.fills.iter().flatten().copied().filter(inside).collect::<Vec<_>>();
        let (low, high) = (self.low.max(least), self.high.min(greatest));
        if low > high {
            return None;
        }
        let ranged = (low, high) != (least, greatest);
        // Where nothing marks missing values, a number outside the range does no harm.
        let outside = if low > least { least } else { greatest };
        let first = fills.first().copied().unwrap_or(outside);
        let mode = if ranged {
            RANGED
        } else if fills.is_empty() {
            ALL
        } else {
            MARKED
        };
        let fills = [first, fills.get(1).copied().unwrap_or(first)].map(T::of);
        Some(Check { low: T::of(low), high: T::of(high), fills, mode })
    }
}

/// Every number is a value.
const ALL: u8 = 0;
/// Some numbers mark missing values.
const MARKED: u8 = 1;
/// Some numbers may mark missing values, and others are out of range.
const RANGED: u8 = 2;

/// Which numbers of a type are values.
#[derive(Clone, Copy)]
struct Check<T> {
    low: T,
    high: T,
    fills: [T; 2],
    mode: u8,
}

impl<T: Small> Check<T> {
    /// Whether a number is a value; `MODE` is that of the check.
    #[inline]
    #[expect(clippy::needless_bitwise_bool, reason = "without branches, many are checked at a time")]
    fn holds<const MODE: u8>(&self, number: T) -> bool {
        let marked = MODE != ALL && ((number == self.fills[0]) | (number == self.fills[1]));
        let outside = MODE == RANGED && ((number < self.low) | (number > self.high));
        !(marked | outside)
    }
}

/// Runs a function that is made for each mode of a check.
macro_rules! by_mode {
    ($check:expr, $function:ident::<$kind:ty>($($argument:expr),*)) => {
        match $check.mode {
            ALL => $function::<$kind, ALL>($($argument),*),
            MARKED => $function::<$kind, MARKED>($($argument),*),
            _ => $function::<$kind, RANGED>($($argument),*),
        }
    };
}
use by_mode;

/// One row of cells as it is stored, with the rule that says what it is worth.
#[derive(Clone, Copy)]
pub(crate) struct Packed<'a> {
    side: Side<'a>,
    rule: &'a Rule,
}

impl<'a> Packed<'a> {
    /// Numbers that lie side by side, if they are small.
    pub(crate) fn of(numbers: &'a Numbers, range: Range<usize>, rule: &'a Rule) -> Option<Self> {
        let side = match numbers {
            Numbers::I8(v) => Side::I8(v.get(range)?),
            Numbers::U8(v) => Side::U8(v.get(range)?),
            Numbers::I16(v) => Side::I16(v.get(range)?),
            Numbers::U16(v) => Side::U16(v.get(range)?),
            _ => return None,
        };
        Some(Self { side, rule })
    }

    /// How their sums become values.
    pub(crate) fn worth(&self) -> Worth {
        let centre = match self.side {
            Side::I8(_) | Side::U8(_) | Side::I16(_) => 0,
            Side::U16(_) => u16::CENTRE,
        };
        Worth { scale: self.rule.scale, offset: self.rule.offset, centre: f64::from(centre) }
    }
}

/// Runs the same expression on the cells of any small type, with their check; does nothing if no number is a value.
macro_rules! with_cells {
    ($packed:expr, $cells:ident, $check:ident, $kind:ident => $body:expr) => {
        match $packed.side {
            Side::I8($cells) => with_cells!(@one $packed, i8, $check, $kind => $body),
            Side::U8($cells) => with_cells!(@one $packed, u8, $check, $kind => $body),
            Side::I16($cells) => with_cells!(@one $packed, i16, $check, $kind => $body),
            Side::U16($cells) => with_cells!(@one $packed, u16, $check, $kind => $body),
        }
    };
    (@one $packed:expr, $type:ty, $check:ident, $kind:ident => $body:expr) => {{
        type $kind = $type;
        if let Some($check) = $packed.rule.check::<$kind>() { $body }
    }};
}
use with_cells;

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

    /// The number next to their mean, and the sums of the differences from it and of their squares, which are exact.
    pub(crate) fn about_mean(&self) -> (i64, f64, f64) {
        let count = i128::from(self.count);
        let middle = i128::from(self.sum) / count.max(1);
        let sum = i128::from(self.sum) - count * middle;
        let squares = i128::from(self.squares) - 2 * middle * i128::from(self.sum) + count * middle * middle;
        (middle as i64, sum as f64, squares as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::Moments;
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
            let rule = Rule::of(&packing).unwrap();
            let width = rows[0].len();
            let worth = packed(&rows[0], &rule).worth();
            let mut by_cell = vec![Moments::NONE; width];
            let (mut sums_of, mut ends, mut bands) =
                (CellSums::<true>::new(1, width, &worth), CellExtremes::new(1, width, &worth), Bands::new(width));
            for (nth, row) in rows.iter().enumerate() {
                let (values, weight) = (packing.values(row), 1.0 + nth as f64);
                let (mut found, mut expected) = (Moments::NONE, Moments::NONE);
                found.add_whole(&sums(&packed(row, &rule)), &worth, weight);
                expected.add_row(&values, weight);
                same(&found, &expected)?;
                for (cell, value) in by_cell.iter_mut().zip(&values) {
                    cell.add(*value, weight);
                }
                sums_of.add(0, &packed(row, &rule));
                ends.add(0, &packed(row, &rule));
                bands.add(&packed(row, &rule), weight);
            }
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
            let (rule, other_rule) = (Rule::of(&packing).unwrap(), Rule::of(&other).unwrap());
            let (a, b) = (Numbers::I16(a), Numbers::I16(b));
            let (x, y) = (packed(&a, &rule), packed(&b, &other_rule));
            let values: Vec<(f64, f64)> = packing.values(&a).into_iter().zip(other.values(&b)).collect();

            let (mut found, mut expected) = (Moments::NONE, Moments::NONE);
            found.add_whole(&differences(&x, &y).unwrap(), &x.worth().of_differences(&y.worth()), 1.0);
            expected.add_row(&values.iter().map(|(a, b)| a - b).collect::<Vec<_>>(), 1.0);
            same(&found, &expected)?;

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
    fn many_large_numbers_do_not_overflow() {
        let packing = Packing { offset: 0.0, ..Packing::NONE };
        let rule = Rule::of(&packing).unwrap();
        let row = Numbers::I16(vec![i16::MIN; 16]);
        let mut cells = CellSums::<true>::new(1, 16, &packed(&row, &rule).worth());
        let times = 3 * SAFE + 5;
        for _ in 0..times {
            cells.add(0, &packed(&row, &rule));
        }
        let whole = cells.of(3);
        assert_eq!((whole.count, whole.sum, whole.squares), (times as u64, -(times as i64) << 15, (times as u64) << 30));
        let long = Numbers::U16(vec![u16::MAX; 9 * SAFE + 3]);
        let whole = sums(&packed(&long, &rule));
        assert_eq!((whole.count, whole.sum), (9 * SAFE as u64 + 3, (9 * SAFE as i64 + 3) * 32_767));
    }
}
