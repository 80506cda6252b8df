//! Match-ups and jobs: what their verbs take.

use super::{
    Asking, Selecting,
    words::{metres, points, range, tolerance},
};
use clap::{Args, ValueEnum};

/// Which of several neighbours is the closest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Closest {
    /// The nearest in place, then in time
    #[default]
    Distance,
    /// The nearest in time, then in place
    Time,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct MatchupArgs {
    /// The dataset each of whose samples seeks its neighbours
    pub(crate) primary: String,
    /// The dataset, or in-situ collection, among whose samples they are sought
    pub(crate) secondary: String,
    /// How far a neighbour may be, in metres, or as 25km
    #[arg(long, value_name = "METRES", value_parser = metres, default_value = "1000")]
    pub(crate) radius: f64,
    /// How much earlier or later a neighbour may be, in seconds, or as 15m, 6h, 1d
    #[arg(long, value_name = "TIME", value_parser = tolerance, default_value = "1d")]
    pub(crate) tolerance: u64,
    /// Only the closest neighbour of each sample
    #[arg(long)]
    pub(crate) once: bool,
    /// Which neighbour is the closest, for --once
    #[arg(long, value_enum, default_value_t)]
    pub(crate) closest: Closest,
    /// The platforms of an in-situ collection by code, as 30,42,3B
    #[arg(long, value_name = "CODES")]
    pub(crate) platforms: Option<String>,
    /// The depths of an in-situ collection in metres, positive downwards: A,B
    #[arg(long, value_name = "A,B", value_parser = range)]
    pub(crate) depth: Option<(f64, f64)>,
    /// Start the job and do not wait for it: %sdap jobs and %sdap results ID come back to it
    #[arg(long)]
    pub(crate) detach: bool,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct JobsArgs {
    /// Show nothing but errors
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = super::words::seconds)]
    pub(crate) timeout: Option<f64>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct JobArgs {
    /// The job, as %sdap jobs lists it; a beginning that only one of them has is enough
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ResultsArgs {
    /// The job, as %sdap jobs lists it; a beginning that only one of them has is enough
    pub(crate) id: String,
    /// Take at most so many pairs, as 500 or 10k
    #[arg(long, value_name = "PAIRS", value_parser = points)]
    pub(crate) limit: Option<u64>,
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[command(flatten)]
    pub(crate) showing: super::Showing,
}
