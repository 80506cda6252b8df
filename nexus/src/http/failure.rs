//! What it means when there is no answer: each way to fail becomes one [`Error`], told in one line.

use super::words::{explanation, one_line};
use crate::parse::{Fault, ReadError};
use crate::{Error, Missing};
use std::io::ErrorKind;
use std::time::Duration;

/// An answer longer than its reader was willing to take.
#[derive(Debug, thiserror::Error)]
#[error("it is longer than {limit} bytes; ask for a smaller area or a shorter period")]
pub(super) struct TooLong {
    pub(super) limit: u64,
}

/// A request that got no response, or a response that broke off after `received` bytes.
pub(super) fn transport(error: &reqwest::Error, server: &str, waited: Duration, received: u64) -> Error {
    let server = server.to_owned();
    if error.is_connect() {
        return Error::Unreachable { server, reason: connection(error, waited) };
    }
    if error.is_timeout() {
        return Error::Timeout { server, seconds: waited.as_secs_f64() };
    }
    if error.is_decode() {
        return Error::Unreadable { server, reason: format!("its compression is broken: {}", root(error)) };
    }
    Error::CutOff { server, received, reason: broken_off(error) }
}

/// Why no connection was made.
fn connection(error: &reqwest::Error, waited: Duration) -> String {
    if let Some(tls) = find::<rustls::Error>(error) {
        return format!("the encrypted connection failed: {}", one_line(&tls.to_string()));
    }
    if error.is_timeout() {
        return format!("no connection within {:.0} s", waited.as_secs_f64());
    }
    if error.is_dns() || root(error).contains("failed to lookup address") {
        return "no host of that name is known".into();
    }
    match find::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionRefused) => "connection refused; nothing listens at that address and port".into(),
        Some(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => "there is no network route to it".into(),
        _ => root(error),
    }
}

fn broken_off(error: &reqwest::Error) -> String {
    match find::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionReset) => "the connection was reset".into(),
        Some(ErrorKind::UnexpectedEof) => "the connection was closed early".into(),
        _ => root(error),
    }
}

/// The cause of that type furthest down.
fn find<T: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    causes(error).filter_map(|cause| cause.downcast_ref::<T>().or_else(|| inside(cause))).last()
}

/// An I/O error may carry another error that it does not name as its source.
fn inside<'e, T: std::error::Error + 'static>(cause: &'e (dyn std::error::Error + 'static)) -> Option<&'e T> {
    cause.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref::<T>()
}

fn root(error: &reqwest::Error) -> String {
    one_line(&causes(error).last().map_or_else(|| error.to_string(), ToString::to_string))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

/// A body that is not the JSON its endpoint promises.
pub(super) fn unreadable(error: &ReadError, server: &str, received: u64) -> Error {
    let server = server.to_owned();
    match &error.fault {
        Fault::Ended => Error::CutOff { server, received, reason: error.to_string() },
        Fault::Stream(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            Error::CutOff { server, received, reason: "its compression ends in the middle".into() }
        }
        Fault::Shape(_) => Error::Unreadable { server, reason: one_line(&error.to_string()) },
        Fault::Stream(cause) => Error::Unreadable { server, reason: one_line(&cause.to_string()) },
    }
}

/// An empty body where there should be an answer.
pub(super) fn empty(server: &str) -> Error {
    Error::Unreadable { server: server.to_owned(), reason: "it is empty, where JSON was expected".into() }
}

/// A response whose status says that it is not an answer, from the head of its body.
pub(super) fn answered(server: &str, status: u16, body: &[u8]) -> Error {
    let text = String::from_utf8_lossy(body);
    if is_page(body) {
        return page(server, status);
    }
    let message = match crate::parse::read_value(&mut &*body) {
        Ok(serde_json::Value::Object(fields)) => fields.get("error").or_else(|| fields.get("message")).map(told),
        _ => None,
    };
    let message = one_line(&message.unwrap_or_else(|| text.into_owned()));
    let refused = |message| Error::Refused { server: server.to_owned(), status, message };
    match message.as_str() {
        "" => refused(format!("it gave no reason{}", hint(status))),
        words if says_no_data(words) => Error::NoData { missing: Missing::Unknown, message },
        words => match unknown_dataset(words) {
            Some(name) => Error::UnknownDataset { name: name.to_owned(), server: server.to_owned() },
            None => match explanation(words) {
                Some(meaning) => refused(format!("{message} ({meaning})")),
                None => refused(format!("{message}{}", hint(status))),
            },
        },
    }
}

fn told(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn says_no_data(words: &str) -> bool {
    ["No data found", "No tiles matched", "Could not find any data"].iter().any(|start| words.starts_with(start))
}

fn unknown_dataset(words: &str) -> Option<&str> {
    words.strip_prefix("Dataset ")?.strip_suffix(" is not currently loaded/ingested")
}

/// Whether a body is a web page: no JSON begins with `<`.
pub(super) fn is_page(body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    text.trim_ascii_start().starts_with(b"<")
}

/// A web page where there should be an answer.
pub(super) fn page(server: &str, status: u16) -> Error {
    Error::WebPage { server: server.to_owned(), status, hint: hint(status).to_owned() }
}

/// What a status usually means when nothing better is said.
fn hint(status: u16) -> &'static str {
    match status {
        200..=299 => ": is that the address of a NEXUS server?",
        401 => ": it wants a login",
        403 | 404 => ": there is no such endpoint; a path prefix such as /nexus may be missing from the address",
        429 => ": too many requests; try again later",
        502..=504 => ": a gateway in front of it gave up waiting; ask for a shorter period or a smaller area",
        _ => "",
    }
}
