//! Files whose address or name does not say what they are: their first bytes do.

#[path = "made/consolidated.rs"]
mod consolidated;
#[path = "made/copied.rs"]
mod copied;
#[path = "made/files.rs"]
mod files;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use sdap::{BoundingBox, Period};
use sdap_engine::{Catalogue, Engine};
use sdap_nexus::Nexus;
use sdap_nexus::request::SubsetRequest;
use std::path::Path;

const TABLE: &str = "time,lat,lon,sst\n2001-01-01T00:00:00Z,1,2,3\n";
const LOGIN: &str = "<!DOCTYPE html>\n<html><title>Log in</title></html>";
const SIGNATURE: &str = "s3cret";

/// How a server sends files.
#[derive(Clone, Copy)]
enum Sends {
    Parts,
    /// All of a file, whatever was asked for, and without saying how long it is.
    Streams,
}

/// A server of `/download?id=FILE&signature=…` and `/fileServer/FILE`, for reading alone.
async fn server(folder: &Path, sends: Sends) -> String {
    let folder = folder.to_owned();
    let answer = move |request: Request| {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let by_query = query.strip_suffix(&format!("&signature={SIGNATURE}")).and_then(|q| q.strip_prefix("id="));
        let by_path = request.uri().path().strip_prefix("/fileServer/");
        let is_signed = request.uri().path() != "/download" || by_query.is_some();
        let bytes = by_path.or(by_query).filter(|name| !name.is_empty()).and_then(|name| std::fs::read(folder.join(name)).ok());
        let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-'));
        let range = range.map(|(start, end)| (start.parse::<usize>().unwrap(), end.parse::<usize>().unwrap() + 1));
        let status = |code: StatusCode| Response::builder().status(code);
        let answer = match (bytes, range, sends) {
            _ if !is_signed || request.method() != "GET" => status(StatusCode::FORBIDDEN).body(Body::from(query)),
            (None, ..) => status(StatusCode::NOT_FOUND).body(Body::empty()),
            (Some(bytes), Some((start, _)), Sends::Parts) if start >= bytes.len() => {
                status(StatusCode::RANGE_NOT_SATISFIABLE).body(Body::empty())
            }
            (Some(bytes), Some((start, end)), Sends::Parts) => {
                let end = end.min(bytes.len());
                let said = format!("bytes {start}-{}/{}", end - 1, bytes.len());
                status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, said).body(Body::from(bytes[start..end].to_vec()))
            }
            (Some(bytes), _, Sends::Parts) => status(StatusCode::OK).body(Body::from(bytes)),
            (Some(bytes), _, Sends::Streams) => {
                let pieces: Vec<_> = bytes.chunks(1000).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece))).collect();
                status(StatusCode::OK).body(Body::from_stream(futures::stream::iter(pieces)))
            }
        };
        std::future::ready(answer.unwrap())
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    address
}

/// Files without an ending, one of each kind: `classic`, `hdf5`, `table`, `packed`, `login`, `odd` and `empty`.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (from, to) in [("cdf2.nc", "classic"), ("filters.nc", "hdf5")] {
        let made = files::unpacked(dir.path(), from);
        std::fs::rename(made, dir.path().join(to)).unwrap();
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, TABLE.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    let others: [(&str, &[u8]); 5] =
        [("table", TABLE.as_bytes()), ("packed", &packed), ("login", LOGIN.as_bytes()), ("odd", b"what is this"), ("empty", b"")];
    for (name, bytes) in others {
        std::fs::write(dir.path().join(name), bytes).unwrap();
    }
    dir
}

