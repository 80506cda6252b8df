//! `help` and `version`.

use super::{Context, Outcome};
use crate::{
    Bundle, Fault,
    grammar::{self, HelpArgs},
};
use clap::builder::PossibleValue;
use std::fmt::Write;

/// What a verb asks of NEXUS, what it computes, and examples that run on the demo catalogue.
pub(crate) struct Lesson {
    pub(crate) verb: &'static str,
    endpoint: &'static str,
    method: &'static str,
    pub(crate) examples: &'static [&'static str],
}

/// One lesson for each verb.
pub(crate) const LESSONS: &[Lesson] = &[
    Lesson {
        verb: "target",
        endpoint: "/list",
        method: "The engine inside the kernel, `embedded`, answers until a server is chosen. A token, password or header is \
                 asked for, hidden, or read from an environment variable, so that it never stands in the notebook.",
        examples: &["%sdap target", "%sdap target embedded", "%sdap target embedded --timeout 10"],
    },
    Lesson {
        verb: "datasets",
        endpoint: "/list",
        method: "",
        examples: &["%sdap datasets", "%sdap datasets sst", "%sdap datasets *clim*"],
    },
    Lesson {
        verb: "describe",
        endpoint: "/list",
        method: "",
        examples: &[
            "%sdap describe OSTIA_SST_MONTHLY_TROPICS",
            "%sdap describe USGS_VA_DISCHARGE_DAILY",
            "%sdap describe COADS_CLIMATOLOGY --target embedded",
        ],
    },
    Lesson {
        verb: "open",
        endpoint: "",
        method: "The engine inside the kernel reads it, chunk by chunk, whenever it is asked; nothing is copied. What is missing, packed \
                 or counted in another calendar is understood after the CF conventions. Files of a folder or pattern are joined along \
                 time. Ask for it while the target is `embedded`.",
        examples: &["%sdap open sst.zarr", "%sdap open sst_2001.nc as SST", "%sdap open 'model/*.nc' as MODEL"],
    },
    Lesson {
        verb: "region",
        endpoint: "",
        method: "Of WKT the envelope is taken, as NEXUS does.",
        examples: &[
            "%sdap region bight = -120,32,-117,35",
            "%sdap region cape = 'POLYGON((-78 34, -74 34, -74 38, -78 34))'",
            "%sdap region nino34",
        ],
    },
    Lesson { verb: "regions", endpoint: "", method: "", examples: &["%sdap regions"] },
    Lesson {
        verb: "box",
        endpoint: "",
        method: "",
        examples: &["%sdap box nino34 --projection orthographic", "%sdap box nino3 nino4", "%sdap box 170,-10,-170,10"],
    },
    Lesson {
        verb: "subset",
        endpoint: "/datainbounds",
        method: "Every valid sample whose cell centre lies in the box, edges included. With --each, one series for each value: at each time \
                 the plain mean of its samples.",
        examples: &[
            "%sdap subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017-01",
            "%sdap subset USGS_VA_DISCHARGE_DAILY --each rivid=2016500,2019500 --time 2017",
            "%sdap subset OSTIA_SST_MONTHLY_TROPICS --bbox -90,-2,-85,2 --time 2010-01",
        ],
    },
    Lesson {
        verb: "timeseries",
        endpoint: "/timeSeriesSpark",
        method: "For each time: mean = Σ x·cos(lat) / Σ cos(lat) over the valid cells whose centre lies in the box; standard deviation of \
                 the population, minimum, maximum and count, unweighted.",
        examples: &[
            "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
            "%sdap timeseries NCLIMDIV_PRECIP_MONTHLY --bbox la_county --time 1998",
            "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2007/2009",
        ],
    },
    Lesson {
        verb: "anomaly",
        endpoint: "/dailydifferenceaverage_spark",
        method: "For each day: the plain mean and population standard deviation, over the cells, of value − climatology. The climatology's \
                 field is that of the largest day of year not after the day's.",
        examples: &[
            "%sdap anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
            "%sdap anomaly OSTIA_SST_MONTHLY_TROPICS --climatology OSTIA_SST_MONTHLY_TROPICS_CLIM --bbox nino3 --time 2009",
            "let warmth = %sdap anomaly OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2007/2009",
        ],
    },
    Lesson {
        verb: "map",
        endpoint: "/timeAvgMapSpark, /varianceSpark, /maxMinMapSpark, /climMapSpark",
        method: "For each cell over its valid times: the plain mean, population variance, maximum or minimum; or the mean of one calendar \
                 month over the years.",
        examples: &[
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2009-06/2010-04",
            "%sdap map COADS_CLIMATOLOGY --variable airt --bbox world --projection robinson",
            "%sdap map OSTIA_SST_MONTHLY_TROPICS --stat climatology --month 1 --bbox 120,-5,-70,5",
        ],
    },
    Lesson {
        verb: "correlate",
        endpoint: "/corrMapSpark",
        method: "For each cell: the correlation coefficient after Pearson over the times that both datasets have. Both need the same grid.",
        examples: &[
            "%sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino34",
            "%sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino12 --time 2007/2009",
            "let alike = %sdap correlate OSTIA_SST_MONTHLY_TROPICS OSTIA_SST_MONTHLY_TROPICS --bbox nino4",
        ],
    },
    Lesson {
        verb: "hovmoller",
        endpoint: "/longitudeTimeHofMoellerSpark, /latitudeTimeHofMoellerSpark",
        method: "For each time and longitude: the mean over latitudes, weighted by cos(lat). For each time and latitude: the plain mean over \
                 longitudes.",
        examples: &[
            "%sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --axis longitude --bbox 120,-5,-70,5",
            "%sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --axis latitude --bbox nino34 --time 2009",
            "let waves = %sdap hovmoller OSTIA_SST_MONTHLY_TROPICS --bbox 120,-2,-70,2 --time 2009/2010",
        ],
    },
    Lesson {
        verb: "plot",
        endpoint: "",
        method: "Series are drawn as lines, grids and samples as maps, unless --kind says otherwise. Values of two units get a y axis each. \
                 Error bars and bands are one standard deviation to either side. A scatter plot matches its series on time, and has the \
                 least-squares line with its correlation coefficient. A - B is drawn as a difference, a match-up as a map of its pairs, and \
                 a table whose columns of numbers have one unit as a heatmap.",
        examples: &[
            "%sdap plot sst --kind year",
            "%sdap plot sst --kind errorbars --every 3",
            "%sdap plot sst --band --title 'Sea surface temperature'",
        ],
    },
    Lesson {
        verb: "table",
        endpoint: "",
        method: "Of a map or a diagram one row for each cell that has a number.",
        examples: &["%sdap table sst", "%sdap table alike", "%sdap table waves"],
    },
    Lesson { verb: "values", endpoint: "", method: "", examples: &["%sdap values"] },
    Lesson {
        verb: "save",
        endpoint: "",
        method: "Units, the request, who answered it, attribution and whether the numbers are synthetic stand in the file. NetCDF and Zarr \
                 follow CF-1.11; pandas reads .csv, .json (orient=\"table\") and .parquet; .png and .svg are the figure that plot draws. \
                 A file is written aside and takes its name when it is whole; what is there is kept unless --force is given.",
        examples: &["%sdap save sst sst.nc", "%sdap save sst sst.csv --force", "%sdap save sst sst.svg"],
    },
    Lesson {
        verb: "last",
        endpoint: "",
        method: "With an option, one line to copy.",
        examples: &["%sdap last", "%sdap last --curl", "%sdap last --url --curl"],
    },
    Lesson {
        verb: "set",
        endpoint: "",
        method: "What was set is said below every result that it touched. The box does not hold where --filter or --each selects.",
        examples: &["%sdap set box nino34", "%sdap set time 2007/2009", "%sdap set", "%sdap set box --unset", "%sdap set time --unset"],
    },
    Lesson {
        verb: "batch",
        endpoint: "",
        method: "Each further line of the cell is a command, with or without `let NAME =` before it; # begins a remark. Two run at a time, \
                 a line that uses a name waits for the line that binds it, and results are shown in their order. A line that fails does not \
                 stop the others, unless --stop is given; the cell fails in the end.",
        examples: &[
            "%%sdap batch\nlet east = timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino3\nlet west = timeseries OSTIA_SST_MONTHLY_TROPICS \
             --bbox nino4\nplot east west",
            "%%sdap batch --stop\nlet early = map OSTIA_SST_MONTHLY_TROPICS --bbox nino34 --time 2007\nlet late = map OSTIA_SST_MONTHLY_TROPICS \
             --bbox nino34 --time 2009\nplot late - early",
            "%%sdap batch\n# the rain and the river of one year\ntimeseries NCLIMDIV_PRECIP_MONTHLY --bbox virginia --time 2017\n\
             subset USGS_VA_DISCHARGE_DAILY --filter rivid:2016500 --time 2017",
        ],
    },
    Lesson { verb: "status", endpoint: "", method: "", examples: &["%sdap status"] },
    Lesson { verb: "drop", endpoint: "", method: "", examples: &["%sdap drop sst", "%sdap drop warmth", "%sdap drop alike waves"] },
    Lesson { verb: "help", endpoint: "", method: "", examples: &["%sdap help", "%sdap help map", "%sdap map?"] },
    Lesson { verb: "version", endpoint: "/version", method: "", examples: &["%sdap version"] },
];

