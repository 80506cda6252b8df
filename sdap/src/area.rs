//! Areas of the Earth.

use serde::{Deserialize, Serialize};

/// A box between two meridians and two parallels, in degrees, edges included.
///
/// `west > east` says that the box crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundingBox {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

/// Why four numbers are not a box.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum AreaError {
    /// A latitude beyond a pole.
    #[error("latitude {0} is outside -90 to 90")]
    Latitude(f64),
    /// A longitude that no convention uses.
    #[error("longitude {0} is outside -180 to 360")]
    Longitude(f64),
    /// South and north the wrong way round.
    #[error("south {south} lies north of north {north}")]
    UpsideDown {
        /// The southern edge as given.
        south: f64,
        /// The northern edge as given.
        north: f64,
    },
}

impl BoundingBox {
    /// The box between `west` and `east`, `south` and `north`, in degrees.
    ///
    /// Longitudes may be given as −180 to 180 or as 0 to 360, and are kept as −180 to 180.
    ///
    /// # Errors
    /// If a number is not finite or out of range, or `south` lies north of `north`.
    ///
    /// ```
    /// let pacific = sdap::BoundingBox::new(160.0, -5.0, 270.0, 5.0)?;
    /// assert!(pacific.crosses_antimeridian());
    /// assert_eq!(pacific.east(), -90.0);
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Result<Self, AreaError> {
        if let Some(bad) = [south, north].into_iter().find(|v| !(-90.0..=90.0).contains(v)) {
            return Err(AreaError::Latitude(bad));
        }
        if let Some(bad) = [west, east].into_iter().find(|v| !(-180.0..=360.0).contains(v)) {
            return Err(AreaError::Longitude(bad));
        }
        if south > north {
            return Err(AreaError::UpsideDown { south, north });
        }
        if east - west >= 360.0 {
            return Ok(Self { west: -180.0, south, east: 180.0, north });
        }
        let wrapped_west = if west >= 180.0 && east > 180.0 { west - 360.0 } else { west };
        let east = if east > 180.0 { east - 360.0 } else { east };
        let west = if wrapped_west > 180.0 { wrapped_west - 360.0 } else { wrapped_west };
        Ok(Self { west, south, east, north })
    }

    /// The whole Earth.
    pub const WORLD: Self = Self { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };

    /// The western edge, −180 to 180.
    pub fn west(&self) -> f64 {
        self.west
    }

    /// The southern edge.
    pub fn south(&self) -> f64 {
        self.south
    }

    /// The eastern edge, −180 to 180.
    pub fn east(&self) -> f64 {
        self.east
    }

    /// The northern edge.
    pub fn north(&self) -> f64 {
        self.north
    }

    /// Whether the box crosses the antimeridian.
    ///
    /// ```
    /// # use sdap::BoundingBox;
    /// assert!(BoundingBox::new(170.0, -5.0, -170.0, 5.0)?.crosses_antimeridian());
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn crosses_antimeridian(&self) -> bool {
        self.west > self.east
    }

    /// The box as one part, or as the two on either side of the antimeridian, western part first.
    ///
    /// ```
    /// # use sdap::BoundingBox;
    /// let parts = BoundingBox::new(170.0, -5.0, -170.0, 5.0)?.parts();
    /// assert_eq!(parts.iter().map(|part| part.west()).collect::<Vec<_>>(), [170.0, -180.0]);
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn parts(&self) -> Vec<Self> {
        if self.crosses_antimeridian() { vec![Self { east: 180.0, ..*self }, Self { west: -180.0, ..*self }] } else { vec![*self] }
    }

    /// How many degrees of longitude the box spans, 0 to 360.
    ///
    /// ```
    /// # use sdap::BoundingBox;
    /// assert_eq!(BoundingBox::new(170.0, -5.0, -170.0, 5.0)?.width(), 20.0);
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn width(&self) -> f64 {
        if self.crosses_antimeridian() { self.east - self.west + 360.0 } else { self.east - self.west }
    }

    /// How many degrees of latitude the box spans.
    pub fn height(&self) -> f64 {
        self.north - self.south
    }

    /// Whether a point lies in the box, edges included; `lon` in either convention.
    ///
    /// ```
    /// # use sdap::BoundingBox;
    /// let niño34 = BoundingBox::new(-170.0, -5.0, -120.0, 5.0)?;
    /// assert!(niño34.contains(0.0, -150.0) && niño34.contains(0.0, 210.0));
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn contains(&self, lat: f64, lon: f64) -> bool {
        let lon = if lon > 180.0 { lon - 360.0 } else { lon };
        let between =
            if self.crosses_antimeridian() { lon >= self.west || lon <= self.east } else { (self.west..=self.east).contains(&lon) };
        between && (self.south..=self.north).contains(&lat)
    }

