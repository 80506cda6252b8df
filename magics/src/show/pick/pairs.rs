//! Quantities that were measured together: matched, and compared.

use super::title_of;
use crate::show::text::{moment, place, quantity, unit};
use sdap::chrono::{DateTime, Datelike};
use sdap::figure::{Figure, Measure, ScatterFigure};
use sdap::{Grid, Origin, Points, TimeSeries, Times, column};
use std::borrow::Cow;
use std::collections::HashMap;

const DAY: i64 = 86_400;

/// By what times of two series are held to be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    /// To the second.
    Exact,
    /// By the day: a day's value may stand at midnight in one series and at noon in another.
    Day,
    /// By the month.
    Month,
}

impl Match {
    fn of(series: &[&TimeSeries]) -> Self {
        let apart = |s: &TimeSeries| s.time.seconds().windows(2).all(|w| w[1] - w[0] >= DAY);
        let same = series.windows(2).all(|w| w[0].time.seconds() == w[1].time.seconds());
        if same {
            Self::Exact
        } else if series.iter().all(|s| moment::monthly(&s.time)) {
            Self::Month
        } else if series.iter().all(|s| apart(s)) {
            Self::Day
        } else {
            Self::Exact
        }
    }

    fn key(self, second: i64) -> i64 {
        match self {
            Self::Exact => second,
            Self::Day => second.div_euclid(DAY),
            Self::Month => DateTime::from_timestamp(second, 0).map_or(second, |t| i64::from(t.year()) * 12 + i64::from(t.month0())),
        }
    }

    fn said(self) -> &'static str {
        match self {
            Self::Exact => "",
            Self::Day => "matched by day",
            Self::Month => "matched by month",
        }
    }
}

/// What series have at the times that all of them have: the times of the first, and a column for each.
fn matched(series: &[&TimeSeries], by: Match) -> (Vec<i64>, Vec<Vec<f64>>) {
    let others: Vec<HashMap<i64, f64>> =
        series[1..].iter().map(|s| s.time.seconds().iter().map(|t| by.key(*t)).zip(s.mean.iter().copied()).collect()).collect();
    let same = series.iter().all(|s| s.time.seconds() == series[0].time.seconds());
    let mut times = Vec::new();
    let mut columns = vec![Vec::new(); series.len()];
    for (i, second) in series[0].time.seconds().iter().enumerate() {
        let key = by.key(*second);
        let row: Option<Vec<f64>> = if same {
            Some(series.iter().map(|s| s.mean[i]).collect())
        } else {
            std::iter::once(Some(series[0].mean[i])).chain(others.iter().map(|o| o.get(&key).copied())).collect()
        };
        if let Some(row) = row {
            times.push(*second);
            columns.iter_mut().zip(row).for_each(|(column, v)| column.push(v));
        }
    }
    (times, columns)
}

/// One of the quantities to compare.
pub(super) struct Named<'a> {
    pub(super) variable: Cow<'a, str>,
    pub(super) units: &'a str,
    /// What tells it from another of the same name.
    pub(super) of: &'a str,
    pub(super) values: Vec<f64>,
}

impl Named<'_> {
    fn name(&self, alone: bool) -> String {
        match (quantity::words(&self.variable), alone) {
            (name, _) if name.is_empty() => self.of.to_owned(),
            (name, true) => name,
            (name, false) => format!("{name}, {}", self.of),
        }
    }

    fn measure(self, alone: bool) -> Measure {
        let title = unit::titled(&self.name(alone), self.units);
        Measure { title, quantity: quantity::kind(&self.variable, self.units, "mean"), values: column(self.values) }
    }
}

/// The figure of the pairs in which both numbers are there.
pub(super) fn figure(mut named: Vec<Named<'_>>, times: Option<Vec<i64>>, subtitle: String) -> Figure {
    let kept: Vec<usize> =
        (0..named[0].values.len()).filter(|i| named[0].values[*i].is_finite() && named[1].values[*i].is_finite()).collect();
    for one in &mut named {
        one.values = kept.iter().map(|i| one.values[*i]).collect();
    }
    let names: Vec<String> = named.iter().map(|n| quantity::words(&n.variable)).collect();
    let alone = |i: usize| names.iter().filter(|n| **n == names[i]).count() == 1;
    let fit = sdap_engine::regression(&named[0].values, &named[1].values);
    let (x, y) = (unit::pretty(named[0].units), unit::pretty(named[1].units));
    let x = if x.contains([' ', '/']) { format!("({x})") } else { x };
    let slope_units = match (x.as_str(), y.as_str()) {
        (x, y) if x.trim_matches(['(', ')']) == y => String::new(),
        ("", y) => y.to_owned(),
        (x, "") => format!("per {x}"),
        (x, y) => format!("{y} per {x}"),
    };
    let title = quantity::capitalised(&format!("{} against {}", named[1].name(alone(1)), named[0].name(alone(0))));
    let mut measures: Vec<Measure> = named.into_iter().enumerate().map(|(i, n)| n.measure(alone(i))).collect();
    let colour = (measures.len() > 2).then(|| measures.swap_remove(2));
    let y = measures.swap_remove(1);
    Figure::Scatter(ScatterFigure {
        title,
        subtitle,
        x: measures.swap_remove(0),
        y,
        colour,
        time: times.map(|t| Times::new(kept.iter().map(|i| t[*i]).collect::<Vec<_>>())),
        fit,
        slope_units,
    })
}

