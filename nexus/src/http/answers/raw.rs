//! Any endpoint, its answer as it comes.

use super::super::Server;
use super::super::once::{Order, Outcome};
use super::super::paths::is_repeatable;
use super::super::transport::Body;
use super::renamed::{is_absent, other_name, refusal};
use crate::{Error, Result};

pub(super) async fn get(server: &Server, path_and_query: &str) -> Result<Body> {
    let path_and_query = rooted(server, path_and_query)?;
    let path = path_of(&path_and_query);
    if let Some(refusal) = refusal(path) {
        return Err(refusal);
    }
    if is_repeatable(&server.address(&path_and_query)?) {
        return known_by_either_name(server, &path_and_query).await;
    }
    match server.once(&path_and_query, Order::Get).await? {
        Outcome::Done(reply) => reply.body(server.options.limit).await,
        Outcome::Elsewhere(location) => match job_id(&location) {
            Some(id) => server.body(&format!("/job?id={id}")).await,
            None => Err(sent_on(server, &path_and_query)),
        },
    }
}

/// Asks an endpoint, and under its other name where the server does not know this one.
async fn known_by_either_name(server: &Server, path_and_query: &str) -> Result<Body> {
    let path = path_of(path_and_query);
    match (server.body(path_and_query).await, other_name(path)) {
        (Err(error), Some(other)) if is_absent(&error) => {
            let again = server.body(&format!("{other}{}", &path_and_query[path.len()..])).await;
            again.map_err(|second| if is_absent(&second) { error } else { second })
        }
        (outcome, _) => outcome,
    }
}

pub(super) async fn post(server: &Server, path_and_query: &str, content_type: &str, body: Vec<u8>) -> Result<Body> {
    let path_and_query = rooted(server, path_and_query)?;
    if let Some(refusal) = refusal(path_of(&path_and_query)) {
        return Err(refusal);
    }
    match server.once(&path_and_query, Order::Post(content_type, body)).await? {
        Outcome::Done(reply) => reply.body(server.options.limit).await,
        Outcome::Elsewhere(_) => Err(sent_on(server, &path_and_query)),
    }
}

/// The id of the job that a server sends on to.
///
/// Nothing else of the address is of use: behind a path prefix it points outside the server, and its scheme may be wrong.
pub(super) fn job_id(location: &str) -> Option<String> {
    let (path, query) = location.split('#').next()?.split_once('?')?;
    // A gateway may send on to a page that asks who is there.
    path.rsplit('/').next().filter(|endpoint| endpoint.to_ascii_lowercase().contains("job"))?;
    let id = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "id")?.1.into_owned();
    is_id(&id).then_some(id)
}

/// Whether a text can be the name of a job: a UUID, or whatever else is made of the same characters.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn sent_on(server: &Server, path_and_query: &str) -> Error {
    Error::Refused {
        server: server.base().to_owned(),
        status: 302,
        message: format!("it sends {} on to another address, to which nothing that changes something is sent", path_of(path_and_query)),
    }
}

/// The path below the base URL and the query, in the form in which they are sent.
fn rooted(server: &Server, path_and_query: &str) -> Result<String> {
    let url = server.address(path_and_query)?;
    let path = url.path().strip_prefix(server.base.path().trim_end_matches('/')).filter(|path| path.starts_with('/'));
    let path = path.ok_or_else(|| Error::Invalid(format!("{path_and_query} leads out of {}", server.base())))?;
    Ok(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

fn path_of(path_and_query: &str) -> &str {
    path_and_query.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_where_a_job_is_only_its_id_is_taken() {
        for (location, id) in [
            ("/job?id=a-1", Some("a-1")),
            ("https://else.example.org/job?filename=x&id=A_2#top", Some("A_2")),
            ("/job", None),
            ("/job?id=", None),
            ("/job?id=../../etc", None),
            ("https://login.example.org/sso?id=A_2", None),
            ("", None),
        ] {
            assert_eq!(job_id(location).as_deref(), id, "{location}");
        }
    }
}
