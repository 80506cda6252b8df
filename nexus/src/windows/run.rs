//! Asks all windows of a question, two at once, and again those that failed.

use super::kept::{Kept, MOST, Question};
use super::split::{Grain, split};
use crate::{Caching, Error, Meter, Result};
use futures::{StreamExt, stream::FuturesUnordered};
use sdap::Period;
use std::any::Any;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many windows are asked at once: a NEXUS server has four threads for everybody.
const AT_ONCE: usize = 2;
/// How many bytes of answers may wait for that of a window before them. What is kept of an unfinished question has room for as much
/// again.
const AHEAD: usize = MOST / 2;
/// How long to wait before windows that failed are asked again, each time.
pub(super) const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(16)];
/// A window is halved at most so often.
const HALVINGS: u32 = 8;

/// How a question is cut.
#[derive(Clone)]
pub(super) struct Plan<'k> {
    pub(super) windows: Vec<Period>,
    /// Whether a window that takes too long is cut in half, and at what.
    pub(super) halved: Option<Grain>,
    pub(super) pauses: [Duration; 3],
    /// How many points all windows together may have.
    pub(super) most: usize,
    pub(super) question: Question,
    /// Where windows are kept if the question is not answered to its end.
    pub(super) kept: Option<&'k Kept>,
}

/// What one window is answered with.
pub(super) trait Part: Any + Send + Sized {
    /// How many points it adds to the joined answer; none where windows lie on top of each other.
    fn points(&self) -> usize;

    /// About how many bytes it takes.
    fn bytes(&self) -> usize;

    /// Takes in the answer of the next window that has one, so that it need not be held by itself. Gives it back where both are
    /// to be held.
    fn take_in(&mut self, next: Self) -> Option<Self> {
        Some(next)
    }
}

/// The answers, by time, of the windows that have any. Those of several may have been taken in by the first of them.
pub(super) struct Answered<T> {
    pub(super) parts: Vec<T>,
    /// How the question was asked.
    pub(super) how: How,
}

/// How a question was asked.
#[derive(Clone, Debug)]
pub(super) struct How {
    pub(super) windows: usize,
    /// How many of them have no data.
    pub(super) empty: usize,
    pub(super) seconds: f64,
    /// How many windows were kept from an earlier time, and how long.
    pub(super) kept: Option<(usize, Duration)>,
}

impl<T> Answered<T> {
    /// Whether the question was asked whole after all.
    pub(super) fn is_one(&self) -> bool {
        self.how.windows == 1
    }

    /// The answer of a question that was asked whole.
    pub(super) fn only(mut self) -> T {
        self.parts.remove(0)
    }
}

pub(super) struct Window<T> {
    period: Period,
    halvings: u32,
    failures: usize,
    state: State<T>,
}

impl<T> Window<T> {
    fn open(period: Period) -> Self {
        Self { period, halvings: 0, failures: 0, state: State::Open }
    }

    /// Whether it need not be asked again.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.state, State::Done(_) | State::Joined | State::Empty(_))
    }

    /// The same, its failures forgiven.
    pub(super) fn forgiven(self) -> Self {
        if self.is_settled() { self } else { Self { failures: 0, state: State::Open, ..self } }
    }

    fn part(&self) -> Option<&T> {
        match &self.state {
            State::Done(part) => Some(part),
            _ => None,
        }
    }
}

impl<T: Part> Window<T> {
    pub(super) fn bytes(&self) -> usize {
        self.part().map_or(0, Part::bytes)
    }
}

enum State<T> {
    Open,
    Failed(Error),
    Empty(Error),
    Done(T),
    /// Its answer was taken in by that of a window before it.
    Joined,
}

/// The windows of a question while it is asked. Those with an answer are kept, unless all have one.
struct Desk<'k, T: Part> {
    windows: Vec<Window<T>>,
    keep: Option<(&'k Kept, Question)>,
}

impl<T: Part> Drop for Desk<'_, T> {
    fn drop(&mut self) {
        if let Some((kept, question)) = self.keep.take() {
            kept.put(question, std::mem::take(&mut self.windows));
        }
    }
}

impl<'k> Plan<'k> {
    /// Whether there is nothing to join.
    pub(super) fn is_whole(&self) -> bool {
        self.windows.len() == 1 && !self.kept.is_some_and(|kept| kept.has(&self.question))
    }

    /// The windows to ask, with what is kept of them: how many, and for how long.
    fn desk<T: Part>(&self) -> (Desk<'k, T>, Option<(usize, Duration)>) {
        let keep = self.kept.map(|kept| (kept, self.question.clone()));
        let kept = self.kept.and_then(|kept| kept.take(&self.question)).filter(|_| Caching::current() != Caching::Renewed);
        match kept {
            Some((windows, age)) => {
                let settled = windows.iter().filter(|window: &&Window<T>| window.is_settled()).count();
                (Desk { windows, keep }, Some((settled, age)))
            }
            None => (Desk { windows: self.windows.iter().map(|period| Window::open(*period)).collect(), keep }, None),
        }
    }

