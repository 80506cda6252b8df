//! The Rust parts of a cell.

use super::{Place, SdapLanguage, folder::RunFolder};
use crate::{
    environment::Folders,
    language::{Bundle, Candidate, Cell, CellError, Clear, Completeness, Completions, Output, Stream},
};
use sdap::{BIND_FOLDER, Value};
use sdap_magics::cell::Part;
use sdap_rust_cells::{Binding, Config, Event, RustCell, RustCells, Shown, is_complete, uses};
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

/// How often it is looked whether there is a process to interrupt.
const INSISTENCE: Duration = Duration::from_millis(20);

/// Rust cells that keep what they compile in the user's cache, and hand values over through the run-time folder.
pub(super) fn cells(folder: &RunFolder) -> RustCells {
    let cache = Folders::here().cache().unwrap_or_else(|_| folder.rust());
    let directory = std::env::current_dir().unwrap_or_else(|_| folder.rust());
    RustCells::new(Config { cache, directory, environment: vec![(BIND_FOLDER.to_owned(), folder.handed_over())] })
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
        let (events, received) = mpsc::unbounded_channel();
        let relay = tokio::spawn(relay(received, Arc::clone(output)));
        let result = self.run_rust(code, &events, &cell.interrupt).await;
        drop(events);
        // All that was printed comes before the value and before the end of the cell.
        relay.await.ok();
        let handed_over = self.take_handed_over();
        let shown = result?;
        for line in handed_over? {
            output.stream(Stream::Stdout, &format!("{line}\n"));
        }
        match (shown, place) {
            (Some(shown), Place::Last) => output.result(bundle(shown)),
            (Some(shown), Place::Within) => output.display(bundle(shown), None),
            (None, _) => {}
        }
        Ok(())
    }

    /// The value of a Rust expression, without what it prints.
    pub(super) async fn rust_value(&self, expression: &str, interrupt: &CancellationToken) -> Result<Bundle, CellError> {
        let (events, _received) = mpsc::unbounded_channel();
        let shown = self.run_rust(expression.to_owned(), &events, interrupt).await?;
        shown.map(bundle).ok_or_else(|| CellError::new("NoValue", "the expression has no value to show"))
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
        ended.map_err(|e| CellError { name: e.name, value: e.value, traceback: e.traceback })
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
        let bindings = needed.map(|b| Binding { name: b.name, type_name: b.value.type_name().to_owned(), path: b.file }).collect();
        RustCell { code, bindings }
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
        let found = self.rust.complete(self.rust_cell(code.to_owned()), cursor).await;
        let candidate = |s: sdap_rust_cells::Suggestion| Candidate { text: s.insert, kind: s.kind, signature: s.label };
        Completions { candidates: found.suggestions.into_iter().map(candidate).collect(), replaces: found.start..found.end }
    }

    pub(super) async fn rust_inspection(&self, code: &str, cursor: usize) -> Option<Bundle> {
        let found = self.rust.inspect(self.rust_cell(code.to_owned()), cursor).await?;
        Some(Bundle::text(found.plain).with("text/html", found.html))
    }
}

/// Passes on what a cell prints, in order. Preparations are one line that is replaced, not a stream.
async fn relay(mut events: mpsc::UnboundedReceiver<Event>, output: Arc<dyn Output>) {
    let started = Instant::now();
    let mut progress: Option<String> = None;
    while let Some(event) = events.recv().await {
        match (event, &progress) {
            (Event::Stdout(text), _) => print(output.as_ref(), &text),
            (Event::Stderr(text), _) => output.stream(Stream::Stderr, &text),
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

/// Prints text that a cell wrote to standard output.
fn print(output: &dyn Output, text: &str) {
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
    use crate::language::{InputError, NextInput, Typing};
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
        fn display(&self, _: Bundle, _: Option<&str>) {}
        fn update(&self, _: Bundle, _: &str) {}
        fn result(&self, _: Bundle) {}
        fn page(&self, _: Bundle) {}
        fn next_input(&self, _: &str, _: NextInput) {}
        async fn input(&self, _: &str, _: Typing) -> Result<String, InputError> {
            Err(InputError::NotAllowed)
        }
    }

    fn printed(text: &str) -> Vec<String> {
        let record = Record::default();
        print(&record, text);
        record.0.into_inner().unwrap()
    }

    #[test]
    fn what_clears_a_terminal_clears_the_output() {
        assert_eq!(printed("plain"), ["plain"]);
        assert_eq!(printed("\x1b[2J"), ["CLEAR"]);
        assert_eq!(printed("one\x1b[2J\x1b[1;1Htwo"), ["one", "CLEAR", "two"]);
        assert_eq!(printed("one\x1b[H\x1b[2Jtwo\x1b[2J"), ["one", "CLEAR", "two", "CLEAR"]);
        assert_eq!(printed("\x1b[31mred\x1b[0m"), ["\x1b[31mred\x1b[0m"]);
    }
}
