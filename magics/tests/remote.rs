//! Commands that ask real servers: interrupts, logins, certificates, windows, and the queries that options become.

#[path = "../../nexus/tests/certified/mod.rs"]
mod certified;
mod support;

use async_trait::async_trait;
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sdap::{Table, TableColumn, Value};
use sdap_engine::Engine;
use sdap_magics::{Config, Given, Prompts, Unanswered};
use std::{
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};
use support::Bench;

/// What must show nowhere: as it is, and as a login of `ann` carries it.
const CANARY: &str = "canary-7f3a91";
const CODED: &str = "YW5uOmNhbmFyeS03ZjNhOTE=";

/// When a server was asked for what.
type Log = Arc<Mutex<Vec<(Instant, String)>>>;

async fn listening(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A server that answers each path and query as `answer` says, and writes down when it was asked.
fn answering(bench: &Bench, answer: impl Fn(&str) -> Response + Clone + Send + Sync + 'static) -> (SocketAddr, Log) {
    let log = Log::default();
    let noted = log.clone();
    let router = Router::new().fallback(move |request: Request| {
        let asked = request.uri().to_string();
        noted.lock().unwrap().push((Instant::now(), asked.clone()));
        let response = answer(&asked);
        async move { response }
    });
    (bench.wait(listening(router)), log)
}

fn json(text: &str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.to_owned()).into_response()
}

const LIST: &str = r#"[{"shortName":"A","start":0,"end":1400000000},{"shortName":"B","start":0,"end":1400000000},{"shortName":"A_CLIM","start":0,"end":86400}]"#;

/// The queries that a server was asked for one endpoint.
fn queries(log: &Log, path: &str) -> Vec<String> {
    let all = log.lock().unwrap();
    all.iter().filter_map(|(_, asked)| asked.strip_prefix(path)?.strip_prefix('?').map(str::to_owned)).collect()
}

fn texts(bench: &Bench, name: &str, column: &str) -> Vec<String> {
    let Value::Table(Table { columns, .. }) = &*bench.session.binding(name).unwrap().value else { panic!("a table") };
    match columns.iter().find(|(known, _)| known == column) {
        Some((_, TableColumn::Text(texts))) => texts.clone(),
        other => panic!("{column}: {other:?}"),
    }
}

