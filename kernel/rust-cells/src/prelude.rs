//! The sdap crate, compiled ahead: once for each toolchain and version, for all sessions.
//!
//! Cells get it as a library that is there (`--extern`), not as a dependency of theirs: evcxr's cargo has nothing to look
//! after in each cell, and its analyzer nothing to load. A session that adds dependencies of its own is different: there
//! the crate becomes one of them, so that a shared dependency, such as ndarray, is the same for both. It is compiled ahead
//! exactly as a dependency of a cell would be, by cargo from a package like evcxr's own: to the compiler it is then the same
//! crate, so that the variables of the session stay, and what is compiled is taken over ([`Prelude::hand_over`]).

use crate::{
    cell::{CellError, Event},
    wire::{Report, report},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

/// evcxr's own flag for every cell: the standard library is linked dynamically.
const DYNAMIC: &str = "-Cprefer-dynamic";

/// What separates flags in cargo's variable for them.
const SEPARATOR: &str = "\u{1f}";

/// As evcxr writes it for cells. What is compiled for a package like this, with the same settings for its dependencies, is for
/// cargo the same as what cells depend on.
const MANIFEST: &str = r#"
[package]
name = "prelude"
version = "1.0.0"
edition = "2024"

[lib]
path = "lib.rs"

[profile.dev]
opt-level = 1
debug = false
strip = "debuginfo"
rpath = true
lto = false
debug-assertions = true
codegen-units = 16
panic = 'unwind'
incremental = true
overflow-checks = true

[dependencies]
"#;

/// A compiled sdap crate.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Prelude {
    library: PathBuf,
    /// Where it and what it depends on were compiled to.
    folders: BTreeSet<PathBuf>,
}

impl Prelude {
    /// What is compiled already, or is compiled now, with progress.
    ///
    /// # Errors
    /// What cargo says, for instance that a dependency cannot be downloaded.
    pub(crate) fn compile(root: &Path) -> Result<Self, CellError> {
        let failed = |error: io::Error| CellError::new("RustNotReady", &format!("{} cannot be used: {error}", root.display()));
        progress("starting");
        // Another session may be at it: its work is waited for.
        let lock = File::create(root.join("prelude.lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        if let Some(prelude) = Self::compiled(root) {
            return Ok(prelude);
        }
        let prelude = build(root)?;
        let json = serde_json::to_string(&prelude).map_err(|error| failed(error.into()))?;
        fs::write(root.join("prelude.json"), json).map_err(failed)?;
        Ok(prelude)
    }

    /// What was compiled already.
    pub(crate) fn compiled(root: &Path) -> Option<Self> {
        let json = fs::read_to_string(root.join("prelude.json")).ok()?;
        let prelude: Self = serde_json::from_str(&json).ok()?;
        prelude.library.exists().then_some(prelude)
    }

    /// The evcxr command that makes the library known to every cell.
    pub(crate) fn command(&self) -> String {
        let mut flags = vec![DYNAMIC.to_owned(), "--extern".to_owned(), format!("sdap={}", self.library.display())];
        flags.extend(self.folders.iter().map(|folder| format!("-Ldependency={}", folder.display())));
        format!(":build_env CARGO_ENCODED_RUSTFLAGS={}", flags.join(SEPARATOR))
    }

    /// The evcxr commands that make the crate a dependency instead.
    pub(crate) fn as_dependency(root: &Path) -> String {
        format!(":build_env CARGO_ENCODED_RUSTFLAGS={DYNAMIC}\n{}\n", dependency(root, ":dep "))
    }

    /// Puts what was compiled ahead where evcxr's cargo looks for what the cells depend on.
    ///
    /// # Errors
    /// If a file cannot be copied. Cargo then compiles what is missing.
    pub(crate) fn hand_over(root: &Path, slot: &Path) -> io::Result<()> {
        fs::copy(root.join("prelude").join("Cargo.lock"), lock_file(slot))?;
        copy_missing(&root.join("target"), &slot.join("target"))
    }
}

/// The versions of all that cells depend on. evcxr looks at each new dependency by itself, which makes cargo forget all others:
/// they are put back before anything is compiled, so that no other version changes the types of variables.
pub(crate) fn lock_file(folder: &Path) -> PathBuf {
    folder.join("Cargo.lock")
}

fn dependency(root: &Path, lead: &str) -> String {
    format!("{lead}sdap = {{ path = {:?} }}", root.join("sdap").to_string_lossy())
}

/// Copies a folder's files, with the times by which cargo knows what is fresh, except for those that are there.
fn copy_missing(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (source, target) = (entry?.path(), to.to_owned());
        let Some(target) = source.file_name().map(|name| target.join(name)) else { continue };
        if source.is_dir() {
            copy_missing(&source, &target)?;
        } else if !target.exists() {
            fs::copy(&source, &target)?;
            File::options().write(true).open(&target)?.set_modified(fs::metadata(&source)?.modified()?)?;
        }
    }
    Ok(())
}

