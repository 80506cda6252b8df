//! The land of the Earth, from Natural Earth, cut to what a map shows. Made with Natural Earth.

use std::sync::LazyLock;

/// A closed ring of `(longitude, latitude)` in degrees. Longitudes go on beyond 180 rather than jump; a ring about
/// a pole is closed over the pole.
struct Ring {
    points: Vec<(f64, f64)>,
    west: f64,
    east: f64,
    south: f64,
    north: f64,
}

/// The rings of all land at one resolution.
pub(crate) struct Land(Vec<Ring>);

static COARSE: LazyLock<Land> = LazyLock::new(|| Land::decode(include_bytes!("../../../assets/land-110m.bin")));
static FINE: LazyLock<Land> = LazyLock::new(|| Land::decode(include_bytes!("../../../assets/land-50m.bin")));

/// An area in degrees, `west < east`; `east` may exceed 180.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) west: f64,
    pub(crate) south: f64,
    pub(crate) east: f64,
    pub(crate) north: f64,
}

impl Window {
    /// The part of a straight line within the window, after Liang and Barsky.
    pub(crate) fn part(&self, a: (f64, f64), b: (f64, f64)) -> Option<[(f64, f64); 2]> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        for (step, room) in [(-dx, a.0 - self.west), (dx, self.east - a.0), (-dy, a.1 - self.south), (dy, self.north - a.1)] {
            if step == 0.0 && room < 0.0 {
                return None;
            }
            if step < 0.0 {
                from = from.max(room / step);
            } else if step > 0.0 {
                to = to.min(room / step);
            }
        }
        let at = |t: f64| {
            if t == 0.0 {
                a
            } else if t == 1.0 {
                b
            } else {
                (a.0 + t * dx, a.1 + t * dy)
            }
        };
        (from < to).then(|| [at(from), at(to)])
    }
}

/// The land that suits a window: 1:50 million where it spans less than 60 degrees, else 1:110 million.
pub(crate) fn land(window: &Window) -> &'static Land {
    if window.east - window.west < 60.0 && window.north - window.south < 60.0 { &FINE } else { &COARSE }
}

impl Land {
    /// Reads an asset; its form is described in `assets/source/make_assets.py`.
    fn decode(bytes: &[u8]) -> Self {
        let steps = bytes.first().map_or(100.0, |b| f64::from(*b));
        let mut numbers = bytes.get(1..).unwrap_or_default().iter();
        let mut next = || {
            let (mut value, mut shift) = (0u32, 0);
            for byte in numbers.by_ref() {
                value |= u32::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 || shift > 28 {
                    break;
                }
            }
            (value >> 1) as i32 ^ -((value & 1) as i32)
        };
        let mut rings = Vec::new();
        loop {
            let count = next();
            if count <= 0 {
                return Self(rings);
            }
            let (mut x, mut y) = (0, 0);
            let points = (0..count).map(|_| {
                x += next();
                y += next();
                (f64::from(x) / steps, f64::from(y) / steps)
            });
            rings.push(Ring::new(points.collect()));
        }
    }

    /// All rings, whole.
    pub(crate) fn rings(&self) -> impl Iterator<Item = &[(f64, f64)]> {
        self.0.iter().map(|ring| ring.points.as_slice())
    }

    /// The rings cut to the window, each in every turn of the Earth that the window sees.
    pub(crate) fn areas(&self, window: &Window) -> Vec<Vec<(f64, f64)>> {
        let turned = |(ring, turn): (&Ring, f64)| ring.points.iter().map(|(x, y)| (x + turn, *y)).collect::<Vec<_>>();
        self.seen(window).map(|seen| clip(&turned(seen), window)).filter(|ring| ring.len() > 2).collect()
    }

    /// The coastlines within the window. The lines that close a ring over a pole are no coast.
    pub(crate) fn coasts(&self, window: &Window) -> Vec<Vec<(f64, f64)>> {
        let mut coasts: Vec<Vec<(f64, f64)>> = Vec::new();
        for (ring, turn) in self.seen(window) {
            coasts.push(Vec::new());
            for pair in ring.points.windows(2) {
                let (a, b) = ((pair[0].0 + turn, pair[0].1), (pair[1].0 + turn, pair[1].1));
                let polar = a.1.abs() >= 90.0 || b.1.abs() >= 90.0;
                let Some([from, to]) = window.part(a, b).filter(|_| !polar) else { continue };
                match coasts.last_mut() {
                    Some(coast) if coast.last() == Some(&from) => coast.push(to),
                    _ => coasts.push(vec![from, to]),
                }
            }
        }
        coasts.retain(|c| c.len() > 1);
        coasts
    }

    /// The rings that touch the window, each with the degrees by which it must be turned.
    fn seen(&self, window: &Window) -> impl Iterator<Item = (&Ring, f64)> {
        let window = *window;
        self.0.iter().flat_map(move |ring| {
            let across = ring.south <= window.north && ring.north >= window.south;
            let turns = [-360.0, 0.0, 360.0].into_iter().filter(move |t| ring.west + t <= window.east && ring.east + t >= window.west);
            turns.filter(move |_| across).map(move |turn| (ring, turn))
        })
    }
}

