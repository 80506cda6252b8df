//! Zarr groups, NetCDF files and tables in object stores (`s3://BUCKET/PATH`, `gs://BUCKET/PATH`) and on HTTP servers; in
//! a bucket also folders and patterns of files, as `s3://BUCKET/sst/*.nc`.
//!
//! The environment says what there is to say, as for other programs: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
//! `AWS_REGION`, `AWS_ENDPOINT_URL` and so on, `GOOGLE_SERVICE_ACCOUNT` and the like. Without a key, requests are not signed,
//! as public buckets want it. HTTP servers list nothing, so a Zarr group on one must have consolidated metadata. The query of an
//! HTTP address, as `?signature=…` of a signed link, is sent with every request and shown nowhere. Where a name does not say what a
//! file is, as `…/download?id=7`, its first bytes do.

mod answered;
mod file;
mod group;

use super::several::{self, Origin};
use super::sign::{self, Sign};
use super::{Contents, ZarrStorage, files, netcdf, of_zarr, table};
use crate::waiting::Reach;
use answered::Files;
use bytes::Bytes;
use file::RemoteFile;
use futures::TryStreamExt;
use group::RemoteGroup;
use object_store::path::Path;
use object_store::{ClientOptions, Error, ObjectStore, RetryConfig};
use std::future::Future;
use std::path::{Path as FilePath, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use url::Url;

/// How long one request may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long making a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How many times a request is repeated.
const REPEATS: usize = 2;
/// How many objects are looked at to find those that a pattern matches.
const LISTED: usize = 100_000;

/// What is at an address.
///
/// # Errors
/// Says what is missing or not understood. No key or password is in it.
pub(super) fn contents(address: &str) -> Result<Contents, String> {
    let url = Url::parse(address).map_err(|e| format!("it is no address: {e}"))?;
    let place = Remote::at(&url)?;
    if files::is_pattern(FilePath::new(url.path())) {
        return several::contents(&place.matching(&decoded(url.path())?)?);
    }
    let name = FilePath::new(url.path());
    if files::is_netcdf(name) {
        return netcdf::contents(place.file()?.0.open()?, Reach::Network);
    }
    if let Some(format) = table::Format::of(name) {
        return table::contents(place.file()?.0.bytes()?, format);
    }
    place.nameless(url.path().ends_with('/') || name.extension().is_some_and(|ending| ending == "zarr"))
}

/// Where requests run: those who wait for them compute, and must not be what they wait for.
static REQUESTS: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    // Whoever chose another provider before keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("object-store").enable_all().build()
});

fn wait<T>(request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let generic = |e: &std::io::Error| Error::Generic { store: "network", source: e.to_string().into() };
    REQUESTS.as_ref().map_err(generic)?.handle().block_on(request)
}

/// The reason, without the layers that repeat it.
fn unreachable(error: &Error) -> String {
    match error {
        Error::NotFound { path, .. } => format!("there is no {path}"),
        Error::Generic { source, .. } => {
            let mut deepest: &dyn std::error::Error = source.as_ref();
            while let Some(below) = deepest.source() {
                deepest = below;
            }
            format!("its server cannot be read from: {deepest}")
        }
        other => format!("it cannot be read: {other}"),
    }
}

fn decoded(path: &str) -> Result<String, String> {
    let root = Path::from_url_path(path).map_err(|e| format!("it is no address: {e}"))?;
    Ok(root.as_ref().to_owned())
}

/// A place in a store, below which keys are.
#[derive(Clone)]
struct Remote {
    store: Arc<dyn ObjectStore>,
    root: Path,
    /// Whether the store says what it has.
    lists: bool,
    /// Whether it sent all of a file, or nothing, where a part was asked for.
    no_parts: Arc<AtomicBool>,
}

impl Remote {
    fn at(url: &Url) -> Result<Self, String> {
        // The endpoint is the user's choice, so it may be one without TLS.
        let client = ClientOptions::new().with_timeout(PATIENCE).with_connect_timeout(CONNECTING).with_allow_http(true);
        let retry = RetryConfig { max_retries: REPEATS, retry_timeout: PATIENCE, ..RetryConfig::default() };
        // The client is made in the course of building.
        let _requests = REQUESTS.as_ref().map_err(ToString::to_string)?.enter();
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("its address names no server or bucket")?;
        if let (Some(query), false) = (url.query(), ["http", "https"].contains(&url.scheme())) {
            return Err(format!("its address has a question mark, and what follows it ({} characters) is not sent", query.len()));
        }
        let root = Path::from_url_path(url.path()).map_err(|e| format!("it is no address: {e}"))?;
        let no_parts = Arc::<AtomicBool>::default();
        let (built, lists): (Result<Arc<dyn ObjectStore>, Error>, bool) = match url.scheme() {
            "s3" | "s3a" => {
                let builder = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(host);
                let builder = builder.with_skip_signature(!is_set(&["AWS_ACCESS_KEY_ID"]));
                (builder.with_client_options(client).with_retry(retry).build().map(|store| Arc::new(store) as _), true)
            }
            "gs" | "gcs" => {
                let builder = object_store::gcp::GoogleCloudStorageBuilder::from_env().with_bucket_name(host);
                let builder = builder.with_skip_signature(!is_set(&GOOGLE_KEYS));
                (builder.with_client_options(client).with_retry(retry).build().map(|store| Arc::new(store) as _), true)
            }
            "http" | "https" => {
                let mut base = url.clone();
                base.set_path("");
                base.set_query(None);
                base.set_fragment(None);
                let builder = object_store::http::HttpBuilder::new().with_url(base).with_client_options(client).with_retry(retry);
                let builder = builder.with_http_connector(Files { query: url.query().map(str::to_owned), no_parts: no_parts.clone() });
                (builder.build().map(|store| Arc::new(store) as _), false)
            }
            other => return Err(format!("its address begins with {other}://, where s3://, gs://, http:// or https:// was expected")),
        };
        Ok(Self { store: built.map_err(|e| e.to_string())?, root, lists, no_parts })
    }

