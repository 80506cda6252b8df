//! Targets that are named before a session begins.

use crate::defaults::Source;
use sdap_nexus::{Auth, Secret, Server};
use std::path::PathBuf;

/// Where the login of a target comes from. No secret is kept here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// There is none.
    #[default]
    None,
    /// A bearer token in a variable.
    Token(String),
    /// A user's name, and a password in a variable.
    Password { user: String, variable: String },
    /// The netrc file.
    Netrc,
    /// A header, its value in a variable.
    Header { name: String, variable: String },
    /// A cookie in a variable.
    Cookie(String),
}

impl Credentials {
    /// The login itself, for a host.
    ///
    /// # Errors
    /// If the variable is not set, or netrc knows no login.
    pub(crate) fn auth(&self, host: &str) -> sdap_nexus::Result<Auth> {
        let secret = |variable: &str| Secret::from_environment(variable);
        Ok(match self {
            Self::None => Auth::None,
            Self::Token(variable) => Auth::Bearer(secret(variable)?),
            Self::Password { user, variable } => Auth::Basic { user: user.clone(), password: secret(variable)? },
            Self::Netrc => Auth::from_netrc(host)?,
            Self::Header { name, variable } => Auth::Header { name: name.clone(), value: secret(variable)? },
            Self::Cookie(variable) => Auth::Cookie(secret(variable)?),
        })
    }

    /// In words, without anything secret.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Token(variable) => format!("token of {variable}"),
            Self::Password { user, variable } => format!("{user}, password of {variable}"),
            Self::Netrc => "netrc".to_owned(),
            Self::Header { name, variable } => format!("header {name} of {variable}"),
            Self::Cookie(variable) => format!("cookie of {variable}"),
        }
    }
}

/// A target as the config file or a variable describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) url: String,
    pub(crate) login: Credentials,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) insecure: bool,
    pub(crate) source: Source,
}

impl Described {
    /// The server that is meant. Nothing is sent yet.
    ///
    /// # Errors
    /// If the address is none, the login is not to be had, or the certificates cannot be read.
    pub(crate) fn server(&self) -> sdap_nexus::Result<Server> {
        let mut server = Server::new(&self.url)?;
        if self.login != Credentials::None {
            server = server.with_auth(self.login.auth(&host(&self.url))?)?;
        }
        if let Some(file) = &self.ca {
            server = server.with_certificate_file(file)?;
        }
        Ok(if self.insecure { server.insecure() } else { server })
    }
}

/// The host of a URL, without its port.
pub(crate) fn host(url: &str) -> String {
    url::Url::parse(url.trim()).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
