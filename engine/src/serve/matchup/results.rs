//! `/cdmsresults`: the pairs of a match-up, by primary and page by page, as JSON, CSV or NetCDF.

use super::pairs::{Pairs, Side};
use super::{id, job, netcdf, table, unknown};
use crate::serve::files::shortest;
use crate::serve::parameters::{AnyOutput, Parameters, no_such_form};
use crate::serve::{Answer, Failure, file_response, json as written, json_response};
use crate::{Catalogue, Engine};
use axum::body::Body;
use axum::extract::State;
use sdap_nexus::request::{Job, JobStatus};
use sdap_nexus::{Error, Nexus};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// How many pairs a page may have; each takes some kilobytes while the page is made.
const MOST: usize = 50_000;

/// A page of primaries.
#[derive(Clone, Copy)]
struct Page {
    number: usize,
    size: usize,
}

impl Page {
    fn of(parameters: &Parameters) -> Result<Self, Failure> {
        let from_one = |name: &str, default: i64| {
            let number = parameters.whole(name)?.unwrap_or(default);
            let bad = || Failure::bad(format!("'{name}' argument must be a whole number from 1, not {number}"));
            usize::try_from(number).ok().filter(|n| *n > 0).ok_or_else(bad)
        };
        Ok(Self { number: from_one("pageNum", 1)?, size: from_one("pageSize", 1000)? })
    }

    /// Which of `count` primaries are on it.
    fn range(self, count: usize) -> Range<usize> {
        let start = (self.number - 1).saturating_mul(self.size).min(count);
        start..start.saturating_add(self.size).min(count)
    }
}

/// The pairs. A job that has not ended well has none.
pub(in crate::serve) async fn results(State(engine): State<Arc<Engine>>, AnyOutput(parameters): AnyOutput) -> Answer {
    const BAD: &str = "'id' argument must be a valid uuid";
    let id = id(&parameters, Failure::bad(BAD), BAD)?;
    let page = Page::of(&parameters)?;
    let form = parameters.output();
    if !["JSON", "CSV", "NETCDF"].contains(&form.as_str()) {
        return Err(no_such_form(&form));
    }
    let job = engine.job(&id.to_string()).await.map_err(|error| unknown(error, format!("No params found for id {id}")))?;
    // Files tell samples apart by what a trimmed answer leaves out.
    let trimmed = parameters.switch("simpleResults", false) && form == "JSON";
    let found = found(&engine, &job, page, trimmed).await?;
    let name = parameters.get("filename").map_or_else(|| format!("CDMS_{id}_page{}", page.number), str::to_owned);
    if form == "CSV" {
        let text = table::csv(&job, &found.data, &found.details);
        return Ok(file_response("text/csv", &format!("filename=\"{name}.csv\""), text.into_bytes()));
    }
    if form == "NETCDF" {
        let file = netcdf::netcdf(&job, &found.data, &found.details);
        return Ok(file_response("application/x-netcdf", &format!("attachment; filename=\"{name}.nc\""), file));
    }
    let answer = json!({
        "executionId": job.id,
        "data": found.data,
        "params": job::parameters(&job, &|time| time.timestamp().into()),
        "bounds": {},
        "count": found.data.len(),
        "details": found.details,
    });
    Ok(json_response(Body::from(written::pretty(&answer, "    "))))
}

/// What is on a page.
struct Found {
    data: Vec<Value>,
    details: Map<String, Value>,
}

