//! Datasets on an HTTP server, and a catalogue of which some cannot be read.

#[path = "made/consolidated.rs"]
mod consolidated;
#[path = "made/copied.rs"]
mod copied;
#[path = "made/files.rs"]
mod files;
#[allow(dead_code, reason = "other tests make other grids of it")]
mod made;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use sdap::{Axis, BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::Nexus;
use sdap_nexus::request::{Elevation, HovmollerRequest, MapRequest, SeriesFilters, SeriesRequest, Statistic, SubsetRequest};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A server of the files in a folder, which knows ranges and lists nothing.
struct Server {
    address: String,
    sent: Arc<AtomicU64>,
    /// How many chunks of an array `v` were on their way at once, at most.
    at_once: Arc<AtomicUsize>,
    /// How many times each path was asked for.
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// Serves on this machine, and says at which address.
async fn serving(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// How long a chunk of an array `v` is on its way.
const ON_ITS_WAY: Duration = Duration::from_millis(50);

impl Server {
    async fn of(folder: &Path) -> Self {
        let (sent, at_once) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
        let slow = axum::middleware::from_fn_with_state((Arc::new(AtomicUsize::new(0)), at_once.clone()), slow_chunks);
        let asked: Arc<Mutex<BTreeMap<String, usize>>> = Arc::default();
        let counted = asked.clone();
        let count = axum::middleware::from_fn(move |request: Request, next: Next| {
            *counted.lock().unwrap().entry(request.uri().path().to_owned()).or_default() += 1;
            next.run(request)
        });
        let router = Router::new().fallback(file).with_state((folder.to_owned(), sent.clone())).layer(slow).layer(count);
        let address = serving(router).await;
        Self { address, sent, at_once, asked }
    }

    /// How many times each chunk of the arrays `v` and `w` was asked for since this was asked last.
    fn chunks_asked(&self) -> BTreeMap<String, usize> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.into_iter().filter(|(path, _)| path.contains("/v/c") || path.contains("/w/c")).collect()
    }
}

/// Lets the chunks of arrays `v` wait, and counts how many do at once.
async fn slow_chunks(State((now, most)): State<(Arc<AtomicUsize>, Arc<AtomicUsize>)>, request: Request, next: Next) -> Response {
    if request.uri().path().contains("/v/c") {
        most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        tokio::time::sleep(ON_ITS_WAY).await;
        now.fetch_sub(1, Ordering::Relaxed);
    }
    next.run(request).await
}

async fn file(State((folder, sent)): State<(PathBuf, Arc<AtomicU64>)>, request: Request) -> Response {
    let answer = |status: StatusCode| Response::builder().status(status);
    let known = [Method::GET, Method::HEAD].contains(request.method());
    let path = folder.join(request.uri().path().trim_start_matches('/'));
    let Some(bytes) = std::fs::read(path).ok().filter(|_| known) else {
        return answer(if known { StatusCode::NOT_FOUND } else { StatusCode::NOT_IMPLEMENTED }).body(Body::empty()).unwrap();
    };
    let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes="));
    let (status, part) = match range.and_then(|range| range.split_once('-')) {
        Some((start, end)) => {
            let end = end.parse::<usize>().map_or(bytes.len(), |end| (end + 1).min(bytes.len()));
            (StatusCode::PARTIAL_CONTENT, start.parse().unwrap_or(bytes.len() - end)..end)
        }
        None => (StatusCode::OK, 0..bytes.len()),
    };
    let content = format!("bytes {}-{}/{}", part.start, part.end.max(1) - 1, bytes.len());
    let head = *request.method() == Method::HEAD;
    if !head {
        sent.fetch_add(part.len() as u64, Ordering::Relaxed);
    }
    let answer = answer(status).header(header::LAST_MODIFIED, "Mon, 01 Jan 2001 00:00:00 GMT").header(header::CONTENT_RANGE, content);
    let answer = answer.header(header::CONTENT_LENGTH, part.len());
    answer.body(if head { Body::empty() } else { Body::from(bytes[part].to_vec()) }).unwrap()
}

fn request(dataset: &str, variable: Option<&str>) -> SubsetRequest {
    let period = Period::new("1900-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let variable = variable.map(str::to_owned);
    SubsetRequest { elevation: None, dataset: dataset.into(), variable, area: Some(BoundingBox::WORLD), filters: Vec::new(), period }
}

/// The demo group of daily rain, of Zarr v3, with consolidated metadata if wanted.
fn zarr_group(folder: &Path, consolidated: bool) {
    copied::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/SYNTHETIC_LA_PRECIP_DAILY.zarr"), folder);
    let file = folder.join("zarr.json");
    let mut group: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    group.as_object_mut().unwrap().remove("consolidated_metadata");
    std::fs::write(file, group.to_string()).unwrap();
    if consolidated {
        consolidated::consolidate(folder, &["time", "lat", "lon", "precipitation"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_netcdf_file_is_read_in_ranges_over_http() {
    let dir = tempfile::tempdir().unwrap();
    let local = files::unpacked(dir.path(), "filters.nc");
    let server = Server::of(dir.path()).await;
    let engine = Engine::with_catalogue(Catalogue::default());
    engine.catalogue().add(&local, "HERE").unwrap();
    engine.catalogue().add(format!("{}/filters.nc", server.address), "THERE").unwrap();
    for variable in ["deflate", "checked", "zstandard", "big"] {
        let [here, there] = [engine.subset(&request("HERE", Some(variable))).await, engine.subset(&request("THERE", Some(variable))).await];
        assert_eq!(here.unwrap().variables, there.unwrap().variables, "{variable}");
    }
    assert!(server.sent.load(Ordering::Relaxed) <= 2 * std::fs::metadata(local).unwrap().len(), "blocks are kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zarr_group_over_http_needs_consolidated_metadata() {
    let dir = tempfile::tempdir().unwrap();
    zarr_group(&dir.path().join("with.zarr"), true);
    zarr_group(&dir.path().join("without.zarr"), false);
    let server = Server::of(dir.path()).await;
    let engine = Engine::demo();
    let card = Nexus::open(&engine, &format!("{}/with.zarr", server.address), None).await.unwrap();
    assert_eq!((card.short_name.as_str(), card.kind.as_str(), card.times), ("with", "zarr", Some(730)));
    let found = engine.subset(&request("with", None)).await.unwrap();
    assert_eq!(found.variables, engine.subset(&request("SYNTHETIC_LA_PRECIP_DAILY", None)).await.unwrap().variables);
    let error = engine.open(format!("{}/without.zarr", server.address), "B").await.unwrap_err().to_string();
    assert!(error.contains("an HTTP server lists nothing; consolidated metadata would tell what there is"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_chunks_are_on_their_way_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let time = (0..64).map(|day| day * 86_400).collect();
    let values = (0..64 * 4).map(|n| n as f32).collect();
    made::Made { time, lat: vec![0.0, 1.0], lon: vec![0.0, 1.0], values, chunks: [1, 2, 2] }.write(&dir.path().join("a.zarr"));
    consolidated::consolidate(&dir.path().join("a.zarr"), &["time", "lat", "lon", "v"]);
    let server = Server::of(dir.path()).await;
    let engine = Engine::with_catalogue(Catalogue::default());
    engine.catalogue().add(dir.path().join("a.zarr"), "HERE").unwrap();
    engine.catalogue().add(format!("{}/a.zarr", server.address), "THERE").unwrap();
    let map = |dataset: &str| MapRequest {
        dataset: dataset.into(),
        variable: None,
        statistic: Statistic::Mean,
        area: BoundingBox::WORLD,
        period: request("", None).period,
        elevation: None,
    };
    let [here, there] = [engine.map(&map("HERE")).await.unwrap(), engine.map(&map("THERE")).await.unwrap()];
    assert_eq!(here.values, there.values);
    let most = server.at_once.load(Ordering::Relaxed);
    assert!(most >= 8, "{most} at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_is_asked_for_once_whether_it_is_there_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let time = (0..4).map(|day| day * 86_400).collect();
    let values = (0..4 * 4).map(|n| n as f32).collect();
    made::Made { time, lat: vec![0.0, 1.0], lon: vec![0.0, 1.0], values, chunks: [1, 2, 2] }.write(&dir.path().join("a.zarr"));
    consolidated::consolidate(&dir.path().join("a.zarr"), &["time", "lat", "lon", "v"]);
    std::fs::remove_file(dir.path().join("a.zarr/v/c.1.0.0")).unwrap();
    std::fs::remove_file(dir.path().join("a.zarr/v/c.3.0.0")).unwrap();
    let server = Server::of(dir.path()).await;
    let engine = Engine::with_catalogue(Catalogue::default());
    engine.catalogue().add(format!("{}/a.zarr", server.address), "A").unwrap();
    let found = engine.subset(&request("A", None)).await.unwrap();
    assert_eq!(found.variables[0].values.to_vec(), [0.0, 1.0, 2.0, 3.0, 8.0, 9.0, 10.0, 11.0], "what is not there has no values");
    let once: BTreeMap<String, usize> = (0..4).map(|day| (format!("/a.zarr/v/c.{day}.0.0"), 1)).collect();
    assert_eq!(server.chunks_asked(), once);
}

/// Two variables on four levels, two in a chunk: 2 times, 2 x 64 x 64 cells a chunk, of which a chunk is 32 kB.
fn deep_group(folder: &Path) {
    let store = made::group(folder, &json!({}));
    made::line(&store, "time", "int64", &[0_i64, 86_400], &json!({"units": "seconds since 1970-01-01"}));
    made::line(&store, "lev", "float64", &[0.0, 10.0, 20.0, 30.0], &json!({"units": "m", "positive": "down", "axis": "Z"}));
    let degrees: Vec<f64> = (0..64).map(f64::from).collect();
    made::line(&store, "lat", "float64", &degrees, &json!({"units": "degrees_north"}));
    made::line(&store, "lon", "float64", &degrees, &json!({"units": "degrees_east"}));
    let values: Vec<f32> = (0..2 * 4 * 64 * 64).map(|n| (n % 1000) as f32).collect();
    for name in ["v", "w"] {
        made::array(&store, name, "float32", &[2, 4, 64, 64], &[1, 2, 64, 64], &["time", "lev", "lat", "lon"], &values, &json!({}));
    }
    consolidated::consolidate(folder, &["time", "lev", "lat", "lon", "v", "w"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chunk_that_spans_several_levels_is_read_once_for_all_of_them_though_no_chunk_is_kept() {
    /// Room to work in, but chunks of more than an eighth of it are not kept.
    const MEMORY: usize = 252 << 10;
    let dir = tempfile::tempdir().unwrap();
    deep_group(&dir.path().join("a.zarr"));
    let server = Server::of(dir.path()).await;
    let engine = Engine::with_catalogue(Catalogue::default()).with_memory(MEMORY);
    engine.catalogue().add(format!("{}/a.zarr", server.address), "A").unwrap();
    let (area, period) = (BoundingBox::WORLD, request("", None).period);
    let elevation = Some(Elevation { lowest: -20.0, highest: 0.0 });
    let once = |variables: &[&str]| {
        let chunk = |variable: &str, time: usize, depth: usize| (format!("/a.zarr/{variable}/c.{time}.{depth}.0.0"), 1);
        let all = variables.iter().flat_map(|v| [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(time, depth)| chunk(v, time, depth)));
        all.collect::<BTreeMap<String, usize>>()
    };

    let variable = Some("v".to_owned());
    let (datasets, filters) = (vec!["A".into()], SeriesFilters::default());
    let series = SeriesRequest { datasets, variable: variable.clone(), area, period, filters, elevation };
    assert_eq!(engine.series(&series).await.unwrap().series[0].count.to_vec(), [3.0 * 4096.0; 2], "three levels of four");
    assert_eq!(server.chunks_asked(), once(&["v"]));

    let hovmoller = HovmollerRequest {
        dataset: "A".into(),
        variable: variable.clone(),
        axis: Axis::Latitude,
        area,
        period,
        normalize_dates: false,
        elevation,
    };
    assert_eq!(engine.hovmoller(&hovmoller).await.unwrap().count.sum(), 6.0 * 4096.0);
    assert_eq!(server.chunks_asked(), once(&["v"]));

    let small = BoundingBox::new(0.0, 0.0, 9.0, 9.0).unwrap();
    let map = MapRequest { dataset: "A".into(), variable, statistic: Statistic::Mean, area: small, period, elevation };
    assert_eq!(engine.map(&map).await.unwrap().count.to_owned().sum(), 600.0);
    assert_eq!(server.chunks_asked(), once(&["v"]));

    let one = SubsetRequest { elevation, area: Some(small), ..request("A", Some("v")) };
    assert_eq!(engine.subset(&one).await.unwrap().len(), 600);
    assert_eq!(server.chunks_asked(), once(&["v"]));

    // A chunk of each at once takes a little more room.
    let engine = engine.with_memory(MEMORY + (12 << 10));
    assert_eq!(engine.subset(&SubsetRequest { variable: None, ..one }).await.unwrap().len(), 600);
    assert_eq!(server.chunks_asked(), once(&["v", "w"]));
}

/// A server of the files in a folder, for links that are signed for reading alone. It repeats what it refuses, as buckets do.
async fn signed_server(folder: &Path, query: &'static str) -> String {
    let check = axum::middleware::from_fn(move |request: Request, next: Next| async move {
        let given = request.uri().query().unwrap_or_default().to_owned();
        if given == query && *request.method() == Method::GET {
            return next.run(request).await;
        }
        let said = format!("<Error><Code>SignatureDoesNotMatch</Code><SignatureProvided>{given}</SignatureProvided></Error>");
        Response::builder().status(StatusCode::FORBIDDEN).body(Body::from(said)).unwrap()
    });
    let router = Router::new().fallback(file).with_state((folder.to_owned(), Arc::<AtomicU64>::default())).layer(check);
    serving(router).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_link_is_opened_and_its_signature_is_shown_nowhere() {
    const QUERY: &str = "X-Amz-Expires=60&X-Amz-Signature=5ec%2Fre7";
    let dir = tempfile::tempdir().unwrap();
    let local = files::unpacked(dir.path(), "cdf1.nc");
    std::fs::write(dir.path().join("buoys.csv"), "time,lat,lon,sst\n2001-01-01T00:00:00Z,1,2,3\n").unwrap();
    zarr_group(&dir.path().join("a.zarr"), true);
    let address = signed_server(dir.path(), QUERY).await;
    let engine = Engine::demo();
    engine.catalogue().add(&local, "HERE").unwrap();
    let open = async |place: &str| Nexus::open(&engine, place, None).await;

    let card = open(&format!("{address}/cdf1.nc?{QUERY}")).await.unwrap();
    assert_eq!(card.short_name, "cdf1");
    let there = engine.subset(&request("cdf1", Some("f"))).await.unwrap();
    assert_eq!(there.variables, engine.subset(&request("HERE", Some("f"))).await.unwrap().variables);
    assert!(!format!("{card:?} {:?}", there.origin).contains("5ec"));
    assert_eq!(open(&format!("{address}/buoys.csv?{QUERY}")).await.unwrap().times, Some(1));
    assert_eq!(open(&format!("{address}/a.zarr?{QUERY}")).await.unwrap().times, Some(730), "a signature may hold for a whole group");

    for (place, told) in [
        (format!("{address}/cdf1.nc?X-Amz-Signature=wr0ng"), "403"),
        (format!("{address}/cdf1.nc"), "403"),
        (format!("{address}/none.nc?{QUERY}"), "there is no none.nc"),
        (format!("http://127.0.0.1:9/cdf1.nc?{QUERY}"), "its server cannot be read from"),
        (format!("s3://bucket/cdf1.nc?{QUERY}"), "its address has a question mark"),
    ] {
        let error = engine.open(&place, "OTHER").await.unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains(told), "{place}: {said}");
        assert!(!said.contains("5ec") && !said.contains("wr0ng"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_cannot_be_reached_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::of(dir.path()).await;
    let engine = Engine::with_catalogue(Catalogue::default());
    let error = async |place: String| engine.open(place, "A").await.unwrap_err().to_string();
    assert_eq!(error(format!("{}/a.nc", server.address)).await, "A cannot be read: there is no a.nc");
    assert!(error(format!("{}/a.zarr", server.address)).await.contains("it holds no Zarr group"));
    for place in ["a.nc", "a.zarr", "download?id=7"] {
        let error = error(format!("http://127.0.0.1:9/{place}")).await;
        assert!(error.contains("its server cannot be read from: Connection refused"), "{error}");
        assert!(error.matches("cannot be read from").count() == 1 && !error.contains("id=7"), "{error}");
    }
    assert!(error("ftp://127.0.0.1/a.nc".into()).await.contains("ftp://, where s3://, gs://, http:// or https:// was expected"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_catalogue_lists_what_can_be_read_and_what_cannot() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("data")).unwrap();
    files::unpacked(&dir.path().join("data"), "cdf1.nc");
    std::fs::write(dir.path().join("data/torn.nc"), "CDF").unwrap();
    let file = dir.path().join("catalogue.toml");
    std::fs::write(
        &file,
        r#"
        [dataset.GOOD]
        place = "data/cdf1.nc"
        title = "Good numbers"
        climatology = "MEANS"
        license = "none"
        [dataset.TORN]
        place = "data/torn.nc"
        [dataset.AWAY]
        place = "http://127.0.0.1:9/away.nc"
        [dataset.ODD]
        place = "data/cdf1.nc"
        colour = "red"
        [dataset.EMPTY]
        "#,
    )
    .unwrap();
    let engine = Engine::with_catalogue(Catalogue::default());
    assert_eq!(engine.catalogue().read(&file).unwrap(), 5);
    let cards = engine.datasets().await.unwrap();
    let told = |name: &str| cards.iter().find(|c| c.short_name == name).unwrap().trouble.clone().unwrap_or_default();
    assert_eq!(told("GOOD"), "");
    assert!(told("TORN").contains("no NetCDF file"), "{}", told("TORN"));
    assert!(told("AWAY").contains("cannot be read"), "{}", told("AWAY"));
    assert!(told("ODD").contains("describes it wrongly: unknown field `colour`"), "{}", told("ODD"));
    assert!(told("EMPTY").contains("missing field `place`"), "{}", told("EMPTY"));
    let good = cards.iter().find(|c| c.short_name == "GOOD").unwrap();
    assert_eq!((good.title.as_str(), good.climatology.as_deref(), good.licence.as_str()), ("Good numbers", Some("MEANS"), "none"));
    assert!(engine.subset(&request("GOOD", Some("f"))).await.is_ok());
}

#[test]
fn a_file_that_is_no_catalogue_is_refused_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalogue.toml");
    let refused = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let catalogue = Catalogue::default();
        let error = catalogue.read(&file).unwrap_err().to_string();
        assert!(catalogue.names().is_empty());
        error
    };
    assert!(refused("[dataset.A\n").contains("is no catalogue"));
    assert!(refused("[datasets.A]\nplace = \"a\"").contains("unknown field `datasets`"));
    assert!(refused("[dataset.\"a b\"]\nplace = \"a\"").contains("\"a b\" is no name for a dataset"));
    assert!(Catalogue::default().read(&dir.path().join("nowhere.toml")).unwrap_err().to_string().contains("cannot be read"));
    std::fs::write(&file, "demo = true").unwrap();
    let catalogue = Catalogue::default();
    assert_eq!(catalogue.read(&file).unwrap(), 0);
    assert!(catalogue.contains("OSTIA_SST_MONTHLY_TROPICS"));
}
