//! What lives as long as the kernel: targets, bound values, regions, and the last request.

use crate::{
    Bundle, CommandLine, Fault, Given,
    defaults::{Defaults, showing},
    grammar::{self, Verb},
    progress::{Appears, Progress, Watch},
    resolve::Regions,
    show,
    token::tokens,
    verbs::{self, Context, Outcome},
};
use sdap::Value;
use sdap_nexus::{Dataset, Nexus};
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

/// A server that can be asked.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) nexus: Arc<dyn Nexus>,
}

/// The last request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct LastRequest {
    pub(crate) server: String,
    pub(crate) request: String,
    /// The same request as lines of Python for nexuscli, where that can ask it.
    pub(crate) nexuscli: Option<String>,
}

pub(crate) struct State {
    pub(crate) targets: Vec<Target>,
    pub(crate) current: String,
    pub(crate) datasets: BTreeMap<String, Arc<[Dataset]>>,
    pub(crate) regions: Regions,
    pub(crate) bindings: BTreeMap<String, Binding>,
    pub(crate) last: Option<LastRequest>,
    pub(crate) defaults: Defaults,
    files: u64,
}

impl Session {
    /// A session that asks `embedded` until told otherwise, and keeps bound values as files in `folder`.
    pub fn new(folder: impl Into<PathBuf>, embedded: Arc<dyn Nexus>) -> Self {
        let target = Target { name: EMBEDDED.to_owned(), nexus: embedded };
        let state = State {
            targets: vec![target],
            current: EMBEDDED.to_owned(),
            datasets: BTreeMap::new(),
            regions: Regions::default(),
            bindings: BTreeMap::new(),
            last: None,
            defaults: Defaults::default(),
            files: 0,
        };
        Self { folder: folder.into(), state: Mutex::new(state) }
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
        self.shown(&Context { session: self, tokens: &tokens, values: &[], given, progress }, command.bind.as_ref()).await
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
        let context = Context { session: self, tokens: &tokens, values: &[], given: &given, progress: &progress };
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
        self.shown(&Context { session: self, tokens: &tokens, values, given: &given, progress: &progress }, None).await
    }

    /// Runs a verb, and returns what is to be shown of what it comes to.
    async fn shown(&self, context: &Context<'_>, bind: Option<&(String, Range<usize>)>) -> Result<Vec<Bundle>, Fault> {
        let Some(mut verb) = verbs::read(context.tokens)? else { return Ok(vec![verbs::quick_start()]) };
        let filled = self.state().defaults.fill(&mut verb);
        let showing = showing(&mut verb).cloned().unwrap_or_default();
        let shown = match (self.outcome(context, verb, &filled).await?, bind) {
            (Outcome::Answer(answer), Some((name, _))) => {
                let summary = std::iter::once(show::summary(Some(name), &answer.value)).chain(filled.into_iter().map(|w| by_set(&w)));
                let summary = summary.collect::<Vec<_>>().join(" · ");
                self.bind(name, answer.value)?;
                vec![Bundle::text(summary)]
            }
            (Outcome::Answer(_), None) if showing.quiet => Vec::new(),
            (Outcome::Answer(answer), None) => verbs::shown(&answer.value, &showing)?,
            (Outcome::Shown(_), Some((_, span))) => return Err(nothing_to_bind(span.clone())),
            (Outcome::Shown(bundles), None) => bundles,
        };
        Ok(if showing.quiet { Vec::new() } else { shown })
    }

    /// What a verb comes to. An answer says what of its question was `filled` in.
    async fn outcome(&self, context: &Context<'_>, verb: Verb, filled: &[String]) -> Result<Outcome, Fault> {
        let mut outcome = verbs::run(context, verb).await.map_err(|fault| by_default(fault, filled))?;
        if let Outcome::Answer(answer) = &mut outcome {
            answer.value.origin_mut().notes.extend(filled.iter().map(|what| by_set(what)));
            self.remember(answer);
        }
        Ok(outcome)
    }

    fn remember(&self, answer: &verbs::Answer) {
        let origin = answer.value.origin();
        self.state().last =
            Some(LastRequest { server: origin.server.clone(), request: origin.request.clone(), nexuscli: answer.nexuscli.clone() });
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

/// What was filled in, as a result says it.
fn by_set(what: &str) -> String {
    format!("{what} by %sdap set")
}

/// A fault of a command of which a part was set as a default: that part may be to blame.
fn by_default(fault: Fault, filled: &[String]) -> Fault {
    if filled.is_empty() || fault.span.is_some() {
        return fault;
    }
    fault.hint(format!("{} is set for every command; %sdap set NAME --unset forgets it", filled.join(", ")))
}

fn nothing_to_bind(span: Range<usize>) -> Fault {
    Fault::new("NothingToBind", "this verb answers with nothing that a name could hold")
        .at(span)
        .expected("timeseries, anomaly, map, subset, hovmoller or correlate behind `let NAME = %sdap`")
}

fn body_without_use(command: &CommandLine) -> Fault {
    Fault::new("Syntax", "this verb takes no body").at(command.magic.clone()).expected("%sdap, with one percent sign, for a single command")
}

/// All verbs of the language.
pub fn verb_names() -> Vec<String> {
    grammar::verbs()
}