impl Ring {
    fn new(points: Vec<(f64, f64)>) -> Self {
        let fold = |pick: fn(&(f64, f64)) -> f64, start: f64, of: fn(f64, f64) -> f64| points.iter().map(pick).fold(start, of);
        Self {
            west: fold(|p| p.0, f64::INFINITY, f64::min),
            east: fold(|p| p.0, f64::NEG_INFINITY, f64::max),
            south: fold(|p| p.1, f64::INFINITY, f64::min),
            north: fold(|p| p.1, f64::NEG_INFINITY, f64::max),
            points,
        }
    }
}

/// The part of a ring within a window, after Sutherland and Hodgman, one edge of the window after the other.
fn clip(ring: &[(f64, f64)], window: &Window) -> Vec<(f64, f64)> {
    let by_x = |at: f64| move |a: (f64, f64), b: (f64, f64)| (at, a.1 + (b.1 - a.1) * (at - a.0) / (b.0 - a.0));
    let by_y = |at: f64| move |a: (f64, f64), b: (f64, f64)| (a.0 + (b.0 - a.0) * (at - a.1) / (b.1 - a.1), at);
    let ring = cut(ring, |p| p.0 >= window.west, by_x(window.west));
    let ring = cut(&ring, |p| p.0 <= window.east, by_x(window.east));
    let ring = cut(&ring, |p| p.1 >= window.south, by_y(window.south));
    cut(&ring, |p| p.1 <= window.north, by_y(window.north))
}

/// The part of a ring on the inner side of one line.
fn cut(ring: &[(f64, f64)], inside: impl Fn((f64, f64)) -> bool, meet: impl Fn((f64, f64), (f64, f64)) -> (f64, f64)) -> Vec<(f64, f64)> {
    let mut kept = Vec::with_capacity(ring.len());
    let Some(mut before) = ring.last().copied() else { return kept };
    for point in ring.iter().copied() {
        if inside(point) != inside(before) {
            kept.push(meet(before, point));
        }
        if inside(point) {
            kept.push(point);
        }
        before = point;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(west: f64, south: f64, east: f64, north: f64) -> Window {
        Window { west, south, east, north }
    }

    /// The area of rings in square degrees; holes turn the other way and count against.
    fn area(rings: &[Vec<(f64, f64)>]) -> f64 {
        let ring = |r: &Vec<(f64, f64)>| {
            let next = r.iter().cycle().skip(1);
            r.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
        };
        rings.iter().map(ring).sum::<f64>().abs()
    }

    fn has_land(land: &Land, lon: f64, lat: f64) -> bool {
        let inside = |ring: &Vec<(f64, f64)>| {
            let mut odd = false;
            for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                if (a.1 > lat) != (b.1 > lat) && lon < a.0 + (b.0 - a.0) * (lat - a.1) / (b.1 - a.1) {
                    odd = !odd;
                }
            }
            odd
        };
        land.areas(&window(lon - 1.0, lat - 1.0, lon + 1.0, lat + 1.0)).iter().filter(|r| inside(r)).count() % 2 == 1
    }

    #[test]
    fn land_and_sea_are_where_they_are() {
        for land in [&*COARSE, &*FINE] {
            for (place, lon, lat) in [
                ("Kansas", -98.0, 38.0),
                ("Chukotka", -172.0, 66.5),
                ("Siberia", 178.0, 68.0),
                ("South Pole", 0.0, -89.5),
                ("Mali", 0.0, 16.0),
                ("Australia", 134.0, -25.0),
            ] {
                assert!(has_land(land, lon, lat), "{place}");
                assert!(has_land(land, lon + 360.0, lat), "{place}, a turn on");
            }
            for (place, lon, lat) in [
                ("Niño 3.4", -145.0, 0.0),
                ("Caspian Sea", 51.0, 41.0),
                ("dateline", 180.0, 0.0),
                ("Gulf of Guinea", 0.0, 0.0),
                ("North Pole", 0.0, 89.5),
            ] {
                assert!(!has_land(land, lon, lat), "{place}");
            }
        }
    }

    #[test]
    fn a_map_across_the_antimeridian_shows_the_same_land_as_its_two_halves() {
        let whole = area(&COARSE.areas(&window(100.0, -60.0, 260.0, 75.0)));
        let halves = [window(100.0, -60.0, 180.0, 75.0), window(-180.0, -60.0, -100.0, 75.0)];
        let sum: f64 = halves.iter().map(|w| area(&COARSE.areas(w))).sum();
        assert!((whole / sum - 1.0).abs() < 1e-9, "{whole} {sum}");
    }

    #[test]
    fn no_coast_runs_along_the_antimeridian_or_the_pole() {
        for land in [&*COARSE, &*FINE] {
            let coasts = land.coasts(&window(0.0, -90.0, 360.0, 90.0));
            let long = coasts.iter().flat_map(|c| c.windows(2)).filter(|p| (p[0].0 - p[1].0).hypot(p[0].1 - p[1].1) > 15.0);
            assert_eq!(long.count(), 0);
        }
    }

    #[test]
    fn zooming_takes_the_finer_outline() {
        assert!(std::ptr::eq(land(&window(-130.0, 20.0, -100.0, 50.0)), &raw const *FINE));
        assert!(std::ptr::eq(land(&window(-180.0, -90.0, 180.0, 90.0)), &raw const *COARSE));
    }
}
