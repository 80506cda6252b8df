//! What a user is told when a server misbehaves: one line each, in time, and never a wrong number.

mod support;

use sdap_nexus::request::{MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest};
use sdap_nexus::{Auth, Error, Nexus, Secret, Server};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use support::{Fake, Reply, area, dropped_in_time, misbehaving, period, writing};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const GOOD: &str = r#"{"meta": [], "data": [[{"time": 1357041600, "mean": 1, "cnt": 1}]], "stats": {}}"#;

fn question() -> SeriesRequest {
    SeriesRequest {
        elevation: None,
        datasets: vec!["A".into()],
        variable: None,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: period("2013-01-01T00:00:00Z", "2013-01-31T23:59:59Z"),
        filters: SeriesFilters::default(),
    }
}

/// Asks the question of a server that waits at most half a second for anything.
async fn ask(url: &str) -> Result<(), Error> {
    let patience = Duration::from_millis(500);
    let server = Server::new(url).unwrap().with_timeouts(patience, patience).with_limit(1_000_000).with_retries(0, Duration::ZERO);
    server.series(&question()).await.map(|_| ())
}

/// What asking it leads to, without what differs from run to run.
async fn told(url: &str) -> String {
    let began = Instant::now();
    let error = ask(url).await.expect_err("a misbehaving server has no answer");
    assert!(began.elapsed() < Duration::from_secs(5), "{error} took {:?}", began.elapsed());
    let text = error.to_string();
    assert!(!text.contains('\n') && text.chars().count() < 500, "{text}");
    text.replace(url, "SERVER")
}

fn response(head: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n{body}")
}

