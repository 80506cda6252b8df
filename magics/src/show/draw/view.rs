//! A part of the globe on paper: where places stand, which lines are seen, what the outline is.

use super::earth::{self, Land, Window};
use super::pen::{Point, Rect, at};
use super::projection::Flat;
use super::scale;
use crate::show::style::Projection;
use crate::show::text::place;

/// Points of an outline nearer to each other than this, in tenths of a pixel, are drawn as one.
const NEAR: i32 = 5;

/// Straight lines in degrees are bent by a projection: no part of them is longer than this, in degrees.
const PART: f64 = 2.0;

/// A globe is seen whole, unless what is shown reaches less far from its middle, in degrees.
const WHOLE: f64 = 35.0;

/// What is shown of the globe, and how, before it has a place on paper.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    flat: Flat,
    pub(crate) window: Window,
    /// The plane that is shown.
    plane: Rect,
}

impl Scene {
    /// The window in that projection.
    pub(crate) fn new(projection: Projection, window: Window) -> Self {
        let (flat, window) = Flat::of(projection, window);
        let plane = if let Flat::Orthographic { .. } = flat { disc(&flat, &window) } else { bounds(&flat, &window) };
        Self { flat, window, plane }
    }

    /// How wide the scene is for each unit of height. Degrees as they are would look too wide far from the equator.
    pub(crate) fn shape(&self) -> f64 {
        let shape = self.plane.width() / self.plane.height();
        if self.flat == Flat::PlateCarree {
            let middle = f64::midpoint(self.window.south, self.window.north).to_radians();
            return shape * middle.cos().max(0.5);
        }
        shape
    }

    /// Whether meridians and parallels are straight and the outline a rectangle.
    pub(crate) fn is_straight(&self) -> bool {
        matches!(self.flat, Flat::PlateCarree | Flat::Mercator)
    }

    /// Whether degrees are as they are.
    pub(crate) fn is_even(&self) -> bool {
        self.flat == Flat::PlateCarree
    }

    /// Whether things go on beyond the plot.
    pub(crate) fn is_cut(&self) -> bool {
        self.is_globular() && !self.is_globe()
    }

    /// Whether a place lies within what is shown.
    pub(crate) fn shows(&self, lon: f64, lat: f64) -> bool {
        let Window { west, south, east, north } = self.window;
        self.is_globular() || ((west..=east).contains(&lon) && (south..=north).contains(&lat))
    }

    /// Whether the whole near side of the globe is seen.
    fn is_globe(&self) -> bool {
        self.is_globular() && self.plane.x1 >= 1.0
    }

    /// Whether the globe is seen as a body, of which one side is hidden.
    pub(crate) fn is_globular(&self) -> bool {
        matches!(self.flat, Flat::Orthographic { .. })
    }

    /// The land that suits the scene.
    fn land(&self) -> &'static Land {
        if self.is_globe() {
            earth::land(&Window { west: -180.0, south: -90.0, east: 180.0, north: 90.0 })
        } else {
            earth::land(&self.window)
        }
    }
}

/// The part of the disc that shows the window.
fn disc(flat: &Flat, window: &Window) -> Rect {
    let ring = divided(&corners(window));
    let nearest = ring.iter().filter_map(|(lon, lat)| flat.sphere(*lon, *lat)).map(|(.., near)| near).fold(1.0, f64::min);
    let reach = nearest.clamp(-1.0, 1.0).acos().to_degrees();
    let radius = if reach >= WHOLE { 1.0 } else { (reach * 1.15).max(0.2).to_radians().sin() };
    Rect { x0: -radius, y0: -radius, x1: radius, y1: radius }
}

