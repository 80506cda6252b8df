//! Long questions, asked in windows of time whose answers are joined.
//!
//! A gateway in front of a server gives up after minutes, and a server that is asked again works twice. [`Windowed`] asks for
//! one stretch of time after the other, two at once, asks again only for those that failed, and joins the answers to what
//! the whole question would have brought:
//!
//! | question | in windows | exact because |
//! | --- | --- | --- |
//! | time series, also the seasonal filter | of any length | each time stands for itself; the regression is computed from the joined means |
//! | time series by month (`normalize_dates`) | of whole months | times that fall together lie in one window |
//! | daily difference | of whole days | so do the samples of a day |
//! | Hovmöller diagram | of any length, or whole months as above | each time stands for itself |
//! | samples | of any length | likewise |
//! | map of means, climatology | of any length, of whole years | means add up by their counts |
//! | map of variances | of any length | variances add up with counts and means, which are asked for too |
//! | map of maxima or minima | of any length | the extreme of all is the extreme of extremes |
//!
//! A low-pass filter runs over the whole series, and a correlation needs all of its pairs: they are asked whole. No instant lies in
//! two windows: each ends a second before the next begins.
//!
//! Maps are joined as they come, in the order of time: however many windows there are, few are held, and the sums are the same
//! whichever is answered first. Behind a window that fails, windows are asked as long as their answers take no more than 128 MiB.
//!
//! Where the question is not answered to its end, [`Kept`] keeps the windows that are, for when it is asked again.

mod auto;
mod grids;
mod join;
mod kept;
mod run;
mod split;

use crate::request::{
    AnomalyRequest, CorrelationRequest, DeviationRequest, HovmollerRequest, Job, MapRequest, MatchupRequest, SeriesRequest, Statistic,
    SubsetRequest,
};
use crate::{Body, Dataset, Error, Nexus, Result};
pub use kept::Kept;
use kept::Question;
use run::Plan;
use sdap::{BoundingBox, Grid, Hovmoller, Period, Points, SeriesGroup, Table, TimeSeries};
use split::Grain;
use std::num::NonZeroUsize;
use std::time::Duration;

/// How many windows a question is asked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// So many, or as many as there are days, months or years where windows must hold whole ones. Questions that cannot be
    /// joined exactly are refused.
    Count(NonZeroUsize),
    /// As many as the dataset's step and span call for; a window that takes too long is asked again in two halves. Questions that
    /// cannot be joined exactly are asked whole.
    Auto,
}

/// Whoever answers, asked in windows of time.
///
/// ```
/// # fn anyone() -> impl sdap_nexus::Nexus { sdap_nexus::Server::new("https://example.org").unwrap() }
/// use sdap_nexus::windows::{Windowed, Windows};
/// use sdap_nexus::Nexus;
/// let server = anyone();
/// let patient = Windowed::new(&server, Windows::Auto);
/// assert_eq!(patient.name(), server.name());
/// ```
#[derive(Clone, Copy)]
pub struct Windowed<'n> {
    inner: &'n dyn Nexus,
    windows: Windows,
    pauses: [Duration; 3],
    known: Option<&'n [Dataset]>,
    most: usize,
    kept: Option<&'n Kept>,
}

impl<'n> Windowed<'n> {
    /// `inner`, asked in windows.
    pub fn new(inner: &'n dyn Nexus, windows: Windows) -> Self {
        Self { inner, windows, pauses: run::PAUSES, known: None, most: usize::MAX, kept: None }
    }

    /// The same with other pauses before windows that failed are asked again: 1, 4 and 16 s unless set.
    #[must_use]
    pub fn with_pauses(self, pauses: [Duration; 3]) -> Self {
        Self { pauses, ..self }
    }

    /// The same, which knows these datasets, and asks for no list of them.
    #[must_use]
    pub fn knowing(self, datasets: &'n [Dataset]) -> Self {
        Self { known: Some(datasets), ..self }
    }

    /// The same, of which no joined answer has more than so many points.
    #[must_use]
    pub fn with_point_limit(self, points: usize) -> Self {
        Self { most: points, ..self }
    }

