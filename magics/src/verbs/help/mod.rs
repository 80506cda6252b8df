//! `help` and `version`.

mod lessons;

use super::{Context, Outcome};
use crate::{
    Bundle, Fault,
    grammar::{self, HelpArgs},
};
use clap::builder::PossibleValue;
use lessons::LESSONS;
use std::fmt::Write;

/// Every example of the help, in an order in which all can be run on the demo catalogue.
pub fn examples() -> impl Iterator<Item = &'static str> {
    LESSONS.iter().flat_map(|lesson| lesson.examples.iter().copied())
}

/// Every example of the help that wants a server, in an order in which all can be run on one.
pub fn examples_of_servers() -> impl Iterator<Item = &'static str> {
    LESSONS.iter().flat_map(|lesson| lesson.elsewhere.iter().copied())
}

pub(super) fn help(context: &Context<'_>, args: &HelpArgs) -> Result<Outcome, Fault> {
    let Some(verb) = &args.verb else { return Ok(Outcome::Shown(vec![quick_start()])) };
    if let Some(text) = verb_help(verb) {
        Ok(Outcome::Shown(vec![Bundle::text(text)]))
    } else {
        Err(grammar::unknown_verb(verb, context.tokens))
    }
}

/// The verbs that ask nothing of a server's data, by what they are for. All others are explained in the quick start.
const GROUPS: [(&str, &[&str]); 6] = [
    ("what there is", &["datasets", "describe", "open", "regions", "region", "box"]),
    ("what is bound", &["plot", "table", "values", "save", "drop"]),
    ("whom to ask", &["target", "set", "config", "status", "last", "version"]),
    ("jobs", &["jobs", "job", "cancel", "results", "catalog"]),
    ("the server", &["get", "capabilities", "heartbeat", "dataset"]),
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
    let lines = |text: &mut String, title: &str, examples: &[&str]| {
        if !examples.is_empty() {
            let _ = write!(text, "\n{title}\n");
        }
        for example in examples {
            let _ = writeln!(text, "  {}", example.replace('\n', "\n  "));
        }
    };
    if let Some(lesson) = lesson {
        lines(&mut text, "Examples", lesson.examples);
        lines(&mut text, "Examples that want a server", lesson.elsewhere);
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
    let server = context.asked_of(&target, 10.0)?;
    let asked = tokio::time::timeout(server.timeout, server.nexus().version()).await;
    let version = match asked {
        Ok(Ok(version)) => format!("NEXUS {version}"),
        Ok(Err(error)) => format!("a server that does not say its version: {error}"),
        Err(_) => "a server that did not say its version within 10 s".to_owned(),
    };
    Ok(Outcome::Shown(vec![Bundle::text(format!("{own}, asking {} ({version})", server.nexus().name()))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verb_has_a_lesson_and_an_example_of_its_own() {
        for verb in grammar::verbs() {
            let lesson = LESSONS.iter().find(|l| l.verb == verb).unwrap_or_else(|| panic!("{verb} has no lesson"));
            assert!(lesson.all().any(|e| e.contains(&verb)), "{verb}");
        }
    }

    #[test]
    fn a_verb_that_takes_arguments_has_three_examples() {
        let command = grammar::command();
        for verb in command.get_subcommands().filter(|sub| sub.get_arguments().any(|a| a.get_id() != "help")) {
            let lesson = LESSONS.iter().find(|l| l.verb == verb.get_name()).unwrap_or_else(|| panic!("{verb} has no lesson"));
            assert!(lesson.all().count() >= 3, "{}", verb.get_name());
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
