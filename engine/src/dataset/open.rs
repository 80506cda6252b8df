//! Makes a dataset of the arrays that were found: tells coordinates from variables after the CF conventions, and reads the
//! coordinates.

use super::attributes::{Attributes, text};
use super::choices::{Ancillary, MOST_CHOICES, choices};
use super::places::{Axis, Field, FieldValues, Places, Samples, Stations};
use super::vertical::{Vertical, is_vertical, metres};
use super::{Dataset, Dimensions, Layer, Level, Variable, time};
use crate::chunks::read_all;
use crate::numbers::Kind;
use crate::source::{Contents, Elements, Member};
use crate::waiting::Reach;
use std::sync::atomic::{AtomicU64, Ordering};

/// A dataset of these contents.
///
/// # Errors
/// Says what is missing or not understood, and what was expected.
pub(crate) fn open(contents: Contents, name: &str) -> Result<Dataset, String> {
    let Contents { kind, attributes, mut arrays, left_out, reach } = contents;
    let bounds = take_bounds(&mut arrays);
    let time_coordinate = take_time(&mut arrays)?;
    let (lat, lat_dimension) = take_coordinate(&mut arrays, &LATITUDE)?;
    let (lon, lon_dimension) = take_coordinate(&mut arrays, &LONGITUDE)?;
    let time_dimension = time_coordinate.dimensions.first().cloned().unwrap_or_default();
    let time = time::of(&time_coordinate)?;
    let mut axes = Axes {
        time: (time_dimension, time.len()),
        y: (lat_dimension, lat.degrees.len()),
        x: (lon_dimension, lon.degrees.len()),
        z: Err(String::new()),
        reach,
    };
    let places = if axes.y.0 != axes.x.0 {
        axes.z = take_levels(&mut arrays, &axes, &bounds);
        Places::Grid { lat, lon }
    } else if axes.time.0 == axes.x.0 {
        Places::Samples(samples(&axes.x, lat, lon, &mut arrays)?)
    } else {
        Places::Stations(stations(&axes.x.0, lat, lon, &mut arrays, &attributes)?)
    };
    let mut refused = Vec::new();
    let mut variables = Vec::new();
    let others: Vec<Member> = arrays.iter().filter(|m| m.shape.len() == 1).cloned().collect();
    // What is asked for where nobody names a variable comes first.
    let ancillary = Ancillary::of(&arrays);
    arrays.sort_by_key(|m| ancillary.is(m));
    for member in arrays {
        let label = member.label();
        match member.into_variables(name, &axes, &others) {
            Ok(found) => variables.extend(found),
            Err(reason) => refused.push(format!("{label}: {reason}")),
        }
    }
    if variables.is_empty() {
        return Err(format!("no array has a value for each time and place ({})", or_none(&refused, "; ")));
    }
    Ok(Dataset { name: name.to_owned(), kind, attributes, time, places, variables, left_out })
}

/// The dimensions of a dataset's variables, each with its length. Stations have one dimension for both places, samples one for
/// all.
struct Axes {
    time: (String, usize),
    y: (String, usize),
    x: (String, usize),
    /// The levels of a grid, or why there are none to choose from: empty where it has no vertical axis.
    z: Result<Vertical, String>,
    /// Where the arrays are.
    reach: Reach,
}

/// Takes out what only describes the cells of a coordinate: bounds repeat its attributes, and are none.
fn take_bounds(arrays: &mut Vec<Member>) -> Vec<Member> {
    let stated = |m: &Member| ["bounds", "climatology"].map(|name| text(&m.attributes, name).to_owned());
    let bounds: Vec<String> = arrays.iter().flat_map(stated).filter(|name| !name.is_empty()).collect();
    arrays.extract_if(.., |m| bounds.contains(&m.name) || bounds.contains(&m.base_name().to_owned())).collect()
}

