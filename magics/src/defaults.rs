//! What holds where a command does not say otherwise: what `%sdap set` was told, and what held from the start.

use crate::{
    Fault,
    grammar::{Asking, Selecting, Setting, Showing, Verb, words},
    resolve::{Regions, period, place},
};
use clap::ValueEnum;
use std::{collections::BTreeMap, fmt, ops::Range};

/// How long a command waits for an answer, in seconds.
const TIMEOUT: f64 = 600.0;

/// How many points an answer may have.
const POINTS: u64 = 2_000_000;

/// Who said what holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The config file.
    File,
    /// A variable of the environment.
    Variable(String),
    /// `%sdap set`, in this session.
    Session,
}

/// As a result says it: "by %sdap set".
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the config file"),
            Self::Variable(name) => f.write_str(name),
            Self::Session => f.write_str("%sdap set"),
        }
    }
}

/// The value of a setting as it was given, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) value: String,
    pub(crate) source: Source,
}

/// A part of a command that was left open and filled in, as `box nino34`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) what: String,
    pub(crate) source: Source,
}

/// As a result says it.
impl fmt::Display for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {}", self.what, self.source)
    }
}

/// What holds where a command does not say otherwise. What the session set goes before what held from the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Defaults {
    start: BTreeMap<Setting, Held>,
    set: BTreeMap<Setting, String>,
}

impl Defaults {
    /// What holds from the start.
    pub(crate) fn starting(start: BTreeMap<Setting, Held>) -> Self {
        Self { start, set: BTreeMap::new() }
    }

    /// What a setting is, and by whom; `None` where nobody set it.
    pub(crate) fn get(&self, setting: Setting) -> Option<Held> {
        let here = self.set.get(&setting).map(|value| Held { value: value.clone(), source: Source::Session });
        here.or_else(|| self.start.get(&setting).cloned())
    }

    /// Sets what a checked value says.
    pub(crate) fn set(&mut self, setting: Setting, value: &str) {
        self.set.insert(setting, value.to_owned());
    }

    /// Forgets what the session set: what held from the start holds again.
    pub(crate) fn unset(&mut self, setting: Setting) {
        self.set.remove(&setting);
    }

    /// Whether a switch is on.
    pub(crate) fn on(&self, setting: Setting) -> bool {
        self.get(setting).is_some_and(|held| held.value == "on")
    }

    /// How long to wait for an answer, in seconds.
    pub(crate) fn timeout(&self, asking: &Asking) -> f64 {
        let held = || self.get(Setting::Timeout).and_then(|held| words::seconds(&held.value).ok());
        asking.timeout.or_else(held).unwrap_or(TIMEOUT)
    }

    /// How many points an answer may have.
    pub(crate) fn limit(&self, given: Option<u64>) -> u64 {
        let held = || self.get(Setting::Limit).and_then(|held| words::points(&held.value).ok());
        given.or_else(held).unwrap_or(POINTS)
    }

    /// Fills in what a command leaves open, and returns what was filled in.
    pub(crate) fn fill(&self, verb: &mut Verb) -> Vec<Filled> {
        let mut filled = Vec::new();
        // What a filter selects lies where it lies.
        let anywhere = matches!(verb, Verb::Subset(a) if !a.filter.is_empty() || a.each.is_some());
        if let Some(selecting) = selecting(verb) {
            let mut fill = |option: &mut Option<String>, setting: Setting| {
                if let (None, Some(held)) = (&option, self.get(setting)) {
                    filled.push(Filled { what: format!("{} {}", name(setting), held.value), source: held.source });
                    *option = Some(held.value);
                }
            };
            if !anywhere {
                fill(&mut selecting.bbox, Setting::Box);
            }
            fill(&mut selecting.time, Setting::Time);
        }
        if let Some(showing) = showing(verb) {
            showing.quiet |= self.on(Setting::Quiet);
            showing.fixed |= self.on(Setting::Static);
        }
        if let Some(quiet) = quiet(verb) {
            *quiet |= self.on(Setting::Quiet);
        }
        filled
    }
}

