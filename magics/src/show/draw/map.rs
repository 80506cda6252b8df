//! A map: cells in colour and boxes, under coastlines, on equirectangular axes.

use super::bar::{self, Bar};
use super::cells::{self, Lying, Side};
use super::earth::{self, Window};
use super::font;
use super::frame::{self, Edge, Heading, MARGIN, OFF, TICK};
use super::pen::{Drawn, Pen, Plot, Point, Rect, Stroke, Text};
use super::ramp::Ramp;
use super::role::Role;
use super::scale;
use crate::show::text::place;
use crate::show::{DrawError, Style};
use sdap::figure::MapFigure;
use sdap::{BoundingBox, Grid};

/// A plot is at least so high and wide, even where the area is a mere strip: then its degrees are stretched.
const LOWEST: f64 = 110.0;
const NARROWEST: f64 = 150.0;

/// A figure that holds a small map is at least so wide, for its title's sake.
const LEAST_WIDTH: f64 = 400.0;

/// Points of an outline nearer to each other than this, in tenths of a pixel, are drawn as one.
const NEAR: i32 = 5;

/// The colours of a map's cells.
pub(crate) fn ramp(figure: &MapFigure) -> Option<Ramp> {
    let cells = figure.cells.as_ref()?;
    let mut ramp = Ramp::of(&cells.values, figure.quantity)?;
    if cells.statistic == "correlation" {
        (ramp.low, ramp.high, ramp.below, ramp.above) = (-1.0, 1.0, false, false);
    }
    Some(ramp)
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

/// How wide a window is drawn for each unit of height: as wide as it is at its middle latitude, up to 60°.
fn shape(window: &Window) -> f64 {
    let middle = f64::midpoint(window.south, window.north).to_radians();
    (window.east - window.west) * middle.cos().max(0.5) / (window.north - window.south)
}

/// The size of a plot of that shape in so much room.
fn fitted(shape: f64, room: f64, highest: f64) -> (f64, f64) {
    let height = (room / shape).min(highest);
    let width = (height * shape).clamp(NARROWEST.min(room), room);
    (width, height.max(LOWEST))
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &MapFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let ramp = ramp(figure);
    let window = window(&figure.extent);
    let highest = f64::from(style.height) * 1.15;
    let widest = f64::from(style.width);
    let left = MARGIN + 6.0 + font::width("88.8°N", TICK) + OFF;
    let right = MARGIN + 10.0;
    let lower = OFF + TICK * font::LINE;

    let room = widest - left - right;
    let lying = bar::lying(fitted(shape(&window), room, highest).1);
    let beside = |height: f64| match (&ramp, lying) {
        (Some(ramp), Lying::Upright) => Bar::new(ramp, &figure.scale, lying, height).thickness(),
        _ => 0.0,
    };
    let guess = fitted(shape(&window), room - beside(highest), highest);
    let (plot_width, plot_height) = fitted(shape(&window), room - beside(guess.1), highest);
    let width = (left + plot_width + beside(plot_height) + right).max(LEAST_WIDTH.min(widest));

    let note = ramp.as_ref().and_then(bar::stretch);
    let subtitle = [Some(figure.subtitle.as_str()), note].into_iter().flatten().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ");
    let heading = Heading::new(&figure.title, &subtitle, width);
    let top = heading.bottom() + 12.0;
    let plot = Rect { x0: left, y0: top, x1: left + plot_width, y1: top + plot_height };
    let bar = ramp.as_ref().map(|r| Bar::new(r, &figure.scale, lying, if lying == Lying::Upright { plot_height } else { plot_width }));
    let below = bar.as_ref().filter(|_| lying == Lying::Level).map_or(0.0, Bar::thickness);
    let height = plot.y1 + lower + below + MARGIN;

    let pen = Pen::new(width, height)?;
    heading.draw(&pen)?;
    let on = pen.plot(&plot, window.west..window.east, window.south..window.north);
    content(&pen, &plot, &on, &window, figure, ramp.as_ref())?;
    axes(&pen, &plot, &on, &window, width)?;
    if figure.cells.is_some() && ramp.is_none() {
        frame::nothing(&pen, &plot, "all values are missing")?;
    }
    if let Some(bar) = &bar {
        bar.draw(&pen, &plot, plot.y1 + lower)?;
    }
    Ok(pen.finish(&figure.title, description))
}

fn content(pen: &Pen, plot: &Rect, on: &Plot, window: &Window, figure: &MapFigure, ramp: Option<&Ramp>) -> Drawn {
    pen.fill(plot, if figure.cells.is_some() { Role::Missing } else { Role::Water }, 1.0)?;
    let land = earth::land(window);
    let pixels = |shapes: Vec<Vec<(f64, f64)>>| shapes.into_iter().map(|s| thinned(on, &s)).filter(|s| s.len() > 1).collect::<Vec<_>>();
    pen.rings(&pixels(land.areas(window)), Role::Land, 1.0);
    if let (Some(grid), Some(ramp)) = (&figure.cells, ramp) {
        colour(pen, plot, on, window, grid, ramp)?;
    }
    for (lon, _) in meridians(window, plot.width()) {
        pen.rule(css(on, lon, window.south), css(on, lon, window.north), Stroke(Role::Graticule, 0.5, 0.45))?;
    }
    for (lat, _) in parallels(window, plot.height()) {
        pen.rule(css(on, window.west, lat), css(on, window.east, lat), Stroke(Role::Graticule, 0.5, 0.45))?;
    }
    let coasts = pixels(land.coasts(window));
    if ramp.is_some() {
        pen.curves(&coasts, Stroke(Role::Surf, 2.2, 0.55));
        pen.curves(&coasts, Stroke(Role::Shore, 0.9, 1.0));
    } else {
        pen.curves(&coasts, Stroke(Role::Coast, 0.9, 1.0));
    }
    boxes(pen, plot, on, window, &figure.boxes)
}

fn css(on: &Plot, lon: f64, lat: f64) -> (f64, f64) {
    let (x, y) = on.map_coordinate(&(lon, lat));
    (f64::from(x) / 10.0, f64::from(y) / 10.0)
}

/// The outline in tenths of pixels, without points that nobody could tell apart.
fn thinned(on: &Plot, shape: &[(f64, f64)]) -> Vec<(i32, i32)> {
    let mut points: Vec<(i32, i32)> = Vec::with_capacity(shape.len());
    for (i, point) in shape.iter().enumerate() {
        let (x, y) = on.map_coordinate(point);
        let far = points.last().is_none_or(|(px, py)| (x - px).abs().max((y - py).abs()) >= NEAR);
        if far || i + 1 == shape.len() {
            points.push((x, y));
        }
    }
    points
}

/// The cells, in every turn of the Earth that the window sees.
fn colour(pen: &Pen, plot: &Rect, on: &Plot, window: &Window, grid: &Grid, ramp: &Ramp) -> Drawn {
    let lon = Side::of(&grid.lon.to_vec(), 1.0);
    let lat = Side::of(&grid.lat.to_vec(), 1.0).reversed();
    let png = cells::png(&lat, &lon, |row, column| grid.values[[row, column]], ramp)?;
    for turn in [-360.0, 0.0, 360.0] {
        let (west, east) = (lon.from + turn, lon.to + turn);
        if west < window.east && east > window.west {
            let ((x0, y0), (x1, y1)) = (css(on, west, lat.to), css(on, east, lat.from));
            let rect = Rect { x0, y0, x1, y1 };
            // Clipping costs a layer, so it is done only where cells go on beyond the plot.
            if plot.grown(0.5).holds(&rect) {
                pen.picture(&rect, &png);
            } else {
                pen.clipped(plot, |pen| pen.picture(&rect, &png));
            }
        }
    }
    Ok(())
}

/// Steps between meridians or parallels, in degrees.
const STEPS: [f64; 13] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 90.0];

