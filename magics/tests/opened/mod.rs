//! The files that examples open and save.

#[path = "../../../engine/tests/made/classic.rs"]
mod classic;
#[path = "../../../engine/tests/made/copied.rs"]
mod copied;

use classic::{Held, Said};
use std::path::Path;

/// An example, with the files that it names in a folder.
pub(crate) fn among(folder: &Path, example: &str) -> String {
    let there = folder.display();
    let saved = example.replace("save sst ", &format!("save sst {there}/"));
    saved.replace("open '", &format!("open '{there}/")).replace("open sst", &format!("open {there}/sst"))
}

/// Files of the names that examples open: a Zarr group, and NetCDF files of two days each.
pub(crate) fn files_to_open() -> tempfile::TempDir {
    let files = tempfile::tempdir().unwrap();
    let group = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/data/SYNTHETIC_LA_PRECIP_DAILY.zarr");
    copied::copy(&group, &files.path().join("sst.zarr"));
    std::fs::create_dir(files.path().join("model")).unwrap();
    for (file, day) in [("sst_2001.nc", 1), ("model/a.nc", 1), ("model/b.nc", 3)] {
        let units = format!("days since 2001-01-{day}");
        let line =
            |name, units: &'static str, values: &[f64]| (name, vec![name], vec![("units", Said::Text(units))], Held::F64(values.to_vec()));
        classic::write(
            &files.path().join(file),
            &[("time", 2), ("lat", 2), ("lon", 2)],
            &[
                ("time", vec!["time"], vec![("units", Said::Text(&units))], Held::F64(vec![0.0, 1.0])),
                line("lat", "degrees_north", &[0.0, 1.0]),
                line("lon", "degrees_east", &[10.0, 11.0]),
                ("sst", vec!["time", "lat", "lon"], vec![("scale_factor", Said::Number(0.5))], Held::I16((0..8).collect())),
            ],
        );
    }
    files
}
