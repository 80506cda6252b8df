//! How requests travel: what is asked again and what never is, what is served from disk, who logs in and to whom.

mod certified;
mod support;

use sdap_nexus::request::{HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest};
use sdap_nexus::{Auth, Cache, Caching, Error, Meter, Nexus, Secret, Server};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use support::{Asked, Fake, Reply, area, dropped_in_time, misbehaving, period};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const GOOD: &str = r#"{"meta": [], "data": [[{"time": 1357041600, "mean": 1, "cnt": 1}]], "stats": {}}"#;
const SOON: Duration = Duration::from_millis(5);

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

/// A server that fails so many times with `reply`, and then answers.
async fn failing(times: usize, reply: Reply) -> Fake {
    let left = Arc::new(AtomicUsize::new(times));
    Fake::start(move |_| {
        let failed = left.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok();
        if failed { reply.clone() } else { Reply::json(GOOD) }
    })
    .await
}

#[tokio::test]
async fn a_gateway_that_gives_up_is_asked_again_and_the_answer_says_so() {
    for status in [429, 502, 503, 504] {
        let fake = failing(2, Reply::new(status, "text/html", "<html>")).await;
        let group = fake.client().with_retries(3, SOON).series(&question()).await.unwrap();
        assert_eq!(group.origin.notes, [format!("asked 3 times: {} answered {status}", fake.url)]);
        assert_eq!(fake.asked().len(), 3);
        let body =
            failing(1, Reply::new(status, "text/html", "<html>")).await.client().with_retries(1, SOON).get("/tomogram/3d").await.unwrap();
        assert!(body.notes[0].starts_with("asked 2 times"), "{:?}", body.notes);
    }
}

#[tokio::test]
async fn whoever_fails_every_time_is_given_up_after_the_last_try() {
    let fake = failing(100, Reply::new(504, "text/html", "<html>")).await;
    let error = fake.client().with_retries(2, SOON).series(&question()).await.unwrap_err();
    assert!(matches!(error, Error::WebPage { status: 504, .. }) && error.to_string().ends_with("(asked 3 times)"), "{error}");
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test]
async fn what_will_fail_again_is_asked_once() {
    let again = [
        Reply::error(400, "No data found for selected timeframe"),
        Reply::error(404, "Dataset A is not currently loaded/ingested"),
        Reply::error(500, "tuple index out of range"),
        Reply::json("{\"data\": ["),
        Reply::json("nonsense"),
    ];
    for reply in again {
        let fake = failing(1, reply).await;
        fake.client().with_retries(3, SOON).series(&question()).await.unwrap_err();
        assert_eq!(fake.asked().len(), 1);
    }
}

#[tokio::test]
async fn nothing_that_starts_or_changes_something_is_sent_twice() {
    let fake = failing(100, Reply::new(504, "text/html", "<html>")).await;
    let server = fake.client().with_retries(3, SOON);
    for path in ["/match_spark?primary=A", "/job/cancel?id=1", "/datasets/remove?name=A", "datasets/add", "/match_spark/"] {
        server.get(path).await.unwrap_err();
    }
    for path in ["/datasets/add", "/timeSeriesSpark"] {
        server.post(path, "text/yaml", b"a: 1".to_vec()).await.unwrap_err();
    }
    assert_eq!(fake.asked().len(), 7);
    server.get("/job?id=1").await.unwrap_err();
    assert_eq!(fake.asked().len(), 11, "how far a job is can be asked again");
}

#[tokio::test]
async fn a_connection_that_is_reset_is_made_again_also_in_the_midst_of_an_answer() {
    for half in [0, 40] {
        let count = Arc::new(AtomicUsize::new(0));
        let url = misbehaving(move |mut stream| {
            let tried = count.fetch_add(1, SeqCst);
            async move {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", GOOD.len());
                let whole = head.clone() + GOOD;
                if tried == 0 {
                    let part = if half == 0 { "" } else { &whole[..head.len() + half] };
                    let _ = stream.write_all(part.as_bytes()).await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    stream.set_zero_linger().unwrap();
                } else {
                    let _ = stream.write_all(whole.as_bytes()).await;
                }
            }
        })
        .await;
        let server = Server::new(&url).unwrap().with_retries(3, SOON);
        let group = server.series(&question()).await.unwrap();
        assert_eq!(group.series[0].mean[0], 1.0);
        assert_eq!(group.origin.notes.len(), 1, "{:?}", group.origin.notes);
    }
}

