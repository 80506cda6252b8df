//! A NEXUS server over HTTP.

mod answers;
mod auth;
mod cache;
mod failure;
mod once;
mod origin;
mod paths;
mod reply;
mod retry;
mod stream;
mod transport;
mod words;

pub use auth::{Auth, Secret};
pub use cache::{Cache, Caching};
pub use transport::Body;

use crate::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};
use url::Url;

/// More requests than this at once would take the four threads of a NEXUS server from everybody else.
const AT_ONCE: usize = 2;

/// A NEXUS server of any generation, over HTTP.
///
/// Making one costs nothing: the network is first touched by a question. A question that is dropped is cancelled.
///
/// ```
/// let server = sdap_nexus::Server::new("https://example.org/nexus/")?;
/// assert_eq!(server.base(), "https://example.org/nexus");
/// # Ok::<(), sdap_nexus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    base: Url,
    name: String,
    auth: Auth,
    options: Options,
    client: Arc<OnceCell<reqwest::Client>>,
    slots: Arc<Semaphore>,
    known: origin::Known,
    cache: Option<Cache>,
}

/// How requests are made.
#[derive(Clone, Debug)]
struct Options {
    connect_timeout: Duration,
    read_timeout: Duration,
    limit: u64,
    points: usize,
    retries: retry::Retries,
    roots: Vec<reqwest::Certificate>,
    insecure: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_mins(10),
            limit: 2 << 30,
            points: 2_000_000,
            retries: retry::Retries::default(),
            roots: Vec::new(),
            insecure: false,
        }
    }
}

impl Server {
    /// The server at a base URL such as `http://localhost:8083` or `https://example.org/nexus`.
    ///
    /// Slashes at the end are dropped, for servers know no doubled ones. A name and password in the URL become a login
    /// and are never shown.
    ///
    /// # Errors
    /// [`Error::Invalid`] if that is not an `http` or `https` URL with a host.
    pub fn new(base_url: &str) -> Result<Self> {
        let text = base_url.trim();
        let mut base = Url::parse(text).map_err(|reason| not_a_base(text, &reason.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(not_a_base(text, &format!("its scheme is {}", base.scheme())));
        }
        let auth = login(&base);
        // Both fail only for URLs without a host, which http and https do not have.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        base.set_query(None);
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        Ok(Self {
            name: base.as_str().trim_end_matches('/').to_owned(),
            base,
            auth,
            options: Options::default(),
            client: Arc::default(),
            slots: Arc::new(Semaphore::new(AT_ONCE)),
            known: origin::Known::default(),
            cache: None,
        })
    }

    /// The base URL, without a slash at its end and without a login.
    pub fn base(&self) -> &str {
        &self.name
    }

    /// The same server with a login.
    ///
    /// # Errors
    /// [`Error::Invalid`] if an HTTP header cannot carry it.
    pub fn with_auth(self, auth: Auth) -> Result<Self> {
        Ok(Self { auth: auth.checked()?, ..self })
    }

    /// The same server with the login that the user's netrc file has for its host (see [`Auth::from_netrc`]).
    ///
    /// # Errors
    /// [`Error::Invalid`] as [`Auth::from_netrc`].
    pub fn with_netrc(self) -> Result<Self> {
        let auth = Auth::from_netrc(self.base.host_str().unwrap_or_default())?;
        self.with_auth(auth)
    }

    /// The same server with other patience: for a connection (10 s unless set) and for each next piece of an answer (600 s).
    ///
    /// NEXUS sends nothing while it computes, so the second covers the whole computation.
    #[must_use]
    pub fn with_timeouts(self, connect: Duration, read: Duration) -> Self {
        self.with_options(|options| (options.connect_timeout, options.read_timeout) = (connect, read))
    }

    /// The same server, of which no answer of more than `bytes`, inflated, is read (2 GiB unless set).
    #[must_use]
    pub fn with_limit(self, bytes: u64) -> Self {
        self.with_options(|options| options.limit = bytes)
    }

    /// The same server, of which no answer of more than so many points, cells, rows, or times and coordinates is read (two million
    /// unless set): beyond that, asking is [`Error::TooLarge`].
    #[must_use]
    pub fn with_point_limit(mut self, points: usize) -> Self {
        self.options.points = points;
        self
    }

    /// The same server, asked again at most so many times (3 unless set) where a gateway gives up or is busy (429, 502, 503, 504) or the
    /// connection breaks off, the first time after about `first_pause` (1 s unless set) and then each time after twice as
    /// long, or as long as the server says in `Retry-After`.
    ///
    /// What starts or changes something is asked once. [`Meter::stage`](crate::Meter::stage) tells of each pause, and a note
    /// in the origin of the answer of what it took.
    #[must_use]
    pub fn with_retries(self, most: u32, first_pause: Duration) -> Self {
        self.with_options(|options| options.retries = retry::Retries { most, first_pause })
    }

    /// The same server, of which answers are kept on disk and served from there, with a note in their origin of how old
    /// they are. [`Caching`] says so or otherwise for one question.
    #[must_use]
    pub fn with_cache(self, cache: Cache) -> Self {
        Self { cache: Some(cache), ..self }
    }

    /// The same server, trusting also the certificates of a PEM file's text.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no certificate in it.
    pub fn with_root_certificates(self, pem: &[u8]) -> Result<Self> {
        match reqwest::Certificate::from_pem_bundle(pem) {
            Ok(roots) if !roots.is_empty() => Ok(self.with_options(|options| options.roots.extend(roots))),
            Ok(_) => Err(Error::Invalid("there is no certificate in the PEM text: expected -----BEGIN CERTIFICATE-----".into())),
            Err(reason) => Err(Error::Invalid(format!("the PEM text cannot be read: {}", words::one_line(&reason.to_string())))),
        }
    }

    /// The same server, trusting also the certificates of a PEM file.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it cannot be read or there is no certificate in it.
    pub fn with_certificate_file(self, file: &Path) -> Result<Self> {
        let pem = std::fs::read(file)
            .map_err(|error| Error::Invalid(format!("the certificates in {} cannot be read: {error}", file.display())))?;
        self.with_root_certificates(&pem).map_err(|error| Error::Invalid(format!("{}: {error}", file.display())))
    }

    /// The same server, whoever it is: no certificate is checked. Every answer of it over https carries a note that says so.
    #[must_use]
    pub fn insecure(self) -> Self {
        self.with_options(|options| options.insecure = true)
    }

    /// Whether certificates go unchecked.
    pub fn is_insecure(&self) -> bool {
        self.options.insecure
    }

    /// What must be said of every answer: that nobody knows who it is from.
    pub fn warning(&self) -> Option<String> {
        let unchecked = self.options.insecure && self.base.scheme() == "https";
        unchecked.then(|| format!("the certificate of {} was not checked: anyone on the way may have answered in its place", self.name))
    }

    fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self.client = Arc::default();
        self
    }
}

