//! Completion and inspection, as a user of a session asks for them. `|` marks the cursor.

use crate::session::{Session, analyses};
use std::time::{Duration, Instant};

/// An answer takes no longer, whatever else the machine does: without one in time, the kernel says what it knows itself.
const AT_MOST: Duration = Duration::from_millis(1500);

pub(crate) fn names_are_completed_at_once_while_the_analysis_loads(session: &mut Session) {
    session.bind("sst", 1, [1.0, 2.0, 3.0]);
    assert!(analyses().is_empty(), "nobody has asked yet");
    let started = Instant::now();
    assert_eq!(session.names("let x = kep|"), ["kept"]);
    assert_eq!(session.names("ss|"), ["sst"]);
    assert_eq!(session.names("whi|"), ["while"]);
    assert_eq!(session.names(":de|"), [":dep"]);
    assert_eq!(session.inspect("ss|t").unwrap().plain, "let sst: sdap::TimeSeries");
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

pub(crate) fn fields_and_methods_are_completed_with_their_types(session: &mut Session) {
    session.eventually_completes("sst.me|", "mean");
    let process = analyses()[0];
    assert_eq!(niceness(process), "5");
    let mean = session.complete("sst.me|").into_iter().find(|found| found.insert == "mean").unwrap();
    assert_eq!((mean.kind.as_str(), mean.label.as_str()), ("property", "CowArray<f64, Ix1>"));
    for (marked, name) in [
        ("sst.mean.su|", "sum"),
        ("kept.| + 1", "len"),
        ("let total: f64 = (0..3).map(|i| sst.mean.su¦", "sum"),
        ("let größe = \"𝐚\"; let ß = sst.me|", "mean"),
        ("for value in sst.mean.it|", "iter"),
        ("if sst.mean.len() > 1 {\n    let half = sst.me|", "mean"),
        ("let series = sst.clone();\nseries.mean.su|", "sum"),
        ("sdap::Boun|", "BoundingBox"),
        ("use sdap::fig|", "figure"),
        ("use std::colle|", "collections"),
        ("chrono::NaiveD|", "NaiveDate"),
        ("Array2::zer|", "zeros"),
        (":opt 1\nsst.me|", "mean"),
    ] {
        session.eventually_completes(marked, name);
    }
    assert!(session.names("sst.|").iter().all(|name| !name.starts_with("__")), "what is hidden stays so");
}

pub(crate) fn items_of_earlier_cells_are_completed_and_explained(session: &mut Session) {
    session.silent("/// The *double* of it.\nfn doubled(x: f64) -> f64 { 2.0 * x }\nstruct Station { depth_of_sensor: f64 }");
    session.silent("let station = Station { depth_of_sensor: 4.0 };");
    session.eventually_completes("station.dep|", "depth_of_sensor");
    session.eventually_completes("let y = doub|", "doubled");
    let found = session.eventually_explains("let y = doubled(|", "fn doubled(x: f64) -> f64");
    assert!(found.plain.contains("The *double* of it."), "{found:?}");
    assert!(found.html.contains("<code class=\"language-rust\">") && found.html.contains("<em>double</em>"), "{found:?}");
}

pub(crate) fn signatures_and_documentation_are_shown(session: &mut Session) {
    for (marked, expected) in [
        ("ss|t.mean", "sst: TimeSeries"),
        ("sst.me|an", "mean"),
        ("sst.mean.su|m()", "pub fn sum(&self) -> A"),
        ("let total = sst.mean.sum(|", "pub fn sum(&self) -> A"),
        ("sdap::BoundingBox::new(|", "new"),
        ("chrono::NaiveDate::from_ymd_opt(2011, |", "pub const fn from_ymd_opt"),
        ("Array2::<f64>::zeros(|", "zeros"),
        ("let| x = 1;", "let"),
    ] {
        let found = session.eventually_explains(marked, expected);
        assert!(found.html.contains("<p>") || found.html.contains("<pre>"), "{}", found.html);
    }
    assert_eq!(session.inspect("1 + |"), None);
}

pub(crate) fn a_running_cell_is_not_waited_for(session: &mut Session) {
    let (names, waited) = session.names_while("std::thread::sleep(std::time::Duration::from_secs(5));", "sst.me|");
    assert!(names.contains(&"mean".to_owned()), "{names:?}");
    assert!(waited < AT_MOST, "{waited:?}");
}

pub(crate) fn a_lost_analysis_costs_one_answer(session: &mut Session) {
    let process = analyses()[0];
    assert!(std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap().success());
    assert_eq!(session.names("let x = kep|"), ["kept"]);
    session.eventually_completes("sst.me|", "mean");
    assert_ne!(analyses()[0], process);
}

fn niceness(process: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    status.rsplit(") ").next().unwrap().split(' ').nth(16).unwrap().to_owned()
}
