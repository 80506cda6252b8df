//! What single words of a command mean: numbers, durations, distances, places.

/// How long something may take, or how far apart two times may lie.
const UNITS_OF_TIME: [(char, f64); 5] = [('s', 1.0), ('m', 60.0), ('h', 3600.0), ('d', 86_400.0), ('w', 604_800.0)];

/// The seconds of `90`, `90s`, `15m`, `6h`, `1d` or `2w`.
fn duration(text: &str) -> Option<f64> {
    let last = text.chars().next_back()?;
    let (number, scale) = match UNITS_OF_TIME.iter().find(|(unit, _)| *unit == last) {
        Some((_, scale)) => (&text[..text.len() - 1], *scale),
        None => (text, 1.0),
    };
    number.trim().parse::<f64>().ok().map(|n| n * scale).filter(|seconds| seconds.is_finite())
}

/// How long to wait.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    duration(text)
        .filter(|s| *s > 0.0 && *s <= 86_400.0)
        .ok_or_else(|| "a number of seconds above 0, at most 86400; or 90s, 15m, 2h".to_owned())
}

/// How far apart two times may lie, in whole seconds.
pub(super) fn tolerance(text: &str) -> Result<u64, String> {
    let ten_years = 10.0 * 366.0 * 86_400.0;
    duration(text)
        .filter(|s| (0.0..=ten_years).contains(s) && s.fract() == 0.0)
        .map(|s| s as u64)
        .ok_or_else(|| "a time in whole seconds, at most ten years, as 3600, 90s, 15m, 6h, 1d or 2w".to_owned())
}

/// A distance in metres, of `1000`, `500m` or `25km`.
pub(super) fn metres(text: &str) -> Result<f64, String> {
    let (number, scale) = match (text.strip_suffix("km"), text.strip_suffix('m')) {
        (Some(number), _) => (number, 1000.0),
        (None, Some(number)) => (number, 1.0),
        (None, None) => (text, 1.0),
    };
    let half_way_round = 20_038_000.0;
    let metres = number.trim().parse::<f64>().ok().map(|n| n * scale);
    metres.filter(|m| (0.0..=half_way_round).contains(m)).ok_or_else(|| "a distance in metres, or as 25km".to_owned())
}

/// A calendar month.
pub(super) fn month(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|m| (1..=12).contains(m)).ok_or_else(|| "a calendar month, 1 to 12".to_owned())
}

/// A day of the year.
pub(super) fn day(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|d| (1..=366).contains(d)).ok_or_else(|| "a day of the year, 1 to 366".to_owned())
}

/// A number of things, at least one.
pub(super) fn count(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "a whole number, 1 or more".to_owned())
}

/// A number of points, of `2000000`, `2_000_000`, `500k` or `2M`.
pub(crate) fn points(text: &str) -> Result<u64, String> {
    let (number, scale) = match text.chars().next_back() {
        Some('k') => (&text[..text.len() - 1], 1_000),
        Some('M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    let number = number.replace('_', "").parse::<u64>().ok().and_then(|n| n.checked_mul(scale));
    number.filter(|n| *n > 0).ok_or_else(|| "a whole number, 1 or more, as 500000, 500k or 2M".to_owned())
}

/// A number of bytes, of `1073741824`, `512MB` or `2GiB`.
pub(crate) fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, f64); 8] =
        [("kib", 1024.0), ("mib", 1_048_576.0), ("gib", 1_073_741_824.0), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("b", 1.0), ("", 1.0)];
    let lower = text.trim().to_ascii_lowercase();
    let unit = UNITS.iter().find_map(|(unit, scale)| Some((lower.strip_suffix(unit)?, *scale)));
    let bytes = unit.and_then(|(number, scale)| Some(number.trim().parse::<f64>().ok()? * scale));
    bytes.filter(|n| (1.0..=1e15).contains(n)).map(|n| n as u64).ok_or_else(|| "a size as 512MB or 2GiB".to_owned())
}

/// A distance in degrees.
pub(super) fn degrees(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|d| *d > 0.0 && *d <= 90.0).ok_or_else(|| "a number of degrees above 0, at most 90".to_owned())
}

