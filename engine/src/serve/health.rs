//! A page for people: what is served, what is asked just now, and what it takes.

use super::about::{LIKE, of_each};
use super::gate::Gate;
use crate::Engine;
use axum::extract::State;
use axum::response::Html;
use maud::{DOCTYPE, html};
use std::sync::Arc;
use std::time::Duration;

/// What a dataset's row says.
struct Row {
    name: String,
    title: String,
    span: String,
    extent: String,
}

/// The page. It is readable without its styles, and loads nothing.
pub(super) async fn page(State(engine): State<Arc<Engine>>, State(gate): State<Arc<Gate>>) -> Html<String> {
    let rows = of_each(&engine, |name, dataset| match dataset {
        Ok(dataset) => Ok(Row {
            name: name.to_owned(),
            title: dataset.title().to_owned(),
            span: dataset.period().map_or_else(String::new, |period| period.to_string()),
            extent: dataset.places.area().map_or_else(String::new, |area| area.to_string()),
        }),
        Err(trouble) => Err((name.to_owned(), trouble)),
    })
    .await;
    let counts = gate.counts();
    let readable = rows.iter().filter(|row| row.is_ok()).count();
    let facts = [
        ("Datasets", format!("{readable} of {} can be read", rows.len())),
        ("Requests in flight", format!("{} are answered, {} wait", counts.working, counts.waiting)),
        ("Requests so far", format!("{} answered, {} refused for lack of room", counts.answered, counts.refused)),
        ("Memory", resident().map_or_else(|| "not known on this system".to_owned(), |bytes| format!("{:.0} MiB", bytes / 1_048_576.0))),
        ("Uptime", in_words(gate.started.elapsed())),
        ("Answers as", format!("NEXUS {LIKE}")),
        ("Program", format!("sdap-kernel {}", env!("CARGO_PKG_VERSION"))),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "SDAP NEXUS" }
                style { "body{font:15px/1.5 sans-serif;margin:2em;color-scheme:light dark}td,th{text-align:left;padding:.2em 1.5em .2em 0}" }
            }
            body {
                h1 { "It works!" }
                table {
                    @for (name, fact) in &facts { tr { th scope="row" { (name) } td { (fact) } } }
                }
                h2 { "Datasets" }
                table {
                    tr { th { "Name" } th { "Title" } th { "Times" } th { "West, south, east, north" } }
                    @for row in &rows {
                        @match row {
                            Ok(row) => tr { td { (row.name) } td { (row.title) } td { (row.span) } td { (row.extent) } },
                            Err((name, trouble)) => tr { td { (name) } td colspan="3" { strong { "cannot be read: " } (trouble) } },
                        }
                    }
                }
                p { a href="capabilities" { "Endpoints" } ", " a href="list" { "list" } ", " a href="heartbeat" { "heartbeat" } }
            }
        }
    };
    Html(page.into_string())
}

/// How many bytes this process keeps in memory, where the system says.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024.0)
}

fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_two_largest_units() {
        let words = [5, 65, 3725, 90_061].map(|seconds| in_words(Duration::from_secs(seconds)));
        assert_eq!(words, ["5 s", "1 min 5 s", "1 h 2 min", "1 d 1 h"]);
    }
}
