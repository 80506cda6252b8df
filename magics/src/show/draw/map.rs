//! A map: cells, places and boxes in colour, under coastlines.

use super::bar::{self, Bar};
use super::boxes;
use super::cells::{self, Lying, Side};
use super::earth::Window;
use super::font;
use super::frame::{self, Heading, MARGIN, OFF, TICK};
use super::pen::{Drawn, Pen, Point, Rect, Stroke, Text, at};
use super::ramp::Ramp;
use super::role::Role;
use super::stations;
use super::view::{Foot, Scene, View};
use crate::show::{DrawError, Style};
use plotters::style::text_anchor::HPos;
use sdap::figure::MapFigure;
use sdap::{BoundingBox, Grid};

/// A plot is at least so high and wide, even where the area is a mere strip: then its degrees are stretched.
const LOWEST: f64 = 110.0;
const NARROWEST: f64 = 150.0;

/// A figure that holds a small map is at least so wide, for its title's sake.
const LEAST_WIDTH: f64 = 400.0;

/// Pixels of a picture of bent cells for each CSS pixel, and how many there are at most.
const FINE: f64 = 2.0;
const MOST: f64 = 1e6;

/// The colours of a map's cells, or of its places.
pub(crate) fn ramp(figure: &MapFigure, style: &Style) -> Option<Ramp> {
    match (&figure.cells, &figure.stations) {
        (Some(cells), _) => {
            let ramp = Ramp::of(&cells.values, figure.quantity, style)?;
            Some(if cells.statistic == "correlation" { ramp.within(-1.0, 1.0) } else { ramp })
        }
        (None, Some(stations)) => Ramp::of(&stations.values, figure.quantity, style),
        (None, None) => None,
    }
}

/// What is shown, as degrees that only grow eastwards; an area without size gets some.
fn window(extent: &BoundingBox) -> Window {
    let pad = |span: f64| if span < 0.01 { 0.5 } else { 0.0 };
    let (x, y) = (pad(extent.width()), pad(extent.height()));
    Window {
        west: extent.west() - x,
        east: extent.west() + extent.width() + x,
        south: (extent.south() - y).max(-90.0),
        north: (extent.north() + y).min(90.0),
    }
}

/// The size of a plot of that shape in so much room.
fn fitted(shape: f64, room: f64, highest: f64) -> (f64, f64) {
    let height = (room / shape).min(highest);
    let width = (height * shape).clamp(NARROWEST.min(room), room);
    (width, height.max(LOWEST))
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &MapFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let ramp = ramp(figure, style);
    let scene = Scene::new(style.projection, window(&figure.extent));
    let shape = scene.shape();
    let highest = f64::from(style.height) * 1.15;
    let widest = f64::from(style.width);
    let left = MARGIN + 6.0 + font::width("88.8°N", TICK) + OFF;
    let right = MARGIN + 10.0;
    let lower = OFF + TICK * font::LINE;

    let room = widest - left - right;
    let lying = bar::lying(fitted(shape, room, highest).1);
    let beside = |height: f64| match (&ramp, lying) {
        (Some(ramp), Lying::Upright) => Bar::new(ramp, &figure.scale, lying, height).thickness(),
        _ => 0.0,
    };
    let guess = fitted(shape, room - beside(highest), highest);
    let (plot_width, plot_height) = fitted(shape, room - beside(guess.1), highest);
    let width = (left + plot_width + beside(plot_height) + right).max(LEAST_WIDTH.min(widest));

    let crowd = figure.stations.as_ref().and_then(stations::thinned);
    let notes = [ramp.as_ref().and_then(bar::stretch).map(str::to_owned), crowd];
    let said = std::iter::once(figure.subtitle.clone()).chain(notes.into_iter().flatten());
    let subtitle = said.filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ");
    let heading = Heading::new(&figure.title, &subtitle, width);
    let top = heading.bottom() + 12.0;
    let plot = Rect { x0: left, y0: top, x1: left + plot_width, y1: top + plot_height };
    let bar = ramp.as_ref().map(|r| Bar::new(r, &figure.scale, lying, if lying == Lying::Upright { plot_height } else { plot_width }));
    let below = bar.as_ref().filter(|_| lying == Lying::Level).map_or(0.0, Bar::thickness);
    let height = plot.y1 + lower + below + MARGIN;

    let pen = Pen::new(width, height)?;
    heading.draw(&pen)?;
    let view = View::new(scene, plot);
    // What goes on beyond a globe that is seen in part is cut off; every other scene ends with its outline.
    let content = |pen: &Pen| content(pen, &view, figure, ramp.as_ref());
    let named = if view.scene.is_cut() { pen.clipped(&view.plot, content) } else { content(&pen) }?;
    axes(&pen, &view, width, named)?;
    if figure.cells.is_some() && ramp.is_none() {
        frame::nothing(&pen, &view.plot, frame::no_value(style))?;
    }
    if let Some(bar) = &bar {
        bar.draw(&pen, &plot, plot.y1 + lower)?;
    }
    Ok(pen.finish(&figure.title, description))
}

