//! `jobs`, `job`, `cancel`, `results` and `catalog`: questions that are answered later.

use super::{Answer, Asked, Context, Outcome, address, get};
use crate::{
    Bundle, Fault,
    fault::nearest,
    grammar::{Asking, JobArgs, JobsArgs, ResultsArgs},
    session::KnownJob,
    show,
};
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use sdap::{Origin, Table, TableColumn, Times, Value, column};
use sdap_nexus::{
    Meter,
    request::{Job, JobStatus},
};
use std::sync::Arc;

/// How many jobs are asked for at a time; NEXUS has four threads for everybody.
const AT_ONCE: usize = 2;

/// The answer to a question that started a job.
pub(super) fn started(context: &Context<'_>, asked: &Asked, job: Job, request: &str) -> Answer {
    remember(context, &asked.target, &job);
    let id = job.id.clone();
    let hint =
        format!("job {id} has started\n%sdap job {id} says how far it is, %sdap results {id} takes its pairs, %sdap cancel {id} ends it");
    Answer { shown: Some(Bundle::text(hint)), ..Answer::of(Value::Table(table(&[known(asked, job)], origin(asked, request)))) }
}

/// Lists the jobs of the session, those that ran when last heard of as they are now.
pub(super) async fn jobs(context: &Context<'_>, args: &JobsArgs) -> Result<Outcome, Fault> {
    let all = context.session.state().jobs.clone();
    if all.is_empty() {
        return Ok(Outcome::Shown(vec![Bundle::text("this session has no jobs: %sdap matchup A B --detach starts one")]));
    }
    let running: Vec<KnownJob> = all.iter().filter(|known| known.job.status == JobStatus::Running).cloned().collect();
    context.progress.stage("asking how far the jobs are");
    context.progress.expect(running.len(), "jobs");
    let ask = |known: KnownJob| async move {
        let asking = Asking { target: Some(known.target.clone()), timeout: args.timeout, fresh: true };
        let asked = context.asked(&asking)?;
        let job = context.waited(&asked, asked.nexus().job(&known.job.id)).await;
        context.progress.advance();
        remember(context, &known.target, &job?);
        Ok::<_, Fault>(())
    };
    let heard: Vec<Result<(), Fault>> = stream::iter(running).map(ask).buffered(AT_ONCE).collect().await;
    for fault in heard.into_iter().filter_map(Result::err) {
        // One that cannot be asked for is listed as it was.
        context.note(fault.message);
    }
    let all = context.session.state().jobs.clone();
    let origin = Origin { server: "this session".to_owned(), ..Origin::default() };
    Ok(Answer::of(Value::Table(table(&all, origin))).into())
}

pub(super) async fn job(context: &Context<'_>, args: &JobArgs) -> Result<Outcome, Fault> {
    let (id, asked) = find(context, &args.id, &args.asking)?;
    let job = context.answer(&asked, asked.nexus().job(&id)).await?;
    Ok(told(context, &asked, job).into())
}

pub(super) async fn cancel(context: &Context<'_>, args: &JobArgs) -> Result<Outcome, Fault> {
    let (id, asked) = find(context, &args.id, &args.asking)?;
    let job = context.answer(&asked, asked.nexus().cancel(&id)).await?;
    Ok(told(context, &asked, job).into())
}

pub(super) async fn results(context: &Context<'_>, args: &ResultsArgs) -> Result<Outcome, Fault> {
    let (id, asked) = find(context, &args.id, &args.asking)?;
    let job = context.answer(&asked, asked.nexus().job(&id)).await?;
    remember(context, &asked.target, &job);
    let wrong = match job.status {
        JobStatus::Success => None,
        JobStatus::Running => Some(("it still runs".to_owned(), format!("%sdap job {id} says how far it is"))),
        JobStatus::Cancelled => Some(("it was cancelled".to_owned(), "ask again: %sdap matchup".to_owned())),
        JobStatus::Failed if job.message.is_empty() => Some(("it failed".to_owned(), "ask again: %sdap matchup".to_owned())),
        JobStatus::Failed => Some((format!("it failed: {}", job.message), "ask again: %sdap matchup".to_owned())),
    };
    if let Some((why, hint)) = wrong {
        let fault = Fault::new("NoResults", format!("job {id} has no results: {why}")).hint(hint);
        return Err(Fault { span: context.tokens.span_of(&args.id), ..fault });
    }
    let limit = context.session.state().defaults.limit(args.limit);
    let pairs = context.answer(&asked, asked.nexus().results(&id, usize::try_from(limit).unwrap_or(usize::MAX))).await?;
    Ok(Answer::of(Value::Table(pairs)).into())
}

