//! What HTTP servers are asked and answer, where it is not what a store expects.
//!
//! The query of an address, as that of a signed link, goes with each request, and into no message. An answer that does not
//! say how long it is, as one that is made when it is asked for, is read to its end first.

use super::super::table;
use async_trait::async_trait;
use futures::TryStreamExt;
use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What makes clients that send a query with each request. Whoever uses them does not know it, and so cannot tell of it.
pub(super) struct Files {
    pub(super) query: Option<String>,
    /// Set when all of a file came, or nothing, where a part was asked for.
    pub(super) no_parts: Arc<AtomicBool>,
}

impl HttpConnector for Files {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Client { plain: client, query: self.query.clone(), no_parts: self.no_parts.clone() }))
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Files")
    }
}

struct Client {
    plain: HttpClient,
    query: Option<String>,
    no_parts: Arc<AtomicBool>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if let Some(query) = &self.query {
            let address = format!("{}?{query}", request.uri());
            *request.uri_mut() = address.parse().map_err(|e| HttpError::new(HttpErrorKind::Decode, e))?;
        }
        let wants_part = request.headers().contains_key("range");
        let answer = self.plain.execute(request).await?;
        let status = answer.status();
        // An empty file has no part that could be sent.
        let is_refused = wants_part && (status == 200 || status == 416);
        if is_refused {
            self.no_parts.store(true, Ordering::Relaxed);
        }
        if !status.is_success() {
            let (head, body) = answer.into_parts();
            // A server that refuses a signature may repeat it in the page that says so.
            let body = if self.query.is_none() { body } else { String::new().into() };
            return Ok(HttpResponse::from_parts(head, body));
        }
        // A whole file where a part was asked for is not worth reading.
        if is_refused || answer.headers().contains_key("content-length") { Ok(answer) } else { measured(answer).await }
    }
}

/// The same answer, read to its end, and with its length.
async fn measured(answer: HttpResponse) -> Result<HttpResponse, HttpError> {
    let (mut head, body) = answer.into_parts();
    let mut pieces = body.bytes_stream();
    let mut all = Vec::new();
    while let Some(piece) = pieces.try_next().await? {
        all.extend_from_slice(&piece);
        if let Err(reason) = table::check_size(all.len() as u64) {
            return Err(HttpError::new(HttpErrorKind::Decode, std::io::Error::other(reason)));
        }
    }
    head.headers.insert("content-length", all.len().into());
    Ok(HttpResponse::from_parts(head, all.into()))
}
