//! How two datasets go together over time, in each cell: `/corrMapSpark`, `/correlationMap`.
//!
//! Both take the times that both datasets have, in double precision. `count` is the number of pairs.

mod pairs;
mod resampled;

use super::{Asked, window, within_limit};
use crate::catalogue::Catalogue;
use crate::dataset::{Dataset, Variable};
use crate::engine::Limits;
use crate::pick::{Cells, Pick};
use crate::plane::PlaneReader;
use crate::scan::{Part, Window, scan};
use crate::work::Work;
use pairs::{PairReducer, Pairs};
use sdap::{Grid, column, plane};
use sdap_nexus::request::{Correlation, CorrelationRequest, Regression};
use sdap_nexus::{Error, Missing};
use std::collections::HashMap;
use std::sync::Arc;

/// The map.
///
/// Of the cells, it is Pearson's r: a cell without two values on both sides, or with a constant on either, has none, and |r|
/// never exceeds 1. Of a regression, it is a number of the line of the second dataset on the first, on a grid of its own whose
/// places take the value of the nearest cell of each: a place without three pairs, or with a constant first, has none.
///
/// # Errors
/// If a dataset is unknown or broken, their grids differ, they share no time in the period, or there is no data in the box.
pub(crate) fn correlation(catalogue: &Catalogue, request: &CorrelationRequest, limits: &Limits, work: &Work) -> Result<Grid, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period);
    let [name, other_name] = &request.datasets;
    let (first, second) = (catalogue.get(name)?, catalogue.get(other_name)?);
    let both = Both::of(&first, &second, request)?;
    match request.kind {
        Correlation::Cells => {
            let (cells, other) = (first.cells(&request.area)?, second.cells(&request.area)?);
            super::anomaly::check_grids(&first, &cells, &second, &other)?;
            within_limit("cells", cells.lat.len() * cells.lon.len(), limits.cells)?;
            let pairs = both.pairs(&cells, &other, work)?;
            if pairs.iter().all(|p| p.count == 0.0) {
                return Err(asked.all_missing(&first, both.variable, &both.shared, work));
            }
            let numbers = |number: &dyn Fn(&Pairs) -> f64| pairs.iter().map(number).collect();
            let (values, count) = (numbers(&Pairs::r), numbers(&|p| p.count));
            Ok(both.grid(Regression::Correlation, cells.lat, cells.lon, [values, count], &asked, work))
        }
        Correlation::Regression { of, resolution } => {
            let (places, pairs) = both.resampled(request, resolution, limits, &asked, work)?;
            let number = |p: &Pairs| p.line().map_or(f64::NAN, |line| number(of, &line));
            let (values, count) = (pairs.iter().map(number).collect(), pairs.iter().map(|p| p.count).collect());
            Ok(both.grid(of, places.lat, places.lon, [values, count], &asked, work))
        }
    }
}

/// The line of each place of a grid that is laid over both datasets.
pub(crate) struct Lines {
    pub(crate) lat: Vec<f64>,
    pub(crate) lon: Vec<f64>,
    /// How many pairs each place has, and their line if they have one; by latitude, then longitude.
    pub(crate) of_places: Vec<(f64, Option<sdap::Regression>)>,
}

/// All numbers of the regression in one pass, where a request for a map has just one of them.
///
/// # Errors
/// As [`correlation`].
pub(crate) fn lines(
    catalogue: &Catalogue,
    request: &CorrelationRequest,
    resolution: f64,
    limits: &Limits,
    work: &Work,
) -> Result<Lines, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period);
    let [first, second] = [catalogue.get(&request.datasets[0])?, catalogue.get(&request.datasets[1])?];
    let (places, pairs) = Both::of(&first, &second, request)?.resampled(request, resolution, limits, &asked, work)?;
    Ok(Lines { lat: places.lat, lon: places.lon, of_places: pairs.iter().map(|p| (p.count, p.line())).collect() })
}

fn number(of: Regression, line: &sdap::Regression) -> f64 {
    match of {
        Regression::Slope => line.slope,
        Regression::Intercept => line.intercept,
        Regression::Correlation => line.r,
        Regression::PValue => line.p,
        Regression::StandardError => line.error,
    }
}

/// Two datasets and the times that both have.
struct Both<'a> {
    first: &'a Arc<Dataset>,
    second: &'a Arc<Dataset>,
    variable: &'a Variable,
    other_variable: &'a Variable,
    /// The times of the first that the second has too.
    shared: Pick,
    /// The second's index of each time.
    partners: HashMap<i64, usize>,
}

