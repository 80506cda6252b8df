//! Completion of `%sdap` lines: what could stand at the cursor.

mod names;
mod paths;
mod times;

use crate::{
    Session,
    cell::{CommandLine, command_at},
    grammar::{self, Setting},
    session::EMBEDDED,
    target::{Answerer, Target},
};
use clap::ValueEnum;
use sdap::Value;
use sdap_nexus::{Dataset, request::JobStatus};
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
    /// What it is: `verb`, `option`, `dataset`, `region`, `value`, `variable`, `target`, `time`, `field`, `setting`, `path`,
    /// `job`, `endpoint` or `environment`.
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
    /// The list that the part goes on, where it stands behind a comma: `rivid=1` of `rivid=1,2`.
    list: Option<&'c str>,
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
        let named = typed.words.windows(2).find(|pair| pair[0] == "--target").map(|pair| pair[1]);
        // `TARGET:DATASET` asks that target.
        let before = typed.part.rsplit_once(':').map(|(target, _)| target).filter(|target| self.is_target(target));
        let datasets = self.datasets_of(before.or(named)).await;
        let mut candidates = self.candidates(&typed, &datasets);
        if let Some(target) = before {
            candidates.iter_mut().filter(|c| c.kind == "dataset").for_each(|c| c.text = format!("{target}:{}", c.text));
        } else if !typed.part.is_empty() && candidates.iter().any(|c| c.kind == "dataset") {
            candidates.extend(self.target_names().into_iter().map(|c| Candidate { text: format!("{}:", c.text), ..c }));
        }
        let mut candidates = fitting(candidates, typed.part);
        candidates.truncate(MOST);
        Some(Completions { candidates, replaces: typed.range })
    }

    /// The datasets of the current target that are known already; the embedded engine's always are.
    pub(crate) async fn datasets_at_hand(&self) -> Arc<[Dataset]> {
        self.datasets_of(None).await
    }

    /// The same of the target of that name, the current one if none is named.
    async fn datasets_of(&self, target: Option<&str>) -> Arc<[Dataset]> {
        let (known, embedded) = {
            let state = self.state();
            let name = target.unwrap_or(&state.current);
            let known = state.datasets.get(name).cloned().unwrap_or_default();
            let engine = state.targets.iter().find(|t| t.name == EMBEDDED && name == EMBEDDED).map(|t| t.answerer.clone());
            (known, engine)
        };
        let Some(Answerer::Here(engine)) = embedded.filter(|_| known.is_empty()) else { return known };
        let Ok(listed) = engine.datasets().await else { return known };
        // A command that listed them meanwhile may know of more.
        self.state().datasets.entry(EMBEDDED.to_owned()).or_insert_with(|| listed.into()).clone()
    }

    fn candidates(&self, typed: &Typed<'_>, datasets: &[Dataset]) -> Vec<Candidate> {
        let Some((verb, rest)) = typed.words.split_first() else { return names::verbs() };
        let previous = rest.last().copied().unwrap_or_default();
        if previous.starts_with("--") && grammar::takes_value(verb, previous) {
            return self.option_values(verb, previous, typed, datasets);
        }
        if typed.part.starts_with('-') {
            return names::options(verb, rest);
        }
        let given = names::arguments(verb, rest);
        let values = names::next_argument(verb, given.len()).map(|next| self.argument_values(verb, &next, &given, typed.part, datasets));
        values.filter(|values| !values.is_empty()).unwrap_or_else(|| names::options(verb, rest))
    }

    /// What can stand for an argument of a verb behind those that are given already.
    fn argument_values(&self, verb: &str, argument: &str, given: &[&str], part: &str, datasets: &[Dataset]) -> Vec<Candidate> {
        match (verb, argument) {
            ("describe", _) => [names::datasets(datasets), self.bound(given)].concat(),
            ("plot", _) => self.drawn_with(given),
            ("table" | "drop", _) | ("save", "name") => self.bound(given),
            ("save", _) => paths::to_save(part, given[0]),
            ("open", "place") => paths::entries(part),
            ("get", "path") => names::endpoints(),
            ("job" | "cancel" | "results" | "catalog", "id") => self.job_ids(verb),
            ("open", _) => vec![Candidate::new("as", "option", "what to call it")],
            ("box" | "region", _) => self.region_names(),
            ("target", _) => self.target_names(),
            ("set", "value") => self.setting_values(given[0], part, datasets),
            ("help", _) => names::verbs(),
            (_, "dataset" | "datasets" | "first" | "second" | "primary" | "secondary" | "pattern") => names::datasets(datasets),
            _ => names::possible(verb, |a| a.get_id() == argument, if verb == "set" { "setting" } else { "value" }),
        }
    }

    fn option_values(&self, verb: &str, option: &str, typed: &Typed<'_>, datasets: &[Dataset]) -> Vec<Candidate> {
        let named = |w: &&str| datasets.iter().find(|d| d.short_name == w.split(',').next().unwrap_or_default());
        let dataset = typed.words.iter().find_map(named);
        match option {
            "--bbox" => [dataset.and_then(names::whole_area).into_iter().collect(), self.region_names()].concat(),
            "--target" => self.target_names(),
            "--climatology" => names::datasets(datasets),
            "--windows" => vec![Candidate::new("auto", "value", "as many as suit the period")],
            "--variable" => dataset.map(names::variables).unwrap_or_default(),
            "--time" => dataset.and_then(|d| d.period).map(|span| times::within(span, typed.part)).unwrap_or_default(),
            "--filter" => dataset.map(|d| names::fields(d, ':')).unwrap_or_default(),
            "--each" => dataset.map(|d| names::each(d, typed.list)).unwrap_or_default(),
            "--token-env" | "--cookie-env" => names::environment(""),
            "--user-env" | "--header-env" => {
                typed.part.split_once('=').map(|(name, _)| names::environment(&format!("{name}="))).unwrap_or_default()
            }
            "--save" if !matches!(verb, "get" | "tomogram") => paths::pictures(typed.part),
            "--save" | "--zip" | "--ca" => paths::entries(typed.part),
            _ => names::possible(verb, |a| a.get_long().is_some_and(|l| option.strip_prefix("--") == Some(l)), "value"),
        }
    }

    fn setting_values(&self, setting: &str, part: &str, datasets: &[Dataset]) -> Vec<Candidate> {
        match Setting::from_str(setting, true) {
            Ok(Setting::Target) => self.target_names(),
            Ok(Setting::Box) => self.region_names(),
            Ok(Setting::Time) => {
                let spans = datasets.iter().filter_map(|d| d.period);
                let all = spans.reduce(|a, b| sdap::Period::new(a.start().min(b.start()), a.end().max(b.end())).unwrap_or(a));
                all.map(|span| times::within(span, part)).unwrap_or_default()
            }
            Ok(Setting::Quiet | Setting::Static | Setting::Cache) => ["on", "off"].map(|v| Candidate::new(v, "value", "")).to_vec(),
            Ok(Setting::Timeout | Setting::Limit) | Err(_) => Vec::new(),
        }
    }

    /// Whether a target has that name.
    fn is_target(&self, name: &str) -> bool {
        self.state().targets.iter().any(|t| t.name == name)
    }

    /// The jobs of the session that a verb has a use for, the latest first.
    fn job_ids(&self, verb: &str) -> Vec<Candidate> {
        let of_use = |status: JobStatus| match verb {
            "cancel" => status == JobStatus::Running,
            "results" | "catalog" => matches!(status, JobStatus::Running | JobStatus::Success),
            _ => true,
        };
        let state = self.state();
        let jobs = state.jobs.iter().rev().filter(|known| of_use(known.job.status));
        jobs.map(|known| Candidate::new(&known.job.id, "job", format!("{:?} at {}", known.job.status, known.target).to_lowercase()))
            .collect()
    }

    /// The names to which a value is bound, but those that are given already.
    fn bound(&self, given: &[&str]) -> Vec<Candidate> {
        let bindings = self.bindings();
        let further = bindings.iter().filter(|b| !given.contains(&b.name.as_str()));
        further.map(|b| Candidate::new(&b.name, "value", b.value.type_name())).collect()
    }

    /// Of the names to which a value is bound those that go into one figure with the last that is given; all, where none does.
    fn drawn_with(&self, given: &[&str]) -> Vec<Candidate> {
        let all = self.bound(given);
        let Some(last) = given.iter().rev().find_map(|name| self.binding(name)) else { return all };
        let fits = |c: &&Candidate| self.binding(&c.text).is_some_and(|b| go_together(&last.value, &b.value));
        let fitting: Vec<Candidate> = all.iter().filter(fits).cloned().collect();
        if fitting.is_empty() { all } else { fitting }
    }

    fn region_names(&self) -> Vec<Candidate> {
        self.state().regions.iter().map(|r| Candidate::new(&r.name, "region", format!("{} ({})", r.what(), r.place.area))).collect()
    }

    fn target_names(&self) -> Vec<Candidate> {
        self.state().targets.iter().map(|t| Candidate::new(&t.name, "target", Target::address(t))).collect()
    }
}

