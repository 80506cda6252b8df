//! Rows of an answer that come more than once.
//!
//! A server has one row for each time of a dataset, and one entry for each time and coordinate of a diagram. What comes twice alike says
//! nothing new, and would count twice where parts are joined; what comes twice and differs contradicts itself.

use crate::parse::{Sample, Series};

/// A series by ascending time in which no time that was asked for comes twice, and how many rows that are like another of their time
/// were left out.
///
/// # Errors
/// The time, in seconds since 1970, of which two rows differ.
pub(crate) fn without_repeats(series: Series, is_asked: impl Fn(i64) -> bool) -> Result<(Series, usize), i64> {
    let ascends = |pair: &[i64]| pair[0] < pair[1];
    if series.time.windows(2).all(ascends) {
        return Ok((series, 0));
    }
    let sorted = series.sorted(|_| true);
    let repeated: Vec<usize> =
        (1..sorted.time.len()).filter(|row| sorted.time[*row] == sorted.time[row - 1] && is_asked(sorted.time[*row])).collect();
    if let Some(row) = repeated.iter().find(|row| !sorted.has_alike(**row - 1, **row)) {
        return Err(sorted.time[*row]);
    }
    Ok((sorted.without(&repeated), repeated.len()))
}

/// Leaves out samples that are like another of their time and coordinate, and says how many there were, and how many of one time and
/// coordinate are left that differ.
pub(crate) fn drop_repeats(samples: &mut Vec<Sample>) -> (usize, usize) {
    let is_ordered = |pair: &[Sample]| (pair[0].time, pair[0].coordinate) < (pair[1].time, pair[1].coordinate);
    if samples.windows(2).all(is_ordered) {
        return (0, 0);
    }
    let place = |at: usize| (samples[at].time, samples[at].coordinate.to_bits());
    let whole = |at: usize| (place(at), samples[at].moments.bits());
    // Those that are alike come to stand side by side, the first of them first.
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by_key(|at| whole(*at));
    let mut is_repeated = vec![false; samples.len()];
    let mut differing = 0;
    for pair in order.windows(2) {
        is_repeated[pair[1]] = whole(pair[0]) == whole(pair[1]);
        differing += usize::from(place(pair[0]) == place(pair[1]) && !is_repeated[pair[1]]);
    }
    let came = samples.len();
    let mut repeated = is_repeated.into_iter();
    samples.retain(|_| !repeated.next().unwrap_or_default());
    (came - samples.len(), differing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::Moments;

    fn series(rows: &[(i64, f64, f64)]) -> Series {
        let column = |of: fn(&(i64, f64, f64)) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
        let nothing = vec![f64::NAN; rows.len()];
        Series {
            time: rows.iter().map(|row| row.0).collect(),
            mean: column(|row| row.1),
            std: nothing.clone(),
            count: nothing.clone(),
            min: nothing.clone(),
            max: nothing,
            extra: vec![("meanSeasonal".into(), column(|row| row.2))],
        }
    }

    #[test]
    fn rows_that_are_alike_are_one() {
        let nan = f64::NAN;
        let (once, repeated) =
            without_repeats(series(&[(5, 1.0, nan), (0, nan, 2.0), (5, 1.0, nan), (0, nan, 2.0), (5, 1.0, nan)]), |_| true).unwrap();
        assert_eq!(
            (repeated, once.time.clone(), format!("{:?} {:?}", once.mean, once.extra[0].1)),
            (3, vec![0, 5], "[NaN, 1.0] [2.0, NaN]".into())
        );
        assert_eq!((once.std.len(), once.count.len(), once.min.len(), once.max.len()), (2, 2, 2, 2));
    }

    #[test]
    fn rows_of_one_time_that_differ_in_any_column_have_no_answer() {
        let differing = [(0, 1.0, 1.0), (5, 1.0, 1.0), (5, 2.0, 1.0)];
        assert_eq!(without_repeats(series(&differing), |_| true).unwrap_err(), 5);
        assert_eq!(without_repeats(series(&[(5, 1.0, 1.0), (0, 1.0, 1.0), (5, 1.0, f64::NAN)]), |_| true).unwrap_err(), 5);
        assert_eq!(without_repeats(series(&differing), |time| time < 5).unwrap().1, 0, "what was not asked for is no matter");
    }

    #[test]
    fn samples_of_one_place_are_one_if_alike() {
        let sample = |time, coordinate, mean| Sample { time, coordinate, moments: Moments { mean, ..Moments::NONE } };
        let mut samples = vec![sample(0, 1.5, 1.0), sample(0, 2.5, 1.0), sample(0, 1.5, 1.0), sample(5, 1.5, 1.0), sample(0, 2.5, 3.0)];
        assert_eq!(drop_repeats(&mut samples), (1, 1));
        assert_eq!(samples.len(), 4);
    }
}
