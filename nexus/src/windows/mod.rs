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

mod auto;
mod grids;
mod join;
mod run;
mod split;

use crate::request::{
    AnomalyRequest, CorrelationRequest, DeviationRequest, HovmollerRequest, Job, MapRequest, MatchupRequest, SeriesRequest, Statistic,
    SubsetRequest,
};
use crate::{Body, Dataset, Error, Nexus, Result};
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
}

impl<'n> Windowed<'n> {
    /// `inner`, asked in windows.
    pub fn new(inner: &'n dyn Nexus, windows: Windows) -> Self {
        Self { inner, windows, pauses: run::PAUSES }
    }

    /// The same with other pauses before windows that failed are asked again: 1, 4 and 16 s unless set.
    #[must_use]
    pub fn with_pauses(self, pauses: [Duration; 3]) -> Self {
        Self { pauses, ..self }
    }

    /// How a question about a dataset is cut. `values` says how many values of a dataset one window may take.
    async fn plan(&self, dataset: &str, area: Option<&BoundingBox>, period: Period, grain: Grain, values: f64) -> Plan {
        match self.windows {
            Windows::Count(count) => Plan { windows: split::split(&period, count.get(), grain), halved: None, pauses: self.pauses },
            Windows::Auto => {
                // Nothing known of the dataset is no reason not to ask.
                let known = self.inner.datasets().await.unwrap_or_default();
                let known = known.iter().find(|d| d.short_name == dataset);
                let count = auto::count(known, area, &period, values);
                Plan { windows: split::split(&period, count, grain), halved: Some(grain), pauses: self.pauses }
            }
        }
    }

    /// Refuses what cannot be joined, where a number of windows was asked for.
    fn whole(&self, why: &str) -> Result<()> {
        match self.windows {
            Windows::Count(count) if count.get() > 1 => Err(Error::Unsupported(format!("{why}, so it cannot be asked in windows"))),
            _ => Ok(()),
        }
    }
}

/// The grain of windows whose times may be moved to the first of their month.
fn moved(normalize_dates: bool) -> Grain {
    if normalize_dates { Grain::Month } else { Grain::Second }
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
        let plan = self.plan(first, Some(&request.area), request.period, moved(request.filters.normalize_dates), auto::COMPUTED).await;
        let answered = plan.ask(|period| one_series(self.inner, SeriesRequest { period, ..request.clone() })).await?;
        Ok(join::series(request, answered))
    }

    async fn anomaly(&self, request: &AnomalyRequest) -> Result<TimeSeries> {
        let plan = self.plan(&request.dataset, Some(&request.area), request.period, Grain::Day, auto::COMPUTED).await;
        let answered = plan.ask(|period| anomaly(self.inner, AnomalyRequest { period, ..request.clone() })).await?;
        Ok(join::anomaly(request.period, answered))
    }

    async fn map(&self, request: &MapRequest) -> Result<Grid> {
        let grain = if matches!(request.statistic, Statistic::Climatology { .. }) { Grain::Year } else { Grain::Second };
        let mut plan = self.plan(&request.dataset, Some(&request.area), request.period, grain, auto::COMPUTED).await;
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
        let plan = self.plan(&request.dataset, request.area.as_ref(), request.period, Grain::Second, auto::SENT).await;
        let answered = plan.ask(|period| subset(self.inner, SubsetRequest { period, ..request.clone() })).await?;
        Ok(join::points(request.period, answered))
    }

    async fn hovmoller(&self, request: &HovmollerRequest) -> Result<Hovmoller> {
        let plan = self.plan(&request.dataset, Some(&request.area), request.period, moved(request.normalize_dates), auto::COMPUTED).await;
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
