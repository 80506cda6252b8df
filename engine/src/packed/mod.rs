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

        #[inline(always)]
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
    #[inline(always)]
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
            Side::I8(_) => i8::CENTRE,
            Side::U8(_) => u8::CENTRE,
            Side::I16(_) => i16::CENTRE,
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
