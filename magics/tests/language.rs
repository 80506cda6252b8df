//! The language as a user meets it: whole cells on the demo catalogue.

mod support;

use sdap::Value;
use sdap_magics::cell::{Part, split};
use support::Bench;

/// Types whose presence in a figure's bundle would make JupyterLab show something else instead.
const SPOILERS: [&str; 2] = ["text/html", "application/json"];

#[test]
fn an_answer_is_drawn_and_says_where_it_comes_from() {
    let bench = Bench::new();
    let shown = bench.run("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34").unwrap();
    let [figure, provenance] = &shown[..] else { panic!("a figure and a line, not {shown:?}") };
    for mime in ["application/vnd.vegalite.v5+json", "image/svg+xml", "image/png", "text/plain"] {
        assert!(figure.data.contains_key(mime), "{mime}");
    }
    assert!(SPOILERS.iter().all(|mime| !figure.data.contains_key(*mime)));
    let line = provenance.plain();
    assert!(line.starts_with("54 times") && line.contains("embedded") && line.contains("/timeSeriesSpark?ds=OSTIA"), "{line}");
}

#[test]
fn a_bound_answer_shows_one_line_and_is_read_from_its_file() {
    let bench = Bench::new();
    let text = bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    assert_eq!(text.lines().count(), 1, "{text}");
    let Value::Series(sst) = &*bench.session.binding("sst").unwrap().value else { panic!("a series") };
    assert_eq!((sst.len(), sst.mean.is_view()), (12, true));
    assert!(bench.text("%sdap values").contains("sst"));
}

#[test]
fn a_bound_name_is_plotted_tabled_and_dropped() {
    let bench = Bench::new();
    bench.text("let a = %sdap anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino34");
    for plot in ["%sdap plot a", "%sdap plot a --kind errorbars --every 3", "%sdap plot a --band --title 'A title' --size 900x300"] {
        assert!(bench.run(plot).unwrap()[0].data.contains_key("image/png"), "{plot}");
    }
    assert!(!bench.run("%sdap plot a --static").unwrap()[0].data.contains_key("application/vnd.vegalite.v5+json"));
    assert!(bench.run("%sdap table a").unwrap()[0].data.contains_key("text/html"));
    bench.text("%sdap drop a");
    assert!(bench.session.binding("a").is_none());
    assert!(bench.fault("%sdap plot a").contains("nothing is bound to a"));
}

#[test]
fn one_series_for_each_value_of_a_field() {
    let bench = Bench::new();
    bench.text("let rivers = %sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,2019500 --time 2017");
    let Value::Group(rivers) = &*bench.session.binding("rivers").unwrap().value.clone() else { panic!("a group") };
    assert_eq!(rivers.names(), ["2016500", "2019500"]);
    assert_eq!(rivers.matrix().dim(), (2, 365));
    assert_eq!(rivers.series[0].units, "m3 s-1");
}

#[test]
fn values_of_two_units_get_an_axis_each() {
    let bench = Bench::new();
    bench.text("let rain = %sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox virginia --time 2017");
    bench.text("let river = %sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017");
    bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34");
    let both = bench.run("%sdap plot rain river").unwrap();
    assert!(both[0].data["image/svg+xml"].as_str().unwrap().contains("m³"), "the right axis has its unit");
    assert!(bench.fault("%sdap plot rain river sst").contains("different units"));
    assert!(bench.fault("%sdap plot rain --twin").contains("a second axis needs a second name"));
}

#[test]
fn regions_can_be_named_and_used() {
    let bench = Bench::new();
    bench.text("%sdap region home = 'POLYGON((-80 36, -75 36, -75 40, -80 40, -80 36))'");
    assert!(bench.text("%sdap regions").contains("home"));
    bench.text("%sdap region small=-79,37,-78,38");
    bench.text("let rain = %sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox home --time 2017-06");
    assert!(bench.run("%sdap box home small nino4").unwrap()[0].data.contains_key("image/svg+xml"));
}

