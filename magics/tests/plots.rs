//! `plot` as a user meets it: the kind that suits a value, the kinds that can be asked for, and figures in files.

mod support;

#[expect(dead_code, reason = "most cases belong to other tests")]
mod cases;

use sdap::{Origin, Table, TableColumn, Value, column};
use sdap_magics::Bundle;
use support::Bench;

/// What every test draws: two series, two maps, a diagram and samples.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.text("let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34");
    bench.text("let west = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino4 --time 2007/2009");
    bench.text("let before = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2008");
    bench.text("let after = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    bench.text("let hov = %sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009");
    bench.text("let cells = %sdap subset OSTIA_SST_MONTHLY_TROPICS --bbox -130,-2,-120,2 --time 2010-01");
    bench.text("let river = %sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017");
    bench.text("let rain = %sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox virginia --time 2017");
    bench.session.bind("pairs", Value::Table(cases::kinds::matched(30, 1.0))).unwrap();
    let numbers = |values: [f64; 2]| TableColumn::Numbers(column(values));
    let columns = [("depth [m]", numbers([10.0, 50.0])), ("east [degC]", numbers([12.5, 8.0])), ("west [degC]", numbers([11.5, 7.0]))];
    let columns = columns.map(|(name, c)| (name.to_owned(), c)).into();
    bench.session.bind("depths", Value::Table(Table { title: "depths".into(), columns, origin: Origin::default() })).unwrap();
    bench
}

fn svg(bundle: &Bundle) -> &str {
    bundle.data["image/svg+xml"].as_str().expect("SVG is text")
}

#[test]
fn every_kind_is_drawn_of_the_values_that_have_it() {
    let bench = bench();
    let cases = [
        ("sst --kind histogram", "number of times", true),
        ("sst --kind year", "year by year", true),
        ("sst west --kind scatter", "matched by month", true),
        ("sst west --kind difference", "difference", true),
        ("sst - west", "difference", true),
        ("before - after", "COADS", false),
        ("before after --kind difference", "difference", false),
        ("before after --kind scatter", "one dot for each cell", true),
        ("before --kind histogram", "number of cells", true),
        ("before --kind map", "°", false),
        ("hov --kind hovmoller", "°", false),
        ("hov --kind histogram", "number of cells", true),
        ("cells", "°", false),
        ("cells --kind histogram", "number of points", true),
        ("sst --kind heatmap", "month by month", true),
        ("river rain --kind scatter", "matched by", true),
        ("pairs", "primary less secondary", false),
        ("pairs --kind matchup --projection robinson", "rings: where", false),
        ("pairs --kind map", "of the primary", false),
        ("pairs --kind scatter", "secondary", true),
        ("pairs --kind histogram", "number of pairs", true),
        ("depths", "12.5", true),
        ("depths --kind heatmap --cmap deep", "12.5", true),
    ];
    for (plot, word, chart) in cases {
        let shown = bench.run(&format!("%sdap plot {plot}")).unwrap_or_else(|fault| panic!("{plot}: {fault}"));
        let document = svg(&shown[0]);
        assert!(document.contains(word) || plot == "before - after", "{plot}");
        assert_eq!(shown[0].data.contains_key("application/vnd.vegalite.v5+json"), chart, "{plot}");
    }
}

#[test]
fn a_correlation_says_once_what_it_is() {
    let document = bench().run("%sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino34").unwrap();
    let document = svg(&document[0]);
    assert!(document.contains(">Correlation of sea surface temperature and sea surface temperature</title>"), "{document}");
    assert!(document.contains("· OSTIA_SST_MONTHLY_TROPICS</text>") && document.contains("correlation coefficient"));
}

#[test]
fn an_impossible_kind_names_the_possible_ones() {
    let bench = bench();
    let fault = bench.fault("%sdap plot sst --kind hovmoller");
    assert!(fault.contains("sst (TimeSeries) cannot be drawn as hovmoller"), "{fault}");
    assert!(fault.contains("--kind line, errorbars, band, histogram, year"), "{fault}");
    let fault = bench.fault("%sdap plot before --band");
    assert!(fault.contains("before (Grid) cannot be drawn as band") && fault.contains("--kind map, histogram"), "{fault}");
    let fault = bench.fault("%sdap plot sst before --kind scatter");
    assert!(fault.contains("sst (TimeSeries) and before (Grid)") && fault.contains("--kind histogram"), "{fault}");
    let fault = bench.fault("%sdap plot sst --kind scatter");
    assert!(fault.contains("cannot be drawn as scatter"), "{fault}");
    let fault = bench.fault("%sdap plot depths --kind matchup");
    assert!(fault.contains("depths (Table) cannot be drawn as matchup") && fault.contains("--kind heatmap"), "{fault}");
    let words = TableColumn::Text(vec!["a".into()]);
    let table = Table { title: "words".into(), columns: vec![("word".into(), words)], origin: Origin::default() };
    bench.session.bind("words", Value::Table(table)).unwrap();
    for plot in ["%sdap plot words", "%sdap plot words --kind heatmap"] {
        let fault = bench.fault(plot);
        assert!(fault.contains("words is a table that cannot be drawn") && fault.contains("%sdap table words"), "{fault}");
    }
}

