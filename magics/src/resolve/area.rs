//! From text to a bounding box, and to the shape that it bounds.

use super::Regions;
use crate::fault::Fault;
use sdap::BoundingBox;
use std::{ops::Range, str::FromStr};
use wkt::Wkt;

const EXPECTED: &str = "WEST,SOUTH,EAST,NORTH in degrees, a region's name, or 'POLYGON((lon lat, …))'";

/// A polygon: its outer ring, then its holes, each of longitudes and latitudes in degrees.
pub(crate) type Polygon = Vec<Vec<(f64, f64)>>;

/// What was typed as an area.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// The box that is asked for, since servers know no other areas.
    pub(crate) area: BoundingBox,
    /// The shape that the box bounds, where it does not fill it.
    pub(crate) shape: Option<Shape>,
}

/// A shape that is no box.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    /// As it was typed.
    pub(crate) wkt: String,
    /// Its polygons; none of points and lines.
    pub(crate) polygons: Vec<Polygon>,
}

impl Place {
    /// What a reader of an answer should know of the area that was asked for.
    pub(crate) fn note(&self) -> Option<String> {
        let shape = self.shape.as_ref()?;
        let what = if shape.polygons.is_empty() { "shape" } else { "polygon" };
        Some(format!("asked for is {}, the bounding box of the {what}", self.area))
    }

    /// As WKT.
    pub(crate) fn to_wkt(&self) -> String {
        self.shape.as_ref().map_or_else(|| self.area.to_wkt(), |shape| shape.wkt.clone())
    }
}

/// A box alone.
impl From<BoundingBox> for Place {
    fn from(area: BoundingBox) -> Self {
        Self { area, shape: None }
    }
}

/// The area that `text` means: four numbers, a region's name, or WKT, of which the envelope is taken.
pub(crate) fn place(text: &str, span: Option<Range<usize>>, regions: &Regions) -> Result<Place, Fault> {
    let fault = |fault: Fault| Fault { span: span.clone(), ..fault };
    let trimmed = text.trim();
    if trimmed.contains('(') {
        return of_wkt(trimmed).map_err(fault);
    }
    if let Some(region) = regions.get(trimmed) {
        return Ok(region.place.clone());
    }
    let parts: Vec<&str> = trimmed.split(',').map(str::trim).collect();
    if parts.len() == 1 && !trimmed.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
        return Err(fault(unknown_region(trimmed, regions)));
    }
    numbers(trimmed, &parts).map(Place::from).map_err(fault)
}

fn unknown_region(name: &str, regions: &Regions) -> Fault {
    Fault::new("UnknownRegion", format!("there is no region {name}"))
        .expected(EXPECTED)
        .nearest(name, regions.iter().map(|r| r.name.as_str()))
        .hint("%sdap regions lists all; %sdap region NAME = W,S,E,N adds one")
}

fn numbers(text: &str, parts: &[&str]) -> Result<BoundingBox, Fault> {
    let bad = |message: String| Fault::new("BadBox", message).expected(EXPECTED);
    let values =
        parts.iter().map(|p| p.parse().map_err(|_| bad(format!("`{p}` is not a number of degrees")))).collect::<Result<Vec<f64>, _>>()?;
    let [west, south, east, north] = values[..] else {
        return Err(bad(format!("`{text}` has {} of the four numbers of a box", values.len())));
    };
    BoundingBox::new(west, south, east, north).map_err(|e| swapped(bad(e.to_string()), [west, south, east, north]))
}

/// Adds the box that is meant when latitudes and longitudes, or south and north, were swapped.
fn swapped(fault: Fault, [a, b, c, d]: [f64; 4]) -> Fault {
    let candidates = [(b, a, d, c), (a, d, c, b)];
    match candidates.into_iter().find_map(|(w, s, e, n)| BoundingBox::new(w, s, e, n).ok()) {
        Some(meant) => fault.hint(format!("{meant}, if that is what you mean: the order is west, south, east, north")),
        None => fault,
    }
}

/// The envelope of a WKT geometry, and the geometry where it does not fill that.
fn of_wkt(text: &str) -> Result<Place, Fault> {
    let bad = |message: String| Fault::new("BadBox", message).expected(EXPECTED);
    let geometry = Wkt::<f64>::from_str(text).map_err(|e| bad(format!("the WKT cannot be read: {e}")))?;
    let mut points = Vec::new();
    collect(&geometry, &mut points);
    let Some((first, rest)) = points.split_first() else { return Err(bad("the WKT has no coordinates".to_owned())) };
    let start = (first.0, first.1, first.0, first.1);
    let (west, south, east, north) = rest.iter().fold(start, |(w, s, e, n), (x, y)| (w.min(*x), s.min(*y), e.max(*x), n.max(*y)));
    let area = BoundingBox::new(west, south, east, north).map_err(|e| bad(e.to_string()))?;
    let polygons = polygons(&geometry);
    let filled = match &polygons[..] {
        [polygon] => polygon.len() == 1 && fills(&polygon[0], (east - west) * (north - south)),
        _ => west == east && south == north,
    };
    Ok(Place { area, shape: (!filled).then(|| Shape { wkt: text.to_owned(), polygons }) })
}

