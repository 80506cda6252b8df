//! Long questions in windows of time: the joined answer is that of the whole, whatever fails on the way.

mod support;

use sdap::{Axis, Column, Grid, Hovmoller, Origin, Period, Plane, Points, SeriesGroup, TimeSeries, Times, Variable, column, plane};
use sdap_nexus::request::{
    AnomalyRequest, CorrelationRequest, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest,
};
use sdap_nexus::windows::{Kept, Windowed, Windows};
use sdap_nexus::{Caching, Dataset, Error, Meter, Missing, Nexus, Result, shared_regression};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use support::{area, period};

const HALF_DAY: i64 = 43_200;
/// 2010-01-01T06:00:00Z.
const FIRST: i64 = 1_262_325_600;
const CELLS: usize = 6;

type Failing = dyn Fn(&Period, usize) -> Option<Error> + Send + Sync;

/// An answerer with two samples a day of six cells, two rows of three, for two years, and gaps in both.
struct Memory {
    asked: Mutex<Vec<Period>>,
    now: AtomicUsize,
    most: AtomicUsize,
    failing: Box<Failing>,
}

impl Memory {
    fn new() -> Self {
        Self::failing(|_, _| None)
    }

    /// One that fails as told by the period and by how often that was asked before.
    fn failing(failing: impl Fn(&Period, usize) -> Option<Error> + Send + Sync + 'static) -> Self {
        Self { asked: Mutex::default(), now: AtomicUsize::new(0), most: AtomicUsize::new(0), failing: Box::new(failing) }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(ToString::to_string).collect()
    }

    /// Takes the question in, and hands out the times that it is about.
    async fn take(&self, period: &Period) -> Result<Vec<i64>> {
        let before = {
            let mut asked = self.asked.lock().unwrap();
            asked.push(*period);
            asked.iter().filter(|other| *other == period).count() - 1
        };
        self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
        tokio::time::sleep(Duration::from_millis(2)).await;
        self.now.fetch_sub(1, SeqCst);
        Meter::current().expect(1000);
        Meter::current().say("busy");
        if let Some(error) = (self.failing)(period, before) {
            return Err(error);
        }
        let times: Vec<i64> = (0..1460).map(|n| FIRST + n * HALF_DAY).filter(|time| period.contains(*time)).collect();
        // The summer of 2011 is missing altogether.
        let times: Vec<i64> = times.into_iter().filter(|time| !(1_306_886_400..1_314_835_200).contains(time)).collect();
        if times.is_empty() { Err(Error::NoData { missing: Missing::Period, message: "nothing then".into() }) } else { Ok(times) }
    }
}

/// The value of a cell, NaN where there is a gap.
fn value(dataset: &str, time: i64, cell: usize) -> f64 {
    let n = ((time - FIRST) / HALF_DAY) as usize;
    let gap = (n * 7 + cell * 3).is_multiple_of(11) || cell == 5;
    let other = if dataset == "B" { 3.0 } else { 1.0 };
    if gap { f64::NAN } else { other * ((n * 37 + cell * 17) % 101) as f64 + cell as f64 / 7.0 }
}

fn there(values: impl Iterator<Item = f64>) -> Vec<f64> {
    values.filter(|v| !v.is_nan()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    values.iter().map(|v| (v - mean(values)).powi(2)).sum::<f64>() / values.len() as f64
}

fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::min)
}

fn origin(bytes: usize) -> Origin {
    Origin { server: "memory".into(), bytes: bytes as u64, notes: vec!["made up".into()], ..Origin::default() }
}

fn one(dataset: &str, times: &[i64]) -> TimeSeries {
    let of = |f: fn(&[f64]) -> f64| -> Column {
        column(times.iter().map(|t| f(&there((0..CELLS).map(|cell| value(dataset, *t, cell))))).collect::<Vec<_>>())
    };
    TimeSeries {
        dataset: dataset.into(),
        variable: "v".into(),
        units: "K".into(),
        time: Times::new(times.to_vec()),
        mean: of(mean),
        standard_deviation: of(|v| variance(v).sqrt()),
        count: of(|v| v.len() as f64),
        minimum: of(least),
        maximum: of(greatest),
        extra: BTreeMap::new(),
        origin: origin(times.len()),
    }
}

