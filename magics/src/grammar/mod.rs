//! The grammar of `%sdap`: verbs, options, and what they take.

mod drawing;
mod slips;

use crate::{
    Fault,
    token::{Token, Tokens},
};
use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::{StringValueParser, TypedValueParser},
};
pub(crate) use drawing::{Drawing, Kind, Projection};

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
    /// Make a dataset of local files: Zarr or NetCDF, alone, in a folder, or all that a pattern matches
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
    /// Set what holds where a command does not say: target, box, time, quiet, static
    Set(SetArgs),
    /// Run the lines below it, two at a time: %%sdap batch
    Batch(BatchArgs),
    /// Show what runs: targets, bound values, defaults, Rust cells, folders
    Status(StatusArgs),
    /// Explain %sdap, or one verb of it
    Help(HelpArgs),
    /// Show the version of the kernel, and of the server it asks
    Version(VersionArgs),
}

/// Options of every verb that asks a server.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Shared options")]
pub(crate) struct Asking {
    /// Ask this target instead of the current one: a name or URL
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0, value_parser = seconds)]
    pub(crate) timeout: f64,
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
    #[command(flatten)]
    pub(crate) asking: Asking,
    #[command(flatten)]
    pub(crate) showing: Showing,
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

#[derive(Clone, Debug, Args)]
pub(crate) struct TargetArgs {
    /// A URL, NAME=URL, the name of a target, or `embedded`
    #[arg(value_name = "[NAME=]URL")]
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    pub(crate) timeout: f64,
}

/// How to log in to a server. What is secret is asked for, hidden, or taken from the environment: it never stands in a cell.
#[derive(Clone, Debug, Default, Args)]
#[group(multiple = false)]
pub(crate) struct LoginArgs {
    /// Log in with a bearer token, which is asked for
    #[arg(long)]
    pub(crate) token: bool,
    /// Log in with the bearer token that this environment variable holds
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) token_env: Option<String>,
    /// Log in with a user's name and a password, which is asked for
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Log in with a user's name and the password that an environment variable holds: NAME=VARIABLE
    #[arg(long, value_name = "NAME=VARIABLE")]
    pub(crate) user_env: Option<String>,
    /// Send this header, such as Cookie, with a value that is asked for
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Option<String>,
    /// Send this header, its value taken from an environment variable: NAME=VARIABLE
    #[arg(long, value_name = "NAME=VARIABLE")]
    pub(crate) header_env: Option<String>,
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
pub(crate) struct SubsetArgs {
    /// The dataset
    pub(crate) dataset: String,
    /// Take only what this selects: FIELD:VALUE. May be given several times; all must hold
    #[arg(long, value_name = "FIELD:VALUE")]
    pub(crate) filter: Vec<String>,
    /// Ask once for each value, and answer with one series each: FIELD=V1,V2,…
    #[arg(long, value_name = "FIELD=V1,V2,…")]
    pub(crate) each: Option<String>,
    #[command(flatten)]
    pub(crate) selecting: Selecting,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TimeseriesArgs {
    /// The dataset, or several: A,B
    #[arg(value_name = "DATASET[,DATASET]")]
    pub(crate) datasets: String,
    /// Subtract the mean of each calendar month, from `NAME_clim`
    #[arg(long)]
    pub(crate) seasonal: bool,
    /// Smooth by a low-pass filter
    #[arg(long)]
    pub(crate) lowpass: bool,
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
    pub(crate) selecting: Selecting,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct CorrelateArgs {
    /// The first dataset
    pub(crate) first: String,
    /// The second dataset
    pub(crate) second: String,
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
    #[command(flatten)]
    pub(crate) selecting: Selecting,
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
    #[arg(long, value_name = "N", value_parser = count)]
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
pub(crate) struct OpenArgs {
    /// The path of a Zarr group, a NetCDF file or a folder of such files, or a pattern for files, as 'sst_*.nc'
    #[arg(value_name = "PATH")]
    pub(crate) place: String,
    /// What to call the dataset; the name of the file or folder where nothing is said
    #[arg(value_name = "as NAME", num_args = 2)]
    pub(crate) name: Option<Vec<String>>,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0, value_parser = seconds)]
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

/// What can be set for all commands that do not say otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
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

#[derive(Clone, Debug, Args)]
pub(crate) struct BatchArgs {
    /// Run no further line once one has failed
    #[arg(long)]
    pub(crate) stop: bool,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct StatusArgs {}

#[derive(Clone, Debug, Args)]
pub(crate) struct HelpArgs {
    /// The verb to explain
    pub(crate) verb: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct VersionArgs {}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if s > 0.0 && s <= 86_400.0 => Ok(s),
        _ => Err("a number of seconds above 0, at most 86400".to_owned()),
    }
}

fn month(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|m| (1..=12).contains(m)).ok_or_else(|| "a calendar month, 1 to 12".to_owned())
}

fn count(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "a whole number, 1 or more".to_owned())
}

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
