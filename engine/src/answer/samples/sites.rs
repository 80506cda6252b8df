//! The places of a grid or of stations that samples are taken at.

use super::Choice;
use crate::answer::matchup::Near;
use crate::dataset::{Dataset, Places, Stations};
use crate::filter::{self, Fields};
use crate::pick::Pick;
use crate::work::Work;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sdap::BoundingBox;
use sdap_nexus::{Error, Missing};
use std::collections::BTreeSet;

/// The columns of a row that have neighbours, ascending, each with them.
type Row = Vec<(usize, Box<[u32]>)>;

/// The places that samples are taken at.
pub(super) struct Sites<'a> {
    pub(super) y: Pick,
    pub(super) x: Pick,
    places: SitePlaces<'a>,
    /// The rows, where only places that have neighbours are wanted.
    neighbours: Option<Vec<Row>>,
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
    /// The places that are wanted.
    ///
    /// # Errors
    /// If the area holds none, or no station matches the filters.
    pub(super) fn choose(dataset: &'a Dataset, choice: &Choice<'_>) -> Result<Self, Error> {
        Ok(match &dataset.places {
            Places::Stations(stations) => {
                let chosen = choose_stations(dataset, stations, choice)?;
                let x = Pick::in_order(chosen.iter().copied());
                Self { y: Pick::in_order([0]), x, places: SitePlaces::Stations { all: stations, chosen }, neighbours: None }
            }
            Places::Grid { .. } | Places::Samples(_) => {
                if let Some(filter) = choice.filters.first() {
                    let name = &dataset.name;
                    let reason = format!("{name} is a grid without fields to filter by (given: {filter}); choose its cells by a box");
                    return Err(Error::BadFilter { part: filter.clone(), reason });
                }
                let cells = dataset.cells(choice.area.unwrap_or(&BoundingBox::WORLD))?;
                // Points are given between −180 and 180, even from a box across the antimeridian.
                let lon = cells.lon.iter().map(|lon| if *lon > 180.0 { lon - 360.0 } else { *lon }).collect();
                Self { y: cells.y, x: cells.x, places: SitePlaces::Cells { lat: cells.lat, lon }, neighbours: None }
            }
        })
    }

    /// How many rows and columns there are.
    pub(super) fn extent(&self) -> (usize, usize) {
        match &self.places {
            SitePlaces::Cells { lat, lon } => (lat.len(), lon.len()),
            SitePlaces::Stations { chosen, .. } => (1, chosen.len()),
        }
    }

    /// Where the place in that row and column lies.
    pub(super) fn lat_lon(&self, row: usize, column: usize) -> (f64, f64) {
        match &self.places {
            SitePlaces::Cells { lat, lon } => (lat[row], lon[column]),
            SitePlaces::Stations { all, chosen } => {
                let station = chosen[column];
                (all.lat.degrees[station], all.lon.degrees[station])
            }
        }
    }

    /// Adds where the places in that row and those columns lie.
    pub(super) fn add_places(&self, row: usize, columns: impl Iterator<Item = usize>, lat: &mut Vec<f64>, lon: &mut Vec<f64>) {
        match &self.places {
            SitePlaces::Cells { lat: rows, lon: all } => {
                lon.extend(columns.map(|column| all[column]));
                lat.resize(lon.len(), rows[row]);
            }
            SitePlaces::Stations { .. } => columns.map(|column| self.lat_lon(row, column)).for_each(|(south_north, west_east)| {
                lat.push(south_north);
                lon.push(west_east);
            }),
        }
    }

    /// The rank of each column in the order of the answer: by latitude where it has one of its own, then longitude.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let width = self.extent().1;
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|a, b| {
            let ((lat_a, lon_a), (lat_b, lon_b)) = (self.lat_lon(0, *a), self.lat_lon(0, *b));
            lat_a.total_cmp(&lat_b).then(lon_a.total_cmp(&lon_b))
        });
        let mut ranks = vec![0; width];
        for (rank, column) in order.into_iter().enumerate() {
            ranks[column] = rank as u32;
        }
        ranks
    }

    /// What identifies stations, and the identifier of each column.
    pub(super) fn key(&self) -> Option<(String, Vec<String>)> {
        let SitePlaces::Stations { all, chosen } = &self.places else { return None };
        let id = all.fields.first()?;
        Some((id.name.clone(), chosen.iter().map(|station| id.values.text(*station)).collect()))
    }

    /// The neighbours of the places in a row at ascending columns; none if all places are wanted.
    pub(super) fn neighbours(&self, row: usize, columns: &[usize]) -> Option<Vec<&[u32]>> {
        let known = &self.neighbours.as_ref()?[row];
        let of = |column: &usize| known.binary_search_by_key(column, |(at, _)| *at).map_or(&[][..], |at| &known[at].1);
        Some(columns.iter().map(of).collect())
    }

    /// Leaves out the rows and columns in which no place has neighbours.
    ///
    /// # Errors
    /// If nobody waits for the answer any more.
    pub(super) fn keep_near(&mut self, near: &Near, work: &Work) -> Result<(), Error> {
        let (height, width) = self.extent();
        let of_row = |row: usize| {
            work.proceed()?;
            let place = |column: usize| {
                let (lat, lon) = self.lat_lon(row, column);
                (column, near.places_near(lat, lon))
            };
            Ok((row, (0..width).map(place).filter(|(_, found)| !found.is_empty()).collect::<Vec<_>>()))
        };
        let mut found: Vec<(usize, Row)> = (0..height).into_par_iter().map(of_row).collect::<Result<_, Error>>()?;
        found.retain(|(_, row)| !row.is_empty());
        let columns: BTreeSet<usize> = found.iter().flat_map(|(_, row)| row.iter().map(|(column, _)| *column)).collect();
        let columns: Vec<usize> = columns.into_iter().collect();
        for (column, _) in found.iter_mut().flat_map(|(_, row)| row) {
            *column = columns.partition_point(|kept| *kept < *column);
        }
        let (y, x) = (self.y.sources(), self.x.sources());
        self.x = Pick::in_order(columns.iter().map(|column| x[*column]));
        match &mut self.places {
            SitePlaces::Cells { lat, lon } => {
                self.y = Pick::in_order(found.iter().map(|(row, _)| y[*row]));
                *lat = found.iter().map(|(row, _)| lat[*row]).collect();
                *lon = columns.iter().map(|column| lon[*column]).collect();
            }
            SitePlaces::Stations { chosen, .. } => *chosen = columns.iter().map(|column| chosen[*column]).collect(),
        }
        self.neighbours = Some(found.into_iter().map(|(_, row)| row).collect());
        Ok(())
    }
}

/// The stations in the box for which all filters hold.
fn choose_stations(dataset: &Dataset, stations: &Stations, choice: &Choice<'_>) -> Result<Vec<usize>, Error> {
    let mut chosen: Vec<usize> = (0..stations.lat.degrees.len()).collect();
    if !choice.filters.is_empty() {
        let fields = Fields::of_stations(dataset, stations);
        for text in choice.filters {
            let holds = filter::evaluate(text, &fields)?;
            chosen.retain(|station| holds[*station]);
        }
    }
    if chosen.is_empty() {
        return Err(Error::NoData { missing: Missing::Filter, message: no_match(dataset, stations, choice.filters) });
    }
    let Some(area) = choice.area else { return Ok(chosen) };
    let inside =
        |station: &usize| stations.lat.between(*station, area.south(), area.north()) && stations.lon.within(*station, area).is_some();
    if choice.filters.is_empty() || !chosen.iter().any(inside) {
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
