//! Several servers, how they are logged in to, and what holds before a session begins.

mod support;

use async_trait::async_trait;
use axum::{
    Router,
    http::{HeaderMap, StatusCode},
};
use sdap::Value;
use sdap_engine::Engine;
use sdap_magics::{Config, Given, Prompts, Unanswered};
use std::{fmt::Write, net::SocketAddr, path::Path, sync::Arc};
use support::Bench;

/// Serves a router on a free port.
fn serve(bench: &Bench, router: Router) -> SocketAddr {
    bench.wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    })
}

fn served(bench: &Bench) -> SocketAddr {
    serve(bench, sdap_engine::serve::router(Arc::new(Engine::demo())))
}

const SERIES: &str = "--bbox nino34 --time 2009";

#[test]
fn one_command_compares_two_servers() {
    let bench = Bench::new();
    bench.text(&format!("%sdap target lab=http://{}\n%sdap target embedded", served(&bench)));
    let text = bench.text(&format!(
        "let both = %sdap timeseries lab:OSTIA_SST_MONTHLY_TROPICS,OSTIA_SST_MONTHLY_TROPICS,embedded:SYNTHETIC_DRIFTER_SST {SERIES}"
    ));
    assert_eq!(text.lines().count(), 1, "{text}");
    let Value::Group(both) = &*bench.session.binding("both").unwrap().value.clone() else { panic!("a group") };
    assert_eq!(both.names(), ["lab:OSTIA_SST_MONTHLY_TROPICS", "OSTIA_SST_MONTHLY_TROPICS", "embedded:SYNTHETIC_DRIFTER_SST"]);
    let apart = |i: usize, j: usize| (both.series[0].mean[i] - both.series[1].mean[j]).abs();
    assert!((0..12).all(|i| apart(i, i) < 1e-5), "the same numbers of both");
    assert!(
        both.origin.server.contains(" and embedded")
            && both.origin.notes.iter().any(|n| n.starts_with("embedded was asked /timeSeriesSpark"))
    );
}

#[test]
fn the_line_through_two_servers_is_computed_here() {
    let bench = Bench::new();
    bench.text(&format!("%sdap target lab=http://{}", served(&bench)));
    bench.text(&format!("let pair = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS,embedded:OSTIA_SST_MONTHLY_TROPICS {SERIES}"));
    let Value::Group(pair) = &*bench.session.binding("pair").unwrap().value.clone() else { panic!("a group") };
    let line = pair.regression.as_ref().unwrap();
    assert!((line.slope - 1.0).abs() < 1e-4 && line.r > 0.9999, "{line:?}");
}

#[test]
fn a_verb_that_asks_one_server_says_so_and_takes_the_target_of_its_dataset() {
    let bench = Bench::new();
    bench.text(&format!("%sdap target lab=http://{}\n%sdap target embedded", served(&bench)));
    bench.text("let there = %sdap map lab:OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2009");
    assert!(bench.session.binding("there").unwrap().value.origin().server.starts_with("http://"));
    let fault = bench.fault("%sdap correlate lab:OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino12");
    insta::assert_snapshot!(fault);
    let fault = bench.fault("%sdap map lap:OSTIA_SST_MONTHLY_TROPICS --bbox nino12");
    insta::assert_snapshot!(fault);
}

/// Types the same secret wherever one is asked for.
struct Typist;

#[async_trait]
impl Prompts for Typist {
    async fn secret(&self, question: &str) -> Result<String, Unanswered> {
        Ok(if question.starts_with("Cookie") { "session=hunter2".to_owned() } else { "hunter2".to_owned() })
    }

    async fn line(&self, _question: &str) -> Result<String, Unanswered> {
        Ok("yes".to_owned())
    }
}

