//! Sends requests: one client for each server, at most two requests in flight, redirects without private headers.

use super::failure;
use super::stream::{is_gzip, pipe, plain};
use super::{Options, Server};
use crate::parse::ReadError;
use crate::{Error, Result};
use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response};
use std::io::Read;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

/// How often a request may be sent on to another address.
const REDIRECTS: usize = 10;
/// How much of a body is read to learn why there is no answer, in bytes.
const REASON: usize = 1 << 20;

/// What came back from a request, read to a value.
#[derive(Debug)]
pub(super) struct Answer<T> {
    pub(super) value: T,
    /// The URL that was asked, without a login.
    pub(super) url: Url,
    /// How long it took, in seconds.
    pub(super) seconds: f64,
    /// How many bytes came.
    pub(super) bytes: u64,
}

/// The body of any endpoint, as it was sent.
#[derive(Clone, Debug)]
pub struct Body {
    /// The bytes.
    pub bytes: Bytes,
    /// The HTTP status, of the 200s.
    pub status: u16,
    /// The content type, or empty.
    pub content_type: String,
    /// The URL that was asked, without a login.
    pub url: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    server: String,
    limit: u64,
}

impl Body {
    /// A body that is not from the network: who answered, what was asked, and the answer.
    pub fn of(server: &str, path_and_query: &str, status: u16, content_type: &str, bytes: Bytes, seconds: f64) -> Self {
        Self {
            limit: bytes.len() as u64,
            bytes,
            status,
            content_type: content_type.to_owned(),
            url: path_and_query.to_owned(),
            seconds,
            server: server.to_owned(),
        }
    }

    /// The body, if its status is of the 200s.
    ///
    /// # Errors
    /// What a server's answer with another status means, in its own words.
    pub fn answered(self) -> Result<Self> {
        if (200..300).contains(&self.status) { Ok(self) } else { Err(failure::answered(&self.server, self.status, &self.bytes)) }
    }

    /// The body as JSON, inflated if it is a gzip file; NaN and the infinities become null.
    ///
    /// # Errors
    /// [`Error::Unreadable`] or [`Error::CutOff`] if it is not JSON, [`Error::WebPage`] if it is a page for people.
    pub fn json(&self) -> Result<serde_json::Value> {
        if failure::is_page(&self.bytes) {
            return Err(failure::page(&self.server, self.status));
        }
        if self.bytes.trim_ascii().is_empty() {
            return Err(failure::empty(&self.server));
        }
        crate::parse::read_value(&mut plain(&*self.bytes, &self.bytes, self.limit))
            .map_err(|error| failure::unreadable(&error, &self.server, self.bytes.len() as u64))
    }
}

/// A response whose body is still to come.
struct Reply {
    response: Response,
    /// Who answered, as errors name it.
    server: String,
    asked: Url,
    began: Instant,
    received: u64,
    _slot: OwnedSemaphorePermit,
}

impl Server {
    /// Asks any endpoint: a path below the base URL, with its query.
    ///
    /// # Errors
    /// As every question: the server cannot be reached, or answers with anything but a status of the 200s. A body that
    /// is longer than the limit is [`Error::Unreadable`].
    pub async fn get(&self, path_and_query: &str) -> Result<Body> {
        let mut reply = self.open(path_and_query).await?;
        let bytes = reply.collect(self.options.limit).await?;
        let content_type = reply.response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        Ok(Body {
            bytes,
            content_type,
            status: reply.response.status().as_u16(),
            url: reply.asked.into(),
            seconds: reply.began.elapsed().as_secs_f64(),
            server: reply.server,
            limit: self.options.limit,
        })
    }

