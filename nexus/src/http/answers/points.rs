//! Samples.

use super::super::Server;
use super::super::origin::Inquiry;
use super::super::transport::Answer;
use super::order::{arrange, sort};
use super::{TWO_SIDES, after_epoch, lies_in, nothing, nothing_during, nothing_in, nothing_within, sides, turned};
use crate::parse::{Envelope, Limit, Meta, PointSamples, another, read_envelope};
use crate::request::{Elevation, SubsetRequest};
use crate::{Error, Missing, Result, tally};
use sdap::{BoundingBox, Points, Times, Variable, column};
use std::collections::BTreeMap;

/// What the layouts before 1.4 call the one variable they do not name.
const UNNAMED: &str = "variable";

type Reply = Answer<Envelope<PointSamples>>;

pub(super) async fn subset(server: &Server, request: &SubsetRequest) -> Result<Points> {
    after_epoch(&request.period)?;
    let mut inquiry = Inquiry::new(server, request.area, request.period);
    let parts = ask_parts(server, request, &mut inquiry).await?;
    let mut meta = Meta::default();
    let mut samples = PointSamples::default();
    let mut outside = Vec::new();
    for (area, answer) in parts {
        let envelope = inquiry.add(answer);
        let mut part = envelope.data.finish();
        if let Some(area) = area {
            part.lon.iter_mut().for_each(|lon| *lon = turned(*lon, &area));
            let begun = samples.time.len();
            outside.extend((0..part.time.len()).filter(|i| !lies_in(&area, part.lat[*i], part.lon[*i])).map(|i| (begun + i) as u32));
        }
        samples = samples.and(part);
        meta = envelope.meta.into_iter().next().unwrap_or_default();
        server.allows(limit(server), samples.time.len())?;
    }
    if !outside.is_empty() {
        inquiry.note(tally::outside(outside.len(), samples.time.len(), "samples"));
    }
    let order = chosen(&samples, &outside, request)?;
    if samples.elevation.iter().all(|elevation| elevation.is_nan()) {
        inquiry.elevation(request.elevation);
        samples.elevation.clear();
    }
    samples.variables = wanted_variables(samples.variables, request, &mut inquiry)?;
    arrange(&mut samples, &order);
    let PointSamples { time, lat, lon, elevation, variables, .. } = samples;
    if let Some((name, _)) = variables.iter().find(|(name, _)| name.ends_with(&another("", 2))) {
        inquiry.note(format!("some samples came with several values of one name, as of several tiles: {name:?} holds the second ones"));
    }
    Ok(Points {
        dataset: request.dataset.clone(),
        time: Times::new(time),
        lat: column(lat),
        lon: column(lon),
        elevation: elevation.iter().any(|elevation| elevation.is_finite()).then(|| column(elevation)),
        variables: variables
            .into_iter()
            .map(|(name, values)| Variable { name, units: meta.units.0.clone(), values: column(values) })
            .collect(),
        keys: keys(&request.filters, order.len()),
        origin: inquiry.origin(&request.dataset, &meta),
    })
}

/// A server looks at filters only where no box is given, so with filters the box is applied here.
///
/// Each answer comes with the area that was asked for.
async fn ask_parts(server: &Server, request: &SubsetRequest, inquiry: &mut Inquiry<'_>) -> Result<Vec<(Option<BoundingBox>, Reply)>> {
    let Some(area) = request.area.filter(|_| request.filters.is_empty()) else {
        if request.area.is_some() {
            inquiry.note("the server applied the filters, and the box was applied to what it sent");
        }
        return Ok(vec![(None, ask(server, SubsetRequest { area: None, ..request.clone() }).await?)]);
    };
    if area.crosses_antimeridian() {
        inquiry.note(TWO_SIDES);
    }
    let parts = sides(&area, |area| ask(server, SubsetRequest { area: Some(area), ..request.clone() })).await?;
    Ok(parts.into_iter().map(|side| (Some(side.area), side.answer)).collect())
}

fn limit(server: &Server) -> Limit {
    Limit::new(server.options.points, "points")
}

async fn ask(server: &Server, request: SubsetRequest) -> Result<Reply> {
    let limit = limit(server);
    let answer = server.ask(&request.path_and_query(), move |body| read_envelope(body, PointSamples::default(), limit)).await?;
    if answer.value.data.time.is_empty() {
        return Err(nothing_in(&request.dataset, request.area.as_ref(), &request.period));
    }
    if answer.value.data.variables.is_empty() {
        return Err(Error::Unreadable { server: server.base().to_owned(), reason: "its points hold no values".into() });
    }
    Ok(answer)
}

