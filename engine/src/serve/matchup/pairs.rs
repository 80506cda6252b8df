//! A table of pairs, read by primary: which neighbours each sample has.

use sdap::{Column, Table, TableColumn, Times};
use std::collections::{HashMap, HashSet};

/// The pairs, grouped by their primary in order of appearance.
pub(super) struct Pairs<'t> {
    pub(super) primary: Side<'t>,
    pub(super) secondary: Side<'t>,
    /// The rows of each primary, at least one.
    pub(super) groups: Vec<Vec<usize>>,
}

/// The columns of one side.
pub(super) struct Side<'t> {
    pub(super) lat: &'t Column,
    pub(super) lon: &'t Column,
    pub(super) time: &'t Times,
    /// Metres, positive upwards.
    elevation: Option<&'t Column>,
    /// What tells a station from others, by name.
    pub(super) keys: Vec<(&'t str, &'t [String])>,
    pub(super) variables: Vec<Measured<'t>>,
}

/// A variable of one side.
pub(super) struct Measured<'t> {
    /// The standard name where there is one.
    pub(super) label: &'t str,
    pub(super) units: &'t str,
    pub(super) values: &'t Column,
}

/// What tells a sample from all others of its side.
type Sample<'t> = (u64, u64, i64, Option<u64>, Vec<&'t str>);

impl<'t> Pairs<'t> {
    /// None if the table has not the columns of pairs.
    pub(super) fn of(table: &'t Table) -> Option<Self> {
        let (primary, secondary) = (Side::of(table, "primary ")?, Side::of(table, "secondary ")?);
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut places: HashMap<Sample<'t>, usize> = HashMap::new();
        for row in 0..table.len() {
            let group = *places.entry(primary.sample(row)).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(row);
        }
        Some(Self { primary, secondary, groups })
    }

    pub(super) fn rows(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }

    /// How many samples the secondary has in all.
    pub(super) fn distinct_secondaries(&self) -> usize {
        self.groups.iter().flatten().map(|row| self.secondary.sample(*row)).collect::<HashSet<_>>().len()
    }
}

impl<'t> Side<'t> {
    fn of(table: &'t Table, prefix: &str) -> Option<Self> {
        let (mut lat, mut lon, mut time, mut elevation) = (None, None, None, None);
        let (mut keys, mut variables) = (Vec::new(), Vec::new());
        for (name, column) in &table.columns {
            let Some(name) = name.strip_prefix(prefix) else { continue };
            let (name, units) = name.strip_suffix(']').and_then(|name| name.rsplit_once(" [")).unwrap_or((name, ""));
            match (name, column) {
                ("lat", TableColumn::Numbers(numbers)) => lat = Some(numbers),
                ("lon", TableColumn::Numbers(numbers)) => lon = Some(numbers),
                ("time", TableColumn::Times(times)) => time = Some(times),
                ("elevation", TableColumn::Numbers(numbers)) => elevation = Some(numbers),
                (name, TableColumn::Numbers(values)) => variables.push(Measured { label: name, units, values }),
                (name, TableColumn::Text(words)) => keys.push((name, words.as_slice())),
                (_, TableColumn::Times(_)) => {}
            }
        }
        Some(Self { lat: lat?, lon: lon?, time: time?, elevation, keys, variables })
    }

    pub(super) fn seconds(&self, row: usize) -> i64 {
        self.time.seconds()[row]
    }

    /// Metres, positive downwards.
    pub(super) fn depth(&self, row: usize) -> Option<f64> {
        // Not minus: the surface lies at 0, and not at −0.
        self.elevation.map(|elevation| 0.0 - elevation[row]).filter(|depth| depth.is_finite())
    }

    fn sample(&self, row: usize) -> Sample<'t> {
        let keys = self.keys.iter().map(|(_, words)| words[row].as_str()).collect();
        (self.lat[row].to_bits(), self.lon[row].to_bits(), self.seconds(row), self.depth(row).map(f64::to_bits), keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdap::column;

    fn numbers(values: &[f64]) -> TableColumn {
        TableColumn::Numbers(column(values.to_vec()))
    }

    #[test]
    fn rows_are_grouped_by_the_place_and_time_of_their_primary() {
        let times = TableColumn::Times(Times::new(vec![0, 0, 0, 60]));
        let columns = [
            ("primary lat [degrees_north]", numbers(&[1.0, 2.0, 1.0, 1.0])),
            ("primary lon [degrees_east]", numbers(&[5.0; 4])),
            ("primary time", times.clone()),
            ("primary sst [K]", numbers(&[280.0; 4])),
            ("secondary lat [degrees_north]", numbers(&[1.0, 1.0, 1.5, 1.0])),
            ("secondary lon [degrees_east]", numbers(&[5.0; 4])),
            ("secondary time", TableColumn::Times(Times::new(vec![0; 4]))),
            ("secondary buoy", TableColumn::Text(vec!["a".into(), "a".into(), "b".into(), "a".into()])),
            ("distance [m]", numbers(&[0.0; 4])),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        let table = Table { title: String::new(), columns, origin: sdap::Origin::default() };
        let pairs = Pairs::of(&table).unwrap();
        assert_eq!(pairs.groups, [vec![0, 2], vec![1], vec![3]]);
        assert_eq!((pairs.rows(), pairs.distinct_secondaries()), (4, 2));
        assert_eq!((pairs.primary.variables[0].label, pairs.primary.variables[0].units), ("sst", "K"));
        assert_eq!(pairs.secondary.keys[0].0, "buoy");
    }

    #[test]
    fn any_other_table_has_no_pairs() {
        let table = Table { title: String::new(), columns: vec![("lat".into(), numbers(&[1.0]))], origin: sdap::Origin::default() };
        assert!(Pairs::of(&table).is_none());
    }
}
