//! A few lines of HTTP, so that the tests speak over a real socket.

use sdap_engine::Engine;
use sdap_engine::serve::{self, Options};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer, its body without transfer coding.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// Serves the engine on a free port until the test ends.
pub(crate) async fn start(engine: Engine) -> SocketAddr {
    start_with(engine, Options::default()).await
}

/// The same, with other limits.
pub(crate) async fn start_with(engine: Engine, options: Options) -> SocketAddr {
    let (tell, told) = tokio::sync::oneshot::channel();
    let bound = move |address| tell.send(address).unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    tokio::spawn(async move { serve::serve(any, Arc::new(engine), options, bound, std::future::pending()).await.unwrap() });
    told.await.unwrap()
}

pub(crate) async fn get(server: SocketAddr, path: &str) -> Response {
    send(server, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).await
}

pub(crate) async fn post(server: SocketAddr, path: &str, form: &str) -> Response {
    let kind = "application/x-www-form-urlencoded";
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", form.len());
    send(server, &(head + form)).await
}

/// Sends a request as it is, and reads until the server closes the connection.
pub(crate) async fn send(server: SocketAddr, request: &str) -> Response {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let headers = String::from_utf8(all[..end].to_vec()).unwrap().to_lowercase();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = all[end + 4..].to_vec();
    if headers.contains("transfer-encoding: chunked") {
        body = join_chunks(&body);
    }
    Response { status, headers, body }
}

fn join_chunks(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n").unwrap();
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&rest[line + 2..line + 2 + length]);
        rest = &rest[line + 4 + length..];
    }
}
