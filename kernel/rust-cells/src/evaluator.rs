//! evcxr, with what makes it the SDAP kernel's: the prelude, values bound outside of Rust, types, one error a cell.

use crate::{
    analysis::{Dependencies, Scope, items_of},
    cell::{Binding, CellError, Event, RustCell, Shown},
    diagnosis::{LabelledSpan, compilation_error, earlier_panic_error, early_return_error, failure_error},
    prelude::{Prelude, lock_file},
    runtime::{Cells, Ending, Fault},
    source_lines::cell_line,
    syntax::{Cell, Kind, Statement, uses},
    tools::{EVCXRS_FILE, FILE, Program},
    types::TypeFinder,
    weave::{Insertion, Woven},
    wire::{Report, report},
};
use evcxr::{CommandContext, Error, EvalContext, EvalOutputs};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// As the sdap crate's `cell` module writes them.
const DONE: &str = "application/x-sdap-done";
const PANIC: &str = "application/x-sdap-panic";
const FAILED: &str = "application/x-sdap-failed";

/// The method that tells an error before a `?` lets it end the cell.
const OR_FAIL: &str = "or_fail";

/// What every cell has in scope.
pub(crate) const IMPORTS: &str =
    "use sdap::prelude::*; use sdap::cell::{Questioned, Show, ShowRow, eprint, print}; use sdap::{chrono, ndarray};";

/// The crate that runs the futures of cells, with what a kernel that was built here has downloaded of it.
const TOKIO: &str = r#":dep tokio = { version = "1.40", features = ["rt-multi-thread", "macros", "net", "sync", "time", "signal", "process", "io-util", "fs"] }"#;

/// Warnings that must not be: evcxr takes one about what it puts after a cell for a sign that this has to be put differently.
const QUIET: &str = "#![allow(unreachable_code)]";

/// Cells after which evcxr lets cells return a result, and wait for futures. It would learn it from any cell that does; but
/// together with an expression that is to be shown it would take that for a mistake too, and show it in another way.
const WITH_RESULT: &str = "Ok::<(), std::fmt::Error>(())?;";
const WITH_AWAIT: &str = "async {}.await;";

/// Names the folder of the package that evcxr compiles cells in.
const EVCXR_PACKAGE: &str = "EVCXR_TMPDIR";

/// A running evcxr.
pub(crate) struct Evaluator {
    context: CommandContext,
    cells: Cells,
    types: TypeFinder,
    /// The bindings that entered scope, by name.
    bound: BTreeMap<String, Binding>,
    prelude: Prelude,
    /// The folder with the sdap crate, and whether it is a dependency of the cells, beside those that they added.
    root: PathBuf,
    /// The folder in which evcxr compiles.
    slot: PathBuf,
    is_dependency: bool,
    /// Whether evcxr lets cells return a result, and wait for futures.
    returns: bool,
    waits: bool,
    /// What the kernel was told that the session has defined.
    told: Scope,
}

impl Evaluator {
    /// Starts evcxr in the folder that its environment names, and evaluates the prelude.
    ///
    /// # Errors
    /// If evcxr or the prelude fail, for instance because a dependency cannot be downloaded.
    pub(crate) fn start(root: &Path, runtime: Command, cells: Cells) -> Result<Self, CellError> {
        let prelude = Prelude::compile(root)?;
        let (context, _) = EvalContext::with_subprocess_command(runtime).map_err(|error| not_started(&error))?;
        let mut evaluator = Self {
            context: CommandContext::with_eval_context(context),
            cells,
            types: TypeFinder::default(),
            bound: BTreeMap::new(),
            prelude,
            root: root.to_owned(),
            slot: std::env::var_os("EVCXR_TMPDIR").map(PathBuf::from).unwrap_or_default(),
            is_dependency: false,
            returns: false,
            waits: false,
            told: Scope::default(),
        };
        evaluator.evaluate_prelude()?;
        evaluator.tell_scope(true);
        Ok(evaluator)
    }

    fn evaluate_prelude(&mut self) -> Result<(), CellError> {
        let prelude = format!(":linker system\n{}\n{QUIET}\n{IMPORTS}", self.prelude.command());
        self.context.execute(&prelude).map_err(|error| not_started(&error))?;
        (self.is_dependency, self.returns, self.waits) = (false, false, false);
        Ok(())
    }

