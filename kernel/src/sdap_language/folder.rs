//! The kernel's private run-time folder: bound values, and what Rust cells hand over. It goes with the kernel.

use std::{
    io,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// How the folder's name begins; the kernel's process id follows.
const PREFIX: &str = "sdap-kernel-";

/// The longest path of a folder that leaves room for a socket's name; systems allow 104 bytes or a few more.
const ROOM_FOR_SOCKET: usize = 88;

/// A folder that nobody else can read, in memory where the system offers that.
pub(super) struct RunFolder {
    root: TempDir,
    /// A folder elsewhere for the socket, where the root's path is too long for one.
    short: Option<TempDir>,
}

impl RunFolder {
    pub(super) fn new() -> io::Result<Self> {
        let in_memory = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|d| d.is_dir());
        let usual = std::env::temp_dir();
        let base = in_memory.unwrap_or_else(|| usual.clone());
        sweep(&base);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let make = |base: &Path| tempfile::Builder::new().prefix(&prefix).tempdir_in(base);
        let root = make(&base).or_else(|_| make(&usual))?;
        let short = if root.path().as_os_str().len() > ROOM_FOR_SOCKET { Some(make(Path::new("/tmp"))?) } else { None };
        let folder = Self { root, short };
        for part in [folder.values(), folder.handed_over(), folder.asked(), folder.rust()] {
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

    /// Where Rust cells ask the kernel, and the values they ask with and for.
    pub(super) fn asked(&self) -> PathBuf {
        self.short.as_ref().unwrap_or(&self.root).path().join("asked")
    }

    /// Where Rust cells are compiled, so far as that is private to this kernel.
    pub(super) fn rust(&self) -> PathBuf {
        self.root.path().join("rust")
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        self.root.path()
    }

    /// Removes the folder and all in it.
    pub(super) fn remove(&self) {
        for folder in self.short.iter().chain([&self.root]) {
            remove(folder.path());
        }
    }
}

/// Removes what kernels left behind that were killed. Their process ids stand in the folders' names.
fn sweep(base: &Path) {
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process =
            name.to_str().and_then(|n| n.strip_prefix(PREFIX)).and_then(|n| n.split('-').next()).and_then(|n| n.parse::<u32>().ok());
        if process.is_some_and(|process| !processes.join(process.to_string()).exists()) {
            remove(&entry.path());
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_dir_all(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the run-time folder could not be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folders_of_dead_kernels_are_swept() {
        let base = tempfile::tempdir().unwrap();
        let named = |name: &str| {
            let path = base.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path
        };
        // No process has the greatest number there is.
        let dead = named(&format!("{PREFIX}{}-abc", u32::MAX));
        let alive = named(&format!("{PREFIX}{}-abc", std::process::id()));
        let other = named("sdap-kernelspec");
        sweep(base.path());
        assert_eq!((dead.exists(), alive.exists(), other.exists()), (!Path::new("/proc/self").exists(), true, true));
    }

    #[test]
    fn a_removed_folder_leaves_nothing() {
        let folder = RunFolder::new().unwrap();
        let root = folder.root.path().to_owned();
        assert!(folder.values().is_dir() && folder.handed_over().is_dir() && folder.asked().is_dir());
        folder.remove();
        assert!(!root.exists());
    }
}
