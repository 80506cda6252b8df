//! Figures to look at and to test: each kind with kind data, and with ugly data.

use sdap::figure::{Figure, Line, LineFigure, MapFigure, Quantity, Side};
use sdap::{Axis, BoundingBox, Grid, Hovmoller, Origin, Period, SeriesGroup, TimeSeries, Times, column, plane};
use sdap_magics::show::{self, Style};

pub(crate) mod kinds;
pub(crate) mod picture;

/// The font of every figure.
pub(crate) static FONT: &[u8] = include_bytes!("../../assets/DejaVuSans-subset.ttf");

/// How wide a text is, by the font's own advances.
pub(crate) fn text_width(text: &str, size: f64) -> f64 {
    use ab_glyph::{Font, FontRef};
    static FACE: std::sync::LazyLock<FontRef<'static>> = std::sync::LazyLock::new(|| FontRef::try_from_slice(FONT).unwrap());
    let units = f64::from(FACE.units_per_em().unwrap());
    text.chars().map(|c| f64::from(FACE.h_advance_unscaled(FACE.glyph_id(c))) / units * size).sum()
}

const DAY: i64 = 86_400;

/// Seconds of a date-time such as `1998-01-01T00:00:00Z`.
fn at(text: &str) -> i64 {
    text.parse::<sdap::chrono::DateTime<sdap::chrono::Utc>>().unwrap().timestamp()
}

/// `n` times from a start, `step` seconds apart.
fn times(start: &str, step: i64, n: usize) -> Times {
    Times::new((0..n as i64).map(|i| at(start) + i * step).collect::<Vec<_>>())
}

/// The middles of `n` months from January of a year.
fn months(year: i32, n: usize) -> Times {
    let month = |i: usize| at(&format!("{:04}-{:02}-16T00:00:00Z", year + i as i32 / 12, i % 12 + 1));
    Times::new((0..n).map(month).collect::<Vec<_>>())
}

/// A number in 0..1 that looks random and is always the same.
fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898).sin() * 43758.5453;
    x - x.floor()
}

fn area(west: f64, south: f64, east: f64, north: f64) -> BoundingBox {
    BoundingBox::new(west, south, east, north).unwrap()
}

fn origin(area: BoundingBox, period: &str) -> Origin {
    let (start, end) = period.split_once('/').unwrap();
    let period = Period::new(format!("{start}T00:00:00Z").parse().unwrap(), format!("{end}T23:59:59Z").parse().unwrap()).unwrap();
    Origin { server: "embedded".into(), area: Some(area), period: Some(period), ..Origin::default() }
}

/// A monthly series with spread.
pub(crate) fn nino() -> TimeSeries {
    let n = 54;
    let wave = |i: usize| 27.0 + 1.4 * (i as f64 / 8.5).sin() + 0.4 * noise(i);
    let mut s = TimeSeries::of_values(
        "OSTIA_SST_MONTHLY_TROPICS",
        "sea_surface_temperature",
        "degree_Celsius",
        months(2006, n),
        (0..n).map(wave).collect::<Vec<_>>(),
    );
    s.standard_deviation = column((0..n).map(|i| 0.4 + 0.3 * noise(i + 99)).collect::<Vec<_>>());
    s.minimum = column((0..n).map(|i| wave(i) - 1.2).collect::<Vec<_>>());
    s.maximum = column((0..n).map(|i| wave(i) + 1.2).collect::<Vec<_>>());
    s.count = column(vec![1080.0; n]);
    s.origin = origin(area(-170.0, -5.0, -120.0, 5.0), "2006-01-01/2010-06-30");
    s
}

/// A daily series of rain, synthetic, with spikes.
pub(crate) fn rain() -> TimeSeries {
    let storm = |i: usize| if noise(i) > 0.93 { 40.0 * noise(i + 7) } else { 0.0 };
    let mut s = TimeSeries::of_values(
        "SYNTHETIC_LA_PRECIP_DAILY",
        "precipitation_amount",
        "mm",
        times("1997-01-01T00:00:00Z", DAY, 730),
        (0..730).map(storm).collect::<Vec<_>>(),
    );
    s.origin = Origin { synthetic: true, ..origin(area(-118.7, 33.6, -117.6, 34.8), "1997-01-01/1998-12-31") };
    s
}

