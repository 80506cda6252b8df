//! The language of the kernel: `%sdap` commands and Rust, side by side in one cell.
//!
//! A cell is split into its parts, and each part runs in order: commands in the [`Session`], Rust in [`RustCells`]. They
//! meet in the session's bindings. What a command binds enters Rust scope with the next Rust part that names it; what a
//! Rust part hands over with `sdap::bind` is bound in the session when the part has ended. What it asks while it runs, with
//! `sdap::query` or `sdap::plot`, is answered by the same session ([`questions`]).

mod commands;
mod expressions;
mod folder;
mod questions;
mod rust;

use crate::environment::Folders;
use crate::language::{
    About, Bundle, Candidate, Cell, CellError, Completeness, Completions, Detail, HelpLink, Language, LanguageInfo, Output,
};
use async_trait::async_trait;
use folder::RunFolder;
use questions::Questions;
use sdap_engine::Engine;
use sdap_magics::{
    Config, Fault, Session,
    cell::{Part, split},
};
use sdap_rust_cells::RustCells;
use std::{path::Path, sync::Arc};
use tokio_util::sync::CancellationToken;

/// `%sdap` commands and Rust.
pub struct SdapLanguage {
    session: Arc<Session>,
    questions: Arc<Questions>,
    rust: RustCells,
    folder: RunFolder,
}

impl SdapLanguage {
    /// The language, with a private run-time folder of its own. Neither the engine nor a compiler is started yet.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn new() -> std::io::Result<Self> {
        let folder = RunFolder::new()?;
        let folders = Folders::here();
        let config = Config::read(folders.config().as_deref(), variables());
        let engine = engine(folders.catalogue().as_deref(), config.memory());
        let mut session = Session::new(folder.values(), Arc::new(engine)).configured(config);
        if let Ok(cache) = folders.cache() {
            session = session.caching_in(cache.join("answers"));
        }
        let session = Arc::new(session);
        let questions = Questions::new(Arc::clone(&session), folder.asked())?;
        let rust = rust::cells(&folder);
        Ok(Self { session, questions, rust, folder })
    }

    async fn part(&self, part: Part, place: Place, cell: &Cell, output: &Arc<dyn Output>) -> Result<(), CellError> {
        match part {
            Part::Rust(code) => self.rust_part(code, place, cell, output).await,
            Part::Command(command) => self.command_part(&command, cell, output).await,
            Part::ListMagics => {
                output.display(self.session.magics(), None);
                Ok(())
            }
        }
    }
}

/// The variables of the environment that are text.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The engine with the demo datasets, and those of the user's catalogue, in so many bytes of memory. A catalogue that cannot be
/// read is listed among them, with its fault.
fn engine(catalogue: Option<&Path>, memory: Option<u64>) -> Engine {
    let engine = match memory.and_then(|bytes| usize::try_from(bytes).ok()) {
        Some(bytes) => Engine::demo().with_memory(bytes),
        None => Engine::demo(),
    };
    if let Some(file) = catalogue
        && let Err(error) = engine.catalogue().read(file)
    {
        let listed = engine.catalogue().add_fault("catalogue.toml", &error.to_string());
        debug_assert!(listed.is_ok(), "a name that a dataset can have");
    }
    engine
}

/// Where a part stands in its cell; the value of the last is the cell's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Within,
    Last,
}

#[async_trait]
impl Language for SdapLanguage {
    fn about(&self) -> About {
        let link = |text: &str, url: &str| HelpLink { text: text.to_owned(), url: url.to_owned() };
        About {
            implementation: "sdap-kernel".to_owned(),
            implementation_version: env!("CARGO_PKG_VERSION").to_owned(),
            banner: format!(
                "SDAP kernel {}: %sdap asks Apache SDAP NEXUS, everything else is Rust. %sdap alone explains itself.",
                env!("CARGO_PKG_VERSION")
            ),
            language: LanguageInfo {
                name: "rust".to_owned(),
                version: env!("CARGO_PKG_RUST_VERSION").to_owned(),
                mimetype: Some("text/rust".to_owned()),
                file_extension: Some(".rs".to_owned()),
                pygments_lexer: Some("rust".to_owned()),
                codemirror_mode: Some(jupyter_protocol::CodeMirrorMode::Simple("rust".to_owned())),
                nbconvert_exporter: Some("script".to_owned()),
            },
            help_links: vec![
                link("Apache SDAP", "https://sdap.apache.org"),
                link("Rust", "https://doc.rust-lang.org/book/"),
                link("ndarray", "https://docs.rs/ndarray"),
            ],
        }
    }

    async fn execute(&self, cell: Cell, output: Arc<dyn Output>) -> Result<(), CellError> {
        let parts = split(&cell.code).map_err(|fault| told(&fault, &cell.code))?;
        let count = parts.len();
        for (index, part) in parts.into_iter().enumerate() {
            if cell.interrupt.is_cancelled() {
                return Err(CellError::interrupted());
            }
            let place = if index + 1 == count { Place::Last } else { Place::Within };
            self.part(part, place, &cell, &output).await?;
        }
        Ok(())
    }

    async fn evaluate(&self, expression: &str, interrupt: &CancellationToken) -> Result<Bundle, CellError> {
        match split(expression).as_deref() {
            Ok([Part::Command(command)]) => self.command_value(expression, command, interrupt).await,
            _ => match self.session.binding(expression.trim()) {
                Some(bound) => Ok(Bundle::text(sdap_magics::show::summary(Some(&bound.name), &bound.value))),
                None => self.rust_value(expression, interrupt).await,
            },
        }
    }

    async fn complete(&self, code: &str, cursor: usize) -> Completions {
        if let Some(found) = self.completions_in_braces(code, cursor).await {
            return found;
        }
        let Some(found) = self.session.complete(code, cursor).await else { return self.rust_completions(code, cursor).await };
        let candidate = |c: sdap_magics::Candidate| Candidate { text: c.text, kind: c.kind.to_owned(), signature: c.about };
        Completions { candidates: found.candidates.into_iter().map(candidate).collect(), replaces: found.replaces }
    }

    async fn inspect(&self, code: &str, cursor: usize, _detail: Detail) -> Option<Bundle> {
        if let Some(expression) = expressions::at(code, cursor) {
            return self.rust_inspection(&code[expression.clone()], cursor - expression.start).await;
        }
        match self.session.inspect(code, cursor).await {
            Some(bundle) => Some(bundle),
            None => self.rust_inspection(code, cursor).await,
        }
    }

    async fn is_complete(&self, code: &str) -> Completeness {
        match split(code) {
            Ok(parts) => commands::completeness(code, &parts).unwrap_or_else(|| rust::completeness(&parts)),
            // A command inside brackets is reported when the cell runs.
            Err(_) => Completeness::Complete,
        }
    }

    async fn prepare(&self) {
        self.rust.warm().await;
    }

    async fn shutdown(&self) {
        self.rust.shutdown().await;
        self.folder.remove();
    }
}

/// A fault of a command as the error of a cell.
fn told(fault: &Fault, cell: &str) -> CellError {
    CellError { name: fault.kind.to_owned(), value: fault.message.clone(), traceback: fault.traceback(cell) }
}
