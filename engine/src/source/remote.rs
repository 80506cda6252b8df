//! Zarr groups, NetCDF files and tables in object stores (`s3://BUCKET/PATH`) and on HTTP servers.
//!
//! For S3 the environment says what there is to say, as for other programs: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
//! `AWS_REGION`, `AWS_ENDPOINT_URL` and so on. Without a key, requests are not signed, as public buckets want it. HTTP
//! servers list nothing, so a Zarr group on one must have consolidated metadata.

use super::{Contents, ZarrStorage, files, netcdf, table, zarr};
use hdf5_reader::{BlockCacheStorage, Storage, StorageBuffer, error};
use object_store::path::Path;
use object_store::{ClientOptions, Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig};
use std::future::Future;
use std::ops::Range;
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use url::Url;
use zarrs::storage::byte_range::{ByteRange, ByteRangeIterator};
use zarrs::storage::{
    Bytes, ListableStorageTraits, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits, StorageError, StoreKey, StoreKeys,
    StoreKeysPrefixes, StorePrefix,
};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long making a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How many times a request is repeated.
const REPEATS: usize = 2;
/// What is read at once of a NetCDF file, in bytes, and how many such blocks are kept.
const BLOCK: usize = 256 << 10;
const BLOCKS: usize = 32;

/// What is at an address.
///
/// # Errors
/// Says what is missing or not understood. No key or password is in it.
pub(super) fn contents(address: &str) -> Result<Contents, String> {
    let url = Url::parse(address).map_err(|e| format!("it is no address: {e}"))?;
    let place = Remote::at(&url)?;
    if files::is_netcdf(std::path::Path::new(url.path())) {
        let file = RemoteFile { length: place.length()?, place };
        return netcdf::contents(Arc::new(BlockCacheStorage::new(Arc::new(file), BLOCK, BLOCKS)));
    }
    if let Some(format) = table::Format::of(std::path::Path::new(url.path())) {
        table::check_size(place.length()?)?;
        let bytes = place.get(&place.root, None).map_err(|e| unreachable(&e))?.ok_or("there is nothing at that address")?;
        return table::contents(bytes.to_vec(), format);
    }
    let storage: ZarrStorage = Arc::new(place);
    zarr::contents(&storage)
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

/// A place in a store, below which keys are.
struct Remote {
    store: Arc<dyn ObjectStore>,
    root: Path,
    /// Whether the store says what it has.
    lists: bool,
}

impl Remote {
    fn at(url: &Url) -> Result<Self, String> {
        let plain = |e: Error| e.to_string();
        let client = ClientOptions::new().with_timeout(PATIENCE).with_connect_timeout(CONNECTING).with_allow_http(true);
        let retry = RetryConfig { max_retries: REPEATS, retry_timeout: PATIENCE, ..RetryConfig::default() };
        // The client is made in the course of building.
        let _requests = REQUESTS.as_ref().map_err(ToString::to_string)?.enter();
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("its address names no server or bucket")?;
        let root = Path::from_url_path(url.path()).map_err(|e| format!("it is no address: {e}"))?;
        match url.scheme() {
            "s3" | "s3a" => {
                let unsigned = std::env::var_os("AWS_ACCESS_KEY_ID").is_none();
                let builder = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(host).with_skip_signature(unsigned);
                // The endpoint is the user's choice, so it may be one without TLS.
                let store = builder.with_client_options(client).with_retry(retry).build().map_err(plain)?;
                Ok(Self { store: Arc::new(store), root, lists: true })
            }
            "http" | "https" => {
                let mut base = url.clone();
                base.set_path("");
                base.set_query(None);
                let builder = object_store::http::HttpBuilder::new().with_url(base).with_client_options(client).with_retry(retry);
                Ok(Self { store: Arc::new(builder.build().map_err(plain)?), root, lists: false })
            }
            other => Err(format!("its address begins with {other}://, where s3://, http:// or https:// was expected")),
        }
    }

    fn path(&self, key: &str) -> Path {
        key.split('/').filter(|part| !part.is_empty()).fold(self.root.clone(), Path::join)
    }

    /// The length of the object at the root.
    fn length(&self) -> Result<u64, String> {
        wait(self.store.head(&self.root)).map(|object| object.size).map_err(|e| unreachable(&e))
    }

    /// Part of an object, or all of it; none if it is not there.
    fn get(&self, path: &Path, range: Option<GetRange>) -> Result<Option<Bytes>, Error> {
        let options = GetOptions { range, ..GetOptions::default() };
        match wait(async { self.store.get_opts(path, options).await?.bytes().await }) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn key(&self, path: &Path) -> Option<StoreKey> {
        let parts: Vec<String> = path.prefix_match(&self.root)?.map(|part| part.as_ref().to_owned()).collect();
        StoreKey::new(parts.join("/")).ok()
    }
}

/// The reason, without the layers that repeat it.
fn unreachable(error: &Error) -> String {
    match error {
        Error::NotFound { path, .. } => format!("there is no {path}"),
        other => format!("it cannot be read: {other}"),
    }
}

fn failed(error: &Error) -> StorageError {
    StorageError::Other(unreachable(error))
}

impl ReadableStorageTraits for Remote {
    fn get(&self, key: &StoreKey) -> Result<MaybeBytes, StorageError> {
        Self::get(self, &self.path(key.as_str()), None).map_err(|e| failed(&e))
    }

    fn get_partial_many<'a>(&'a self, key: &StoreKey, ranges: ByteRangeIterator<'a>) -> Result<MaybeBytesIterator<'a>, StorageError> {
        let path = self.path(key.as_str());
        let mut parts = Vec::new();
        for range in ranges {
            let wanted = match range {
                ByteRange::FromStart(start, Some(length)) => GetRange::Bounded(start..start.saturating_add(length)),
                ByteRange::FromStart(start, None) => GetRange::Offset(start),
                ByteRange::Suffix(length) => GetRange::Suffix(length),
            };
            match Self::get(self, &path, Some(wanted)).map_err(|e| failed(&e))? {
                Some(bytes) => parts.push(Ok(bytes)),
                None => return Ok(None),
            }
        }
        Ok(Some(Box::new(parts.into_iter())))
    }

    fn size_key(&self, key: &StoreKey) -> Result<Option<u64>, StorageError> {
        match wait(self.store.head(&self.path(key.as_str()))) {
            Ok(object) => Ok(Some(object.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(failed(&other)),
        }
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

impl ListableStorageTraits for Remote {
    fn list(&self) -> Result<StoreKeys, StorageError> {
        self.list_prefix(&StorePrefix::root())
    }

    fn list_prefix(&self, prefix: &StorePrefix) -> Result<StoreKeys, StorageError> {
        let listed = self.list_dir(prefix)?;
        let mut keys = listed.keys().clone();
        for below in listed.prefixes() {
            keys.extend(self.list_prefix(below)?);
        }
        Ok(keys)
    }

    fn list_dir(&self, prefix: &StorePrefix) -> Result<StoreKeysPrefixes, StorageError> {
        if !self.lists {
            return Err(StorageError::Unsupported("an HTTP server lists nothing; consolidated metadata would tell what there is".into()));
        }
        let path = self.path(prefix.as_str());
        let listed = wait(self.store.list_with_delimiter(Some(&path))).map_err(|e| failed(&e))?;
        let keys = listed.objects.iter().filter_map(|object| self.key(&object.location)).collect();
        let prefixes = listed.common_prefixes.iter().filter_map(|path| StorePrefix::new(format!("{}/", self.key(path)?)).ok()).collect();
        Ok(StoreKeysPrefixes::new(keys, prefixes))
    }

    fn size_prefix(&self, prefix: &StorePrefix) -> Result<u64, StorageError> {
        let sizes = self.list_prefix(prefix)?.iter().map(|key| self.size_key(key)).collect::<Result<Vec<_>, _>>()?;
        Ok(sizes.into_iter().flatten().sum())
    }
}

/// A NetCDF file that is read in ranges.
struct RemoteFile {
    place: Remote,
    length: u64,
}

impl Storage for RemoteFile {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_range(&self, offset: u64, len: usize) -> error::Result<StorageBuffer> {
        let available = self.length.saturating_sub(offset);
        if len as u64 > available {
            return Err(error::Error::UnexpectedEof { offset, needed: len as u64, available });
        }
        let range: Range<u64> = offset..offset + len as u64;
        let failed = |reason: String| error::Error::Io(std::io::Error::other(reason));
        let bytes = wait(self.place.store.get_range(&self.place.root, range)).map_err(|e| failed(unreachable(&e)))?;
        if bytes.len() != len {
            return Err(failed(format!("{} bytes came instead of {len}", bytes.len())));
        }
        Ok(StorageBuffer::from_vec(bytes.to_vec()))
    }
}
