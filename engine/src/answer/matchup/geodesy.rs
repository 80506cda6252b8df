//! Places on the Earth, taken as the WGS84 ellipsoid.
//!
//! Distances are geodesics, in metres, to a few nanometres (C. F. F. Karney, "Algorithms for geodesics", Journal of Geodesy 87,
//! 43–55, 2013). What may be near is found by straight lines through the Earth, which are never longer and know neither
//! antimeridian nor poles.

use geographiclib_rs::{Geodesic, InverseGeodesic};
use sdap::BoundingBox;
use std::sync::LazyLock;

/// The semi-major axis in metres, and the square of the eccentricity.
const EQUATORIAL: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
const ECCENTRICITY_SQUARED: f64 = FLATTENING * (2.0 - FLATTENING);

/// Half the way round the Earth, in metres, and more than any two places are apart.
pub(super) const FARTHEST: f64 = 20_037_509.0;

/// The length of the shortest way between two places, in metres.
pub(super) fn distance(from: (f64, f64), to: (f64, f64)) -> f64 {
    static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);
    WGS84.inverse(from.0, from.1, to.0, to.1)
}

/// The place in metres from the centre of the Earth: towards 0° N 0° E, towards 0° N 90° E, and towards the north pole.
pub(super) fn position(lat: f64, lon: f64) -> [f64; 3] {
    let ((sin_lat, cos_lat), (sin_lon, cos_lon)) = (lat.to_radians().sin_cos(), lon.to_radians().sin_cos());
    let normal = EQUATORIAL / (1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat).sqrt();
    [normal * cos_lat * cos_lon, normal * cos_lat * sin_lon, normal * (1.0 - ECCENTRICITY_SQUARED) * sin_lat]
}

/// A box that holds every place within a distance of the area, and some more.
pub(super) fn widened(area: &BoundingBox, metres: f64) -> BoundingBox {
    // The ellipsoid is nowhere curved more than in this radius, that of the meridian at the equator.
    let angle = 1.001 * metres / (EQUATORIAL * (1.0 - ECCENTRICITY_SQUARED)) + 1e-9;
    let degrees = angle.to_degrees();
    let (south, north) = ((area.south() - degrees).max(-90.0), (area.north() + degrees).min(90.0));
    let polar = south.abs().max(north.abs()).to_radians();
    // On a sphere, the meridians that touch a circle of this angle (spherical law of sines).
    let aside = (angle.sin() / polar.cos()).asin().to_degrees() * 1.001;
    let around = angle >= std::f64::consts::FRAC_PI_2 || !aside.is_finite() || area.width() + 2.0 * aside >= 360.0;
    let (west, east) = if around { (-180.0, 180.0) } else { (wrapped(area.west() - aside), wrapped(area.east() + aside)) };
    BoundingBox::new(west, south, east, north).unwrap_or(BoundingBox::WORLD)
}

fn wrapped(lon: f64) -> f64 {
    if (-180.0..=180.0).contains(&lon) { lon } else { (lon + 180.0).rem_euclid(360.0) - 180.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn distances_are_geodesics_whichever_way_round() {
        // Along the equator, a degree is a 360th of the circumference; from pole to pole it is half a meridian.
        let degree = EQUATORIAL.to_radians();
        assert!((distance((0.0, 179.5), (0.0, -179.5)) - degree).abs() < 1e-6);
        assert!((distance((90.0, 12.0), (-90.0, -77.0)) - 20_003_931.458_625).abs() < 1e-3);
        assert!(distance((90.0, 0.0), (90.0, 180.0)).abs() < 1e-6);
        assert!((distance((89.9, 0.0), (89.9, 180.0)) - 2.0 * distance((89.9, 0.0), (90.0, 0.0))).abs() < 1e-6);
    }

    fn place() -> impl Strategy<Value = (f64, f64)> {
        (prop_oneof![-90.0..=90.0_f64, Just(90.0), Just(-90.0), 85.0..=90.0], prop_oneof![-180.0..=180.0_f64, Just(180.0), 179.0..=180.0])
    }

    proptest! {
        #[test]
        fn a_straight_line_is_never_longer_than_the_way_over_the_ground(from in place(), to in place()) {
            let (a, b) = (position(from.0, from.1), position(to.0, to.1));
            let straight = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            prop_assert!(straight <= distance(from, to) + 1e-6);
        }

        #[test]
        fn what_is_within_reach_of_an_area_lies_in_the_wider_box(
            inside in place(), size in (0.0..20.0_f64, 0.0..60.0_f64), other in place(), near in (-3.0..3.0_f64, -3.0..3.0_f64), metres in 1.0..2e6_f64,
        ) {
            let (lat, lon) = inside;
            let area = BoundingBox::new(wrapped(lon - size.1), (lat - size.0).max(-90.0), lon, lat).unwrap();
            let close = ((lat + near.0).clamp(-90.0, 90.0), wrapped(lon + near.1));
            for place in [other, close] {
                let metres = if place == close { metres / 10.0 } else { metres };
                if distance(inside, place) <= metres {
                    prop_assert!(widened(&area, metres).contains(place.0, place.1), "{place:?} of {area} by {metres}");
                }
            }
        }
    }
}
