//! What every figure must be: readable, whole, and the same on every machine.

mod cases;

use cases::picture;
use resvg::usvg::roxmltree::{Document, Node};
use sdap::figure::{Figure, Line, LineFigure};
use sdap::{BoundingBox, Grid, TimeSeries, Times, column};
use sdap_magics::Bundle;
use sdap_magics::show::{self, DrawError, Interactivity, Style};

/// Every case once, drawn on all cores, with one pixel for each CSS pixel.
fn drawn() -> Vec<(&'static str, Figure, Bundle)> {
    in_parallel(cases::all(), |(name, figure, style)| {
        let bundle = show::figure(&figure, &Style { dpi: 96, ..style }).unwrap();
        (name, figure, bundle)
    })
}

/// What `work` makes of each item, in no order.
fn in_parallel<T: Send, U: Send>(items: Vec<T>, work: impl Fn(T) -> U + Sync) -> Vec<U> {
    let items = std::sync::Mutex::new(items);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = || items.lock().unwrap().pop();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(|| std::iter::from_fn(next).map(&work).collect::<Vec<U>>())).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

fn svg(bundle: &Bundle) -> &str {
    bundle.data["image/svg+xml"].as_str().unwrap()
}

#[test]
fn every_figure_is_whole_and_readable() {
    for (name, figure, bundle) in drawn() {
        carries_its_types(name, &figure, &bundle);
        let text = svg(&bundle);
        // Pictures within the SVG are base64, in which any letters may meet.
        let drawing: String =
            text.split("base64,").enumerate().map(|(i, p)| if i == 0 { p } else { p.split_once('"').unwrap().1 }).collect();
        assert!(!["NaN", "inf", "\u{1}"].iter().any(|bad| drawing.contains(bad)), "{name}");
        let document = Document::parse(text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"), "{name}");
        let title = root.children().find(|n| n.has_tag_name("title")).and_then(|n| n.text().map(str::to_owned));
        assert!(title.is_some_and(|t| !t.is_empty()), "{name} has no title");
        themes_by_classes_of_its_own(name, &document);
        keeps_its_words_apart(name, root);
        has_the_size_it_says(name, root, &bundle);
    }
}

/// Lines, pairs, counts and years bring a chart if they have a number; nothing brings HTML or JSON, which front ends would
/// show instead.
fn carries_its_types(name: &str, figure: &Figure, bundle: &Bundle) {
    let number = |lines: &[Line]| lines.iter().any(|l| l.values.iter().any(|v| v.is_finite()));
    let chart = match figure {
        Figure::Lines(f) => number(&f.lines),
        Figure::Year(f) => number(&f.years),
        Figure::Scatter(f) => !f.x.values.is_empty(),
        Figure::Histogram(f) => !f.counts.is_empty(),
        Figure::Heatmap(f) => f.values.len() <= 5000 && f.values.iter().any(|v| v.is_finite()),
        Figure::Map(_) | Figure::Hovmoller(_) => false,
    };
    let mut expected = vec!["image/svg+xml", "image/png", "text/plain"];
    expected.extend(chart.then_some("application/vnd.vegalite.v5+json"));
    let mut found: Vec<&str> = bundle.data.keys().map(String::as_str).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, "{name}");
    assert!(!bundle.plain().is_empty() && !bundle.plain().contains('\u{1b}'), "{name}");
}

/// One media block recolours classes whose names no other figure has.
fn themes_by_classes_of_its_own(name: &str, document: &Document) {
    let style = document.descendants().find(|n| n.has_tag_name("style")).and_then(|n| n.text()).unwrap_or_default();
    assert_eq!(style.matches("@media").count(), 1, "{name}");
    let classes: Vec<&str> = document.descendants().filter_map(|n| n.attribute("class")).collect();
    let prefix = &classes[0][..13];
    assert!(prefix.starts_with('s') && classes.iter().all(|c| c.starts_with(prefix)), "{name}");
    for class in classes {
        assert!(style.contains(&format!(".{class}{{")), "{name}: {class} has no dark colour");
    }
    let ids = document.descendants().filter_map(|n| n.attribute("id"));
    assert!(ids.into_iter().all(|id| id.starts_with(prefix)), "{name}");
}

