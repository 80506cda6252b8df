//! A value in one line, and a series as a row of little bars.

use super::text::{moment, number, place, printable, quantity, unit};
use sdap::{Axis, Grid, Hovmoller, Points, SeriesGroup, Table, TimeSeries, Value};

/// The least, mean and greatest of the numbers that are there, and how many are missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    pub(super) present: usize,
    pub(super) missing: usize,
    pub(super) least: f64,
    pub(super) mean: f64,
    pub(super) greatest: f64,
}

impl Spread {
    pub(super) fn of<'a>(values: impl IntoIterator<Item = &'a f64>) -> Self {
        let mut s = Self { present: 0, missing: 0, least: f64::NAN, mean: f64::NAN, greatest: f64::NAN };
        let mut sum = 0.0;
        for v in values {
            if v.is_finite() {
                s.present += 1;
                s.least = s.least.min(*v);
                s.greatest = s.greatest.max(*v);
                sum += v;
            } else {
                s.missing += 1;
            }
        }
        if s.present > 0 {
            s.mean = sum / s.present as f64;
        }
        s
    }

    /// `min 1, mean 2, max 3 mm · 4 missing`.
    pub(super) fn text(&self, units: &str) -> String {
        if self.present == 0 {
            return if self.missing == 0 { "no values".to_owned() } else { format!("all {} missing", number::count(self.missing)) };
        }
        let unit = unit::pretty(units);
        let space = if unit.is_empty() { "" } else { " " };
        let missing = if self.missing == 0 { String::new() } else { format!(" · {} missing", number::count(self.missing)) };
        let [least, mean, greatest] =
            [self.least, self.mean, self.greatest].map(|v| number::short_beside(v, self.least.abs().max(self.greatest.abs())));
        format!("min {least}, mean {mean}, max {greatest}{space}{unit}{missing}")
    }
}

/// The value in one line: kind, dataset, count, span, least, mean and greatest with unit, missing, and whether synthetic.
pub fn summary(name: Option<&str>, value: &Value) -> String {
    let said = match value {
        Value::Series(v) => series(v),
        Value::Group(v) => group(v),
        Value::Grid(v) => grid(v),
        Value::Hovmoller(v) => hovmoller(v),
        Value::Points(v) => points(v),
        Value::Table(v) => table(v),
    };
    let synthetic = match value {
        Value::Group(v) => v.origin.synthetic || v.series.iter().any(|s| s.origin.synthetic),
        other => other.origin().synthetic,
    };
    let mut parts = vec![name.unwrap_or_default().to_owned(), value.type_name().to_owned()];
    parts.extend(said);
    parts.push(if synthetic { "synthetic".to_owned() } else { String::new() });
    printable(&parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ")).replace('\n', " ")
}

fn series(v: &TimeSeries) -> Vec<String> {
    let times = number::counted(v.len(), "time", "times");
    vec![v.dataset.clone(), quantity::words(&v.variable), times, span(&v.time), Spread::of(&v.mean).text(&v.units)]
}

fn group(v: &SeriesGroup) -> Vec<String> {
    let mut units: Vec<&str> = v.series.iter().map(|s| s.units.as_str()).collect();
    units.dedup();
    let spread = match &units[..] {
        [one] => Spread::of(v.series.iter().flat_map(|s| s.mean.iter())).text(one),
        _ => String::new(),
    };
    let names = v.names();
    let listed = if names.len() > 4 { format!("{}, … {}", names[..2].join(", "), names[names.len() - 1]) } else { names.join(", ") };
    let (time, n) = (v.time(), v.series.len());
    vec![number::counted(n, "series", "series"), listed, number::counted(time.len(), "time", "times"), span(&time), spread]
}

fn grid(v: &Grid) -> Vec<String> {
    let (rows, columns) = v.values.dim();
    let what = [quantity::words(&v.variable), v.statistic.replace('_', " ")];
    let what = what.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(", ");
    let period = v.origin.period.as_ref().map(moment::period).unwrap_or_default();
    let spread = Spread::of(&v.values).text(&v.units);
    vec![v.dataset.clone(), what, format!("{rows} × {columns} cells"), place::area(&v.area()), period, spread]
}

fn hovmoller(v: &Hovmoller) -> Vec<String> {
    let axis = match v.axis {
        Axis::Latitude => ("latitude", "latitudes"),
        Axis::Longitude => ("longitude", "longitudes"),
    };
    let shape = format!("{} × {}", number::counted(v.time.len(), "time", "times"), number::counted(v.coordinate.len(), axis.0, axis.1));
    vec![v.dataset.clone(), quantity::words(&v.variable), shape, span(&v.time), Spread::of(&v.mean).text(&v.units)]
}

fn points(v: &Points) -> Vec<String> {
    let mut parts = vec![v.dataset.clone(), number::counted(v.len(), "point", "points"), span(&v.time)];
    parts.extend(v.variables.iter().take(3).map(|q| format!("{} {}", q.name, Spread::of(&q.values).text(&q.units))));
    if v.variables.len() > 3 {
        parts.push(format!("{} more variables", v.variables.len() - 3));
    }
    parts
}

fn table(v: &Table) -> Vec<String> {
    let names: Vec<&str> = v.columns.iter().map(|(name, _)| name.as_str()).collect();
    vec![v.title.clone(), number::counted(v.len(), "row", "rows"), names.join(", ")]
}

fn span(times: &sdap::Times) -> String {
    if times.is_empty() { String::new() } else { moment::span(times) }
}

/// How many bars a sparkline has at most.
const BARS: usize = 60;

/// The numbers as a row of bars, `▁▂▅█`; a gap where they are missing. Long rows are averaged down to 60 bars.
///
/// Empty if no number is finite.
pub fn sparkline(values: &[f64]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bars = values.len().min(BARS);
    let mean = |i: usize| Spread::of(&values[i * values.len() / bars..(i + 1) * values.len() / bars]).mean;
    let means: Vec<f64> = (0..bars).map(mean).collect();
    let all = Spread::of(&means);
    if all.present == 0 {
        return String::new();
    }
    let range = all.greatest - all.least;
    let level = |v: f64| if range > 0.0 { ((v - all.least) / range * 7.0).round() as usize } else { 3 };
    means.iter().map(|v| if v.is_finite() { LEVELS[level(*v).min(7)] } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_spans_its_bars_and_leaves_gaps() {
        assert_eq!(sparkline(&[0.0, 1.0, f64::NAN, 7.0]), "▁▂ █");
        assert_eq!(sparkline(&[5.0, 5.0]), "▄▄");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&[f64::NAN]), "");
        assert_eq!(sparkline(&[1.0; 1000]).chars().count(), 60);
        assert_eq!(sparkline(&[f64::INFINITY, 1.0, 2.0]), " ▁█");
    }

    #[test]
    fn a_spread_says_what_is_missing() {
        assert_eq!(Spread::of(&[1.0, f64::NAN, 2.0]).text("degree_Celsius"), "min 1, mean 1.5, max 2 °C · 1 missing");
        assert_eq!(Spread::of(&[f64::NAN, f64::NAN]).text("mm"), "all 2 missing");
        assert_eq!(Spread::of(&[]).text("mm"), "no values");
    }
}
