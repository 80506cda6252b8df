//! What an answer depends on, in a short name.

use sha2::{Digest, Sha256};
use std::{env, ffi::OsString, fs, path::Path};

/// The variables that change what cargo and rustc answer, by how they begin.
const VARIABLES: [&str; 3] = ["CARGO", "RUST", "EVCXR"];

/// Everything that goes into a name.
#[derive(Clone)]
pub(super) struct Key(Sha256);

impl Key {
    /// A name for what a tool is asked here: its arguments, the folder, and the variables that it heeds.
    pub(super) fn of(tool: &str, arguments: &[OsString]) -> Self {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        };
        part(tool.as_bytes());
        for argument in arguments {
            part(argument.as_encoded_bytes());
        }
        part(env::current_dir().unwrap_or_default().as_os_str().as_encoded_bytes());
        let mut variables: Vec<(OsString, OsString)> = env::vars_os().filter(|(name, _)| heeded(name)).collect();
        variables.sort();
        for (name, value) in variables {
            part(name.as_encoded_bytes());
            part(value.as_encoded_bytes());
        }
        Self(hash)
    }

    /// The same, depending on what a file holds too, or that there is none.
    pub(super) fn and_file(mut self, path: &Path) -> Self {
        match fs::read(path) {
            Ok(text) => {
                self.0.update(text.len().to_le_bytes());
                self.0.update(text);
            }
            Err(_) => self.0.update(u64::MAX.to_le_bytes()),
        }
        self
    }

    /// The same, depending on a text too.
    pub(super) fn and_text(mut self, text: &str) -> Self {
        self.0.update(text.len().to_le_bytes());
        self.0.update(text);
        self
    }

    /// The same, depending on every configuration that cargo reads for a project.
    pub(super) fn and_configuration(self, project: &Path) -> Self {
        let above = project.ancestors().map(|folder| folder.join(".cargo/config.toml"));
        let manifest = project.join("Cargo.toml");
        // Without dependencies there is nothing to lock, and cargo writes the file anew as it likes.
        let locks = fs::read_to_string(&manifest).is_ok_and(|text| depends(&text));
        let own = std::iter::once(manifest).chain(locks.then(|| project.join("Cargo.lock")));
        let all = own.chain(above).chain(super::cargo_home().map(|home| home.join("config.toml")));
        all.fold(self, |key, path| key.and_file(&path))
    }

    /// The name.
    pub(super) fn name(&self) -> String {
        hex(&self.0.clone().finalize())
    }
}

/// Whether a manifest names any dependency.
fn depends(manifest: &str) -> bool {
    let dependencies = manifest.split_once("[dependencies]").map_or("", |(_, rest)| rest);
    dependencies.lines().any(|line| line.contains('='))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Where a wrapper of rustc is told where to put what it learns is no question of what is compiled.
fn heeded(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    VARIABLES.iter().any(|start| name.starts_with(start)) && name != "EVCXR_EXECUTION_SO_PATH"
}
