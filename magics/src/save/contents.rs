//! A value as dimensions and variables with attributes, by the CF conventions, for formats that know dimensions.

use super::{
    Data, Names, about,
    about::Fact,
    sheet::{coordinate, group_columns, statistics},
};
use crate::show::unit_of_heading;
use sdap::{Grid, Hovmoller, Origin, Plane, Points, SeriesGroup, Table, TableColumn, TimeSeries, Times, Value};

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variable {
    pub(super) name: String,
    /// The names of its dimensions, the slowest first.
    pub(super) dimensions: Vec<&'static str>,
    pub(super) data: Data,
    pub(super) attributes: Vec<(&'static str, String)>,
}

/// Dimensions, variables on them, and attributes of the whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Contents {
    pub(super) dimensions: Vec<(&'static str, usize)>,
    pub(super) variables: Vec<Variable>,
    pub(super) attributes: Vec<(String, Fact)>,
}

impl Contents {
    /// The lengths of a variable's dimensions.
    pub(super) fn shape(&self, variable: &Variable) -> Vec<usize> {
        let length = |name: &&str| self.dimensions.iter().find(|(n, _)| n == name).map_or(0, |(_, length)| *length);
        variable.dimensions.iter().map(length).collect()
    }
}

/// A value's contents.
pub(super) fn of(value: &Value) -> Contents {
    let (mut dimensions, variables) = match value {
        Value::Series(v) => (vec![("time", v.len())], series(v)),
        Value::Group(v) => (vec![("series", v.series.len()), ("time", v.time().len())], group(v)),
        Value::Grid(v) => (vec![("lat", v.lat.len()), ("lon", v.lon.len())], grid(v)),
        Value::Hovmoller(v) => (vec![("time", v.time.len()), (coordinate(v.axis).0, v.coordinate.len())], hovmoller(v)),
        Value::Points(v) => (vec![("point", v.len())], points(v)),
        Value::Table(v) => (vec![("row", v.len())], table(v)),
    };
    let mut attributes = vec![("Conventions".to_owned(), Fact::Text("CF-1.11".to_owned()))];
    if matches!(value, Value::Points(_)) {
        attributes.push(("featureType".to_owned(), Fact::Text("point".to_owned())));
    }
    attributes.extend(about::facts(value));
    if variables.iter().any(|v| v.dimensions.contains(&ENDS)) {
        dimensions.push((ENDS, 2));
    }
    let mut names = Names::default();
    let variables = variables.into_iter().map(|v| Variable { name: names.sound(&v.name), ..v }).collect();
    Contents { dimensions, variables, attributes }
}

/// A variable of numbers. Its unit is written where it is known.
fn measured(name: &str, dimensions: &[&'static str], unit: &str, values: impl IntoIterator<Item = f64>) -> Variable {
    let attributes = if unit.is_empty() { Vec::new() } else { vec![("units", unit.to_owned())] };
    Variable { name: name.to_owned(), dimensions: dimensions.to_vec(), data: Data::Numbers(values.into_iter().collect()), attributes }
}

fn words(name: &str, dimensions: &[&'static str], values: impl IntoIterator<Item = String>) -> Variable {
    let data = Data::Text(values.into_iter().collect());
    Variable { name: name.to_owned(), dimensions: dimensions.to_vec(), data, attributes: Vec::new() }
}

impl Variable {
    /// Whether it says where its dimension lies, or the ends of what does; CF lets nothing be missing there.
    pub(super) fn is_coordinate(&self) -> bool {
        self.dimensions.contains(&ENDS) || self.dimensions.is_empty() || self.dimensions == [self.name.as_str()]
    }

    fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.attributes.push((name, text));
        }
        self
    }
}

fn time(name: &str, dimension: &'static str, times: &Times) -> Variable {
    let data = Data::Seconds(times.seconds().to_vec());
    Variable { name: name.to_owned(), dimensions: vec![dimension], data, attributes: Vec::new() }
        .with("standard_name", "time")
        .with("units", "seconds since 1970-01-01 00:00:00")
        .with("calendar", "standard")
        // A day has 86 400 of these seconds.
        .with("units_metadata", "leap_seconds: none")
}

fn degrees(name: &str, dimension: &'static str, values: &sdap::Column) -> Variable {
    let (standard_name, unit) = if name == "lat" { ("latitude", "degrees_north") } else { ("longitude", "degrees_east") };
    measured(name, &[dimension], unit, values.iter().copied()).with("standard_name", standard_name)
}

/// The period that the numbers of a value are taken over: its middle, a coordinate without a dimension, and its ends.
fn period(origin: &Origin) -> Vec<Variable> {
    let ends = origin.period.map(|p| [p.start().timestamp(), p.end().timestamp()]);
    ends.map_or_else(Vec::new, |[start, end]| {
        let middle = Variable { dimensions: Vec::new(), ..time("time", "", &Times::new(vec![start.midpoint(end)])) };
        let bounds = Data::Seconds(vec![start, end]);
        vec![
            middle.with("bounds", "time_bnds"),
            Variable { name: "time_bnds".to_owned(), dimensions: vec![ENDS], data: bounds, attributes: Vec::new() },
        ]
    })
}

/// The same of the latitudes or longitudes of an area.
fn across(name: &'static str, origin: &Origin) -> Vec<Variable> {
    let ends = origin.area.map(|a| if name == "lat" { [a.south(), a.north()] } else { [a.west(), a.west() + a.width()] });
    ends.map_or_else(Vec::new, |ends| {
        let bounds = format!("{name}_bnds");
        let middle = degrees(name, "", &sdap::column([f64::midpoint(ends[0], ends[1])]));
        vec![
            Variable { dimensions: Vec::new(), ..middle }.with("bounds", bounds.as_str()),
            Variable { name: bounds, dimensions: vec![ENDS], data: Data::Numbers(ends.to_vec()), attributes: Vec::new() },
        ]
    })
}

/// The dimension of the two ends of a coordinate.
const ENDS: &str = "bnds";

/// What a statistic does to the cells it is taken over, in the words of CF; empty where CF has none.
fn cell_method(statistic: &str, over: &str) -> String {
    match statistic {
        "mean" | "standard_deviation" | "minimum" | "maximum" | "variance" => format!("{over}: {statistic}"),
        _ => String::new(),
    }
}

/// `mean of sea surface temperature`.
fn long_name(statistic: &str, variable: &str) -> String {
    let plain = |text: &str| text.replace('_', " ");
    if variable.is_empty() { plain(statistic) } else { format!("{} of {}", plain(statistic), plain(variable)) }
}

fn series(v: &TimeSeries) -> Vec<Variable> {
    let mut variables = vec![time("time", "time", &v.time)];
    for column in statistics(v) {
        let Data::Numbers(values) = column.data else { continue };
        let method = cell_method(&column.name, "area");
        let long = long_name(&column.name, &v.variable);
        variables.push(measured(&column.name, &["time"], &column.unit, values).with("long_name", long).with("cell_methods", method));
    }
    variables
}

/// Every series on the times that any of them has, missing where one has none.
fn group(v: &SeriesGroup) -> Vec<Variable> {
    let times = v.time();
    let kinds = group_columns(v);
    let first = v.series.first().map_or("", |s| s.variable.as_str());
    let common = if v.series.iter().all(|s| s.variable == first) { first.to_owned() } else { String::new() };
    let name = words("series", &["series"], v.series.iter().map(|s| s.dataset.clone()));
    let mut variables = vec![name, time("time", "time", &times)];
    for (kind, unit) in &kinds {
        let values = v.series.iter().flat_map(|s| on_times(s, kind, &times));
        let method = cell_method(kind, "area");
        let long = long_name(kind, &common);
        variables.push(measured(kind, &["series", "time"], unit, values).with("long_name", long).with("cell_methods", method));
    }
    if kinds.iter().any(|(_, unit)| unit.is_empty()) {
        variables.push(words("units", &["series"], v.series.iter().map(|s| s.units.clone())));
    }
    variables.push(words("variable", &["series"], v.series.iter().map(|s| s.variable.clone())));
    variables
}

/// One column of a series on other times; NaN where it has no number.
fn on_times(series: &TimeSeries, column: &str, times: &Times) -> Vec<f64> {
    let mut values = vec![f64::NAN; times.len()];
    let found = statistics(series).into_iter().find(|c| c.name == column);
    if let Some(Data::Numbers(numbers)) = found.map(|c| c.data) {
        for (second, number) in series.time.seconds().iter().zip(numbers) {
            if let Ok(at) = times.seconds().binary_search(second) {
                values[at] = number;
            }
        }
    }
    values
}

fn grid(v: &Grid) -> Vec<Variable> {
    let over = period(&v.origin);
    let coordinates = if over.is_empty() { "" } else { "time" };
    let plane = |name: &str, unit: &str, values: &Plane| {
        measured(name, &["lat", "lon"], unit, values.iter().copied()).with("coordinates", coordinates)
    };
    let mut variables = vec![
        degrees("lat", "lat", &v.lat),
        degrees("lon", "lon", &v.lon),
        plane(&v.statistic, &v.units, &v.values)
            .with("long_name", long_name(&v.statistic, &v.variable))
            .with("cell_methods", cell_method(&v.statistic, "time")),
        plane("count", "1", &v.count).with("long_name", "number of times"),
    ];
    variables.extend(over);
    variables
}

fn hovmoller(v: &Hovmoller) -> Vec<Variable> {
    let (name, _) = coordinate(v.axis);
    let over = if name == "lat" { "lon" } else { "lat" };
    let whole = across(over, &v.origin);
    let coordinates = if whole.is_empty() { "" } else { over };
    let method = if whole.is_empty() { if over == "lon" { "longitude" } else { "latitude" } } else { over };
    let plane = |statistic: &str, unit: &str, values: &Plane| {
        measured(statistic, &["time", name], unit, values.iter().copied())
            .with("long_name", long_name(statistic, &v.variable))
            .with("cell_methods", cell_method(statistic, method))
            .with("coordinates", coordinates)
    };
    let mut variables = vec![
        time("time", "time", &v.time),
        degrees(name, name, &v.coordinate),
        plane("mean", &v.units, &v.mean),
        plane("standard_deviation", &v.units, &v.standard_deviation),
        plane("minimum", &v.units, &v.minimum),
        plane("maximum", &v.units, &v.maximum),
        plane("count", "1", &v.count),
    ];
    variables.extend(whole);
    variables
}

fn points(v: &Points) -> Vec<Variable> {
    const PLACE: &str = "time lat lon";
    let mut variables = vec![time("time", "point", &v.time), degrees("lat", "point", &v.lat), degrees("lon", "point", &v.lon)];
    if let Some(elevation) = &v.elevation {
        let up = measured("elevation", &["point"], "m", elevation.iter().copied());
        variables.push(up.with("standard_name", "altitude").with("positive", "up").with("axis", "Z"));
    }
    variables.extend(v.keys.iter().map(|(name, values)| words(name, &["point"], values.iter().cloned())));
    let place = if v.elevation.is_some() { format!("{PLACE} elevation") } else { PLACE.to_owned() };
    let quantity = |q: &sdap::Variable| {
        measured(&q.name, &["point"], &q.units, q.values.iter().copied())
            .with("long_name", q.name.replace('_', " "))
            .with("coordinates", place.clone())
    };
    variables.extend(v.variables.iter().map(quantity));
    variables
}

fn table(v: &Table) -> Vec<Variable> {
    let column = |(heading, cells): &(String, TableColumn)| {
        let (name, unit) = unit_of_heading(heading);
        match cells {
            TableColumn::Text(values) => words(name, &["row"], values.iter().cloned()),
            TableColumn::Numbers(values) => measured(name, &["row"], unit, values.iter().copied()),
            TableColumn::Times(values) => time(name, "row", values),
        }
    };
    v.columns.iter().map(column).collect()
}
