//! Samples by time, latitude and longitude, in whatever order they came.
//!
//! A million of them lie on few times, latitudes and longitudes. So each is counted into its place, which takes a fraction
//! of the time of comparing them; those that lie on no grid are compared.

use crate::parse::PointSamples;

/// With more distinct values than this on an axis, samples lie on no grid.
const MOST_DISTINCT: usize = 8192;

/// Sorts the numbers of some samples by the samples' time, latitude and longitude. Equals keep their order.
pub(super) fn sort(order: &mut Vec<u32>, samples: &PointSamples) {
    let key = |i: &u32| {
        let i = *i as usize;
        (samples.time[i], ascending(samples.lat[i]), ascending(samples.lon[i]))
    };
    if order.is_sorted_by_key(key) {
        return;
    }
    match counted(order, samples) {
        Some(sorted) => *order = sorted,
        None => order.sort_by_key(key),
    }
}

/// Brings samples, of which none may be twice in the order, into it. Columns without any numbers stay so.
pub(super) fn arrange(samples: &mut PointSamples, order: &[u32]) {
    if order.len() == samples.time.len() && order.is_sorted() {
        return;
    }
    let PointSamples { time, lat, lon, elevation, variables, .. } = samples;
    // On two threads, since nothing is read any more that they could hold up.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pick([time], order);
            pick([lat], order);
        });
        pick([lon, elevation].into_iter().chain(variables.iter_mut().map(|(_, values)| values)), order);
    });
}

/// Brings columns into an order. Each takes the memory of the one before, for fresh memory takes longer to come by than to fill.
fn pick<'c, T: Copy + 'c>(columns: impl IntoIterator<Item = &'c mut Vec<T>>, order: &[u32]) {
    let mut spare = Vec::new();
    for column in columns.into_iter().filter(|column| !column.is_empty()) {
        if spare.capacity() > 2 * order.len() {
            spare = Vec::new();
        }
        spare.clear();
        spare.extend(order.iter().map(|i| column[*i as usize]));
        std::mem::swap(column, &mut spare);
    }
}

/// A number as one that compares alike as a whole number; as `f64::total_cmp` has it.
fn ascending(number: f64) -> i64 {
    let bits = number.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The order by counting, if the samples lie on a grid that is not much larger than they are many.
fn counted(order: &[u32], samples: &PointSamples) -> Option<Vec<u32>> {
    let time = Axis::of(order.iter().map(|i| samples.time[*i as usize]))?;
    let lat = Axis::of(order.iter().map(|i| ascending(samples.lat[*i as usize])))?;
    let lon = Axis::of(order.iter().map(|i| ascending(samples.lon[*i as usize])))?;
    let places = time.0.len().checked_mul(lat.0.len())?.checked_mul(lon.0.len())?;
    if places > 2 * order.len() || u32::try_from(places).is_err() {
        return None;
    }
    let (mut t, mut y, mut x) = (time.finder(), lat.finder(), lon.finder());
    let place_of = |i: &u32| {
        let i = *i as usize;
        let row = t.find(samples.time[i]) * lat.0.len() + y.find(ascending(samples.lat[i]));
        (row * lon.0.len() + x.find(ascending(samples.lon[i]))) as u32
    };
    let place: Vec<u32> = order.iter().map(place_of).collect();
    let mut next = vec![0_u32; places + 1];
    for place in &place {
        next[*place as usize + 1] += 1;
    }
    for at in 1..next.len() {
        next[at] += next[at - 1];
    }
    let mut sorted = vec![0; order.len()];
    for (i, place) in order.iter().zip(place) {
        let to = &mut next[place as usize];
        sorted[*to as usize] = *i;
        *to += 1;
    }
    Some(sorted)
}

/// The distinct values of an axis, ascending.
struct Axis(Vec<i64>);

impl Axis {
    /// None if there are too many.
    fn of(values: impl Iterator<Item = i64>) -> Option<Self> {
        let mut known: Vec<i64> = Vec::new();
        let mut at = 0;
        for value in values {
            match near(&known, at, value) {
                Ok(found) => at = found,
                Err(_) if known.len() == MOST_DISTINCT => return None,
                Err(before) => {
                    known.insert(before, value);
                    at = before;
                }
            }
        }
        Some(Self(known))
    }

    fn finder(&self) -> Finder<'_> {
        Finder { axis: &self.0, at: 0 }
    }
}