/// Which samples lie in the period and, where filters kept the server from looking at it, in the box; by time, latitude
/// and longitude. `outside` are those that lie outside the box that the server was given, ascending.
fn chosen(samples: &PointSamples, outside: &[u32], request: &SubsetRequest) -> Result<Vec<u32>> {
    let most = u32::try_from(samples.time.len()).map_err(|_| Error::TooLarge(format!("more than {} points came", u32::MAX)))?;
    let mut order: Vec<u32> = (0..most).filter(|i| request.period.contains(samples.time[*i as usize])).collect();
    if order.is_empty() {
        return Err(nothing_during(&request.dataset, &request.period));
    }
    if let Some(area) = request.area.filter(|_| !outside.is_empty()) {
        order.retain(|i| outside.binary_search(i).is_err());
        if order.is_empty() {
            return Err(nothing_within(&request.dataset, &area));
        }
    }
    if let Some(area) = request.area.filter(|_| !request.filters.is_empty()) {
        let lies_in_part = |part: &BoundingBox, i: usize| lies_in(part, samples.lat[i], turned(samples.lon[i], part));
        order.retain(|i| area.parts().iter().any(|part| lies_in_part(part, *i as usize)));
        if order.is_empty() {
            let message = format!("what the filters select of {} lies outside {area}", request.dataset);
            return Err(nothing(Missing::Area, message));
        }
    }
    if let Some(Elevation { lowest, highest }) = request.elevation {
        // Releases before 1.4 send all that there are.
        order.retain(|i| {
            let elevation = samples.elevation[*i as usize];
            elevation.is_nan() || (lowest..=highest).contains(&elevation)
        });
        if order.is_empty() {
            return Err(nothing(
                Missing::Unknown,
                format!("no sample of {} lies at elevations from {lowest} to {highest} m", request.dataset),
            ));
        }
    }
    sort(&mut order, samples);
    Ok(order)
}

/// The columns to show: all, or the one that was asked for by name.
fn wanted_variables(
    mut variables: Vec<(String, Vec<f64>)>,
    request: &SubsetRequest,
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<(String, Vec<f64>)>> {
    let Some(wanted) = &request.variable else { return Ok(variables) };
    if let Some(found) = variables.iter().position(|(name, _)| name == wanted) {
        let others = |name: &str| name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with(" ("));
        let mut chosen = vec![variables.swap_remove(found)];
        chosen.extend(variables.into_iter().filter(|(name, _)| others(name)));
        return Ok(chosen);
    }
    match variables.as_slice() {
        [only] if only.0 == UNNAMED => {
            inquiry.note(format!("the server does not name its variable, so nothing confirms that it is {wanted}"));
            Ok(variables)
        }
        others => Err(Error::UnknownVariable {
            dataset: request.dataset.clone(),
            name: wanted.clone(),
            known: others.iter().map(|(name, _)| name.clone()).collect(),
        }),
    }
}

/// What simple filters say of every sample: `rivid_i:17575859` gives `rivid` as 17575859.
fn keys(filters: &[String], points: usize) -> BTreeMap<String, Vec<String>> {
    let simple = |filter: &String| {
        let (field, value) = filter.split_once(':')?;
        let plain = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
        (plain(field) && plain(value)).then(|| (without_type(field).to_owned(), vec![value.to_owned(); points]))
    };
    filters.iter().filter_map(simple).collect()
}

/// A field's name without the ending by which Solr knows its type.
fn without_type(field: &str) -> &str {
    const TYPES: [&str; 9] = ["_i", "_is", "_s", "_ss", "_l", "_d", "_f", "_b", "_dt"];
    TYPES.iter().find_map(|ending| field.strip_suffix(ending)).filter(|name| !name.is_empty()).unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_for_one_value_names_every_sample() {
        let filters = ["rivid_i:17575859".into(), "granule_s:[1 TO 9]".into(), "name:a b".into(), "x".into(), "_i:3".into()];
        let expected = [("_i", "3"), ("rivid", "17575859")].map(|(k, v)| (k.to_owned(), vec![v.to_owned(); 2]));
        assert_eq!(keys(&filters, 2), BTreeMap::from(expected));
    }
}
