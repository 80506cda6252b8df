//! Which stored numbers are values, and passing them by in eights.

use super::{LANES, Small, Worth};
use crate::numbers::{Kind, Packing};
use wide::i16x8;

/// Eight centred numbers.
#[derive(Clone, Copy)]
pub(super) struct Eight {
    pub(super) numbers: i16x8,
    /// All bits of those that are no values.
    pub(super) missing: i16x8,
}

impl Eight {
    /// The same numbers, where there are more that are none.
    #[inline]
    pub(super) fn without(self, missing: i16x8) -> Self {
        Self { missing: self.missing | missing, ..self }
    }

    /// The values, and 0 where there is none.
    #[inline]
    pub(super) fn or_zero(self) -> i16x8 {
        self.numbers & !self.missing
    }

    /// The values, and another number where there is none.
    #[inline]
    pub(super) fn or(self, number: i16) -> i16x8 {
        self.or_zero() | (self.missing & i16x8::splat(number))
    }

    /// Each number less another, and all bits of those differences that do not fit into 16.
    #[inline]
    pub(super) fn less(self, subtracted: Self) -> (Self, i16x8) {
        let numbers = self.numbers - subtracted.numbers;
        let missing = self.missing | subtracted.missing;
        let fits = self.numbers.saturating_sub(subtracted.numbers).simd_eq(numbers);
        (Self { numbers, missing }, !(fits | missing))
    }
}

/// Which stored numbers of one type are values, and what they are worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(super) kind: Kind,
    /// The least and the greatest that are, centred; none where all may be.
    range: Option<[i16x8; 2]>,
    /// Those that mark missing values, centred; the same twice if there is one only.
    marks: [i16x8; 2],
    /// All bits, if there are such marks at all.
    marked: i16x8,
    pub(super) worth: Worth,
}

impl Rule {
    /// The rule of a packing for one type of number, if its numbers are small and the rule can be applied to whole numbers.
    pub(crate) fn of(packing: &Packing, kind: Kind) -> Option<Self> {
        let (centre, least, greatest) = match kind {
            Kind::I8 => (i8::CENTRE, i8::MIN.into(), i8::MAX.into()),
            Kind::U8 => (u8::CENTRE, u8::MIN.into(), u8::MAX.into()),
            Kind::I16 => (i16::CENTRE, i16::MIN.into(), i16::MAX.into()),
            Kind::U16 => (u16::CENTRE, u16::MIN.into(), u16::MAX.into()),
            _ => return None,
        };
        if !(packing.scale.is_finite() && packing.offset.is_finite()) {
            return None;
        }
        let centred = |number: i32| i16x8::splat((number - centre) as i16);
        let is_mark = |number: f64| number.fract() == 0.0 && (f64::from(least)..=f64::from(greatest)).contains(&number);
        let mut marks = packing.fills.into_iter().filter(|fill| is_mark(*fill)).map(|fill| centred(fill as i32));
        let first = marks.next();
        let mark = first.unwrap_or_default();
        // A cast of a number beyond 32 bits, infinite ones too, is the nearest there is.
        let [low, high] = [packing.valid[0].ceil() as i32, packing.valid[1].floor() as i32];
        let (low, high) = (low.max(least), high.min(greatest));
        let all = (low, high) == (least, greatest);
        // Where nothing is valid, no number may be in the range.
        let range = if low > high { [i16x8::splat(1), i16x8::splat(0)] } else { [centred(low), centred(high)] };
        Some(Self {
            kind,
            range: (!all).then_some(range),
            marks: [mark, marks.next().unwrap_or(mark)],
            marked: i16x8::splat(-i16::from(first.is_some())),
            worth: Worth { scale: packing.scale, offset: packing.offset, centre: f64::from(centre) },
        })
    }

    /// Passes the first cells by, eight at a time, with the position of each eight. What the last lacks is missing.
    #[inline]
    pub(super) fn each<T: Small>(&self, cells: &[T], length: usize, mut with: impl FnMut(usize, Eight)) {
        let eights = Eights::of(cells);
        match self.range {
            None => eights.each(
                length,
                #[inline(always)]
                |nth, numbers, beyond| with(nth, self.marked(numbers).without(beyond)),
            ),
            Some(range) => eights.each(
                length,
                #[inline(always)]
                |nth, numbers, beyond| with(nth, self.marked(numbers).without(beyond | outside(numbers, range))),
            ),
        }
    }

    /// The same of two rows side by side.
    #[inline]
    pub(super) fn each_beside<T: Small>(
        &self,
        cells: &[T],
        other: &Self,
        beside: &[T],
        length: usize,
        mut with: impl FnMut(usize, Eight, Eight),
    ) {
        let beside = Eights::of(beside);
        self.each(
            cells,
            length,
            #[inline(always)]
            |nth, eight| {
                let numbers = beside.numbers(nth);
                let second = other.marked(numbers);
                with(nth, eight, other.range.map_or(second, |range| second.without(outside(numbers, range))));
            },
        );
    }

    #[inline]
    fn marked(&self, numbers: i16x8) -> Eight {
        let [one, other] = self.marks;
        Eight { numbers, missing: (numbers.simd_eq(one) | numbers.simd_eq(other)) & self.marked }
    }
}

#[inline]
fn outside(numbers: i16x8, [low, high]: [i16x8; 2]) -> i16x8 {
    numbers.simd_lt(low) | numbers.simd_gt(high)
}

/// Cells in eights, the last with zeros where there are no more.
struct Eights<'a, T> {
    full: &'a [[T; LANES]],
    last: [T; LANES],
}

impl<'a, T: Small> Eights<'a, T> {
    #[inline]
    fn of(cells: &'a [T]) -> Self {
        let (full, rest) = cells.as_chunks();
        let mut last = [T::default(); LANES];
        if !rest.is_empty() {
            last[..rest.len()].copy_from_slice(rest);
        }
        Self { full, last }
    }

    #[inline]
    fn numbers(&self, nth: usize) -> i16x8 {
        T::centred(self.full.get(nth).unwrap_or(&self.last))
    }

    /// Passes the first cells by, with the position of each eight and all bits of those that are beyond the end.
    #[inline]
    fn each(&self, length: usize, mut with: impl FnMut(usize, i16x8, i16x8)) {
        let (whole, rest) = (length / LANES, length % LANES);
        for (nth, eight) in self.full[..whole].iter().enumerate() {
            with(nth, T::centred(eight), i16x8::ZERO);
        }
        if rest > 0 {
            let within = i16x8::new([0, 1, 2, 3, 4, 5, 6, 7]).simd_lt(i16x8::splat(rest as i16));
            with(whole, self.numbers(whole), !within);
        }
    }
}
