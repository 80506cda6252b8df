//! The same commands, asked of the embedded engine and of a server over real HTTP: the same answers.

mod support;

use async_trait::async_trait;
use sdap::{Origin, Value};
use sdap_engine::Engine;
use sdap_magics::{Given, Prompts, Unanswered};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use support::Bench;

/// Starts `serve` on a free port, and returns its address.
fn served(bench: &Bench) -> SocketAddr {
    bench.wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = sdap_engine::serve::router(Arc::new(Engine::demo()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    })
}

/// A value without its origin, which says who answered.
fn numbers(value: &Value) -> Value {
    let mut value = value.clone();
    let origins: Vec<&mut Origin> = match &mut value {
        Value::Series(v) => vec![&mut v.origin],
        Value::Group(v) => v.series.iter_mut().map(|s| &mut s.origin).chain([&mut v.origin]).collect(),
        Value::Grid(v) => vec![&mut v.origin],
        Value::Hovmoller(v) => vec![&mut v.origin],
        Value::Points(v) => vec![&mut v.origin],
        Value::Table(v) => vec![&mut v.origin],
    };
    for origin in origins {
        *origin = Origin::default();
    }
    value
}

#[test]
fn a_server_answers_as_the_engine_inside_the_kernel() {
    let bench = Bench::new();
    let address = served(&bench);
    bench.text(&format!("%sdap target lab=http://{address}"));
    assert!(bench.text("%sdap target").contains("current"));
    assert!(bench.text("%sdap datasets").contains("OSTIA_SST_MONTHLY_TROPICS"));
    let commands = [
        "timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
        "timeseries OSTIA_SST_MONTHLY_TROPICS --bbox 170,-5,-170,5 --time 2009",
        "timeseries SYNTHETIC_LA_PRECIP_DAILY --bbox la_county --time 1998-02",
        "timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --lowpass",
        "anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
        "map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009-06/2010-04",
        "map OSTIA_SST_MONTHLY_TROPICS --stat variance --bbox nino12",
        "map OSTIA_SST_MONTHLY_TROPICS --stat max --bbox nino12",
        "map OSTIA_SST_MONTHLY_TROPICS --stat min --bbox nino12",
        "map OSTIA_SST_MONTHLY_TROPICS --stat climatology --month 6 --bbox nino12",
        "map COADS_CLIMATOLOGY --variable wspd --bbox north_atlantic",
        "subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017-03",
        "subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,2019500 --time 2017",
        "subset OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2010-01",
        "hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009 --axis longitude",
        "hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009 --axis latitude",
        "correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino12",
    ];
    for command in commands {
        bench.text(&format!("let here = %sdap {command} --target embedded\nlet there = %sdap {command} --target lab"));
        let value = |name| bench.session.binding(name).unwrap().value;
        let (here, there) = (value("here"), value("there"));
        assert_eq!(there.origin().server, format!("http://{address}"), "{command}");
        similar(command, &numbers(&here), &numbers(&there));
    }
}

/// Two values of the same kind and shape, with equal numbers. Of a box across the antimeridian a server is asked in two
/// parts, whose spreads can be joined only about their weighted means.
#[track_caller]
fn similar(command: &str, here: &Value, there: &Value) {
    let columns = |value: &Value| -> Vec<(&'static str, Vec<f64>)> {
        match value {
            Value::Series(s) => vec![("mean", s.mean.to_vec()), ("std", s.standard_deviation.to_vec())],
            Value::Group(g) => g.series.iter().map(|s| ("mean", s.mean.to_vec())).collect(),
            Value::Grid(g) => vec![("lat", g.lat.to_vec()), ("lon", g.lon.to_vec()), ("values", g.values.iter().copied().collect())],
            Value::Hovmoller(h) => vec![("coordinate", h.coordinate.to_vec()), ("mean", h.mean.iter().copied().collect())],
            Value::Points(p) => vec![("lat", p.lat.to_vec()), ("lon", p.lon.to_vec()), ("value", p.variables[0].values.to_vec())],
            Value::Table(_) => vec![],
        }
    };
    for ((name, a), (_, b)) in columns(here).into_iter().zip(columns(there)) {
        assert_eq!(a.len(), b.len(), "{command}: {name}");
        let tolerance = if name == "std" && command.contains("170,-5,-170,5") { 2e-4 } else { 1e-6 };
        let close = |(x, y): (&f64, &f64)| (x.is_nan() && y.is_nan()) || (x - y).abs() <= tolerance * x.abs().max(1.0);
        assert!(a.iter().zip(&b).all(close), "{command}: {name}\n{a:?}\n{b:?}");
    }
}

