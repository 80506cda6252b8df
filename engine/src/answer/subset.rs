//! Samples, by box and by metadata: `/datainbounds`.
//!
//! A sample is there if any of its variables has a value. Box and filters hold together.

use super::Asked;
use crate::catalogue::Catalogue;
use crate::dataset::{Dataset, Places, Stations, Variable};
use crate::engine::Limits;
use crate::filter;
use crate::pick::Pick;
use crate::plane::PlaneReader;
use crate::scan::{Cells, Part, Reducer, Window, scan};
use crate::work::Work;
use sdap::{BoundingBox, Points, Times, column};
use sdap_nexus::request::SubsetRequest;
use sdap_nexus::{Error, Missing};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The samples, by time, then latitude, then longitude.
///
/// # Errors
/// If the dataset is unknown or broken, has no data there, lacks a field that is filtered by, or there are too many samples.
pub(crate) fn subset(catalogue: &Catalogue, request: &SubsetRequest, limits: &Limits, work: &Work) -> Result<Points, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period);
    let dataset = catalogue.get(&request.dataset)?;
    let variables: Vec<&Variable> = match &request.variable {
        Some(name) => vec![dataset.variable(Some(name))?],
        None => dataset.variables.iter().collect(),
    };
    let steps = dataset.steps(&request.period)?;
    let sites = Sites::choose(&dataset, request)?;
    let found = AtomicUsize::new(0);
    let mut samples = Samples::default();
    let window = Window { variable: variables[0], time: &steps.pick, y: &sites.y, x: &sites.x, beside: &variables[1..] };
    let make = |part: &Part<'_>| SampleReducer::new(&variables, &sites, part, &found, limits.points, work);
    scan(window, work, make, |_, reducer| samples.append(reducer.samples))?;
    if samples.places.is_empty() {
        return Err(match &dataset.places {
            Places::Grid { .. } => asked.all_missing(&dataset, variables[0], &steps.pick, work),
            Places::Stations(_) => Error::NoData {
                missing: Missing::Period,
                message: format!("every value of {} at the chosen stations is missing in {}", dataset.name, request.period),
            },
        });
    }
    let order = samples.in_order(&sites);
    let numbers = |number: &dyn Fn(usize) -> f64| column(order.iter().map(|at| number(*at)).collect::<Vec<_>>());
    let measured = |(nth, v): (usize, &&Variable)| sdap::Variable {
        name: v.label().to_owned(),
        units: v.units.clone(),
        values: numbers(&|at| samples.values[at * variables.len() + nth]),
    };
    Ok(Points {
        dataset: dataset.name.clone(),
        time: Times::new(order.iter().map(|at| steps.seconds[samples.places[*at].time]).collect::<Vec<_>>()),
        lat: numbers(&|at| sites.lat_lon(&samples.places[at]).0),
        lon: numbers(&|at| sites.lat_lon(&samples.places[at]).1),
        elevation: None,
        variables: variables.iter().enumerate().map(measured).collect(),
        keys: sites.keys(order.iter().map(|at| &samples.places[*at])),
        origin: asked.origin(&[&dataset], work),
    })
}

/// The places that a subset takes.
struct Sites<'a> {
    y: Pick,
    x: Pick,
    places: SitePlaces<'a>,
}

enum SitePlaces<'a> {
    Cells {
        lat: Vec<f64>,
        lon: Vec<f64>,
    },
    /// The chosen stations, by index.
    Stations {
        all: &'a Stations,
        chosen: Vec<usize>,
    },
}

impl<'a> Sites<'a> {
    fn choose(dataset: &'a Dataset, request: &SubsetRequest) -> Result<Self, Error> {
        match &dataset.places {
            Places::Grid { .. } => {
                if let Some(filter) = request.filters.first() {
                    return Err(Error::Invalid(format!(
                        "{} is a grid without fields to filter by (given: {filter}); choose its cells by a box",
                        dataset.name
                    )));
                }
                let cells = dataset.cells(request.area.as_ref().unwrap_or(&BoundingBox::WORLD))?;
                // Points are given between −180 and 180, even from a box across the antimeridian.
                let lon = cells.lon.iter().map(|lon| if *lon > 180.0 { lon - 360.0 } else { *lon }).collect();
                Ok(Self { y: cells.y, x: cells.x, places: SitePlaces::Cells { lat: cells.lat, lon } })
            }
            Places::Stations(stations) => {
                let chosen = choose_stations(dataset, stations, request)?;
                let x = Pick::in_order(chosen.iter().copied());
                Ok(Self { y: Pick::in_order([0]), x, places: SitePlaces::Stations { all: stations, chosen } })
            }
        }
    }

    /// Where a sample lies.
    fn lat_lon(&self, sample: &Place) -> (f64, f64) {
        match &self.places {
            SitePlaces::Cells { lat, lon } => (lat[sample.row], lon[sample.column]),
            SitePlaces::Stations { all, chosen } => {
                let station = chosen[sample.column];
                (all.lat.degrees[station], all.lon.degrees[station])
            }
        }
    }