    /// Runs a cell.
    ///
    /// # Errors
    /// The one error of a failed cell.
    pub(crate) fn execute(&mut self, cell: &RustCell, interrupted: &dyn Fn() -> bool) -> Result<Option<Shown>, CellError> {
        let parsed = Cell::parse(&cell.code);
        if parsed.commands.iter().any(|command| command.trim().starts_with(":quit")) {
            return Err(CellError::new("quit", "`:quit` would end the kernel; use the front end's own shut down or restart instead"));
        }
        if parsed.commands.iter().any(|command| command.trim().starts_with(":clear") && !command.contains("_cache")) {
            return self.clear(cell, &parsed, interrupted);
        }
        if adds_dependencies(&parsed) {
            self.add_dependencies(cell, &parsed)?;
            return self.execute(&without_commands(cell, &parsed, ":dep"), interrupted);
        }
        self.enable(&parsed)?;
        self.forget_dropped(cell);
        let shown = match self.run(cell, &parsed, Questions::Told, interrupted) {
            Err(error) if speaks_of_questions(&error) => self.run(cell, &parsed, Questions::Bare, interrupted),
            result => result,
        }?;
        self.remember(cell, &parsed);
        Ok(shown)
    }

    /// Lets the cell return a result and wait for futures, if it wants to.
    fn enable(&mut self, parsed: &Cell) -> Result<(), CellError> {
        if parsed.waits && !self.waits {
            if !dependencies().is_some_and(|found| found.has("tokio")) {
                self.add_tokio()?;
            }
            self.waits = self.context.execute(WITH_AWAIT).is_ok();
        }
        if (parsed.returns || !parsed.questions.is_empty()) && !self.returns {
            self.returns = self.context.execute(WITH_RESULT).is_ok();
        }
        Ok(())
    }

    fn run(
        &mut self,
        cell: &RustCell,
        parsed: &Cell,
        questions: Questions,
        interrupted: &dyn Fn() -> bool,
    ) -> Result<Option<Shown>, CellError> {
        let woven = if parsed.fault.is_some() { Woven::new(&cell.code, Vec::new()) } else { self.weave(cell, parsed, questions)? };
        if interrupted() {
            return Err(CellError::new("Interrupted", "the cell was interrupted before it ran"));
        }
        let variables = self.own_variables();
        self.cells.expect(if tells_its_end(parsed) { Ending::Told } else { Ending::Silent });
        let result = self.context.execute(&woven.text);
        self.cells.expect(Ending::Silent);
        self.tell_outdated();
        let compiled = result.is_ok();
        let shown = match result {
            Ok(outputs) => self.outcome(outputs, parsed, &woven).map_err(|error| self.naming_what_is_lost(error, &variables)),
            Err(error) => Err(self.failure(error, parsed, &woven, &variables)),
        };
        if shown.is_ok() {
            self.remember(cell, parsed);
        }
        self.tell_scope(compiled);
        shown
    }

    /// Tells the kernel what the session has defined, if that has changed. Of a cell that failed to compile, the generated
    /// program holds what is not defined.
    fn tell_scope(&mut self, compiled: bool) {
        let mut scope = Scope {
            variables: self.context.variables_and_types().map(|(name, ty)| (name.to_owned(), ty.to_owned())).collect(),
            bound: self.bound.values().cloned().collect(),
            ..self.told.clone()
        };
        if compiled {
            scope.items = items_of(&self.context.last_source().unwrap_or_default());
            scope.dependencies = dependencies().unwrap_or_default();
        }
        if scope != self.told {
            report(&Report::Scope(scope.clone()));
            self.told = scope;
        }
    }

    /// `:clear` forgets the prelude too: it is evaluated again before the rest of the cell runs.
    fn clear(&mut self, cell: &RustCell, parsed: &Cell, interrupted: &dyn Fn() -> bool) -> Result<Option<Shown>, CellError> {
        self.context.execute(":clear").map_err(|error| CellError::new("error", &error.to_string()))?;
        self.bound.clear();
        self.evaluate_prelude()?;
        self.tell_scope(true);
        self.execute(&without_commands(cell, parsed, ":clear"), interrupted)
    }

    /// Adds what the `:dep` lines of a cell name, and compiles it. The first time the sdap crate becomes a dependency too.
    fn add_dependencies(&mut self, cell: &RustCell, parsed: &Cell) -> Result<(), CellError> {
        let (current, kept) = (lock_file(&self.slot), self.slot.join("kept.lock"));
        let mut insertions = Vec::new();
        if !self.is_dependency {
            if let Err(error) = Prelude::hand_over(&self.root, &self.slot) {
                tracing::warn!(%error, "what was compiled ahead is compiled again");
            }
            std::fs::copy(&current, &kept).ok();
            insertions.push(Insertion { at: 0, text: Prelude::as_dependency(&self.root) });
        }
        let put_back = format!("\n!cp '{}' '{}'", kept.display(), current.display());
        let only = only_commands(cell, parsed, ":dep");
        insertions.push(Insertion { at: only.len(), text: put_back });
        let woven = Woven::new(&only, insertions);
        match self.context.execute(&woven.text) {
            Ok(_) => {
                self.is_dependency = true;
                std::fs::copy(&current, &kept).ok();
                self.find_outdated()
            }
            Err(error) => {
                std::fs::copy(&kept, &current).ok();
                Err(self.failure(error, &Cell::parse(&only), &woven, &[]))
            }
        }
    }

