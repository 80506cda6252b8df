//! The grammar of `%sdap`: verbs, options, and what they take.

use crate::{
    fault::Fault,
    token::{Token, Tokens},
};
use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    error::{ContextKind, ContextValue, ErrorKind},
};

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
    /// Show what is known of a dataset: span, extent, step, units, variables, filters, attribution
    Describe(DescribeArgs),
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
    /// Show the last request as URL, curl and nexuscli lines
    Last(LastArgs),
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
}

#[derive(Clone, Debug, Args)]
pub(crate) struct TargetArgs {
    /// A URL, NAME=URL, the name of a target, or `embedded`
    #[arg(value_name = "[NAME=]URL")]
    pub(crate) server: Option<String>,
    /// Log in with the bearer token that this environment variable holds
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) token_env: Option<String>,
    /// Send this header, its value taken from an environment variable: NAME=VARIABLE
    #[arg(long, value_name = "NAME=VARIABLE", conflicts_with = "token_env")]
    pub(crate) header_env: Option<String>,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    pub(crate) timeout: f64,
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
    /// The dataset
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
    #[arg(required = true, num_args = 1.., allow_hyphen_values = true, value_name = "BOX")]
    pub(crate) areas: Vec<String>,
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

/// How to draw series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Lines alone
    Line,
    /// Lines with the standard deviation as error bars
    Errorbars,
    /// Lines in a band of one standard deviation
    Band,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PlotArgs {
    /// The names to draw, together in one figure
    #[arg(required = true, num_args = 1.., value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// How to draw series
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
    /// The title
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// The width and height in pixels
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub(crate) size: Option<(u32, u32)>,
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
pub(crate) struct LastArgs {}

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

fn size(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once(['x', '×']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match parts {
        Some((w, h)) if (200..=2000).contains(&w) && (200..=2000).contains(&h) => Ok((w, h)),
        _ => Err("WIDTHxHEIGHT in pixels, such as 800x400; 200 to 2000 each way".to_owned()),
    }
}

/// The grammar as clap sees it, for completion and help.
pub(crate) fn command() -> clap::Command {
    Line::command()
}

/// The names of all verbs, in their order.
pub(crate) fn verbs() -> Vec<String> {
    command().get_subcommands().map(|c| c.get_name().to_owned()).collect()
}

/// What a list of words asks for.
pub(crate) fn parse(tokens: &Tokens) -> Result<Verb, Fault> {
    let words = tokens.words.iter().map(|t| t.text.as_str());
    let matches = command().try_get_matches_from(words).map_err(|e| fault(&e, tokens))?;
    Ok(Line::from_arg_matches(&matches).map_err(|e| fault(&e, tokens))?.verb)
}

/// What clap found wrong, in our words, at the word that is wrong.
fn fault(error: &clap::Error, tokens: &Tokens) -> Fault {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(s)) => s.join(", "),
        _ => String::new(),
    };
    let verb = tokens.words.first().map_or("", |t| t.text.as_str());
    let argument = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let ask_help = format!("%sdap help {verb}");
    match error.kind() {
        ErrorKind::InvalidSubcommand => unknown_verb(&text(ContextKind::InvalidSubcommand), tokens),
        ErrorKind::UnknownArgument => unknown_argument(verb, &argument, tokens),
        ErrorKind::MissingRequiredArgument => {
            Fault::new("MissingArgument", format!("{verb} lacks {argument}")).at(tokens.behind()).expected(argument).hint(ask_help)
        }
        ErrorKind::InvalidValue if value.is_empty() => Fault::new("MissingArgument", format!("{argument} lacks its value"))
            .at(option_span(&argument, tokens))
            .expected(argument)
            .hint(ask_help),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = text(ContextKind::ValidValue);
            let reason = std::error::Error::source(error).map(ToString::to_string);
            let expected = if valid.is_empty() { reason.unwrap_or_else(|| argument.clone()) } else { format!("one of {valid}") };
            Fault::new("BadValue", format!("{} cannot be `{value}`", argument.split(' ').next().unwrap_or_default()))
                .at(tokens.span_of(&value).unwrap_or_else(|| tokens.behind()))
                .expected(expected)
                .nearest(&value, valid.split(", "))
        }
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg);
            let message = if argument == other || other.is_empty() {
                format!("{argument} is given twice")
            } else {
                format!("{argument} and {other} exclude each other")
            };
            Fault::new("Conflict", message).at(option_span(&argument, tokens)).hint(ask_help)
        }
        _ => Fault::new("Syntax", error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
            .at(tokens.behind())
            .hint(ask_help),
    }
}