    /// Asks an endpoint and hands the body to `read` while it arrives.
    pub(super) async fn ask<T, F>(&self, path_and_query: &str, read: F) -> Result<Answer<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError> + Send + 'static,
    {
        let mut reply = self.open(path_and_query).await?;
        let head = reply.head().await?;
        if failure::is_page(&head) {
            return Err(failure::page(&reply.server, reply.response.status().as_u16()));
        }
        if head.is_empty() {
            return Err(failure::empty(&reply.server));
        }
        if !is_gzip(&head) && !matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return Err(failure::not_json(&reply.server, &head));
        }
        let limit = self.options.limit;
        let (sender, body) = pipe();
        let first = head.clone();
        let reader = tokio::task::spawn_blocking(move || read(&mut plain(body, &first, limit)));
        let mut chunk = Some(head);
        while let Some(bytes) = chunk {
            // A reader that has seen enough says why below.
            if sender.send(bytes).await.is_err() {
                break;
            }
            chunk = reply.chunk().await?;
        }
        drop(sender);
        let value = match reader.await {
            Ok(outcome) => outcome.map_err(|error| failure::unreadable(&error, &reply.server, reply.received))?,
            Err(gone) => {
                tracing::error!("the reader of {path_and_query} is gone: {gone}");
                return Err(Error::Unreadable { server: reply.server, reason: "its reader failed".into() });
            }
        };
        Ok(Answer { value, seconds: reply.began.elapsed().as_secs_f64(), bytes: reply.received, url: reply.asked })
    }

    /// Sends a request and follows where it is sent on to, up to a response of the 200s.
    async fn open(&self, path_and_query: &str) -> Result<Reply> {
        let asked = self.address(path_and_query)?;
        let slot = self.slots.clone().acquire_owned().await.map_err(|_| Error::Invalid(format!("{} is closed", self.name)))?;
        let client = self.client.get_or_try_init(|| async { client(&self.options, self.base.scheme(), &self.name) }).await?;
        let began = Instant::now();
        let mut url = asked.clone();
        for _ in 0..=REDIRECTS {
            let request = client.get(url.clone()).header(ACCEPT, "application/json, */*;q=0.5");
            let own = url.origin() == self.base.origin();
            let server = if own { self.name.clone() } else { url.origin().ascii_serialization() };
            let request = if own { self.auth.apply(request) } else { request };
            tracing::debug!(%url, "asking");
            let response = request.send().await.map_err(|error| failure::transport(&error, &server, began.elapsed(), 0))?;
            if response.status().is_redirection() {
                url = onward(&response, &url, &server)?;
                continue;
            }
            let mut reply = Reply { response, server, asked, began, received: 0, _slot: slot };
            return if reply.response.status().is_success() { Ok(reply) } else { Err(reply.reason().await) };
        }
        Err(Error::Unreachable {
            server: self.name.clone(),
            reason: format!("it sent the request on {REDIRECTS} times, last to {}", shown(&url)),
        })
    }

    /// The URL of a path below the base.
    fn address(&self, path_and_query: &str) -> Result<Url> {
        let text = format!("{}/{}", self.name, path_and_query.trim_start_matches('/'));
        Url::parse(&text).map_err(|reason| Error::Invalid(format!("{path_and_query} is not a path with a query: {reason}")))
    }
}

impl Reply {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        match self.response.chunk().await {
            Ok(chunk) => {
                self.received += chunk.as_ref().map_or(0, |c| c.len() as u64);
                Ok(chunk)
            }
            Err(error) => Err(failure::transport(&error, &self.server, self.began.elapsed(), self.received)),
        }
    }

    /// The bytes up to the first chunk in which there is more than blanks; empty if there is none.
    async fn head(&mut self) -> Result<Bytes> {
        let mut head = Bytes::new();
        while let Some(chunk) = self.chunk().await? {
            head = if head.is_empty() { chunk } else { [head, chunk].concat().into() };
            // Two bytes tell a gzip file. Blanks beyond reason are no head.
            if head.trim_ascii().len() > 1 || head.len() > REASON {
                return Ok(head);
            }
        }
        Ok(if head.trim_ascii().is_empty() { Bytes::new() } else { head })
    }

    async fn collect(&mut self, limit: u64) -> Result<Bytes> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if self.received > limit {
                let reason = failure::TooLong { limit }.to_string();
                return Err(Error::Unreadable { server: self.server.clone(), reason });
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// Why this is not an answer.
    async fn reason(&mut self) -> Error {
        let mut head = Vec::new();
        // Whatever came before the body broke off says more than that it did.
        while let Ok(Some(chunk)) = self.chunk().await {
            head.extend_from_slice(&chunk);
            if head.len() > REASON {
                break;
            }
        }
        failure::answered(&self.server, self.response.status().as_u16(), &head)
    }
}

/// Where a response sends its request on to.
fn onward(response: &Response, from: &Url, server: &str) -> Result<Url> {
    let status = response.status().as_u16();
    let refused = |message: String| Error::Refused { server: server.to_owned(), status, message };
    let Some(location) = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()) else {
        return Err(refused("it sends the request on, but does not say where to".into()));
    };
    match from.join(location) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
        _ => Err(refused("it sends the request on to an address that is none of http or https".into())),
    }
}

/// A URL without what it may carry in secret.
fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// The client that talks to one server; connections are kept between questions.
fn client(options: &Options, scheme: &str, server: &str) -> Result<Client> {
    // Fails only if a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = || {
        Client::builder()
            .user_agent(concat!("sdap-kernel/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.connect_timeout)
            .read_timeout(options.read_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_merge(options.roots.clone())
            .tls_danger_accept_invalid_certs(options.insecure)
    };
    builder()
        .build()
        .or_else(|error| match scheme {
            // A machine without trusted certificates still reaches servers that need none.
            "http" => builder().tls_certs_only(options.roots.clone()).build(),
            _ => Err(error),
        })
        .map_err(|error| {
            let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            Error::Unreachable { server: server.to_owned(), reason: format!("encryption cannot be set up: {cause}") }
        })
}