#[test]
fn an_interrupt_cancels_the_job_at_the_server_and_the_job_stays_listed() {
    let bench = Bench::new();
    let running = Arc::new(AtomicUsize::new(1));
    let state = running.clone();
    let (address, log) = answering(&bench, move |asked| match asked.split('?').next().unwrap() {
        "/list" => json(LIST),
        "/match_spark" => (StatusCode::FOUND, [(header::LOCATION, "/job?id=3f2a0000-1111")]).into_response(),
        "/job" if state.load(SeqCst) == 1 => {
            json(r#"{"status":"running","executionID":"3f2a0000-1111","params":{"primary":"A","matchup":"B"}}"#)
        }
        "/job" => json(r#"{"status":"cancelled","executionID":"3f2a0000-1111","params":{"primary":"A","matchup":"B"}}"#),
        "/job/cancel" => {
            state.store(0, SeqCst);
            (StatusCode::FOUND, [(header::LOCATION, "/job?id=3f2a0000-1111")]).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    });
    bench.text(&format!("%sdap target lab=http://{address}"));
    let when = |path: &str| log.lock().unwrap().iter().rev().find(|(_, asked)| asked.starts_with(path)).map(|(when, _)| *when);
    let mut waited = Vec::new();
    // On a busy machine the server itself may hear of it late, so the best of ten counts.
    for _ in 0..10 {
        running.store(1, SeqCst);
        log.lock().unwrap().clear();
        let cell = "%sdap matchup A B --bbox 1,2,3,4 --time 2010 --platforms 1";
        let interrupted = bench.wait(async {
            let polled = async {
                while when("/job?").is_none() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            };
            tokio::select! {
                outcome = bench.running(cell) => panic!("{outcome:?}"),
                () = polled => Instant::now(),
            }
        });
        let patience = Instant::now();
        while when("/job/cancel").is_none() && patience.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(2));
        }
        waited.push(when("/job/cancel").expect("the job is cancelled").saturating_duration_since(interrupted));
        if waited.last().is_some_and(|waited| *waited < Duration::from_millis(200)) {
            break;
        }
    }
    assert!(waited.last().unwrap() < &Duration::from_millis(200), "{waited:?}");
    bench.text("let all = %sdap jobs");
    assert_eq!(texts(&bench, "all", "job"), ["3f2a0000-1111"]);
    let first = |column| texts(&bench, "all", column).remove(0);
    assert_eq!((first("target").as_str(), first("status").as_str(), first("primary").as_str()), ("lab", "cancelled", "A"));
    assert!(first("age").ends_with(" s"), "{}", first("age"));
}

#[test]
fn a_job_that_was_waited_for_is_listed_too() {
    let bench = Bench::new();
    let address = bench.wait(listening(sdap_engine::serve::router(Arc::new(Engine::demo()))));
    bench.text(&format!(
        "%sdap target lab=http://{address}\nlet pairs = %sdap matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km \
         --tolerance 15d --once --bbox -180,-5,-80,5 --time 2009\nlet all = %sdap jobs"
    ));
    assert_eq!((texts(&bench, "all", "status"), texts(&bench, "all", "target")), (vec!["success".to_owned()], vec!["lab".to_owned()]));
}

/// Types the canary wherever something secret is asked for.
struct Typist;

#[async_trait]
impl Prompts for Typist {
    async fn secret(&self, question: &str) -> Result<String, Unanswered> {
        Ok(if question.starts_with("Cookie") { format!("session={CANARY}") } else { CANARY.to_owned() })
    }

    async fn line(&self, _question: &str) -> Result<String, Unanswered> {
        Ok("yes".to_owned())
    }
}

/// A server that answers as the engine does to whoever sends this header; others are told what they sent.
async fn guarded(name: &'static str, value: String) -> SocketAddr {
    let check = move |headers: HeaderMap, request: Request, next: axum::middleware::Next| {
        let known = headers.get(name).is_some_and(|sent| *sent == *value);
        async move {
            if known {
                next.run(request).await
            } else {
                (StatusCode::UNAUTHORIZED, r#"{"error":"who is there?","code":401}"#).into_response()
            }
        }
    };
    listening(sdap_engine::serve::router(Arc::new(Engine::demo())).layer(axum::middleware::from_fn(check))).await
}

/// Runs one test of this file, which is there for that alone, with these variables, and returns all that it writes.
fn with_variables(test: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env("SDAP_TEST_INSIDE", "1").envs(variables.iter().copied());
    let output = command.output().unwrap();
    let written = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{written}");
    written
}

/// All that a session shows, writes and logs with a target that was logged in to with these options.
fn everything(options: &str) {
    tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE).with_ansi(false).init();
    let bench = Bench::new();
    let (place, header) = (std::env::var("SDAP_TEST_PLACE").unwrap(), std::env::var("SDAP_TEST_HEADER").unwrap());
    let header: &'static str = Box::leak(header.into_boxed_str());
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    let address = bench.wait(guarded(header, std::env::var("SDAP_TEST_VALUE").unwrap()));
    let (login, options) = if place == "address" { (format!("ann:{CANARY}@"), "") } else { (String::new(), options) };
    let given = Given { prompts: &Typist, ..Given::default() };
    let series = "OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009";
    for cell in [
        format!("%sdap target lab=http://{login}{address} {options}"),
        "%sdap set cache on".to_owned(),
        "%sdap target".to_owned(),
        "%sdap config".to_owned(),
        "%sdap status".to_owned(),
        "%sdap set".to_owned(),
        "%sdap datasets".to_owned(),
        format!("let sst = %sdap timeseries {series} --windows 3"),
        format!("%sdap timeseries {series}"),
        "%sdap describe OSTIA_SST_MONTHLY_TROPICS".to_owned(),
        "%sdap last".to_owned(),
        "%sdap last --curl --url --nexuscli".to_owned(),
        "%sdap get /list".to_owned(),
        "%sdap heartbeat".to_owned(),
        "let jobs = %sdap matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --bbox -180,-5,-80,5 \
         --time 2009 --detach"
            .to_owned(),
        "%sdap jobs".to_owned(),
        format!("%%sdap batch\ndatasets --target http://{login}{address}/\ntimeseries {series}"),
        format!("%sdap target lab=http://{login}{address}/nowhere {options}"),
        format!("%sdap timeseries {series} --target http://{login}127.0.0.1:9"),
        format!("%sdap set target http://{login}{address}"),
        format!("%sdap target la/b=http://{login}{address} {options}"),
        format!("%sdap datasets http://{login}{address} extra"),
        format!("%sdap save sst {}\n%sdap save sst {}\n%sdap save sst {}", file("a.nc"), file("a.json"), file("a.csv")),
        format!("%sdap save sst {}\n%sdap save sst {}\n%sdap save sst {}", file("a.parquet"), file("a.png"), file("a.zarr")),
        "%sdap get /nothing".to_owned(),
        format!("%sdap timeseries {series} --timeout 0.000001 --fresh"),
    ] {
        match bench.run_given(&cell, &given) {
            Ok(shown) => println!("{shown:?}"),
            Err(fault) => println!("{fault:?} {} {}", fault.traceback(&cell).join("\n"), fault.text(&cell)),
        }
        // What a front end completes and explains.
        println!("{:?}", bench.wait(bench.session.complete("%sdap datasets --target ", 24)));
    }
    assert!(bench.session.binding("sst").is_some(), "the login works");
    for root in [folder.path(), bench.session.folder()] {
        written(root);
    }
}

/// Writes out every file below a folder.
fn written(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        if path.is_dir() {
            written(&path);
        } else {
            println!("{}", String::from_utf8_lossy(&std::fs::read(path).unwrap()));
        }
    }
}