/// Multiples of the finest step whose labels have `room` pixels each.
fn multiples(from: f64, to: f64, pixels: f64, room: f64, label: impl Fn(f64) -> String) -> Vec<(f64, String)> {
    let fits = |step: &&f64| **step / (to - from) * pixels >= room;
    let step = STEPS.iter().find(fits).copied().unwrap_or_else(|| scale::step(to - from, (pixels / room) as usize).max(90.0));
    let (first, last) = ((from / step - 1e-6).ceil() as i64, (to / step + 1e-6).floor() as i64);
    (first..=last).map(|i| i as f64 * step).map(|v| (v, label(v))).collect()
}

fn meridians(window: &Window, pixels: f64) -> Vec<(f64, String)> {
    multiples(window.west, window.east, pixels, font::width("188.8°W", TICK) + 14.0, place::longitude)
}

fn parallels(window: &Window, pixels: f64) -> Vec<(f64, String)> {
    multiples(window.south, window.north, pixels, 36.0, place::latitude)
}

fn axes(pen: &Pen, plot: &Rect, on: &Plot, window: &Window, width: f64) -> Drawn {
    pen.outline(plot, Stroke(Role::Frame, 1.0, 1.0))?;
    let lat = parallels(window, plot.height()).into_iter().map(|(lat, label)| (css(on, window.west, lat).1, label));
    frame::upright(pen, plot, Edge::Left, lat, Role::Soft)?;
    let look = Text::new(TICK, Role::Soft).centred();
    for (lon, label) in meridians(window, plot.width()) {
        let x = css(on, lon, window.south).0;
        pen.rule((x, plot.y1), (x, plot.y1 + 4.0), Stroke(Role::Frame, 1.0, 1.0))?;
        let half = font::width(&label, TICK) / 2.0;
        if x - half >= 5.0 && x + half <= width - 5.0 {
            pen.text((x, plot.y1 + OFF + TICK * font::LINE / 2.0), &label, &look)?;
        }
    }
    Ok(())
}

