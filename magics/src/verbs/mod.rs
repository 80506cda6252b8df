//! The verbs: what each asks, and what it shows.

mod batch;
mod bindings;
mod catalogue;
mod drawing;
mod grids;
mod help;
mod kinds;
mod last;
mod open;
mod pictures;
mod places;
mod save;
mod series;
mod set;
mod status;
mod subset;
mod tables;
mod targets;

use crate::{
    Bundle, Fault, Given, Session, Unanswered,
    defaults::showing,
    grammar::{self, Asking, Selecting, Verb},
    progress::Progress,
    resolve::{Typed, area, find_dataset, period, resolved_area, resolved_period, unknown_dataset},
    session::Target,
    token::Tokens,
};
pub(crate) use batch::Batch;
pub(crate) use drawing::shown;
pub use help::examples;
pub(crate) use help::{explain_choice, explain_option, quick_start, verb_help};
use sdap::{BoundingBox, Period, Value};
use sdap_nexus::{Dataset, Error, Missing, Nexus, Secret};
use std::{sync::Arc, time::Duration};

/// What a verb came to.
pub(crate) enum Outcome {
    /// A value, which can be bound, or is shown.
    Answer(Box<Answer>),
    /// Something to show that no name can hold.
    Shown(Vec<Bundle>),
}

/// A value, and the request that it answers.
pub(crate) struct Answer {
    pub(crate) value: Value,
    /// The same request as lines of Python for nexuscli, where that can ask it.
    pub(crate) nexuscli: Option<String>,
}

/// What a verb runs in.
pub(crate) struct Context<'a> {
    pub(crate) session: &'a Session,
    pub(crate) tokens: &'a Tokens,
    pub(crate) given: &'a Given<'a>,
    pub(crate) progress: &'a Progress,
    /// Values that the command may name beside the bound ones, and before them.
    pub(crate) values: &'a [(String, Arc<Value>)],
}

/// The verb and its arguments; `None` where nothing was typed.
pub(crate) fn read(tokens: &Tokens) -> Result<Option<Verb>, Fault> {
    shorthand(tokens).map_or_else(|| parsed(tokens), |verb| Some(Ok(verb))).transpose()
}

/// `VERB?` and `VERB --help` ask for help.
fn shorthand(tokens: &Tokens) -> Option<Verb> {
    let asks = |t: &str| matches!(t, "?" | "--help" | "-h");
    let words: Vec<&str> = tokens.words.iter().map(|t| t.text.as_str()).collect();
    let verb = match words[..] {
        [only] => only.strip_suffix('?').or(asks(only).then_some(""))?,
        [verb, .., last] if asks(last) => verb,
        _ => return None,
    };
    let verb = (!verb.is_empty()).then(|| verb.to_owned());
    Some(Verb::Help(grammar::HelpArgs { verb }))
}

fn parsed(tokens: &Tokens) -> Option<Result<Verb, Fault>> {
    (!tokens.words.is_empty()).then(|| grammar::parse(tokens))
}

/// Runs a verb. Files that it is to write are refused before anybody is asked, and written where an answer is bound too.
pub(crate) async fn run(context: &Context<'_>, mut verb: Verb) -> Result<Outcome, Fault> {
    let showing = showing(&mut verb).cloned().unwrap_or_default();
    drawing::checked(context, &verb, &showing.drawing)?;
    let outcome = answered(context, verb).await?;
    if let Outcome::Answer(answer) = &outcome {
        drawing::saved(context, &answer.value, &showing)?;
    }
    Ok(outcome)
}

async fn answered(context: &Context<'_>, verb: Verb) -> Result<Outcome, Fault> {
    match verb {
        Verb::Target(args) => targets::target(context, args).await,
        Verb::Datasets(args) => catalogue::datasets(context, args).await,
        Verb::Describe(args) => catalogue::describe(context, args).await,
        Verb::Open(args) => open::open(context, &args).await,
        Verb::Region(args) => places::region(context, &args),
        Verb::Regions(_) => Ok(places::regions(context)),
        Verb::Box(args) => places::draw_box(context, &args),
        Verb::Subset(args) => subset::subset(context, args).await,
        Verb::Timeseries(args) => series::timeseries(context, args).await,
        Verb::Anomaly(args) => series::anomaly(context, args).await,
        Verb::Map(args) => grids::map(context, args).await,
        Verb::Correlate(args) => grids::correlate(context, args).await,
        Verb::Hovmoller(args) => grids::hovmoller(context, args).await,
        Verb::Plot(args) => drawing::plot(context, &args),
        Verb::Table(args) => tables::table(context, &args),
        Verb::Values(_) => Ok(bindings::values(context)),
        Verb::Drop(args) => bindings::drop(context, &args),
        Verb::Save(args) => save::save(context, &args).await,
        Verb::Last(args) => last::last(context, &args),
        Verb::Set(args) => set::set(context, &args),
        Verb::Batch(_) => Err(batch::without_lines(context)),
        Verb::Status(_) => Ok(status::status(context)),
        Verb::Help(args) => help::help(context, &args),
        Verb::Version(_) => help::version(context).await,
    }
}

