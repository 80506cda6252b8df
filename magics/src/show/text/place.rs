//! Places: `5°S–5°N 170°W–120°W`.

use super::number::trimmed;
use sdap::BoundingBox;

/// A latitude with its hemisphere, to a thousandth of a degree.
pub(crate) fn latitude(degrees: f64) -> String {
    hemisphere(degrees, 'N', 'S', 3)
}

/// A longitude in either convention with its hemisphere, to a thousandth of a degree.
pub(crate) fn longitude(degrees: f64) -> String {
    let wrapped = (degrees + 180.0).rem_euclid(360.0) - 180.0;
    let text = trimmed(wrapped.abs(), 3);
    if text == "180" { "180°".to_owned() } else { hemisphere(wrapped, 'E', 'W', 3) }
}

fn hemisphere(degrees: f64, positive: char, negative: char, decimals: usize) -> String {
    let text = trimmed(degrees.abs(), decimals);
    match text.as_str() {
        "0" => "0°".to_owned(),
        _ if degrees > 0.0 => format!("{text}°{positive}"),
        _ => format!("{text}°{negative}"),
    }
}

/// An area: `5°S–5°N 170°W–120°W`, or `global`.
pub(crate) fn area(area: &BoundingBox) -> String {
    if *area == BoundingBox::WORLD {
        return "global".to_owned();
    }
    let lon = if area.width() >= 360.0 { "180°W–180°E".to_owned() } else { range(&longitude(area.west()), &longitude(area.east())) };
    format!("{} {lon}", range(&latitude(area.south()), &latitude(area.north())))
}

fn range(from: &str, to: &str) -> String {
    if from == to { from.to_owned() } else { format!("{from}–{to}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area_of(w: f64, s: f64, e: f64, n: f64) -> String {
        area(&BoundingBox::new(w, s, e, n).unwrap())
    }

    #[test]
    fn degrees_carry_their_hemisphere_but_zero_and_180_have_none() {
        assert_eq!([0.0, 5.5, -12.0, 90.0].map(latitude), ["0°", "5.5°N", "12°S", "90°N"]);
        assert_eq!([0.0, 180.0, -180.0, 190.0, 359.5, -118.25].map(longitude), ["0°", "180°", "180°", "170°W", "0.5°W", "118.25°W"]);
    }

    #[test]
    fn areas_are_written_south_to_north_then_west_to_east() {
        assert_eq!(area_of(-170.0, -5.0, -120.0, 5.0), "5°S–5°N 170°W–120°W");
        assert_eq!(area_of(170.0, -5.0, -170.0, 5.0), "5°S–5°N 170°E–170°W");
        assert_eq!(area_of(-180.0, -90.0, 180.0, 90.0), "global");
        assert_eq!(area_of(-180.0, -5.0, 180.0, 5.0), "5°S–5°N 180°W–180°E");
        assert_eq!(area_of(-118.25, 34.05, -118.25, 34.05), "34.05°N 118.25°W");
    }
}
