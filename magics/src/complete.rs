//! Completion of `%sdap` lines: what could stand at the cursor.

use crate::{
    Session,
    cell::{CommandLine, command_at},
    grammar,
    session::EMBEDDED,
};
use sdap_nexus::Dataset;
use std::{ops::Range, sync::Arc};

/// The most candidates that are of use to a reader.
const MOST: usize = 200;

/// What could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completions {
    /// The candidates, best first.
    pub candidates: Vec<Candidate>,
    /// The bytes of the cell that a candidate replaces.
    pub replaces: Range<usize>,
}

/// One candidate of a completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The text to insert.
    pub text: String,
    /// What it is: `verb`, `option`, `dataset`, `region`, `value`, `variable`, `target`, `time` or `field`.
    pub kind: &'static str,
    /// A few words about it.
    pub about: String,
}

impl Candidate {
    fn new(text: impl Into<String>, kind: &'static str, about: impl Into<String>) -> Self {
        Self { text: text.into(), kind, about: about.into() }
    }
}

/// The words before the cursor, and the part of a word that the cursor ends.
struct Typed<'c> {
    words: Vec<&'c str>,
    part: &'c str,
    range: Range<usize>,
}

impl Session {
    /// What could stand at `cursor`, a byte offset of the cell; `None` where that is not in a `%sdap` command.
    ///
    /// Servers are never asked: only what is known of them already is offered.
    pub async fn complete(&self, cell: &str, cursor: usize) -> Option<Completions> {
        let command = command_at(cell, cursor)?;
        let typed = typed(cell, &command, cursor);
        let datasets = self.datasets_at_hand().await;
        let mut candidates = self.candidates(&typed, &datasets);
        let wanted = typed.part.to_lowercase();
        let begins = |c: &Candidate| c.text.to_lowercase().starts_with(&wanted);
        // A word from the middle of a name is looked for only where no name begins so.
        let any_begins = candidates.iter().any(begins);
        candidates.retain(|c| if any_begins { begins(c) } else { c.text.to_lowercase().contains(&wanted) });
        candidates.truncate(MOST);
        Some(Completions { candidates, replaces: typed.range })
    }

    /// The datasets of the current target that are known already; the embedded engine's always are.
    pub(crate) async fn datasets_at_hand(&self) -> Arc<[Dataset]> {
        let known = self.known_datasets();
        let embedded = {
            let state = self.state();
            (state.current == EMBEDDED).then(|| state.targets.iter().find(|t| t.name == EMBEDDED).map(|t| t.nexus.clone())).flatten()
        };
        match embedded {
            Some(engine) if known.is_empty() => engine.datasets().await.unwrap_or_default().into(),
            _ => known,
        }
    }

    fn candidates(&self, typed: &Typed<'_>, datasets: &[Dataset]) -> Vec<Candidate> {
        let Some((verb, rest)) = typed.words.split_first() else { return verbs() };
        let previous = rest.last().copied().unwrap_or_default();
        if previous.starts_with("--") && takes_value(verb, previous) {
            return self.option_values(verb, previous, rest, datasets);
        }
        if typed.part.starts_with('-') {
            return options(verb);
        }
        match *verb {
            "describe" | "subset" | "timeseries" | "anomaly" | "map" | "hovmoller" | "correlate" | "datasets" => dataset_names(datasets),
            "plot" | "table" | "drop" => self.bound_names(),
            "box" | "region" => self.region_names(),
            "target" => self.target_names(),
            "help" => verbs(),
            _ => options(verb),
        }
    }

    fn option_values(&self, verb: &str, option: &str, words: &[&str], datasets: &[Dataset]) -> Vec<Candidate> {
        let dataset = words.iter().find_map(|w| datasets.iter().find(|d| d.short_name == w.split(',').next().unwrap_or_default()));
        match option {
            "--bbox" => self.region_names(),
            "--target" => self.target_names(),
            "--climatology" => dataset_names(datasets),
            "--variable" => dataset.map(variables).unwrap_or_default(),
            "--time" => dataset.map(times).unwrap_or_default(),
            "--filter" => dataset.map(|d| fields(d, ':')).unwrap_or_default(),
            "--each" => dataset.map(|d| fields(d, '=')).unwrap_or_default(),
            _ => possible_values(verb, option),
        }
    }

    fn bound_names(&self) -> Vec<Candidate> {
        self.bindings().iter().map(|b| Candidate::new(&b.name, "value", b.value.type_name())).collect()
    }

