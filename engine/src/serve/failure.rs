//! Errors as NEXUS puts them on the wire: the status again in the body, beside the text.

use super::json;
use axum::extract::rejection::BytesRejection;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sdap_nexus::Error;
use serde::Serialize;
use std::time::Duration;

/// What the server says when nothing was found.
const NO_DATA: &str = "No data found for selected timeframe";

/// A request that has no answer.
#[derive(Debug, PartialEq)]
pub(super) struct Failure {
    status: StatusCode,
    message: String,
}

impl Failure {
    /// A request that is wrong.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// A refusal with a status of its own.
    pub(super) fn of(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// Something that is not allowed.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::of(StatusCode::FORBIDDEN, message)
    }

    /// More questions than may wait.
    pub(super) fn busy() -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE, "Max concurrent requests reached. Please try again later.")
    }

    /// A question that took too long.
    pub(super) fn late(limit: Duration) -> Self {
        let message = format!("the question took longer than {} s; ask for a smaller area or a shorter period", limit.as_secs_f64());
        Self::of(StatusCode::GATEWAY_TIMEOUT, message)
    }

    /// What the server answers with status 500.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, message: message.into() }
    }
}

impl From<BytesRejection> for Failure {
    fn from(rejection: BytesRejection) -> Self {
        Self::of(rejection.status(), rejection.body_text())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::UnknownDataset { name, .. } => {
                Self { status: StatusCode::NOT_FOUND, message: format!("Dataset {name} is not currently loaded/ingested") }
            }
            Error::NoData { .. } => Self::bad(NO_DATA),
            Error::Broken { .. } => Self::internal(error.to_string()),
            Error::Refused { status, message, .. } => Self::of(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), message),
            _ => Self::bad(error.to_string()),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            error: String,
            code: u16,
        }
        let body = Body { error: self.message, code: self.status.as_u16() };
        (self.status, [(header::CONTENT_TYPE, "application/json")], json::pretty(&body, "     ")).into_response()
    }
}
