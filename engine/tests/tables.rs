//! Tables of in-situ points, CSV and Parquet: what is understood, what is asked of them, and what is wrong with them.

#[allow(dead_code, reason = "other tests make grids of it")]
mod made;

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use proptest::prelude::*;
use sdap::{Axis, BoundingBox, Period, Points};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::request::{Elevation, HovmollerRequest, SeriesFilters, SeriesRequest, SubsetRequest};
use sdap_nexus::{Error, Missing, Nexus};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const BUOYS: &str = "\
# title: Two buoys
# attribution: the harbour master
# a remark without meaning
time,buoy,lat,lon,depth [m],sst [degree_Celsius],salinity
2020-01-01T00:00:00Z,east,10,170,1,20.5,35
2020-01-01T00:00:00Z,west,-10,-170,5,0,
2020-01-02T12:00:00Z,east,11,171,1,NaN,34
2020-01-02T12:00:00Z,west,-11,-171,5,22.5,NA
2020-02-01T00:00:00Z,west,-12,-172,5,,
";

fn always() -> Period {
    Period::new("1900-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap()).unwrap()
}

fn everything() -> SubsetRequest {
    SubsetRequest { dataset: "A".into(), variable: None, area: None, filters: vec![], period: always(), elevation: None }
}

fn engine(path: &Path) -> Engine {
    let catalogue = Catalogue::default();
    catalogue.add(path, "A").unwrap();
    Engine::with_catalogue(catalogue)
}

/// A folder with a file in it.
struct Written {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn written(name: &str, contents: impl AsRef<[u8]>) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, contents).unwrap();
    Written { path, _folder: folder }
}

async fn points(text: &str, request: &SubsetRequest) -> Result<Points, Error> {
    engine(&written("a.csv", text).path).subset(request).await
}

/// Why a table cannot be read.
async fn fault(text: &str) -> String {
    let error = points(text, &everything()).await.unwrap_err().to_string();
    error.strip_prefix("A cannot be read: ").unwrap_or_else(|| panic!("{error}")).to_owned()
}