    /// The object at the root, and its first bytes.
    fn file(&self) -> Result<(RemoteFile, Bytes), String> {
        RemoteFile::at(&self.store, &self.root, || self.no_parts.load(Ordering::Relaxed))
    }

    /// What is at the root, whose name says no more than perhaps that it is a group: a file that begins as one of a known format,
    /// or a group or folder. A server may answer with a page where a group is.
    fn nameless(&self, is_group: bool) -> Result<Contents, String> {
        let group = || {
            let storage: ZarrStorage = Arc::new(RemoteGroup(self.clone()));
            of_zarr(&storage).or_else(|reason| self.folder(reason))
        };
        if is_group {
            return group();
        }
        let (file, first) = match self.file() {
            Ok(found) => found,
            // Where neither can be reached, it is for the same reason.
            Err(other) => return group().map_err(|reason| if reason.ends_with(&other) { other } else { format!("{reason}, and {other}") }),
        };
        match Sign::of(&first) {
            Sign::Netcdf => netcdf::contents(file.open()?, Reach::Network),
            Sign::Table(format) => table::contents(file.bytes()?, format),
            Sign::Page | Sign::Other => {
                let known = "what is at its address begins as neither NetCDF nor a table does";
                group().map_err(|reason| format!("{reason}, and {known}{}", sign::instead(&first)))
            }
        }
    }

    /// The files that a pattern matches, sorted by name.
    fn matching(&self, pattern: &str) -> Result<Vec<Arc<dyn Origin>>, String> {
        if !self.lists {
            return Err("an HTTP server lists nothing, so that a pattern finds no files there".into());
        }
        let wanted = glob::Pattern::new(pattern).map_err(|e| format!("{pattern} is no pattern for files: {e}"))?;
        let plain: Path = pattern.split('/').take_while(|part| !files::is_pattern(FilePath::new(part))).collect();
        let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
        let listed = wait(async {
            let mut objects = self.store.list(Some(&plain));
            let (mut seen, mut found) = (0, Vec::new());
            while let Some(object) = objects.try_next().await? {
                seen += 1;
                if seen > LISTED {
                    return Ok(None);
                }
                if wanted.matches_with(object.location.as_ref(), options) {
                    found.push(object);
                }
            }
            Ok(Some(found))
        });
        let found = listed.map_err(|e| unreachable(&e))?.ok_or_else(|| format!("there are more than {LISTED} objects below {plain}"))?;
        if found.is_empty() { Err(format!("{pattern} matches no file")) } else { Ok(self.origins(found)) }
    }

    /// The contents of the files directly below the root, where it is no Zarr group, for that `reason`.
    fn folder(&self, reason: String) -> Result<Contents, String> {
        if !self.lists {
            return Err(reason);
        }
        let listed = wait(self.store.list_with_delimiter(Some(&self.root))).map_err(|e| unreachable(&e))?;
        if listed.objects.is_empty() && listed.common_prefixes.is_empty() {
            return Err(format!("there is nothing below {}", self.root));
        }
        let found = several::of_one_dataset(listed.objects, |object| PathBuf::from(object.location.as_ref()));
        if found.is_empty() { Err(reason) } else { several::contents(&self.origins(found)) }
    }

    fn origins(&self, mut objects: Vec<object_store::ObjectMeta>) -> Vec<Arc<dyn Origin>> {
        objects.sort_by(|a, b| a.location.cmp(&b.location));
        objects.into_iter().map(|object| Arc::new(RemoteFile::of(&self.store, object)) as Arc<dyn Origin>).collect()
    }
}

/// What says who asks a bucket of Google's.
const GOOGLE_KEYS: [&str; 5] = [
    "GOOGLE_SERVICE_ACCOUNT",
    "GOOGLE_SERVICE_ACCOUNT_PATH",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "SERVICE_ACCOUNT",
];

fn is_set(variables: &[&str]) -> bool {
    variables.iter().any(|variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty()))
}