    /// Asks every window. Windows without data are left out; where all are, the first says why.
    ///
    /// # Errors
    /// What asking again would not change, at once; or else, what kept windows from being answered to the end.
    pub(super) async fn ask<T, F, Asked>(&self, ask: F) -> Result<Answered<T>>
    where
        T: Part,
        F: Fn(Period) -> Asked,
        Asked: Future<Output = Result<T>>,
    {
        let began = Instant::now();
        let meter = Meter::current();
        let (mut desk, kept) = self.desk();
        if desk.windows.len() > 1 {
            meter.count_in("windows");
            meter.expect(desk.windows.len());
            (0..kept.map_or(0, |(settled, _)| settled)).for_each(|_| meter.advance());
        }
        let mut fruitless = 0;
        loop {
            let settled = self.round(&mut desk.windows, &ask, &meter).await?;
            fruitless = if settled == 0 { fruitless + 1 } else { 0 };
            let worst = desk.windows.iter().filter(|w| matches!(w.state, State::Failed(_))).map(|w| w.failures).max();
            let Some(worst) = worst else { break };
            // However short its windows are made, a server that answers none of them is left alone.
            if worst.max(fruitless) > self.pauses.len() {
                return Err(unanswered(&desk.windows));
            }
            desk.windows = self.cut_again(std::mem::take(&mut desk.windows), &meter);
            tokio::time::sleep(self.pauses[worst - 1]).await;
        }
        desk.keep = None;
        let empty = desk.windows.iter().filter(|window| matches!(window.state, State::Empty(_))).count();
        let how = How { windows: desk.windows.len(), empty, seconds: began.elapsed().as_secs_f64(), kept };
        let mut nothing = None;
        let mut parts = Vec::new();
        for window in std::mem::take(&mut desk.windows) {
            match window.state {
                State::Done(part) => parts.push(part),
                State::Empty(error) => {
                    nothing.get_or_insert(error);
                }
                State::Open | State::Failed(_) | State::Joined => {}
            }
        }
        match nothing {
            Some(error) if parts.is_empty() => Err(error),
            _ => Ok(Answered { parts, how }),
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

    /// Asks the windows that have no answer yet, each once, and says how many have one now. Those behind a window that fails are asked
    /// as long as there is room for their answers.
    async fn round<T, F, Asked>(&self, windows: &mut [Window<T>], ask: &F, meter: &Meter) -> Result<usize>
    where
        T: Part,
        F: Fn(Period) -> Asked,
        Asked: Future<Output = Result<T>>,
    {
        let mut open: VecDeque<usize> = (0..windows.len()).filter(|at| !windows[*at].is_settled()).collect();
        let mut asking = FuturesUnordered::new();
        let mut settled = 0;
        loop {
            while asking.len() < AT_ONCE
                && let Some(at) = open.pop_front_if(|at| has_room_for(windows, *at))
            {
                let question = ask(windows[at].period);
                // Whoever answers counts its own parts, which are not those of the question.
                let own = meter.of_a_part();
                asking.push(async move { (at, own.lent_to(question).await) });
            }
            let Some((at, answer)) = asking.next().await else { break };
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
            self.check(windows)?;
            take_in(windows);
        }
        Ok(settled)
    }

    /// Stops once the windows together have more points than they may.
    fn check<T: Part>(&self, windows: &[Window<T>]) -> Result<()> {
        let points: usize = windows.iter().filter_map(Window::part).map(Part::points).sum();
        if points <= self.most {
            return Ok(());
        }
        let (done, all, most) = (windows.iter().filter(|window| window.is_settled()).count(), windows.len(), self.most);
        Err(Error::TooLarge(format!(
            "the first {done} of {all} windows together have {points} points, more than {most}: ask for a smaller area or a shorter \
             period, or raise the limit"
        )))
    }
}

/// Whether there is room for the answer of a window: that of the first without one is taken in, and what waits for it is bounded.
fn has_room_for<T: Part>(windows: &[Window<T>], at: usize) -> bool {
    let first = windows.iter().position(|window| !window.is_settled()).unwrap_or(windows.len());
    at <= first || windows[first..].iter().map(Window::bytes).sum::<usize>() <= AHEAD
}

/// Lets the first answer take in those after it, in the order of time, up to the first window that has none yet: whichever
/// window is answered first, the sums are the same.
fn take_in<T: Part>(windows: &mut [Window<T>]) {
    let settled = windows.iter().position(|window| !window.is_settled()).unwrap_or(windows.len());
    let mut answered = windows[..settled].iter_mut().filter(|window| window.part().is_some());
    let Some(Window { state: State::Done(first), .. }) = answered.next() else { return };
    for window in answered {
        if let State::Done(next) = std::mem::replace(&mut window.state, State::Joined)
            && let Some(next) = first.take_in(next)
        {
            window.state = State::Done(next);
            return;
        }
    }
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
fn unanswered<T>(windows: &[Window<T>]) -> Error {
    let asked = windows.len();
    let failed: Vec<(Period, &Error)> = windows
        .iter()
        .filter_map(|w| match &w.state {
            State::Failed(error) => Some((w.period, error)),
            _ => None,
        })
        .collect();
    let Some((period, error)) = failed.first() else {
        return Error::Invalid("no window failed".to_owned());
    };
    if asked == 1 {
        return (*error).clone();
    }
    let count = failed.len();
    let reason = format!("{count} of {asked} windows have no answer though they were asked again and again; the first, {period}: {error}");
    match (*error).clone() {
        Error::WebPage { server, status, .. } | Error::Refused { server, status, .. } => Error::Refused { server, status, message: reason },
        Error::Timeout { server, .. } | Error::CutOff { server, .. } | Error::Unreachable { server, .. } => {
            Error::Unreachable { server, reason }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::windows::Windows;
    use std::sync::Arc;

    /// The windows that an answer is of, in the order in which they were taken in. All that there are share one token.
    struct Told {
        windows: Vec<i64>,
        bytes: usize,
        _alive: Arc<()>,
    }

    impl Part for Told {
        fn points(&self) -> usize {
            0
        }

        fn bytes(&self) -> usize {
            self.bytes
        }

        fn take_in(&mut self, next: Self) -> Option<Self> {
            self.windows.extend(next.windows);
            None
        }
    }

    fn plan(windows: usize) -> Plan<'static> {
        let period = Period::new("2001-01-01T00:00:00Z".parse().unwrap(), "2010-12-31T23:59:59Z".parse().unwrap()).unwrap();
        let question =
            Question { server: "here".into(), path_and_query: "/map".into(), period, windows: Windows::Count(windows.try_into().unwrap()) };
        let windows = split(&period, windows, Grain::Second);
        Plan { windows, halved: None, pauses: [Duration::ZERO; 3], most: usize::MAX, question, kept: None }
    }

    #[tokio::test]
    async fn answers_are_taken_in_by_time_as_they_come_and_few_are_held_however_many_windows_there_are() {
        let (plan, alive) = (plan(60), Arc::new(()));
        let starts: Vec<i64> = plan.windows.iter().map(|window| window.start().timestamp()).collect();
        let most = std::cell::Cell::new(0);
        let ask = |period: Period| {
            let (starts, alive, most) = (&starts, &alive, &most);
            async move {
                let start = period.start().timestamp();
                let nth = starts.iter().position(|other| *other == start).unwrap();
                // Some are answered after those that come later.
                for _ in 0..nth % 3 {
                    tokio::task::yield_now().await;
                }
                most.set(most.get().max(Arc::strong_count(alive)));
                if nth == 7 {
                    Err(Error::NoData { missing: crate::Missing::Period, message: String::new() })
                } else {
                    Ok(Told { windows: vec![start], bytes: 0, _alive: alive.clone() })
                }
            }
        };
        let Answered { parts, how } = plan.ask(ask).await.unwrap();
        let [Told { windows, .. }] = parts.as_slice() else { panic!("{} parts", parts.len()) };
        let with_data = starts.iter().enumerate().filter(|(nth, _)| *nth != 7).map(|(_, start)| *start);
        assert_eq!(*windows, with_data.collect::<Vec<_>>());
        assert_eq!((how.windows, how.empty), (60, 1));
        assert!(most.get() <= 6, "{} at once", most.get());
    }

    #[tokio::test]
    async fn few_large_answers_wait_for_a_window_that_fails_and_none_is_asked_twice_for_it() {
        let (plan, alive) = (plan(60), Arc::new(()));
        let starts: Vec<i64> = plan.windows.iter().map(|window| window.start().timestamp()).collect();
        let (asked, most) = (std::cell::RefCell::new(vec![0; 60]), std::cell::Cell::new(0));
        let ask = |period: Period| {
            let (starts, alive, asked, most) = (&starts, &alive, &asked, &most);
            async move {
                let start = period.start().timestamp();
                let nth = starts.iter().position(|other| *other == start).unwrap();
                asked.borrow_mut()[nth] += 1;
                most.set(most.get().max(Arc::strong_count(alive)));
                if nth == 3 && asked.borrow()[nth] < 4 {
                    Err(Error::Timeout { server: String::new(), seconds: 1.0 })
                } else {
                    Ok(Told { windows: vec![start], bytes: AHEAD / 4, _alive: alive.clone() })
                }
            }
        };
        let Answered { parts, .. } = plan.ask(ask).await.unwrap();
        assert_eq!(parts[0].windows, starts);
        assert_eq!(asked.into_inner(), (0..60).map(|nth| if nth == 3 { 4 } else { 1 }).collect::<Vec<_>>());
        assert!((5..=9).contains(&most.get()), "{} at once", most.get());
    }
}