#[test]
fn a_secret_shows_nowhere_wherever_it_comes_from() {
    if std::env::var_os("SDAP_TEST_INSIDE").is_some() {
        return everything(&std::env::var("SDAP_TEST_OPTIONS").unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let netrc = folder.path().join("netrc");
    std::fs::write(&netrc, format!("machine 127.0.0.1 login ann password {CANARY}")).unwrap();
    let (bearer, basic, cookie) = (format!("Bearer {CANARY}"), format!("Basic {CODED}"), format!("session={CANARY}"));
    for (place, options, header, value) in [
        ("prompt", "--token", "authorization", bearer.as_str()),
        ("prompt", "--user ann", "authorization", &basic),
        ("prompt", "--header X-Key", "x-key", CANARY),
        ("prompt", "--cookie", "cookie", &cookie),
        ("variable", "--token-env LAB_SECRET", "authorization", &bearer),
        ("variable", "--user-env ann=LAB_SECRET", "authorization", &basic),
        ("variable", "--header-env X-Key=LAB_SECRET", "x-key", CANARY),
        ("variable", "--cookie-env LAB_COOKIE", "cookie", &cookie),
        ("netrc", "--netrc", "authorization", &basic),
        ("address", "", "authorization", &basic),
    ] {
        let netrc = netrc.display().to_string();
        let variables = [
            ("NETRC", netrc.as_str()),
            ("LAB_SECRET", if place == "variable" { CANARY } else { "" }),
            ("LAB_COOKIE", if place == "variable" { &cookie } else { "" }),
            ("SDAP_TEST_PLACE", place),
            ("SDAP_TEST_OPTIONS", options),
            ("SDAP_TEST_HEADER", header),
            ("SDAP_TEST_VALUE", value),
        ];
        let written = with_variables("a_secret_shows_nowhere_wherever_it_comes_from", &variables);
        assert!(written.contains("OSTIA_SST_MONTHLY_TROPICS") && written.len() > 50_000, "{written}");
        for secret in [CANARY, CODED] {
            let at = written.find(secret);
            assert!(
                at.is_none(),
                "{place} {options}: …{}",
                String::from_utf8_lossy(&written.as_bytes()[at.unwrap().saturating_sub(300)..][..400])
            );
        }
    }
}

/// An address that speaks TLS with a certificate of its own making, and sends on what it hears.
async fn encrypted(to: SocketAddr) -> String {
    let (acceptor, _) = certified::localhost();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let (Ok(mut here), Ok(mut there)) = (acceptor.accept(stream).await, tokio::net::TcpStream::connect(to).await) else {
                    return;
                };
                let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            });
        }
    });
    url
}