    /// The identifier of each sample's station.
    fn keys<'s>(&self, samples: impl Iterator<Item = &'s Place>) -> BTreeMap<String, Vec<String>> {
        let SitePlaces::Stations { all, chosen } = &self.places else { return BTreeMap::new() };
        let Some(id) = all.fields.first() else { return BTreeMap::new() };
        let names: Vec<String> = chosen.iter().map(|station| id.values.text(*station)).collect();
        BTreeMap::from([(id.name.clone(), samples.map(|place| names[place.column].clone()).collect())])
    }
}

/// The stations in the box for which all filters hold.
fn choose_stations(dataset: &Dataset, stations: &Stations, request: &SubsetRequest) -> Result<Vec<usize>, Error> {
    let mut chosen: Vec<usize> = (0..stations.lat.degrees.len()).collect();
    for text in &request.filters {
        let holds = filter::evaluate(text, dataset, stations)?;
        chosen.retain(|station| holds[*station]);
    }
    if chosen.is_empty() {
        return Err(Error::NoData { missing: Missing::Filter, message: no_match(dataset, stations, &request.filters) });
    }
    let Some(area) = &request.area else { return Ok(chosen) };
    let inside =
        |station: &usize| stations.lat.between(*station, area.south(), area.north()) && stations.lon.within(*station, area).is_some();
    if request.filters.is_empty() || !chosen.iter().any(inside) {
        chosen.retain(inside);
        return if chosen.is_empty() { Err(dataset.nothing_in(area)) } else { Ok(chosen) };
    }
    chosen.retain(inside);
    Ok(chosen)
}

fn no_match(dataset: &Dataset, stations: &Stations, filters: &[String]) -> String {
    let filters = filters.join(" and ");
    let Some(id) = stations.fields.first() else { return format!("nothing in {} matches {filters}", dataset.name) };
    let count = id.values.len();
    let some: Vec<String> = (0..count.min(3)).map(|station| id.values.text(station)).collect();
    format!("none of the {count} stations of {} matches {filters}; {} is one of {}, …", dataset.name, id.name, some.join(", "))
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
struct Samples {
    places: Vec<Place>,
    values: Vec<f64>,
}

impl Samples {
    fn append(&mut self, mut other: Self) {
        self.places.append(&mut other.places);
        self.values.append(&mut other.values);
    }

    /// The samples by time, then latitude, then longitude; stations at one place as they are stored.
    fn in_order(&self, sites: &Sites<'_>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.places.len()).collect();
        order.sort_by(|a, b| {
            let (a, b) = (&self.places[*a], &self.places[*b]);
            let ((lat_a, lon_a), (lat_b, lon_b)) = (sites.lat_lon(a), sites.lat_lon(b));
            a.time.cmp(&b.time).then(lat_a.total_cmp(&lat_b)).then(lon_a.total_cmp(&lon_b)).then(a.column.cmp(&b.column))
        });
        order
    }
}

struct SampleReducer<'a> {
    /// The variables after the first, which the scan itself reads.
    others: Vec<PlaneReader<'a>>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    samples: Samples,
    /// How many samples all reducers have found.
    found: &'a AtomicUsize,
    limit: usize,
}

impl<'a> SampleReducer<'a> {
    fn new(variables: &[&'a Variable], sites: &Sites<'_>, part: &Part<'_>, found: &'a AtomicUsize, limit: usize, work: &'a Work) -> Self {
        let (rows, columns) = (&part.column.rows, &part.column.columns);
        let sources = |positions: &[usize], pick: &Pick| {
            let all = pick.sources();
            positions.iter().map(|at| all[*at]).collect::<Vec<_>>()
        };
        let reader = |v: &&'a Variable| PlaneReader::new(v, sources(rows, &sites.y), sources(columns, &sites.x), work);
        Self {
            others: variables[1..].iter().map(reader).collect(),
            rows: rows.clone(),
            columns: columns.clone(),
            samples: Samples::default(),
            found,
            limit,
        }
    }
}

impl Reducer for SampleReducer<'_> {
    fn step(&mut self, source: usize, _target: usize) -> Result<(), Error> {
        self.others.iter_mut().try_for_each(|reader| reader.read(source))
    }

    fn bytes(_part: &Part<'_>) -> usize {
        0
    }

    fn row(&mut self, target: usize, row: usize, cells: Cells<'_>) -> Result<(), Error> {
        let values = cells.values();
        let others: Vec<&[f64]> = self.others.iter_mut().map(|reader| reader.row(row)).collect();
        let before = self.samples.places.len();
        for (at, value) in values.iter().enumerate() {
            let all = || std::iter::once(*value).chain(others.iter().map(|other| other[at]));
            if all().any(|v| !v.is_nan()) {
                self.samples.values.extend(all());
                self.samples.places.push(Place { time: target, row: self.rows[row], column: self.columns[at] });
            }
        }
        let added = self.samples.places.len() - before;
        if self.found.fetch_add(added, Ordering::Relaxed) + added <= self.limit {
            return Ok(());
        }
        let limit = self.limit;
        Err(Error::Invalid(format!("the answer would have more than {limit} points; choose a smaller box or a shorter period")))
    }
}
