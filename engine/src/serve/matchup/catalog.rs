//! `/cdmscatalog/ID` and `/cdmscatalog/ID/FORMAT`: where the pairs of a match-up are, as a STAC catalogue of their pages.

use super::{host, job, unknown};
use crate::Engine;
use crate::serve::parameters::Parameters;
use crate::serve::{Answer, Failure, json as written, json_response};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use sdap_nexus::Nexus;
use sdap_nexus::request::{Job, JobStatus};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const FORMS: [&str; 3] = ["CSV", "JSON", "NETCDF"];

pub(in crate::serve) async fn catalog(
    State(engine): State<Arc<Engine>>,
    uri: axum::http::Uri,
    headers: HeaderMap,
    parameters: Parameters,
) -> Answer {
    let mut parts = uri.path().split('/').skip(2);
    let (id, form) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if id.is_empty() {
        return Err(Failure::bad("Execution ID path param must be provided."));
    }
    let id: Uuid = id.parse().map_err(|_| Failure::bad(format!("\"{id}\" is not a valid uuid")))?;
    if !form.is_empty() && !FORMS.contains(&form.to_uppercase().as_str()) {
        return Err(Failure::bad(format!("\"{form}\" is not a valid format. Should be CSV, JSON, or NETCDF.")));
    }
    let host = host(&headers);
    let job = engine.job(&id.to_string()).await.map_err(|error| unknown(error, format!("No params found for id {id}")))?;
    let told = if form.is_empty() { of_forms(&job, &host) } else { of_pages(&job, form, &host, page_size(&parameters)?)? };
    Ok(json_response(Body::from(written::pretty(&told, "    "))))
}

fn page_size(parameters: &Parameters) -> Result<u64, Failure> {
    let size = parameters.whole("pageSize")?.unwrap_or(1000);
    u64::try_from(size)
        .ok()
        .filter(|size| *size > 0)
        .ok_or_else(|| Failure::bad(format!("'pageSize' argument must be a whole number from 1, not {size}")))
}

fn of_forms(job: &Job, host: &str) -> Value {
    let id = &job.id;
    let link = |form: &str| {
        let title = format!("Collection of pages for {id} {form} output");
        json!({"rel": "collection", "href": format!("{host}/cdmscatalog/{id}/{form}"), "title": title})
    };
    json!({
        "stac_version": "1.0.0",
        "type": "Catalog",
        "id": id,
        "description": "STAC Catalog for CDMS output",
        "links": FORMS.map(link),
    })
}

/// # Errors
/// If the job has no pages, or more than a list should have.
fn of_pages(job: &Job, form: &str, host: &str, size: u64) -> Result<Value, Failure> {
    const MOST: u64 = 100_000;
    let id = &job.id;
    if job.status != JobStatus::Success {
        return Err(Failure::internal(format!("the match-up {id} has no results")));
    }
    let pages = job.primary_matched.unwrap_or(0).div_ceil(size);
    if pages > MOST {
        return Err(Failure::bad(format!("that would be {pages} pages; ask for a larger pageSize")));
    }
    let asked = job::parameters(job, &|time| time.format("%Y-%m-%dT%H:%M:%S+00:00").to_string().into());
    let corners: Vec<f64> = asked["bbox"].as_str().unwrap_or_default().split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let mut links = vec![
        json!({"rel": "self", "href": format!("{host}/cdmscatalog/{id}/{form}"), "title": "The current page", "type": "application/json"}),
        json!({"rel": "root", "href": format!("{host}/cdmscatalog/{id}"), "title": format!("Root catalog for {id}")}),
    ];
    let page =
        |page: u64| json!({"rel": "data", "href": format!("{host}/cdmsresults?id={id}&output={form}&pageNum={page}&pageSize={size}")});
    links.extend((1..=pages).map(page));
    Ok(json!({
        "stac_version": "1.0.0",
        "type": "Collection",
        "license": "not-provided",
        "id": format!("{id}.{form}"),
        "description": "Collection of results for CDMS execution and result format",
        "extent": {
            "spatial": {"bbox": corners},
            "temporal": {"interval": [asked["startTime"], asked["endTime"]]},
        },
        "links": links,
    }))
}