fn everything(dataset: &str, variable: Option<&str>) -> SubsetRequest {
    let period = Period::new("1900-01-01T00:00:00Z".parse().unwrap(), "2100-01-01T00:00:00Z".parse().unwrap()).unwrap();
    let variable = variable.map(str::to_owned);
    SubsetRequest { elevation: None, dataset: dataset.into(), variable, area: Some(BoundingBox::WORLD), filters: Vec::new(), period }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_names_no_file_is_opened_as_what_it_gives() {
    let dir = folder();
    for sends in [Sends::Parts, Sends::Streams] {
        let address = server(dir.path(), sends).await;
        for (file, kind, variable) in
            [("classic", "netcdf", Some("f")), ("hdf5", "netcdf", Some("deflate")), ("table", "csv", None), ("packed", "csv", None)]
        {
            let engine = Engine::with_catalogue(Catalogue::default());
            engine.catalogue().add(dir.path().join(file), "HERE").unwrap();
            let here = engine.subset(&everything("HERE", variable)).await.unwrap();
            let signed = format!("{address}/download?id={file}&signature={SIGNATURE}");
            let plain = format!("{address}/fileServer/{file}");
            for (place, name) in [(signed, "download"), (plain, file)] {
                let card = Nexus::open(&engine, &place, None).await.unwrap();
                assert_eq!((card.short_name.as_str(), card.kind.as_str()), (name, kind), "{place}");
                let there = engine.subset(&everything(name, variable)).await.unwrap();
                assert_eq!(there.variables, here.variables, "{place}");
                assert!(!format!("{card:?} {:?} {:?}", there.origin, engine.datasets().await).contains(SIGNATURE));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_file_of_data_is_told_and_no_signature_with_it() {
    let dir = folder();
    for sends in [Sends::Parts, Sends::Streams] {
        let address = server(dir.path(), sends).await;
        let engine = Engine::with_catalogue(Catalogue::default());
        for (place, told) in [
            (format!("download?id=login&signature={SIGNATURE}"), "a web page or a message of a server does (<!DOCTYPE html>)"),
            ("fileServer/login".into(), "it may want a login"),
            (format!("download?id=odd&signature={SIGNATURE}"), "begins as neither NetCDF nor a table does"),
            (format!("download?id=empty&signature={SIGNATURE}"), "it is empty"),
            (format!("download?id=none&signature={SIGNATURE}"), "it holds no Zarr group"),
            ("download?id=table&signature=wr0ng".into(), "it cannot be read: The operation lacked the necessary privileges"),
        ] {
            let error = engine.open(format!("{address}/{place}"), "A").await.unwrap_err();
            let said = format!("{error} {error:?}");
            assert!(said.contains(told), "{place}: {said}");
            assert!(!said.contains(SIGNATURE) && !said.contains("wr0ng"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_page_that_was_saved_as_netcdf_is_known() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("sst.nc"), LOGIN).unwrap();
    let engine = Engine::with_catalogue(Catalogue::default());
    let error = engine.open(dir.path().join("sst.nc"), "A").await.unwrap_err().to_string();
    assert!(error.contains("it is no NetCDF file") && error.contains("as a web page"), "{error}");
}

/// A server of a folder that answers with a page where a folder is, as most do.
async fn listing_server(folder: &Path) -> String {
    let folder = folder.to_owned();
    let answer = move |request: Request| {
        let path = folder.join(request.uri().path().trim_start_matches('/'));
        let bytes = if path.is_dir() { Some(b"<html>Index</html>".to_vec()) } else { std::fs::read(path).ok() };
        let status = if bytes.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
        std::future::ready(Response::builder().status(status).body(Body::from(bytes.unwrap_or_default())).unwrap())
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_is_not_named_as_one_is_opened_though_its_folder_gives_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let group = dir.path().join("store/latest");
    std::fs::create_dir_all(dir.path().join("store")).unwrap();
    copied::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/SYNTHETIC_LA_PRECIP_DAILY.zarr"), &group);
    consolidated::consolidate(&group, &["time", "lat", "lon", "precipitation"]);
    let address = listing_server(dir.path()).await;
    let engine = Engine::with_catalogue(Catalogue::default());
    assert_eq!(engine.open(format!("{address}/store/latest"), "A").await.unwrap().times, Some(730));
    let error = engine.open(format!("{address}/store"), "B").await.unwrap_err().to_string();
    assert!(error.contains("it holds no Zarr group") && error.contains("web page"), "{error}");
}
