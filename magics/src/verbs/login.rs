//! As whom a server is asked. What is secret is asked for, hidden, or read from the environment or netrc.

use super::Context;
use crate::{
    Fault,
    config::{Credentials, host},
    grammar::LoginArgs,
};
use sdap_nexus::{Auth, Secret};

/// A login, and how it came about in words without anything secret.
pub(super) struct Login {
    pub(super) auth: Auth,
    pub(super) told: String,
}

/// The login that the options ask for, at the server of a URL; `None` where they ask for none.
pub(super) async fn login(context: &Context<'_>, args: &LoginArgs, url: &str) -> Result<Option<Login>, Fault> {
    if let Some(kept) = kept(context, args)? {
        let auth = kept.auth(&host(url)).map_err(|error| missing(context, args, &error))?;
        return Ok(Some(Login { auth, told: kept.told() }));
    }
    let server = crate::target::authority(url);
    let ask = async |what: String| context.secret(&format!("{what} for {server}: ")).await;
    let (auth, told) = if args.token {
        (Auth::Bearer(ask("Token".to_owned()).await?), "token".to_owned())
    } else if let Some(user) = &args.user {
        (Auth::Basic { user: user.clone(), password: ask(format!("Password of {user}")).await? }, user.clone())
    } else if let Some(name) = &args.header {
        (Auth::Header { name: name.clone(), value: ask(format!("Header {name}")).await? }, format!("header {name}"))
    } else if args.cookie {
        (Auth::Cookie(cookie(context, ask("Cookie, NAME=VALUE,".to_owned()).await?)?), "cookie".to_owned())
    } else {
        return Ok(None);
    };
    Ok(Some(Login { auth, told }))
}

/// What the options say of where a secret is kept.
fn kept(context: &Context<'_>, args: &LoginArgs) -> Result<Option<Credentials>, Fault> {
    if args.netrc {
        return Ok(Some(Credentials::Netrc));
    }
    if let Some(variable) = &args.token_env {
        return Ok(Some(Credentials::Token(variable.clone())));
    }
    if let Some(variable) = &args.cookie_env {
        return Ok(Some(Credentials::Cookie(variable.clone())));
    }
    if let Some(text) = &args.user_env {
        let (user, variable) = pair(context, "--user-env", text)?;
        return Ok(Some(Credentials::Password { user, variable }));
    }
    if let Some(text) = &args.header_env {
        let (name, variable) = pair(context, "--header-env", text)?;
        return Ok(Some(Credentials::Header { name, variable }));
    }
    Ok(None)
}

/// Refuses a cookie without a name, which a server could make nothing of.
fn cookie(context: &Context<'_>, secret: Secret) -> Result<Secret, Fault> {
    if secret.reveal().split_once('=').is_some_and(|(name, _)| !name.trim().is_empty()) {
        return Ok(secret);
    }
    let fault = Fault::new("BadValue", "the cookie that was typed has no name").expected("NAME=VALUE, as a browser sends it");
    Err(Fault { span: context.tokens.span_of_option("--cookie"), ..fault })
}

fn missing(context: &Context<'_>, args: &LoginArgs, error: &sdap_nexus::Error) -> Fault {
    let words = [&args.token_env, &args.cookie_env, &args.user_env, &args.header_env];
    let word = words.into_iter().flatten().next();
    let variable = word.map(|text| text.rsplit('=').next().unwrap_or(text));
    let span = variable.and_then(|v| context.tokens.span_of_part(v)).or_else(|| context.tokens.span_of_option("--netrc"));
    let hint = if args.netrc {
        "a line in ~/.netrc: machine HOST login NAME password SECRET"
    } else {
        "set it before the kernel starts, so that the secret never stands in the notebook"
    };
    Fault { span, ..Fault::new("MissingSecret", error.to_string()).hint(hint) }
}

/// The two parts of `NAME=VARIABLE`.
fn pair(context: &Context<'_>, option: &str, text: &str) -> Result<(String, String), Fault> {
    let parts = text.split_once('=').filter(|(name, variable)| !name.is_empty() && !variable.is_empty());
    parts.map(|(name, variable)| (name.to_owned(), variable.to_owned())).ok_or_else(|| {
        let fault = Fault::new("BadValue", format!("{option} cannot be `{text}`")).expected("NAME=VARIABLE");
        Fault { span: context.tokens.span_of(text), ..fault }
    })
}