fn subtitle(origins: &[&Origin], times: Option<&Times>, said: &str) -> String {
    let mut origin = origins[0].clone();
    for other in &origins[1..] {
        origin.synthetic |= other.synthetic;
        origin.area = origin.area.filter(|a| other.area == Some(*a));
        origin.period = origin.period.filter(|p| other.period == Some(*p));
    }
    super::subtitle(&origin, times, said)
}

/// The second series against the first at the times that both have, a dot for each; a third colours the dots.
///
/// Months are matched by the month, and series of days or longer steps by the day; others to the second.
pub fn scatter(x: &TimeSeries, y: &TimeSeries, colour: Option<&TimeSeries>) -> Figure {
    let all: Vec<&TimeSeries> = [Some(x), Some(y), colour].into_iter().flatten().collect();
    let by = Match::of(&all);
    let (times, columns) = matched(&all, by);
    let named =
        all.iter().zip(columns).map(|(s, values)| Named { variable: Cow::Borrowed(&s.variable), units: &s.units, of: &s.dataset, values });
    let origins: Vec<&Origin> = all.iter().map(|s| &s.origin).collect();
    let subtitle = subtitle(&origins, Some(&Times::new(times.clone())), by.said());
    figure(named.collect(), Some(times), subtitle)
}

/// The second grid against the first, a dot for each cell.
///
/// # Errors
/// If their cells differ.
pub fn grid_scatter(x: &Grid, y: &Grid) -> Result<Figure, Apart> {
    same_cells(x, y)?;
    let named = [x, y].map(|g| Named {
        variable: Cow::Borrowed(&g.variable),
        units: &g.units,
        of: &g.dataset,
        values: g.values.iter().copied().collect(),
    });
    Ok(figure(named.into(), None, subtitle(&[&x.origin, &y.origin], None, "one dot for each cell")))
}

/// The second variable of samples against the first, coloured by a third; `None` where they have but one.
pub fn point_scatter(points: &Points) -> Option<Figure> {
    let named = points.variables.iter().take(3).map(|v| Named {
        variable: Cow::Borrowed(&v.name),
        units: &v.units,
        of: &points.dataset,
        values: v.values.to_vec(),
    });
    let named: Vec<Named<'_>> = named.collect();
    let subtitle = subtitle(&[&points.origin], Some(&points.time), &points.dataset);
    (named.len() > 1).then(|| figure(named, Some(points.time.seconds().to_vec()), subtitle))
}

/// Why two values cannot be compared place by place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Apart {
    /// The cells differ.
    #[error("their cells differ: {0} beside {1}")]
    Cells(String, String),
    /// The units differ.
    #[error("their units differ: {0:?} beside {1:?}")]
    Units(String, String),
    /// They have no time in common.
    #[error("they have no time in common")]
    Times,
}

/// Whether both have the same cells, longitudes in either convention.
fn same_cells(a: &Grid, b: &Grid) -> Result<(), Apart> {
    let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
    let same = a.lat.len() == b.lat.len()
        && a.lon.len() == b.lon.len()
        && a.lat.iter().zip(&b.lat).all(|(a, b)| near(*a, *b))
        && a.lon.iter().zip(&b.lon).all(|(a, b)| near((a - b + 180.0).rem_euclid(360.0), 180.0));
    let said = |g: &Grid| format!("{} × {} of {}", g.lat.len(), g.lon.len(), place::area(&g.area()));
    if same { Ok(()) } else { Err(Apart::Cells(said(a), said(b))) }
}

fn same_units(a: &str, b: &str) -> Result<(), Apart> {
    if unit::pretty(a) == unit::pretty(b) { Ok(()) } else { Err(Apart::Units(unit::pretty(a), unit::pretty(b))) }
}

/// What tells two values apart: their datasets, or else the names they are bound to.
fn labels<'a>(names: [&'a str; 2], datasets: [&'a str; 2]) -> String {
    let [a, b] = if datasets[0] == datasets[1] { names } else { datasets };
    format!("{a} − {b}")
}

/// The first grid less the second, cell by cell.
///
/// # Errors
/// If their cells or units differ.
pub fn difference(names: [&str; 2], a: &Grid, b: &Grid) -> Result<Grid, Apart> {
    same_cells(a, b)?;
    same_units(&a.units, &b.units)?;
    let least = |a: &f64, b: &f64| a.min(*b);
    let count: Vec<f64> = a.count.iter().zip(&b.count).map(|(a, b)| least(a, b)).collect();
    Ok(Grid {
        dataset: labels(names, [&a.dataset, &b.dataset]),
        statistic: "difference".to_owned(),
        values: (&a.values - &b.values).into(),
        count: sdap::plane(a.lat.len(), count),
        origin: both(&a.origin, &b.origin),
        ..a.clone()
    })
}

