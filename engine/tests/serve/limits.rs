//! Bounded work: how many questions at once, for how long, and what becomes of those that nobody waits for.

use super::{consolidated, http, made, refusal};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use sdap_engine::serve::{self, Options};
use sdap_engine::{Catalogue, Engine};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// How many chunks the slow dataset has, and how long each takes to come.
const CHUNKS: usize = 1000;
const EACH: Duration = Duration::from_millis(50);
const QUESTION: &str = "/timeAvgMapSpark?ds=SLOW&b=-10,-10,10,10&startTime=0&endTime=100000000";

/// A dataset on a server that takes its time over each chunk.
struct Slow {
    engine: Engine,
    /// How many chunks were asked for.
    asked: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
}

impl Slow {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let time = (0..CHUNKS as i64).map(|day| day * 86_400).collect();
        let values = (0..CHUNKS * 4).map(|n| n as f32).collect();
        let grid = made::Made { time, lat: vec![0.0, 1.0], lon: vec![0.0, 1.0], values, chunks: [1, 2, 2] };
        grid.write(folder.path());
        consolidated::consolidate(folder.path(), &["time", "lat", "lon", "v"]);
        let asked = Arc::new(AtomicUsize::new(0));
        let router = Router::new().fallback(file).with_state((folder.path().to_owned(), asked.clone()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let catalogue = Catalogue::default();
        catalogue.add(format!("http://{}/", listener.local_addr().unwrap()), "SLOW").unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { engine: Engine::with_catalogue(catalogue), asked, _folder: folder }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    async fn until_some_are_asked(&self) {
        until(|| self.asked() >= 3).await;
    }

    /// Whether no further chunk is asked for, long before all were.
    async fn has_stopped(&self) -> bool {
        let mut before = usize::MAX;
        for _ in 0..40 {
            let now = self.asked();
            if now == before {
                return now < CHUNKS;
            }
            before = now;
            tokio::time::sleep(6 * EACH).await;
        }
        false
    }
}

async fn file(State((folder, asked)): State<(PathBuf, Arc<AtomicUsize>)>, request: Request) -> axum::response::Response {
    let path = request.uri().path().trim_start_matches('/');
    if path.starts_with("v/c") {
        asked.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(EACH).await;
    }
    match std::fs::read(folder.join(path)) {
        Ok(bytes) => ([("last-modified", "Mon, 01 Jan 2001 00:00:00 GMT")], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("what was waited for did not happen");
}

async fn ask(server: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    stream
}

/// What the front page says of the requests in flight.
async fn in_flight(server: SocketAddr) -> String {
    let page = http::get(server, "/").await.text();
    let (_, rest) = page.split_once("Requests in flight</th><td>").unwrap();
    rest.split_once('<').unwrap().0.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_of_a_client_that_goes_away_stops() {
    let slow = Slow::new().await;
    let server = http::start(slow.engine.clone()).await;
    let client = ask(server, QUESTION).await;
    slow.until_some_are_asked().await;
    assert_eq!(in_flight(server).await, "1 are answered, 0 wait");
    drop(client);
    assert!(slow.has_stopped().await, "{} of {CHUNKS} chunks were asked for", slow.asked());
    assert_eq!(in_flight(server).await, "0 are answered, 0 wait");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_takes_too_long_is_told_so_and_stops() {
    let slow = Slow::new().await;
    let options = Options { time: Duration::from_millis(600), ..Options::default() };
    let server = http::start_with(slow.engine.clone(), options).await;
    let (status, words) = refusal(&http::get(server, QUESTION).await);
    assert!(status == 504 && words.contains("longer than 0.6 s"), "{status} {words}");
    assert!(slow.has_stopped().await, "{} of {CHUNKS} chunks were asked for", slow.asked());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_questions_wait_and_the_next_is_refused() {
    let slow = Slow::new().await;
    let options = Options { at_once: 1, waiting: 1, ..Options::default() };
    let server = http::start_with(slow.engine.clone(), options).await;
    let working = ask(server, QUESTION).await;
    slow.until_some_are_asked().await;
    let waiting = ask(server, QUESTION).await;
    for _ in 0..100 {
        if in_flight(server).await == "1 are answered, 1 wait" {
            break;
        }
    }
    assert_eq!(in_flight(server).await, "1 are answered, 1 wait");
    let refused = refusal(&http::get(server, QUESTION).await);
    assert_eq!(refused, (503, "Max concurrent requests reached. Please try again later.".into()));
    for path in ["/list", "/heartbeat", "/version", "/capabilities"] {
        assert_eq!(http::get(server, path).await.status, 200, "{path} does not wait");
    }
    drop((working, waiting));
    assert!(slow.has_stopped().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_being_answered_when_the_end_comes_is_finished() {
    let slow = Slow::new().await;
    let (tell, told) = tokio::sync::oneshot::channel();
    let (end, ends) = tokio::sync::oneshot::channel::<()>();
    let any = "127.0.0.1:0".parse().unwrap();
    let bound = move |address| tell.send(address).unwrap();
    let serving = tokio::spawn(serve::serve(any, Arc::new(slow.engine.clone()), Options::default(), bound, async { drop(ends.await) }));
    let server = told.await.unwrap();
    let question = QUESTION.replace("endTime=100000000", "endTime=1000000");
    let answer = tokio::spawn(async move { http::get(server, &question).await });
    slow.until_some_are_asked().await;
    end.send(()).unwrap();
    assert_eq!(answer.await.unwrap().status, 200);
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(server).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let options = Options { request_bytes: 1000, ..Options::default() };
    let server = http::start_with(Engine::demo(), options).await;
    let (status, words) = refusal(&http::post(server, "/timeSeriesSpark", &"x".repeat(1001)).await);
    assert!(status == 413 && !words.is_empty(), "{status} {words}");
    assert_eq!(http::post(server, "/timeSeriesSpark", &"x".repeat(1000)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_fetches_breaks_off_and_never_looks_whole() {
    let options = Options { time: Duration::from_secs(5), at_once: 1, ..Options::default() };
    let server = http::start_with(Engine::demo(), options).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    // Some twenty megabytes, which no socket keeps.
    let path = "/datainbounds?ds=FNOC_WIND_MONTHLY&b=0,-60,180,60&startTime=1985-01-01T00:00:00Z&endTime=1985-12-31T00:00:00Z";
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    assert_eq!(in_flight(server).await, "1 are answered, 0 wait", "it holds its turn until it is sent");
    for _ in 0..300 {
        if in_flight(server).await == "0 are answered, 0 wait" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(in_flight(server).await, "0 are answered, 0 wait");
    let mut rest = Vec::new();
    // Whether the connection is closed or reset: what came must not end as a whole answer does.
    let _closed = stream.read_to_end(&mut rest).await;
    assert!(!rest.ends_with(b"0\r\n\r\n"), "{} bytes came", rest.len());
}

#[tokio::test]
async fn no_more_clients_are_connected_than_allowed() {
    let options = Options { connections: 1, ..Options::default() };
    let server = http::start_with(Engine::demo(), options).await;
    let first = TcpStream::connect(server).await.unwrap();
    let second = tokio::spawn(async move { http::get(server, "/version").await.text() });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!second.is_finished(), "it waits for the first to go");
    drop(first);
    assert_eq!(second.await.unwrap(), "1.4.0");
}
