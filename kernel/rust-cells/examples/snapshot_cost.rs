//! What the copy of the runner costs a cell, with nothing and with 1 GiB of variables, and the memory of all processes.
//!
//! `cargo run -p sdap-rust-cells --example snapshot_cost`

use sdap_rust_cells::{Config, RustCell, RustCells};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

const CELLS: usize = 15;

fn main() {
    sdap_rust_cells::runtime_hook();
    let cache = std::env::temp_dir().join("sdap-rust-cells");
    let cells = RustCells::new(Config { cache, directory: std::env::temp_dir(), environment: Vec::new() });
    tokio::runtime::Runtime::new().expect("a runtime starts").block_on(measure(&cells));
}

async fn measure(cells: &RustCells) {
    run(cells, "1 + 1").await;
    report("no variables", cells).await;
    run(cells, "let large = vec![1.5_f64; 1 << 27];").await;
    report("1 GiB of variables", cells).await;
    run(cells, "let mut scattered: Vec<Vec<f64>> = (0..1 << 17).map(|i| vec![f64::from(i); 1 << 10]).collect();").await;
    report("2 GiB of variables, one of them in small pieces", cells).await;
    let slowest = run(cells, "for v in &mut scattered { v[0] += 1.0; }").await;
    println!("a cell that writes to each small piece: {slowest:.0?}");
    cells.shutdown().await;
}

async fn report(what: &str, cells: &RustCells) {
    let mut times = Vec::new();
    for _ in 0..CELLS {
        times.push(run(cells, "1 + 1").await);
    }
    times.sort();
    println!("{what}: `1 + 1` takes {:.0?} (fastest {:.0?}, slowest {:.0?})", times[CELLS / 2], times[0], times[CELLS - 1]);
    for (process, resident, proportional) in own_processes() {
        println!("    {process}: resident {resident} MB, its share of what is shared counted once: {proportional} MB");
    }
}

async fn run(cells: &RustCells, code: &str) -> Duration {
    let (events, _printed) = mpsc::unbounded_channel();
    let start = Instant::now();
    let result = cells.execute(RustCell { code: code.to_owned(), bindings: Vec::new() }, &events).await;
    assert!(result.is_ok(), "{code}: {result:?}");
    start.elapsed()
}

/// Every process of this program, with its memory.
fn own_processes() -> Vec<(u32, u64, u64)> {
    let own = fs::read_link("/proc/self/exe").expect("Linux");
    let processes = fs::read_dir("/proc").expect("Linux").flatten();
    let mut found: Vec<_> = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == own))
        .filter_map(|pid| {
            let memory = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
            let of = |name: &str| memory.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<u64>().ok());
            Some((pid, of("Rss:")? / 1024, of("Pss:")? / 1024))
        })
        .collect();
    found.sort_unstable();
    found
}
