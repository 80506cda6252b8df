//! Zarr groups as other writers lay them out: kinds of number, filters and neighbours that the demo data do not have.

#[allow(dead_code, reason = "other tests make whole grids of it")]
mod made;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use half::f16;
use made::{array, group, line};
use sdap::{BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::SubsetRequest;
use sdap_nexus::{Error, Nexus};
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;

/// The values of the one variable of a group, by time, latitude and longitude; NaN is left out.
async fn values(path: &Path) -> Result<Vec<f64>, Error> {
    let catalogue = Catalogue::default();
    catalogue.add(path, "A").unwrap();
    let period = Period::new("1960-01-01T00:00:00Z".parse().unwrap(), "2000-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let area = Some(BoundingBox::WORLD);
    let request = SubsetRequest { elevation: None, dataset: "A".into(), variable: None, area, filters: Vec::new(), period };
    Ok(Engine::with_catalogue(catalogue).subset(&request).await?.variables[0].values.to_vec())
}

/// An array of version 2 in one chunk of these bytes.
fn version_2(folder: &Path, name: &str, kind: &str, dimensions: &[(&str, usize)], stored: &[u8], more: &Value, attributes: &Value) {
    let shape: Vec<usize> = dimensions.iter().map(|(_, length)| *length).collect();
    let mut metadata = json!({
        "zarr_format": 2, "shape": shape, "chunks": shape, "dtype": kind, "order": "C", "fill_value": null, "compressor": null,
        "filters": null, "dimension_separator": "."
    });
    metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut described = attributes.clone();
    described["_ARRAY_DIMENSIONS"] = dimensions.iter().map(|(name, _)| *name).collect();
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(".zarray"), metadata.to_string()).unwrap();
    std::fs::write(folder.join(".zattrs"), described.to_string()).unwrap();
    std::fs::write(folder.join(vec!["0"; shape.len()].join(".")), stored).unwrap();
}

const VALUES: [f32; 4] = [1.5, -2.25, 1000.0, 0.0];

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A group of version 2 with one time, two latitudes and two longitudes, whose variable is yet to be written.
fn coordinates(folder: &Path) {
    std::fs::write(folder.join(".zgroup"), r#"{"zarr_format": 2}"#).unwrap();
    let none = json!({});
    version_2(folder, "time", "<i4", &[("time", 1)], &[0; 4], &none, &json!({"units": "days since 1970-01-01"}));
    version_2(folder, "lat", "<f4", &[("lat", 2)], &bytes(&[10.0, 20.0]), &none, &json!({"units": "degrees_north"}));
    version_2(folder, "lon", "<f4", &[("lon", 2)], &bytes(&[30.0, 40.0]), &none, &json!({"units": "degrees_east"}));
}

fn variable(folder: &Path, name: &str, stored: &[u8], more: &Value) {
    version_2(folder, name, "<f4", &[("time", 1), ("lat", 2), ("lon", 2)], stored, more, &json!({"units": "K"}));
}

/// What the filter `shuffle` makes of the bytes of 32-bit numbers: all first bytes, then all second ones, and so on.
fn shuffled(stored: &[u8]) -> Vec<u8> {
    (0..4).flat_map(|byte| stored.iter().skip(byte).step_by(4).copied()).collect()
}

#[tokio::test]
async fn floats_of_16_bits_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = group(dir.path(), &json!({}));
    line(&store, "time", "int64", &[0_i64], &json!({"units": "days since 1970-01-01"}));
    line(&store, "lat", "float32", &[10_f32, 20.0], &json!({"units": "degrees_north"}));
    line(&store, "lon", "float32", &[30_f32, 40.0], &json!({"units": "degrees_east"}));
    let halves = [1.5, f32::NAN, 1000.0, -65_504.0].map(f16::from_f32);
    array(&store, "v", "float16", &[1, 2, 2], &[1, 2, 1], &["time", "lat", "lon"], &halves, &json!({"_FillValue": 1000.0}));
    assert_eq!(values(dir.path()).await.unwrap(), [1.5, -65_504.0]);
}

#[tokio::test]
async fn the_filters_that_netcdf_files_have_are_undone() {
    let dir = tempfile::tempdir().unwrap();
    coordinates(dir.path());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(&shuffled(&bytes(&VALUES))).unwrap();
    let how = json!({"filters": [{"id": "shuffle", "elementsize": 4}], "compressor": {"id": "zlib", "level": 9}});
    variable(dir.path(), "v", &zlib.finish().unwrap(), &how);
    assert_eq!(values(dir.path()).await.unwrap(), VALUES.map(f64::from));
}

#[tokio::test]
async fn filters_that_only_rounded_are_passed() {
    for filter in [json!({"id": "bitround", "keepbits": 10}), json!({"id": "quantize", "digits": 3, "dtype": "<f4", "astype": "<f4"})] {
        let dir = tempfile::tempdir().unwrap();
        coordinates(dir.path());
        variable(dir.path(), "v", &bytes(&VALUES), &json!({"filters": [filter]}));
        assert_eq!(values(dir.path()).await.unwrap(), VALUES.map(f64::from), "{filter}");
    }
}

#[tokio::test]
async fn an_array_that_cannot_be_read_takes_no_other_down() {
    let dir = tempfile::tempdir().unwrap();
    coordinates(dir.path());
    version_2(dir.path(), "names", "|S5", &[("lat", 2)], b"one\0\0two\0\0", &json!({}), &json!({}));
    let squeezed = json!({"compressor": {"id": "squeezed"}});
    variable(dir.path(), "w", &[0; 16], &squeezed);
    let alone = values(dir.path()).await.unwrap_err().to_string();
    assert!(alone.contains("w [time, lat, lon]: ") && alone.contains("squeezed"), "{alone}");
    variable(dir.path(), "v", &bytes(&VALUES), &json!({}));
    assert_eq!(values(dir.path()).await.unwrap(), VALUES.map(f64::from));
    version_2(dir.path(), "lat", "<f4", &[("lat", 2)], &[0; 8], &squeezed, &json!({"units": "degrees_north"}));
    let coordinate = values(dir.path()).await.unwrap_err().to_string();
    assert!(coordinate.contains("lat: ") && coordinate.contains("squeezed"), "{coordinate}");
}

#[tokio::test]
async fn a_group_of_groups_names_them() {
    let dir = tempfile::tempdir().unwrap();
    group(dir.path(), &json!({}));
    let empty = values(dir.path()).await.unwrap_err().to_string();
    assert!(empty.contains("its Zarr group holds no arrays"), "{empty}");
    group(&dir.path().join("daily"), &json!({}));
    group(&dir.path().join("monthly"), &json!({}));
    let error = values(dir.path()).await.unwrap_err().to_string();
    assert!(error.contains("…/daily, …/monthly"), "{error}");
}