#[async_trait::async_trait]
impl Nexus for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn version(&self) -> Result<String> {
        Ok("1".into())
    }

    async fn datasets(&self) -> Result<Vec<Dataset>> {
        Ok(vec![Dataset { short_name: "A".into(), times: Some(1460), period: Some(whole()), ..Dataset::default() }])
    }

    async fn series(&self, request: &SeriesRequest) -> Result<SeriesGroup> {
        let times = self.take(&request.period).await?;
        // B ends with 2010; a server then has nothing at all.
        let of = |name: &String| times.iter().copied().filter(|t| name != "B" || *t < 1_293_840_000).collect::<Vec<_>>();
        if request.datasets.iter().any(|name| of(name).is_empty()) {
            return Err(Error::NoData { missing: Missing::Unknown, message: "nothing of one of them".into() });
        }
        let series: Vec<TimeSeries> = request.datasets.iter().map(|name| one(name, &of(name))).collect();
        Ok(SeriesGroup { regression: shared_regression(&series), series, origin: origin(times.len()) })
    }

    async fn anomaly(&self, request: &AnomalyRequest) -> Result<TimeSeries> {
        let times = self.take(&request.period).await?;
        let days: Vec<&[i64]> = times.chunk_by(|a, b| a.div_euclid(86_400) == b.div_euclid(86_400)).collect();
        let of = |f: fn(&[f64]) -> f64| -> Column {
            let all = |day: &&[i64]| there(day.iter().flat_map(|t| (0..CELLS).map(|cell| value("A", *t, cell))));
            column(days.iter().map(|day| f(&all(day))).collect::<Vec<_>>())
        };
        let midnights: Vec<i64> = days.iter().map(|day| day[0].div_euclid(86_400) * 86_400).collect();
        Ok(TimeSeries {
            mean: of(mean),
            standard_deviation: of(|v| variance(v).sqrt()),
            ..TimeSeries::of_values("A", "v", "K", Times::new(midnights.clone()), vec![0.0; midnights.len()])
        })
    }

    async fn map(&self, request: &MapRequest) -> Result<Grid> {
        let times = self.take(&request.period).await?;
        let month = |t: &i64| chrono::Datelike::month(&chrono::DateTime::from_timestamp(*t, 0).unwrap());
        let times: Vec<i64> = match request.statistic {
            Statistic::Climatology { month: wanted } => times.into_iter().filter(|t| month(t) == wanted).collect(),
            _ => times,
        };
        let statistic = match request.statistic {
            Statistic::Mean | Statistic::Climatology { .. } => mean,
            Statistic::Variance => variance,
            Statistic::Maximum => greatest,
            Statistic::Minimum => least,
        };
        let cell = |cell: usize| there(times.iter().map(|t| value("A", *t, cell)));
        let of = |f: &dyn Fn(&[f64]) -> f64| -> Plane { plane(2, (0..CELLS).map(|at| f(&cell(at))).collect::<Vec<_>>()) };
        Ok(Grid {
            dataset: "A".into(),
            variable: "v".into(),
            statistic: request.statistic.name().into(),
            units: "K".into(),
            lat: column([0.5, 1.5]),
            lon: column([10.5, 11.5, 12.5]),
            values: of(&|v| if v.is_empty() { f64::NAN } else { statistic(v) }),
            count: of(&|v| v.len() as f64),
            origin: origin(times.len()),
        })
    }

    async fn subset(&self, request: &SubsetRequest) -> Result<Points> {
        let times = self.take(&request.period).await?;
        let all: Vec<(i64, usize, f64)> =
            times.iter().flat_map(|t| (0..CELLS).map(|cell| (*t, cell, value("A", *t, cell)))).filter(|(_, _, v)| !v.is_nan()).collect();
        let of = |f: &dyn Fn(&(i64, usize, f64)) -> f64| column(all.iter().map(f).collect::<Vec<_>>());
        Ok(Points {
            dataset: "A".into(),
            time: Times::new(all.iter().map(|p| p.0).collect::<Vec<_>>()),
            lat: of(&|p| (p.1 / 3) as f64),
            lon: of(&|p| (p.1 % 3) as f64),
            elevation: None,
            variables: vec![Variable { name: "v".into(), units: "K".into(), values: of(&|p| p.2) }],
            keys: BTreeMap::from([("cell".to_owned(), all.iter().map(|p| p.1.to_string()).collect())]),
            origin: origin(all.len()),
        })
    }

    async fn hovmoller(&self, request: &HovmollerRequest) -> Result<Hovmoller> {
        let times = self.take(&request.period).await?;
        // A column without any value in the whole window is missing from its answer.
        let has = |cell: &usize| times.iter().any(|t| !value("A", *t, *cell).is_nan());
        let columns: Vec<usize> = (0..CELLS).filter(has).collect();
        let of = |f: fn(&[f64]) -> f64| -> Plane {
            let values = times.iter().flat_map(|t| columns.iter().map(move |cell| f(&there(std::iter::once(value("A", *t, *cell))))));
            plane(times.len(), values.collect::<Vec<_>>())
        };
        Ok(Hovmoller {
            dataset: "A".into(),
            variable: "v".into(),
            units: "K".into(),
            axis: Axis::Longitude,
            time: Times::new(times.clone()),
            coordinate: column(columns.iter().map(|c| *c as f64).collect::<Vec<_>>()),
            mean: of(mean),
            standard_deviation: of(|v| variance(v).sqrt()),
            minimum: of(least),
            maximum: of(greatest),
            count: of(|v| v.len() as f64),
            origin: origin(times.len()),
        })
    }

    async fn correlation(&self, request: &CorrelationRequest) -> Result<Grid> {
        self.take(&request.period).await?;
        Err(Error::Unsupported("asked whole".into()))
    }
}

