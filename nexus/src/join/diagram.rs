//! Hovmöller diagrams from their samples, which may come from either side of the antimeridian.

use super::map::{nearest, union};
use super::moments::Moments;
use crate::parse::Sample;

/// A diagram: ascending axes, and statistics of shape `[time, coordinate]`, row by row. NaN is no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Diagram {
    /// Seconds since 1970.
    pub(crate) time: Vec<i64>,
    pub(crate) coordinate: Vec<f64>,
    pub(crate) cells: Vec<Moments>,
}

/// Lays samples out on the union of their times and coordinates.
///
/// Samples of one time and coordinate are joined, which is exact for the plain means of `/latitudeTimeHofMoellerSpark`.
pub(crate) fn diagram(samples: &[Sample]) -> Diagram {
    let mut time: Vec<i64> = samples.iter().map(|s| s.time).collect();
    time.sort_unstable();
    time.dedup();
    let mut all: Vec<f64> = samples.iter().map(|s| s.coordinate).collect();
    all.sort_by(f64::total_cmp);
    // One time's coordinates are as close together as any of them come.
    let coordinate = union([all.as_slice()].into_iter());
    let mut cells = vec![Moments { count: 0.0, ..Moments::NONE }; time.len() * coordinate.len()];
    for sample in samples {
        let row = time.partition_point(|t| *t < sample.time);
        let cell = &mut cells[row * coordinate.len() + nearest(&coordinate, sample.coordinate)];
        *cell = cell.and(sample.moments);
    }
    Diagram { time, coordinate, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time: i64, coordinate: f64, count: f64, mean: f64) -> Sample {
        Sample { time, coordinate, moments: Moments { count, mean, std: 0.0, min: mean, max: mean } }
    }

    #[test]
    fn ragged_lines_are_filled_with_nothing() {
        let d = diagram(&[sample(10, 1.5, 2.0, 5.0), sample(5, 0.5, 1.0, 3.0), sample(5, 1.5, 1.0, 4.0)]);
        assert_eq!((d.time, d.coordinate), (vec![5, 10], vec![0.5, 1.5]));
        let means: Vec<f64> = d.cells.iter().map(|c| c.mean).collect();
        assert_eq!(format!("{means:?}"), "[3.0, 4.0, NaN, 5.0]");
        assert_eq!(d.cells[2].count, 0.0);
    }

    #[test]
    fn samples_of_one_place_from_two_sides_are_pooled() {
        let d = diagram(&[sample(0, 0.5, 1.0, 10.0), sample(0, 0.5, 3.0, 20.0)]);
        let expected = Moments { count: 4.0, mean: 17.5, std: 18.75f64.sqrt(), min: 10.0, max: 20.0 };
        assert_eq!(d.cells, [expected]);
    }
}