/// Where the results of a job can be downloaded. The server's own links may point outside of it, so they are made anew.
pub(super) async fn catalog(context: &Context<'_>, args: &JobArgs) -> Result<Outcome, Fault> {
    let (id, asked) = find(context, &args.id, &args.asking)?;
    let body = context.answer(&asked, asked.nexus().get(&format!("/cdmscatalog/{id}"))).await?;
    let json = body.json().map_err(|error| super::fault::told(context.tokens, error, &asked))?;
    let links = json.get("links").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let text = |key: &str| {
        let of = |link: &serde_json::Value| link.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        links.iter().map(of).collect::<Vec<_>>()
    };
    let base = asked.nexus().name().to_owned();
    let addresses = text("href").iter().map(|href| rebuilt(&base, href)).collect();
    let columns = [("what", text("title")), ("relation", text("rel")), ("type", text("type")), ("address", addresses)];
    let columns = columns.into_iter().map(|(name, texts)| (name.to_owned(), TableColumn::Text(texts))).collect();
    let table = Table { title: format!("results of job {id}"), columns, origin: get::origin(&asked, &body) };
    Ok(Answer::of(Value::Table(table)).into())
}

/// The address of an endpoint below a server's own address, of whatever the server says it is.
fn rebuilt(base: &str, href: &str) -> String {
    let endpoints = ["/cdmscatalog", "/cdmsresults", "/job"];
    let at = endpoints.iter().filter_map(|endpoint| href.find(endpoint)).min();
    match at {
        Some(at) if base.contains("://") => format!("{base}{}", &href[at..]),
        Some(at) => href[at..].to_owned(),
        None => href.to_owned(),
    }
}

/// The job that is meant, and whom to ask for it: one of the session's, by its id or a beginning of it that no other has; or else
/// any id, of the target that is asked.
fn find(context: &Context<'_>, text: &str, asking: &Asking) -> Result<(String, Asked), Fault> {
    let jobs = context.session.state().jobs.clone();
    let begun: Vec<&KnownJob> = jobs.iter().filter(|known| known.job.id.starts_with(text)).collect();
    let known = begun.iter().find(|known| known.job.id == text).or(match &begun[..] {
        [only] => Some(only),
        _ => None,
    });
    if let Some(known) = known {
        let asking = Asking { target: asking.target.clone().or_else(|| Some(known.target.clone())), ..asking.clone() };
        return Ok((known.job.id.clone(), context.asked(&asking)?));
    }
    let ids: Vec<&str> = jobs.iter().map(|known| known.job.id.as_str()).collect();
    let fault = |message: String| {
        let fault = Fault::new("UnknownJob", message).expected("a job as %sdap jobs lists it, or the whole id of another session's");
        Fault { span: context.tokens.span_of(text), ..fault.nearest(text, ids.iter().copied()) }
    };
    if begun.len() > 1 {
        return Err(fault(format!("{} jobs begin with {text}", begun.len())));
    }
    let whole = text.len() >= 8 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !whole || nearest(text, ids.iter().copied()).is_some() {
        return Err(fault(format!("this session has no job {text}")));
    }
    Ok((text.to_owned(), context.asked(asking)?))
}

/// A question while it is answered. The jobs that are started for it are remembered, also where nobody waits for its end.
pub(super) struct Heard<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) target: &'c str,
    pub(super) meter: Arc<Meter>,
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        for job in self.meter.jobs() {
            remember(self.context, self.target, &job);
        }
    }
}

/// Remembers a job as it is now.
fn remember(context: &Context<'_>, target: &str, job: &Job) {
    let mut state = context.session.state();
    match state.jobs.iter_mut().find(|known| known.job.id == job.id) {
        Some(known) => known.job = job.clone(),
        None => state.jobs.push(KnownJob { target: target.to_owned(), heard: Utc::now(), job: job.clone() }),
    }
}

fn known(asked: &Asked, job: Job) -> KnownJob {
    KnownJob { target: asked.target.clone(), heard: Utc::now(), job }
}

fn origin(asked: &Asked, request: &str) -> Origin {
    Origin { server: asked.nexus().name().to_owned(), request: address(asked, request), ..Origin::default() }
}

/// A job as a table of one row, shown as a list of what is known of it.
fn told(context: &Context<'_>, asked: &Asked, job: Job) -> Answer {
    remember(context, &asked.target, &job);
    let shown = card(&job, &asked.target);
    let request = format!("/job?id={}", job.id);
    Answer { shown: Some(shown), ..Answer::of(Value::Table(table(&[known(asked, job)], origin(asked, &request)))) }
}