#[test]
fn synthetic_numbers_are_called_synthetic_wherever_they_are_shown() {
    let bench = Bench::new();
    for cell in [
        "%sdap datasets",
        "%sdap describe SYNTHETIC_LA_PRECIP_DAILY",
        "%sdap timeseries SYNTHETIC_LA_PRECIP_DAILY --bbox la_county --time 1998",
        "let rain = %sdap timeseries SYNTHETIC_LA_PRECIP_DAILY --bbox la_county --time 1998",
        "%sdap table rain",
        "%sdap values",
        "%sdap subset SYNTHETIC_LA_RIVERS_DAILY --filter rivid:17575859 --time 1998-02",
        "%sdap map SYNTHETIC_LA_PRECIP_DAILY --time 1998-02",
    ] {
        assert!(bench.text(cell).to_lowercase().contains("synthetic"), "{cell}:\n{}", bench.text(cell));
    }
    let figure = &bench.run("%sdap plot rain").unwrap()[0];
    assert!(figure.data["image/svg+xml"].as_str().unwrap().to_lowercase().contains("synthetic"));
}

#[test]
fn the_last_request_can_be_asked_elsewhere() {
    let bench = Bench::new();
    assert!(bench.fault("%sdap last").contains("no request has been answered yet"));
    bench.text("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let text = bench.text("%sdap last");
    assert!(text.contains("curl --fail 'http://127.0.0.1:8083/timeSeriesSpark?ds=OSTIA_SST_MONTHLY_TROPICS&b=-170,-5,-120,5"), "{text}");
    assert!(
        text.contains("nexuscli.time_series([\"OSTIA_SST_MONTHLY_TROPICS\"], box(-170, -5, -120, 5), datetime(2009, 1, 1, 0, 0, 0)"),
        "{text}"
    );
}

#[test]
fn every_fault_points_at_its_word_and_loses_nothing() {
    let bench = Bench::new();
    bench.text("let kept = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let cells = [
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPIC --bbox nino34",
        "%sdap timeseries NOTHING_LIKE_IT",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS,FOO --bbox nino34",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino33",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox 1,2,3",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox 0,40,10,50",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 1998",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time tomorrow",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox -170.001,0.01,-170.0005,0.02",
        "%sdap map COADS_CLIMATOLOGY --variable salt",
        "%sdap anomaly NCLIMDIV_PRECIP_MONTHLY --bbox la_county",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:1",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --filter river:2016500",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,77",
        "%sdap subset USGS_VA_DISCHARGE_DAILY --each rivid",
        "%sdap describe OSTIA",
        "%sdap plot kep",
        "%sdap table kept extra",
        "%sdap box atlantis",
        "%sdap region 1a = 1,2,3,4",
        "%sdap target here",
        "%sdap target ftp://example.org",
        "%sdap datasets zzz",
        "%sdap help mpa",
        "let x = %sdap datasets",
        "%sdap timeseries 'OSTIA",
    ];
    insta::assert_snapshot!(cells.map(|cell| bench.fault(cell)).join("\n\n"));
    assert!(bench.session.binding("kept").is_some() && bench.session.bindings().len() == 1);
    assert!(!bench.text("%sdap plot kept").is_empty());
}

#[test]
fn every_example_of_the_help_runs() {
    let bench = Bench::new();
    for example in sdap_magics::examples() {
        bench.text(example);
    }
}

#[test]
fn every_command_of_the_readme_and_the_tour_runs() {
    let bench = Bench::new();
    let readme = include_str!("../../README.md").replace("DATASET", "OSTIA_SST_MONTHLY_TROPICS");
    for line in readme.lines().filter(|l| l.starts_with("%sdap") || l.starts_with("let ") && l.contains("%sdap")) {
        bench.text(line);
    }
    let tour: serde_json::Value = serde_json::from_str(include_str!("../../notebooks/tour.ipynb")).unwrap();
    for cell in tour["cells"].as_array().unwrap().iter().filter(|c| c["cell_type"] == "code") {
        let code: String = cell["source"].as_array().unwrap().iter().filter_map(|line| line.as_str()).collect();
        let needs_rust = !split(&code).unwrap().iter().all(|part| matches!(part, Part::Command(_))) || code.contains("discharge");
        if !needs_rust {
            bench.text(&code);
        }
    }
}

#[test]
fn help_is_asked_for_in_many_ways() {
    let bench = Bench::new();
    assert!(bench.text("%sdap").contains("%sdap datasets"));
    let help = bench.text("%sdap help map");
    for other in ["%sdap map?", "%sdap map --help", "%sdap map ?"] {
        assert_eq!(bench.text(other), help, "{other}");
    }
}

#[test]
fn completion_offers_what_can_stand_there() {
    let bench = Bench::new();
    bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let offers = |cell: &str| {
        let found = bench.wait(bench.session.complete(cell, cell.len())).unwrap();
        (cell[found.replaces.clone()].to_owned(), found.candidates.into_iter().map(|c| c.text).collect::<Vec<_>>())
    };
    assert_eq!(offers("%sdap ti"), ("ti".into(), vec!["timeseries".into()]));
    assert_eq!(offers("1 + 1;\nlet x = %sdap anom").1, ["anomaly"]);
    assert_eq!(offers("%sdap timeseries ostia").1, ["OSTIA_SST_MONTHLY_TROPICS", "OSTIA_SST_MONTHLY_TROPICS_CLIM"]);
    assert_eq!(offers("%sdap timeseries COADS_CLIMATOLOGY,FNOC").1, ["FNOC_WIND_MONTHLY"]);
    assert_eq!(offers("%sdap timeseries A --bb").1, ["--bbox"]);
    assert_eq!(offers("%sdap timeseries A --bbox nino3").1, ["nino3", "nino34"]);
    assert_eq!(offers("%sdap timeseries A --bbox=nino4"), ("nino4".into(), vec!["nino4".into()]));
    assert_eq!(offers("%sdap map COADS_CLIMATOLOGY --variable ").1, ["airt", "sst", "wspd"]);
    assert_eq!(offers("%sdap map A --stat m").1[..3], ["mean", "max", "min"]);
    assert_eq!(offers("%sdap plot ").1, ["sst"]);
    assert_eq!(offers("%sdap help ma").1, ["map"]);
    assert!(offers("%sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=20165").1.contains(&"rivid=2016500".to_owned()));
    assert!(offers("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --time ").1.contains(&"2010".to_owned()));
    assert!(bench.wait(bench.session.complete("let a = 1", 3)).is_none());
}

#[test]
fn inspection_explains_the_word_at_the_cursor() {
    let bench = Bench::new();
    bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let told = |cell: &str, word: &str| {
        let cursor = cell.find(word).unwrap() + 2;
        bench.wait(bench.session.inspect(cell, cursor)).map(|b| b.plain().to_owned()).unwrap_or_default()
    };
    let cell = "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34";
    assert!(told(cell, "timeseries").contains("cos(lat)"));
    assert!(told(cell, "OSTIA").contains("Met Office"));
    assert!(told(cell, "--bbox").contains("antimeridian"));
    assert!(told(cell, "nino34").contains("-170,-5,-120,5"));
    assert!(told("%sdap plot sst", "sst").contains("OSTIA_SST_MONTHLY_TROPICS"));
}

#[test]
fn describe_shows_terms_and_attribution_of_every_dataset() {
    let bench = Bench::new();
    assert!(bench.text("%sdap describe OSTIA_SST_MONTHLY_TROPICS").contains("Open Government Licence"));
    assert!(bench.text("%sdap describe USGS_VA_DISCHARGE_DAILY").contains("U.S. Geological Survey"));
    assert!(bench.text("%sdap describe COADS_CLIMATOLOGY").contains("PMEL"));
}