impl<'a> Both<'a> {
    fn of(first: &'a Arc<Dataset>, second: &'a Arc<Dataset>, request: &CorrelationRequest) -> Result<Self, Error> {
        let surface = |dataset: &'a Dataset| Ok::<_, Error>(dataset.layers(dataset.variable(None)?, None)?[0].0);
        let (variable, other_variable) = (surface(first)?, surface(second)?);
        let (steps, other_steps) = (first.steps(&request.period)?, second.steps(&request.period)?);
        let partners: HashMap<i64, usize> = other_steps.pick.sources().into_iter().map(|source| (second.time[source], source)).collect();
        let shared: Vec<usize> = steps.pick.sources().into_iter().filter(|at| partners.contains_key(&first.time[*at])).collect();
        if shared.is_empty() {
            let message = format!("{} and {} share no time in {}", first.name, second.name, request.period);
            return Err(Error::NoData { missing: Missing::Period, message });
        }
        Ok(Self { first, second, variable, other_variable, shared: Pick::in_order(shared), partners })
    }

    /// The pairs in each of the cells, row by row. Both picks have as many rows and columns.
    fn pairs(&self, cells: &Cells, other: &Cells, work: &Work) -> Result<Vec<Pairs>, Error> {
        let width = cells.lon.len();
        let (rows, columns) = (other.y.sources(), other.x.sources());
        let mut pairs = vec![Pairs::default(); cells.lat.len() * width];
        let make = |part: &Part<'_>| PairReducer {
            times: &self.first.time,
            partners: &self.partners,
            other: PlaneReader::new(
                self.other_variable,
                part.column.rows.iter().map(|row| rows[*row]).collect(),
                part.column.columns.iter().map(|at| columns[*at]).collect(),
                work,
            ),
            pairs: vec![Pairs::default(); part.column.rows.len() * part.column.columns.len()],
            stored: None,
        };
        let levels = [self.variable];
        let window = Window { beside: &[self.other_variable], ..window(&levels, cells, &self.shared) };
        scan(window, work, make, |part, reducer| {
            let places = part.column.rows.iter().flat_map(|row| part.column.columns.iter().map(move |at| row * width + at));
            for (place, seen) in places.zip(&reducer.pairs) {
                pairs[place].merge(seen);
            }
        })?;
        Ok(pairs)
    }

    /// The places of a grid that is laid over both, and the pairs at each.
    fn resampled(
        &self,
        request: &CorrelationRequest,
        resolution: f64,
        limits: &Limits,
        asked: &Asked,
        work: &Work,
    ) -> Result<(resampled::Places, Vec<Pairs>), Error> {
        let places = resampled::Places::over(&request.area, resolution, limits)?;
        let pairs = places.pairs(self, work)?;
        if pairs.iter().all(|p| p.count == 0.0) {
            return Err(asked.all_missing(self.first, self.variable, &self.shared, work));
        }
        Ok((places, pairs))
    }

    /// The answer: values and counts by latitude, then longitude.
    fn grid(&self, of: Regression, lat: Vec<f64>, lon: Vec<f64>, [values, count]: [Vec<f64>; 2], asked: &Asked, work: &Work) -> Grid {
        let (x, y) = (self.variable, self.other_variable);
        let (statistic, units) = match of {
            Regression::Correlation => ("correlation", String::new()),
            Regression::PValue => ("p value", String::new()),
            Regression::Intercept => ("intercept", y.units.clone()),
            Regression::Slope => ("slope", per(&y.units, &x.units)),
            Regression::StandardError => ("standard error", per(&y.units, &x.units)),
        };
        Grid {
            dataset: format!("{},{}", self.first.name, self.second.name),
            variable: match of {
                Regression::Correlation => format!("correlation of {} and {}", x.label(), y.label()),
                _ => format!("regression of {} on {}", y.label(), x.label()),
            },
            statistic: statistic.to_owned(),
            units,
            values: plane(lat.len(), values),
            count: plane(lat.len(), count),
            lat: column(lat),
            lon: column(lon),
            origin: asked.origin(&[self.first, self.second], work),
        }
    }
}

/// The unit of one quantity for each of another; empty where they are the same, or either is not known.
fn per(units: &str, each: &str) -> String {
    if units.is_empty() || each.is_empty() || units == each { String::new() } else { format!("({units})/({each})") }
}
