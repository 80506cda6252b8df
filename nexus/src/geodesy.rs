//! How far places on the Earth are from each other.

/// The WGS 84 ellipsoid: its equatorial radius in metres, and its flattening.
const RADIUS: f64 = 6_378_137.0;
const FLATTENING: f64 = 1.0 / 298.257_223_563;
/// How often the iteration may go on; it needs four or five rounds but for places nearly opposite to each other.
const ROUNDS: usize = 100;

/// The length in metres of the shortest line between two places on the WGS 84 ellipsoid, given in degrees.
///
/// After Vincenty (1975, "Direct and inverse solutions of geodesics on the ellipsoid"), to within a millimetre. Places so nearly
/// opposite that his iteration does not end are measured on a sphere of the Earth's mean radius, within half a percent.
/// NaN if a coordinate is none.
///
/// ```
/// // A degree of latitude is longer at a pole than at the equator.
/// assert!((sdap_nexus::distance((0.0, 0.0), (1.0, 0.0)) - 110_574.389).abs() < 1e-3);
/// assert!((sdap_nexus::distance((89.0, 0.0), (90.0, 0.0)) - 111_693.865).abs() < 1e-3);
/// ```
pub fn distance((lat, lon): (f64, f64), (other_lat, other_lon): (f64, f64)) -> f64 {
    let step = (other_lon - lon).to_radians();
    let reduced = |lat: f64| ((1.0 - FLATTENING) * lat.to_radians().tan()).atan().sin_cos();
    let ((sin_a, cos_a), (sin_b, cos_b)) = (reduced(lat), reduced(other_lat));
    let mut lambda = step;
    for _ in 0..ROUNDS {
        let (sin_lambda, cos_lambda) = lambda.sin_cos();
        let sin_sigma = (cos_b * sin_lambda).hypot(cos_a * sin_b - sin_a * cos_b * cos_lambda);
        if sin_sigma == 0.0 {
            return 0.0;
        }
        let cos_sigma = sin_a * sin_b + cos_a * cos_b * cos_lambda;
        let sigma = sin_sigma.atan2(cos_sigma);
        let sin_alpha = cos_a * cos_b * sin_lambda / sin_sigma;
        let cos2_alpha = 1.0 - sin_alpha * sin_alpha;
        // On the equator there is no midpoint to speak of.
        let cos_middle = if cos2_alpha == 0.0 { 0.0 } else { cos_sigma - 2.0 * sin_a * sin_b / cos2_alpha };
        let c = FLATTENING / 16.0 * cos2_alpha * (4.0 + FLATTENING * (4.0 - 3.0 * cos2_alpha));
        let bend = sigma + c * sin_sigma * (cos_middle + c * cos_sigma * (2.0 * cos_middle * cos_middle - 1.0));
        let next = step + (1.0 - c) * FLATTENING * sin_alpha * bend;
        if (next - lambda).abs() < 1e-12 {
            return length(sigma, sin_sigma, cos_sigma, cos_middle, cos2_alpha);
        }
        lambda = next;
    }
    on_a_sphere((lat, lon), (other_lat, other_lon))
}

/// The length of an arc of the auxiliary sphere, on the ellipsoid.
fn length(sigma: f64, sin_sigma: f64, cos_sigma: f64, cos_middle: f64, cos2_alpha: f64) -> f64 {
    let polar = RADIUS * (1.0 - FLATTENING);
    let square = cos2_alpha * (RADIUS * RADIUS - polar * polar) / (polar * polar);
    let scale = 1.0 + square / 16_384.0 * (4096.0 + square * (-768.0 + square * (320.0 - 175.0 * square)));
    let b = square / 1024.0 * (256.0 + square * (-128.0 + square * (74.0 - 47.0 * square)));
    let middle2 = 2.0 * cos_middle * cos_middle - 1.0;
    let third = b / 6.0 * cos_middle * (4.0 * sin_sigma * sin_sigma - 3.0) * (4.0 * cos_middle * cos_middle - 3.0);
    let shift = b * sin_sigma * (cos_middle + b / 4.0 * (cos_sigma * middle2 - third));
    polar * scale * (sigma - shift)
}

/// The haversine formula.
fn on_a_sphere((lat, lon): (f64, f64), (other_lat, other_lon): (f64, f64)) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let chord = half(lat, other_lat) + lat.to_radians().cos() * other_lat.to_radians().cos() * half(lon, other_lon);
    2.0 * RADIUS * (1.0 - FLATTENING / 3.0) * chord.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_lines_have_their_known_length() {
        // A quarter of the equator and of a meridian, and Vincenty's own example between Flinders Peak and Buninyong.
        let cases = [
            ((0.0, 0.0), (0.0, 90.0), 10_018_754.171),
            ((0.0, 10.0), (90.0, 10.0), 10_001_965.729),
            ((-37.951_033_42, 144.424_867_89), (-37.652_821_14, 143.926_495_53), 54_972.271),
        ];
        for (a, b, metres) in cases {
            assert!((distance(a, b) - metres).abs() < 2e-3, "{a:?} {b:?}: {}", distance(a, b));
        }
    }

    #[test]
    fn opposite_places_are_measured_too_and_no_place_is_nowhere() {
        let half = distance((0.0, 0.0), (0.5, 179.7));
        assert!((half - 19_936_288.0).abs() < 1e5, "{half}");
        assert!(distance((f64::NAN, 0.0), (0.0, 0.0)).is_nan());
    }

    proptest! {
        #[test]
        fn a_line_is_as_long_both_ways_and_round_the_antimeridian(
            a in (-90.0..90.0f64, -180.0..180.0f64), b in (-90.0..90.0f64, -180.0..180.0f64)
        ) {
            let there = distance(a, b);
            prop_assert!((there - distance(b, a)).abs() <= 1e-6 * there.max(1.0));
            prop_assert!((there - distance(a, (b.0, b.1 + 360.0))).abs() <= 1e-6 * there.max(1.0));
            prop_assert!((there - on_a_sphere(a, b)).abs() <= 6e-3 * there.max(1.0));
        }
    }
}
