//! What it means when there is no answer: each way to fail becomes one [`Error`], told in one line.

use super::words::{explanation, one_line};
use crate::parse::{Fault, Limit, MARK, ReadError};
use crate::{Error, Missing};
use std::io::ErrorKind;
use std::time::Duration;
use url::Url;

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
        return Error::Timeout { server, seconds: rounded(waited) };
    }
    let cause = root(error);
    match find::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(ErrorKind::ConnectionReset) => Error::CutOff { server, received, reason: "the connection was reset".into() },
        Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) if cause.starts_with("Invalid chunk") => {
            Error::Unreadable { server, reason: format!("it is not HTTP: {cause}") }
        }
        Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) if error.is_decode() => {
            Error::Unreadable { server, reason: format!("its compression is broken: {cause}") }
        }
        _ if received == 0 && cause.starts_with("invalid") => Error::Unreadable { server, reason: format!("it is not HTTP: {cause}") },
        _ => Error::CutOff { server, received, reason: cause },
    }
}

/// Seconds as a person would say them.
fn rounded(waited: Duration) -> f64 {
    let seconds = waited.as_secs_f64();
    if seconds < 10.0 { (seconds * 10.0).round() / 10.0 } else { seconds.round() }
}

/// Why no connection was made.
fn connection(error: &reqwest::Error, waited: Duration) -> String {
    if let Some(tls) = find::<rustls::Error>(error) {
        let doubt = if matches!(tls, rustls::Error::InvalidMessage(_)) { "; does it speak https at that port?" } else { "" };
        return format!("the encrypted connection failed: {}{doubt}", one_line(&tls.to_string()));
    }
    if error.is_timeout() {
        return format!("no connection within {} s", rounded(waited));
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

/// The cause of that type furthest down.
fn find<T: std::error::Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    causes(error).filter_map(|cause| cause.downcast_ref::<T>().or_else(|| inside(cause))).last()
}

/// An I/O error may carry another error that it does not name as its source.
fn inside<'e, T: std::error::Error + 'static>(cause: &'e (dyn std::error::Error + 'static)) -> Option<&'e T> {
    let inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
    inner.downcast_ref::<T>().or_else(|| inside(inner))
}

fn root(error: &reqwest::Error) -> String {
    one_line(&causes(error).last().map_or_else(|| error.to_string(), ToString::to_string))
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(std::error::Error::source(error), |cause| cause.source())
}

/// A body that is not the JSON its endpoint promises.
pub(super) fn unreadable(error: &ReadError, server: &str, status: u16, received: u64) -> Error {
    let server = server.to_owned();
    match &error.fault {
        Fault::Refusal(words) => refused(&server, status, words, true),
        Fault::Ended => Error::CutOff { server, received, reason: error.to_string() },
        Fault::Stream(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            Error::CutOff { server, received, reason: "its compression ends in the middle".into() }
        }
        Fault::Shape(reason) if Limit::gave(reason) => too_large(&server, reason),
        Fault::Shape(_) => Error::Unreadable { server, reason: one_line(&error.to_string()) },
        Fault::Stream(cause) => Error::Unreadable { server, reason: one_line(&cause.to_string()) },
    }
}

/// An answer of more than may be kept of it.
pub(super) fn too_large(server: &str, reason: &str) -> Error {
    Error::TooLarge(format!("the answer of {server} is too large: {reason}"))
}

/// An empty body where there should be an answer.
pub(super) fn empty(server: &str) -> Error {
    Error::Unreadable { server: server.to_owned(), reason: "it is empty, where JSON was expected".into() }
}

/// A body that begins with neither an object nor an array; `encoding` is how it is still compressed.
pub(super) fn not_json(server: &str, encoding: &str, head: &[u8]) -> Error {
    if is_utf_16(head) {
        return Error::Unreadable { server: server.to_owned(), reason: "it is written in UTF-16, where UTF-8 was expected".into() };
    }
    if !encoding.is_empty() {
        let reason = format!("it is compressed as {}, where gzip or nothing was asked for", one_line(encoding));
        return Error::Unreadable { server: server.to_owned(), reason };
    }
    let start: String = one_line(&String::from_utf8_lossy(&head[..head.len().min(400)])).chars().take(60).collect();
    Error::Unreadable { server: server.to_owned(), reason: format!("expected JSON, found what begins with {start:?}") }
}

/// Whether a body is written in two bytes for each letter, which its mark or the zeros between its first letters tell.
pub(super) fn is_utf_16(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [1..=0xff, 0, 1..=0xff, 0, ..] | [0, 1..=0xff, 0, 1..=0xff, ..])
}