    /// The same, which keeps there the windows of questions that are not answered to their end, and asks for none of them again
    /// unless [`Caching`](crate::Caching) says that everything is to be asked anew.
    #[must_use]
    pub fn keeping(self, kept: &'n Kept) -> Self {
        Self { kept: Some(kept), ..self }
    }

    /// How a question about a dataset is cut.
    async fn plan(&self, about: About<'_>) -> Plan<'n> {
        let About { dataset, area, period, grain, values, path_and_query } = about;
        let (count, halved) = match self.windows {
            Windows::Count(count) => (count.get(), None),
            Windows::Auto => {
                // Nothing known of the dataset is no reason not to ask.
                let asked = if self.known.is_none() { self.inner.datasets().await.unwrap_or_default() } else { Vec::new() };
                let known = self.known.unwrap_or(&asked).iter().find(|d| d.short_name == dataset);
                (auto::count(known, area, &period, values), Some(grain))
            }
        };
        let server = self.inner.name().to_owned();
        let question = Question { server, path_and_query, period, windows: self.windows };
        let windows = split::split(&period, count, grain);
        Plan { windows, halved, pauses: self.pauses, most: self.most, question, kept: self.kept }
    }

    /// Refuses what cannot be joined, where a number of windows was asked for.
    fn whole(&self, why: &str) -> Result<()> {
        match self.windows {
            Windows::Count(count) if count.get() > 1 => Err(Error::Unsupported(format!("{why}, so it cannot be asked in windows"))),
            _ => Ok(()),
        }
    }
}

/// What matters of a question to whoever cuts it.
struct About<'q> {
    dataset: &'q str,
    area: Option<&'q BoundingBox>,
    period: Period,
    grain: Grain,
    /// How many values of the dataset one window may take.
    values: f64,
    path_and_query: String,
}

/// The grain of windows whose times may be moved to the first of their month.
fn moved(normalize_dates: bool) -> Grain {
    if normalize_dates { Grain::Month } else { Grain::Second }
}

/// A question of which every value within its area is computed with.
fn computed<'q>(dataset: &'q str, area: &'q BoundingBox, period: Period, grain: Grain, path_and_query: String) -> About<'q> {
    About { dataset, area: Some(area), period, grain, values: auto::COMPUTED, path_and_query }
}

