//! Match-ups that are worked on while nobody waits for them.
//!
//! At most [`AT_ONCE`] run, [`KEPT`] are remembered, none for longer than [`AGE`] after it ended, and their answers have no more
//! than [`ROWS`] rows together: what is oldest is forgotten first.

use chrono::{DateTime, TimeDelta, Utc};
use sdap::Table;
use sdap_nexus::request::{Job, JobStatus, MatchupRequest};
use sdap_nexus::{Error, Result};
use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;

/// How many jobs run at once.
const AT_ONCE: usize = 8;
/// How many jobs are remembered.
const KEPT: usize = 100;
/// How long a job is remembered after it ended.
const AGE: TimeDelta = TimeDelta::hours(24);
/// How many rows the answers of all jobs have together.
const ROWS: usize = 4_000_000;

/// All jobs, the oldest first.
#[derive(Default)]
pub(crate) struct Jobs {
    entries: Mutex<VecDeque<Entry>>,
}

struct Entry {
    job: Job,
    task: Option<AbortHandle>,
    answer: Option<Arc<Table>>,
}

impl Jobs {
    /// Starts to work on a match-up, and says how to ask for it.
    ///
    /// # Errors
    /// If too many are being worked on.
    pub(crate) fn submit(
        self: &Arc<Self>,
        request: &MatchupRequest,
        work: impl Future<Output = Result<Table>> + Send + 'static,
    ) -> Result<Job> {
        let id = uuid::Uuid::new_v4().to_string();
        let job = Job {
            id: id.clone(),
            status: JobStatus::Running,
            message: String::new(),
            created: Some(Utc::now()),
            updated: None,
            parameters: parameters(request),
            primary_matched: None,
            secondary_matched: None,
        };
        let mut entries = self.entries();
        forget(&mut entries);
        if entries.iter().filter(|entry| entry.job.status == JobStatus::Running).count() >= AT_ONCE {
            return Err(Error::Refused {
                server: crate::engine::NAME.to_owned(),
                status: 503,
                message: format!("{AT_ONCE} jobs are being worked on; wait for one, or cancel it"),
            });
        }
        // The lock is held until the entry is there, so that the job cannot end before.
        // Jobs that nobody can ask for any more are stopped, so a job itself keeps none of them.
        let jobs = Arc::downgrade(self);
        let task = tokio::spawn(async move {
            let outcome = work.await;
            if let Some(jobs) = jobs.upgrade() {
                jobs.end(&id, outcome);
            }
        });
        entries.push_back(Entry { job: job.clone(), task: Some(task.abort_handle()), answer: None });
        Ok(job)
    }

    fn end(&self, id: &str, outcome: Result<Table>) {
        let mut entries = self.entries();
        let Some(entry) = entries.iter_mut().find(|entry| entry.job.id == id && entry.job.status == JobStatus::Running) else { return };
        entry.job.updated = Some(Utc::now());
        entry.task = None;
        match outcome {
            Ok(table) => {
                entry.job.status = JobStatus::Success;
                entry.job.primary_matched = Some(distinct(&table, "primary "));
                entry.job.secondary_matched = Some(table.len() as u64);
                entry.answer = Some(Arc::new(table));
            }
            Err(error) => {
                entry.job.status = JobStatus::Failed;
                entry.job.message = told(&error);
            }
        }
        forget(&mut entries);
    }

    /// How far a job is.
    ///
    /// # Errors
    /// If there is none of that id.
    pub(crate) fn job(&self, id: &str) -> Result<Job> {
        let mut entries = self.entries();
        forget(&mut entries);
        entries.iter().find(|entry| entry.job.id == id).map(|entry| entry.job.clone()).ok_or_else(|| unknown(id))
    }

    /// Stops a job, unless it has ended, and says how far it is then.
    ///
    /// # Errors
    /// If there is none of that id.
    pub(crate) fn cancel(&self, id: &str) -> Result<Job> {
        let mut entries = self.entries();
        let entry = entries.iter_mut().find(|entry| entry.job.id == id).ok_or_else(|| unknown(id))?;
        if let Some(task) = entry.task.take() {
            task.abort();
            entry.job.status = JobStatus::Cancelled;
            entry.job.updated = Some(Utc::now());
        }
        Ok(entry.job.clone())
    }

