//! Pairs as CSV: what was asked as lines of name and value, an empty line, then a line for each pair.

use crate::serve::about::LIKE;
use crate::serve::files::{field, shortest};
use chrono::Utc;
use sdap_nexus::request::Job;
use serde_json::{Map, Value};

/// The text, with the line ends of RFC 4180. `data` are the entries of `/cdmsresults`.
pub(super) fn csv(job: &Job, data: &[Value], details: &Map<String, Value>) -> String {
    let mut lines: Vec<String> =
        about(job, details).into_iter().map(|(name, value)| format!("{},{}", field(name), field(&value))).collect();
    lines.push(String::new());
    let columns = Columns::of(data);
    lines.push(columns.heading());
    lines.extend(data.iter().flat_map(|primary| list(primary, "matches").iter().map(|secondary| columns.line(primary, secondary))));
    lines.join("\r\n") + "\r\n"
}

/// What is said ahead of the pairs.
pub(super) fn about(job: &Job, details: &Map<String, Value>) -> Vec<(&'static str, String)> {
    let asked = |name: &str| job.parameters.iter().find(|(n, _)| n == name).map_or_else(String::new, |(_, value)| value.clone());
    let detail = |name: &str| details.get(name).map_or_else(String::new, text);
    let time = |name: &str| {
        let told = asked(name);
        super::job::time(&told).map_or(told, |time| time.format("%Y-%m-%dT%H:%M:%S+0000").to_string())
    };
    let bounds = asked("bbox");
    let corner = |at: usize| bounds.split(',').nth(at).unwrap_or_default().to_owned();
    let hours = asked("timeTolerance").parse::<f64>().map_or_else(|_| String::new(), |seconds| shortest(seconds / 3600.0));
    let now = Utc::now().format("%Y-%m-%dT%H:%M:%S+0000").to_string();
    vec![
        ("product_version", "1.0".into()),
        ("Conventions", "CF-1.6, ACDD-1.3".into()),
        ("title", "match-up of two datasets".into()),
        ("history", format!("made by sdap-kernel {}, which answers as NEXUS {LIKE}", env!("CARGO_PKG_VERSION"))),
        ("cdm_data_type", "trajectory, station, point, swath, grid".into()),
        ("time_coverage_start", time("startTime")),
        ("time_coverage_end", time("endTime")),
        ("geospatial_lon_min", corner(0)),
        ("geospatial_lat_min", corner(1)),
        ("geospatial_lon_max", corner(2)),
        ("geospatial_lat_max", corner(3)),
        ("geospatial_lat_units", "degrees_north".into()),
        ("geospatial_lon_units", "degrees_east".into()),
        ("geospatial_vertical_min", asked("depthMin")),
        ("geospatial_vertical_max", asked("depthMax")),
        ("geospatial_vertical_units", "m".into()),
        ("geospatial_vertical_positive", "down".into()),
        ("CDMS_matchID", job.id.clone()),
        ("CDMS_TimeWindow", hours),
        ("CDMS_TimeWindow_Units", "hours".into()),
        ("CDMS_platforms", asked("platforms")),
        ("CDMS_SearchRadius", asked("radiusTolerance")),
        ("CDMS_SearchRadius_Units", "m".into()),
        ("CDMS_primary", asked("primary")),
        ("CDMS_secondary", asked("matchup")),
        ("CDMS_ParameterPrimary", asked("parameter")),
        ("CDMS_time_to_complete", detail("timeToComplete")),
        ("CDMS_time_to_complete_units", "seconds".into()),
        ("CDMS_num_secondary_matched", detail("numSecondaryMatched")),
        ("CDMS_num_primary_matched", detail("numPrimaryMatched")),
        ("date_modified", now.clone()),
        ("date_created", now),
        ("CDMS_page_num", detail("pageNum")),
        ("CDMS_page_size", detail("pageSize")),
    ]
}

pub(super) fn list<'v>(entry: &'v Value, name: &str) -> &'v [Value] {
    entry[name].as_array().map_or(&[], Vec::as_slice)
}

/// The columns of both sides, in order of their first appearance.
#[derive(Default)]
struct Columns {
    primary: SideColumns,
    secondary: SideColumns,
}

#[derive(Default)]
struct SideColumns {
    facts: Vec<String>,
    variables: Vec<String>,
}

impl Columns {
    fn of(data: &[Value]) -> Self {
        let mut columns = Self::default();
        for primary in data {
            columns.primary.learn(primary, "primary");
            for secondary in list(primary, "matches") {
                columns.secondary.learn(secondary, "secondary");
            }
        }
        columns
    }

    fn heading(&self) -> String {
        let names = [&self.primary, &self.secondary].into_iter().flat_map(|side| side.facts.iter().chain(&side.variables));
        names.map(|name| field(name)).collect::<Vec<_>>().join(",")
    }

    fn line(&self, primary: &Value, secondary: &Value) -> String {
        let fields = self.primary.fields(primary, "primary").chain(self.secondary.fields(secondary, "secondary"));
        fields.map(|text| field(&text)).collect::<Vec<_>>().join(",")
    }
}

impl SideColumns {
    fn learn(&mut self, entry: &Value, side: &str) {
        let facts = entry.as_object().into_iter().flat_map(Map::keys).filter(|name| !["matches", side].contains(&name.as_str()));
        let variables = list(entry, side).iter().map(label);
        for (known, name) in facts.map(|name| (false, name.clone())).chain(variables.map(|name| (true, name))) {
            let names = if known { &mut self.variables } else { &mut self.facts };
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }

    fn fields<'a>(&'a self, entry: &'a Value, side: &'a str) -> impl Iterator<Item = String> {
        let value = move |name: &String| {
            list(entry, side).iter().find(|v| label(v) == *name).map_or_else(String::new, |v| text(&v["variable_value"]))
        };
        self.facts.iter().map(|name| text(&entry[name.as_str()])).chain(self.variables.iter().map(value))
    }
}

/// The standard name where there is one.
pub(super) fn label(variable: &Value) -> String {
    variable["cf_variable_name"].as_str().or(variable["variable_name"].as_str()).unwrap_or_default().to_owned()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => shortest(number.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    }
}
