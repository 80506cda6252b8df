//! Match-ups and jobs: what is asked, what is never asked twice, and what becomes of a job that nobody waits for.

mod support;

use sdap::{Table, TableColumn};
use sdap_nexus::request::{JobStatus, MatchupRequest};
use sdap_nexus::{Auth, Error, Meter, Nexus, Secret, Server};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};
use support::{Asked, Fake, Reply, area, misbehaving, period};
use tokio::io::AsyncWriteExt;

const ID: &str = "0b6a5a0e-1f2d-4c55-9b0e-6d6f2a1c9a01";

fn request() -> MatchupRequest {
    MatchupRequest {
        primary: "A".into(),
        secondary: "B".into(),
        parameter: None,
        area: area(-150.0, 40.0, -148.0, 41.0),
        period: period("2013-01-01T00:00:00Z", "2013-01-15T23:59:59Z"),
        radius: 1000.0,
        tolerance: 86400,
        platforms: "1".into(),
        depths: None,
        once: true,
        distance_first: true,
    }
}

fn state(status: &str, more: &str) -> Reply {
    Reply::json(format!(
        r#"{{"status": "{status}", "message": "", "createdAt": "2026-01-02 10:59:46.205034", "updatedAt": null, "links": [],
            "params": {{"primary": "A", "matchup": "B", "bbox": "-150,40,-149,41", "startTime": "2013-01-01 00:00:00+00:00",
                       "endTime": "2013-01-15 23:59:59+00:00"}}, "executionID": "{ID}"{more}}}"#
    ))
}

fn done(primaries: usize) -> Reply {
    state("success", &format!(r#", "totalPrimaryMatched": {primaries}, "totalSecondaryMatched": {primaries}"#))
}

/// Primary samples from number `from`, each with one neighbour an hour later and 0.001° further north.
fn samples(from: usize, many: usize) -> String {
    let one = |n: usize| {
        let time = 1_357_041_600 + n;
        format!(
            r#"{{"lon": "-149.5", "lat": "40.5", "time": {time}, "source": "A", "depth": null, "platform": "orbiting satellite",
                "primary": [{{"variable_name": "sst", "variable_value": {n}, "variable_unit": "K"}}],
                "matches": [{{"lon": -149.5, "lat": 40.501, "time": {}, "platform": "orbiting satellite",
                             "secondary": [{{"variable_name": "sla", "variable_value": 0.5, "variable_unit": null}}]}}]}}"#,
            time + 3600
        )
    };
    (from..from + many).map(one).collect::<Vec<_>>().join(",")
}

fn page(asked: &Asked, total: usize) -> Reply {
    let (number, size): (usize, usize) = (asked.get("pageNum").parse().unwrap(), asked.get("pageSize").parse().unwrap());
    let from = (number - 1) * size;
    let many = size.min(total.saturating_sub(from));
    Reply::json(format!(
        r#"{{"executionId": "{ID}", "data": [{}], "params": {{"primary": "A", "matchup": "B", "bbox": "-150,40,-149,41", "startTime": 1356998400, "endTime": 1358294399}},
            "bounds": {{}}, "count": {many}, "details": {{"numPrimaryMatched": {total}, "pageNum": {number}, "pageSize": {size}}}}}"#,
        samples(from, many)
    ))
}

fn missing_page() -> Reply {
    Reply::new(404, "text/html", "<html><title>404: Not Found</title></html>")
}

/// A server of today whose job ends once it was asked for `polls` times.
async fn modern(polls: usize, total: usize) -> Fake {
    let asked_for = Arc::new(AtomicUsize::new(0));
    Fake::start(move |asked| match asked.path.as_str() {
        "/match_spark" => Reply::redirect(302, &format!("/job?id={ID}")),
        "/job" if asked_for.fetch_add(1, SeqCst) < polls => state("running", ""),
        "/job" => done(total),
        "/cdmsresults" => page(asked, total),
        _ => missing_page(),
    })
    .await
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match table.column(name) {
        Some(TableColumn::Numbers(numbers)) => numbers.to_vec(),
        other => panic!("{name} is {other:?}"),
    }
}