    /// Where a dependency made cargo compile crates otherwise than before, the variables that are made of them are lost: this
    /// is told now, and not by the next cell.
    fn find_outdated(&mut self) -> Result<(), CellError> {
        if self.context.variables_and_types().next().is_some() {
            self.context.execute("();").map_err(|error| CellError::new("error", error.to_string().trim()))?;
            self.tell_outdated();
        }
        Ok(())
    }

    /// Says which variables are lost because their types are others now.
    fn tell_outdated(&self) {
        let mut lost = self.cells.take_outdated();
        lost.retain(|name| !self.bound.contains_key(name));
        lost.sort();
        if !lost.is_empty() {
            let lost = lost.join(", ");
            let text = format!("Lost, since their types were declared or compiled anew and are others now: {lost}.\n");
            report(&Report::Event(Event::Stderr(text)));
        }
    }

    /// evcxr would add tokio by itself, but forget the versions of all other dependencies, and with those the variables.
    fn add_tokio(&mut self) -> Result<(), CellError> {
        let cell = RustCell { code: TOKIO.to_owned(), bindings: Vec::new() };
        self.add_dependencies(&cell, &Cell::parse(&cell.code)).map_err(|error| {
            let missing = "The cell did not run. Once the crate has been downloaded no network is needed for it.";
            CellError::new("NoTokio", &format!("`.await` needs the crate tokio, which cargo cannot get: {}\n{missing}", error.value))
        })
    }

    /// The cell with everything put in that makes it run as ours.
    fn weave(&mut self, cell: &RustCell, parsed: &Cell, questions: Questions) -> Result<Woven, CellError> {
        let mut insertions = Vec::new();
        if parsed.statements.is_empty() {
            return Ok(Woven::new(&cell.code, insertions));
        }
        insertions.push(self.opening(cell, parsed));
        insertions.extend(missing_semicolon(parsed));
        if questions == Questions::Told {
            insertions.extend(told_questions(cell, parsed));
        }
        insertions.extend(parsed.shown().into_iter().flat_map(by_reference));
        let types = self.types.annotations(&mut self.context, &cell.code, parsed, &insertions)?;
        insertions.extend(types);
        if parsed.shown().is_none() {
            insertions.push(Insertion { at: cell.code.len(), text: "\nsdap::cell::Done".to_owned() });
        }
        Ok(Woven::new(&cell.code, insertions))
    }

    /// What stands before the first statement: values that are not in scope yet.
    fn opening(&self, cell: &RustCell, parsed: &Cell) -> Insertion {
        let mut text = "sdap::cell::begin(); ".to_owned();
        for Binding { name, type_name, path } in cell.bindings.iter().filter(|b| !self.in_scope(b)) {
            write!(text, "let {name}: sdap::{type_name} = sdap::cell::bound({:?}); ", path.to_string_lossy()).ok();
        }
        Insertion { at: parsed.first(), text }
    }

    /// Whether the very value was bound already. A variable that a cell declared under the same name since then stays.
    fn in_scope(&self, binding: &Binding) -> bool {
        self.bound.get(&binding.name) == Some(binding) && self.context.variables_and_types().any(|(name, _)| name == binding.name)
    }

    /// A name that the cell mentions, that was bound and is no more, leaves Rust's scope as well.
    fn forget_dropped(&mut self, cell: &RustCell) {
        let still = |name: &str| cell.bindings.iter().any(|binding| binding.name == name);
        for name in uses(&cell.code, self.bound.keys().map(String::as_str)).into_iter().filter(|name| !still(name)) {
            let ours = self.bound.remove(&name).map(|binding| format!("sdap::{}", binding.type_name));
            if self.context.variables_and_types().any(|(variable, ty)| variable == name && Some(ty) == ours.as_deref())
                && let Err(error) = self.context.execute(&format!("drop({name});"))
            {
                tracing::debug!("{name} could not be dropped: {error}");
            }
        }
    }

