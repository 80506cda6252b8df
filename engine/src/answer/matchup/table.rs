//! The table of pairs: what is known of the primary, the same of the secondary, and how far apart they are.

use super::pairs::Pair;
use crate::answer::samples::Samples;
use crate::dataset::{Dataset, Variable};
use sdap::{Column, TableColumn, Times, column};

/// One side of a match-up.
pub(super) struct Side<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) variable: &'a Variable,
    pub(super) samples: Samples,
}

/// The columns of the table, as [`sdap::Table`] says, with the keys and elevations of in-situ points. `time difference [s]` is
/// positive where the secondary is later.
pub(super) fn columns(primary: &Side<'_>, secondary: &Side<'_>, pairs: &[Pair]) -> Vec<(String, TableColumn)> {
    let mut columns = of_side("primary", primary, pairs.iter().map(|pair| pair.primary).collect());
    columns.extend(of_side("secondary", secondary, pairs.iter().map(|pair| pair.secondary).collect()));
    let numbers = |values: Vec<f64>| TableColumn::Numbers(column(values));
    columns.push(("distance [m]".into(), numbers(pairs.iter().map(|pair| pair.distance).collect())));
    columns.push(("time difference [s]".into(), numbers(pairs.iter().map(|pair| pair.later as f64).collect())));
    columns
}

fn of_side(whose: &str, side: &Side<'_>, order: Vec<usize>) -> Vec<(String, TableColumn)> {
    let Side { variable, samples, .. } = side;
    let pick = |all: &[f64]| -> Column { column(order.iter().map(|at| all[*at]).collect::<Vec<_>>()) };
    let mut columns = vec![
        (format!("{whose} lat [degrees_north]"), TableColumn::Numbers(pick(&samples.lat))),
        (format!("{whose} lon [degrees_east]"), TableColumn::Numbers(pick(&samples.lon))),
        (format!("{whose} time"), TableColumn::Times(Times::new(order.iter().map(|at| samples.time[*at]).collect::<Vec<_>>()))),
    ];
    if let Some(elevation) = &samples.elevation {
        columns.push((format!("{whose} elevation [m]"), TableColumn::Numbers(pick(elevation))));
    }
    for (name, values) in &samples.keys {
        columns.push((format!("{whose} {name}"), TableColumn::Text(order.iter().map(|at| values[*at].clone()).collect())));
    }
    let units = if variable.units.is_empty() { String::new() } else { format!(" [{}]", variable.units) };
    columns.push((format!("{whose} {}{units}", variable.label()), TableColumn::Numbers(pick(&samples.values[0]))));
    columns
}