/// What a window covers of the plane.
fn bounds(flat: &Flat, window: &Window) -> Rect {
    let mut bounds = Rect { x0: f64::INFINITY, y0: f64::INFINITY, x1: f64::NEG_INFINITY, y1: f64::NEG_INFINITY };
    for (x, y) in divided(&corners(window)).into_iter().filter_map(|(lon, lat)| flat.plane(lon, lat)) {
        bounds = Rect { x0: bounds.x0.min(x), y0: bounds.y0.min(y), x1: bounds.x1.max(x), y1: bounds.y1.max(y) };
    }
    bounds
}

/// The ring of a window's edges.
fn corners(window: &Window) -> [Point; 5] {
    let Window { west, south, east, north } = *window;
    [(west, south), (west, north), (east, north), (east, south), (west, south)]
}

/// The points with others between those that are far apart.
fn divided(points: &[Point]) -> Vec<Point> {
    let mut divided = Vec::with_capacity(points.len());
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let parts = ((from.0 - to.0).abs().max((from.1 - to.1).abs()) / PART).ceil().max(1.0) as usize;
        let between = |i: usize| i as f64 / parts as f64;
        divided.extend((0..parts).map(between).map(|s| (from.0 + s * (to.0 - from.0), from.1 + s * (to.1 - from.1))));
    }
    divided.extend(points.last());
    divided
}

/// A scene on paper.
pub(crate) struct View {
    pub(crate) scene: Scene,
    pub(crate) plot: Rect,
    /// Pixels for each unit of the plane.
    across: f64,
    upwards: f64,
}

impl View {
    /// The scene within `plot`. Only straight scenes are stretched to fill it.
    pub(crate) fn new(scene: Scene, plot: Rect) -> Self {
        let (across, upwards) = (plot.width() / scene.plane.width(), plot.height() / scene.plane.height());
        if scene.is_straight() {
            return Self { scene, plot, across, upwards };
        }
        let even = across.min(upwards);
        let (middle_x, middle_y) = (f64::midpoint(plot.x0, plot.x1), f64::midpoint(plot.y0, plot.y1));
        let (half_x, half_y) = (scene.plane.width() * even / 2.0, scene.plane.height() * even / 2.0);
        let plot = Rect { x0: middle_x - half_x, y0: middle_y - half_y, x1: middle_x + half_x, y1: middle_y + half_y };
        Self { scene, plot, across: even, upwards: even }
    }

    fn paper(&self, (x, y): Point) -> Point {
        (self.plot.x0 + (x - self.scene.plane.x0) * self.across, self.plot.y1 - (y - self.scene.plane.y0) * self.upwards)
    }

    /// Where a place stands, if it is on this side of the globe.
    pub(crate) fn place(&self, lon: f64, lat: f64) -> Option<Point> {
        self.scene.flat.plane(lon, lat).map(|p| self.paper(p))
    }

    /// The place in whichever turn of the Earth the plot shows it.
    pub(crate) fn station(&self, lon: f64, lat: f64) -> Option<Point> {
        let inside = |(x, y): &Point| (self.plot.x0..=self.plot.x1).contains(x) && (self.plot.y0..=self.plot.y1).contains(y);
        let turns = [0.0, -360.0, 360.0].map(|turn| lon + turn);
        let turns =
            turns.into_iter().filter(|lon| self.scene.is_globular() || (self.scene.window.west..=self.scene.window.east).contains(lon));
        turns.filter_map(|lon| self.place(lon, lat)).find(inside)
    }

    /// The longitude and latitude at a point of the paper.
    pub(crate) fn earth(&self, (x, y): Point) -> Option<Point> {
        let plane = &self.scene.plane;
        self.scene.flat.earth(plane.x0 + (x - self.plot.x0) / self.across, plane.y0 + (self.plot.y1 - y) / self.upwards)
    }

