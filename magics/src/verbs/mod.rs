//! The verbs: what each asks, and what it shows.

mod batch;
mod bindings;
mod catalogue;
mod change;
mod config;
mod drawing;
mod fault;
mod get;
mod grids;
mod help;
mod jobs;
mod kinds;
mod last;
mod login;
mod matchup;
mod named;
mod open;
mod pictures;
mod places;
mod save;
mod series;
mod service;
mod set;
mod status;
mod stddev;
mod subset;
mod tables;
mod targets;
mod tomogram;
mod windows;
mod zip;

use crate::{
    Bundle, Fault, Given, Session, Unanswered,
    defaults::showing,
    grammar::{self, Asking, Selecting, Setting, Showing, Verb},
    progress::Progress,
    resolve::{Typed, find_dataset, period, place, resolved_area, resolved_period},
    session::LastRequest,
    target::{Answerer, Target},
    token::Tokens,
};
pub(crate) use batch::Batch;
pub(crate) use get::ENDPOINTS;
pub use help::{examples, examples_of_servers};
pub(crate) use help::{explain_choice, explain_option, quick_start, verb_help};
use sdap::{BoundingBox, Period, Value};
use sdap_nexus::{Cache, Caching, Dataset, Error, Nexus, Secret};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
pub(crate) use targets::is_target_name;

/// How many bytes of answers are kept on disk.
const CACHED: u64 = 2 << 30;

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
    /// What is shown where no name is bound, if not what every value of its kind is shown as.
    pub(crate) shown: Option<Bundle>,
}

impl Answer {
    /// An answer that is shown as every value of its kind.
    pub(crate) fn of(value: Value) -> Self {
        Self { value, nexuscli: None, shown: None }
    }
}

/// As what a verb came to.
impl From<Answer> for Outcome {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

/// What is shown of an answer that nobody bound, and where it comes from.
pub(crate) fn shown(answer: Answer, showing: &Showing) -> Result<Vec<Bundle>, Fault> {
    drawing::shown(&answer.value, answer.shown, showing)
}

/// What a verb runs in.
pub(crate) struct Context<'a> {
    pub(crate) session: &'a Session,
    pub(crate) tokens: &'a Tokens,
    pub(crate) given: &'a Given<'a>,
    pub(crate) progress: &'a Progress,
    /// Values that the command may name beside the bound ones, and before them.
    pub(crate) values: &'a [(String, Arc<Value>)],
    /// What a reader of the result should know, whatever it is.
    pub(crate) notes: Mutex<Vec<String>>,
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
        Verb::Stddev(args) => stddev::stddev(context, &args).await,
        Verb::Matchup(args) => matchup::matchup(context, args).await,
        Verb::Jobs(args) => jobs::jobs(context, &args).await,
        Verb::Job(args) => jobs::job(context, &args).await,
        Verb::Cancel(args) => jobs::cancel(context, &args).await,
        Verb::Results(args) => jobs::results(context, &args).await,
        Verb::Catalog(args) => jobs::catalog(context, &args).await,
        Verb::Tomogram(args) => tomogram::tomogram(context, &args).await,
        Verb::Get(args) => get::get(context, &args).await,
        Verb::Plot(args) => drawing::plot(context, &args),
        Verb::Table(args) => tables::table(context, &args),
        Verb::Values(_) => Ok(bindings::values(context)),
        Verb::Drop(args) => bindings::drop(context, &args),
        Verb::Save(args) => save::save(context, &args).await,
        Verb::Last(args) => last::last(context, &args),
        Verb::Set(args) => set::set(context, &args),
        Verb::Config(_) => Ok(config::config(context)),
        Verb::Dataset(args) => change::dataset(context, &args).await,
        Verb::Capabilities(args) => service::capabilities(context, &args).await,
        Verb::Heartbeat(args) => service::heartbeat(context, &args).await,
        Verb::Batch(_) => Err(batch::without_lines(context)),
        Verb::Status(_) => Ok(status::status(context)),
        Verb::Help(args) => help::help(context, &args),
        Verb::Version(_) => help::version(context).await,
    }
}

/// A target that is being asked, and for how long.
pub(crate) struct Asked {
    /// The name of the target.
    pub(crate) target: String,
    nexus: Arc<dyn Nexus>,
    timeout: Duration,
    caching: Caching,
    datasets: Arc<[Dataset]>,
    /// How many points an answer may have.
    points: usize,
}

impl Asked {
    pub(crate) fn nexus(&self) -> &dyn Nexus {
        &*self.nexus
    }

    pub(crate) fn datasets(&self) -> &[Dataset] {
        &self.datasets
    }
}