/// Every example of the help, in an order in which all can be run on the demo catalogue.
pub fn examples() -> impl Iterator<Item = &'static str> {
    LESSONS.iter().flat_map(|lesson| lesson.examples.iter().copied())
}

pub(super) fn help(context: &Context<'_>, args: &HelpArgs) -> Result<Outcome, Fault> {
    let Some(verb) = &args.verb else { return Ok(Outcome::Shown(vec![quick_start()])) };
    if let Some(text) = verb_help(verb) {
        Ok(Outcome::Shown(vec![Bundle::text(text)]))
    } else {
        let verbs = grammar::verbs();
        let fault = Fault::new("UnknownVerb", format!("%sdap has no verb {verb}"))
            .expected(verbs.join(", "))
            .nearest(verb, verbs.iter().map(String::as_str));
        Err(Fault { span: context.tokens.span_of(verb), ..fault })
    }
}

/// The verbs that ask nothing of a server's data, by what they are for. All others are explained in the quick start.
const GROUPS: [(&str, &[&str]); 4] = [
    ("what there is", &["datasets", "describe", "open", "regions", "region", "box"]),
    ("what is bound", &["plot", "table", "values", "save", "drop"]),
    ("whom to ask", &["target", "set", "status", "last", "version"]),
    ("more", &["batch", "help"]),
];

