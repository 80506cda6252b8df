//! A Hovmöller diagram: longitude across and time downwards, or time across and latitude upwards.

use super::bar::{self, Bar};
use super::calendar;
use super::cells::{self, Lying, Side};
use super::font;
use super::frame::{self, Edge, Heading, MARGIN, OFF, TICK, TITLE_LINE};
use super::pen::{Drawn, Pen, Rect, Stroke, Text};
use super::ramp::Ramp;
use super::role::Role;
use super::scale;
use crate::show::text::place;
use crate::show::{DrawError, Style};
use sdap::figure::HovmollerFigure;
use sdap::{Axis, Hovmoller};

const DAY: f64 = 86_400.0;

/// The colours of a diagram.
pub(crate) fn ramp(figure: &HovmollerFigure, style: &Style) -> Option<Ramp> {
    Ramp::of(&figure.values.mean, figure.quantity, style)
}

/// The SVG of the figure.
pub(crate) fn svg(figure: &HovmollerFigure, style: &Style, description: &str) -> Result<String, DrawError> {
    let values = &figure.values;
    let ramp = ramp(figure, style);
    let width = f64::from(style.width);
    let note = ramp.as_ref().and_then(bar::stretch);
    let subtitle = [Some(figure.subtitle.as_str()), note].into_iter().flatten().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · ");
    let heading = Heading::new(&figure.title, &subtitle, width);
    let top = heading.bottom() + 12.0;

    let times: Vec<f64> = values.time.seconds().iter().map(|s| *s as f64).collect();
    let (time, coordinate) = (Side::of(&times, DAY), Side::of(&values.coordinate.to_vec(), 1.0));
    // Time down the page wants room for its length; a strip of few times does not.
    let tall = f64::from(style.height) * if values.axis == Axis::Longitude { 1.3 } else { 1.0 };
    let below = match values.axis {
        Axis::Longitude => OFF + TICK * font::LINE,
        Axis::Latitude => frame::time_height(&calendar::across(time.from as i64, time.to as i64, width - 180.0, TICK)),
    } + MARGIN;
    let plot_height = (tall - top - below).max(180.0);
    let bar = ramp.as_ref().map(|r| Bar::new(r, &figure.scale, Lying::Upright, plot_height));
    let labels = upright_labels(values, &time, &coordinate, plot_height);
    let title = if values.axis == Axis::Longitude { TITLE_LINE } else { 0.0 };
    let left = MARGIN + title + 6.0 + frame::widest(labels.iter().map(|(_, l)| l)) + OFF;
    let right = MARGIN + 8.0 + bar.as_ref().map_or(0.0, Bar::thickness);
    let plot = Rect { x0: left, y0: top, x1: width - right, y1: top + plot_height };

    let pen = Pen::new(width, plot.y1 + below)?;
    heading.draw(&pen)?;
    pen.fill(&plot, Role::Missing, 1.0)?;
    match &ramp {
        Some(ramp) => pen.picture(&plot, &picture(values, &time, &coordinate, ramp)?),
        None => frame::nothing(&pen, &plot, frame::no_value(style))?,
    }
    pen.outline(&plot, Stroke(Role::Frame, 1.0, 1.0))?;
    let placed = labels.into_iter().map(|(share, label)| (plot.y0 + share * plot.height(), label));
    frame::upright(&pen, &plot, Edge::Left, placed, Role::Soft)?;
    level(&pen, &plot, values, &time, &coordinate, width)?;
    if let Some(bar) = &bar {
        bar.draw(&pen, &plot, plot.y1)?;
    }
    Ok(pen.finish(&figure.title, description))
}

fn picture(values: &Hovmoller, time: &Side, coordinate: &Side, ramp: &Ramp) -> Result<Vec<u8>, DrawError> {
    match values.axis {
        Axis::Longitude => cells::png(time, coordinate, |t, c| values.mean[[t, c]], ramp),
        Axis::Latitude => cells::png(&coordinate.clone().reversed(), time, |c, t| values.mean[[t, c]], ramp),
    }
}

/// The labels of the upright axis, each with its share of the plot's height, counted from the top.
fn upright_labels(values: &Hovmoller, time: &Side, coordinate: &Side, height: f64) -> Vec<(f64, String)> {
    match values.axis {
        Axis::Longitude => {
            let ticks = calendar::upright(time.from as i64, time.to as i64, height, TICK);
            let share = |at: i64| (at as f64 - time.from) / (time.to - time.from).max(1.0);
            ticks.into_iter().map(|t| (share(t.at), t.label)).filter(|(s, _)| (0.0..=1.0).contains(s)).collect()
        }
        Axis::Latitude => {
            let shares = degrees(coordinate, height, 34.0);
            shares.into_iter().map(|(share, lat)| (1.0 - share, place::latitude(lat))).collect()
        }
    }
}

/// Round degrees along a side, each with its share of the length.
fn degrees(side: &Side, length: f64, room: f64) -> Vec<(f64, f64)> {
    let span = (side.to - side.from).max(1e-6);
    let step = scale::step(span, (length / room) as usize);
    let (first, last) = ((side.from / step - 1e-6).ceil() as i64, (side.to / step + 1e-6).floor() as i64);
    (first..=last).map(|i| i as f64 * step).map(|v| (((v - side.from) / span), v)).collect()
}

fn level(pen: &Pen, plot: &Rect, values: &Hovmoller, time: &Side, coordinate: &Side, width: f64) -> Drawn {
    if values.axis == Axis::Latitude {
        let ticks = calendar::across(time.from as i64, time.to as i64, plot.width(), TICK);
        let x = |t: i64| plot.x0 + (t as f64 - time.from) / (time.to - time.from).max(1.0) * plot.width();
        return frame::time(pen, plot, &ticks, x, (width, "Time (UTC)"));
    }
    frame::title_beside(pen, plot, Edge::Left, MARGIN, &["Time (UTC)".to_owned()], Role::Ink)?;
    let look = Text::new(TICK, Role::Soft).centred();
    for (share, lon) in degrees(coordinate, plot.width(), font::width("188.8°W", TICK) + 14.0) {
        let (x, label) = (plot.x0 + share * plot.width(), place::longitude(lon));
        pen.rule((x, plot.y1), (x, plot.y1 + 4.0), Stroke(Role::Frame, 1.0, 1.0))?;
        let half = font::width(&label, TICK) / 2.0;
        if x - half >= 5.0 && x + half <= width - 5.0 {
            pen.text((x, plot.y1 + OFF + TICK * font::LINE / 2.0), &label, &look)?;
        }
    }
    Ok(())
}