/// Where a text stands, in CSS pixels: left, top, right, bottom.
fn space(node: Node) -> [f64; 4] {
    let number = |name: &str| node.attribute(name).and_then(|v| v.parse::<f64>().ok()).unwrap() / 10.0;
    let (x, y, size) = (number("x"), number("y"), number("font-size"));
    let width = cases::text_width(node.text().unwrap_or_default(), size);
    let left = match node.attribute("text-anchor") {
        Some("middle") => x - width / 2.0,
        Some("end") => x - width,
        _ => x,
    };
    let level = [left, y - 0.74 * size, left + width, y + 0.22 * size];
    let Some(turn) = node.attribute("transform") else { return level };
    let parts: Vec<f64> = turn.trim_start_matches("rotate(").trim_end_matches(')').split(' ').map(|v| v.parse::<f64>().unwrap()).collect();
    let (angle, cx, cy) = (parts[0].to_radians(), parts[1] / 10.0, parts[2] / 10.0);
    let corner = |x: f64, y: f64| {
        let (dx, dy) = (x - cx, y - cy);
        (cx + dx * angle.cos() - dy * angle.sin(), cy + dx * angle.sin() + dy * angle.cos())
    };
    let (a, b) = (corner(level[0], level[1]), corner(level[2], level[3]));
    [a.0.min(b.0), a.1.min(b.1), a.0.max(b.0), a.1.max(b.1)]
}

fn keeps_its_words_apart(name: &str, root: Node) {
    let side = |name: &str| root.attribute(name).unwrap().parse::<f64>().unwrap();
    let (width, height) = (side("width"), side("height"));
    let texts: Vec<(String, [f64; 4])> =
        root.descendants().filter(|n| n.has_tag_name("text")).map(|n| (n.text().unwrap_or_default().to_owned(), space(n))).collect();
    for (i, (text, [x0, y0, x1, y1])) in texts.iter().enumerate() {
        assert!(*x0 >= 0.0 && *y0 >= 0.0 && *x1 <= width && *y1 <= height, "{name}: {text:?} leaves the paper");
        for (other, [ox0, oy0, ox1, oy1]) in &texts[i + 1..] {
            let apart = x1 <= ox0 || ox1 <= x0 || y1 <= oy0 || oy1 <= y0;
            assert!(apart, "{name}: {text:?} covers {other:?}");
        }
    }
}

#[test]
fn figures_of_every_size_keep_their_words_on_the_paper_and_apart() {
    for (width, height) in [(200, 200), (280, 900), (500, 260), (1600, 300), (2000, 2000)] {
        in_parallel(cases::all(), |(name, figure, style)| {
            let text = show::svg(&figure, &Style { width, height, ..style }).unwrap();
            let name = format!("{name} at {width} × {height}");
            keeps_its_words_apart(&name, Document::parse(&text).unwrap().root_element());
        });
    }
}

#[test]
fn no_number_or_time_is_too_far_to_be_answered() {
    let far = |seconds: Vec<i64>, values: Vec<f64>| {
        let line = Line::new("far", Times::new(seconds), column(values));
        let figure =
            LineFigure { title: "Far".into(), subtitle: String::new(), left: String::new(), right: String::new(), lines: vec![line] };
        show::figure(&Figure::Lines(figure), &Style::default())
    };
    assert!(far(vec![0, 1, 2], vec![f64::MIN, f64::MAX, f64::INFINITY]).is_ok());
    assert!(far(vec![0, 1], vec![1e-320, 2e-320]).is_ok());
    assert!(far(vec![-7_000_000_000_000, 7_000_000_000_000], vec![1.0, 2.0]).is_ok());
    assert!(far(vec![5, 3, 4], vec![1.0, 2.0, 3.0]).is_ok());
    let error = far(vec![i64::MIN, i64::MAX], vec![1.0, 2.0]).unwrap_err().to_string();
    assert!(error.contains("no calendar names"), "{error}");
    let grid = cases::grid((0.0, 2.0, 2), (0.0, 2.0, 2), |y, x| if x > y { f64::MAX } else { f64::MIN });
    assert!(show::figure(&show::grid(&grid), &Style::default()).is_ok());
}