/// Whether a ring encloses an extent, in square degrees, as only the bounding box itself encloses all of its own.
fn fills(ring: &[(f64, f64)], extent: f64) -> bool {
    let twice: f64 = ring.windows(2).map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1).sum();
    (twice.abs() / 2.0 - extent).abs() <= 1e-9 * extent
}

/// The polygons of a geometry.
fn polygons(geometry: &Wkt<f64>) -> Vec<Polygon> {
    let polygon =
        |p: &wkt::types::Polygon<f64>| -> Polygon { p.rings().iter().map(|r| r.coords().iter().map(|c| (c.x, c.y)).collect()).collect() };
    match geometry {
        Wkt::Polygon(p) => vec![polygon(p)],
        Wkt::MultiPolygon(m) => m.polygons().iter().map(polygon).collect(),
        Wkt::GeometryCollection(g) => g.geometries().iter().flat_map(polygons).collect(),
        _ => Vec::new(),
    }
}

fn collect(geometry: &Wkt<f64>, points: &mut Vec<(f64, f64)>) {
    let mut add = |coordinates: &[wkt::types::Coord<f64>]| points.extend(coordinates.iter().map(|c| (c.x, c.y)));
    match geometry {
        Wkt::Point(g) => add(g.coord().map(std::slice::from_ref).unwrap_or_default()),
        Wkt::LineString(g) => add(g.coords()),
        Wkt::Polygon(g) => g.rings().iter().for_each(|r| add(r.coords())),
        Wkt::MultiPoint(g) => g.points().iter().for_each(|p| add(p.coord().map(std::slice::from_ref).unwrap_or_default())),
        Wkt::MultiLineString(g) => g.line_strings().iter().for_each(|l| add(l.coords())),
        Wkt::MultiPolygon(g) => g.polygons().iter().flat_map(wkt::types::Polygon::rings).for_each(|r| add(r.coords())),
        Wkt::GeometryCollection(g) => g.geometries().iter().for_each(|g| collect(g, points)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, String> {
        place(text, Some(3..5), &Regions::default()).map(|p| p.area.to_string()).map_err(|f| {
            assert_eq!(f.span, Some(3..5), "every fault points at what was typed");
            format!("{}: {} | {} | {}", f.kind, f.message, f.advice.nearest.unwrap_or_default(), f.advice.hint.unwrap_or_default())
        })
    }

    #[test]
    fn numbers_names_and_wkt_mean_a_box() {
        assert_eq!(parsed("-170,-5,-120,5").unwrap(), "-170,-5,-120,5");
        assert_eq!(parsed(" 190, -5 ,240, 5.0").unwrap(), "-170,-5,-120,5");
        assert_eq!(parsed("Niño 3.4").unwrap(), "-170,-5,-120,5");
        assert_eq!(
            parsed("POLYGON((-118.9 34.8, -117.6 34.8, -117.6 32.7, -118.9 32.7, -118.9 34.8))").unwrap(),
            "-118.9,32.7,-117.6,34.8"
        );
        assert_eq!(parsed("MULTIPOINT((1 2), (3 4))").unwrap(), "1,2,3,4");
    }

    #[test]
    fn a_shape_is_kept_beside_its_bounding_box_unless_it_is_that_box() {
        let note = |text: &str| place(text, None, &Regions::default()).unwrap().note();
        assert_eq!(note("POLYGON((0 0, 4 0, 4 2, 2 2, 0 2, 0 0))"), None);
        assert_eq!(note("POINT(1 2)"), None);
        assert_eq!(note("POLYGON((0 0, 4 0, 4 2, 0 0))").unwrap(), "asked for is 0,0,4,2, the bounding box of the polygon");
        assert!(note("POLYGON((0 0, 4 0, 4 2, 0 2, 0 0), (1 1, 2 1, 1 2, 1 1))").is_some(), "it has a hole");
        assert_eq!(note("LINESTRING(0 0, 4 2)").unwrap(), "asked for is 0,0,4,2, the bounding box of the shape");
        let two = place("MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))", None, &Regions::default()).unwrap();
        assert_eq!((two.area.to_string(), two.shape.unwrap().polygons.len()), ("0,0,6,6".to_owned(), 2));
    }

    #[test]
    fn faults_say_what_is_wrong_and_what_may_be_meant() {
        insta::assert_snapshot!(
            [
                "nino3.5",
                "-170,-5,-120",
                "1,2,x,4",
                "-5,-170,5,-120",
                "0,5,10,-5",
                "0,0,1,91",
                "POLYGON((1 2",
                "POLYGON EMPTY()",
                "nowhere",
                "",
                "1"
            ]
            .map(|t| format!("{t}  =>  {}", parsed(t).unwrap_err()))
            .join("\n")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_box_or_a_fault(text in "\\PC{0,40}|[-0-9.,]{0,20}|(POLYGON|MULTIPOINT|\\(|\\)|[0-9 ,.-]){0,20}") {
            let _ = place(&text, None, &Regions::default());
        }
    }
}