#[test]
fn every_kind_of_a_rust_cell_is_one_that_plot_knows() {
    let bench = bench();
    for kind in sdap::Kind::ALL {
        let drawn = ["sst", "sst west", "before", "before after", "hov", "pairs"]
            .map(|names| bench.run(&format!("%sdap plot {names} --kind {}", kind.word())));
        assert!(drawn.iter().any(Result::is_ok), "{}", kind.word());
    }
    let words: Vec<&str> = sdap::Kind::ALL.into_iter().map(sdap::Kind::word).collect();
    let offered = bench.wait(bench.session.complete("%sdap plot sst --kind ", "%sdap plot sst --kind ".len())).unwrap();
    assert_eq!(offered.candidates.iter().map(|c| c.text.as_str()).collect::<Vec<_>>(), words);
    let shown = bench.wait(bench.session.show("box nino34 \"-160,-20,-120,10\" --title T", &[])).unwrap();
    assert!(svg(&shown[0]).contains(">T</title>"));
}

#[test]
fn values_that_cannot_be_compared_say_why() {
    let bench = bench();
    bench.text("let elsewhere = %sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino4 --time 2009");
    let fault = bench.fault("%sdap plot before - elsewhere");
    assert!(fault.contains("their cells differ") && fault.contains("expected: grids"), "{fault}");
    bench.text("let rain = %sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox virginia --time 2009");
    let fault = bench.fault("%sdap plot sst - rain");
    assert!(fault.contains(r#"their units differ: "°C" beside "mm""#), "{fault}");
    assert!(bench.fault("%sdap plot - sst").contains("a minus stands between two names"));
}

#[test]
fn options_change_the_figure_or_are_refused() {
    let bench = bench();
    let drawn = |plot: &str| svg(&bench.run(plot).unwrap_or_else(|fault| panic!("{plot}: {fault}"))[0]).to_owned();
    let usual = drawn("%sdap plot before");
    for option in ["--cmap deep", "--limits 27,28", "--projection robinson", "--log", "--label temperature", "--title T", "--size 400x300"]
    {
        assert_ne!(drawn(&format!("%sdap plot before {option}")), usual, "{option}");
    }
    assert!(drawn("%sdap plot sst --ylabel 'deg C' --title Warm").contains(">deg C</text>"));
    assert!(drawn("%sdap box nino34 --projection orthographic --title 'A globe'").contains("A globe"));
    assert!(drawn("%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009 --cmap balance_r --limits -1,30").contains("<image"));
    let plain = drawn("%sdap box -80,36,-75,40");
    assert_ne!(drawn("%sdap box 'POLYGON((-80 36, -75 36, -75 40, -80 36))'"), plain, "the polygon is drawn, not its envelope alone");
    let fault = bench.fault("%sdap plot sst --projection mercator");
    assert!(fault.contains("only a map has a projection") && fault.contains("^^^^^^^^^^^^"), "{fault}");
    let fault = bench.fault("%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --cmap deep");
    assert!(fault.contains("--cmap changes nothing here"), "{fault}");
    let fault = bench.fault("%sdap plot before --cmap jet");
    assert!(fault.contains("balance, curl") && fault.contains("thermal"), "{fault}");
    assert!(bench.fault("%sdap plot sst --kind year --every 3").contains("--every changes nothing here"));
    assert!(bench.fault("%sdap plot before --limits 30,20").contains("the lesser first"));
    assert!(bench.fault("%sdap plot before --log --limits 0,20").contains("cannot begin at 0"));
    assert!(bench.fault("%sdap plot before --dpi 9000").contains("48 to 1200"));
}

#[test]
fn figures_are_saved_whole_and_never_over_a_file_without_force() {
    let bench = bench();
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (svg_path, png_path) = (path("a.svg"), path("a b.png"));
    let text = bench.text(&format!("%sdap plot sst --save {svg_path} --save '{png_path}' --dpi 96"));
    assert!(text.contains(&format!("saved {svg_path} (")) && text.contains(&format!("saved {png_path} (")), "{text}");
    assert!(std::fs::read_to_string(&svg_path).unwrap().starts_with("<svg"));
    let first = std::fs::read(&png_path).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(&first)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (760, 420));
    let fault = bench.fault(&format!("%sdap plot west --save '{png_path}'"));
    assert!(fault.contains("exists, and is not overwritten") && fault.contains("--force"), "{fault}");
    assert_eq!(std::fs::read(&png_path).unwrap(), first);
    bench.text(&format!("%sdap plot west --save '{png_path}' --force"));
    assert_ne!(std::fs::read(&png_path).unwrap(), first);
    for (file, why) in [("a.pdf", ".svg or .png"), ("no/such/a.png", "there is no folder"), ("", "cannot be saved")] {
        assert!(bench.fault(&format!("%sdap plot sst --save '{}'", path(file))).contains(why), "{file}");
    }
    assert!(bench.fault(&format!("%sdap plot sst hov --save '{}'", path("two.png"))).contains("a file holds one"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left aside");
}

#[test]
fn an_answer_is_saved_though_it_is_bound() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.svg");
    let map = format!("%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009 --save {}", file.display());
    bench.text(&format!("let map = {map}"));
    assert!(std::fs::read_to_string(&file).unwrap().contains("</svg>"));
    assert!(bench.fault(&map).contains("exists"), "it is refused before anybody is asked");
    assert!(bench.text(&format!("{map} --force")).contains("saved "));
}