/// Daily discharge of one river.
pub(crate) fn river(name: &str, seed: usize, days: usize) -> TimeSeries {
    let mut level = 0.0;
    let mut flow = |i: usize| {
        level = level * 0.93 + if noise(i * 7 + seed) > 0.95 { 30.0 * noise(i + seed) } else { 0.0 };
        level + 0.5
    };
    let values: Vec<f64> = (0..days).map(&mut flow).collect();
    let mut s =
        TimeSeries::of_values(name, "water_volume_transport_in_river_channel", "m3 s-1", times("1997-01-01T00:00:00Z", DAY, days), values);
    s.origin = Origin { synthetic: true, ..origin(area(-118.7, 33.6, -117.6, 34.8), "1997-01-01/1998-12-31") };
    s
}

/// The rivers of the tour.
pub(crate) fn rivers() -> SeriesGroup {
    let names = ["17575859", "17574289", "17575711", "17574677", "17574823", "948070361", "22560728", "22560730", "22560738"];
    let series: Vec<TimeSeries> = names.iter().enumerate().map(|(i, n)| river(n, i * 31, 730)).collect();
    let title = "SYNTHETIC_LA_RIVERS_DAILY".to_owned();
    SeriesGroup { origin: Origin { title, ..series[0].origin.clone() }, series, regression: None }
}

/// Rain against discharge.
pub(crate) fn pair() -> SeriesGroup {
    SeriesGroup { series: vec![rain(), river("river 17575859", 5, 730)], regression: None, origin: rain().origin }
}

fn lines(title: &str, left: &str, lines: Vec<Line>) -> Figure {
    Figure::Lines(LineFigure { title: title.into(), subtitle: String::new(), left: left.into(), right: String::new(), lines })
}

fn wave(n: usize, low: f64, high: f64) -> Vec<f64> {
    (0..n).map(|i| low + (high - low) * (0.5 + 0.5 * (i as f64 / 9.0).sin())).collect()
}

/// A grid from edges, with one value by latitude and longitude.
pub(crate) fn grid(lat: (f64, f64, usize), lon: (f64, f64, usize), value: impl Fn(f64, f64) -> f64) -> Grid {
    let axis = |(from, to, n): (f64, f64, usize)| (0..n).map(move |i| from + (to - from) * (i as f64 + 0.5) / n as f64).collect::<Vec<_>>();
    let (lat, lon) = (axis(lat), axis(lon));
    let values: Vec<f64> = lat.iter().flat_map(|y| lon.iter().map(|x| value(*y, *x))).collect();
    Grid {
        dataset: "COADS_CLIMATOLOGY".into(),
        variable: "sea_surface_temperature".into(),
        statistic: "mean".into(),
        units: "degree_Celsius".into(),
        count: plane(lat.len(), vec![12.0; values.len()]),
        values: plane(lat.len(), values),
        lat: column(lat),
        lon: column(lon),
        origin: Origin::default(),
    }
}

fn warm(lat: f64, lon: f64) -> f64 {
    if noise((lat * 3.0 + lon * 7.0) as usize + 1) > 0.97 { f64::NAN } else { 29.0 - (lat / 9.0).powi(2) / 3.0 + 2.0 * (lon / 40.0).sin() }
}

fn mapped(mut grid: Grid, area: BoundingBox, change: impl FnOnce(&mut Grid)) -> Figure {
    grid.origin = origin(area, "1998-01-01/1998-12-31");
    change(&mut grid);
    show::grid(&grid)
}

