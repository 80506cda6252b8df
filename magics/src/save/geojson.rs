//! `GeoJSON`: samples as points, cells as boxes, series and strips of a diagram with all their numbers as lists. What it is
//! about, and the units, stand beside the features.

use super::{
    ContentError, Data, about, json,
    sheet::{self, SheetColumn},
};
use sdap::{Axis, BoundingBox, Column, Grid, Hovmoller, TimeSeries, Value};
use serde_json::{Map, Value as Json, json};
use std::io::Write;

pub(super) fn write(value: &Value, out: &mut impl Write) -> Result<(), ContentError> {
    let units: Map<String, Json> =
        sheet::of(value).columns.into_iter().filter(|c| !c.unit.is_empty()).map(|c| (c.name, c.unit.into())).collect();
    write!(
        out,
        "{{\"type\":\"FeatureCollection\",\n\"about\":{},\n\"units\":{},\n\"features\":[",
        json::about(value),
        Json::Object(units)
    )?;
    let mut separator = "\n";
    for feature in features(value) {
        write!(out, "{separator}{feature}")?;
        separator = ",\n";
    }
    Ok(writeln!(out, "]}}")?)
}

fn features(value: &Value) -> Box<dyn Iterator<Item = Json> + '_> {
    match value {
        Value::Series(v) => Box::new(std::iter::once(series(v, v.origin.area.as_ref()))),
        Value::Group(v) => Box::new(v.series.iter().map(move |s| series(s, s.origin.area.as_ref().or(v.origin.area.as_ref())))),
        Value::Grid(v) => Box::new(cells(v)),
        Value::Hovmoller(v) => Box::new(strips(v)),
        Value::Points(_) | Value::Table(_) => Box::new(rows(value)),
    }
}

fn feature(geometry: Json, properties: Map<String, Json>) -> Json {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

/// A box, or the two on either side of the antimeridian, as RFC 7946 has it; `null` without an area.
fn boxed(area: Option<&BoundingBox>) -> Json {
    let ring = |b: &BoundingBox| {
        let (w, s, e, n) = (b.west(), b.south(), b.east(), b.north());
        json!([[[w, s], [e, s], [e, n], [w, n], [w, s]]])
    };
    match area.map(BoundingBox::parts).as_deref() {
        None => Json::Null,
        Some([one]) => json!({ "type": "Polygon", "coordinates": ring(one) }),
        Some(parts) => json!({ "type": "MultiPolygon", "coordinates": parts.iter().map(ring).collect::<Vec<_>>() }),
    }
}

fn list(column: SheetColumn) -> (String, Json) {
    let cells = (0..column.data.len()).map(|row| json::cell(&column.data, row)).collect();
    (column.name, Json::Array(cells))
}

fn series(v: &TimeSeries, area: Option<&BoundingBox>) -> Json {
    let mut properties = Map::new();
    properties.insert("series".to_owned(), v.dataset.as_str().into());
    properties.insert("variable".to_owned(), v.variable.as_str().into());
    properties.insert("unit".to_owned(), v.units.as_str().into());
    properties.extend(sheet::of(&Value::Series(v.clone())).columns.into_iter().map(list));
    feature(boxed(area), properties)
}

/// The edges of a cell, halfway to its neighbours.
fn edges(centres: &Column, at: usize) -> (f64, f64) {
    let step = match centres.len() {
        0 | 1 => 1.0,
        n if at + 1 < n => centres[at + 1] - centres[at],
        _ => centres[at] - centres[at - 1],
    };
    (centres[at] - step.abs() / 2.0, centres[at] + step.abs() / 2.0)
}

/// The box between two parallels and two meridians, kept on the Earth.
fn place((south, north): (f64, f64), (west, east): (f64, f64)) -> Option<BoundingBox> {
    BoundingBox::new(west.max(-180.0), south.max(-90.0), east.min(360.0), north.min(90.0)).ok()
}

/// The cells of a map that have a number.
fn cells(v: &Grid) -> impl Iterator<Item = Json> + '_ {
    let name = super::Names::default().sound(&v.statistic);
    v.values.indexed_iter().filter(|(_, value)| !value.is_nan()).map(move |((y, x), value)| {
        let mut properties = Map::new();
        properties.insert(name.clone(), (*value).into());
        properties.insert("count".to_owned(), v.count[(y, x)].into());
        feature(boxed(place(edges(&v.lat, y), edges(&v.lon, x)).as_ref()), properties)
    })
}

