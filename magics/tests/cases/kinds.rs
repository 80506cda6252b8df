//! Figures of pairs, counts, years, places and projections.

use super::{area, grid, mapped, nino, noise, origin, rain, river, warm};
use sdap::figure::Figure;
use sdap::{BoundingBox, Grid, Origin, Points, Table, TableColumn, TimeSeries, Times, Value, Variable, column};
use sdap_magics::show::{self, ColourMap, Limits, Projection, Spacing, Style};

/// Samples at so many places about the Earth or a part of it, at two times each.
fn samples(west: f64, east: f64, n: usize, named: bool) -> Points {
    let at = |i: usize| i / 2;
    let lat = |i: usize| -50.0 + 100.0 * noise(at(i) * 3 + 1);
    let lon = |i: usize| west + (east - west) * noise(at(i) * 5 + 2);
    let key = (0..2 * n).map(|i| format!("gauge {}", at(i))).collect();
    let values = |seed: usize| column((0..2 * n).map(|i| 20.0 * noise(i + seed) + lat(i) / 5.0 + 12.0).collect::<Vec<_>>());
    Points {
        dataset: "SYNTHETIC_GAUGES".into(),
        time: Times::new((0..2 * n as i64).map(|i| 883_612_800 + i % 2 * 86_400).collect::<Vec<_>>()),
        lat: column((0..2 * n).map(lat).collect::<Vec<_>>()),
        lon: column((0..2 * n).map(lon).collect::<Vec<_>>()),
        elevation: None,
        variables: vec![
            Variable { name: "sea_surface_temperature".into(), units: "degree_Celsius".into(), values: values(4) },
            Variable { name: "sea_surface_salinity".into(), units: "1e-3".into(), values: values(9) },
        ],
        keys: if named { [("gauge".to_owned(), key)].into() } else { std::collections::BTreeMap::new() },
        origin: Origin { synthetic: true, ..Origin::default() },
    }
}

/// Two series of so many times that follow each other.
pub(crate) fn followers(n: usize) -> [TimeSeries; 2] {
    let times = || Times::new((0..n as i64).map(|i| i * 3600).collect::<Vec<_>>());
    let x: Vec<f64> = (0..n).map(|i| 4.0 * noise(i) + 3.0 * noise(i + 7) + 2.0 * noise(i * 3 + 1)).collect();
    let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 2.0 + 0.8 * x + 3.0 * noise(i * 11 + 5)).collect();
    [
        TimeSeries::of_values("BUOYS", "wind_speed", "m s-1", times(), x),
        TimeSeries::of_values("BUOYS", "sea_surface_wave_height", "m", times(), y),
    ]
}

fn scatters(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let log = Style { spacing: Spacing::Log, ..plain };
    let few = |n: usize| {
        let [x, y] = followers(n);
        show::scatter(&x, &y, None)
    };
    let coloured = {
        let [x, y] = followers(400);
        let colour = TimeSeries::of_values(
            "BUOYS",
            "air_temperature",
            "K",
            x.time.clone(),
            (0..400).map(|i| 270.0 + 30.0 * noise(i)).collect::<Vec<_>>(),
        );
        show::scatter(&x, &y, Some(&colour))
    };
    let powers = {
        let mut x = river("a", 3, 400);
        let mut y = river("b", 9, 400);
        (x.variable, x.units) = ("precipitation_amount".into(), "mm".into());
        y.mean = column(y.mean.iter().zip(&x.mean).map(|(y, x)| y * x * x * 1e-4).collect::<Vec<_>>());
        show::scatter(&x, &y, None)
    };
    let tiny = {
        let [mut x, mut y] = followers(50);
        x.mean = column(x.mean.iter().map(|v| v * 1e-9).collect::<Vec<_>>());
        y.mean = column(y.mean.iter().map(|v| v * 1e9).collect::<Vec<_>>());
        show::scatter(&x, &y, None)
    };
    let constant = TimeSeries::of_values("D", "sst", "degC", Times::new(vec![0, 3600]), [5.0, 5.0]);
    vec![
        ("scatter", show::scatter(&rain(), &river("river 17575859", 5, 730), None), plain),
        ("scatter-coloured", coloured, plain),
        ("scatter-small", few(120), small),
        ("scatter-log", powers, log),
        ("scatter-dense", few(20_000), plain),
        ("scatter-dense-small", few(6_000), small),
        ("scatter-tiny-huge", tiny, plain),
        ("scatter-one", few(1), plain),
        ("scatter-none", few(0), small),
        ("scatter-constant", show::scatter(&constant, &constant, None), plain),
        ("scatter-limits", few(500), Style { limits: Limits::new(4.0, 8.0), ..plain }),
    ]
}

