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
        let at = tokens.words.iter().rposition(|t| t.span.start <= cursor).unwrap_or(0);
        let here = &tokens.words[at];
        if at == 0 {
            return verbs::verb_help(verb.text.trim_end_matches('?')).map(Bundle::text);
        }
        let (option, value) = match here.text.split_once('=').filter(|_| here.text.starts_with("--")) {
            Some((option, value)) if cursor > here.span.start + option.len() => (Some(option), value),
            Some((option, _)) => return verbs::explain_option(&verb.text, option).map(Bundle::text),
            None if here.text.starts_with("--") => return verbs::explain_option(&verb.text, &here.text).map(Bundle::text),
            None => (Some(tokens.words[at - 1].text.as_str()), here.text.as_str()),
        };
        let option = option.filter(|option| option.starts_with("--") && grammar::takes_value(&verb.text, option));
        if let Some(bundle) = self.known(value).await {
            return Some(bundle);
        }
        let words: Vec<&str> = tokens.words.iter().map(|t| t.text.as_str()).collect();
        if option == Some("--variable")
            && let Some(text) = self.variable(&words, value).await
        {
            return Some(Bundle::text(text));
        }
        let explained = match option {
            Some(option) => verbs::explain_option(&verb.text, option),
            None => verbs::verb_help(&verb.text),
        };
        let chosen = verbs::explain_choice(&verb.text, option, value).map(|meaning| format!("{value}: {meaning}"));
        let told = [chosen, explained].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        (!told.is_empty()).then(|| Bundle::text(told))
    }

    /// What is known of a variable of the first dataset that the words name.
    async fn variable(&self, words: &[&str], name: &str) -> Option<String> {
        let datasets = self.datasets_at_hand().await;
        let dataset = words.iter().find_map(|word| datasets.iter().find(|d| word.split(',').any(|part| part == d.short_name)))?;
        let variable = dataset.variables.iter().find(|v| v.name == name)?;
        let facts = [("what", &variable.long_name), ("standard", &variable.standard_name), ("unit", &variable.units)];
        let facts = facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(what, text)| format!("\n  {what:<12} {text}"));
        Some(format!("{name}, a variable of {}{}", dataset.short_name, facts.collect::<String>()))
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
        if let Some(target) = state.targets.iter().find(|t| t.name == name) {
            let current = if state.current == name { ", which is asked at present" } else { "" };
            return Some(Bundle::text(format!("target {name}: {}{current}", target.address())));
        }
        let region = state.regions.get(name)?;
        Some(Bundle::text(format!("region {} = {}\n\n{}\n{}", region.name, region.place.area, region.what(), region.place.to_wkt())))
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
