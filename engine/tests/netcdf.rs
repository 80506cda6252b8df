//! NetCDF files of every kind, with the values that netCDF4 and xarray read from them, and damaged ones.

#[path = "made/files.rs"]
mod files;

use files::{kept, unpacked};
use proptest::prelude::*;
use sdap::{BoundingBox, Period, Points};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::SubsetRequest;
use sdap_nexus::{Error, Nexus};
use std::path::Path;

const LAT: [f64; 4] = [30.0, 10.0, -10.0, -30.0];
const LON: [f64; 5] = [0.0, 80.0, 160.0, -120.0, -40.0];

fn always() -> Period {
    Period::new("1900-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap()).unwrap()
}

async fn points(path: &Path, variable: &str) -> Result<Points, Error> {
    let catalogue = Catalogue::default();
    catalogue.add(path, "A").unwrap();
    let request = SubsetRequest {
        elevation: None,
        dataset: "A".into(),
        variable: Some(variable.into()),
        area: Some(BoundingBox::WORLD),
        filters: Vec::new(),
        period: always(),
    };
    Engine::with_catalogue(catalogue).subset(&request).await
}

/// All values by time, latitude and longitude as they are stored; NaN is missing.
fn cells(points: &Points) -> Vec<f64> {
    let mut cells = vec![f64::NAN; 3 * LAT.len() * LON.len()];
    let first: i64 = 978_307_200;
    for at in 0..points.len() {
        let time = ((points.time.seconds()[at] - first) / 86_400) as usize;
        let y = LAT.iter().position(|lat| *lat == points.lat[at]).unwrap();
        let x = LON.iter().position(|lon| (lon - points.lon[at]).abs() < 1e-9).unwrap();
        cells[(time * LAT.len() + y) * LON.len() + x] = points.variables[0].values[at];
    }
    cells
}

#[tokio::test]
async fn every_kind_of_file_gives_the_values_that_the_netcdf_library_reads() {
    let expected: serde_json::Value = serde_json::from_str(include_str!("netcdf/expected.json")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for (file, variables) in expected["cells"].as_object().unwrap() {
        let path = unpacked(dir.path(), file);
        for (variable, values) in variables.as_object().unwrap() {
            let found = cells(&points(&path, variable).await.unwrap_or_else(|e| panic!("{file} {variable}: {e}")));
            for (at, value) in values.as_array().unwrap().iter().enumerate() {
                let value = value.as_f64().unwrap_or(f64::NAN);
                let close = (found[at].is_nan() && value.is_nan()) || (found[at] - value).abs() <= 1e-6 * value.abs();
                assert!(close, "{file} {variable} [{at}]: {} instead of {value}", found[at]);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 2040, "no file or variable was left out");
}

#[tokio::test]
async fn a_filter_that_is_not_supported_is_an_error_of_its_variable_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = unpacked(dir.path(), "latest.h5");
    let error = points(&path, "lzf").await.unwrap_err().to_string();
    assert_eq!(error, "A cannot be read: lzf: the chunk at [0, 0, 0] cannot be decoded: unsupported filter: filter id 32000");
    assert!(points(&path, "fixed").await.is_ok());
}

#[tokio::test]
async fn a_dimension_of_a_group_is_not_that_of_its_parent() {
    let dir = tempfile::tempdir().unwrap();
    let path = unpacked(dir.path(), "groups.nc");
    let engine = Engine::with_catalogue(Catalogue::default());
    let card = engine.open(&path, "A").await.unwrap();
    assert_eq!(card.variables.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["deep/v"]);
    assert_eq!(card.kind, "netcdf");
    assert_eq!(card.title, "groups.nc");
}

#[tokio::test]
async fn stations_are_found_by_their_texts() {
    let dir = tempfile::tempdir().unwrap();
    let catalogue = Catalogue::default();
    catalogue.add(unpacked(dir.path(), "stations.nc"), "A").unwrap();
    let engine = Engine::with_catalogue(catalogue);
    let request = |filter: &str| SubsetRequest {
        elevation: None,
        dataset: "A".into(),
        variable: None,
        area: None,
        filters: vec![filter.to_owned()],
        period: always(),
    };
    for filter in ["station_name:zwei", "code:b22"] {
        let found = engine.subset(&request(filter)).await.unwrap();
        assert_eq!(found.variables[0].values.to_vec(), [4.0, 5.0, 6.0, 7.0], "{filter}");
        assert_eq!(found.lon.to_vec(), [20.0; 4]);
    }
    assert_eq!(
        engine.datasets().await.unwrap()[0].keys[0].values.iter().map(|v| v.0.as_str()).collect::<Vec<_>>(),
        ["one", "zwei", "três"]
    );
}

#[tokio::test]
async fn what_is_no_netcdf_is_said_to_be_none() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.nc");
    for (bytes, reason) in [(&b""[..], "it is no NetCDF file"), (b"CDF\x07", "version 7"), (b"<html>moved</html>", "it is no NetCDF file")]
    {
        std::fs::write(&path, bytes).unwrap();
        let error = points(&path, "v").await.unwrap_err().to_string();
        assert!(error.starts_with("A cannot be read: ") && error.contains(reason), "{error}");
    }
}

/// Reads all that a damaged file still says it has.
fn read_all(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.nc");
    std::fs::write(&path, bytes).unwrap();
    runtime.block_on(async {
        let catalogue = Catalogue::default();
        catalogue.add(&path, "A").unwrap();
        let cards = Engine::with_catalogue(catalogue).datasets().await.unwrap();
        for variable in &cards[0].variables {
            // An answer or an error; a panic would say that the engine failed.
            if let Err(error) = points(&path, &variable.name).await {
                assert!(!error.to_string().contains("engine failed"), "{error}");
            }
        }
        assert!(!cards[0].trouble.as_ref().is_some_and(|t| t.contains("engine failed")));
    });
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let names =
        ["blosc.nc", "cdf1.nc", "cdf2.nc", "cdf5.nc", "contiguous.nc", "filters.nc", "groups.nc", "latest.h5", "packed.nc", "stations.nc"];
    prop::sample::select(names.to_vec()).prop_map(kept)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_that_was_cut_off_is_an_error_or_still_right(file in any_file(), share in 0.0..1.0) {
        let length = (file.len() as f64 * share) as usize;
        read_all(&file[..length]);
    }

    #[test]
    fn a_file_with_flipped_bits_never_brings_the_engine_down(
        mut file in any_file(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 1..12),
    ) {
        for (at, bit) in flips {
            let at = at.index(file.len());
            file[at] ^= 1 << bit;
        }
        read_all(&file);
    }
}
