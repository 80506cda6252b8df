//! Maps laid over or beside each other.

use crate::parse::{Cells, ROUNDING};
use sdap::BoundingBox;

/// How far 32 bits may round the step of an axis off, in degrees: the last of the 24 bits of a longitude beyond 128.
const ROUNDED_STEP: f64 = 1.0 / 65_536.0;

/// A map: ascending axes, and `values` and `count` of shape `[lat, lon]`, row by row. NaN is no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Map {
    pub(crate) lat: Vec<f64>,
    pub(crate) lon: Vec<f64>,
    pub(crate) values: Vec<f64>,
    pub(crate) count: Vec<f64>,
}

/// Sorts the rows and columns of an answer upwards and eastwards.
///
/// `place` says what its longitudes become: those of the part of a box that lies east of the antimeridian go on beyond 180.
pub(crate) fn upright(answer: &Cells, place: impl Fn(f64) -> f64) -> Map {
    let lon: Vec<f64> = answer.lon.iter().map(|lon| place(*lon)).collect();
    let (rows, columns) = (ascending(&answer.lat), ascending(&lon));
    let width = lon.len();
    let is_eastward = columns.is_sorted();
    let pick = |plane: &[f64]| {
        let mut picked = Vec::with_capacity(plane.len());
        for row in &rows {
            let line = &plane[row * width..(row + 1) * width];
            if is_eastward { picked.extend_from_slice(line) } else { picked.extend(columns.iter().map(|column| line[*column])) }
        }
        picked
    };
    Map {
        lat: rows.iter().map(|r| answer.lat[*r]).collect(),
        lon: columns.iter().map(|c| lon[*c]).collect(),
        values: pick(&answer.values),
        count: pick(&answer.count),
    }
}

impl Map {
    /// The map without the rows and columns that lie outside an area, of which `shift` is to be added to the longitudes; and how many
    /// cells with a value that leaves out.
    ///
    /// Beside it lies what 32 bits may round off: servers count a whole axis up from its first two coordinates, so that each step adds
    /// its share.
    pub(crate) fn within(self, area: &BoundingBox, shift: f64) -> (Self, usize) {
        let range = |axis: &[f64], low: f64, high: f64| {
            let slack = ROUNDING.max(axis.len() as f64 * ROUNDED_STEP);
            let begin = axis.partition_point(|at| *at < low - slack);
            begin..axis.partition_point(|at| *at <= high + slack).max(begin)
        };
        let rows = range(&self.lat, area.south(), area.north());
        let columns = range(&self.lon, area.west() + shift, area.east() + shift);
        if (rows.len(), columns.len()) == (self.lat.len(), self.lon.len()) {
            return (self, 0);
        }
        let width = self.lon.len();
        let cut = |plane: &[f64]| -> Vec<f64> { rows.clone().flat_map(|row| &plane[row * width..][columns.clone()]).copied().collect() };
        let (values, count) = (cut(&self.values), cut(&self.count));
        let with_value = |plane: &[f64]| plane.iter().filter(|value| !value.is_nan()).count();
        let left_out = with_value(&self.values) - with_value(&values);
        (Self { lat: self.lat[rows.clone()].to_vec(), lon: self.lon[columns.clone()].to_vec(), values, count }, left_out)
    }
}

fn ascending(axis: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..axis.len()).collect();
    order.sort_by(|a, b| axis[*a].total_cmp(&axis[*b]));
    order
}

/// One map of all cells of `maps`: where several have a value for a cell, their mean weighted by count.
///
/// A cell that one map alone has keeps its number to the last bit.
pub(crate) fn overlay(mut maps: Vec<Map>) -> Option<Map> {
    if maps.len() <= 1 {
        return maps.pop();
    }
    let lat = union(maps.iter().map(|m| m.lat.as_slice()));
    let lon = union(maps.iter().map(|m| m.lon.as_slice()));
    let mut whole = Map { values: vec![f64::NAN; lat.len() * lon.len()], count: vec![0.0; lat.len() * lon.len()], lat, lon };
    for map in &maps {
        let rows: Vec<usize> = map.lat.iter().map(|l| nearest(&whole.lat, *l)).collect();
        let columns: Vec<usize> = map.lon.iter().map(|l| nearest(&whole.lon, *l)).collect();
        let sources = rows.iter().flat_map(|r| columns.iter().map(move |c| (*r, *c)));
        for ((row, column), (value, count)) in sources.zip(map.values.iter().zip(&map.count)) {
            let at = row * whole.lon.len() + column;
            if !value.is_nan() {
                let (old, total) = (whole.values[at], whole.count[at] + count);
                whole.values[at] = if old.is_nan() { *value } else { old + (value - old) * count / total };
                whole.count[at] = total;
            }
        }
    }
    Some(whole)
}