fn paths(fake: &Fake) -> Vec<String> {
    fake.asked().into_iter().map(|asked| asked.path).collect()
}

#[tokio::test]
async fn a_match_up_is_a_table_of_pairs_with_how_far_apart_they_are() {
    let fake = modern(2, 3).await;
    let table = fake.client().matchup(&request()).await.unwrap();
    let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "primary lat [degrees_north]",
            "primary lon [degrees_east]",
            "primary time",
            "primary sst [K]",
            "secondary lat [degrees_north]",
            "secondary lon [degrees_east]",
            "secondary time",
            "secondary sla",
            "distance [m]",
            "time difference [s]",
        ]
    );
    assert_eq!((table.len(), table.title.as_str()), (3, "Match-up of A and B"));
    assert_eq!(numbers(&table, "primary sst [K]"), [0.0, 1.0, 2.0]);
    assert_eq!(numbers(&table, "time difference [s]"), [3600.0; 3]);
    assert!(numbers(&table, "distance [m]").iter().all(|metres| (metres - 111.04).abs() < 0.01));
    assert!(table.origin.request.contains("/match_spark?primary=A&secondary=B"), "{}", table.origin.request);
    assert_eq!(paths(&fake), ["/match_spark", "/job", "/job", "/job", "/cdmsresults"]);
}

#[tokio::test]
async fn of_where_a_job_is_only_the_id_is_taken_so_that_a_path_prefix_stays() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/nexus/match_spark" => Reply::redirect(302, &format!("https://elsewhere.example.org/job?id={ID}&filename=x")),
        "/nexus/job" => done(1),
        "/nexus/cdmsresults" => page(asked, 1),
        _ => missing_page(),
    })
    .await;
    let server = Server::new(&format!("{}/nexus", fake.url)).unwrap();
    assert_eq!(server.matchup(&request()).await.unwrap().len(), 1);
    let body = server.get("/match_spark?primary=A").await.unwrap();
    assert_eq!(body.json().unwrap()["executionID"], ID);
}

#[tokio::test]
async fn a_server_before_1_2_answers_at_once_and_is_asked_for_no_limit() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/match_spark" => Reply::json(format!(
            r#"{{"executionId": "{ID}", "data": [{}], "count": 2, "details": {{"numPrimaryMatched": 2}}}}"#,
            samples(0, 2)
        )),
        _ => missing_page(),
    })
    .await;
    let server = fake.client();
    assert_eq!(server.matchup(&request()).await.unwrap().len(), 2);
    assert_eq!((paths(&fake), fake.asked()[0].get("resultSizeLimit").to_owned()), (vec!["/match_spark".to_owned()], "0".to_owned()));
    let error = server.job(ID).await.unwrap_err().to_string();
    assert!(error.ends_with("knows no jobs; releases before 1.2 answer match-ups at once"), "{error}");
    let error = server.submit(&request()).await.unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error}");
}

#[tokio::test]
async fn what_a_server_keeps_back_is_asked_for_by_the_old_name_where_the_new_one_is_unknown() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/match_spark" => Reply::new(
            202,
            "application/json",
            format!(r#"{{"executionId": "{ID}", "data": null, "details": {{"numGriddedMatched": 2}}}}"#),
        ),
        "/domsresults" => {
            Reply::json(format!(r#"{{"executionId": "{ID}", "data": [{}], "details": {{"numGriddedMatched": 2}}}}"#, samples(0, 2)))
        }
        _ => missing_page(),
    })
    .await;
    assert_eq!(fake.client().matchup(&request()).await.unwrap().len(), 2);
    assert_eq!(paths(&fake), ["/match_spark", "/cdmsresults", "/domsresults"]);
    assert_eq!(fake.client().results(ID, 10).await.unwrap().len(), 2, "a server without jobs may keep results");
}

#[tokio::test]
async fn results_come_page_by_page_as_many_as_the_totals_say() {
    let fake = modern(0, 2001).await;
    let meter = Arc::new(Meter::default());
    let table = meter.clone().lent_to(async { fake.client().results(ID, usize::MAX).await }).await.unwrap();
    assert_eq!(numbers(&table, "primary sst [K]"), (0..2001).map(f64::from).collect::<Vec<_>>());
    assert_eq!(paths(&fake), ["/job", "/cdmsresults", "/cdmsresults", "/cdmsresults"]);
    assert_eq!(meter.parts(), Some((3, 3)));
    assert_eq!(table.origin.area.unwrap().to_string(), "-150,40,-149,41");
    assert_eq!(table.origin.period.unwrap().to_string(), "2013-01-01/2013-01-15");
}

