//! The folder in which a session's cells are compiled.
//!
//! ```text
//! CACHE/rust-cells/
//!   TOOLCHAIN-CONTENT/          one for each toolchain and version of the sdap crate
//!     sdap/                     the sdap crate, whose sources this binary carries
//!     no-std-sources/core/      what evcxr's analyzer finds instead of the standard library's sources
//!     std-sources/              those sources for completion, if they are read back from rust-docs
//!     analysis/                 a package for each set of dependencies, for completion
//!     config/evcxr.toml         the cells' own optimisation
//!     .cargo/config.toml        their dependencies' optimisation
//!     prelude/, target/, prelude.json   the compiled sdap crate
//!     0/, 1/, …                 slots: evcxr's folders, one for each session that runs at the same time
//!     0.lock, 1.lock, …         held by the session that uses the slot
//!     0.tools/, 1.tools/, …     the cargo that evcxr finds: this binary
//!     memory/                   what it remembers: cells that were compiled, answers of the real tools
//! ```
//!
//! A slot keeps the dependencies that a session added and had compiled, for the next one.

use crate::{prelude::Prelude, toolchain::Toolchain, tools};
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

pub(crate) static SDAP_SOURCES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../sdap/src");
const SDAP_MANIFEST: &str = concat!(
    include_str!("../../../sdap/Cargo.toml"),
    r#"
# Procedural macros, which the crates that this one depends on use too, ask for more or less of syn. Where a dependency of the
# cells asked for more than was there when this crate was compiled ahead, cargo would compile them anew, and this crate with
# them: to the compiler its types would be others, and the variables of the session be lost.
[build-dependencies]
syn = { version = "3", features = ["full", "extra-traits", "visit", "visit-mut", "fold"] }
"#
);
/// With the versions that the sdap crate was tested with, which a user who built the kernel has already downloaded.
pub(crate) const LOCK_FILE: &str = include_str!("../../../Cargo.lock");

/// Cells are compiled for their latency; a numeric loop in one still runs at a fair speed.
const EVCXR_CONFIG: &str = "[evcxr]\nopt_level = \"1\"\n";

/// The same for every cell, whatever its own optimisation: a dependency that is compiled anew loses the session's variables.
///
/// The sdap crate is optimised as the cells are: only then do they share the generic code that it has compiled already,
/// which halves the time to compile a cell that computes with ndarray.
const CARGO_CONFIG: &str = "\
[profile.dev.package.\"*\"]
opt-level = 3
debug-assertions = false
overflow-checks = false
[profile.dev.package.sdap]
opt-level = 1
debug-assertions = false
overflow-checks = false
";

/// After how long what no session used is removed.
const UNUSED: Duration = Duration::from_hours(24 * 30);

/// A slot, locked for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Workshop {
    root: PathBuf,
    number: usize,
    _lock: File,
}

impl Workshop {
    /// Takes the first slot that no other session uses.
    ///
    /// # Errors
    /// If the cache folder cannot be written.
    pub(crate) fn open(cache: &Path, toolchain: &Toolchain) -> io::Result<Self> {
        let root = lay_down(&cache.join("rust-cells"), toolchain)?;
        let mut number = 0;
        let lock = loop {
            let lock = File::create(root.join(format!("{number}.lock")))?;
            match lock.try_lock() {
                Ok(()) => break lock,
                Err(TryLockError::WouldBlock) => number += 1,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        };
        let workshop = Self { root, number, _lock: lock };
        workshop.furnish()?;
        Ok(workshop)
    }

    /// Whether a session needs nothing more than what earlier ones have compiled.
    pub(crate) fn is_ready(cache: &Path, toolchain: &Toolchain) -> bool {
        Prelude::compiled(&root(&cache.join("rust-cells"), toolchain)).is_some()
    }

    /// evcxr's own folder.
    pub(crate) fn slot(&self) -> PathBuf {
        self.root.join(self.number.to_string())
    }

    /// The folder that all slots share.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What evcxr's analyzer takes for the standard library's sources: nothing.
    ///
    /// It would load them for seconds at each start, and where they are missing ask rustup to download them.
    pub(crate) fn no_std_sources(&self) -> PathBuf {
        self.root.join("no-std-sources")
    }

    /// The folder of evcxr's configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.root.join("config")
    }

    /// The folder of the tools that evcxr finds.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(format!("{}.tools", self.number))
    }

    /// The folder of what those tools remember.
    pub(crate) fn memory(&self) -> PathBuf {
        self.root.join("memory")
    }

    /// A slot starts with the versions that the sdap crate was tested with, should it become a dependency.
    fn furnish(&self) -> io::Result<()> {
        fs::create_dir_all(self.slot())?;
        tools::lay_out(&self.tools())?;
        fs::write(self.slot().join("Cargo.lock"), LOCK_FILE)
    }

    /// Removes what the session's cells were compiled to; the compiled dependencies stay.
    pub(crate) fn sweep(&self) {
        let compiled = built_files(&self.slot());
        for file in compiled.into_iter().filter(|file| is_cell_library(file)) {
            fs::remove_file(file).ok();
        }
        tools::tidy(&self.memory());
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        self.sweep();
    }
}

/// Every file among what was built, and among the dependencies, for whichever target.
fn built_files(slot: &Path) -> Vec<PathBuf> {
    let entries = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = entries(slot.join("target")).flat_map(|target| [target.join("debug"), target.join("debug/deps")]);
    folders.flat_map(entries).collect()
}

