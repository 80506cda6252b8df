//! Asks again where a gateway or the network failed or has had enough for now, and where asking twice does no harm.

use super::Server;
use super::paths::is_repeatable;
use crate::{Error, Meter, Result};
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};
use url::Url;

/// The longest pause before a server is asked again, also where it asks for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// After this long a server is not asked again: each try may take as long as its gateway waits.
const LONGEST: Duration = Duration::from_mins(20);

/// How often a server is asked again, and the pause before the first time. Each further pause is twice as long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retries {
    pub(super) most: u32,
    pub(super) first_pause: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 3, first_pause: Duration::from_secs(1) }
    }
}

/// Why one try brought no answer.
#[derive(Debug)]
pub(super) struct Failure {
    error: Error,
    /// The address that may answer when it is asked again, and how long it wants to be left alone.
    again: Option<(Url, Option<Duration>)>,
}

/// What one try brought.
pub(super) type Tried<T> = std::result::Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, again: None }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Failure {
    /// A try that failed at `hop`, which may be another address than was asked first.
    pub(super) fn at(hop: &Url, error: Error, headers: Option<&HeaderMap>) -> Self {
        let passes = match &error {
            Error::Refused { status, .. } | Error::WebPage { status, .. } => matches!(status, 429 | 502..=504),
            Error::CutOff { .. } => true,
            _ => false,
        };
        let again = (passes && is_repeatable(hop)).then(|| (hop.clone(), headers.and_then(rest_wanted)));
        Self { error, again }
    }
}

/// How long a server wants to be left alone, in seconds or until a time.
fn rest_wanted(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    Some((until.with_timezone(&Utc) - Utc::now()).to_std().unwrap_or_default())
}

/// The tries that one request takes.
pub(super) struct Tries {
    retries: Retries,
    began: Instant,
    /// The address to ask now.
    pub(super) url: Url,
    count: u32,
    last: Option<String>,
}

impl Tries {
    pub(super) fn new(server: &Server, asked: &Url) -> Self {
        Self { retries: server.options.retries, began: Instant::now(), url: asked.clone(), count: 1, last: None }
    }

    /// Waits until it is time to ask again.
    ///
    /// # Errors
    /// The failure itself, where asking again helps nobody, and where it has been tried often enough.
    pub(super) async fn pause(&mut self, failure: Failure) -> Result<()> {
        let Some((url, rest)) = failure.again.filter(|_| self.retries.most > 0) else { return Err(failure.error) };
        if let Some(rest) = rest.filter(|rest| *rest > LONGEST_PAUSE) {
            return Err(told(failure.error, &format!(" (it wants to be left alone for {} s)", rest.as_secs())));
        }
        if self.count > self.retries.most || self.began.elapsed() > LONGEST {
            let tries = if self.count > 1 { format!(" (asked {} times)", self.count) } else { String::new() };
            return Err(told(failure.error, &tries));
        }
        let pause = rest.unwrap_or_default().max(self.own_pause());
        let reason = brief(&failure.error);
        let meter = Meter::current();
        meter.say(format!(
            "asking again in {:.0} s, try {} of {}: {reason}",
            pause.as_secs_f64().ceil(),
            self.count + 1,
            self.retries.most + 1
        ));
        tracing::debug!(%url, ?pause, "asking again");
        tokio::time::sleep(pause).await;
        meter.say(format!("asked again, try {} of {}", self.count + 1, self.retries.most + 1));
        self.url = url;
        self.count += 1;
        self.last = Some(reason);
        Ok(())
    }

    /// The pause that this client takes by itself: twice as long each time, and by chance up to a quarter longer or shorter,
    /// so that many clients do not come back at once.
    fn own_pause(&self) -> Duration {
        let chance = (RandomState::new().build_hasher().finish() % 1024) as f64 / 1024.0;
        let doubled = self.retries.first_pause.saturating_mul(1 << (self.count - 1).min(16));
        doubled.min(LONGEST_PAUSE).mul_f64(0.75 + chance / 2.0)
    }

    /// What a reader of the answer should know.
    pub(super) fn note(&self) -> Option<String> {
        self.last.as_ref().map(|reason| format!("asked {} times: {reason}", self.count))
    }
}

/// A failure in a few words.
fn brief(error: &Error) -> String {
    match error {
        Error::Refused { server, status, .. } | Error::WebPage { server, status, .. } => format!("{server} answered {status}"),
        Error::CutOff { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}

/// The same error, and what was tried.
fn told(error: Error, tries: &str) -> Error {
    match error {
        Error::Refused { server, status, message } => Error::Refused { server, status, message: message + tries },
        Error::WebPage { server, status, hint } => Error::WebPage { server, status, hint: hint + tries },
        Error::CutOff { server, received, reason } => Error::CutOff { server, received, reason: reason + tries },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn pauses_grow_and_are_bounded() {
        let server = Server::new("https://example.org").unwrap();
        let mut tries = Tries::new(&server, &Url::parse("https://example.org/list").unwrap());
        for (count, seconds) in [(1, 1.0), (2, 2.0), (3, 4.0), (40, 60.0)] {
            tries.count = count;
            let pause = tries.own_pause().as_secs_f64();
            assert!((0.75 * seconds..=1.25 * seconds).contains(&pause), "{count}: {pause}");
        }
    }

    #[test]
    fn the_rest_that_a_server_wants_is_read_as_seconds_or_as_a_time() {
        let wanted = |text: &str| rest_wanted(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_str(text).unwrap())]));
        assert_eq!(wanted("120"), Some(Duration::from_mins(2)));
        assert_eq!(wanted("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(wanted(&(Utc::now() + chrono::Duration::seconds(100)).to_rfc2822()).unwrap() > Duration::from_secs(90));
        assert_eq!(wanted("soon"), None);
    }
}
