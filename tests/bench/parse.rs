//! `cargo bench -p sdap-nexus --bench parse`: great answers read by the client, beside Python's `json` with numpy, and
//! beside the bare transfer, in the same run.
//!
//! The bodies are a million samples and a map of a million cells, written as NEXUS 1.4 writes them. A process of its own
//! serves them as fast as it can; and then as fast as networks of 10 and of 1 Gbit/s, to see what reading adds there, where it
//! goes on beside the transfer. Ours is the whole question, transfer included; Python's is what it does with a body that it
//! has. Each measurement is a process of its own, so that its peak of memory is its own. `-- --rounds 1` asks for fewer rounds
//! than five. The peer runs in a Python environment of pinned versions in the target folder, made by the first run; or in that
//! of the interpreter that `SDAP_BENCH_PYTHON` names.

use sdap::{BoundingBox, Period};
use sdap_nexus::request::{MapRequest, Statistic, SubsetRequest};
use sdap_nexus::{Nexus, Server};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PEER: &str = "numpy==2.3.4";
/// What the client is to be: so many times faster than Python, within such a share of its memory.
const FASTER: f64 = 8.0;
const SMALLER: f64 = 6.0;
/// How much is sent at once where a network is imitated, in bytes.
const PIECE: usize = 64 << 10;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", file, gigabits] => serve(file, gigabits.parse()?),
        ["ours", what, url] => ours(what, url),
        ["bare", url] => bare(url),
        ["--rounds", rounds] => compare(rounds.parse()?),
        _ => compare(5),
    }
}

/// What one process measured.
#[derive(Clone, Copy, serde::Deserialize)]
struct Measured {
    /// By the clock on the wall, in seconds.
    seconds: f64,
    /// By the processor, of all threads, in seconds.
    busy: f64,
    /// The peak of memory beyond what the process had before, in bytes.
    peak: f64,
}

fn compare(rounds: usize) -> Outcome<()> {
    let python = python()?;
    let mut missed = Vec::new();
    println!("| answer | how | s, median | s of processor | MB at the peak | times as long | times as much memory |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for (what, name) in [("points", "10⁶ samples"), ("map", "map of 10⁶ cells")] {
        let file = body(what)?;
        let megabytes = std::fs::metadata(&file)?.len() / 1_000_000;
        let server = Serving::start(&file, 0.0)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/bench/parse.py");
        let (mut bare, mut ours, mut peer) = (Vec::new(), Vec::new(), Vec::new());
        // In turns, so that whatever else the machine does meets all alike.
        for _ in 0..rounds {
            bare.push(measured(myself()?.args(["bare", &server.url]))?);
            ours.push(measured(myself()?.args(["ours", what, &server.url]))?);
            peer.push(measured(Command::new(&python).arg(&script).arg(what).arg(&file))?);
        }
        let (bare, ours, peer) = (median(bare), median(ours), median(peer));
        let row = |how: &str, m: Measured| {
            let ratios = format!("{:.2} | {:.2}", m.seconds / ours.seconds, m.peak / ours.peak);
            println!("| {name}, {megabytes} MB | {how} | {:.2} | {:.2} | {:.0} | {ratios} |", m.seconds, m.busy, m.peak / 1e6);
        };
        row("bare transfer", bare);
        row("sdap, transfer included", ours);
        row("Python json and numpy, without transfer", peer);
        println!("| {name} | overhead over the bare transfer | {:.0} % | | | | |", (ours.seconds / bare.seconds - 1.0) * 100.0);
        drop(server);
        for gigabits in [10.0, 1.0] {
            let server = Serving::start(&file, gigabits)?;
            let (mut bare, mut ours) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                bare.push(measured(myself()?.args(["bare", &server.url]))?);
                ours.push(measured(myself()?.args(["ours", what, &server.url]))?);
            }
            let (bare, ours) = (median(bare).seconds, median(ours).seconds);
            let overhead = (ours / bare - 1.0) * 100.0;
            println!("| {name} | at {gigabits} Gbit/s: bare {bare:.2} s, sdap {ours:.2} s: overhead | {overhead:.0} % | | | | |");
        }
        if peer.seconds / ours.seconds < FASTER || peer.peak / ours.peak < SMALLER {
            missed.push(format!(
                "{name}: {:.1} times faster with {:.1} times less memory",
                peer.seconds / ours.seconds,
                peer.peak / ours.peak
            ));
        }
    }
    if missed.is_empty() { Ok(()) } else { Err(format!("{}; wanted: {FASTER} and {SMALLER}", missed.join("; ")).into()) }
}

fn median(mut all: Vec<Measured>) -> Measured {
    let mut of = |number: fn(&Measured) -> f64| {
        all.sort_by(|a, b| number(a).total_cmp(&number(b)));
        number(&all[all.len() / 2])
    };
    Measured { seconds: of(|m| m.seconds), busy: of(|m| m.busy), peak: of(|m| m.peak) }
}

fn myself() -> Outcome<Command> {
    Ok(Command::new(std::env::current_exe()?))
}

fn measured(command: &mut Command) -> Outcome<Measured> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A process that serves a file, as long as this lives.
struct Serving {
    process: Child,
    url: String,
}

impl Serving {
    /// Serves at so many Gbit/s; as fast as it can where that is 0.
    fn start(file: &Path, gigabits: f64) -> Outcome<Self> {
        let mut process = myself()?.arg("serve").arg(file).arg(gigabits.to_string()).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut url)?;
        Ok(Self { process, url: url.trim().to_owned() })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a file to whoever asks for anything, at so many Gbit/s or, where that is 0, as fast as it can.
fn serve(file: &str, gigabits: f64) -> Outcome<()> {
    let body = std::fs::read(file)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (mut stream, _) = listener.accept()?;
        let _ = answer(&mut stream, &body, gigabits);
    }
}

