//! Opens a Zarr group: tells coordinates from variables after the CF conventions, and reads the coordinates.

use super::attributes::{self, Attributes, text};
use super::places::{Axis, Field, FieldValues, Places, Stations};
use super::{Dataset, Dimensions, Variable, time};
use crate::chunks::{Storage, ZarrChunks, read_line, type_name};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zarrs::array::{Array, ArrayMetadata};
use zarrs::group::Group;
use zarrs::storage::ReadableListableStorageTraits;

/// What a dataset is opened from.
pub(crate) type Source = Arc<dyn ReadableListableStorageTraits>;

/// Opens the group at the root of `source`.
///
/// # Errors
/// Says what is missing or not understood, and what was expected.
pub(crate) fn open(source: &Source, name: &str) -> Result<Dataset, String> {
    let group = Group::open(source.clone(), "/").map_err(|e| format!("it holds no Zarr group: {e}"))?;
    let mut arrays = members(source, &group)?;
    let time_at = arrays.iter().position(Member::is_time).ok_or_else(|| lacks("time", "units such as `days since 1970-01-01`", &arrays))?;
    let time_coordinate = arrays.remove(time_at);
    let (lat, lat_dimension) = take_coordinate(&mut arrays, &LATITUDE)?;
    let (lon, lon_dimension) = take_coordinate(&mut arrays, &LONGITUDE)?;
    let time_dimension = time_coordinate.dimensions.first().cloned().unwrap_or_default();
    let stored = time_coordinate.line()?;
    let time = time::decode(&stored, &time_coordinate.attributes).map_err(|e| format!("{}: {e}", time_coordinate.name))?;
    let axes = Axes { time: (time_dimension, time.len()), y: (lat_dimension, lat.degrees.len()), x: (lon_dimension, lon.degrees.len()) };

    let places = if axes.y.0 == axes.x.0 {
        Places::Stations(stations(&axes.x.0, lat, lon, &mut arrays, group.attributes())?)
    } else {
        Places::Grid { lat, lon }
    };
    let mut refused = Vec::new();
    let mut variables = Vec::new();
    for member in arrays {
        let label = member.label();
        match member.into_variable(name, &axes) {
            Ok(variable) => variables.push(variable),
            Err(reason) => refused.push(format!("{label}: {reason}")),
        }
    }
    if variables.is_empty() {
        return Err(format!("no array has a value for each time and place ({})", or_none(&refused, "; ")));
    }
    Ok(Dataset { name: name.to_owned(), attributes: group.attributes().clone(), time, places, variables })
}

/// The dimensions of a dataset's variables, each with its length. Stations have one dimension for both places.
struct Axes {
    time: (String, usize),
    y: (String, usize),
    x: (String, usize),
}

/// An array of the group.
struct Member {
    name: String,
    attributes: Attributes,
    dimensions: Vec<String>,
    shape: Vec<u64>,
    array: Array<Storage>,
}

