//! Elevations: the levels of a grid, and which of them a question takes.
//!
//! Elevations are metres upwards from the reference level of the dataset; what points downwards, such as a depth, is negative
//! (CF conventions 1.11, section 4.3). A vertical axis in another unit, such as pressure, has no elevations.

use super::attributes::{Attributes, text};
use super::{Dataset, Variable};
use crate::source::Member;
use sdap_nexus::request::Elevation;
use sdap_nexus::{Error, Missing};

/// One level of a variable.
pub(crate) struct Layer {
    /// In metres, upwards.
    pub(crate) elevation: f64,
    /// How far it reaches: the bounds that the file states, or its elevation twice.
    pub(crate) reach: [f64; 2],
    /// The values on this level.
    pub(crate) variable: Variable,
}

/// A vertical axis.
pub(super) struct Vertical {
    pub(super) dimension: String,
    /// In metres, upwards, in the order that is stored.
    pub(super) elevations: Vec<f64>,
    /// The lower and the upper edge of each.
    pub(super) reaches: Vec<[f64; 2]>,
}

/// Names and standard names of vertical coordinates, and whether they count downwards where no attribute says so.
const NAMES: [(&str, bool); 13] = [
    ("depth", true),
    ("deptht", true),
    ("lev", true),
    ("level", true),
    ("height", false),
    ("altitude", false),
    ("elevation", false),
    ("elev", false),
    ("alt", false),
    ("z", false),
    ("height_above_mean_sea_level", false),
    ("height_above_reference_ellipsoid", false),
    ("surface_altitude", false),
];

/// Whether an array says that it is a vertical coordinate.
pub(super) fn is_vertical(member: &Member) -> bool {
    let says_so = text(&member.attributes, "axis") == "Z" || ["up", "down"].contains(&positive(&member.attributes).as_str());
    member.shape.len() == 1 && (says_so || direction(member).is_some())
}

fn positive(attributes: &Attributes) -> String {
    text(attributes, "positive").to_ascii_lowercase()
}

/// Whether the name or standard name counts downwards; none if it is not that of a vertical coordinate.
fn direction(member: &Member) -> Option<bool> {
    let called = |name: &str| NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, down)| *down);
    called(text(&member.attributes, "standard_name")).or_else(|| called(member.base_name()))
}

/// What a number of the coordinate is in metres upwards.
///
/// # Errors
/// If its unit is no length.
pub(super) fn metres(member: &Member) -> Result<f64, String> {
    let units = text(&member.attributes, "units");
    let length = match units {
        "" | "m" | "metre" | "metres" | "meter" | "meters" => 1.0,
        "km" | "kilometre" | "kilometres" | "kilometer" | "kilometers" => 1000.0,
        "dm" | "decimetre" | "decimeter" => 0.1,
        "cm" | "centimetre" | "centimetres" | "centimeter" | "centimeters" => 0.01,
        "ft" | "foot" | "feet" => 0.3048,
        _ => return Err(format!("{} is in {units}, which is no length: its levels cannot be chosen by elevation", member.name)),
    };
    let down = match positive(&member.attributes).as_str() {
        "down" => true,
        "up" => false,
        _ => direction(member).unwrap_or(false),
    };
    Ok(if down { -length } else { length })
}

impl Vertical {
    /// The axis that a coordinate states, with the bounds that were given for it.
    ///
    /// # Errors
    /// If it cannot be read, or its unit is no length.
    pub(super) fn of(coordinate: &Member, bounds: Option<&Member>) -> Result<Self, String> {
        let factor = metres(coordinate)?;
        let (numbers, packing) = coordinate.line()?;
        let elevations: Vec<f64> = packing.values(&numbers).into_iter().map(|level| level * factor).collect();
        if elevations.iter().any(|level| level.is_nan()) {
            return Err(format!("{}: one of its levels is missing", coordinate.name));
        }
        let stated = bounds.and_then(|b| edges(b, elevations.len()));
        let reaches = match stated {
            Some(edges) => edges.into_iter().map(|[a, b]| [(a * factor).min(b * factor), (a * factor).max(b * factor)]).collect(),
            None => elevations.iter().map(|level| [*level, *level]).collect(),
        };
        Ok(Self { dimension: coordinate.dimensions.first().cloned().unwrap_or_default(), elevations, reaches })
    }
}

