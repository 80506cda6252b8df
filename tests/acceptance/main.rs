//! What a user meets, tested from outside: the program's commands, and every Jupyter client of `tests/python`.
//!
//! The private Jupyter is made first, by the code that `sdap-kernel run` makes it with, in the same cache folder.

mod command_line;
mod jupyter;
mod notebooks;
mod python;
mod serve;

use std::sync::LazyLock;

/// The Jupyter of the tests, made when the first of them asks.
static JUPYTER: LazyLock<jupyter::Jupyter> = LazyLock::new(|| jupyter::Jupyter::new("", "jupyter"));
