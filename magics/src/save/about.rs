//! What a file says of itself: what it holds, who answered which request, and under which terms it may be used.

use super::iso;
use sdap::{BoundingBox, Origin, Value};

/// A fact about a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// Words.
    Text(String),
    /// A number.
    Number(f64),
}

impl Fact {
    /// The fact as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => (*number).into(),
        }
    }
}

/// The origin of a value; for a group what is true of all its series.
pub(super) fn origin(value: &Value) -> Origin {
    let mut origin = value.origin().clone();
    if let Value::Group(group) = value {
        for series in &group.series {
            origin.synthetic |= series.origin.synthetic;
            for line in &series.origin.attribution {
                if !origin.attribution.contains(line) {
                    origin.attribution.push(line.clone());
                }
            }
        }
    }
    origin
}

/// The facts about a value, by the names that CF and ACDD give them where they name them.
pub(super) fn facts(value: &Value) -> Vec<(String, Fact)> {
    let origin = origin(value);
    let dataset = match value {
        Value::Series(v) => v.dataset.clone(),
        Value::Group(v) => v.names().join(", "),
        Value::Grid(v) => v.dataset.clone(),
        Value::Hovmoller(v) => v.dataset.clone(),
        Value::Points(v) => v.dataset.clone(),
        Value::Table(v) => v.title.clone(),
    };
    let program = concat!("sdap-kernel ", env!("CARGO_PKG_VERSION"));
    let now = iso(chrono::Utc::now().timestamp());
    let answered = if origin.request.is_empty() { String::new() } else { format!(", as {} answered {}", origin.server, origin.request) };
    let notes = origin.synthetic.then(|| "Synthetic: these numbers were invented, never measured.".to_owned());
    let mut texts = vec![
        ("title", if origin.title.is_empty() { dataset.clone() } else { origin.title.clone() }),
        ("source", dataset),
        ("history", format!("{now} {program}: saved{answered}")),
        ("attribution", origin.attribution.join(" ")),
        ("comment", notes.into_iter().chain(origin.notes.iter().cloned()).collect::<Vec<_>>().join(" ")),
        ("sdap_type", value.type_name().to_owned()),
        ("sdap_server", origin.server.clone()),
        ("sdap_request", origin.request.clone()),
        ("sdap_synthetic", origin.synthetic.to_string()),
    ];
    if let Some(period) = origin.period {
        texts.push(("time_coverage_start", iso(period.start().timestamp())));
        texts.push(("time_coverage_end", iso(period.end().timestamp())));
    }
    let words = texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name.to_owned(), Fact::Text(text)));
    words.chain(origin.area.iter().flat_map(edges)).chain(regression(value)).collect()
}

fn edges(area: &BoundingBox) -> impl Iterator<Item = (String, Fact)> + use<> {
    [("lat_min", area.south()), ("lat_max", area.north()), ("lon_min", area.west()), ("lon_max", area.east())]
        .map(|(name, degrees)| (format!("geospatial_{name}"), Fact::Number(degrees)))
        .into_iter()
}

/// The straight line through the points of two series, where there is one.
fn regression(value: &Value) -> Vec<(String, Fact)> {
    let Value::Group(group) = value else { return Vec::new() };
    let numbers = group.regression.map(|r| [("slope", r.slope), ("intercept", r.intercept), ("r", r.r), ("p", r.p), ("error", r.error)]);
    numbers.into_iter().flatten().map(|(name, number)| (format!("regression_{name}"), Fact::Number(number))).collect()
}
