//! What holds from the start: the config file, and before it variables of the environment.
//!
//! ```toml
//! target = "lab"              # the server to ask: a name below, a URL, or "embedded"
//! box = "nino34"              # these hold where a command does not say otherwise, as %sdap set does it
//! time = "2007/2009"
//! timeout = "15m"
//! limit = "5M"
//! cache = true
//! quiet = false
//! static = false
//! memory = "2GiB"             # for the engine inside the kernel
//!
//! [targets.lab]
//! url = "https://example.org/nexus"
//! token_env = "LAB_TOKEN"     # or user and password_env, netrc = true, header and header_env, or cookie_env
//! ca = "lab.pem"              # beside this file, or an absolute path
//! insecure = false
//! ```

mod file;
mod target;
mod variables;

use crate::{
    defaults::{Held, Source, checked},
    grammar::{Setting, words},
    resolve::Regions,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
pub(crate) use target::{Credentials, Described, host};

/// What the config file and the environment say. What is wrong with either is kept as text, and disturbs nothing else.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) settings: BTreeMap<Setting, Held>,
    pub(crate) targets: BTreeMap<String, Described>,
    pub(crate) memory: Option<(u64, Held)>,
    /// The file that was looked for.
    pub(crate) file: Option<PathBuf>,
    /// What is wrong, a line each.
    pub(crate) troubles: Vec<String>,
}

impl Config {
    /// Reads a config file, where there is one, and the variables of the environment that begin with `SDAP_`.
    ///
    /// ```
    /// let config = sdap_magics::Config::read(None, [("SDAP_MEMORY".to_owned(), "2GiB".to_owned())]);
    /// assert_eq!(config.memory(), Some(2 << 30));
    /// ```
    pub fn read(file: Option<&Path>, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut config = Self { file: file.map(Path::to_owned), ..Self::default() };
        if let Some(file) = file {
            file::read(&mut config, file);
        }
        variables::read(&mut config, variables.into_iter().filter(|(name, _)| name.starts_with("SDAP_")).collect());
        config
    }

    /// How many bytes the engine inside the kernel may use for data, where that was said.
    pub fn memory(&self) -> Option<u64> {
        self.memory.as_ref().map(|(bytes, _)| *bytes)
    }

    /// Keeps the value of a setting, or what is wrong with it. `told` says where it stands.
    fn keep(&mut self, setting: Setting, value: String, source: Source, told: &str) {
        match checked(setting, &value, None, &Regions::default()) {
            Ok(()) => drop(self.settings.insert(setting, Held { value, source })),
            Err(fault) => self.troubles.push(trouble(told, &fault.message, fault.advice.expected.as_deref())),
        }
    }

    /// Keeps how much memory the engine may use.
    fn keep_memory(&mut self, value: String, source: Source, told: &str) {
        match words::bytes(&value) {
            Ok(bytes) => self.memory = Some((bytes, Held { value, source })),
            Err(expected) => self.troubles.push(trouble(told, &format!("memory cannot be `{value}`"), Some(&expected))),
        }
    }
}

/// What is wrong, where, and what was expected.
fn trouble(told: &str, message: &str, expected: Option<&str>) -> String {
    let expected = expected.map(|expected| format!("; expected {expected}")).unwrap_or_default();
    format!("{told}: {message}{expected}")
}

/// The same with the nearest of the names that are known.
fn unknown(told: &str, what: &str, known: &[&str]) -> String {
    let nearest = crate::fault::nearest(what.rsplit('.').next().unwrap_or(what), known.iter().copied());
    let meant = nearest.map_or_else(|| format!("known are {}", known.join(", ")), |name| format!("did you mean {name}?"));
    format!("{told}: {what} means nothing here; {meant}")
}

#[cfg(test)]
mod tests;