/// A Hovmöller diagram along one axis.
pub(crate) fn hovmoller(axis: Axis) -> Hovmoller {
    let (n, m) = (54, 60);
    let coordinate: Vec<f64> = match axis {
        Axis::Longitude => (0..m).map(|i| 150.0 + 2.0 * i as f64).collect(),
        Axis::Latitude => (0..m).map(|i| -30.0 + i as f64).collect(),
    };
    let values: Vec<f64> = (0..n).flat_map(|t| (0..m).map(move |c| 27.0 + (t as f64 / 6.0 + c as f64 / 12.0).sin() * 2.0)).collect();
    let p = |v: f64| plane(n, vec![v; n * m]);
    Hovmoller {
        dataset: "OSTIA_SST_MONTHLY_TROPICS".into(),
        variable: "sea_surface_temperature".into(),
        units: "degree_Celsius".into(),
        axis,
        time: months(2006, n),
        coordinate: column(coordinate),
        mean: plane(n, values),
        standard_deviation: p(0.1),
        minimum: p(25.0),
        maximum: p(29.0),
        count: p(10.0),
        origin: origin(area(150.0, -5.0, -92.0, 5.0), "2006-01-01/2010-06-30"),
    }
}

/// Every figure by name, with its style.
pub(crate) fn all() -> Vec<(&'static str, Figure, Style)> {
    let plain = Style::default();
    let small = Style { width: 360, height: 220, ..plain };
    let wide = Style { width: 1200, height: 360, ..plain };
    let mut cases = good_lines(plain);
    cases.extend(ugly_lines(plain, small, wide));
    cases.extend(maps(plain, small, wide));
    cases.extend(kinds::all(plain, small));
    cases.push(("hovmoller-longitude", show::hovmoller(&hovmoller(Axis::Longitude)), plain));
    cases.push(("hovmoller-latitude", show::hovmoller(&hovmoller(Axis::Latitude)), plain));
    cases.push(("hovmoller-small", show::hovmoller(&hovmoller(Axis::Longitude)), small));
    cases
}

fn good_lines(plain: Style) -> Vec<(&'static str, Figure, Style)> {
    let errors = {
        let Figure::Lines(mut f) = show::series(&nino()) else { unreachable!() };
        f.lines[0].errors = Some(show::error_bars(&nino(), 4));
        Figure::Lines(f)
    };
    let band = {
        let (s, Figure::Lines(mut f)) = (nino(), show::series(&nino())) else { unreachable!() };
        f.lines[0].band = Some((s.minimum.clone(), s.maximum.clone()));
        Figure::Lines(f)
    };
    vec![
        ("line", show::series(&nino()), plain),
        ("line-rain", show::series(&rain()), plain),
        ("rivers", show::group(&rivers()), plain),
        ("two-axes", show::group(&pair()), plain),
        ("error-bars", errors, plain),
        ("band", band, plain),
    ]
}

