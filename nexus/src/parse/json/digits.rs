//! Numbers as nearly all are: few digits, no great exponent. They are read at once and rounded correctly, or not at all.
//!
//! A decimal fraction is a whole number *w* divided by a power of ten. Where *w* and the power are exact as `f64`, one
//! division rounds correctly (Clinger 1990). Elsewhere *w* is multiplied by the reciprocal of the power, cut to 64 bits, as in
//! Lemire (2021): the upper half of the product is too small by less than 2, so it decides how to round unless it lies that close
//! to half way between two neighbours. Such numbers, and all others, are left to the standard library.

/// A number that was read at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// One without a fraction.
    Whole(i64),
    /// Any other.
    Broken(f64),
}

/// So many digits fit 64 bits.
const MOST_DIGITS: usize = 19;
/// The greatest power of ten by which a number may be divided here.
const MOST_PLACES: usize = 30;

/// The powers of ten that an `f64` holds exactly.
const EXACT: [f64; 23] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

/// Of 10⁻ᵏ the first 64 bits, and by how many places they are to be shifted down.
const RECIPROCALS: [(u64, u32); MOST_PLACES + 1] = reciprocals();

const fn reciprocals() -> [(u64, u32); MOST_PLACES + 1] {
    let mut table = [(1 << 63, 63); MOST_PLACES + 1];
    let mut k = 1;
    while k <= MOST_PLACES {
        table[k] = reciprocal(10_u128.pow(k as u32));
        k += 1;
    }
    table
}

/// The first 64 bits of 1/d, by long division, and by how many places they are to be shifted down.
const fn reciprocal(d: u128) -> (u64, u32) {
    let (mut bits, mut remainder, mut places) = (0_u64, 1_u128, 0);
    while bits >> 63 == 0 {
        remainder *= 2;
        bits *= 2;
        places += 1;
        if remainder >= d {
            remainder -= d;
            bits += 1;
        }
    }
    (bits, places)
}

/// Reads the number that bytes begin with, and says how many bytes it takes. None if it is not one of the usual kind, or if
/// the bytes end with it, so that more digits may follow.
#[inline]
pub(super) fn read(bytes: &[u8]) -> Option<(Number, usize)> {
    let is_negative = bytes.first() == Some(&b'-');
    let first = usize::from(is_negative);
    let (whole, point) = digits(bytes, first, 0);
    let (mut number, mut at, mut places) = (whole, point, 0_i32);
    if point == first {
        return None;
    }
    let mut is_whole = true;
    if bytes.get(at) == Some(&b'.') {
        is_whole = false;
        (number, at) = digits(bytes, point + 1, whole);
        places = (at - point) as i32 - 1;
        if places == 0 {
            return None;
        }
    }
    if at - first - usize::from(!is_whole) > MOST_DIGITS {
        return None;
    }
    if matches!(bytes.get(at)?, b'e' | b'E') {
        is_whole = false;
        let (exponent, end) = exponent(bytes, at + 1)?;
        at = end;
        places -= exponent;
    }
    if matches!(bytes.get(at)?, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E') {
        return None;
    }
    if is_whole && !(is_negative && number == 0) {
        let number = i64::try_from(number).ok()?;
        return Some((Number::Whole(if is_negative { -number } else { number }), at));
    }
    let magnitude = scaled(number, places)?;
    Some((Number::Broken(if is_negative { -magnitude } else { magnitude }), at))
}

/// Appends the digits from a place on to a number, and says where they end. More than fit make a number that means nothing.
#[inline]
fn digits(bytes: &[u8], from: usize, number: u64) -> (u64, usize) {
    let (mut number, mut at) = (number, from);
    while let Some(value) = bytes.get(at..at + 8).and_then(|eight| eight_digits(eight.try_into().unwrap_or_default())) {
        number = number.wrapping_mul(100_000_000).wrapping_add(value);
        at += 8;
    }
    while let Some(digit) = bytes.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    (number, at)
}

