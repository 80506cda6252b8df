//! The grammar of `%sdap`: verbs, options, and what they take.

mod analyses;
mod drawing;
mod jobs;
mod service;
mod settings;
mod shared;
mod slips;
mod target;
pub(crate) mod words;

use crate::{
    Fault,
    token::{Token, Tokens},
};
pub(crate) use analyses::{
    AnomalyArgs, CorrelateArgs, CorrelationStat, HovmollerArgs, HovmollerAxis, MapArgs, Stat, StddevArgs, SubsetArgs, TimeseriesArgs,
};
use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand,
    builder::{StringValueParser, TypedValueParser},
};
pub(crate) use drawing::{Drawing, Kind, Projection};
pub(crate) use jobs::{Closest, JobArgs, JobsArgs, MatchupArgs, ResultsArgs};
pub(crate) use service::{CapabilitiesArgs, Change, DatasetArgs, GetArgs, HeartbeatArgs, PictureFormat, Slice, TomogramArgs};
pub(crate) use settings::{SetArgs, Setting};
pub(crate) use shared::{Asking, Levels, Saving, Selecting, Showing, Splitting};
pub(crate) use slips::unknown_verb;
pub(crate) use target::{LoginArgs, TargetArgs};

/// A command of `%sdap`.
#[derive(Clone, Debug, Parser)]
#[command(name = "%sdap", no_binary_name = true, disable_help_subcommand = true, disable_version_flag = true, color = clap::ColorChoice::Never)]
pub(crate) struct Line {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do. The first paragraph of each is the verb's summary.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Verb {
    /// Choose the server to ask, or show which it is
    Target(TargetArgs),
    /// List the datasets, or those whose name or title contains a pattern
    Datasets(DatasetsArgs),
    /// Show what is known of a dataset, or of a bound value: span, extent, units, numbers, attribution
    Describe(DescribeArgs),
    /// Make a dataset of files: Zarr, NetCDF, CSV or Parquet, alone, in a folder, or all that match a pattern
    Open(OpenArgs),
    /// Name a region: region NAME = W,S,E,N or WKT
    Region(RegionArgs),
    /// List the named regions
    Regions(RegionsArgs),
    /// Draw a box or region on a map
    Box(BoxArgs),
    /// Take the samples of a box, or of what a filter selects, without averaging
    Subset(SubsetArgs),
    /// Average over an area, for each time: mean, spread, extremes, count
    Timeseries(TimeseriesArgs),
    /// Average the daily difference from a climatology over an area
    Anomaly(AnomalyArgs),
    /// Reduce time to one number for each cell, and draw the map
    Map(MapArgs),
    /// Correlate two datasets over time, in each cell
    Correlate(CorrelateArgs),
    /// Draw time against latitude or longitude
    Hovmoller(HovmollerArgs),
    /// Show the standard deviations that a climatology keeps at a place
    Stddev(StddevArgs),
    /// Pair the samples of two datasets that were taken near each other
    Matchup(MatchupArgs),
    /// List the jobs of this session, and how far they are
    Jobs(JobsArgs),
    /// Show how far a job is, and what it was asked
    Job(JobArgs),
    /// End a job
    Cancel(JobArgs),
    /// Take the pairs that a job has found
    Results(ResultsArgs),
    /// List where the results of a job can be downloaded
    Catalog(JobArgs),
    /// Cut through a volume of a dataset that has elevations: a picture, or its numbers as a file
    Tomogram(TomogramArgs),
    /// Ask any endpoint of the server: a table, a tree, a picture or a file
    Get(GetArgs),
    /// Draw what is bound to names
    Plot(PlotArgs),
    /// Show what is bound to a name as a table
    Table(TableArgs),
    /// List what is bound
    Values(ValuesArgs),
    /// Forget what is bound to names
    Drop(DropArgs),
    /// Save what is bound to a name as a file: table, array or picture, by the file's ending
    Save(SaveArgs),
    /// Show the last request as URL, curl and nexuscli lines
    Last(LastArgs),
    /// Set what holds where a command does not say: target, box, time, quiet, static, cache, timeout, limit
    Set(SetArgs),
    /// Show what holds, and where it comes from: the config file, a variable, this session
    Config(ConfigArgs),
    /// Add a dataset to a server, change it or take it off, for everybody
    Dataset(DatasetArgs),
    /// List the endpoints of the server
    Capabilities(CapabilitiesArgs),
    /// Ask the server whether what it needs is there
    Heartbeat(HeartbeatArgs),
    /// Run the lines below it, two at a time: %%sdap batch
    Batch(BatchArgs),
    /// Show what runs: targets, bound values, defaults, Rust cells, folders
    Status(StatusArgs),
    /// Explain %sdap, or one verb of it
    Help(HelpArgs),
    /// Show the version of the kernel, and of the server it asks
    Version(VersionArgs),
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DatasetsArgs {
    /// A part of the name or title; case does not count, * stands for anything
    pub(crate) pattern: Option<String>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DescribeArgs {
    /// The dataset, or the name of a bound value
    pub(crate) dataset: String,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RegionArgs {
    /// NAME = W,S,E,N or NAME = 'POLYGON((…))'
    #[arg(required = true, num_args = 1.., allow_hyphen_values = true, value_name = "NAME = BOX")]
    pub(crate) definition: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RegionsArgs {}

#[derive(Clone, Debug, Args)]
pub(crate) struct BoxArgs {
    /// A region's name, W,S,E,N, or 'POLYGON((…))'; several are drawn on one map
    #[arg(required = true, num_args = 1.., value_name = "BOX", value_parser = trimmed())]
    pub(crate) areas: Vec<String>,
    #[command(flatten)]
    pub(crate) showing: Showing,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PlotArgs {
    /// The names to draw, together in one figure; A - B draws their difference
    #[arg(required = true, num_args = 1.., value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// How to draw them; what suits the values unless given
    #[arg(long, value_enum)]
    pub(crate) kind: Option<Kind>,
    /// Give the last name a y axis of its own, on the right
    #[arg(long)]
    pub(crate) twin: bool,
    /// Draw an error bar on every n-th time only; without error bars, take only every n-th time
    #[arg(long, value_name = "N", value_parser = words::count)]
    pub(crate) every: Option<u32>,
    /// The same as --kind band
    #[arg(long, conflicts_with = "kind")]
    pub(crate) band: bool,
    #[command(flatten)]
    pub(crate) showing: Showing,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TableArgs {
    /// The name to show
    pub(crate) name: String,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ValuesArgs {}

#[derive(Clone, Debug, Args)]
pub(crate) struct DropArgs {
    /// The names to forget
    #[arg(required = true, num_args = 1.., value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct SaveArgs {
    /// The name to save
    pub(crate) name: String,
    /// The file: .csv, .json, .geojson, .nc, .zarr, .parquet, .png or .svg
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// Overwrite what is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Clone, Debug, Args)]
#[command(override_usage = "%sdap open [OPTIONS] <PATH> [as NAME]")]
pub(crate) struct OpenArgs {
    /// The path of a Zarr group, a NetCDF file or a folder of such files, or a pattern for files, as 'sst_*.nc'
    #[arg(value_name = "PATH")]
    pub(crate) place: String,
    /// What to call the dataset; the name of the file or folder where nothing is said
    #[arg(value_name = "as NAME", num_args = 1..)]
    pub(crate) name: Option<Vec<String>>,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0, value_parser = words::seconds)]
    pub(crate) timeout: f64,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct LastArgs {
    /// The URL alone
    #[arg(long)]
    pub(crate) url: bool,
    /// A line for a shell alone
    #[arg(long)]
    pub(crate) curl: bool,
    /// A line of Python for nexuscli alone
    #[arg(long)]
    pub(crate) nexuscli: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct BatchArgs {
    /// Run no further line once one has failed
    #[arg(long)]
    pub(crate) stop: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigArgs {}

#[derive(Clone, Debug, Args)]
pub(crate) struct StatusArgs {}

#[derive(Clone, Debug, Args)]
pub(crate) struct HelpArgs {
    /// The verb to explain
    pub(crate) verb: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct VersionArgs {}

/// The grammar as clap sees it, for completion and help.
pub(crate) fn command() -> clap::Command {
    Line::command()
}

/// The names of all verbs, in their order.
pub(crate) fn verbs() -> Vec<String> {
    command().get_subcommands().map(|c| c.get_name().to_owned()).collect()
}

fn trimmed() -> impl TypedValueParser<Value = String> {
    StringValueParser::new().map(|text| text.trim().to_owned())
}

/// What a list of words asks for.
pub(crate) fn parse(tokens: &Tokens) -> Result<Verb, Fault> {
    let is_box = tokens.words.first().is_some_and(|verb| verb.text == "box");
    // Boxes that begin with a negative longitude look like options. A space before them keeps them apart from those.
    let words = tokens.words.iter().map(|t| match t.text.strip_prefix('-') {
        Some(rest) if is_box && rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') => format!(" {}", t.text),
        _ => t.text.clone(),
    });
    let matches = command().try_get_matches_from(words).map_err(|e| slips::fault(&e, tokens))?;
    Ok(Line::from_arg_matches(&matches).map_err(|e| slips::fault(&e, tokens))?.verb)
}

/// What words ask for that the program itself puts together.
pub(crate) fn parse_words<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Verb, Fault> {
    let words = words.into_iter().map(|text| Token { text: text.to_owned(), span: 0..0, expressions: Vec::new() });
    parse(&Tokens { words: words.collect(), end: 0 })
}

/// The options of a verb, each with its dashes.
pub(crate) fn options(verb: &str) -> Vec<String> {
    let command = command();
    let arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    arguments.filter_map(|a| a.get_long().filter(|l| *l != "help").map(|l| format!("--{l}"))).collect()
}

/// Whether an option of a verb, with its dashes, has a value behind it.
pub(crate) fn takes_value(verb: &str, option: &str) -> bool {
    let command = command();
    let mut arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    arguments.any(|a| a.get_long().is_some_and(|l| option.strip_prefix("--") == Some(l)) && a.get_action().takes_values())
}

/// How a verb is written, in one line.
pub(crate) fn usage(verb: &str) -> String {
    let mut command = command();
    let Some(sub) = command.find_subcommand_mut(verb) else { return String::new() };
    let text = sub.render_usage().to_string();
    let text = text.trim_start_matches("Usage: ").trim();
    format!("%sdap {}", text.strip_prefix("%sdap ").unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tokens;

    #[test]
    fn the_grammar_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn negative_numbers_are_values_not_options() {
        let line = "timeseries A --bbox -170,-5,-120,5 --time 1998 --quiet";
        let Verb::Timeseries(args) = parse(&tokens(line, 0..line.len()).unwrap()).unwrap() else { panic!("a time series") };
        assert_eq!(args.selecting.bbox.as_deref(), Some("-170,-5,-120,5"));
        assert!(args.selecting.showing.quiet);
        let line = "box -118.9,32.7,-117.6,34.8 nino34 --title T";
        let Verb::Box(args) = parse(&tokens(line, 0..line.len()).unwrap()).unwrap() else { panic!("a box") };
        assert_eq!(args.areas, ["-118.9,32.7,-117.6,34.8", "nino34"]);
        let line = "region la = -118.9,32.7,-117.6,34.8";
        assert!(parse(&tokens(line, 0..line.len()).unwrap()).is_ok());
    }
}
