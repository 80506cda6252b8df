//! The `%sdap` parts of a cell.

use super::{SdapLanguage, told};
use crate::{
    environment::Folders,
    language::{Bundle, Cell, CellError, Completeness, Output, Typing},
};
use async_trait::async_trait;
use sdap_magics::{CommandLine, Given, Host, Prompts, Screen, Unanswered, cell::Part};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

impl SdapLanguage {
    /// Runs one command and shows what it answers. An interrupt cancels it at once.
    pub(super) async fn command_part(&self, command: &CommandLine, cell: &Cell, output: &Arc<dyn Output>) -> Result<(), CellError> {
        let values = self.values_in(command, &cell.code, &cell.interrupt).await?;
        let front_end = FrontEnd { output: Arc::clone(output), lines: Mutex::default() };
        let given = Given { values: &values, prompts: &front_end, screen: &front_end, host: self };
        let answer = tokio::select! {
            biased;
            () = cell.interrupt.cancelled() => return Err(CellError::interrupted()),
            answer = self.session.run(&cell.code, command, &given) => answer,
        };
        let pages = asks_for_help(&cell.code[command.arguments.clone()]);
        for bundle in answer.map_err(|fault| told(&fault, &cell.code))? {
            if pages { output.page(bundle) } else { output.display(bundle, None) }
        }
        Ok(())
    }

    /// What a command answers, without showing it.
    pub(super) async fn command_value(
        &self,
        expression: &str,
        command: &CommandLine,
        interrupt: &CancellationToken,
    ) -> Result<Bundle, CellError> {
        let values = self.values_in(command, expression, interrupt).await?;
        let given = Given { values: &values, host: self, ..Given::default() };
        tokio::select! {
            biased;
            () = interrupt.cancelled() => Err(CellError::interrupted()),
            answer = self.session.run(expression, command, &given) => {
                let bundles = answer.map_err(|fault| told(&fault, expression))?;
                Ok(bundles.into_iter().next().unwrap_or_else(|| Bundle::text("")))
            }
        }
    }
}

/// What `status` says of this kernel.
impl Host for SdapLanguage {
    fn facts(&self) -> Vec<(String, String)> {
        let cache = Folders::here().cache().map(|folder| sized(&folder)).unwrap_or_default();
        let facts = [
            ("Rust cells", self.rust.state().to_owned()),
            ("folder of this session", sized(self.folder.path())),
            ("cache", cache),
            ("process", std::process::id().to_string()),
        ];
        facts.map(|(what, how)| (what.to_owned(), how)).to_vec()
    }
}

/// A folder and the size of what is in it; links are not followed.
fn sized(folder: &Path) -> String {
    fn size(folder: &Path) -> u64 {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .map(|entry| match entry.file_type() {
                Ok(kind) if kind.is_dir() => size(&entry.path()),
                Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |m| m.len()),
                _ => 0,
            })
            .sum()
    }
    format!("{}, {}", folder.display(), sdap::bytes(size(folder)))
}

/// The front end that runs a cell, as commands ask its user and show what they are at.
struct FrontEnd {
    output: Arc<dyn Output>,
    /// The display ids of the lines that change.
    lines: Mutex<BTreeMap<usize, String>>,
}

#[async_trait]
impl Prompts for FrontEnd {
    async fn secret(&self, question: &str) -> Result<String, Unanswered> {
        self.output.input(question, Typing::Hidden).await.map_err(|why| Unanswered(why.to_string()))
    }

    async fn line(&self, question: &str) -> Result<String, Unanswered> {
        self.output.input(question, Typing::Shown).await.map_err(|why| Unanswered(why.to_string()))
    }
}

impl Screen for FrontEnd {
    fn line(&self, number: usize, line: Bundle) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.get(&number) {
            Some(id) => self.output.update(line, id),
            None => self.output.display(line, Some(lines.entry(number).or_insert_with(|| Uuid::new_v4().to_string()))),
        }
    }

    fn show(&self, bundle: Bundle) {
        self.output.display(bundle, None);
    }
}

/// Whether a command is `VERB?`, whose answer front ends show beside the notebook; `help VERB` stays in it.
fn asks_for_help(arguments: &str) -> bool {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    matches!(words[..], [verb] if verb.ends_with('?')) || matches!(words[..], [_, "?"])
}

/// Whether the last command of a cell can run as it stands; `None` where the cell does not end in a command.
pub(super) fn completeness(code: &str, parts: &[Part]) -> Option<Completeness> {
    let Some(Part::Command(command)) = parts.last() else { return None };
    let text = &code[command.arguments.clone()];
    let continued = code.trim_end_matches([' ', '\t']).ends_with('\\');
    let open = ['\'', '"'].iter().any(|quote| text.matches(*quote).count() % 2 == 1);
    // The lines of a `%%sdap` cell end with a blank one.
    if command.body.is_some() && code.contains('\n') && !code.ends_with('\n') {
        return Some(Completeness::Incomplete { indent: String::new() });
    }
    let incomplete = || Completeness::Incomplete { indent: "    ".to_owned() };
    Some(if continued || open { incomplete() } else { Completeness::Complete })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_question_mark_behind_the_verb_asks_for_help() {
        for asks in ["map?", " map? ", "map ?", "?"] {
            assert!(asks_for_help(asks), "{asks}");
        }
        for asks_not in ["", "map", "help map", "target http://localhost/?", "map ? more"] {
            assert!(!asks_for_help(asks_not), "{asks_not}");
        }
    }
}