    /// The outline of what is shown.
    pub(crate) fn outline(&self) -> Vec<Point> {
        let Rect { x0, y0, x1, y1 } = self.plot;
        if self.scene.is_globe() {
            let centre = (f64::midpoint(x0, x1), f64::midpoint(y0, y1));
            let around = |i: i32| {
                (centre.0 + self.across * f64::from(i * 2).to_radians().cos(), centre.1 + self.across * f64::from(i * 2).to_radians().sin())
            };
            return (0..=180).map(around).collect();
        }
        if self.scene.is_straight() || self.scene.is_globular() {
            return vec![(x0, y1), (x0, y0), (x1, y0), (x1, y1), (x0, y1)];
        }
        divided(&corners(&self.scene.window)).into_iter().filter_map(|(lon, lat)| self.place(lon, lat)).collect()
    }

    /// The rings of the land, in tenths of pixels.
    pub(crate) fn land(&self) -> Vec<Vec<(i32, i32)>> {
        let land = self.scene.land();
        if let Flat::Orthographic { lon, lat } = self.scene.flat {
            let mut rings: Vec<_> = land.rings().map(|ring| self.ring(ring)).collect();
            // Seen from here, a ring about the far side's middle encloses what is not land.
            let about = land.rings().filter(|ring| encloses(ring, lon + 180.0, -lat)).count();
            if about % 2 == 1 {
                rings.push(self.limb());
            }
            rings.retain(|r| r.len() > 2);
            return rings;
        }
        land.areas(&self.scene.window).iter().map(|ring| self.ring(ring)).filter(|r| r.len() > 2).collect()
    }

    /// The edge of the disc, seen or not.
    fn limb(&self) -> Vec<(i32, i32)> {
        (0..180).map(|i| f64::from(i * 2).to_radians()).map(|a| at(self.paper((a.cos(), a.sin())))).collect()
    }

    /// The coastlines, in tenths of pixels.
    pub(crate) fn coasts(&self) -> Vec<Vec<(i32, i32)>> {
        let land = self.scene.land();
        if !self.scene.is_globular() {
            let paper = |coast: &Vec<Point>| thinned(coast.iter().filter_map(|(lon, lat)| self.place(*lon, *lat)));
            return land.coasts(&self.scene.window).iter().map(paper).filter(|c| c.len() > 1).collect();
        }
        let whole = Window { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };
        let runs = land.coasts(&whole).into_iter().flat_map(|coast| self.runs(&coast));
        runs.map(|run| thinned(run.into_iter())).filter(|c| c.len() > 1).collect()
    }

    /// A closed ring of degrees as a ring on paper. What is on the far side of the globe follows the edge of its disc.
    pub(crate) fn ring(&self, ring: &[Point]) -> Vec<(i32, i32)> {
        if self.scene.is_straight() {
            return thinned(ring.iter().filter_map(|(lon, lat)| self.place(*lon, *lat)));
        }
        let closed: Vec<Point> = ring.iter().copied().chain(ring.first().copied()).collect();
        let mut points: Vec<Point> = Vec::new();
        let mut hidden: Option<f64> = None;
        for (lon, lat) in divided(&closed) {
            let Some((x, y, near)) = self.scene.flat.sphere(lon, lat) else {
                points.extend(self.place(lon, lat));
                continue;
            };
            if near >= 0.0 {
                hidden = None;
                points.push(self.paper((x, y)));
                continue;
            }
            let angle = y.atan2(x);
            if let Some(before) = hidden {
                let turn = (angle - before + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU) - std::f64::consts::PI;
                let parts = (turn.abs() / 0.05).ceil() as usize;
                points.extend((1..parts).map(|i| before + turn * i as f64 / parts as f64).map(|a| self.paper((a.cos(), a.sin()))));
            }
            points.push(self.paper((angle.cos(), angle.sin())));
            hidden = Some(angle);
        }
        thinned(points.into_iter())
    }

