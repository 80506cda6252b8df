//! Several NetCDF files as one dataset, joined along time.

#[path = "made/classic.rs"]
mod classic;

use classic::{Held, Said, write};
use sdap::{BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{SeriesFilters, SeriesRequest};
use sdap_nexus::{Error, Nexus};
use std::path::Path;

/// A file of `times` days from a day of 2001; the value at each time and cell is `first + time`.
fn daily(folder: &Path, name: &str, begins: &str, times: usize, first: i16, scale: f64) {
    let lat = [0.0, 1.0];
    daily_at(folder, name, &format!("days since {begins}"), &(0..times).map(|n| n as f64).collect::<Vec<_>>(), first, scale, &lat);
}

fn daily_at(folder: &Path, name: &str, units: &str, times: &[f64], first: i16, scale: f64, lat: &[f64]) {
    let cells = times.len() * lat.len() * 3;
    let stored = (0..cells).map(|n| first + (n / (lat.len() * 3)) as i16).collect();
    write(
        &folder.join(name),
        &[("time", times.len()), ("lat", lat.len()), ("lon", 3)],
        &[
            ("time", vec!["time"], vec![("units", Said::Text(units))], Held::F64(times.to_vec())),
            ("lat", vec!["lat"], vec![("units", Said::Text("degrees_north"))], Held::F64(lat.to_vec())),
            ("lon", vec!["lon"], vec![("units", Said::Text("degrees_east"))], Held::F64(vec![0.0, 1.0, 2.0])),
            ("v", vec!["time", "lat", "lon"], vec![("scale_factor", Said::Number(scale))], Held::I16(stored)),
        ],
    );
}

fn engine(path: &Path) -> Engine {
    let catalogue = Catalogue::default();
    catalogue.add(path, "A").unwrap();
    Engine::with_catalogue(catalogue)
}

/// Each day since 2001-01-01, with the least and the greatest value.
async fn series(path: &Path) -> Result<Vec<(i64, f64, f64)>, Error> {
    let period = Period::new("2000-01-01T00:00:00Z".parse().unwrap(), "2010-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let filters = SeriesFilters::default();
    let request = SeriesRequest { elevation: None, datasets: vec!["A".into()], variable: None, area: BoundingBox::WORLD, period, filters };
    let group = engine(path).series(&request).await?;
    let s = &group.series[0];
    let day = |seconds: i64| (seconds - 978_307_200) / 86_400;
    Ok((0..s.len()).map(|at| (day(s.time.seconds()[at]), s.minimum[at], s.maximum[at])).collect())
}

/// What the series is, if each day has its own number as value.
fn counted(days: impl IntoIterator<Item = i64>) -> Vec<(i64, f64, f64)> {
    days.into_iter().map(|day| (day, day as f64, day as f64)).collect()
}

#[tokio::test]
async fn files_of_any_length_and_order_are_one_dataset() {
    let dir = tempfile::tempdir().unwrap();
    daily(dir.path(), "z.nc", "2001-01-01", 31, 0, 1.0);
    daily(dir.path(), "a.nc", "2001-02-01", 28, 31, 1.0);
    daily(dir.path(), "m.nc", "2001-03-01", 1, 59, 1.0);
    daily(dir.path(), "c.nc", "2001-03-05", 2, 63, 1.0);
    assert_eq!(series(dir.path()).await.unwrap(), counted((0..60).chain(63..65)));
    assert_eq!(series(&dir.path().join("[zm].nc")).await.unwrap(), counted((0..31).chain(59..60)), "by a pattern");
    let card = engine(dir.path()).datasets().await.unwrap().remove(0);
    assert_eq!((card.times, card.step.as_str(), card.kind.as_str()), (Some(62), "1 day", "netcdf"));
}

#[tokio::test]
async fn files_that_are_packed_differently_are_unpacked_each_in_its_way() {
    let dir = tempfile::tempdir().unwrap();
    daily(dir.path(), "a.nc", "2001-01-01", 2, 0, 1.0);
    daily(dir.path(), "b.nc", "2001-01-03", 2, 4, 0.5);
    assert_eq!(series(dir.path()).await.unwrap(), [(0, 0.0, 0.0), (1, 1.0, 1.0), (2, 2.0, 2.0), (3, 2.5, 2.5)]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_left_out_and_named() {
    let dir = tempfile::tempdir().unwrap();
    for (name, begins, first) in [("a.nc", "2001-01-01", 0), ("b.nc", "2001-01-02", 1), ("c.nc", "2001-01-03", 2)] {
        daily(dir.path(), name, begins, 1, first, 1.0);
    }
    let whole = std::fs::read(dir.path().join("b.nc")).unwrap();
    std::fs::write(dir.path().join("b.nc"), &whole[..40]).unwrap();
    daily_at(dir.path(), "d.nc", "days since 2001-01-04", &[0.0], 3, 1.0, &[0.0, 5.0]);
    daily_at(dir.path(), "e.nc", "fortnights since 2001-01-05", &[0.0], 4, 1.0, &[0.0, 1.0]);
    assert_eq!(series(dir.path()).await.unwrap(), counted([0, 2]));
    let card = engine(dir.path()).datasets().await.unwrap().remove(0);
    assert!(card.trouble.is_none(), "the others can be asked");
    let said = card.attribution.concat();
    for part in
        ["A is incomplete", "b.nc: it cannot be read as NetCDF", "d.nc: its lat differs from that of the first file", "e.nc: time: "]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[tokio::test]
async fn a_file_that_breaks_later_is_named_and_the_others_still_answer() {
    let dir = tempfile::tempdir().unwrap();
    daily(dir.path(), "a.nc", "2001-01-01", 2, 0, 1.0);
    daily(dir.path(), "b.nc", "2001-01-03", 2, 2, 1.0);
    let whole = std::fs::read(dir.path().join("b.nc")).unwrap();
    std::fs::write(dir.path().join("b.nc"), &whole[..whole.len() - 8]).unwrap();
    let error = series(dir.path()).await.unwrap_err().to_string();
    assert!(error.starts_with("A cannot be read: v: b.nc: the chunk at [0, 0, 0] cannot be decoded"), "{error}");
}

#[tokio::test]
async fn one_time_in_two_files_is_an_error_that_names_both() {
    let dir = tempfile::tempdir().unwrap();
    daily(dir.path(), "a.nc", "2001-01-01", 3, 0, 1.0);
    daily(dir.path(), "b.nc", "2001-01-03", 3, 2, 1.0);
    let error = series(dir.path()).await.unwrap_err().to_string();
    assert_eq!(error, "A cannot be read: a.nc and b.nc both have values for 2001-01-03T00:00:00Z; each time must be in one file only");
}

#[tokio::test]
async fn a_folder_without_any_file_that_can_be_read_says_why() {
    let dir = tempfile::tempdir().unwrap();
    assert!(series(&dir.path().join("*.nc")).await.unwrap_err().to_string().contains("matches no NetCDF file"));
    std::fs::write(dir.path().join("a.nc"), "x").unwrap();
    let error = series(dir.path()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "A cannot be read: none of its files can be read (a.nc: it is no NetCDF file: it begins as neither classic NetCDF nor HDF5 does)"
    );
}

#[tokio::test]
async fn hundreds_of_files_need_few_open_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    for day in 0..300_i16 {
        daily_at(dir.path(), &format!("{day:03}.nc"), "days since 2001-01-01", &[f64::from(day)], day, 1.0, &[0.0, 1.0]);
    }
    assert_eq!(series(dir.path()).await.unwrap(), counted(0..300));
    #[cfg(target_os = "linux")]
    {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok());
        let ours = open.filter(|target| target.starts_with(dir.path())).count();
        assert!((1..=64).contains(&ours), "{ours} files are open");
    }
}