/// The two edges of each level, if the array has them.
fn edges(bounds: &Member, count: usize) -> Option<Vec<[f64; 2]>> {
    let chunks = bounds.chunks().ok()?;
    if chunks.shape() != [count, 2] || chunks.chunk_shape() != [count, 2] {
        return None;
    }
    let values = bounds.packing(chunks.kind()).ok()?.values(&chunks.read(&[0, 0]).ok()?);
    let pairs: Vec<[f64; 2]> = values.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
    (pairs.len() == count && values.iter().all(|v| v.is_finite())).then_some(pairs)
}

/// Where in an array a level is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// The vertical dimension.
    pub(crate) dimension: usize,
    /// Its position there.
    pub(crate) nth: usize,
}

impl Layer {
    fn touches(&self, range: Elevation) -> bool {
        // A millimetre for what single precision rounds.
        self.reach[0] <= range.highest + 1e-3 && self.reach[1] >= range.lowest - 1e-3
    }
}

/// The elevations that are taken where none are asked for: 0 m, or that of the nearest level where none touches it.
fn surface(layers: &[Layer]) -> Elevation {
    let zero = Elevation { lowest: 0.0, highest: 0.0 };
    let nearest = layers.iter().map(|layer| layer.elevation).min_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0);
    if layers.iter().any(|layer| layer.touches(zero)) { zero } else { Elevation { lowest: nearest, highest: nearest } }
}

impl Dataset {
    /// That another level is taken than that of 0 m where no elevation is asked for, if it is.
    pub(crate) fn surface_note(&self) -> Option<String> {
        let layers = &self.variables.iter().find(|v| v.layers.len() > 1)?.layers;
        let taken = surface(layers).lowest;
        (taken != 0.0).then(|| format!("{} has no level at 0 m; that at {taken} m is taken, the nearest.", self.name))
    }

    /// The levels of a variable that a question takes, each with its elevation: those that lie in the range, or, where none is
    /// asked for, those that touch 0 m, or else the nearest to it. A variable without a vertical axis is taken as it is, whatever
    /// was asked for.
    ///
    /// # Errors
    /// If no level lies there; says where there are some.
    pub(crate) fn layers<'a>(
        &self,
        variable: &'a Variable,
        elevation: Option<Elevation>,
    ) -> Result<Vec<(&'a Variable, Option<f64>)>, Error> {
        if variable.layers.is_empty() {
            return Ok(vec![(variable, None)]);
        }
        let range = match elevation {
            Some(range) if range.lowest > range.highest => {
                let Elevation { lowest, highest } = range;
                return Err(Error::Invalid(format!("the lowest elevation, {lowest} m, lies above the highest, {highest} m")));
            }
            Some(range) => range,
            None => surface(&variable.layers),
        };
        let found: Vec<_> =
            variable.layers.iter().filter(|layer| layer.touches(range)).map(|layer| (&layer.variable, Some(layer.elevation))).collect();
        if found.is_empty() { Err(self.no_level(variable, elevation)) } else { Ok(found) }
    }

    /// The same levels, without their elevations.
    ///
    /// # Errors
    /// As [`Dataset::layers`].
    pub(crate) fn levels<'a>(&self, variable: &'a Variable, elevation: Option<Elevation>) -> Result<Vec<&'a Variable>, Error> {
        Ok(self.layers(variable, elevation)?.into_iter().map(|(level, _)| level).collect())
    }

    fn no_level(&self, variable: &Variable, elevation: Option<Elevation>) -> Error {
        let all = || variable.layers.iter().map(|layer| layer.elevation);
        let (lowest, highest) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        let asked = elevation.map_or_else(String::new, |range| format!(" from {} to {} m", range.lowest, range.highest));
        let message = format!("{} has no level{asked}; its {} levels lie from {lowest} to {highest} m", self.name, variable.layers.len());
        Error::NoData { missing: Missing::Area, message }
    }
}