fn packed(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

fn numbers(column: &sdap::Column) -> Vec<String> {
    column.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_table_is_points_with_keys_units_and_elevations() {
    let found = points(BUOYS, &everything()).await.unwrap();
    assert_eq!(found.time.seconds(), [1_577_836_800, 1_577_836_800, 1_577_966_400, 1_577_966_400], "one row has no value at all");
    assert_eq!((found.lat.to_vec(), found.lon.to_vec()), (vec![-10.0, 10.0, -11.0, 11.0], vec![-170.0, 170.0, -171.0, 171.0]));
    assert_eq!(found.elevation.unwrap().to_vec(), [-5.0, -1.0, -5.0, -1.0], "a depth is below");
    assert_eq!(found.keys, BTreeMap::from([("buoy".to_owned(), ["west", "east", "west", "east"].map(str::to_owned).to_vec())]));
    let [sst, salinity] = &found.variables[..] else { panic!("two variables") };
    assert_eq!(
        (sst.name.as_str(), sst.units.as_str(), numbers(&sst.values)),
        ("sst", "degree_Celsius", ["0", "20.5", "22.5", "NaN"].map(str::to_owned).to_vec())
    );
    assert_eq!((salinity.name.as_str(), numbers(&salinity.values)), ("salinity", ["NaN", "35", "NaN", "34"].map(str::to_owned).to_vec()));
    assert_eq!((found.origin.title.as_str(), found.origin.attribution), ("Two buoys", vec!["the harbour master".to_owned()]));
    assert!(!found.origin.synthetic);
}

#[tokio::test]
async fn a_card_says_what_a_table_holds() {
    let card = engine(&written("a.csv", BUOYS).path).datasets().await.unwrap().remove(0);
    assert_eq!((card.kind.as_str(), card.times, card.grid), ("csv", Some(3), None));
    assert_eq!(card.area.unwrap().to_string(), "170,-12,-170,11", "the shorter way round");
    assert_eq!(card.keys[0].values, [("east".to_owned(), String::new()), ("west".to_owned(), String::new())]);
    assert_eq!(card.variables.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["sst", "salinity"]);
}

#[tokio::test]
async fn packed_tables_and_other_separators_are_the_same_points() {
    let plain = points(BUOYS, &everything()).await.unwrap();
    let with = |separator| BUOYS.replace(',', separator);
    for (name, bytes) in [("a.csv.gz", packed(BUOYS)), ("a.tsv", with("\t").into_bytes()), ("a.csv", with(";").into_bytes())] {
        let found = engine(&written(name, bytes).path).subset(&everything()).await.unwrap();
        assert_eq!((found.lat, found.keys, found.elevation), (plain.lat.clone(), plain.keys.clone(), plain.elevation.clone()), "{name}");
    }
}

#[tokio::test]
async fn a_line_of_units_after_the_names_is_understood() {
    let text = "time,latitude,longitude,wtmp\nUTC,degrees_north,degrees_east,degree_C\n2020-01-01T00:00:00Z,1,2,3\n";
    let found = points(text, &everything()).await.unwrap();
    assert_eq!((found.len(), found.variables[0].units.as_str()), (1, "degree_C"));
}

#[tokio::test]
async fn times_may_be_counted_and_identifiers_be_numbers() {
    let text = "time [days since 1950-01-01],wmo_id,station,lat,lon,v\n7305.5,4900123,007,1,2,3\n";
    let found = points(text, &everything()).await.unwrap();
    assert_eq!(found.time.seconds(), [43_200]);
    assert_eq!((found.keys["wmo_id"][0].as_str(), found.keys["station"][0].as_str()), ("4900123", "007"), "zeros in front belong to it");
    let epoch = points("timestamp,lat,lon,v\n1577836800,1,2,3\n1577836800500,1,2,3\n", &everything()).await.unwrap();
    assert_eq!(epoch.time.seconds(), [1_577_836_800, 1_577_836_801]);
}

#[tokio::test]
async fn box_period_filters_and_elevations_hold_together() {
    let count = async |change: &dyn Fn(&mut SubsetRequest)| {
        let mut request = everything();
        change(&mut request);
        match points(BUOYS, &request).await {
            Ok(found) => found.len(),
            Err(Error::NoData { .. }) => 0,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(count(&|_| ()).await, 4);
    assert_eq!(count(&|r| r.area = Some(BoundingBox::new(169.0, -90.0, -169.0, 0.0).unwrap())).await, 2, "across the antimeridian");
    assert_eq!(count(&|r| r.area = Some(BoundingBox::new(0.0, -90.0, 10.0, 90.0).unwrap())).await, 0);
    assert_eq!(count(&|r| r.variable = Some("salinity".into())).await, 2);
    assert_eq!(count(&|r| r.elevation = Some(Elevation { lowest: -2.0, highest: 0.0 })).await, 2);
    assert_eq!(count(&|r| r.elevation = Some(Elevation { lowest: -200.0, highest: -100.0 })).await, 0);
    for (filter, expected) in [
        ("buoy:west", 2),
        ("buoy_s:(west OR east)", 4),
        ("-buoy:west", 2),
        ("sst:[20 TO 21]", 1),
        ("sst:0", 1),
        ("salinity:*", 2),
        ("lat:[* TO 0}", 2),
        ("depth:1", usize::MAX),
        ("elevation:[-2 TO 0]", 2),
        ("time:2020-01-01", 2),
        ("time:[2020-01-02T00:00:00Z TO *]", 2),
        ("time:\"2020-01-01T00:00:00Z\"", 2),
        ("title:*buoys AND buoy:east", 2),
        ("title:other", 0),
        ("buoy:west AND NOT time:2020-01-01", 1),
        ("buoy:west -time:2020-01-01", 1),
    ] {
        let request = SubsetRequest { filters: vec![filter.to_owned()], ..everything() };
        match points(BUOYS, &request).await {
            Ok(found) => assert_eq!(found.len(), expected, "{filter}"),
            Err(Error::NoData { missing, .. }) => assert_eq!((0, Missing::Filter), (expected, missing), "{filter}"),
            Err(other) if expected == usize::MAX => assert!(other.to_string().starts_with("A has no field depth"), "{other}"),
            Err(other) => panic!("{filter}: {other}"),
        }
    }
}

#[tokio::test]
async fn the_series_of_points_is_weighted_by_the_cosine_of_latitude_at_each_time() {
    let table = "time,lat,lon,v [K]\n2020-01-01,0,0,1\n2020-01-01,60,0,4\n2020-01-01,80,0,\n2020-01-20,60,0,7\n2020-01-20,-60,50,9\n2020-02-03,0,0,5\n";
    let file = written("a.csv", table);
    let engine = engine(&file.path);
    let request = |normalize_dates| SeriesRequest {
        datasets: vec!["A".into()],
        variable: None,
        area: BoundingBox::new(-10.0, -90.0, 10.0, 90.0).unwrap(),
        period: always(),
        filters: SeriesFilters { normalize_dates, ..SeriesFilters::default() },
        elevation: None,
    };
    let series = engine.series(&request(false)).await.unwrap().series.remove(0);
    let near = |found: &sdap::Column, expected: &[f64]| {
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{a} instead of {b}"));
    };
    // cos 0° = 1, cos 60° = ½.
    near(&series.mean, &[2.0, 7.0, 5.0]);
    near(&series.count, &[2.0, 1.0, 1.0]);
    near(&series.standard_deviation, &[1.5, 0.0, 0.0]);
    let months = engine.series(&request(true)).await.unwrap().series.remove(0);
    assert_eq!(months.time.seconds(), [1_577_836_800, 1_580_515_200]);
    near(&months.mean, &[(1.0 + 2.0 + 3.5) / 2.0, 5.0]);
    near(&months.count, &[3.0, 1.0]);
    near(&months.maximum, &[7.0, 5.0]);
    let diagram = HovmollerRequest {
        dataset: "A".into(),
        variable: None,
        axis: Axis::Latitude,
        area: BoundingBox::WORLD,
        period: always(),
        normalize_dates: false,
        elevation: None,
    };
    let error = engine.hovmoller(&diagram).await.unwrap_err();
    assert!(matches!(&error, Error::Unsupported(text) if text.contains("single points") && text.contains("time series")), "{error}");
}

#[tokio::test]
async fn invented_points_are_said_to_be_so() {
    let column = "time,lat,lon,v,synthetic\n2020-01-01,0,0,1,true\n";
    let remark = "# synthetic: true\ntime,lat,lon,v\n2020-01-01,0,0,1\n";
    for text in [column, remark] {
        let found = points(text, &everything()).await.unwrap();
        assert!(found.origin.synthetic && found.keys.is_empty());
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_table_is_named_by_line_and_column() {
    let head = "time,lat,lon,v\n";
    let with = |rows: &str| format!("{head}{rows}");
    for (text, expected) in [
        (String::new(), "it is empty: a line of column names was expected"),
        (head.to_owned(), "it has no rows"),
        ("lat,lon,v\n1,2,3\n".into(), "it has no column for time; its columns are lat, lon, v"),
        ("time,lat,v\n2020-01-01,2,3\n".into(), "it has no column for lon; its columns are time, lat, v"),
        (
            "time,date,lat,lon,v\n2020-01-01,2020-01-01,1,2,3\n".into(),
            "it has several columns for time; its columns are time, date, lat, lon, v",
        ),
        (with("2020-01-01,1,2,3\n\n2020-01-01,x,2,3\n"), "line 4, column lat: \"x\" is there, where a number of degrees was expected"),
        (with("2020-01-01,1,,3\n"), "line 2, column lon: nothing is there, where a number of degrees was expected"),
        (
            with("2020-01-01,1,2,3\n2020-01-01,1,2,3\n2020-01-01,1,2,abc\n"),
            "line 4, column v: \"abc\" is there, where a number, or nothing, was expected",
        ),
        (
            with("2020-13-01,1,2,3\n"),
            "line 2, column time: \"2020-13-01\" is there, where a time such as 1995-03-18T12:00:00Z was expected",
        ),
        (with(",1,2,3\n"), "line 2, column time: nothing is there, where a time such as 1995-03-18T12:00:00Z was expected"),
        (with("2020-01-01,1,2\n"), "line 2 has 3 cells, where the line of names has 4"),
        (with("2020-01-01,91,2,3\n"), "lat: one of its latitudes is 91, outside -90 to 90"),
        (with("2020-01-01,1,400,3\n"), "lon: one of its longitudes is 400, outside -180 to 360"),
        (
            "time [moons since 1950-01-01],lat,lon,v\n1,1,2,3\n".into(),
            "column time: its times are in \"moons since 1950-01-01\", where `seconds since 1970-01-01` or the like was expected",
        ),
        ("time,lat,lon,name\n2020-01-01,1,2,abc\n".into(), "no array has a value for each time and place (no arrays)"),
    ] {
        assert_eq!(fault(&text).await, expected, "{text}");
    }
    let bytes = written("a.csv", b"time,lat,lon,v\n2020-01-01,1,2,\xff\n");
    assert!(engine(&bytes.path).subset(&everything()).await.unwrap_err().to_string().ends_with("line 2 is no UTF-8 text"));
    let mut cut = packed(BUOYS);
    cut.truncate(cut.len() / 2);
    let cut = engine(&written("a.csv.gz", cut).path).subset(&everything()).await.unwrap_err().to_string();
    assert!(cut.starts_with("A cannot be read: it cannot be unpacked as gzip"), "{cut}");
    let none = engine(&written("a.parquet", "PAR1 and nothing else").path).subset(&everything()).await.unwrap_err().to_string();
    assert!(none.starts_with("A cannot be read: it cannot be read as Parquet"), "{none}");
}

/// Time, latitude, longitude, station and value.
type Row = (i64, f64, f64, Option<&'static str>, Option<f64>);

/// A Parquet file with the given times, and columns of text and numbers that may be missing.
fn parquet_file(path: &Path, unit: TimeUnit, rows: &[Row]) {
    let field = |name: &str, physical, logical: Option<LogicalType>, repetition| {
        Arc::new(Type::primitive_type_builder(name, physical).with_logical_type(logical).with_repetition(repetition).build().unwrap())
    };
    let (required, optional) = (Repetition::REQUIRED, Repetition::OPTIONAL);
    let fields = vec![
        field("time", Physical::INT64, Some(LogicalType::timestamp(true, unit)), required),
        field("lat", Physical::DOUBLE, None, required),
        field("lon", Physical::DOUBLE, None, required),
        field("station", Physical::BYTE_ARRAY, Some(LogicalType::String), optional),
        field("sst [K]", Physical::DOUBLE, None, optional),
    ];
    let schema = Type::group_type_builder("rows").with_fields(fields).build().unwrap();
    let properties = WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build();
    let mut file = SerializedFileWriter::new(std::fs::File::create(path).unwrap(), Arc::new(schema), Arc::new(properties)).unwrap();
    // Two rows in each group.
    for group in rows.chunks(2) {
        let mut out = file.next_row_group().unwrap();
        let mut next = |write: &dyn Fn(&mut parquet::file::writer::SerializedColumnWriter<'_>)| {
            let mut column = out.next_column().unwrap().unwrap();
            write(&mut column);
            column.close().unwrap();
        };
        let times: Vec<i64> = group.iter().map(|r| r.0).collect();
        next(&|c| assert!(c.typed::<Int64Type>().write_batch(&times, None, None).is_ok()));
        for values in [group.iter().map(|r| r.1).collect::<Vec<_>>(), group.iter().map(|r| r.2).collect()] {
            next(&|c| assert!(c.typed::<DoubleType>().write_batch(&values, None, None).is_ok()));
        }
        let names: Vec<ByteArray> = group.iter().filter_map(|r| r.3.map(ByteArray::from)).collect();
        let levels: Vec<i16> = group.iter().map(|r| i16::from(r.3.is_some())).collect();
        next(&|c| assert!(c.typed::<ByteArrayType>().write_batch(&names, Some(&levels), None).is_ok()));
        let values: Vec<f64> = group.iter().filter_map(|r| r.4).collect();
        let levels: Vec<i16> = group.iter().map(|r| i16::from(r.4.is_some())).collect();
        next(&|c| assert!(c.typed::<DoubleType>().write_batch(&values, Some(&levels), None).is_ok()));
        out.close().unwrap();
    }
    file.close().unwrap();
}

#[tokio::test]
async fn a_parquet_file_is_points_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    let rows = [
        (0, 1.0, 2.0, Some("a"), Some(280.0)),
        (1_000, 1.5, -2.0, None, Some(0.0)),
        (2_000, 2.0, 190.0, Some("b"), None),
        (3_000, 2.5, 5.0, Some("c"), Some(281.5)),
    ];
    for (unit, factor) in [(TimeUnit::MILLIS, 1_000), (TimeUnit::MICROS, 1_000_000), (TimeUnit::NANOS, 1_000_000_000)] {
        let scaled = rows.map(|(time, lat, lon, name, value)| (time * factor, lat, lon, name, value));
        parquet_file(&path, unit, &scaled);
        let found = engine(&path).subset(&everything()).await.unwrap();
        assert_eq!(found.time.seconds(), [0, 1_000, 3_000]);
        assert_eq!((found.lat.to_vec(), found.lon.to_vec()), (vec![1.0, 1.5, 2.5], vec![2.0, -2.0, 5.0]));
        assert_eq!((found.variables[0].name.as_str(), found.variables[0].units.as_str()), ("sst", "K"));
        assert_eq!(
            (found.variables[0].values.to_vec(), found.keys["station"].clone()),
            (vec![280.0, 0.0, 281.5], ["a", "", "c"].map(str::to_owned).to_vec())
        );
    }
    let card = engine(&path).datasets().await.unwrap().remove(0);
    assert_eq!((card.kind.as_str(), card.area.unwrap().to_string()), ("parquet", "-170,1,5,2.5".to_owned()));
}

#[tokio::test]
async fn arrays_that_share_one_dimension_are_points_in_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let store = made::group(folder.path(), &json!({"featureType": "point"}));
    let column = |name: &str, values: &[f64], attributes: serde_json::Value| {
        made::array(&store, name, "float64", &[5], &[2], &["obs"], values, &attributes);
    };
    column("time", &[4.0, 3.0, 2.0, 1.0, 0.0], json!({"units": "hours since 1970-01-01"}));
    column("lat", &[4.0, 3.0, 2.0, 1.0, 0.0], json!({"units": "degrees_north"}));
    column("lon", &[350.0, 0.0, 0.0, 0.0, 10.0], json!({"units": "degrees_east"}));
    column("z", &[40.0, 30.0, 20.0, 10.0, f64::NAN], json!({"units": "m", "positive": "down"}));
    column("v", &[1.0, 2.0, f64::NAN, 0.0, 5.0], json!({"units": "K", "standard_name": "air_temperature"}));
    made::array(&store, "buoy_id", "int64", &[5], &[5], &["obs"], &[1_i64, 2, 2, 1, 3], &json!({}));
    let found = engine(folder.path()).subset(&everything()).await.unwrap();
    assert_eq!(found.time.seconds(), [0, 3_600, 10_800, 14_400]);
    assert_eq!(found.lon.to_vec(), [10.0, 0.0, 0.0, -10.0]);
    assert_eq!(numbers(&found.elevation.unwrap()), ["NaN", "-10", "-30", "-40"]);
    assert_eq!((found.variables[0].name.as_str(), found.variables[0].values.to_vec()), ("air_temperature", vec![5.0, 0.0, 2.0, 1.0]));
    assert_eq!(found.keys["buoy_id"], ["3", "1", "2", "1"]);
    let of = SubsetRequest { filters: vec!["buoy_id:[1 TO 2} v:5".into()], ..everything() };
    assert_eq!(engine(folder.path()).subset(&of).await.unwrap().variables[0].values.to_vec(), [5.0, 0.0, 1.0]);
}

#[tokio::test]
async fn tables_are_opened_by_path_and_by_a_catalogue_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("buoys.csv.gz"), packed(BUOYS)).unwrap();
    std::fs::write(folder.path().join("c.toml"), "[dataset.HARBOUR]\nplace = \"buoys.csv.gz\"\ntitle = \"The harbour\"\n").unwrap();
    let catalogue = Catalogue::default();
    catalogue.read(&folder.path().join("c.toml")).unwrap();
    let engine = Engine::with_catalogue(catalogue);
    assert_eq!(engine.datasets().await.unwrap()[0].title, "The harbour");
    let opened = Nexus::open(&engine, folder.path().join("buoys.csv.gz").to_str().unwrap(), None).await.unwrap();
    assert_eq!((opened.short_name.as_str(), opened.kind.as_str()), ("buoys", "csv"));
}

#[tokio::test]
async fn the_reports_of_the_demo_are_there_with_their_terms() {
    let engine = Engine::demo();
    let cards = engine.datasets().await.unwrap();
    let card = cards.iter().find(|card| card.short_name == "SAO_STATIONS_19950318").unwrap();
    assert_eq!((card.times, card.synthetic, card.variables.len()), (Some(8), false, 5));
    assert_eq!(card.keys[0].values.len(), 1383);
    assert!(card.licence.contains("without warranty") && card.attribution[0].contains("University Corporation for Atmospheric Research"));
    let request = SubsetRequest { dataset: "SAO_STATIONS_19950318".into(), ..everything() };
    let found = engine.subset(&request).await.unwrap();
    assert_eq!(found.len(), 8938);
    let high = SubsetRequest { elevation: Some(Elevation { lowest: 2000.0, highest: 9000.0 }), ..request };
    let high = engine.subset(&high).await.unwrap();
    assert!(high.len() < 1000 && high.elevation.unwrap().iter().all(|metres| *metres >= 2000.0));
    let drifters = cards.iter().find(|card| card.short_name == "SYNTHETIC_DRIFTER_SST").unwrap();
    assert!(drifters.synthetic && drifters.title.starts_with("SYNTHETIC") && drifters.keys[0].values.len() == 24);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), name in prop::sample::select(vec!["a.csv", "a.csv.gz", "a.parquet"])) {
        let written = written(name, bytes);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert!(runtime.block_on(engine(&written.path).subset(&everything())).is_err());
    }

    #[test]
    fn no_mixture_of_cells_makes_the_reader_panic(cells in prop::collection::vec(
        prop::sample::select(vec!["time", "lat", "lon", "v", "station", "depth [m]", ",", ",", "\n", "\"", "#", "2020-01-01", "1e9", "-5", "NaN", "x", ";", " "]), 0..60
    )) {
        let written = written("a.csv", format!("time,lat,lon,v\n{}", cells.concat()));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _ = runtime.block_on(engine(&written.path).subset(&everything()));
    }

    #[test]
    fn what_was_written_is_read(rows in prop::collection::vec((0..4_000_000_000_i64, -90.0..=90.0_f64, -180.0..=180.0_f64, prop::option::of(-1e6..1e6_f64)), 1..30)) {
        let mut text = "time,lat,lon,v [K]\n".to_owned();
        for (time, lat, lon, value) in &rows {
            let time = chrono::DateTime::from_timestamp(*time, 0).unwrap().to_rfc3339();
            writeln!(text, "{time},{lat},{lon},{}", value.map(|v| v.to_string()).unwrap_or_default()).unwrap();
        }
        let mut expected: Vec<_> = rows.iter().filter_map(|(t, lat, lon, v)| Some((*t, *lat, *lon, (*v)?))).collect();
        expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let written = written("a.csv", text);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        match runtime.block_on(engine(&written.path).subset(&everything())) {
            Ok(found) => {
                let mut all: Vec<_> = (0..found.len()).map(|at| (found.time.seconds()[at], found.lat[at], found.lon[at], found.variables[0].values[at])).collect();
                all.sort_by(|a, b| a.partial_cmp(b).unwrap());
                prop_assert_eq!(all, expected);
            }
            Err(error) => prop_assert!(expected.is_empty(), "{}", error),
        }
    }
}

#[tokio::test]
async fn tables_of_a_folder_or_pattern_are_one_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.csv", "time,buoy,lat,lon,sst [K],n\n2020-01-02,east,1,2,290,1\n");
    write("b.csv", "time,buoy,lat,lon,sst [K],n\n2020-01-01,west,1,2,291.5,2\n2020-01-03,west,1,2,,2.5\n");
    write("c.csv", "time,buoy,lat,lon,sst [degC],n\n2020-01-01,west,1,2,20,1\n");
    write("d.csv", "time,buoy,lat,lon,sst [K],n\n2020-01-01,west,1,2,280,many\n");
    write("e.csv", "time,buoy,lat,lon,sst [K],n\n2020-01-01,west,north,2,280,1\n");
    write("notes.txt", "nothing");
    let all = engine(folder.path());
    let found = all.subset(&everything()).await.unwrap();
    assert_eq!(
        (found.keys["buoy"].join(" "), numbers(&found.variables[0].values).join(" ")),
        ("west east west".into(), "291.5 290 NaN".into())
    );
    assert_eq!(numbers(&found.variables[1].values).join(" "), "2 1 2.5", "whole numbers beside fractions");
    let told = found.origin.attribution.join(" ");
    for reason in [
        "c.csv: its columns are time, buoy, lat, lon, sst [degC], n, those of the first table time, buoy, lat, lon, sst [K], n",
        "d.csv: its column n holds other things than that of the first table",
        "e.csv: line 2",
    ] {
        assert!(told.contains(reason), "{told}");
    }
    assert_eq!(engine(&folder.path().join("[ac].csv")).subset(&everything()).await.unwrap().len(), 1, "by a pattern");
    write("f.nc", "CDF");
    let error = engine(&folder.path().join("*.*")).subset(&everything()).await.unwrap_err().to_string();
    assert!(error.contains("5 of its 7 files are tables; a dataset has files of one format"), "{error}");
}
