//! Keeps account of the requests that one question takes, for the origin of its answer.

use super::Server;
use super::transport::Answer;
use crate::parse::Meta;
use crate::request::Elevation;
use crate::{Dataset, tally};
use chrono::DateTime;
use sdap::{BoundingBox, Origin, Period};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// What the list of datasets said that must travel with their data. Answers themselves seldom repeat it.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(Arc<Mutex<BTreeMap<String, Terms>>>);

/// What travels with a dataset's data.
#[derive(Clone, Debug, Default)]
struct Terms {
    title: String,
    attribution: Vec<String>,
    synthetic: bool,
}

impl Known {
    /// Remembers a list of datasets.
    pub(super) fn learn(&self, datasets: &[Dataset]) {
        let terms = |d: &Dataset| Terms { title: d.title.clone(), attribution: d.attribution.clone(), synthetic: d.synthetic };
        let all = datasets.iter().map(|d| (d.short_name.clone(), terms(d))).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }

    fn terms(&self, dataset: &str) -> Terms {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(dataset).cloned().unwrap_or_default()
    }
}

/// One question to a server, which may take several requests.
pub(super) struct Inquiry<'s> {
    server: &'s Server,
    period: Option<Period>,
    area: Option<BoundingBox>,
    began: Instant,
    request: String,
    bytes: u64,
    notes: Vec<String>,
}

impl<'s> Inquiry<'s> {
    /// A question that begins now.
    pub(super) fn new(server: &'s Server, area: Option<BoundingBox>, period: impl Into<Option<Period>>) -> Self {
        let period = period.into();
        let mut inquiry = Self { server, period, area, began: Instant::now(), request: String::new(), bytes: 0, notes: Vec::new() };
        if let Some(warning) = server.warning() {
            inquiry.note(warning);
        }
        if period.is_some_and(|period| period.start() < DateTime::UNIX_EPOCH) {
            inquiry.note("NEXUS servers cannot be asked for times before 1970; this begins there");
        }
        inquiry
    }

    /// Adds what one request brought; the first one stands for the question.
    pub(super) fn add<T>(&mut self, answer: Answer<T>) -> T {
        if self.request.is_empty() {
            self.request = answer.url.into();
        }
        self.bytes += answer.bytes;
        answer.notes.into_iter().for_each(|note| self.note(note));
        // Only now is it certain to be an answer, and not an empty list.
        if let Some(draft) = answer.draft {
            draft.keep();
        }
        tracing::debug!(bytes = answer.bytes, seconds = answer.seconds, "answered");
        answer.value
    }

    /// Says what the question is about, where only its answer told.
    pub(super) fn about(&mut self, area: Option<BoundingBox>, period: Option<Period>) {
        (self.area, self.period) = (area, period);
    }

    /// Names the request that stands for the question, where that is none that brings its answer.
    pub(super) fn stands_for(&mut self, url: url::Url) {
        if self.request.is_empty() {
            self.request = url.into();
        }
    }

    /// Adds all that another question took, which was asked for the sake of this one.
    pub(super) fn absorb(&mut self, other: Self) {
        if self.request.is_empty() {
            self.request = other.request;
        }
        self.bytes += other.bytes;
        other.notes.into_iter().for_each(|note| self.note(note));
    }

    /// Adds what a reader should know, once; what counts adds up.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        tally::add(&mut self.notes, note.into());
    }

    /// Which variable the numbers are of: what the answer says. Most servers cannot be asked for one and do not say.
    pub(super) fn variable(&mut self, wanted: Option<&str>, meta: &Meta) -> String {
        if let Some(wanted) = wanted
            && meta.variable.0.is_empty()
        {
            self.note(format!("the server does not say which variable it took; {wanted} was asked for, which most servers ignore"));
        }
        meta.variable.0.clone()
    }

    /// Says that nothing confirms which elevations the numbers are of, where some were asked for.
    pub(super) fn elevation(&mut self, wanted: Option<Elevation>) {
        if let Some(Elevation { lowest, highest }) = wanted {
            self.note(format!(
                "nothing confirms that elevations from {lowest} to {highest} m were taken: releases before 1.4 and Zarr datasets of servers ignore them"
            ));
        }
    }

    /// Where the numbers of one dataset come from.
    pub(super) fn origin(&self, dataset: &str, meta: &Meta) -> Origin {
        let known = self.server.known.terms(dataset);
        let attribution = if meta.attribution.0.is_empty() { known.attribution } else { meta.attribution.0.clone() };
        Origin {
            server: self.server.base().to_owned(),
            request: self.request.clone(),
            seconds: self.began.elapsed().as_secs_f64(),
            bytes: self.bytes,
            title: if meta.title.0.is_empty() { known.title } else { meta.title.0.clone() },
            attribution,
            synthetic: meta.synthetic.0 || known.synthetic,
            area: self.area,
            period: self.period,
            notes: self.notes.clone(),
        }
    }
}
