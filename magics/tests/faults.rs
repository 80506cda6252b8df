//! Every kind of fault as the user reads it, a case of each at least.

#[expect(dead_code, reason = "nothing here is waited for but cells")]
mod support;

use async_trait::async_trait;
use sdap::{BoundingBox, Grid, Hovmoller, Period, Points, SeriesGroup, TimeSeries};
use sdap_magics::{Config, FAULTS, Given, Prompts, Unanswered};
use sdap_nexus::{
    Dataset, Error, Nexus, Result,
    request::{AnomalyRequest, CorrelationRequest, HovmollerRequest, Job, MapRequest, SeriesRequest, SubsetRequest},
};
use std::{collections::BTreeSet, sync::Arc};
use support::Bench;

/// Has one dataset, of which nothing is known but its name, and one that is known well; answers every question with the same error.
struct Failing(Error);

#[async_trait]
impl Nexus for Failing {
    fn name(&self) -> &'static str {
        "embedded"
    }

    async fn version(&self) -> Result<String> {
        Err(self.0.clone())
    }

    async fn datasets(&self) -> Result<Vec<Dataset>> {
        let broken = Dataset { short_name: "TORN".into(), trouble: Some("its tiles are gone".into()), ..Dataset::default() };
        let bare = Dataset { short_name: "BARE".into(), ..Dataset::default() };
        let span = Period::new("2000-01-01T00:00:00Z".parse().unwrap(), "2009-12-31T00:00:00Z".parse().unwrap()).unwrap();
        let known = Dataset { short_name: "KNOWN".into(), period: Some(span), area: Some(BoundingBox::WORLD), ..Dataset::default() };
        Ok(vec![bare, known, broken])
    }

    async fn series(&self, _: &SeriesRequest) -> Result<SeriesGroup> {
        Err(self.0.clone())
    }

    async fn anomaly(&self, _: &AnomalyRequest) -> Result<TimeSeries> {
        Err(self.0.clone())
    }

    async fn map(&self, _: &MapRequest) -> Result<Grid> {
        Err(self.0.clone())
    }

    async fn subset(&self, _: &SubsetRequest) -> Result<Points> {
        Err(self.0.clone())
    }

    async fn hovmoller(&self, _: &HovmollerRequest) -> Result<Hovmoller> {
        Err(self.0.clone())
    }

    async fn correlation(&self, _: &CorrelationRequest) -> Result<Grid> {
        Err(self.0.clone())
    }

    async fn job(&self, id: &str) -> Result<Job> {
        Ok(Job::begun(id))
    }
}

/// The faults of commands on the demo catalogue, where a value `kept` is bound.
fn on_the_demo() -> Vec<String> {
    let bench = Bench::new();
    let first = bench.fault("%sdap last");
    bench.text("let kept = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let cells = [
        "%sdap target ftp://example.org",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox 1,2,3",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:[1 9]",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:james",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:1 --filter=rivd:2016500",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --each river=2016500,2019500",
        "%sdap subset OSTIA_SST_MONTHLY_TROPICS --filter 'rivid:2016500'",
        "%sdap region 1a = 1,2,3,4",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --time tomorrow",
        "%sdap map OSTIA_SST_MONTHLY_TROPICS --stat median",
        "%sdap set quiet maybe",
        "%%sdap batch\ntable nothing\ntable kept",
        "%sdap plot kept --twin",
        "let rain = %sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox la_county --time 2009\n%sdap plot kept rain --kind difference",
        "%sdap plot kept --kind histogram --twin",
        "%sdap save kept /no/such/folder/kept.csv",
        "%sdap plot kept --kind line --band",
        "%sdap save kept",
        "%sdap batch",
        "%sdap anomaly NCLIMDIV_PRECIP_MONTHLY --bbox la_county",
        "%sdap target https://example.org --token-env SDAP_TEST_VARIABLE_THAT_IS_NOT_SET",
        "%sdap target https://example.org --token",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox 0,40,10,50",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 1998",
        "let x = %sdap datasets",
        "%sdap timeseries 'OSTIA",
        "%sdap table kept extra",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPIC",
        "%sdap save kept kept.xlsx",
        "%sdap plot kep",
        "%sdap plot kept --kinds line",
        "%sdap box nino33",
        "%sdap target here",
        "%sdap map COADS_CLIMATOLOGY --variable salt",
        "%sdap plott kept",
        "%matplotlib inline",
        "%sdap last --nexuscli --curl extra",
        "%sdap target https://example.org --ca /no/such.pem",
        "%sdap get /stats ds=A",
        "%sdap job 3f2a",
        "%sdap matchup OSTIA_SST_MONTHLY_TROPICS SYNTHETIC_DRIFTER_SST --radius far",
    ];
    std::iter::once(first).chain(cells.map(|cell| bench.fault(cell))).collect()
}

