//! Requests that start or change something at a server: sent once, neither repeated nor sent on to another address.

use super::Server;
use super::failure;
use super::transport::Reply;
use crate::{Error, Result};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;

/// What a request that changes something carries.
pub(super) enum Order<'a> {
    /// The query says it all.
    Get,
    /// A body of a content type.
    Post(&'a str, Vec<u8>),
}

/// What a server says to a request that changes something.
pub(super) enum Outcome {
    /// A response of the 200s.
    Done(Box<Reply>),
    /// Look there: the `Location` of a response of the 300s, as it came.
    Elsewhere(String),
}

impl Server {
    /// Sends an order in its turn.
    ///
    /// # Errors
    /// As every question. Whatever went wrong, the order may have been carried out.
    pub(super) async fn once(&self, path_and_query: &str, order: Order<'_>) -> Result<Outcome> {
        let slot = self.slots.clone().acquire_owned().await.map_err(|_| Error::Invalid(format!("{} is closed", self.name)))?;
        self.send(path_and_query, order, Some(slot)).await
    }

    /// Sends an order at once, however many requests are in flight: to end something must not wait for it.
    pub(super) async fn at_once(&self, path_and_query: &str) -> Result<Outcome> {
        self.send(path_and_query, Order::Get, None).await
    }

    async fn send(&self, path_and_query: &str, order: Order<'_>, slot: Option<OwnedSemaphorePermit>) -> Result<Outcome> {
        let asked = self.address(path_and_query)?;
        let client = self.client().await?;
        let request = match order {
            Order::Get => client.get(asked.clone()),
            Order::Post(content_type, body) => client.post(asked.clone()).header(CONTENT_TYPE, content_type).body(body),
        };
        tracing::debug!(url = %asked, "ordering");
        let began = Instant::now();
        let sent = self.auth.apply(request).send().await;
        let response = sent.map_err(|error| failure::transport(&error, &self.name, began.elapsed(), 0))?;
        let status = response.status();
        if status.is_redirection() {
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
            return Ok(Outcome::Elsewhere(location.to_owned()));
        }
        let mut reply = Reply { response, server: self.name.clone(), hop: asked.clone(), asked, began, received: 0, _slot: slot };
        if status.is_success() { Ok(Outcome::Done(Box::new(reply))) } else { Err(reply.reason().await) }
    }
}
