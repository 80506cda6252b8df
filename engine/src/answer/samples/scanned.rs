//! Samples of grids and stations, found by going once through their chunks.

use super::sites::Sites;
use super::{Choice, Samples, too_many};
use crate::answer::matchup::Near;
use crate::dataset::{Dataset, Variable};
use crate::pick::{Pick, Steps};
use crate::plane::PlaneReader;
use crate::scan::{Part, Reducer, Row, Window, scan};
use crate::work::Work;
use sdap_nexus::{Error, Missing};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The samples, in the order that is promised.
pub(super) fn gather(dataset: &Dataset, variables: &[&Variable], choice: &Choice<'_>, work: &Work) -> Result<Samples, Error> {
    let groups = groups(dataset, variables, choice)?;
    let steps = steps(dataset, choice)?;
    let mut sites = Sites::choose(dataset, choice)?;
    if let Some(near) = choice.near {
        sites.keep_near(near, work)?;
    }
    let sites = sites;
    let elevations = || groups.iter().flat_map(|group| &group.elevations);
    let deep = elevations().any(Option::is_some);
    let mut all = Samples { values: vec![Vec::new(); variables.len()], elevation: deep.then(Vec::new), ..Samples::default() };
    let (found, ranks) = (AtomicUsize::new(0), sites.ranks());
    for group in &groups {
        let mut parts: Vec<Vec<Found>> = Vec::new();
        let beside: Vec<&Variable> = group.variables[1..].iter().map(|variable| variable.levels[0]).collect();
        let window = Window { levels: &group.variables[0].levels, time: &steps.pick, y: &sites.y, x: &sites.x, beside: &beside };
        let make = |part: &Part<'_>| SampleReducer::new(group, &sites, &steps, &ranks, part, &found, choice, work);
        if sites.extent().0 * sites.extent().1 > 0 {
            scan(window, work, make, |_, reducer| parts.push(reducer.found))?;
        }
        for nth in 0..group.elevations.len() {
            let of_level: Vec<&Found> = parts.iter().map(|levels| &levels[nth]).collect();
            join(&of_level, group, group.elevations[nth], &sites, &steps, &mut all);
        }
    }
    Ok(if elevations().count() > 1 { all.in_order() } else { all })
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

/// Variables that have the same levels.
struct Group<'a> {
    /// That of each level; none where there are no levels.
    elevations: Vec<Option<f64>>,
    variables: Vec<Deep<'a>>,
}

/// A variable with its levels.
struct Deep<'a> {
    /// Its position among those asked for.
    nth: usize,
    /// The variable on each level.
    levels: Vec<&'a Variable>,
}

/// The levels that are wanted of all variables.
fn groups<'a>(dataset: &Dataset, variables: &[&'a Variable], choice: &Choice<'_>) -> Result<Vec<Group<'a>>, Error> {
    let mut all: Vec<Group<'a>> = Vec::new();
    for (nth, variable) in variables.iter().enumerate() {
        let (levels, elevations): (Vec<_>, Vec<_>) = dataset.layers(variable, choice.elevation)?.into_iter().unzip();
        let variable = Deep { nth, levels };
        match all.iter_mut().find(|group| group.elevations == elevations) {
            Some(group) => group.variables.push(variable),
            None => all.push(Group { elevations, variables: vec![variable] }),
        }
    }
    Ok(all)
}

/// Samples of one time and row that no others of that time and row lie between.
#[derive(Clone, Copy)]
struct Segment {
    time: usize,
    row: usize,
    /// The rank of the first column.
    rank: u32,
    columns: Columns,
    /// Where its values begin among those of its part, and how many there are.
    start: usize,
    length: usize,
}

/// The columns of a segment.
#[derive(Clone, Copy)]
enum Columns {
    /// Side by side from that one, as nearly all are where nothing is missing.
    From(u32),
    /// From that position among those that its part lists.
    Listed(usize),
}

