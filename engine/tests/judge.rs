//! Five hundred random questions of random datasets: the engine against xarray and numpy, which read the same files.

mod python;

use sdap::{Axis, BoundingBox, Column, Grid, Hovmoller, Period, TimeSeries};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{
    AnomalyRequest, Correlation, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Nexus};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// How many datasets there are; each is asked five questions.
const DATASETS: usize = 100;

#[derive(Deserialize)]
struct Case {
    question: String,
    datasets: [String; 3],
    area: [f64; 4],
    period: [i64; 2],
    /// How the first dataset is stored.
    what: String,
    /// Numbers by name, row by row; none if nothing answers the question.
    answer: Option<BTreeMap<String, Vec<Option<f64>>>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_engine_agrees_with_xarray_and_numpy() {
    let folder = tempfile::tempdir().unwrap();
    python::succeed(Command::new(python::python()).arg(python::script("judge.py")).arg(folder.path()).arg(DATASETS.to_string()));
    let cases = std::fs::read_to_string(folder.path().join("cases.jsonl")).unwrap();
    let mut wrong = Vec::new();
    let (mut asked, mut answered) = (0, 0);
    for line in cases.lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        asked += 1;
        answered += usize::from(case.answer.is_some());
        if let Err(reason) = judge(&case).await {
            let Case { question, datasets, area, period, what, .. } = &case;
            wrong.push(format!("{question} of {what} in {area:?}, {period:?} ({}): {reason}", datasets[0]));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(asked, 5 * DATASETS);
    assert!(answered > asked / 2, "only {answered} questions have an answer");
}

/// Asks the question, and says what is wrong with the answer.
async fn judge(case: &Case) -> Result<(), String> {
    let catalogue = Catalogue::default();
    for (name, place) in ["A", "B", "C"].into_iter().zip(&case.datasets) {
        catalogue.add(Path::new(place), name).unwrap();
    }
    let found = ask(&Engine::with_catalogue(catalogue), case).await;
    match (&case.answer, found) {
        (None, Err(Error::NoData { .. })) => Ok(()),
        (Some(expected), Ok(found)) => compare(expected, &found),
        (None, Ok(_)) => Err("there is an answer, where there is none".into()),
        (_, Err(error)) => Err(error.to_string()),
    }
}

/// Numbers by name, row by row.
type Numbers = Vec<(&'static str, Vec<f64>)>;

async fn ask(engine: &Engine, case: &Case) -> Result<Numbers, Error> {
    let [west, south, east, north] = case.area;
    let area = BoundingBox::new(west, south, east, north).unwrap();
    let [start, end] = case.period.map(|second| chrono::DateTime::from_timestamp(second, 0).unwrap());
    let period = Period::new(start, end).unwrap();
    let (dataset, variable) = ("A".to_owned(), None);
    let map = |statistic| MapRequest { elevation: None, dataset: "A".into(), variable: None, statistic, area, period };
    let hovmoller =
        |axis| HovmollerRequest { axis, normalize_dates: false, elevation: None, dataset: "A".into(), variable: None, area, period };
    Ok(match case.question.as_str() {
        "series" => {
            let request =
                SeriesRequest { elevation: None, datasets: vec![dataset], variable, area, period, filters: SeriesFilters::default() };
            of_series(&engine.series(&request).await?.series[0])
        }
        "anomaly" => of_series(&engine.anomaly(&AnomalyRequest { climatology: "C".into(), dataset, variable, area, period }).await?),
        "mean" => of_grid(&engine.map(&map(Statistic::Mean)).await?),
        "variance" => of_grid(&engine.map(&map(Statistic::Variance)).await?),
        "maximum" => of_grid(&engine.map(&map(Statistic::Maximum)).await?),
        "minimum" => of_grid(&engine.map(&map(Statistic::Minimum)).await?),
        "latitude" => of_hovmoller(&engine.hovmoller(&hovmoller(Axis::Latitude)).await?),
        "longitude" => of_hovmoller(&engine.hovmoller(&hovmoller(Axis::Longitude)).await?),
        "correlation" => {
            let request = CorrelationRequest { datasets: ["A".into(), "B".into()], area, period, kind: Correlation::Cells };
            of_grid(&engine.correlation(&request).await?)
        }
        "subset" => {
            let request = SubsetRequest { elevation: None, dataset, variable, area: Some(area), filters: Vec::new(), period };
            let found = engine.subset(&request).await?;
            let values = found.variables[0].values.to_vec();
            vec![("time", seconds(&found.time)), ("lat", found.lat.to_vec()), ("lon", found.lon.to_vec()), ("values", values)]
        }
        other => panic!("nobody knows the question {other}"),
    })
}

fn seconds(times: &sdap::Times) -> Vec<f64> {
    times.seconds().iter().map(|second| *second as f64).collect()
}

fn of_series(series: &TimeSeries) -> Numbers {
    let columns: [(&str, &Column); 5] = [
        ("mean", &series.mean),
        ("standard_deviation", &series.standard_deviation),
        ("minimum", &series.minimum),
        ("maximum", &series.maximum),
        ("count", &series.count),
    ];
    let times = std::iter::once(("time", seconds(&series.time)));
    times.chain(columns.into_iter().map(|(name, column)| (name, column.to_vec()))).collect()
}

fn of_grid(grid: &Grid) -> Numbers {
    let planes = [("values", &grid.values), ("count", &grid.count)].map(|(name, plane)| (name, plane.iter().copied().collect()));
    [("lat", grid.lat.to_vec()), ("lon", grid.lon.to_vec())].into_iter().chain(planes).collect()
}

fn of_hovmoller(diagram: &Hovmoller) -> Numbers {
    let planes = [
        ("mean", &diagram.mean),
        ("standard_deviation", &diagram.standard_deviation),
        ("minimum", &diagram.minimum),
        ("maximum", &diagram.maximum),
        ("count", &diagram.count),
    ];
    let planes = planes.into_iter().map(|(name, plane)| (name, plane.iter().copied().collect()));
    std::iter::once(("time", seconds(&diagram.time))).chain(planes).collect()
}

/// Means, extremes and places to ten digits; what is left of sums of squares to eight.
fn compare(expected: &BTreeMap<String, Vec<Option<f64>>>, found: &Numbers) -> Result<(), String> {
    if expected.len() != found.len() {
        return Err(format!("{:?} was expected", expected.keys()));
    }
    for (name, found) in found {
        let expected = expected.get(*name).ok_or_else(|| format!("no {name} was expected"))?;
        if expected.len() != found.len() {
            return Err(format!("{} numbers of {name} instead of {}", found.len(), expected.len()));
        }
        for (nth, (expected, found)) in expected.iter().zip(found).enumerate() {
            let near = expected.map_or(found.is_nan(), |expected| (found - expected).abs() <= 1e-10 * expected.abs() + 1e-8);
            if !near {
                return Err(format!("{name}[{nth}] is {found} instead of {expected:?}"));
            }
        }
    }
    Ok(())
}