async fn found(engine: &Engine, job: &Job, page: Page, trimmed: bool) -> Result<Found, Failure> {
    let mut found = Found { data: Vec::new(), details: Map::new() };
    if job.status == JobStatus::Success {
        let table = engine.pairs(&job.id)?;
        let seconds = job.created.zip(job.updated).map_or(0, |(created, updated)| (updated - created).num_seconds());
        let asked = |name: &str| job.parameters.iter().find(|(n, _)| n == name).map_or_else(String::new, |(_, value)| value.clone());
        let names = [asked("primary"), asked("matchup")];
        found = engine
            .work(move |catalogue, work| {
                let unfit = || Error::Unsupported("the match-up's answer is no table of pairs".into());
                let pairs = Pairs::of(&table).ok_or_else(unfit)?;
                let [primary, secondary] = names.map(|name| Source::of(catalogue, name));
                let asked = &pairs.groups[page.range(pairs.groups.len())];
                let count: usize = asked.iter().map(Vec::len).sum();
                if count > MOST {
                    let message = format!("the page would have {count} pairs, more than the limit of {MOST}; ask for a smaller pageSize");
                    return Err(Error::Invalid(message));
                }
                let mut data = Vec::new();
                for rows in asked {
                    work.proceed()?;
                    let mut entry = primary.entry(&pairs.primary, rows[0], "primary", trimmed);
                    let matches: Vec<Value> =
                        rows.iter().map(|row| secondary.entry(&pairs.secondary, *row, "secondary", trimmed).into()).collect();
                    entry.insert("matches".into(), matches.into());
                    data.push(entry.into());
                }
                let details = json!({
                    "timeToComplete": seconds,
                    "numSecondaryMatched": pairs.rows(),
                    "numPrimaryMatched": pairs.groups.len(),
                    "numUniqueSecondaries": pairs.distinct_secondaries(),
                });
                Ok(Found { data, details: details.as_object().cloned().unwrap_or_default() })
            })
            .await?;
    }
    found.details.insert("pageNum".into(), page.number.into());
    found.details.insert("pageSize".into(), page.size.into());
    Ok(found)
}

/// What is said of each sample of a dataset.
struct Source {
    name: String,
    platform: Value,
    device: Value,
    /// The name in the file and the standard name of each variable, by the one that answers use.
    names: HashMap<String, (String, String)>,
}

impl Source {
    fn of(catalogue: &Catalogue, name: String) -> Self {
        let Ok(dataset) = catalogue.get(&name) else {
            return Self { name, platform: Value::Null, device: Value::Null, names: HashMap::new() };
        };
        let grid = matches!(dataset.places, crate::dataset::Places::Grid { .. });
        let wind = dataset.variables.iter().any(|v| v.name.to_lowercase().contains("wind"));
        let device = if wind { "scatterometers" } else { "radiometers" };
        let names = dataset.variables.iter().map(|v| (v.label().to_owned(), (v.name.clone(), v.standard_name.clone()))).collect();
        // What measured a point, its table does not say.
        let told = |word: &str| if grid { word.into() } else { Value::Null };
        Self { name, platform: told("orbiting satellite"), device: told(device), names }
    }

    /// One sample. `side` names the list of its values.
    fn entry(&self, of: &Side<'_>, row: usize, side: &str, trimmed: bool) -> Map<String, Value> {
        let (lon, lat, time) = (of.lon[row], of.lat[row], of.seconds(row));
        let entry = if trimmed {
            json!({"lon": lon, "lat": lat, "source": self.name, "time": time})
        } else {
            json!({
                "platform": self.platform,
                "device": self.device,
                "lon": shortest(lon),
                "lat": shortest(lat),
                "point": format!("Point({lon:.3} {lat:.3})"),
                "time": time,
                "depth": of.depth(row),
                "fileurl": null,
                "id": self.id(of, row),
                "source": self.name,
            })
        };
        let mut entry = entry.as_object().cloned().unwrap_or_default();
        let measured = of.variables.iter().filter(|v| v.values[row].is_finite()).map(|v| {
            let (name, standard) = self.names.get(v.label).map_or((v.label, ""), |(name, standard)| (name, standard));
            let or_none = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
            json!({
                "variable_name": name,
                "cf_variable_name": or_none(standard),
                "variable_value": v.values[row],
                "variable_unit": or_none(v.units),
            })
        });
        entry.insert(side.to_owned(), measured.collect::<Vec<_>>().into());
        entry
    }

    /// A pseudo URL that no other sample of the dataset has.
    fn id(&self, of: &Side<'_>, row: usize) -> String {
        let keys = of.keys.iter().flat_map(|(name, words)| ["&", name, "=", &words[row]]).collect::<String>();
        let depth = of.depth(row).map_or_else(String::new, |depth| format!("&depth={}", shortest(depth)));
        let (lat, lon) = (shortest(of.lat[row]), shortest(of.lon[row]));
        format!("nts:{}?time={}&lat={lat}&lon={lon}{depth}{keys}", self.name, of.seconds(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_all_primaries_once() {
        let page = |number, size| Page { number, size }.range(10);
        assert_eq!([page(1, 4), page(2, 4), page(3, 4), page(4, 4)], [0..4, 4..8, 8..10, 10..10]);
        assert_eq!(page(usize::MAX, usize::MAX), 10..10);
        assert_eq!(page(1, usize::MAX), 0..10);
    }
}
