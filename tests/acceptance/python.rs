//! The Python tests, a file each.

use crate::{JUPYTER, jupyter::Jupyter};
use sdap_kernel::environment::Folders;
use std::{fs, os::unix::fs::symlink};
use tempfile::TempDir;

#[test]
fn jupyter_kernel_test_passes_whole() {
    // The suite asks for the last cells of all sessions, to which the kernels of other tests add.
    let cache = cache_with_a_history_of_its_own();
    JUPYTER.passes("python", "test_kernel", &[("SDAP_CACHE_DIR", cache.path())]);
}

#[test]
fn jupyter_clients_get_what_they_ask_for() {
    JUPYTER.passes("python", "test_clients", &[]);
}

#[test]
fn parameters_reach_a_notebook() {
    JUPYTER.passes("python", "test_parameters", &[]);
}

#[test]
fn completion_and_inspection_answer_rust_and_sdap() {
    JUPYTER.passes("python", "test_completion", &[]);
}

#[test]
fn rust_cells_ask_the_kernel() {
    JUPYTER.passes("python", "test_rust", &[]);
}

#[test]
fn commands_show_what_they_are_at() {
    JUPYTER.passes("python", "test_commands", &[]);
}

#[test]
fn the_console_tells_figures_and_tables_in_text() {
    JUPYTER.passes("python", "test_console", &[]);
}

#[test]
fn saved_files_are_read_by_xarray_and_pandas() {
    Jupyter::new(include_str!("../python/requirements.txt"), "files").passes("python", "test_files", &[]);
}

/// A cache folder that has the compiled cells of all, and a history of its own. It lies outside of this workspace, as cargo demands.
fn cache_with_a_history_of_its_own() -> TempDir {
    let shared = Folders::here().cache().expect("the tests need a cache folder").join("rust-cells");
    let own = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir_all(&shared).expect("the cache folder can be made");
    symlink(shared, own.path().join("rust-cells")).expect("the folder is empty");
    own
}
