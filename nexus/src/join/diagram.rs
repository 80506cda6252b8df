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

/// So many times more cells than samples, and so many cells besides, are still a diagram with gaps.
const SPARSE: usize = 64;
const FEW: usize = 1_000_000;

/// The ascending axes that samples span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Extent {
    /// Seconds since 1970.
    time: Vec<i64>,
    coordinate: Vec<f64>,
}

impl Extent {
    /// The union of the samples' times and coordinates.
    ///
    /// # Errors
    /// If there would be hardly anything but gaps: whoever sent that meant no diagram.
    pub(crate) fn of(samples: &[Sample]) -> Result<Self, String> {
        let mut time: Vec<i64> = samples.iter().map(|s| s.time).collect();
        time.sort_unstable();
        time.dedup();
        let mut all: Vec<f64> = samples.iter().map(|s| s.coordinate).collect();
        all.sort_by(f64::total_cmp);
        // One time's coordinates are as close together as any of them come.
        let coordinate = union([all.as_slice()].into_iter());
        let extent = Self { time, coordinate };
        if extent.cells() > samples.len().saturating_mul(SPARSE).saturating_add(FEW) {
            let (count, times, places) = (samples.len(), extent.time.len(), extent.coordinate.len());
            return Err(format!("its {count} samples lie scattered over {times} times and {places} coordinates, which makes no diagram"));
        }
        Ok(extent)
    }

    /// How many times and coordinates a diagram of this extent has.
    pub(crate) fn cells(&self) -> usize {
        self.time.len().saturating_mul(self.coordinate.len())
    }
}

/// Lays samples out on the times and coordinates that they span.
///
/// Samples of one time and coordinate are joined, which is exact for the plain means of `/latitudeTimeHofMoellerSpark`.
pub(crate) fn diagram(samples: &[Sample], extent: Extent) -> Diagram {
    let Extent { time, coordinate } = extent;
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

    fn laid_out(samples: &[Sample]) -> Diagram {
        diagram(samples, Extent::of(samples).unwrap())
    }

    #[test]
    fn ragged_lines_are_filled_with_nothing() {
        let d = laid_out(&[sample(10, 1.5, 2.0, 5.0), sample(5, 0.5, 1.0, 3.0), sample(5, 1.5, 1.0, 4.0)]);
        assert_eq!((d.time, d.coordinate), (vec![5, 10], vec![0.5, 1.5]));
        let means: Vec<f64> = d.cells.iter().map(|c| c.mean).collect();
        assert_eq!(format!("{means:?}"), "[3.0, 4.0, NaN, 5.0]");
        assert_eq!(d.cells[2].count, 0.0);
    }

    #[test]
    fn samples_of_one_place_from_two_sides_are_pooled() {
        let d = laid_out(&[sample(0, 0.5, 1.0, 10.0), sample(0, 0.5, 3.0, 20.0)]);
        let expected = Moments { count: 4.0, mean: 17.5, std: 18.75f64.sqrt(), min: 10.0, max: 20.0 };
        assert_eq!(d.cells, [expected]);
    }

    #[test]
    fn scattered_samples_are_refused_before_memory_is_taken() {
        let scattered: Vec<Sample> = (0..100_000).map(|n| sample(n, n as f64, 1.0, 1.0)).collect();
        let error = Extent::of(&scattered).unwrap_err();
        assert_eq!(error, "its 100000 samples lie scattered over 100000 times and 100000 coordinates, which makes no diagram");
    }
}