fn whole() -> Period {
    period("2010-01-01T00:00:00Z", "2011-12-31T23:59:59Z")
}

fn count(n: usize) -> Windows {
    Windows::Count(n.try_into().unwrap())
}

fn windowed(memory: &Memory, windows: Windows) -> Windowed<'_> {
    Windowed::new(memory, windows).with_pauses([Duration::from_millis(5); 3])
}

fn series(datasets: &[&str]) -> SeriesRequest {
    SeriesRequest {
        datasets: datasets.iter().map(|d| (*d).to_owned()).collect(),
        variable: None,
        area: area(10.0, 0.0, 13.0, 2.0),
        period: whole(),
        filters: SeriesFilters::default(),
        elevation: None,
    }
}

fn map(statistic: Statistic) -> MapRequest {
    MapRequest { dataset: "A".into(), variable: None, statistic, area: area(10.0, 0.0, 13.0, 2.0), period: whole(), elevation: None }
}

fn close(a: impl IntoIterator<Item = f64>, b: impl IntoIterator<Item = f64>) {
    let (a, b): (Vec<f64>, Vec<f64>) = (a.into_iter().collect(), b.into_iter().collect());
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(&b) {
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0) || a.is_nan() && b.is_nan(), "{a} {b}");
    }
}

fn same_series(a: &TimeSeries, b: &TimeSeries) {
    assert_eq!(a.time.seconds(), b.time.seconds());
    let columns = |s: &TimeSeries| {
        let all = [&s.mean, &s.standard_deviation, &s.count, &s.minimum, &s.maximum].map(|column| column.to_vec());
        format!("{all:?}")
    };
    assert_eq!(columns(a), columns(b), "the numbers are the same to the last bit");
}

#[tokio::test]
async fn a_series_in_windows_is_the_series() {
    let memory = Memory::new();
    let whole = memory.series(&series(&["A"])).await.unwrap();
    for n in [1, 2, 7, 24, 100] {
        let joined = windowed(&memory, count(n)).series(&series(&["A"])).await.unwrap();
        same_series(&joined.series[0], &whole.series[0]);
        assert_eq!(joined.origin.bytes, whole.origin.bytes);
        assert!(n == 1 || joined.series[0].origin.period == Some(self::whole()));
    }
}

#[tokio::test]
async fn the_origin_says_how_many_windows_there_were_and_how_many_were_empty() {
    let joined = windowed(&Memory::new(), count(24)).series(&series(&["A"])).await.unwrap();
    assert_eq!(joined.origin.notes, ["made up", "asked in 24 windows of time (3 without data), whose answers are joined"]);
    let whole = windowed(&Memory::new(), count(1)).series(&series(&["A"])).await.unwrap();
    assert_eq!(whole.origin.notes, ["made up"]);
}