/// Boxes with their names, each name where it is free: inside, above, below or beside its box.
fn boxes(pen: &Pen, plot: &Rect, on: &Plot, window: &Window, boxes: &[(String, BoundingBox)]) -> Drawn {
    let mut named: Vec<(Rect, &String)> = Vec::new();
    for (name, area) in boxes {
        let first = named.len();
        for turn in [0.0, -360.0, 360.0] {
            let (west, east) = (area.west() + turn, area.west() + area.width() + turn);
            if west > window.east || east < window.west || (turn != 0.0 && (west == window.east || east == window.west)) {
                continue;
            }
            let ((x0, y0), (x1, y1)) = (css(on, west, area.north()), css(on, east, area.south()));
            let rect = Rect { x0, y0, x1, y1 };
            outlined(pen, plot, &rect)?;
            named.push((rect, name));
        }
        // One name is enough for a box that shows twice.
        named.truncate(first + 1);
    }
    let mut taken: Vec<Rect> = Vec::new();
    for (rect, name) in &named {
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
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: Vec<(f64, String)>) -> Vec<String> {
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn meridians_and_parallels_fall_on_round_degrees() {
        let world = window(&BoundingBox::WORLD);
        assert_eq!(labels(meridians(&world, 640.0)), ["180°", "120°W", "60°W", "0°", "60°E", "120°E", "180°"]);
        assert_eq!(labels(parallels(&world, 320.0)), ["90°S", "60°S", "30°S", "0°", "30°N", "60°N", "90°N"]);
        let pacific = window(&BoundingBox::new(150.0, -10.0, -90.0, 10.0).unwrap());
        assert_eq!(labels(meridians(&pacific, 640.0))[..3], ["150°E", "165°E", "180°"]);
        let town = window(&BoundingBox::new(-118.6, 33.9, -118.1, 34.3).unwrap());
        assert!(labels(meridians(&town, 400.0)).contains(&"118.2°W".to_owned()));
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
