//! What an answerer found wrong, as a fault.

use super::Asked;
use crate::{Fault, resolve::unknown_dataset, token::Tokens};
use sdap_nexus::{Error, Missing};
use std::ops::Range;

/// What an answerer found wrong, in our words, at the word that it concerns.
pub(super) fn told(tokens: &Tokens, error: Error, asked: &Asked) -> Fault {
    let mut message = error.to_string();
    let at_option = |option: &str| {
        let position = tokens.words.iter().position(|t| t.text == option || t.text.starts_with(&format!("{option}=")))?;
        let word = tokens.words.get(position + 1).filter(|_| tokens.words[position].text == option);
        Some(word.unwrap_or(&tokens.words[position]).span.clone())
    };
    let (kind, span, hint) = match &error {
        Error::UnknownDataset { name, server } => {
            return unknown_dataset(name, tokens.span_of_part(name), asked.datasets(), server);
        }
        Error::UnknownVariable { .. } => ("UnknownVariable", at_option("--variable"), None),
        Error::UnknownField { dataset, name, .. } => {
            message = format!("{dataset} has no field {name} to filter by");
            ("UnknownField", tokens.span_in_option(&["--filter", "--each"], name), Some("%sdap describe DATASET shows what it has"))
        }
        Error::BadFilter { part, .. } => {
            ("BadFilter", tokens.span_in_option(&["--filter", "--each"], part), Some("%sdap help subset shows filters"))
        }
        Error::NoData { missing, message: why } => {
            message.clone_from(why);
            let option = match missing {
                Missing::Area => "--bbox",
                Missing::Period => "--time",
                Missing::Filter => "--filter",
                Missing::Unknown => "",
            };
            // What was not typed is pointed at by the dataset that has nothing there.
            let span = at_option(option).or_else(|| at_dataset(tokens, asked));
            ("NoData", span, Some("%sdap describe DATASET shows what there is"))
        }
        Error::Refused { .. } => ("ServerError", None, Some("%sdap last shows the request that was answered last")),
        Error::WebPage { .. } | Error::Unreadable { .. } => ("BadAnswer", None, Some("check the address: %sdap target")),
        Error::CutOff { .. } => ("BadAnswer", None, Some("ask again, or for a smaller area or a shorter period")),
        Error::Unreachable { .. } => ("Unreachable", None, Some("check the address: %sdap target; %sdap target embedded needs no server")),
        Error::Timeout { .. } => ("Timeout", at_option("--timeout"), Some("a longer --timeout, a smaller area or a shorter period")),
        Error::Unsupported(_) => ("Unsupported", None, Some("another server: %sdap target; the engine inside the kernel is `embedded`")),
        Error::TooLarge(_) => {
            ("TooLarge", at_option("--limit"), Some("--limit 5M allows five million; %sdap set limit allows more for all"))
        }
        Error::Invalid(_) => ("BadRequest", None, Some("%sdap describe DATASET shows what it has")),
        Error::Broken { .. } => ("BrokenDataset", None, Some("%sdap datasets lists the others")),
    };
    let mut fault = Fault { span, ..Fault::new(kind, message) };
    if let Error::UnknownVariable { name, known, .. } | Error::UnknownField { name, known, .. } = &error {
        fault = fault.nearest(name, known.iter().map(String::as_str));
    }
    match &error {
        Error::UnknownField { known, .. } => fault = fault.expected(format!("one of {}", known.join(", "))),
        Error::BadFilter { .. } => fault = fault.expected("FIELD:VALUE, a range such as lat:[37 TO 38], or several joined by AND, OR, NOT"),
        _ => {}
    }
    match hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    }
}

/// Where the first of the datasets is that the command names.
fn at_dataset(tokens: &Tokens, asked: &Asked) -> Option<Range<usize>> {
    let named = asked.datasets().iter().filter_map(|dataset| tokens.span_of_part(&dataset.short_name));
    named.min_by_key(|span| span.start)
}