/// A response whose status says that it is not an answer, from the head of its body.
pub(super) fn answered(server: &str, status: u16, body: &[u8]) -> Error {
    if is_page(body) {
        return page(server, status);
    }
    match words_of(body) {
        Some(words) => refused(server, status, &words, true),
        // A gateway's own text needs explaining; the server's does not.
        None => refused(server, status, &String::from_utf8_lossy(body), false),
    }
}

/// What the words of a server come to, or those of something in front of it.
fn refused(server: &str, status: u16, words: &str, is_server: bool) -> Error {
    let refused = |message| Error::Refused { server: server.to_owned(), status, message };
    let message = one_line(words);
    if message.is_empty() {
        let meaning = if status == 500 { "" } else { hint(status) };
        return refused(format!("it gave no reason{meaning}"));
    }
    if says_no_data(&message) {
        return Error::NoData { missing: Missing::Unknown, message };
    }
    if let Some(name) = unknown_dataset(&message) {
        return Error::UnknownDataset { name: name.to_owned(), server: server.to_owned() };
    }
    match explanation(&message) {
        Some(meaning) => refused(format!("{message} ({meaning})")),
        None if status == 401 => refused(message + LOGIN),
        None if is_server => refused(message),
        None => refused(format!("{message}{}", hint(status))),
    }
}

/// The words of an error in JSON, also of one that is too long to be whole.
fn words_of(body: &[u8]) -> Option<String> {
    if let Ok(serde_json::Value::Object(fields)) = crate::parse::read_value(&mut &*body) {
        let stated = || ["error", "message", "detail"].iter().filter_map(|name| fields.get(*name));
        return stated().find(|words| !words.is_null()).or_else(|| stated().next()).map(told);
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(100_000)]);
    let (_, start) = text.strip_prefix('{')?.split_once("\"error\"")?;
    let words = start.trim_start().strip_prefix(':')?.trim_start();
    // Up to the last escape, which may be cut in two, the text is whole.
    let whole = words.rsplit_once('\\').map_or(words, |(whole, _)| whole);
    crate::parse::read_value(&mut format!("{whole}\"").as_bytes()).ok().map(|value| told(&value))
}

fn told(value: &serde_json::Value) -> String {
    if value.is_null() {
        return String::new();
    }
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn says_no_data(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["no data found", "no tiles matched", "could not find any data"].iter().any(|start| words.starts_with(start))
}

fn unknown_dataset(words: &str) -> Option<&str> {
    words.strip_prefix("Dataset ")?.strip_suffix(" is not currently loaded/ingested")
}

/// Whether a body is a web page: no JSON begins with `<`.
pub(super) fn is_page(body: &[u8]) -> bool {
    begins(body) == Some(&b'<')
}

/// The first byte of a body that means anything.
pub(super) fn begins(body: &[u8]) -> Option<&u8> {
    body.strip_prefix(MARK).unwrap_or(body).trim_ascii_start().first()
}

/// A web page where there should be an answer.
pub(super) fn page(server: &str, status: u16) -> Error {
    Error::WebPage { server: server.to_owned(), status, hint: hint(status).to_owned() }
}

/// A web page in the place of the answer to what was asked: one that a question was sent on to mostly asks who is there.
pub(super) fn page_at(server: &str, status: u16, asked: &Url, hop: &Url) -> Error {
    let endpoint = |url: &Url| url.path().rsplit('/').next().map(str::to_owned);
    if endpoint(asked) == endpoint(hop) {
        return page(server, status);
    }
    let hint = format!(": the question was sent on to {}, as servers do that want a login", one_line(hop.path()));
    Error::WebPage { server: server.to_owned(), status, hint }
}

/// What it means that a server wants to know who asks.
const LOGIN: &str = ": it wants a login";

/// What a status usually means when nothing better is said.
fn hint(status: u16) -> &'static str {
    match status {
        200..=299 => ": is that the address of a NEXUS server?",
        401 => LOGIN,
        403 => ": it does not allow this; a login, or a path prefix such as /nexus in the address, may be missing",
        404 => ": there is no such endpoint; a path prefix such as /nexus may be missing from the address",
        407 => ": the proxy wants a login",
        413 | 414 | 431 => ": the question is too long for a gateway in front of it; ask with fewer filters or datasets",
        429 => ": too many requests; try again later",
        500 => ": it failed without saying why; the endpoint may be dead in its release",
        502..=504 => ": a gateway in front of it gave up waiting; ask for a shorter period or a smaller area",
        _ => "",
    }
}
