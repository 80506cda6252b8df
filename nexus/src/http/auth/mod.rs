//! Who asks: logins that a server, or a gateway in front of it, wants to see, and where their secrets come from.

mod netrc;

use crate::{Error, Result};
use reqwest::RequestBuilder;
use reqwest::header::{COOKIE, HeaderName, HeaderValue};
use std::path::Path;

/// A password or token. Nothing that prints it shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret that an environment variable holds, without line breaks at its end.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the variable is not set, is empty or is no text.
    ///
    /// ```
    /// let error = sdap_nexus::Secret::from_environment("NO_SUCH_TOKEN").unwrap_err();
    /// assert_eq!(error.to_string(), "the environment variable NO_SUCH_TOKEN is not set; it is to hold a secret");
    /// ```
    pub fn from_environment(variable: &str) -> Result<Self> {
        let wrong = |what: &str| Error::Invalid(format!("the environment variable {variable} {what}; it is to hold a secret"));
        match std::env::var_os(variable).filter(|_| !variable.is_empty()).map(std::ffi::OsString::into_string) {
            None => Err(wrong("is not set")),
            Some(Err(_)) => Err(wrong("is no text in UTF-8")),
            Some(Ok(text)) => match text.trim_end_matches(['\r', '\n']) {
                "" => Err(wrong("is empty")),
                secret => Ok(Self::new(secret)),
            },
        }
    }

    /// The text itself, for the one who sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl std::fmt::Display for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// A login. It is sent to the server itself only, never to one that it redirects to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// None.
    #[default]
    None,
    /// `Authorization: Bearer TOKEN`.
    Bearer(Secret),
    /// `Authorization: Basic …`.
    Basic {
        /// The user's name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// Any header, such as an API key.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: Secret,
    },
    /// `Cookie: NAME=VALUE`, or several of them with `; ` in between, as a browser that has logged in sends them.
    Cookie(Secret),
}

impl Auth {
    /// The login for a host in the user's netrc file: the one that the variable `NETRC` names, or else `.netrc` in the home
    /// folder. The file's `default` serves where it does not name the host.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such file, if it is no netrc file, or if it has no login for the host.
    pub fn from_netrc(host: &str) -> Result<Self> {
        Self::from_netrc_file(&netrc::place()?, host)
    }

    /// The login for a host in a netrc file.
    ///
    /// # Errors
    /// As [`Auth::from_netrc`].
    pub fn from_netrc_file(file: &Path, host: &str) -> Result<Self> {
        netrc::login(file, host)?.checked()
    }

    /// Checks that the login can travel in a header.
    pub(super) fn checked(self) -> Result<Self> {
        let visible = |secret: &Secret| HeaderValue::from_str(secret.reveal()).is_ok();
        match &self {
            Self::Header { name, .. } if HeaderName::from_bytes(name.as_bytes()).is_err() => {
                Err(Error::Invalid(format!("{name:?} is not the name of an HTTP header")))
            }
            Self::Bearer(secret) | Self::Header { value: secret, .. } | Self::Cookie(secret) if !visible(secret) => {
                Err(Error::Invalid("the login holds characters that an HTTP header cannot carry, such as a line break".into()))
            }
            Self::Basic { user, .. } if user.contains(':') => {
                Err(Error::Invalid("the user's name holds a colon, at which a server would take the password to begin".into()))
            }
            Self::Cookie(secret) if !secret.reveal().contains('=') => {
                Err(Error::Invalid("the cookie has no name: expected NAME=VALUE".into()))
            }
            _ => Ok(self),
        }
    }

    /// Adds the login to a request.
    pub(super) fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Bearer(token) => request.bearer_auth(token.reveal()),
            Self::Basic { user, password } => request.basic_auth(user, Some(password.reveal())),
            Self::Header { name, value } => with_header(request, name, value),
            Self::Cookie(cookies) => with_header(request, COOKIE.as_str(), cookies),
        }
    }
}

/// Adds a header that no log shows.
fn with_header(request: RequestBuilder, name: &str, value: &Secret) -> RequestBuilder {
    match HeaderValue::from_str(value.reveal()) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.header(name, value)
        }
        Err(_) => request,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = || Secret::new("hunter2");
        let logins = [
            Auth::Bearer(secret()),
            Auth::Basic { user: "ann".into(), password: secret() },
            Auth::Header { name: "X-Api-Key".into(), value: secret() },
            Auth::Cookie(secret()),
        ];
        for login in logins {
            assert!(!format!("{login:?} {login:#?} {} {:?}", secret(), secret()).contains("hunter2"));
        }
    }

    #[test]
    fn what_no_header_can_carry_is_refused_without_showing_it() {
        let error = Auth::Bearer(Secret::new("hunter2\n")).checked().unwrap_err().to_string();
        assert!(error.contains("line break") && !error.contains("hunter2"), "{error}");
        assert!(Auth::Header { name: "two words".into(), value: Secret::new("x") }.checked().is_err());
        assert!(Auth::Header { name: "X-Api-Key".into(), value: Secret::new("x") }.checked().is_ok());
        let error = Auth::Cookie(Secret::new("hunter2")).checked().unwrap_err().to_string();
        assert!(error.ends_with("expected NAME=VALUE") && !error.contains("hunter2"), "{error}");
        assert!(Auth::Cookie(Secret::new("a=1; b=2")).checked().is_ok());
        assert!(Auth::Basic { user: "a:b".into(), password: Secret::new("x") }.checked().is_err());
    }
}