#[async_trait::async_trait]
impl Nexus for Windowed<'_> {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn version(&self) -> Result<String> {
        self.inner.version().await
    }

    async fn datasets(&self) -> Result<Vec<Dataset>> {
        self.inner.datasets().await
    }

    async fn open(&self, place: &str, name: Option<&str>) -> Result<Dataset> {
        self.inner.open(place, name).await
    }

    async fn series(&self, request: &SeriesRequest) -> Result<SeriesGroup> {
        let Some(first) = request.datasets.first().filter(|_| !request.filters.low_pass) else {
            self.whole("a low-pass filter runs over the whole series")?;
            return self.inner.series(request).await;
        };
        let grain = moved(request.filters.normalize_dates);
        let plan = self.plan(computed(first, &request.area, request.period, grain, request.path_and_query())).await;
        let answered = plan.ask(|period| one_series(self.inner, SeriesRequest { period, ..request.clone() })).await?;
        Ok(join::series(request, answered))
    }

    async fn anomaly(&self, request: &AnomalyRequest) -> Result<TimeSeries> {
        let plan = self.plan(computed(&request.dataset, &request.area, request.period, Grain::Day, request.path_and_query())).await;
        let answered = plan.ask(|period| anomaly(self.inner, AnomalyRequest { period, ..request.clone() })).await?;
        Ok(join::anomaly(request.period, answered))
    }

    async fn map(&self, request: &MapRequest) -> Result<Grid> {
        let grain = if matches!(request.statistic, Statistic::Climatology { .. }) { Grain::Year } else { Grain::Second };
        // Maxima and minima come by one path.
        let asked = format!("{} {}", request.path_and_query(), request.statistic.name());
        let mut plan = self.plan(computed(&request.dataset, &request.area, request.period, grain, asked)).await;
        if plan.is_whole() && request.statistic == Statistic::Variance {
            // The means are not needed unless there are windows.
            match self.inner.map(request).await {
                Err(error) if plan.halved.is_some() && run::is_too_long(&error) => plan.windows = split::split(&request.period, 2, grain),
                other => return other,
            }
        }
        let answered = plan.ask(|period| grids::part(self.inner, MapRequest { period, ..request.clone() })).await?;
        grids::join(request, answered)
    }

    async fn subset(&self, request: &SubsetRequest) -> Result<Points> {
        let (dataset, area, period) = (request.dataset.as_str(), request.area.as_ref(), request.period);
        let about = About { dataset, area, period, grain: Grain::Second, values: auto::SENT, path_and_query: request.path_and_query() };
        let plan = self.plan(about).await;
        let answered = plan.ask(|period| subset(self.inner, SubsetRequest { period, ..request.clone() })).await?;
        Ok(join::points(request.period, answered))
    }

    async fn hovmoller(&self, request: &HovmollerRequest) -> Result<Hovmoller> {
        let grain = moved(request.normalize_dates);
        let plan = self.plan(computed(&request.dataset, &request.area, request.period, grain, request.path_and_query())).await;
        let answered = plan.ask(|period| hovmoller(self.inner, HovmollerRequest { period, ..request.clone() })).await?;
        Ok(join::hovmoller(request.period, answered))
    }

    async fn correlation(&self, request: &CorrelationRequest) -> Result<Grid> {
        self.whole("a correlation needs all of its pairs at once")?;
        self.inner.correlation(request).await
    }

    async fn deviation(&self, request: &DeviationRequest) -> Result<Table> {
        self.whole("a climatology is asked for one day of the year")?;
        self.inner.deviation(request).await
    }

    async fn matchup(&self, request: &MatchupRequest) -> Result<Table> {
        self.whole("a match-up is a job, which no gateway cuts off")?;
        self.inner.matchup(request).await
    }

    async fn submit(&self, request: &MatchupRequest) -> Result<Job> {
        self.whole("a match-up is a job, which no gateway cuts off")?;
        self.inner.submit(request).await
    }

    async fn job(&self, id: &str) -> Result<Job> {
        self.inner.job(id).await
    }

    async fn cancel(&self, id: &str) -> Result<Job> {
        self.inner.cancel(id).await
    }

    async fn results(&self, id: &str, limit: usize) -> Result<Table> {
        self.inner.results(id, limit).await
    }

    async fn get(&self, path_and_query: &str) -> Result<Body> {
        self.inner.get(path_and_query).await
    }

    async fn post(&self, path_and_query: &str, content_type: &str, body: Vec<u8>) -> Result<Body> {
        self.inner.post(path_and_query, content_type, body).await
    }
}

/// The series of one window.
///
/// Where one of several datasets has nothing, a server gives none of them; each is then asked for by itself.
async fn one_series(inner: &dyn Nexus, request: SeriesRequest) -> Result<SeriesGroup> {
    match inner.series(&request).await {
        Err(nothing @ Error::NoData { .. }) if request.datasets.len() > 1 => {
            let mut found: Option<SeriesGroup> = None;
            for dataset in &request.datasets {
                let alone = SeriesRequest { datasets: vec![dataset.clone()], ..request.clone() };
                match (inner.series(&alone).await, &mut found) {
                    (Ok(group), Some(all)) => all.series.extend(group.series),
                    (Ok(group), none) => *none = Some(group),
                    (Err(Error::NoData { .. }), _) => {}
                    (Err(error), _) => return Err(error),
                }
            }
            found.ok_or(nothing)
        }
        other => other,
    }
}

async fn anomaly(inner: &dyn Nexus, request: AnomalyRequest) -> Result<TimeSeries> {
    inner.anomaly(&request).await
}

async fn subset(inner: &dyn Nexus, request: SubsetRequest) -> Result<Points> {
    inner.subset(&request).await
}

async fn hovmoller(inner: &dyn Nexus, request: HovmollerRequest) -> Result<Hovmoller> {
    inner.hovmoller(&request).await
}
