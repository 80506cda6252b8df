//! The engine: a catalogue that answers as NEXUS does.

use crate::answer::{anomaly, correlation, deviation, hovmoller, map, matchup, series, subset};
use crate::catalogue::{Catalogue, name_of};
use crate::jobs::Jobs;
use crate::memory::{self, Memory};
use crate::serve;
use crate::waiting;
use crate::work::Work;
use axum::http::Method;
use sdap::{Grid, Hovmoller, Points, SeriesGroup, Table, TableColumn, TimeSeries, Times, column as column_of};
use sdap_nexus::request::{
    AnomalyRequest, CorrelationRequest, DeviationRequest, HovmollerRequest, Job, MapRequest, MatchupRequest, SeriesRequest, SubsetRequest,
};
use sdap_nexus::{Body, Dataset, Error, Nexus, Result};
use std::path::Path;
use std::sync::Arc;

/// What the engine calls itself in origins and errors.
pub(crate) const NAME: &str = "embedded";

/// How large an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many points a subset may have, how many numbers a Hovmöller diagram, and how many pairs a match-up.
    pub points: usize,
    /// How many cells a map may have.
    pub cells: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { points: 2_000_000, cells: 10_000_000 }
    }
}

/// Answers as NEXUS does, from Zarr on this machine.
///
/// Cloning is cheap and shares the datasets. Questions must be asked within a tokio runtime.
#[derive(Clone)]
pub struct Engine {
    catalogue: Arc<Catalogue>,
    memory: Arc<Memory>,
    jobs: Arc<Jobs>,
    limits: Limits,
}

impl Engine {
    /// How many bytes of memory an engine takes where nobody says: 1 GiB.
    pub const DEFAULT_MEMORY: usize = memory::DEFAULT;

    /// An engine with the demo datasets.
    pub fn demo() -> Self {
        Self::with_catalogue(Catalogue::demo())
    }

    /// An engine with these datasets.
    pub fn with_catalogue(catalogue: Catalogue) -> Self {
        Self { catalogue: Arc::new(catalogue), memory: Arc::default(), jobs: Arc::default(), limits: Limits::default() }
    }

    /// The same engine with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same engine, which takes that many bytes of memory for its work and for the chunks that it keeps decoded, however
    /// long the periods that are asked for; [`Engine::DEFAULT_MEMORY`] where nobody says. Answers come on top.
    #[must_use]
    pub fn with_memory(self, bytes: usize) -> Self {
        Self { memory: Arc::new(Memory::of(bytes)), ..self }
    }

    /// Its datasets, to which more may be added at any time.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Adds a dataset, as [`Catalogue::add`] does, if it can be opened, and says what it holds.
    ///
    /// # Errors
    /// If the name is not one that a request can carry, or what is there is no dataset that can be read. It is then not added.
    pub async fn open(&self, place: impl AsRef<Path>, name: &str) -> Result<Dataset> {
        let (place, name) = (place.as_ref().to_owned(), name.to_owned());
        self.work(move |catalogue, _| {
            catalogue.add_open(&place, &name)?;
            card(catalogue, &name)
        })
        .await
    }

    /// All pairs that a job found, which stay where they are.
    ///
    /// # Errors
    /// As [`Nexus::results`].
    pub(crate) fn pairs(&self, job: &str) -> Result<Arc<Table>> {
        self.jobs.answer(job)
    }

    /// How large its answers may be.
    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Runs a job on the catalogue beside the async threads; dropping the future stops it soon.
    pub(crate) async fn work<T: Send + 'static>(&self, job: impl FnOnce(&Catalogue, &Work) -> Result<T> + Send + 'static) -> Result<T> {
        let catalogue = self.catalogue.clone();
        Work::new(self.memory.clone()).run(move |work| job(&catalogue, work)).await
    }
}

/// What is said of a dataset. One that cannot be read is there all the same, with its trouble.
fn card(catalogue: &Catalogue, name: &str) -> Result<Dataset> {
    match catalogue.get(name) {
        Ok(dataset) => Ok(dataset.card(catalogue.climatology_of(name))),
        Err(Error::Broken { reason, .. }) => {
            Ok(Dataset { short_name: name.to_owned(), title: name.to_owned(), trouble: Some(reason), ..Dataset::default() })
        }
        Err(other) => Err(other),
    }
}

#[async_trait::async_trait]
impl Nexus for Engine {
    fn name(&self) -> &str {
        NAME
    }

    fn limited_to(&self, points: usize) -> Option<Arc<dyn Nexus>> {
        Some(Arc::new(self.clone().with_limits(Limits { points, cells: points })))
    }

    async fn version(&self) -> Result<String> {
        Ok(env!("CARGO_PKG_VERSION").to_owned())
    }