/// All arrays directly in the group, by name.
fn members(source: &Source, group: &Group<dyn ReadableListableStorageTraits>) -> Result<Vec<Member>, String> {
    let paths = group.child_array_paths().map_err(|e| e.to_string())?;
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        let array = Array::open(source.clone().readable(), path.as_str()).map_err(|e| format!("{path}: {e}"))?;
        let attributes = array.attributes().clone();
        let dimensions = dimensions(&array, path.as_str().trim_start_matches('/'));
        found.push(Member {
            name: path.as_str().trim_start_matches('/').into(),
            attributes,
            dimensions,
            shape: array.shape().to_vec(),
            array,
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    // Bounds repeat the attributes of their coordinate, and are none.
    let bounds: Vec<String> = found.iter().map(|m| text(&m.attributes, "bounds").to_owned()).filter(|b| !b.is_empty()).collect();
    found.retain(|m| !bounds.contains(&m.name));
    Ok(found)
}

/// The names of an array's dimensions: stated by Zarr v3, or by xarray in an attribute; a lone unnamed one has the array's name.
fn dimensions(array: &Array<Storage>, name: &str) -> Vec<String> {
    let stated = array.dimension_names().as_ref().and_then(|names| names.iter().map(|n| n.as_ref().map(ToString::to_string)).collect());
    let from_attribute = || {
        let list = array.attributes().get("_ARRAY_DIMENSIONS")?.as_array()?;
        list.iter().map(|n| n.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
    };
    let unnamed = || if array.dimensionality() == 1 { vec![name.to_owned()] } else { Vec::new() };
    stated.or_else(from_attribute).filter(|names| names.len() == array.dimensionality()).unwrap_or_else(unnamed)
}

/// How a coordinate can be recognised (CF conventions 1.11, sections 4.1, 4.2 and 4.4).
struct Coordinate {
    standard_name: &'static str,
    units: &'static [&'static str],
    names: &'static [&'static str],
    decode: fn(Vec<f64>, bool) -> Result<Axis, String>,
}

const LATITUDE: Coordinate = Coordinate {
    standard_name: "latitude",
    units: &["degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"],
    names: &["lat", "latitude", "nav_lat"],
    decode: Axis::latitudes,
};
const LONGITUDE: Coordinate = Coordinate {
    standard_name: "longitude",
    units: &["degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"],
    names: &["lon", "longitude", "nav_lon"],
    decode: Axis::longitudes,
};

/// Takes a coordinate out of the arrays: its degrees and its dimension.
fn take_coordinate(arrays: &mut Vec<Member>, wanted: &Coordinate) -> Result<(Axis, String), String> {
    let says_so =
        |m: &Member| text(&m.attributes, "standard_name") == wanted.standard_name || wanted.units.contains(&text(&m.attributes, "units"));
    let named_so = |m: &Member| wanted.names.contains(&m.name.to_ascii_lowercase().as_str());
    let lines = |m: &&Member| m.shape.len() == 1;
    let candidates = [arrays.iter().filter(lines).position(says_so), arrays.iter().filter(lines).position(named_so)];
    let at = candidates.into_iter().flatten().next().and_then(|nth| arrays.iter().enumerate().filter(|(_, m)| lines(m)).nth(nth));
    let Some((at, _)) = at else {
        if let Some(plane) = arrays.iter().find(|m| says_so(m) || named_so(m)) {
            let reason =
                "has one value for each cell; only grids with one latitude for each row and one longitude for each column can be read";
            return Err(format!("{} {reason}", plane.label()));
        }
        return Err(lacks(wanted.standard_name, &format!("units {}", wanted.units[0]), arrays));
    };
    let member = arrays.remove(at);
    let dimension = member.dimensions.first().cloned().unwrap_or_default();
    let single = type_name(&member.array) == "float32";
    let axis = (wanted.decode)(member.line()?.to_f64(), single).map_err(|e| format!("{}: {e}", member.name))?;
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

impl Member {
    /// `sst [time, lat, lon]`, for messages.
    fn label(&self) -> String {
        format!("{} [{}]", self.name, self.dimensions.join(", "))
    }

    fn is_time(&self) -> bool {
        let units = text(&self.attributes, "units");
        let says_so =
            text(&self.attributes, "standard_name") == "time" || text(&self.attributes, "axis") == "T" || units.contains(" since ");
        self.shape.len() == 1 && (says_so || self.name.eq_ignore_ascii_case("time"))
    }

    /// All numbers of an array of one dimension.
    fn line(&self) -> Result<crate::numbers::Numbers, String> {
        let broken = |e: String| format!("{}: {e}", self.name);
        let chunks = ZarrChunks::new(self.array.with_storage(self.array.storage())).map_err(broken)?;
        read_line(&chunks).map_err(broken)
    }

    /// The values of a property of stations.
    fn field(&self) -> Result<FieldValues, String> {
        if type_name(&self.array) == "string" {
            let all = self.array.retrieve_array_subset(&self.array.subset_all());
            return all.map(FieldValues::Text).map_err(|e| format!("{}: {e}", self.name));
        }
        let numbers = self.line()?;
        Ok(numbers.to_i64().map_or_else(|| FieldValues::Numbers(numbers.to_f64()), FieldValues::Whole))
    }

    /// The array as a variable, if it has a value for each time and place.
    fn into_variable(self, dataset: &str, axes: &Axes) -> Result<Variable, String> {
        let find = |axis: &(String, usize)| {
            let at = self.dimensions.iter().position(|d| *d == axis.0).ok_or_else(|| format!("it has no dimension {}", axis.0))?;
            if self.shape[at] == axis.1 as u64 {
                return Ok(at);
            }
            Err(format!("its dimension {} has {} entries, but the coordinate has {}", axis.0, self.shape[at], axis.1))
        };
        let stations = axes.y.0 == axes.x.0;
        let (time, x) = (find(&axes.time)?, find(&axes.x)?);
        let y = if stations { None } else { Some(find(&axes.y)?) };
        let others = (0..self.shape.len()).filter(|d| ![Some(time), Some(x), y].contains(&Some(*d)));
        if let Some(deep) = others.into_iter().find(|d| self.shape[*d] != 1) {
            return Err(format!("its dimension {} has {} entries, where one was expected", self.dimensions[deep], self.shape[deep]));
        }
        let stored_fill = match self.array.metadata() {
            ArrayMetadata::V2(metadata) => serde_json::to_value(&metadata.fill_value).ok().and_then(|fill| fill.as_f64()),
            ArrayMetadata::V3(_) => None,
        };
        let attribute = |name: &str| text(&self.attributes, name).to_owned();
        let chunks = ZarrChunks::new(self.array)?;
        Ok(Variable {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            dataset: dataset.to_owned(),
            standard_name: attribute("standard_name"),
            long_name: attribute("long_name"),
            units: attribute("units"),
            packing: attributes::packing(&self.attributes, stored_fill, chunks.is_single_precision()),
            name: self.name,
            dimensions: Dimensions { time, y, x },
            chunks: Box::new(chunks),
        })
    }
}

static NEXT_ID: AtomicU64 = AtomicU64::new(0);