#[test]
fn every_use_of_a_target_whose_certificate_is_not_checked_is_warned_of() {
    let bench = Bench::new();
    let url = bench.wait(async { encrypted(listening(sdap_engine::serve::router(Arc::new(Engine::demo()))).await).await });
    let refused = bench.fault(&format!("%sdap target lab={url}"));
    assert!(refused.contains("the encrypted connection failed"), "{refused}");
    let warning = format!("the certificate of {url} was not checked");
    let series = "OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009";
    for cell in [
        format!("%sdap target lab={url} --insecure"),
        "%sdap datasets".to_owned(),
        "%sdap datasets".to_owned(),
        "%sdap describe OSTIA_SST_MONTHLY_TROPICS".to_owned(),
        format!("%sdap timeseries {series}"),
        format!("%sdap timeseries {series} --quiet"),
        format!("let a = %sdap timeseries {series}"),
        format!("let a = %sdap timeseries {series} --windows 2 --quiet"),
        format!("%sdap map {series}"),
        format!("%sdap subset {series}"),
        format!("%sdap hovmoller {series}"),
        "%sdap get /list".to_owned(),
        "%sdap capabilities".to_owned(),
        "%sdap heartbeat".to_owned(),
        "%sdap get /version".to_owned(),
        format!("%sdap timeseries {series} --target lab"),
        "let both = %sdap timeseries lab:OSTIA_SST_MONTHLY_TROPICS,embedded:OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009".to_owned(),
        "let pairs = %sdap matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --bbox -180,-5,-80,5 --time 2009 \
         --detach"
            .to_owned(),
        "%sdap jobs".to_owned(),
        "%sdap version".to_owned(),
    ] {
        let shown = bench.text(&cell);
        assert!(shown.contains(&warning), "{cell}: {shown}");
    }
    for cell in ["%sdap get /nothing", "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox 0,80,1,81"] {
        let fault = bench.fault(cell);
        assert!(fault.contains(&warning), "{cell}: {fault}");
    }
    let config = format!("[targets.lab]\nurl = '{url}'\ninsecure = true\n");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, config).unwrap();
    let begun = Bench::configured(Config::read(Some(&file), []));
    assert!(begun.text("%sdap datasets --target lab").contains(&warning));
    assert!(!begun.text("%sdap datasets").contains(&warning), "the engine is no server");
}