#[tokio::test]
async fn two_series_keep_what_one_alone_has_and_their_line_is_that_of_all_pairs() {
    let memory = Memory::new();
    let request = series(&["A", "B"]);
    let whole = memory.series(&request).await.unwrap();
    let joined = windowed(&memory, count(8)).series(&request).await.unwrap();
    assert_eq!(joined.names(), ["A", "B"]);
    for (a, b) in joined.series.iter().zip(&whole.series) {
        same_series(a, b);
    }
    assert_eq!(joined.regression, whole.regression);
    assert_eq!(joined.origin.notes.len(), 2, "{:?}", joined.origin.notes);
}

#[tokio::test]
async fn a_daily_difference_is_cut_between_days_only() {
    let memory = Memory::new();
    let request = AnomalyRequest {
        dataset: "A".into(),
        climatology: "A_CLIM".into(),
        variable: None,
        area: area(10.0, 0.0, 13.0, 2.0),
        period: period("2010-01-01T00:00:00Z", "2010-01-09T23:59:59Z"),
    };
    let whole = memory.anomaly(&request).await.unwrap();
    let joined = windowed(&memory, count(100)).anomaly(&request).await.unwrap();
    assert_eq!(
        (joined.time.seconds(), joined.mean.to_vec(), joined.standard_deviation.to_vec()),
        (whole.time.seconds(), whole.mean.to_vec(), whole.standard_deviation.to_vec())
    );
    assert_eq!(memory.asked().len(), 10);
}

#[tokio::test]
async fn every_map_is_combined_by_count() {
    let memory = Memory::new();
    for statistic in [Statistic::Mean, Statistic::Variance, Statistic::Maximum, Statistic::Minimum, Statistic::Climatology { month: 3 }] {
        let whole = memory.map(&map(statistic)).await.unwrap();
        for n in [2, 5, 24] {
            let joined = windowed(&memory, count(n)).map(&map(statistic)).await.unwrap();
            close(joined.values.iter().copied(), whole.values.iter().copied());
            assert_eq!((joined.count, &joined.lat, &joined.lon), (whole.count.clone(), &whole.lat, &whole.lon));
            assert_eq!(joined.statistic, whole.statistic);
        }
    }
}

#[tokio::test]
async fn a_map_is_the_same_to_the_last_bit_whichever_window_is_answered_first() {
    for statistic in [Statistic::Mean, Statistic::Variance] {
        let in_order = windowed(&Memory::new(), count(24)).map(&map(statistic)).await.unwrap();
        let late = Memory::failing(|period, before| (before == 0 && period.start().timestamp() % 5 < 2).then(gateway));
        let otherwise = windowed(&late, count(24)).map(&map(statistic)).await.unwrap();
        assert!(late.asked().len() > 24, "some failed at first");
        let bits = |grid: &Grid| grid.values.iter().chain(&grid.count).map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&in_order), bits(&otherwise));
    }
}

#[tokio::test]
async fn an_extreme_that_one_window_cannot_tell_is_unknown() {
    struct Gappy(Memory);
    #[async_trait::async_trait]
    impl Nexus for Gappy {
        fn name(&self) -> &'static str {
            "gappy"
        }
        async fn version(&self) -> Result<String> {
            self.0.version().await
        }
        async fn datasets(&self) -> Result<Vec<Dataset>> {
            self.0.datasets().await
        }
        async fn series(&self, request: &SeriesRequest) -> Result<SeriesGroup> {
            self.0.series(request).await
        }
        async fn anomaly(&self, request: &AnomalyRequest) -> Result<TimeSeries> {
            self.0.anomaly(request).await
        }
        async fn map(&self, request: &MapRequest) -> Result<Grid> {
            let mut grid = self.0.map(request).await?;
            if request.period.start() == whole().start() {
                grid.values[[0, 0]] = f64::NAN;
            }
            Ok(grid)
        }
        async fn subset(&self, request: &SubsetRequest) -> Result<Points> {
            self.0.subset(request).await
        }
        async fn hovmoller(&self, request: &HovmollerRequest) -> Result<Hovmoller> {
            self.0.hovmoller(request).await
        }
        async fn correlation(&self, request: &CorrelationRequest) -> Result<Grid> {
            self.0.correlation(request).await
        }
    }
    let gappy = Gappy(Memory::new());
    let joined = Windowed::new(&gappy, count(4)).map(&map(Statistic::Maximum)).await.unwrap();
    assert!(joined.values[[0, 0]].is_nan() && joined.values[[0, 1]] > 0.0 && joined.count[[0, 0]] > 0.0);
}