fn ugly_lines(plain: Style, small: Style, wide: Style) -> Vec<(&'static str, Figure, Style)> {
    let year = || times("1998-01-01T00:00:00Z", DAY, 365);
    let one = |values: Vec<f64>| vec![Line::new("a", times("1998-01-01T00:00:00Z", DAY, values.len()), column(values))];
    let long = "A title that goes on and on about the mean daily discharge of all rivers of the county of Los Angeles between the first storms of 1997 and the last of 1998, as anybody would write it";
    let named = |i: usize| {
        let name = format!(
            "{} number {i}, a gauge below the confluence with its northern fork",
            ["River", "The other river with the longer name", "Creek"][i % 3]
        );
        Line::new(name, year(), column(wave(365, i as f64, i as f64 + 6.0)))
    };
    let gaps: Vec<f64> = (0..80).map(|i| if i % 13 > 8 && i % 13 != 10 { f64::NAN } else { (f64::from(i) / 7.0).cos() }).collect();
    let negative = Figure::Lines(LineFigure {
        title: "Signed on both sides".into(),
        subtitle: "left in thousandths, right in thousand millions".into(),
        left: "small (10⁻³ kg m⁻² s⁻¹), a quantity whose title is much longer than the plot is high and must wrap".into(),
        right: "large (W)".into(),
        lines: vec![
            Line::new("small", year(), column(wave(365, -2e-9, 1e-9))),
            Line { side: Side::Right, ..Line::new("large", year(), column(wave(365, -1e9, 3e9))) },
            Line { side: Side::Right, ..Line::new("large", year(), column(wave(365, -2e9, 1e9))) },
        ],
    });
    let many: Vec<Line> =
        (0..60).map(|i| Line::new(format!("division {i}"), year(), column(wave(365, f64::from(i), f64::from(i) + 3.0)))).collect();
    vec![
        ("ten-long-names", lines(long, "discharge (m³ s⁻¹)", (0..10).map(named).collect()), plain),
        ("ten-long-names-small", lines(long, "discharge (m³ s⁻¹)", (0..10).map(named).collect()), small),
        ("sixty-lines", lines("Sixty lines", "rain (mm)", many), plain),
        ("tiny", lines("Tiny numbers", "flux (kg m⁻² s⁻¹)", one(wave(200, 1e-9, 4e-9))), plain),
        ("huge", lines("Huge numbers", "power (W)", one(wave(200, 1e9, 4e9))), plain),
        ("huge-close", lines("Huge numbers, nearly the same", "count", one(wave(200, 1e9, 1e9 + 4.0))), plain),
        ("signed-two-axes", negative, plain),
        ("gaps", lines("Gaps and lone points", "index", one(gaps)), plain),
        (
            "hours",
            lines(
                "Three days of hours",
                "wind (m s⁻¹)",
                vec![Line::new("a", times("1995-03-17T15:00:00Z", 3600, 72), column(wave(72, 0.0, 9.0)))],
            ),
            plain,
        ),
        (
            "minutes-small",
            lines("Half an hour", "wind (m s⁻¹)", vec![Line::new("a", times("1995-03-17T23:45:00Z", 60, 31), column(wave(31, 0.0, 9.0)))]),
            small,
        ),
        (
            "century",
            lines(
                "A hundred and twenty years",
                "precipitation (mm)",
                vec![Line::new("a", months(1895, 1440), column((0..1440).map(|i| 80.0 * noise(i)).collect::<Vec<_>>()))],
            ),
            wide,
        ),
        ("decade-daily", show::series(&river("1634000", 3, 3653)), plain),
        ("one-point", lines("One point", "sst (°C)", one(vec![27.0])), plain),
        ("two-points", lines("Two points", "sst (°C)", one(vec![27.0, 28.0])), small),
        ("constant", lines("Constant", "sst (°C)", one(vec![5.0; 40])), plain),
        ("all-missing", lines("Nothing but gaps", "sst (°C)", one(vec![f64::NAN; 40])), plain),
        ("no-points", lines("No points", "sst (°C)", one(vec![])), plain),
        ("no-lines", lines("No lines", "", vec![]), small),
        (
            "markup",
            lines(
                "<b>R&D</b> \"quotes\" — 中文 \u{7}",
                "a < b & c",
                vec![
                    Line::new("<script>alert(1)</script>", year(), column(wave(365, 0.0, 1.0))),
                    Line::new("<script>alert(1)</script>", year(), column(wave(365, 1.0, 2.0))),
                ],
            ),
            plain,
        ),
    ]
}