/// Everything within the outline. Returns the spaces of the names that are written there.
fn content(pen: &Pen, view: &View, figure: &MapFigure, ramp: Option<&Ramp>) -> Result<Vec<Rect>, DrawError> {
    let background = if figure.cells.is_some() { Role::Missing } else { Role::Water };
    if view.scene.is_straight() {
        pen.fill(&view.plot, background, 1.0)?;
    } else {
        pen.rings(&[view.outline().into_iter().map(at).collect()], background, 1.0);
    }
    pen.rings(&view.land(), Role::Land, 1.0);
    if let (Some(grid), Some(ramp)) = (&figure.cells, ramp) {
        colour(pen, view, grid, ramp)?;
    }
    let [meridians, parallels] = view.graticule();
    let lines = meridians.iter().flat_map(|(lon, _)| view.meridian(*lon)).chain(parallels.iter().flat_map(|(lat, _)| view.parallel(*lat)));
    for line in lines {
        pen.curve(&line, Stroke(Role::Graticule, 0.5, 0.45))?;
    }
    let coasts = view.coasts();
    if ramp.is_some() && figure.cells.is_some() {
        pen.curves(&coasts, Stroke(Role::Surf, 2.2, 0.55));
        pen.curves(&coasts, Stroke(Role::Shore, 0.9, 1.0));
    } else {
        pen.curves(&coasts, Stroke(Role::Coast, 0.9, 1.0));
    }
    let mut named = match &figure.stations {
        Some(places) => stations::draw(pen, view, places, ramp)?,
        None => Vec::new(),
    };
    if !figure.polygons.is_empty() {
        boxes::polygons(pen, view, &figure.polygons)?;
    }
    named.extend(boxes::draw(pen, view, &figure.boxes)?);
    Ok(named)
}

/// The cells, in every turn of the Earth that is seen.
fn colour(pen: &Pen, view: &View, grid: &Grid, ramp: &Ramp) -> Drawn {
    let lon = Side::of(&grid.lon.to_vec(), 1.0);
    let lat = Side::of(&grid.lat.to_vec(), 1.0);
    if !view.scene.is_even() {
        return bent(pen, view, (&lat, &lon), grid, ramp);
    }
    let lat = lat.reversed();
    let png = cells::png(&lat, &lon, |row, column| grid.values[[row, column]], ramp)?;
    let window = &view.scene.window;
    for turn in [-360.0, 0.0, 360.0] {
        let (west, east) = (lon.from + turn, lon.to + turn);
        if west >= window.east || east <= window.west {
            continue;
        }
        let (Some((x0, y0)), Some((x1, y1))) = (view.place(west, lat.to), view.place(east, lat.from)) else { continue };
        let rect = Rect { x0, y0, x1, y1 };
        // Clipping costs a layer, so it is done only where cells go on beyond the plot.
        if view.plot.grown(0.5).holds(&rect) {
            pen.picture(&rect, &png);
        } else {
            pen.clipped(&view.plot, |pen| pen.picture(&rect, &png));
        }
    }
    Ok(())
}

/// Cells that the projection bends: for each small square of the paper the colour of the cell that it shows.
fn bent(pen: &Pen, view: &View, (lat, lon): (&Side, &Side), grid: &Grid, ramp: &Ramp) -> Drawn {
    let plot = &view.plot;
    let fine = FINE.min((MOST / (plot.width() * plot.height())).sqrt());
    let (columns, rows) = ((plot.width() * fine).ceil() as usize, (plot.height() * fine).ceil() as usize);
    let (across, down) = (plot.width() / columns as f64, plot.height() / rows as f64);
    let colour = |row: Option<usize>, x: f64| {
        let value = grid.values[[row?, lon.at(lon.from + (x - lon.from).rem_euclid(360.0))?]];
        value.is_finite().then(|| ramp.index(value).max(1))
    };
    let mut pixels = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        let y = plot.y0 + (row as f64 + 0.5) * down;
        let at = |column: usize| view.earth((plot.x0 + (column as f64 + 0.5) * across, y));
        let shown = |(x, y): &(f64, f64)| view.scene.shows(*x, *y);
        if view.scene.is_globular() {
            pixels.extend((0..columns).map(|column| at(column).and_then(|(x, y)| colour(lat.at(y), x)).unwrap_or(0)));
        } else if let (Some(first), Some(second)) = (at(0), at(1)) {
            // All of a row is one parallel, and its degrees are even.
            let cell = lat.at(first.1);
            let place = |column: usize| (first.0 + (second.0 - first.0) * column as f64, first.1);
            pixels.extend((0..columns).map(|c| Some(place(c)).filter(shown).and_then(|(x, _)| colour(cell, x)).unwrap_or(0)));
        } else {
            pixels.resize(pixels.len() + columns, 0);
        }
    }
    pen.picture(plot, &cells::encode(columns, &pixels, ramp)?);
    Ok(())
}

