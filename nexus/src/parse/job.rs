//! What a server says of a job: `/job`.

use super::envelope::Text;
use super::json::{self, ReadError};
use super::number::Loose;
use crate::request::{Job, JobStatus};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde_json::Value;
use std::{fmt, io::Read, marker::PhantomData};

/// How many parameters of a job are kept; servers send a dozen.
const MOST_PARAMETERS: usize = 100;

/// Reads a job. Servers before 1.3 call its id `jobID`, later ones `executionID`; where it is not said it is empty.
pub(crate) fn read(input: &mut dyn Read) -> Result<Job, ReadError> {
    let entry: Entry = json::read(input, PhantomData)?;
    let Some(status) = entry.status else {
        return Err(ReadError::refusal(&entry.error).unwrap_or_else(|| ReadError::custom("the job has no status")));
    };
    let count = |number: Loose| number.0.filter(|n| *n >= 0.0).map(|n| n as u64);
    let id = [entry.execution_id, entry.job_id].into_iter().map(|text| text.0).find(|id| !id.is_empty()).unwrap_or_default();
    Ok(Job {
        id,
        status,
        message: entry.message.0,
        created: moment(&entry.created.0),
        updated: moment(&entry.updated.0),
        parameters: entry.params.0,
        primary_matched: count(entry.primary_matched),
        secondary_matched: count(entry.secondary_matched),
    })
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Entry {
    status: Option<JobStatus>,
    error: Value,
    message: Text,
    #[serde(rename = "createdAt")]
    created: Text,
    #[serde(rename = "updatedAt")]
    updated: Text,
    params: Parameters,
    #[serde(rename = "executionID")]
    execution_id: Text,
    #[serde(rename = "jobID")]
    job_id: Text,
    #[serde(rename = "totalPrimaryMatched")]
    primary_matched: Loose,
    #[serde(rename = "totalSecondaryMatched")]
    secondary_matched: Loose,
}

impl<'de> Deserialize<'de> for JobStatus {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(input)?.0;
        match text.to_ascii_lowercase().as_str() {
            // The other words are those of OGC API Processes and of queues.
            "running" | "accepted" | "pending" | "queued" | "submitted" => Ok(Self::Running),
            "success" | "successful" | "succeeded" | "completed" => Ok(Self::Success),
            "failed" => Ok(Self::Failed),
            "cancelled" | "canceled" | "dismissed" => Ok(Self::Cancelled),
            _ => {
                let text: String = text.chars().take(40).collect();
                Err(D::Error::custom(format_args!("a job is running, success, failed or cancelled, not {text:?}")))
            }
        }
    }
}

/// What a job was asked, in the server's order; parameters without a value are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Parameters(pub(crate) Vec<(String, String)>);

impl Parameters {
    /// The value of the first of some names that there is, or nothing.
    pub(crate) fn get(&self, names: &[&str]) -> &str {
        names.iter().find_map(|name| self.0.iter().find(|(n, _)| n == name)).map_or("", |(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Named;
        impl<'de> Visitor<'de> for Named {
            type Value = Vec<(String, String)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error> {
                let all = serde_json::Map::deserialize(MapAccessDeserializer::new(fields))?;
                Ok(all.into_iter().filter_map(|(name, value)| Some((name, told(&value)?))).take(MOST_PARAMETERS).collect())
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }
        }
        input.deserialize_any(Named).map(Self)
    }
}

fn told(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => Some(items.iter().filter_map(told).collect::<Vec<_>>().join(",")),
        other => Some(other.to_string()),
    }
}

/// A time as Python writes it: a blank or a `T` before the time of day, which may have a fraction and a zone; without one it is UTC. A day
/// alone begins at midnight.
pub(crate) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().replacen(' ', "T", 1);
    let midnight = || text.parse::<NaiveDate>().ok().map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc());
    let naive = || text.trim_end_matches('Z').parse::<NaiveDateTime>().map(|t| t.and_utc());
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M:%S%.f%z"].iter().find_map(|form| DateTime::parse_from_str(&text, form).ok());
    zoned.map(|t| t.to_utc()).or_else(|| naive().ok()).or_else(midnight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_of_1_4_is_read_with_its_totals() {
        let body = br#"{"status": "success", "message": "", "createdAt": "2026-01-02 10:59:46.205034", "updatedAt": "2026-01-02 10:59:47",
            "links": [{"href": "https://HOST/job?id=1", "rel": "self"}],
            "params": {"primary": "A", "matchup": ["B", "C"], "timeTolerance": 10, "parameter": null},
            "executionID": "e-1", "totalPrimaryMatched": 16, "totalSecondaryMatched": 17, "averageSecondaryMatched": 1}"#;
        let job = read(&mut &body[..]).unwrap();
        assert_eq!(
            (job.id.as_str(), job.status, job.primary_matched, job.secondary_matched),
            ("e-1", JobStatus::Success, Some(16), Some(17))
        );
        assert_eq!(job.created.unwrap().to_string(), "2026-01-02 10:59:46.205034 UTC");
        let told = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(job.parameters, [told("primary", "A"), told("matchup", "B,C"), told("timeTolerance", "10")]);
    }

    #[test]
    fn a_running_job_of_1_2_is_named_otherwise_and_has_no_end() {
        let job = read(&mut &br#"{"jobID": "j-1", "status": "RUNNING", "updatedAt": null, "createdAt": "soon"}"#[..]).unwrap();
        assert_eq!((job.id.as_str(), job.status, job.created, job.updated), ("j-1", JobStatus::Running, None, None));
        assert_eq!((job.message.as_str(), job.primary_matched), ("", None));
    }

    #[test]
    fn the_end_of_a_job_may_be_told_in_other_words() {
        let status = |word: &str| read(&mut format!(r#"{{"status": "{word}"}}"#).as_bytes()).unwrap().status;
        assert_eq!(["Queued", "SUCCESSFUL", "canceled"].map(status), [JobStatus::Running, JobStatus::Success, JobStatus::Cancelled]);
    }

    #[test]
    fn what_has_no_status_or_another_is_no_job() {
        let wrong = |body: &str| read(&mut body.as_bytes()).unwrap_err().to_string();
        assert_eq!(wrong("{}"), "the job has no status");
        assert!(wrong(r#"{"status": "lost"}"#).starts_with("a job is running, success, failed or cancelled, not \"lost\""));
        assert!(read(&mut &b"[]"[..]).is_err());
    }

    #[test]
    fn times_are_read_as_python_writes_them() {
        let noon = "2013-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap();
        for text in ["2013-01-01 12:00:00", "2013-01-01 12:00:00+00:00", "2013-01-01T12:00:00Z", "2013-01-01T14:00:00+0200"] {
            assert_eq!(moment(text), Some(noon), "{text}");
        }
        assert_eq!(moment("2013-01-01"), Some(noon - chrono::Duration::hours(12)));
        assert_eq!(moment("None"), None);
    }
}