#[tokio::test]
async fn no_more_results_are_asked_for_than_wanted_and_a_note_says_so() {
    let fake = modern(0, 5000).await;
    let table = fake.client().results(ID, 1500).await.unwrap();
    assert_eq!((table.len(), paths(&fake).len()), (1500, 3));
    assert_eq!(
        table.origin.notes,
        ["only the first 1500 pairs were fetched, of 2000 of 5000 primary samples", "only the first 1500 pairs were kept; 500 more came"]
    );
}

#[tokio::test]
async fn a_server_that_holds_less_than_it_counted_is_told_of() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/job" => done(3000),
        _ => page(asked, 1000),
    })
    .await;
    let table = fake.client().results(ID, usize::MAX).await.unwrap();
    assert_eq!(table.origin.notes, ["the server found neighbours of 3000 primary samples, and sent those of 1000"]);
}

#[tokio::test]
async fn a_server_that_knows_no_pages_sends_no_pair_twice() {
    let fake = Fake::start(|asked| {
        if asked.path == "/job" {
            return done(2500);
        }
        let mut first = asked.clone();
        first.query.push(("pageNum".to_owned(), "1".to_owned()));
        page(&first, 2500)
    })
    .await;
    let table = fake.client().results(ID, usize::MAX).await.unwrap();
    assert_eq!(numbers(&table, "primary lat [degrees_north]").len(), 1000);
    let note = "the server sends the same page whichever is asked for: these are the pairs of 1000 of 2500 primary samples";
    assert_eq!(table.origin.notes, [note]);
}

