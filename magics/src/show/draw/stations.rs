//! Places on a map, coloured by their values, and their names where there is room.

use super::font;
use super::pen::{Drawn, Pen, Point, Rect, Stroke, Text, at};
use super::ramp::Ramp;
use super::role::Role;
use super::view::View;
use crate::show::DrawError;
use crate::show::text::number;
use sdap::figure::Stations;
use std::collections::{BTreeMap, HashSet};

/// More names than this are not written.
const NAMED: usize = 30;

/// More places than this are drawn once for each two pixels.
const MANY: usize = 5000;

const NAME: Text = Text::new(10.5, Role::Ink);

/// The sentence that says that not every place has a dot of its own, if so.
pub(crate) fn thinned(stations: &Stations) -> Option<String> {
    let n = stations.values.len();
    (n > MANY).then(|| format!("{} places, one dot for each two pixels", number::count(n)))
}

/// Draws the places, those without a value hollow. Returns the spaces of the names that are written.
pub(crate) fn draw(pen: &Pen, view: &View, stations: &Stations, ramp: Option<&Ramp>) -> Result<Vec<Rect>, DrawError> {
    let n = stations.values.len();
    let (radius, rim) = if n > 2000 {
        (1.4, 0.0)
    } else if n > 300 {
        (2.4, 0.5)
    } else {
        (4.4, 1.1)
    };
    let mut by_colour: BTreeMap<Option<u8>, Vec<(i32, i32)>> = BTreeMap::new();
    let mut seen: Vec<(usize, Point)> = Vec::new();
    let mut drawn: HashSet<(i32, i32)> = HashSet::new();
    for i in 0..n {
        let Some(point) = view.station(stations.lon[i], stations.lat[i]) else { continue };
        let (x, y) = at(point);
        if n > MANY && !drawn.insert((x / 20, y / 20)) {
            continue;
        }
        let value = stations.values[i];
        let colour = ramp.filter(|r| r.spacing.placed(value).is_finite()).map(|r| r.index(value));
        by_colour.entry(colour).or_default().push((x, y));
        seen.push((i, point));
    }
    if n <= MANY {
        partners(pen, view, stations, radius)?;
    }
    if rim > 0.0 {
        let all: Vec<(i32, i32)> = by_colour.values().flatten().copied().collect();
        pen.dots(&all, 2.0 * (radius + rim), Role::Coast, 1.0);
    }
    for (colour, centres) in by_colour {
        match (colour, ramp) {
            (Some(index), Some(ramp)) => pen.tinted_dots(&centres, 2.0 * radius, &ramp.colour(index)),
            _ => pen.dots(&centres, 2.0 * radius, Role::Missing, 1.0),
        }
    }
    if seen.len() <= NAMED { names(pen, view, stations, &seen, radius + rim) } else { Ok(Vec::new()) }
}

/// A ring where each partner stands, and a line from its place.
fn partners(pen: &Pen, view: &View, stations: &Stations, radius: f64) -> Drawn {
    let mut rings = Vec::new();
    for [place, partner] in &stations.pairs {
        let (Some(from), Some(to)) = (view.station(place.0, place.1), view.station(partner.0, partner.1)) else { continue };
        pen.rule(from, to, Stroke(Role::Coast, 1.0, 0.7))?;
        rings.push(at(to));
    }
    pen.dots(&rings, 1.5 * radius, Role::Coast, 1.0);
    pen.dots(&rings, 1.5 * radius - 1.8, Role::Paper, 1.0);
    Ok(())
}

/// Each name beside its place, where it covers no other place or name.
fn names(pen: &Pen, view: &View, stations: &Stations, seen: &[(usize, Point)], radius: f64) -> Result<Vec<Rect>, DrawError> {
    let dot = |(x, y): Point| Rect { x0: x - radius, y0: y - radius, x1: x + radius, y1: y + radius };
    let dots: Vec<Rect> = seen.iter().map(|(_, p)| dot(*p)).collect();
    let mut taken: Vec<Rect> = Vec::new();
    for (i, (x, y)) in seen {
        let name = font::shortened(&stations.names[*i], NAME.size, 140.0);
        if name.is_empty() {
            continue;
        }
        let (off, width) = (radius + 4.0, font::width(&name, NAME.size));
        let spots = [(x + off, *y), (x - off - width, *y), (x - width / 2.0, y - off - 6.0), (x - width / 2.0, y + off + 6.0)];
        let space = |p: Point| NAME.space(p, &name).grown(1.0);
        let free = |p: &Point| view.plot.holds(&space(*p)) && !taken.iter().chain(&dots).any(|t| t.meets(&space(*p)));
        let Some(spot) = spots.into_iter().find(free) else { continue };
        pen.fill(&space(spot), Role::Paper, 0.6)?;
        pen.text(spot, &name, &NAME)?;
        taken.push(space(spot));
    }
    Ok(taken)
}
