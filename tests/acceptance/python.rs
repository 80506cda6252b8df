//! The Python tests, a file each.

use crate::jupyter::{JUPYTER, told};
use std::path::Path;

/// Runs one file of `tests/python`, in which every test must run and pass.
fn passes(module: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/python");
    let output = JUPYTER.python().current_dir(folder).args(["-m", "unittest", "--verbose", module]).output().expect("Python runs");
    let said = told(&output);
    assert!(output.status.success(), "{said}");
    let summary = said.lines().rev().find(|line| !line.trim().is_empty());
    assert_eq!(summary, Some("OK"), "a test was skipped:\n{said}");
    assert!(!said.contains("Ran 0 tests"), "{said}");
}

#[test]
fn jupyter_kernel_test_passes_whole() {
    passes("test_kernel");
}

#[test]
fn jupyter_clients_get_what_they_ask_for() {
    passes("test_clients");
}
