//! What the heading of a column says: its name, its unit, and what the column is for.

use crate::dataset::Attributes;
use serde_json::json;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Time,
    Latitude,
    Longitude,
    /// Metres or another length, upwards or downwards as the name says.
    Elevation,
    /// Who measured, where it is a whole number; text always says that.
    Identifier,
    Measured,
}

/// The heading of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heading {
    /// The name without a unit in brackets.
    pub(super) name: String,
    /// The unit; empty where none is known.
    pub(super) units: String,
    pub(super) role: Role,
}

const TIMES: [&str; 8] = ["time", "date", "datetime", "date_time", "timestamp", "time_utc", "obs_time", "observation_time"];
const LATITUDES: [&str; 3] = ["lat", "latitude", "nav_lat"];
const LONGITUDES: [&str; 5] = ["lon", "long", "lng", "longitude", "nav_lon"];
const ELEVATIONS: [&str; 7] = ["elevation", "elev", "altitude", "alt", "height", "depth", "z"];
const IDENTIFIERS: [&str; 11] = ["id", "station", "platform", "site", "wmo", "mmsi", "buoy", "drifter", "trajectory", "profile", "rivid"];

/// Endings of names that are units, longest first.
const ENDINGS: [(&str, &str); 24] = [
    ("_degrees_north", "degrees_north"),
    ("_degrees_east", "degrees_east"),
    ("_percent", "%"),
    ("_m3_s", "m3 s-1"),
    ("_mg_m3", "mg m-3"),
    ("_mm_h", "mm h-1"),
    ("_degc", "degree_Celsius"),
    ("_km_h", "km h-1"),
    ("_deg", "degree"),
    ("_hpa", "hPa"),
    ("_mbar", "hPa"),
    ("_m_s", "m s-1"),
    ("_cm_s", "cm s-1"),
    ("_psu", "1e-3"),
    ("_pct", "%"),
    ("_kts", "knot"),
    ("_pa", "Pa"),
    ("_mm", "mm"),
    ("_cm", "cm"),
    ("_km", "km"),
    ("_ft", "ft"),
    ("_c", "degree_Celsius"),
    ("_k", "K"),
    ("_m", "m"),
];

impl Heading {
    /// `sst [degree_Celsius]`, `sst (degree_Celsius)` or `air_temp_c`. `stated` is the unit that the file states elsewhere.
    pub(super) fn of(text: &str, stated: Option<&str>) -> Self {
        let text = text.trim().trim_start_matches('\u{feff}').trim();
        let (name, bracketed) = bracketed(text);
        let lower = name.to_ascii_lowercase().replace([' ', '-'], "_");
        let ending = ENDINGS.iter().find(|(ending, _)| lower.len() > ending.len() && lower.ends_with(ending));
        let bare = ending.map_or(lower.as_str(), |(ending, _)| &lower[..lower.len() - ending.len()]);
        let is = |names: &[&str]| names.contains(&lower.as_str()) || names.contains(&bare);
        let role = if is(&TIMES) {
            Role::Time
        } else if is(&LATITUDES) {
            Role::Latitude
        } else if is(&LONGITUDES) {
            Role::Longitude
        } else if is(&ELEVATIONS) {
            Role::Elevation
        } else if IDENTIFIERS.contains(&lower.as_str()) || lower.ends_with("_id") || lower.ends_with("_code") {
            Role::Identifier
        } else {
            Role::Measured
        };
        let units = stated.or(bracketed).or(ending.map(|(_, units)| *units)).unwrap_or_default();
        Self { name: name.to_owned(), units: units.to_owned(), role }
    }

    /// `sst [degree_Celsius]`, for messages.
    pub(super) fn label(&self) -> String {
        if self.units.is_empty() { self.name.clone() } else { format!("{} [{}]", self.name, self.units) }
    }

    /// What the CF conventions say of such an array.
    pub(super) fn attributes(&self) -> Attributes {
        let mut attributes = Attributes::new();
        let mut say = |name: &str, what: &str| attributes.insert(name.to_owned(), json!(what));
        match self.role {
            Role::Time => {
                say("standard_name", "time");
                say("units", "seconds since 1970-01-01");
            }
            Role::Latitude => {
                say("units", "degrees_north");
            }
            Role::Longitude => {
                say("units", "degrees_east");
            }
            Role::Elevation => {
                let down = self.name.to_ascii_lowercase().starts_with("depth");
                say("axis", "Z");
                say("positive", if down { "down" } else { "up" });
                say("units", &self.units);
            }
            Role::Identifier => {
                say("cf_role", "timeseries_id");
            }
            Role::Measured if !self.units.is_empty() => {
                say("units", &self.units);
            }
            Role::Measured => {}
        }
        attributes
    }
}

/// `name [unit]` or `name (unit)` in two.
fn bracketed(text: &str) -> (&str, Option<&str>) {
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some(inside) = text.strip_suffix(close)
            && let Some((name, unit)) = inside.rsplit_once(open)
            && !name.trim().is_empty()
        {
            return (name.trim(), Some(unit.trim()));
        }
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, String, Role) {
        let heading = Heading::of(text, None);
        (heading.name, heading.units, heading.role)
    }

    #[test]
    fn names_and_units_are_told_apart() {
        for (text, name, units, role) in [
            ("time", "time", "", Role::Time),
            ("\u{feff}Date", "Date", "", Role::Time),
            ("Latitude (degrees_north)", "Latitude", "degrees_north", Role::Latitude),
            ("lon_deg", "lon_deg", "degree", Role::Longitude),
            ("elev_m", "elev_m", "m", Role::Elevation),
            ("depth [m]", "depth", "m", Role::Elevation),
            ("air_temp_c", "air_temp_c", "degree_Celsius", Role::Measured),
            ("sst [K]", "sst", "K", Role::Measured),
            ("wind_speed_m_s", "wind_speed_m_s", "m s-1", Role::Measured),
            ("station", "station", "", Role::Identifier),
            ("wmo_id", "wmo_id", "", Role::Identifier),
            ("[K]", "[K]", "", Role::Measured),
            ("salinity", "salinity", "", Role::Measured),
        ] {
            assert_eq!(read(text), (name.to_owned(), units.to_owned(), role), "{text}");
        }
    }
}
