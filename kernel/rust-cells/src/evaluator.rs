//! evcxr, with what makes it the SDAP kernel's: the prelude, values bound outside of Rust, types, one error a cell.

use crate::{
    cell::{Binding, CellError, Completions, Event, Inspection, RustCell, Shown, Suggestion},
    diagnosis::{LabelledSpan, compilation_error, panic_error},
    outputs::Outputs,
    prelude::Prelude,
    source_lines::cell_line,
    syntax::{Cell, Kind, uses},
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
    process::{Child, Command},
    sync::{Arc, Mutex},
};

/// As the sdap crate's `cell` module writes them.
const DONE: &str = "application/x-sdap-done";
const PANIC: &str = "application/x-sdap-panic";

/// What every cell has in scope.
const IMPORTS: &str = "use sdap::prelude::*; use sdap::cell::{Show, eprint, print}; use sdap::{chrono, ndarray};";

/// What is lost with the process in which cells run.
const LOST: &str = "The Rust variables of earlier cells are lost; values bound by %sdap come back by themselves.";

/// A running evcxr.
pub(crate) struct Evaluator {
    context: CommandContext,
    outputs: Outputs,
    types: TypeFinder,
    /// The bindings that entered scope, by name.
    bound: BTreeMap<String, Binding>,
    prelude: Prelude,
    /// The sdap crate's folder, and whether it is a dependency of the cells, beside those that they added.
    sdap: PathBuf,
    is_dependency: bool,
}

impl Evaluator {
    /// Starts evcxr in the folder that its environment names, and evaluates the prelude.
    ///
    /// # Errors
    /// If evcxr or the prelude fail, for instance because a dependency cannot be downloaded.
    pub(crate) fn start(root: &Path, runtime: Command) -> Result<Self, CellError> {
        let prelude = Prelude::compile(root)?;
        let (context, lines) = EvalContext::with_subprocess_command(runtime).map_err(|error| not_started(&error))?;
        let mut evaluator = Self {
            context: CommandContext::with_eval_context(context),
            outputs: Outputs::forward(lines),
            types: TypeFinder::default(),
            bound: BTreeMap::new(),
            prelude,
            sdap: root.join("sdap"),
            is_dependency: false,
        };
        evaluator.evaluate_prelude()?;
        Ok(evaluator)
    }

    /// The process in which cells run, across restarts.
    pub(crate) fn runtime(&self) -> Arc<Mutex<Child>> {
        self.context.process_handle()
    }

    fn evaluate_prelude(&mut self) -> Result<(), CellError> {
        let prelude = format!(":linker system\n{}\n{IMPORTS}", self.prelude.command());
        self.context.execute(&prelude).map_err(|error| not_started(&error))?;
        self.is_dependency = false;
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
        self.forget_dropped(cell);
        let woven = if parsed.fault.is_some() { Woven::new(&cell.code, Vec::new()) } else { self.weave(cell, &parsed)? };
        if interrupted() {
            return Err(CellError::new("Interrupted", "the cell was interrupted before it ran"));
        }
        self.outputs.start();
        let result = self.context.execute(&woven.text);
        let told_end = result.as_ref().is_ok_and(|o| o.get(DONE).is_some() || o.get(PANIC).is_some());
        self.outputs.settle(told_end || parsed.statements.is_empty());
        self.is_dependency |= result.is_ok() && adds_dependencies(&parsed);
        let shown = match result {
            Ok(outputs) => self.outcome(outputs, &parsed, &woven),
            Err(error) => Err(self.failure(error, &parsed, &woven)),
        }?;
        self.remember(cell, &parsed);
        Ok(shown)
    }

    /// `:clear` forgets the prelude too: it is evaluated again before the rest of the cell runs.
    fn clear(&mut self, cell: &RustCell, parsed: &Cell, interrupted: &dyn Fn() -> bool) -> Result<Option<Shown>, CellError> {
        self.context.execute(":clear").map_err(|error| CellError::new("error", &error.to_string()))?;
        self.bound.clear();
        self.evaluate_prelude()?;
        // The lines keep their numbers.
        let commands: Vec<&str> =
            cell.code[..parsed.start].lines().map(|line| if line.trim().starts_with(":clear") { "" } else { line }).collect();
        let code = format!("{}\n{}", commands.join("\n"), &cell.code[parsed.start..]);
        self.execute(&RustCell { code, bindings: cell.bindings.clone() }, interrupted)
    }

    /// The cell with everything put in that makes it run as ours.
    fn weave(&mut self, cell: &RustCell, parsed: &Cell) -> Result<Woven, CellError> {
        let mut insertions = Vec::new();
        if self.becomes_dependency(parsed) {
            insertions.push(Insertion { at: 0, text: Prelude::as_dependency(&self.sdap) + "\n" });
        }
        if parsed.statements.is_empty() {
            return Ok(Woven::new(&cell.code, insertions));
        }
        insertions.push(self.opening(cell, parsed));
        insertions.extend(missing_semicolon(parsed));
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
        for Binding { name, type_name, path } in cell.bindings.iter().filter(|b| self.becomes_dependency(parsed) || !self.in_scope(b)) {
            write!(text, "let {name}: sdap::{type_name} = sdap::cell::bound({:?}); ", path.to_string_lossy()).ok();
        }
        Insertion { at: parsed.first(), text }
    }