/// Takes the vertical coordinate of a grid out of the arrays.
///
/// # Errors
/// Why there are no levels to choose from: empty where no array says that it is one.
fn take_levels(arrays: &mut Vec<Member>, axes: &Axes, bounds: &[Member]) -> Result<Vertical, String> {
    let horizontal = [&axes.time.0, &axes.y.0, &axes.x.0];
    let is_own = |m: &Member| m.dimensions.first().is_some_and(|d| !horizontal.contains(&d));
    // Levels of pressure and the like are chosen as variables.
    let at = arrays.iter().position(|m| is_vertical(m) && is_own(m) && metres(m).is_ok()).ok_or_else(String::new)?;
    let coordinate = arrays.remove(at);
    let stated = text(&coordinate.attributes, "bounds");
    Vertical::of(&coordinate, bounds.iter().find(|b| b.name == stated || b.base_name() == stated))
}

/// Takes the time coordinate out of the arrays: one that is the coordinate of its own dimension before any other.
fn take_time(arrays: &mut Vec<Member>) -> Result<Member, String> {
    let own = |m: &Member| is_time(m) && m.dimensions.first().is_some_and(|d| *d == m.name);
    let says_so = |m: &Member| is_time(m) && text(&m.attributes, "standard_name") == "time";
    let found = arrays.iter().position(own).or_else(|| arrays.iter().position(says_so)).or_else(|| arrays.iter().position(is_time));
    let at = found.ok_or_else(|| lacks("time", "units such as `days since 1970-01-01`", arrays))?;
    Ok(arrays.remove(at))
}

/// Whether an array may be the time coordinate.
pub(crate) fn is_time(array: &Member) -> bool {
    array.shape.len() == 1 && says_time(array)
}

/// Whether an array says that it is times.
pub(crate) fn says_time(array: &Member) -> bool {
    let units = text(&array.attributes, "units");
    let says_so = text(&array.attributes, "standard_name") == "time" || text(&array.attributes, "axis") == "T" || time::counts_since(units);
    says_so || array.base_name().eq_ignore_ascii_case("time")
}

/// How a coordinate can be recognised (CF conventions 1.11, sections 4.1, 4.2 and 4.4).
struct Coordinate {
    standard_name: &'static str,
    units: &'static [&'static str],
    names: &'static [&'static str],
    axis: &'static str,
    decode: fn(Vec<f64>, bool) -> Result<Axis, String>,
}

const LATITUDE: Coordinate = Coordinate {
    standard_name: "latitude",
    units: &["degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"],
    names: &["lat", "lats", "latitude", "latitudes", "nav_lat"],
    axis: "Y",
    decode: Axis::latitudes,
};
const LONGITUDE: Coordinate = Coordinate {
    standard_name: "longitude",
    units: &["degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"],
    names: &["lon", "lons", "long", "longitude", "longitudes", "nav_lon"],
    axis: "X",
    decode: Axis::longitudes,
};

/// Whether an array of any shape says that it is latitudes.
pub(crate) fn says_latitude(array: &Member) -> bool {
    LATITUDE.is_stated_by(array) || LATITUDE.is_name_of(array)
}

/// Whether an array of any shape says that it is longitudes.
pub(crate) fn says_longitude(array: &Member) -> bool {
    LONGITUDE.is_stated_by(array) || LONGITUDE.is_name_of(array)
}

impl Coordinate {
    fn is_stated_by(&self, member: &Member) -> bool {
        text(&member.attributes, "standard_name") == self.standard_name || self.units.contains(&text(&member.attributes, "units"))
    }

    fn is_name_of(&self, member: &Member) -> bool {
        self.names.contains(&member.base_name().to_ascii_lowercase().as_str())
    }

