//! The questions that may be long: asked whole, or in windows of time.

use super::{Asked, Context};
use crate::{
    Fault,
    grammar::{Splitting, words::Split},
};
use sdap::{Grid, Hovmoller, Points, SeriesGroup, TimeSeries};
use sdap_nexus::{
    Nexus,
    request::{AnomalyRequest, HovmollerRequest, MapRequest, SeriesRequest, SubsetRequest},
    windows::{Kept, Windowed, Windows},
};
use std::num::NonZeroUsize;

/// How many windows are asked for; `None` asks the whole question at once.
fn windows(how: &Splitting) -> Option<Windows> {
    match how.windows? {
        Split::Auto => Some(Windows::Auto),
        Split::Into(count) => NonZeroUsize::new(count as usize).map(Windows::Count),
    }
}

/// Asks the question that a method of [`Nexus`] stands for.
macro_rules! asked {
    ($context:expr, $asked:expr, $request:expr, $how:expr, $method:ident) => {
        match windows($how) {
            Some(windows) => {
                let windowed = $context.windowed($asked, windows);
                let answer = $context.answer($asked, windowed.$method($request)).await;
                if let Some(note) = answer.as_ref().ok().and_then(|answer| Kept::told_in(&answer.origin)) {
                    $context.note(note);
                }
                answer.map_err(|fault| $context.told_of_kept(fault, $asked, &$request.path_and_query()))
            }
            None => $context.answer($asked, $asked.nexus().$method($request)).await,
        }
    };
}

impl Context<'_> {
    /// Area statistics for each time.
    pub(super) async fn series(&self, asked: &Asked, request: &SeriesRequest, how: &Splitting) -> Result<SeriesGroup, Fault> {
        asked!(self, asked, request, how, series)
    }

    /// The daily difference from a climatology.
    pub(super) async fn anomaly(&self, asked: &Asked, request: &AnomalyRequest, how: &Splitting) -> Result<TimeSeries, Fault> {
        asked!(self, asked, request, how, anomaly)
    }

    /// One number for each cell.
    pub(super) async fn map(&self, asked: &Asked, request: &MapRequest, how: &Splitting) -> Result<Grid, Fault> {
        asked!(self, asked, request, how, map)
    }

    /// Samples.
    pub(super) async fn subset(&self, asked: &Asked, request: &SubsetRequest, how: &Splitting) -> Result<Points, Fault> {
        asked!(self, asked, request, how, subset)
    }

    /// Time against latitude or longitude.
    pub(super) async fn hovmoller(&self, asked: &Asked, request: &HovmollerRequest, how: &Splitting) -> Result<Hovmoller, Fault> {
        asked!(self, asked, request, how, hovmoller)
    }

    /// Whoever is asked, asked in windows. What is answered in vain is kept in the session.
    fn windowed<'a>(&'a self, asked: &'a Asked, windows: Windows) -> Windowed<'a> {
        Windowed::new(asked.nexus(), windows).knowing(asked.datasets()).with_point_limit(asked.points).keeping(self.session.kept())
    }

    /// A fault of a question of which some windows are answered.
    fn told_of_kept(&self, fault: Fault, asked: &Asked, path_and_query: &str) -> Fault {
        match self.session.kept().unfinished(asked.nexus().name(), path_and_query) {
            Some((answered, all)) => {
                fault.hint(format!("{answered} of {all} windows are answered and kept: the same command again asks for the others only"))
            }
            None => fault,
        }
    }
}
