//! `cargo bench -p sdap-magics --bench completion`: what Tab and Shift-Tab take where a server has 2000 datasets.

use async_trait::async_trait;
use sdap::{BoundingBox, Grid, Hovmoller, Period, Points, SeriesGroup, TimeSeries, Times};
use sdap_magics::Session;
use sdap_nexus::{
    Dataset, DatasetVariable, Error, KeyField, Nexus, Result,
    request::{AnomalyRequest, CorrelationRequest, HovmollerRequest, MapRequest, SeriesRequest, SubsetRequest},
};
use std::{sync::Arc, time::Instant};

/// The milliseconds that a completion may take.
const BUDGET: f64 = 5.0;

/// How many datasets there are.
const DATASETS: usize = 2000;

/// How many names are bound.
const NAMES: usize = 200;

/// What is typed, the cursor at its end.
const TYPED: [(&str, &str); 10] = [
    ("a verb", "%sdap t"),
    ("a dataset, by its beginning", "%sdap timeseries MODEL_12"),
    ("a dataset, by letters of it", "%sdap timeseries mdl42sea"),
    ("a dataset, of all", "%sdap map "),
    ("an option", "%sdap timeseries MODEL_0042_SEA_SURFACE --"),
    ("an area", "%sdap timeseries MODEL_0042_SEA_SURFACE --bbox n"),
    ("a day", "%sdap timeseries MODEL_0042_SEA_SURFACE --time 1998-02/2003-07-"),
    ("a variable", "%sdap map MODEL_1999_SEA_SURFACE --variable v"),
    ("a value of a field", "%sdap subset MODEL_1999_SEA_SURFACE --filter station:1"),
    ("a bound name", "%sdap plot sst_1 sst_"),
];

/// A server that has many datasets, and is asked nothing else.
struct Many(Vec<Dataset>);

impl Many {
    fn new() -> Self {
        let time = |text: &str| text.parse().expect("a time");
        let span = Period::new(time("1980-01-01T00:00:00Z"), time("2026-06-30T00:00:00Z")).ok();
        let variable = |i| DatasetVariable { name: format!("v{i}"), units: "K".into(), ..DatasetVariable::default() };
        let station = |i| (format!("{i}"), format!("Station {i}"));
        let dataset = |i| Dataset {
            short_name: format!("MODEL_{i:04}_SEA_SURFACE"),
            title: format!("Sea surface of model {i}, daily, gridded and quality controlled"),
            period: span,
            area: Some(BoundingBox::WORLD),
            variables: (0..20).map(variable).collect(),
            keys: vec![KeyField { name: "station".into(), values: (0..500).map(station).collect() }],
            ..Dataset::default()
        };
        Self((0..DATASETS).map(dataset).collect())
    }

    fn nothing<T>(&self) -> Result<T> {
        Err(Error::Unsupported(format!("{} only lists its datasets", self.name())))
    }
}

#[async_trait]
impl Nexus for Many {
    fn name(&self) -> &'static str {
        "embedded"
    }

    async fn version(&self) -> Result<String> {
        self.nothing()
    }

    async fn datasets(&self) -> Result<Vec<Dataset>> {
        Ok(self.0.clone())
    }

    async fn series(&self, _: &SeriesRequest) -> Result<SeriesGroup> {
        self.nothing()
    }

    async fn anomaly(&self, _: &AnomalyRequest) -> Result<TimeSeries> {
        self.nothing()
    }

    async fn map(&self, _: &MapRequest) -> Result<Grid> {
        self.nothing()
    }

    async fn subset(&self, _: &SubsetRequest) -> Result<Points> {
        self.nothing()
    }

    async fn hovmoller(&self, _: &HovmollerRequest) -> Result<Hovmoller> {
        self.nothing()
    }

    async fn correlation(&self, _: &CorrelationRequest) -> Result<Grid> {
        self.nothing()
    }
}

/// The median milliseconds of some work.
fn median(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..51)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("completion-bench");
    std::fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let session = Session::new(&folder, Arc::new(Many::new()));
    let times = Times::new((0..3653).map(|i| i * 86_400).collect::<Vec<_>>());
    let series = TimeSeries::of_values("A", "sst", "K", times, vec![280.0; 3653]);
    for name in 0..NAMES {
        session.bind(&format!("sst_{name}"), series.clone().into())?;
    }
    println!("| what is typed among {DATASETS} datasets | completed, ms | explained, ms |");
    println!("| --- | ---: | ---: |");
    let mut slow = Vec::new();
    for (what, typed) in TYPED {
        let found = runtime.block_on(session.complete(typed, typed.len())).map_or(0, |c| c.candidates.len());
        if found == 0 {
            return Err(format!("nothing is offered for {typed}").into());
        }
        let completed = median(|| drop(runtime.block_on(session.complete(typed, typed.len()))));
        let explained = median(|| drop(runtime.block_on(session.inspect(typed, typed.len()))));
        println!("| {what} | {completed:.2} | {explained:.2} |");
        slow.extend((completed.max(explained) > BUDGET).then_some(what));
    }
    std::fs::remove_dir_all(&folder)?;
    if slow.is_empty() { Ok(()) } else { Err(format!("{} took more than {BUDGET} ms", slow.join(", ")).into()) }
}