/// How degrees are written on the map itself.
const WITHIN: Text = Text { across: HPos::Center, ..Text::new(TICK - 1.0, Role::Ink) };

fn within(pen: &Pen, point: Point, label: &str) -> Drawn {
    pen.fill(&WITHIN.space(point, label).grown(1.0), Role::Paper, 0.6)?;
    pen.text(point, label, &WITHIN)
}

/// The outline, and the degrees of meridians and parallels: each label that touches nothing written before it and stays on the paper.
fn axes(pen: &Pen, view: &View, width: f64, mut taken: Vec<Rect>) -> Drawn {
    let straight = view.scene.is_straight();
    if straight {
        pen.outline(&view.plot, Stroke(Role::Frame, 1.0, 1.0))?;
    } else {
        pen.curve(&view.outline(), Stroke(Role::Frame, 1.0, 1.0))?;
    }
    let mut free = |space: Rect| {
        let free = space.x0 >= 5.0 && space.x1 <= width - 5.0 && !taken.iter().any(|t| t.meets(&space.grown(2.0)));
        if free {
            taken.push(space);
        }
        free
    };
    let [meridians, parallels] = view.graticule();
    let look = Text::new(TICK, Role::Soft).ending();
    for (lat, label) in parallels {
        let Some((x, y)) = view.side(&view.parallel(lat)) else {
            if let Some(point) = view.on_the_map(lat).filter(|p| free(WITHIN.space(*p, &label))) {
                within(pen, point, &label)?;
            }
            continue;
        };
        let point = (x - OFF, y);
        if free(look.space(point, &label)) {
            pen.rule((x, y), (x - 4.0, y), Stroke(Role::Frame, 1.0, 1.0))?;
            pen.text(point, &label, &look)?;
        } else if straight {
            pen.rule((x, y), (x - 4.0, y), Stroke(Role::Frame, 1.0, 1.0))?;
        }
    }
    let look = Text::new(TICK, Role::Soft).centred();
    for (lon, label) in meridians {
        match view.foot(lon, &view.meridian(lon)) {
            Some(Foot::Below(x)) => {
                let point = (x, view.plot.y1 + OFF + TICK * font::LINE / 2.0);
                pen.rule((x, view.plot.y1), (x, view.plot.y1 + 4.0), Stroke(Role::Frame, 1.0, 1.0))?;
                if free(look.space(point, &label)) {
                    pen.text(point, &label, &look)?;
                }
            }
            Some(Foot::Within(point)) if free(WITHIN.space(point, &label)) => within(pen, point, &label)?,
            Some(Foot::Within(_)) | None => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::Projection;

    fn shape(window: &Window) -> f64 {
        Scene::new(Projection::PlateCarree, *window).shape()
    }

    #[test]
    fn maps_keep_their_shape_but_strips_stay_readable() {
        assert_eq!(shape(&window(&BoundingBox::WORLD)), 2.0);
        let tropics = window(&BoundingBox::new(-180.0, -5.0, 180.0, 5.0).unwrap());
        assert_eq!(fitted(shape(&tropics), 600.0, 400.0), (600.0, LOWEST));
        let pole = window(&BoundingBox::new(-180.0, 70.0, 180.0, 90.0).unwrap());
        assert_eq!(shape(&pole), 9.0);
        let chile = window(&BoundingBox::new(-76.0, -56.0, -66.0, -17.0).unwrap());
        let (width, height) = fitted(shape(&chile), 600.0, 400.0);
        assert!(width == NARROWEST && height == 400.0);
    }

    #[test]
    fn a_point_gets_a_map_around_it() {
        let point = window(&BoundingBox::new(10.0, 90.0, 10.0, 90.0).unwrap());
        assert!(point.east > point.west && point.north > point.south && point.north <= 90.0);
    }
}
