//! Time series of the two sides of the antimeridian, joined.
//!
//! Counts and extremes join exactly. A mean of `/timeSeriesSpark` is weighted by the cosine of latitude, and its weights are
//! not sent: cell counts stand in for them. That is exact where both sides have the same share of their cells at
//! every latitude, as they do without gaps. Otherwise the true ratio of the weights lies within `cos(lowest) /
//! cos(highest latitude)` of the ratio of the counts, which bounds the error. [`across`] reports that bound.

use super::moments::Moments;
use crate::parse::Series;
use sdap::BoundingBox;
use std::collections::BTreeMap;

/// Joins series of parts of `area`, and says by how much a mean may be off because cell counts stood in for weights.
///
/// Columns other than the five statistics cannot be joined and are left out.
pub(crate) fn across(parts: &[Series], area: &BoundingBox) -> (Series, f64) {
    let spread = cosine_spread(area);
    let mut rows: BTreeMap<i64, Moments> = BTreeMap::new();
    let mut bound = 0.0f64;
    for part in parts {
        for row in 0..part.time.len() {
            let moments =
                Moments { count: part.count[row], mean: part.mean[row], std: part.std[row], min: part.min[row], max: part.max[row] };
            let joined = rows.entry(part.time[row]).or_insert(Moments::NONE);
            bound = bound.max(error_of_mean(joined, &moments, spread));
            *joined = joined.and(moments);
        }
    }
    let column = |of: fn(&Moments) -> f64| rows.values().map(of).collect();
    let series = Series {
        time: rows.keys().copied().collect(),
        mean: column(|m| m.mean),
        std: column(|m| m.std),
        count: column(|m| m.count),
        min: column(|m| m.min),
        max: column(|m| m.max),
        extra: Vec::new(),
    };
    (series, bound)
}

/// The greatest cosine of latitude in an area by the least; infinite at a pole.
fn cosine_spread(area: &BoundingBox) -> f64 {
    let cosine = |lat: f64| lat.to_radians().cos().max(0.0);
    let (south, north) = (area.south(), area.north());
    let greatest = if south <= 0.0 && north >= 0.0 { 1.0 } else { cosine(south).max(cosine(north)) };
    greatest / cosine(south).min(cosine(north))
}

/// How far the joined mean may lie from the one weighted by area, if the weights' ratio is up to `spread` times off.
fn error_of_mean(a: &Moments, b: &Moments, spread: f64) -> f64 {
    let share = |factor: f64| 1.0 / (1.0 + a.count / (b.count * factor));
    let shift = (share(spread) - share(1.0)).abs().max((share(1.0 / spread) - share(1.0)).abs());
    let error = shift * (a.mean - b.mean).abs();
    if error.is_nan() { 0.0 } else { error }
}

/// A series by ascending time in which no time comes twice: rows of one time are joined, weighted by their counts. Also how many rows
/// that took.
///
/// Means of areas with the same cells at each time are joined exactly; so are counts, spreads and extremes.
pub(crate) fn merged(series: Series) -> (Series, usize) {
    let rows = series.time.len();
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for row in 0..rows {
        match runs.last_mut() {
            Some(run) if series.time[run.start] == series.time[row] => run.end = row + 1,
            _ => runs.push(row..row + 1),
        }
    }
    if runs.len() == rows {
        return (series, 0);
    }
    let joined: Vec<Moments> = runs
        .iter()
        .map(|run| {
            let moments = run.clone().map(|row| Moments {
                // Where nothing is counted, each row counts once.
                count: if series.count[row].is_nan() { 1.0 } else { series.count[row] },
                mean: series.mean[row],
                std: series.std[row],
                min: series.min[row],
                max: series.max[row],
            });
            moments.fold(Moments::NONE, Moments::and)
        })
        .collect();
    let counted = |row: usize| if series.count[row].is_nan() { 1.0 } else { series.count[row] };
    let extra = |name: &str, column: &[f64]| -> Vec<f64> {
        let run = |run: &std::ops::Range<usize>| {
            let there = run.clone().filter(|row| !column[*row].is_nan());
            let values = there.clone().map(|row| column[row]);
            match name {
                _ if name.starts_with("min") => values.fold(f64::NAN, f64::min),
                _ if name.starts_with("max") => values.fold(f64::NAN, f64::max),
                _ => values.zip(there.clone()).map(|(v, row)| v * counted(row)).sum::<f64>() / there.map(counted).sum::<f64>(),
            }
        };
        runs.iter().map(run).collect()
    };
    let of = |value: fn(&Moments) -> f64| joined.iter().map(value).collect::<Vec<f64>>();
    let uncounted = series.count.iter().all(|count| count.is_nan());
    let whole = Series {
        time: runs.iter().map(|run| series.time[run.start]).collect(),
        mean: of(|m| m.mean),
        std: of(|m| m.std),
        count: if uncounted { vec![f64::NAN; runs.len()] } else { of(|m| m.count) },
        min: of(|m| m.min),
        max: of(|m| m.max),
        extra: series.extra.iter().map(|(name, column)| (name.clone(), extra(name, column))).collect(),
    };
    (whole, rows - runs.len())
}

