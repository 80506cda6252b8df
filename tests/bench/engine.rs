//! `cargo bench -p sdap-engine --bench engine`: the engine beside numpy, and xarray with dask, on the same Zarr groups.
//!
//! Each question is asked of all in turn, again and again, and the medians are compared: a machine that is busy with other things
//! slows them all. The groups, made by `engine.py`, and the peers' Python environment of pinned versions are in the target folder,
//! made by the first run; the variable `SDAP_BENCH_PYTHON` names another interpreter that has the peers' packages.

use ndarray::{CowArray, Dimension};
use plotters::prelude::*;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sdap::{Axis, BoundingBox, Period};
use sdap_engine::{Catalogue, Engine, Limits};
use sdap_nexus::Nexus;
use sdap_nexus::request::{
    AnomalyRequest, Correlation, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

type Fallible<T> = Result<T, Box<dyn Error>>;

/// What the peers are.
const PEERS: [&str; 4] = ["numpy==2.4.6", "xarray==2026.9.0", "dask==2026.8.0", "zarr==3.1.6"];
/// How often each question is asked of each.
const ROUNDS: usize = 7;

/// The questions, what they are called, and how many times faster than the faster peer the engine must be.
const QUESTIONS: [(&str, &str, f64); 10] = [
    ("series", "time series, Niño 3.4, 6 years of days", 3.0),
    ("anomaly", "daily difference average", 3.0),
    ("mean", "time-average map", 3.0),
    ("variance", "variance map", 3.0),
    ("maximum", "maximum map", 3.0),
    ("minimum", "minimum map", 3.0),
    ("correlation", "correlation map", 6.0),
    ("latitude", "Hovmöller, latitude", 6.0),
    ("longitude", "Hovmöller, longitude", 6.0),
    ("subset", "point subset, 10⁶ points", 10.0),
];

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--answer") {
        return answer(Path::new(&arguments[at + 1]));
    }
    let python = python()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-bench-data");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bench/engine.py");
    if !folder.exists() {
        eprintln!("making the datasets …");
        succeed(Command::new(&python).arg(&script).arg("make").arg(&folder))?;
    }
    // What some machines set for older libraries would slow the peers down.
    let mut peers = Command::new(&python);
    peers.arg(&script).arg("answer").arg(&folder).env_remove("OPENBLAS_CORETYPE").env_remove("OPENBLAS_L2_SIZE");
    let engine = |threads: &str| {
        let mut command = Command::new(std::env::current_exe()?);
        Asked::start(command.arg("--answer").arg(&folder).env("RAYON_NUM_THREADS", threads))
    };
    let (peers, one, two) = (Asked::start(&mut peers)?, engine("1")?, engine("2")?);

    println!("| what | sdap, ms | numpy, ms | xarray and dask, ms | times as long |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    for (question, what, reach) in QUESTIONS {
        let [ours, numpy, xarray] = in_turn([(&two, "cold", question), (&peers, "numpy", question), (&peers, "xarray", question)])?;
        let times = numpy.min(xarray) / ours;
        println!("| {what} | {ours:.1} | {numpy:.0} | {xarray:.0} | {times:.1}, to reach {reach} |");
    }
    println!("\n| what | ms |\n| --- | ---: |");
    let [cold, decode, warm, pass] = in_turn(["cold", "decode", "warm", "pass"].map(|how| (&two, how, "series")))?;
    println!("| decoding the chunks of the time series alone | {decode:.1} |");
    println!("| the time series, beside that | {cold:.1}, {:.2} times as long |", cold / decode);
    println!("| one pass over the decoded chunks | {pass:.1} |");
    println!("| the time series again, chunks kept | {warm:.1}, {:.2} times as long |", warm / pass);
    let [single, double] = in_turn([(&one, "cold", "series"), (&two, "cold", "series")])?;
    println!("| the time series on 1 and on 2 cores | {single:.1} and {double:.1}, {:.2} times as fast |", single / double);
    let mut grown = Vec::new();
    for (how, years) in [("years1", 1.0), ("years2", 2.0), ("years4", 4.0), ("years8", 8.0), ("years16", 16.0)] {
        let [series, map] = in_turn(["series", "mean"].map(|question| (&two, how, question)))?;
        println!("| {years} years: series and map | {series:.1} and {map:.1}, {:.2} and {:.2} a year |", series / years, map / years);
        grown.push([years, series, map]);
    }
    println!("| peak memory of all of that, MB | {:.0} |", two.ask("memory", "all")?.0);
    let drawn = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-years.svg");
    draw(&grown, &drawn)?;
    println!("\nThe cost of years is drawn in {}", drawn.display());
    Ok(())
}