    fn remember(&mut self, cell: &RustCell, parsed: &Cell) {
        if !parsed.statements.is_empty() {
            self.bound.extend(cell.bindings.iter().map(|binding| (binding.name.clone(), binding.clone())));
        }
    }

    /// What a cell that evcxr has run came to. A cell that ran to its end shows something, or says that it is done.
    fn outcome(&self, outputs: EvalOutputs, parsed: &Cell, woven: &Woven) -> Result<Option<Shown>, CellError> {
        let mut content: BTreeMap<String, String> = outputs.content_by_mime_type.into_iter().collect();
        let done = content.remove(DONE).is_some();
        let panic = content.remove(PANIC).and_then(|json| serde_json::from_str::<Value>(&json).ok());
        if !done && let Some(panic) = panic {
            return Err(self.panicked(&panic, woven));
        }
        if let Some(failure) = content.remove(FAILED).and_then(|json| serde_json::from_str::<Value>(&json).ok()) {
            return Err(failed(&failure, woven));
        }
        if let Some(panic) = panic {
            let caught = format!("panicked: {}\n", panic["message"].as_str().unwrap_or_default());
            report(&Report::Event(Event::Stderr(caught)));
        }
        if !done && content.is_empty() && tells_its_end(parsed) {
            let message = self.cells.last_error_line();
            return Err(if message.is_empty() { early_return_error() } else { self.untold_error() });
        }
        Ok(content.values().any(|text| !text.is_empty()).then_some(Shown { content }))
    }

    fn panicked(&self, panic: &Value, woven: &Woven) -> CellError {
        let message = panic["message"].as_str().unwrap_or_default();
        let generated = self.context.last_source().unwrap_or_default();
        let line = line_of(panic).and_then(|line| match panic["file"].as_str()? {
            EVCXRS_FILE => Some(line),
            FILE => Program::of(&generated)?.origin(line),
            _ => None,
        });
        match (line.and_then(|line| cell_line(&generated, line, woven)), line.and_then(|line| generated.lines().nth(line - 1))) {
            (None, Some(code)) => earlier_panic_error(message, code, woven),
            (line, _) => failure_error("panic", message, line, woven),
        }
    }

    /// The error of a cell that failed while there was no copy to go back to: it also says which variables the cell has taken
    /// with it.
    fn naming_what_is_lost(&self, mut error: CellError, before: &[String]) -> CellError {
        let left = self.own_variables();
        let lost: Vec<&str> = before.iter().filter(|name| !left.contains(name)).map(String::as_str).collect();
        if !lost.is_empty() {
            let lost = lost.join(", ");
            error.traceback.push(format!("Threads of earlier cells run, so there is no copy to go back to. Lost with the cell: {lost}."));
        }
        error
    }

    /// A `?` inside a macro ended the cell; what it got is on standard error, where evcxr put it.
    fn untold_error(&self) -> CellError {
        let message = self.cells.last_error_line();
        CellError { name: "Err".to_owned(), value: message.clone(), traceback: vec![format!("the `?` operator got an error: {message}")] }
    }

    /// The variables that no `%sdap` line can bind again.
    fn own_variables(&self) -> Vec<String> {
        let names = self.context.variables_and_types().map(|(name, _)| name.to_owned());
        let mut names: Vec<String> = names.filter(|name| !self.bound.contains_key(name)).collect();
        names.sort();
        names
    }

    fn failure(&self, error: Error, parsed: &Cell, woven: &Woven, variables: &[String]) -> CellError {
        match error {
            Error::CompilationErrors(errors) => compilation_error(&errors, woven, elsewhere(parsed, woven).as_ref()),
            Error::SubprocessTerminated(text) => match self.cells.take_failure() {
                Some(failure) => failure.error(variables),
                None => CellError::new("Ended", text.trim()),
            },
            Error::TypeRedefinedVariablesLost(names) => {
                CellError::new("error", &format!("a type was declared anew, and with the old one went: {}", names.join(", ")))
            }
            // How the keeper of the cells says that the cell did not return: evcxr has forgotten all that it was to change.
            Error::Message(text) if text.contains("valid UTF-8") => match self.cells.take_failure() {
                Some(failure) => match failure.fault() {
                    Some(Fault::Panic(json)) => self.panicked(&serde_json::from_str(json).unwrap_or_default(), woven),
                    Some(Fault::Error(json)) => match serde_json::from_str(json) {
                        Ok(told) => failed(&told, woven),
                        Err(_) => self.untold_error(),
                    },
                    Some(Fault::Early) => early_return_error(),
                    None => failure.error(variables),
                },
                None => CellError::new("error", text.trim()),
            },
            Error::Message(text) => CellError::new("error", text.trim()),
        }
    }
}