#[test]
fn options_become_the_query_that_a_server_understands() {
    let bench = Bench::new();
    let (address, log) = answering(&bench, |asked| match asked.split('?').next().unwrap() {
        "/list" => json(LIST),
        "/correlationMap" => json(
            r#"{"stats":{},"meta":[null,null],"data":[[{"cnt":12,"slope":0.5,"intercept":1.25,"r":0.9,"p":"NaN","stderr":0.125,"lat":2,"lon":1}]]}"#,
        ),
        "/corrMapSpark" => json(r#"{"stats":{},"meta":[null,null],"data":[[{"r":1.0000027,"cnt":3,"lat":2,"lon":1}]]}"#),
        "/latitudeTimeHofMoellerSpark" => json(
            r#"{"meta":{},"data":[{"time":1262304000,"lats":[{"latitude":2,"cnt":1,"mean":1}]},{"time":1263513600,"lats":[{"latitude":2,"cnt":3,"mean":5}]}]}"#,
        ),
        "/timeSeriesSpark" => json(
            r#"{"meta":[],"data":[[{"time":1263513600,"mean":2,"cnt":1,"ds":0}],[{"time":1264000000,"mean":4,"cnt":3,"ds":0}]],"stats":{}}"#,
        ),
        "/timeAvgMapSpark" => json(r#"{"meta":{},"data":[[{"mean":3.5,"cnt":2,"lat":2,"lon":1}]],"stats":{}}"#),
        _ => StatusCode::NOT_FOUND.into_response(),
    });
    bench.text(&format!("%sdap target lab=http://{address}"));
    let about = "--bbox 1,2,3,4 --time 2010";
    let only = |name: &str| match &*bench.session.binding(name).unwrap().value {
        Value::Grid(grid) => (grid.statistic.clone(), grid.values.iter().copied().collect::<Vec<_>>()),
        Value::Series(series) => ("series".to_owned(), series.mean.to_vec()),
        Value::Hovmoller(diagram) => ("diagram".to_owned(), diagram.mean.iter().copied().collect()),
        other => panic!("{other:?}"),
    };
    for (options, statistic, value) in [
        ("--stat slope", "slope", 0.5),
        ("--stat intercept --resolution 0.5", "intercept", 1.25),
        ("--stat stderr", "standard error", 0.125),
        ("", "correlation", 1.0),
    ] {
        bench.text(&format!("let a = %sdap correlate A B {about} {options}"));
        assert_eq!(only("a"), (statistic.to_owned(), vec![value]), "{options}");
    }
    let fault = bench.fault(&format!("%sdap correlate A B {about} --stat p"));
    assert!(fault.starts_with("NoData: ") && fault.contains("\n                  ^\n"), "p is NaN everywhere, of A as of B: {fault}");
    let corners = "ds=A,B&minLon=1&minLat=2&maxLon=3&maxLat=4&startTime=1262304000&endTime=1293839999";
    assert_eq!(queries(&log, "/corrMapSpark"), [corners]);
    let resolutions = ["1", "0.5", "1", "1"].map(|degrees| format!("{corners}&res={degrees}"));
    assert_eq!(queries(&log, "/correlationMap"), resolutions);

    // Both dates are moved to the first of their month, where this server moves none: their joined mean counts.
    bench.text(&format!(
        "let a = %sdap timeseries A {about} --normalize-dates\nlet b = %sdap hovmoller A {about} --axis latitude --normalize-dates"
    ));
    assert_eq!((only("a").1, only("b").1), (vec![3.5], vec![4.0]));
    let Value::Series(series) = &*bench.session.binding("a").unwrap().value.clone() else { panic!("a series") };
    assert_eq!(series.time.seconds(), [1_262_304_000]);
    assert!(queries(&log, "/timeSeriesSpark")[0].ends_with("&normalizeDates=true"), "{:?}", queries(&log, "/timeSeriesSpark"));
    assert!(queries(&log, "/latitudeTimeHofMoellerSpark")[0].ends_with("&normalizeDates=true"));

    for levels in ["--elevation -5,10", "--height 2,10", "--depth 0,50"] {
        bench.text(&format!("let a = %sdap map A {about} {levels}"));
    }
    let said: Vec<String> = queries(&log, "/timeAvgMapSpark").iter().map(|query| query.split("Z&").last().unwrap().to_owned()).collect();
    assert_eq!(said[0], "minElevation=-5&maxElevation=10");
    assert_eq!(said[1], "minElevation=2&maxElevation=10");
    assert!(said[2].starts_with("minElevation=-50&maxElevation=") && !said[2].ends_with("=0"), "a server takes 0 for none: {}", said[2]);
}

#[test]
fn a_command_that_is_run_again_after_a_failure_asks_only_for_the_windows_that_failed() {
    let bench = Bench::new();
    let down = Arc::new(AtomicUsize::new(1));
    let broken = down.clone();
    let (address, log) = answering(&bench, move |asked| match asked.split('?').next().unwrap() {
        "/list" => json(LIST),
        _ if asked.contains("startTime=2012") && broken.load(SeqCst) == 1 => (StatusCode::UNAUTHORIZED, "<html>log in").into_response(),
        _ => {
            let year: i64 = asked.split("startTime=").nth(1).unwrap()[..4].parse().unwrap();
            let time = (year - 1970) * 31_556_952 + 86_400;
            json(&format!(r#"{{"meta":[],"data":[[{{"time":{time},"mean":{year},"cnt":1,"ds":0}}]],"stats":{{}}}}"#))
        }
    });
    bench.text(&format!("%sdap target lab=http://{address}"));
    let cell = "let a = %sdap timeseries A --bbox 1,2,3,4 --time 2009/2012 --windows 4";
    let fault = bench.fault(cell);
    // The last but one may still be on its way when the last one fails for good.
    let kept = [2, 3].into_iter().find(|n| fault.contains(&format!("{n} of 4 windows are answered and kept: the same command again asks")));
    let kept = kept.unwrap_or_else(|| panic!("{fault}"));
    let before = queries(&log, "/timeSeriesSpark").len();
    down.store(0, SeqCst);
    let line = bench.text(cell);
    assert_eq!(queries(&log, "/timeSeriesSpark").len(), before + 4 - kept);
    assert!(line.contains(&format!("{kept} windows are from 0 s before")), "{line}");
    let Value::Series(series) = &*bench.session.binding("a").unwrap().value.clone() else { panic!("a series") };
    assert_eq!(series.mean.to_vec(), [2009.0, 2010.0, 2011.0, 2012.0]);

    down.store(1, SeqCst);
    bench.fault(cell);
    down.store(0, SeqCst);
    let before = queries(&log, "/timeSeriesSpark").len();
    bench.text(&format!("{cell} --fresh"));
    assert_eq!(queries(&log, "/timeSeriesSpark").len(), before + 4, "everything is asked afresh");
    assert_eq!(log.lock().unwrap().iter().filter(|(_, asked)| asked.starts_with("/list")).count(), 2, "auto or not, the list is known");
}

#[test]
fn maps_diagrams_and_series_stop_at_the_limit_too() {
    let bench = Bench::new();
    let address = bench.wait(listening(sdap_engine::serve::router(Arc::new(Engine::demo()))));
    bench.text(&format!("%sdap target lab=http://{address}"));
    let about = "OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009";
    for target in ["lab", "embedded"] {
        for verb in ["map", "hovmoller", "subset"] {
            let fault = bench.fault(&format!("%sdap {verb} {about} --limit 10 --target {target}"));
            assert!(fault.starts_with("TooLarge: ") && fault.contains("--limit 5M allows five million"), "{verb} {target}: {fault}");
            bench.text(&format!("let a = %sdap {verb} {about} --target {target}"));
        }
    }
    let fault = bench.fault(&format!("%sdap timeseries {about} --limit 10"));
    assert!(fault.starts_with("TooLarge: ") && fault.contains("more than 10 rows"), "{fault}");
    bench.text(&format!("let all = %sdap subset {about}"));
    let Value::Points(all) = &*bench.session.binding("all").unwrap().value.clone() else { panic!("points") };
    let fault = bench.fault(&format!("%sdap subset {about} --limit {} --windows 12", all.len() / 2));
    assert!(fault.starts_with("TooLarge: ") && fault.contains(" of 12 windows together have "), "{fault}");
}