/// A server that writes `text` and then keeps silent.
async fn stalling(text: String) -> String {
    misbehaving(move |mut stream| {
        let text = text.clone();
        async move {
            let _ = stream.write_all(text.as_bytes()).await;
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    })
    .await
}

/// A server that writes `text` and then resets the connection.
async fn resetting(text: String) -> String {
    misbehaving(move |mut stream| {
        let text = text.clone();
        async move {
            let _ = stream.write_all(text.as_bytes()).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            stream.set_zero_linger().unwrap();
        }
    })
    .await
}

async fn closed_port() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn every_broken_connection_is_told_in_one_line() {
    let length = GOOD.len();
    let half = &GOOD[..40];
    let chunk = |text: &str| format!("{:x}\r\n{text}\r\n", text.len());
    let plain = Fake::always(Reply::json(GOOD)).await;
    let cases = [
        ("nothing listens", closed_port().await),
        ("https to a server that speaks http", plain.url.replace("http:", "https:")),
        ("no answer", stalling(String::new()).await),
        ("slow head", stalling("HTTP/1.1 200 OK\r\nContent-Ty".into()).await),
        ("slow body", stalling(response(&format!("Content-Length: {length}\r\n"), half)).await),
        ("closed without an answer", writing("").await),
        ("reset without an answer", resetting(String::new()).await),
        ("reset in the body", resetting(response(&format!("Content-Length: {length}\r\n"), half)).await),
        ("cut body", writing(response(&format!("Content-Length: {length}\r\n"), half)).await),
        ("cut body of unknown length", writing(response("", half)).await),
        ("cut chunks", writing(response("Transfer-Encoding: chunked\r\n", &chunk(half))).await),
        ("length too great", writing(response(&format!("Content-Length: {}\r\n", length + 10), GOOD)).await),
        ("length too small", writing(response(&format!("Content-Length: {}\r\n", length - 10), GOOD)).await),
        ("garbage for a head", writing("\u{1}\u{2}garbage\r\n\r\n").await),
    ];
    let mut table = String::new();
    for (name, url) in cases {
        writeln!(table, "{name}: {}", told(&url).await).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_host_that_does_not_exist_cannot_be_reached() {
    // Without a network, asking for the name may itself take longer than the client waits.
    let text = told("http://no-such-host.invalid:8083").await;
    let reasons = ["no host of that name is known", "no connection within 0.5 s"];
    assert!(reasons.iter().any(|reason| text == format!("cannot reach SERVER: {reason}")), "{text}");
}

#[tokio::test]
async fn every_wrong_answer_is_told_in_one_line() {
    let page = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Secret page</h1></body></html>";
    let trace = format!(
        "An error occurred while calling o12.collect.\n: org.apache.spark.SparkException: Job aborted\n{}",
        "\tat org.apache.spark.X(Y.scala:1)\n".repeat(50_000)
    );
    let html = |status| Reply::new(status, "text/html", page);
    let cases = [
        ("page 200", html(200)),
        ("page 401", html(401)),
        ("page 403", html(403)),
        ("page 407", html(407)),
        ("page 413", html(413)),
        ("page 414", html(414)),
        ("page 429", html(429)),
        ("page 404", html(404)),
        ("page 405", html(405)),
        ("page 500", html(500)),
        ("page 502", html(502)),
        ("page 503", html(503)),
        ("page 504", html(504)),
        ("text 504", Reply::new(504, "text/plain", "upstream request timeout")),
        ("text 200", Reply::new(200, "text/plain", "It works!")),
        ("empty 200", Reply::json("")),
        ("blank 200", Reply::json(" \n ")),
        ("empty 500", Reply::new(500, "application/json", "")),
        ("unknown dataset", Reply::error(404, "Dataset A is not currently loaded/ingested")),
        ("no data", Reply::error(400, "No data found for selected timeframe")),
        ("no data in 500", Reply::error(500, "Could not find any data temporally co-located")),
        ("empty list", Reply::json(r#"{"meta": [{"shortName": "A"}], "data": [], "stats": {}}"#)),
        ("bad parameter", Reply::error(400, "'ds' argument is required")),
        ("error without words", Reply::error(500, "")),
        ("error with a stack trace", Reply::error(500, &trace)),
        ("error with markup", Reply::error(500, "<b>disk</b>\nfull")),
        ("error as a success", Reply::json(r#"{"error": "Spark is asleep", "code": 500}"#)),
        ("no data as a success", Reply::json(r#"{"error": "No data found for selected timeframe", "code": 400}"#)),
        ("error in another shape", Reply::new(422, "application/json", r#"{"message": {"field": "b"}}"#)),
        ("busy", Reply::error(503, "Max concurrent requests reached. Please try again later.")),
        ("null", Reply::json("null")),
        ("a number", Reply::json("3")),
        ("another object", Reply::json(r#"{"status": "ok"}"#)),
        ("another shape", Reply::json(r#"{"data": [[{"time": "yesterday", "mean": 1}]]}"#)),
        ("rows without a time", Reply::json(r#"{"data": [[{"mean": 1}]]}"#)),
        ("rows without a mean", Reply::json(r#"{"data": [[{"time": 1357041600, "median": 1}]]}"#)),
        ("rows of another dataset", Reply::json(r#"{"data": [[{"time": 1357041600, "mean": 1, "ds": 2}]]}"#)),
        ("invalid UTF-8", Reply::json(b"\xff\xf8{}".to_vec())),
        ("two documents", Reply::json(format!("{GOOD} {GOOD}"))),
        ("deep nesting", Reply::json(format!("{{\"data\": {}", "[".repeat(100_000)))),
        ("too long", Reply::json(format!("{{\"data\": [{}]}}", "[],".repeat(1_000_000)))),
        ("gzip bomb", Reply::new(200, "application/gzip", gzip(&vec![b' '; 50_000_000]))),
        ("cut gzip", Reply::new(200, "application/gzip", gzip(GOOD.as_bytes())[..40].to_vec())),
        ("broken gzip", Reply::new(200, "application/gzip", [&[0x1f, 0x8b][..], &[7; 60]].concat())),
        ("redirect to nowhere", Reply::new(302, "text/html", "")),
        ("redirect to a file", Reply::redirect(301, "file:///etc/passwd")),
        ("redirect in circles", Reply::redirect(301, "/timeSeriesSpark?again")),
    ];
    let mut table = String::new();
    for (name, reply) in cases {
        let fake = Fake::always(reply).await;
        writeln!(table, "{name}: {}", told(&fake.url).await).unwrap();
    }
    assert!(!table.contains("Secret page"), "a page is never shown");
    insta::assert_snapshot!(table);
}

#[test]
fn the_documentation_shows_what_the_tests_see() {
    let seen = [
        include_str!("snapshots/faults__every_broken_connection_is_told_in_one_line.snap"),
        include_str!("snapshots/faults__every_wrong_answer_is_told_in_one_line.snap"),
    ];
    let shown: Vec<&str> = include_str!("../src/faults.md").lines().collect();
    for line in seen.iter().flat_map(|file| file.splitn(3, "---\n").last().unwrap().trim().lines()) {
        let row = format!("| {} |", line.replacen(": ", " | ", 1));
        assert!(shown.contains(&row.as_str()), "nexus/src/faults.md lacks {row}");
    }
}

#[tokio::test]
async fn an_answer_with_the_wrong_label_is_read_all_the_same() {
    for label in ["text/html", "text/plain; charset=latin1", "image/png", ""] {
        Fake::always(Reply::new(200, label, GOOD)).await.client().series(&question()).await.unwrap();
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_spoils_no_number() {
    let body =
        [br#"{"meta": [{"shortName": "Temp"#.as_slice(), b"\xe9", br#"rature"}], "data": [[{"time": 1357041600, "mean": 1}]]}"#].concat();
    let group = Fake::always(Reply::json(body)).await.client().series(&question()).await.unwrap();
    assert_eq!((group.series[0].dataset.as_str(), group.series[0].mean[0]), ("Temp\u{fffd}rature", 1.0));
}

#[tokio::test]
async fn a_body_that_arrives_in_crumbs_is_read_all_the_same() {
    let url = misbehaving(|mut stream| async move {
        let _ = stream.write_all(response(&format!("Content-Length: {}\r\n", GOOD.len()), "").as_bytes()).await;
        for byte in GOOD.bytes() {
            let _ = stream.write_all(&[byte]).await;
            let _ = stream.flush().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    ask(&url).await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_down_does_not_spoil_the_next_question() {
    let down = AtomicUsize::new(1);
    let fake = Fake::start({
        let down = Arc::new(down);
        move |_| if down.swap(0, SeqCst) == 1 { Reply::new(504, "text/html", "<html>") } else { Reply::json(GOOD) }
    })
    .await;
    let server = fake.client().with_retries(0, Duration::ZERO);
    assert!(matches!(server.series(&question()).await.unwrap_err(), Error::WebPage { status: 504, .. }));
    server.series(&question()).await.unwrap();
}

#[tokio::test]
async fn a_question_that_is_dropped_closes_its_connection() {
    let (tell, mut hears) = tokio::sync::mpsc::channel(2);
    let url = misbehaving(move |mut stream| {
        let tell = tell.clone();
        async move {
            let _ = tell.send("it came").await;
            let _ = stream.read(&mut [0; 16]).await;
            let _ = tell.send("it is gone").await;
        }
    })
    .await;
    dropped_in_time(&Server::new(&url).unwrap(), &question(), &mut hears).await;
}

#[tokio::test]
async fn no_more_than_two_requests_are_in_flight() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let url = misbehaving({
        let most = most.clone();
        move |mut stream| {
            let (now, most) = (now.clone(), most.clone());
            async move {
                most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                tokio::time::sleep(Duration::from_millis(30)).await;
                now.fetch_sub(1, SeqCst);
                let _ =
                    stream.write_all(response(&format!("Content-Length: {}\r\nConnection: close\r\n", GOOD.len()), GOOD).as_bytes()).await;
            }
        }
    })
    .await;
    let server = Server::new(&url).unwrap();
    let asked = (0..8).map(|_| {
        let server = server.clone();
        async move { server.series(&question()).await.map(|_| ()) }
    });
    futures::future::try_join_all(asked).await.unwrap();
    assert_eq!(most.load(SeqCst), 2);
}

#[tokio::test]
async fn a_redirect_to_another_host_is_followed_without_the_login() {
    let far = Fake::always(Reply::json(GOOD)).await;
    let location = format!("{}/nexus/timeSeriesSpark?ds=NEAR", far.url);
    let near = Fake::start(move |_| Reply::redirect(301, &location)).await;
    for auth in [Auth::Bearer(Secret::new("token")), Auth::Header { name: "X-Key".into(), value: Secret::new("token") }] {
        let server = near.client().with_auth(auth).unwrap();
        let group = server.series(&question()).await.unwrap();
        assert_eq!(group.origin.server, near.url);
    }
    assert_eq!(near.asked()[0].header("authorization"), Some("Bearer token"));
    assert_eq!(near.asked()[1].header("x-key"), Some("token"));
    for asked in far.asked() {
        assert_eq!((asked.get("ds"), asked.header("authorization"), asked.header("x-key")), ("NEAR", None, None));
        assert_eq!(asked.header("user-agent"), Some(concat!("sdap-kernel/", env!("CARGO_PKG_VERSION"))));
    }
}

#[tokio::test]
async fn an_error_after_a_redirect_names_the_host_that_answered() {
    let far = Fake::always(Reply::new(502, "text/html", "<html>")).await;
    let location = far.url.clone();
    let near = Fake::start(move |_| Reply::redirect(301, &location)).await;
    let error = near.client().with_retries(1, Duration::ZERO).series(&question()).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} answered 502", far.url)), "{error}");
}

#[tokio::test]
async fn a_login_in_the_address_is_sent_and_never_shown() {
    let fake = Fake::start(|asked| match asked.header("authorization") {
        Some("Basic YW5uOmh1bnRlcjI=") => Reply::json(GOOD),
        _ => Reply::new(401, "text/html", "<html>"),
    })
    .await;
    let server = Server::new(&fake.url.replace("http://", "http://ann:hunter2@")).unwrap();
    let group = server.series(&question()).await.unwrap();
    assert!(!format!("{:?} {server:?}", group.origin).contains("hunter2"));
    let refused = fake.client().series(&question()).await.unwrap_err().to_string();
    assert!(refused.ends_with("answered 401 with a web page instead of data: it wants a login"), "{refused}");
}

#[tokio::test]
async fn a_path_prefix_is_kept_and_any_endpoint_can_be_asked() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/nexus/heartbeat" => Reply::json(r#"{"nexusproto": true, "x": NaN}"#),
        _ => Reply::new(404, "text/html", "<html>"),
    })
    .await;
    let server = Server::new(&format!("{}/nexus/", fake.url)).unwrap();
    for path in ["/heartbeat", "heartbeat"] {
        let body = server.get(path).await.unwrap();
        assert_eq!(
            (body.status, body.content_type.as_str(), body.url.clone()),
            (200, "application/json", format!("{}/nexus/heartbeat", fake.url))
        );
        assert_eq!(body.json().unwrap(), serde_json::json!({ "nexusproto": true, "x": null }));
    }
    let error = fake.client().get("/heartbeat").await.unwrap_err().to_string();
    assert!(error.ends_with("a path prefix such as /nexus may be missing from the address"), "{error}");
    assert!(server.with_limit(5).get("/heartbeat").await.unwrap_err().to_string().contains("longer than 5 bytes"));
}

#[tokio::test]
async fn a_map_whose_cells_hold_something_else_is_refused() {
    let fake = Fake::always(Reply::json(r#"{"data": [[{"median": 1, "cnt": 1, "lat": 1, "lon": 1}]]}"#)).await;
    let SeriesRequest { area, period, .. } = question();
    let request = MapRequest { elevation: None, dataset: "A".into(), variable: None, statistic: Statistic::Mean, area, period };
    let error = fake.client().map(&request).await.unwrap_err().to_string();
    assert!(error.ends_with("cannot be read: its cells hold no mean or avg"), "{error}");
}

#[tokio::test]
async fn points_without_end_stop_at_the_limit_and_close_the_connection() {
    let (tell, mut hears) = tokio::sync::mpsc::channel(1);
    let url = misbehaving(move |mut stream| {
        let tell = tell.clone();
        async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[").await;
            let mut sent = 0_usize;
            loop {
                let point = format!(r#"{{"latitude": {}.5, "longitude": 1, "time": 1357041600, "data": [{{"v": {sent}}}]}},"#, sent % 90);
                if stream.write_all(point.as_bytes()).await.is_err() {
                    break;
                }
                sent += 1;
            }
            let _ = tell.send(sent).await;
        }
    })
    .await;
    let SeriesRequest { area, period, .. } = question();
    let request = SubsetRequest { dataset: "A".into(), variable: None, area: Some(area), filters: Vec::new(), period, elevation: None };
    let error = Server::new(&url).unwrap().with_point_limit(5000).subset(&request).await.unwrap_err();
    let Error::TooLarge(said) = &error else { panic!("{error}") };
    assert!(said.contains("it holds more than 5000 points") && said.contains("raise the limit"), "{said}");
    let sent = tokio::time::timeout(Duration::from_secs(20), hears.recv()).await.expect("the connection closes").unwrap();
    assert!(sent < 500_000, "{sent} points were sent");
}