/// Shows what is being prepared.
fn progress(what: &str) {
    report(&Report::Event(Event::Progress(format!("Preparing Rust cells: {what}"))));
}

fn build(root: &Path) -> Result<Prelude, CellError> {
    let failed = |text: &str| {
        let advice = "The sdap crate's dependencies are downloaded once, from crates.io. Every %sdap line works without Rust cells.";
        CellError::new("RustNotReady", &format!("the sdap crate could not be compiled for Rust cells\n{}\n{advice}", text.trim()))
    };
    let package = lay_down(root).map_err(|error| failed(&error.to_string()))?;
    let mut cargo = Command::new("cargo")
        .args(["build", "--message-format=json-render-diagnostics", "--target", &host()])
        .current_dir(package)
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env("CARGO_BUILD_BUILD_DIR", root.join("target"))
        .env("CARGO_ENCODED_RUSTFLAGS", DYNAMIC)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&error.to_string()))?;
    let said = cargo.stderr.take().map(|stderr| thread::spawn(move || relay_progress(stderr)));
    let artifacts = cargo.stdout.take().map(read_artifacts).unwrap_or_default();
    let said = said.and_then(|thread| thread.join().ok()).unwrap_or_default();
    match cargo.wait() {
        Ok(status) if status.success() => Prelude::of(&artifacts).ok_or_else(|| failed("cargo did not say where the library is")),
        Ok(_) => Err(failed(&said)),
        Err(error) => Err(failed(&error.to_string())),
    }
}

/// The package that depends on the sdap crate as cells would.
fn lay_down(root: &Path) -> io::Result<PathBuf> {
    let package = root.join("prelude");
    fs::create_dir_all(&package)?;
    fs::write(package.join("Cargo.toml"), format!("{MANIFEST}{}\n", dependency(root, "")))?;
    fs::write(package.join("lib.rs"), "")?;
    fs::copy(lock_file(&root.join("sdap")), lock_file(&package))?;
    Ok(package)
}

/// The target that evcxr names to cargo: this machine.
fn host() -> String {
    let said = Command::new("rustc").arg("-vV").output().map(|output| output.stdout).unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    said.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned()
}

/// Shows what cargo compiles, and returns everything else it says.
fn relay_progress(stderr: impl Read) -> String {
    let mut said = String::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let text = line.trim();
        let step = ["Compiling ", "Downloading ", "Downloaded ", "Updating "].iter().find(|step| text.starts_with(**step));
        match step {
            // Without the folder of a package that has one.
            Some(_) => progress(&lower_first(text.split(" (").next().unwrap_or(text))),
            None => said = said + &line + "\n",
        }
    }
    said
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// Each compiled library's name and files.
fn read_artifacts(stdout: impl Read) -> Vec<(String, Vec<PathBuf>)> {
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    lines
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter_map(|message| {
            let files = message["filenames"].as_array()?.iter().filter_map(|file| file.as_str().map(PathBuf::from));
            Some((message["target"]["name"].as_str()?.to_owned(), files.collect()))
        })
        .collect()
}

impl Prelude {
    fn of(artifacts: &[(String, Vec<PathBuf>)]) -> Option<Self> {
        let (_, sdap) = artifacts.iter().find(|(name, _)| name == "sdap")?;
        let library = sdap.iter().find(|file| file.extension().is_some_and(|e| e == "rlib"))?.clone();
        let others = artifacts.iter().flat_map(|(_, files)| files).filter(|file| **file != library);
        let folders = others.filter_map(|file| file.parent().map(Path::to_owned)).collect();
        Some(Self { library, folders })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_and_every_folder_with_dependencies_are_known_from_what_cargo_says() {
        let said = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"serde_derive"},"filenames":["/r/target/release/deps/libserde_derive-1.so"]}"#,
            "\n{\"reason\":\"build-finished\",\"success\":true}\nnot json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"sdap"},"filenames":["/r/target/release/libsdap.rlib","/r/target/release/deps/libsdap-2.rmeta"]}"#
        );
        let prelude = Prelude::of(&read_artifacts(said.as_bytes())).unwrap();
        assert_eq!(
            prelude.command().replace(SEPARATOR, " "),
            ":build_env CARGO_ENCODED_RUSTFLAGS=-Cprefer-dynamic --extern sdap=/r/target/release/libsdap.rlib -Ldependency=/r/target/release/deps"
        );
    }

    #[test]
    fn a_library_that_is_gone_is_compiled_anew() {
        let root = tempfile::tempdir().unwrap();
        let prelude = Prelude { library: root.path().join("libsdap.rlib"), folders: BTreeSet::new() };
        fs::write(root.path().join("prelude.json"), serde_json::to_string(&prelude).unwrap()).unwrap();
        assert!(Prelude::compiled(root.path()).is_none());
        fs::write(&prelude.library, "").unwrap();
        assert_eq!(Prelude::compiled(root.path()).unwrap().library, prelude.library);
    }
}
