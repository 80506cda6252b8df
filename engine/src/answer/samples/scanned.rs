//! Samples of grids and stations, found by going once through their chunks.

use super::sites::Sites;
use super::{Choice, Samples, too_many};
use crate::answer::matchup::Near;
use crate::dataset::{Dataset, Variable};
use crate::pick::{Pick, Steps};
use crate::plane::PlaneReader;
use crate::scan::{Part, Reducer, Window, scan};
use crate::work::Work;
use sdap_nexus::{Error, Missing};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The samples, as their chunks lie.
pub(super) fn gather(dataset: &Dataset, variables: &[&Variable], choice: &Choice<'_>, work: &Work) -> Result<Samples, Error> {
    let levels = levels(dataset, variables, choice)?;
    let steps = steps(dataset, choice)?;
    let mut sites = Sites::choose(dataset, choice)?;
    if let Some(near) = choice.near {
        sites.keep_near(near, work)?;
    }
    let sites = sites;
    let key = sites.key();
    let deep = levels.iter().any(|level| level.elevation.is_some());
    let mut all = Samples { values: vec![Vec::new(); variables.len()], elevation: deep.then(Vec::new), ..Samples::default() };
    let mut names: Vec<String> = Vec::new();
    let found = AtomicUsize::new(0);
    for level in &levels {
        let of_level: Vec<&Variable> = level.variables.iter().map(|(_, variable)| *variable).collect();
        let mut raw = Raw::default();
        let window = Window { variable: of_level[0], time: &steps.pick, y: &sites.y, x: &sites.x };
        let make = |part: &Part<'_>| SampleReducer::new(&of_level, &sites, &steps, part, &found, choice, work);
        if sites.extent().0 * sites.extent().1 > 0 {
            scan(window, work, make, |_, reducer| raw.append(reducer.samples))?;
        }
        for (nth, values) in all.values.iter_mut().enumerate() {
            match level.variables.iter().position(|(variable, _)| *variable == nth) {
                Some(at) => values.extend(raw.values.iter().skip(at).step_by(of_level.len())),
                None => values.extend(std::iter::repeat_n(f64::NAN, raw.places.len())),
            }
        }
        for place in &raw.places {
            let (lat, lon) = sites.lat_lon(place.row, place.column);
            all.time.push(steps.seconds[place.time]);
            all.lat.push(lat);
            all.lon.push(lon);
            names.extend(key.as_ref().map(|(_, names)| names[place.column].clone()));
        }
        if let Some(elevation) = &mut all.elevation {
            elevation.extend(std::iter::repeat_n(level.elevation.unwrap_or(f64::NAN), raw.places.len()));
        }
    }
    all.keys = key.map(|(name, _)| BTreeMap::from([(name, names)])).unwrap_or_default();
    Ok(all)
}

/// How many samples there are at most.
pub(super) fn estimate(dataset: &Dataset, choice: &Choice<'_>) -> Result<usize, Error> {
    let (rows, columns) = Sites::choose(dataset, choice)?.extent();
    Ok(steps(dataset, choice)?.seconds.len() * rows * columns)
}

/// The times that are wanted.
fn steps(dataset: &Dataset, choice: &Choice<'_>) -> Result<Steps, Error> {
    let steps = dataset.steps(&choice.period)?;
    let Some(near) = choice.near else { return Ok(steps) };
    let wanted = |seconds: i64| choice.period.contains(seconds) && near.is_time_near(seconds);
    dataset.steps_where(wanted).ok_or_else(|| Error::NoData {
        missing: Missing::Period,
        message: format!("no time of {} lies within the tolerance of any of the other dataset", dataset.name),
    })
}

/// One elevation, and the variables that have it, each with its position among those asked for.
struct Level<'a> {
    elevation: Option<f64>,
    variables: Vec<(usize, &'a Variable)>,
}

