//! Match-ups against the plainest computation there is: every primary with every secondary.

mod made;
#[path = "made/points.rs"]
mod points;

use geographiclib_rs::{Geodesic, InverseGeodesic};
use made::Made;
use points::Point;
use proptest::prelude::*;
use sdap::{BoundingBox, Period, Table, TableColumn};
use sdap_engine::{Catalogue, Engine, Limits};
use sdap_nexus::request::{JobStatus, MatchupRequest};
use sdap_nexus::{Error, Missing, Nexus};
use std::sync::LazyLock;
use std::time::Duration;

const DAY: i64 = 86_400;

/// The numbers of a column of the table.
fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match table.column(name) {
        Some(TableColumn::Numbers(values)) => values.to_vec(),
        other => panic!("{name} is {}, of {table:?}", if other.is_some() { "no column of numbers" } else { "not there" }),
    }
}

fn times(table: &Table, name: &str) -> Vec<i64> {
    match table.column(name) {
        Some(TableColumn::Times(times)) => times.seconds().to_vec(),
        _ => panic!("{name} holds no times, of {table:?}"),
    }
}

fn texts(table: &Table, name: &str) -> Vec<String> {
    match table.column(name) {
        Some(TableColumn::Text(texts)) => texts.clone(),
        _ => panic!("{name} holds no text, of {table:?}"),
    }
}

/// One row: time, place and value of either side, with the bits of numbers so that they can be put in order.
type Row = [i64; 8];

fn row(primary: &Point, secondary: &Point) -> Row {
    let bits = |n: f64| n.to_bits() as i64;
    let of = |p: &Point| [p.time, bits(p.lat), bits(p.lon), bits(p.value)];
    let (first, second) = (of(primary), of(secondary));
    std::array::from_fn(|at| if at < 4 { first[at] } else { second[at - 4] })
}

fn rows(table: &Table) -> Vec<Row> {
    let side = |whose: &str| {
        let column = |name: &str| numbers(table, &format!("{whose} {name}"));
        let places = column("lat [degrees_north]").into_iter().zip(column("lon [degrees_east]"));
        let values = times(table, &format!("{whose} time")).into_iter().zip(column("v [K]"));
        places.zip(values).map(|((lat, lon), (time, value))| Point { time, lat, lon, value }).collect::<Vec<_>>()
    };
    let mut rows: Vec<Row> = side("primary").iter().zip(&side("secondary")).map(|(a, b)| row(a, b)).collect();
    rows.sort_unstable();
    rows
}

fn apart(a: &Point, b: &Point) -> f64 {
    static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);
    WGS84.inverse(a.lat, a.lon, b.lat, b.lon)
}

/// All pairs that the question means, found by asking of each in turn.
fn expected(request: &MatchupRequest, primaries: &[Point], secondaries: &[Point]) -> Vec<Row> {
    let mut all = Vec::new();
    for primary in primaries {
        if primary.value.is_nan() || !request.area.contains(primary.lat, primary.lon) || !request.period.contains(primary.time) {
            continue;
        }
        let mut own: Vec<(f64, i64, &Point)> = secondaries
            .iter()
            .map(|s| (apart(primary, s), (s.time - primary.time).abs(), s))
            .filter(|(metres, later, s)| !s.value.is_nan() && *metres <= request.radius && *later <= request.tolerance as i64)
            .collect();
        if request.once {
            let nearest = |own: &mut Vec<(f64, i64, &Point)>| {
                let least = own.iter().map(|o| o.0).fold(f64::INFINITY, f64::min);
                own.retain(|o| o.0 < least + 1e-3);
            };
            let soonest = |own: &mut Vec<(f64, i64, &Point)>| {
                let least = own.iter().map(|o| o.1).min();
                own.retain(|o| Some(o.1) == least);
            };
            if request.distance_first {
                nearest(&mut own);
                soonest(&mut own);
            } else {
                soonest(&mut own);
                nearest(&mut own);
            }
        }
        all.extend(own.into_iter().map(|(_, _, secondary)| row(primary, secondary)));
    }
    all.sort_unstable();
    all
}

/// Something to be matched.
#[derive(Clone, Debug)]
enum Set {
    Points(Vec<Point>),
    /// Times, latitudes, longitudes, and values by time, latitude, longitude.
    Grid(Vec<i64>, Vec<f32>, Vec<f32>, Vec<f32>),
}

impl Set {
    fn points(&self) -> Vec<Point> {
        match self {
            Self::Points(points) => points.clone(),
            Self::Grid(time, lat, lon, values) => {
                let at = |(nth, value): (usize, &f32)| Point {
                    time: time[nth / (lat.len() * lon.len())],
                    lat: f64::from(lat[nth / lon.len() % lat.len()]),
                    lon: f64::from(lon[nth % lon.len()]),
                    value: f64::from(*value),
                };
                values.iter().enumerate().map(at).collect()
            }
        }
    }

