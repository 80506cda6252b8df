//! Asks all windows of a question, two at once, and again those that failed.

use super::split::{Grain, split};
use crate::{Error, Meter, Result};
use futures::{StreamExt, stream};
use sdap::Period;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many windows are asked at once: a NEXUS server has four threads for everybody.
const AT_ONCE: usize = 2;
/// How long to wait before windows that failed are asked again, each time.
pub(super) const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(16)];
/// A window is halved at most so often.
const HALVINGS: u32 = 8;

/// How a question is cut.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) windows: Vec<Period>,
    /// Whether a window that takes too long is cut in half, and at what.
    pub(super) halved: Option<Grain>,
    pub(super) pauses: [Duration; 3],
}

/// The answers, by time, of the windows that have any.
pub(super) struct Answered<T> {
    pub(super) parts: Vec<T>,
    /// How many windows the question was asked in.
    pub(super) windows: usize,
    pub(super) seconds: f64,
}

impl<T> Answered<T> {
    /// Whether the question was asked whole after all.
    pub(super) fn is_one(&self) -> bool {
        self.windows == 1
    }

    /// The answer of a question that was asked whole.
    pub(super) fn only(mut self) -> T {
        self.parts.remove(0)
    }
}

struct Window<T> {
    period: Period,
    halvings: u32,
    failures: usize,
    state: State<T>,
}

enum State<T> {
    Open,
    Failed(Error),
    Empty(Error),
    Done(T),
}

impl Plan {
    /// Whether there is nothing to join.
    pub(super) fn is_whole(&self) -> bool {
        self.windows.len() == 1
    }

    /// Asks every window. Windows without data are left out; where all are, the first says why.
    ///
    /// # Errors
    /// What asking again would not change, at once; or else, what kept windows from being answered to the end.
    pub(super) async fn ask<T, F, Asked>(&self, ask: F) -> Result<Answered<T>>
    where
        F: Fn(Period) -> Asked,
        Asked: Future<Output = Result<T>>,
    {
        let began = Instant::now();
        let meter = Meter::current();
        let mut windows: Vec<Window<T>> =
            self.windows.iter().map(|period| Window { period: *period, halvings: 0, failures: 0, state: State::Open }).collect();
        if windows.len() > 1 {
            meter.count_in("windows");
            meter.expect(windows.len());
        }
        let mut fruitless = 0;
        loop {
            let settled = round(&mut windows, &ask, &meter).await?;
            fruitless = if settled == 0 { fruitless + 1 } else { 0 };
            let worst = windows.iter().filter(|w| matches!(w.state, State::Failed(_))).map(|w| w.failures).max();
            let Some(worst) = worst else { break };
            // However short its windows are made, a server that answers none of them is left alone.
            if worst.max(fruitless) > self.pauses.len() {
                return Err(unanswered(windows));
            }
            windows = self.cut_again(windows, &meter);
            tokio::time::sleep(self.pauses[worst - 1]).await;
        }
        let asked = windows.len();
        let mut nothing = None;
        let mut parts = Vec::new();
        for window in windows {
            match window.state {
                State::Done(part) => parts.push(part),
                State::Empty(error) => {
                    nothing.get_or_insert(error);
                }
                State::Open | State::Failed(_) => {}
            }
        }
        match nothing {
            Some(error) if parts.is_empty() => Err(error),
            _ => Ok(Answered { parts, windows: asked, seconds: began.elapsed().as_secs_f64() }),
        }
    }

    /// Halves the windows that took too long, where that is wanted.
    fn cut_again<T>(&self, windows: Vec<Window<T>>, meter: &Meter) -> Vec<Window<T>> {
        let Some(grain) = self.halved else { return windows };
        let mut cut = Vec::new();
        for window in windows {
            let halves = match &window.state {
                State::Failed(error) if is_too_long(error) && window.halvings < HALVINGS => split(&window.period, 2, grain),
                _ => Vec::new(),
            };
            match halves[..] {
                [first, second] => {
                    if cut.is_empty() && meter.parts().is_none() {
                        meter.count_in("windows");
                        meter.expect(1);
                    }
                    meter.expect(1);
                    let half = |period| Window { period, halvings: window.halvings + 1, failures: 1, state: State::Open };
                    cut.extend([half(first), half(second)]);
                }
                _ => cut.push(window),
            }
        }
        cut
    }
}

/// Asks the windows that have no answer yet, each once, and says how many have one now.
async fn round<T, F, Asked>(windows: &mut [Window<T>], ask: &F, meter: &Meter) -> Result<usize>
where
    F: Fn(Period) -> Asked,
    Asked: Future<Output = Result<T>>,
{
    let mut asking = Vec::new();
    for (at, window) in windows.iter().enumerate() {
        if matches!(window.state, State::Open | State::Failed(_)) {
            let question = ask(window.period);
            // Whoever answers counts its own parts, which are not those of the question.
            asking.push(async move { (at, Arc::<Meter>::default().lent_to(question).await) });
        }
    }
    let mut settled = 0;
    let mut answers = stream::iter(asking).buffer_unordered(AT_ONCE);
    while let Some((at, answer)) = answers.next().await {
        let window = &mut windows[at];
        window.state = match answer {
            Ok(part) => State::Done(part),
            Err(error @ Error::NoData { .. }) => State::Empty(error),
            Err(error) if is_passing(&error) => {
                tracing::debug!("the window {} failed: {error}", window.period);
                window.failures += 1;
                State::Failed(error)
            }
            Err(error) => return Err(error),
        };
        if !matches!(window.state, State::Failed(_)) {
            meter.advance();
            settled += 1;
        }
    }
    Ok(settled)
}

/// Whether asking again may help.
fn is_passing(error: &Error) -> bool {
    match error {
        Error::WebPage { status, .. } | Error::Refused { status, .. } => matches!(status, 429 | 502..=504),
        Error::Timeout { .. } | Error::CutOff { .. } | Error::Unreachable { .. } => true,
        _ => false,
    }
}

/// Whether a shorter window might have been answered.
pub(super) fn is_too_long(error: &Error) -> bool {
    match error {
        Error::WebPage { status, .. } | Error::Refused { status, .. } => matches!(status, 502..=504),
        Error::Timeout { .. } | Error::CutOff { .. } => true,
        _ => false,
    }
}

/// What a question came to that was not answered to its end.
fn unanswered<T>(windows: Vec<Window<T>>) -> Error {
    let asked = windows.len();
    let mut failed = windows.into_iter().filter_map(|w| match w.state {
        State::Failed(error) => Some((w.period, error)),
        _ => None,
    });
    let Some((period, error)) = failed.next() else {
        return Error::Invalid("no window failed".to_owned());
    };
    let others = failed.count();
    if asked == 1 {
        return error;
    }
    let reason =
        format!("{} of {asked} windows have no answer though they were asked again and again; the first, {period}: {error}", others + 1);
    match error {
        Error::WebPage { server, status, .. } | Error::Refused { server, status, .. } => Error::Refused { server, status, message: reason },
        Error::Timeout { server, .. } | Error::CutOff { server, .. } | Error::Unreachable { server, .. } => {
            Error::Unreachable { server, reason }
        }
        other => other,
    }
}