/// The PNG has as many pixels as its dots per inch say, and says at which size it is to be shown.
fn has_the_size_it_says(name: &str, root: Node, bundle: &Bundle) {
    use base64::Engine;
    let said = &bundle.metadata["image/png"];
    let bytes = base64::engine::general_purpose::STANDARD.decode(bundle.data["image/png"].as_str().unwrap()).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    for (side, pixels) in [("width", reader.info().width), ("height", reader.info().height)] {
        assert_eq!(said[side].as_u64(), Some(u64::from(pixels)), "{name}");
        assert_eq!(root.attribute(side).and_then(|v| v.parse().ok()), said[side].as_f64(), "{name}");
    }
}

#[test]
fn a_static_figure_has_no_chart() {
    let bundle = show::figure(&show::series(&cases::nino()), &Style { interactivity: Interactivity::Static, ..Style::default() }).unwrap();
    assert!(!bundle.data.contains_key("application/vnd.vegalite.v5+json"));
}

#[test]
fn synthetic_data_say_so_in_picture_chart_and_text() {
    let bundle = show::figure(&show::series(&cases::rain()), &Style::default()).unwrap();
    for mime in ["image/svg+xml", "application/vnd.vegalite.v5+json", "text/plain"] {
        assert!(bundle.data[mime].to_string().contains("synthetic"), "{mime}");
    }
    let smallest = show::svg(&show::group(&cases::rivers()), &Style { width: 200, height: 200, ..Style::default() }).unwrap();
    assert!(smallest.contains(">synthetic data"), "it is said where there is hardly room");
}

#[test]
fn a_long_series_is_thinned_in_the_chart_and_says_so() {
    let n = 60_000;
    let times = Times::new((0..n).map(|i| i * 3600).collect::<Vec<_>>());
    let mut values: Vec<f64> = (0..n).map(|i| (i as f64 / 500.0).sin()).collect();
    values[41_234] = 99.0;
    values[10_000] = f64::NAN;
    let line = Line::new("hourly", times, column(values));
    let figure = LineFigure { title: "Long".into(), subtitle: String::new(), left: "x".into(), right: String::new(), lines: vec![line] };
    let bundle = show::figure(&Figure::Lines(figure), &Style::default()).unwrap();
    let chart = &bundle.data["application/vnd.vegalite.v5+json"];
    let rows = chart["data"]["values"].as_array().unwrap();
    assert!(rows.len() > 2000 && rows.len() <= 5000, "{}", rows.len());
    assert!(rows.iter().any(|r| r["v"] == 99.0), "the spike is kept");
    assert!(rows.iter().any(|r| r["v"].is_null()), "the gap is kept");
    assert!(chart.to_string().len() < 300 * 1024);
    assert!(chart["title"]["subtitle"].to_string().contains("of 60\u{202f}000 points"));
    assert!(bundle.plain().contains("of 60\u{202f}000 points"));
    assert!(svg(&bundle).len() < 200 * 1024);
}