/// The first series less the second, at the times that both have.
///
/// # Errors
/// If their units differ, or they have no time in common.
pub fn series_difference(names: [&str; 2], a: &TimeSeries, b: &TimeSeries) -> Result<TimeSeries, Apart> {
    same_units(&a.units, &b.units)?;
    let (times, columns) = matched(&[a, b], Match::of(&[a, b]));
    if times.is_empty() {
        return Err(Apart::Times);
    }
    let values: Vec<f64> = columns[0].iter().zip(&columns[1]).map(|(a, b)| a - b).collect();
    let name = title_of(&quantity::words(&a.variable), "value").to_lowercase();
    let label = labels(names, [&a.dataset, &b.dataset]);
    let difference = TimeSeries::of_values(&label, &format!("difference of {name}"), &a.units, Times::new(times), values);
    Ok(TimeSeries { origin: both(&a.origin, &b.origin), ..difference })
}

/// What is true of both: synthetic if either is, an area and period if they share them.
fn both(a: &Origin, b: &Origin) -> Origin {
    Origin {
        synthetic: a.synthetic || b.synthetic,
        area: a.area.filter(|area| b.area == Some(*area)),
        period: a.period.filter(|period| b.period == Some(*period)),
        ..a.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(dataset: &str, units: &str, times: Vec<i64>, values: Vec<f64>) -> TimeSeries {
        TimeSeries::of_values(dataset, "discharge", units, Times::new(times), values)
    }

    #[test]
    fn days_are_matched_though_one_series_has_them_at_noon() {
        let a = series("A", "mm", vec![0, DAY, 2 * DAY], vec![1.0, 2.0, 3.0]);
        let b = series("B", "m3 s-1", vec![DAY + DAY / 2, 2 * DAY + DAY / 2, 3 * DAY + DAY / 2], vec![20.0, 30.0, 40.0]);
        let Figure::Scatter(f) = scatter(&a, &b, None) else { panic!("a scatter plot") };
        assert_eq!((f.x.values.to_vec(), f.y.values.to_vec()), (vec![2.0, 3.0], vec![20.0, 30.0]));
        assert_eq!(f.slope_units, "m³ s⁻¹ per mm");
        assert!((f.fit.unwrap().slope - 10.0).abs() < 1e-12 && f.subtitle.contains("matched by day"));
        assert_eq!(f.x.title, "discharge, A (mm)");
    }

    #[test]
    fn pairs_of_which_one_number_is_missing_are_left_out() {
        let a = series("A", "mm", vec![0, 1, 2], vec![1.0, f64::NAN, 3.0]);
        let Figure::Scatter(f) = scatter(&a, &a, Some(&a)) else { panic!("a scatter plot") };
        assert_eq!((f.x.values.len(), f.colour.unwrap().values.len(), f.slope_units.as_str()), (2, 2, ""));
    }

    #[test]
    fn a_difference_needs_the_same_cells_and_units() {
        let grid = |lon: [f64; 2], units: &str| Grid {
            dataset: "D".into(),
            variable: "sst".into(),
            statistic: "mean".into(),
            units: units.into(),
            lat: column([0.0]),
            lon: column(lon),
            values: sdap::plane(1, vec![3.0, 5.0]),
            count: sdap::plane(1, vec![1.0, 2.0]),
            origin: Origin::default(),
        };
        let a = grid([-170.0, -169.0], "degree_Celsius");
        let b = Grid { values: sdap::plane(1, vec![1.0, f64::NAN]), ..grid([190.0, 191.0], "degC") };
        let found = difference(["a", "b"], &a, &b).unwrap();
        assert_eq!((found.values[[0, 0]], found.values[[0, 1]].is_nan(), found.dataset.as_str()), (2.0, true, "a − b"));
        assert!(matches!(difference(["a", "b"], &a, &grid([0.0, 1.0], "K")), Err(Apart::Cells(..))));
        let error = difference(["a", "b"], &a, &grid([-170.0, -169.0], "K")).unwrap_err().to_string();
        assert_eq!(error, r#"their units differ: "°C" beside "K""#);
    }

    #[test]
    fn series_differ_where_both_have_a_time() {
        let (a, b) = (series("A", "mm", vec![0, DAY], vec![5.0, 6.0]), series("B", "mm", vec![DAY, 2 * DAY], vec![1.0, 1.0]));
        let found = series_difference(["a", "b"], &a, &b).unwrap();
        assert_eq!((found.time.seconds(), found.mean.to_vec(), found.dataset.as_str()), (&[DAY][..], vec![5.0], "A − B"));
        let far = series("B", "mm", vec![9 * DAY], vec![1.0]);
        assert_eq!(series_difference(["a", "b"], &a, &far), Err(Apart::Times));
    }
}
