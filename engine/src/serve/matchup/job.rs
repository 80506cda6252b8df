//! `/job` and `/job/cancel`: how far a match-up is, and its end.

use super::pairs::Pairs;
use super::{host, id, to_job, unknown, with_file};
use crate::Engine;
use crate::serve::parameters::Parameters;
use crate::serve::{Answer, Failure, json, json_response};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use sdap_nexus::Nexus;
use sdap_nexus::request::{Job, JobStatus};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

const NO_ID: &str = "one of the hex, bytes, bytes_le, fields, or int arguments must be given";
const BAD_ID: &str = "\"id\" argument must be a valid uuid";

/// How far a job is.
pub(in crate::serve) async fn job(State(engine): State<Arc<Engine>>, headers: HeaderMap, parameters: Parameters) -> Answer {
    let id = asked(&parameters)?;
    let job = known(&engine, id).await?;
    let unique = match job.status {
        JobStatus::Success => unique(&engine, &job).await?,
        _ => 0,
    };
    let told = told(&job, unique, &host(&headers), parameters.get("filename"));
    Ok(json_response(Body::from(json::pretty(&told, "    "))))
}

/// Ends a job if it still runs, and sends the client to it.
pub(in crate::serve) async fn cancel(State(engine): State<Arc<Engine>>, parameters: Parameters) -> Answer {
    let id = asked(&parameters)?;
    known(&engine, id).await?;
    engine.cancel(&id.to_string()).await?;
    Ok(to_job(id, None))
}

fn asked(parameters: &Parameters) -> Result<Uuid, Failure> {
    id(parameters, Failure::internal(NO_ID), BAD_ID)
}

async fn known(engine: &Engine, id: Uuid) -> Result<Job, Failure> {
    engine.job(&id.to_string()).await.map_err(|error| unknown(error, format!("Execution not found with id {id}")))
}

/// How many samples are someone's neighbour.
async fn unique(engine: &Engine, job: &Job) -> Result<usize, Failure> {
    let table = engine.pairs(&job.id)?;
    Ok(engine.work(move |_, _| Ok(Pairs::of(&table).map_or(0, |pairs| pairs.distinct_secondaries()))).await?)
}

fn told(job: &Job, unique: usize, host: &str, file: Option<&str>) -> Value {
    let (id, file) = (&job.id, with_file(file));
    let link = |href: String, title: &str, kind: &str, rel: &str| json!({"href": href, "title": title, "type": kind, "rel": rel});
    let mut links = vec![link(format!("{host}/job?id={id}{file}"), "Get job status - the current page", "application/json", "self")];
    match job.status {
        JobStatus::Running => {
            links.push(json!({"href": format!("{host}/job/cancel?id={id}"), "title": "Cancel the job", "rel": "cancel"}));
        }
        JobStatus::Success => {
            let catalog = format!("{host}/cdmscatalog/{id}");
            links.push(link(catalog, "STAC Catalog for execution results", "application/json", "stac"));
            for (form, kind) in [("CSV", "text/csv"), ("JSON", "application/json"), ("NETCDF", "binary/octet-stream")] {
                let href = format!("{host}/cdmsresults?id={id}&output={form}{file}");
                links.push(link(href, &format!("Download {form} results"), kind, "data"));
            }
        }
        JobStatus::Failed | JobStatus::Cancelled => {}
    }
    let mut told = json!({
        "status": match job.status {
            JobStatus::Running => "running",
            JobStatus::Success => "success",
            JobStatus::Failed => "failed",
            JobStatus::Cancelled => "cancelled",
        },
        "message": job.message,
        "createdAt": job.created.map(stamp),
        "updatedAt": job.updated.map(stamp),
        "links": links,
        "params": parameters(job, &|time| time.format("%Y-%m-%d %H:%M:%S+00:00").to_string().into()),
        "executionID": id,
    });
    if job.status == JobStatus::Success {
        let (primary, secondary) = (job.primary_matched.unwrap_or(0), job.secondary_matched.unwrap_or(0));
        let average = if primary == 0 { 0 } else { (secondary as f64 / primary as f64).round_ties_even() as u64 };
        told["totalPrimaryMatched"] = primary.into();
        told["totalSecondaryMatched"] = secondary.into();
        told["averageSecondaryMatched"] = average.into();
        told["totalUniqueSecondaryMatched"] = unique.into();
    }
    told
}

/// A time without its zone, which is UTC.
fn stamp(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

/// What the job was asked, in the server's names and order; times are written by `written`.
pub(super) fn parameters(job: &Job, written: &dyn Fn(DateTime<Utc>) -> Value) -> Map<String, Value> {
    let text = |name: &str| job.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str()).filter(|text| !text.is_empty());
    let number = |name: &str| text(name).and_then(|text| text.parse::<f64>().ok()).filter(|n| n.is_finite());
    let time = |name: &str| text(name).map(|text| time(text).map_or_else(|| text.into(), written));
    [
        ("primary", text("primary").map(Value::from)),
        ("matchup", text("matchup").map(Value::from)),
        ("startTime", time("startTime")),
        ("endTime", time("endTime")),
        ("bbox", text("bbox").map(Value::from)),
        ("timeTolerance", number("timeTolerance").map(|seconds| (seconds as i64).into())),
        ("radiusTolerance", number("radiusTolerance").map(Value::from)),
        ("platforms", text("platforms").map(Value::from)),
        ("parameter", text("parameter").map(Value::from)),
        ("depthMin", number("depthMin").map(Value::from)),
        ("depthMax", number("depthMax").map(Value::from)),
    ]
    .map(|(name, value)| (name.to_owned(), value.unwrap_or_default()))
    .into_iter()
    .collect()
}

/// A time as the job has it: `2013-01-01 00:00:00+00:00`, or with a `T` and a `Z`.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%:z"))
        .ok()
        .map(|time| time.with_timezone(&Utc))
}