/// How many cells had a value on each UTC day, by the seconds at which it begins.
pub(crate) fn counts_by_day(series: &Series) -> BTreeMap<i64, f64> {
    let mut days = BTreeMap::new();
    for (time, count) in series.time.iter().zip(&series.count) {
        *days.entry(time.div_euclid(86_400) * 86_400).or_insert(0.0) += count;
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Area statistics of one time over rows of cells, as a server makes them. A NaN cell is a gap.
    fn statistics(rows: &[Vec<f64>], lats: &[f64]) -> Series {
        let cells: Vec<(f64, f64)> = rows
            .iter()
            .zip(lats)
            .flat_map(|(row, lat)| row.iter().map(|v| (*v, lat.to_radians().cos())))
            .filter(|(v, _)| !v.is_nan())
            .collect();
        let count = cells.len() as f64;
        let plain = cells.iter().map(|(v, _)| v).sum::<f64>() / count;
        let column = |v: f64| vec![v];
        Series {
            time: vec![0],
            mean: column(cells.iter().map(|(v, w)| v * w).sum::<f64>() / cells.iter().map(|(_, w)| w).sum::<f64>()),
            std: column((cells.iter().map(|(v, _)| (v - plain).powi(2)).sum::<f64>() / count).sqrt()),
            count: column(count),
            min: column(cells.iter().map(|c| c.0).fold(f64::NAN, f64::min)),
            max: column(cells.iter().map(|c| c.0).fold(f64::NAN, f64::max)),
            extra: Vec::new(),
        }
    }

    fn field(columns: usize) -> impl Strategy<Value = Vec<Vec<f64>>> {
        proptest::collection::vec(proptest::collection::vec(-10.0..30.0f64, columns), 4)
    }

    const LATS: [f64; 4] = [30.0, 40.0, 50.0, 60.0];

    fn area() -> BoundingBox {
        BoundingBox::new(170.0, 30.0, -170.0, 60.0).unwrap()
    }

    proptest! {
        #[test]
        fn without_gaps_the_joined_mean_is_the_mean_of_the_whole(west in field(3), east in field(5)) {
            let whole: Vec<Vec<f64>> = west.iter().zip(&east).map(|(w, e)| [w.clone(), e.clone()].concat()).collect();
            let whole = statistics(&whole, &LATS);
            let (joined, _) = across(&[statistics(&west, &LATS), statistics(&east, &LATS)], &area());
            prop_assert!((joined.mean[0] - whole.mean[0]).abs() < 1e-9);
            prop_assert_eq!((&joined.count, &joined.min, &joined.max), (&whole.count, &whole.min, &whole.max));
        }

        #[test]
        fn with_gaps_the_joined_mean_is_off_by_no_more_than_the_bound(
            west in field(3),
            east in field(5),
            gaps in proptest::collection::vec(any::<bool>(), 32),
        ) {
            let mut whole: Vec<Vec<f64>> = west.iter().zip(&east).map(|(w, e)| [w.clone(), e.clone()].concat()).collect();
            whole.iter_mut().flatten().zip(gaps).filter(|(_, gap)| *gap).for_each(|(v, _)| *v = f64::NAN);
            let side = |from: usize, to: usize| whole.iter().map(|row| row[from..to].to_vec()).collect::<Vec<_>>();
            let sides = [statistics(&side(0, 3), &LATS), statistics(&side(3, 8), &LATS)];
            let (joined, bound) = across(&sides, &area());
            let whole = statistics(&whole, &LATS);
            prop_assume!(whole.count[0] > 0.0);
            prop_assert!((joined.mean[0] - whole.mean[0]).abs() <= bound + 1e-9, "{} {} {bound}", joined.mean[0], whole.mean[0]);
        }
    }

    #[test]
    fn times_of_one_side_alone_are_kept_as_they_are() {
        let one = Series { time: vec![0, 5], ..two_rows() };
        let other = Series { time: vec![5, 9], ..two_rows() };
        let (joined, _) = across(&[one, other], &area());
        assert_eq!((joined.time, joined.count), (vec![0, 5, 9], vec![1.0, 3.0, 2.0]));
    }

    fn two_rows() -> Series {
        let v = || vec![1.0, 2.0];
        Series { time: vec![], mean: v(), std: vec![0.0; 2], count: v(), min: v(), max: v(), extra: vec![] }
    }

    #[test]
    fn near_the_equator_counts_are_nearly_weights_and_at_a_pole_they_are_nothing() {
        let band = |south, north| cosine_spread(&BoundingBox::new(170.0, south, -170.0, north).unwrap());
        assert!((band(-5.0, 5.0) - 1.003_82).abs() < 1e-4);
        assert!(band(0.0, 90.0) > 1e15);
    }

    #[test]
    fn counts_add_up_over_a_day() {
        let series = Series { time: vec![-1, 3600, 7200, 86_400], count: vec![1.0, 2.0, 3.0, 4.0], ..Series::default() };
        assert_eq!(counts_by_day(&series).into_iter().collect::<Vec<_>>(), [(-86_400, 1.0), (0, 5.0), (86_400, 4.0)]);
    }

    #[test]
    fn rows_of_one_time_are_one_row_weighted_by_their_counts() {
        let series = Series {
            time: vec![0, 5, 5],
            mean: vec![1.0, 10.0, 20.0],
            std: vec![0.5, 0.0, 0.0],
            count: vec![2.0, 1.0, 3.0],
            min: vec![0.0, 9.0, 19.0],
            max: vec![2.0, 11.0, 21.0],
            extra: vec![("meanSeasonal".into(), vec![0.5, 1.0, 2.0]), ("minSeasonal".into(), vec![0.5, f64::NAN, 2.0])],
        };
        let (joined, rows) = merged(series.clone());
        assert_eq!((rows, joined.time, joined.mean, joined.count), (1, vec![0, 5], vec![1.0, 17.5], vec![2.0, 4.0]));
        assert_eq!((joined.min, joined.max, joined.std), (vec![0.0, 9.0], vec![2.0, 21.0], vec![0.5, 18.75f64.sqrt()]));
        assert_eq!(joined.extra, [("meanSeasonal".to_owned(), vec![0.5, 1.75]), ("minSeasonal".to_owned(), vec![0.5, 2.0])]);
        let apart = Series { time: vec![0, 5, 6], ..series };
        assert_eq!(merged(apart).1, 0);
    }
}
