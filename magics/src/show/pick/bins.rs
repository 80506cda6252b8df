//! How often values occur.

use super::matchup::Matchup;
use super::subtitle;
use crate::show::draw::scale;
use crate::show::text::{number, quantity, unit};
use sdap::figure::{Figure, HistogramFigure};
use sdap::{Origin, Times, Value, column};

/// More bins than this are no help, and fewer tell little.
const MOST: f64 = 80.0;
const FEWEST: f64 = 6.0;

/// How often the values of a series, a group of one unit, a grid, a Hovmöller diagram, samples, or the differences of a
/// match-up occur; `None` of another table, and of a group or match-up whose units differ.
///
/// The bins have round edges, and about the width after Freedman and Diaconis: 2·IQR / ∛n.
pub fn histogram(value: &Value) -> Option<Figure> {
    let figure = |(variable, units, dataset): (&str, &str, &str), of: &str, origin: &Origin, times: Option<&Times>, values: Vec<f64>| {
        Some(Figure::Histogram(counted((variable, units, dataset), of, subtitle(origin, times, dataset), &values)))
    };
    match value {
        Value::Series(v) => figure((&v.variable, &v.units, &v.dataset), "times", &v.origin, Some(&v.time), v.mean.to_vec()),
        Value::Group(v) => {
            let first = v.series.first()?;
            let same = v.series.iter().all(|s| unit::pretty(&s.units) == unit::pretty(&first.units));
            let values = v.series.iter().flat_map(|s| s.mean.iter().copied()).collect();
            let of = format!("times of {} series", v.series.len());
            same.then(|| figure((&first.variable, &first.units, ""), &of, &v.origin, Some(&v.time()), values))?
        }
        Value::Grid(v) => figure((&v.variable, &v.units, &v.dataset), "cells", &v.origin, None, v.values.iter().copied().collect()),
        Value::Hovmoller(v) => {
            figure((&v.variable, &v.units, &v.dataset), "cells", &v.origin, Some(&v.time), v.mean.iter().copied().collect())
        }
        Value::Points(v) => {
            let variable = v.variables.first()?;
            figure((&variable.name, &variable.units, &v.dataset), "points", &v.origin, Some(&v.time), variable.values.to_vec())
        }
        Value::Table(v) => {
            let (name, units, values) = Matchup::of(v)?.differences()?;
            figure((&name, units, ""), "pairs", &v.origin, None, values)
        }
    }
}

fn counted((variable, units, dataset): (&str, &str, &str), of: &str, subtitle: String, values: &[f64]) -> HistogramFigure {
    let mut finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    finite.sort_unstable_by(f64::total_cmp);
    let n = finite.len() as f64;
    let mean = finite.iter().sum::<f64>() / n;
    let deviation = (finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    let edges = edges(&finite);
    let mut counts = vec![0.0; edges.len().saturating_sub(1)];
    for v in &finite {
        let bin = edges.partition_point(|edge| edge <= v).saturating_sub(1).min(counts.len() - 1);
        counts[bin] += 1.0;
    }
    let name = quantity::words(variable);
    let missing = values.len() - finite.len();
    let n = if missing == 0 {
        number::counted(finite.len(), "value", "values")
    } else {
        format!("{}, {} missing", number::counted(finite.len(), "value", "values"), number::count(missing))
    };
    HistogramFigure {
        title: quantity::capitalised(&format!("distribution of {}", if name.is_empty() { dataset } else { &name })),
        subtitle: [subtitle, n].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" · "),
        quantity: unit::titled(&name, units),
        counted: of.to_owned(),
        edges: column(edges),
        counts: column(counts),
        mean,
        standard_deviation: deviation,
        units: units.to_owned(),
    }
}

/// Round edges about ascending numbers.
fn edges(sorted: &[f64]) -> Vec<f64> {
    let (Some(least), Some(greatest)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let span = greatest - least;
    if span <= least.abs().max(greatest.abs()) * 1e-12 || !span.is_finite() {
        let half = if *least == 0.0 { 0.5 } else { least.abs() * 0.05 };
        return vec![least - half, greatest.max(*least) + half];
    }
    let quantile = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let wanted = 2.0 * (quantile(0.75) - quantile(0.25)) / (sorted.len() as f64).cbrt();
    let bins = if wanted > 0.0 { span / wanted } else { (sorted.len() as f64).sqrt() };
    let step = scale::step(span, bins.clamp(FEWEST, MOST).round() as usize);
    let (first, last) = ((least / step + 1e-9).floor() as i64, (greatest / step - 1e-9).ceil() as i64);
    (first..=last.max(first + 1)).map(|i| i as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_have_round_edges_and_hold_every_value_once() {
        let values: Vec<f64> = (0..1000).map(|i| 20.0 + f64::from(i % 97) / 10.0).collect();
        let f = counted(("sst", "degC", "D"), "times", String::new(), &values);
        assert_eq!(f.counts.sum(), 1000.0);
        assert_eq!(f.edges.len(), f.counts.len() + 1);
        assert!(f.edges.iter().all(|e| (e * 2.0).fract().abs() < 1e-9), "{}", f.edges);
        assert!(f.edges[0] <= 20.0 && *f.edges.last().unwrap() >= 29.6);
    }

    #[test]
    fn constant_lone_and_absent_values_have_bins_or_none() {
        for values in [vec![5.0; 9], vec![0.0], vec![-3.0, f64::NAN], vec![1e9, 1e9 + 1e-6]] {
            let f = counted(("q", "m", "D"), "times", String::new(), &values);
            assert_eq!(f.counts.sum(), values.iter().filter(|v| v.is_finite()).count() as f64);
            assert!(f.edges.windows(2).into_iter().all(|w| w[0] < w[1]), "{values:?}");
        }
        assert!(counted(("q", "m", "D"), "times", String::new(), &[f64::NAN]).counts.is_empty());
    }

    #[test]
    fn far_values_do_not_make_millions_of_bins() {
        let mut values = vec![1.0, 1.1, 1.2, 1.3];
        values.push(1e12);
        assert!(counted(("q", "m", "D"), "times", String::new(), &values).counts.len() <= 81);
    }
}
