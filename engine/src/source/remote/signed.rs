//! Addresses with a query, as those of signed links: it goes with each request, and into no message.

use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector};
use std::fmt;

/// What makes clients that send a query with each request. Whoever uses them does not know it, and so cannot tell of it.
pub(super) struct WithQuery(pub(super) String);

impl HttpConnector for WithQuery {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Client { client, query: self.0.clone() }))
    }
}

impl fmt::Debug for WithQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WithQuery")
    }
}

struct Client {
    client: HttpClient,
    query: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let address = format!("{}?{}", request.uri(), self.query);
        *request.uri_mut() = address.parse().map_err(|e| HttpError::new(HttpErrorKind::Decode, e))?;
        let (head, body) = self.client.execute(request).await?.into_parts();
        // A server that refuses a signature may repeat it in the page that says so.
        let body = if head.status.is_success() { body } else { String::new().into() };
        Ok(HttpResponse::from_parts(head, body))
    }
}