    /// Whether two boxes share a point.
    ///
    /// ```
    /// # use sdap::BoundingBox;
    /// let (a, b) = (BoundingBox::new(0.0, 0.0, 10.0, 10.0)?, BoundingBox::new(10.0, 5.0, 20.0, 6.0)?);
    /// assert!(a.intersects(&b));
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn intersects(&self, other: &Self) -> bool {
        self.parts()
            .iter()
            .any(|a| other.parts().iter().any(|b| a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north))
    }

    /// The smallest box that holds both, the shorter way round the Earth.
    ///
    /// ```
    /// # use sdap::BoundingBox;
    /// let (a, b) = (BoundingBox::new(0.0, 0.0, 10.0, 10.0)?, BoundingBox::new(20.0, -5.0, 30.0, 5.0)?);
    /// assert_eq!(a.union(&b).to_string(), "0,-5,30,10");
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn union(&self, other: &Self) -> Self {
        let (south, north) = (self.south.min(other.south), self.north.max(other.north));
        let wide = |west: f64, east: f64| Self { west, south, east, north };
        let candidates =
            [wide(self.west, self.east), wide(other.west, other.east), wide(self.west, other.east), wide(other.west, self.east)];
        let holds = |outer: &Self, inner: &Self| {
            let from = |lon: f64| (lon - outer.west).rem_euclid(360.0);
            from(inner.west) + inner.width() <= outer.width()
        };
        let fitting = candidates.into_iter().filter(|c| holds(c, self) && holds(c, other));
        fitting.min_by(|a, b| a.width().total_cmp(&b.width())).unwrap_or(Self { south, north, ..Self::WORLD })
    }

    /// The box as a WKT polygon, counter-clockwise from its south-west corner.
    ///
    /// ```
    /// # use sdap::BoundingBox;
    /// assert_eq!(BoundingBox::new(0.0, 1.0, 2.0, 3.0)?.to_wkt(), "POLYGON((0 1, 2 1, 2 3, 0 3, 0 1))");
    /// # Ok::<(), sdap::AreaError>(())
    /// ```
    pub fn to_wkt(&self) -> String {
        let Self { west, south, east, north } = self;
        format!("POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))")
    }
}

/// `west,south,east,north`, as NEXUS writes it.
impl std::fmt::Display for BoundingBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{},{},{}", self.west, self.south, self.east, self.north)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longitudes_of_both_conventions_name_the_same_box() {
        let a = BoundingBox::new(-170.0, -5.0, -120.0, 5.0).unwrap();
        assert_eq!(a, BoundingBox::new(190.0, -5.0, 240.0, 5.0).unwrap());
        assert!(!a.crosses_antimeridian());
        assert_eq!(a.width(), 50.0);
    }

    #[test]
    fn a_box_across_the_antimeridian_has_two_parts_that_touch_it() {
        let b = BoundingBox::new(170.0, -5.0, -170.0, 5.0).unwrap();
        assert_eq!(b.parts().iter().map(ToString::to_string).collect::<Vec<_>>(), ["170,-5,180,5", "-180,-5,-170,5"]);
        assert_eq!(b.width(), 20.0);
        assert!(b.contains(0.0, 175.0) && b.contains(0.0, 185.0) && !b.contains(0.0, 0.0));
    }

    #[test]
    fn the_world_in_either_convention_is_the_world() {
        assert_eq!(BoundingBox::new(0.0, -90.0, 360.0, 90.0).unwrap(), BoundingBox::WORLD);
        assert_eq!(BoundingBox::new(-180.0, -90.0, 180.0, 90.0).unwrap(), BoundingBox::WORLD);
    }

    #[test]
    fn a_union_goes_the_shorter_way_round() {
        let boxed = |w, e| BoundingBox::new(w, -5.0, e, 5.0).unwrap();
        assert_eq!(boxed(160.0, -150.0).union(&boxed(-150.0, -90.0)).to_string(), "160,-5,-90,5");
        assert_eq!(boxed(-10.0, 10.0).union(&boxed(20.0, 30.0)).to_string(), "-10,-5,30,5");
        assert_eq!(boxed(-170.0, -120.0).union(&boxed(-150.0, -130.0)).to_string(), "-170,-5,-120,5");
        assert_eq!(boxed(-180.0, 180.0).union(&boxed(170.0, -170.0)).width(), 360.0);
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        assert_eq!(BoundingBox::new(0.0, 95.0, 1.0, 96.0), Err(AreaError::Latitude(95.0)));
        assert_eq!(BoundingBox::new(-200.0, 0.0, 1.0, 1.0), Err(AreaError::Longitude(-200.0)));
        assert_eq!(BoundingBox::new(0.0, 5.0, 1.0, -5.0), Err(AreaError::UpsideDown { south: 5.0, north: -5.0 }));
        assert!(BoundingBox::new(f64::NAN, 0.0, 1.0, 1.0).is_err());
    }
}
