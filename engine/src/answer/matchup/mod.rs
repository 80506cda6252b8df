//! Samples of two datasets that were taken near each other: `/match_spark`.
//!
//! Each sample of the primary in the area and the period seeks those of the secondary within a radius over the ground and a
//! tolerance in time, both ends included; these may lie outside the area and the period. Of either side only one may be large:
//! the samples of the smaller one are held, and of the other only those near them. Missing values are no samples, zeros are.
//! Codes of platforms are those of a server's in-situ services; datasets here have keys instead, and all their samples count.

mod geodesy;
mod near;
mod pairs;
mod table;

pub(crate) use near::Near;

use super::Asked;
use super::samples::{Choice, Samples, estimate, gather};
use crate::catalogue::Catalogue;
use crate::dataset::{Dataset, Places, Variable};
use crate::engine::Limits;
use crate::work::Work;
use chrono::{DateTime, TimeDelta, Utc};
use near::Reach;
use pairs::{Neighbours, pairs};
use sdap::{Period, Table};
use sdap_nexus::request::{Elevation, MatchupRequest};
use sdap_nexus::{Error, Missing};
use table::Side;

/// The table of pairs, by time, latitude and longitude of the primary, then by distance.
///
/// # Errors
/// If a dataset or variable is unknown or broken, the radius is none, there are no pairs, or more than the limit.
pub(crate) fn matchup(catalogue: &Catalogue, request: &MatchupRequest, limits: &Limits, work: &Work) -> Result<Table, Error> {
    let asked = Asked::now(request.path_and_query(), request.area, request.period);
    let reach = reach(request)?;
    let (primary, secondary) = (catalogue.get(&request.primary)?, catalogue.get(&request.secondary)?);
    let (of_primary, of_secondary) = variables(&primary, &secondary, request.parameter.as_deref())?;
    let wide = geodesy::widened(&request.area, reach.radius);
    let first =
        Choice { area: Some(&request.area), period: request.period, filters: &[], elevation: None, near: None, limit: limits.points };
    let second =
        Choice { area: Some(&wide), period: longer(&request.period, reach.tolerance), elevation: elevation(request, &secondary), ..first };
    let (primaries, secondaries) = both([(&primary, of_primary, first), (&secondary, of_secondary, second)], reach, work)?;
    let neighbours = match (request.once, request.distance_first) {
        (false, _) => Neighbours::All,
        (true, true) => Neighbours::Nearest,
        (true, false) => Neighbours::Soonest,
    };
    let pairs = pairs(&primaries, &secondaries, reach, neighbours, limits.points, work)?;
    if pairs.is_empty() {
        return Err(no_pairs(request));
    }
    let primary_side = Side { dataset: &primary, variable: of_primary, samples: primaries };
    let secondary_side = Side { dataset: &secondary, variable: of_secondary, samples: secondaries };
    let columns = table::columns(&primary_side, &secondary_side, &pairs);
    let mut origin = asked.origin(&[primary_side.dataset, secondary_side.dataset], work);
    origin.title = format!("{} matched with {}", primary.title(), secondary.title());
    Ok(Table { title: format!("{} matched with {}", request.primary, request.secondary), columns, origin })
}

fn reach(request: &MatchupRequest) -> Result<Reach, Error> {
    let radius = request.radius;
    if !(radius.is_finite() && radius >= 0.0) {
        return Err(Error::Invalid(format!("the radius is {radius} m; a length of 0 m or more was expected")));
    }
    Ok(Reach { radius, tolerance: i64::try_from(request.tolerance).unwrap_or(i64::MAX) })
}

/// The variable of each: the one that is asked for where a dataset has it, else its first.
///
/// # Errors
/// If neither has it.
fn variables<'a>(primary: &'a Dataset, secondary: &'a Dataset, asked: Option<&str>) -> Result<(&'a Variable, &'a Variable), Error> {
    let (first, second) = (primary.variable(asked), secondary.variable(asked));
    match (first, second) {
        (Err(unknown), Err(_)) => Err(unknown),
        (first, second) => Ok((first.unwrap_or(&primary.variables[0]), second.unwrap_or(&secondary.variables[0]))),
    }
}

/// The elevations that a range of depths means, for a dataset that has elevations.
fn elevation(request: &MatchupRequest, secondary: &Dataset) -> Option<Elevation> {
    let has_some = match &secondary.places {
        Places::Samples(samples) => samples.elevation.is_some(),
        Places::Grid { .. } | Places::Stations(_) => secondary.variables.iter().any(|v| !v.layers.is_empty()),
    };
    let (a, b) = request.depths.filter(|_| has_some)?;
    Some(Elevation { lowest: -a.max(b), highest: -a.min(b) })
}

/// The period and as much before and after it.
fn longer(period: &Period, seconds: i64) -> Period {
    let moved = |time: DateTime<Utc>, seconds: i64, bound: DateTime<Utc>| {
        TimeDelta::try_seconds(seconds).and_then(|by| time.checked_add_signed(by)).unwrap_or(bound)
    };
    let start = moved(period.start(), seconds.saturating_neg(), DateTime::<Utc>::MIN_UTC);
    let end = moved(period.end(), seconds, DateTime::<Utc>::MAX_UTC);
    Period::new(start, end).unwrap_or(*period)
}

/// The samples of both datasets: of the one that has fewer all, of the other those that may be near them.
fn both(sides: [(&Dataset, &Variable, Choice<'_>); 2], reach: Reach, work: &Work) -> Result<(Samples, Samples), Error> {
    let [(primary, of_primary, first), (secondary, of_secondary, second)] = sides;
    if estimate(primary, &first)? <= estimate(secondary, &second)? {
        let primaries = some(gather(primary, &[of_primary], &first, work)?, primary, &first.period)?;
        let near = Near::of(&primaries, reach);
        let secondaries = gather(secondary, &[of_secondary], &Choice { near: Some(&near), ..second }, work)?;
        Ok((primaries, secondaries))
    } else {
        let secondaries = some(gather(secondary, &[of_secondary], &second, work)?, secondary, &second.period)?;
        let near = Near::of(&secondaries, reach);
        let primaries = gather(primary, &[of_primary], &Choice { near: Some(&near), ..first }, work)?;
        Ok((primaries, secondaries))
    }
}

/// The samples, if there are any.
fn some(samples: Samples, dataset: &Dataset, period: &Period) -> Result<Samples, Error> {
    if samples.len() > 0 {
        return Ok(samples);
    }
    let message = format!("every value of {} there is missing in {period}", dataset.name);
    Err(Error::NoData { missing: Missing::Period, message })
}

fn no_pairs(request: &MatchupRequest) -> Error {
    let message = format!(
        "no sample of {} lies within {} m and {} s of one of {} in the box {} and {}",
        request.secondary, request.radius, request.tolerance, request.primary, request.area, request.period
    );
    Error::NoData { missing: Missing::Unknown, message }
}
