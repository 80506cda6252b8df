//! The answers of all windows, by time, as the answer to the whole question.

use super::kept;
use super::run::{Answered, How, Part};
use crate::join::{nearest, union};
use crate::request::SeriesRequest;
use crate::{shared_regression, tally};
use sdap::{Column, Hovmoller, Origin, Period, Plane, Points, SeriesGroup, TimeSeries, Times, Variable, column, plane};
use std::collections::{BTreeMap, BTreeSet};

/// Where a joined answer comes from.
pub(super) fn origin(parts: &[&Origin], how: &How, period: Period) -> Origin {
    let mut all = parts.first().map(|first| (*first).clone()).unwrap_or_default();
    for part in &parts[1.min(parts.len())..] {
        take_in(&mut all, part);
    }
    let How { windows, empty, seconds, kept } = *how;
    if windows > 1 {
        let empty = if empty == 0 { String::new() } else { format!(" ({empty} without data)") };
        all.notes.push(format!("asked in {windows} windows of time{empty}, whose answers are joined"));
        all.notes.extend(kept.map(|(settled, age)| kept::note(settled, age)));
        all.seconds = seconds;
    }
    all.period = Some(period);
    all
}

/// Adds where the answer of a later window comes from.
pub(super) fn take_in(all: &mut Origin, part: &Origin) {
    all.bytes += part.bytes;
    all.synthetic |= part.synthetic;
    add(&mut all.attribution, &part.attribution);
    part.notes.iter().for_each(|note| tally::add(&mut all.notes, note.clone()));
}

fn add(all: &mut Vec<String>, more: &[String]) {
    for text in more {
        if !all.contains(text) {
            all.push(text.clone());
        }
    }
}

fn times<'a>(parts: impl Iterator<Item = &'a Times>) -> Times {
    Times::new(parts.flat_map(|times| times.seconds().iter().copied()).collect::<Vec<_>>())
}

fn columns<'a>(parts: impl Iterator<Item = &'a Column>) -> Column {
    column(parts.flat_map(|values| values.iter().copied()).collect::<Vec<_>>())
}

pub(super) fn series(request: &SeriesRequest, answered: Answered<SeriesGroup>) -> SeriesGroup {
    if answered.is_one() {
        return answered.only();
    }
    let Answered { parts, how } = answered;
    let mut of_dataset: Vec<Vec<&TimeSeries>> = vec![Vec::new(); request.datasets.len()];
    for group in &parts {
        let mut next = 0;
        for series in &group.series {
            // Datasets that have nothing in a window are missing from its answer; the others keep their order.
            let place = (next..request.datasets.len()).find(|at| request.datasets[*at] == series.dataset).unwrap_or(next);
            if let Some(found) = of_dataset.get_mut(place) {
                found.push(series);
            }
            next = place + 1;
        }
    }
    let mut all = Vec::new();
    let mut without = Vec::new();
    for (name, parts) in request.datasets.iter().zip(&of_dataset) {
        if parts.is_empty() {
            without.push(crate::has_nothing(name));
        } else {
            all.push(one_series(parts, &how, request.period));
        }
    }
    let of_all: Vec<&Origin> = parts.iter().map(|group| &group.origin).collect();
    let mut origin = origin(&of_all, &how, request.period);
    // What lacks data in one window may have some in another.
    let gaps: Vec<String> = request.datasets.iter().map(|name| crate::has_nothing(name)).collect();
    let settle = |notes: &mut Vec<String>| {
        notes.retain(|note| !gaps.contains(note));
        notes.extend(without.iter().cloned());
    };
    settle(&mut origin.notes);
    for series in &mut all {
        settle(&mut series.origin.notes);
    }
    let regression = if request.datasets.len() == 2 { shared_regression(&all) } else { None };
    SeriesGroup { regression, series: all, origin }
}

fn one_series(parts: &[&TimeSeries], how: &How, period: Period) -> TimeSeries {
    let of = |column: fn(&TimeSeries) -> &Column| columns(parts.iter().map(|part| column(part)));
    let names: BTreeSet<&String> = parts.iter().flat_map(|part| part.extra.keys()).collect();
    let extra = |name: &String| {
        let values = parts.iter().flat_map(|part| match part.extra.get(name) {
            Some(values) => values.to_vec(),
            None => vec![f64::NAN; part.len()],
        });
        column(values.collect::<Vec<_>>())
    };
    let origins: Vec<&Origin> = parts.iter().map(|part| &part.origin).collect();
    TimeSeries {
        dataset: parts[0].dataset.clone(),
        variable: parts[0].variable.clone(),
        units: parts[0].units.clone(),
        time: times(parts.iter().map(|part| &part.time)),
        mean: of(|s| &s.mean),
        standard_deviation: of(|s| &s.standard_deviation),
        count: of(|s| &s.count),
        minimum: of(|s| &s.minimum),
        maximum: of(|s| &s.maximum),
        extra: names.into_iter().map(|name| (name.clone(), extra(name))).collect(),
        origin: origin(&origins, how, period),
    }
}