    /// The parts of a line of degrees that are seen, within the plot where a globe is not seen whole.
    pub(crate) fn runs(&self, line: &[Point]) -> Vec<Vec<Point>> {
        let line = if self.scene.is_straight() { line.to_vec() } else { divided(line) };
        let mut runs: Vec<Vec<Point>> = vec![Vec::new()];
        for (lon, lat) in line {
            match (self.place(lon, lat), runs.last_mut()) {
                (Some(point), Some(run)) => run.push(point),
                (None, Some(run)) if !run.is_empty() => runs.push(Vec::new()),
                _ => {}
            }
        }
        if self.scene.is_cut() {
            runs = runs.iter().flat_map(|run| self.within(run)).collect();
        }
        runs.retain(|run| run.len() > 1);
        runs
    }

    /// The parts of a run that lie within the plot.
    fn within(&self, run: &[Point]) -> Vec<Vec<Point>> {
        let Rect { x0, y0, x1, y1 } = self.plot;
        let window = Window { west: x0, south: y0, east: x1, north: y1 };
        let mut parts: Vec<Vec<Point>> = Vec::new();
        for pair in run.windows(2) {
            let Some([from, to]) = window.part(pair[0], pair[1]) else { continue };
            match parts.last_mut() {
                Some(part) if part.last() == Some(&from) => part.push(to),
                _ => parts.push(vec![from, to]),
            }
        }
        parts
    }

    /// The degrees of the graticule: meridians and parallels with their labels.
    pub(crate) fn graticule(&self) -> [Vec<(f64, String)>; 2] {
        let Window { west, south, east, north } = self.scene.window;
        let (room_across, room_upwards) = (super::font::width("188.8°W", super::frame::TICK) + 14.0, 36.0);
        let Flat::Orthographic { lon, lat } = self.scene.flat else {
            let width = if self.scene.is_straight() { self.plot.width() } else { self.plot.width() * 0.8 };
            return [
                multiples(west, east, width, room_across, place::longitude),
                multiples(south, north, self.plot.height(), room_upwards, place::latitude),
            ];
        };
        if self.scene.is_globe() {
            let (first, last) = (((lon - 180.0) / 30.0).ceil() as i32, ((lon + 179.0) / 30.0).floor() as i32);
            let meridians = (first..=last).map(|i| f64::from(i) * 30.0).map(|v| (v, place::longitude(v))).collect();
            return [meridians, (-2..=2).map(|i| f64::from(i) * 30.0).map(|v| (v, place::latitude(v))).collect()];
        }
        let reach = self.scene.plane.x1.asin().to_degrees();
        let (south, north) = ((lat - reach).max(-89.0), (lat + reach).min(89.0));
        let cosine = south.abs().max(north.abs()).to_radians().cos().max(0.02);
        let around = (reach / cosine).min(180.0);
        let middle = (reach / lat.to_radians().cos().max(0.1)).min(180.0);
        let step = if lat.abs() + reach >= 90.0 { 30.0 } else { spacing(2.0 * middle, self.plot.width(), room_across) };
        let (first, last) = (((lon - around) / step).ceil() as i32, ((lon + around) / step).floor() as i32);
        let meridians = (first..=last).map(|i| f64::from(i) * step).map(|v| (v, place::longitude(v))).collect();
        [meridians, multiples(south, north, self.plot.height(), room_upwards, place::latitude)]
    }

    /// The seen parts of a meridian, from the south.
    pub(crate) fn meridian(&self, lon: f64) -> Vec<Vec<Point>> {
        let (south, north) = if self.scene.is_globular() { (-90.0, 90.0) } else { (self.scene.window.south, self.scene.window.north) };
        self.runs(&[(lon, south), (lon, north)])
    }

    /// The seen parts of a parallel, from the west.
    pub(crate) fn parallel(&self, lat: f64) -> Vec<Vec<Point>> {
        let (west, east) = match self.scene.flat {
            Flat::Orthographic { lon, .. } => (lon - 180.0, lon + 180.0),
            _ => (self.scene.window.west, self.scene.window.east),
        };
        self.runs(&[(west, lat), (east, lat)])
    }

