//! How much memory a great answer takes: in proportion to what is made of it, not to its text.
#![cfg(target_os = "linux")]

mod support;

use sdap_nexus::request::{MapRequest, Statistic};
use sdap_nexus::{Nexus, Server};
use std::fmt::Write as _;
use support::{area, misbehaving, period};
use tokio::io::AsyncWriteExt;

/// How many rows and columns the map has. NEXUS writes it in 168 bytes a cell.
const SIDE: usize = 500;

/// The peak of this process's memory so far, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// One row of the map, in the layout of a real server.
fn row(row: usize) -> String {
    let mut text = String::from(if row == 0 { "[" } else { ",\n        [" });
    for column in 0..SIDE {
        let (lat, lon) = (-50.0 + 0.1 * row as f64, 100.0 + 0.1 * column as f64);
        let comma = if column == 0 { "" } else { "," };
        let blanks = " ".repeat(16);
        write!(
            text,
            "{comma}\n            {{\n{blanks}\"mean\": {:?},\n{blanks}\"cnt\": 60,\n{blanks}\"lat\": {lat:?},\n{blanks}\"lon\": {lon:?}\n            }}",
            f64::from((row * SIDE + column) as f32 / 7.0),
        )
        .unwrap();
    }
    text + "\n        ]"
}

/// A server that makes a map of so many rows while it sends it.
async fn mapping(rows: usize) -> Server {
    let url = misbehaving(move |mut stream| async move {
        let mut sent = 0;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\n    \"data\": [\n        ").await.unwrap();
        for at in 0..rows {
            let text = row(at);
            sent += text.len();
            stream.write_all(text.as_bytes()).await.unwrap();
        }
        stream.write_all(b"\n    ]\n}").await.unwrap();
        assert!(rows < SIDE || sent > 35_000_000);
    })
    .await;
    Server::new(&url).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_great_map_takes_in_proportion_to_its_cells_and_not_to_its_text() {
    let request = MapRequest {
        elevation: None,
        dataset: "A".into(),
        variable: None,
        statistic: Statistic::Mean,
        area: area(-180.0, -90.0, 180.0, 90.0),
        period: period("2013-01-01T00:00:00Z", "2013-01-31T23:59:59Z"),
    };
    mapping(2).await.map(&request).await.unwrap();
    let before = peak();
    let grid = mapping(SIDE).await.map(&request).await.unwrap();
    let taken = peak() - before;
    let result = (grid.values.len() + grid.count.len() + grid.lat.len() + grid.lon.len()) * size_of::<f64>();
    assert_eq!(grid.values.dim(), (SIDE, SIDE));
    assert!(taken < result * 5 / 2 + (12 << 20), "{taken} bytes for a result of {result}");
}
