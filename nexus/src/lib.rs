//! Asks Apache SDAP NEXUS.
//!
//! [`Nexus`] is the one trait that everything which answers implements: [`Server`], a NEXUS of any generation over
//! HTTP, and the embedded engine. Questions are the typed requests of [`request`]; answers are the values of [`sdap`].
//!
//! Dropping the future of a question cancels it, and the job that it may have started.
//!
#![doc = include_str!("servers.md")]
//!
#![doc = include_str!("faults.md")]
#![forbid(unsafe_code)]

mod dataset;
mod error;
mod geodesy;
mod http;
mod join;
mod meter;
mod parse;
mod regression;
pub mod request;
mod tally;
pub mod windows;

pub use dataset::{Dataset, DatasetVariable, GridShape, KeyField};
pub use error::{Error, Missing};
pub use geodesy::distance;
pub use http::{Auth, Body, Cache, Caching, Secret, Server};
pub use meter::Meter;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub use parse::fuzzing;
pub use regression::{LineSums, regression, regression_of, shared_regression};

use request::{
    AnomalyRequest, CorrelationRequest, DeviationRequest, HovmollerRequest, Job, MapRequest, MatchupRequest, SeriesRequest, SubsetRequest,
};
use sdap::{Grid, Hovmoller, Points, SeriesGroup, Table, TimeSeries};

/// What to say of a dataset of several that has no data where the others have some.
pub(crate) fn has_nothing(dataset: &str) -> String {
    format!("{dataset} has nothing in this area and period")
}

/// The result of a question.
pub type Result<T> = std::result::Result<T, Error>;

/// Something that answers as NEXUS does.
///
/// Every answer carries its origin. A question without an answer is [`Error::NoData`], never an empty value.
#[async_trait::async_trait]
pub trait Nexus: Send + Sync {
    /// What to call the answerer: a base URL, or `embedded`.
    fn name(&self) -> &str;

    /// The same answerer, of which no answer has more than so many points, cells, or times and coordinates; `None` of one that
    /// cannot be told.
    fn limited_to(&self, _points: usize) -> Option<std::sync::Arc<dyn Nexus>> {
        None
    }

    /// The version of the software that answers, as it says itself.
    async fn version(&self) -> Result<String>;

    /// All datasets, sorted by short name.
    async fn datasets(&self) -> Result<Vec<Dataset>>;

    /// Makes a dataset of what is at a path or address, from then on known by `name`, or else by a name of its own.
    ///
    /// # Errors
    /// That whoever is asked reads no files, unless it says otherwise.
    async fn open(&self, _place: &str, _name: Option<&str>) -> Result<Dataset> {
        Err(Error::Unsupported(format!("{} opens no files; the engine inside the kernel does", self.name())))
    }

    /// Area statistics for each time, of one or more datasets.
    async fn series(&self, request: &SeriesRequest) -> Result<SeriesGroup>;

    /// The daily difference from a climatology, averaged over the area.
    async fn anomaly(&self, request: &AnomalyRequest) -> Result<TimeSeries>;

    /// One number for each cell, over time.
    async fn map(&self, request: &MapRequest) -> Result<Grid>;

    /// Every sample in an area, or of the tiles that metadata filters name.
    async fn subset(&self, request: &SubsetRequest) -> Result<Points>;

    /// Time against latitude or longitude.
    async fn hovmoller(&self, request: &HovmollerRequest) -> Result<Hovmoller>;

    /// The correlation of two datasets over time, in each cell.
    async fn correlation(&self, request: &CorrelationRequest) -> Result<Grid>;

    /// The standard deviations that a climatology keeps at a place: a table of `latitude [degrees_north]`,
    /// `longitude [degrees_east]` and `standard deviation [UNIT]`.
    async fn deviation(&self, _request: &DeviationRequest) -> Result<Table> {
        Err(self.knows_no("standard deviations of a climatology"))
    }

    /// Pairs of samples of two datasets, as a table of pairs (see [`Table`]). Waits for the job, and cancels it when dropped.
    async fn matchup(&self, _request: &MatchupRequest) -> Result<Table> {
        Err(self.knows_no("match-ups"))
    }

    /// Starts a match-up, and says how to ask for it later.
    async fn submit(&self, _request: &MatchupRequest) -> Result<Job> {
        Err(self.knows_no("match-ups"))
    }

    /// How far a job is.
    async fn job(&self, _id: &str) -> Result<Job> {
        Err(self.knows_no("jobs"))
    }

    /// Ends a job, and says how far it is then.
    async fn cancel(&self, _id: &str) -> Result<Job> {
        Err(self.knows_no("jobs"))
    }

    /// The pairs that a job found, at most so many.
    async fn results(&self, _id: &str, _limit: usize) -> Result<Table> {
        Err(self.knows_no("jobs"))
    }

    /// Asks any endpoint: a path below the base URL, with its query.
    async fn get(&self, _path_and_query: &str) -> Result<Body> {
        Err(self.knows_no("endpoints"))
    }

    /// Sends a body to an endpoint that changes something, such as `/datasets/add`.
    async fn post(&self, _path_and_query: &str, _content_type: &str, _body: Vec<u8>) -> Result<Body> {
        Err(self.knows_no("endpoints"))
    }

    /// Why a question that this answerer does not know has no answer.
    fn knows_no(&self, what: &str) -> Error {
        Error::Unsupported(format!("{} knows no {what}", self.name()))
    }
}
