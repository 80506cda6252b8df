//! Whom to ask: the engine inside the kernel, and servers by name.

use crate::config::{Described, host};
use sdap_nexus::{Nexus, Server};
use std::sync::Arc;

/// Someone who can be asked.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) answerer: Answerer,
    /// How it is logged in to, in words without anything secret.
    pub(crate) login: String,
}

/// Who answers.
#[derive(Clone)]
pub(crate) enum Answerer {
    /// The engine inside the kernel.
    Here(Arc<dyn Nexus>),
    /// A server.
    Server(Box<Server>),
    /// Nobody, for this reason: the config file or the environment describes a server that cannot be made.
    Unusable(String),
}

impl Target {
    /// A target of that name, without a login.
    pub(crate) fn new(name: &str, answerer: Answerer) -> Self {
        Self { name: name.to_owned(), answerer, login: String::new() }
    }

    /// The target at a URL, named after its host and port. Nothing is sent yet.
    ///
    /// # Errors
    /// If that is no address.
    pub(crate) fn at(url: &str) -> sdap_nexus::Result<Self> {
        Ok(Self::new(&authority(url), Answerer::Server(Box::new(Server::new(url)?))))
    }

    /// A target as the config file or the environment describes it. Nothing is sent yet.
    pub(crate) fn described(name: &str, described: &Described) -> Self {
        let answerer = match described.server() {
            Ok(server) => Answerer::Server(Box::new(server)),
            Err(error) => Answerer::Unusable(error.to_string()),
        };
        Self { name: name.to_owned(), answerer, login: described.login.told() }
    }

    /// Where it is, for people.
    pub(crate) fn address(&self) -> String {
        match &self.answerer {
            Answerer::Here(_) => "the engine inside the kernel".to_owned(),
            Answerer::Server(server) => server.base().to_owned(),
            Answerer::Unusable(reason) => format!("cannot be asked: {reason}"),
        }
    }

    /// Whether a user who writes `wanted`, a name or address, means this one.
    pub(crate) fn is_called(&self, wanted: &str) -> bool {
        let at = |server: &Server| server.base() == wanted.trim_end_matches('/');
        self.name == wanted || matches!(&self.answerer, Answerer::Server(server) if at(server))
    }

    /// Whether nobody checks who it is that answers.
    pub(crate) fn is_insecure(&self) -> bool {
        matches!(&self.answerer, Answerer::Server(server) if server.is_insecure())
    }

    /// What has to be said below everything that it answers.
    pub(crate) fn warning(&self) -> Option<String> {
        match &self.answerer {
            Answerer::Server(server) => server.warning(),
            Answerer::Here(_) | Answerer::Unusable(_) => None,
        }
    }
}

/// The host and port of a URL, without a login.
pub(crate) fn authority(url: &str) -> String {
    let port = url::Url::parse(url.trim()).ok().and_then(|url| url.port()).map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", host(url))
}