/// Finds values that mostly are where the last one was, or next to it.
struct Finder<'a> {
    axis: &'a [i64],
    at: usize,
}

impl Finder<'_> {
    fn find(&mut self, value: i64) -> usize {
        self.at = near(self.axis, self.at, value).unwrap_or_else(|before| before);
        self.at
    }
}

/// Where a value stands, or would stand, in an ascending list; looks at one place and the next first.
fn near(known: &[i64], at: usize, value: i64) -> Result<usize, usize> {
    if known.get(at) == Some(&value) {
        return Ok(at);
    }
    if known.get(at + 1) == Some(&value) {
        return Ok(at + 1);
    }
    known.binary_search(&value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples(points: &[(i64, f64, f64)]) -> PointSamples {
        let mut samples = PointSamples::default();
        samples.time = points.iter().map(|p| p.0).collect();
        samples.lat = points.iter().map(|p| p.1).collect();
        samples.lon = points.iter().map(|p| p.2).collect();
        samples
    }

    proptest! {
        #[test]
        fn counting_and_comparing_give_the_same_order(
            points in proptest::collection::vec(
                (-3_i64..3, prop_oneof![Just(-0.0), Just(0.0), Just(-1.5), Just(40.25)], prop_oneof![(-2_i32..2).prop_map(f64::from), -180.0..180.0]),
                0..60,
            )
        ) {
            let samples = samples(&points);
            let mut expected: Vec<u32> = (0..points.len() as u32).collect();
            expected.sort_by(|a, b| {
                let (a, b) = (points[*a as usize], points[*b as usize]);
                a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
            });
            let all: Vec<u32> = (0..points.len() as u32).collect();
            if let Some(counted) = counted(&all, &samples) {
                prop_assert_eq!(&counted, &expected);
            }
            let mut order = all;
            sort(&mut order, &samples);
            prop_assert_eq!(order, expected);
        }
    }

    #[test]
    fn all_columns_of_samples_come_into_the_order() {
        let unordered = || {
            let mut all = samples(&[(3, 1.0, 2.0), (1, 4.0, 5.0), (2, 7.0, 8.0)]);
            all.variables = ["a", "b"].map(|name| (name.to_owned(), vec![30.0, 10.0, 20.0])).into();
            all
        };
        for order in [&[1, 2, 0][..], &[2], &[0, 1, 2], &[]] {
            let mut all = unordered();
            arrange(&mut all, order);
            let expected = |values: [f64; 3]| order.iter().map(|i| values[*i as usize]).collect::<Vec<_>>();
            assert_eq!(all.time, expected([3.0, 1.0, 2.0]).into_iter().map(|time| time as i64).collect::<Vec<_>>());
            assert_eq!((all.lat, all.lon), (expected([1.0, 4.0, 7.0]), expected([2.0, 5.0, 8.0])));
            assert!(all.elevation.is_empty());
            assert!(all.variables.iter().all(|(_, values)| *values == expected([30.0, 10.0, 20.0])));
        }
    }

    #[test]
    fn a_grid_is_counted_and_scattered_places_are_not() {
        let grid: Vec<(i64, f64, f64)> = (0..60).rev().map(|i| (i / 20, f64::from(i as i32 / 5 % 4), f64::from(i as i32 % 5))).collect();
        let all: Vec<u32> = (0..60).collect();
        assert_eq!(counted(&all, &samples(&grid)).unwrap(), (0..60).rev().collect::<Vec<_>>());
        let scattered: Vec<(i64, f64, f64)> = (0..60).map(|i| (i, f64::from(i as i32), f64::from(i as i32))).collect();
        assert_eq!(counted(&all, &samples(&scattered)), None);
    }
}