fn word(status: JobStatus) -> &'static str {
    match status {
        JobStatus::Running => "running",
        JobStatus::Success => "success",
        JobStatus::Failed => "failed",
        JobStatus::Cancelled => "cancelled",
    }
}

/// What is known of one job.
fn card(job: &Job, target: &str) -> Bundle {
    let time = |t: chrono::DateTime<chrono::Utc>| t.format("%F %T UTC").to_string();
    let count = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let next = match job.status {
        JobStatus::Running => format!("%sdap cancel {} ends it", job.id),
        JobStatus::Success => format!("%sdap results {} takes its pairs", job.id),
        JobStatus::Failed | JobStatus::Cancelled => String::new(),
    };
    let facts = [
        ("status", word(job.status).to_owned()),
        ("message", job.message.clone()),
        ("target", target.to_owned()),
        ("asked for", job.created.map(time).unwrap_or_default()),
        ("ended", job.updated.map(time).unwrap_or_default()),
        ("primary samples with a neighbour", count(job.primary_matched)),
        ("neighbours", count(job.secondary_matched)),
        ("next", next),
    ];
    let facts = facts.into_iter().map(|(what, how)| (what.to_owned(), how));
    let asked = job.parameters.iter().map(|(name, value)| (name.clone(), value.clone()));
    let rows: Vec<(String, String)> = facts.chain(asked).filter(|(_, how)| !how.is_empty()).collect();
    let text = |pick: fn(&(String, String)) -> String| TableColumn::Text(rows.iter().map(pick).collect());
    let columns = vec![("what".to_owned(), text(|r| r.0.clone())), ("how".to_owned(), text(|r| r.1.clone()))];
    show::table(&Table { title: format!("job {}", job.id), columns, origin: Origin::default() })
}

/// Jobs as a table, a row each.
fn table(jobs: &[KnownJob], origin: Origin) -> Table {
    let text = |pick: &dyn Fn(&KnownJob) -> String| TableColumn::Text(jobs.iter().map(pick).collect());
    let count = |pick: &dyn Fn(&KnownJob) -> Option<u64>| {
        TableColumn::Numbers(column(jobs.iter().map(|known| pick(known).map_or(f64::NAN, |n| n as f64)).collect::<Vec<_>>()))
    };
    let of = |known: &KnownJob, names: &[&str]| {
        let found = known.job.parameters.iter().find(|(name, _)| names.contains(&name.as_str()));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut columns = vec![
        ("job".to_owned(), text(&|k| k.job.id.clone())),
        ("target".to_owned(), text(&|k| k.target.clone())),
        ("status".to_owned(), text(&|k| word(k.job.status).to_owned())),
        ("primary".to_owned(), text(&|k| of(k, &["primary"]))),
        ("secondary".to_owned(), text(&|k| of(k, &["secondary", "matchup"]))),
        ("primary matched".to_owned(), count(&|k| k.job.primary_matched)),
        ("secondary matched".to_owned(), count(&|k| k.job.secondary_matched)),
        ("message".to_owned(), text(&|k| k.job.message.clone())),
    ];
    let asked_for = |known: &KnownJob| known.job.created.unwrap_or(known.heard);
    columns.insert(3, ("age".to_owned(), text(&|k| age(asked_for(k), Utc::now()))));
    let times: Vec<i64> = jobs.iter().map(|k| asked_for(k).timestamp()).collect();
    columns.insert(6, ("asked for".to_owned(), TableColumn::Times(Times::new(times))));
    Table { title: "jobs".to_owned(), columns, origin }
}

/// How long ago a job was asked for, in words.
fn age(asked_for: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match (now - asked_for).num_seconds().max(0) {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds @ 3600..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_greatest_unit_that_says_enough() {
        let age = |seconds| age(DateTime::UNIX_EPOCH, DateTime::from_timestamp(seconds, 0).unwrap());
        assert_eq!([age(-5), age(59), age(3599), age(7200), age(172_800)], ["0 s", "59 s", "59 min", "2 h", "2 days"]);
    }

    #[test]
    fn links_lead_to_the_server_that_was_asked_whatever_they_say() {
        let rebuilt = |href| rebuilt("https://example.org/nexus", href);
        assert_eq!(rebuilt("https://HOST/cdmsresults?id=1&output=CSV"), "https://example.org/nexus/cdmsresults?id=1&output=CSV");
        assert_eq!(rebuilt("/job?id=1"), "https://example.org/nexus/job?id=1");
        assert_eq!(rebuilt("https://elsewhere.org/x"), "https://elsewhere.org/x");
    }
}