#[tokio::test]
async fn a_job_that_bears_nothing_says_why() {
    let told = async |reply: Reply| {
        let fake = Fake::start(move |asked| match asked.path.as_str() {
            "/match_spark" => Reply::redirect(302, &format!("/job?id={ID}")),
            "/job" => reply.clone(),
            _ => page(asked, 0),
        })
        .await;
        let waited = fake.client().matchup(&request()).await.unwrap_err();
        let fetched = fake.client().results(ID, 10).await.unwrap_err();
        assert_eq!(waited.to_string(), fetched.to_string());
        waited.to_string().replace(&fake.url, "SERVER").replace(ID, "ID")
    };
    let failed = |message: &str| Reply::json(format!(r#"{{"status": "failed", "message": "{message}", "executionID": "{ID}"}}"#));
    assert_eq!(told(failed("the cluster\\n is gone")).await, "SERVER answered 200: job ID failed: the cluster is gone");
    assert_eq!(told(failed("")).await, "SERVER answered 200: job ID failed, and nothing says why");
    assert_eq!(told(failed("No tiles matched the provided domain")).await, "no data: No tiles matched the provided domain");
    assert_eq!(told(state("cancelled", "")).await, "SERVER answered 200: job ID was cancelled");
    assert_eq!(told(done(0)).await, "no data: no sample of B was found near any of A");
}

#[tokio::test]
async fn the_results_of_a_running_job_are_not_there_yet() {
    let fake = Fake::always(state("running", "")).await;
    let error = fake.client().results(ID, 10).await.unwrap_err().to_string();
    assert!(error.ends_with(&format!("job {ID} is still running; its results come when it has ended")), "{error}");
}

#[tokio::test]
async fn polls_that_fail_for_a_while_are_borne_and_for_good_are_told_with_the_id() {
    let polls = Arc::new(AtomicUsize::new(0));
    let fake = Fake::start(move |asked| match asked.path.as_str() {
        "/match_spark" => Reply::redirect(302, &format!("/job?id={ID}")),
        "/job" => match polls.fetch_add(1, SeqCst) {
            0 => Reply::error(404, "Execution not found"),
            1 => Reply::error(500, "Unable to connect to any servers"),
            2 => state("running", ""),
            3 => Reply::error(500, ""),
            _ => done(1),
        },
        _ => page(asked, 1),
    })
    .await;
    assert_eq!(fake.client().matchup(&request()).await.unwrap().len(), 1);
    let lost = Fake::start(|asked| match asked.path.as_str() {
        "/match_spark" => Reply::redirect(302, &format!("/job?id={ID}")),
        _ => Reply::error(500, "Unable to connect to any servers"),
    })
    .await;
    let error = lost.client().matchup(&request()).await.unwrap_err().to_string();
    assert!(error.contains(&format!("job {ID} cannot be asked for any more, and may still run")), "{error}");
    assert!(!paths(&lost).contains(&"/job/cancel".to_owned()), "a job that may yet be asked for is not cancelled");
}

#[tokio::test]
async fn dropping_a_match_up_cancels_its_job_within_200_ms() {
    let fake = modern(usize::MAX, 0).await;
    let server = fake.client();
    let asking = tokio::spawn({
        let server = server.clone();
        async move { server.matchup(&request()).await }
    });
    while !paths(&fake).contains(&"/job".to_owned()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let dropped = Instant::now();
    asking.abort();
    while !paths(&fake).contains(&"/job/cancel".to_owned()) {
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert!(dropped.elapsed() < Duration::from_secs(5), "the job goes on");
    }
    assert!(dropped.elapsed() < Duration::from_millis(200), "{:?}", dropped.elapsed());
    let cancelled = fake.asked().into_iter().find(|asked| asked.path == "/job/cancel").unwrap();
    assert_eq!(cancelled.get("id"), ID);
}

#[tokio::test]
async fn a_match_up_that_is_dropped_before_its_job_has_a_name_is_cancelled_once_it_has() {
    let (start, cancelled) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let connections = Arc::new(AtomicUsize::new(0));
    let url = misbehaving({
        let (start, cancelled) = (start.clone(), cancelled.clone());
        move |mut stream| {
            let (start, cancelled, first) = (start.clone(), cancelled.clone(), connections.fetch_add(1, SeqCst) == 0);
            async move {
                if first {
                    start.notified().await;
                } else {
                    cancelled.notify_one();
                }
                let head = format!("HTTP/1.1 302 Found\r\nLocation: /job?id={ID}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                let _ = stream.write_all(head.as_bytes()).await;
            }
        }
    })
    .await;
    let server = Server::new(&url).unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(300), server.matchup(&request())).await.is_err());
    start.notify_one();
    tokio::time::timeout(Duration::from_secs(5), cancelled.notified()).await.expect("the job is cancelled");
}

#[tokio::test]
async fn what_starts_or_changes_something_is_sent_once_whatever_comes_back() {
    for reply in [
        Reply::new(504, "text/html", "<html>"),
        Reply::error(503, "Max concurrent requests reached"),
        Reply::new(502, "text/html", "<html>"),
    ] {
        let fake = Fake::always(reply).await;
        let server = fake.client();
        server.matchup(&request()).await.unwrap_err();
        server.submit(&request()).await.unwrap_err();
        server.get("/match_spark?primary=A").await.unwrap_err();
        server.get("/datasets/remove?name=A").await.unwrap_err();
        server.cancel(ID).await.unwrap_err();
        server.post("/datasets/add?name=A", "application/json", b"{}".to_vec()).await.unwrap_err();
        assert_eq!(paths(&fake), ["/match_spark", "/match_spark", "/match_spark", "/datasets/remove", "/job/cancel", "/datasets/add"]);
    }
    let resets = Arc::new(AtomicUsize::new(0));
    let counted = resets.clone();
    let url = misbehaving(move |stream| {
        counted.fetch_add(1, SeqCst);
        async move { stream.set_zero_linger().unwrap() }
    })
    .await;
    Server::new(&url).unwrap().matchup(&request()).await.unwrap_err();
    assert_eq!(resets.load(SeqCst), 1, "a connection that was reset may have started the job");
}

#[tokio::test]
async fn a_job_is_started_without_waiting_and_can_be_cancelled() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/match_spark" | "/job/cancel" => Reply::redirect(302, &format!("/job?id={ID}")),
        _ => state("cancelled", ""),
    })
    .await;
    let server = fake.client();
    let job = server.submit(&request()).await.unwrap();
    assert_eq!((job.id.as_str(), job.primary_matched), (ID, None));
    assert_eq!(job.parameters[0], ("primary".to_owned(), "A".to_owned()));
    assert_eq!(server.cancel(ID).await.unwrap().status, JobStatus::Cancelled);
    assert_eq!(paths(&fake), ["/match_spark", "/job", "/job/cancel", "/job"]);
    let error = server.job("../../etc").await.unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error}");
}