/// The levels that are wanted of all variables.
fn levels<'a>(dataset: &Dataset, variables: &[&'a Variable], choice: &Choice<'_>) -> Result<Vec<Level<'a>>, Error> {
    let mut all: Vec<Level<'a>> = Vec::new();
    for (nth, variable) in variables.iter().enumerate() {
        for (layer, elevation) in dataset.layers(variable, choice.elevation)? {
            match all.iter_mut().find(|level| level.elevation == elevation) {
                Some(level) => level.variables.push((nth, layer)),
                None => all.push(Level { elevation, variables: vec![(nth, layer)] }),
            }
        }
    }
    Ok(all)
}

/// When and where a sample is, by position in the answer.
#[derive(Clone, Copy)]
struct Place {
    time: usize,
    row: usize,
    column: usize,
}

/// Samples side by side: where they are, and the values of each, one for every variable.
#[derive(Default)]
struct Raw {
    places: Vec<Place>,
    values: Vec<f64>,
}

impl Raw {
    fn append(&mut self, mut other: Self) {
        self.places.append(&mut other.places);
        self.values.append(&mut other.values);
    }
}

struct SampleReducer<'a> {
    /// The variables after the first, which the scan itself reads.
    others: Vec<PlaneReader<'a>>,
    steps: &'a Steps,
    near: Option<&'a Near>,
    /// The neighbours of each place, row by row, where only places that have any are wanted.
    neighbours: Option<Vec<&'a [u32]>>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    samples: Raw,
    /// How many samples all reducers have found.
    found: &'a AtomicUsize,
    limit: usize,
}

impl<'a> SampleReducer<'a> {
    fn new(
        variables: &[&'a Variable],
        sites: &'a Sites<'a>,
        steps: &'a Steps,
        part: &Part<'_>,
        found: &'a AtomicUsize,
        choice: &Choice<'a>,
        work: &'a Work,
    ) -> Self {
        let (rows, columns) = (&part.column.rows, &part.column.columns);
        let sources = |positions: &[usize], pick: &Pick| {
            let all = pick.sources();
            positions.iter().map(|at| all[*at]).collect::<Vec<_>>()
        };
        let reader = |v: &&'a Variable| PlaneReader::new(v, sources(rows, &sites.y), sources(columns, &sites.x), work);
        Self {
            others: variables[1..].iter().map(reader).collect(),
            steps,
            near: choice.near,
            neighbours: rows.iter().map(|row| sites.neighbours(*row, columns)).collect::<Option<Vec<_>>>().map(|all| all.concat()),
            rows: rows.clone(),
            columns: columns.clone(),
            samples: Raw::default(),
            found,
            limit: choice.limit,
        }
    }

    /// Whether a sample in that row and column of the part is wanted at that time.
    fn wants(&self, time: usize, row: usize, column: usize) -> bool {
        match (self.near, &self.neighbours) {
            (Some(near), Some(neighbours)) => near.is_any_near(neighbours[row * self.columns.len() + column], self.steps.seconds[time]),
            _ => true,
        }
    }
}

impl Reducer for SampleReducer<'_> {
    fn step(&mut self, source: usize, _target: usize) -> Result<(), Error> {
        self.others.iter_mut().try_for_each(|reader| reader.read(source))
    }

    fn row(&mut self, target: usize, row: usize, values: &[f64]) -> Result<(), Error> {
        let before = self.samples.places.len();
        for (at, value) in values.iter().enumerate() {
            let place = Place { time: target, row: self.rows[row], column: self.columns[at] };
            let all = || std::iter::once(*value).chain(self.others.iter().map(|reader| reader.row(row)[at]));
            if all().any(|v| !v.is_nan()) && self.wants(target, row, at) {
                self.samples.values.extend(all());
                self.samples.places.push(place);
            }
        }
        let added = self.samples.places.len() - before;
        if self.found.fetch_add(added, Ordering::Relaxed) + added <= self.limit { Ok(()) } else { Err(too_many(self.limit)) }
    }
}
