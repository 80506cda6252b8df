//! `target`: whom to ask, and as whom.

use super::words::seconds;
use clap::Args;

#[derive(Clone, Debug, Args)]
pub(crate) struct TargetArgs {
    /// A URL, NAME=URL, the name of a target, or `embedded`
    #[arg(value_name = "[NAME=]URL")]
    pub(crate) server: Option<String>,
    #[command(flatten)]
    pub(crate) login: LoginArgs,
    /// Trust the certificates of this PEM file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<String>,
    /// Check no certificate, and say so below every answer
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = seconds)]
    pub(crate) timeout: f64,
}

/// How to log in to a server. What is secret is asked for, hidden, or taken from the environment or from netrc: it never stands
/// in a cell.
#[derive(Clone, Debug, Default, Args)]
#[group(multiple = false)]
pub(crate) struct LoginArgs {
    /// Log in with a bearer token, which is asked for
    #[arg(long)]
    pub(crate) token: bool,
    /// Log in with the bearer token that this environment variable holds
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) token_env: Option<String>,
    /// Log in with a user's name and a password, which is asked for
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// Log in with a user's name and the password that an environment variable holds: NAME=VARIABLE
    #[arg(long, value_name = "NAME=VARIABLE")]
    pub(crate) user_env: Option<String>,
    /// Log in with the name and password that ~/.netrc, or the file that NETRC names, has for the host
    #[arg(long)]
    pub(crate) netrc: bool,
    /// Send this header, such as X-Api-Key, with a value that is asked for
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Option<String>,
    /// Send this header, its value taken from an environment variable: NAME=VARIABLE
    #[arg(long, value_name = "NAME=VARIABLE")]
    pub(crate) header_env: Option<String>,
    /// Send a cookie, which is asked for: NAME=VALUE
    #[arg(long)]
    pub(crate) cookie: bool,
    /// Send the cookie that this environment variable holds as NAME=VALUE
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) cookie_env: Option<String>,
}