    /// The degrees and the dimension of a coordinate that has a value for each cell, if all rows, or all columns, are alike.
    fn of_plane(&self, plane: &Member) -> Result<(Axis, String), String> {
        let each = "has one value for each cell; only grids with one latitude for each row and one longitude for each column can be read";
        let refused = || format!("{} {each}", plane.label());
        let (&[rows, columns], [row, column]) = (plane.shape.as_slice(), plane.dimensions.as_slice()) else { return Err(refused()) };
        let chunks = plane.chunks().map_err(|e| format!("{}: {e}", plane.name))?;
        let degrees = plane.packing(chunks.kind())?.values(&read_all(&*chunks).map_err(|e| format!("{}: {e}", plane.name))?);
        // What was computed for each cell may differ in the last digits.
        let is_alike = |a: f64, b: f64| (a - b).abs() < 1e-4;
        let by_row = (0..degrees.len()).all(|at| is_alike(degrees[at], degrees[at / columns * columns]));
        let by_column = (0..degrees.len()).all(|at| is_alike(degrees[at], degrees[at % columns]));
        // A single row or column may be either; latitudes count rows then.
        let (line, dimension) = if by_row && (!by_column || self.axis == "Y") {
            ((0..rows).map(|at| degrees[at * columns]).collect(), row)
        } else if by_column {
            (degrees[..columns].to_vec(), column)
        } else {
            return Err(refused());
        };
        let single = chunks.kind() == Kind::F32;
        let axis = (self.decode)(line, single).map_err(|e| format!("{}: {e}", plane.name))?;
        Ok((axis, dimension.clone()))
    }

    /// Whether degrees along an axis of a map can be no other coordinate: by the axis that is stated, or a letter for its name, as
    /// GMT has it.
    fn is_meant_by(&self, member: &Member) -> bool {
        let said = |name: &str| text(&member.attributes, name).to_ascii_lowercase();
        let letter = self.axis.to_ascii_lowercase();
        let (units, axis, base) = (said("units"), said("axis"), member.base_name().to_ascii_lowercase());
        let is_so = axis == letter || base == letter || self.names.contains(&said("long_name").as_str());
        is_so && (units.starts_with("deg") || (units.is_empty() && (axis == letter || said("long_name") == self.standard_name)))
    }
}

/// Takes a coordinate out of the arrays: its degrees and its dimension.
fn take_coordinate(arrays: &mut Vec<Member>, wanted: &Coordinate) -> Result<(Axis, String), String> {
    let (says_so, named_so) = (|m: &Member| wanted.is_stated_by(m), |m: &Member| wanted.is_name_of(m));
    let line = |m: &Member| m.shape.len() == 1;
    // Where several say so, the one that is the coordinate of its own dimension is meant.
    let own = |m: &Member| line(m) && says_so(m) && m.dimensions.first() == Some(&m.name);
    let found = arrays.iter().position(own).or_else(|| arrays.iter().position(|m| line(m) && says_so(m)));
    let found = found.or_else(|| arrays.iter().position(|m| line(m) && named_so(m)));
    let Some(at) = found.or_else(|| arrays.iter().position(|m| line(m) && wanted.is_meant_by(m))) else {
        if let Some(at) = arrays.iter().position(|m| m.shape.len() > 1 && (says_so(m) || named_so(m))) {
            return wanted.of_plane(&arrays.remove(at));
        }
        return Err(lacks(wanted.standard_name, &format!("units {}", wanted.units[0]), arrays));
    };
    let member = arrays.remove(at);
    let dimension = member.dimensions.first().cloned().unwrap_or_default();
    let (numbers, packing) = member.line()?;
    let single = matches!(numbers, crate::numbers::Numbers::F32(_));
    let axis = (wanted.decode)(packing.values(&numbers), single).map_err(|e| format!("{}: {e}", member.name))?;
    Ok((axis, dimension))
}

fn lacks(coordinate: &str, sign: &str, arrays: &[Member]) -> String {
    let found: Vec<String> = arrays.iter().map(Member::label).collect();
    format!("it has no {coordinate} coordinate: an array of that name, standard_name, or {sign}; it holds {}", or_none(&found, ", "))
}

