//! What is drawn of which values: `--kind`, or what suits them.

use super::{Context, subset};
use crate::{
    Fault,
    grammar::{Kind, PlotArgs},
    show,
};
use sdap::{
    Grid, Origin, Points, SeriesGroup, TimeSeries, Times, Value, column,
    figure::{Figure, Line, LineFigure, Side},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The most places of samples that are drawn as a line each.
const MOST_PLACES: usize = 20;

/// A value with its name.
pub(super) type Named<'a> = (&'a str, Arc<Value>);

/// The names to draw, and the kind that was asked for: `A - B` asks for the difference.
pub(super) fn operands<'a>(context: &Context<'_>, args: &'a PlotArgs) -> Result<(Vec<&'a str>, Option<Kind>), Fault> {
    let kind = if args.band { Some(Kind::Band) } else { args.kind };
    let names: Vec<&str> = args.names.iter().map(String::as_str).collect();
    let minus = |name: &str| matches!(name, "-" | "−");
    match (&names[..], kind) {
        ([a, sign, b], None | Some(Kind::Difference)) if minus(sign) && !minus(a) && !minus(b) => Ok((vec![a, b], Some(Kind::Difference))),
        (all, _) if all.iter().any(|n| minus(n)) => {
            let fault =
                Fault::new("CannotDraw", "a minus stands between two names, and draws their difference").expected("%sdap plot A - B");
            Err(Fault { span: context.tokens.span_of("-").or_else(|| context.tokens.span_of("−")), ..fault })
        }
        _ => Ok((names, kind)),
    }
}

/// The figures of these values.
pub(super) fn figures(context: &Context<'_>, values: &[Named<'_>], kind: Option<Kind>, args: &PlotArgs) -> Result<Vec<Figure>, Fault> {
    if let Some(kind) = kind {
        possible(context, values, kind)?;
    }
    let each = |draw: &dyn Fn(&Named<'_>) -> Option<Figure>| Ok(values.iter().filter_map(draw).collect());
    match kind {
        None => usual(context, values, args),
        Some(Kind::Line | Kind::Errorbars | Kind::Band) => line_figure(context, &lines(context, values)?, kind, args).map(|f| vec![f]),
        Some(Kind::Histogram) => each(&|(_, value)| show::histogram(value)),
        Some(Kind::Year) => Ok(lines(context, values)?.iter().flat_map(|(_, series)| series.iter().map(show::year)).collect()),
        Some(Kind::Map) => each(&|(_, value)| match &**value {
            Value::Grid(v) => Some(show::grid(v)),
            Value::Points(v) => Some(show::stations(v)),
            Value::Table(v) => show::Matchup::of(v).map(|pairs| pairs.map(show::Colour::Primary)),
            _ => None,
        }),
        Some(Kind::Matchup) => each(&|(_, value)| match &**value {
            Value::Table(v) => show::Matchup::of(v).map(|pairs| pairs.map(show::Colour::Difference)),
            _ => None,
        }),
        Some(Kind::Heatmap) => each(&|(_, value)| show::heatmap(value)),
        Some(Kind::Hovmoller) => each(&|(_, value)| match &**value {
            Value::Hovmoller(v) => Some(show::hovmoller(v)),
            _ => None,
        }),
        Some(Kind::Scatter) => scatter(context, values).map(|f| vec![f]),
        Some(Kind::Difference) => difference(context, values).map(|f| vec![f]),
    }
}

/// What suits the values: series together in one figure, everything else in one of its own.
fn usual(context: &Context<'_>, values: &[Named<'_>], args: &PlotArgs) -> Result<Vec<Figure>, Fault> {
    let mut figures = Vec::new();
    let mut series: Vec<Named<'_>> = Vec::new();
    for (name, value) in values {
        match &**value {
            Value::Grid(v) => figures.push(show::grid(v)),
            Value::Hovmoller(v) => figures.push(show::hovmoller(v)),
            Value::Points(v) if !as_lines(v) => figures.push(show::stations(v)),
            Value::Series(_) | Value::Group(_) | Value::Points(_) => series.push((name, value.clone())),
            Value::Table(v) => {
                let matched = show::Matchup::of(v).map(|pairs| pairs.map(show::Colour::Difference));
                figures.push(matched.or_else(|| show::heatmap(value)).ok_or_else(|| table(context, name))?);
            }
        }
    }
    if !series.is_empty() {
        figures.push(line_figure(context, &lines(context, &series)?, None, args)?);
    }
    Ok(figures)
}

fn table(context: &Context<'_>, name: &str) -> Fault {
    let fault = Fault::new("CannotDraw", format!("{name} is a table that cannot be drawn"))
        .expected("columns of numbers in one unit, or the latitudes and longitudes of a match-up")
        .hint(format!("%sdap table {name}"));
    Fault { span: context.tokens.span_of(name), ..fault }
}

