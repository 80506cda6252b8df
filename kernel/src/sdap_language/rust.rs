//! The Rust parts of a cell.

use super::{
    Place, SdapLanguage,
    folder::RunFolder,
    questions::{Questions, Turn},
};
use crate::{
    environment::Folders,
    language::{Bundle, Candidate, Cell, CellError, Clear, Completeness, Completions, InputError, Output, Stream, Typing},
};
use sdap::{
    BIND_FOLDER, Value,
    ask::ASK_FOLDER,
    cell::{HERE, KEPT},
};
use sdap_magics::cell::{Part, split};
use sdap_rust_cells::{Answers, Binding, Config, Event, RustCell, RustCells, Shown, is_complete, uses};
use std::{
    path::Path,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long an interrupted cell may take to end by itself.
const LAST_WORDS: Duration = Duration::from_millis(150);

/// What the error of a cell is called that a question to the kernel ended: the name of [`sdap::AskError`].
const ASK_ERROR: &str = "AskError";

/// How often it is looked whether there is a process to interrupt.
const INSISTENCE: Duration = Duration::from_millis(20);

/// Rust cells that keep what they compile in the user's cache, and hand values over through the run-time folder.
pub(super) fn cells(folder: &RunFolder) -> RustCells {
    let cache = Folders::here().cache().unwrap_or_else(|_| folder.rust());
    let directory = std::env::current_dir().unwrap_or_else(|_| folder.rust());
    let environment = vec![(BIND_FOLDER.to_owned(), folder.handed_over()), (ASK_FOLDER.to_owned(), folder.asked())];
    RustCells::new(Config { cache, directory, environment })
}

/// Whether the Rust that a cell ends in can run as it stands.
pub(super) fn completeness(parts: &[Part]) -> Completeness {
    let Some(Part::Rust(code)) = parts.last() else { return Completeness::Complete };
    match is_complete(code) {
        sdap_rust_cells::Completeness::Complete => Completeness::Complete,
        sdap_rust_cells::Completeness::Incomplete { indent } => Completeness::Incomplete { indent },
        sdap_rust_cells::Completeness::Invalid => Completeness::Invalid,
    }
}

impl SdapLanguage {
    /// Runs one Rust part: what it prints is streamed, its value is shown, what it hands over is bound.
    pub(super) async fn rust_part(&self, code: String, place: Place, cell: &Cell, output: &Arc<dyn Output>) -> Result<(), CellError> {
        let turn = self.turn(Some(Arc::clone(output)), &cell.interrupt).await?;
        let (events, received) = mpsc::unbounded_channel();
        let relay = tokio::spawn(relay(received, self.rust.answers(), Arc::clone(output), Arc::clone(&self.questions)));
        let result = self.run_rust(code, &events, &cell.interrupt).await;
        drop(events);
        // All that was printed comes before the value and before the end of the cell.
        relay.await.ok();
        drop(turn);
        let handed_over = self.take_handed_over();
        let shown = result?;
        for line in handed_over? {
            output.stream(Stream::Stdout, &format!("{line}\n"));
        }
        let mut bundles = shown.map(|shown| self.bundles(shown)).unwrap_or_default();
        let value = if place == Place::Last { bundles.pop() } else { None };
        for bundle in bundles {
            output.display(bundle, None);
        }
        if let Some(value) = value {
            output.result(value);
        }
        Ok(())
    }

    /// A turn to run Rust, unless the user interrupts before it comes.
    async fn turn(&self, output: Option<Arc<dyn Output>>, interrupt: &CancellationToken) -> Result<Turn, CellError> {
        tokio::select! {
            biased;
            () = interrupt.cancelled() => Err(CellError::interrupted()),
            turn = self.questions.turn(output, interrupt.clone()) => Ok(turn),
        }
    }

    /// What a cell shows: its own content, or what the kernel has drawn for it.
    fn bundles(&self, mut shown: Shown) -> Vec<Bundle> {
        let number = shown.content.remove(KEPT).and_then(|number| number.parse().ok());
        number.and_then(|number| self.questions.take(number)).unwrap_or_else(|| vec![bundle(shown)])
    }

    /// The value of a Rust expression, without what it prints.
    pub(super) async fn rust_value(&self, expression: &str, interrupt: &CancellationToken) -> Result<Bundle, CellError> {
        let _turn = self.turn(None, interrupt).await?;
        let (events, mut received) = mpsc::unbounded_channel();
        let answers = self.rust.answers();
        tokio::spawn(async move {
            while let Some(event) = received.recv().await {
                if let Event::Input { number, .. } = event {
                    answers.send(number, Err("an expression asks nobody".to_owned()));
                }
            }
        });
        let shown = self.run_rust(expression.to_owned(), &events, interrupt).await?;
        shown.and_then(|shown| self.bundles(shown).pop()).ok_or_else(|| CellError::new("NoValue", "the expression has no value to show"))
    }

    async fn run_rust(
        &self,
        code: String,
        events: &mpsc::UnboundedSender<Event>,
        interrupt: &CancellationToken,
    ) -> Result<Option<Shown>, CellError> {
        let cell = self.rust_cell(code);
        let running = self.rust.execute(cell, events);
        tokio::pin!(running);
        let ended = tokio::select! {
            ended = &mut running => ended,
            () = interrupt.cancelled() => {
                match tokio::time::timeout(LAST_WORDS, self.interrupted(running)).await {
                    Ok(ended) => ended,
                    Err(_) => return Err(CellError::interrupted()),
                }
            }
        };
        // A question to the kernel that was interrupted may end the cell before the interrupt reaches its process.
        let asked = |e: &sdap_rust_cells::CellError| e.name == ASK_ERROR && interrupt.is_cancelled();
        ended.map_err(
            |e| if asked(&e) { CellError::interrupted() } else { CellError { name: e.name, value: e.value, traceback: e.traceback } },
        )
    }

    /// Interrupts a running cell, once, and waits for it to end. The process to interrupt may only just be starting.
    async fn interrupted<T>(&self, mut running: Pin<&mut impl Future<Output = T>>) -> T {
        while !self.rust.interrupt() {
            if let Ok(ended) = tokio::time::timeout(INSISTENCE, running.as_mut()).await {
                return ended;
            }
        }
        running.await
    }

    /// The cell with the bound values that it mentions.
    fn rust_cell(&self, code: String) -> RustCell {
        let bindings = self.session.bindings();
        let mentioned = uses(&code, bindings.iter().map(|b| b.name.as_str()));
        let needed = bindings.into_iter().filter(|b| mentioned.contains(&b.name));
        RustCell { code, bindings: needed.map(entering).collect() }
    }

    /// Binds what `sdap::bind` put into the run-time folder, and says so in a line each.
    fn take_handed_over(&self) -> Result<Vec<String>, CellError> {
        let failed = |error: &dyn std::fmt::Display| CellError::new("CannotBind", error.to_string());
        let mut files: Vec<_> = std::fs::read_dir(self.folder.handed_over()).map_err(|e| failed(&e))?.flatten().map(|e| e.path()).collect();
        files.sort();
        let complete = files.iter().filter(|f| f.extension().is_some_and(|e| e == "safetensors"));
        complete.map(|file| self.take(file).map_err(|e| failed(&e))).collect()
    }

    fn take(&self, file: &Path) -> Result<String, Box<dyn std::error::Error>> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let value = sdap::open::<Value>(file)?;
        let line = sdap_magics::show::summary(Some(&name), &value);
        self.session.bind(&name, value)?;
        std::fs::remove_file(file)?;
        Ok(line)
    }

    pub(super) async fn rust_completions(&self, code: &str, cursor: usize) -> Completions {
        let found = self.rust.complete(&self.asked_cell(code), cursor).await;
        let candidate = |s: sdap_rust_cells::Suggestion| Candidate { text: s.insert, kind: s.kind, signature: s.label };
        Completions { candidates: found.suggestions.into_iter().map(candidate).collect(), replaces: found.start..found.end }
    }

    pub(super) async fn rust_inspection(&self, code: &str, cursor: usize) -> Option<Bundle> {
        let found = self.rust.inspect(&self.asked_cell(code), cursor).await?;
        Some(Bundle::text(found.plain).with("text/html", found.html))
    }

    /// A cell that is still being written: any bound value may be the one that is meant.
    fn asked_cell(&self, code: &str) -> RustCell {
        RustCell { code: rust_alone(code), bindings: self.session.bindings().into_iter().map(entering).collect() }
    }
}

