//! `sdap-kernel serve`: asked over HTTP, and ended as a service is.

use crate::jupyter::{PROGRAM, told};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

/// A server on a free port, killed with the test where it still runs.
struct Served {
    process: Child,
    address: String,
    announced: String,
}

impl Served {
    fn start(arguments: &[&Path]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the program runs");
        let mut announced = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut announced).expect("a line");
        let (_, rest) = announced.split_once("http://").unwrap_or_else(|| panic!("{announced}"));
        let address = rest.split(';').next().expect("an address").to_owned();
        Self { process, address, announced }
    }

    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        (head.lines().next().expect("a status").to_owned(), body.to_owned())
    }

    fn names(&self) -> Vec<String> {
        let (_, body) = self.get("/list");
        let list: Vec<Value> = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{body}"));
        list.iter().map(|dataset| dataset["shortName"].as_str().expect("a name").to_owned()).collect()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn golden(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden-data").join(name)
}

#[test]
fn the_demo_datasets_are_served_where_no_folder_is_given() {
    let served = Served::start(&[]);
    let names = served.names();
    assert!(names.contains(&"OSTIA_SST_MONTHLY_TROPICS".to_owned()), "{names:?}");
    assert_eq!(served.announced, format!("serving {} datasets at http://{}; Ctrl-C ends it\n", names.len(), served.address));
    let (status, _) = served
        .get("/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&startTime=2009-01-01T00:00:00Z&endTime=2009-12-31T00:00:00Z");
    assert_eq!(status, "HTTP/1.1 200 OK");
}

#[test]
fn folders_are_served_under_their_names_and_nothing_else_is() {
    let served = Served::start(&[&golden("SST_SMALL.zarr"), &golden("IRREG.zarr")]);
    assert_eq!(served.names(), ["IRREG", "SST_SMALL"]);
}

#[test]
fn a_path_may_be_named_and_a_pattern_too() {
    let pattern = format!("RAIN={}", golden("TRMM_3B42_daily.zarr").display());
    let served = Served::start(&[Path::new(&pattern), &golden("SST_SMALL.zarr")]);
    assert_eq!(served.names(), ["RAIN", "SST_SMALL"]);
}

#[test]
fn a_catalogue_is_served_and_a_broken_dataset_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("catalogue.toml");
    let place = golden("SST_SMALL.zarr").canonicalize().expect("it is there");
    let text = format!("[dataset.GOOD]\nplace = {:?}\n[dataset.GONE]\nplace = \"gone.nc\"\n", place.display().to_string());
    std::fs::write(&file, text).expect("written");
    let served = Served::start(&[Path::new("--catalogue"), &file]);
    assert_eq!(served.names(), ["GONE", "GOOD"]);
    let (_, list) = served.get("/list");
    assert!(list.contains("gone.nc is no folder and no file"), "{list}");
    let refused = Command::new(PROGRAM).args(["serve", "--catalogue", "nowhere.toml"]).output().expect("the program runs");
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
}

#[test]
fn paths_that_cannot_be_read_are_listed_with_their_trouble_and_take_no_other_down() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("cut.nc"), b"CDF\x01 and no more").expect("written");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("a folder");
    let (cut, none) = (folder.path().join("cut.nc"), folder.path().join("none_*.nc"));
    let address = Path::new("http://127.0.0.1:9/far.zarr");
    let served = Served::start(&[&golden("SST_SMALL.zarr"), &cut, &empty, &none, address, Path::new("nowhere.zarr")]);
    let (_, body) = served.get("/list");
    let list: Vec<Value> = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{body}"));
    let broken: Vec<&Value> = list.iter().filter(|dataset| dataset.get("error").is_some()).collect();
    assert_eq!((list.len(), broken.len()), (6, 5), "{body}");
    assert!(broken.iter().all(|dataset| dataset["error_reason"].as_str().is_some_and(|reason| !reason.is_empty())), "{body}");
    let (status, _) =
        served.get("/timeSeriesSpark?ds=SST_SMALL&b=-129,41,-126,43&startTime=2012-01-15T00:00:00Z&endTime=2012-01-19T00:00:00Z");
    assert_eq!(status, "HTTP/1.1 200 OK");
    let (status, _) = served.get("/timeSeriesSpark?ds=nowhere&b=-129,41,-126,43&startTime=0&endTime=1");
    assert_eq!(status, "HTTP/1.1 500 Internal Server Error");
}

#[test]
fn limits_and_changes_are_set_on_the_command_line() {
    let limits = ["--memory", "64MiB", "--max-points", "5", "--at-once", "1", "--timeout", "20", "--allow-changes"].map(Path::new);
    let served = Served::start(&limits);
    let (status, body) = served
        .get("/datainbounds?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5&startTime=2009-01-01T00:00:00Z&endTime=2009-12-31T00:00:00Z");
    assert!(status.contains("400") && body.contains("more than 5 points"), "{status} {body}");
    let (status, body) = served.get("/datasets/remove?name=NOPE");
    assert!(status.contains("404") && body.contains("NOPE"), "{status} {body}");
    for (option, wrong) in [("--memory", "much"), ("--at-once", "0"), ("--timeout", "0"), ("--listen", "localhost")] {
        let output = Command::new(PROGRAM).args(["serve", option, wrong]).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{option} {wrong}: {}", told(&output));
    }
}

#[test]
fn whoever_listens_beyond_this_machine_is_told_what_that_means() {
    let mut process = Command::new(PROGRAM)
        .args(["serve", "--listen", "0.0.0.0:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    BufReader::new(process.stderr.take().expect("piped")).read_line(&mut line).expect("a line");
    process.kill().expect("it runs");
    process.wait().expect("it ends");
    assert_eq!(line, "everyone who reaches this address may ask: there is no login\n");
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_order() {
    for signal in ["-TERM", "-INT"] {
        let mut served = Served::start(&[]);
        let sent = Command::new("kill").args([signal, &served.process.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        assert_eq!(served.process.wait().expect("it ends").code(), Some(0));
    }
}

#[test]
fn what_cannot_be_served_is_told_in_one_line() {
    let served = Served::start(&[]);
    let small = golden("SST_SMALL.zarr").display().to_string();
    let twice = format!("error: {small} would be a second dataset named SST_SMALL: give it another name, NAME={small}\n");
    let cases: [(&[&str], String); 2] = [
        (&[&small, &small], twice),
        (&["--listen", &served.address], format!("error: cannot listen on {}: Address already in use", served.address)),
    ];
    for (arguments, expected) in cases {
        let output = Command::new(PROGRAM).arg("serve").args(arguments).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.starts_with(&expected), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
