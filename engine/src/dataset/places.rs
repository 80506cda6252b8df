//! Where a dataset has values: a grid of latitudes and longitudes, stations, or single samples.

use sdap::BoundingBox;

/// Where a dataset has values.
pub(crate) enum Places {
    /// One value for each latitude and longitude.
    Grid { lat: Axis, lon: Axis },
    /// One value for each of some points, at every time.
    Stations(Stations),
    /// Values that have a time and a place of their own each: in-situ points.
    Samples(Samples),
}

/// Degrees along one axis, in the order they are stored; longitudes as −180 to 180.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    pub(crate) degrees: Vec<f64>,
    /// How far beyond an edge of a box, in degrees, a centre still counts as lying on it: what storing it may have rounded off.
    pub(crate) room: f64,
    /// Whether longitudes are stored as 0 to 360, so that 180 is the antimeridian from either side.
    pub(crate) eastern: bool,
}

/// Points with one series of values each.
pub(crate) struct Stations {
    /// The dimension that counts them, such as `rivid`.
    pub(crate) dimension: String,
    pub(crate) lat: Axis,
    pub(crate) lon: Axis,
    /// What filters can select by; the identifier first.
    pub(crate) fields: Vec<Field>,
}

/// In-situ points. The dataset's times are theirs, one for each.
pub(crate) struct Samples {
    pub(crate) lat: Axis,
    pub(crate) lon: Axis,
    /// In metres, upwards; NaN where it is not known. None if the dataset knows of none.
    pub(crate) elevation: Option<Vec<f64>>,
    /// Who measured, such as a station or a platform.
    pub(crate) keys: Vec<Field>,
}

/// A property of stations or samples that filters can select by.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) values: FieldValues,
}

/// The values of a field, one for each station or sample.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldValues {
    Whole(Vec<i64>),
    Numbers(Vec<f64>),
    Text(Vec<String>),
}

impl FieldValues {
    /// The value of one station or sample, as text.
    pub(crate) fn text(&self, at: usize) -> String {
        match self {
            Self::Whole(values) => values[at].to_string(),
            Self::Numbers(values) => values[at].to_string(),
            Self::Text(values) => values[at].clone(),
        }
    }

    /// How many stations or samples there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(values) => values.len(),
            Self::Numbers(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }
}

impl Axis {
    /// Latitudes as they are stored; `single` says in 32 bits.
    ///
    /// # Errors
    /// If one is missing or beyond a pole.
    pub(crate) fn latitudes(degrees: Vec<f64>, single: bool) -> Result<Self, String> {
        let room = room(&degrees, single);
        match degrees.iter().find(|d| !(-90.0 - room..=90.0 + room).contains(*d)) {
            Some(bad) => Err(format!("one of its latitudes is {bad}, outside -90 to 90")),
            None => Ok(Self { degrees, room, eastern: false }),
        }
    }

    /// Longitudes as they are stored, in either convention; `single` says in 32 bits.
    ///
    /// # Errors
    /// If one is missing or belongs to no convention.
    pub(crate) fn longitudes(mut degrees: Vec<f64>, single: bool) -> Result<Self, String> {
        let room = room(&degrees, single);
        // Some grids go round the earth from anywhere, as from 20 to 380.
        let goes_on = degrees.len() > 1 && degrees.windows(2).all(|pair| pair[1] > pair[0] && pair[1] - pair[0] <= 180.0);
        let most = if goes_on { 720.0 } else { 360.0 };
        if let Some(bad) = degrees.iter().find(|d| !(-360.0 - room..=most + room).contains(*d)) {
            return Err(format!("one of its longitudes is {bad}, outside -180 to 360"));
        }
        let eastern = degrees.iter().any(|d| *d > 180.0 + room);
        for d in &mut degrees {
            while *d > 180.0 {
                *d -= 360.0;
            }
            if *d < -180.0 {
                *d += 360.0;
            }
        }
        Ok(Self { degrees, room, eastern })
    }

    /// The usual distance to the neighbour, in degrees: the (lower) median; `None` for a single place.
    pub(crate) fn step(&self) -> Option<f64> {
        let mut sorted = self.degrees.clone();
        sorted.sort_by(f64::total_cmp);
        let mut steps: Vec<f64> = sorted.windows(2).map(|pair| pair[1] - pair[0]).collect();
        steps.sort_by(f64::total_cmp);
        steps.get(steps.len().checked_sub(1)? / 2).copied()
    }

    /// Whether a latitude lies between two, edges included.
    pub(crate) fn between(&self, index: usize, low: f64, high: f64) -> bool {
        (low - self.room..=high + self.room).contains(&self.degrees[index])
    }

    /// The longitude as the answer to a box gives it, if it lies in it: eastwards from the western edge, beyond 180 where
    /// the box crosses the antimeridian.
    pub(crate) fn within(&self, index: usize, area: &BoundingBox) -> Option<f64> {
        let lon = self.degrees[index];
        let (west, east) = (area.west(), area.east());
        if !area.crosses_antimeridian() {
            if self.between(index, west, east) {
                return Some(lon);
            }
            return (self.eastern && lon + self.room >= 180.0 && west <= self.room - 180.0).then_some(lon - 360.0);
        }
        if lon >= west - self.room { Some(lon) } else { (lon <= east + self.room).then_some(lon + 360.0) }
    }
}

/// Half the distance to the next 32-bit number at the far end of an axis, or 10⁻⁹ for 64-bit coordinates.
fn room(degrees: &[f64], single: bool) -> f64 {
    let far = degrees.iter().fold(0.0_f64, |far, d| far.max(d.abs())) as f32;
    if single && far.is_finite() { f64::from(far.next_up() - far) / 2.0 } else { 1e-9 }
}

