//! `plot`, and how an answer is shown that nobody bound.

use super::{Context, Outcome, bindings::find, subset};
use crate::{
    Bundle, Fault,
    grammar::{Kind, PlotArgs, Showing},
    show::{self, Interactivity, Style},
};
use sdap::{
    Origin, Points, SeriesGroup, TimeSeries, Times, Value, column,
    figure::{Figure, Line, LineFigure, Side},
};
use std::collections::BTreeMap;

/// The most places of samples that are drawn as a line each.
const MOST_PLACES: usize = 20;

/// What is shown of an answer that nobody bound: its figure or table, and where it comes from.
pub(crate) fn shown(value: &Value, showing: &Showing) -> Result<Vec<Bundle>, Fault> {
    let style = style(showing, None);
    let (bundle, what) = match value {
        Value::Series(v) => (draw(&show::series(v), &style)?, counted(v.len(), "time")),
        Value::Group(v) => {
            (draw(&show::group(v), &style)?, format!("{} × {}", counted(v.series.len(), "series"), counted(v.time().len(), "time")))
        }
        Value::Grid(v) => (draw(&show::grid(v), &style)?, counted(v.values.len(), "cell")),
        Value::Hovmoller(v) => (draw(&show::hovmoller(v), &style)?, counted(v.mean.len(), "cell")),
        Value::Points(v) => (show::points(v), counted(v.len(), "point")),
        Value::Table(v) => (show::table(v), counted(v.len(), "row")),
    };
    Ok(vec![bundle, provenance(value.origin(), &what)])
}

/// One grey line: how much, how long, from where, by which request; and what a reader should know, if anything.
fn provenance(origin: &Origin, what: &str) -> Bundle {
    let head = format!("{what} · {:.3} s · {}", origin.seconds, origin.server);
    let is_url = origin.request.starts_with("http");
    let html = maud::html! {
        small style="color: gray" {
            (head) " · "
            @if is_url { a href=(origin.request) { (origin.request) } } @else { code { (origin.request) } }
            @for note in &origin.notes { br; (note) }
        }
    };
    let lines: Vec<String> = std::iter::once(origin.line(what)).chain(origin.notes.iter().cloned()).collect();
    Bundle::text(lines.join("\n")).with("text/html", html.into_string())
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 || what.ends_with('s') { format!("{n} {what}") } else { format!("{n} {what}s") }
}

/// Draws a figure.
pub(super) fn draw(figure: &Figure, style: &Style) -> Result<Bundle, Fault> {
    show::figure(figure, style).map_err(|e| Fault::new("CannotDraw", e.to_string()))
}

fn style(showing: &Showing, size: Option<(u32, u32)>) -> Style {
    let interactivity = if showing.fixed { Interactivity::Static } else { Interactivity::Interactive };
    let usual = Style::default();
    let (width, height) = size.unwrap_or((usual.width, usual.height));
    Style { width, height, interactivity }
}

pub(super) fn plot(context: &Context<'_>, args: &PlotArgs) -> Result<Outcome, Fault> {
    let values = args.names.iter().map(|name| Ok((name.as_str(), find(context, name)?.value))).collect::<Result<Vec<_>, Fault>>()?;
    let style = style(&args.showing, args.size);
    let mut bundles = Vec::new();
    let mut lines: Vec<(&str, Vec<TimeSeries>)> = Vec::new();
    for (name, value) in &values {
        match &**value {
            Value::Grid(v) => bundles.push(draw(&titled(show::grid(v), args), &style)?),
            Value::Hovmoller(v) => bundles.push(draw(&titled(show::hovmoller(v), args), &style)?),
            Value::Series(v) => lines.push((name, vec![v.clone()])),
            Value::Group(v) => lines.push((name, v.series.clone())),
            Value::Points(v) => lines.push((name, places(context, name, v)?)),
            Value::Table(_) => return Err(not_drawn(context, name)),
        }
    }
    if !lines.is_empty() {
        bundles.push(draw(&titled(line_figure(context, &lines, args)?, args), &style)?);
    }
    Ok(Outcome::Shown(bundles))
}

fn not_drawn(context: &Context<'_>, name: &str) -> Fault {
    let fault = Fault::new("CannotDraw", format!("{name} is a table, and a table is not drawn")).hint(format!("%sdap table {name}"));
    Fault { span: context.tokens.span_of(name), ..fault }
}

fn titled(mut figure: Figure, args: &PlotArgs) -> Figure {
    if let Some(title) = &args.title {
        match &mut figure {
            Figure::Lines(f) => f.title.clone_from(title),
            Figure::Map(f) => f.title.clone_from(title),
            Figure::Hovmoller(f) => f.title.clone_from(title),
        }
    }
    figure
}

/// Samples as one series for each place they were taken at.
fn places(context: &Context<'_>, name: &str, points: &Points) -> Result<Vec<TimeSeries>, Fault> {
    let mut indices: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let place = |i: usize| match points.keys.values().next() {
        Some(key) => key[i].clone(),
        None => format!("{:.3}, {:.3}", points.lat[i], points.lon[i]),
    };
    for i in 0..points.len() {
        indices.entry(place(i)).or_default().push(i);
        if indices.len() > MOST_PLACES {
            let fault = Fault::new("CannotDraw", format!("{name} has samples of more than {MOST_PLACES} places, too many for lines"))
                .expected("samples of few places, such as those that --filter or --each selects")
                .hint(format!("%sdap table {name}, or average over the area: %sdap timeseries"));
            return Err(Fault { span: context.tokens.span_of(name), ..fault });
        }
    }
    Ok(indices.iter().map(|(place, at)| subset::series(&taken(points, at), place)).collect())
}

