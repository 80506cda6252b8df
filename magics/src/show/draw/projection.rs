//! From the globe to a plane and back.

use super::earth::Window;
use crate::show::style::Projection;

/// Mercator's poles lie at infinity; this is where web maps end.
const FARTHEST: f64 = 85.0;

/// Robinson's table for every fifth degree of latitude: the length of the parallel, and its distance from the equator
/// (A. H. Robinson, A New Map Projection: Its Development and Characteristics, 1974).
const ROBINSON: [(f64, f64); 19] = [
    (1.0, 0.0),
    (0.9986, 0.0620),
    (0.9954, 0.1240),
    (0.9900, 0.1860),
    (0.9822, 0.2480),
    (0.9730, 0.3100),
    (0.9600, 0.3720),
    (0.9427, 0.4340),
    (0.9216, 0.4958),
    (0.8962, 0.5571),
    (0.8679, 0.6176),
    (0.8350, 0.6769),
    (0.7986, 0.7346),
    (0.7597, 0.7903),
    (0.7186, 0.8435),
    (0.6732, 0.8936),
    (0.6213, 0.9394),
    (0.5722, 0.9761),
    (0.5322, 1.0),
];

/// Robinson's factors across and upwards, for a globe of radius 1.
const ACROSS: f64 = 0.8487;
const UPWARDS: f64 = 1.3523;

/// A projection about the middle of what is shown. Planes are in degrees, but the orthographic one in radii of the globe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Flat {
    PlateCarree,
    Mercator,
    Robinson { middle: f64 },
    Orthographic { lon: f64, lat: f64 },
}

impl Flat {
    /// The projection for a window, and the part of the window that it can show.
    pub(crate) fn of(projection: Projection, window: Window) -> (Self, Window) {
        let middle = f64::midpoint(window.west, window.east);
        match projection {
            Projection::PlateCarree => (Self::PlateCarree, window),
            Projection::Mercator => {
                // A window beyond the last parallel shows the strip before it.
                let south = window.south.clamp(-FARTHEST, FARTHEST - 1.0);
                (Self::Mercator, Window { south, north: window.north.clamp(south + 1.0, FARTHEST).min(FARTHEST), ..window })
            }
            Projection::Robinson => (Self::Robinson { middle }, window),
            // About a pole, the pole itself is the middle.
            Projection::Orthographic => {
                let around = window.east - window.west > 300.0;
                let lat = match window {
                    Window { south: 0.0.., north: 89.0.., .. } if around => 90.0,
                    Window { south: ..=-89.0, north: ..=0.0, .. } if around => -90.0,
                    Window { south, north, .. } => f64::midpoint(south, north),
                };
                (Self::Orthographic { lon: middle, lat }, window)
            }
        }
    }

    /// Where a place lies on the plane; `None` on the far side of the globe.
    pub(crate) fn plane(&self, lon: f64, lat: f64) -> Option<(f64, f64)> {
        match *self {
            Self::PlateCarree => Some((lon, lat)),
            Self::Mercator => Some((lon, lat.clamp(-FARTHEST, FARTHEST).to_radians().tan().asinh().to_degrees())),
            Self::Robinson { middle } => {
                let (length, distance) = robinson(lat);
                Some((ACROSS * length * (lon - middle), UPWARDS * distance.to_degrees()))
            }
            Self::Orthographic { .. } => {
                let (x, y, near) = self.sphere(lon, lat)?;
                (near >= 0.0).then_some((x, y))
            }
        }
    }

    /// The place on the globe seen from afar: right, up, and towards the reader; `None` for other projections.
    pub(crate) fn sphere(&self, lon: f64, lat: f64) -> Option<(f64, f64, f64)> {
        let Self::Orthographic { lon: lon0, lat: lat0 } = *self else { return None };
        let (turn, (sin, cos)) = ((lon - lon0).to_radians(), lat.to_radians().sin_cos());
        let (sin0, cos0) = lat0.to_radians().sin_cos();
        Some((cos * turn.sin(), cos0 * sin - sin0 * cos * turn.cos(), sin0 * sin + cos0 * cos * turn.cos()))
    }