    async fn open(&self, place: &str, name: Option<&str>) -> Result<Dataset> {
        let place = Path::new(place);
        let given = name.map_or_else(|| name_of(place), str::to_owned);
        if name.is_none() && self.catalogue.is_taken(&given, place) {
            return Err(Error::Invalid(format!("there is a dataset {given} already, which is somewhere else; name this one: `as NAME`")));
        }
        Self::open(self, place, &given).await
    }

    async fn datasets(&self) -> Result<Vec<Dataset>> {
        self.work(|catalogue, work| {
            let one = |name: &String| work.proceed().and_then(|()| card(catalogue, name));
            waiting::for_each(&catalogue.names(), one).into_iter().collect()
        })
        .await
    }

    async fn series(&self, request: &SeriesRequest) -> Result<SeriesGroup> {
        let request = request.clone();
        self.work(move |catalogue, work| series::series(catalogue, &request, work)).await
    }

    async fn anomaly(&self, request: &AnomalyRequest) -> Result<TimeSeries> {
        let request = request.clone();
        self.work(move |catalogue, work| anomaly::anomaly(catalogue, &request, work)).await
    }

    async fn map(&self, request: &MapRequest) -> Result<Grid> {
        let (request, limits) = (request.clone(), self.limits);
        self.work(move |catalogue, work| map::map(catalogue, &request, &limits, work)).await
    }

    async fn subset(&self, request: &SubsetRequest) -> Result<Points> {
        let (request, limits) = (request.clone(), self.limits);
        self.work(move |catalogue, work| subset::subset(catalogue, &request, &limits, work)).await
    }

    async fn hovmoller(&self, request: &HovmollerRequest) -> Result<Hovmoller> {
        let (request, limits) = (request.clone(), self.limits);
        self.work(move |catalogue, work| hovmoller::hovmoller(catalogue, &request, &limits, work)).await
    }

    async fn correlation(&self, request: &CorrelationRequest) -> Result<Grid> {
        let (request, limits) = (request.clone(), self.limits);
        self.work(move |catalogue, work| correlation::correlation(catalogue, &request, &limits, work)).await
    }

    async fn deviation(&self, request: &DeviationRequest) -> Result<Table> {
        let (request, limits) = (request.clone(), self.limits);
        self.work(move |catalogue, work| deviation::deviation(catalogue, &request, &limits, work)).await
    }

    async fn matchup(&self, request: &MatchupRequest) -> Result<Table> {
        let (request, limits) = (request.clone(), self.limits);
        self.work(move |catalogue, work| matchup::matchup(catalogue, &request, &limits, work)).await
    }

    async fn submit(&self, request: &MatchupRequest) -> Result<Job> {
        // A name that nothing has is said at once, not by a job that fails.
        for name in [&request.primary, &request.secondary] {
            if !self.catalogue.contains(name) {
                return Err(Error::UnknownDataset { name: name.clone(), server: NAME.to_owned() });
            }
        }
        let (catalogue, memory, limits, asked) = (self.catalogue.clone(), self.memory.clone(), self.limits, request.clone());
        let work = async move { Work::new(memory).run(move |work| matchup::matchup(&catalogue, &asked, &limits, work)).await };
        self.jobs.submit(request, work)
    }

    async fn job(&self, id: &str) -> Result<Job> {
        self.jobs.job(id)
    }

    async fn cancel(&self, id: &str) -> Result<Job> {
        self.jobs.cancel(id)
    }

    async fn results(&self, id: &str, limit: usize) -> Result<Table> {
        Ok(first_rows(&*self.jobs.answer(id)?, limit))
    }

    async fn get(&self, path_and_query: &str) -> Result<Body> {
        serve::ask(self, Method::GET, path_and_query, "", Vec::new()).await
    }

    async fn post(&self, path_and_query: &str, content_type: &str, body: Vec<u8>) -> Result<Body> {
        serve::ask(self, Method::POST, path_and_query, content_type, body).await
    }
}

/// The first rows of a table.
fn first_rows(table: &Table, limit: usize) -> Table {
    let count = limit.min(table.len());
    let cut = |column: &TableColumn| match column {
        TableColumn::Text(cells) => TableColumn::Text(cells[..count].to_vec()),
        TableColumn::Numbers(cells) => TableColumn::Numbers(column_of(cells.iter().take(count).copied().collect::<Vec<_>>())),
        TableColumn::Times(cells) => TableColumn::Times(Times::new(cells.seconds()[..count].to_vec())),
    };
    let columns = table.columns.iter().map(|(name, column)| (name.clone(), cut(column))).collect();
    Table { title: table.title.clone(), columns, origin: table.origin.clone() }
}