#[test]
fn many_pairs_are_counted_in_bins_and_take_little_space() {
    // Pairs all over the plane leave no bin empty, which takes the most space.
    let n = 120_000;
    let anywhere = |seed: u64| (0..n as u64).map(move |i| (i * 2_654_435_761 + seed * 40_503) % 1_000_003).map(|v| v as f64 / 1e6);
    let times = || Times::new((0..n).collect::<Vec<i64>>());
    let series = |variable, values: Vec<f64>| TimeSeries::of_values("D", variable, "m", times(), values);
    let x: Vec<f64> = anywhere(1).collect();
    let y: Vec<f64> = x.iter().map(|v| (v * 7919.0).fract()).collect();
    let bundle = show::figure(&show::scatter(&series("depth", x), &series("height", y), None), &Style::default()).unwrap();
    let chart = &bundle.data["application/vnd.vegalite.v5+json"];
    let rows = chart["layer"][0]["data"]["values"].as_array().unwrap();
    assert!(rows.len() > 4000 && rows.len() <= 5000, "{}", rows.len());
    assert_eq!(rows.iter().map(|r| r["n"].as_u64().unwrap()).sum::<u64>(), n as u64, "every pair is counted once");
    assert!(chart.to_string().len() < 300 * 1024, "{}", chart.to_string().len());
    assert!(bundle.data.values().map(|v| v.to_string().len()).sum::<usize>() < 2_000_000);
    for mime in ["image/svg+xml", "application/vnd.vegalite.v5+json", "text/plain"] {
        let said = bundle.data[mime].to_string().replace("</text>", " ");
        assert!(said.contains("number of pairs in each") || said.contains("coloured by"), "{mime}");
    }
}

#[test]
fn the_largest_charts_stay_within_300_kilobytes() {
    let n = 4900;
    let [x, y] = cases::kinds::followers(n);
    let colour = TimeSeries { variable: "air_temperature".into(), ..x.clone() };
    let pairs = show::scatter(&x, &y, Some(&colour));
    let banded = {
        let Figure::Lines(mut f) = show::series(&x) else { unreachable!() };
        f.lines[0].band = Some((y.mean.clone(), x.mean.clone()));
        f.lines[0].errors = Some(y.mean.clone());
        Figure::Lines(f)
    };
    for figure in [pairs, banded] {
        let bundle = show::figure(&figure, &Style { dpi: 96, ..Style::default() }).unwrap();
        let size = bundle.data["application/vnd.vegalite.v5+json"].to_string().len();
        assert!(size < 300 * 1024, "{size}");
    }
}

#[test]
fn a_grid_in_any_order_is_the_same_map() {
    let ordered = cases::grid((-40.0, 40.0, 16), (100.0, 260.0, 20), |y, x| y + x / 10.0);
    let southwards = Grid {
        lat: column(ordered.lat.iter().rev().copied().collect::<Vec<_>>()),
        values: ordered.values.slice(sdap::ndarray::s![..;-1, ..]).to_owned().into(),
        ..ordered.clone()
    };
    let begun_anew =
        Grid { lon: column(ordered.lon.iter().map(|x| if *x > 180.0 { x - 360.0 } else { *x }).collect::<Vec<_>>()), ..ordered.clone() };
    let drawn = |grid: &Grid| show::svg(&show::grid(grid), &Style::default()).unwrap();
    assert_eq!(drawn(&southwards), drawn(&ordered));
    assert_eq!(drawn(&begun_anew), drawn(&ordered));
}

#[test]
fn figures_have_the_pixels_per_inch_that_were_asked_for() {
    let figure = show::series(&cases::nino());
    for (dpi, width) in [(96, 760), (192, 1520), (300, 2375)] {
        let bytes = show::png(&figure, &Style { dpi, ..Style::default() }).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        assert_eq!(reader.info().width, width);
        let said = f64::from(reader.info().pixel_dims.unwrap().xppu) * 0.0254;
        assert!((said - f64::from(dpi)).abs() < 0.1, "{said}");
    }
    let huge = show::png(&figure, &Style { dpi: 1200, width: 2000, height: 2000, ..Style::default() }).unwrap_err().to_string();
    assert!(huge.contains("25000 × 25000 pixels are too many"), "{huge}");
}

