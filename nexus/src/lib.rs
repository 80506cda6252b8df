//! Asks Apache SDAP NEXUS.
//!
//! [`Nexus`] is the one trait that everything which answers implements: [`Server`], a NEXUS of any generation over
//! HTTP, and the embedded engine. Questions are the typed requests of [`request`]; answers are the values of [`sdap`].
//!
//! Dropping the future of a question cancels it, and the job that it may have started.
//!
//! # What is asked of a server
//! | question | endpoint | where that is unknown |
//! | --- | --- | --- |
//! | [`datasets`](Nexus::datasets) | `/list` | |
//! | [`subset`](Nexus::subset) | `/datainbounds` | |
//! | [`series`](Nexus::series) | `/timeSeriesSpark` | |
//! | [`anomaly`](Nexus::anomaly) | `/dailydifferenceaverage_spark` | |
//! | [`map`](Nexus::map) | `/timeAvgMapSpark`, `/varianceSpark`, `/maxMinMapSpark`, `/climMapSpark` | |
//! | [`hovmoller`](Nexus::hovmoller) | `/latitudeTimeHofMoellerSpark`, `/longitudeTimeHofMoellerSpark` | |
//! | [`correlation`](Nexus::correlation) | `/corrMapSpark`, `/correlationMap` | |
//! | [`deviation`](Nexus::deviation) | `/standardDeviation` | |
//! | [`matchup`](Nexus::matchup), [`submit`](Nexus::submit) | `/match_spark` | before 1.2 it is answered at once, and starts no job |
//! | [`job`](Nexus::job), [`cancel`](Nexus::cancel) | `/job`, `/job/cancel` | before 1.2 there are no jobs |
//! | [`results`](Nexus::results) | `/cdmsresults` | `/domsresults` |
//! | [`get`](Nexus::get), [`post`](Nexus::post) | any | `/cdmssubset` and `/domssubset`, `/cdmslist` and `/domslist` stand for each other |
//!
//! Endpoints that are dead in every release of today are never asked: [`get`](Nexus::get) says so, and names the one that lives. What starts
//! or changes something is sent once, whatever comes back.
//!
//! # What servers get wrong, and what becomes of it
//! Servers of all ages are told by the shape of their answers, for none of them says its age. The tests are those of this crate.
//!
//! | a server | here | test |
//! | --- | --- | --- |
//! | of 2017 counts milliseconds, says `avg`, and writes bounds as text | read by their size and either name | `generations.rs`: `a_dataset_list_of_2017_counts_milliseconds`, `a_map_of_2017_says_avg_and_writes_bounds_as_text` |
//! | sends points in one of three layouts, or as a gzip file | read by their shape | `generations.rs`: `points_of_…`, `points_that_come_as_a_gzip_file_are_read_like_any` |
//! | writes bare `NaN` and `Infinity`, or the words | NaN | `src/parse/json`, `harmless.rs`: `a_regression_map_has_no_value_…` |
//! | writes −9999 or 0 where nothing was counted | NaN | `src/parse/tests.rs`: `nothing_counted_is_nothing_whatever_the_number_says` |
//! | ignores the times if one is before 1970 | none before 1970 is sent | `generations.rs`: `times_before_1970_are_never_sent` |
//! | answers a period without data with all that it has | no data | `generations.rs`: `times_outside_the_period_are_not_an_answer` |
//! | takes a box across the antimeridian for its complement | asked in two parts, which are joined | `joins.rs` |
//! | smooths unless told otherwise, and explodes on long series | both filters are always sent; noise is left out | `harmless.rs`: `low_pass_and_seasonal_filters_are_always_sent_…`, `generations.rs`: `low_pass_columns_that_are_noise_…` |
//! | pairs tiles and years of a climatology wrongly | asked one year at a time, combined by count | `joins.rs`: `a_climatology_is_asked_one_year_at_a_time_…` |
//! | stumbles over a year without the month | that year is left out | `joins.rs`, the same |
//! | computes a wrong variance where a cell has gaps | NaN, with a note | `generations.rs`: `a_variance_with_gaps_is_blank_and_the_note_says_why` |
//! | gives no extremes where a cell has gaps | NaN, with a note; [windows] without gaps have some | `generations.rs`: `extremes_are_taken_by_the_side_that_was_asked_for` |
//! | turns tiles upside down where latitudes descend | seen where tiles meet, and warned of | `harmless.rs`: `a_map_whose_tiles_lie_upside_down_is_warned_of` |
//! | carries a correlation beyond 1 | held within 1 | `generations.rs`: `a_correlation_stays_within_one_…` |
//! | leaves several rows for one date, or moves no dates at all | one row a month, joined by count | `harmless.rs`: `moved_dates_…`, `a_server_that_moves_no_dates_has_them_moved_here` |
//! | takes an elevation of 0 for none, or ignores elevations | sent as a nanometre; samples are looked through, for the rest a note | `harmless.rs`: `an_elevation_of_zero_…`, `samples_at_other_elevations_…` |
//! | of 1.4.0 cannot read time-series tiles such as rivers | the error says so, and which release can | `golden.rs`: `dib_river` |
//! | looks at no box where there are filters | the box is applied here | `generations.rs`: `with_filters_the_server_is_not_given_the_box_…` |
//! | sends on to a remote collection on another host | followed, without the login | `harmless.rs`: `a_remote_collection_is_followed_…` |
//! | sends on to a job beside its own path prefix | only the id is taken | `jobs.rs`: `of_where_a_job_is_only_the_id_is_taken_…` |
//! | loses its storage while a job is polled | asked again, for a while | `jobs.rs`: `polls_that_fail_for_a_while_are_borne_…` |
//! | sends the first 500 pairs only, before 1.2 | asked for no limit | `jobs.rs`: `a_server_before_1_2_answers_at_once_…` |
//! | gives none of several datasets where one has no data | in [windows], each is then asked for by itself | `windows.rs`: `two_series_keep_what_one_alone_has_…` |
//! | gives up at its gateway | [windows] of time, and again only those that failed | `windows.rs` |
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