/// The number that eight digits make, all at once: pairs, then fours, then all.
#[inline]
fn eight_digits(bytes: [u8; 8]) -> Option<u64> {
    let text = u64::from_le_bytes(bytes);
    let value = text.wrapping_sub(0x3030_3030_3030_3030);
    // A byte below '0' borrows into its upper bit, one above '9' carries into it.
    if (text.wrapping_add(0x4646_4646_4646_4646) | value) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = value.wrapping_mul(10).wrapping_add(value >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(low.wrapping_add(high) >> 32)
}

/// The exponent that stands from a place on, and where it ends.
fn exponent(bytes: &[u8], from: usize) -> Option<(i32, usize)> {
    let sign = bytes.get(from)?;
    let first = from + usize::from(matches!(sign, b'-' | b'+'));
    let (exponent, end) = digits(bytes, first, 0);
    if end == first || end - first > 3 {
        return None;
    }
    let exponent = exponent as i32;
    Some((if *sign == b'-' { -exponent } else { exponent }, end))
}

/// A whole number divided by ten to the power of `places`.
#[inline]
fn scaled(number: u64, places: i32) -> Option<f64> {
    if number == 0 {
        return Some(0.0);
    }
    if number <= 1 << 53 && places.unsigned_abs() < EXACT.len() as u32 {
        let power = EXACT[places.unsigned_abs() as usize];
        return Some(if places < 0 { number as f64 * power } else { number as f64 / power });
    }
    let (reciprocal, shift) = *RECIPROCALS.get(usize::try_from(places).ok()?)?;
    let zeros = number.leading_zeros();
    let product = u128::from(number << zeros) * u128::from(reciprocal);
    let upper = (product >> 64) as u64;
    // Its first bit is the highest or the one below.
    let below = 11 - (upper >> 63 ^ 1) as u32;
    let (kept, dropped, half) = (upper >> below, upper & ((1 << below) - 1), 1_u64 << (below - 1));
    if (half - 1..=half).contains(&dropped) {
        return None;
    }
    let mantissa = kept + u64::from(dropped > half);
    // The product is the number times 2 to the power of the shift and the zeros, and 64 bits of it are dropped already.
    let exponent = 64 + below as i32 - shift as i32 - zeros as i32;
    Some(mantissa as f64 * f64::from_bits(((1023 + exponent) as u64) << 52))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Option<f64> {
        read(format!("{text},").as_bytes()).map(|(number, length)| {
            assert_eq!(length, text.len());
            match number {
                Number::Whole(whole) => whole as f64,
                Number::Broken(broken) => broken,
            }
        })
    }

    #[test]
    fn usual_numbers_are_read_at_once() {
        for text in [
            "0",
            "-0",
            "7",
            "1357041600",
            "-148.125",
            "0.1",
            "10.100000381469727",
            "-9999.0",
            "1e5",
            "2.5E-3",
            "1e+2",
            "123456789012345678",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(value(text).unwrap().to_bits(), expected.to_bits(), "{text}");
        }
        assert_eq!(read(b"12]"), Some((Number::Whole(12), 2)));
        assert_eq!(read(b"-12]"), Some((Number::Whole(-12), 3)));
    }

    #[test]
    fn what_is_not_one_of_the_usual_kind_is_left() {
        for text in ["-", "", ".5", "1.", "1e", "1-2", "1.2.3", "12345678901234567890", "1e400", "abc", "-I"] {
            assert_eq!(value(text), None, "{text}");
        }
        assert_eq!(read(b"12"), None, "more digits may follow");
        assert_eq!(read(b"1.5"), None, "more digits may follow");
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_rounded_as_the_standard_library_rounds_it(
            whole in 0_u64..10_000, fraction in "[0-9]{1,18}", exponent in prop_oneof![Just(String::new()), "e-?[0-9]{1,2}"], minus in any::<bool>(),
        ) {
            let text = format!("{}{whole}.{fraction}{exponent}", if minus { "-" } else { "" });
            let expected: f64 = text.parse().unwrap();
            if let Some(value) = value(&text) {
                prop_assert_eq!(value.to_bits(), expected.to_bits(), "{}", text);
            }
        }

        #[test]
        fn single_precision_numbers_are_read_as_they_are_printed(bits in any::<u32>()) {
            let number = f64::from(f32::from_bits(bits));
            prop_assume!(number.is_finite());
            let text = format!("{number:?}");
            if let Some(value) = value(&text) {
                prop_assert_eq!(value.to_bits(), number.to_bits(), "{}", text);
            }
        }

        #[test]
        fn numbers_half_way_between_two_others_are_rounded_right(mantissa in (1_u64 << 53)..(1 << 54), places in 1_u32..20) {
            // An odd number of 54 bits lies half way; its decimal digits may be more than fit.
            let text = format!("{}e-{places}", mantissa | 1);
            let expected: f64 = text.parse().unwrap();
            if let Some(value) = value(&text) {
                prop_assert_eq!(value.to_bits(), expected.to_bits(), "{}", text);
            }
        }

        #[test]
        fn eight_bytes_are_a_number_only_if_all_are_digits(bytes in proptest::array::uniform8(prop_oneof![4 => b'0'..=b'9', 1 => any::<u8>()])) {
            let expected = std::str::from_utf8(&bytes).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit())).map(|text| text.parse::<u64>().unwrap());
            prop_assert_eq!(eight_digits(bytes), expected);
        }
    }
}
