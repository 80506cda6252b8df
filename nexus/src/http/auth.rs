//! Who asks: logins that a server, or a gateway in front of it, wants to see.

use crate::{Error, Result};
use reqwest::RequestBuilder;
use reqwest::header::{HeaderName, HeaderValue};

/// A password or token. Nothing that prints it shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
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
    /// Any header, such as a cookie or an API key.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: Secret,
    },
}

impl Auth {
    /// Checks that the login can travel in a header.
    pub(super) fn checked(self) -> Result<Self> {
        let visible = |secret: &Secret| HeaderValue::from_str(secret.reveal()).is_ok();
        match &self {
            Self::Header { name, .. } if HeaderName::from_bytes(name.as_bytes()).is_err() => {
                Err(Error::Invalid(format!("{name:?} is not the name of an HTTP header")))
            }
            Self::Bearer(secret) | Self::Header { value: secret, .. } if !visible(secret) => {
                Err(Error::Invalid("the login holds characters that an HTTP header cannot carry, such as a line break".into()))
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
            Self::Header { name, value } => match HeaderValue::from_str(value.reveal()) {
                Ok(mut value) => {
                    value.set_sensitive(true);
                    request.header(name, value)
                }
                Err(_) => request,
            },
        }
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
            Auth::Header { name: "Cookie".into(), value: secret() },
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
    }
}