/// What one part of the chunks holds of one level.
#[derive(Default)]
struct Found {
    segments: Vec<Segment>,
    /// The column of each sample whose segment has gaps.
    columns: Vec<u32>,
    /// The values of each variable.
    values: Vec<Vec<f64>>,
}

impl Found {
    /// The columns of the samples of a segment.
    fn columns(&self, segment: &Segment) -> impl Iterator<Item = usize> {
        let (beside, listed) = match segment.columns {
            Columns::From(first) => (first..first + segment.length as u32, &[][..]),
            Columns::Listed(at) => (0..0, &self.columns[at..at + segment.length]),
        };
        beside.chain(listed.iter().copied()).map(|column| column as usize)
    }

    fn len(&self) -> usize {
        self.values[0].len()
    }
}

/// Adds the samples of one level to all, by time, row and rank of the column.
fn join(parts: &[&Found], group: &Group<'_>, level: Option<f64>, sites: &Sites<'_>, steps: &Steps, all: &mut Samples) {
    let mut segments: Vec<(&Found, Segment)> =
        parts.iter().copied().flat_map(|part| part.segments.iter().map(move |s| (part, *s))).collect();
    segments.sort_unstable_by_key(|(_, s)| (s.time, s.row, s.rank));
    let count: usize = segments.iter().map(|(_, segment)| segment.length).sum();
    let range = |segment: &Segment| segment.start..segment.start + segment.length;
    let (Samples { time, lat, lon, values, elevation, keys }, segments) = (all, segments.as_slice());
    let places = || {
        lat.reserve_exact(count);
        lon.reserve_exact(count);
        for (part, segment) in segments {
            sites.add_places(segment.row, part.columns(segment), lat, lon);
        }
    };
    let numbers = || {
        time.reserve_exact(count);
        for (_, segment) in segments {
            time.extend(std::iter::repeat_n(steps.seconds[segment.time], segment.length));
        }
        for (nth, values) in values.iter_mut().enumerate() {
            values.reserve_exact(count);
            match group.variables.iter().position(|variable| variable.nth == nth) {
                Some(at) => segments.iter().for_each(|(part, segment)| values.extend_from_slice(&part.values[at][range(segment)])),
                None => values.extend(std::iter::repeat_n(f64::NAN, count)),
            }
        }
    };
    rayon::join(places, numbers);
    if let Some(elevation) = elevation {
        elevation.extend(std::iter::repeat_n(level.unwrap_or(f64::NAN), count));
    }
    if let Some((name, names)) = sites.key() {
        let columns = segments.iter().flat_map(|(part, segment)| part.columns(segment));
        keys.entry(name).or_default().extend(columns.map(|column| names[column].clone()));
    }
}

struct SampleReducer<'a> {
    group: &'a Group<'a>,
    /// The variables after the first, which the scan itself reads.
    others: Vec<PlaneReader<'a>>,
    /// The level that is read, as its position in the group.
    level: usize,
    steps: &'a Steps,
    near: Option<&'a Near>,
    /// The neighbours of each place, row by row, where only places that have any are wanted.
    neighbours: Option<Vec<&'a [u32]>>,
    rows: Vec<usize>,
    columns: Vec<u32>,
    /// Columns side by side that follow each other in the answer, too, with the rank of the first.
    stretches: Vec<(Range<usize>, u32)>,
    /// What there is of each level.
    found: Vec<Found>,
    /// How many samples all reducers have found.
    count: &'a AtomicUsize,
    limit: usize,
}