/// A target that is being asked, and for how long.
pub(crate) struct Asked {
    pub(crate) target: Target,
    timeout: Duration,
    datasets: Arc<[Dataset]>,
}

impl Asked {
    pub(crate) fn nexus(&self) -> &dyn Nexus {
        &*self.target.nexus
    }

    pub(crate) fn datasets(&self) -> &[Dataset] {
        &self.datasets
    }
}

impl Context<'_> {
    /// What the user answers to a question, and nobody sees.
    pub(crate) async fn secret(&self, question: &str) -> Result<Secret, Fault> {
        let unanswered = |why: Unanswered| {
            Fault::new("NoAnswer", format!("the secret cannot be asked for: {why}"))
                .hint("--token-env, --user-env and --header-env take it from an environment variable")
        };
        let answer = self.progress.while_asking(self.given.prompts.secret(question)).await;
        answer.map(Secret::new).map_err(unanswered)
    }

    /// The target to ask, its datasets at hand.
    pub(crate) async fn ask(&self, asking: &Asking) -> Result<Asked, Fault> {
        let mut asked = self.asked(asking)?;
        let known = self.session.state().datasets.get(&asked.target.name).cloned();
        asked.datasets = match known {
            Some(datasets) => datasets,
            None => self.fresh_datasets(&asked).await?,
        };
        Ok(asked)
    }

    /// The target to ask, whose datasets nobody needs.
    pub(crate) fn asked(&self, asking: &Asking) -> Result<Asked, Fault> {
        let target = self.target(asking.target.as_deref())?;
        Ok(Asked { target, timeout: Duration::from_secs_f64(asking.timeout), datasets: Arc::default() })
    }

    /// Asks a target for its datasets, and remembers them.
    pub(crate) async fn fresh_datasets(&self, asked: &Asked) -> Result<Arc<[Dataset]>, Fault> {
        self.progress.stage(format!("asking {} for its datasets", asked.nexus().name()));
        let datasets: Arc<[Dataset]> = self.waited(asked, asked.nexus().datasets()).await?.into();
        self.session.state().datasets.insert(asked.target.name.clone(), datasets.clone());
        Ok(datasets)
    }

    /// The target of that name or URL; the current one if none is named.
    pub(crate) fn target(&self, name: Option<&str>) -> Result<Target, Fault> {
        let state = self.session.state();
        let wanted = name.map_or_else(|| state.current.clone(), str::to_owned);
        if let Some(found) = state.targets.iter().find(|t| t.name == wanted || t.nexus.name() == wanted.trim_end_matches('/')) {
            return Ok(found.clone());
        }
        let names: Vec<String> = state.targets.iter().map(|t| t.name.clone()).collect();
        drop(state);
        if wanted.contains("://") {
            return targets::connect(None, &wanted, sdap_nexus::Auth::None, self.tokens.span_of(&wanted));
        }
        let fault = Fault::new("UnknownTarget", format!("there is no target {wanted}"))
            .expected(format!("one of {}, or a URL", names.join(", ")))
            .nearest(&wanted, names.iter().map(String::as_str))
            .hint("%sdap target NAME=URL adds one");
        Err(Fault { span: self.tokens.span_of(&wanted), ..fault })
    }

    /// Waits for an answer, within the time allowed.
    pub(crate) async fn answer<T>(&self, asked: &Asked, question: impl Future<Output = sdap_nexus::Result<T>>) -> Result<T, Fault> {
        self.progress.stage(format!("asking {}", asked.nexus().name()));
        self.progress.metered(self.waited(asked, question)).await
    }

    /// Waits for one answer of several, within the time allowed.
    pub(crate) async fn waited<T>(&self, asked: &Asked, question: impl Future<Output = sdap_nexus::Result<T>>) -> Result<T, Fault> {
        let late = || Error::Timeout { server: asked.nexus().name().to_owned(), seconds: asked.timeout.as_secs_f64() };
        let answer = tokio::time::timeout(asked.timeout, question).await.unwrap_or_else(|_| Err(late()));
        answer.map_err(|e| self.fault(e, asked))
    }

    /// The dataset that a word names.
    pub(crate) fn dataset<'d>(&self, name: &str, asked: &'d Asked) -> Result<&'d Dataset, Fault> {
        find_dataset(name, self.tokens.span_of_part(name), asked.datasets(), asked.nexus().name())
    }

    /// The area that was selected, or all of the dataset where that may be asked.
    pub(crate) fn area(&self, selecting: &Selecting, dataset: &Dataset, asked: &Asked) -> Result<BoundingBox, Fault> {
        resolved_area(self.typed_area(selecting)?, dataset, &asked.target.name, self.tokens.behind())
    }

    /// The area that was typed, if any.
    fn typed_area(&self, selecting: &Selecting) -> Result<Option<Typed<BoundingBox>>, Fault> {
        let Some(text) = &selecting.bbox else { return Ok(None) };
        let span = self.tokens.span_of(text);
        Ok(Some(Typed { value: area(text, span.clone(), &self.session.state().regions)?, span }))
    }

    /// The period that was selected, or all of the dataset.
    pub(crate) fn period(&self, selecting: &Selecting, dataset: &Dataset) -> Result<Period, Fault> {
        let typed = |text: &String| {
            let span = self.tokens.span_of(text);
            Ok::<_, Fault>(Typed { value: period(text, span.clone())?, span })
        };
        resolved_period(selecting.time.as_ref().map(typed).transpose()?, dataset, self.tokens.behind())
    }

    /// What an answerer found wrong, in our words, at the word that it concerns.
    fn fault(&self, error: Error, asked: &Asked) -> Fault {
        let mut message = error.to_string();
        let at_option = |option: &str| {
            let position = self.tokens.words.iter().position(|t| t.text == option || t.text.starts_with(&format!("{option}=")))?;
            let word = self.tokens.words.get(position + 1).filter(|_| self.tokens.words[position].text == option);
            Some(word.unwrap_or(&self.tokens.words[position]).span.clone())
        };
        let (kind, span, hint) = match &error {
            Error::UnknownDataset { name, server } => {
                return unknown_dataset(name, self.tokens.span_of_part(name), asked.datasets(), server);
            }
            Error::UnknownVariable { .. } => ("UnknownVariable", at_option("--variable"), None),
            Error::NoData { missing, message: why } => {
                message.clone_from(why);
                let option = match missing {
                    Missing::Area => "--bbox",
                    Missing::Period => "--time",
                    Missing::Filter => "--filter",
                    Missing::Unknown => "",
                };
                ("NoData", at_option(option), Some("%sdap describe DATASET shows what there is"))
            }
            Error::Refused { .. } => ("ServerError", None, Some("%sdap last shows the request that was answered last")),
            Error::WebPage { .. } | Error::Unreadable { .. } => ("BadAnswer", None, Some("check the address: %sdap target")),
            Error::CutOff { .. } => ("BadAnswer", None, Some("ask again, or for a smaller area or a shorter period")),
            Error::Unreachable { .. } => {
                ("Unreachable", None, Some("check the address: %sdap target; %sdap target embedded needs no server"))
            }
            Error::Timeout { .. } => ("Timeout", at_option("--timeout"), Some("a longer --timeout, a smaller area or a shorter period")),
            Error::Unsupported(_) => {
                ("Unsupported", None, Some("another server: %sdap target; the engine inside the kernel is `embedded`"))
            }
            Error::Invalid(_) => ("BadRequest", None, Some("%sdap describe DATASET shows what it has")),
            Error::Broken { .. } => ("BrokenDataset", None, Some("%sdap datasets lists the others")),
        };
        let fault = Fault { span, ..Fault::new(kind, message) };
        match hint {
            Some(hint) => fault.hint(hint),
            None => fault,
        }
    }
}

/// What a dataset says of a variable, for units and names that an answer lacks.
pub(crate) fn variable_of<'d>(dataset: &'d Dataset, wanted: Option<&str>) -> Option<&'d sdap_nexus::DatasetVariable> {
    match wanted {
        Some(name) => dataset.variables.iter().find(|v| v.name == name || v.standard_name == name),
        None => dataset.variables.first(),
    }
}
