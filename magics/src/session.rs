//! What lives as long as the kernel: targets, bound values, regions, and the last request.

use crate::{
    Bundle, CommandLine, Fault, grammar,
    resolve::Regions,
    show,
    token::tokens,
    verbs::{self, Context, Outcome},
};
use sdap::Value;
use sdap_nexus::{Dataset, Nexus};
use std::{
    collections::BTreeMap,
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
            files: 0,
        };
        Self { folder: folder.into(), state: Mutex::new(state) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A state that a panic left behind is still whole: every change to it is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one command of a cell, and returns what is to be shown.
    ///
    /// # Errors
    /// If the command cannot be read or answered. Nothing that was bound before is lost.
    pub async fn run(&self, cell: &str, command: &CommandLine) -> Result<Vec<Bundle>, Fault> {
        let tokens = tokens(cell, command.arguments.clone())?;
        if let Some(body) = &command.body
            && !cell[body.clone()].trim().is_empty()
        {
            return Err(body_without_use(command));
        }
        let Some(verb) = verbs::shorthand(&tokens).map_or_else(|| verbs::parsed(&tokens), |v| Some(Ok(v))).transpose()? else {
            return Ok(vec![verbs::quick_start()]);
        };
        let context = Context { session: self, tokens: &tokens };
        let showing = verbs::showing(&verb);
        match (verbs::run(&context, verb).await?, &command.bind) {
            (Outcome::Answer(answer), Some((name, _))) => {
                self.remember(&answer);
                let summary = show::summary(Some(name), &answer.value);
                self.bind(name, answer.value)?;
                Ok(if showing.quiet { Vec::new() } else { vec![Bundle::text(summary)] })
            }
            (Outcome::Answer(answer), None) => {
                self.remember(&answer);
                if showing.quiet { Ok(Vec::new()) } else { verbs::shown(&answer.value, &showing) }
            }
            (Outcome::Shown(_), Some((_, span))) => Err(nothing_to_bind(span.clone())),
            (Outcome::Shown(bundles), None) => Ok(if showing.quiet { Vec::new() } else { bundles }),
        }
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
        sdap::save(&value, &file).map_err(full)?;
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

    /// The datasets of the current target, so far as they are known without asking it.
    pub(crate) fn known_datasets(&self) -> Arc<[Dataset]> {
        let state = self.state();
        state.datasets.get(&state.current).cloned().unwrap_or_default()
    }
}

/// A name that is bound anew gets a new file, so the old one can go; who still maps it keeps its pages.
fn remove_file(old: Option<Binding>) {
    if let Some(old) = old {
        std::fs::remove_file(old.file).ok();
    }
}

fn nothing_to_bind(span: std::ops::Range<usize>) -> Fault {
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