fn histograms(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let of = |value: Value| show::histogram(&value).unwrap();
    let with = |values: Vec<f64>| {
        let times = Times::new((0..values.len() as i64).map(|i| i * 86_400).collect::<Vec<_>>());
        of(Value::Series(TimeSeries::of_values("D", "sst", "degree_Celsius", times, values)))
    };
    let world = grid((-90.0, 90.0, 90), (-180.0, 180.0, 180), warm);
    vec![
        ("histogram", of(Value::Grid(world)), plain),
        ("histogram-series", of(Value::Series(nino())), small),
        ("histogram-log", of(Value::Series(rain())), Style { spacing: Spacing::Log, ..plain }),
        ("histogram-constant", with(vec![5.0; 12]), plain),
        ("histogram-empty", with(vec![f64::NAN; 12]), plain),
        ("histogram-tiny", with((0..300).map(|i| 1e-9 * noise(i)).collect()), plain),
    ]
}

fn years(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let decade = {
        let mut s = river("1634000", 3, 3652);
        let warmth = |i: usize| 15.0 - 9.0 * (i as f64 / 58.1).cos() + 4.0 * noise(i) + i as f64 / 2000.0;
        (s.variable, s.units) = ("sea_surface_temperature".into(), "degree_Celsius".into());
        s.mean = column((0..3652).map(warmth).collect::<Vec<_>>());
        s.origin = origin(area(-170.0, -5.0, -120.0, 5.0), "1997-01-01/2006-12-31");
        s
    };
    let missing = TimeSeries { mean: column(vec![f64::NAN; 54]), ..nino() };
    vec![
        ("year", show::year(&decade), plain),
        ("year-months", show::year(&nino()), small),
        ("year-one", show::year(&river("a", 3, 200)), plain),
        ("year-log", show::year(&river("a", 3, 1500)), Style { spacing: Spacing::Log, ..plain }),
        ("year-missing", show::year(&missing), plain),
    ]
}

/// A polygon with a hole, and the box about it.
fn polygon() -> Figure {
    let Figure::Map(mut map) = show::region("", &area(-160.0, -20.0, -120.0, 30.0)) else { unreachable!() };
    map.title = "A triangle with a hole".into();
    map.polygons = vec![vec![
        vec![(-160.0, -20.0), (-120.0, -10.0), (-140.0, 30.0), (-160.0, -20.0)],
        vec![(-145.0, -5.0), (-135.0, -5.0), (-140.0, 8.0), (-145.0, -5.0)],
    ]];
    Figure::Map(map)
}

fn projections(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let world = || mapped(grid((-90.0, 90.0, 90), (-180.0, 180.0, 180), warm), BoundingBox::WORLD, |_| {});
    let pacific = || mapped(grid((-40.0, 50.0, 45), (110.0, 290.0, 90), warm), area(110.0, -40.0, -70.0, 50.0), |_| {});
    let town = || mapped(grid((33.6, 34.8, 10), (-118.7, -117.6, 8), |y, x| 3.0 * y + x), area(-118.7, 33.6, -117.6, 34.8), |_| {});
    let arctic = || mapped(grid((60.0, 90.0, 30), (-180.0, 180.0, 180), |y, _| y - 75.0), area(-180.0, 60.0, 180.0, 90.0), |_| {});
    let to_360 = || {
        mapped(
            grid((-60.0, 60.0, 49), (0.0, 360.0, 144), |y, x| (x / 30.0).sin() * (y / 25.0).cos()),
            area(-180.0, -60.0, 180.0, 60.0),
            |_| {},
        )
    };
    let nino = || show::region("Niño 3.4", &area(-170.0, -5.0, -120.0, 5.0));
    let fiji = || show::region("Fiji", &area(176.0, -20.0, -178.0, -15.0));
    let by = |projection, style| Style { projection, ..style };
    vec![
        ("robinson-world", world(), by(Projection::Robinson, plain)),
        ("robinson-pacific", pacific(), by(Projection::Robinson, plain)),
        ("robinson-small", world(), by(Projection::Robinson, small)),
        ("robinson-0-360", to_360(), by(Projection::Robinson, plain)),
        ("robinson-box", nino(), by(Projection::Robinson, plain)),
        ("polygon-globe", polygon(), by(Projection::Orthographic, plain)),
        ("polygon", polygon(), small),
        ("mercator-world", world(), by(Projection::Mercator, plain)),
        ("mercator-town", town(), by(Projection::Mercator, plain)),
        ("mercator-box", fiji(), by(Projection::Mercator, plain)),
        ("orthographic-world", world(), by(Projection::Orthographic, plain)),
        ("orthographic-pacific", pacific(), by(Projection::Orthographic, plain)),
        ("orthographic-arctic", arctic(), by(Projection::Orthographic, plain)),
        ("orthographic-town", town(), by(Projection::Orthographic, plain)),
        ("orthographic-box", nino(), by(Projection::Orthographic, plain)),
        ("orthographic-fiji-small", fiji(), by(Projection::Orthographic, small)),
    ]
}