#[tokio::test]
async fn samples_in_windows_are_the_samples() {
    let memory = Memory::new();
    let request = SubsetRequest {
        dataset: "A".into(),
        variable: None,
        area: Some(area(10.0, 0.0, 13.0, 2.0)),
        filters: vec![],
        period: whole(),
        elevation: None,
    };
    let whole = memory.subset(&request).await.unwrap();
    let joined = windowed(&memory, count(9)).subset(&request).await.unwrap();
    assert_eq!(
        (&joined.time, &joined.lat, &joined.lon, &joined.variables, &joined.keys),
        (&whole.time, &whole.lat, &whole.lon, &whole.variables, &whole.keys)
    );
}

#[tokio::test]
async fn a_diagram_in_windows_is_the_diagram() {
    let memory = Memory::new();
    let request = HovmollerRequest {
        dataset: "A".into(),
        variable: None,
        axis: Axis::Longitude,
        area: area(10.0, 0.0, 13.0, 2.0),
        period: period("2010-01-01T00:00:00Z", "2010-01-05T23:59:59Z"),
        normalize_dates: false,
        elevation: None,
    };
    let whole = memory.hovmoller(&request).await.unwrap();
    // Some of the ten windows hold one time only, which lacks columns that others have.
    let joined = windowed(&memory, count(10)).hovmoller(&request).await.unwrap();
    assert_eq!((&joined.time, &joined.coordinate, &joined.count), (&whole.time, &whole.coordinate, &whole.count));
    assert_eq!(format!("{:?}", joined.mean), format!("{:?}", whole.mean));
}

#[tokio::test]
async fn no_more_than_two_windows_are_asked_at_once_and_each_is_counted() {
    let memory = Memory::new();
    let meter = Arc::new(Meter::default());
    meter.clone().lent_to(windowed(&memory, count(12)).series(&series(&["A"]))).await.unwrap();
    assert_eq!((memory.most.load(SeqCst), memory.asked().len()), (2, 12));
    assert_eq!((meter.parts(), meter.counted_in()), (Some((12, 12)), "windows"));
    assert_eq!(meter.stage().as_deref(), Some("busy"), "what a window tells is told to whoever waits");
}

fn gateway() -> Error {
    Error::WebPage { server: "memory".into(), status: 504, hint: String::new() }
}

#[tokio::test]
async fn only_windows_that_failed_are_asked_again() {
    let memory = Memory::failing(|period, before| {
        (period.start() > whole().start() && before < 2).then(gateway).filter(|_| period.start().timestamp() % 5 == 0)
    });
    let joined = windowed(&memory, count(8)).series(&series(&["A"])).await.unwrap();
    let asked = memory.asked();
    let times = |window: &String| asked.iter().filter(|other| *other == window).count();
    let mut each: Vec<usize> = asked.iter().map(times).collect();
    each.sort_unstable();
    each.dedup();
    assert!(each == [1, 3], "{each:?}");
    same_series(&joined.series[0], &Memory::new().series(&series(&["A"])).await.unwrap().series[0]);
}

#[tokio::test]
async fn windows_that_fail_to_the_end_are_told_of() {
    let memory = Memory::failing(|period, _| (period.start().timestamp() > 1_300_000_000).then(gateway));
    let error = windowed(&memory, count(4)).series(&series(&["A"])).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "memory answered 504: 1 of 4 windows have no answer though they were asked again and again; the first, 2011-07-01/2011-12-31: \
         memory answered 504 with a web page instead of data"
    );
}

#[tokio::test]
async fn what_asking_again_cannot_change_ends_the_question_at_once() {
    let memory = Memory::failing(|_, _| Some(Error::UnknownDataset { name: "A".into(), server: "memory".into() }));
    let error = windowed(&memory, count(50)).series(&series(&["A"])).await.unwrap_err();
    assert!(matches!(error, Error::UnknownDataset { .. }) && memory.asked().len() <= 2, "{error} {}", memory.asked().len());
}

#[tokio::test]
async fn without_any_data_the_first_window_says_why() {
    let later = SeriesRequest { period: period("2020-01-01T00:00:00Z", "2020-12-31T23:59:59Z"), ..series(&["A"]) };
    let error = windowed(&Memory::new(), count(4)).series(&later).await.unwrap_err();
    assert_eq!(error, Error::NoData { missing: Missing::Period, message: "nothing then".into() });
}