/// One number, that need not be positive.
pub(super) fn number(text: &str) -> Result<f64, String> {
    text.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| "a number".to_owned())
}

/// A least and a greatest number: `A,B`, or one that is both.
pub(super) fn range(text: &str) -> Result<(f64, f64), String> {
    let (low, high) = text.split_once(',').unwrap_or((text, text));
    let ends = number(low.trim()).ok().zip(number(high.trim()).ok()).filter(|(low, high)| low <= high);
    ends.ok_or_else(|| "two numbers, the lesser first: A,B".to_owned())
}

/// A place: longitude and latitude in degrees.
pub(super) fn place(text: &str) -> Result<(f64, f64), String> {
    let numbers = text.split_once(',').and_then(|(lon, lat)| number(lon.trim()).ok().zip(number(lat.trim()).ok()));
    numbers
        .filter(|(lon, lat)| (-180.0..=360.0).contains(lon) && (-90.0..=90.0).contains(lat))
        .map(|(lon, lat)| (if lon > 180.0 { lon - 360.0 } else { lon }, lat))
        .ok_or_else(|| "LONGITUDE,LATITUDE in degrees, such as -140,0".to_owned())
}

/// Into how many windows of time a question is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// As many as suit the period and the dataset.
    Auto,
    /// So many.
    Into(u32),
}

/// `auto` or a number.
pub(super) fn split(text: &str) -> Result<Split, String> {
    match text {
        "auto" => Ok(Split::Auto),
        _ => {
            count(text).ok().filter(|n| *n <= 10_000).map(Split::Into).ok_or_else(|| "auto, or a number of windows, 1 to 10000".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_seconds_need_none() {
        for (text, seconds) in
            [("90", 90), ("90s", 90), ("15m", 900), ("6h", 21_600), ("1d", 86_400), ("2w", 1_209_600), ("0", 0), ("1.5h", 5400)]
        {
            assert_eq!(tolerance(text), Ok(seconds), "{text}");
        }
        for text in ["", "d", "-1d", "1y", "soon", "NaN", "inf", "0.5", "99999999999", "é"] {
            assert!(tolerance(text).is_err(), "{text}");
        }
        assert_eq!((seconds("2m"), seconds("0").is_err(), seconds("2d").is_err()), (Ok(120.0), true, true));
    }

    #[test]
    fn distances_are_metres_unless_they_say_kilometres() {
        assert_eq!([metres("1000"), metres("500m"), metres("25km"), metres("0")], [Ok(1000.0), Ok(500.0), Ok(25_000.0), Ok(0.0)]);
        assert!(["", "-1", "1 mile", "1e99km", "km"].iter().all(|text| metres(text).is_err()));
    }

    #[test]
    fn sizes_and_numbers_of_points_may_be_abbreviated() {
        assert_eq!([points("2_000_000"), points("500k"), points("2M")], [Ok(2_000_000), Ok(500_000), Ok(2_000_000)]);
        assert!(["", "0", "-1", "1.5", "99999999999999999999", "k", "é"].iter().all(|text| points(text).is_err()));
        assert_eq!([bytes("1024"), bytes("512MB"), bytes("2 GiB")], [Ok(1024), Ok(512_000_000), Ok(2 << 30)]);
        assert!(["", "0", "-1GB", "GiB", "much"].iter().all(|text| bytes(text).is_err()));
    }

    #[test]
    fn places_and_ranges_are_two_numbers_in_order() {
        assert_eq!(place("220, 0"), Ok((-140.0, 0.0)));
        assert!(["", "0", "0,91", "400,0", "x,y"].iter().all(|text| place(text).is_err()));
        assert_eq!([range("-5,0"), range("3")], [Ok((-5.0, 0.0)), Ok((3.0, 3.0))]);
        assert!(["", "5,0", "1,NaN", "1,2,3"].iter().all(|text| range(text).is_err()));
    }

    proptest::proptest! {
        #[test]
        fn any_word_is_taken_or_refused(text in "\\PC{0,12}|[-0-9.,a-zA-Z_]{0,12}") {
            let _ = (seconds(&text), tolerance(&text), metres(&text), points(&text), bytes(&text), place(&text), range(&text), split(&text));
        }
    }
}