fn unknown_verb(verb: &str, tokens: &Tokens) -> Fault {
    let verbs = verbs();
    Fault::new("UnknownVerb", format!("%sdap has no verb {verb}"))
        .at(tokens.span_of(verb).unwrap_or_else(|| tokens.behind()))
        .expected(verbs.join(", "))
        .nearest(verb, verbs.iter().map(String::as_str))
        .hint("%sdap help")
}

fn unknown_argument(verb: &str, argument: &str, tokens: &Tokens) -> Fault {
    let span = option_span(argument, tokens);
    let options = options(verb);
    if argument.starts_with('-') {
        return Fault::new("UnknownOption", format!("{verb} has no option {argument}"))
            .at(span)
            .expected(options.join(", "))
            .nearest(argument, options.iter().map(String::as_str))
            .hint(format!("%sdap help {verb}"));
    }
    let usage = usage(verb);
    Fault::new("TooMuch", format!("{verb} takes no further `{argument}`")).at(span).expected(usage).hint(format!("%sdap help {verb}"))
}

fn option_span(option: &str, tokens: &Tokens) -> std::ops::Range<usize> {
    let name = option.split([' ', '=']).next().unwrap_or_default();
    let named = |t: &&Token| t.text == name || t.text.split('=').next() == Some(name);
    tokens.words.iter().find(named).map_or_else(|| tokens.behind(), |t| t.span.clone())
}

/// The options of a verb, each with its dashes.
pub(crate) fn options(verb: &str) -> Vec<String> {
    let command = command();
    let arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    arguments.filter_map(|a| a.get_long().filter(|l| *l != "help").map(|l| format!("--{l}"))).collect()
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

    fn failing(line: &str) -> String {
        let tokens = tokens(line, 0..line.len()).unwrap();
        let fault = parse(&tokens).unwrap_err();
        fault.traceback(line).join("\n").replace("\x1b[1;31m", "").replace("\x1b[36m", "").replace("\x1b[0m", "")
    }

    #[test]
    fn the_grammar_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_slip_gets_a_caret_and_what_was_expected() {
        let slips = [
            "timeserie A",
            "frobnicate",
            "timeseries",
            "timeseries A B",
            "timeseries A --bbx 1,2,3,4",
            "timeseries A --bbox",
            "timeseries A --timeout soon",
            "timeseries A --bbox 1,2,3,4 --bbox 1,2,3,4",
            "map A --stat median",
            "map A --stat climatology",
            "map A --stat climatology --month 13",
            "plot",
            "plot a --every 0",
            "plot a --kind errorbar",
            "plot a --size 10",
            "plot a --kind line --band",
            "target a b",
        ];
        insta::assert_snapshot!(slips.map(failing).join("\n\n"));
    }

    #[test]
    fn negative_numbers_are_values_not_options() {
        let line = "timeseries A --bbox -170,-5,-120,5 --time 1998 --quiet";
        let Verb::Timeseries(args) = parse(&tokens(line, 0..line.len()).unwrap()).unwrap() else { panic!("a time series") };
        assert_eq!(args.selecting.bbox.as_deref(), Some("-170,-5,-120,5"));
        assert!(args.selecting.showing.quiet);
        let line = "region la = -118.9,32.7,-117.6,34.8";
        assert!(parse(&tokens(line, 0..line.len()).unwrap()).is_ok());
    }
}
