//! `set`: what holds where a command does not say.

use clap::{Args, ValueEnum};

/// What can be set for all commands that do not say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Setting {
    /// The server to ask
    Target,
    /// The area, as for --bbox
    Box,
    /// The time, as for --time
    Time,
    /// Show nothing but errors: on or off
    Quiet,
    /// Leave the interactive twin out of figures: on or off
    Static,
    /// Keep the answers of servers on disk, and take them from there: on or off
    Cache,
    /// How long to wait for an answer, in seconds, as for --timeout
    Timeout,
    /// How many points an answer may have, as for --limit
    Limit,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SetArgs {
    /// What to set; all settings are shown without it
    #[arg(value_enum, value_name = "NAME")]
    pub(crate) name: Option<Setting>,
    /// What to set it to
    #[arg(allow_hyphen_values = true, conflicts_with = "unset")]
    pub(crate) value: Option<String>,
    /// Forget the setting
    #[arg(long, requires = "name")]
    pub(crate) unset: bool,
}