/// What `%sdap` alone shows: one screen that is enough to begin.
pub(crate) fn quick_start() -> Bundle {
    let command = grammar::command();
    let mut text = String::from(
        "Ask Apache SDAP NEXUS, or the engine inside the kernel, which answers from its demo datasets until %sdap target URL.\n\n\
         \x20 %sdap datasets                                                what there is\n\
         \x20 %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34      an answer, drawn\n\
         \x20 let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS --bbox nino34\n\
         \x20 sst.mean.mean()                                               the same in Rust\n\
         \x20 let sst: TimeSeries = sdap::query(\"timeseries …\")?            an answer in the midst of Rust: a loop, a thread\n\
         \x20 sdap::plot(&sst).band()                                       a figure of what Rust has; also map and table\n\
         \x20 %sdap save sst sst.nc                                         the same as a file\n\n",
    );
    let grouped = |name: &str| GROUPS.iter().any(|(_, verbs)| verbs.contains(&name));
    for sub in command.get_subcommands().filter(|sub| !grouped(sub.get_name())) {
        let _ = writeln!(text, "  {:<14} {}", sub.get_name(), sub.get_about().map(ToString::to_string).unwrap_or_default());
    }
    text.push('\n');
    for (what, verbs) in GROUPS {
        let _ = writeln!(text, "  {what:<14} {}", verbs.join(", "));
    }
    text.push_str(
        "\n%sdap help VERB explains a verb, with examples; Tab completes, Shift-Tab explains.\n\
         --bbox W,S,E,N | REGION | WKT and --time START/END go with every question; %sdap set box REGION sets one for all.\n\
         {name} is the value of a variable of Rust: %sdap map {dataset} --time {year}",
    );
    Bundle::text(text)
}

