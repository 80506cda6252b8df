//! Which samples belong together.

use super::near::{Near, Reach, Site, sites};
use crate::answer::samples::Samples;
use crate::work::Work;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sdap_nexus::Error;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Two places are as far as each other if their distances differ by less than this, in metres.
const EQUAL: f64 = 1e-3;

/// Two samples near each other, by position among the primaries and the secondaries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) primary: usize,
    pub(super) secondary: usize,
    /// In metres.
    pub(super) distance: f64,
    /// How much later the secondary is, in seconds.
    pub(super) later: i64,
}

/// What counts of the neighbours of a primary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Neighbours {
    All,
    /// The nearest; among those equally near the closest in time, and all that are equal in both.
    Nearest,
    /// The closest in time; among those equally close the nearest, and all that are equal in both.
    Soonest,
}

/// All pairs, by primary, then by distance, difference of time, and secondary.
///
/// # Errors
/// If there are more than the limit, or nobody waits for them any more.
pub(super) fn pairs(
    primaries: &Samples,
    secondaries: &Samples,
    reach: Reach,
    neighbours: Neighbours,
    limit: usize,
    work: &Work,
) -> Result<Vec<Pair>, Error> {
    let near = Near::of(secondaries, reach);
    let count = AtomicUsize::new(0);
    let of_site = |site: &Site| {
        work.proceed()?;
        let around = near.within(site.lat, site.lon);
        let mut all = Vec::new();
        for (time, primary) in &site.samples {
            let mut own = Vec::new();
            for (other, distance) in &around {
                let found = other.around(*time, reach.tolerance).iter();
                own.extend(found.map(|(at, secondary)| Pair {
                    primary: *primary,
                    secondary: *secondary,
                    distance: *distance,
                    later: at - time,
                }));
            }
            keep(&mut own, neighbours);
            if count.fetch_add(own.len(), Ordering::Relaxed) + own.len() > limit {
                return Err(too_many(limit));
            }
            own.sort_by(|a, b| {
                a.distance.total_cmp(&b.distance).then(a.later.abs().cmp(&b.later.abs())).then(a.secondary.cmp(&b.secondary))
            });
            all.append(&mut own);
        }
        Ok(all)
    };
    let found: Vec<Vec<Pair>> = sites(primaries).par_iter().map(of_site).collect::<Result<_, Error>>()?;
    let mut all: Vec<Pair> = found.into_iter().flatten().collect();
    all.sort_by_key(|pair| pair.primary);
    Ok(all)
}

/// Leaves the neighbours of one primary that count.
fn keep(own: &mut Vec<Pair>, neighbours: Neighbours) {
    let nearest = |pairs: &[Pair]| pairs.iter().map(|pair| pair.distance).fold(f64::INFINITY, f64::min) + EQUAL;
    let soonest = |pairs: &[Pair]| pairs.iter().map(|pair| pair.later.abs()).min().unwrap_or_default();
    let by_distance = |own: &mut Vec<Pair>| {
        let most = nearest(own);
        own.retain(|pair| pair.distance < most);
    };
    let by_time = |own: &mut Vec<Pair>| {
        let least = soonest(own);
        own.retain(|pair| pair.later.abs() == least);
    };
    match neighbours {
        Neighbours::All => {}
        Neighbours::Nearest => {
            by_distance(own);
            by_time(own);
        }
        Neighbours::Soonest => {
            by_time(own);
            by_distance(own);
        }
    }
}

fn too_many(limit: usize) -> Error {
    Error::TooLarge(format!(
        "the match-up would have more than {limit} pairs; choose a smaller radius, tolerance or box, a shorter period, or only the closest"
    ))
}
