//! Every kind of answer as a file of every format.

#[expect(dead_code, reason = "nothing here is waited for but cells")]
mod support;

use sdap::{Origin, Table, TableColumn, column};
use std::path::Path;
use support::Bench;

/// One answer of each kind, by the name it is bound to.
const ANSWERS: [(&str, &str); 19] = [
    ("series", "timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009"),
    ("seasonal", "timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --seasonal"),
    ("two", "timeseries SYNTHETIC_LA_PRECIP_DAILY,NCLIMDIV_PRECIP_MONTHLY --bbox la_county --time 1998"),
    ("rivers", "subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,2019500 --time 2017-01"),
    ("anomaly", "anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009"),
    ("mean", "map OSTIA_SST_MONTHLY_TROPICS --bbox nino12"),
    ("variance", "map OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --stat variance"),
    ("climatology", "map OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --stat climatology --month 1"),
    ("correlation", "correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino12"),
    ("slope", "correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --stat slope --bbox nino12"),
    ("meridional", "hovmoller OSTIA_SST_MONTHLY_TROPICS --axis latitude --bbox nino12 --time 2009"),
    ("zonal", "hovmoller OSTIA_SST_MONTHLY_TROPICS --axis longitude --bbox 175,-2,-175,2 --time 2009"),
    ("cells", "subset OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2009-01"),
    ("stations", "subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017-01"),
    ("samples", "subset SAO_STATIONS_19950318 --bbox virginia"),
    (
        "pairs",
        "matchup SYNTHETIC_DRIFTER_SST OSTIA_SST_MONTHLY_TROPICS --radius 60km --tolerance 15d --once --bbox -180,-5,-80,5 --time 2009",
    ),
    ("spread", "stddev OSTIA_SST_MONTHLY_TROPICS_CLIM --at -140,0 --day 166"),
    ("list", "get /list"),
    ("endpoints", "capabilities"),
];

const FORMATS: [&str; 6] = ["csv", "json", "geojson", "nc", "zarr", "parquet"];

#[test]
fn every_kind_of_answer_becomes_a_whole_file_of_every_format() {
    let (bench, folder) = (Bench::new(), tempfile::tempdir().unwrap());
    for (name, question) in ANSWERS {
        bench.text(&format!("let {name} = %sdap {question}"));
        for format in FORMATS {
            let file = folder.path().join(format!("{name}.{format}"));
            bench.text(&format!("%sdap save {name} {}", file.display()));
            assert!(file.metadata().unwrap().len() > 20, "{name}.{format}");
        }
    }
    assert!(left_aside(folder.path()).is_empty());
}

#[test]
fn a_format_that_cannot_hold_a_value_names_those_that_can_and_leaves_nothing_behind() {
    let (bench, folder) = (Bench::new(), tempfile::tempdir().unwrap());
    let none =
        Table { title: "none".into(), columns: vec![("depth [m]".into(), TableColumn::Numbers(column([])))], origin: Origin::default() };
    let words = Table { columns: vec![("name".into(), TableColumn::Text(vec!["a".into()]))], ..none.clone() };
    bench.session.bind("none", none.into()).unwrap();
    bench.session.bind("words", words.into()).unwrap();
    for (name, held) in [("none", &["csv", "json", "geojson", "zarr", "parquet"][..]), ("words", &FORMATS)] {
        for format in held {
            bench.text(&format!("%sdap save {name} {}", folder.path().join(format!("{name}.{format}")).display()));
        }
    }
    let unfit = [("none", "nc"), ("none", "svg"), ("words", "png")].map(|(name, format)| {
        let file = folder.path().join(format!("unfit.{format}"));
        let fault = bench.fault(&format!("%sdap save {name} {}", file.display()));
        assert!(!file.exists());
        fault.replace(&folder.path().display().to_string(), "FOLDER").lines().filter(|l| !l.contains('^')).collect::<Vec<_>>().join("\n")
    });
    assert!(left_aside(folder.path()).is_empty());
    insta::assert_snapshot!(unfit.join("\n\n"));
}

fn left_aside(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('.')).collect()
}
