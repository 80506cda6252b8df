//! `cargo bench -p sdap-magics --bench figures`: figures beside those of matplotlib and cartopy, in the same run.
//!
//! The peers run in a Python environment of pinned versions in the target folder, made by the first run; or in that of the
//! interpreter that `SDAP_BENCH_PYTHON` names.

use sdap::{Grid, Origin, TimeSeries, Times, column, figure::Figure, plane};
use sdap_magics::{
    Bundle,
    show::{self, Style},
};
use std::{
    error::Error,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// What the peers are.
const PEERS: [&str; 2] = ["matplotlib==3.10.7", "cartopy==0.25.0"];

/// The figures by name, with the milliseconds and kilobytes that each may take.
const BUDGETS: [(&str, &str, f64, f64); 3] =
    [("line", "10 years of days", 60.0, 2000.0), ("map", "1440 × 720 cells", 250.0, 2000.0), ("scatter", "10⁶ pairs", 1000.0, 2000.0)];

fn main() -> Result<(), Box<dyn Error>> {
    let python = python()?;
    println!("| figure | how | ms, median | budget, ms | kB sent | times as long |");
    println!("| --- | --- | ---: | ---: | ---: | ---: |");
    let ours: Vec<(f64, f64)> = [line(), map(), scatter()].iter().map(measured).collect();
    for ((_, what, budget, _), (ms, kilobytes)) in BUDGETS.iter().zip(&ours) {
        println!("| {what} | sdap | {ms:.1} | {budget:.0} | {kilobytes:.0} | |");
    }
    let assets = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = assets.join("../tests/bench/figures.py");
    let output = Command::new(python).arg(script).arg(assets.join("assets/land-110m.bin")).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    for row in String::from_utf8(output.stdout)?.lines() {
        let row: serde_json::Value = serde_json::from_str(row)?;
        let at = BUDGETS.iter().position(|(name, ..)| row["figure"] == *name).ok_or("a figure that nobody asked for")?;
        let ms = row["ms"].as_f64().ok_or("no time")?;
        println!("| {} | {} | {ms:.1} | | | {:.1} |", BUDGETS[at].1, row["how"].as_str().unwrap_or_default(), ms / ours[at].0);
    }
    for ((_, what, budget, most), (ms, kilobytes)) in BUDGETS.iter().zip(&ours) {
        if ms > budget || kilobytes > most {
            return Err(format!("{what}: {ms:.1} ms and {kilobytes:.0} kB, where {budget} ms and {most} kB were allowed").into());
        }
    }
    Ok(())
}

/// The median milliseconds to draw a figure with all its types, and how many kilobytes they are.
fn measured(figure: &Figure) -> (f64, f64) {
    let draw = || {
        let start = Instant::now();
        let bundle = show::figure(figure, &Style::default()).expect("a figure");
        (start.elapsed().as_secs_f64() * 1e3, bundle)
    };
    let (_, bundle) = draw();
    let mut times: Vec<f64> = (0..15).map(|_| draw().0).collect();
    times.sort_unstable_by(f64::total_cmp);
    (times[times.len() / 2], bytes(&bundle) / 1e3)
}

fn bytes(bundle: &Bundle) -> f64 {
    bundle.data.values().map(|content| content.as_str().map_or_else(|| content.to_string().len(), str::len) as f64).sum()
}

/// A number in 0..1 that looks random and is always the same.
fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898).sin() * 43758.5453;
    x - x.floor()
}

fn line() -> Figure {
    let values: Vec<f64> = (0..3653).map(|i| 15.0 - 9.0 * (i as f64 / 58.1).cos() + 4.0 * noise(i)).collect();
    let times = Times::new((0..3653).map(|i| 852_076_800 + i * 86_400).collect::<Vec<_>>());
    show::series(&TimeSeries::of_values("GAUGE", "sea_surface_temperature", "degree_Celsius", times, values))
}

fn map() -> Figure {
    let (lat, lon): (Vec<f64>, Vec<f64>) =
        ((0..720).map(|i| f64::from(i) / 4.0 - 89.875).collect(), (0..1440).map(|i| f64::from(i) / 4.0 - 179.875).collect());
    let values: Vec<f64> = lat.iter().flat_map(|y| lon.iter().map(move |x| (y / 9.0).sin() + (x / 7.0).cos())).collect();
    show::grid(&Grid {
        dataset: "SST".into(),
        variable: "sea_surface_temperature".into(),
        statistic: "mean".into(),
        units: "degree_Celsius".into(),
        count: plane(720, vec![1.0; values.len()]),
        values: plane(720, values),
        lat: column(lat),
        lon: column(lon),
        origin: Origin::default(),
    })
}

fn scatter() -> Figure {
    const PAIRS: usize = 1_000_000;
    let normal = |seed: usize| (0..PAIRS).map(move |i| (0..6).map(|k| noise(i * 7 + k + seed)).sum::<f64>() - 3.0);
    let x: Vec<f64> = normal(0).collect();
    let y: Vec<f64> = x.iter().zip(normal(9_000_001)).map(|(x, e)| 2.0 + 0.8 * x + e).collect();
    let times = || Times::new((0..PAIRS as i64).map(|i| i * 60).collect::<Vec<_>>());
    let series = |variable, values| TimeSeries::of_values("BUOY", variable, "m s-1", times(), values);
    show::scatter(&series("wind_speed", x), &series("current_speed", y), None)
}

/// The interpreter of the peers.
fn python() -> Result<PathBuf, Box<dyn Error>> {
    if let Some(given) = std::env::var_os("SDAP_BENCH_PYTHON") {
        return Ok(given.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("figures-bench");
    let python = folder.join("bin/python");
    let marker = folder.join(PEERS.join("_"));
    if !marker.exists() {
        eprintln!("making an environment with {} …", PEERS.join(" and "));
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PEERS))?;
        std::fs::write(marker, "")?;
    }
    Ok(python)
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    if command.status()?.success() { Ok(()) } else { Err(format!("{command:?} failed").into()) }
}
