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
    windows::{Windowed, Windows},
};
use std::num::NonZeroUsize;

/// How many windows are asked for; `None` asks the whole question at once.
fn windows(how: &Splitting) -> Option<Windows> {
    match how.windows? {
        Split::Auto => Some(Windows::Auto),
        Split::Into(count) => NonZeroUsize::new(count as usize).map(Windows::Count),
    }
}

impl Context<'_> {
    /// Area statistics for each time.
    pub(super) async fn series(&self, asked: &Asked, request: &SeriesRequest, how: &Splitting) -> Result<SeriesGroup, Fault> {
        match windows(how) {
            Some(windows) => self.answer(asked, Windowed::new(asked.nexus(), windows).series(request)).await,
            None => self.answer(asked, asked.nexus().series(request)).await,
        }
    }

    /// The daily difference from a climatology.
    pub(super) async fn anomaly(&self, asked: &Asked, request: &AnomalyRequest, how: &Splitting) -> Result<TimeSeries, Fault> {
        match windows(how) {
            Some(windows) => self.answer(asked, Windowed::new(asked.nexus(), windows).anomaly(request)).await,
            None => self.answer(asked, asked.nexus().anomaly(request)).await,
        }
    }

    /// One number for each cell.
    pub(super) async fn map(&self, asked: &Asked, request: &MapRequest, how: &Splitting) -> Result<Grid, Fault> {
        match windows(how) {
            Some(windows) => self.answer(asked, Windowed::new(asked.nexus(), windows).map(request)).await,
            None => self.answer(asked, asked.nexus().map(request)).await,
        }
    }

    /// Samples.
    pub(super) async fn subset(&self, asked: &Asked, request: &SubsetRequest, how: &Splitting) -> Result<Points, Fault> {
        match windows(how) {
            Some(windows) => self.answer(asked, Windowed::new(asked.nexus(), windows).subset(request)).await,
            None => self.answer(asked, asked.nexus().subset(request)).await,
        }
    }

    /// Time against latitude or longitude.
    pub(super) async fn hovmoller(&self, asked: &Asked, request: &HovmollerRequest, how: &Splitting) -> Result<Hovmoller, Fault> {
        match windows(how) {
            Some(windows) => self.answer(asked, Windowed::new(asked.nexus(), windows).hovmoller(request)).await,
            None => self.answer(asked, asked.nexus().hovmoller(request)).await,
        }
    }
}