#[tokio::test]
async fn a_window_that_takes_too_long_is_halved_where_the_number_is_left_open() {
    let too_long = |period: &Period, _: usize| ((period.end() - period.start()).num_days() > 200).then(gateway);
    for statistic in [Statistic::Mean, Statistic::Variance] {
        let memory = Memory::failing(too_long);
        let joined = windowed(&memory, Windows::Auto).map(&map(statistic)).await.unwrap();
        close(joined.values, Memory::new().map(&map(statistic)).await.unwrap().values);
        assert_eq!(memory.asked()[..3], ["2010-01-01/2011-12-31", "2010-01-01/2010-12-31", "2011-01-01/2011-12-31"]);
    }
    let memory = Memory::failing(too_long);
    let error = windowed(&memory, count(2)).map(&map(Statistic::Mean)).await.unwrap_err();
    assert!(error.to_string().contains("2 of 2 windows have no answer"), "{error}");
}

#[tokio::test]
async fn a_server_that_answers_no_window_is_left_alone_however_short_they_get() {
    let memory = Memory::failing(|_, _| Some(gateway()));
    let error = windowed(&memory, Windows::Auto).map(&map(Statistic::Mean)).await.unwrap_err().to_string();
    assert!(error.starts_with("memory answered 504: 8 of 8 windows have no answer"), "{error}");
    assert_eq!(memory.asked().len(), 1 + 2 + 4 + 8);
}

#[tokio::test]
async fn what_cannot_be_joined_exactly_is_refused_or_asked_whole() {
    let memory = Memory::new();
    let smoothed = SeriesRequest { filters: SeriesFilters { low_pass: true, ..SeriesFilters::default() }, ..series(&["A"]) };
    let error = windowed(&memory, count(3)).series(&smoothed).await.unwrap_err().to_string();
    assert_eq!(error, "a low-pass filter runs over the whole series, so it cannot be asked in windows");
    assert!(memory.asked().is_empty());
    windowed(&memory, Windows::Auto).series(&smoothed).await.unwrap();
    windowed(&memory, count(1)).series(&smoothed).await.unwrap();
    assert_eq!(memory.asked(), ["2010-01-01/2011-12-31"; 2]);
    let correlation = CorrelationRequest {
        datasets: ["A".into(), "B".into()],
        area: area(10.0, 0.0, 13.0, 2.0),
        period: whole(),
        kind: sdap_nexus::request::Correlation::Cells,
    };
    let error = windowed(&memory, count(3)).correlation(&correlation).await.unwrap_err().to_string();
    assert_eq!(error, "a correlation needs all of its pairs at once, so it cannot be asked in windows");
    assert_eq!(windowed(&memory, Windows::Auto).correlation(&correlation).await.unwrap_err().to_string(), "asked whole");
}

#[tokio::test]
async fn months_stay_whole_where_times_are_moved_to_their_first() {
    let memory = Memory::new();
    let request = SeriesRequest { filters: SeriesFilters { normalize_dates: true, ..SeriesFilters::default() }, ..series(&["A"]) };
    windowed(&memory, count(100)).series(&request).await.unwrap();
    let mut asked = memory.asked();
    asked.sort();
    assert_eq!((asked.len(), asked[1].as_str()), (24, "2010-02-01/2010-02-28"));
}

#[tokio::test]
async fn a_question_that_is_asked_again_after_a_failure_asks_only_for_what_failed() {
    let kept = Kept::default();
    let down = Arc::new(AtomicUsize::new(1));
    let memory = Memory::failing({
        let down = down.clone();
        move |period, _| (down.load(SeqCst) == 1 && period.start().timestamp() > 1_300_000_000).then(gateway)
    });
    let asking = || windowed(&memory, count(8)).keeping(&kept);
    let path = series(&["A"]).path_and_query();
    asking().series(&series(&["A"])).await.unwrap_err();
    assert_eq!(kept.unfinished("memory", &path), Some((5, 8)), "of which one is empty");
    let before = memory.asked().len();
    down.store(0, SeqCst);
    let other = SeriesRequest { area: area(10.0, 0.0, 12.0, 2.0), ..series(&["A"]) };
    asking().series(&other).await.unwrap();
    assert_eq!(memory.asked().len(), before + 8, "another question shares nothing");
    let joined = asking().series(&series(&["A"])).await.unwrap();
    assert_eq!(memory.asked().len(), before + 8 + 3);
    same_series(&joined.series[0], &Memory::new().series(&series(&["A"])).await.unwrap().series[0]);
    let said = joined.origin.notes.last().unwrap();
    assert_eq!(said, "5 windows are from 0 s before, when the question was not answered to its end");
    assert_eq!(Kept::told_in(&joined.origin), Some(said.as_str()));
    asking().series(&series(&["A"])).await.unwrap();
    assert_eq!((memory.asked().len(), kept.unfinished("memory", &path)), (before + 8 + 3 + 8, None), "what was answered is asked anew");
}