/// The faults of questions that whoever is asked does not answer.
fn of_answerers() -> Vec<String> {
    let server = || "https://example.org".to_owned();
    let failing = |error: Error, cell: &str| Bench::asking(Arc::new(Failing(error))).fault(cell);
    let ask = "%sdap timeseries KNOWN --bbox 1,2,3,4 --time 2001 --timeout 5";
    let refused = || Error::Refused { server: server(), status: 500, message: "no tiles".into() };
    vec![
        failing(refused(), ask),
        failing(Error::WebPage { server: server(), status: 200, hint: ": a login page, most often".into() }, ask),
        failing(Error::Unreadable { server: server(), reason: "expected a list at byte 3".into() }, ask),
        failing(Error::CutOff { server: server(), received: 12, reason: "connection reset".into() }, ask),
        failing(Error::Unreachable { server: server(), reason: "connection refused".into() }, ask),
        failing(Error::Timeout { server: server(), seconds: 5.0 }, ask),
        failing(Error::Unsupported("this server has no /corrMapSpark".into()), ask),
        failing(Error::Invalid("both datasets need the same grid".into()), ask),
        failing(Error::TooLarge("the answer would have 9 points, more than the limit of 8".into()), ask),
        failing(refused(), "%sdap results 3f2a0000"),
        failing(Error::Broken { dataset: "KNOWN".into(), reason: "a chunk is missing".into() }, ask),
        failing(refused(), "%sdap timeseries TORN"),
        failing(refused(), "%sdap timeseries BARE --time 2001"),
        failing(refused(), "%sdap timeseries BARE --bbox 1,2,3,4"),
        failing(refused(), "%sdap timeseries KNOWN --bbox 1,2,3,4 --time 1999"),
    ]
}

/// Says no to everything.
struct Reluctant;

#[async_trait]
impl Prompts for Reluctant {
    async fn secret(&self, _: &str) -> std::result::Result<String, Unanswered> {
        Err(Unanswered("nobody tells".to_owned()))
    }

    async fn line(&self, _: &str) -> std::result::Result<String, Unanswered> {
        Ok("no".to_owned())
    }
}

/// The faults of a dataset that is left as it is, and of a target that nobody can ask.
fn of_what_was_not_done() -> Vec<String> {
    let (bench, cell) = (Bench::new(), "%sdap dataset remove OSTIA_SST_MONTHLY_TROPICS");
    let refused = bench.run_given(cell, &Given { prompts: &Reluctant, ..Given::default() }).unwrap_err().text(cell);
    let variables = [("SDAP_TARGETS".to_owned(), "lab=nowhere".to_owned())];
    let unusable = Bench::configured(Config::read(None, variables)).fault("%sdap datasets --target lab");
    vec![refused, unusable]
}

/// The fault of a value for which there is no room.
fn without_room() -> String {
    let bench = Bench::new();
    std::fs::remove_dir_all(bench.session.folder()).unwrap();
    let fault = bench.fault("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let fault = fault.replace(&bench.session.folder().display().to_string(), "FOLDER");
    // The name of the file that was to be written aside is different each time.
    fault.lines().map(|line| line.split(" at path").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_kind_of_fault_has_a_text_that_says_what_to_do() {
    let mut texts = [on_the_demo(), of_answerers(), of_what_was_not_done(), vec![without_room()]].concat();
    texts.sort();
    let kind = |text: &String| text.split(':').next().unwrap_or_default().to_owned();
    let met: BTreeSet<String> = texts.iter().map(kind).collect();
    // What Rust cells give and ask is the kernel's to tell of.
    let kernels = ["CannotAnswer", "CannotShow", "NoValue"];
    let listed: BTreeSet<String> = FAULTS.iter().map(|(name, _)| (*name).to_owned()).filter(|name| !kernels.contains(&&**name)).collect();
    assert_eq!(met, listed);
    insta::assert_snapshot!(texts.join("\n\n"));
}
