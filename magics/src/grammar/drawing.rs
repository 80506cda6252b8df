//! The options of every figure, and the kinds of figures.

use crate::show::{ColourMap, Limits};
use clap::{
    Args, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use std::sync::LazyLock;

/// Options of every figure.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Figure")]
pub(crate) struct Drawing {
    /// The title
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// The width and height in pixels
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub(crate) size: Option<(u32, u32)>,
    /// Pixels per inch of the PNG, of which 96 make one pixel of --size
    #[arg(long, value_name = "N", value_parser = dpi)]
    pub(crate) dpi: Option<u32>,
    /// The colour map, of cmocean; _r behind its name reverses it
    #[arg(long, value_name = "NAME", value_parser = colour_maps())]
    pub(crate) cmap: Option<ColourMap>,
    /// The ends of the values' axis or colours; arrows at a colour bar say that values go on
    #[arg(long, value_name = "MIN,MAX", value_parser = limits, allow_hyphen_values = true)]
    pub(crate) limits: Option<Limits>,
    /// Space the values' axis or colours by ratios; of a histogram the counts
    #[arg(long)]
    pub(crate) log: bool,
    /// The title of the level axis
    #[arg(long, value_name = "TEXT")]
    pub(crate) xlabel: Option<String>,
    /// The title of the upright axis
    #[arg(long, value_name = "TEXT")]
    pub(crate) ylabel: Option<String>,
    /// The title of the colour bar
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,
    /// How a map lays the Earth flat
    #[arg(long, value_enum)]
    pub(crate) projection: Option<Projection>,
    /// Write the figure to a file too, .svg or .png by its ending. May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Vec<String>,
    /// Let --save overwrite a file
    #[arg(long, requires = "save")]
    pub(crate) force: bool,
}

/// How a map lays the Earth flat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Projection {
    /// Degrees as they are
    Platecarree,
    /// True to angles, up to 85° north and south
    Mercator,
    /// A compromise for the whole Earth
    Robinson,
    /// The globe from afar, above the middle of the area
    Orthographic,
}

/// How to draw values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// Lines alone
    Line,
    /// Lines with the standard deviation as error bars
    Errorbars,
    /// Lines in a band of one standard deviation
    Band,
    /// The second value against the first, with the line that fits; a third colours the dots
    Scatter,
    /// How often values occur
    Histogram,
    /// The years of a series above one another, and their mean
    Year,
    /// Cells or places in colour on a map
    Map,
    /// Time against latitude or longitude
    Hovmoller,
    /// The first value less the second
    Difference,
    /// The pairs of a match-up on a map, coloured by primary less secondary
    Matchup,
    /// The rows and columns of a table in colour; of a series its years and months
    Heatmap,
}

impl Kind {
    /// The kind as it is typed.
    pub(crate) fn word(self) -> String {
        self.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned())
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once(['x', '×']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    match parts {
        Some((w, h)) if (200..=2000).contains(&w) && (200..=2000).contains(&h) => Ok((w, h)),
        _ => Err("WIDTHxHEIGHT in pixels, such as 800x400; 200 to 2000 each way".to_owned()),
    }
}

fn dpi(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|n| (48..=1200).contains(n))
        .ok_or_else(|| "a whole number of pixels per inch, 48 to 1200, such as 300".to_owned())
}

fn limits(text: &str) -> Result<Limits, String> {
    let ends = text.split_once(',').and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    ends.and_then(|(low, high)| Limits::new(low, high)).ok_or_else(|| "two numbers, the lesser first: MIN,MAX such as 20,30".to_owned())
}

/// The colour maps by name, as they are and reversed; lists name each but once.
fn colour_maps() -> impl TypedValueParser<Value = ColourMap> {
    static REVERSED: LazyLock<Vec<String>> = LazyLock::new(|| ColourMap::names().into_iter().map(|name| format!("{name}_r")).collect());
    let reversed = REVERSED.iter().map(|name| PossibleValue::new(name.as_str()).hide(true));
    PossibleValuesParser::new(ColourMap::names().into_iter().map(PossibleValue::new).chain(reversed))
        .try_map(|name| ColourMap::named(&name).ok_or_else(|| format!("there is no colour map {name}")))
}
