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
    fn start(folders: &[&Path]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(folders).stdout(Stdio::piped());
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
    let empty = tempfile::tempdir().expect("a folder");
    let small = golden("SST_SMALL.zarr").display().to_string();
    let empty = empty.path().display().to_string();
    let cases: [(&[&str], String); 4] = [
        (&["nowhere.zarr"], "error: cannot serve nowhere.zarr: nowhere cannot be read: ".to_owned()),
        (&[&small, &small], format!("error: {small} would be a second dataset named SST_SMALL: rename one of them\n")),
        (&[&empty], format!("error: cannot serve {empty}: ")),
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
