//! Rows and columns in colour: tables, and the years and months of a series.

use super::{subtitle, title_of};
use crate::show::text::{moment::Precision, number, quantity, unit};
use sdap::chrono::Datelike;
use sdap::figure::{Figure, HeatmapFigure, Quantity};
use sdap::{Column, Table, TableColumn, TimeSeries, Value, plane};
use std::collections::BTreeMap;

/// The columns of a series' years.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The columns of numbers of a table in colour, or of a series the mean of each month, a row for each year.
///
/// The first column of a table names its rows if it has words or times, or numbers that ascend and are no part of the rest.
/// `None` of other values, of a table without numbers or whose numbers have several units, and of a series without times.
pub fn heatmap(value: &Value) -> Option<Figure> {
    match value {
        Value::Table(v) => table(v),
        Value::Series(v) => months(v),
        _ => None,
    }
}

fn table(table: &Table) -> Option<Figure> {
    let labels = table.columns.first().and_then(|(heading, first)| labels(heading, first, &table.columns[1..]));
    let rest = &table.columns[usize::from(labels.is_some())..];
    let numbers: Vec<(&str, &str, &Column)> = rest
        .iter()
        .filter_map(|(heading, column)| match column {
            TableColumn::Numbers(values) => {
                let (name, units) = unit::of_heading(heading);
                Some((name, units, values))
            }
            _ => None,
        })
        .collect();
    let (_, units, _) = numbers.first()?;
    if table.is_empty() || numbers.iter().any(|(_, other, _)| unit::pretty(other) != unit::pretty(units)) {
        return None;
    }
    let values = (0..table.len()).flat_map(|row| numbers.iter().map(move |(.., column)| column[row]));
    let title = if table.title.is_empty() { "Table" } else { &table.title };
    Some(Figure::Heatmap(HeatmapFigure {
        title: quantity::capitalised(title),
        subtitle: subtitle(&table.origin, None, ""),
        rows: labels.unwrap_or_else(|| (1..=table.len()).map(|row| row.to_string()).collect()),
        columns: numbers.iter().map(|(name, ..)| (*name).to_owned()).collect(),
        values: plane(table.len(), values.collect::<Vec<_>>()),
        quantity: quantity::kind(title, units, ""),
        scale: unit::titled("", units),
    }))
}

/// What the rows are called, if a table's first column says it.
fn labels(heading: &str, first: &TableColumn, rest: &[(String, TableColumn)]) -> Option<Vec<String>> {
    let (_, units) = unit::of_heading(heading);
    match first {
        TableColumn::Text(words) => Some(words.clone()),
        TableColumn::Times(times) => {
            let precision = Precision::of(times);
            Some((0..times.len()).map(|i| times.get(i).map(|t| precision.write(t)).unwrap_or_default()).collect())
        }
        TableColumn::Numbers(values) => {
            let other = rest.iter().find(|(_, c)| matches!(c, TableColumn::Numbers(_))).map(|(heading, _)| unit::of_heading(heading).1)?;
            let ascends = values.windows(2).into_iter().all(|w| w[0] < w[1]);
            let apart = if units.is_empty() { values.iter().all(|v| v.fract() == 0.0) } else { units != other };
            let label = |v: &f64| format!("{} {}", number::trimmed(*v, 4), unit::pretty(units)).trim_end().to_owned();
            (ascends && apart).then(|| values.iter().map(label).collect())
        }
    }
}