/// A server that answers as the engine does to whoever sends this header, and quotes what it was sent to all others.
fn guarded(bench: &Bench, name: &'static str, value: &'static str) -> SocketAddr {
    let check = move |headers: HeaderMap, request: axum::extract::Request, next: axum::middleware::Next| async move {
        if headers.get(name).is_some_and(|sent| sent == value) {
            return next.run(request).await;
        }
        let mut refusal = axum::response::Response::new(axum::body::Body::from(r#"{"error":"who is there?","code":401}"#));
        *refusal.status_mut() = StatusCode::UNAUTHORIZED;
        refusal
    };
    serve(bench, sdap_engine::serve::router(Arc::new(Engine::demo())).layer(axum::middleware::from_fn(check)))
}

#[test]
fn a_secret_shows_nowhere_whatever_is_done_with_the_target() {
    let logins = [
        ("--token", "authorization", "Bearer hunter2"),
        ("--user ann", "authorization", "Basic YW5uOmh1bnRlcjI="),
        ("--header X-Key", "x-key", "hunter2"),
        ("--cookie", "cookie", "session=hunter2"),
    ];
    for (options, header, value) in logins {
        let bench = Bench::new();
        let address = guarded(&bench, header, value);
        let given = Given { prompts: &Typist, ..Given::default() };
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let mut shown = String::new();
        for cell in [
            format!("%sdap target lab=http://{address} {options}"),
            "%sdap target".to_owned(),
            "%sdap config".to_owned(),
            "%sdap status".to_owned(),
            "%sdap datasets".to_owned(),
            format!("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS {SERIES}"),
            "%sdap describe sst".to_owned(),
            "%sdap last".to_owned(),
            "%sdap last --curl --url --nexuscli".to_owned(),
            "%sdap get /list".to_owned(),
            format!("%sdap save sst {}\n%sdap save sst {}\n%sdap save sst {}", file("a.nc"), file("a.json"), file("a.csv")),
        ] {
            let bundles = bench.run_given(&cell, &given).unwrap_or_else(|fault| panic!("{cell}: {}", fault.text(&cell)));
            let _ = writeln!(shown, "{bundles:?}");
        }
        for cell in [
            format!("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox -170.001,0.01,-170.0005,0.02 --target http://{address}"),
            "%sdap timeseries NOTHING".to_owned(),
            "%sdap get /nothing".to_owned(),
        ] {
            shown.push_str(&bench.fault(&cell));
        }
        let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        let values = std::fs::read_dir(bench.session.folder()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        for bytes in files.chain(values) {
            shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        for secret in ["hunter2", "YW5uOmh1bnRlcjI="] {
            assert!(!shown.contains(secret), "{options}: {}", &shown[shown.find(secret).unwrap().saturating_sub(200)..]);
        }
    }
}

#[test]
fn a_password_in_an_address_shows_nowhere() {
    let bench = Bench::new();
    let address = guarded(&bench, "authorization", "Basic YW5uOmh1bnRlcjI=");
    let shown = bench.text(&format!("%sdap target lab=http://ann:hunter2@{address}\n%sdap target\n%sdap config\n%sdap datasets"));
    assert!(shown.contains("OSTIA_SST_MONTHLY_TROPICS") && !shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_cookie_needs_a_name_and_a_certificate_a_file() {
    struct Nameless;
    #[async_trait]
    impl Prompts for Nameless {
        async fn secret(&self, _: &str) -> Result<String, Unanswered> {
            Ok("hunter2".to_owned())
        }
        async fn line(&self, _: &str) -> Result<String, Unanswered> {
            Ok(String::new())
        }
    }
    let bench = Bench::new();
    let cell = "%sdap target https://example.org --cookie";
    let fault = bench.run_given(cell, &Given { prompts: &Nameless, ..Given::default() }).unwrap_err().text(cell);
    assert!(fault.contains("has no name") && !fault.contains("hunter2"), "{fault}");
    insta::assert_snapshot!(bench.fault("%sdap target https://example.org --ca /no/such.pem"));
}

/// A bench that begins with the config of a file of this text, and these variables.
fn configured(text: &str, variables: &[(&str, &str)]) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Bench::configured(Config::read(Some(&file), variables))
}

fn tidy(text: &str) -> String {
    text.lines()
        .map(|line| if line.contains("config file: ") { "config file: FILE" } else { line.trim_end() })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn config_shows_each_value_and_who_said_it() {
    let bench = configured(
        "target = 'lab'\nbox = 'nino34'\ntime = '2009'\n[targets.lab]\nurl = 'http://127.0.0.1:9/nexus'\nnetrc = false\n",
        &[("SDAP_TIME", "2010"), ("SDAP_TIMEOUT", "90s"), ("SDAP_TARGETS", "other=https://example.org")],
    );
    bench.text("%sdap set static on\n%sdap set timeout 5\n%sdap set timeout --unset");
    insta::assert_snapshot!(tidy(&bench.text("%sdap config")));
}

#[test]
fn what_a_file_or_a_variable_sets_is_said_of_what_it_touched_and_a_command_goes_before_it() {
    let bench = configured("box = 'nino34'\n", &[("SDAP_TIME", "2009")]);
    let line = bench.text("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS");
    assert!(line.contains("box nino34 by the config file · time 2009 by SDAP_TIME"), "{line}");
    bench.text("%sdap set box nino12");
    let line = bench.text("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --time 2010");
    assert!(line.contains("box nino12 by %sdap set") && !line.contains("SDAP_TIME"), "{line}");
    bench.text("%sdap set box --unset");
    let line = bench.text("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS");
    assert!(line.contains("box nino34 by the config file"), "{line}");
}

#[test]
fn a_broken_file_is_told_of_once_and_disturbs_nothing() {
    let bench = configured("box = nino34\n", &[("SDAP_TIMOUT", "5"), ("SDAP_TARGET", "nowhere")]);
    let first = bench.text("%sdap values");
    assert!(first.contains("cannot be read, and nothing of it holds: line 1"), "{first}");
    assert!(first.contains("did you mean SDAP_TIMEOUT?") && first.contains("there is no target nowhere"), "{first}");
    assert!(!bench.text("%sdap values").contains("cannot be read"), "it is told once");
    assert!(bench.text("%sdap config").contains("cannot be read"), "and kept in config");
    bench.text(&format!("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS {SERIES}"));
}

#[test]
fn a_target_that_cannot_be_had_is_listed_and_harms_no_other() {
    let bench = configured("[targets.lab]\nurl = 'https://example.org'\ntoken_env = 'SDAP_TEST_VARIABLE_THAT_IS_NOT_SET'\n", &[]);
    assert!(bench.text("%sdap target").contains("SDAP_TEST_VARIABLE_THAT_IS_NOT_SET is not set"));
    insta::assert_snapshot!(bench.fault("%sdap target lab"));
    assert!(bench.text("%sdap datasets").contains("OSTIA_SST_MONTHLY_TROPICS"));
}

#[test]
fn a_configured_target_is_asked_from_the_start() {
    let bench = Bench::new();
    let address = served(&bench);
    let config = Config::read(None::<&Path>, [("SDAP_TARGET".to_owned(), format!("http://{address}"))]);
    let begun = Bench::configured(config);
    let text = begun.text(&format!("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS {SERIES}\n%sdap last --url"));
    assert!(text.contains(&format!("http://{address}/timeSeriesSpark")), "{text}");
}

#[test]
fn datasets_of_other_targets_are_completed() {
    let bench = Bench::new();
    bench.text(&format!("%sdap target lab=http://{}\n%sdap target embedded", served(&bench)));
    let offered = |cell: &str| {
        let found = bench.wait(bench.session.complete(cell, cell.len())).unwrap();
        found.candidates.into_iter().map(|c| c.text).collect::<Vec<_>>()
    };
    assert!(offered("%sdap timeseries lab:OSTIA").contains(&"lab:OSTIA_SST_MONTHLY_TROPICS".to_owned()));
    assert_eq!(offered("%sdap timeseries la"), ["lab:"]);
    assert!(offered("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS,lab:COADS").contains(&"lab:COADS_CLIMATOLOGY".to_owned()));
}

#[test]
fn an_answer_is_kept_on_disk_only_where_the_cache_is_on_until_it_is_asked_for_afresh() {
    let bench = Bench::new();
    let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = {
        let count = count.clone();
        move |request: axum::extract::Request, next: axum::middleware::Next| {
            if request.uri().path() == "/timeSeriesSpark" {
                count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
            next.run(request)
        }
    };
    let address = serve(&bench, sdap_engine::serve::router(Arc::new(Engine::demo())).layer(axum::middleware::from_fn(counted)));
    bench.text(&format!("%sdap target lab=http://{address}"));
    let ask = |more: &str| {
        let text = bench.text(&format!("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS {SERIES} {more}"));
        (text, count.load(std::sync::atomic::Ordering::SeqCst))
    };
    assert_eq!((ask("").1, ask("").1), (1, 2), "off unless it is asked for");
    bench.text("%sdap set cache on");
    assert_eq!(ask("").1, 3);
    let (text, asked) = ask("");
    assert_eq!(asked, 3, "{text}");
    assert!(text.contains(" ago") || text.contains("old"), "its age is said: {text}");
    assert_eq!(ask("--fresh").1, 4);
    bench.text("%sdap set cache off");
    assert_eq!(ask("").1, 5);
}
