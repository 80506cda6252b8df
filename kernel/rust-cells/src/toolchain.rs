//! The Rust toolchain of this machine.

use sha2::{Digest, Sha256};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest compiler that takes the sdap crate.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// A toolchain that can compile cells.
#[derive(Debug)]
pub(crate) struct Toolchain {
    /// What `rustc -vV` says.
    pub(crate) version: String,
    /// The folder of the standard library, which compiled cells are linked to.
    pub(crate) libraries: PathBuf,
    /// A search path on which `cargo` and `rustc` are found.
    pub(crate) path: OsString,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolchainError {
    #[error(
        "Rust cells need a Rust toolchain, and no `{0}` was found.\n\
         Install one from https://rustup.rs (Rust {OLDEST} or newer), then restart the kernel.\n\
         Every %sdap line works without it."
    )]
    Missing(&'static str),
    #[error("Rust cells need a working Rust toolchain, but `rustc -vV` failed: {0}\nEvery %sdap line works without it.")]
    Broken(String),
    #[error(
        "Rust cells need Rust {OLDEST} or newer, and this machine has {0}.\n\
         Run `rustup update stable`, then restart the kernel.\n\
         Every %sdap line works without it."
    )]
    Old(String),
}

impl Toolchain {
    /// Looks on the search path, then where rustup installs.
    ///
    /// # Errors
    /// If there is no compiler, none that runs, or only an old one.
    pub(crate) fn find() -> Result<Self, ToolchainError> {
        let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
        folders.extend(cargo_home().map(|home| home.join("bin")));
        for tool in ["cargo", "rustc"] {
            if !folders.iter().any(|folder| is_program(&folder.join(tool))) {
                return Err(ToolchainError::Missing(tool));
            }
        }
        let path = std::env::join_paths(folders).map_err(|error| ToolchainError::Broken(error.to_string()))?;
        let version = rustc_says(&path, &["-vV"])?;
        let libraries = rustc_says(&path, &["--print", "target-libdir"])?.trim().into();
        Self { version, libraries, path }.checked()
    }

    fn checked(self) -> Result<Self, ToolchainError> {
        let release = self.release();
        if numbers(release) < numbers(OLDEST) { Err(ToolchainError::Old(release.to_owned())) } else { Ok(self) }
    }

    /// The release, such as `1.95.0`.
    fn release(&self) -> &str {
        self.version.lines().find_map(|line| line.strip_prefix("release: ")).unwrap_or_default()
    }

    /// The folder of the whole toolchain, four above that of the standard library.
    pub(crate) fn sysroot(&self) -> Option<PathBuf> {
        self.libraries.ancestors().nth(4).map(Path::to_owned)
    }

    /// The folders in which cells find shared libraries. The standard library comes first: the relative path to it that
    /// cargo writes into a cell leads elsewhere once evcxr has moved the file.
    pub(crate) fn library_path(&self) -> OsString {
        let usual = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let folders = std::iter::once(self.libraries.clone()).chain(std::env::split_paths(&usual));
        std::env::join_paths(folders).unwrap_or_else(|_| self.libraries.clone().into_os_string())
    }

    /// A name for what this toolchain compiles: no two toolchains share one.
    pub(crate) fn key(&self) -> String {
        let digest = Sha256::digest(self.version.as_bytes());
        format!("{}-{:02x}{:02x}{:02x}{:02x}", self.release(), digest[0], digest[1], digest[2], digest[3])
    }
}

/// The first two numbers of a release.
fn numbers(release: &str) -> (u32, u32) {
    let mut numbers = release.split(['.', '-']).map(|n| n.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn rustc_says(path: &OsString, arguments: &[&str]) -> Result<String, ToolchainError> {
    let output = Command::new("rustc").args(arguments).env("PATH", path).output();
    let output = output.map_err(|error| ToolchainError::Broken(error.to_string()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(ToolchainError::Broken(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

fn is_program(path: &Path) -> bool {
    path.with_extension(std::env::consts::EXE_EXTENSION).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_release(release: &str) -> Toolchain {
        Toolchain {
            version: format!("rustc {release}\nrelease: {release}\nLLVM version: 20"),
            libraries: PathBuf::new(),
            path: OsString::new(),
        }
    }

    #[test]
    fn an_old_toolchain_is_refused_with_the_way_out() {
        let error = of_release("1.80.1").checked().unwrap_err().to_string();
        assert!(error.contains("1.95 or newer") && error.contains("1.80.1") && error.contains("rustup update"), "{error}");
    }

    #[test]
    fn newer_toolchains_and_pre_releases_are_taken() {
        for release in ["1.95.0", "1.96.0-beta.3", "1.100.0-nightly", "2.0.0"] {
            assert!(of_release(release).checked().is_ok(), "{release}");
        }
    }

    #[test]
    fn each_toolchain_has_its_own_key() {
        assert_ne!(of_release("1.95.0").key(), of_release("1.95.1").key());
        assert!(of_release("1.95.0").key().starts_with("1.95.0-"));
    }
}
