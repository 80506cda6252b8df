//! Random grids, boxes and periods: the engine against the plainest computation there is.

mod made;

use made::Made;
use proptest::prelude::*;
use sdap::{Axis, BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{
    Correlation, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::{Error, Nexus};

/// A grid with one question.
#[derive(Debug)]
struct Case {
    made: Made,
    area: BoundingBox,
    period: Period,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:?} {:?} chunks {:?} {:?}", self.time, self.lat, self.lon, self.chunks, self.values)
    }
}

/// Grids with rows in either order, longitudes of either convention, gaps in time, missing cells, and chunks of any shape; boxes
/// with edges on centres and between them, across the antimeridian or not.
fn case() -> impl Strategy<Value = Case> {
    let axes = (1usize..6, 1usize..7, 1usize..9, any::<bool>(), prop::sample::select(vec![-180.0f32, -90.0, 0.0, 100.0, 170.0]), 1u32..4);
    (axes, prop::array::uniform3(1u64..5), any::<u64>(), prop::array::uniform4(0u8..20)).prop_map(|(axes, chunks, seed, corners)| {
        let (times, rows, columns, descending, west, step) = axes;
        let mut dice = seed;
        let mut roll = |sides: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % sides
        };
        let mut day = 0;
        let time = (0..times).map(|_| {
            day += 1 + roll(3) as i64;
            day * 86_400
        });
        let time: Vec<i64> = time.collect();
        let mut lat: Vec<f32> = (0..rows).map(|row| -3.0 + row as f32 * 0.7).collect();
        if descending {
            lat.reverse();
        }
        let lon: Vec<f32> = (0..columns).map(|column| west + column as f32 * step as f32 * 2.5).collect();
        let value = |_| if roll(5) == 0 { f32::NAN } else { 270.0 + roll(1000) as f32 / 7.0 };
        let values = (0..times * rows * columns).map(value).collect();
        let edge = |n: u8| f64::from(n) * 1.25;
        let [a, b, c, d] = corners;
        let wrap = |lon: f64| if lon > 180.0 { lon - 360.0 } else { lon };
        let (west_edge, width) = (f64::from(west) - 3.0 + edge(a), edge(b));
        let (south, height) = (-4.0 + edge(c) / 5.0, edge(d) / 4.0);
        let low = if west_edge < -180.0 { -180.0 } else { west_edge };
        let area = BoundingBox::new(wrap(low), south, wrap(low + width), south + height).unwrap();
        let at = |day: i64| chrono::DateTime::from_timestamp(day * 86_400, 0).unwrap();
        let start = roll(6) as i64;
        let period = Period::new(at(start), at(start + roll(12) as i64)).unwrap();
        Case { made: Made { time, lat, lon, values, chunks }, area, period }
    })
}

/// A value that a question takes.
#[derive(Clone, Copy, Debug)]
struct Taken {
    time: i64,
    lat: f64,
    lon: f64,
    value: f64,
}

/// All values that the question takes, found by asking of each in turn.
fn taken(case: &Case) -> Vec<Taken> {
    let Made { time, lat, lon, values, .. } = &case.made;
    let mut all = Vec::new();
    for (t, time) in time.iter().enumerate() {
        for (y, lat) in lat.iter().enumerate() {
            for (x, lon) in lon.iter().enumerate() {
                let value = f64::from(values[(t * case.made.lat.len() + y) * case.made.lon.len() + x]);
                let (lat, lon) = (f64::from(*lat), f64::from(*lon));
                let inside = case.area.contains(lat, lon);
                // 180 east of an eastern grid is the western edge of the world, too.
                let antimeridian = lon == 180.0 && case.made.lon.iter().any(|l| *l > 180.0) && case.area.contains(lat, -180.0);
                if (inside || antimeridian) && case.period.contains(*time) && !value.is_nan() {
                    all.push(Taken { time: *time, lat, lon: if lon > 180.0 { lon - 360.0 } else { lon }, value });
                }
            }
        }
    }
    all
}

fn near(found: f64, expected: f64, what: &str) -> Result<(), TestCaseError> {
    prop_assert!((found - expected).abs() <= 1e-8 * (1.0 + expected.abs()), "{what}: {found} instead of {expected}");
    Ok(())
}

fn mean(values: &[Taken], weight: impl Fn(&Taken) -> f64) -> f64 {
    values.iter().map(|v| v.value * weight(v)).sum::<f64>() / values.iter().map(weight).sum::<f64>()
}

