//! What lives as long as the kernel: targets, bound values, regions, jobs, and the last request.

use crate::{
    Bundle, CommandLine, Config, Fault, Given,
    defaults::{Defaults, Filled, Source, quiet, showing},
    grammar::{self, Setting, Verb},
    progress::{Appears, Progress, Watch},
    resolve::Regions,
    show,
    target::{Answerer, Target},
    token::tokens,
    verbs::{self, Context, Outcome},
};
use chrono::{DateTime, Utc};
use sdap::Value;
use sdap_nexus::{Dataset, Nexus, request::Job, windows::Kept};
use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The name of the engine inside the kernel, as a target.
pub const EMBEDDED: &str = "embedded";

/// What lives as long as the kernel. Every method may be called while a command runs.
pub struct Session {
    folder: PathBuf,
    cache: Option<PathBuf>,
    /// Windows of questions that were not answered to their end.
    kept: Kept,
    state: Mutex<State>,
}

/// A value bound to a name, as a Rust cell needs it.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Arc<Value>,
    /// The file that holds it; a name that is bound anew gets a new file.
    pub file: PathBuf,
}

/// A job that this session started or asked for, as it was when it was last heard of.
#[derive(Clone, Debug)]
pub(crate) struct KnownJob {
    /// The name of the target that works on it.
    pub(crate) target: String,
    /// When it was first heard of.
    pub(crate) heard: DateTime<Utc>,
    pub(crate) job: Job,
}

/// The last request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct LastRequest {
    pub(crate) server: String,
    pub(crate) request: String,
    /// The same request as lines of Python for nexuscli, where that can ask it.
    pub(crate) nexuscli: Option<String>,
    /// What was sent with it, without anything secret, where it was not asked but told.
    pub(crate) body: Option<String>,
}

pub(crate) struct State {
    pub(crate) targets: Vec<Target>,
    pub(crate) current: String,
    pub(crate) datasets: BTreeMap<String, Arc<[Dataset]>>,
    pub(crate) regions: Regions,
    pub(crate) bindings: BTreeMap<String, Binding>,
    pub(crate) last: Option<LastRequest>,
    pub(crate) defaults: Defaults,
    /// In the order in which they were heard of.
    pub(crate) jobs: Vec<KnownJob>,
    /// The config file and the environment, as they were when the session began.
    pub(crate) config: Config,
    /// What is wrong with them, until it has been told.
    untold: Vec<String>,
    files: u64,
}

impl State {
    /// Makes a target that was named before the session began the current one; returns what is wrong with it, if anything.
    fn begin_with(&mut self, wanted: &str, source: Source) -> Option<String> {
        if let Some(known) = self.targets.iter().find(|t| t.is_called(wanted)) {
            self.current.clone_from(&known.name);
            return None;
        }
        if !wanted.contains("://") {
            let names: Vec<&str> = self.targets.iter().map(|t| t.name.as_str()).collect();
            return Some(format!("{source}: there is no target {wanted}; known are {}. {EMBEDDED} is asked", names.join(", ")));
        }
        match Target::at(wanted) {
            Ok(target) => {
                self.current.clone_from(&target.name);
                self.targets.push(target);
                None
            }
            Err(error) => Some(format!("{source}: {error}. {EMBEDDED} is asked")),
        }
    }
}

impl Session {
    /// A session that asks `embedded` until told otherwise, and keeps bound values as files in `folder`.
    pub fn new(folder: impl Into<PathBuf>, embedded: Arc<dyn Nexus>) -> Self {
        let target = Target::new(EMBEDDED, Answerer::Here(embedded));
        let state = State {
            targets: vec![target],
            current: EMBEDDED.to_owned(),
            datasets: BTreeMap::new(),
            regions: Regions::default(),
            bindings: BTreeMap::new(),
            last: None,
            defaults: Defaults::default(),
            jobs: Vec::new(),
            config: Config::default(),
            untold: Vec::new(),
            files: 0,
        };
        Self { folder: folder.into(), cache: None, kept: Kept::default(), state: Mutex::new(state) }
    }

    /// The same session, which keeps answers of servers in a folder where the user wants that.
    #[must_use]
    pub fn caching_in(self, folder: impl Into<PathBuf>) -> Self {
        Self { cache: Some(folder.into()), ..self }
    }

    /// The folder that answers of servers are kept in.
    pub(crate) fn cache(&self) -> Option<&Path> {
        self.cache.as_deref()
    }

