//! Jobs: how far they are, their end before their time, and waiting for them.

use super::super::Server;
use super::super::once::Outcome;
use super::super::transport::Reply;
use super::raw::{is_id, job_id};
use crate::request::{Job, JobStatus};
use crate::{Error, Meter, Missing, Result, parse};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long to wait before a job is asked for again: at first, and at the longest. Each wait is half as long again.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How often in a row a poll may fail; a server's storage may be out of reach for a while.
const MISHAPS: u32 = 6;
/// How long a server may take to name a job that nobody waits for any more, so that it can be cancelled.
const LAST_CHANCE: Duration = Duration::from_mins(1);

/// What a server answers to a question that takes long.
pub(super) enum Begun {
    /// A job, from release 1.2 on.
    Job(String),
    /// The answer itself, before that.
    Answer(Box<Reply>),
}

/// Asks a question that starts a job, once. If nobody waits for the answer any more, the job is cancelled as soon as it has a name.
pub(super) async fn begin(server: &Server, path_and_query: String) -> Result<Begun> {
    let _slot = server.slots.clone().acquire_owned().await.map_err(|_| Error::Invalid(format!("{} is closed", server.name)))?;
    let (mut tell, hear) = oneshot::channel();
    let asked = server.clone();
    tokio::spawn(async move {
        let begun = tokio::select! {
            begun = named(&asked, &path_and_query) => begun,
            () = async { tell.closed().await; tokio::time::sleep(LAST_CHANCE).await } => return,
        };
        if let Err(Ok(Begun::Job(id))) = tell.send(begun) {
            end(&asked, &id).await;
        }
    });
    hear.await.unwrap_or_else(|_| Err(Error::Invalid(format!("the question to {} was given up", server.name))))
}

async fn named(server: &Server, path_and_query: &str) -> Result<Begun> {
    match server.at_once(path_and_query).await? {
        Outcome::Done(reply) => Ok(Begun::Answer(reply)),
        Outcome::Elsewhere(location) => {
            job_id(&location).map(Begun::Job).ok_or_else(|| Error::Unreadable { server: server.name.clone(), reason: no_job(&location) })
        }
    }
}

/// What is wrong with where a server sends on to, which is no job. Its query may hold what nobody else should see.
fn no_job(location: &str) -> String {
    let place = super::super::words::one_line(location.split(['?', '#']).next().unwrap_or_default());
    format!("it sends the question on to {place:?} instead of to a job; is that the address of the server, or does it want a login?")
}

/// How far a job is.
pub(super) async fn job(server: &Server, id: &str) -> Result<Job> {
    let id = checked(id)?;
    let asked = server.ask(&format!("/job?id={id}"), parse::read_job).await.map_err(|error| without_jobs(server, error))?;
    // Where a server does not repeat the id, it is the one that was asked for.
    let mut job = asked.value;
    if job.id.is_empty() {
        id.clone_into(&mut job.id);
    }
    Ok(job)
}

/// Ends a job, and says how far it is then.
pub(super) async fn cancel(server: &Server, id: &str) -> Result<Job> {
    let id = checked(id)?;
    server.at_once(&format!("/job/cancel?id={id}")).await.map_err(|error| without_jobs(server, error))?;
    job(server, id).await
}

/// Ends a job of which nobody wants to hear any more.
async fn end(server: &Server, id: &str) {
    if let Err(error) = server.at_once(&format!("/job/cancel?id={id}")).await {
        tracing::warn!("job {id} could not be cancelled: {error}");
    }
}

/// A job that was just started, as its server describes it. If nobody waits for that, the job is cancelled, for nobody knows its id.
pub(super) async fn started(server: &Server, id: String) -> Job {
    let mut watch = Watch::new(server, &id);
    let described = job(server, &id).await;
    watch.on = None;
    // A server that cannot describe it yet has started it nonetheless.
    described.unwrap_or_else(|error| {
        tracing::debug!("job {id} is not described yet: {error}");
        Job::begun(id)
    })
}

/// Waits for the end of a job. If it is not waited for to its end, the job is cancelled.
pub(super) async fn wait(server: &Server, id: &str) -> Result<Job> {
    let mut watch = Watch::new(server, id);
    Meter::current().hear(Job::begun(id));
    let ended = ended(server, id).await;
    // A server that cannot be asked any more may yet finish the job, whose id the error names.
    watch.on = None;
    ended
}

async fn ended(server: &Server, id: &str) -> Result<Job> {
    let (mut pause, mut mishaps) = (FIRST_WAIT, 0);
    loop {
        let asked = job(server, id).await;
        if let Ok(job) = &asked {
            Meter::current().hear(job.clone());
        }
        match asked {
            Ok(job) if job.status == JobStatus::Running => mishaps = 0,
            Ok(job) => return Ok(job),
            Err(error) if mishaps < MISHAPS && is_passing(&error) => {
                mishaps += 1;
                tracing::debug!("job {id} could not be asked for: {error}");
            }
            Err(error) if is_passing(&error) => {
                let message = format!("job {id} cannot be asked for any more, and may still run: {error}");
                return Err(Error::Refused { server: server.name.clone(), status: status_of(&error), message });
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_WAIT);
    }
}

/// The one who waits for a job; gone before its end, the job is cancelled.
struct Watch {
    server: Server,
    id: String,
    /// Where the cancelling can run on, as long as there is something to cancel.
    on: Option<tokio::runtime::Handle>,
}

impl Watch {
    fn new(server: &Server, id: &str) -> Self {
        Self { server: server.clone(), id: id.to_owned(), on: Some(tokio::runtime::Handle::current()) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(runtime) = self.on.take() {
            let (server, id) = (self.server.clone(), std::mem::take(&mut self.id));
            runtime.spawn(async move { end(&server, &id).await });
        }
    }
}

/// Whether asking again may help: a job may not be known yet, and a server may be busy or out of reach for a while.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::Refused { status, .. } | Error::WebPage { status, .. } => matches!(status, 404 | 429 | 500..=599),
        Error::Timeout { .. } | Error::CutOff { .. } | Error::Unreachable { .. } => true,
        _ => false,
    }
}

fn status_of(error: &Error) -> u16 {
    match error {
        Error::Refused { status, .. } | Error::WebPage { status, .. } => *status,
        _ => 0,
    }
}

/// Why a job has no results, if it has none.
pub(super) fn fruitless(server: &Server, job: &Job) -> Option<Error> {
    let (id, message) = (&job.id, super::super::words::one_line(&job.message));
    let why = match job.status {
        JobStatus::Success => return None,
        JobStatus::Failed if super::super::failure::says_no_data(&message) => {
            return Some(Error::NoData { missing: Missing::Unknown, message });
        }
        JobStatus::Failed if message.is_empty() => format!("job {id} failed, and nothing says why"),
        JobStatus::Failed => format!("job {id} failed: {message}"),
        JobStatus::Cancelled => format!("job {id} was cancelled"),
        JobStatus::Running => format!("job {id} is still running; its results come when it has ended"),
    };
    Some(Error::Refused { server: server.name.clone(), status: 200, message: why })
}

fn checked(id: &str) -> Result<&str> {
    let id = id.trim();
    if is_id(id) { Ok(id) } else { Err(Error::Invalid(format!("{id:?} is not the id of a job: expected letters, digits and dashes"))) }
}

/// A server without the endpoint at all knows no jobs.
fn without_jobs(server: &Server, error: Error) -> Error {
    match error {
        Error::WebPage { status: 404, .. } => {
            Error::Unsupported(format!("{} knows no jobs; releases before 1.2 answer match-ups at once", server.name))
        }
        other => other,
    }
}