#[tokio::test]
async fn a_job_that_its_server_cannot_describe_yet_has_started_nonetheless() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/match_spark" => Reply::redirect(302, &format!("/job?id={ID}")),
        _ => Reply::error(500, "Unable to connect to any servers"),
    })
    .await;
    let job = fake.client().submit(&request()).await.unwrap();
    assert_eq!((job.id.as_str(), job.status), (ID, JobStatus::Running));
}

#[tokio::test]
async fn both_sides_of_the_antimeridian_are_matched_up_one_after_the_other() {
    let fake = modern(0, 2).await;
    let crossing = MatchupRequest { area: area(170.0, -5.0, -170.0, 5.0), ..request() };
    let table = fake.client().matchup(&crossing).await.unwrap();
    assert_eq!(table.len(), 4);
    let boxes: Vec<String> = fake.asked().iter().filter(|a| a.path == "/match_spark").map(|a| a.get("b").to_owned()).collect();
    assert_eq!(boxes, ["170,-5,180,5", "-180,-5,-170,5"]);
    let error = fake.client().submit(&crossing).await.unwrap_err().to_string();
    assert_eq!(error, "one job cannot match up a box that crosses the antimeridian; start one for 170,-5,180,5 and one for -180,-5,-170,5");
}

#[tokio::test]
async fn a_body_is_posted_with_its_type_and_login_and_to_nobody_else() {
    let fake = Fake::always(Reply::json(r#"{"success": true}"#)).await;
    let server = fake.client().with_auth(Auth::Bearer(Secret::new("t"))).unwrap();
    let body = server.post("datasets/add?name=A&path=s3:b", "application/yaml", b"variable: sst".to_vec()).await.unwrap();
    assert_eq!(body.json().unwrap()["success"], true);
    let asked = &fake.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.get("path")), ("POST", "/datasets/add", "s3:b"));
    assert_eq!((asked.header("content-type"), asked.header("authorization")), (Some("application/yaml"), Some("Bearer t")));
    assert_eq!(asked.body, b"variable: sst");
    let onward = Fake::always(Reply::redirect(307, "https://elsewhere.example.org/datasets/add")).await;
    let error = onward.client().post("/datasets/add", "application/json", Vec::new()).await.unwrap_err().to_string();
    assert!(error.contains("sends /datasets/add on to another address, to which nothing that changes something is sent"), "{error}");
}

#[tokio::test]
async fn dead_endpoints_are_never_called_and_renamed_ones_by_both_names() {
    let fake = Fake::start(|asked| match asked.path.as_str() {
        "/domslist" => Reply::json(r#"{"data": {}}"#),
        _ => missing_page(),
    })
    .await;
    let server = fake.client();
    for path in ["/stats?ds=A", "domsvalues", "/longitudeLatitudeMap?ds=A", "/list/../stats"] {
        let error = server.get(path).await.unwrap_err();
        assert!(matches!(error, Error::Unsupported(_)), "{path}: {error}");
    }
    assert!(fake.asked().is_empty());
    assert_eq!(server.get("/cdmslist?nocached=true").await.unwrap().json().unwrap()["data"], serde_json::json!({}));
    assert_eq!(fake.asked()[1].get("nocached"), "true");
    let error = server.get("/cdmssubset?dataset=A").await.unwrap_err();
    assert!(matches!(error, Error::WebPage { status: 404, .. }), "{error}");
    assert_eq!(paths(&fake), ["/cdmslist", "/domslist", "/cdmssubset", "/domssubset"]);
    let error = server.get("/../../etc").await.unwrap_err();
    assert!(matches!(error, Error::WebPage { .. }), "{error}");
}
