//! Samples as places on a map.

use super::{subtitle, title_of};
use crate::show::text::{quantity, unit};
use sdap::figure::{Figure, MapFigure, Stations};
use sdap::{BoundingBox, Points, column};
use std::collections::BTreeMap;

/// A map of the places of samples, each coloured by the mean over time of the first variable there.
pub fn points(points: &Points) -> Figure {
    let mut places: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    let near = |degrees: f64| (degrees * 1e6).round() as i64;
    for i in (0..points.len()).filter(|i| points.lat[*i].is_finite() && points.lon[*i].is_finite()) {
        places.entry((near(points.lat[i]), near(points.lon[i]))).or_default().push(i);
    }
    let first = |of: &dyn Fn(usize) -> f64| column(places.values().map(|at| of(at[0])).collect::<Vec<_>>());
    let variable = points.variables.first();
    let mean = |at: &Vec<usize>| {
        let there: Vec<f64> = at.iter().filter_map(|i| variable.map(|v| v.values[*i])).filter(|v| v.is_finite()).collect();
        there.iter().sum::<f64>() / there.len() as f64
    };
    let key = points.keys.values().next();
    let (name, units) = variable.map_or((String::new(), ""), |v| (quantity::words(&v.name), v.units.as_str()));
    let averaged = places.values().any(|at| at.len() > 1);
    let stations = Stations {
        lat: first(&|i| points.lat[i]),
        lon: first(&|i| points.lon[i]),
        values: column(places.values().map(mean).collect::<Vec<_>>()),
        units: units.to_owned(),
        names: places.values().map(|at| key.map_or_else(String::new, |k| k[at[0]].clone())).collect(),
        pairs: Vec::new(),
    };
    let extent =
        around(stations.lon.iter().zip(&stations.lat).map(|(lon, lat)| (*lon, *lat))).or(points.origin.area).unwrap_or(BoundingBox::WORLD);
    let scale = unit::titled(&name, units);
    Figure::Map(MapFigure {
        title: title_of(&if averaged && !name.is_empty() { format!("{name}, mean over time") } else { name }, &points.dataset),
        subtitle: subtitle(&points.origin, Some(&points.time), &points.dataset),
        extent,
        cells: None,
        quantity: variable.map_or(sdap::figure::Quantity::Other, |v| quantity::kind(&v.name, &v.units, "mean")),
        scale: if averaged && !scale.is_empty() { format!("mean {scale}") } else { scale },
        stations: Some(stations),
        boxes: Vec::new(),
        polygons: Vec::new(),
    })
}

/// An area with all these longitudes and latitudes and some air around them, the shorter way round the Earth; `None` where there are none.
pub(super) fn around(places: impl Iterator<Item = (f64, f64)> + Clone) -> Option<BoundingBox> {
    let mut lon: Vec<f64> = places.clone().map(|(lon, _)| lon.rem_euclid(360.0)).collect();
    lon.sort_unstable_by(f64::total_cmp);
    let (first, last) = (*lon.first()?, *lon.last()?);
    // The widest gap between neighbours is what the map leaves out.
    let gaps = lon.windows(2).map(|w| (w[1] - w[0], w[1])).chain([(first + 360.0 - last, first)]);
    let (gap, west) = gaps.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let (south, north) = places.fold((90.0_f64, -90.0_f64), |(s, n), (_, lat)| (s.min(lat), n.max(lat)));
    let span = (360.0 - gap).max(north - south);
    let air = (span * 0.12).clamp(0.5, 12.0);
    let (south, north) = ((south - air).max(-90.0), (north + air).min(90.0));
    let width = 360.0 - gap + 2.0 * air;
    if width >= 330.0 {
        return BoundingBox::new(-180.0, south, 180.0, north).ok();
    }
    let into = |lon: f64| (lon + 180.0).rem_euclid(360.0) - 180.0;
    BoundingBox::new(into(west - air), south, into(west - air + width), north).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: &[f64]) -> Option<BoundingBox> {
        around(lon.iter().map(|lon| (*lon, 0.0)))
    }

    #[test]
    fn places_about_the_antimeridian_are_shown_the_shorter_way_round() {
        let area = at(&[175.0, -175.0, 179.0]).unwrap();
        assert!(area.crosses_antimeridian() && area.width() < 20.0, "{area}");
        assert_eq!(at(&[]), None);
        assert_eq!(at(&[0.0, 90.0, 180.0, -90.0, -45.0, 45.0, 135.0, -135.0]).unwrap().width(), 360.0);
        assert_eq!(at(&[10.0]).unwrap().to_string(), "9.5,-0.5,10.5,0.5");
    }
}
