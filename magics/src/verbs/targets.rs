//! `target`: which server is asked.

use super::{Asked, Context, Outcome};
use crate::{
    Bundle, Fault,
    grammar::{Asking, LoginArgs, TargetArgs},
    session::Target,
    show,
};
use sdap::{Origin, Table, TableColumn};
use sdap_nexus::{Auth, Secret, Server};
use std::{ops::Range, sync::Arc, time::Duration};

pub(super) async fn target(context: &Context<'_>, args: TargetArgs) -> Result<Outcome, Fault> {
    let Some(text) = &args.server else { return Ok(Outcome::Shown(vec![listed(context)])) };
    let span = context.tokens.span_of(text);
    let target = match text.split_once('=').filter(|(name, _)| !name.contains(['/', ':'])) {
        Some((name, url)) => {
            name_is_sound(name, span.clone())?;
            connect(Some(name), url, auth(context, &args.login, &host(url)).await?, span)?
        }
        None if text.contains("://") => connect(None, text, auth(context, &args.login, &host(text)).await?, span)?,
        None => context.target(Some(text))?,
    };
    let asking = Asking { target: None, timeout: args.timeout };
    let asked = Asked { timeout: Duration::from_secs_f64(asking.timeout), target, datasets: Arc::default() };
    let datasets = context.fresh_datasets(&asked).await?;
    let Asked { target, .. } = asked;
    let line = format!("target {} · {} · {} datasets", target.name, target.nexus.name(), datasets.len());
    let mut state = context.session.state();
    state.current.clone_from(&target.name);
    state.targets.retain(|t| t.name != target.name);
    state.targets.push(target);
    Ok(Outcome::Shown(vec![Bundle::text(line)]))
}

/// A target at `url`. Nothing is sent yet.
pub(super) fn connect(name: Option<&str>, url: &str, auth: Auth, span: Option<Range<usize>>) -> Result<Target, Fault> {
    let server = Server::new(url).and_then(|s| s.with_auth(auth)).map_err(|e| {
        let fault = Fault::new("BadAddress", e.to_string()).expected("http://HOST[:PORT][/PREFIX] or https://…");
        Fault { span, ..fault }
    })?;
    let name = name.map_or_else(|| host(url), str::to_owned);
    Ok(Target { name, nexus: Arc::new(server) })
}

fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest).rsplit('@').next().unwrap_or(rest).to_owned()
}

fn name_is_sound(name: &str, span: Option<Range<usize>>) -> Result<(), Fault> {
    let sound = !name.is_empty() && name != crate::EMBEDDED && name.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c));
    if sound {
        return Ok(());
    }
    let fault = Fault::new("BadName", format!("`{name}` cannot name a target")).expected("letters, digits, _, - or .; not `embedded`");
    Err(Fault { span, ..fault })
}

/// How to log in.
async fn auth(context: &Context<'_>, login: &LoginArgs, server: &str) -> Result<Auth, Fault> {
    let asked = async |what: String| context.secret(&format!("{what} for {server}: ")).await;
    let LoginArgs { token, token_env, user, user_env, header, header_env } = login;
    if *token {
        return Ok(Auth::Bearer(asked("Token".to_owned()).await?));
    }
    if let Some(variable) = token_env {
        return Ok(Auth::Bearer(from_environment(context, variable)?));
    }
    if let Some(user) = user {
        return Ok(Auth::Basic { user: user.clone(), password: asked(format!("Password of {user}")).await? });
    }
    if let Some(text) = user_env {
        let (user, variable) = pair(context, "--user-env", text)?;
        return Ok(Auth::Basic { user: user.to_owned(), password: from_environment(context, variable)? });
    }
    if let Some(name) = header {
        return Ok(Auth::Header { name: name.clone(), value: asked(format!("Header {name}")).await? });
    }
    if let Some(text) = header_env {
        let (name, variable) = pair(context, "--header-env", text)?;
        return Ok(Auth::Header { name: name.to_owned(), value: from_environment(context, variable)? });
    }
    Ok(Auth::None)
}

fn from_environment(context: &Context<'_>, variable: &str) -> Result<Secret, Fault> {
    std::env::var(variable).map(Secret::new).map_err(|_| {
        let fault = Fault::new("MissingSecret", format!("the environment variable {variable} is not set"))
            .hint("set it before the kernel starts, so that the secret never stands in the notebook");
        Fault { span: context.tokens.span_of_part(variable), ..fault }
    })
}

/// The two parts of `NAME=VARIABLE`.
fn pair<'t>(context: &Context<'_>, option: &str, text: &'t str) -> Result<(&'t str, &'t str), Fault> {
    text.split_once('=').ok_or_else(|| {
        let fault = Fault::new("BadValue", format!("{option} cannot be `{text}`")).expected("NAME=VARIABLE");
        Fault { span: context.tokens.span_of(text), ..fault }
    })
}

fn listed(context: &Context<'_>) -> Bundle {
    let state = context.session.state();
    let column = |text: &dyn Fn(&Target) -> String| TableColumn::Text(state.targets.iter().map(text).collect());
    let address =
        |t: &Target| if t.name == crate::EMBEDDED { "the engine inside the kernel".to_owned() } else { t.nexus.name().to_owned() };
    show::table(&Table {
        title: "targets".to_owned(),
        columns: vec![
            ("name".to_owned(), column(&|t| t.name.clone())),
            ("server".to_owned(), column(&address)),
            ("current".to_owned(), column(&|t| if t.name == state.current { "current".to_owned() } else { String::new() })),
        ],
        origin: Origin::default(),
    })
}
