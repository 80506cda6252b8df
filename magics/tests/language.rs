//! The language as a user meets it: whole cells on the demo catalogue.

mod opened;
mod support;

use opened::{among, files_to_open};
use sdap::Value;
use sdap_magics::Given;
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
    assert!(bench.run("%sdap box small").unwrap()[0].data["image/svg+xml"].as_str().unwrap().contains(">small<"), "its name is the title");
    assert!(bench.run("%sdap box home small nino4").unwrap()[0].data.contains_key("image/svg+xml"));
}

#[test]
fn a_region_that_is_a_polygon_is_drawn_as_one_and_says_that_its_bounding_box_is_asked_for() {
    let bench = Bench::new();
    let triangle = "POLYGON((-84 36.5, -75 36.5, -77 39.5, -84 36.5))";
    let named = bench.text(&format!("%sdap region hills = '{triangle}'"));
    assert_eq!(named, format!("region hills = {triangle}; asked for is its bounding box -84,36.5,-75,39.5"));
    assert!(bench.text("%sdap region hills").contains(triangle));
    let polygons = |cell: &str| bench.run(cell).unwrap()[0].data["image/svg+xml"].as_str().unwrap().to_owned();
    assert_ne!(polygons("%sdap box hills --title T"), polygons("%sdap box -84,36.5,-75,39.5 --title T"), "the triangle is seen");
    let note = "asked for is -84,36.5,-75,39.5, the bounding box of the polygon";
    let ask = "%sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox hills --time 2017-06";
    assert_eq!(bench.text(ask).matches(note).count(), 1);
    assert!(bench.text(&format!("let rain = {ask}")).contains(note));
    assert!(bench.text(&ask.replace("hills", &format!("'{triangle}'"))).contains(note));
    assert!(!bench.text(&ask.replace("hills", "virginia")).contains("bounding box"));
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
fn a_variable_that_is_nearly_right_is_offered_and_no_other() {
    let bench = Bench::new();
    let near = bench.fault("%sdap map COADS_CLIMATOLOGY --variable wsdp");
    assert!(near.contains("did you mean: wspd"), "{near}");
    let far = bench.fault("%sdap map COADS_CLIMATOLOGY --variable humidity");
    assert!(far.contains("it has airt, sst, wspd") && !far.contains("did you mean"), "{far}");
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
fn what_was_opened_is_a_dataset_like_any_other() {
    let (bench, files) = (Bench::new(), files_to_open());
    let there = files.path().display();
    let card = bench.text(&format!("%sdap open '{there}/model/*.nc' as MODEL"));
    assert!(card.contains("MODEL") && card.contains("netcdf") && card.contains("2001-01-01"), "{card}");
    assert!(bench.text("%sdap datasets model").contains("MODEL"));
    let series = bench.text("let s = %sdap timeseries MODEL\n%sdap table s");
    assert!(series.contains("2001-01-04"), "{series}");
    let cell = format!("%sdap open {there}/");
    let offered = bench.wait(bench.session.complete(&cell, cell.len())).unwrap();
    assert!(offered.candidates.iter().any(|c| c.text.ends_with("sst_2001.nc")), "{offered:?}");
}

#[test]
fn what_cannot_be_opened_is_explained_at_its_path() {
    let (bench, files) = (Bench::new(), files_to_open());
    let there = files.path().display();
    let fault = |cell: &str| bench.fault(cell).replace(&there.to_string(), "…");
    let nowhere = fault(&format!("%sdap open {there}/nowhere.nc"));
    assert!(nowhere.starts_with("BrokenDataset") && nowhere.contains("nowhere.nc is no folder and no file"), "{nowhere}");
    std::fs::write(files.path().join("text.nc"), "text").unwrap();
    assert!(fault(&format!("%sdap open {there}/text.nc")).contains("it is no NetCDF file"));
    assert!(fault(&format!("%sdap open {there}/sst_2001.nc as 'a b'")).starts_with("BadName"));
    assert!(fault(&format!("%sdap open {there}/sst_2001.nc called SST")).contains("expected: as NAME"));
    for (behind, wrong) in [("SST", "SST"), ("as A SST", "SST"), ("and more.nc", "and")] {
        let told = fault(&format!("%sdap open {there}/sst_2001.nc {behind}"));
        assert!(told.starts_with(&format!("Syntax: `{wrong}` cannot stand behind the path")) && told.contains("quotes"), "{told}");
    }
    assert!(fault(&format!("%sdap open {there}/sst_2001.nc as")).starts_with("MissingArgument: the name behind `as`"));
    bench.text(&format!("%sdap open {there}/model"));
    std::fs::create_dir(files.path().join("other")).unwrap();
    std::fs::rename(files.path().join("model"), files.path().join("other/model")).unwrap();
    let taken = fault(&format!("%sdap open {there}/other/model"));
    assert!(taken.contains("there is a dataset model already"), "{taken}");
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
    bench.text("let mean = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino12\nlet rivers = %sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,2019500 --time 2017-01");
    assert_eq!(offers("%sdap plot ").1, ["mean", "rivers", "sst"]);
    assert_eq!(offers("%sdap plot sst ").1, ["rivers"], "what can be drawn with it");
    assert_eq!(offers("%sdap plot mean ").1, ["rivers", "sst"], "nothing else is a map");
    bench.text("%sdap drop mean rivers");
    assert_eq!(offers("%sdap help ma").1, ["map", "matchup"]);
    assert_eq!(offers("%sdap tomogram ").1, ["longitude", "latitude", "profile", "3d"]);
    assert_eq!(offers("%sdap dataset a").1, ["add"]);
    assert_eq!(offers("%sdap get /heart").1, ["/heartbeat"]);
    assert_eq!(offers("%sdap correlate A B --stat ").1, ["r", "slope", "intercept", "p", "stderr"]);
    assert_eq!(offers("%sdap matchup A B --closest ").1, ["distance", "time"]);
    assert_eq!(offers("%sdap timeseries A --windows ").1, ["auto"]);
    assert_eq!(offers("%sdap set cache ").1, ["on", "off"]);
    assert!(offers("%sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=20165").1.contains(&"rivid=2016500".to_owned()));
    assert!(offers("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --time ").1.contains(&"2010".to_owned()));
    assert!(bench.wait(bench.session.complete("let a = 1", 3)).is_none());
    assert_eq!(offers("%sdap timeseries ostitrop").1, ["OSTIA_SST_MONTHLY_TROPICS", "OSTIA_SST_MONTHLY_TROPICS_CLIM"]);
    assert_eq!(offers("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --time 2010-0").1.last().unwrap(), "2010-09");
    assert_eq!(offers("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --time 2009/20").1, ["2009/2010", "2009/2009"]);
    assert_eq!(offers("%sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,20195").1, ["2019500"]);
    assert_eq!(offers("%sdap save sst sst.g").1, ["sst.geojson"]);
    assert_eq!(offers("%sdap set bo").1, ["box"]);
    assert_eq!(offers("%sdap set box nino3").1, ["nino3", "nino34"]);
    assert_eq!(offers("%sdap set quiet ").1, ["on", "off"]);
    assert_eq!(offers("%sdap target https://example.org --token-env PAT").1.first().unwrap(), "PATH");
    assert_eq!(offers("%sdap describe ss").1, ["sst"]);
    assert_eq!(offers("%sdap timeseries COADS_CLIMATOLOGY ").1[0], "--seasonal", "no second dataset can stand there");
    assert!(!offers("%sdap timeseries COADS_CLIMATOLOGY --bbox=nino34 --").1.contains(&"--bbox".to_owned()), "it is given already");
    assert_eq!(offers("%sdap timeseries --bbox=nino34 COADS").1, ["COADS_CLIMATOLOGY"]);
    assert_eq!(offers("%sdap save --force ss").1, ["sst"]);
    assert_eq!(offers("%sdap save sst --force ").1[0], "sst.csv");
    assert_eq!(offers("%sdap timeseries COADS_CLIMATOLOGY --bbox ").1[0], "-180,-90,180,90", "all that the dataset covers");
    assert_eq!(offers("%sdap plot sst --save fig").1[..2], ["fig.svg", "fig.png"]);
    assert_eq!(offers("%%sdap batch\nlet a = timeseries COADS").1, ["COADS_CLIMATOLOGY"]);
    assert_eq!(offers("%%sdap batch\n# remark\nplot ").1, ["sst"]);
}

#[test]
fn what_is_offered_says_what_it_is() {
    let bench = Bench::new();
    bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009\n%sdap region mine = 1,2,3,4");
    let cases = [
        ("%sdap tim", "verb", "Average over an area"),
        ("%sdap timeseries A --bb", "option", "antimeridian"),
        ("%sdap timeseries COADS", "dataset", "COADS"),
        ("%sdap timeseries A --bbox nino34", "region", "Niño 3.4"),
        ("%sdap timeseries A --bbox mine", "region", "yours"),
        ("%sdap map COADS_CLIMATOLOGY --variable air", "variable", "°C"),
        ("%sdap map A --stat clim", "value", "calendar month"),
        ("%sdap plot ss", "value", "TimeSeries"),
        ("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --time 2009", "time", "year"),
        ("%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500", "field", "RIVER"),
        ("%sdap save sst out.nc", "path", "new file"),
        ("%sdap target emb", "target", ""),
        ("%sdap set qui", "setting", ""),
        ("%sdap get /heart", "endpoint", ""),
    ];
    for (cell, kind, about) in cases {
        let found = bench.wait(bench.session.complete(cell, cell.len())).unwrap();
        let first = found.candidates.first().unwrap_or_else(|| panic!("nothing is offered for {cell}"));
        assert!(first.kind == kind && first.about.contains(about), "{cell}: {first:?}");
    }
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
    let cell = "%sdap map COADS_CLIMATOLOGY --variable airt --stat climatology --month 3 --time=2009";
    assert!(told(cell, "airt").contains("a variable of COADS_CLIMATOLOGY"));
    assert!(told(cell, "climatology").starts_with("climatology: The mean of one calendar month over the years"));
    assert!(told(cell, "h 3").contains("--month MONTH"));
    assert!(told(cell, "=2009").contains("START/END"));
    assert!(told("%sdap set static on", "static").starts_with("static: Leave the interactive twin out"));
    assert!(told("%sdap target embedded", "embedded").contains("asked at present"));
}

#[test]
fn an_option_is_explained_with_a_line_that_runs() {
    let bench = Bench::new();
    bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let files = files_to_open();
    let mut explained = 0;
    for verb in sdap_magics::verb_names().iter().filter(|verb| *verb != "target") {
        let cell = format!("%sdap {verb} --");
        let options = bench.wait(bench.session.complete(&cell, cell.len())).unwrap().candidates;
        for option in options.iter().filter(|c| c.kind == "option") {
            let cell = format!("%sdap {verb} {}", option.text);
            let told = bench.wait(bench.session.inspect(&cell, cell.len())).unwrap().plain().to_owned();
            assert!(told.contains(&option.about), "{told}");
            if let Some((_, example)) = told.split_once("Example\n  ") {
                bench.text(&among(files.path(), example));
                explained += 1;
            }
        }
    }
    assert!(explained > 20, "{explained}");
}

#[test]
fn a_bound_value_has_a_card_that_says_all_of_it() {
    let bench = Bench::new();
    bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let card = &bench.run("%sdap describe sst").unwrap()[0];
    let html = card.data["text/html"].as_str().unwrap();
    for part in ["12 times", "missing", "Open Government Licence", "/timeSeriesSpark?ds=OSTIA"] {
        assert!(card.plain().contains(part) && html.contains(part), "{part}: {}", card.plain());
    }
    assert!(html.contains("<details>") && !html.contains("<style"));
    let table = &bench.run("%sdap table sst").unwrap()[0];
    assert!(table.data["text/html"].as_str().unwrap().contains("<details><summary>where it comes from"));
}

#[test]
fn describe_shows_terms_and_attribution_of_every_dataset() {
    let bench = Bench::new();
    assert!(bench.text("%sdap describe OSTIA_SST_MONTHLY_TROPICS").contains("Open Government Licence"));
    assert!(bench.text("%sdap describe USGS_VA_DISCHARGE_DAILY").contains("U.S. Geological Survey"));
    assert!(bench.text("%sdap describe COADS_CLIMATOLOGY").contains("PMEL"));
}

#[test]
fn a_value_in_braces_is_what_is_asked_and_a_wrong_one_is_pointed_at() {
    let bench = Bench::new();
    let cell = "let a = %sdap timeseries {dataset} --bbox {region} --time {year}/{year + 1}";
    let values = ["OSTIA_SST_MONTHLY_TROPICS", "nino34", "2008", "2009"].map(str::to_owned);
    bench.run_given(cell, &Given { values: &values, ..Given::default() }).unwrap();
    let Value::Series(series) = &*bench.session.binding("a").unwrap().value else { panic!("a time series") };
    assert_eq!(series.len(), 24);

    let wrong = ["OSTIA_SST_MONTHLY_TROPICS", "ninno34", "2008", "2009"].map(str::to_owned);
    let fault = bench.run_given(cell, &Given { values: &wrong, ..Given::default() }).unwrap_err();
    assert_eq!(fault.span.clone().map(|span| &cell[span]), Some("{region}"));
    assert!(fault.message.contains("ninno34"), "{fault}");
}

/// Writes down what a command shows before it has ended.
#[derive(Default)]
struct Paper(std::sync::Mutex<Vec<String>>);

impl sdap_magics::Screen for Paper {
    fn line(&self, number: usize, line: sdap_magics::Bundle) {
        let text = line.plain().split(" in ").next().unwrap_or_default().to_owned();
        self.0.lock().unwrap().push(format!("{number}: {text}"));
    }

    fn show(&self, bundle: sdap_magics::Bundle) {
        self.0.lock().unwrap().push(format!("shown: {}", bundle.plain().lines().next().unwrap_or_default()));
    }
}

#[test]
fn a_batch_runs_every_line_and_shows_results_in_their_order() {
    let (bench, paper) = (Bench::new(), Paper::default());
    let cell = "%%sdap batch\n# two series\nlet a = timeseries OSTIA_SST_MONTHLY_TROPICS --bbox {area} --time 2009\n\n\
                let b = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS \\\n   --bbox nino4 --time {year};\nplot a b --static";
    let values = ["nino34", "2009"].map(str::to_owned);
    let given = Given { values: &values, screen: &paper, ..Given::default() };
    assert!(bench.run_given(cell, &given).unwrap().is_empty());
    let said = paper.0.lock().unwrap().clone();
    let shown: Vec<&str> = said.iter().filter_map(|l| l.strip_prefix("shown: ")).collect();
    assert!(shown[0].starts_with("a · TimeSeries") && shown[1].starts_with("b · TimeSeries") && shown.len() == 3, "{said:?}");
    assert!(said[0].starts_with("0: 1  timeseries OSTIA") && said.iter().any(|l| l.contains("plot a b --static: done")), "{said:?}");
}

#[test]
fn a_line_of_a_batch_that_fails_stops_the_others_only_if_asked() {
    let bench = Bench::new();
    let lines = "timeseries NO_SUCH --bbox nino34\nlet a = timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34\nlet b = table nothing\n";
    let fault = bench.fault(&format!("%%sdap batch\n{lines}"));
    assert!(
        fault.starts_with("BatchFailed: 2 of 3 lines failed; line 1: embedded has no dataset NO_SUCH; line 3: nothing is bound"),
        "{fault}"
    );
    assert!(fault.contains("  timeseries NO_SUCH --bbox nino34\n             ^^^^^^^"), "{fault}");
    assert!(bench.session.binding("a").is_some());
    let fault = bench.fault(&format!("%%sdap batch --stop\ntable a\ntimeseries NO_SUCH\n{}", "table a\n".repeat(20)));
    assert!(fault.contains("1 of 22 lines failed") && fault.contains("did not run"), "{fault}");
    assert!(bench.fault("%sdap batch").contains("batch lacks its lines"));
    assert!(bench.fault("%%sdap map A\n1 + 1").contains("takes no body"));
}

#[test]
fn what_is_set_holds_until_it_is_unset_and_is_said_of_every_result() {
    let bench = Bench::new();
    bench.text("%sdap set box nino34\n%sdap set time 2009");
    assert!(bench.text("%sdap set").contains("nino34"));
    let text = bench.text("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS");
    assert!(text.contains("12 times") && text.contains("box nino34 by %sdap set") && text.contains("time 2009 by %sdap set"), "{text}");
    let text = bench.text("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino4");
    assert!(text.contains("time 2009 by %sdap set") && !text.contains("box"), "{text}");
    let rivers = bench.text("%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017-01");
    assert!(!rivers.contains("by %sdap set"), "{rivers}");
    let fault = bench.fault("%sdap timeseries NCLIMDIV_PRECIP_MONTHLY");
    assert!(fault.contains("box nino34 by %sdap set, time 2009 by %sdap set, for every command"), "{fault}");
    assert!(fault.contains("\n                   ^^^^^^^^^^^^^^^^^^^^^^^\n"), "what was typed of it is the dataset: {fault}");
    bench.text("%sdap set box --unset\n%sdap set time --unset");
    assert!(!bench.text("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS").contains("by %sdap set"));
    bench.text("%sdap set quiet on");
    assert!(bench.run("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS").unwrap().is_empty());
    bench.text("%sdap set quiet off\n%sdap set static on");
    let shown = bench.run("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS").unwrap();
    assert!(!shown[0].data.contains_key("application/vnd.vegalite.v5+json"));
    assert!(bench.fault("%sdap set quiet maybe").contains("on or off"));
    assert!(bench.fault("%sdap set box atlantis").contains("there is no region atlantis"));
}

#[test]
fn status_says_what_runs_and_what_it_takes() {
    let bench = Bench::new();
    bench.text("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34\n%sdap set box nino3");
    let text = bench.text("%sdap status");
    for part in ["the engine inside the kernel", "of embedded", "1, ", "box nino3"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn one_line_of_the_last_request_can_be_had_to_copy() {
    let bench = Bench::new();
    bench.text("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    let line = |option: &str| bench.text(&format!("%sdap last --{option}"));
    assert!(line("curl").starts_with("curl --fail 'http://127.0.0.1:8083/") && line("curl").lines().count() == 1);
    assert!(line("url").starts_with("http://127.0.0.1:8083/timeSeriesSpark") && line("url").lines().count() == 1);
    assert!(line("nexuscli").contains("; nexuscli.time_series(") && line("nexuscli").lines().count() == 1);
    bench.text("let b = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34");
    assert!(bench.fault("%sdap last --nexuscli").contains("nexuscli cannot ask the last request"));
}

#[test]
fn a_file_that_cannot_be_saved_is_told_with_what_to_do() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().display();
    bench.text(&format!("let a = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34\n%sdap save a {home}/a.csv"));
    let told = |cell: &str| bench.fault(&cell.replace("HOME", &home.to_string())).replace(&home.to_string(), "HOME");
    assert!(told("%sdap save a HOME/a.csv").contains("HOME/a.csv is there already"));
    assert!(told("%sdap save a HOME/a.csv").contains("--force"));
    assert!(told("%sdap save a HOME/a.xls").contains(".csv, .json, .geojson, .nc, .zarr, .parquet, .png, .svg"));
    assert!(told("%sdap save a HOME/a.parqet").contains("did you mean: parquet"));
    assert!(told("%sdap save a HOME/none/a.csv").contains("there is no folder HOME/none"));
    assert!(told("%sdap save b HOME/b.csv").contains("nothing is bound to b"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