fn maps(plain: Style, small: Style, wide: Style) -> Vec<(&'static str, Figure, Style)> {
    let world = || grid((-90.0, 90.0, 90), (-180.0, 180.0, 180), warm);
    let belt = || grid((-5.0, 4.44, 18), (-180.0, 180.0, 432), warm);
    let zero_to_360 = || grid((-60.0, 60.0, 49), (0.0, 360.0, 144), |y, x| 8.0 * (x / 30.0).sin() * (y / 25.0).cos());
    let dateline = || grid((-20.0, 20.0, 40), (150.0, 240.0, 90), warm);
    let empty = || grid((0.0, 10.0, 10), (0.0, 20.0, 20), |_, _| f64::NAN);
    let rain = |g: &mut Grid| {
        g.dataset = "NCLIMDIV_PRECIP_MONTHLY".into();
        g.variable = "precipitation_amount".into();
        g.units = "mm".into();
    };
    let wind = |g: &mut Grid| {
        g.dataset = "FNOC_WIND_MONTHLY".into();
        g.variable = "eastward_wind".into();
        g.units = "m s-1".into();
    };
    let los_angeles = || {
        grid((33.6, 34.8, 10), (-118.7, -117.6, 8), |y, x| {
            if x < -118.4 && y < 34.0 { f64::NAN } else { 60.0 + 200.0 * noise((x * y) as i64 as usize) + 3.0 * y }
        })
    };
    let spiky = || {
        grid((-40.0, 40.0, 40), (-30.0, 60.0, 45), |y, x| {
            if (y - 1.0).abs() < 1.1 && (x - 1.0).abs() < 3.0 { 9e3 * x.signum() } else { 20.0 + y / 10.0 }
        })
    };
    let regions = Figure::Map(MapFigure {
        title: "The Niño regions".into(),
        subtitle: "and a box across the antimeridian".into(),
        extent: area(120.0, -30.0, -70.0, 30.0),
        cells: None,
        quantity: Quantity::Other,
        scale: String::new(),
        stations: None,
        boxes: vec![
            ("Niño 4".into(), area(160.0, -5.0, -150.0, 5.0)),
            ("Niño 3.4".into(), area(-170.0, -5.0, -120.0, 5.0)),
            ("Niño 3".into(), area(-150.0, -5.0, -90.0, 5.0)),
            ("Niño 1+2".into(), area(-90.0, -10.0, -80.0, 0.0)),
        ],
        polygons: Vec::new(),
    });
    vec![
        ("map-world", mapped(world(), BoundingBox::WORLD, |_| {}), plain),
        ("map-world-small", mapped(world(), BoundingBox::WORLD, |_| {}), small),
        ("map-belt", mapped(belt(), area(-180.0, -5.0, 180.0, 4.44), |_| {}), wide),
        ("map-0-360", mapped(zero_to_360(), area(-180.0, -60.0, 180.0, 60.0), wind), plain),
        ("map-dateline", mapped(dateline(), area(150.0, -20.0, -120.0, 20.0), |_| {}), plain),
        (
            "map-los-angeles",
            mapped(los_angeles(), area(-118.7, 33.6, -117.6, 34.8), |g| {
                rain(g);
                g.origin.synthetic = true;
            }),
            plain,
        ),
        ("map-stretched", mapped(spiky(), area(-30.0, -40.0, 60.0, 40.0), |_| {}), plain),
        (
            "map-correlation",
            mapped(dateline(), area(150.0, -20.0, -120.0, 20.0), |g| {
                g.statistic = "correlation".into();
                g.units = "1".into();
                g.values.mapv_inplace(|v| (v / 3.0).sin());
            }),
            plain,
        ),
        ("map-one-cell", mapped(grid((10.0, 11.0, 1), (20.0, 21.0, 1), |_, _| 5.0), area(20.0, 10.0, 21.0, 11.0), rain), plain),
        (
            "map-polar",
            mapped(grid((70.0, 90.0, 20), (-180.0, 180.0, 180), |y, _| y - 80.0), area(-180.0, 70.0, 180.0, 90.0), |_| {}),
            plain,
        ),
        ("map-empty", mapped(empty(), area(0.0, 0.0, 20.0, 10.0), |_| {}), plain),
        ("map-tall", mapped(grid((-56.0, -17.0, 39), (-76.0, -66.0, 10), warm), area(-76.0, -56.0, -66.0, -17.0), |_| {}), plain),
        (
            "map-tiny-numbers",
            mapped(dateline(), area(150.0, -20.0, -120.0, 20.0), |g| {
                g.values.mapv_inplace(|v| v * 1e-9);
                g.variable = "surface_downward_flux_of_something_with_a_long_name".into();
                g.units = "kg m-2 s-1".into();
            }),
            plain,
        ),
        ("regions", regions, plain),
        ("region-nino34", show::region("Niño 3.4", &area(-170.0, -5.0, -120.0, 5.0)), plain),
        ("region-dateline", show::region("Fiji", &area(176.0, -20.0, -178.0, -15.0)), plain),
        ("region-polar", show::region("Arctic", &area(-180.0, 66.5, 180.0, 90.0)), plain),
        ("region-point", show::region("A point with quite a long name for its size", &area(10.0, 45.0, 10.0, 45.0)), small),
        ("region-los-angeles", show::region("los_angeles", &area(-118.7, 33.6, -117.6, 34.8)), plain),
    ]
}