/// Draws what years of days cost: the milliseconds of the series and of the map.
fn draw(grown: &[[f64; 3]], file: &Path) -> Fallible<()> {
    let font = include_bytes!("../../magics/assets/DejaVuSans-subset.ttf");
    plotters::style::register_font("sans-serif", FontStyle::Normal, font).map_err(|_| "the font cannot be read")?;
    let longest = grown.iter().map(|[years, ..]| *years).fold(0.0, f64::max);
    let most = grown.iter().flat_map(|[_, costs @ ..]| *costs).fold(0.0, f64::max);
    let area = SVGBackend::new(file, (640, 360)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("Daily fields of 0.25°, Niño 3.4, two cores", ("sans-serif", 16))
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..longest * 1.05, 0.0..most * 1.1)?;
    chart.configure_mesh().x_desc("years").y_desc("milliseconds").light_line_style(TRANSPARENT).draw()?;
    for (name, colour, cost) in [("time series", RGBColor(0, 90, 160), 1), ("mean map", RGBColor(200, 90, 0), 2)] {
        let points = || grown.iter().map(move |row| (row[0], row[cost]));
        let line = chart.draw_series(LineSeries::new(points(), colour.stroke_width(2)))?.label(name);
        line.legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
        chart.draw_series(points().map(|at| Circle::new(at, 3, colour.filled())))?;
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).border_style(TRANSPARENT).draw()?;
    area.present()?;
    Ok(())
}

/// The medians of the milliseconds that each takes, asked in turn; those that find a number must find the same.
fn in_turn<const N: usize>(asked: [(&Asked, &str, &str); N]) -> Fallible<[f64; N]> {
    let mut taken: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..ROUNDS {
        let mut first: HashMap<&str, f64> = HashMap::new();
        for (taken, (process, how, question)) in taken.iter_mut().zip(asked) {
            let (seconds, number) = process.ask(how, question)?;
            taken.push(seconds * 1e3);
            let expected = first.entry(question).or_insert(number);
            if (number - *expected).abs() > 1e-6 {
                return Err(format!("{how} finds {number} for the {question}, where {expected} was found before").into());
            }
        }
    }
    Ok(taken.map(|mut taken| {
        taken.sort_unstable_by(f64::total_cmp);
        taken[taken.len() / 2]
    }))
}

/// A process that answers a line with a line.
struct Asked {
    process: Child,
    ends: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Asked {
    fn start(command: &mut Command) -> Fallible<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (to, from) = (process.stdin.take().ok_or("no input")?, process.stdout.take().ok_or("no output")?);
        Ok(Self { process, ends: RefCell::new((to, BufReader::new(from))) })
    }

    /// The seconds that it took, and the number that was found.
    fn ask(&self, how: &str, question: &str) -> Fallible<(f64, f64)> {
        let (to, from) = &mut *self.ends.borrow_mut();
        writeln!(to, "{how} {question}")?;
        let mut line = String::new();
        from.read_line(&mut line)?;
        let answer: serde_json::Value = serde_json::from_str(&line).map_err(|e| format!("{how} {question}: {e}: {line}"))?;
        Ok((answer["seconds"].as_f64().unwrap_or(f64::NAN), answer["number"].as_f64().unwrap_or(f64::NAN)))
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Answers lines such as `cold series` on behalf of the engine.
fn answer(folder: &Path) -> Fallible<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let kept = engine(folder)?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (how, question) = line.split_once(' ').ok_or("two words were expected")?;
        let files = chunks(folder)?;
        let decoded: Vec<Vec<u8>> = if how == "pass" { files.par_iter().map(|file| decode(file)).collect() } else { Vec::new() };
        let started = Instant::now();
        let number = match how {
            "cold" => runtime.block_on(ask(&engine(folder)?, "SST", 2010, 2015, question))?,
            "warm" => runtime.block_on(ask(&kept, "SST", 2010, 2015, question))?,
            "decode" => nothing(files.par_iter().map(|file| decode(file).len()).sum::<usize>()),
            "pass" => nothing(decoded.par_iter().map(|chunk| sum(chunk)).sum::<i64>()),
            "memory" => {
                println!("{}", serde_json::json!({"seconds": peak(), "number": null}));
                continue;
            }
            years => {
                let years: i32 = years.trim_start_matches("years").parse()?;
                runtime.block_on(ask(&engine(folder)?, "LONG", 2000, 1999 + years, question))?
            }
        };
        println!("{}", serde_json::json!({"seconds": started.elapsed().as_secs_f64(), "number": number}));
    }
    Ok(())
}

/// No number to compare, of work that must be done all the same.
fn nothing<T>(result: T) -> f64 {
    std::hint::black_box(result);
    f64::NAN
}

/// The engine as it starts: nothing is open or decoded.
fn engine(folder: &Path) -> Fallible<Engine> {
    let catalogue = Catalogue::default();
    for name in ["SST", "SST_CLIM", "OTHER", "LONG"] {
        catalogue.add(folder.join(name), name)?;
    }
    Ok(Engine::with_catalogue(catalogue).with_limits(Limits { points: 2_000_000, ..Limits::default() }))
}

