//! Every example of the help, of the README and of the tour: those of a server are asked of one.

mod opened;
#[expect(dead_code, reason = "nothing here fails or is waited for but a server")]
mod support;

use async_trait::async_trait;
use axum::{Router, http::header, routing::get};
use opened::{among, files_to_open};
use sdap::{TableColumn, Value};
use sdap_engine::{
    Catalogue, Engine,
    serve::{Changes, Options},
};
use sdap_magics::{
    Given, Prompts, Unanswered,
    cell::{Part, split},
};
use std::{fmt::Write, path::Path, process::Command, sync::Arc};
use support::Bench;

/// Marks the process that has the secrets of the examples in its environment.
const INSIDE: &str = "LAB_TOKEN";

/// The certificate of an authority that has signed nothing but it.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n\
    MIIBqDCCAU2gAwIBAgIUVmm4hIsWBMocQJbCYRgo4pfnifgwCgYIKoZIzj0EAwIw\n\
    GjEYMBYGA1UEAwwPbGFiLmV4YW1wbGUub3JnMCAXDTI2MTEyODAxMDYyOFoYDzIx\n\
    MjYxMTA0MDEwNjI4WjAaMRgwFgYDVQQDDA9sYWIuZXhhbXBsZS5vcmcwWTATBgcq\n\
    hkjOPQIBBggqhkjOPQMBBwNCAAReRyQrisOQS06Wq2UUqM+YIxI8HGnCBX7kYSOH\n\
    2wD73lI6H+L4pfm4v3RhfohAGQMZUUJ9+X9oH6jlVYEocdnko28wbTAdBgNVHQ4E\n\
    FgQUilVS6LaPOccin69czt8tvVidiiowHwYDVR0jBBgwFoAUilVS6LaPOccin69c\n\
    zt8tvVidiiowDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgg9sYWIuZXhhbXBs\n\
    ZS5vcmcwCgYIKoZIzj0EAwIDSQAwRgIhALJVj4WcaO0898n2racM+D/4ZIqurN7o\n\
    /c0SBcQJUvlRAiEA3cBogqxccqjaz8oKvU+US+6aHfNWJu0P9eeVST30kH4=\n\
    -----END CERTIFICATE-----\n";

#[test]
fn every_example_of_the_help_runs() {
    let bench = Bench::new();
    let files = files_to_open();
    for example in sdap_magics::examples() {
        bench.text(&among(files.path(), example));
    }
}

/// Datasets of samples, the first two of which lie near each other.
fn samples(folder: &Path) -> Catalogue {
    let catalogue = Catalogue::demo();
    for (name, lon) in [("AVHRR_OI", -37.5), ("SPURS", -37.49), ("UAVSAR", -118.07)] {
        let mut text = String::from("time,latitude,longitude,depth,sst_c\n");
        for day in 1..=30 {
            let _ = writeln!(text, "2012-09-{day:02}T12:00:00Z,22.5,{lon},1,{day}.5");
        }
        let file = folder.join(format!("{name}.csv"));
        std::fs::write(&file, text).unwrap();
        catalogue.add(file.to_str().unwrap(), name).unwrap();
    }
    catalogue
}

/// A server of the demo catalogue and of those samples, which lets datasets be changed. For radar tomography, which the
/// engine has no part in, it has a picture.
fn served(bench: &Bench, folder: &Path) -> String {
    let picture = get(async || ([(header::CONTENT_TYPE, "image/gif")], b"GIF89a".to_vec()));
    let cut = get(async || b"\x89HDF\r\n\x1a\n".to_vec());
    let list = Options { changes: Changes::Allowed, ..Options::default() }.router(Arc::new(Engine::with_catalogue(samples(folder))));
    let tomograms =
        Router::new().route("/tomogram/longitude", picture.clone()).route("/tomogram/3d", picture).route("/tomogram/profile", cut);
    bench.wait(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, list.merge(tomograms)).await });
        format!("http://{address}")
    })
}

