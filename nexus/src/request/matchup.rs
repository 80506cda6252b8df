//! Match-ups: samples of two datasets that were taken near each other.

use super::Query;
use sdap::{BoundingBox, Period};

/// Pairs of samples within a distance and a time of each other: `/match_spark`.
#[derive(Clone, Debug, PartialEq)]
pub struct MatchupRequest {
    /// The dataset each of whose samples seeks its neighbours.
    pub primary: String,
    /// The dataset among whose samples they are sought: a dataset, or an in-situ collection.
    pub secondary: String,
    /// The variable of both, for datasets with several; the first if none is named.
    pub parameter: Option<String>,
    /// The area of the primary.
    pub area: BoundingBox,
    /// The times of the primary.
    pub period: Period,
    /// How far a neighbour may be, in metres.
    pub radius: f64,
    /// How much earlier or later a neighbour may be, in seconds.
    pub tolerance: u64,
    /// In-situ platforms by code, as `30,42,3B`; a server wants some even where both are grids.
    pub platforms: String,
    /// The depths of an in-situ collection, in metres, positive downwards.
    pub depths: Option<(f64, f64)>,
    /// Only the closest neighbour of each, and all that share its place and time.
    pub once: bool,
    /// The closest is the nearest in place, then in time; otherwise the other way round.
    pub distance_first: bool,
}

impl MatchupRequest {
    /// The path and query that asks a 1.4 server.
    ///
    /// ```
    /// use sdap::{BoundingBox, Period};
    /// let request = sdap_nexus::request::MatchupRequest {
    ///     primary: "A".into(),
    ///     secondary: "B".into(),
    ///     parameter: None,
    ///     area: BoundingBox::new(-150.0, 40.0, -149.0, 41.0)?,
    ///     period: Period::new("2013-01-01T00:00:00Z".parse()?, "2013-01-15T23:59:59Z".parse()?)?,
    ///     radius: 1000.0,
    ///     tolerance: 86400,
    ///     platforms: "1".into(),
    ///     depths: None,
    ///     once: true,
    ///     distance_first: true,
    /// };
    /// assert_eq!(
    ///     request.path_and_query(),
    ///     "/match_spark?primary=A&secondary=B&b=-150,40,-149,41&startTime=2013-01-01T00:00:00Z&endTime=2013-01-15T23:59:59Z\
    ///      &tt=86400&rt=1000&platforms=1&matchOnce=true&prioritizeDistance=true"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn path_and_query(&self) -> String {
        Query::new("/match_spark")
            .text("primary", &self.primary)
            .text("secondary", &self.secondary)
            .area(&self.area)
            .period(&self.period)
            .text("tt", &self.tolerance.to_string())
            .text("rt", &self.radius.to_string())
            .text("platforms", &self.platforms)
            .optional("parameter", self.parameter.as_deref())
            .optional("depthMin", self.depths.map(|d| d.0))
            .optional("depthMax", self.depths.map(|d| d.1))
            .text("matchOnce", &self.once.to_string())
            .text("prioritizeDistance", &self.distance_first.to_string())
            .0
    }
}
