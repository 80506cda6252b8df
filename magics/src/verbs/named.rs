//! Datasets of any target: `TARGET:DATASET`.

use super::{Asked, Context};
use crate::{Fault, grammar::Asking};

/// Whom to ask about a dataset, and its name: `TARGET:DATASET` asks that target.
pub(super) fn qualified(asking: &Asking, word: &str) -> (Asking, String) {
    // No dataset has a colon in its name, but a target that is named after its host and port does.
    match word.rsplit_once(':') {
        Some((target, name)) => (Asking { target: Some(target.to_owned()), ..asking.clone() }, name.to_owned()),
        None => (asking.clone(), word.to_owned()),
    }
}

impl Context<'_> {
    /// The one target to ask about these datasets, and their names.
    ///
    /// # Errors
    /// If they are datasets of two targets.
    pub(super) async fn ask_about<const N: usize>(&self, asking: &Asking, words: [&str; N]) -> Result<(Asked, [String; N]), Fault> {
        let qualified = words.map(|word| qualified(asking, word));
        let first = qualified.first().map_or_else(|| asking.clone(), |(asking, _)| asking.clone());
        let target = self.target(first.target.as_deref())?.name;
        for ((asking, _), word) in qualified.iter().zip(words) {
            let other = self.target(asking.target.as_deref())?.name;
            if other != target {
                let verb = self.tokens.words.first().map_or("", |t| t.text.as_str());
                let fault =
                    Fault::new("Conflict", format!("{verb} asks one server about all its datasets, and {target} and {other} are two"))
                        .expected("datasets of one target")
                        .hint("%sdap timeseries A:DATASET,B:DATASET compares two servers");
                return Err(Fault { span: self.tokens.span_of_part(word), ..fault });
            }
        }
        Ok((self.ask(&first).await?, qualified.map(|(_, name)| name)))
    }
}