/// A body that arrives in pieces of at most so many bytes, inflated where it is compressed, to a million bytes at most.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn unpacked(body: &[u8], step: usize) -> impl std::io::Read {
    stream::plain(stream::Pieces(body, step), body, 1_000_000)
}

/// What a response that is no answer means.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn told_by(status: u16, body: &[u8]) -> Error {
    failure::answered("https://example.org", status, body)
}

fn not_a_base(text: &str, reason: &str) -> Error {
    // A URL that cannot be taken apart may still hold a password.
    let shown = if text.contains('@') { "that" } else { text };
    Error::Invalid(format!("{shown} is not the address of a server: {reason}; expected http://HOST:PORT or https://HOST/PATH"))
}

/// The login that a URL carries.
fn login(url: &Url) -> Auth {
    let plain = |text: &str| {
        let pairs = format!("v={}", text.replace('+', "%2B"));
        url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    match (url.username(), url.password()) {
        ("", None) => Auth::None,
        (user, password) => Auth::Basic { user: plain(user), password: Secret::new(plain(password.unwrap_or_default())) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_without_slashes_at_its_end_and_with_its_prefix() {
        for (given, kept) in [
            ("http://localhost:8083", "http://localhost:8083"),
            ("http://localhost:8083/", "http://localhost:8083"),
            (" https://example.org/nexus// ", "https://example.org/nexus"),
            ("https://example.org/a/b/?x=1#top", "https://example.org/a/b"),
        ] {
            assert_eq!(Server::new(given).unwrap().base(), kept);
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused_with_what_is_one() {
        for given in ["localhost:8083", "ftp://example.org", "", "/data", "http://", "file:///tmp/a"] {
            let error = Server::new(given).unwrap_err().to_string();
            assert!(error.contains(given) && error.ends_with("expected http://HOST:PORT or https://HOST/PATH"), "{error}");
        }
    }

    #[test]
    fn a_login_in_the_address_is_used_and_never_shown() {
        let server = Server::new("https://ann:hun%40ter+2@example.org/nexus").unwrap();
        assert_eq!(server.auth, Auth::Basic { user: "ann".into(), password: Secret::new("hun@ter+2") });
        assert!(!format!("{} {server:?}", server.base()).contains("ter+2"));
        assert!(!Server::new("htp://ann:hunter2@example.org").unwrap_err().to_string().contains("hunter2"));
    }

    #[test]
    fn certificates_are_checked_when_they_are_given() {
        let server = Server::new("https://example.org").unwrap();
        assert!(matches!(server.clone().with_root_certificates(b"nothing here"), Err(Error::Invalid(_))));
        assert!(!server.is_insecure() && server.insecure().is_insecure());
    }
}
