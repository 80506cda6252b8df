//! Options that many verbs share.

use super::{
    Drawing,
    words::{Split, points, range, seconds, split},
};
use clap::Args;
use sdap_nexus::request::Elevation;

/// Options of every verb that asks a server.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Shared options")]
pub(crate) struct Asking {
    /// Ask this target instead of the current one: a name or URL
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Give up after so many seconds, or 15m, 2h; 600 s unless %sdap set timeout says otherwise
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<f64>,
    /// Ask again, though the answer may be kept from an earlier time (see %sdap set cache)
    #[arg(long)]
    pub(crate) fresh: bool,
}

/// Options of every verb that selects by area and time.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Shared options")]
pub(crate) struct Selecting {
    /// The area: W,S,E,N in degrees, a region's name, or 'POLYGON((…))'. West beyond east crosses the antimeridian
    #[arg(long, value_name = "BOX", allow_hyphen_values = true)]
    pub(crate) bbox: Option<String>,
    /// The time: START/END, each a year, month, day or date-time; one alone is that whole year, month or day
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) time: Option<String>,
    /// The variable, where the dataset has several
    #[arg(long, value_name = "NAME")]
    pub(crate) variable: Option<String>,
    /// Stop at an answer of more points than this, as 500k or 5M; 2 million unless %sdap set limit says otherwise
    #[arg(long, value_name = "POINTS", value_parser = points)]
    pub(crate) limit: Option<u64>,
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[command(flatten)]
    pub(crate) showing: Showing,
}

/// The heights or depths to take, of a dataset that has them.
#[derive(Clone, Debug, Default, Args)]
#[group(multiple = false)]
#[command(next_help_heading = "Levels")]
pub(crate) struct Levels {
    /// Elevations in metres, of a dataset that has them: A,B, both included; one alone is that level
    #[arg(long, value_name = "A,B", value_parser = range, allow_hyphen_values = true)]
    pub(crate) elevation: Option<(f64, f64)>,
    /// Heights in metres, the same as elevations
    #[arg(long, value_name = "A,B", value_parser = range, allow_hyphen_values = true)]
    pub(crate) height: Option<(f64, f64)>,
    /// Depths in metres, positive downwards: 0,50 is the upper 50 m
    #[arg(long, value_name = "A,B", value_parser = range, allow_hyphen_values = true)]
    pub(crate) depth: Option<(f64, f64)>,
}

impl Levels {
    /// The elevations that are meant.
    pub(crate) fn elevation(&self) -> Option<Elevation> {
        let upwards = self.elevation.or(self.height);
        // A depth of zero is an elevation of zero, not of minus zero.
        let (lowest, highest) = upwards.or(self.depth.map(|(shallow, deep)| (0.0 - deep, 0.0 - shallow)))?;
        Some(Elevation { lowest, highest })
    }
}

/// How a long question is asked.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Shared options")]
pub(crate) struct Splitting {
    /// Ask in so many windows of time, two at once, and join the answers; auto chooses how many. What failed is asked again
    #[arg(long, value_name = "N|auto", value_parser = split)]
    pub(crate) windows: Option<Split>,
}

/// Options of every verb that shows something.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Shared options")]
pub(crate) struct Showing {
    /// Show nothing but errors
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Leave the interactive twin out of figures
    #[arg(long = "static")]
    pub(crate) fixed: bool,
    #[command(flatten)]
    pub(crate) drawing: Drawing,
}

/// What is yet to become of an answer that is a file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "File")]
pub(crate) struct Saving {
    /// Write the answer to a file
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<String>,
    /// Let --save overwrite a file
    #[arg(long, requires = "save")]
    pub(crate) force: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_are_elevations_downwards() {
        let levels = Levels { depth: Some((0.0, 50.0)), ..Levels::default() };
        let elevation = levels.elevation().unwrap();
        assert_eq!((elevation.lowest.to_string(), elevation.highest.to_string()), ("-50".into(), "0".into()));
        let levels = Levels { height: Some((2.0, 10.0)), ..Levels::default() };
        assert_eq!(levels.elevation(), Some(Elevation { lowest: 2.0, highest: 10.0 }));
        assert_eq!(Levels::default().elevation(), None);
    }
}