impl Places {
    /// The area of all cells, or the box around all stations or samples. Cells reach half a step around their centres.
    pub(crate) fn area(&self) -> Option<BoundingBox> {
        let (lat, lon, half_lat, half_lon) = match self {
            Self::Grid { lat, lon } => (lat, lon, lat.step().unwrap_or(0.0) / 2.0, lon.step().unwrap_or(0.0) / 2.0),
            Self::Stations(stations) => (&stations.lat, &stations.lon, 0.0, 0.0),
            Self::Samples(samples) => (&samples.lat, &samples.lon, 0.0, 0.0),
        };
        let known = lat.degrees.iter().filter(|d| d.is_finite());
        let (south, north) = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), d| (low.min(*d), high.max(*d)));
        let (west, east) = arc(&lon.degrees, half_lon)?;
        // What float32 coordinates rounded off is no information.
        let tidy = |d: f64| (d * 1e5).round() / 1e5;
        BoundingBox::new(tidy(west), tidy((south - half_lat).max(-90.0)), tidy(east), tidy((north + half_lat).min(90.0))).ok()
    }
}

/// The shortest stretch eastwards that holds all longitudes, each widened by `half` on both sides.
fn arc(degrees: &[f64], half: f64) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = degrees.iter().copied().filter(|d| d.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (first, last) = (*sorted.first()?, *sorted.last()?);
    let mut gap = (first + 360.0 - last, first, last);
    for pair in sorted.windows(2) {
        if pair[1] - pair[0] > gap.0 + 1e-6 {
            gap = (pair[1] - pair[0], pair[1], pair[0]);
        }
    }
    let (width, west, east) = gap;
    if half > 0.0 && width <= 3.0 * half {
        return Some((-180.0, 180.0));
    }
    let wrap = |d: f64| {
        if d < -180.0 {
            d + 360.0
        } else if d > 180.0 {
            d - 360.0
        } else {
            d
        }
    };
    Some((wrap(west - half), wrap(east + half)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(w: f64, s: f64, e: f64, n: f64) -> BoundingBox {
        BoundingBox::new(w, s, e, n).unwrap()
    }

    #[test]
    fn an_edge_on_a_centre_takes_it_although_32_bits_rounded_it() {
        let stored = f64::from(40.1_f32);
        assert!(stored < 40.1);
        let lat = Axis::latitudes(vec![stored, 40.35], true).unwrap();
        assert!(lat.between(0, 40.1, 41.0) && !lat.between(0, 40.1001, 41.0));
        let exact = Axis::latitudes(vec![0.1 + 0.2], false).unwrap();
        assert!(exact.between(0, -1.0, 0.3) && !exact.between(0, -1.0, 0.299_999));
    }

    #[test]
    fn longitudes_of_either_convention_answer_boxes_of_either() {
        let lon = Axis::longitudes(vec![0.0, 90.0, 180.0, 270.0], false).unwrap();
        let picked = |b: BoundingBox| (0..4).filter_map(|i| lon.within(i, &b)).collect::<Vec<_>>();
        assert_eq!(picked(area(-100.0, 0.0, 10.0, 1.0)), [0.0, -90.0]);
        assert_eq!(picked(area(170.0, 0.0, 280.0, 1.0)), [180.0, 270.0]);
        assert_eq!(picked(area(180.0, 0.0, 270.0, 1.0)), [-180.0, -90.0], "the antimeridian is the western edge, too");
        assert_eq!(picked(area(90.0, 0.0, 180.0, 1.0)), [90.0, 180.0]);
        assert_eq!(picked(BoundingBox::WORLD), [0.0, 90.0, 180.0, -90.0]);
    }

    #[test]
    fn longitudes_may_go_round_the_earth_from_anywhere() {
        let lon = Axis::longitudes(vec![20.0, 200.0, 370.0, 380.0], false).unwrap();
        assert_eq!(lon.degrees, [20.0, -160.0, 10.0, 20.0]);
    }

    #[test]
    fn a_western_antimeridian_is_no_eastern_edge() {
        let lon = Axis::longitudes(vec![-180.0, -177.5, 177.5], false).unwrap();
        let picked = |b: BoundingBox| (0..3).filter_map(|i| lon.within(i, &b)).collect::<Vec<_>>();
        assert_eq!(picked(area(160.0, 0.0, 180.0, 1.0)), [177.5]);
        assert_eq!(picked(area(160.0, 0.0, -179.0, 1.0)), [180.0, 177.5]);
    }

    #[test]
    fn coordinates_that_are_none_are_refused_by_value() {
        assert!(Axis::latitudes(vec![91.0], false).unwrap_err().contains("91"));
        assert!(Axis::latitudes(vec![f64::NAN], true).unwrap_err().contains("NaN"));
        assert!(Axis::longitudes(vec![400.0], false).unwrap_err().contains("400"));
        assert!(Axis::longitudes(vec![2.0, 400.0], false).unwrap_err().contains("400"));
    }

    #[test]
    fn the_area_of_a_grid_is_that_of_its_cells() {
        let axis = |d: &[f64]| Axis::longitudes(d.to_vec(), false).unwrap();
        let grid =
            |lat: &[f64], lon: &[f64]| Places::Grid { lat: Axis::latitudes(lat.to_vec(), false).unwrap(), lon: axis(lon) }.area().unwrap();
        assert_eq!(grid(&[1.0, -1.0], &[10.0, 12.0]), area(9.0, -2.0, 13.0, 2.0));
        assert_eq!(grid(&[-90.0, 90.0], &[0.0, 90.0, 180.0, 270.0]), BoundingBox::WORLD);
        assert_eq!(grid(&[0.0, 1.0], &[170.0, 180.0, 190.0]), area(165.0, -0.5, -165.0, 1.5));
    }
}
