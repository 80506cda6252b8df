//! The sdap crate, compiled ahead: once for each toolchain and version, for all sessions.
//!
//! Cells get it as a library that is there (`--extern`), not as a dependency of theirs: evcxr's cargo has nothing to look
//! after in each cell, and its analyzer nothing to load. A session that adds dependencies of its own is different: there
//! the crate becomes one of them, so that a shared dependency, such as ndarray, is the same for both.

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

    fn compiled(root: &Path) -> Option<Self> {
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
    pub(crate) fn as_dependency(sdap: &Path) -> String {
        format!(":build_env CARGO_ENCODED_RUSTFLAGS={DYNAMIC}\n:dep sdap = {{ path = {:?} }}", sdap.to_string_lossy())
    }

    /// What a cell shows, without what evcxr says of those commands.
    pub(crate) fn without_reply(text: &str) -> &str {
        text.strip_prefix("Set CARGO_ENCODED_RUSTFLAGS=").and_then(|rest| rest.split_once('\n')).map_or(text, |(_, own)| own)
    }
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
    let mut cargo = Command::new("cargo")
        .args(["build", "--release", "--message-format=json-render-diagnostics", "--manifest-path"])
        .arg(root.join("sdap").join("Cargo.toml"))
        .current_dir(root)
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
    fn only_the_reply_to_our_own_command_is_left_out() {
        assert_eq!(Prelude::without_reply("Set CARGO_ENCODED_RUSTFLAGS=-Cx for build\n3"), "3");
        assert_eq!(Prelude::without_reply("Set A=b for build\n3"), "Set A=b for build\n3");
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
