//! What holds where a command does not say otherwise, as `%sdap set` was told.

use crate::grammar::{Selecting, Setting, Showing, Verb};

/// What was set. The target is kept with the targets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Defaults {
    /// The area, as it was typed.
    pub(crate) area: Option<String>,
    /// The time, as it was typed.
    pub(crate) time: Option<String>,
    /// Whether nothing but errors is shown.
    pub(crate) quiet: bool,
    /// Whether figures go without their interactive twin.
    pub(crate) fixed: bool,
}

impl Defaults {
    /// Fills in what a command leaves open, and returns what was filled in, in words.
    pub(crate) fn fill(&self, verb: &mut Verb) -> Vec<String> {
        let mut filled = Vec::new();
        // What a filter selects lies where it lies.
        let anywhere = matches!(verb, Verb::Subset(a) if !a.filter.is_empty() || a.each.is_some());
        if let Some(selecting) = selecting(verb) {
            let mut fill = |option: &mut Option<String>, name: &str, text: &Option<String>| {
                if let (None, Some(text)) = (&option, text) {
                    filled.push(format!("{name} {text}"));
                    *option = Some(text.clone());
                }
            };
            if !anywhere {
                fill(&mut selecting.bbox, "box", &self.area);
            }
            fill(&mut selecting.time, "time", &self.time);
        }
        if let Some(showing) = showing(verb) {
            showing.quiet |= self.quiet;
            showing.fixed |= self.fixed;
        }
        filled
    }

    /// What a setting is; `None` where it is not set.
    pub(crate) fn get(&self, setting: Setting) -> Option<String> {
        let on = |switch: bool| switch.then(|| "on".to_owned());
        match setting {
            Setting::Target => None,
            Setting::Box => self.area.clone(),
            Setting::Time => self.time.clone(),
            Setting::Quiet => on(self.quiet),
            Setting::Static => on(self.fixed),
        }
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
        _ => None,
    }
}

/// How a verb that shows something is told to show it.
pub(crate) fn showing(verb: &mut Verb) -> Option<&mut Showing> {
    match verb {
        Verb::Plot(a) => Some(&mut a.showing),
        Verb::Box(a) => Some(&mut a.showing),
        other => selecting(other).map(|s| &mut s.showing),
    }
}
