//! Maps whose tiles lie upside down.
//!
//! NEXUS turns the rows of each tile round where a dataset keeps its latitudes downwards. Values then jump wherever two
//! tiles meet, while the outer rows of the two continue each other: a saw-tooth. A map of one row of tiles shows nothing of it.

use super::map::Map;

/// How much greater than its usual step the jump between two rows must be, squared.
const JUMP: f64 = 16.0;
/// Tiles of fewer rows than this are not told from noise.
const LEAST_ROWS: usize = 3;

/// How many rows the tiles of a map have, if they look as if they lay upside down.
pub(crate) fn upside_down(map: &Map) -> Option<usize> {
    let rows = map.lat.len();
    let steps: Vec<f64> = (1..rows).map(|row| difference(map, row - 1, row)).collect();
    let mut sorted: Vec<f64> = steps.iter().copied().filter(|step| step.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let usual = *sorted.get(sorted.len() / 2).filter(|usual| **usual > 0.0)?;
    // The rows that begin a tile.
    let starts: Vec<usize> = (1..rows).filter(|row| steps[row - 1] > JUMP * usual).collect();
    let height = height(&starts, rows)?;
    let ends = starts.iter().skip(1).copied().chain([rows]);
    let begins = [0].into_iter().chain(starts.iter().copied());
    let joints: Vec<(f64, f64)> =
        begins.zip(&starts).zip(ends).map(|((below, start), end)| (steps[start - 1], difference(map, below, end - 1))).collect();
    let sum = |pick: fn(&(f64, f64)) -> f64| joints.iter().map(pick).filter(|v| v.is_finite()).sum::<f64>();
    (sum(|joint| joint.1) * JUMP < sum(|joint| joint.0)).then_some(height)
}

/// The height of tiles that begin at some rows, where that is one height: the first and the last may be cut by the box.
fn height(starts: &[usize], rows: usize) -> Option<usize> {
    let (first, last) = (*starts.first()?, rows - *starts.last()?);
    let height = match starts {
        [_] => first.max(last),
        [one, other, ..] => other - one,
        [] => return None,
    };
    let even = starts.windows(2).all(|pair| pair[1] - pair[0] == height);
    (even && first <= height && last <= height && first.min(last).min(height) >= LEAST_ROWS).then_some(height)
}

/// The mean squared difference of two rows, over the columns in which both have a value; NaN if there are none.
fn difference(map: &Map, row: usize, other: usize) -> f64 {
    let width = map.lon.len();
    let (mut sum, mut count) = (0.0, 0.0);
    for column in 0..width {
        let step = map.values[other * width + column] - map.values[row * width + column];
        if step.is_finite() {
            sum += step * step;
            count += 1.0;
        }
    }
    sum / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Map {
        let values: Vec<f64> = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))).map(|(r, c)| value(r, c)).collect();
        let axis = |n: usize| (0..n).map(|i| i as f64 / 4.0).collect();
        Map { lat: axis(rows), lon: axis(columns), count: vec![1.0; values.len()], values }
    }

    /// The row whose value a server shows in `row`, of tiles of a height that begin at row `first`.
    fn turned(row: usize, rows: usize, height: usize, first: usize) -> usize {
        if row < first {
            return first - 1 - row;
        }
        let begin = first + (row - first) / height * height;
        begin + (begin + height).min(rows) - 1 - row
    }

    fn field(row: usize, column: usize) -> f64 {
        25.0 - 0.1 * row as f64 + 0.3 * (column as f64 / 5.0).sin() + 0.02 * (row as f64 * 1.7 + column as f64).cos()
    }

    #[test]
    fn a_saw_tooth_of_turned_tiles_is_seen_with_its_height() {
        for (rows, height, first) in [(60, 30, 0), (100, 30, 0), (100, 30, 10), (16, 8, 0), (24, 4, 4)] {
            assert_eq!(
                upside_down(&map(rows, 40, |r, c| field(turned(r, rows, height, first), c))),
                Some(height),
                "{rows} {height} {first}"
            );
            assert_eq!(upside_down(&map(rows, 40, field)), None, "{rows} {height} {first}");
        }
    }

    #[test]
    fn gaps_do_not_hide_it() {
        let gappy = |r: usize, c: usize| if (r * 7 + c * 5).is_multiple_of(3) { f64::NAN } else { field(turned(r, 60, 30, 0), c) };
        assert_eq!(upside_down(&map(60, 40, gappy)), Some(30));
    }

    #[test]
    fn a_front_a_coast_a_constant_and_a_small_map_are_left_alone() {
        let front = map(60, 40, |r, c| field(r, c) + if r >= 30 { 8.0 } else { 0.0 });
        let coast = map(60, 40, |r, c| if r < 30 { f64::NAN } else { field(r, c) });
        let constant = map(60, 40, |_, _| 1.0);
        for sound in [front, coast, constant, map(1, 40, field), map(2, 2, field), map(0, 0, field)] {
            assert_eq!(upside_down(&sound), None);
        }
    }

    proptest! {
        #[test]
        fn noise_is_not_taken_for_tiles(values in proptest::collection::vec(-5.0..5.0f64, 40 * 20)) {
            prop_assert_eq!(upside_down(&map(40, 20, |r, c| values[r * 20 + c])), None);
        }
    }
}