/// Whether a cell that comes to its end shows something, if only that it is done.
fn tells_its_end(parsed: &Cell) -> bool {
    !parsed.statements.is_empty() && parsed.fault.is_none()
}

/// Whether a `?` of the cell tells its error, with its line, before the error ends the cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Questions {
    Told,
    Bare,
}

/// What is put before each `?`.
fn told_questions(cell: &RustCell, parsed: &Cell) -> impl Iterator<Item = Insertion> {
    let line = |at: usize| cell.code[..at].matches('\n').count() + 1;
    parsed.questions.iter().map(move |at| Insertion { at: *at, text: format!(".{OR_FAIL}({})", line(*at)) })
}

/// Whether what is put before each `?` is what the compiler minds, as with an error that has no text or a type left open: such
/// a cell is compiled as it stands.
fn speaks_of_questions(error: &CellError) -> bool {
    error.name.starts_with("error[") && error.traceback.iter().any(|line| line.contains(OR_FAIL) || line.contains("annotations needed"))
}

/// The shown expression is not moved, and of a reference to it the best way to show it is found.
fn by_reference(shown: &Statement) -> [Insertion; 2] {
    [Insertion { at: shown.range.start, text: "&(".to_owned() }, Insertion { at: shown.end, text: ")".to_owned() }]
}

/// The line that a panic or a failure tells.
fn line_of(told: &Value) -> Option<usize> {
    told["line"].as_u64().and_then(|line| usize::try_from(line).ok())
}

/// The error that a `?` got, or the cell's last expression.
fn failed(failure: &Value, woven: &Woven) -> CellError {
    let text = |field: &str| failure[field].as_str().unwrap_or_default();
    failure_error(text("name"), text("message"), line_of(failure), woven)
}

/// The semicolon that a last `let` may go without.
fn missing_semicolon(parsed: &Cell) -> Option<Insertion> {
    let last = parsed.statements.last()?;
    let Kind::Let(found) = &last.kind else { return None };
    (!found.closed).then(|| Insertion { at: last.end, text: ";".to_owned() })
}

/// Where a mistake is that rustc only meets in what evcxr puts around the cell: where the cell's own syntax breaks off, or
/// in the expression that is to be shown.
fn elsewhere(parsed: &Cell, woven: &Woven) -> Option<LabelledSpan> {
    let label = |start: usize, end: usize, text: &str| {
        let (start, end) = (woven.place_at(start), woven.place_at(end));
        LabelledSpan { start, end, text: text.to_owned(), primary: true }
    };
    match &parsed.fault {
        Some(fault) => Some(label(fault.at, fault.at, &fault.expected)),
        None => parsed.shown().map(|shown| label(shown.range.start, shown.end, "")),
    }
}

/// What evcxr's own package depends on.
fn dependencies() -> Option<Dependencies> {
    let package = PathBuf::from(std::env::var_os(EVCXR_PACKAGE)?);
    let manifest = std::fs::read_to_string(package.join("Cargo.toml")).ok()?;
    Some(Dependencies::of_manifest(&manifest, package.join("Cargo.lock")))
}

/// The commands of that name alone. The lines keep their numbers.
fn only_commands(cell: &RustCell, parsed: &Cell, name: &str) -> String {
    kept_lines(&cell.code[..parsed.start], |line| line.trim().starts_with(name))
}

/// The cell without the commands of that name. The lines keep their numbers.
fn without_commands(cell: &RustCell, parsed: &Cell, name: &str) -> RustCell {
    let commands = kept_lines(&cell.code[..parsed.start], |line| !line.trim().starts_with(name));
    RustCell { code: commands + &cell.code[parsed.start..], bindings: cell.bindings.clone() }
}

fn kept_lines(code: &str, keep: impl Fn(&str) -> bool) -> String {
    let line = |line: &str| if keep(line) { line.to_owned() } else { line.chars().filter(|c| *c == '\n').collect() };
    code.split_inclusive('\n').map(line).collect()
}

fn adds_dependencies(parsed: &Cell) -> bool {
    parsed.commands.iter().any(|command| command.trim().starts_with(":dep"))
}

fn not_started(error: &Error) -> CellError {
    CellError::new(
        "RustNotReady",
        &format!("Rust cells could not be prepared: {}\nEvery %sdap line works without them.", error.to_string().trim()),
    )
}

/// The error of a cell that was interrupted.
pub(crate) fn tell_interrupted(error: &CellError) -> CellError {
    if error.name == "Interrupted" {
        return error.clone();
    }
    CellError::new("Interrupted", "the cell was interrupted; nothing is lost")
}