    /// Windows of questions that were not answered to their end.
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The same session with what a config file and the environment say. What is wrong with them is told with the first
    /// command, and disturbs nothing.
    #[must_use]
    pub fn configured(self, config: Config) -> Self {
        {
            let mut state = self.state();
            state.targets.extend(config.targets.iter().map(|(name, described)| Target::described(name, described)));
            let begun = config.settings.get(&Setting::Target).and_then(|held| state.begin_with(&held.value, held.source.clone()));
            state.untold.clone_from(&config.troubles);
            state.untold.extend(begun);
            state.defaults = Defaults::starting(config.settings.clone());
            state.config = config;
        }
        self
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A state that a panic left behind is still whole: every change to it is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one command of a cell, and returns what is to be shown; a batch shows its results on the screen it is given.
    ///
    /// # Errors
    /// If the command cannot be read or answered. Nothing that was bound before is lost.
    pub async fn run(&self, cell: &str, command: &CommandLine, given: &Given<'_>) -> Result<Vec<Bundle>, Fault> {
        if let Some(batch) = verbs::Batch::of(cell, command)? {
            return batch.run(self, cell, given).await.map(|()| Vec::new());
        }
        let name = cell[command.arguments.clone()].split_whitespace().next().unwrap_or("%sdap");
        let progress = Progress::default();
        Watch::new(given.screen, 0, name, Appears::Late).wait(&progress, self.run_one(cell, command, given, &progress)).await
    }

    /// Runs one command, whoever watches it.
    pub(crate) async fn run_one(
        &self,
        cell: &str,
        command: &CommandLine,
        given: &Given<'_>,
        progress: &Progress,
    ) -> Result<Vec<Bundle>, Fault> {
        let tokens = tokens(cell, command.arguments.clone())?.filled(given.values);
        if command.body.clone().is_some_and(|body| !cell[body].trim().is_empty()) {
            return Err(body_without_use(command));
        }
        self.shown(
            &Context { session: self, tokens: &tokens, values: &[], given, progress, notes: Mutex::default() },
            command.bind.as_ref(),
        )
        .await
    }

    /// What a command answers with, as a program asks for it: `arguments` are what would follow `%sdap`.
    ///
    /// # Errors
    /// As for [`Session::run`], and if the verb answers with nothing that a name could hold.
    pub async fn answer(&self, arguments: &str) -> Result<Value, Fault> {
        let tokens = tokens(arguments, 0..arguments.len())?;
        let nothing = || nothing_to_bind(tokens.words.first().map_or(0..0, |verb| verb.span.clone()));
        let mut verb = verbs::read(&tokens)?.ok_or_else(nothing)?;
        let filled = self.state().defaults.fill(&mut verb);
        let (given, progress) = (Given::default(), Progress::default());
        let context = Context { session: self, tokens: &tokens, values: &[], given: &given, progress: &progress, notes: Mutex::default() };
        match self.outcome(&context, verb, &filled).await? {
            Outcome::Answer(answer) => Ok(answer.value),
            Outcome::Shown(_) => Err(nothing()),
        }
    }

    /// What a command shows of values that no name is bound to: `arguments` name them as they are named here.
    ///
    /// # Errors
    /// As for [`Session::run`].
    pub async fn show(&self, arguments: &str, values: &[(String, Arc<Value>)]) -> Result<Vec<Bundle>, Fault> {
        let tokens = tokens(arguments, 0..arguments.len())?;
        let (given, progress) = (Given::default(), Progress::default());
        let context = Context { session: self, tokens: &tokens, values, given: &given, progress: &progress, notes: Mutex::default() };
        self.shown(&context, None).await
    }

    /// Runs a verb, and returns what is to be shown of what it comes to.
    async fn shown(&self, context: &Context<'_>, bind: Option<&(String, Range<usize>)>) -> Result<Vec<Bundle>, Fault> {
        let told: Vec<Bundle> = std::mem::take(&mut self.state().untold).into_iter().map(Bundle::text).collect();
        let shown = self.of_verb(context, bind).await;
        shown.map(|shown| shown.into_iter().chain(told.iter().cloned()).collect()).inspect_err(|_| {
            // A fault is shown alone; what was to be told is told with the next command.
            self.state().untold = told.iter().map(|bundle| bundle.plain().to_owned()).collect();
        })
    }

    async fn of_verb(&self, context: &Context<'_>, bind: Option<&(String, Range<usize>)>) -> Result<Vec<Bundle>, Fault> {
        let Some(mut verb) = verbs::read(context.tokens)? else { return Ok(vec![verbs::quick_start()]) };
        let filled = self.state().defaults.fill(&mut verb);
        let showing = showing(&mut verb).cloned().unwrap_or_default();
        let quiet = showing.quiet || quiet(&mut verb).is_some_and(|quiet| *quiet);
        let shown = match (self.outcome(context, verb, &filled).await?, bind) {
            (Outcome::Answer(answer), Some((name, _))) => {
                let summary = std::iter::once(show::summary(Some(name), &answer.value)).chain(filled.iter().map(ToString::to_string));
                let summary = summary.chain(context.noted()).collect::<Vec<_>>().join(" · ");
                self.bind(name, answer.value)?;
                vec![Bundle::text(summary)]
            }
            (Outcome::Answer(_), None) if quiet => Vec::new(),
            (Outcome::Answer(answer), None) => verbs::shown(*answer, &showing)?,
            (Outcome::Shown(_), Some((_, span))) => return Err(nothing_to_bind(span.clone())),
            (Outcome::Shown(bundles), None) => bundles.into_iter().chain(context.noted().into_iter().map(Bundle::text)).collect(),
        };
        if !quiet {
            return Ok(shown);
        }
        // A warning is shown all the same.
        let warnings: Vec<String> = self.state().targets.iter().filter_map(Target::warning).collect();
        Ok(context.noted().into_iter().filter(|note| warnings.contains(note)).map(Bundle::text).collect())
    }

    /// What a verb comes to. An answer says what of its question was `filled` in, and what else there is to note.
    async fn outcome(&self, context: &Context<'_>, verb: Verb, filled: &[Filled]) -> Result<Outcome, Fault> {
        let mut outcome = verbs::run(context, verb).await.map_err(|fault| noted(by_default(fault, filled), context))?;
        if let Outcome::Answer(answer) = &mut outcome {
            let notes = &mut answer.value.origin_mut().notes;
            let new: Vec<String> = filled.iter().map(ToString::to_string).chain(context.noted()).filter(|n| !notes.contains(n)).collect();
            notes.extend(new);
            self.remember(answer);
        }
        Ok(outcome)
    }

    fn remember(&self, answer: &verbs::Answer) {
        let origin = answer.value.origin();
        // What nobody was asked cannot be asked again.
        if !origin.request.is_empty() {
            let (server, request, nexuscli) = (origin.server.clone(), origin.request.clone(), answer.nexuscli.clone());
            self.state().last = Some(LastRequest { server, request, nexuscli, body: None });
        }
    }

    /// Binds a value to a name. It is written to a file of its own, and read from there by the kernel too.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn bind(&self, name: &str, value: Value) -> Result<(), Fault> {
        let number = {
            let mut state = self.state();
            state.files += 1;
            state.files
        };
        let file = self.folder.join(format!("{number}-{name}.safetensors"));
        let full = |e: sdap::StoreError| Fault::new("CannotBind", e.to_string()).hint("free some space: %sdap drop NAME");
        sdap::write(&value, &file).map_err(full)?;
        let value = Arc::new(sdap::open::<Value>(&file).map_err(full)?);
        let old = self.state().bindings.insert(name.to_owned(), Binding { name: name.to_owned(), value, file });
        remove_file(old);
        Ok(())
    }

