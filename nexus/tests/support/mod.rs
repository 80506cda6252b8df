//! A server on this machine that answers as a test wants, and remembers what it was asked.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use sdap::{BoundingBox, Period};
use sdap_nexus::request::{SeriesFilters, SeriesRequest};
use sdap_nexus::{Nexus, Server};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("content-type".into(), content_type.into())], body: body.into() }
    }

    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "application/json", body)
    }

    pub fn error(status: u16, words: &str) -> Self {
        Self::new(status, "application/json", serde_json::json!({ "error": words, "code": status }).to_string())
    }

    pub fn redirect(status: u16, location: &str) -> Self {
        Self { headers: vec![("location".into(), location.into())], ..Self::new(status, "text/html", "") }
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Asked {
    /// The last value of a parameter, or nothing.
    pub fn get(&self, name: &str) -> &str {
        self.query.iter().rev().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }
}

/// A server that lives as long as the test.
pub struct Fake {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Fake {
    /// Starts a server that answers each request with what `answer` makes of it.
    pub async fn start(answer: impl Fn(&Asked) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = asked.clone();
        let app = axum::Router::new().fallback(move |request: Request<Body>| {
            let (log, answer) = (log.clone(), answer.clone());
            async move {
                let (head, body) = request.into_parts();
                let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
                let path = head.uri.path().to_owned();
                let asked = Asked { method: head.method.to_string(), path, query, headers: head.headers, body };
                let reply = answer(&asked);
                log.lock().unwrap().push(asked);
                let mut response = Response::builder().status(reply.status);
                for (name, value) in reply.headers {
                    response = response.header(name, value);
                }
                response.body(Body::from(reply.body)).unwrap()
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, asked }
    }

    /// A server that gives everyone the same answer.
    pub async fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    pub fn client(&self) -> Server {
        Server::new(&self.url).unwrap()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// Starts a bare TCP server that treats each connection, its request read, as `behave` says. Returns its URL.
pub async fn misbehaving<F, B>(behave: F) -> String
where
    F: Fn(TcpStream) -> B + Clone + Send + Sync + 'static,
    B: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let behave = behave.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    match stream.read_u8().await {
                        Ok(byte) => request.push(byte),
                        Err(_) => return,
                    }
                }
                behave(stream).await;
            });
        }
    });
    url
}

/// Asks a server that tells when a request came and when its connection is gone, drops the question in between, and checks
/// that the connection goes within 200 ms. On a busy machine the server itself may hear of it late, so the best of ten counts.
pub async fn dropped_in_time(server: &Server, question: &SeriesRequest, hears: &mut Receiver<&'static str>) {
    let mut waited = Vec::new();
    for _ in 0..10 {
        tokio::select! {
            outcome = server.series(question) => panic!("{outcome:?}"),
            told = hears.recv() => assert_eq!(told, Some("it came")),
        }
        let dropped = Instant::now();
        let told = tokio::time::timeout(Duration::from_secs(20), hears.recv()).await.expect("the connection closes");
        assert_eq!(told, Some("it is gone"));
        waited.push(dropped.elapsed());
        if dropped.elapsed() < Duration::from_millis(200) {
            return;
        }
    }
    panic!("the connection closed only after {waited:?}");
}

/// A bare TCP server that writes `bytes` and closes the connection.
pub async fn writing(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    misbehaving(move |mut stream| {
        let bytes = bytes.clone();
        async move {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

pub fn period(start: &str, end: &str) -> Period {
    Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap()
}

pub fn area(west: f64, south: f64, east: f64, north: f64) -> BoundingBox {
    BoundingBox::new(west, south, east, north).unwrap()
}

pub fn january() -> Period {
    period("2013-01-01T00:00:00Z", "2013-01-31T23:59:59Z")
}

/// A question about some datasets in a small box in January 2013.
pub fn series_of(datasets: &[&str]) -> SeriesRequest {
    SeriesRequest {
        elevation: None,
        datasets: datasets.iter().map(|d| (*d).to_owned()).collect(),
        variable: None,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: january(),
        filters: SeriesFilters::default(),
    }
}