    /// Where a meridian's label stands: below the plot, or on the globe's middle parallel.
    pub(crate) fn foot(&self, lon: f64, runs: &[Vec<Point>]) -> Option<Foot> {
        if self.scene.is_globe() {
            let Flat::Orthographic { lon: lon0, lat } = self.scene.flat else { return None };
            let off = (lon - lon0 + 180.0).rem_euclid(360.0) - 180.0;
            let parallel = ((lat / 30.0).round() * 30.0).clamp(-60.0, 60.0);
            return (off.abs() <= 70.0).then(|| self.place(lon, parallel).map(Foot::Within))?;
        }
        let low = runs.iter().flat_map(|run| run.first().into_iter().chain(run.last())).max_by(|a, b| a.1.total_cmp(&b.1))?;
        (self.plot.y1 - low.1 < 0.5).then_some(Foot::Below(low.0))
    }

    /// Where the label of a parallel stands that meets no edge of a globe seen in part: on the map itself.
    pub(crate) fn on_the_map(&self, lat: f64) -> Option<Point> {
        let Flat::Orthographic { lon, .. } = self.scene.flat else { return None };
        self.place(lon, lat).filter(|(_, y)| self.scene.is_cut() && *y > self.plot.y0 + 8.0 && *y < self.plot.y1 - 8.0)
    }

    /// Where a parallel's label stands: to the left of this point.
    pub(crate) fn side(&self, runs: &[Vec<Point>]) -> Option<Point> {
        let leftmost = runs.iter().flat_map(|run| run.first().into_iter().chain(run.last())).min_by(|a, b| a.0.total_cmp(&b.0))?;
        let at_edge = !self.scene.is_globular() || self.scene.is_globe() || leftmost.0 - self.plot.x0 < 0.5;
        at_edge.then_some(*leftmost)
    }
}

/// Where the label of a meridian stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Foot {
    /// Below the plot, at that distance from the paper's left edge.
    Below(f64),
    /// On the map itself.
    Within(Point),
}

/// Whether a ring of degrees encloses a place, in any turn of the Earth.
fn encloses(ring: &[Point], lon: f64, lat: f64) -> bool {
    let odd = |lon: f64| {
        let crossed = |(a, b): (&Point, &Point)| (a.1 > lat) != (b.1 > lat) && lon < a.0 + (b.0 - a.0) * (lat - a.1) / (b.1 - a.1);
        ring.iter().zip(ring.iter().cycle().skip(1)).filter(|pair| crossed(*pair)).count() % 2 == 1
    };
    [-720.0, -360.0, 0.0, 360.0].into_iter().any(|turn| odd(lon + turn))
}

/// The outline in tenths of pixels, without points that nobody could tell apart.
fn thinned(points: impl Iterator<Item = Point>) -> Vec<(i32, i32)> {
    let mut kept: Vec<(i32, i32)> = Vec::new();
    let mut dropped = None;
    for (x, y) in points.map(at) {
        let far = kept.last().is_none_or(|(px, py)| (x - px).abs().max((y - py).abs()) >= NEAR);
        dropped = if far { None } else { Some((x, y)) };
        if far {
            kept.push((x, y));
        }
    }
    kept.extend(dropped);
    kept
}

/// Steps between meridians or parallels, in degrees.
const STEPS: [f64; 13] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 90.0];

/// The finest step whose labels have `room` pixels each.
fn spacing(span: f64, pixels: f64, room: f64) -> f64 {
    let fits = |step: &&f64| **step / span * pixels >= room;
    STEPS.iter().find(fits).copied().unwrap_or_else(|| scale::step(span, (pixels / room) as usize).max(90.0))
}