fn or_none(list: &[String], separator: &str) -> String {
    if list.is_empty() { "no arrays".into() } else { list.join(separator) }
}

/// Takes what describes stations out of the arrays: the identifier first.
fn stations(dimension: &str, lat: Axis, lon: Axis, arrays: &mut Vec<Member>, group: &Attributes) -> Result<Stations, String> {
    let count = lat.degrees.len();
    if lon.degrees.len() != count {
        return Err(format!("it has {count} latitudes but {} longitudes of stations", lon.degrees.len()));
    }
    let mut fields = Vec::new();
    for member in arrays.extract_if(.., |m| m.dimensions == [dimension]) {
        let is_id = text(&member.attributes, "cf_role") == "timeseries_id" || member.name == dimension;
        let field = Field { name: member.name.clone(), values: member.field()? };
        if field.values.len() == count {
            fields.insert(if is_id { 0 } else { fields.len() }, field);
        }
    }
    if fields.first().is_none_or(|first| first.name != dimension && matches!(first.values, FieldValues::Numbers(_))) {
        fields.insert(0, Field { name: dimension.to_owned(), values: FieldValues::Whole((0..count as i64).collect()) });
    }
    let id = fields[0].name.clone();
    let names = group.get(&format!("{id}_names")).and_then(|list| list.as_array());
    let names = names.map(|list| list.iter().map(|n| n.as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>());
    if let Some(names) = names.filter(|names| names.len() == count) {
        fields.push(Field { name: format!("{id}_name"), values: FieldValues::Text(names) });
    }
    for (name, axis) in [("lat", &lat), ("lon", &lon)] {
        fields.push(Field { name: name.to_owned(), values: FieldValues::Numbers(axis.degrees.clone()) });
    }
    Ok(Stations { dimension: dimension.to_owned(), lat, lon, fields })
}

/// Takes what describes samples out of the arrays: elevations, and whose they are.
fn samples(dimension: &(String, usize), lat: Axis, lon: Axis, arrays: &mut Vec<Member>) -> Result<Samples, String> {
    let (name, count) = dimension;
    if [lat.degrees.len(), lon.degrees.len()] != [*count; 2] {
        return Err(format!("it has {count} times, but {} latitudes and {} longitudes", lat.degrees.len(), lon.degrees.len()));
    }
    let own = |m: &Member| m.dimensions == [name.clone()] && m.shape == [*count];
    let elevation = match arrays.iter().position(|m| own(m) && is_vertical(m)) {
        Some(at) => {
            let member = arrays.remove(at);
            let (factor, (numbers, packing)) = (metres(&member)?, member.line()?);
            Some(packing.values(&numbers).into_iter().map(|level| level * factor).collect())
        }
        None => None,
    };
    let keys = arrays.extract_if(.., |m| own(m) && m.is_key());
    let keys = keys.map(|m| Ok(Field { name: m.name.clone(), values: m.field()? })).collect::<Result<_, String>>()?;
    Ok(Samples { lat, lon, elevation, keys })
}

impl Member {
    /// The name without the groups that it is in.
    pub(super) fn base_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }

    /// Whether it says who measured a sample: text, or whole numbers that say so.
    fn is_key(&self) -> bool {
        const NAMES: [&str; 10] = ["id", "station", "platform", "wmo", "mmsi", "buoy", "drifter", "trajectory", "profile", "rivid"];
        let name = self.base_name().to_ascii_lowercase();
        let named_so = NAMES.contains(&name.as_str()) || name.ends_with("_id") || name.ends_with("_code");
        match &self.elements {
            Elements::Text(_) => true,
            Elements::Numbers(chunks) => !chunks.kind().is_float() && (named_so || self.attributes.contains_key("cf_role")),
            Elements::Unreadable(_) => false,
        }
    }

    /// The values of a property of stations or samples.
    fn field(&self) -> Result<FieldValues, String> {
        if let Elements::Text(texts) = &self.elements {
            return texts.read().map(FieldValues::Text).map_err(|e| format!("{}: {e}", self.name));
        }
        let (numbers, packing) = self.line()?;
        let whole = numbers.to_i64().filter(|_| packing.scale == 1.0 && packing.offset == 0.0);
        Ok(whole.map_or_else(|| FieldValues::Numbers(packing.values(&numbers)), FieldValues::Whole))
    }

    /// The array as a variable, if it has a value for each time and place; as one for each entry, if it has a further dimension.
    /// `lines` has what names the entries of such dimensions.
    fn into_variables(self, dataset: &str, axes: &Axes, lines: &[Self]) -> Result<Vec<Variable>, String> {
        let find = |axis: &(String, usize)| {
            let at = self.dimensions.iter().position(|d| *d == axis.0).ok_or_else(|| format!("it has no dimension {}", axis.0))?;
            if self.shape[at] == axis.1 {
                return Ok(at);
            }
            Err(format!("its dimension {} has {} entries, but the coordinate has {}", axis.0, self.shape[at], axis.1))
        };
        let (time, x) = (find(&axes.time)?, find(&axes.x)?);
        let y = if axes.y.0 == axes.x.0 { None } else { Some(find(&axes.y)?) };
        let z = axes.z.as_ref().ok().and_then(|z| self.dimensions.iter().position(|d| *d == z.dimension).map(|at| (at, z)));
        let known = [Some(time), Some(x), y, z.map(|(at, _)| at)];
        let others: Vec<usize> = (0..self.shape.len()).filter(|d| !known.contains(&Some(*d)) && self.shape[*d] != 1).collect();
        let entries = |only: usize| choices(&self.dimensions[only], self.shape[only], lines).filter(|_| self.shape[only] <= MOST_CHOICES);
        let further = match others[..] {
            [] => None,
            [only]
                if y.is_some()
                    && z.is_none()
                    && let Some(entries) = entries(only) =>
            {
                Some((only, entries))
            }
            [deep, ..] => {
                let why = axes.z.as_ref().err().filter(|why| !why.is_empty()).map_or_else(String::new, |why| format!(" ({why})"));
                return Err(format!(
                    "its dimension {} has {} entries, where one was expected{why}",
                    self.dimensions[deep], self.shape[deep]
                ));
            }
        };
        let chunks = self.chunks()?;
        let packing = self.packing(chunks.kind())?;
        let attribute = |name: &str| text(&self.attributes, name).to_owned();
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let make = |level, layers| Variable {
            id,
            dataset: dataset.to_owned(),
            standard_name: attribute("standard_name"),
            long_name: attribute("long_name"),
            units: attribute("units"),
            cell_methods: attribute("cell_methods"),
            packing,
            name: self.name.clone(),
            dimensions: Dimensions { time, y, x },
            chunks: chunks.clone(),
            reach: axes.reach,
            level,
            layers,
        };
        if let Some((dimension, entries)) = further {
            let variable = |(nth, (short, long)): (usize, (String, String))| {
                let whole = make(Some(Level { dimension, nth }), Vec::new());
                let long_name = if whole.long_name.is_empty() { long } else { format!("{}, {long}", whole.long_name) };
                Variable { name: format!("{}_{short}", whole.name), long_name, ..whole }
            };
            return Ok(entries.into_iter().enumerate().map(variable).collect());
        }
        let Some((z, vertical)) = z else { return Ok(vec![make(None, Vec::new())]) };
        find(&(vertical.dimension.clone(), vertical.elevations.len()))?;
        let level = |nth: usize| Some(Level { dimension: z, nth });
        let layer = |nth: usize| {
            let (elevation, reach) = (vertical.elevations[nth], vertical.reaches[nth]);
            Layer { elevation, reach, variable: make(level(nth), Vec::new()) }
        };
        let layers = (0..vertical.elevations.len()).map(layer).collect();
        Ok(vec![make(level(0), layers)])
    }
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);
