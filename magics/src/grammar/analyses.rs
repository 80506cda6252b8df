//! The verbs that compute: what they take.

use super::{
    Levels, Selecting, Splitting,
    words::{day, degrees, month, place},
};
use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
pub(crate) struct SubsetArgs {
    /// The dataset
    pub(crate) dataset: String,
    /// Take only what this selects: FIELD:VALUE. May be given several times; all must hold
    #[arg(long, value_name = "FIELD:VALUE")]
    pub(crate) filter: Vec<String>,
    /// Ask once for each value, and answer with one series each: FIELD=V1,V2,…
    #[arg(long, value_name = "FIELD=V1,V2,…")]
    pub(crate) each: Option<String>,
    /// Write the samples to a ZIP file of CSV tables, as the server makes it, instead of showing them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["filter", "each", "save"])]
    pub(crate) zip: Option<String>,
    #[command(flatten)]
    pub(crate) levels: Levels,
    #[command(flatten)]
    pub(crate) splitting: Splitting,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TimeseriesArgs {
    /// The dataset, or several: A,B. TARGET:A asks that target, so that two servers can be compared
    #[arg(value_name = "DATASET[,DATASET]")]
    pub(crate) datasets: String,
    /// Subtract the mean of each calendar month, from `NAME_clim`
    #[arg(long)]
    pub(crate) seasonal: bool,
    /// Smooth by a low-pass filter
    #[arg(long)]
    pub(crate) lowpass: bool,
    /// Move each time to the first of its month, so that monthly datasets with other dates pair
    #[arg(long)]
    pub(crate) normalize_dates: bool,
    #[command(flatten)]
    pub(crate) levels: Levels,
    #[command(flatten)]
    pub(crate) splitting: Splitting,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct AnomalyArgs {
    /// The dataset
    pub(crate) dataset: String,
    /// The climatology to subtract; `NAME_CLIM` unless given
    #[arg(long, value_name = "DATASET")]
    pub(crate) climatology: Option<String>,
    #[command(flatten)]
    pub(crate) splitting: Splitting,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

/// What a map shows over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stat {
    /// The mean
    #[default]
    Mean,
    /// The variance
    Variance,
    /// The greatest value
    Max,
    /// The least value
    Min,
    /// The mean of one calendar month over the years
    Climatology,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct MapArgs {
    /// The dataset
    pub(crate) dataset: String,
    /// What to show over time
    #[arg(long, value_enum, default_value_t)]
    pub(crate) stat: Stat,
    /// The calendar month of a climatology, 1 to 12
    #[arg(long, value_name = "MONTH", value_parser = month, required_if_eq("stat", "climatology"))]
    pub(crate) month: Option<u32>,
    #[command(flatten)]
    pub(crate) levels: Levels,
    #[command(flatten)]
    pub(crate) splitting: Splitting,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

/// What a correlation map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum CorrelationStat {
    /// The correlation coefficient after Pearson
    #[default]
    R,
    /// The slope of the regression of the second on the first
    Slope,
    /// The value of the second where the first is 0
    Intercept,
    /// The probability of such a slope if there were none
    P,
    /// The standard error of the slope
    Stderr,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CorrelateArgs {
    /// The first dataset
    pub(crate) first: String,
    /// The second dataset
    pub(crate) second: String,
    /// What to show of the regression of the second on the first
    #[arg(long, value_enum, default_value_t)]
    pub(crate) stat: CorrelationStat,
    /// Lay a grid of so many degrees over both, which then need not share one; 1 where --stat asks for more than r
    #[arg(long, value_name = "DEGREES", value_parser = degrees)]
    pub(crate) resolution: Option<f64>,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

/// The axis that a Hovmöller diagram keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum HovmollerAxis {
    /// Time against latitude
    Latitude,
    /// Time against longitude
    #[default]
    Longitude,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct HovmollerArgs {
    /// The dataset
    pub(crate) dataset: String,
    /// The axis to keep beside time
    #[arg(long, value_enum, default_value_t)]
    pub(crate) axis: HovmollerAxis,
    /// Move each time to the first of its month
    #[arg(long)]
    pub(crate) normalize_dates: bool,
    #[command(flatten)]
    pub(crate) levels: Levels,
    #[command(flatten)]
    pub(crate) splitting: Splitting,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct StddevArgs {
    /// The climatology, such as `NAME_CLIM`
    pub(crate) dataset: String,
    /// The place: longitude and latitude in degrees
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true)]
    pub(crate) at: (f64, f64),
    /// The day of the year, 1 to 366
    #[arg(long, value_name = "N", value_parser = day, required_unless_present = "date", conflicts_with = "date")]
    pub(crate) day: Option<u32>,
    /// The date, of which the day of the year counts
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<String>,
    /// All cells of the tile that holds the place, instead of the nearest one
    #[arg(long)]
    pub(crate) tile: bool,
    #[command(flatten)]
    pub(crate) asking: super::Asking,
    /// Show nothing but errors
    #[arg(long)]
    pub(crate) quiet: bool,
}