#[tokio::test]
async fn the_time_that_a_server_wants_is_left_to_it_and_one_too_long_is_told() {
    let busy = |seconds: &str| Reply { headers: vec![("retry-after".into(), seconds.into())], ..Reply::error(503, "busy") };
    let began = Instant::now();
    failing(1, busy("1")).await.client().with_retries(1, SOON).series(&question()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    let error = failing(1, busy("3600")).await.client().with_retries(1, SOON).series(&question()).await.unwrap_err();
    assert!(error.to_string().ends_with("busy (it wants to be left alone for 3600 s)"), "{error}");
}

#[tokio::test]
async fn the_pause_is_told_while_it_lasts_and_ends_when_the_question_is_dropped() {
    let fake = failing(100, Reply::new(504, "text/html", "<html>")).await;
    let server = fake.client().with_retries(3, Duration::from_secs(30));
    let meter = Arc::new(Meter::default());
    let question = question();
    let asked = meter.clone().lent_to(server.series(&question));
    assert!(tokio::time::timeout(Duration::from_millis(500), asked).await.is_err(), "it is pausing");
    let stage = meter.stage().unwrap();
    assert!(stage.starts_with("asking again in ") && stage.contains("try 2 of 4: ") && stage.ends_with("answered 504"), "{stage}");
    assert_eq!(fake.asked().len(), 1);
    let next = tokio::time::timeout(Duration::from_millis(200), server.get("/version"));
    let _ = next.await.map(|error| error.unwrap_err());
    assert_eq!(fake.asked().len(), 2, "the place in the queue is free at once");
}

#[tokio::test]
async fn a_question_that_is_dropped_in_the_midst_of_its_answer_frees_the_connection_at_once() {
    let (tell, mut hears) = tokio::sync::mpsc::channel(2);
    let url = misbehaving(move |mut stream| {
        let tell = tell.clone();
        async move {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n[[").await;
            let _ = tell.send("it came").await;
            // It goes on sending until nobody is there to receive.
            while stream.write_all(&[b' '; 1000]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let _ = tell.send("it is gone").await;
        }
    })
    .await;
    dropped_in_time(&Server::new(&url).unwrap(), &question(), &mut hears).await;
}

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&folder.path().join("answers"), 10_000_000).unwrap();
    (folder, cache)
}

#[tokio::test]
async fn nothing_is_kept_unless_a_cache_is_given() {
    let fake = Fake::always(Reply::json(GOOD)).await;
    let server = fake.client();
    server.series(&question()).await.unwrap();
    server.series(&question()).await.unwrap();
    assert_eq!(fake.asked().len(), 2);
}

#[tokio::test]
async fn the_same_question_is_answered_from_disk_and_says_how_old_the_answer_is() {
    let fake = Fake::always(Reply::json(GOOD)).await;
    let (_folder, cache) = cache();
    let first = fake.client().with_cache(cache.clone()).series(&question()).await.unwrap();
    assert_eq!(first.origin.notes, Vec::<String>::new());
    // Another kernel has a client of its own.
    let again = fake.client().with_cache(cache.clone()).series(&question()).await.unwrap();
    assert!(again.origin.notes[0].starts_with("cached ") && again.origin.notes[0].ends_with(" s ago"), "{:?}", again.origin.notes);
    assert_eq!((again.origin.request.clone(), again.origin.bytes), (first.origin.request.clone(), first.origin.bytes));
    assert_eq!(again.series[0].mean, first.series[0].mean);
    assert_eq!(fake.asked().len(), 1);
    let server = fake.client().with_cache(cache);
    let renewed = Caching::Renewed.during(server.series(&question())).await.unwrap();
    assert_eq!((renewed.origin.notes.len(), fake.asked().len()), (0, 2));
    Caching::Ignored.during(server.series(&question())).await.unwrap();
    assert_eq!(fake.asked().len(), 3);
}

#[tokio::test]
async fn any_data_may_be_kept_and_nothing_about_jobs() {
    let fake = Fake::always(Reply::json("[1, NaN]")).await;
    let (_folder, cache) = cache();
    let server = fake.client().with_cache(cache.clone());
    for path in ["/tomogram/3d?a=1&b=2", "/tomogram/3d?b=2&a=1"] {
        assert_eq!(server.get(path).await.unwrap().json().unwrap(), serde_json::json!([1, null]));
    }
    assert_eq!(fake.asked().len(), 1);
    assert!(server.get("/tomogram/3d?a=1&b=2").await.unwrap().notes[0].starts_with("cached "));
    for path in ["/job?id=1", "/cdmsresults?id=1", "/list", "/heartbeat", "/match_spark?a=1", "/job/cancel?id=1"] {
        server.get(path).await.unwrap();
        server.get(path).await.unwrap();
    }
    assert_eq!(fake.asked().len(), 13);
    assert!(cache.bytes() < 200);
}

#[tokio::test]
async fn errors_parts_empty_lists_and_what_the_server_forbids_are_not_kept() {
    let (_folder, cache) = cache();
    let private = Reply { headers: vec![("cache-control".into(), "private, no-store".into())], ..Reply::json(GOOD) };
    let replies = [
        Reply::error(400, "No data found for selected timeframe"),
        Reply::new(504, "text/html", "<html>"),
        Reply::new(200, "text/html", "<html>"),
        Reply::json(""),
        Reply::json(&GOOD[..50]),
        Reply::json(r#"{"meta": [], "data": [], "stats": {}}"#),
        Reply::json(r#"{"error": "?", "code": 500}"#),
        private,
    ];
    for reply in replies {
        let server = Fake::always(reply).await.client().with_retries(0, SOON).with_cache(cache.clone());
        let _ = server.series(&question()).await;
        assert_eq!(cache.bytes(), 0);
    }
    let cut = support::writing(format!("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{GOOD}")).await;
    let server = Server::new(&cut).unwrap().with_retries(0, SOON).with_cache(cache.clone());
    server.series(&question()).await.unwrap_err();
    server.get("/tomogram/3d").await.unwrap_err();
    assert_eq!(cache.bytes(), 0);
}

#[tokio::test]
async fn a_compressed_answer_is_kept_as_it_came() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, br#"[{"latitude": 40.5, "longitude": -149, "time": 1357041600, "data": [{"variable": 1.5}]}]"#)
        .unwrap();
    let fake = Fake::always(Reply::new(200, "application/gzip", encoder.finish().unwrap())).await;
    let (_folder, cache) = cache();
    let SeriesRequest { area, period, .. } = question();
    let request = SubsetRequest { elevation: None, dataset: "A".into(), variable: None, area: Some(area), period, filters: Vec::new() };
    for _ in 0..2 {
        let points = fake.client().with_cache(cache.clone()).subset(&request).await.unwrap();
        assert_eq!(points.variables[0].values[0], 1.5);
    }
    assert_eq!(fake.asked().len(), 1);
}

#[tokio::test]
async fn one_login_is_not_served_what_another_one_asked_for() {
    let fake = Fake::always(Reply::json(GOOD)).await;
    let (_folder, cache) = cache();
    for (token, asked) in [("one", 1), ("two", 2), ("one", 2)] {
        let server = fake.client().with_cache(cache.clone()).with_auth(Auth::Bearer(Secret::new(token))).unwrap();
        server.series(&question()).await.unwrap();
        assert_eq!(fake.asked().len(), asked);
    }
}

#[tokio::test]
async fn more_points_than_the_limit_stop_with_what_to_do() {
    let point = r#"{"latitude": 40.5, "longitude": -149, "time": 1357041600, "data": [{"variable": 1.5}]}"#;
    let fake = Fake::always(Reply::json(format!("[{point},{point},{point}]"))).await;
    let SeriesRequest { area, period, .. } = question();
    let request = SubsetRequest { elevation: None, dataset: "A".into(), variable: None, area: Some(area), period, filters: Vec::new() };
    assert_eq!(fake.client().with_point_limit(3).subset(&request).await.unwrap().time.len(), 3);
    let error = fake.client().with_point_limit(2).subset(&request).await.unwrap_err().to_string();
    assert!(error.contains("it holds more than 2 points: ask for a smaller area or a shorter period, or raise the limit"), "{error}");
}

#[tokio::test]
async fn more_cells_rows_or_times_than_the_limit_stop_too() {
    let cell = |lat: f64, lon: f64| format!(r#"{{"mean": 1.5, "cnt": 2, "lat": {lat}, "lon": {lon}}}"#);
    let map = move |west: f64, south: f64| {
        let row = |lat: f64| format!("[{}, {}]", cell(lat, west), cell(lat, west + 1.0));
        format!("{{\"data\": [{}, {}]}}", row(south), row(south + 1.0))
    };
    let rows = r#"{"data": [[{"time": 1357041600, "mean": 1, "ds": 0}], [{"time": 1357128000, "mean": 2, "ds": 0}]]}"#;
    // Four samples, but no two at one time or place: sixteen times and coordinates.
    let sample = |n: i32| {
        format!(
            r#"{{"time": {}, "lats": [{{"latitude": {}, "mean": 1, "cnt": 1}}]}}"#,
            1_357_041_600 + 86_400 * n,
            40.0 + f64::from(n) / 4.0
        )
    };
    let diagram = format!("{{\"data\": [{}, {}, {}, {}]}}", sample(0), sample(1), sample(2), sample(3));
    let fake = Fake::start(move |asked| {
        Reply::json(match asked.path.as_str() {
            "/timeAvgMapSpark" => {
                let edges: Vec<f64> = asked.get("b").split(',').map(|edge| edge.parse().unwrap()).collect();
                map(edges[0], edges[1])
            }
            "/latitudeTimeHofMoellerSpark" => diagram.clone(),
            _ => rows.to_owned(),
        })
    })
    .await;
    let most = |points| fake.client().with_point_limit(points);
    let SeriesRequest { area, period, .. } = question();
    let (dataset, variable, elevation) = ("A".to_owned(), None, None);
    let map = MapRequest { dataset, variable, statistic: Statistic::Mean, area, period, elevation };
    let across = MapRequest { area: support::area(170.0, -10.0, -170.0, 10.0), ..map.clone() };
    let (dataset, variable, axis) = ("A".to_owned(), None, sdap::Axis::Latitude);
    let diagram = HovmollerRequest { dataset, variable, axis, area, period, normalize_dates: false, elevation };
    assert_eq!(most(4).map(&map).await.unwrap().values.len(), 4);
    assert_eq!(most(2).series(&question()).await.unwrap().series[0].len(), 2);
    assert_eq!(most(16).hovmoller(&diagram).await.unwrap().mean.len(), 16);
    for (error, what) in [
        (most(3).map(&map).await.unwrap_err(), "3 cells"),
        (most(7).map(&across).await.unwrap_err(), "7 cells"),
        (most(1).series(&question()).await.unwrap_err(), "1 rows"),
        (most(3).hovmoller(&diagram).await.unwrap_err(), "3 times and coordinates"),
        (most(15).hovmoller(&diagram).await.unwrap_err(), "15 times and coordinates"),
    ] {
        let Error::TooLarge(said) = &error else { panic!("{what}: {error}") };
        assert!(
            said.starts_with(&format!("the answer of {} is too large: it holds more than {what}: ask for a smaller area", fake.url)),
            "{said}"
        );
    }
}

#[tokio::test]
async fn each_kind_of_login_arrives_and_none_is_shown() {
    let fake = Fake::always(Reply::json(GOOD)).await;
    let secret = || Secret::new("hunter2");
    for (auth, header, value) in [
        (Auth::Bearer(secret()), "authorization", "Bearer hunter2"),
        (Auth::Basic { user: "ann".into(), password: secret() }, "authorization", "Basic YW5uOmh1bnRlcjI="),
        (Auth::Header { name: "X-Api-Key".into(), value: secret() }, "x-api-key", "hunter2"),
        (Auth::Cookie(Secret::new("session=hunter2")), "cookie", "session=hunter2"),
    ] {
        let server = fake.client().with_auth(auth).unwrap();
        let group = server.series(&question()).await.unwrap();
        assert_eq!(fake.asked().last().unwrap().header(header), Some(value));
        assert!(!format!("{server:?} {:?} {}", group.origin, server.base()).contains("hunter2"));
    }
}

#[tokio::test]
async fn a_login_comes_from_the_netrc_file_by_the_host() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("netrc");
    std::fs::write(&file, "machine 127.0.0.1 login ann password hunter2").unwrap();
    let fake = Fake::always(Reply::json(GOOD)).await;
    let server = fake.client().with_auth(Auth::from_netrc_file(&file, "127.0.0.1").unwrap()).unwrap();
    server.series(&question()).await.unwrap();
    assert_eq!(fake.asked()[0].header("authorization"), Some("Basic YW5uOmh1bnRlcjI="));
}

/// A server that speaks TLS with a certificate of its own making, and that certificate.
async fn encrypted() -> (String, String) {
    let (acceptor, pem) = certified::localhost();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let _ = stream.read(&mut [0; 4096]).await;
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", GOOD.len());
                let _ = stream.write_all((head + GOOD).as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (url, pem)
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_refused_trusted_by_its_file_or_left_unchecked_with_a_warning() {
    let (url, pem) = encrypted().await;
    let server = Server::new(&url).unwrap();
    let error = server.series(&question()).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot reach {url}: the encrypted connection failed: ")), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &pem).unwrap();
    let trusting = server.clone().with_certificate_file(&file).unwrap();
    assert_eq!(trusting.series(&question()).await.unwrap().origin.notes, Vec::<String>::new());

    let careless = server.clone().insecure();
    for _ in 0..2 {
        let notes = careless.series(&question()).await.unwrap().origin.notes;
        assert_eq!(notes, [format!("the certificate of {url} was not checked: anyone on the way may have answered in its place")]);
    }
    assert_eq!(careless.get("/tomogram/3d").await.unwrap().notes.len(), 1);

    std::fs::write(&file, "nothing").unwrap();
    let error = server.clone().with_certificate_file(&file).unwrap_err().to_string();
    assert!(error.contains("ca.pem: there is no certificate in the PEM text"), "{error}");
    let error = server.with_certificate_file(&folder.path().join("none.pem")).unwrap_err().to_string();
    assert!(error.contains("none.pem cannot be read"), "{error}");
}

/// Runs one test of this file, which is there for that alone, with other environment variables.
fn with_variables(test: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    command.args(["--exact", test]).env("SDAP_TEST_INSIDE", "1").envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

/// Whether this process was started by [`with_variables`].
fn is_inside() -> bool {
    std::env::var_os("SDAP_TEST_INSIDE").is_some()
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future);
}

#[test]
fn proxy_variables_are_honoured() {
    if is_inside() {
        return block_on(async {
            let url = std::env::var("SDAP_TEST_URL").unwrap();
            Server::new(&url).unwrap().with_retries(0, SOON).series(&question()).await.unwrap();
        });
    }
    block_on(async {
        let proxy = Fake::always(Reply::json(GOOD)).await;
        let direct = Fake::always(Reply::json(GOOD)).await;
        let run = async |url: &str, variable: &str, exceptions: &str| {
            let variables =
                [("SDAP_TEST_URL", url), (variable, &proxy.url), ("NO_PROXY", exceptions)].map(|(n, v)| (n.to_owned(), v.to_owned()));
            tokio::task::spawn_blocking(move || {
                let variables: Vec<(&str, &str)> = variables.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                with_variables("proxy_variables_are_honoured", &variables);
            })
            .await
            .unwrap();
        };
        // Nobody but the proxy knows that host.
        run("http://nexus.invalid", "HTTP_PROXY", "").await;
        run("http://nexus.invalid", "http_proxy", "").await;
        let hosts: Vec<_> = proxy.asked().iter().map(|asked| asked.header("host").map(str::to_owned)).collect();
        assert_eq!(hosts, [Some("nexus.invalid".to_owned()), Some("nexus.invalid".to_owned())]);
        run(&direct.url, "HTTP_PROXY", "127.0.0.1").await;
        assert_eq!((proxy.asked().len(), direct.asked().len()), (2, 1));
    });
}

#[test]
fn https_goes_through_its_proxy_as_a_tunnel() {
    if is_inside() {
        return block_on(async {
            let server = Server::new("https://nexus.invalid").unwrap().with_retries(0, SOON);
            server.with_auth(Auth::Bearer(Secret::new("hunter2"))).unwrap().series(&question()).await.unwrap_err();
        });
    }
    block_on(async {
        let (heard, mut hears) = tokio::sync::mpsc::channel(1);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap();
            heard.send(String::from_utf8_lossy(&head[..length]).into_owned()).await.unwrap();
        });
        tokio::task::spawn_blocking(move || with_variables("https_goes_through_its_proxy_as_a_tunnel", &[("HTTPS_PROXY", &proxy)]))
            .await
            .unwrap();
        let head = hears.recv().await.unwrap();
        assert!(head.starts_with("CONNECT nexus.invalid:443 HTTP/1.1\r\n"), "{head}");
        assert!(!head.contains("hunter2"), "the login is for the server alone");
    });
}

#[test]
fn secrets_and_netrc_files_are_found_by_environment_variables() {
    if is_inside() {
        let netrc = Server::new("http://example.org:8083").unwrap().with_netrc();
        assert!(!format!("{netrc:?}").contains("hunter2"));
        netrc.unwrap();
        assert_eq!(Secret::from_environment("SDAP_TEST_TOKEN").unwrap(), Secret::new("hunter2"));
        let empty = Secret::from_environment("SDAP_TEST_EMPTY").unwrap_err().to_string();
        return assert_eq!(empty, "the environment variable SDAP_TEST_EMPTY is empty; it is to hold a secret");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logins");
    std::fs::write(&file, "machine example.org login ann password hunter2").unwrap();
    let variables = [("NETRC", file.to_str().unwrap()), ("SDAP_TEST_TOKEN", "hunter2\n"), ("SDAP_TEST_EMPTY", "")];
    with_variables("secrets_and_netrc_files_are_found_by_environment_variables", &variables);
    std::fs::rename(&file, folder.path().join(".netrc")).unwrap();
    let home = folder.path().to_str().unwrap();
    let variables = [("NETRC", ""), ("HOME", home), ("USERPROFILE", home), ("SDAP_TEST_TOKEN", "hunter2"), ("SDAP_TEST_EMPTY", "")];
    with_variables("secrets_and_netrc_files_are_found_by_environment_variables", &variables);
}

#[tokio::test]
async fn neither_the_server_behind_a_redirect_nor_an_error_learns_the_cookie() {
    let far = Fake::always(Reply::error(400, "no")).await;
    let location = format!("{}/timeSeriesSpark", far.url);
    let near = Fake::start(move |_: &Asked| Reply::redirect(302, &location)).await;
    let server = near.client().with_auth(Auth::Cookie(Secret::new("session=hunter2"))).unwrap();
    let error = server.series(&question()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert_eq!((far.asked()[0].header("cookie"), near.asked()[0].header("cookie")), (None, Some("session=hunter2")));
}
