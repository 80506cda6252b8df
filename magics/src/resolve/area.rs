//! From text to a bounding box.

use super::Regions;
use crate::fault::Fault;
use sdap::BoundingBox;
use std::{ops::Range, str::FromStr};
use wkt::Wkt;

const EXPECTED: &str = "WEST,SOUTH,EAST,NORTH in degrees, a region's name, or 'POLYGON((lon lat, …))'";

/// The box that `text` means: four numbers, a region's name, or WKT, of which the envelope is taken.
pub(crate) fn area(text: &str, span: Option<Range<usize>>, regions: &Regions) -> Result<BoundingBox, Fault> {
    let fault = |fault: Fault| Fault { span: span.clone(), ..fault };
    let trimmed = text.trim();
    if trimmed.contains('(') {
        return envelope(trimmed).map_err(fault);
    }
    if let Some(region) = regions.get(trimmed) {
        return Ok(region.area);
    }
    let parts: Vec<&str> = trimmed.split(',').map(str::trim).collect();
    if parts.len() == 1 && !trimmed.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
        return Err(fault(unknown_region(trimmed, regions)));
    }
    numbers(trimmed, &parts).map_err(fault)
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

/// The envelope of a WKT geometry.
fn envelope(text: &str) -> Result<BoundingBox, Fault> {
    let bad = |message: String| Fault::new("BadBox", message).expected(EXPECTED);
    let geometry = Wkt::<f64>::from_str(text).map_err(|e| bad(format!("the WKT cannot be read: {e}")))?;
    let mut points = Vec::new();
    collect(&geometry, &mut points);
    let Some((first, rest)) = points.split_first() else { return Err(bad("the WKT has no coordinates".to_owned())) };
    let start = (first.0, first.1, first.0, first.1);
    let (west, south, east, north) = rest.iter().fold(start, |(w, s, e, n), (x, y)| (w.min(*x), s.min(*y), e.max(*x), n.max(*y)));
    BoundingBox::new(west, south, east, north).map_err(|e| bad(e.to_string()))
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
        area(text, Some(3..5), &Regions::default()).map(|b| b.to_string()).map_err(|f| {
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
            let _ = area(&text, None, &Regions::default());
        }
    }
}