    fn add(&self, folder: &std::path::Path, catalogue: &Catalogue, name: &str) {
        let path = match self {
            Self::Points(points) => {
                let path = folder.join(format!("{name}.csv"));
                points::write(points, &path);
                path
            }
            Self::Grid(time, lat, lon, values) => {
                let made = Made { time: time.clone(), lat: lat.clone(), lon: lon.clone(), values: values.clone(), chunks: [2, 2, 3] };
                made.write(&folder.join(name));
                folder.join(name)
            }
        };
        catalogue.add(path, name).unwrap();
    }
}

fn wrapped(lon: f64) -> f64 {
    if lon > 180.0 { lon - 360.0 } else { lon }
}

/// A value: missing now and then, and zero now and then.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(f64::NAN), 1 => Just(0.0), 4 => (0..1000_i32).prop_map(f64::from)]
}

/// Points or a small grid around a place.
fn set(lat: f64, lon: f64) -> impl Strategy<Value = Set> {
    let point = (0..5 * DAY, -15..=15_i32, -30..=30_i32, value());
    let points = prop::collection::vec(point, 1..25).prop_map(move |all| {
        let place = |(time, y, x, value)| Point {
            time,
            lat: (lat + f64::from(y) / 10.0).clamp(-90.0, 90.0),
            lon: wrapped(lon + f64::from(x) / 10.0),
            value,
        };
        Set::Points(all.into_iter().map(place).collect())
    });
    let grid = (1..4_usize, 1..5_usize, 1..6_usize, prop::collection::vec(value(), 60)).prop_map(move |(times, rows, columns, values)| {
        let time = (0..times as i64).map(|day| day * DAY + DAY / 2).collect();
        let lats = (0..rows).map(|row| (lat + row as f64 * 0.5).min(90.0) as f32 - if lat + rows as f64 * 0.5 > 90.0 { 2.5 } else { 0.0 });
        let lons = (0..columns).map(|column| wrapped(lon + column as f64 * 0.5 - 1.0) as f32);
        let values = values[..times * rows * columns].iter().map(|v| *v as f32).collect();
        Set::Grid(time, lats.collect(), lons.collect(), values)
    });
    prop_oneof![points, grid]
}