    /// Whether the sdap crate is compiled anew with this cell, and its types become others.
    fn becomes_dependency(&self, parsed: &Cell) -> bool {
        !self.is_dependency && adds_dependencies(parsed)
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
        if let Some(text) = content.get_mut("text/plain") {
            *text = Prelude::without_reply(text).to_owned();
        }
        let done = content.remove(DONE).is_some();
        let panic = content.remove(PANIC).and_then(|json| serde_json::from_str::<Value>(&json).ok());
        if !done && let Some(panic) = panic {
            return Err(self.panicked(&panic, woven));
        }
        if let Some(panic) = panic {
            let caught = format!("panicked: {}\n", panic["message"].as_str().unwrap_or_default());
            report(&Report::Event(Event::Stderr(caught)));
        }
        if !done && content.is_empty() && !parsed.statements.is_empty() && parsed.fault.is_none() {
            return Err(self.returned_early());
        }
        Ok(content.values().any(|text| !text.is_empty()).then_some(Shown { content }))
    }

    fn panicked(&self, panic: &Value, woven: &Woven) -> CellError {
        let message = panic["message"].as_str().unwrap_or_default();
        let line = panic["line"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let in_cell = panic["file"].as_str().is_some_and(|file| file.ends_with("src/lib.rs") && !file.contains("registry"));
        let generated = self.context.last_source().unwrap_or_default();
        panic_error(message, if in_cell { cell_line(&generated, line, woven) } else { None }, woven)
    }

    /// The `?` operator ended the cell; what it got is on standard error, where evcxr put it.
    fn returned_early(&self) -> CellError {
        let message = self.outputs.last_error_line();
        let message = if message.is_empty() { "the cell returned early".to_owned() } else { message };
        CellError { name: "Err".to_owned(), value: message.clone(), traceback: vec![format!("the `?` operator got an error: {message}")] }
    }

    fn failure(&mut self, error: Error, parsed: &Cell, woven: &Woven) -> CellError {
        match error {
            Error::CompilationErrors(errors) => compilation_error(&errors, woven, elsewhere(parsed, woven).as_ref()),
            Error::SubprocessTerminated(text) => crashed(&text),
            Error::TypeRedefinedVariablesLost(names) => {
                CellError::new("error", &format!("a type was declared anew, and with the old one went: {}", names.join(", ")))
            }
            Error::Message(text) if text.contains("valid UTF-8") => {
                // evcxr stops reading in the middle of what the cell printed: only a new process is in step again.
                self.context.execute(":restart").ok();
                CellError::new("error", &format!("the cell printed bytes that are no UTF-8 text\n{LOST}"))
            }
            Error::Message(text) => CellError::new("error", text.trim()),
        }
    }

    /// What could stand at byte `at` of the cell.
    pub(crate) fn complete(&mut self, cell: &RustCell, at: usize) -> Completions {
        let (woven, at) = self.woven_for_analysis(cell, at);
        let shift = woven.text.len() - cell.code.len();
        let found = self.context.completions(&woven.text, at).unwrap_or_default();
        let back = |offset: usize| if at >= shift { offset.saturating_sub(shift) } else { offset };
        let suggestions = found.completions.into_iter().map(|c| Suggestion { insert: c.code, label: c.label, kind: c.kind.to_owned() });
        Completions { suggestions: suggestions.collect(), start: back(found.start_offset), end: back(found.end_offset) }
    }

    /// What is known about the name that ends at byte `at` of the cell.
    pub(crate) fn inspect(&mut self, cell: &RustCell, at: usize) -> Option<Inspection> {
        let (woven, at) = self.woven_for_analysis(cell, at);
        let (plain, html) = self.context.hover_at(&woven.text, at).ok()?;
        (plain != "No documentation found").then_some(Inspection { plain, html })
    }

    /// The cell with its values in scope, and the place that `at` has there.
    fn woven_for_analysis(&self, cell: &RustCell, at: usize) -> (Woven, usize) {
        let at = cell.code.floor_char_boundary(at);
        let parsed = Cell::parse(&cell.code);
        if parsed.statements.is_empty() || at < parsed.first() {
            return (Woven::new(&cell.code, Vec::new()), at);
        }
        let opening = self.opening(cell, &parsed);
        let shift = opening.text.len();
        (Woven::new(&cell.code, vec![opening]), at + shift)
    }
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

fn adds_dependencies(parsed: &Cell) -> bool {
    parsed.commands.iter().any(|command| command.trim().starts_with(":dep"))
}

fn not_started(error: &Error) -> CellError {
    CellError::new(
        "RustNotReady",
        &format!("Rust cells could not be prepared: {}\nEvery %sdap line works without them.", error.to_string().trim()),
    )
}

/// evcxr appends what the process still printed before its end, and says its status last.
fn crashed(text: &str) -> CellError {
    let (printed, status) = text.rsplit_once("Subprocess terminated with status: ").unwrap_or(("", text));
    if !printed.is_empty() {
        report(&Report::Event(Event::Stdout(printed.to_owned())));
    }
    CellError::new("Crashed", &format!("the process that ran the cell ended ({}) and was started anew\n{LOST}", status.trim()))
}

/// The error of a cell that was interrupted.
pub(crate) fn tell_interrupted(error: &CellError) -> CellError {
    let text = if error.name == "Crashed" {
        format!("the cell was interrupted\n{LOST}")
    } else {
        "the cell was interrupted while it was compiled; nothing is lost".to_owned()
    };
    CellError::new("Interrupted", &text)
}