/// The kinds that one value can be drawn as, by itself.
fn kinds_of(value: &Value) -> Vec<Kind> {
    const SERIES: [Kind; 5] = [Kind::Line, Kind::Errorbars, Kind::Band, Kind::Histogram, Kind::Year];
    match value {
        Value::Series(_) => [&SERIES[..], &[Kind::Heatmap]].concat(),
        Value::Group(_) if show::histogram(value).is_some() => SERIES.to_vec(),
        Value::Group(_) => SERIES.into_iter().filter(|k| *k != Kind::Histogram).collect(),
        Value::Grid(_) => vec![Kind::Map, Kind::Histogram],
        Value::Hovmoller(_) => vec![Kind::Hovmoller, Kind::Histogram],
        Value::Points(v) => {
            let mut kinds = vec![Kind::Map, Kind::Histogram];
            kinds.extend((v.variables.len() > 1).then_some(Kind::Scatter));
            kinds.extend(SERIES.into_iter().filter(|k| few_places(v) && *k != Kind::Histogram));
            kinds
        }
        Value::Table(v) => {
            let pairs = show::Matchup::of(v);
            let mut kinds = if pairs.is_some() { vec![Kind::Matchup, Kind::Map] } else { Vec::new() };
            kinds.extend(pairs.and_then(|p| p.scatter()).map(|_| Kind::Scatter));
            kinds.extend(show::histogram(value).map(|_| Kind::Histogram));
            kinds.extend(show::heatmap(value).map(|_| Kind::Heatmap));
            kinds
        }
    }
}

/// The kinds that all these values can be drawn as, together.
fn kinds_of_all(values: &[Named<'_>]) -> Vec<Kind> {
    let mut kinds = values.first().map_or_else(Vec::new, |(_, v)| kinds_of(v));
    kinds.retain(|k| values.iter().all(|(_, v)| kinds_of(v).contains(k)));
    let grids = values.iter().filter(|(_, v)| matches!(**v, Value::Grid(_))).count();
    let series: usize = values.iter().map(|(_, v)| series_in(v)).sum();
    let alike = grids == values.len() || values.iter().all(|(_, v)| series_in(v) > 0);
    if values.len() > 1 {
        kinds.retain(|k| *k != Kind::Scatter);
    }
    if alike && (grids == 2 || matches!(series, 2 | 3)) {
        kinds.push(Kind::Scatter);
    }
    if alike && (grids == 2 || series == 2) {
        kinds.push(Kind::Difference);
    }
    kinds
}

/// How many series a value can be drawn as.
fn series_in(value: &Value) -> usize {
    match value {
        Value::Series(_) => 1,
        Value::Group(v) => v.series.len(),
        Value::Points(v) if few_places(v) => (0..v.len()).map(|i| place(v, i)).collect::<BTreeSet<_>>().len(),
        _ => 0,
    }
}

/// Refuses a kind that these values cannot be drawn as, and names those that they can.
fn possible(context: &Context<'_>, values: &[Named<'_>], kind: Kind) -> Result<(), Fault> {
    if let Some((name, _)) = values.iter().find(|(_, v)| matches!(**v, Value::Table(_)) && kinds_of(v).is_empty()) {
        return Err(table(context, name));
    }
    let kinds = kinds_of_all(values);
    if kinds.contains(&kind) {
        return Ok(());
    }
    let what: Vec<String> = values.iter().map(|(name, value)| format!("{name} ({})", value.type_name())).collect();
    let word = kind.word();
    let message = format!("{} cannot be drawn as {word}", what.join(" and "));
    let words: Vec<String> = kinds.iter().map(|k| k.word()).collect();
    let fault = Fault::new("CannotDraw", message);
    let fault = if words.is_empty() { fault.hint("plot them one by one") } else { fault.expected(format!("--kind {}", words.join(", "))) };
    let span = context.tokens.span_of(&word).or_else(|| context.tokens.span_of("--band")).or_else(|| context.tokens.span_of("-"));
    Err(Fault { span, ..fault })
}

/// All series of the values, each with the name that tells it from the others.
fn series_of(context: &Context<'_>, values: &[Named<'_>]) -> Result<Vec<(String, TimeSeries)>, Fault> {
    let called = |name: &str, all: &[TimeSeries], s: &TimeSeries| if all.len() == 1 { name.to_owned() } else { s.dataset.clone() };
    let lines = lines(context, values)?;
    Ok(lines.into_iter().flat_map(|(name, all)| all.iter().map(|s| (called(name, &all, s), s.clone())).collect::<Vec<_>>()).collect())
}

/// The two grids, if that is what the values are.
fn grids_of<'v>(values: &'v [Named<'_>]) -> Option<[(&'v str, &'v Grid); 2]> {
    match values {
        [(a_name, a), (b_name, b)] => match (&**a, &**b) {
            (Value::Grid(a), Value::Grid(b)) => Some([(a_name, a), (b_name, b)]),
            _ => None,
        },
        _ => None,
    }
}

fn apart(context: &Context<'_>, values: &[Named<'_>], why: &show::Apart) -> Fault {
    let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    let fault = Fault::new("CannotCompare", format!("{} cannot be compared: {why}", names.join(" and ")));
    let fault = match why {
        show::Apart::Cells(..) => fault.expected("grids of one dataset and box, or of datasets with the same cells"),
        show::Apart::Units(..) => fault.expected("values of the same unit"),
        show::Apart::Times => fault.expected("series whose periods overlap"),
    };
    Fault { span: names.last().and_then(|name| context.tokens.span_of(name)), ..fault }
}