pub(super) fn anomaly(period: Period, answered: Answered<TimeSeries>) -> TimeSeries {
    if answered.is_one() {
        return answered.only();
    }
    let parts: Vec<&TimeSeries> = answered.parts.iter().collect();
    one_series(&parts, &answered.how, period)
}

pub(super) fn points(period: Period, answered: Answered<Points>) -> Points {
    if answered.is_one() {
        return answered.only();
    }
    let Answered { parts, how } = answered;
    let of = |column: fn(&Points) -> &Column| columns(parts.iter().map(column));
    let has_elevation = parts.iter().any(|part| part.elevation.is_some());
    let or_gaps = |part: &Points, values: Option<&Column>| values.map_or_else(|| vec![f64::NAN; part.len()], |values| values.to_vec());
    let elevation = || column(parts.iter().flat_map(|part| or_gaps(part, part.elevation.as_ref())).collect::<Vec<_>>());
    let mut names: Vec<(&str, &str)> = Vec::new();
    for variable in parts.iter().flat_map(|part| &part.variables) {
        if !names.iter().any(|(name, _)| *name == variable.name) {
            names.push((&variable.name, &variable.units));
        }
    }
    let variable = |(name, units): &(&str, &str)| {
        let values = parts.iter().flat_map(|part| or_gaps(part, part.variable(name).map(|v| &v.values)));
        Variable { name: (*name).to_owned(), units: (*units).to_owned(), values: column(values.collect::<Vec<_>>()) }
    };
    let fields: BTreeSet<&String> = parts.iter().flat_map(|part| part.keys.keys()).collect();
    let keys: BTreeMap<String, Vec<String>> = fields
        .into_iter()
        .map(|field| {
            let texts = parts.iter().flat_map(|part| part.keys.get(field).cloned().unwrap_or_else(|| vec![String::new(); part.len()]));
            (field.clone(), texts.collect())
        })
        .collect();
    let origins: Vec<&Origin> = parts.iter().map(|part| &part.origin).collect();
    Points {
        dataset: parts[0].dataset.clone(),
        time: times(parts.iter().map(|part| &part.time)),
        lat: of(|p| &p.lat),
        lon: of(|p| &p.lon),
        elevation: has_elevation.then(elevation),
        variables: names.iter().map(variable).collect(),
        keys,
        origin: origin(&origins, &how, period),
    }
}

pub(super) fn hovmoller(period: Period, answered: Answered<Hovmoller>) -> Hovmoller {
    if answered.is_one() {
        return answered.only();
    }
    let Answered { parts, how } = answered;
    let axes: Vec<Vec<f64>> = parts.iter().map(|part| part.coordinate.to_vec()).collect();
    let coordinate = union(axes.iter().map(Vec::as_slice));
    let rows: usize = parts.iter().map(|part| part.time.len()).sum();
    let of = |pick: fn(&Hovmoller) -> &Plane, missing: f64| {
        let mut values = vec![missing; rows * coordinate.len()];
        let mut first = 0;
        for (part, axis) in parts.iter().zip(&axes) {
            let places: Vec<usize> = axis.iter().map(|c| nearest(&coordinate, *c)).collect();
            for ((row, at), value) in pick(part).indexed_iter() {
                values[(first + row) * coordinate.len() + places[at]] = *value;
            }
            first += part.time.len();
        }
        plane(rows, values)
    };
    let origins: Vec<&Origin> = parts.iter().map(|part| &part.origin).collect();
    Hovmoller {
        dataset: parts[0].dataset.clone(),
        variable: parts[0].variable.clone(),
        units: parts[0].units.clone(),
        axis: parts[0].axis,
        time: times(parts.iter().map(|part| &part.time)),
        mean: of(|h| &h.mean, f64::NAN),
        standard_deviation: of(|h| &h.standard_deviation, f64::NAN),
        minimum: of(|h| &h.minimum, f64::NAN),
        maximum: of(|h| &h.maximum, f64::NAN),
        count: of(|h| &h.count, 0.0),
        coordinate: column(coordinate.clone()),
        origin: origin(&origins, &how, period),
    }
}

/// About how many bytes a number of an answer takes.
const NUMBER: usize = size_of::<f64>();

impl Part for TimeSeries {
    fn points(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        self.len() * (6 + self.extra.len()) * NUMBER
    }
}

impl Part for SeriesGroup {
    fn points(&self) -> usize {
        self.series.iter().map(Part::points).sum()
    }

    fn bytes(&self) -> usize {
        self.series.iter().map(Part::bytes).sum()
    }
}

impl Part for Points {
    fn points(&self) -> usize {
        self.len()
    }

    fn bytes(&self) -> usize {
        let texts: usize = self.keys.values().flatten().map(|text| text.len() + size_of::<String>()).sum();
        self.len() * (4 + self.variables.len()) * NUMBER + texts
    }
}

impl Part for Hovmoller {
    fn points(&self) -> usize {
        self.mean.len()
    }

    fn bytes(&self) -> usize {
        self.mean.len() * 5 * NUMBER
    }
}
