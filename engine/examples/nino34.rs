//! Times the questions of a tour on the demo catalogue: `cargo run --release -p sdap-engine --example nino34`.

use sdap::{BoundingBox, Period};
use sdap_engine::Engine;
use sdap_nexus::Nexus;
use sdap_nexus::request::{AnomalyRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic};
use std::error::Error;
use std::time::{Duration, Instant};

/// How often each question is asked.
const TIMES: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let area = BoundingBox::new(-170.0, -5.0, -120.0, 5.0)?;
    let period = Period::new("2006-01-01T00:00:00Z".parse()?, "2010-12-31T23:59:59Z".parse()?)?;
    let dataset = "OSTIA_SST_MONTHLY_TROPICS".to_owned();
    let series =
        SeriesRequest { elevation: None, datasets: vec![dataset.clone()], variable: None, area, period, filters: SeriesFilters::default() };
    let anomaly = AnomalyRequest { climatology: format!("{dataset}_CLIM"), dataset: dataset.clone(), variable: None, area, period };
    let map = MapRequest { elevation: None, dataset, variable: None, statistic: Statistic::Mean, area, period };

    let started = Instant::now();
    let engine = Engine::demo();
    println!("an engine with its demo catalogue       {:>10.3?}", started.elapsed());
    let started = Instant::now();
    engine.series(&series).await?;
    println!("first series, dataset opened, decoded   {:>10.3?}", started.elapsed());
    let started = Instant::now();
    let count = engine.datasets().await?.len();
    println!("cards of all {count} datasets               {:>10.3?}", started.elapsed());
    report("series again, chunk kept", async || engine.series(&series).await.map(drop)).await?;
    report("difference from the climatology", async || engine.anomaly(&anomaly).await.map(drop)).await?;
    report("time-average map", async || engine.map(&map).await.map(drop)).await?;
    report("series, dataset opened and decoded", async || Engine::demo().series(&series).await.map(drop)).await?;
    Ok(())
}

/// Prints the median time of a question.
async fn report(what: &str, question: impl AsyncFn() -> sdap_nexus::Result<()>) -> sdap_nexus::Result<()> {
    let mut spent: Vec<Duration> = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        question().await?;
        spent.push(started.elapsed());
    }
    spent.sort_unstable();
    println!("{what:<40}{:>10.3?} (median of {TIMES})", spent[TIMES / 2]);
    Ok(())
}