fn months(series: &TimeSeries) -> Option<Figure> {
    let mut sums: BTreeMap<i32, [(f64, usize); 12]> = BTreeMap::new();
    for i in 0..series.len() {
        let time = series.time.get(i)?;
        let months = sums.entry(time.year()).or_default();
        if series.mean[i].is_finite() {
            let (sum, n) = &mut months[time.month0() as usize];
            (*sum, *n) = (*sum + series.mean[i], *n + 1);
        }
    }
    let (first, last) = (*sums.first_key_value()?.0, *sums.last_key_value()?.0);
    let mean = |year: i32| sums.get(&year).copied().unwrap_or_default().map(|(sum, n)| sum / n as f64);
    let name = quantity::words(&series.variable);
    let kind = quantity::kind(&series.variable, &series.units, "mean");
    Some(Figure::Heatmap(HeatmapFigure {
        title: format!("{}, month by month", title_of(&name, &series.dataset)),
        subtitle: subtitle(&series.origin, Some(&series.time), &series.dataset),
        rows: (first..=last).map(|year| year.to_string()).collect(),
        columns: MONTHS.map(str::to_owned).to_vec(),
        values: plane((last - first + 1) as usize, (first..=last).flat_map(mean).collect::<Vec<_>>()),
        quantity: if kind == Quantity::Other && series.mean.iter().any(|v| *v < 0.0) { Quantity::Signed } else { kind },
        scale: unit::titled(&name, &series.units),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdap::{Origin, Times, column};

    fn drawn(columns: Vec<(&str, TableColumn)>) -> Option<HeatmapFigure> {
        let columns = columns.into_iter().map(|(name, c)| (name.to_owned(), c)).collect();
        match heatmap(&Value::Table(Table { title: "t".into(), columns, origin: Origin::default() }))? {
            Figure::Heatmap(f) => Some(f),
            _ => panic!("a heatmap"),
        }
    }

    fn numbers(values: [f64; 2]) -> TableColumn {
        TableColumn::Numbers(column(values))
    }

    #[test]
    fn the_first_column_names_the_rows_if_it_is_none_of_the_numbers() {
        let words = TableColumn::Text(vec!["a".into(), "b".into()]);
        let f = drawn(vec![("station", words), ("Jan [mm]", numbers([1.0, 2.0])), ("Feb [mm]", numbers([3.0, 4.0]))]).unwrap();
        assert_eq!(
            (f.rows, f.columns, f.values[[0, 1]], f.scale.as_str()),
            (vec!["a".into(), "b".into()], vec!["Jan".into(), "Feb".into()], 3.0, "mm")
        );
        let f = drawn(vec![("depth [m]", numbers([10.0, 50.5])), ("t [degC]", numbers([3.0, 4.0]))]).unwrap();
        assert_eq!(f.rows, ["10 m", "50.5 m"]);
        let f = drawn(vec![("year", numbers([1999.0, 2000.0])), ("r", numbers([0.3, 0.4]))]).unwrap();
        assert_eq!((f.rows, f.columns.len()), (vec!["1999".into(), "2000".into()], 1));
        let f = drawn(vec![("a", numbers([0.5, 0.7])), ("b", numbers([0.3, 0.4]))]).unwrap();
        assert_eq!((f.rows, f.columns.len()), (vec!["1".into(), "2".into()], 2));
    }

    #[test]
    fn numbers_of_several_units_have_no_colours_in_common() {
        assert!(drawn(vec![("a [mm]", numbers([0.5, 0.1])), ("b [m]", numbers([0.3, 0.4]))]).is_none());
        assert!(drawn(vec![("a", TableColumn::Text(vec!["x".into(), "y".into()]))]).is_none());
    }

    #[test]
    fn a_series_is_a_row_of_months_for_each_year_those_without_any_too() {
        let times = Times::new(vec![946_684_800, 946_771_200, 1_015_000_000]);
        let Some(Figure::Heatmap(f)) = heatmap(&Value::Series(TimeSeries::of_values("D", "sst", "degC", times, [1.0, 3.0, 5.0]))) else {
            panic!("a heatmap")
        };
        assert_eq!(f.rows, ["2000", "2001", "2002"]);
        assert_eq!((f.values[[0, 0]], f.values[[1, 0]].is_nan(), f.values[[2, 2]]), (2.0, true, 5.0));
    }
}