fn answer(stream: &mut TcpStream, body: &[u8], gigabits: f64) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.push(byte[0]);
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes())?;
    if gigabits == 0.0 {
        return stream.write_all(body);
    }
    // As a network does, in pieces at their times; what a busy reader holds up is made good.
    let began = Instant::now();
    for (i, piece) in body.chunks(PIECE).enumerate() {
        let due = Duration::from_secs_f64((i * PIECE * 8) as f64 / (gigabits * 1e9));
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        stream.write_all(piece)?;
    }
    Ok(())
}

/// Runs a question and prints what it took.
fn clocked(question: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let before = peak()?;
    let (began, worked) = (Instant::now(), busy()?);
    runtime.block_on(question)?;
    let seconds = began.elapsed().as_secs_f64();
    println!("{}", serde_json::json!({ "seconds": seconds, "busy": busy()? - worked, "peak": peak()? - before }));
    Ok(())
}

/// The peak of this process's memory, in bytes.
fn peak() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}

/// What the processor did for this process, in seconds. Linux counts in hundredths.
fn busy() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}

fn ours(what: &str, url: &str) -> Outcome<()> {
    let server = Server::new(url)?;
    let period = Period::new("2000-01-01T00:00:00Z".parse()?, "2020-12-31T23:59:59Z".parse()?)?;
    let area = BoundingBox::new(-180.0, -90.0, 180.0, 90.0)?;
    let dataset = "SST".to_owned();
    clocked(async move {
        let count = if what == "points" {
            let request = SubsetRequest { dataset, variable: None, area: Some(area), filters: Vec::new(), period, elevation: None };
            server.subset(&request).await?.time.len()
        } else {
            let request = MapRequest { dataset, variable: None, statistic: Statistic::Mean, area, period, elevation: None };
            server.map(&request).await?.values.len()
        };
        if count == 1_000_000 { Ok(()) } else { Err(format!("{count} came").into()) }
    })
}

fn bare(url: &str) -> Outcome<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let url = url.to_owned();
    clocked(async move {
        let mut response = client.get(url).send().await?;
        while response.chunk().await?.is_some() {}
        Ok(())
    })
}

/// The body of an answer, in a file of the target folder.
fn body(what: &str) -> Outcome<PathBuf> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("parse-bench-{what}.json"));
    if !file.exists() {
        let text = if what == "points" { points()? } else { map()? };
        std::fs::write(&file, text)?;
    }
    Ok(file)
}

/// A number in -1..1 that looks random and is always the same.
fn noise(i: usize) -> f64 {
    (i as f64 * 12.9898).sin() * 43758.5453 % 1.0
}

/// Ten days, newest first as a 1.4 server sends them, each of tiles of 20 × 50 samples.
fn points() -> Outcome<String> {
    let mut text = String::from("[");
    for i in 0..1_000_000_usize {
        let (day, in_day) = (i / 100_000, i % 100_000);
        let (tile, in_tile) = (in_day / 1000, in_day % 1000);
        let lat = (-40.0 + 0.1 * (tile / 10 * 20 + in_tile / 50) as f64) as f32;
        let lon = (100.0 + 0.1 * (tile % 10 * 50 + in_tile % 50) as f64) as f32;
        let value = (15.0 + 9.0 * noise(i)) as f32;
        write!(
            text,
            "{}\n    {{\n        \"latitude\": {:?},\n        \"longitude\": {:?},\n        \"time\": {},\n        \"elevation\": NaN,\n        \
             \"data\": {{\n            \"id\": \"7e4b41fd-0560-5171-8845-{tile:012x}\",\n            \"variables\": [\n                {{\n                    \
             \"analysed_sst\": {:?}\n                }}\n            ]\n        }}\n    }}",
            if i == 0 { "" } else { "," },
            f64::from(lat),
            f64::from(lon),
            1_326_758_400 - 86_400 * day,
            f64::from(value)
        )?;
    }
    Ok(text + "\n]")
}

fn map() -> Outcome<String> {
    let mut text = String::from("{\n    \"meta\": {\n        \"shortName\": \"SST\"\n    },\n    \"data\": [");
    for row in 0..1000 {
        text.push_str(if row == 0 { "\n        [" } else { ",\n        [" });
        for column in 0..1000 {
            let (lat, lon) = (-50.0 + 0.1 * f64::from(row) + 0.05, 100.0 + 0.05 * f64::from(column));
            let mean = 15.0 + 9.0 * noise(row as usize * 1000 + column as usize);
            write!(
                text,
                "{}\n            {{\n                \"mean\": {mean:?},\n                \"cnt\": 60,\n                \"lat\": {lat:?},\n                \
                 \"lon\": {lon:?}\n            }}",
                if column == 0 { "" } else { "," }
            )?;
        }
        text.push_str("\n        ]");
    }
    Ok(text + "\n    ],\n    \"stats\": {}\n}")
}

/// The interpreter of the peer.
fn python() -> Outcome<PathBuf> {
    if let Some(given) = std::env::var_os("SDAP_BENCH_PYTHON") {
        return Ok(given.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parse-bench");
    let python = folder.join("bin/python");
    let marker = folder.join(PEER);
    if !marker.exists() {
        eprintln!("making an environment with {PEER} …");
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", PEER]))?;
        std::fs::write(marker, "")?;
    }
    Ok(python)
}

fn succeed(command: &mut Command) -> Outcome<()> {
    if command.status()?.success() { Ok(()) } else { Err(format!("{command:?} failed").into()) }
}
