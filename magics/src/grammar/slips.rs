//! What is wrong with a command that the grammar does not take, in our words.

use super::{options, usage, verbs};
use crate::{
    fault::Fault,
    token::{Token, Tokens},
};
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What clap found wrong, in our words, at the word that is wrong.
pub(super) fn fault(error: &clap::Error, tokens: &Tokens) -> Fault {
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(s)) => s.clone(),
        Some(ContextValue::Strings(s)) => s.join(", "),
        _ => String::new(),
    };
    let verb = tokens.words.first().map_or("", |t| t.text.as_str());
    let argument = text(ContextKind::InvalidArg);
    let value = text(ContextKind::InvalidValue);
    let ask_help = format!("%sdap help {verb}");
    match error.kind() {
        ErrorKind::InvalidSubcommand => unknown_verb(&text(ContextKind::InvalidSubcommand), tokens),
        ErrorKind::UnknownArgument => unknown_argument(verb, &argument, tokens),
        ErrorKind::MissingRequiredArgument => {
            Fault::new("MissingArgument", format!("{verb} lacks {argument}")).at(tokens.behind()).expected(argument).hint(ask_help)
        }
        ErrorKind::InvalidValue if value.is_empty() => Fault::new("MissingArgument", format!("{argument} lacks its value"))
            .at(option_span(&argument, tokens))
            .expected(argument)
            .hint(ask_help),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = text(ContextKind::ValidValue);
            let reason = std::error::Error::source(error).map(ToString::to_string);
            let expected = if valid.is_empty() { reason.unwrap_or_else(|| argument.clone()) } else { format!("one of {valid}") };
            Fault::new("BadValue", format!("{} cannot be `{value}`", argument.split(' ').next().unwrap_or_default()))
                .at(tokens.span_of(&value).unwrap_or_else(|| tokens.behind()))
                .expected(expected)
                .nearest(&value, valid.split(", "))
        }
        ErrorKind::ArgumentConflict => {
            let other = text(ContextKind::PriorArg);
            let message = if argument == other || other.is_empty() {
                format!("{argument} is given twice")
            } else {
                format!("{argument} and {other} exclude each other")
            };
            Fault::new("Conflict", message).at(option_span(&argument, tokens)).hint(ask_help)
        }
        _ => Fault::new("Syntax", error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned())
            .at(tokens.behind())
            .hint(ask_help),
    }
}

/// A word that stands where a verb was expected.
pub(crate) fn unknown_verb(verb: &str, tokens: &Tokens) -> Fault {
    let verbs = verbs();
    Fault::new("UnknownVerb", format!("%sdap has no verb {verb}"))
        .at(tokens.span_of(verb).unwrap_or_else(|| tokens.behind()))
        .expected(format!("one of the {} verbs", verbs.len()))
        .nearest(verb, verbs.iter().map(String::as_str))
        .hint("%sdap help lists them; Tab completes")
}

fn unknown_argument(verb: &str, argument: &str, tokens: &Tokens) -> Fault {
    let span = option_span(argument, tokens);
    let options = options(verb);
    if argument.starts_with('-') {
        let fault = Fault::new("UnknownOption", format!("{verb} has no option {argument}")).at(span);
        if verb == "open" && ["--as", "--name"].contains(&argument) {
            return fault.expected("as NAME").hint("%sdap open PATH as NAME");
        }
        return fault.expected(options.join(", ")).nearest(argument, options.iter().map(String::as_str)).hint(format!("%sdap help {verb}"));
    }
    let usage = usage(verb);
    let fault = Fault::new("TooMuch", format!("{verb} takes no further `{argument}`")).at(span).expected(usage);
    // `open … as NAME` names a dataset, so that answers may be thought to be named likewise.
    if argument == "as" {
        fault.hint(format!("let NAME = %sdap {verb} … binds the answer"))
    } else {
        fault.hint(format!("%sdap help {verb}"))
    }
}

fn option_span(option: &str, tokens: &Tokens) -> std::ops::Range<usize> {
    let name = option.split([' ', '=']).next().unwrap_or_default();
    let named = |t: &&Token| t.text == name || t.text.split('=').next() == Some(name);
    tokens.words.iter().find(named).map_or_else(|| tokens.behind(), |t| t.span.clone())
}

#[cfg(test)]
mod tests {
    use crate::{grammar::parse, token::tokens};

    fn failing(line: &str) -> String {
        let tokens = tokens(line, 0..line.len()).unwrap();
        let fault = parse(&tokens).unwrap_err();
        fault.traceback(line).join("\n").replace("\x1b[1;31m", "").replace("\x1b[36m", "").replace("\x1b[0m", "")
    }

    #[test]
    fn every_slip_gets_a_caret_and_what_was_expected() {
        let slips = [
            "timeserie A",
            "frobnicate",
            "timeseries",
            "timeseries A B",
            "timeseries A as b",
            "timeseries A --bbx 1,2,3,4",
            "open a.nc --name A",
            "timeseries A --bbox",
            "timeseries A --timeout soon",
            "timeseries A --bbox 1,2,3,4 --bbox 1,2,3,4",
            "map A --stat median",
            "map A --stat climatology",
            "map A --stat climatology --month 13",
            "plot",
            "plot a --every 0",
            "plot a --kind errorbar",
            "plot a --size 10",
            "plot a --kind line --band",
            "target a b",
            "target a --token --user ann",
        ];
        insta::assert_snapshot!(slips.map(failing).join("\n\n"));
    }
}