/// A bound value as a variable of Rust.
fn entering(bound: sdap_magics::Binding) -> Binding {
    Binding { name: bound.name, type_name: bound.value.type_name().to_owned(), path: bound.file }
}

/// The cell with blanks for everything in it that is no Rust, so that each byte of Rust stays where it is.
fn rust_alone(code: &str) -> String {
    let mut text = code.to_owned();
    for part in split(code).unwrap_or_default() {
        if let Part::Command(command) = part {
            let start = code[..command.magic.start].rfind('\n').map_or(0, |end| end + 1);
            let end = command.body.map_or(command.arguments.end, |body| body.end);
            let end = code[end..].find('\n').map_or(code.len(), |more| end + more);
            let blank: String =
                code[start..end].chars().map(|c| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) }).collect();
            text.replace_range(start..end, &blank);
        }
    }
    text
}

/// Passes on what a cell prints and asks, in order. Preparations are one line that is replaced, not a stream.
async fn relay(mut events: mpsc::UnboundedReceiver<Event>, answers: Answers, output: Arc<dyn Output>, questions: Arc<Questions>) {
    let started = Instant::now();
    let mut progress: Option<String> = None;
    while let Some(event) = events.recv().await {
        match (event, &progress) {
            (Event::Stdout(text), _) => print(output.as_ref(), &text, |number| questions.take(number)),
            (Event::Stderr(text), _) => output.stream(Stream::Stderr, &text),
            (Event::Input { number, prompt, secret }, _) => {
                let typing = if secret { Typing::Hidden } else { Typing::Shown };
                match output.input(&prompt, typing).await {
                    // The interrupt ends the cell, which waits for no answer any more.
                    Err(InputError::Interrupted) => {}
                    line => answers.send(number, line.map_err(|error| error.to_string())),
                }
            }
            (Event::Progress(text), Some(id)) => output.update(Bundle::text(text), id),
            (Event::Progress(text), None) => {
                let id = Uuid::new_v4().to_string();
                output.display(Bundle::text(text), Some(&id));
                progress = Some(id);
            }
        }
    }
    if let Some(id) = progress {
        output.update(
            Bundle::text(format!("Rust cells were prepared; with this cell that took {:.1} s", started.elapsed().as_secs_f64())),
            &id,
        );
    }
}

