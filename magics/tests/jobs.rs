//! Match-ups, waited for and not, of the engine inside the kernel and of a server.

mod support;

use sdap::{Table, TableColumn, Value};
use sdap_engine::Engine;
use sdap_magics::show::Matchup;
use std::sync::Arc;
use support::Bench;

const NEAR: &str = "SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --once --bbox -180,-5,-80,5 --time 2009";

fn table(bench: &Bench, name: &str) -> Table {
    match &*bench.session.binding(name).unwrap().value {
        Value::Table(table) => table.clone(),
        other => panic!("{other:?}"),
    }
}

/// The text of the first row of a column.
fn first(table: &Table, name: &str) -> String {
    match table.column(name) {
        Some(TableColumn::Text(texts)) => texts[0].clone(),
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_matchup_is_drawn_as_a_map_of_its_pairs_and_bound_as_a_table() {
    let bench = Bench::new();
    let shown = bench.run(&format!("%sdap matchup {NEAR}")).unwrap();
    assert!(shown[0].data.contains_key("image/png"));
    assert!(shown[1].plain().contains(" pairs · ") && shown[1].plain().contains("/match_spark?primary=SYNTHETIC_DRIFTER_SST"));
    let line = bench.text(&format!("let pairs = %sdap matchup {NEAR}"));
    assert_eq!(line.lines().count(), 1, "{line}");
    let pairs = table(&bench, "pairs");
    assert!(pairs.len() > 10 && Matchup::of(&pairs).is_some());
    assert!(pairs.column("distance [m]").is_some() && pairs.column("time difference [s]").is_some());
    assert!(bench.run("%sdap plot pairs").unwrap()[0].data.contains_key("image/png"));
    assert!(bench.text("%sdap last --curl").contains("/match_spark?"));
}

#[test]
fn a_job_that_nobody_waits_for_is_listed_until_its_pairs_are_taken() {
    let bench = Bench::new();
    assert!(bench.text("%sdap jobs").contains("no jobs"));
    let started = bench.text(&format!("%sdap matchup {NEAR} --detach"));
    assert!(started.starts_with("job ") && started.contains("%sdap results "), "{started}");
    bench.text("let all = %sdap jobs");
    let id = first(&table(&bench, "all"), "job");
    let mut status = String::new();
    for _ in 0..600 {
        bench.text(&format!("let one = %sdap job {}", &id[..6]));
        status = first(&table(&bench, "one"), "status");
        if status != "running" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(status, "success");
    bench.text(&format!("let pairs = %sdap results {id}\nlet whole = %sdap matchup {NEAR}\nlet few = %sdap results {id} --limit 5"));
    assert_eq!(table(&bench, "pairs").len(), table(&bench, "whole").len());
    assert!((1..=5).contains(&table(&bench, "few").len()));
    let ended = bench.text(&format!("%sdap cancel {id}"));
    assert!(ended.contains("success"), "what has ended stays as it is: {ended}");
    let offered = bench.wait(bench.session.complete("%sdap results ", 14)).unwrap();
    assert_eq!(offered.candidates[0].text, id);
}

#[test]
fn faults_of_jobs_say_which_there_are() {
    let bench = Bench::new();
    insta::assert_snapshot!(
        [
            "%sdap job 3f",
            "%sdap matchup OSTIA_SST_MONTHLY_TROPICS SPURS --bbox nino34 --time 2009",
            "%sdap matchup OSTIA_SST_MONTHLY_TROPICS SYNTHETIC_DRIFTER_SST --bbox nino34 --tolerance 1y",
            "%sdap matchup OSTIA_SST_MONTHLY_TROPICS SYNTHETIC_DRIFTER_SST --bbox nino34 --radius far",
            "%sdap matchup OSTIA_SST_MONTHLY_TROPICS SYNTHETIC_DRIFTER_SST --bbox nino34 --platforms 30,?",
            "%sdap matchup OSTIA_SST_MONTHLY_TROPICS SYNTHETIC_DRIFTER_SST --bbox nino34 --closest place",
            "%sdap results",
        ]
        .map(|cell| bench.fault(cell))
        .join("\n\n")
    );
}

#[test]
fn a_server_matches_up_as_the_engine_does() {
    let bench = Bench::new();
    let address = bench.wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = sdap_engine::serve::router(Arc::new(Engine::demo()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    // Across the antimeridian the server is asked for two boxes, the western of which holds no drifter.
    let near = NEAR.replace("-180,-5", "179.9,-5");
    bench.text(&format!(
        "%sdap target lab=http://{address}\nlet there = %sdap matchup {near}\nlet here = %sdap matchup {near} --target embedded"
    ));
    let (there, here) = (table(&bench, "there"), table(&bench, "here"));
    assert_eq!(there.len(), here.len());
    let sum = |table: &Table| match table.column("distance [m]") {
        Some(TableColumn::Numbers(numbers)) => numbers.sum(),
        other => panic!("{other:?}"),
    };
    assert!((sum(&there) - sum(&here)).abs() < 1e-3 * sum(&here).abs().max(1.0), "{} {}", sum(&there), sum(&here));
}

/// All numbers of a bound value, bit by bit: missing ones are alike.
fn numbers(bench: &Bench, name: &str) -> Vec<u64> {
    let bits = |numbers: &mut dyn Iterator<Item = &f64>| numbers.map(|v| if v.is_nan() { u64::MAX } else { v.to_bits() }).collect();
    match &*bench.session.binding(name).unwrap().value {
        Value::Series(v) => bits(&mut v.mean.iter().chain(&v.standard_deviation).chain(&v.count)),
        Value::Grid(v) => bits(&mut v.values.iter().chain(&v.lat)),
        Value::Hovmoller(v) => bits(&mut v.mean.iter().chain(&v.count)),
        Value::Points(v) => bits(&mut v.variables[0].values.iter().chain(&v.lat)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_question_in_windows_is_answered_as_the_whole_one() {
    let bench = Bench::new();
    for question in [
        "timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino12",
        "anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino12",
        "hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox nino12",
        "subset OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2009",
        "map OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --stat max",
    ] {
        bench.text(&format!(
            "let whole = %sdap {question}\nlet parts = %sdap {question} --windows 3\nlet auto = %sdap {question} --windows auto"
        ));
        let [whole, parts, auto] = ["whole", "parts", "auto"].map(|name| numbers(&bench, name));
        assert!(whole.len() > 10 && whole == parts && whole == auto, "{question}");
    }
    let fault = bench.fault("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --lowpass --windows 3");
    assert!(fault.contains("low-pass"), "{fault}");
    assert!(bench.fault("%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --windows many").contains("auto, or a number of windows"));
}

#[test]
fn an_answer_of_more_points_than_allowed_stops_with_what_to_do() {
    let bench = Bench::new();
    let fault = bench.fault("%sdap subset OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009 --limit 100");
    assert!(fault.contains("--limit") && fault.contains("100"), "{fault}");
    bench.text("%sdap set limit 100");
    let fault = bench.fault("%sdap subset OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    assert!(fault.contains("100"), "{fault}");
    bench.text("let all = %sdap subset OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009 --limit 1M");
}