    /// The longitude and latitude of a point of the plane, if it shows one.
    pub(crate) fn earth(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        match *self {
            Self::PlateCarree => Some((x, y)),
            Self::Mercator => Some((x, y.to_radians().sinh().atan().to_degrees())),
            Self::Robinson { middle } => {
                let distance = y.to_radians() / UPWARDS;
                let after = ROBINSON.partition_point(|(_, d)| *d < distance.abs()).max(1);
                let (from, to) = (ROBINSON[after - 1], *ROBINSON.get(after)?);
                let share = (distance.abs() - from.1) / (to.1 - from.1);
                let lat = ((after - 1) as f64 + share) * 5.0 * distance.signum();
                let length = from.0 + share * (to.0 - from.0);
                Some((middle + x / (ACROSS * length), lat))
            }
            Self::Orthographic { lon, lat } => {
                let near = (1.0 - x * x - y * y).max(-1.0);
                if near < 0.0 {
                    return None;
                }
                let (near, (sin, cos)) = (near.sqrt(), lat.to_radians().sin_cos());
                Some((lon + x.atan2(near * cos - y * sin).to_degrees(), (near * sin + y * cos).clamp(-1.0, 1.0).asin().to_degrees()))
            }
        }
    }
}

/// Length and distance of a parallel, interpolated in Robinson's table.
fn robinson(lat: f64) -> (f64, f64) {
    let place = lat.abs().min(90.0) / 5.0;
    let at = (place as usize).min(ROBINSON.len() - 2);
    let (from, to, share) = (ROBINSON[at], ROBINSON[at + 1], place - at as f64);
    (from.0 + share * (to.0 - from.0), (from.1 + share * (to.1 - from.1)) * lat.signum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [Flat; 4] {
        [Flat::PlateCarree, Flat::Mercator, Flat::Robinson { middle: 30.0 }, Flat::Orthographic { lon: -140.0, lat: 35.0 }]
    }

    #[test]
    fn every_place_that_is_seen_comes_back() {
        for flat in all() {
            for (lon, lat) in [(-150.0, 0.0), (-120.0, 80.0), (-100.0, 42.5), (-179.0, -20.0), (-140.0, 35.0)] {
                let (x, y) = flat.plane(lon, lat).unwrap();
                let (back_lon, back_lat) = flat.earth(x, y).unwrap();
                assert!((back_lon - lon).abs() < 1e-9 && (back_lat - lat).abs() < 1e-9, "{flat:?}: {lon} {lat} {back_lon} {back_lat}");
            }
        }
    }

    #[test]
    fn known_places_lie_where_the_formulas_put_them() {
        let (_, y) = Flat::Mercator.plane(0.0, 45.0).unwrap();
        assert!((y - 50.498_987).abs() < 1e-5, "{y}");
        let (x, y) = Flat::Robinson { middle: 0.0 }.plane(90.0, 40.0).unwrap();
        assert!((x - 0.8487 * 0.9216 * 90.0).abs() < 1e-9 && (y - (1.3523_f64 * 0.4958).to_degrees()).abs() < 1e-9);
        let globe = Flat::Orthographic { lon: 0.0, lat: 90.0 };
        let (x, y) = globe.plane(90.0, 0.0).unwrap();
        assert!((x - 1.0).abs() < 1e-12 && y.abs() < 1e-12);
        assert_eq!(globe.plane(0.0, -10.0), None);
        assert_eq!(globe.earth(0.9, 0.9), None);
    }

    #[test]
    fn mercator_ends_before_the_poles() {
        let window = |south, north| Window { west: 0.0, south, east: 90.0, north };
        let (_, seen) = Flat::of(Projection::Mercator, window(-90.0, 90.0));
        assert_eq!((seen.south, seen.north), (-85.0, 85.0));
        let (_, seen) = Flat::of(Projection::Mercator, window(88.0, 90.0));
        assert!(seen.south < seen.north && seen.north <= 85.0);
    }
}