impl<'a> SampleReducer<'a> {
    #[expect(clippy::too_many_arguments, reason = "all that the samples of a part depend on")]
    fn new(
        group: &'a Group<'a>,
        sites: &'a Sites<'a>,
        steps: &'a Steps,
        ranks: &[u32],
        part: &Part<'_>,
        count: &'a AtomicUsize,
        choice: &Choice<'a>,
        work: &'a Work,
    ) -> Self {
        let (rows, columns) = (&part.column.rows, &part.column.columns);
        let sources = |positions: &[usize], pick: &Pick| {
            let all = pick.sources();
            positions.iter().map(|at| all[*at]).collect::<Vec<_>>()
        };
        let reader = |v: &Deep<'a>| PlaneReader::new(v.levels[0], sources(rows, &sites.y), sources(columns, &sites.x), work);
        let mut stretches: Vec<(Range<usize>, u32)> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let goes_on = |(stretch, first): &(Range<usize>, u32)| {
                columns[stretch.start] + stretch.len() == *column && *first + stretch.len() as u32 == ranks[*column]
            };
            match stretches.last_mut().filter(|last| goes_on(last)) {
                Some((stretch, _)) => stretch.end += 1,
                None => stretches.push((at..at + 1, ranks[*column])),
            }
        }
        let nothing = || Found { values: vec![Vec::new(); group.variables.len()], ..Found::default() };
        Self {
            group,
            others: group.variables[1..].iter().map(reader).collect(),
            level: 0,
            steps,
            near: choice.near,
            neighbours: rows.iter().map(|row| sites.neighbours(*row, columns)).collect::<Option<Vec<_>>>().map(|all| all.concat()),
            rows: rows.clone(),
            columns: columns.iter().map(|column| *column as u32).collect(),
            stretches,
            found: group.elevations.iter().map(|_| nothing()).collect(),
            count,
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

    /// Adds what there is of one stretch of a row, and says in which columns.
    fn add(&mut self, target: usize, row: usize, stretch: Range<usize>, values: &[f64]) -> Columns {
        let level = self.level;
        if self.others.is_empty() && self.near.is_none() && !values[stretch.clone()].iter().fold(false, |any, v| any | v.is_nan()) {
            self.found[level].values[0].extend_from_slice(&values[stretch.clone()]);
            return Columns::From(self.columns[stretch.start]);
        }
        let listed = Columns::Listed(self.found[level].columns.len());
        for at in stretch {
            let others = self.others.iter_mut().map(|reader| reader.row(row)[at]);
            let there = others.fold(!values[at].is_nan(), |there, other| there || !other.is_nan());
            if there && self.wants(target, row, at) {
                let found = &mut self.found[level];
                found.columns.push(self.columns[at]);
                found.values[0].push(values[at]);
                for (values, reader) in found.values[1..].iter_mut().zip(&mut self.others) {
                    values.push(reader.row(row)[at]);
                }
            }
        }
        listed
    }
}

impl Reducer for SampleReducer<'_> {
    fn level(&mut self, nth: usize) {
        if nth != self.level {
            let levels = self.group.variables[1..].iter().map(|variable| variable.levels[nth]);
            self.others.iter_mut().zip(levels).for_each(|(reader, level)| reader.turn_to(level));
            self.level = nth;
        }
    }

    fn step(&mut self, source: usize, _target: usize) -> Result<(), Error> {
        self.others.iter_mut().try_for_each(|reader| reader.read(source))
    }

    fn row(&mut self, target: usize, row: usize, cells: Row<'_>) -> Result<(), Error> {
        let (values, level) = (cells.values(), self.level);
        let before = self.found[level].len();
        for nth in 0..self.stretches.len() {
            let (stretch, rank) = self.stretches[nth].clone();
            let start = self.found[level].len();
            let columns = self.add(target, row, stretch, values);
            let length = self.found[level].len() - start;
            if length > 0 {
                self.found[level].segments.push(Segment { time: target, row: self.rows[row], rank, columns, start, length });
            }
        }
        let added = self.found[level].len() - before;
        if self.count.fetch_add(added, Ordering::Relaxed) + added <= self.limit { Ok(()) } else { Err(too_many(self.limit)) }
    }

    /// Samples count towards their own limit.
    fn bytes(_part: &Part<'_>) -> usize {
        0
    }
}
