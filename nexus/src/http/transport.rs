//! Sends requests: one client for each server, at most two requests in flight, redirects without private headers.

use super::cache::{Draft, Kept, Place, ago};
use super::failure;
pub(super) use super::reply::Reply;
use super::retry::{Failure, Tried, Tries};
use super::stream::plain;
use super::{Options, Server};
use crate::parse::ReadError;
use crate::{Error, Result};
use bytes::Bytes;
use reqwest::header::{ACCEPT, LOCATION};
use reqwest::{Client, Response};
use std::io::Read;
use std::time::Instant;
use url::Url;

/// How often a request may be sent on to another address.
const REDIRECTS: usize = 10;

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
    /// What a reader of the value should know of how it came.
    pub(super) notes: Vec<String>,
    /// Keeps the answer on disk, once it has become part of a value.
    pub(super) draft: Option<Draft>,
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
    /// What a reader should know of how it came: that it is from the cache, or that it was asked for several times.
    pub notes: Vec<String>,
    pub(super) server: String,
    pub(super) limit: u64,
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
            notes: Vec::new(),
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
            .map_err(|error| failure::unreadable(&error, &self.server, self.status, self.bytes.len() as u64))
    }
}

impl Server {
    /// The body of any endpoint, as it is sent: a path below the base URL, with its query.
    ///
    /// # Errors
    /// As every question: the server cannot be reached, or answers with anything but a status of the 200s. A body that
    /// is longer than the limit is [`Error::Unreadable`].
    pub(super) async fn body(&self, path_and_query: &str) -> Result<Body> {
        let asked = self.address(path_and_query)?;
        let place = self.place(&asked);
        if let Some(body) = self.kept_body(place.clone(), &asked).await {
            return Ok(body);
        }
        let mut tries = Tries::new(self, &asked);
        loop {
            match self.collect(&tries.url, &asked, place.as_ref()).await {
                Ok(body) => return Ok(Body { notes: self.warning().into_iter().chain(tries.note()).collect(), ..body }),
                Err(failure) => tries.pause(failure).await?,
            }
        }
    }

    /// Asks an endpoint and hands the body to `read` while it arrives: again from its start where it has to be asked again.
    pub(super) async fn ask<T, F>(&self, path_and_query: &str, read: F) -> Result<Answer<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError> + Clone + Send + 'static,
    {
        let asked = self.address(path_and_query)?;
        let place = self.place(&asked);
        if let Some(answer) = self.kept_answer(place.clone(), &asked, read.clone()).await {
            return Ok(answer);
        }
        let mut tries = Tries::new(self, &asked);
        loop {
            match self.read(&tries.url, &asked, place.as_ref(), read.clone()).await {
                Ok(answer) => return Ok(Answer { notes: tries.note().into_iter().collect(), ..answer }),
                Err(failure) => tries.pause(failure).await?,
            }
        }
    }

    /// Tries once to get a whole body.
    async fn collect(&self, url: &Url, asked: &Url, place: Option<&Place>) -> Tried<Body> {
        let mut reply = self.open(url, asked).await?;
        let bytes = reply.collect(self.options.limit).await?;
        let is_answer = !failure::is_page(&bytes) && !bytes.trim_ascii().is_empty();
        if let Some(mut draft) = place.filter(|_| is_answer).and_then(|place| reply.draft(place)) {
            draft.add(&bytes);
            draft.keep();
        }
        Ok(reply.bodied(bytes, self.options.limit))
    }

    /// Tries once to get an answer and to read it.
    async fn read<T, F>(&self, url: &Url, asked: &Url, place: Option<&Place>, read: F) -> Tried<Answer<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError> + Send + 'static,
    {
        let reply = self.open(url, asked).await?;
        let draft = place.and_then(|place| reply.draft(place));
        reply.read_kept(self.options.limit, draft, read).await
    }

    /// Where the answer to a request is kept, if there is a cache and it may be.
    fn place(&self, asked: &Url) -> Option<Place> {
        let path = asked.path().strip_prefix(self.base.path().trim_end_matches('/'))?;
        self.cache.as_ref()?.place(&self.name, &self.auth, asked, path)
    }

    /// A body from the cache.
    async fn kept_body(&self, place: Option<Place>, asked: &Url) -> Option<Body> {
        let place = place?;
        let began = Instant::now();
        let read = move || {
            let mut kept = place.kept()?;
            let mut bytes = Vec::with_capacity(usize::try_from(kept.length).ok()?);
            kept.read_to_end(&mut bytes).ok()?;
            kept.is_sound().then_some((bytes, kept))
        };
        let (bytes, kept) = tokio::task::spawn_blocking(read).await.ok()??;
        Some(Body {
            bytes: bytes.into(),
            status: kept.status,
            url: asked.to_string(),
            seconds: began.elapsed().as_secs_f64(),
            notes: vec![ago(kept.age)],
            server: self.name.clone(),
            limit: self.options.limit,
            content_type: kept.content_type,
        })
    }