/// Whether two values are drawn in one figure.
fn go_together(a: &Value, b: &Value) -> bool {
    let over_time = |value: &Value| matches!(value, Value::Series(_) | Value::Group(_) | Value::Points(_));
    over_time(a) && over_time(b) || std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// The candidates that fit what was typed, best first: those that begin so; or else those with a word that begins so; or
/// else those that have its letters in their order.
fn fitting(candidates: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let wanted = typed.to_lowercase();
    let grade = |c: &Candidate| {
        let text = c.text.to_lowercase();
        if text.starts_with(&wanted) {
            return Some(0);
        }
        if text.split(['_', '-', '.', ' ']).any(|word| word.starts_with(&wanted)) {
            return Some(1);
        }
        if text.contains(&wanted) {
            return Some(2);
        }
        let mut letters = text.chars();
        (wanted.chars().count() > 2 && wanted.chars().all(|w| letters.any(|l| l == w))).then_some(3)
    };
    let mut graded: Vec<(u8, Candidate)> = candidates.into_iter().filter_map(|c| Some((grade(&c)?, c))).collect();
    let best = graded.iter().map(|(grade, _)| *grade).min().unwrap_or(0);
    // What only looks alike is of use where nothing else fits.
    graded.retain(|(grade, _)| *grade == best || (best > 0 && *grade < 3));
    graded.sort_by_key(|(grade, _)| *grade);
    graded.into_iter().map(|(_, candidate)| candidate).collect()
}

fn typed<'c>(cell: &'c str, command: &CommandLine, cursor: usize) -> Typed<'c> {
    let text = &cell[command.arguments.start..cursor.max(command.arguments.start)];
    // A part of a list is completed by itself, and so is the value behind the `=` of an option.
    let start = text.rfind(|c: char| c.is_whitespace() || c == ',').map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let (start, option) = match text[start..].split_once('=').filter(|(name, _)| name.starts_with("--")) {
        Some((name, _)) => (start + name.len() + 1, Some(name)),
        None => (start, None),
    };
    // An option and its value are two words, whatever stands between them.
    let parts = |w: &'c str| match w.split_once('=').filter(|_| w.starts_with("--")) {
        Some((option, value)) => [option, value],
        None => [w, ""],
    };
    let words = text[..start].split_whitespace().flat_map(parts);
    let mut words: Vec<&str> = words.filter(|w| !w.is_empty() && *w != "\\").collect();
    // `A,` before the cursor belongs to the word under it, unless it is the verb's first.
    let mut list = None;
    if option.is_none() && text[..start].ends_with(',') && words.len() > 1 {
        list = words.pop();
    }
    Typed { words, list, part: &text[start..], range: command.arguments.start + start..cursor.max(command.arguments.start) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(names: &[&str], typed: &str) -> Vec<String> {
        fitting(names.iter().map(|n| Candidate::new(*n, "dataset", "")).collect(), typed).into_iter().map(|c| c.text).collect()
    }

    #[test]
    fn what_begins_so_is_offered_alone_and_else_what_is_like_it() {
        let names = ["OSTIA_SST_MONTHLY", "COADS_SST", "SSTX", "MUR"];
        assert_eq!(texts(&names, "os"), ["OSTIA_SST_MONTHLY"]);
        assert_eq!(texts(&names, "sst"), ["SSTX"]);
        assert_eq!(texts(&names[..2], "sst"), ["OSTIA_SST_MONTHLY", "COADS_SST"]);
        assert_eq!(texts(&names, "ostmon"), ["OSTIA_SST_MONTHLY"]);
        assert_eq!(texts(&names, "xyz"), Vec::<String>::new());
    }
}
