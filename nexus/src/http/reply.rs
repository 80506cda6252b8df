//! A response on its way: its body, and what becomes of it.

use super::cache::{Draft, Place};
use super::failure;
use super::retry::{Failure, Tried};
use super::stream::{Copied, is_gzip, pipe, plain};
use super::transport::{Answer, Body};
use crate::parse::{MARK, ReadError};
use crate::{Error, Result};
use bytes::Bytes;
use reqwest::Response;
use reqwest::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use std::io::Read;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

/// How much of a body is read to learn why there is no answer, in bytes.
const REASON: usize = 1 << 20;

/// A response whose body is still to come.
pub(super) struct Reply {
    pub(super) response: Response,
    /// Who answered, as errors name it.
    pub(super) server: String,
    /// The URL that was asked, without a login.
    pub(super) asked: Url,
    /// The URL that answered.
    pub(super) hop: Url,
    pub(super) began: Instant,
    pub(super) received: u64,
    /// Keeps the place among the requests in flight, where one is needed.
    pub(super) _slot: Option<OwnedSemaphorePermit>,
}

impl Reply {
    /// The whole body, of at most `limit` bytes.
    pub(super) async fn body(mut self, limit: u64) -> Result<Body> {
        let bytes = self.collect(limit).await?;
        Ok(self.bodied(bytes, limit))
    }

    /// The body of which these are all bytes.
    pub(super) fn bodied(self, bytes: Bytes, limit: u64) -> Body {
        Body {
            bytes,
            content_type: self.content_type(),
            status: self.response.status().as_u16(),
            url: self.asked.into(),
            seconds: self.began.elapsed().as_secs_f64(),
            notes: Vec::new(),
            server: self.server,
            limit,
        }
    }

    fn content_type(&self) -> String {
        self.response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// How the body is still compressed, as the server says; empty if it is not.
    fn encoding(&self) -> &str {
        let stated = self.response.headers().get(CONTENT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default().trim();
        if stated.eq_ignore_ascii_case("identity") { "" } else { stated }
    }

    /// Begins to keep the body, unless the server forbids that.
    pub(super) fn draft(&self, place: &Place) -> Option<Draft> {
        let mut rules = self.response.headers().get_all(CACHE_CONTROL).iter().filter_map(|rule| rule.to_str().ok());
        let forbidden = rules.any(|rule| rule.to_ascii_lowercase().contains("no-store"));
        if forbidden { None } else { place.draft(self.response.status().as_u16(), &self.content_type()) }
    }

    /// Hands the body, of at most `limit` bytes, to `read` while it arrives.
    pub(super) async fn read<T, F>(self, limit: u64, read: F) -> Result<Answer<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError> + Send + 'static,
    {
        Ok(self.read_kept(limit, None, read).await?)
    }

    /// Hands the body, of at most `limit` bytes, to `read` while it arrives, and to the draft of a cached answer.
    pub(super) async fn read_kept<T, F>(mut self, limit: u64, draft: Option<Draft>, read: F) -> Tried<Answer<T>>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Read) -> std::result::Result<T, ReadError> + Send + 'static,
    {
        let head = self.head().await?;
        if failure::is_page(&head) {
            return Err(failure::page_at(&self.server, self.response.status().as_u16(), &self.asked, &self.hop).into());
        }
        if head.is_empty() {
            return Err(failure::empty(&self.server).into());
        }
        let is_json = matches!(failure::begins(&head), Some(b'{' | b'[')) && !failure::is_utf_16(&head);
        if !is_json && !is_gzip(&head) {
            return Err(failure::not_json(&self.server, self.encoding(), &head).into());
        }
        let (sender, body) = pipe();
        let first = head.clone();
        let reader = tokio::task::spawn_blocking(move || {
            let mut body = Copied { body, draft };
            let value = read(&mut plain(&mut body, &first, limit));
            value.map(|value| (value, body.draft))
        });
        let mut chunk = Some(head);
        while let Some(bytes) = chunk {
            // A reader that has seen enough says why below.
            if sender.send(bytes).await.is_err() {
                break;
            }
            chunk = self.chunk().await?;
        }
        drop(sender);
        let (value, draft) = match reader.await {
            Ok(outcome) => {
                outcome.map_err(|error| failure::unreadable(&error, &self.server, self.response.status().as_u16(), self.received))?
            }
            Err(gone) => {
                tracing::error!("the reader of {} is gone: {gone}", self.asked.path());
                return Err(Error::Unreadable { server: self.server, reason: "its reader failed".into() }.into());
            }
        };
        let seconds = self.began.elapsed().as_secs_f64();
        Ok(Answer { value, seconds, bytes: self.received, url: self.asked, notes: Vec::new(), draft })
    }

    async fn chunk(&mut self) -> Tried<Option<Bytes>> {
        match self.response.chunk().await {
            Ok(chunk) => {
                self.received += chunk.as_ref().map_or(0, |c| c.len() as u64);
                Ok(chunk)
            }
            Err(error) => {
                let error = failure::transport(&error, &self.server, self.began.elapsed(), self.received);
                Err(Failure::at(&self.hop, error, None))
            }
        }
    }

    /// The bytes up to the first chunk in which there is more than blanks; empty if there is none.
    async fn head(&mut self) -> Tried<Bytes> {
        let mut head = Bytes::new();
        while let Some(chunk) = self.chunk().await? {
            head = if head.is_empty() { chunk } else { [head, chunk].concat().into() };
            // Two bytes tell a gzip file. Blanks beyond reason are no head.
            let text = head.strip_prefix(MARK).unwrap_or(&head);
            if (text.trim_ascii().len() > 1 && !MARK.starts_with(text)) || head.len() > REASON {
                return Ok(head);
            }
        }
        Ok(if failure::begins(&head).is_none() { Bytes::new() } else { head })
    }

    /// All bytes, of which there may be at most `limit`.
    pub(super) async fn collect(&mut self, limit: u64) -> Tried<Bytes> {
        let mut whole = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if self.received > limit {
                let reason = failure::TooLong { limit }.to_string();
                return Err(Error::Unreadable { server: self.server.clone(), reason }.into());
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.into())
    }

    /// Why this is not an answer.
    pub(super) async fn reason(&mut self) -> Error {
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