    /// An answer from the cache, read to a value.
    async fn kept_answer<T, F>(&self, place: Option<Place>, asked: &Url, read: F) -> Option<Answer<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError> + Send + 'static,
    {
        let place = place?;
        let began = Instant::now();
        let limit = self.options.limit;
        let read = move || {
            let mut kept = place.kept()?;
            let value = read_kept(&mut kept, limit, read);
            // What cannot be read was not kept by this release.
            (kept.is_sound() && value.is_some()).then_some((value?, kept))
        };
        let (value, kept) = tokio::task::spawn_blocking(read).await.ok()??;
        Some(Answer {
            value,
            url: asked.clone(),
            seconds: began.elapsed().as_secs_f64(),
            bytes: kept.length,
            notes: vec![ago(kept.age)],
            draft: None,
        })
    }

    /// Sends a request and follows where it is sent on to, up to a response of the 200s.
    ///
    /// `url` is what to send; it differs from what was `asked` where an address that was sent on to is tried again.
    async fn open(&self, url: &Url, asked: &Url) -> Tried<Reply> {
        let slot = self.slots.clone().acquire_owned().await.map_err(|_| Error::Invalid(format!("{} is closed", self.name)))?;
        let client = self.client().await?;
        let began = Instant::now();
        let mut url = url.clone();
        for _ in 0..=REDIRECTS {
            let request = client.get(url.clone()).header(ACCEPT, "application/json, */*;q=0.5");
            let own = is_own(&url, &self.base);
            let server = if own { self.name.clone() } else { url.origin().ascii_serialization() };
            let request = if own { self.auth.apply(request) } else { request };
            tracing::debug!(host = url.host_str(), path = url.path(), "asking");
            let failed = |error| Failure::at(&url, failure::transport(&error, &server, began.elapsed(), 0), None);
            let response = request.send().await.map_err(failed)?;
            if response.status().is_redirection() {
                url = onward(&response, &url, &server)?;
                continue;
            }
            let mut reply = Reply { response, server, asked: asked.clone(), hop: url, began, received: 0, _slot: Some(slot) };
            if reply.response.status().is_success() {
                return Ok(reply);
            }
            let error = reply.reason().await;
            return Err(Failure::at(&reply.hop, error, Some(reply.response.headers())));
        }
        let reason = format!("it sent the request on {REDIRECTS} times, last to {}", shown(&url));
        Err(Error::Unreachable { server: self.name.clone(), reason }.into())
    }

    /// The client that all questions share.
    pub(super) async fn client(&self) -> Result<&Client> {
        self.client.get_or_try_init(|| async { client(&self.options, self.base.scheme(), &self.name) }).await
    }

    /// The URL of a path below the base.
    pub(super) fn address(&self, path_and_query: &str) -> Result<Url> {
        let text = format!("{}/{}", self.name, path_and_query.trim_start_matches('/'));
        Url::parse(&text).map_err(|reason| Error::Invalid(format!("{path_and_query} is not a path with a query: {reason}")))
    }
}

/// Reads an answer from the cache; none if it cannot be read.
fn read_kept<T, F>(kept: &mut Kept, limit: u64, read: F) -> Option<T>
where
    F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError>,
{
    let mut first = [0; 2];
    let known = kept.read(&mut first).ok()?;
    let head = &first[..known];
    read(&mut plain(head.chain(kept), head, limit)).ok()
}

/// Whether an address is of the server with that base, or of the same server once it speaks https.
fn is_own(url: &Url, base: &Url) -> bool {
    let speaks_https_now = (base.scheme(), url.scheme()) == ("http", "https") && base.port().is_none() && url.port().is_none();
    url.origin() == base.origin() || speaks_https_now && url.host() == base.host()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_comes_to_speak_https_is_the_same_and_no_other_is() {
        let own = |url: &str, base: &str| is_own(&Url::parse(url).unwrap(), &Url::parse(base).unwrap());
        assert!(own("https://a.org/nexus/list", "https://a.org/nexus") && own("https://a.org/list", "http://a.org"));
        for (url, base) in [
            ("http://a.org/list", "https://a.org"),
            ("https://b.org/list", "http://a.org"),
            ("https://a.org:8443/list", "http://a.org"),
            ("https://a.org/list", "http://a.org:8083"),
        ] {
            assert!(!own(url, base), "{url} {base}");
        }
    }
}