/// evcxr renames each cell's library to `code_N`, and leaves it.
fn is_cell_library(file: &Path) -> bool {
    file.file_stem().is_some_and(|name| name.to_string_lossy().trim_start_matches("lib").starts_with("code_"))
}

/// What slots share, beside the sdap crate's sources.
fn shared_files() -> [(&'static str, &'static str); 4] {
    [
        ("sdap/Cargo.toml", SDAP_MANIFEST),
        ("sdap/Cargo.lock", LOCK_FILE),
        (".cargo/config.toml", CARGO_CONFIG),
        ("config/evcxr.toml", EVCXR_CONFIG),
    ]
}

/// Writes everything that slots share, unless it is there; whole or not at all.
pub(crate) fn lay_down(cells: &Path, toolchain: &Toolchain) -> io::Result<PathBuf> {
    let root = root(cells, toolchain);
    if root.exists() {
        return Ok(root);
    }
    remove_unused(cells);
    let aside = cells.join(format!("part-{}", std::process::id()));
    fs::create_dir_all(aside.join("no-std-sources/core"))?;
    for (path, text) in shared_files() {
        let path = aside.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
    }
    fs::create_dir_all(aside.join("sdap/src"))?;
    SDAP_SOURCES.extract(aside.join("sdap/src"))?;
    let renamed = fs::rename(&aside, &root);
    if renamed.is_err() {
        fs::remove_dir_all(&aside).ok();
    }
    // Where two sessions start at once, the other one's folder is as good.
    if root.exists() { Ok(root) } else { renamed.map(|()| root) }
}

/// The folder for a toolchain and this version of the sdap crate.
fn root(cells: &Path, toolchain: &Toolchain) -> PathBuf {
    cells.join(format!("{}-{}", toolchain.key(), content_key()))
}

/// Removes what toolchains and versions of long ago have left: every session touches the lock of what it uses.
fn remove_unused(cells: &Path) {
    for folder in fs::read_dir(cells).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let used = fs::metadata(folder.join("prelude.lock")).and_then(|lock| lock.modified());
        let age = used.ok().and_then(|used| used.elapsed().ok());
        if age.is_some_and(|age| age > UNUSED) {
            fs::remove_dir_all(folder).ok();
        }
    }
}

/// A name for everything that [`lay_down`] writes.
fn content_key() -> String {
    let mut hash = Sha256::new();
    for (path, text) in shared_files() {
        hash.update(path);
        hash.update(text);
    }
    hash_folder(&mut hash, &SDAP_SOURCES);
    hash.finalize().iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn hash_folder(hash: &mut Sha256, folder: &Dir<'_>) {
    for file in folder.files() {
        hash.update(file.path().as_os_str().as_encoded_bytes());
        hash.update(file.contents());
    }
    folder.dirs().for_each(|inner| hash_folder(hash, inner));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toolchain() -> Toolchain {
        Toolchain { version: "release: 1.95.0".into(), libraries: PathBuf::new(), path: std::ffi::OsString::new() }
    }

    #[test]
    fn the_sdap_crate_is_laid_down_as_it_is_in_the_repository() {
        let cache = tempfile::tempdir().unwrap();
        let workshop = Workshop::open(cache.path(), &toolchain()).unwrap();
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdap");
        let laid_down = fs::read_to_string(workshop.root().join("sdap/Cargo.toml")).unwrap();
        assert!(laid_down.starts_with(&fs::read_to_string(original.join("Cargo.toml")).unwrap()));
        for file in ["src/lib.rs", "src/cell.rs", "src/store/mod.rs"] {
            assert_eq!(
                fs::read_to_string(workshop.root().join("sdap").join(file)).unwrap(),
                fs::read_to_string(original.join(file)).unwrap()
            );
        }
        let left: Vec<_> = fs::read_dir(cache.path().join("rust-cells")).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is left beside the folder: {left:?}");
    }

    #[test]
    fn sessions_at_the_same_time_have_slots_of_their_own_and_later_ones_take_them_over() {
        let cache = tempfile::tempdir().unwrap();
        let first = Workshop::open(cache.path(), &toolchain()).unwrap();
        let second = Workshop::open(cache.path(), &toolchain()).unwrap();
        assert_ne!(first.slot(), second.slot());
        let slot = first.slot();
        drop(first);
        assert_eq!(Workshop::open(cache.path(), &toolchain()).unwrap().slot(), slot);
    }

    #[test]
    fn a_session_leaves_dependencies_but_no_compiled_cells() {
        let cache = tempfile::tempdir().unwrap();
        let workshop = Workshop::open(cache.path(), &toolchain()).unwrap();
        let deps = workshop.slot().join("target/x86_64/debug/deps");
        fs::create_dir_all(&deps).unwrap();
        fs::write(deps.join("libcode_12.so"), "").unwrap();
        fs::write(deps.with_file_name("libcode_13.so"), "").unwrap();
        fs::write(deps.join("libndarray-0.rlib"), "").unwrap();
        drop(workshop);
        assert!(
            !deps.join("libcode_12.so").exists()
                && !deps.with_file_name("libcode_13.so").exists()
                && deps.join("libndarray-0.rlib").exists()
        );
    }
}
