//! Match-ups: samples of two datasets that were taken near each other, as a table of pairs.

use super::pairs::{self, Named};
use super::{stations, subtitle};
use crate::show::text::{number, quantity, unit};
use sdap::figure::{Figure, MapFigure, Quantity, Stations};
use sdap::{BoundingBox, Column, Table, TableColumn, Times, column};
use std::collections::BTreeMap;

/// The pairs of a match-up, each column of shape `[pair]`.
pub struct Matchup<'t> {
    table: &'t Table,
    primary: Side<'t>,
    secondary: Side<'t>,
}

/// One dataset of a match-up.
struct Side<'t> {
    lat: &'t Column,
    lon: &'t Column,
    time: Option<&'t Times>,
    measured: Option<Measured<'t>>,
}

/// What a dataset measured.
struct Measured<'t> {
    name: String,
    units: &'t str,
    values: &'t Column,
}

/// What colours the pairs on a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The primary's value less the secondary's where both have one unit, else the primary's value.
    Difference,
    /// The primary's value.
    Primary,
}

impl<'t> Matchup<'t> {
    /// The pairs of a table that has latitudes and longitudes of a primary and of a secondary dataset; `None` of other tables.
    pub fn of(table: &'t Table) -> Option<Self> {
        let sides = [Side::of(table, "primary")?, Side::of(table, "secondary")?];
        let [primary, secondary] = sides;
        Some(Self { table, primary, secondary })
    }

    fn len(&self) -> usize {
        self.primary.lat.len()
    }

    /// What both measured, where that can be subtracted.
    fn alike(&self) -> Option<(&Measured<'t>, &Measured<'t>)> {
        let (a, b) = (self.primary.measured.as_ref()?, self.secondary.measured.as_ref()?);
        (unit::pretty(a.units) == unit::pretty(b.units)).then_some((a, b))
    }

    /// The differences of the pairs with the name and unit of what differs, where both measured the same.
    pub(super) fn differences(&self) -> Option<(String, &'t str, Vec<f64>)> {
        let (a, b) = self.alike()?;
        let values = a.values.iter().zip(b.values).map(|(a, b)| a - b).collect();
        Some((format!("difference of {}", a.name), a.units, values))
    }

    /// A map of the primary's places, a ring at each place where the secondary was measured and a line between the two.
    ///
    /// A place that was matched more than once has the mean of its pairs.
    pub fn map(&self, colour: Colour) -> Figure {
        let difference = if colour == Colour::Difference { self.differences() } else { None };
        let measured = self.primary.measured.as_ref();
        let (what, units, values, kind) = match (difference, measured) {
            (Some((name, units, values)), _) => (format!("{name}, primary less secondary"), units, values, Quantity::Signed),
            (None, Some(m)) => (format!("{} of the primary", m.name), m.units, m.values.to_vec(), quantity::kind(&m.name, m.units, "mean")),
            (None, None) => ("places of match-ups".to_owned(), "", vec![f64::NAN; self.len()], Quantity::Other),
        };
        let (a, b) = (&self.primary, &self.secondary);
        let near = |degrees: f64| (degrees * 1e6).round() as i64;
        let placed = |i: &usize| [a.lat[*i], a.lon[*i], b.lat[*i], b.lon[*i]].iter().all(|v| v.is_finite());
        let mut places: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
        for i in (0..self.len()).filter(placed) {
            places.entry((near(a.lat[i]), near(a.lon[i]))).or_default().push(i);
        }
        let mean = |at: &Vec<usize>| {
            let there: Vec<f64> = at.iter().map(|i| values[*i]).filter(|v| v.is_finite()).collect();
            there.iter().sum::<f64>() / there.len() as f64
        };
        let first = |of: &Column| column(places.values().map(|at| of[at[0]]).collect::<Vec<_>>());
        let found = Stations {
            lat: first(a.lat),
            lon: first(a.lon),
            values: column(places.values().map(mean).collect::<Vec<_>>()),
            units: units.to_owned(),
            names: vec![String::new(); places.len()],
            pairs: places.values().flatten().map(|i| [(a.lon[*i], a.lat[*i]), (b.lon[*i], b.lat[*i])]).collect(),
        };
        let counts = [number::counted(found.pairs.len(), "pair", "pairs"), "rings: where the secondary was measured".to_owned()];
        let said = [subtitle(&self.table.origin, None, &self.table.title)].into_iter().chain(counts);
        Figure::Map(MapFigure {
            title: quantity::capitalised(&what),
            subtitle: said.filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · "),
            extent: stations::around(found.pairs.iter().flatten().copied()).or(self.table.origin.area).unwrap_or(BoundingBox::WORLD),
            cells: None,
            quantity: kind,
            scale: unit::titled(what.split(',').next().unwrap_or_default(), units),
            stations: Some(found),
            boxes: Vec::new(),
            polygons: Vec::new(),
        })
    }

