//! `target`: which server is asked.

use super::{Context, Outcome, login, save::at_home};
use crate::{
    Bundle, Fault,
    grammar::TargetArgs,
    show,
    target::{Answerer, Target},
};
use sdap::{Origin, Table, TableColumn};
use sdap_nexus::{Error, Server};
use std::ops::Range;

pub(super) async fn target(context: &Context<'_>, args: TargetArgs) -> Result<Outcome, Fault> {
    let Some(text) = &args.server else { return Ok(Outcome::Shown(vec![listed(context)])) };
    let span = context.tokens.span_of(text);
    let target = match text.split_once('=').filter(|(name, _)| !name.contains(['/', ':'])) {
        Some((name, url)) => {
            name_is_sound(name, span.clone())?;
            made(context, &args, Some(name), url, span).await?
        }
        None if text.contains("://") => made(context, &args, None, text, span).await?,
        None => changed(context, &args, context.target(Some(text))?).await?,
    };
    let asked = context.asked_of(&target, args.timeout)?;
    let datasets = context.fresh_datasets(&asked).await?;
    let line = format!("target {} · {} · {} datasets", target.name, asked.nexus().name(), datasets.len());
    let mut state = context.session.state();
    state.current.clone_from(&target.name);
    match state.targets.iter_mut().find(|t| t.name == target.name) {
        Some(known) => {
            // Whoever answers under that name from now on may say otherwise.
            context.session.kept().clear();
            *known = target;
        }
        None => state.targets.push(target),
    }
    Ok(Outcome::Shown(vec![Bundle::text(line)]))
}

/// A target at `url`, with what the options say. Nothing is sent yet.
async fn made(
    context: &Context<'_>,
    args: &TargetArgs,
    name: Option<&str>,
    url: &str,
    span: Option<Range<usize>>,
) -> Result<Target, Fault> {
    let server = Server::new(url).map_err(|error| bad_address(&error, span))?;
    let name = name.map_or_else(|| crate::target::authority(url), str::to_owned);
    let target = Target::new(&name, Answerer::Server(Box::new(server)));
    changed(context, args, target).await
}

/// The same target with what the options say of its login and its certificates.
async fn changed(context: &Context<'_>, args: &TargetArgs, mut target: Target) -> Result<Target, Fault> {
    let Answerer::Server(server) = &target.answerer else { return Ok(target) };
    let mut server = (**server).clone();
    if let Some(login) = login::login(context, &args.login, server.base()).await? {
        let sound = |error: Error| Fault { span: context.tokens.span_of_option("--header"), ..Fault::new("BadValue", error.to_string()) };
        server = server.with_auth(login.auth).map_err(sound)?;
        target.login = login.told;
    }
    if let Some(file) = &args.ca {
        server = server.with_certificate_file(&at_home(file)).map_err(|error| {
            let fault = Fault::new("BadCertificates", error.to_string()).expected("a PEM file: -----BEGIN CERTIFICATE-----");
            Fault { span: context.tokens.span_of(file), ..fault }
        })?;
    }
    if args.insecure {
        server = server.insecure();
    }
    target.answerer = Answerer::Server(Box::new(server));
    Ok(target)
}

/// That something is no address of a server.
pub(super) fn bad_address(error: &Error, span: Option<Range<usize>>) -> Fault {
    let fault = Fault::new("BadAddress", error.to_string()).expected("http://HOST[:PORT][/PREFIX] or https://…");
    Fault { span, ..fault }
}

/// Whether a target can have that name.
pub(crate) fn is_target_name(name: &str) -> bool {
    !name.is_empty() && name != crate::EMBEDDED && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

fn name_is_sound(name: &str, span: Option<Range<usize>>) -> Result<(), Fault> {
    if is_target_name(name) {
        return Ok(());
    }
    let fault = Fault::new("BadName", format!("`{name}` cannot name a target")).expected("letters, digits, _, - or .; not `embedded`");
    Err(Fault { span, ..fault })
}

fn listed(context: &Context<'_>) -> Bundle {
    let state = context.session.state();
    let column = |text: &dyn Fn(&Target) -> String| TableColumn::Text(state.targets.iter().map(text).collect());
    let mut columns = vec![("name".to_owned(), column(&|t| t.name.clone())), ("server".to_owned(), column(&Target::address))];
    if state.targets.iter().any(|t| !t.login.is_empty()) {
        columns.push(("login".to_owned(), column(&|t| t.login.clone())));
    }
    if state.targets.iter().any(Target::is_insecure) {
        columns.push(("certificates".to_owned(), column(&|t| if t.is_insecure() { "unchecked".to_owned() } else { String::new() })));
    }
    columns.push(("current".to_owned(), column(&|t| if t.name == state.current { "current".to_owned() } else { String::new() })));
    show::table(&Table { title: "targets".to_owned(), columns, origin: Origin::default() })
}