fn spread(values: &[Taken]) -> f64 {
    let middle = mean(values, |_| 1.0);
    (values.iter().map(|v| (v.value - middle).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn cosine(value: &Taken) -> f64 {
    value.lat.to_radians().cos()
}

fn extreme(values: &[Taken], start: f64, pick: fn(f64, f64) -> f64) -> f64 {
    values.iter().map(|v| v.value).fold(start, pick)
}

fn with(values: &[Taken], wanted: impl Fn(&Taken) -> bool) -> Vec<Taken> {
    values.iter().copied().filter(|v| wanted(v)).collect()
}

/// What a statistic is of some values.
type Definition = fn(&[Taken]) -> f64;

/// An engine with the case's grid under the name `A`.
struct Asked {
    engine: Engine,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Asked {
    fn of(case: &Case) -> Self {
        let folder = tempfile::tempdir().unwrap();
        case.made.write(folder.path());
        let catalogue = Catalogue::default();
        catalogue.add(folder.path(), "A").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { engine: Engine::with_catalogue(catalogue), runtime, _folder: folder }
    }

    fn ask<T>(&self, question: impl Future<Output = T>) -> T {
        self.runtime.block_on(question)
    }
}

/// The answer, or `None` if there is rightly none.
fn answer<T>(answer: Result<T, Error>, expected: &[Taken]) -> Result<Option<T>, TestCaseError> {
    match answer {
        Ok(found) => {
            prop_assert!(!expected.is_empty(), "an answer was given where there is nothing");
            Ok(Some(found))
        }
        Err(Error::NoData { .. }) if expected.is_empty() => Ok(None),
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_series_is_that_of_the_definition(case in case()) {
        let asked = Asked::of(&case);
        let all = taken(&case);
        let request = SeriesRequest { elevation: None,
            datasets: vec!["A".into()], variable: None, area: case.area, period: case.period, filters: SeriesFilters::default(),
        };
        let Some(group) = answer(asked.ask(asked.engine.series(&request)), &all)? else { return Ok(()) };
        let series = &group.series[0];
        let mut times: Vec<i64> = all.iter().map(|v| v.time).collect();
        times.dedup();
        prop_assert_eq!(series.time.seconds(), &times[..]);
        for (at, time) in times.into_iter().enumerate() {
            let values = with(&all, |v| v.time == time);
            prop_assert_eq!(series.count[at], values.len() as f64);
            near(series.mean[at], mean(&values, cosine), "mean")?;
            near(series.standard_deviation[at], spread(&values), "std")?;
            near(series.minimum[at], extreme(&values, f64::INFINITY, f64::min), "min")?;
            near(series.maximum[at], extreme(&values, f64::NEG_INFINITY, f64::max), "max")?;
        }
    }

    #[test]
    fn a_map_is_that_of_the_definition(case in case()) {
        let asked = Asked::of(&case);
        let all = taken(&case);
        let statistics: [(Statistic, Definition); 4] = [
            (Statistic::Mean, |v| mean(v, |_| 1.0)),
            (Statistic::Variance, |v| spread(v).powi(2)),
            (Statistic::Maximum, |v| extreme(v, f64::NEG_INFINITY, f64::max)),
            (Statistic::Minimum, |v| extreme(v, f64::INFINITY, f64::min)),
        ];
        for (statistic, expected) in statistics {
            let request = MapRequest { elevation: None, dataset: "A".into(), variable: None, statistic, area: case.area, period: case.period };
            let Some(map) = answer(asked.ask(asked.engine.map(&request)), &all)? else { return Ok(()) };
            prop_assert!(map.lat.windows(2).into_iter().all(|w| w[0] < w[1]) && map.lon.windows(2).into_iter().all(|w| w[0] < w[1]));
            prop_assert_eq!(map.count.sum(), all.len() as f64);
            for ((row, column), value) in map.values.indexed_iter() {
                let lon = if map.lon[column] > 180.0 { map.lon[column] - 360.0 } else { map.lon[column] };
                let same_lon = |v: &Taken| v.lon == lon || (v.lon + 360.0) == lon || (v.lon - 360.0) == lon;
                let values = with(&all, |v| v.lat == map.lat[row] && same_lon(v));
                prop_assert_eq!(map.count[[row, column]], values.len() as f64);
                if values.is_empty() {
                    prop_assert!(value.is_nan());
                } else {
                    near(*value, expected(&values), statistic.name())?;
                }
            }
        }
    }

    #[test]
    fn a_hovmoller_diagram_is_that_of_the_definition(case in case()) {
        let asked = Asked::of(&case);
        let all = taken(&case);
        for axis in [Axis::Latitude, Axis::Longitude] {
            let request = HovmollerRequest { elevation: None, normalize_dates: false, dataset: "A".into(), variable: None, axis, area: case.area, period: case.period };
            let Some(diagram) = answer(asked.ask(asked.engine.hovmoller(&request)), &all)? else { return Ok(()) };
            for ((at, band), found) in diagram.mean.indexed_iter() {
                let (time, place) = (diagram.time.seconds()[at], diagram.coordinate[band]);
                let here = |v: &Taken| if axis == Axis::Latitude { v.lat == place } else { (v.lon - place).rem_euclid(360.0) == 0.0 };
                let values = with(&all, |v| v.time == time && here(v));
                prop_assert_eq!(diagram.count[[at, band]], values.len() as f64);
                if values.is_empty() {
                    prop_assert!(found.is_nan());
                } else {
                    near(*found, if axis == Axis::Latitude { mean(&values, |_| 1.0) } else { mean(&values, cosine) }, "mean")?;
                    near(diagram.standard_deviation[[at, band]], spread(&values), "std")?;
                }
            }
        }
    }

    #[test]
    fn a_subset_is_every_value_once_and_in_order(case in case()) {
        let asked = Asked::of(&case);
        let mut all = taken(&case);
        let request = SubsetRequest { elevation: None, dataset: "A".into(), variable: None, area: Some(case.area), filters: vec![], period: case.period };
        let Some(points) = answer(asked.ask(asked.engine.subset(&request)), &all)? else { return Ok(()) };
        let west = |lon: f64| if lon == 180.0 && !case.area.contains(0.0f64.clamp(case.area.south(), case.area.north()), 180.0) { -180.0 } else { lon };
        let key = |v: &Taken| (v.time, v.lat, west(v.lon));
        all.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap());
        prop_assert_eq!(points.len(), all.len());
        for (at, expected) in all.iter().enumerate() {
            let found = (points.time.seconds()[at], points.lat[at], points.lon[at], points.variables[0].values[at]);
            prop_assert_eq!(found, (expected.time, expected.lat, west(expected.lon), expected.value));
        }
    }

    #[test]
    fn a_dataset_correlates_with_itself_wherever_it_varies(case in case()) {
        let asked = Asked::of(&case);
        let all = taken(&case);
        let request = CorrelationRequest { datasets: ["A".into(), "A".into()], kind: Correlation::default(), area: case.area, period: case.period };
        let Some(map) = answer(asked.ask(asked.engine.correlation(&request)), &all)? else { return Ok(()) };
        prop_assert_eq!(map.count.sum(), all.len() as f64);
        for (r, count) in map.values.iter().zip(&map.count) {
            prop_assert!(r.is_nan() || (*r > 0.999_999 && *r <= 1.0 && *count >= 2.0), "{r} of {count}");
        }
    }

    #[test]
    fn times_of_one_month_are_one_time_where_dates_are_normalized(case in case()) {
        let mut case = case;
        case.made.time.iter_mut().for_each(|time| *time *= 9);
        case.period = Period::new(chrono::DateTime::UNIX_EPOCH, "1999-01-01T00:00:00Z".parse().unwrap()).unwrap();
        let (asked, all) = (Asked::of(&case), taken(&case));
        let first = |time: i64| chrono::DateTime::from_timestamp(time, 0).unwrap().format("%Y-%m-01T00:00:00+00:00").to_string();
        let mut months: Vec<String> = all.iter().map(|v| first(v.time)).collect();
        months.sort();
        months.dedup();
        let filters = SeriesFilters { normalize_dates: true, ..SeriesFilters::default() };
        let request = SeriesRequest { elevation: None, datasets: vec!["A".into()], variable: None, area: case.area, period: case.period, filters };
        let Some(group) = answer(asked.ask(asked.engine.series(&request)), &all)? else { return Ok(()) };
        let series = &group.series[0];
        prop_assert_eq!(series.time.iter().map(|t| t.to_rfc3339()).collect::<Vec<_>>(), months.clone());
        for (at, month) in months.iter().enumerate() {
            let values = with(&all, |v| first(v.time) == *month);
            near(series.mean[at], mean(&values, cosine), "mean")?;
            near(series.standard_deviation[at], spread(&values), "std")?;
            prop_assert_eq!(series.count[at], values.len() as f64);
        }
        let request = HovmollerRequest { elevation: None, normalize_dates: true, dataset: "A".into(), variable: None, axis: Axis::Latitude, area: case.area, period: case.period };
        let diagram = asked.ask(asked.engine.hovmoller(&request)).unwrap();
        prop_assert_eq!(diagram.time.iter().map(|t| t.to_rfc3339()).collect::<Vec<_>>(), months.clone());
        for ((at, band), found) in diagram.mean.indexed_iter() {
            let values = with(&all, |v| first(v.time) == months[at] && v.lat == diagram.coordinate[band]);
            prop_assert_eq!(diagram.count[[at, band]], values.len() as f64);
            if !values.is_empty() {
                near(*found, mean(&values, |_| 1.0), "mean")?;
                near(diagram.standard_deviation[[at, band]], spread(&values), "std")?;
            }
        }
    }
}
