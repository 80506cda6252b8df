//! The kernel's private run-time folder: bound values, and what Rust cells hand over. It goes with the kernel.

use std::{
    io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder that nobody else can read, in memory where the system offers that.
pub(super) struct RunFolder {
    root: TempDir,
}

impl RunFolder {
    pub(super) fn new() -> io::Result<Self> {
        let in_memory = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|d| d.is_dir());
        let builder = || tempfile::Builder::new().prefix("sdap-kernel-").to_owned();
        let root = match in_memory.and_then(|base| builder().tempdir_in(base).ok()) {
            Some(root) => root,
            None => builder().tempdir()?,
        };
        let folder = Self { root };
        for part in [folder.values(), folder.handed_over(), folder.rust()] {
            std::fs::create_dir(part)?;
        }
        Ok(folder)
    }

    /// Where bound values are kept.
    pub(super) fn values(&self) -> PathBuf {
        self.root.path().join("values")
    }

    /// Where Rust cells put what `sdap::bind` hands over.
    pub(super) fn handed_over(&self) -> PathBuf {
        self.root.path().join("handed-over")
    }

    /// Where Rust cells are compiled, so far as that is private to this kernel.
    pub(super) fn rust(&self) -> PathBuf {
        self.root.path().join("rust")
    }

    /// Removes the folder and all in it.
    pub(super) fn remove(&self) {
        remove(self.root.path());
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the run-time folder could not be removed");
    }
}
