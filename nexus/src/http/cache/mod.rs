//! Answers kept on disk, for questions that are asked again.
//!
//! One file for each answer, in a folder that several processes may use at once: a file is written aside and renamed when
//! it is whole. Its name is a hash of the server, the login and the request, so the folder tells nobody what was asked nor
//! by whom; it can be read by its owner alone. Only data are kept: no errors, no parts, nothing about jobs.

mod entry;

pub(super) use entry::{Draft, Kept};

use super::auth::Auth;
use super::paths::lasts;
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use url::Url;

/// How the files of whole answers and of those being written end.
const WHOLE: &str = "answer";
const PART: &str = "part";
/// A file that nobody has written to for so long was left by a process that is gone.
const ABANDONED: Duration = Duration::from_hours(24);

tokio::task_local! {
    static CACHING: Caching;
}

/// What becomes of a cache while a question is answered.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use sdap_nexus::{Caching, Nexus, Server};
/// let server = Server::new("http://localhost:1")?;
/// assert!(Caching::Renewed.during(server.datasets()).await.is_err());
/// # Ok::<(), sdap_nexus::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caching {
    /// What is kept is served, and what is not is asked and kept. So it is unless something else is said.
    #[default]
    Used,
    /// Everything is asked, and replaces what is kept.
    Renewed,
    /// Everything is asked, and nothing is kept.
    Ignored,
}

impl Caching {
    /// Waits for the answer to a question, for which this holds.
    pub async fn during<T>(self, question: impl Future<Output = T>) -> T {
        CACHING.scope(self, question).await
    }

    /// What holds for the question that is being answered.
    pub(crate) fn current() -> Self {
        CACHING.try_with(|caching| *caching).unwrap_or_default()
    }
}

/// A folder with answers, of bounded size: those used least recently make room for new ones.
///
/// It may be shared by servers, kernels and users' logins, none of which is served what another one asked for.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("sdap-cache-doc-{}", std::process::id()));
/// use sdap_nexus::{Cache, Server};
/// let cache = Cache::open(&folder, 1 << 30)?;
/// let server = Server::new("https://example.org/nexus")?.with_cache(cache.clone());
/// assert_eq!(cache.bytes(), 0);
/// # std::fs::remove_dir_all(&folder).unwrap();
/// # Ok::<(), sdap_nexus::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cache(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    max_bytes: u64,
}

impl Cache {
    /// The cache in a folder, which is made where there is none, of at most so many bytes.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the folder cannot be made or read.
    pub fn open(folder: &Path, max_bytes: u64) -> Result<Self> {
        let made = private_folder(folder).and_then(|()| fs::read_dir(folder).map(drop));
        made.map_err(|error| Error::Invalid(format!("the cache folder {} cannot be used: {error}", folder.display())))?;
        let cache = Self(Arc::new(Folder { path: folder.to_owned(), max_bytes }));
        cache.sweep();
        Ok(cache)
    }

    /// How many bytes the answers in it take.
    pub fn bytes(&self) -> u64 {
        self.files(WHOLE).iter().map(|file| file.bytes).sum()
    }

    /// Removes every answer.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a file cannot be removed.
    pub fn clear(&self) -> Result<()> {
        for file in self.files(WHOLE) {
            let removed = fs::remove_file(&file.path).or_else(|error| if file.path.exists() { Err(error) } else { Ok(()) });
            removed.map_err(|error| Error::Invalid(format!("the cached answer {} cannot be removed: {error}", file.path.display())))?;
        }
        Ok(())
    }

    /// Where the answer to a request is kept, if it may be kept at all. `path` is what follows the base URL.
    pub(super) fn place(&self, base: &str, auth: &Auth, asked: &Url, path: &str) -> Option<Place> {
        let caching = Caching::current();
        if caching == Caching::Ignored || !lasts(asked, path) {
            return None;
        }
        let file = self.0.path.join(format!("{}.{WHOLE}", key(base, auth, asked)));
        Some(Place { cache: self.clone(), file, renewed: caching == Caching::Renewed })
    }

    /// Removes those used least recently until the rest fits, and what dead processes left half written.
    fn sweep(&self) {
        for part in self.files(PART) {
            if part.used.elapsed().is_ok_and(|age| age > ABANDONED) {
                let _ = fs::remove_file(part.path);
            }
        }
        let mut files = self.files(WHOLE);
        let mut total: u64 = files.iter().map(|file| file.bytes).sum();
        files.sort_by_key(|file| file.used);
        for file in files {
            if total <= self.0.max_bytes {
                break;
            }
            // Another process may have removed it already.
            let _ = fs::remove_file(file.path);
            total -= file.bytes;
        }
    }

    fn files(&self, ending: &str) -> Vec<Stored> {
        let entries = fs::read_dir(&self.0.path).into_iter().flatten().flatten();
        entries.filter_map(|entry| Stored::of(&entry)).filter(|file| file.path.extension().is_some_and(|e| e == ending)).collect()
    }
}

/// A file of the folder.
struct Stored {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Stored {
    fn of(entry: &DirEntry) -> Option<Self> {
        let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
        Some(Self { path: entry.path(), bytes: about.len(), used: about.modified().ok()? })
    }
}

/// Where the answer to one request is kept.
#[derive(Clone, Debug)]
pub(super) struct Place {
    cache: Cache,
    file: PathBuf,
    renewed: bool,
}

impl Place {
    /// The answer, if it is there and not to be asked again. One that cannot be read is removed.
    pub(super) fn kept(&self) -> Option<Kept> {
        if self.renewed { None } else { Kept::open(&self.file) }
    }

    /// Begins to write an answer.
    pub(super) fn draft(&self, status: u16, content_type: &str) -> Option<Draft> {
        Draft::begin(self, status, content_type)
            .inspect_err(|error| tracing::warn!("nothing is cached in {}: {error}", self.cache.0.path.display()))
            .ok()
    }
}

/// The name of an answer: what was asked, of whom, and by whom, none of which can be read from it.
///
/// A password takes no part: a name that a stranger finds must not serve to try passwords on. Parameters are sorted by name;
/// of those of one name the order counts.
fn key(base: &str, auth: &Auth, asked: &Url) -> String {
    let (kind, login) = match auth {
        Auth::None => ("none", ""),
        Auth::Bearer(token) => ("bearer", token.reveal()),
        Auth::Basic { user, .. } => ("basic", user.as_str()),
        Auth::Header { value, .. } => ("header", value.reveal()),
        Auth::Cookie(cookies) => ("cookie", cookies.reveal()),
    };
    let name = if let Auth::Header { name, .. } = auth { name.to_ascii_lowercase() } else { String::new() };
    let mut query: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
    query.sort_by(|a, b| a.0.cmp(&b.0));
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    [base, kind, &name, login, asked.path()].into_iter().for_each(&mut add);
    for (name, value) in &query {
        add(name);
        add(value);
    }
    hash.finalize().iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Makes a folder that its owner alone can read.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// How long ago something was kept, as a person would say it.
pub(super) fn ago(age: Duration) -> String {
    match age.as_secs() {
        seconds @ 0..60 => format!("cached {seconds} s ago"),
        seconds @ 60..3_600 => format!("cached {} min ago", seconds / 60),
        seconds @ 3_600..172_800 => format!("cached {} h ago", seconds / 3_600),
        seconds => format!("cached {} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
