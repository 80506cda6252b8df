//! Fewer points that look the same: the least and the greatest of each pixel column.

/// The indices to keep so that a line over `columns` pixel columns looks as with all its points.
///
/// In each column the least and the greatest number are kept, and one gap where there is any. All are kept
/// if they are few.
pub(crate) fn kept(times: &[i64], values: impl Fn(usize) -> f64, columns: usize) -> Vec<usize> {
    let n = times.len();
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
    if n <= 2 * columns {
        return (0..n).collect();
    }
    let span = (last - first).max(1) as f64;
    let column = |i: usize| (((times[i] - first) as f64 / span * columns as f64) as usize).min(columns - 1);
    let mut kept = Vec::with_capacity(3 * columns);
    let mut start = 0;
    while start < n {
        let of = column(start);
        let end = (start..n).find(|i| column(*i) != of).unwrap_or(n);
        let least = (start..end).filter(|i| values(*i).is_finite()).min_by(|a, b| values(*a).total_cmp(&values(*b)));
        let greatest = (start..end).filter(|i| values(*i).is_finite()).max_by(|a, b| values(*a).total_cmp(&values(*b)));
        let gap = (start..end).find(|i| !values(*i).is_finite());
        let mut here: Vec<usize> = [least, greatest, gap].into_iter().flatten().collect();
        here.sort_unstable();
        here.dedup();
        kept.append(&mut here);
        start = end;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_and_a_gap_survive() {
        let mut values = vec![0.0; 100_000];
        values[54_321] = 9.0;
        values[77_777] = f64::NAN;
        let times: Vec<i64> = (0..100_000).collect();
        let kept = kept(&times, |i| values[i], 500);
        assert!(kept.len() <= 3 * 500);
        assert!(kept.contains(&54_321) && kept.contains(&77_777));
        assert!(kept.is_sorted());
    }

    #[test]
    fn few_points_are_all_kept() {
        let times: Vec<i64> = (0..200).collect();
        assert_eq!(kept(&times, |_| 1.0, 100).len(), 200);
        assert_eq!(kept(&[], |_| 1.0, 100), [] as [usize; 0]);
        assert_eq!(kept(&[5], |_| 1.0, 1), [0]);
    }

    #[test]
    fn times_that_are_all_alike_are_one_column() {
        let kept = kept(&[7; 1000], |i| i as f64, 10);
        assert_eq!(kept, [0, 999]);
    }
}
