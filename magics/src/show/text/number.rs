//! Numbers with as many digits as help.

/// `⁻¹²`.
pub(crate) fn superscript(n: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    n.to_string().chars().map(|c| c.to_digit(10).map_or('⁻', |d| DIGITS[d as usize])).collect()
}

/// The power of ten of a number's first digit; 0 for zero and for what is not finite.
pub(crate) fn magnitude(v: f64) -> i32 {
    if v == 0.0 || !v.is_finite() { 0 } else { v.abs().log10().floor() as i32 }
}

/// A single number in a sentence: four significant digits, no trailing zeros, `–` if missing.
pub(crate) fn short(v: f64) -> String {
    significant(v, 4)
}

/// The same among numbers of that size, beside which a very small one is nothing but rounding.
pub(crate) fn short_beside(v: f64, size: f64) -> String {
    if v.abs() < size * 1e-5 { "0".to_owned() } else { short(v) }
}

/// A number rounded to `digits` significant digits, written without trailing zeros.
pub(crate) fn significant(v: f64, digits: i32) -> String {
    if !v.is_finite() {
        return "–".to_owned();
    }
    let rounded = round_significant(v, digits);
    let power = magnitude(rounded);
    if rounded != 0.0 && !(-4..7).contains(&power) {
        let mantissa = trimmed(rounded / 10f64.powi(power), (digits - 1).max(0) as usize);
        return format!("{mantissa}×10{}", superscript(power));
    }
    trimmed(rounded, (digits - 1 - power).max(0) as usize)
}

/// The nearest number that has `digits` significant digits.
pub(crate) fn round_significant(v: f64, digits: i32) -> f64 {
    if v == 0.0 || !v.is_finite() {
        return v;
    }
    format!("{v:.*e}", (digits - 1).max(0) as usize).parse().unwrap_or(v)
}

/// At most `decimals` decimals, without trailing zeros, and no negative zero.
pub(crate) fn trimmed(v: f64, decimals: usize) -> String {
    let text = format!("{v:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// `12 345`: a count for people, with narrow spaces where it is long.
pub(crate) fn count(n: usize) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(c);
    }
    text
}

/// `1 row`, `12 rows`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// How the numbers of one column are written: all alike, so that their digits stand below one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Digits {
    /// With this many decimals.
    Fixed(usize),
    /// With an exponent.
    Scientific,
}

impl Digits {
    /// What suits these numbers: whole numbers stay whole, others show four or five significant digits of the greatest.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let finite: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        let greatest = finite.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        if finite.iter().all(|v| v.fract() == 0.0) && greatest < 1e15 {
            return Self::Fixed(0);
        }
        let power = magnitude(greatest);
        if !(-3..9).contains(&power) {
            return Self::Scientific;
        }
        Self::needed(&finite, if power > 0 { 4 - power } else { 3 - power }.clamp(0, 8) as usize)
    }

    /// What suits latitudes and longitudes: what they need, to a ten-thousandth of a degree, which is some ten metres.
    pub(crate) fn of_degrees(values: impl IntoIterator<Item = f64>) -> Self {
        let finite: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
        Self::needed(&finite, 4)
    }

    /// As many of at most `decimals` decimals as any of the numbers needs.
    fn needed(finite: &[f64], decimals: usize) -> Self {
        let needed = finite.iter().map(|v| trimmed(*v, decimals).split_once('.').map_or(0, |(_, d)| d.len())).max();
        Self::Fixed(needed.unwrap_or(0))
    }

    /// The number, or `–` if it is missing.
    pub(crate) fn write(self, v: f64) -> String {
        match self {
            _ if !v.is_finite() => "–".to_owned(),
            Self::Fixed(decimals) => {
                let text = format!("{v:.decimals$}");
                if text.starts_with('-') && !text.contains(|c: char| ('1'..='9').contains(&c)) { text[1..].to_owned() } else { text }
            }
            Self::Scientific => format!("{v:.3e}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_a_sentence_has_four_digits_and_no_noise() {
        let cases = [
            (27.834_56, "27.83"),
            (0.0, "0"),
            (-0.000_01, "-1×10⁻⁵"),
            (1234.56, "1235"),
            (123_456.0, "123500"),
            (1e9, "1×10⁹"),
            (1.25e-9, "1.25×10⁻⁹"),
            (9999.96, "10000"),
            (0.5, "0.5"),
            (f64::NAN, "–"),
        ];
        for (given, expected) in cases {
            assert_eq!(short(given), expected, "{given}");
        }
    }

    #[test]
    fn a_mean_that_is_zero_but_for_rounding_is_zero() {
        assert_eq!([2.0e-6, -0.012_34, 0.5].map(|v| short_beside(v, 1.7)), ["0", "-0.01234", "0.5"]);
        assert_eq!(short_beside(2e-9, 5e-9), "2×10⁻⁹");
        assert_eq!(short_beside(2.0, 0.0), "2");
    }

    #[test]
    fn a_column_shares_its_decimals() {
        assert_eq!(Digits::of([1.0, 2.0, f64::NAN]), Digits::Fixed(0));
        assert_eq!(Digits::of([1.5, 22.25]), Digits::Fixed(2));
        assert_eq!(Digits::of([27.123_456_789, 1.0]), Digits::Fixed(3));
        assert_eq!(Digits::of([0.123_456, 0.5]), Digits::Fixed(4));
        assert_eq!(Digits::of([1.5e-9, 2e-9]), Digits::Scientific);
        assert_eq!(Digits::of_degrees([-100.375, 170.0]), Digits::Fixed(3));
        assert_eq!(Digits::of([]), Digits::Fixed(0));
        assert_eq!(Digits::Fixed(1).write(-0.01), "0.0");
        assert_eq!(Digits::Fixed(2).write(f64::NAN), "–");
        assert_eq!(Digits::Scientific.write(1.5e-9), "1.500e-9");
    }

    #[test]
    fn long_counts_are_grouped() {
        assert_eq!([999, 1234, 12_345, 1_234_567].map(count), ["999", "1234", "12\u{202f}345", "1\u{202f}234\u{202f}567"]);
        assert_eq!(counted(1, "row", "rows"), "1 row");
    }
}