    /// Forgets what is bound to a name; false if nothing was.
    pub fn unbind(&self, name: &str) -> bool {
        let old = self.state().bindings.remove(name);
        let bound = old.is_some();
        remove_file(old);
        bound
    }

    /// What is bound to a name.
    pub fn binding(&self, name: &str) -> Option<Binding> {
        self.state().bindings.get(name).cloned()
    }

    /// Everything that is bound, by name.
    pub fn bindings(&self) -> Vec<Binding> {
        self.state().bindings.values().cloned().collect()
    }

    /// The folder that bound values are kept in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A name that is bound anew gets a new file, so the old one can go; who still maps it keeps its pages.
fn remove_file(old: Option<Binding>) {
    if let Some(old) = old {
        std::fs::remove_file(old.file).ok();
    }
}

/// A fault with what a reader of the result should have known, such as that nobody checked who was asked.
fn noted(fault: Fault, context: &Context<'_>) -> Fault {
    let notes = context.noted();
    if notes.is_empty() {
        return fault;
    }
    let hints: Vec<String> = fault.advice.hint.iter().cloned().chain(notes).collect();
    fault.hint(hints.join("; "))
}

/// A fault of a command of which a part was set as a default: that part may be to blame where nothing that was typed is, and where there is
/// no data.
fn by_default(fault: Fault, filled: &[Filled]) -> Fault {
    if filled.is_empty() || fault.span.is_some() && fault.kind != "NoData" {
        return fault;
    }
    let here = filled.iter().any(|filled| filled.source == Source::Session);
    let whats = filled.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let undo = if here { "%sdap set NAME --unset forgets it" } else { "%sdap config shows all" };
    fault.hint(format!("{whats}, for every command; {undo}"))
}

fn nothing_to_bind(span: Range<usize>) -> Fault {
    Fault::new("NothingToBind", "this verb answers with nothing that a name could hold").at(span).expected(
        "a verb that asks for data behind `let NAME = %sdap`: timeseries, anomaly, map, subset, hovmoller, correlate, matchup, get, …",
    )
}

fn body_without_use(command: &CommandLine) -> Fault {
    Fault::new("Syntax", "this verb takes no body").at(command.magic.clone()).expected("%sdap, with one percent sign, for a single command")
}

/// All verbs of the language.
pub fn verb_names() -> Vec<String> {
    grammar::verbs()
}
