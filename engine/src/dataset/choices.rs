//! Which of the arrays of a dataset is meant: the main ones before those that only tell of others, and the entries of a
//! dimension that is neither time nor place nor height, such as levels of pressure or members of an ensemble.

use super::attributes::text;
use crate::numbers::Numbers;
use crate::source::{Elements, Member};

/// How many entries a further dimension may have, each of which is a variable.
pub(super) const MOST_CHOICES: usize = 200;

/// Arrays that tell of others: how many values went into them, how good they are, and the like.
pub(super) struct Ancillary(Vec<String>);

impl Ancillary {
    /// Those that others name as such (CF conventions 1.11, section 3.4).
    pub(super) fn of(arrays: &[Member]) -> Self {
        let named = arrays.iter().flat_map(|m| text(&m.attributes, "ancillary_variables").split_whitespace());
        Self(named.map(str::to_owned).collect())
    }

    /// Whether an array is one: it is named as such, has flags for values, a standard name with a modifier (appendix C), or a name
    /// that is usual for such.
    pub(super) fn is(&self, member: &Member) -> bool {
        const NAMES: [&str; 10] = ["mask", "flag", "flags", "nobs", "error", "err", "quality", "uncertainty", "count", "bias"];
        let has_flags = ["flag_values", "flag_masks", "flag_meanings"].iter().any(|name| member.attributes.contains_key(*name));
        let base = member.base_name().to_ascii_lowercase();
        let last = base.rsplit('_').next().unwrap_or_default();
        let is_named = self.0.iter().any(|name| *name == member.name || name == member.base_name());
        is_named || has_flags || NAMES.contains(&last) || text(&member.attributes, "standard_name").contains(' ')
    }
}

/// What the entries of a dimension are called, in short for the names of variables (`850hPa`, `member2`) and in words
/// (`pressure_level 850 hPa`). None if no line says what they are.
pub(super) fn choices(dimension: &str, count: usize, lines: &[Member]) -> Option<Vec<(String, String)>> {
    let own = |m: &&Member| m.dimensions == [dimension.to_owned()] && m.shape == [count];
    let line = lines.iter().filter(own).find(|m| m.name == dimension).or_else(|| lines.iter().find(own))?;
    let base = dimension.rsplit('/').next().unwrap_or(dimension);
    let units = Some(text(&line.attributes, "units")).filter(|units| !["", "1"].contains(units));
    let tidy = |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect::<String>();
    let one = |value: &String| match units {
        Some(units) => (format!("{}{}", tidy(value), tidy(units)), format!("{base} {value} {units}")),
        None => (format!("{base}{}", tidy(value)), format!("{base} {value}")),
    };
    let named: Vec<(String, String)> = values(line)?.iter().map(one).collect();
    let is_once = |nth: usize| named[..nth].iter().all(|(short, _)| *short != named[nth].0);
    (named.len() == count && (0..count).all(is_once)).then_some(named)
}

/// The values of a line as text.
fn values(line: &Member) -> Option<Vec<String>> {
    if let Elements::Text(texts) = &line.elements {
        return texts.read().ok();
    }
    let (numbers, packing) = line.line().ok()?;
    // As the file has it, in its own precision.
    if let Numbers::F32(singles) = &numbers {
        return Some(singles.iter().map(ToString::to_string).collect());
    }
    Some(packing.values(&numbers).iter().map(ToString::to_string).collect())
}