/// What `%sdap help VERB` shows.
pub(crate) fn verb_help(verb: &str) -> Option<String> {
    let command = grammar::command();
    let sub = command.find_subcommand(verb)?;
    let lesson = LESSONS.iter().find(|l| l.verb == verb);
    let mut text = format!("{}\n\n{}\n", sub.get_about().map(ToString::to_string).unwrap_or_default(), grammar::usage(verb));
    if let Some(lesson) = lesson {
        for part in [lesson.method, lesson.endpoint].into_iter().filter(|p| !p.is_empty()) {
            let lead = if part == lesson.endpoint { "NEXUS: " } else { "" };
            let _ = write!(text, "\n{lead}{}\n", part.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    let rows: Vec<(String, String)> = sub.get_arguments().filter(|a| a.get_id() != "help").map(explained).collect();
    if !rows.is_empty() {
        text.push('\n');
    }
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).min(34);
    for (name, meaning) in rows {
        let _ = writeln!(text, "  {name:<width$}  {meaning}");
    }
    if let Some(lesson) = lesson {
        text.push_str("\nExamples\n");
        for example in lesson.examples {
            let _ = writeln!(text, "  {}", example.replace('\n', "\n  "));
        }
    }
    Some(text)
}

/// What stands behind an option in an example.
const SAMPLES: &[(&str, &str)] = &[
    ("--bbox", "nino34"),
    ("--time", "2009"),
    ("--target", "embedded"),
    ("--timeout", "120"),
    ("--quiet", ""),
    ("--static", ""),
    ("--lowpass", ""),
    ("--title", "'Sea surface temperature'"),
    ("--size", "900x300"),
];

/// What Shift-Tab says of an option: how it is written, what it means, its default, and a line that has it.
pub(crate) fn explain_option(verb: &str, option: &str) -> Option<String> {
    let command = grammar::command();
    let argument = command.find_subcommand(verb)?.get_arguments().find(|a| a.get_long().is_some_and(|l| format!("--{l}") == option))?;
    let (name, meaning) = explained(argument);
    let own = LESSONS.iter().find(|l| l.verb == verb).map_or(&[][..], |l| l.examples);
    let has = |example: &&str| example.split_whitespace().any(|word| word == option);
    let sample = SAMPLES.iter().find(|(o, _)| *o == option);
    let made = || sample.zip(own.first()).map(|((option, value), e)| format!("{e} {option} {value}").trim_end().to_owned());
    let elsewhere = || examples().find(has).map(str::to_owned);
    let example = own.iter().copied().find(has).map(str::to_owned).or_else(made).or_else(elsewhere);
    let example = example.map(|line| format!("\n\nExample\n  {line}")).unwrap_or_default();
    Some(format!("{name}\n\n{meaning}{example}"))
}

/// What one of the few values means that an option, or else an argument of the verb, can have.
pub(crate) fn explain_choice(verb: &str, option: Option<&str>, value: &str) -> Option<String> {
    let command = grammar::command();
    let long = option.map(|option| option.trim_start_matches('-'));
    let mut arguments = command.find_subcommand(verb)?.get_arguments().filter(|a| a.get_long() == long);
    arguments.find_map(|a| a.get_possible_values().into_iter().find(|v| v.get_name() == value)?.get_help().map(ToString::to_string))
}

/// How an argument is written, and what it means.
fn explained(argument: &clap::Arg) -> (String, String) {
    let values = argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let name = match argument.get_long() {
        Some(long) if argument.get_action().takes_values() => format!("--{long} {values}"),
        Some(long) => format!("--{long}"),
        None => values,
    };
    let mut meaning = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let possible: Vec<PossibleValue> = argument.get_possible_values().into_iter().filter(|v| !v.is_hide_set()).collect();
    if argument.get_action().takes_values() && !possible.is_empty() {
        let _ = write!(meaning, ": {}", possible.iter().map(PossibleValue::get_name).collect::<Vec<_>>().join(", "));
    }
    let default = argument.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    if argument.get_action().takes_values() && !default.is_empty() {
        let _ = write!(meaning, " (default {default})");
    }
    (name, meaning)
}

pub(super) async fn version(context: &Context<'_>) -> Result<Outcome, Fault> {
    let target = context.target(None)?;
    let own = format!("sdap-kernel {}", env!("CARGO_PKG_VERSION"));
    if target.name == crate::EMBEDDED {
        return Ok(Outcome::Shown(vec![Bundle::text(format!("{own}, asking the embedded engine"))]));
    }
    let asked = tokio::time::timeout(std::time::Duration::from_secs(10), target.nexus.version()).await;
    let server = match asked {
        Ok(Ok(version)) => format!("NEXUS {version}"),
        Ok(Err(error)) => format!("a server that does not say its version: {error}"),
        Err(_) => "a server that did not say its version within 10 s".to_owned(),
    };
    Ok(Outcome::Shown(vec![Bundle::text(format!("{own}, asking {} ({server})", target.nexus.name()))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_lesson_and_an_example_of_its_own() {
        for verb in grammar::verbs() {
            let lesson = LESSONS.iter().find(|l| l.verb == verb).unwrap_or_else(|| panic!("{verb} has no lesson"));
            assert!(lesson.examples.iter().any(|e| e.contains(&verb)), "{verb}");
        }
    }

    #[test]
    fn a_verb_that_takes_arguments_has_three_examples() {
        let command = grammar::command();
        for verb in command.get_subcommands().filter(|sub| sub.get_arguments().any(|a| a.get_id() != "help")) {
            let lesson = LESSONS.iter().find(|l| l.verb == verb.get_name()).unwrap_or_else(|| panic!("{verb} has no lesson"));
            assert!(lesson.examples.len() >= 3, "{verb}");
        }
    }

    #[test]
    fn a_verb_that_asks_for_an_area_says_what_it_computes_and_by_which_endpoint() {
        for verb in grammar::verbs().iter().filter(|verb| grammar::options(verb).contains(&"--bbox".to_owned())) {
            let lesson = LESSONS.iter().find(|l| l.verb == verb).unwrap_or_else(|| panic!("{verb} has no lesson"));
            assert!(!lesson.method.is_empty() && !lesson.endpoint.is_empty(), "{verb}");
        }
    }

    #[test]
    fn the_quick_start_fits_one_screen() {
        let text = quick_start();
        assert!(text.plain().lines().count() <= 32, "{}", text.plain().lines().count());
        assert!(text.plain().lines().all(|l| l.chars().count() <= 130));
    }

    #[test]
    fn help_shows_usage_method_options_and_examples() {
        insta::assert_snapshot!(format!("{}\n=====\n{}", verb_help("anomaly").unwrap(), verb_help("plot").unwrap()));
        assert_eq!(verb_help("frobnicate"), None);
    }
}