fn scatter(context: &Context<'_>, values: &[Named<'_>]) -> Result<Figure, Fault> {
    // Two values of one dataset are told apart by their names.
    let called = |name: &str, dataset: &str, other: &str| if dataset == other { name.to_owned() } else { dataset.to_owned() };
    if let Some([(a_name, a), (b_name, b)]) = grids_of(values) {
        let (a_name, b_name) = (called(a_name, &a.dataset, &b.dataset), called(b_name, &b.dataset, &a.dataset));
        let (a, b) = (Grid { dataset: a_name, ..a.clone() }, Grid { dataset: b_name, ..b.clone() });
        return show::grid_scatter(&a, &b).map_err(|why| apart(context, values, &why));
    }
    let points = values.first().and_then(|(_, v)| match &**v {
        Value::Points(v) => show::point_scatter(v),
        Value::Table(v) => show::Matchup::of(v)?.scatter(),
        _ => None,
    });
    if let (Some(figure), [_]) = (points, values) {
        return Ok(figure);
    }
    match &series_of(context, values)?[..] {
        [(a_name, a), (b_name, b), rest @ ..] => {
            let (a_name, b_name) = (called(a_name, &a.dataset, &b.dataset), called(b_name, &b.dataset, &a.dataset));
            let (a, b) = (TimeSeries { dataset: a_name, ..a.clone() }, TimeSeries { dataset: b_name, ..b.clone() });
            Ok(show::scatter(&a, &b, rest.first().map(|(_, s)| s)))
        }
        _ => Err(Fault::new("CannotDraw", "a scatter plot needs two series, two grids, samples of two variables, or a match-up")),
    }
}

fn difference(context: &Context<'_>, values: &[Named<'_>]) -> Result<Figure, Fault> {
    let fault = |why: show::Apart| apart(context, values, &why);
    if let Some([(a_name, a), (b_name, b)]) = grids_of(values) {
        return show::difference([a_name, b_name], a, b).map(|d| show::grid(&d)).map_err(fault);
    }
    match &series_of(context, values)?[..] {
        [(a_name, a), (b_name, b)] => show::series_difference([a_name, b_name], a, b).map(|d| show::series(&d)).map_err(fault),
        _ => Err(Fault::new("CannotDraw", "a difference needs two series or two grids")),
    }
}

/// The series of each name; of samples one for each place.
fn lines<'a>(context: &Context<'_>, values: &[Named<'a>]) -> Result<Vec<(&'a str, Vec<TimeSeries>)>, Fault> {
    let series = |(name, value): &Named<'a>| {
        let series = match &**value {
            Value::Series(v) => vec![v.clone()],
            Value::Group(v) => v.series.clone(),
            Value::Points(v) => places(context, name, v)?,
            Value::Grid(_) | Value::Hovmoller(_) | Value::Table(_) => Vec::new(),
        };
        Ok((*name, series))
    };
    values.iter().map(series).collect()
}

/// Whether samples are of few places.
fn few_places(points: &Points) -> bool {
    let mut places = BTreeSet::new();
    (0..points.len()).all(|i| {
        places.insert(place(points, i));
        places.len() <= MOST_PLACES
    })
}

/// Whether samples are better drawn as lines over time than as places on a map.
fn as_lines(points: &Points) -> bool {
    few_places(points) && points.time.seconds().windows(2).any(|w| w[0] != w[1])
}

/// What the place of a sample is called: by its first key, or by its coordinates.
fn place(points: &Points, i: usize) -> String {
    match points.keys.values().next() {
        Some(key) => key[i].clone(),
        None => format!("{:.3}, {:.3}", points.lat[i], points.lon[i]),
    }
}

/// Samples as one series for each place they were taken at.
fn places(context: &Context<'_>, name: &str, points: &Points) -> Result<Vec<TimeSeries>, Fault> {
    let mut indices: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for i in 0..points.len() {
        indices.entry(place(points, i)).or_default().push(i);
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
fn line_figure(context: &Context<'_>, lines: &[(&str, Vec<TimeSeries>)], kind: Option<Kind>, args: &PlotArgs) -> Result<Figure, Fault> {
    let series: Vec<TimeSeries> = lines.iter().flat_map(|(name, s)| named(name, s, lines)).collect();
    let right = right_axis(context, lines, args)?;
    let mut figure = match series.as_slice() {
        [only] => lines_of(show::series(only)),
        _ => lines_of(show::group(&SeriesGroup { origin: common_origin(&series), series: series.clone(), regression: None })),
    };
    for (line, series) in figure.lines.iter_mut().zip(&series) {
        let every = args.every.unwrap_or(1) as usize;
        match kind {
            // A line stays whole between its error bars.
            Some(Kind::Errorbars) => line.errors = Some(show::error_bars(series, every)),
            Some(Kind::Band) => {
                line.band = Some(band(series));
                thin(line, every);
            }
            _ => thin(line, every),
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
        _ => unreachable!("series are drawn as lines"),
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
