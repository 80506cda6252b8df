//! What is known of the word at the cursor: verbs, options, datasets, regions and bound names.

use crate::{Bundle, Session, cell::command_at, grammar, show, token::tokens, verbs};

impl Session {
    /// What is known of the word at `cursor`, a byte offset of the cell; `None` where that is not in a `%sdap` command.
    pub async fn inspect(&self, cell: &str, cursor: usize) -> Option<Bundle> {
        let command = command_at(cell, cursor)?;
        if cursor <= command.magic.end {
            return Some(verbs::quick_start());
        }
        let tokens = tokens(cell, command.arguments.clone()).ok()?;
        let verb = tokens.words.first()?;
        let here = tokens.words.iter().rfind(|t| t.span.start <= cursor).unwrap_or(verb);
        if here == verb {
            return verbs::verb_help(verb.text.trim_end_matches('?')).map(Bundle::text);
        }
        if here.text.starts_with("--") {
            return verbs::explain_option(&verb.text, here.text.split('=').next().unwrap_or_default()).map(Bundle::text);
        }
        match self.known(&here.text).await {
            Some(bundle) => Some(bundle),
            None => verbs::verb_help(&verb.text).map(Bundle::text),
        }
    }

    /// What is known of a name, whatever it names.
    async fn known(&self, name: &str) -> Option<Bundle> {
        let datasets = self.datasets_at_hand().await;
        if let Some(dataset) = name.split(',').find_map(|n| datasets.iter().find(|d| d.short_name == n)) {
            return Some(show::card(dataset));
        }
        if let Some(binding) = self.binding(name) {
            return Some(show::value_card(name, &binding.value));
        }
        let state = self.state();
        let region = state.regions.get(name)?;
        Some(Bundle::text(format!("region {} = {}\n\n{}\n{}", region.name, region.area, region.meaning, region.area.to_wkt())))
    }

    /// What `%lsmagic` shows.
    pub fn magics(&self) -> Bundle {
        let verbs = grammar::verbs().join(", ");
        Bundle::text(format!(
            "%sdap VERB …               ask, show, draw: {verbs}\n\
             let NAME = %sdap VERB …    the same, bound to a name that Rust and %sdap see\n\
             %sdap help VERB            what a verb does, with examples\n\
             %lsmagic                   this list\n\
             :help                      the commands of the Rust side"
        ))
    }
}
