//! The Python of the tests: an environment of pinned versions in the target folder, made by the first test that asks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What it has.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The interpreter; that which the variable `SDAP_TEST_PYTHON` names, if it is set.
pub(crate) fn python() -> PathBuf {
    if let Some(given) = std::env::var_os("SDAP_TEST_PYTHON") {
        return given.into();
    }
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Tests in several processes may want it at once.
    let lock = File::create(root.join("engine-python.lock")).expect("the target folder can be written");
    lock.lock().expect("a lock");
    let folder = root.join("engine-python");
    let (python, marker) = (folder.join("bin/python"), folder.join("complete"));
    if fs::read_to_string(&marker).ok().as_deref() != Some(REQUIREMENTS) {
        eprintln!("making an environment with xarray and moto …");
        let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/requirements.txt");
        succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements));
        fs::write(marker, REQUIREMENTS).expect("the environment can be written");
    }
    python
}

/// A script beside this file.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(name)
}

/// Runs a command that must end well.
pub(crate) fn succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?} does not run: {e}"));
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
}