fn places(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let missing = {
        let mut points = samples(10.0, 60.0, 8, true);
        points.variables[0].values = column(vec![f64::NAN; 16]);
        points
    };
    vec![
        ("stations", show::stations(&samples(150.0, 210.0, 14, true)), plain),
        ("stations-many", show::stations(&samples(-180.0, 180.0, 900, false)), plain),
        ("stations-crowd", show::stations(&samples(-180.0, 180.0, 5_200, false)), plain),
        ("stations-robinson", show::stations(&samples(-180.0, 180.0, 120, false)), Style { projection: Projection::Robinson, ..plain }),
        ("stations-globe", show::stations(&samples(100.0, 220.0, 60, false)), Style { projection: Projection::Orthographic, ..plain }),
        ("stations-one", show::stations(&samples(10.0, 60.0, 1, true)), small),
        ("stations-missing", show::stations(&missing), plain),
        ("stations-none", show::stations(&samples(10.0, 60.0, 0, true)), small),
        ("points-scatter", show::point_scatter(&samples(10.0, 60.0, 300, true)).unwrap(), plain),
    ]
}

/// Pairs of two datasets, of which the secondary was measured a little off.
pub(crate) fn matched(n: usize, off: f64) -> Table {
    let lat = |i: usize| 20.0 + 15.0 * noise(i * 3 + 1);
    let lon = |i: usize| 172.0 + 20.0 * noise(i * 5 + 2);
    let numbers =
        |name: &str, of: &dyn Fn(usize) -> f64| (name.to_owned(), TableColumn::Numbers(column((0..n).map(of).collect::<Vec<_>>())));
    let warmth = |i: usize| 30.0 - lat(i) / 3.0;
    Table {
        title: "SATELLITE_SST matched with SHIPS".into(),
        columns: vec![
            numbers("primary lat [degrees_north]", &lat),
            numbers("primary lon [degrees_east]", &lon),
            numbers("primary sea_surface_temperature [degree_Celsius]", &|i| warmth(i) + noise(i) - 0.4),
            numbers("secondary lat [degrees_north]", &|i| lat(i) + off * (noise(i + 50) - 0.5)),
            numbers("secondary lon [degrees_east]", &|i| lon(i) + off * (noise(i + 90) - 0.5)),
            numbers("secondary sea_water_temperature [degree_Celsius]", &|i| {
                if i == 3 { f64::NAN } else { warmth(i) + noise(i + 7) / 2.0 }
            }),
        ],
        origin: Origin { synthetic: true, ..Origin::default() },
    }
}

fn matchups(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let map = |n, off, colour| show::Matchup::of(&matched(n, off)).unwrap().map(colour);
    let globe = Style { projection: Projection::Orthographic, ..plain };
    vec![
        ("matchup", map(24, 3.0, show::Colour::Difference), plain),
        ("matchup-value", map(24, 3.0, show::Colour::Primary), small),
        ("matchup-near", map(400, 0.01, show::Colour::Difference), plain),
        ("matchup-globe", map(60, 3.0, show::Colour::Difference), globe),
        ("matchup-none", map(0, 3.0, show::Colour::Difference), small),
        ("matchup-scatter", show::Matchup::of(&matched(300, 0.1)).unwrap().scatter().unwrap(), plain),
        ("matchup-histogram", show::histogram(&Value::Table(matched(300, 0.1))).unwrap(), plain),
    ]
}