/// The id of a job that a server works on.
fn started(bench: &Bench) -> String {
    bench.text(
        "%sdap matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --once --bbox -180,-5,-80,5 \
         --time 2009 --detach --target lab\nlet jobs = %sdap jobs",
    );
    let jobs = bench.session.binding("jobs").unwrap().value;
    let Value::Table(table) = &*jobs else { panic!("a table") };
    let Some(TableColumn::Text(ids)) = table.column("job") else { panic!("ids") };
    for _ in 0..600 {
        if bench.text(&format!("%sdap job {}", ids[0])).contains("success") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    ids[0].clone()
}

/// Says yes to everything, and tells no secrets.
struct Willing;

#[async_trait]
impl Prompts for Willing {
    async fn secret(&self, _: &str) -> Result<String, Unanswered> {
        Err(Unanswered("nothing is secret here".to_owned()))
    }

    async fn line(&self, _: &str) -> Result<String, Unanswered> {
        Ok("yes".to_owned())
    }
}

#[test]
fn every_example_of_the_help_that_wants_a_server_runs_on_one() {
    let files = files_to_open();
    if std::env::var_os(INSIDE).is_none() {
        // Secrets are taken from the environment, which a test cannot change for itself.
        let netrc = files.path().join("netrc");
        std::fs::write(&netrc, "machine 127.0.0.1 login ann password secret\n").unwrap();
        let own = std::env::current_exe().unwrap();
        let name = "every_example_of_the_help_that_wants_a_server_runs_on_one";
        let ran = Command::new(own).args(["--exact", name]).env(INSIDE, "secret").env("NETRC", netrc).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        return;
    }
    let bench = Bench::new();
    let address = served(&bench, files.path());
    std::fs::write(files.path().join("lab.pem"), CERTIFICATE).unwrap();
    let there = |file: &str| files.path().join(file).display().to_string();
    let data = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/data").join(name).display().to_string();
    let (first, second) = (data("OSTIA_SST_MONTHLY_TROPICS.zarr"), data("COADS_CLIMATOLOGY.zarr"));
    let mut job = None;
    let mut ran = 0;
    for example in sdap_magics::examples_of_servers() {
        let mut line = example.replace("https://example.org/nexus", &address);
        for (given, own) in [("lab.pem", there("lab.pem")), ("cut.nc", there("cut.nc")), ("pairs.csv", there("pairs.csv"))] {
            line = line.replace(given, &own);
        }
        line = line.replace("s3://bucket/sst-2.zarr", &second).replace("s3://bucket/sst.zarr", &first);
        if line.contains("3f2a") {
            let id = job.get_or_insert_with(|| started(&bench));
            line = line.replace("3f2a", id);
        }
        let given = Given { prompts: &Willing, ..Given::default() };
        let shown = bench.run_given(&line, &given).unwrap_or_else(|fault| panic!("{example}: {}", fault.text(&line)));
        assert!(!shown.is_empty(), "{example}");
        ran += 1;
    }
    assert!(ran > 20, "{ran}");
    assert!(Path::new(&there("cut.nc")).exists() && Path::new(&there("pairs.csv")).exists());
}

/// What a reader fills in the commands that the README shows, for each an example or several.
const FILLED: &[(&str, &[&str])] = &[
    ("%sdap help VERB", &["%sdap help map"]),
    ("%sdap VERB?", &["%sdap map?"]),
    ("%sdap open PATH as NAME", &["%sdap open sst_2001.nc as SST"]),
    (
        "%sdap map DATASET --stat mean|variance|max|min|climatology",
        &[
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --stat mean",
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --stat variance",
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --stat max",
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --stat min",
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --stat climatology --month 1",
        ],
    ),
    ("%sdap subset DATASET --filter rivid:2016500", &["%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500"]),
    (
        "%sdap matchup A B --radius 25km --tolerance 1d --once",
        &["let pairs = %sdap matchup SPURS AVHRR_OI --radius 25km --tolerance 1d --once --bbox -40,20,-35,25 --target lab"],
    ),
    ("%sdap stddev CLIMATOLOGY --at -140,0 --day 166", &["%sdap stddev OSTIA_SST_MONTHLY_TROPICS_CLIM --at -140,0 --day 166"]),
    (
        "%sdap timeseries lab:A,embedded:B",
        &["%sdap timeseries lab:OSTIA_SST_MONTHLY_TROPICS,embedded:OSTIA_SST_MONTHLY_TROPICS --bbox nino34"],
    ),
    (
        "let NAME = %sdap …",
        &[
            "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
            "let name = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino4",
            "let mean = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
        ],
    ),
    (
        "%sdap plot NAME… --kind scatter|histogram|year|difference|heatmap|matchup|…",
        &[
            "%sdap plot sst name --kind scatter",
            "%sdap plot sst --kind histogram",
            "%sdap plot sst --kind year",
            "%sdap plot sst name --kind difference",
            "%sdap plot sst --kind heatmap",
            "%sdap plot pairs --kind matchup",
        ],
    ),
    ("%sdap target https://HOST", &["%sdap target lab", "%sdap target embedded"]),
    (
        "%sdap get PATH KEY=VALUE…",
        &["%sdap get /datainbounds ds=USGS_VA_DISCHARGE_DAILY metadataFilter=rivid:2016500 \
        startTime=2017-01-01T00:00:00Z endTime=2017-01-05T00:00:00Z"],
    ),
    (
        "%sdap dataset add|update|remove",
        &[
            "%sdap dataset add MINE OSTIA.zarr --variable sst --target lab",
            "%sdap dataset update MINE OSTIA.zarr --variable sst --target lab --yes",
            "%sdap dataset remove MINE --target lab --yes",
        ],
    ),
    ("%sdap save NAME FILE", &["%sdap save sst sst.csv", "%sdap save sst sst.png"]),
    ("%%sdap batch", &["%%sdap batch\ntimeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34\ntable sst"]),
];

/// The commands that stand in the text of the README: in lines of code, and within lines.
fn commands(readme: &str) -> Vec<String> {
    let begins =
        |text: &&str| text.starts_with("%sdap") || text.starts_with("%%sdap") || text.starts_with("let ") && text.contains("%sdap");
    let within = readme.lines().filter(|line| !begins(line)).flat_map(|line| line.split('`').skip(1).step_by(2));
    readme.lines().filter(begins).chain(within.filter(begins)).map(|text| text.replace("\\|", "|")).collect()
}

#[test]
fn every_command_of_the_readme_runs() {
    let (bench, files) = (Bench::new(), files_to_open());
    let address = served(&bench, files.path());
    bench.text(&format!("%sdap target lab={address}\n%sdap target embedded"));
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/data/OSTIA_SST_MONTHLY_TROPICS.zarr").display().to_string();
    for command in commands(include_str!("../../README.md")) {
        let filled = FILLED.iter().find(|(written, _)| *written == command).map(|(_, filled)| *filled);
        let values = ["OSTIA_SST_MONTHLY_TROPICS", "2009"].map(str::to_owned);
        let given = Given { values: if command.contains('{') { &values } else { &[] }, ..Given::default() };
        let whole = command.replace("DATASET", "OSTIA_SST_MONTHLY_TROPICS");
        // A verb alone, which wants more, is spoken of rather than typed.
        let spoken = whole.strip_prefix("%sdap ").filter(|verb| verb.bytes().all(|b| b.is_ascii_lowercase()));
        let help = spoken.map(|verb| format!("%sdap help {verb}"));
        for line in filled.unwrap_or(&[help.as_deref().unwrap_or(&whole)]) {
            let line = among(files.path(), line).replace("OSTIA.zarr", &own);
            bench.run_given(&line, &given).unwrap_or_else(|fault| panic!("{command}: {}", fault.text(&line)));
        }
    }
}

#[test]
fn every_command_of_the_tour_runs() {
    let bench = Bench::new();
    let tour: serde_json::Value = serde_json::from_str(include_str!("../../notebooks/tour.ipynb")).unwrap();
    for cell in tour["cells"].as_array().unwrap().iter().filter(|c| c["cell_type"] == "code") {
        let code: String = cell["source"].as_array().unwrap().iter().filter_map(|line| line.as_str()).collect();
        let needs_rust = !split(&code).unwrap().iter().all(|part| matches!(part, Part::Command(_))) || code.contains("discharge");
        if !needs_rust {
            bench.text(&code);
        }
    }
}
