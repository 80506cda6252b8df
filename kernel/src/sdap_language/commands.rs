//! The `%sdap` parts of a cell.

use super::{SdapLanguage, told};
use crate::language::{Bundle, Cell, CellError, Completeness, Output};
use sdap_magics::{CommandLine, Fault, cell::Part};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long a command may take before it says that it is at work.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often it then says so.
const PULSE: Duration = Duration::from_millis(250);

impl SdapLanguage {
    /// Runs one command and shows what it answers. An interrupt cancels it at once.
    pub(super) async fn command_part(&self, command: &CommandLine, cell: &Cell, output: &Arc<dyn Output>) -> Result<(), CellError> {
        let what = cell.code[command.arguments.clone()].split_whitespace().next().unwrap_or("%sdap").to_owned();
        let answer = tokio::select! {
            biased;
            () = cell.interrupt.cancelled() => return Err(CellError::interrupted()),
            answer = with_progress(&what, output, self.session.run(&cell.code, command)) => answer,
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
        tokio::select! {
            biased;
            () = interrupt.cancelled() => Err(CellError::interrupted()),
            answer = self.session.run(expression, command) => {
                let bundles = answer.map_err(|fault| told(&fault, expression))?;
                Ok(bundles.into_iter().next().unwrap_or_else(|| Bundle::text("")))
            }
        }
    }
}

/// Whether a command is `VERB?`, whose answer front ends show beside the notebook; `help VERB` stays in it.
fn asks_for_help(arguments: &str) -> bool {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    matches!(words[..], [verb] if verb.ends_with('?')) || matches!(words[..], [_, "?"])
}

/// Waits for an answer; where it takes long, one line in the output counts the seconds, and stays as a record.
async fn with_progress<T>(what: &str, output: &Arc<dyn Output>, question: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let started = Instant::now();
    tokio::pin!(question);
    if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut question).await {
        return answer;
    }
    let id = Uuid::new_v4().to_string();
    let line = |state: &str| Bundle::text(format!("{what}: {state} {:.1} s", started.elapsed().as_secs_f64()));
    output.display(line("asked, waiting for"), Some(&id));
    let answer = loop {
        match tokio::time::timeout(PULSE, &mut question).await {
            Ok(answer) => break answer,
            Err(_) => output.update(line("asked, waiting for"), &id),
        }
    };
    output.update(line(if answer.is_ok() { "answered after" } else { "failed after" }), &id);
    answer
}

/// Whether the last command of a cell can run as it stands; `None` where the cell does not end in a command.
pub(super) fn completeness(code: &str, parts: &[Part]) -> Option<Completeness> {
    let Some(Part::Command(command)) = parts.last() else { return None };
    let text = &code[command.arguments.clone()];
    let continued = code.trim_end_matches([' ', '\t']).ends_with('\\');
    let open = ['\'', '"'].iter().any(|quote| text.matches(*quote).count() % 2 == 1);
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