/// So many rows and columns of numbers, and what the rows are called.
fn rows_and_columns(rows: usize, columns: usize, units: &str, value: impl Fn(usize, usize) -> f64) -> Figure {
    let words = |i: usize| format!("{} {i}", ["river", "the other river with the longer name, below its northern fork", "creek"][i % 3]);
    let mut all = vec![("name".to_owned(), TableColumn::Text((0..rows).map(words).collect()))];
    all.extend((0..columns).map(|c| {
        let numbers = (0..rows).map(|r| value(r, c)).collect::<Vec<_>>();
        (format!("{} {c} [{units}]", ["gauge", "a gauge with a name"][c % 2]), TableColumn::Numbers(column(numbers)))
    }));
    show::heatmap(&Value::Table(Table { title: "rows and columns".into(), columns: all, origin: Origin::default() })).unwrap()
}

fn heatmaps(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let wavy = |r: usize, c: usize| if (r + c) % 17 == 5 { f64::NAN } else { (r as f64 / 3.0).sin() * 20.0 + c as f64 };
    let monthly = (0..1200).map(|i| 80.0 * noise(i)).collect::<Vec<_>>();
    let century = TimeSeries::of_values("RAIN", "precipitation_amount", "mm", super::months(1900, 1200), monthly);
    let series = |s: TimeSeries| show::heatmap(&Value::Series(s)).unwrap();
    vec![
        ("heatmap-months", series(nino()), plain),
        ("heatmap-century", series(century), plain),
        ("heatmap", rows_and_columns(9, 7, "m3 s-1", wavy), plain),
        ("heatmap-wide", rows_and_columns(5, 60, "mm", wavy), plain),
        ("heatmap-small", rows_and_columns(30, 12, "mm", wavy), small),
        ("heatmap-one", rows_and_columns(1, 1, "mm", |_, _| 5.0), small),
        ("heatmap-missing", rows_and_columns(3, 4, "mm", |_, _| f64::NAN), small),
        ("heatmap-large", rows_and_columns(200, 150, "kg m-2 s-1", |r, c| 1e-9 * wavy(r, c)), plain),
    ]
}

fn options(plain: Style) -> Vec<(&'static str, Figure, Style)> {
    let belt = || grid((-30.0, 30.0, 30), (150.0, 260.0, 55), warm);
    let other = Grid { dataset: "OTHER_SST".into(), values: belt().values.mapv(|v| v * 0.98 + 0.4).into(), ..belt() };
    let difference = show::difference(["a", "b"], &belt(), &other).unwrap();
    let dateline = area(150.0, -30.0, -100.0, 30.0);
    let rainy = |g: &mut Grid| {
        (g.variable, g.units) = ("precipitation_amount".into(), "mm".into());
        g.values.mapv_inplace(|v| 10f64.powf((v - 20.0) / 3.0));
    };
    let chosen = Style { limits: Limits::new(24.0, 28.0), colours: ColourMap::named("matter_r"), ..plain };
    vec![
        ("difference", mapped(difference, dateline, |_| {}), plain),
        ("map-limits", mapped(belt(), dateline, |_| {}), chosen),
        ("map-log", mapped(belt(), dateline, rainy), Style { spacing: Spacing::Log, ..plain }),
        ("line-log", show::series(&river("a", 3, 730)), Style { spacing: Spacing::Log, ..plain }),
        ("line-limits", show::series(&rain()), Style { limits: Limits::new(5.0, 20.0), ..plain }),
        ("hovmoller-limits", show::hovmoller(&super::hovmoller(sdap::Axis::Latitude)), Style { limits: Limits::new(26.0, 28.0), ..plain }),
    ]
}

/// Every figure of these kinds by name, with its style.
pub(crate) fn all(plain: Style, small: Style) -> Vec<(&'static str, Figure, Style)> {
    let groups = [
        scatters(plain, small),
        histograms(plain, small),
        years(plain, small),
        projections(plain, small),
        places(plain, small),
        options(plain),
        matchups(plain, small),
        heatmaps(plain, small),
    ];
    groups.into_iter().flatten().collect()
}
