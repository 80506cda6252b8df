//! The same routes without a network: what `%sdap get` asks of the engine inside the kernel.

use super::{Changes, Options};
use crate::Engine;
use crate::engine::NAME;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use sdap_nexus::{Body, Error, Result};
use std::sync::Arc;
use std::time::Instant;
use tower::ServiceExt;

/// The longest answer that is taken whole, as of a server.
const MOST: usize = 2 << 30;
/// How often an answer may send one on; a match-up sends to its job.
const HOPS: usize = 3;

/// Answers a request as `serve` would, and follows where it is sent. Whoever asks from within may change the datasets.
///
/// # Errors
/// If the path is none, or the status of the answer is not of the 200s; as of a server.
pub(crate) async fn ask(engine: &Engine, method: Method, path_and_query: &str, kind: &str, body: Vec<u8>) -> Result<Body> {
    let began = Instant::now();
    let request_bytes = body.len().max(Options::default().request_bytes);
    let router = Options { changes: Changes::Allowed, request_bytes, ..Options::default() }.router(Arc::new(engine.clone()));
    let mut asked = format!("/{}", path_and_query.trim_start_matches('/'));
    let mut sent = (method, axum::body::Body::from(body));
    for _ in 0..=HOPS {
        let request = Request::builder().method(sent.0).uri(&asked).header(header::CONTENT_TYPE, kind).body(sent.1);
        let request =
            request.map_err(|_| Error::Invalid(format!("{path_and_query} is no path with a query; encode what a URL cannot hold")))?;
        let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let (head, body) = response.into_parts();
        if head.status.is_redirection() {
            if let Some(place) = text(&head.headers, header::LOCATION) {
                (asked, sent) = (place, (Method::GET, axum::body::Body::empty()));
                continue;
            }
        }
        let cut = |error: axum::Error| Error::CutOff { server: NAME.into(), received: 0, reason: error.to_string() };
        let bytes = axum::body::to_bytes(body, MOST).await.map_err(cut)?;
        let kind = text(&head.headers, header::CONTENT_TYPE).unwrap_or_default();
        return Body::of(NAME, &asked, head.status.as_u16(), &kind, bytes, began.elapsed().as_secs_f64()).answered();
    }
    Err(Error::Refused {
        server: NAME.into(),
        status: StatusCode::LOOP_DETECTED.as_u16(),
        message: "it sends from one path to another".into(),
    })
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