/// The points at `indices`.
fn taken(points: &Points, indices: &[usize]) -> Points {
    let pick = |c: &sdap::Column| column(indices.iter().map(|i| c[*i]).collect::<Vec<_>>());
    Points {
        time: Times::new(indices.iter().map(|i| points.time.seconds()[*i]).collect::<Vec<_>>()),
        lat: pick(&points.lat),
        lon: pick(&points.lon),
        elevation: points.elevation.as_ref().map(pick),
        variables: points.variables.iter().map(|v| sdap::Variable { values: pick(&v.values), ..v.clone() }).collect(),
        keys: points.keys.iter().map(|(k, v)| (k.clone(), indices.iter().map(|i| v[*i].clone()).collect())).collect(),
        ..points.clone()
    }
}

/// One figure of all series, on one vertical axis or two.
fn line_figure(context: &Context<'_>, lines: &[(&str, Vec<TimeSeries>)], args: &PlotArgs) -> Result<Figure, Fault> {
    let series: Vec<TimeSeries> = lines.iter().flat_map(|(name, s)| named(name, s, lines)).collect();
    let right = right_axis(context, lines, args)?;
    let mut figure = match series.as_slice() {
        [only] => lines_of(show::series(only)),
        _ => lines_of(show::group(&SeriesGroup { origin: common_origin(&series), series: series.clone(), regression: None })),
    };
    for (line, series) in figure.lines.iter_mut().zip(&series) {
        let every = args.every.unwrap_or(1) as usize;
        match if args.band { Some(Kind::Band) } else { args.kind } {
            // A line stays whole between its error bars.
            Some(Kind::Errorbars) => line.errors = Some(show::error_bars(series, every)),
            Some(Kind::Band) => {
                line.band = Some(band(series));
                thin(line, every);
            }
            Some(Kind::Line) | None => thin(line, every),
        }
    }
    if let Some(first_right) = right {
        for line in &mut figure.lines[first_right..] {
            line.side = Side::Right;
        }
        figure.left = lines_of(show::series(&series[0])).left;
        figure.right = lines_of(show::series(&series[first_right])).left;
    }
    Ok(Figure::Lines(figure))
}

fn lines_of(figure: Figure) -> LineFigure {
    match figure {
        Figure::Lines(figure) => figure,
        Figure::Map(_) | Figure::Hovmoller(_) => unreachable!("series are drawn as lines"),
    }
}

/// The series of one name, called what tells them apart: the dataset, or the name where two have the same dataset.
fn named(name: &str, series: &[TimeSeries], all: &[(&str, Vec<TimeSeries>)]) -> Vec<TimeSeries> {
    let times_used = |label: &str| all.iter().flat_map(|(_, s)| s).filter(|s| s.dataset == label).count();
    let rename = |s: &TimeSeries| {
        let label = match (times_used(&s.dataset), series.len()) {
            (0 | 1, _) => s.dataset.clone(),
            (_, 1) => name.to_owned(),
            _ => format!("{name} {}", s.dataset),
        };
        TimeSeries { dataset: label, ..s.clone() }
    };
    series.iter().map(rename).collect()
}

/// What is common to the origins of several series: synthetic if any is, an area and period if all share them.
fn common_origin(series: &[TimeSeries]) -> Origin {
    let mut origin = series[0].origin.clone();
    for other in series[1..].iter().map(|s| &s.origin) {
        origin.synthetic |= other.synthetic;
        origin.area = origin.area.filter(|a| other.area == Some(*a));
        origin.period = origin.period.filter(|p| other.period == Some(*p));
        if origin.title != other.title {
            origin.title.clear();
        }
    }
    origin
}

/// The index of the first line that is read on the right axis: asked for, or needed since there are two units.
fn right_axis(context: &Context<'_>, lines: &[(&str, Vec<TimeSeries>)], args: &PlotArgs) -> Result<Option<usize>, Fault> {
    let unit = |(_, series): &(&str, Vec<TimeSeries>)| series.first().map(|s| s.units.clone()).unwrap_or_default();
    let before_last: usize = lines[..lines.len() - 1].iter().map(|(_, s)| s.len()).sum();
    let mut units: Vec<String> = lines.iter().map(unit).collect();
    let ordered = units.windows(2).filter(|w| w[0] != w[1]).count() <= 1;
    let first_other = units.iter().position(|u| *u != units[0]);
    units.sort();
    units.dedup();
    let fault =
        |message: String| Fault::new("CannotDraw", message).at(context.tokens.span_of("--twin").unwrap_or_else(|| context.tokens.behind()));
    match (args.twin, units.len()) {
        (true, _) if lines.len() < 2 => Err(fault("a second axis needs a second name".to_owned()).expected("%sdap plot LEFT RIGHT --twin")),
        (true, _) => Ok(Some(before_last)),
        (false, 1) => Ok(None),
        (false, 2) if ordered => Ok(first_other.map(|at| lines[..at].iter().map(|(_, s)| s.len()).sum())),
        (false, _) => Err(fault(format!("these values have different units: {}", units.join(", ")))
            .expected("values of one unit, or of two with those of the second unit last")),
    }
}

/// One standard deviation to either side of the mean.
fn band(series: &TimeSeries) -> (sdap::Column, sdap::Column) {
    let low = &series.mean - &series.standard_deviation;
    let high = &series.mean + &series.standard_deviation;
    (low.into(), high.into())
}

/// Keeps every n-th time of a line.
fn thin(line: &mut Line, n: usize) {
    if n < 2 {
        return;
    }
    let keep = |c: &sdap::Column| column(c.iter().step_by(n).copied().collect::<Vec<_>>());
    line.time = Times::new(line.time.seconds().iter().step_by(n).copied().collect::<Vec<_>>());
    line.values = keep(&line.values);
    line.band = line.band.as_ref().map(|(low, high)| (keep(low), keep(high)));
}