/// What a program prints to clear a terminal; it clears the output of the cell.
const ERASE_ALL: &str = "\x1b[2J";

/// What it prints with that, to begin at the upper left again.
const HOME: [&str; 2] = ["\x1b[H", "\x1b[1;1H"];

/// Prints text that a cell wrote to standard output, and shows what is kept where a line of it says so.
fn print(output: &dyn Output, text: &str, kept: impl Fn(u64) -> Option<Vec<Bundle>>) {
    let mut rest = text;
    while let Some((before, line, after)) = split_at_mark(rest) {
        print_text(output, before);
        match line.strip_prefix(HERE).and_then(|number| kept(number.trim_end().parse().ok()?)) {
            Some(bundles) => bundles.into_iter().for_each(|bundle| output.display(bundle, None)),
            None => print_text(output, line),
        }
        rest = after;
    }
    print_text(output, rest);
}

/// What stands before the first line that begins with the mark, that line, and what follows.
fn split_at_mark(text: &str) -> Option<(&str, &str, &str)> {
    let starts = |at: &usize| *at == 0 || text[..*at].ends_with('\n');
    let start = text.match_indices(HERE).map(|(at, _)| at).find(starts)?;
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length + 1);
    Some((&text[..start], &text[start..end], &text[end..]))
}