/// All coordinates of some ascending axes, once each. What lies closer together than a quarter of the finest step is one.
pub(crate) fn union<'a>(axes: impl Iterator<Item = &'a [f64]> + Clone) -> Vec<f64> {
    let steps = axes.clone().flat_map(|axis| axis.windows(2).map(|w| w[1] - w[0])).filter(|step| *step > 0.0);
    let close = steps.fold(f64::INFINITY, f64::min).min(4e-3) / 4.0;
    let mut all: Vec<f64> = axes.flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    all.dedup_by(|later, first| *later - *first < close);
    all
}

/// Where in an ascending axis a coordinate stands that [`union`] made part of it.
pub(crate) fn nearest(axis: &[f64], coordinate: f64) -> usize {
    let after = axis.partition_point(|c| *c < coordinate);
    match (axis.get(after.wrapping_sub(1)), axis.get(after)) {
        (Some(below), Some(above)) if coordinate - below < above - coordinate => after - 1,
        (Some(_), None) => after - 1,
        _ => after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(lat: &[f64], lon: &[f64], values: &[f64], count: &[f64]) -> Map {
        Map { lat: lat.into(), lon: lon.into(), values: values.into(), count: count.into() }
    }

    #[test]
    fn maps_side_by_side_become_one_with_every_number_unchanged() {
        let west = map(&[0.5, 1.5], &[178.5, 179.5], &[0.1, 0.2, 0.3, f64::NAN], &[1.0, 2.0, 3.0, 0.0]);
        let east = map(&[0.5, 1.5], &[180.5], &[0.7, 0.9], &[4.0, 5.0]);
        let whole = overlay(vec![west, east]).unwrap();
        assert_eq!(whole.lon, [178.5, 179.5, 180.5]);
        assert_eq!(format!("{:?}", whole.values), "[0.1, 0.2, 0.7, 0.3, NaN, 0.9]");
        assert_eq!(whole.count, [1.0, 2.0, 4.0, 3.0, 0.0, 5.0]);
    }

    #[test]
    fn maps_on_top_of_each_other_are_averaged_by_count() {
        let a = map(&[0.0], &[0.0, 1.0], &[10.0, 4.0], &[1.0, 2.0]);
        let b = map(&[0.0], &[0.0, 1.0], &[20.0, f64::NAN], &[3.0, 0.0]);
        let whole = overlay(vec![a, b]).unwrap();
        assert_eq!((whole.values, whole.count), (vec![17.5, 4.0], vec![4.0, 2.0]));
    }

    #[test]
    fn coordinates_that_drifted_by_a_rounding_are_one() {
        let axes = [[0.1, 0.2].as_slice(), &[0.100_000_1, 0.300_000_01]];
        assert_eq!(union(axes.into_iter()), [0.1, 0.2, 0.300_000_01]);
        assert_eq!(nearest(&[0.1, 0.2], 0.100_000_1), 0);
        assert_eq!(nearest(&[0.1, 0.2], 0.199_999_9), 1);
        assert_eq!(nearest(&[0.1, 0.2], 5.0), 1);
        assert_eq!(nearest(&[0.1, 0.2], -5.0), 0);
    }

    #[test]
    fn what_lies_outside_an_area_is_cut_off_and_what_is_rounded_is_not() {
        let area = BoundingBox::new(-180.0, 40.1, -178.0, 41.0).unwrap();
        let nan = f64::NAN;
        let lat = [39.0, f64::from(40.1_f32), 40.5, 42.0];
        let sent = map(&lat, &[179.9, 180.5, 182.000_05], &[1., 2., 3., 4., 5., 6., 7., 8., 9., nan, nan, nan], &[1.0; 12]);
        let (cut, left_out) = sent.clone().within(&area, 360.0);
        assert_eq!(cut, map(&[lat[1], 40.5], &[180.5, 182.000_05], &[5., 6., 8., 9.], &[1.0; 4]));
        assert_eq!(left_out, 5);
        let (none, left_out) = sent.clone().within(&area, 0.0);
        assert_eq!((none.values.len(), left_out), (0, 9));
        assert_eq!(cut.clone().within(&area, 360.0), (cut, 0));
        let drifted: Vec<f64> = (0..6000).map(|row| f64::from(row) * 0.01 + f64::from(row) * 1e-5 - 30.0).collect();
        let fine = map(&drifted, &[0.0], &vec![1.0; 6000], &vec![1.0; 6000]);
        assert_eq!(fine.within(&BoundingBox::new(-1.0, -30.0, 1.0, 30.0).unwrap(), 0.0).1, 0);
    }

    #[test]
    fn rows_and_columns_that_came_downwards_are_turned() {
        let mut cells = Cells::wanting(&["mean"]);
        (cells.lat, cells.lon) = (vec![1.0, 0.0], vec![5.0, 4.0]);
        (cells.values, cells.count) = (vec![1.0, 2.0, 3.0, 4.0], vec![1.0; 4]);
        assert_eq!(upright(&cells, |lon| lon + 360.0), map(&[0.0, 1.0], &[364.0, 365.0], &[4.0, 3.0, 2.0, 1.0], &[1.0; 4]));
    }
}