#[tokio::test]
async fn what_is_asked_afresh_uses_nothing_that_is_kept() {
    let (kept, memory) =
        (Kept::default(), Memory::failing(|period, before| (before < 4 && period.start() == whole().start()).then(gateway)));
    let asking = || windowed(&memory, count(4)).keeping(&kept);
    asking().series(&series(&["A"])).await.unwrap_err();
    let before = memory.asked().len();
    let joined = Caching::Renewed.during(asking().series(&series(&["A"]))).await.unwrap();
    assert_eq!(memory.asked().len(), before + 4);
    assert!(!joined.origin.notes.last().unwrap().contains("before"));
}

#[tokio::test]
async fn a_question_that_is_dropped_goes_on_where_it_ended() {
    let (kept, memory) = (Kept::default(), Memory::new());
    let question = map(Statistic::Mean);
    let asking = || windowed(&memory, count(12)).keeping(&kept);
    let some_are_answered = async {
        while memory.asked().len() < 5 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let server = asking();
    tokio::select! {
        outcome = server.map(&question) => panic!("{outcome:?}"),
        () = some_are_answered => {}
    }
    let (answered, all) = kept.unfinished("memory", &question.path_and_query()).unwrap();
    assert!(answered > 0 && answered < 12 && all == 12, "{answered}");
    let before = memory.asked().len();
    let joined = asking().map(&question).await.unwrap();
    assert_eq!(memory.asked().len(), before + 12 - answered);
    close(joined.values, Memory::new().map(&question).await.unwrap().values);
}

#[tokio::test]
async fn halves_that_were_answered_are_kept_as_such() {
    let kept = Kept::default();
    let fails = Arc::new(AtomicUsize::new(1));
    let memory = Memory::failing({
        let fails = fails.clone();
        move |period, _| {
            let long = (period.end() - period.start()).num_days() > 400;
            let stubborn = fails.load(SeqCst) == 1 && period.start() > whole().start();
            (long || stubborn).then(gateway)
        }
    });
    let asking = || windowed(&memory, Windows::Auto).keeping(&kept);
    asking().map(&map(Statistic::Variance)).await.unwrap_err();
    fails.store(0, SeqCst);
    let before = memory.asked().len();
    let joined = asking().map(&map(Statistic::Variance)).await.unwrap();
    assert!(!memory.asked()[before..].contains(&whole().to_string()), "the whole is known to take too long");
    close(joined.values, Memory::new().map(&map(Statistic::Variance)).await.unwrap().values);
}

#[tokio::test]
async fn windows_that_together_have_too_many_points_stop_with_what_to_do() {
    let memory = Memory::new();
    let error = windowed(&memory, count(24)).with_point_limit(300).series(&series(&["A"])).await.unwrap_err();
    let Error::TooLarge(said) = error else { panic!("{error}") };
    assert!(said.starts_with("the first 5 of 24 windows together have ") && said.ends_with("or raise the limit"), "{said}");
    assert!(memory.asked().len() < 8, "{}", memory.asked().len());
    windowed(&memory, count(24)).with_point_limit(6).map(&map(Statistic::Mean)).await.unwrap();
}

#[tokio::test]
async fn a_list_of_datasets_that_is_known_is_not_asked_for() {
    let memory = Memory::new();
    let known = [Dataset { short_name: "A".into(), times: Some(40_000_000), period: Some(whole()), ..Dataset::default() }];
    let joined = windowed(&memory, Windows::Auto).knowing(&known).series(&series(&["A"])).await.unwrap();
    assert!(joined.origin.notes.last().unwrap().starts_with("asked in 64 windows"), "{:?}", joined.origin.notes);
}
