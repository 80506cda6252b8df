//! Places with times, by which others ask whether anything is near them.

use super::geodesy::{FARTHEST, distance, position};
use crate::answer::samples::Samples;
use rstar::RTree;
use rstar::primitives::GeomWithData;
use std::collections::HashMap;

/// How far apart in place and time two samples may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// In metres.
    pub(super) radius: f64,
    /// In seconds.
    pub(super) tolerance: i64,
}

/// The places of some samples in an R-tree, each with the times of its samples.
pub(crate) struct Near {
    tree: RTree<GeomWithData<[f64; 3], u32>>,
    places: Vec<Site>,
    /// All times, ascending, each once.
    times: Vec<i64>,
    reach: Reach,
}

/// One place and its samples.
pub(super) struct Site {
    pub(super) lat: f64,
    pub(super) lon: f64,
    /// `(time, sample)`, by time.
    pub(super) samples: Vec<(i64, usize)>,
}

impl Site {
    /// The samples not further from a time than the tolerance.
    pub(super) fn around(&self, seconds: i64, tolerance: i64) -> &[(i64, usize)] {
        let from = self.samples.partition_point(|(time, _)| *time < seconds.saturating_sub(tolerance));
        let to = self.samples.partition_point(|(time, _)| *time <= seconds.saturating_add(tolerance));
        self.samples.get(from..to).unwrap_or_default()
    }
}

/// The places that samples share, in the order in which they are met.
pub(super) fn sites(samples: &Samples) -> Vec<Site> {
    let mut sites: Vec<Site> = Vec::new();
    let mut known: HashMap<(u64, u64), usize> = HashMap::new();
    for (at, ((lat, lon), time)) in samples.lat.iter().zip(&samples.lon).zip(&samples.time).enumerate() {
        let site = *known.entry((lat.to_bits(), lon.to_bits())).or_insert_with(|| {
            sites.push(Site { lat: *lat, lon: *lon, samples: Vec::new() });
            sites.len() - 1
        });
        sites[site].samples.push((*time, at));
    }
    for site in &mut sites {
        site.samples.sort_unstable();
    }
    sites
}

impl Near {
    /// The places of these samples.
    pub(super) fn of(samples: &Samples, reach: Reach) -> Self {
        let places = sites(samples);
        let entry = |(number, site): (u32, &Site)| GeomWithData::new(position(site.lat, site.lon), number);
        let tree = RTree::bulk_load((0..).zip(&places).map(entry).collect());
        let mut times = samples.time.clone();
        times.sort_unstable();
        times.dedup();
        Self { tree, places, times, reach }
    }

    /// The numbers of all places that may be within the radius: none that are is left out.
    pub(crate) fn places_near(&self, lat: f64, lon: f64) -> Box<[u32]> {
        if self.reach.radius >= FARTHEST {
            return (0..).take(self.places.len()).collect();
        }
        // Room for what the arithmetic of coordinates rounds.
        let straight = self.reach.radius + 1e-6;
        let near = self.tree.locate_within_distance(position(lat, lon), straight * straight);
        let mut numbers: Vec<u32> = near.map(|entry| entry.data).collect();
        numbers.sort_unstable();
        numbers.into()
    }

    /// All places within the radius, each with its distance in metres.
    pub(super) fn within(&self, lat: f64, lon: f64) -> Vec<(&Site, f64)> {
        let measured = |number: &u32| {
            let site = &self.places[*number as usize];
            (site, distance((lat, lon), (site.lat, site.lon)))
        };
        self.places_near(lat, lon).iter().map(measured).filter(|(_, metres)| *metres <= self.reach.radius).collect()
    }

    /// Whether one of the places has a sample within the tolerance of a time.
    pub(crate) fn is_any_near(&self, places: &[u32], seconds: i64) -> bool {
        places.iter().any(|number| !self.places[*number as usize].around(seconds, self.reach.tolerance).is_empty())
    }

    /// Whether any place has a sample within the tolerance of a time.
    pub(crate) fn is_time_near(&self, seconds: i64) -> bool {
        let from = self.times.partition_point(|time| *time < seconds.saturating_sub(self.reach.tolerance));
        self.times.get(from).is_some_and(|time| *time <= seconds.saturating_add(self.reach.tolerance))
    }
}
