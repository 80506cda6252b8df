//! `table`: what is bound, as rows.

use super::{Context, Outcome, bindings::value};
use crate::{Fault, grammar::TableArgs, show};
use sdap::{Axis, Grid, Hovmoller, Table, TableColumn, Times, Value, column};

/// A cell that has a number: its row and column, and the number.
type Filled = ((usize, usize), f64);

pub(super) fn table(context: &Context<'_>, args: &TableArgs) -> Result<Outcome, Fault> {
    let bundle = match &*value(context, &args.name)? {
        Value::Series(v) => show::series_table(v),
        Value::Group(v) => show::group_table(v),
        Value::Points(v) => show::points(v),
        Value::Table(v) => show::table(v),
        Value::Grid(v) => show::table(&cells(v)),
        Value::Hovmoller(v) => show::table(&steps(v)),
    };
    Ok(Outcome::Shown(vec![bundle]))
}

/// A map as a table: one row for each cell that has a number.
fn cells(grid: &Grid) -> Table {
    let filled = grid.values.indexed_iter().filter(|(_, v)| !v.is_nan());
    let rows: Vec<Filled> = filled.map(|(at, v)| (at, *v)).collect();
    let numbers = |pick: &dyn Fn(&Filled) -> f64| TableColumn::Numbers(column(rows.iter().map(pick).collect::<Vec<_>>()));
    Table {
        title: format!("{} {}", grid.dataset, grid.statistic),
        columns: vec![
            ("lat [degrees_north]".to_owned(), numbers(&|((y, _), _)| grid.lat[*y])),
            ("lon [degrees_east]".to_owned(), numbers(&|((_, x), _)| grid.lon[*x])),
            (format!("{} [{}]", grid.statistic, grid.units), numbers(&|(_, v)| *v)),
            ("count".to_owned(), numbers(&|(at, _)| grid.count[*at])),
        ],
        origin: grid.origin.clone(),
    }
}

/// A Hovmöller diagram as a table: one row for each cell that has a number.
fn steps(diagram: &Hovmoller) -> Table {
    let filled = diagram.mean.indexed_iter().filter(|(_, v)| !v.is_nan());
    let rows: Vec<Filled> = filled.map(|(at, v)| (at, *v)).collect();
    let coordinate = match diagram.axis {
        Axis::Latitude => "lat [degrees_north]",
        Axis::Longitude => "lon [degrees_east]",
    };
    let times = Times::new(rows.iter().map(|((t, _), _)| diagram.time.seconds()[*t]).collect::<Vec<_>>());
    let numbers = |pick: &dyn Fn(&Filled) -> f64| TableColumn::Numbers(column(rows.iter().map(pick).collect::<Vec<_>>()));
    Table {
        title: format!("{} by time and {:?}", diagram.dataset, diagram.axis).to_lowercase(),
        columns: vec![
            ("time".to_owned(), TableColumn::Times(times)),
            (coordinate.to_owned(), numbers(&|((_, x), _)| diagram.coordinate[*x])),
            (format!("mean [{}]", diagram.units), numbers(&|(_, v)| *v)),
            ("count".to_owned(), numbers(&|(at, _)| diagram.count[*at])),
        ],
        origin: diagram.origin.clone(),
    }
}