    fn region_names(&self) -> Vec<Candidate> {
        self.state().regions.iter().map(|r| Candidate::new(&r.name, "region", format!("{} ({})", r.meaning, r.area))).collect()
    }

    fn target_names(&self) -> Vec<Candidate> {
        self.state().targets.iter().map(|t| Candidate::new(&t.name, "target", t.nexus.name())).collect()
    }
}

fn typed<'c>(cell: &'c str, command: &CommandLine, cursor: usize) -> Typed<'c> {
    let text = &cell[command.arguments.start..cursor.max(command.arguments.start)];
    // A part of a list is completed by itself, and so is the value behind the `=` of an option.
    let start = text.rfind(|c: char| c.is_whitespace() || c == ',').map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let (start, option) = match text[start..].split_once('=').filter(|(name, _)| name.starts_with("--")) {
        Some((name, _)) => (start + name.len() + 1, Some(name)),
        None => (start, None),
    };
    let words = text[..start].split_whitespace().map(|w| w.split('=').next().unwrap_or(w));
    let mut words: Vec<&str> = words.filter(|w| *w != "\\").collect();
    // `A,` before the cursor belongs to the word under it, unless it is the verb's first.
    if option.is_none() && text[..start].ends_with(',') && words.len() > 1 {
        words.pop();
    }
    Typed { words, part: &text[start..], range: command.arguments.start + start..cursor.max(command.arguments.start) }
}

fn verbs() -> Vec<Candidate> {
    grammar::command()
        .get_subcommands()
        .map(|c| Candidate::new(c.get_name(), "verb", c.get_about().map(ToString::to_string).unwrap_or_default()))
        .collect()
}

fn options(verb: &str) -> Vec<Candidate> {
    let command = grammar::command();
    let arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    arguments
        .filter_map(|a| Some((a.get_long().filter(|l| *l != "help")?, a)))
        .map(|(long, a)| Candidate::new(format!("--{long}"), "option", a.get_help().map(ToString::to_string).unwrap_or_default()))
        .collect()
}

fn takes_value(verb: &str, option: &str) -> bool {
    let command = grammar::command();
    let mut arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    arguments.any(|a| a.get_long().is_some_and(|l| option.strip_prefix("--") == Some(l)) && a.get_action().takes_values())
}

fn possible_values(verb: &str, option: &str) -> Vec<Candidate> {
    let command = grammar::command();
    let arguments = command.find_subcommand(verb).into_iter().flat_map(clap::Command::get_arguments);
    let named = arguments.filter(|a| a.get_long().is_some_and(|l| option.strip_prefix("--") == Some(l)));
    named
        .flat_map(clap::Arg::get_possible_values)
        .map(|v| Candidate::new(v.get_name(), "value", v.get_help().map(ToString::to_string).unwrap_or_default()))
        .collect()
}

fn dataset_names(datasets: &[Dataset]) -> Vec<Candidate> {
    datasets.iter().map(|d| Candidate::new(&d.short_name, "dataset", about(d))).collect()
}

fn about(dataset: &Dataset) -> String {
    let synthetic = if dataset.synthetic { " (synthetic)" } else { "" };
    format!("{}{synthetic}", dataset.title)
}

fn variables(dataset: &Dataset) -> Vec<Candidate> {
    dataset.variables.iter().map(|v| Candidate::new(&v.name, "variable", format!("{} [{}]", v.long_name, v.units))).collect()
}

/// The whole span of a dataset, and its first and last year.
fn times(dataset: &Dataset) -> Vec<Candidate> {
    let Some(period) = dataset.period else { return Vec::new() };
    let (first, last) = (period.start().format("%Y").to_string(), period.end().format("%Y").to_string());
    let mut times = vec![Candidate::new(format!("{}/{}", period.start().format("%F"), period.end().format("%F")), "time", "all there is")];
    if first != last {
        times.extend([Candidate::new(last, "time", "the last year"), Candidate::new(first, "time", "the first year")]);
    }
    times
}

/// The fields a dataset can be filtered by, and their first values.
fn fields(dataset: &Dataset, sign: char) -> Vec<Candidate> {
    let values = |key: &sdap_nexus::KeyField| {
        let name = key.name.clone();
        key.values.iter().map(move |(value, about)| Candidate::new(format!("{name}{sign}{value}"), "field", about)).collect::<Vec<_>>()
    };
    dataset.keys.iter().flat_map(values).collect()
}
