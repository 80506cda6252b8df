//! How a figure is to look: what the options of every figure choose.

/// Whether a figure of series or pairs carries a Vega-Lite chart, which front ends prefer to the pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interactivity {
    /// With the chart, where the kind of figure has one.
    #[default]
    Interactive,
    /// Pictures and text alone. So is a figure without any number.
    Static,
}

/// How a figure is to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    /// The width in CSS pixels. A narrow map takes less.
    pub width: u32,
    /// The height in CSS pixels. A map keeps the shape of its area instead; a long legend adds to the height.
    pub height: u32,
    /// The PNG's pixels per inch, of which 96 make one pixel of CSS.
    pub dpi: u32,
    /// Whether there is a chart to explore.
    pub interactivity: Interactivity,
    /// The colour map of values in colour; what suits the quantity unless given.
    pub colours: Option<ColourMap>,
    /// The ends of the values' axis or colours; what the values span unless given.
    pub limits: Option<Limits>,
    /// How numbers are spaced along the values' axis or colours.
    pub spacing: Spacing,
    /// How the Earth is laid flat.
    pub projection: Projection,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 760,
            height: 420,
            dpi: 192,
            interactivity: Interactivity::Interactive,
            colours: None,
            limits: None,
            spacing: Spacing::Even,
            projection: Projection::PlateCarree,
        }
    }
}

/// The ends of an axis or of colours: two finite numbers, the lesser first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    low: f64,
    high: f64,
}

impl Limits {
    /// The limits from `low` to `high`; `None` if they are not finite and ascending.
    ///
    /// ```
    /// use sdap_magics::show::Limits;
    /// assert!(Limits::new(20.0, 30.0).is_some());
    /// assert!(Limits::new(30.0, 20.0).is_none());
    /// ```
    pub fn new(low: f64, high: f64) -> Option<Self> {
        (low < high && (high - low).is_finite()).then_some(Self { low, high })
    }

    /// The lesser end.
    pub fn low(&self) -> f64 {
        self.low
    }

    /// The greater end.
    pub fn high(&self) -> f64 {
        self.high
    }
}

/// How numbers are spaced along an axis or colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    /// By their differences.
    #[default]
    Even,
    /// By their ratios. Numbers that are not above zero have no place.
    Log,
}

impl Spacing {
    /// Where a number stands, up to a factor and a shift.
    pub(crate) fn of(self, v: f64) -> f64 {
        match self {
            Self::Even => v,
            Self::Log => v.log10(),
        }
    }

    /// The number itself where it has a place, else NaN.
    pub(crate) fn placed(self, v: f64) -> f64 {
        if self == Self::Log && v <= 0.0 { f64::NAN } else { v }
    }
}

/// How the Earth is laid flat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Projection {
    /// Degrees of longitude and latitude as they are.
    #[default]
    PlateCarree,
    /// True to angles; up to 85° north and south.
    Mercator,
    /// Robinson's compromise, for the whole Earth.
    Robinson,
    /// As seen from far away, above the middle of the area.
    Orthographic,
}

/// A colour map of cmocean, as it is or reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColourMap {
    /// Where it stands in the asset.
    index: usize,
    reversed: bool,
}

/// The colour maps in the order of the asset, as `assets/source/make_assets.py` writes them.
const NAMES: [&str; 22] = [
    "thermal", "rain", "haline", "speed", "algae", "balance", "amp", "curl", "deep", "delta", "dense", "diff", "gray", "ice", "matter",
    "oxy", "phase", "solar", "tarn", "tempo", "topo", "turbid",
];

/// How many colours a colour map has.
pub(crate) const COLOURS: usize = 256;

/// 256 colours of each map, three bytes each.
static MAPS: &[u8] = include_bytes!("../../assets/cmocean.bin");

impl ColourMap {
    /// The names of all colour maps, in alphabetical order. `_r` behind a name reverses the map.
    pub fn names() -> Vec<&'static str> {
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names
    }

    /// The colour map of that name; `_r` behind it reverses the map.
    ///
    /// ```
    /// use sdap_magics::show::ColourMap;
    /// assert!(ColourMap::named("thermal").is_some() && ColourMap::named("balance_r").is_some());
    /// assert!(ColourMap::named("jet").is_none());
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        let (base, reversed) = name.strip_suffix("_r").map_or((name, false), |base| (base, true));
        NAMES.iter().position(|n| *n == base).map(|index| Self { index, reversed })
    }

    /// The map at that place of the asset.
    pub(crate) fn numbered(index: usize) -> Self {
        Self { index: index.min(NAMES.len() - 1), reversed: false }
    }

    /// The colours as a PNG's palette has them, the least number's first.
    pub(crate) fn palette(self) -> Vec<u8> {
        let size = COLOURS * 3;
        let colours = &MAPS[self.index * size..(self.index + 1) * size];
        if self.reversed { colours.as_chunks::<3>().0.iter().rev().flatten().copied().collect() } else { colours.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_256_colours_and_the_same_reversed() {
        assert_eq!(MAPS.len(), NAMES.len() * COLOURS * 3);
        for name in ColourMap::names() {
            let (map, reversed) = (ColourMap::named(name).unwrap().palette(), ColourMap::named(&format!("{name}_r")).unwrap().palette());
            assert_eq!(map.len(), COLOURS * 3, "{name}");
            assert_eq!((&map[..3], &map[765..]), (&reversed[765..], &reversed[..3]), "{name}");
        }
    }

    #[test]
    fn limits_are_finite_and_ascend() {
        for (low, high) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (f64::MIN, f64::MAX)] {
            assert!(Limits::new(low, high).is_none(), "{low} {high}");
        }
    }
}
