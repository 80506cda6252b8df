//! Recorded answers of a real NEXUS 1.4 server, read by the HTTP client, beside the same questions answered by this engine from
//! the recorded data: the same numbers.

#[path = "../../nexus/tests/recorded/mod.rs"]
mod recorded;
#[path = "../../nexus/tests/support/mod.rs"]
mod support;

use recorded::{Question, question, records};
use sdap::{Grid, Hovmoller, Points, TimeSeries};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{MapRequest, Statistic};
use sdap_nexus::{Error, Nexus};
use std::{collections::BTreeMap, path::Path};
use support::Fake;

/// How far numbers may be apart, relative to the greatest of their kind: the server computes in single precision.
const TOLERANCE: f64 = 4e-5;
/// The same for the spread of what lies in several tiles, which the server pools by a formula that is exact for one tile only.
const POOLED: f64 = 2e-2;

/// What is answered otherwise, and why; `docs/golden.md` says more.
const OTHERWISE: [(&str, &str); 2] =
    [("clim_march_tiles", "the server pairs tiles and years wrongly"), ("clim_nan_tiles", "the server pairs tiles and years wrongly")];

fn engine() -> Engine {
    let catalogue = Catalogue::default();
    for name in ["SST_SMALL", "SST_SMALL2", "SST_SMALL_CLIM", "SST_MONTHLY", "SST_MONTHLY_clim", "TRMM_3B42_daily", "IRREG", "WIND_MULTI"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/golden-data/{name}.zarr"));
        catalogue.add(&path, name).unwrap();
        let tiled = ["_CLIM", "_clim"].iter().find_map(|end| name.strip_suffix(end).map(|base| format!("{base}_TILES{end}")));
        catalogue.add(&path, &tiled.unwrap_or_else(|| format!("{name}_TILES"))).unwrap();
    }
    Engine::with_catalogue(catalogue)
}

/// All numbers of an answer by name; those of a place that one side leaves out are missing on that side.
type Numbers = BTreeMap<String, Vec<f64>>;

fn of_series(all: &mut Numbers, series: &TimeSeries) {
    let columns = [
        ("mean", &series.mean),
        ("std", &series.standard_deviation),
        ("count", &series.count),
        ("min", &series.minimum),
        ("max", &series.maximum),
    ];
    let extra = series.extra.iter().map(|(name, column)| (name.as_str(), column));
    for (name, column) in columns.into_iter().chain(extra) {
        all.insert(format!("{} {name}", series.dataset), column.to_vec());
    }
    all.insert(format!("{} time", series.dataset), series.time.seconds().iter().map(|t| *t as f64).collect());
}

fn of_grid(grid: &Grid) -> Numbers {
    let planes = [("values", &grid.values), ("count", &grid.count)].map(|(name, plane)| (name.to_owned(), plane.iter().copied().collect()));
    let axes = [("lat", &grid.lat), ("lon", &grid.lon)].map(|(name, axis)| (name.to_owned(), axis.to_vec()));
    planes.into_iter().chain(axes).collect()
}

fn of_diagram(diagram: &Hovmoller) -> Numbers {
    let planes = [("mean", &diagram.mean), ("std", &diagram.standard_deviation), ("count", &diagram.count)];
    let planes = planes.into_iter().map(|(name, plane)| (name.to_owned(), plane.iter().copied().collect()));
    planes.chain([("coordinate".to_owned(), diagram.coordinate.to_vec())]).collect()
}

fn of_points(points: &Points) -> Numbers {
    let mut all: Numbers = [("lat", &points.lat), ("lon", &points.lon)].map(|(name, c)| (name.to_owned(), c.to_vec())).into();
    all.insert("time".into(), points.time.seconds().iter().map(|t| *t as f64).collect());
    for (at, variable) in points.variables.iter().enumerate() {
        all.insert(format!("variable {at}"), variable.values.to_vec());
    }
    all
}

async fn asked(nexus: &dyn Nexus, question: &Question) -> Result<Numbers, Error> {
    Ok(match question {
        Question::Series(request) => {
            let mut all = Numbers::new();
            let group = nexus.series(request).await?;
            group.series.iter().for_each(|series| of_series(&mut all, series));
            all.extend(group.regression.map(|line| ("line".to_owned(), vec![line.slope, line.intercept, line.r])));
            all
        }
        Question::Anomaly(request) => {
            let mut all = Numbers::new();
            of_series(&mut all, &nexus.anomaly(request).await?);
            all
        }
        Question::Map(request) => of_grid(&nexus.map(request).await?),
        Question::Correlation(request) => of_grid(&nexus.correlation(request).await?),
        Question::Hovmoller(request) => of_diagram(&nexus.hovmoller(request).await?),
        Question::Subset(request) => of_points(&nexus.subset(request).await?),
        Question::Datasets | Question::Version => Numbers::new(),
    })
}

/// How many numbers both sides have, all of them alike; or what is not.
fn alike(question: &Question, theirs: &Numbers, ours: &Numbers) -> Result<usize, String> {
    let is_pooled = matches!(question, Question::Anomaly(_) | Question::Hovmoller(_));
    // The client asks year by year, and is given the whole each time.
    let is_repeated = matches!(question, Question::Map(MapRequest { statistic: Statistic::Climatology { .. }, .. }));
    let mut compared = 0;
    for (name, there) in theirs {
        // The client leaves out what no server tells, and the engine what no server can be asked for.
        let Some(here) = ours.get(name).filter(|_| !(is_repeated && name == "count")) else { continue };
        let tolerance = if is_pooled && name.ends_with("std") { POOLED } else { TOLERANCE };
        if there.len() != here.len() {
            return Err(format!("{name}: {} and {} numbers", there.len(), here.len()));
        }
        let scale = here.iter().filter(|v| v.is_finite()).fold(1.0_f64, |most, v| most.max(v.abs()));
        for (at, (a, b)) in there.iter().zip(here).enumerate().filter(|(_, (a, b))| !a.is_nan() && !b.is_nan()) {
            if (a - b).abs() > tolerance * scale {
                return Err(format!("{name}[{at}]: {a} and {b}"));
            }
            compared += 1;
        }
    }
    Ok(compared)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_client_reads_the_numbers_that_the_engine_computes_from_the_same_data() {
    let engine = engine();
    let (mut compared, mut numbers, mut otherwise) = (0, 0, Vec::new());
    for record in records().into_iter().filter(|record| record.reply.status == 200) {
        let Some(question) = question(&record.asked) else { continue };
        let fake = Fake::always(record.reply.clone()).await;
        let differs = match (asked(&fake.client(), &question).await, asked(&engine, &question).await) {
            (Ok(there), Ok(here)) => match alike(&question, &there, &here) {
                Ok(count) => {
                    compared += 1;
                    numbers += count;
                    None
                }
                Err(reason) => Some(reason),
            },
            (Err(_), Err(_)) => None,
            (there, here) => Some(format!("{:?} and {:?}", there.map(|n| n.len()), here.map(|n| n.len()))),
        };
        otherwise.extend(differs.map(|reason| (record.name.clone(), reason)));
    }
    let unexpected: Vec<_> = otherwise.iter().filter(|(name, _)| !OTHERWISE.iter().any(|(known, _)| known == name)).collect();
    let settled: Vec<_> = OTHERWISE.iter().filter(|(known, _)| !otherwise.iter().any(|(name, _)| name == known)).collect();
    assert!(unexpected.is_empty() && settled.is_empty(), "{unexpected:#?} {settled:?}");
    assert!(compared > 60 && numbers > 10_000, "{compared} answers, {numbers} numbers");
}
