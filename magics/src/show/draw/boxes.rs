//! Boxes on a map, with their names.

use super::font;
use super::pen::{Drawn, Pen, Point, Rect, Stroke, Text};
use super::role::Role;
use super::view::View;
use crate::show::DrawError;
use sdap::BoundingBox;

/// Polygons, in every turn of the Earth that is seen.
pub(crate) fn polygons(pen: &Pen, view: &View, polygons: &[Vec<Vec<Point>>]) -> Drawn {
    let turns: &[f64] = if view.scene.is_globular() { &[0.0] } else { &[-360.0, 0.0, 360.0] };
    pen.clipped(&view.plot, |pen| {
        for (rings, turn) in polygons.iter().flat_map(|p| turns.iter().map(move |turn| (p, turn))) {
            let turned: Vec<Vec<Point>> = rings.iter().map(|r| r.iter().map(|(x, y)| (x + turn, *y)).collect()).collect();
            let window = &view.scene.window;
            let seen = |(x, _): &Point| view.scene.is_globular() || (window.west..=window.east).contains(x);
            if !turned.iter().flatten().any(seen) {
                continue;
            }
            pen.rings(&turned.iter().map(|r| view.ring(r)).collect::<Vec<_>>(), Role::Mark, 0.22);
            for run in turned.iter().flat_map(|r| view.runs(r)) {
                pen.curve(&run, Stroke(Role::Mark, 1.8, 1.0))?;
            }
        }
        Ok(())
    })
}

/// Boxes with their names, each name where it is free: inside, above, below or beside its box. Returns the names' spaces.
pub(crate) fn draw(pen: &Pen, view: &View, boxes: &[(String, BoundingBox)]) -> Result<Vec<Rect>, DrawError> {
    let (plot, window) = (&view.plot, &view.scene.window);
    let mut named: Vec<(Rect, &String)> = Vec::new();
    for (name, area) in boxes {
        let first = named.len();
        if !view.scene.is_straight() {
            named.extend(bent(pen, view, area)?.map(|rect| (rect, name)));
            continue;
        }
        for turn in [0.0, -360.0, 360.0] {
            let (west, east) = (area.west() + turn, area.west() + area.width() + turn);
            if west > window.east || east < window.west || (turn != 0.0 && (west == window.east || east == window.west)) {
                continue;
            }
            let (Some((x0, y0)), Some((x1, y1))) = (view.place(west, area.north()), view.place(east, area.south())) else { continue };
            let rect = Rect { x0, y0, x1, y1 };
            outlined(pen, plot, &rect)?;
            named.push((rect, name));
        }
        // One name is enough for a box that shows twice.
        named.truncate(first + 1);
    }
    let mut taken: Vec<Rect> = Vec::new();
    for (rect, name) in named.iter().filter(|(_, name)| !name.is_empty()) {
        let text = font::shortened(name, NAME.size, plot.width() - 12.0);
        let others: Vec<Rect> = named.iter().map(|(r, _)| *r).filter(|r| r != rect).collect();
        let spots = spots(plot, rect, font::width(&text, NAME.size)).map(|point| (point, plate(point, &text)));
        let free = |(_, space): &&(Point, Rect)| plot.holds(space) && !taken.iter().any(|t| t.meets(space));
        let clear = |(_, space): &&(Point, Rect)| !others.iter().any(|o| o.meets(space));
        let Some((point, space)) = spots.iter().find(|s| free(s) && clear(s)).or_else(|| spots.iter().find(free)) else { continue };
        pen.fill(space, Role::Paper, 0.75)?;
        pen.text(*point, &text, &NAME)?;
        taken.push(*space);
    }
    Ok(taken)
}

/// A box whose edges the projection bends, and the rectangle about what is seen of it.
fn bent(pen: &Pen, view: &View, area: &BoundingBox) -> Result<Option<Rect>, DrawError> {
    let window = &view.scene.window;
    let turns = [0.0, -360.0, 360.0].map(|turn| area.west() + turn);
    let west = turns.into_iter().find(|west| *west < window.east && west + area.width() > window.west).unwrap_or(area.west());
    let (south, east, north) = (area.south(), west + area.width(), area.north());
    let ring = [(west, south), (west, north), (east, north), (east, south), (west, south)];
    pen.rings(&[view.ring(&ring)], Role::Mark, 0.12);
    let mut seen: Option<Rect> = None;
    for run in view.runs(&ring) {
        pen.curve(&run, Stroke(Role::Mark, 1.8, 1.0))?;
        for (x, y) in run {
            let rect = seen.unwrap_or(Rect { x0: x, y0: y, x1: x, y1: y });
            seen = Some(Rect { x0: rect.x0.min(x), y0: rect.y0.min(y), x1: rect.x1.max(x), y1: rect.y1.max(y) });
        }
    }
    Ok(seen)
}

/// The part of a box within the plot. The sides that lie beyond are not drawn.
fn outlined(pen: &Pen, plot: &Rect, rect: &Rect) -> Drawn {
    let seen = Rect { x0: rect.x0.max(plot.x0), y0: rect.y0.max(plot.y0), x1: rect.x1.min(plot.x1), y1: rect.y1.min(plot.y1) };
    if seen.x0 > seen.x1 || seen.y0 > seen.y1 {
        return Ok(());
    }
    pen.fill(&seen, Role::Mark, 0.12)?;
    let line = Stroke(Role::Mark, 1.8, 1.0);
    if seen == *rect {
        return pen.outline(rect, line);
    }
    for (y, there) in [(seen.y0, seen.y0 == rect.y0), (seen.y1, seen.y1 == rect.y1)] {
        if there {
            pen.rule((seen.x0, y), (seen.x1, y), line)?;
        }
    }
    for (x, there) in [(seen.x0, seen.x0 == rect.x0), (seen.x1, seen.x1 == rect.x1)] {
        if there {
            pen.rule((x, seen.y0), (x, seen.y1), line)?;
        }
    }
    Ok(())
}

/// How a box's name is written.
const NAME: Text = Text::new(11.5, Role::Ink);

/// The space of a name with a little air.
fn plate(point: Point, text: &str) -> Rect {
    let space = NAME.space(point, text);
    Rect { x0: space.x0 - 3.0, x1: space.x1 + 3.0, ..space }
}

/// Where a name of that width may begin: inside its box if it is wide enough, above, below, to the right, to the left.
fn spots(plot: &Rect, rect: &Rect, width: f64) -> [Point; 5] {
    let x = (f64::midpoint(rect.x0, rect.x1) - width / 2.0).clamp(plot.x0 + 6.0, (plot.x1 - width - 6.0).max(plot.x0 + 6.0));
    let above = (x, rect.y0 - 11.0);
    let seen = rect.x1.min(plot.x1) - rect.x0.max(plot.x0);
    let inside = (rect.x0.max(plot.x0) + 6.0, rect.y0.max(plot.y0) + 11.0);
    let fits = width + 12.0 <= seen && rect.height() >= 20.0;
    [if fits { inside } else { above }, above, (x, rect.y1 + 11.0), (rect.x1 + 7.0, rect.y0 + 9.0), (rect.x0 - width - 7.0, rect.y0 + 9.0)]
}