#[test]
fn a_server_that_cannot_be_reached_is_named_and_the_target_stays() {
    let bench = Bench::new();
    let fault = bench.fault("%sdap target gone=http://127.0.0.1:9");
    assert!(fault.contains("cannot reach http://127.0.0.1:9"), "{fault}");
    assert!(bench.text("%sdap datasets").contains("OSTIA_SST_MONTHLY_TROPICS"), "embedded is still asked");
}

#[test]
fn a_servers_refusal_is_quoted() {
    let bench = Bench::new();
    let address = served(&bench);
    bench.text(&format!("%sdap target lab=http://{address}"));
    let fault = bench.fault("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS");
    assert!(fault.contains("asked for a named area only"), "{fault}");
    let fault = bench.fault("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox -170.001,0.01,-170.0005,0.02");
    assert!(fault.starts_with("NoData: "), "{fault}");
}

/// Answers every question with the same secret, and writes the questions down.
struct Typist(Mutex<Vec<String>>);

#[async_trait]
impl Prompts for Typist {
    async fn secret(&self, question: &str) -> Result<String, Unanswered> {
        self.0.lock().unwrap().push(question.to_owned());
        Ok("hunter2".to_owned())
    }

    async fn line(&self, question: &str) -> Result<String, Unanswered> {
        self.0.lock().unwrap().push(question.to_owned());
        Ok("yes".to_owned())
    }
}

/// A server that answers `/list`, and nothing else, to whoever sends this header.
fn guarded(bench: &Bench, name: &'static str, value: &'static str) -> SocketAddr {
    use axum::{
        Router,
        http::{HeaderMap, StatusCode},
        routing::get,
    };
    let list = async move |headers: HeaderMap| {
        let knows = headers.get(name).is_some_and(|sent| sent == value);
        if knows { (StatusCode::OK, "[]") } else { (StatusCode::UNAUTHORIZED, "who is there?") }
    };
    bench.wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/list", get(list))).await });
        address
    })
}

#[test]
fn a_secret_is_asked_for_and_sent_and_never_shown() {
    let logins = [
        ("--token", "Token for HOST: ", "authorization", "Bearer hunter2"),
        ("--user ann", "Password of ann for HOST: ", "authorization", "Basic YW5uOmh1bnRlcjI="),
        ("--header Cookie", "Header Cookie for HOST: ", "cookie", "hunter2"),
    ];
    for (options, question, header, value) in logins {
        let bench = Bench::new();
        let address = guarded(&bench, header, value);
        let command = format!("%sdap target lab=http://{address} {options}");
        let typist = Typist(Mutex::default());
        let shown = bench.run_given(&command, &Given { prompts: &typist, ..Given::default() }).unwrap();
        assert_eq!(*typist.0.lock().unwrap(), [question.replace("HOST", &address.to_string())]);
        let later = bench.text("%sdap datasets\n%sdap target");
        assert!(shown.iter().all(|bundle| !format!("{bundle:?}").contains("hunter2")) && !later.contains("hunter2"));

        let refused = bench.fault(&format!("%sdap target lab=http://{address}"));
        assert!(refused.contains("401"), "{refused}");
        let nobody = bench.fault(&command);
        assert!(nobody.starts_with("NoAnswer: ") && nobody.contains("--token-env"), "{nobody}");
    }
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time() {
    let bench = Bench::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let started = std::time::Instant::now();
    let fault = bench.fault(&format!("%sdap target silent=http://{address} --timeout 0.3"));
    assert!(fault.contains("did not answer within 0.3 s"), "{fault}");
    assert!(started.elapsed().as_secs_f64() < 2.0);
    assert!(bench.text("%sdap datasets").contains("OSTIA_SST_MONTHLY_TROPICS"), "embedded is still asked");
}