/// Asks, and gives a number that the peers find too.
async fn ask(engine: &Engine, dataset: &str, first: i32, last: i32, question: &str) -> Fallible<f64> {
    let area = BoundingBox::new(-170.0, -5.0, -120.0, 5.0)?;
    let period = Period::new(format!("{first}-01-01T00:00:00Z").parse()?, format!("{last}-12-31T23:59:59Z").parse()?)?;
    let (dataset, variable) = (dataset.to_owned(), None);
    let statistic = match question {
        "mean" => Some(Statistic::Mean),
        "variance" => Some(Statistic::Variance),
        "maximum" => Some(Statistic::Maximum),
        "minimum" => Some(Statistic::Minimum),
        _ => None,
    };
    if let Some(statistic) = statistic {
        return Ok(mean(&engine.map(&MapRequest { elevation: None, dataset, variable, statistic, area, period }).await?.values));
    }
    Ok(match question {
        "series" => {
            let request =
                SeriesRequest { elevation: None, datasets: vec![dataset], variable, area, period, filters: SeriesFilters::default() };
            mean(&engine.series(&request).await?.series[0].mean)
        }
        "anomaly" => {
            let request = AnomalyRequest { dataset, climatology: "SST_CLIM".into(), variable, area, period };
            mean(&engine.anomaly(&request).await?.mean)
        }
        "correlation" => {
            let request = CorrelationRequest { datasets: [dataset, "OTHER".into()], area, period, kind: Correlation::Cells };
            mean(&engine.correlation(&request).await?.values)
        }
        "latitude" | "longitude" => {
            let axis = if question == "latitude" { Axis::Latitude } else { Axis::Longitude };
            let request = HovmollerRequest { axis, normalize_dates: false, elevation: None, dataset, variable, area, period };
            mean(&engine.hovmoller(&request).await?.mean)
        }
        "subset" => {
            let days = Period::new(period.start(), period.start() + chrono::TimeDelta::hours(125 * 24 - 1))?;
            let request = SubsetRequest { elevation: None, dataset, variable, area: Some(area), filters: Vec::new(), period: days };
            mean(&engine.subset(&request).await?.variables[0].values)
        }
        other => return Err(format!("nobody knows the question {other}").into()),
    })
}

/// The mean of the values that are there, summed eight at a time, as the peers do.
fn mean<D: Dimension>(values: &CowArray<'_, f64, D>) -> f64 {
    let (mut sums, mut counts) = ([0.0; 8], [0.0; 8]);
    for eight in values.as_slice().expect("an answer's values are contiguous").chunks(8) {
        for ((sum, count), value) in sums.iter_mut().zip(&mut counts).zip(eight) {
            let there = !value.is_nan();
            *sum += if there { *value } else { 0.0 };
            *count += f64::from(u8::from(there));
        }
    }
    sums.iter().sum::<f64>() / counts.iter().sum::<f64>()
}

/// The files of the chunks that the box meets: the two rows of chunks in the middle.
fn chunks(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let mut files = Vec::new();
    for time in std::fs::read_dir(folder.join("SST/sst/c"))? {
        let time = time?.path();
        for row in ["1", "2"] {
            files.extend(["0", "1"].map(|column| time.join(row).join(column)));
        }
    }
    Ok(files)
}

/// The bytes of a chunk, decoded by the compression library and nothing else.
fn decode(file: &Path) -> Vec<u8> {
    const BYTES: usize = 256 * 20 * 120 * 2;
    let stored = std::fs::read(file).expect("the chunk can be read");
    zstd::bulk::decompress(&stored, BYTES).expect("the chunk can be decoded")
}

fn sum(chunk: &[u8]) -> i64 {
    chunk.as_chunks::<2>().0.iter().map(|bytes| i64::from(i16::from_le_bytes(*bytes))).sum()
}

/// The most memory that this process had, in MB; NaN where the system does not say.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).map_or(f64::NAN, |kilobytes| kilobytes * 1024.0 / 1e6)
}

/// The interpreter of the peers.
fn python() -> Fallible<PathBuf> {
    if let Some(given) = std::env::var_os("SDAP_BENCH_PYTHON") {
        return Ok(given.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("engine-bench-python");
    let (python, marker) = (folder.join("bin/python"), folder.join(PEERS.join("_")));
    if !marker.exists() {
        eprintln!("making an environment with {} …", PEERS.join(" and "));
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PEERS))?;
        std::fs::write(marker, "")?;
    }
    Ok(python)
}

fn succeed(command: &mut Command) -> Fallible<()> {
    if command.status()?.success() { Ok(()) } else { Err(format!("{command:?} failed").into()) }
}