/// The strips of a diagram: one for each latitude or longitude, across the whole area.
fn strips(v: &Hovmoller) -> impl Iterator<Item = Json> + '_ {
    let time = Data::Seconds(v.time.seconds().to_vec());
    let time: Vec<Json> = (0..v.time.len()).map(|row| json::cell(&time, row)).collect();
    let area = about::origin(&Value::Hovmoller(v.clone())).area.unwrap_or(BoundingBox::WORLD);
    let (name, _) = sheet::coordinate(v.axis);
    let planes = [
        ("mean", &v.mean),
        ("standard_deviation", &v.standard_deviation),
        ("minimum", &v.minimum),
        ("maximum", &v.maximum),
        ("count", &v.count),
    ];
    (0..v.coordinate.len()).map(move |x| {
        let strip = match v.axis {
            Axis::Latitude => place(edges(&v.coordinate, x), (area.west(), area.west() + area.width())),
            Axis::Longitude => place((area.south(), area.north()), edges(&v.coordinate, x)),
        };
        let mut properties = Map::new();
        properties.insert(name.to_owned(), v.coordinate[x].into());
        properties.insert("time".to_owned(), time.clone().into());
        properties.extend(planes.iter().map(|(n, plane)| ((*n).to_owned(), plane.column(x).iter().copied().collect::<Json>())));
        feature(boxed(strip.as_ref()), properties)
    })
}

/// One feature for each row; where a row has a latitude and a longitude, it is a point there.
fn rows(value: &Value) -> impl Iterator<Item = Json> {
    let sheet = sheet::of(value);
    let find = |names: [&str; 2]| {
        sheet.columns.iter().find(|c| names.contains(&c.name.to_lowercase().as_str())).and_then(|c| match &c.data {
            Data::Numbers(values) => Some((c.name.clone(), values.clone())),
            _ => None,
        })
    };
    let place = find(["lon", "longitude"]).zip(find(["lat", "latitude"]));
    (0..sheet.rows).map(move |row| {
        let is_place = |name: &str| place.as_ref().is_some_and(|(lon, lat)| lon.0 == name || lat.0 == name);
        let properties = sheet.columns.iter().filter(|c| !is_place(&c.name)).map(|c| (c.name.clone(), json::cell(&c.data, row))).collect();
        let point =
            place.as_ref().map(|((_, lon), (_, lat))| (eastern(lon[row]), lat[row])).filter(|(x, y)| x.is_finite() && y.is_finite());
        let geometry = point.map_or(Json::Null, |(lon, lat)| json!({ "type": "Point", "coordinates": [lon, lat] }));
        feature(geometry, properties)
    })
}

/// A longitude of -180 to 180.
fn eastern(lon: f64) -> f64 {
    if lon > 180.0 { lon - 360.0 } else { lon }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_across_the_antimeridian_is_two_polygons() {
        let across = BoundingBox::new(170.0, -5.0, -170.0, 5.0).unwrap();
        assert_eq!(boxed(Some(&across))["type"], "MultiPolygon");
        assert_eq!(boxed(Some(&across))["coordinates"][1][0][0], json!([-180.0, -5.0]));
        assert_eq!(boxed(None), Json::Null);
    }

    #[test]
    fn a_cell_reaches_halfway_to_its_neighbours() {
        let centres = sdap::column([10.0, 12.0, 14.0]);
        assert_eq!([edges(&centres, 0), edges(&centres, 2)], [(9.0, 11.0), (13.0, 15.0)]);
        assert_eq!(edges(&sdap::column([5.0]), 0), (4.5, 5.5));
    }
}
