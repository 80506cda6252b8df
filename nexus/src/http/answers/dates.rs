//! Dates that a question wants moved to the first of their month.
//!
//! Servers since 2021 move them, and leave several rows for one date where several times fall together; older ones do not know how. Either
//! way the answer has each month once.

use crate::join::first_of_month;
use sdap::Period;

/// What to say where times fell together.
pub(super) const JOINED: &str = "times of one month fell together, and were joined by their cell counts";

/// The dates of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dates {
    period: Period,
    moved: bool,
}

impl Dates {
    /// Those of a period, moved to the first of their month or not.
    pub(super) fn new(period: &Period, moved: bool) -> Self {
        Self { period: *period, moved }
    }

    /// Whether they are moved.
    pub(super) fn are_moved(&self) -> bool {
        self.moved
    }

    /// Whether an answer of the period may have a time: a moved one may lie before its start.
    pub(super) fn contains(&self, seconds: i64) -> bool {
        let start = self.period.start().timestamp();
        self.period.contains(seconds) || self.moved && (first_of_month(start)..=start).contains(&seconds)
    }

    /// The date that a time is given.
    pub(super) fn of(&self, seconds: i64) -> i64 {
        if self.moved { first_of_month(seconds) } else { seconds }
    }
}
