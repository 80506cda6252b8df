//! Tables.

use crate::{Column, Origin, Times};

/// One column of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum TableColumn {
    /// Text.
    Text(Vec<String>),
    /// Numbers; NaN is missing.
    Numbers(Column),
    /// Times, UTC.
    Times(Times),
}

impl TableColumn {
    /// How many rows the column has.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(c) => c.len(),
            Self::Numbers(c) => c.len(),
            Self::Times(c) => c.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Named columns of one length. A name may carry its unit in brackets: `sst [degree_Celsius]`.
///
/// A match-up, samples of two datasets taken near each other, is a table of pairs. Its columns say whose they are: `primary lat
/// [degrees_north]`, `primary lon [degrees_east]`, `primary time`, `primary sst [degree_Celsius]`, and the same of the
/// `secondary`. Latitudes and longitudes of both are what tells it from other tables; `%sdap plot` draws it as a map.
#[derive(Clone, PartialEq)]
pub struct Table {
    /// What the table is about.
    pub title: String,
    /// The columns by name, in order.
    pub columns: Vec<(String, TableColumn)>,
    /// Where the table comes from.
    pub origin: Origin,
}

impl Table {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, c)| c.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column of that name.
    ///
    /// ```
    /// use sdap::{Table, TableColumn, column};
    /// let depths = TableColumn::Numbers(column([10.0, 50.0]));
    /// let table = Table { title: "Depths".into(), columns: vec![("depth [m]".into(), depths)], origin: Default::default() };
    /// assert_eq!(table.column("depth [m]").map(TableColumn::len), Some(2));
    /// assert!(table.column("height").is_none());
    /// ```
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| c)
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.columns.iter().map(|(n, _)| n.as_str()).collect();
        write!(f, "Table {}: {} rows of {}", self.title, self.len(), names.join(", "))
    }
}