fn case() -> impl Strategy<Value = (Set, Set, MatchupRequest)> {
    let places = prop::sample::select(vec![(0.0, 0.0), (-3.0, 179.0), (89.0, 10.0), (-89.5, -100.0), (60.0, 179.9), (42.0, -70.0)]);
    let sets = places.prop_flat_map(|(lat, lon)| (set(lat, lon), set(lat, lon), Just((lat, lon))));
    let options = (0..200_000_u32, 0..3 * DAY as u64, any::<bool>(), any::<bool>(), 0..3_u8);
    (sets, options).prop_map(|((primary, secondary, (lat, lon)), (radius, tolerance, once, distance_first, narrow))| {
        let area = if narrow == 0 {
            BoundingBox::WORLD
        } else {
            // Across whatever is there, cutting through the points, with no edge on any of them.
            let (south, north) = ((lat - 1.03_f64).max(-90.0), (lat + 0.53_f64).min(90.0));
            BoundingBox::new(wrapped(lon + 0.03), south, wrapped(lon + 2.03), north).unwrap()
        };
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let request = MatchupRequest {
            primary: "P".into(),
            secondary: "S".into(),
            parameter: None,
            area,
            period: if narrow == 2 { Period::new(at(DAY), at(3 * DAY)) } else { Period::new(at(0), at(10 * DAY)) }.unwrap(),
            radius: f64::from(radius),
            tolerance,
            platforms: "1".into(),
            depths: None,
            once,
            distance_first,
        };
        (primary, secondary, request)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn a_match_up_is_every_pair_within_reach(case in case()) {
        let (primary, secondary, request) = case;
        let (folder, catalogue) = (tempfile::tempdir().unwrap(), Catalogue::default());
        primary.add(folder.path(), &catalogue, "P");
        secondary.add(folder.path(), &catalogue, "S");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let expected = expected(&request, &primary.points(), &secondary.points());
        match runtime.block_on(Engine::with_catalogue(catalogue).matchup(&request)) {
            Ok(table) => {
                prop_assert_eq!(rows(&table), expected);
                let (metres, later) = (numbers(&table, "distance [m]"), numbers(&table, "time difference [s]"));
                prop_assert!(metres.iter().all(|m| (0.0..=request.radius).contains(m)));
                let differences = times(&table, "secondary time").into_iter().zip(times(&table, "primary time")).map(|(s, p)| (s - p) as f64);
                prop_assert_eq!(later, differences.collect::<Vec<_>>());
            }
            Err(Error::NoData { .. }) => prop_assert!(expected.is_empty(), "no data, where {} pairs were expected", expected.len()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }
}

fn drifters(once: bool) -> MatchupRequest {
    MatchupRequest {
        primary: "SYNTHETIC_DRIFTER_SST".into(),
        secondary: "OSTIA_SST_MONTHLY_TROPICS".into(),
        parameter: None,
        area: BoundingBox::new(160.0, -5.0, -90.0, 5.0).unwrap(),
        period: Period::new("2009-01-01T00:00:00Z".parse().unwrap(), "2009-12-31T23:59:59Z".parse().unwrap()).unwrap(),
        radius: 60_000.0,
        tolerance: 16 * DAY as u64,
        platforms: "SYNTH".into(),
        depths: None,
        once,
        distance_first: true,
    }
}

#[tokio::test]
async fn drifters_match_the_analysis_that_they_were_made_from() {
    let table = Engine::demo().matchup(&drifters(true)).await.unwrap();
    assert!(table.len() > 300, "{}", table.len());
    let (measured, analysed) = (
        numbers(&table, "primary sea_water_temperature [degree_Celsius]"),
        numbers(&table, "secondary sea_surface_temperature [degree_Celsius]"),
    );
    let differences: Vec<f64> = measured.iter().zip(&analysed).map(|(a, b)| a - b).collect();
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    let spread = (differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / differences.len() as f64).sqrt();
    assert!(mean.abs() < 0.05 && (0.3..0.4).contains(&spread), "their noise is 0.35 degrees: {mean} ± {spread}");
    assert!(texts(&table, "primary platform").iter().all(|platform| platform.starts_with("SYNTH-")));
    assert!(table.origin.synthetic, "what is matched with invented points is said to be synthetic");
    assert_eq!(table.title, "SYNTHETIC_DRIFTER_SST matched with OSTIA_SST_MONTHLY_TROPICS");
    let all = Engine::demo().matchup(&drifters(false)).await.unwrap();
    assert!(all.len() > table.len() && times(&all, "primary time").is_sorted());
}

#[tokio::test]
async fn questions_without_an_answer_are_explained() {
    let ask = async |change: fn(&mut MatchupRequest)| {
        let mut request = drifters(true);
        change(&mut request);
        Engine::demo().matchup(&request).await.unwrap_err()
    };
    assert_eq!(ask(|r| r.secondary = "NONE".into()).await.to_string(), "embedded has no dataset NONE");
    assert!(ask(|r| r.radius = f64::NAN).await.to_string().starts_with("the radius is NaN m"));
    assert!(ask(|r| r.radius = -1.0).await.to_string().starts_with("the radius is -1 m"));
    let unknown = ask(|r| r.parameter = Some("salinity".into())).await.to_string();
    assert_eq!(unknown, "SYNTHETIC_DRIFTER_SST has no variable salinity; it has sea_water_temperature");
    let far = ask(|r| r.radius = 0.0).await;
    assert!(matches!(&far, Error::NoData { missing: Missing::Unknown, .. }), "{far}");
    let apart = ask(|r| r.secondary = "COADS_CLIMATOLOGY".into()).await.to_string();
    assert!(apart.starts_with("no data: COADS_CLIMATOLOGY has data in 1970"), "{apart}");
    let small = Engine::demo().with_limits(Limits { points: 500, cells: 10 });
    let many = small.matchup(&drifters(false)).await.unwrap_err().to_string();
    assert!(many.starts_with("the answer would have more than 500") || many.starts_with("the match-up would have more than 500"), "{many}");
}

#[tokio::test]
async fn a_parameter_of_either_dataset_is_taken_where_there_is_one() {
    let request = MatchupRequest {
        primary: "SAO_STATIONS_19950318".into(),
        secondary: "SAO_STATIONS_19950318".into(),
        parameter: Some("wind_speed".into()),
        area: BoundingBox::new(-100.0, 35.0, -95.0, 40.0).unwrap(),
        period: Period::new("1995-03-18T12:00:00Z".parse().unwrap(), "1995-03-18T12:00:00Z".parse().unwrap()).unwrap(),
        radius: 0.0,
        tolerance: 0,
        ..drifters(false)
    };
    let table = Engine::demo().matchup(&request).await.unwrap();
    assert_eq!(texts(&table, "primary station"), texts(&table, "secondary station"), "every station is near itself");
    assert_eq!(numbers(&table, "primary wind_speed [m s-1]"), numbers(&table, "secondary wind_speed [m s-1]"));
    assert_eq!(numbers(&table, "primary elevation [m]").len(), table.len());
    let calm = numbers(&table, "primary wind_speed [m s-1]").iter().filter(|speed| **speed == 0.0).count();
    assert!(calm > 0, "a value of 0 is a value");
}

/// Waits until a job has ended.
async fn ended(engine: &Engine, id: &str) -> JobStatus {
    for _ in 0..3000 {
        let status = engine.job(id).await.unwrap().status;
        if status != JobStatus::Running {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the job did not end");
}

#[tokio::test]
async fn a_job_goes_on_while_nobody_waits_and_keeps_its_results() {
    let engine = Engine::demo();
    let job = engine.submit(&drifters(true)).await.unwrap();
    assert_eq!((job.status, job.updated), (JobStatus::Running, None));
    assert_eq!(job.parameters[0], ("primary".to_owned(), "SYNTHETIC_DRIFTER_SST".to_owned()));
    assert_eq!(ended(&engine, &job.id).await, JobStatus::Success);
    let done = engine.job(&job.id).await.unwrap();
    let whole = engine.results(&job.id, usize::MAX).await.unwrap();
    let asked = engine.matchup(&drifters(true)).await.unwrap();
    assert_eq!(whole.columns, asked.columns);
    assert_eq!(done.secondary_matched, Some(whole.len() as u64));
    assert!(done.primary_matched.unwrap() <= whole.len() as u64 && done.primary_matched.unwrap() > 100);
    assert!(done.updated >= done.created);
    let first = engine.results(&job.id, 3).await.unwrap();
    assert_eq!((first.len(), numbers(&first, "distance [m]")), (3, numbers(&whole, "distance [m]")[..3].to_vec()));
    let after = engine.cancel(&job.id).await.unwrap();
    assert_eq!(after.status, JobStatus::Success, "what has ended cannot be cancelled");
}

#[tokio::test]
async fn a_cancelled_job_stops_and_has_no_results() {
    let engine = Engine::demo();
    let job = engine.submit(&drifters(false)).await.unwrap();
    assert_eq!(engine.cancel(&job.id).await.unwrap().status, JobStatus::Cancelled);
    assert_eq!(engine.job(&job.id).await.unwrap().status, JobStatus::Cancelled);
    let none = engine.results(&job.id, 10).await.unwrap_err().to_string();
    assert!(none.ends_with("was cancelled and has no results"), "{none}");
}

#[tokio::test]
async fn a_job_that_fails_says_why_and_one_that_nobody_knows_is_named() {
    let engine = Engine::demo();
    let unknown = engine.job("00000000-0000-0000-0000-000000000000").await.unwrap_err();
    assert!(matches!(&unknown, Error::Refused { status: 404, message, .. } if message.starts_with("it knows no job 0000")), "{unknown}");
    assert!(engine.cancel("x").await.is_err() && engine.results("x", 1).await.is_err());
    let nowhere = MatchupRequest { secondary: "NONE".into(), ..drifters(true) };
    assert_eq!(engine.submit(&nowhere).await.unwrap_err().to_string(), "embedded has no dataset NONE");
    let hopeless = MatchupRequest { radius: 0.0, ..drifters(true) };
    let job = engine.submit(&hopeless).await.unwrap();
    assert_eq!(ended(&engine, &job.id).await, JobStatus::Failed);
    assert!(engine.job(&job.id).await.unwrap().message.starts_with("No tiles matched the provided domain: no sample of OSTIA"));
    assert!(engine.results(&job.id, 1).await.unwrap_err().to_string().contains("failed: No tiles matched"));
}

#[tokio::test]
async fn only_so_many_jobs_run_at_once() {
    let engine = Engine::demo();
    // None of them gets to run before the test waits for something.
    let mut started = Vec::new();
    let refused = loop {
        match engine.submit(&drifters(true)).await {
            Ok(job) => started.push(job.id),
            Err(error) => break error,
        }
        assert!(started.len() < 100, "there is a limit");
    };
    assert!(matches!(&refused, Error::Refused { status: 503, .. }), "{refused}");
    for id in &started {
        engine.cancel(id).await.unwrap();
    }
    assert!(engine.submit(&drifters(true)).await.is_ok());
}

#[tokio::test]
async fn jobs_belong_to_an_engine_and_its_clones() {
    let engine = Engine::demo();
    let other = engine.clone();
    let job = engine.submit(&drifters(false)).await.unwrap();
    drop(engine);
    assert!(other.job(&job.id).await.is_ok(), "a clone knows the same jobs");
    drop(other);
    assert!(Engine::demo().job(&job.id).await.is_err(), "another engine knows none of them");
}