/// The address of an endpoint of whoever is asked; of the engine inside the kernel its path alone.
pub(crate) fn address(asked: &Asked, path_and_query: &str) -> String {
    let base = Some(asked.nexus().name()).filter(|name| name.contains("://")).unwrap_or_default();
    format!("{base}{path_and_query}")
}

impl Context<'_> {
    /// What the user answers to a question, and nobody sees.
    pub(crate) async fn secret(&self, question: &str) -> Result<Secret, Fault> {
        let unanswered = |why: Unanswered| {
            Fault::new("NoAnswer", format!("the secret cannot be asked for: {why}"))
                .hint("--token-env, --user-env, --header-env and --cookie-env take it from an environment variable, --netrc from netrc")
        };
        let answer = self.progress.while_asking(self.given.prompts.secret(question)).await;
        answer.map(Secret::new).map_err(unanswered)
    }

    /// Notes what a reader of the result should know, once.
    pub(crate) fn note(&self, note: impl Into<String>) {
        let note = note.into();
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// Remembers what was asked by a verb that answers with no value, and what was sent with it.
    pub(crate) fn remember(&self, asked: &Asked, path_and_query: &str, body: Option<String>) {
        let server = asked.nexus().name().to_owned();
        let request = address(asked, path_and_query);
        self.session.state().last = Some(LastRequest { server, request, nexuscli: None, body });
    }

    /// What was noted.
    pub(crate) fn noted(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The target to ask, its datasets at hand.
    pub(crate) async fn ask(&self, asking: &Asking) -> Result<Asked, Fault> {
        let mut asked = self.asked(asking)?;
        let known = self.session.state().datasets.get(&asked.target).filter(|_| !asking.fresh).cloned();
        asked.datasets = match known {
            Some(datasets) => datasets,
            None => self.fresh_datasets(&asked).await?,
        };
        Ok(asked)
    }

    /// The target to ask, whose datasets nobody needs.
    pub(crate) fn asked(&self, asking: &Asking) -> Result<Asked, Fault> {
        let target = self.target(asking.target.as_deref())?;
        let timeout = self.session.state().defaults.timeout(asking);
        let caching = if asking.fresh { Caching::Renewed } else { Caching::Used };
        Ok(Asked { caching, ..self.asked_of(&target, timeout)? })
    }

    /// A target that is asked for so many seconds at most.
    pub(crate) fn asked_of(&self, target: &Target, seconds: f64) -> Result<Asked, Fault> {
        if let Some(warning) = target.warning() {
            self.note(warning);
        }
        let nexus = self.answerer(target)?;
        let timeout = Duration::from_secs_f64(seconds);
        Ok(Asked { target: target.name.clone(), nexus, timeout, caching: Caching::Used, datasets: Arc::default(), points: usize::MAX })
    }

    /// Where the answers of servers are kept, if that is on. A folder that cannot be used is noted, and harms no answer.
    fn cache(&self) -> Option<Cache> {
        if !self.session.state().defaults.on(Setting::Cache) {
            return None;
        }
        let opened = match self.session.cache() {
            Some(folder) => Cache::open(folder, CACHED).map_err(|error| error.to_string()),
            None => Err("no folder is known for it".to_owned()),
        };
        opened.map_err(|why| self.note(format!("nothing is kept in the cache: {why}"))).ok()
    }

    /// Who answers as a target.
    fn answerer(&self, target: &Target) -> Result<Arc<dyn Nexus>, Fault> {
        match &target.answerer {
            Answerer::Here(nexus) => Ok(Arc::clone(nexus)),
            Answerer::Server(server) => match self.cache() {
                Some(cache) => Ok(Arc::new((**server).clone().with_cache(cache))),
                None => Ok(Arc::new((**server).clone())),
            },
            Answerer::Unusable(reason) => {
                let fault = Fault::new("UnusableTarget", format!("{} cannot be asked: {reason}", target.name));
                Err(Fault { span: self.tokens.span_of(&target.name), ..fault.hint("%sdap config shows where it is described") })
            }
        }
    }

    /// The same target, of which no answer may have more points than the command, or what was set, allows.
    pub(crate) fn limited(&self, asked: Asked, limit: Option<u64>) -> Asked {
        let points = usize::try_from(self.session.state().defaults.limit(limit)).unwrap_or(usize::MAX);
        Asked { nexus: asked.nexus.limited_to(points).unwrap_or(asked.nexus), points, ..asked }
    }

    /// Asks a target for its datasets, and remembers them.
    pub(crate) async fn fresh_datasets(&self, asked: &Asked) -> Result<Arc<[Dataset]>, Fault> {
        self.progress.stage(format!("asking {} for its datasets", asked.nexus().name()));
        let datasets: Arc<[Dataset]> = self.waited(asked, asked.nexus().datasets()).await?.into();
        self.session.state().datasets.insert(asked.target.clone(), datasets.clone());
        Ok(datasets)
    }

    /// The target of that name or URL; the current one if none is named.
    pub(crate) fn target(&self, name: Option<&str>) -> Result<Target, Fault> {
        let state = self.session.state();
        let wanted = name.map_or_else(|| state.current.clone(), str::to_owned);
        if let Some(found) = state.targets.iter().find(|t| t.is_called(&wanted)) {
            return Ok(found.clone());
        }
        let names: Vec<String> = state.targets.iter().map(|t| t.name.clone()).collect();
        drop(state);
        let span = self.tokens.span_of_part(&wanted);
        if wanted.contains("://") {
            return Target::at(&wanted).map_err(|error| targets::bad_address(&error, span));
        }
        let fault = Fault::new("UnknownTarget", format!("there is no target {wanted}"))
            .expected(format!("one of {}, or a URL", names.join(", ")))
            .nearest(&wanted, names.iter().map(String::as_str))
            .hint("%sdap target NAME=URL adds one");
        Err(Fault { span, ..fault })
    }

    /// Waits for an answer, within the time allowed.
    pub(crate) async fn answer<T>(&self, asked: &Asked, question: impl Future<Output = sdap_nexus::Result<T>>) -> Result<T, Fault> {
        self.progress.stage(format!("asking {}", asked.nexus().name()));
        // However the question ends, the jobs that it started are jobs of the session.
        let _heard = jobs::Heard { context: self, target: &asked.target, meter: self.progress.meter() };
        self.progress.metered(self.waited(asked, question)).await
    }

    /// Waits for one answer of several, within the time allowed.
    pub(crate) async fn waited<T>(&self, asked: &Asked, question: impl Future<Output = sdap_nexus::Result<T>>) -> Result<T, Fault> {
        let late = || Error::Timeout { server: asked.nexus().name().to_owned(), seconds: asked.timeout.as_secs_f64() };
        let question = asked.caching.during(question);
        let answer = tokio::time::timeout(asked.timeout, question).await.unwrap_or_else(|_| Err(late()));
        answer.map_err(|e| fault::told(self.tokens, e, asked))
    }

    /// The dataset that a word names.
    pub(crate) fn dataset<'d>(&self, name: &str, asked: &'d Asked) -> Result<&'d Dataset, Fault> {
        find_dataset(name, self.tokens.span_of_part(name), asked.datasets(), asked.nexus().name())
    }

    /// The area that was selected, or all of the dataset where that may be asked.
    pub(crate) fn area(&self, selecting: &Selecting, dataset: &Dataset, asked: &Asked) -> Result<BoundingBox, Fault> {
        let area = resolved_area(self.typed_area(selecting)?, dataset, &asked.target, self.tokens.behind());
        area.map_err(|fault| self.pointing_at(dataset, fault))
    }

    /// The area that was typed, if any.
    fn typed_area(&self, selecting: &Selecting) -> Result<Option<Typed<BoundingBox>>, Fault> {
        let Some(text) = &selecting.bbox else { return Ok(None) };
        let span = self.tokens.span_of(text);
        let place = place(text, span.clone(), &self.session.state().regions)?;
        place.note().into_iter().for_each(|note| self.note(note));
        Ok(Some(Typed { value: place.area, span }))
    }

    /// The period that was selected, or all of the dataset.
    pub(crate) fn period(&self, selecting: &Selecting, dataset: &Dataset) -> Result<Period, Fault> {
        let typed = |text: &String| {
            let span = self.tokens.span_of(text);
            Ok::<_, Fault>(Typed { value: period(text, span.clone())?, span })
        };
        let period = resolved_period(selecting.time.as_ref().map(typed).transpose()?, dataset, self.tokens.behind());
        period.map_err(|fault| self.pointing_at(dataset, fault))
    }

    /// A fault of what was not typed but set for all commands: it is pointed at by the dataset.
    fn pointing_at(&self, dataset: &Dataset, fault: Fault) -> Fault {
        let span = fault.span.clone().or_else(|| self.tokens.span_of_part(&dataset.short_name));
        Fault { span, ..fault }
    }
}

/// What a dataset says of a variable, for units and names that an answer lacks.
pub(crate) fn variable_of<'d>(dataset: &'d Dataset, wanted: Option<&str>) -> Option<&'d sdap_nexus::DatasetVariable> {
    match wanted {
        Some(name) => dataset.variables.iter().find(|v| v.name == name || v.standard_name == name),
        None => dataset.variables.first(),
    }
}
