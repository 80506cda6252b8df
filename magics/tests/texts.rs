//! What tables, lists, cards, summaries and the text twins of figures say.

#[expect(dead_code, reason = "pictures are the business of another test")]
mod cases;

use sdap::{
    Axis, BoundingBox, Origin, Period, Points, Regression, SeriesGroup, Table, TableColumn, TimeSeries, Times, Value, Variable, column,
};
use sdap_magics::show::{self, Interactivity, Style};
use sdap_nexus::{Dataset, DatasetVariable, GridShape, KeyField};
use std::collections::BTreeMap;

/// The twin of the case of that name.
fn twin(name: &str) -> String {
    let (_, figure, style) = cases::all().into_iter().find(|(n, ..)| *n == name).unwrap();
    show::figure(&figure, &Style { interactivity: Interactivity::Static, ..style }).unwrap().plain().to_owned()
}

fn html(bundle: &sdap_magics::Bundle) -> String {
    bundle.data["text/html"].as_str().unwrap().replace("><", ">\n<")
}

fn points(n: usize) -> Points {
    let number = |f: fn(f64) -> f64| column((0..n).map(|i| f(i as f64)).collect::<Vec<_>>());
    Points {
        dataset: "SAO_STATIONS_19950318".into(),
        time: Times::new((0..n as i64).map(|i| 795_484_800 + i * 10_800).collect::<Vec<_>>()),
        lat: number(|i| 30.0 + i / 8.0),
        lon: number(|i| -100.0 - i * 1.25),
        elevation: Some(number(|i| 10.0 * i)),
        variables: vec![
            Variable {
                name: "air_temperature".into(),
                units: "degree_Celsius".into(),
                values: number(|i| if i == 2.0 { f64::NAN } else { 10.0 + i / 3.0 }),
            },
            Variable { name: "rain".into(), units: "kg m-2 s-1".into(), values: number(|i| i * 1e-9) },
        ],
        keys: BTreeMap::from([("station".into(), (0..n).map(|i| format!("K<{i}>")).collect())]),
        origin: Origin::default(),
    }
}

fn datasets() -> Vec<Dataset> {
    let period = |a: &str, b: &str| Some(Period::new(a.parse().unwrap(), b.parse().unwrap()).unwrap());
    vec![
        Dataset {
            short_name: "OSTIA_SST_MONTHLY_TROPICS".into(),
            title: "Sea surface temperature, OSTIA analysis, tropical belt".into(),
            kind: "zarr".into(),
            period: period("2006-04-16T00:00:00Z", "2010-09-16T00:00:00Z"),
            area: Some(BoundingBox::new(-180.0, -5.0, 180.0, 4.44).unwrap()),
            times: Some(54),
            step: "1 month".into(),
            grid: Some(GridShape { rows: 18, columns: 432, lat_step: 0.5556, lon_step: 0.8333 }),
            variables: vec![DatasetVariable {
                name: "sst".into(),
                standard_name: "sea_surface_temperature".into(),
                long_name: String::new(),
                units: "degree_Celsius".into(),
            }],
            climatology: Some("OSTIA_SST_MONTHLY_TROPICS_CLIM".into()),
            attribution: vec!["Contains public sector information licensed under the Open Government Licence.".into()],
            licence: "UK Open Government Licence".into(),
            attributes: BTreeMap::from([("Conventions".into(), "CF-1.11".into()), ("history".into(), "made <once>\nand again".into())]),
            ..Dataset::default()
        },
        Dataset {
            short_name: "SYNTHETIC_LA_RIVERS_DAILY".into(),
            title: "Daily discharge, Los Angeles".into(),
            period: period("1997-01-01T00:00:00Z", "1998-12-31T00:00:00Z"),
            times: Some(730),
            step: "1 day".into(),
            keys: vec![KeyField {
                name: "rivid".into(),
                values: (0..9)
                    .map(|i| ((17_575_859 + i).to_string(), if i == 0 { "Los Angeles River".into() } else { String::new() }))
                    .collect(),
            }],
            synthetic: true,
            ..Dataset::default()
        },
        Dataset { short_name: "OLD".into(), title: "OLD".into(), trouble: Some("its tiles are gone".into()), ..Dataset::default() },
    ]
}

#[test]
fn the_twin_of_a_figure_says_what_the_figure_shows() {
    let names = [
        "line",
        "rivers",
        "two-axes",
        "band",
        "error-bars",
        "gaps",
        "constant",
        "all-missing",
        "no-points",
        "no-lines",
        "markup",
        "map-world",
        "map-dateline",
        "map-los-angeles",
        "map-stretched",
        "map-correlation",
        "map-empty",
        "regions",
        "region-nino34",
        "hovmoller-longitude",
        "hovmoller-latitude",
    ];
    insta::assert_snapshot!(names.map(|name| format!("--- {name}\n{}\n", twin(name))).join("\n"));
}

