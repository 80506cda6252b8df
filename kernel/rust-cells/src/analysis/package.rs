//! The package that stands for a session's cells: it depends on what they depend on, and has no code of its own.

use super::Setup;
use crate::workshop::LOCK_FILE;
use sha2::{Digest, Sha256};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folder of the package; made unless it is there. Sessions with the same dependencies share it.
///
/// # Errors
/// If the cache folder cannot be written.
pub(super) fn lay_down(setup: &Setup) -> io::Result<PathBuf> {
    let own = own_dependency(&setup.root, &setup.dependencies.table);
    let manifest = format!(
        "[package]\nname = \"cell\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{own}{}",
        setup.dependencies.table
    );
    let lock_file = setup.dependencies.lock_file.as_ref().and_then(|file| fs::read_to_string(file).ok());
    let lock_file = lock_file.unwrap_or_else(|| LOCK_FILE.to_owned());
    let folder = setup.root.join("analysis").join(fingerprint(&[&manifest, &lock_file]));
    if !folder.join("Cargo.toml").is_file() {
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/lib.rs"), "")?;
        fs::write(folder.join("Cargo.lock"), lock_file)?;
        // Last, and at once: with it the package is there.
        let aside = folder.join(format!("part-{}", std::process::id()));
        fs::write(&aside, manifest)?;
        fs::rename(aside, folder.join("Cargo.toml"))?;
    }
    Ok(folder)
}

/// The sdap crate, where it is not among the session's dependencies.
fn own_dependency(root: &Path, table: &str) -> String {
    if table.lines().any(|line| line.split('=').next().is_some_and(|name| name.trim() == "sdap")) {
        return String::new();
    }
    format!("sdap = {{ path = {:?} }}\n", root.join("sdap").to_string_lossy())
}

fn fingerprint(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text);
    }
    hash.finalize().iter().take(6).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