fn print_text(output: &dyn Output, text: &str) {
    let mut pieces = text.split(ERASE_ALL).peekable();
    let mut cleared = false;
    while let Some(mut piece) = pieces.next() {
        if cleared {
            output.clear(Clear::Now);
            piece = HOME.iter().find_map(|home| piece.strip_prefix(home)).unwrap_or(piece);
        }
        if pieces.peek().is_some() {
            piece = HOME.iter().find_map(|home| piece.strip_suffix(home)).unwrap_or(piece);
        }
        if !piece.is_empty() {
            output.stream(Stream::Stdout, piece);
        }
        cleared = true;
    }
}

fn bundle(shown: Shown) -> Bundle {
    shown.content.into_iter().fold(Bundle::text(""), |bundle, (mime, content)| bundle.with(&mime, content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::{Comm, CommHandler, InputError, NextInput, Typing};
    use serde_json::Map;
    use std::sync::Mutex;

    /// Writes down what is printed and cleared.
    #[derive(Default)]
    struct Record(Mutex<Vec<String>>);

    impl Record {
        fn note(&self, what: &str) {
            self.0.lock().unwrap().push(what.to_owned());
        }
    }

    #[async_trait::async_trait]
    impl Output for Record {
        fn stream(&self, _: Stream, text: &str) {
            self.note(text);
        }
        fn clear(&self, _: Clear) {
            self.note("CLEAR");
        }
        fn display(&self, bundle: Bundle, _: Option<&str>) {
            self.note(&format!("SHOWN {}", bundle.plain()));
        }
        fn update(&self, _: Bundle, _: &str) {}
        fn result(&self, _: Bundle) {}
        fn open_comm(&self, _: &str, _: Map<String, serde_json::Value>, _: Box<dyn CommHandler>) -> Comm {
            unreachable!("nothing that is printed opens a comm")
        }
        fn page(&self, _: Bundle) {}
        fn next_input(&self, _: &str, _: NextInput) {}
        async fn input(&self, _: &str, _: Typing) -> Result<String, InputError> {
            Err(InputError::NotAllowed)
        }
    }

    fn printed(text: &str) -> Vec<String> {
        let record = Record::default();
        print(&record, text, |number| (number < 10).then(|| vec![Bundle::text(number.to_string())]));
        record.0.into_inner().unwrap()
    }

    #[test]
    fn only_rust_is_left_of_a_cell_and_stays_in_its_place() {
        let code = "let α = 1;\nlet sst = %sdap timeseries \\\n  TRMM --bbox 'ä'\nsst.me";
        let left = rust_alone(code);
        assert_eq!((left.len(), left.matches('\n').count()), (code.len(), 3));
        assert_eq!(left.split_whitespace().collect::<Vec<_>>(), ["let", "α", "=", "1;", "sst.me"]);
        assert_eq!(left.find("sst"), code.rfind("sst"));
    }

    #[test]
    fn what_clears_a_terminal_clears_the_output() {
        assert_eq!(printed("plain"), ["plain"]);
        assert_eq!(printed("\x1b[2J"), ["CLEAR"]);
        assert_eq!(printed("one\x1b[2J\x1b[1;1Htwo"), ["one", "CLEAR", "two"]);
        assert_eq!(printed("one\x1b[H\x1b[2Jtwo\x1b[2J"), ["one", "CLEAR", "two", "CLEAR"]);
        assert_eq!(printed("\x1b[31mred\x1b[0m"), ["\x1b[31mred\x1b[0m"]);
    }

    #[test]
    fn what_is_kept_is_shown_between_what_is_printed_before_and_after() {
        assert_eq!(printed("one\n\0show 7\ntwo\n\0show 8\n"), ["one\n", "SHOWN 7", "two\n", "SHOWN 8"]);
        assert_eq!(printed("\0show 12\n"), ["\0show 12\n"], "nothing is kept under that number");
        assert_eq!(printed("a \0show 7\n"), ["a \0show 7\n"], "no line of its own");
    }
}
