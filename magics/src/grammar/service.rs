//! What is asked of a server itself, of any of its endpoints, and of its tomograms.

use super::{
    Asking, Saving,
    words::{number, place, range},
};
use clap::{Args, ValueEnum};

#[derive(Clone, Debug, Args)]
pub(crate) struct GetArgs {
    /// The endpoint: a path below the server's address, such as /heartbeat
    pub(crate) path: String,
    /// What to ask it, each as KEY=VALUE
    #[arg(value_name = "KEY=VALUE", allow_hyphen_values = false)]
    pub(crate) parameters: Vec<String>,
    #[command(flatten)]
    pub(crate) saving: Saving,
    /// Show nothing but errors
    #[arg(long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CapabilitiesArgs {
    /// A part of the path, name or description; case does not count
    pub(crate) pattern: Option<String>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct HeartbeatArgs {
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// What is cut out of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Slice {
    /// Latitude against elevation, at a longitude
    Longitude,
    /// Longitude against elevation, at a latitude
    Latitude,
    /// Distance against elevation, from one place to another
    Profile,
    /// The volume itself, turned about
    #[value(name = "3d")]
    Volume,
}

/// The formats of tomograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PictureFormat {
    /// A picture
    Png,
    /// A moving picture
    Gif,
    /// The numbers
    Netcdf,
    /// The numbers of a volume, as text
    Csv,
    /// Several pictures
    Zip,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TomogramArgs {
    /// What to cut out
    #[arg(value_enum, value_name = "SLICE")]
    pub(crate) slice: Slice,
    /// The dataset, which has elevations
    pub(crate) dataset: String,
    /// The longitude or latitude of the slice in degrees
    #[arg(long, value_name = "DEGREES", value_parser = number, allow_hyphen_values = true)]
    pub(crate) at: Option<f64>,
    /// From which to which latitude a slice at a longitude goes, or the other way round: A,B
    #[arg(long, value_name = "A,B", value_parser = range, allow_hyphen_values = true)]
    pub(crate) between: Option<(f64, f64)>,
    /// Where a profile begins
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true)]
    pub(crate) from: Option<(f64, f64)>,
    /// Where a profile ends
    #[arg(long, value_name = "LON,LAT", value_parser = place, allow_hyphen_values = true)]
    pub(crate) to: Option<(f64, f64)>,
    /// The area of a volume
    #[arg(long, value_name = "BOX", allow_hyphen_values = true)]
    pub(crate) bbox: Option<String>,
    /// From which to which elevation, in metres: A,B
    #[arg(long, value_name = "A,B", value_parser = range, allow_hyphen_values = true)]
    pub(crate) elevation: (f64, f64),
    /// The format; that of the file's ending where --save names one, or else png
    #[arg(long, value_enum)]
    pub(crate) format: Option<PictureFormat>,
    /// Further parameters of the endpoint, each as KEY=VALUE
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) parameters: Vec<String>,
    #[command(flatten)]
    pub(crate) saving: Saving,
    /// Show nothing but errors
    #[arg(long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// What to do with a server's list of datasets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Change {
    /// Make a Zarr group a dataset of the server
    Add,
    /// Change where a dataset is, or what its variables are called
    Update,
    /// Take a dataset off the list; its files stay
    Remove,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DatasetArgs {
    /// What to do
    #[arg(value_enum, value_name = "WHAT")]
    pub(crate) change: Change,
    /// The dataset
    pub(crate) name: String,
    /// Where the server finds it: a path, or `s3://BUCKET/PATH`
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<String>,
    /// Its variable, or several: A,B
    #[arg(long, value_name = "NAME")]
    pub(crate) variable: Option<String>,
    /// What its coordinates are called
    #[arg(long, value_name = "NAMES", default_value = "latitude=lat,longitude=lon,time=time")]
    pub(crate) coords: String,
    /// A bucket that everybody may read
    #[arg(long)]
    pub(crate) public: bool,
    /// Give the server the keys of the environment to read its bucket with: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`
    #[arg(long, conflicts_with = "public")]
    pub(crate) aws_env: bool,
    /// Do not ask before
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) asking: Asking,
}