#[test]
fn a_series_is_a_table_of_its_statistics_with_head_and_tail() {
    let bundle = show::series_table(&cases::nino());
    insta::assert_snapshot!("series_table_text", bundle.plain());
    insta::assert_snapshot!("series_table_html", html(&bundle));
}

#[test]
fn single_values_need_no_statistics() {
    insta::assert_snapshot!(show::series_table(&cases::rain()).plain());
}

#[test]
fn a_group_has_a_column_for_each_series_and_its_regression_below() {
    let mut pair = cases::pair();
    pair.regression = Some(Regression { slope: 1.25, intercept: -0.5, r: 0.9, p: 1e-12, error: 0.01 });
    insta::assert_snapshot!("pair", show::group_table(&pair).plain());
    let many = SeriesGroup {
        series: (0..14)
            .map(|i| TimeSeries::of_values(&format!("s{i}"), "x", "1", Times::new(vec![0, 86_400]), [f64::from(i), f64::NAN]))
            .collect(),
        regression: None,
        origin: Origin::default(),
    };
    insta::assert_snapshot!("many", show::group_table(&many).plain());
}

#[test]
fn points_have_places_times_keys_and_units() {
    insta::assert_snapshot!("points_text", show::points(&points(40)).plain());
    let bundle = show::points(&points(3));
    insta::assert_snapshot!("points_html", html(&bundle));
    assert!(html(&bundle).contains("K&lt;0&gt;"), "text is escaped");
    insta::assert_snapshot!("no_points", show::points(&points(0)).plain());
}

#[test]
fn a_table_shows_units_of_its_names_and_counts_its_rows() {
    let table = Table {
        title: "Stations".into(),
        columns: vec![
            ("name".into(), TableColumn::Text(vec!["<b>".into(), "b\u{1b}[31m".into()])),
            ("sst [degree_Celsius]".into(), TableColumn::Numbers(column([1.5, f64::NAN]))),
            ("n".into(), TableColumn::Numbers(column([1_234_567.0, 2.0]))),
            ("when".into(), TableColumn::Times(Times::new(vec![0, 3661]))),
        ],
        origin: Origin { notes: vec!["A note about the table.".into()], ..Origin::default() },
    };
    let bundle = show::table(&table);
    insta::assert_snapshot!("table_text", bundle.plain());
    insta::assert_snapshot!("table_html", html(&bundle));
}

#[test]
fn datasets_are_listed_with_what_is_known_and_synthetic_ones_marked() {
    let bundle = show::datasets(&datasets(), "embedded");
    insta::assert_snapshot!("datasets_text", bundle.plain());
    insta::assert_snapshot!("datasets_html", html(&bundle));
    insta::assert_snapshot!("no_datasets", show::datasets(&[], "http://localhost:8083").plain());
}

#[test]
fn a_card_tells_all_and_gives_a_line_to_try() {
    let all = datasets();
    insta::assert_snapshot!("card_text", show::card(&all[0]).plain());
    insta::assert_snapshot!("card_html", html(&show::card(&all[0])));
    insta::assert_snapshot!("card_of_synthetic", show::card(&all[1]).plain());
    insta::assert_snapshot!("card_of_little", show::card(&all[2]).plain());
}

#[test]
fn a_value_is_summed_up_in_one_line() {
    let missing = TimeSeries::of_values("A", "", "", Times::new(vec![0, 1]), [f64::NAN, f64::NAN]);
    let table = Table { title: "T".into(), columns: vec![("x".into(), TableColumn::Numbers(column([1.0])))], origin: Origin::default() };
    let values = [
        Value::Series(cases::nino()),
        Value::Series(cases::rain()),
        Value::Series(missing),
        Value::Group(cases::rivers()),
        Value::Group(cases::pair()),
        Value::Grid(cases::grid((-5.0, 5.0, 10), (170.0, 190.0, 20), |y, x| y * x)),
        Value::Hovmoller(cases::hovmoller(Axis::Latitude)),
        Value::Points(points(40)),
        Value::Table(table),
    ];
    let lines: Vec<String> = values.iter().map(|v| show::summary(Some("v"), v)).collect();
    assert!(lines.iter().all(|l| !l.contains('\n')));
    insta::assert_snapshot!(lines.join("\n"));
    assert!(show::summary(None, &values[0]).starts_with("TimeSeries · OSTIA"));
}

#[test]
fn tables_need_no_css_and_bring_no_scripts() {
    let shown =
        [show::datasets(&datasets(), "x"), show::card(&datasets()[0]), show::points(&points(40)), show::series_table(&cases::nino())];
    for bundle in shown {
        let html = html(&bundle);
        assert!(html.contains("<caption") && !html.contains("<style") && !html.contains("<script") && !html.contains("class="), "{html}");
        assert!(!bundle.plain().contains('\u{1b}'));
    }
}
