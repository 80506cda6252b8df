//! Elevations, heights and depths.

use super::{Failure, Parameters};
use sdap_nexus::request::Elevation;

impl Parameters {
    /// The elevations to take, where any are asked for.
    ///
    /// A single `depth`, `height` or `elevation`, in this order, wins over bounds. A depth is a negative elevation, and a
    /// pair with a depth in it is put in order; a bound that stands alone leaves the other side open.
    ///
    /// # Errors
    /// If a number is none, or the least is above the greatest.
    pub(in crate::serve) fn elevation(&self) -> Result<Option<Elevation>, Failure> {
        for (name, sign) in [("depth", -1.0), ("height", 1.0), ("elevation", 1.0)] {
            if let Some(number) = self.decimal(name)? {
                return Ok(Some(Elevation { lowest: sign * number, highest: sign * number }));
            }
        }
        let either = |a: &str, b: &str| Ok::<_, Failure>(self.decimal(a)?.or(self.decimal(b)?));
        let (low, high) = (either("minElevation", "minHeight")?, either("maxElevation", "maxHeight")?);
        let (shallow, deep) = (self.decimal("minDepth")?.map(|d| -d), self.decimal("maxDepth")?.map(|d| -d));
        let by_depth = shallow.is_some() || deep.is_some();
        Ok(match (low.or(shallow), high.or(deep)) {
            (None, None) => None,
            (Some(a), Some(b)) if by_depth => Some(Elevation { lowest: a.min(b), highest: a.max(b) }),
            (Some(a), Some(b)) if a > b => {
                return Err(Failure::internal(format!("Request max elevation less than min elevation: {b:?} < {a:?}")));
            }
            (Some(a), Some(b)) => Some(Elevation { lowest: a, highest: b }),
            // Deeper than the least depth is below it.
            (Some(a), None) if low.is_none() => Some(Elevation { lowest: f64::NEG_INFINITY, highest: a }),
            (None, Some(b)) if high.is_none() => Some(Elevation { lowest: b, highest: f64::INFINITY }),
            (Some(a), None) => Some(Elevation { lowest: a, highest: f64::INFINITY }),
            (None, Some(b)) => Some(Elevation { lowest: f64::NEG_INFINITY, highest: b }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::pairs;
    use super::*;

    fn range(query: &str) -> Option<(f64, f64)> {
        Parameters(pairs(query.as_bytes())).elevation().unwrap().map(|e| (e.lowest, e.highest))
    }

    #[test]
    fn one_elevation_wins_over_bounds_and_depth_over_all() {
        assert_eq!(range("depth=5&height=3&minElevation=1"), Some((-5.0, -5.0)));
        assert_eq!(range("elevation=2&height=3"), Some((3.0, 3.0)));
        assert_eq!(range("elevation=2&maxDepth=9"), Some((2.0, 2.0)));
        assert_eq!(range("ds=A"), None);
    }

    #[test]
    fn bounds_of_depth_are_put_in_order() {
        assert_eq!(range("minDepth=0&maxDepth=5"), Some((-5.0, 0.0)));
        assert_eq!(range("minElevation=-10&maxElevation=0"), Some((-10.0, 0.0)));
        assert_eq!(range("minHeight=1&maxDepth=5"), Some((-5.0, 1.0)));
    }

    #[test]
    fn a_bound_alone_leaves_the_other_side_open() {
        assert_eq!(range("minDepth=5"), Some((f64::NEG_INFINITY, -5.0)));
        assert_eq!(range("maxDepth=5"), Some((-5.0, f64::INFINITY)));
        assert_eq!(range("minHeight=5"), Some((5.0, f64::INFINITY)));
        assert_eq!(range("maxElevation=0"), Some((f64::NEG_INFINITY, 0.0)));
    }

    #[test]
    fn inverted_elevations_are_refused_in_the_words_of_the_server() {
        let inverted = Parameters(pairs(b"minElevation=5&maxElevation=2")).elevation();
        assert_eq!(inverted, Err(Failure::internal("Request max elevation less than min elevation: 2.0 < 5.0")));
    }
}
