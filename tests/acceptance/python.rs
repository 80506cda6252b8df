//! The Python tests, a file each.

use crate::JUPYTER;

#[test]
fn jupyter_kernel_test_passes_whole() {
    JUPYTER.passes("python", "test_kernel", &[]);
}

#[test]
fn jupyter_clients_get_what_they_ask_for() {
    JUPYTER.passes("python", "test_clients", &[]);
}

#[test]
fn parameters_reach_a_notebook() {
    JUPYTER.passes("python", "test_parameters", &[]);
}