#[test]
fn a_figure_whose_columns_do_not_match_is_refused_by_name() {
    let line = |values: Vec<f64>| Line::new("a", Times::new(vec![0, 1, 2]), column(values));
    let figure = |line: Line| {
        Figure::Lines(LineFigure {
            title: String::new(),
            subtitle: String::new(),
            left: String::new(),
            right: String::new(),
            lines: vec![line],
        })
    };
    let error = show::figure(&figure(line(vec![1.0])), &Style::default()).unwrap_err().to_string();
    assert_eq!(error, r#"the values of line "a" has 1 values where 3 were expected, one for each time"#);
    let errors = Line { errors: Some(column([1.0])), ..line(vec![1.0; 3]) };
    assert!(matches!(show::figure(&figure(errors), &Style::default()), Err(DrawError::Shape { .. })));
    let grid = Grid { lat: column([1.0]), ..cases::grid((0.0, 2.0, 2), (0.0, 2.0, 2), |_, _| 1.0) };
    assert!(matches!(show::figure(&show::grid(&grid), &Style::default()), Err(DrawError::Shape { .. })));
    let size = show::figure(&figure(line(vec![1.0; 3])), &Style { width: 20, ..Style::default() }).unwrap_err().to_string();
    assert_eq!(size, "a figure of 20 × 420 pixels cannot be drawn; each side may be 200 to 2000");
}

#[test]
fn a_box_across_the_antimeridian_is_drawn_in_one_piece_and_its_neighbours_too() {
    let fiji = BoundingBox::new(176.0, -20.0, -178.0, -15.0).unwrap();
    let bundle = show::figure(&show::region("Fiji", &fiji), &Style::default()).unwrap();
    let document = Document::parse(svg(&bundle)).unwrap();
    let names: Vec<&str> = document.descendants().filter(|n| n.has_tag_name("text")).filter_map(|n| n.text()).collect();
    assert_eq!(names.iter().filter(|n| **n == "Fiji").count(), 2, "the title, and the name on the map");
    assert!(names.contains(&"180°") && names.contains(&"20°S"));
}

#[test]
fn the_same_figure_is_the_same_on_every_draw() {
    let draw = || show::figure(&show::grid(&cases::grid((-10.0, 10.0, 20), (0.0, 20.0, 20), |y, x| x * y)), &Style::default()).unwrap();
    assert_eq!(draw(), draw());
}

/// The cases kept as pictures.
const GOLDEN: [&str; 51] = [
    "line",
    "rivers",
    "two-axes",
    "error-bars",
    "band",
    "gaps",
    "ten-long-names-small",
    "markup",
    "map-world",
    "map-dateline",
    "map-los-angeles",
    "map-stretched",
    "map-belt",
    "regions",
    "hovmoller-longitude",
    "hovmoller-latitude",
    "scatter",
    "scatter-coloured",
    "scatter-log",
    "scatter-dense-small",
    "histogram-series",
    "histogram-log",
    "year-months",
    "year-log",
    "difference",
    "map-limits",
    "map-log",
    "line-limits",
    "stations",
    "stations-robinson",
    "robinson-world",
    "robinson-box",
    "mercator-box",
    "orthographic-pacific",
    "orthographic-arctic",
    "orthographic-town",
    "orthographic-box",
    "polygon",
    "polygon-globe",
    "map-correlation",
    "matchup",
    "matchup-value",
    "heatmap",
    "heatmap-months",
    "hours",
    "century",
    "signed-two-axes",
    "map-0-360",
    "map-polar",
    "region-los-angeles",
    "matchup-scatter",
];

/// Set this variable to any value to draw the golden pictures anew, then look at them.
const RENEW: &str = "SDAP_RENEW_GOLDEN";

#[test]
fn figures_look_as_they_did_when_somebody_looked_at_them() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let golden: Vec<_> = cases::all().into_iter().filter(|(name, ..)| GOLDEN.contains(name)).collect();
    assert_eq!(golden.len(), GOLDEN.len(), "every name is that of a case");
    in_parallel(golden, |(name, figure, style)| {
        let light = show::svg(&figure, &style).unwrap();
        for (theme, document) in [("dark", picture::by_night(&light)), ("light", light)] {
            let path = folder.join(format!("{name}.{theme}.png"));
            let now = picture::small(&document);
            if std::env::var_os(RENEW).is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, picture::encode(&now)).unwrap();
            }
            let before = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; set {RENEW}=1 to draw it", path.display()));
            let difference = picture::difference(&picture::decode(&before), &now);
            assert!(difference < 12.0, "{name}.{theme} differs by {difference:.1}; look at it, then set {RENEW}=1");
        }
    });
}