    /// What a job found.
    ///
    /// # Errors
    /// If there is none of that id, or it has not ended with an answer.
    pub(crate) fn answer(&self, id: &str) -> Result<Arc<Table>> {
        let entries = self.entries();
        let entry = entries.iter().find(|entry| entry.job.id == id).ok_or_else(|| unknown(id))?;
        entry.answer.clone().ok_or_else(|| {
            Error::Invalid(match entry.job.status {
                JobStatus::Running => format!("job {id} is still being worked on; ask again when it has ended"),
                JobStatus::Cancelled => format!("job {id} was cancelled and has no results"),
                JobStatus::Failed | JobStatus::Success => format!("job {id} failed: {}", entry.job.message),
            })
        })
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        for entry in self.entries.get_mut().unwrap_or_else(PoisonError::into_inner) {
            if let Some(task) = entry.task.take() {
                task.abort();
            }
        }
    }
}

/// Why a job failed; that there is no data is told as NEXUS tells it, so that clients know it from a fault.
fn told(error: &Error) -> String {
    match error {
        Error::NoData { message, .. } => format!("No tiles matched the provided domain: {message}"),
        other => other.to_string(),
    }
}

/// Forgets what is too old or too much; never what is being worked on.
fn forget(entries: &mut VecDeque<Entry>) {
    let latest = Utc::now() - AGE;
    entries.retain(|entry| entry.job.updated.is_none_or(|at| at > latest));
    loop {
        let rows: usize = entries.iter().filter_map(|entry| entry.answer.as_ref()).map(|table| table.len()).sum();
        let ended = |entry: &Entry| entry.job.status != JobStatus::Running;
        let oldest = if entries.len() > KEPT {
            entries.iter().position(ended)
        } else if rows > ROWS {
            // The answer that came last stays, however large.
            let last = entries.iter().rposition(|entry| entry.answer.is_some());
            entries.iter().position(|entry| entry.answer.is_some()).filter(|first| Some(*first) != last)
        } else {
            None
        };
        match oldest {
            Some(at) => entries.remove(at),
            None => return,
        };
    }
}

fn unknown(id: &str) -> Error {
    let message = format!("it knows no job {id}; the last {KEPT} jobs are remembered, for {} hours", AGE.num_hours());
    Error::Refused { server: crate::engine::NAME.to_owned(), status: 404, message }
}

/// How many samples of one side are in a table of pairs.
fn distinct(table: &Table, whose: &str) -> u64 {
    let columns: Vec<&sdap::TableColumn> = table.columns.iter().filter(|(name, _)| name.starts_with(whose)).map(|(_, c)| c).collect();
    let cell = |column: &sdap::TableColumn, row: usize| match column {
        sdap::TableColumn::Text(cells) => cells[row].clone(),
        sdap::TableColumn::Numbers(cells) => cells[row].to_bits().to_string(),
        sdap::TableColumn::Times(cells) => cells.seconds()[row].to_string(),
    };
    let samples: HashSet<Vec<String>> = (0..table.len()).map(|row| columns.iter().map(|column| cell(column, row)).collect()).collect();
    samples.len() as u64
}

/// What was asked, as `/job` says it.
fn parameters(request: &MatchupRequest) -> Vec<(String, String)> {
    let time = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M:%S+00:00").to_string();
    let depth = |depth: Option<f64>| depth.map_or_else(String::new, |depth| depth.to_string());
    [
        ("primary", request.primary.clone()),
        ("matchup", request.secondary.clone()),
        ("startTime", time(request.period.start())),
        ("endTime", time(request.period.end())),
        ("bbox", request.area.to_string()),
        ("timeTolerance", request.tolerance.to_string()),
        ("radiusTolerance", request.radius.to_string()),
        ("platforms", request.platforms.clone()),
        ("parameter", request.parameter.clone().unwrap_or_default()),
        ("depthMin", depth(request.depths.map(|d| d.0))),
        ("depthMax", depth(request.depths.map(|d| d.1))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