/// How a setting is typed.
pub(crate) fn name(setting: Setting) -> String {
    setting.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
}

/// What holds where nobody set anything.
pub(crate) fn built_in(setting: Setting) -> String {
    match setting {
        Setting::Target => crate::EMBEDDED.to_owned(),
        Setting::Box | Setting::Time => "not set".to_owned(),
        Setting::Quiet | Setting::Static | Setting::Cache => "off".to_owned(),
        Setting::Timeout => TIMEOUT.to_string(),
        Setting::Limit => POINTS.to_string(),
    }
}

/// Refuses what a setting cannot be. Which targets there are is not known here.
pub(crate) fn checked(setting: Setting, value: &str, span: Option<Range<usize>>, regions: &Regions) -> Result<(), Fault> {
    let bad = |expected: String| {
        let fault = Fault::new("BadValue", format!("{} cannot be `{value}`", name(setting))).expected(expected);
        Fault { span: span.clone(), ..fault }
    };
    match setting {
        Setting::Target => Ok(()),
        Setting::Box => place(value, span.clone(), regions).map(drop),
        Setting::Time => period(value, span.clone()).map(drop),
        Setting::Quiet | Setting::Static | Setting::Cache if matches!(value, "on" | "off") => Ok(()),
        Setting::Quiet | Setting::Static | Setting::Cache => Err(bad("on or off".to_owned())),
        Setting::Timeout => words::seconds(value).map(drop).map_err(bad),
        Setting::Limit => words::points(value).map(drop).map_err(bad),
    }
}

/// The area and time of a verb that takes them.
fn selecting(verb: &mut Verb) -> Option<&mut Selecting> {
    match verb {
        Verb::Subset(a) => Some(&mut a.selecting),
        Verb::Timeseries(a) => Some(&mut a.selecting),
        Verb::Anomaly(a) => Some(&mut a.selecting),
        Verb::Map(a) => Some(&mut a.selecting),
        Verb::Correlate(a) => Some(&mut a.selecting),
        Verb::Hovmoller(a) => Some(&mut a.selecting),
        Verb::Matchup(a) => Some(&mut a.selecting),
        _ => None,
    }
}

/// How a verb that draws something is told to show it.
pub(crate) fn showing(verb: &mut Verb) -> Option<&mut Showing> {
    match verb {
        Verb::Plot(a) => Some(&mut a.showing),
        Verb::Box(a) => Some(&mut a.showing),
        Verb::Results(a) => Some(&mut a.showing),
        other => selecting(other).map(|s| &mut s.showing),
    }
}

/// Whether a verb that answers with no figure shows nothing but errors.
pub(crate) fn quiet(verb: &mut Verb) -> Option<&mut bool> {
    match verb {
        Verb::Stddev(a) => Some(&mut a.quiet),
        Verb::Jobs(a) => Some(&mut a.quiet),
        Verb::Get(a) => Some(&mut a.quiet),
        Verb::Tomogram(a) => Some(&mut a.quiet),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_session_set_goes_before_what_held_from_the_start_until_it_is_forgotten() {
        let held = |value: &str| Held { value: value.to_owned(), source: Source::Variable("SDAP_TIMEOUT".to_owned()) };
        let mut defaults = Defaults::starting(BTreeMap::from([(Setting::Timeout, held("90s"))]));
        let open = Asking::default();
        assert_eq!(defaults.timeout(&open), 90.0);
        defaults.set(Setting::Timeout, "5");
        assert_eq!(defaults.timeout(&open), 5.0);
        assert_eq!(defaults.timeout(&Asking { timeout: Some(1.0), ..open.clone() }), 1.0);
        defaults.unset(Setting::Timeout);
        assert_eq!(defaults.get(Setting::Timeout), Some(held("90s")));
        assert_eq!((Defaults::default().timeout(&open), Defaults::default().limit(None)), (600.0, 2_000_000));
    }
}
