//! Named regions.

use super::Place;
use sdap::BoundingBox;

/// A named region.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Region {
    /// The name, as it is shown.
    pub(crate) name: String,
    /// What it is, in a few words; nothing for those that the user made.
    pub(crate) meaning: Option<&'static str>,
    /// Where it is.
    pub(crate) place: Place,
}

impl Region {
    /// What it is, in a few words.
    pub(crate) fn what(&self) -> &'static str {
        self.meaning.unwrap_or(if self.place.shape.is_some() { "yours, a polygon; asked for is its bounding box" } else { "yours" })
    }

    /// The title of a map of it.
    pub(crate) fn title(&self) -> &str {
        self.meaning.unwrap_or(&self.name)
    }
}

/// The regions that come with the kernel: name, meaning, and west, south, east, north in degrees.
///
/// The Niño regions are those of NOAA's Climate Prediction Center, the Indian Ocean Dipole's those of Saji et al. (1999),
/// the tropical Atlantic's those of Enfield et al. (1999).
const BUILT_IN: &[(&str, &str, [f64; 4])] = &[
    ("nino12", "Niño 1+2, off Peru and Ecuador", [-90.0, -10.0, -80.0, 0.0]),
    ("nino3", "Niño 3, eastern equatorial Pacific", [-150.0, -5.0, -90.0, 5.0]),
    ("nino34", "Niño 3.4, central equatorial Pacific", [-170.0, -5.0, -120.0, 5.0]),
    ("nino4", "Niño 4, western equatorial Pacific", [160.0, -5.0, -150.0, 5.0]),
    ("iod_west", "Indian Ocean Dipole, western pole", [50.0, -10.0, 70.0, 10.0]),
    ("iod_east", "Indian Ocean Dipole, eastern pole", [90.0, -10.0, 110.0, 0.0]),
    ("tna", "tropical North Atlantic", [-57.5, 5.5, -15.0, 23.5]),
    ("tsa", "tropical South Atlantic", [-30.0, -20.0, 10.0, 0.0]),
    ("north_atlantic", "North Atlantic, as for the Atlantic Multidecadal Oscillation", [-80.0, 0.0, 0.0, 60.0]),
    ("gulf_of_mexico", "Gulf of Mexico", [-98.0, 18.0, -80.5, 31.0]),
    ("caribbean", "Caribbean Sea", [-88.0, 9.0, -60.0, 22.0]),
    ("mediterranean", "Mediterranean Sea", [-6.0, 30.0, 36.5, 46.0]),
    ("north_sea", "North Sea", [-4.0, 51.0, 9.0, 61.0]),
    ("california_coast", "coast of California", [-126.0, 32.0, -117.0, 42.0]),
    ("la_county", "Los Angeles County", [-118.9517, 32.7969, -117.6462, 34.8233]),
    ("virginia", "Virginia", [-83.7, 36.5, -75.2, 39.5]),
    ("conus", "contiguous United States", [-125.0, 24.0, -66.5, 49.5]),
    ("tropics", "the tropics", [-180.0, -23.5, 180.0, 23.5]),
    ("world", "the whole Earth", [-180.0, -90.0, 180.0, 90.0]),
];

/// All named regions of a session: those that come with the kernel, and the user's own.
#[derive(Clone, Debug)]
pub(crate) struct Regions(Vec<Region>);

impl Default for Regions {
    fn default() -> Self {
        let region = |(name, meaning, [west, south, east, north]): &(&str, &'static str, [f64; 4])| Region {
            name: (*name).to_owned(),
            meaning: Some(meaning),
            place: BoundingBox::new(*west, *south, *east, *north).expect("the regions that come with the kernel are boxes").into(),
        };
        Self(BUILT_IN.iter().map(region).collect())
    }
}

impl Regions {
    /// The region of that name. Case, accents, dots, dashes and underscores do not count: `Niño 3.4` is `nino34`.
    pub(crate) fn get(&self, name: &str) -> Option<&Region> {
        let wanted = plain(name);
        self.0.iter().find(|r| plain(&r.name) == wanted)
    }

    /// Adds a region, or replaces the one of that name.
    pub(crate) fn set(&mut self, region: Region) {
        let name = plain(&region.name);
        self.0.retain(|r| plain(&r.name) != name);
        self.0.push(region);
    }

    /// All regions in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Region> {
        self.0.iter()
    }
}

fn plain(name: &str) -> String {
    name.to_lowercase().replace('ñ', "n").chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_found_however_it_is_written() {
        let regions = Regions::default();
        for name in ["nino34", "Niño 3.4", "NINO3.4", "nino-34"] {
            assert_eq!(regions.get(name).unwrap().place.area.to_string(), "-170,-5,-120,5", "{name}");
        }
        assert!(regions.get("nino5").is_none());
        assert!(regions.get("nino4").unwrap().place.area.crosses_antimeridian());
    }

    #[test]
    fn a_users_own_region_replaces_one_of_the_same_name() {
        let mut regions = Regions::default();
        let count = regions.iter().count();
        regions.set(Region { name: "Nino34".into(), meaning: None, place: BoundingBox::WORLD.into() });
        assert_eq!((regions.iter().count(), regions.get("nino34").unwrap().title()), (count, "Nino34"));
    }
}