/// Multiples of that step.
fn multiples(from: f64, to: f64, pixels: f64, room: f64, label: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let step = spacing(to - from, pixels, room);
    let (first, last) = ((from / step - 1e-6).ceil() as i64, (to / step + 1e-6).floor() as i64);
    (first..=last).map(|i| i as f64 * step).map(|v| (v, label(v))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(projection: Projection, window: Window) -> View {
        View::new(Scene::new(projection, window), Rect { x0: 0.0, y0: 0.0, x1: 640.0, y1: 320.0 })
    }

    fn window(west: f64, south: f64, east: f64, north: f64) -> Window {
        Window { west, south, east, north }
    }

    const WORLD: Window = Window { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    fn labels(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn meridians_and_parallels_fall_on_round_degrees() {
        let [meridians, parallels] = view(Projection::PlateCarree, WORLD).graticule();
        assert_eq!(labels(&meridians), ["180°", "120°W", "60°W", "0°", "60°E", "120°E", "180°"]);
        assert_eq!(labels(&parallels), ["90°S", "60°S", "30°S", "0°", "30°N", "60°N", "90°N"]);
        let [meridians, _] = view(Projection::PlateCarree, window(150.0, -10.0, 270.0, 10.0)).graticule();
        assert_eq!(labels(&meridians)[..3], ["150°E", "165°E", "180°"]);
        let [meridians, _] = view(Projection::PlateCarree, window(-118.6, 33.9, -118.1, 34.3)).graticule();
        assert!(labels(&meridians).contains(&"118.2°W"));
    }

    #[test]
    fn a_globe_shows_the_land_of_its_side_alone() {
        // The share of the disc that is land, by rays through the rings.
        let share = |lon: f64, lat: f64| {
            let view = view(Projection::Orthographic, window(lon - 90.0, lat - 60.0, lon + 90.0, lat + 60.0));
            let rings = view.land();
            let inside = |x: f64, y: f64| {
                let crossed = |(a, b): (&(i32, i32), &(i32, i32))| {
                    let (a, b) = ((f64::from(a.0), f64::from(a.1)), (f64::from(b.0), f64::from(b.1)));
                    (a.1 > y) != (b.1 > y) && x < a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1)
                };
                rings.iter().flat_map(|r| r.iter().zip(r.iter().cycle().skip(1))).filter(|p| crossed(*p)).count() % 2 == 1
            };
            let (mut land, mut all) = (0, 0);
            for x in (0..640).step_by(7) {
                for y in (0..320).step_by(7) {
                    if view.earth((f64::from(x), f64::from(y))).is_some() {
                        all += 1;
                        land += i32::from(inside(f64::from(x) * 10.0 + 0.5, f64::from(y) * 10.0 + 0.5));
                    }
                }
            }
            f64::from(land) / f64::from(all)
        };
        let (pacific, africa, antarctica) = (share(-160.0, 0.0), share(20.0, 10.0), share(0.0, -80.0));
        assert!(pacific < 0.15, "{pacific}");
        assert!((0.35..0.55).contains(&africa), "{africa}");
        assert!((0.1..0.5).contains(&antarctica), "{antarctica}");
    }

    #[test]
    fn a_small_area_fills_the_plot_though_the_globe_is_round() {
        let near = view(Projection::Orthographic, window(10.0, 40.0, 14.0, 44.0));
        let (x, y) = near.place(10.0, 40.0).unwrap();
        assert!(x > near.plot.x0 && x < near.plot.x0 + near.plot.width() / 3.0 && y < near.plot.y1, "{x} {y}");
        assert!(near.graticule()[0].len() > 2);
    }

    #[test]
    fn robinson_keeps_its_shape_and_its_poles_are_lines() {
        let whole = view(Projection::Robinson, WORLD);
        let (left, right) = (whole.place(-180.0, 90.0).unwrap(), whole.place(180.0, 90.0).unwrap());
        assert!(((right.0 - left.0) / whole.plot.width() - 0.5322).abs() < 1e-6);
        assert!((whole.plot.width() / whole.plot.height() - 1.971).abs() < 0.01);
    }
}