    /// The secondary's values against the primary's, a dot for each pair; `None` where one of them measured nothing.
    pub fn scatter(&self) -> Option<Figure> {
        let side = |side: &Side<'t>, of: &'static str| {
            let m = side.measured.as_ref()?;
            Some(Named { variable: format!("{}, {of}", m.name).into(), units: m.units, of, values: m.values.to_vec() })
        };
        let named = vec![side(&self.primary, "primary")?, side(&self.secondary, "secondary")?];
        let times = self.primary.time.map(|t| t.seconds().to_vec());
        Some(pairs::figure(named, times, subtitle(&self.table.origin, None, &self.table.title)))
    }
}

impl<'t> Side<'t> {
    /// The columns whose names begin with `whose`.
    fn of(table: &'t Table, whose: &str) -> Option<Self> {
        let (mut lat, mut lon, mut time, mut measured) = (None, None, None, None);
        for (heading, column) in &table.columns {
            let (name, units) = unit::of_heading(heading);
            let Some(name) = name.strip_prefix(whose).map(|rest| rest.trim_start_matches([' ', '_', '.', ':'])) else { continue };
            match (name.to_ascii_lowercase().as_str(), column) {
                ("lat" | "latitude", TableColumn::Numbers(values)) => lat = Some(values),
                ("lon" | "longitude", TableColumn::Numbers(values)) => lon = Some(values),
                ("time", TableColumn::Times(times)) => time = Some(times),
                ("depth" | "elevation" | "id" | "", _) => {}
                (_, TableColumn::Numbers(values)) if measured.is_none() => {
                    measured = Some(Measured { name: quantity::words(name), units, values });
                }
                _ => {}
            }
        }
        Some(Self { lat: lat?, lon: lon?, time, measured })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(secondary_units: &str) -> Table {
        let numbers = |values: [f64; 3]| TableColumn::Numbers(column(values));
        let columns = [
            ("primary lat [degrees_north]", numbers([10.0, 10.0, 20.0])),
            ("primary lon [degrees_east]", numbers([179.5, 179.5, -179.0])),
            ("primary time", TableColumn::Times(Times::new(vec![0, 60, 120]))),
            ("primary sst [degree_Celsius]", numbers([20.0, 22.0, 25.0])),
            ("secondary lat [degrees_north]", numbers([10.1, 9.9, 20.0])),
            ("secondary lon [degrees_east]", numbers([179.6, 179.4, -179.1])),
            ("distance [m]", numbers([1.0, 2.0, 3.0])),
        ];
        let mut columns: Vec<(String, TableColumn)> = columns.map(|(name, c)| (name.to_owned(), c)).into();
        columns.push((format!("secondary sst [{secondary_units}]"), numbers([19.0, 20.0, f64::NAN])));
        Table { title: "A and B".into(), columns, origin: sdap::Origin::default() }
    }

    fn places(figure: Figure) -> (MapFigure, Stations) {
        let Figure::Map(map) = figure else { panic!("a map") };
        let stations = map.stations.clone().unwrap();
        (map, stations)
    }

    #[test]
    fn pairs_of_one_place_are_averaged_and_a_missing_partner_leaves_no_difference() {
        let table = table("degC");
        let (map, found) = places(Matchup::of(&table).unwrap().map(Colour::Difference));
        assert_eq!((found.values[0], found.values[1].is_nan(), found.pairs.len()), (1.5, true, 3));
        assert_eq!((map.title.as_str(), map.quantity), ("Difference of sea surface temperature, primary less secondary", Quantity::Signed));
        assert_eq!(map.scale, "difference of sea surface temperature (°C)");
        assert!(map.extent.crosses_antimeridian() && map.extent.width() < 10.0, "{}", map.extent);
        let (by_value, found) = places(Matchup::of(&table).unwrap().map(Colour::Primary));
        assert_eq!((found.values[0], by_value.quantity), (21.0, Quantity::Temperature));
    }

    #[test]
    fn values_of_different_units_are_not_subtracted() {
        let table = table("psu");
        let (map, found) = places(Matchup::of(&table).unwrap().map(Colour::Difference));
        assert_eq!((found.values[0], map.title.as_str()), (21.0, "Sea surface temperature of the primary"));
        assert!(Matchup::of(&table).unwrap().differences().is_none());
    }

    #[test]
    fn a_table_without_both_places_is_no_match_up() {
        let mut table = table("degC");
        table.columns.retain(|(name, _)| !name.starts_with("secondary lat"));
        assert!(Matchup::of(&table).is_none());
    }
}
