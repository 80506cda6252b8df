//! `lab`: JupyterLab with this kernel.

use super::{Outcome, exec::become_program, jupyter::Jupyter, report};
use std::path::PathBuf;

/// Becomes JupyterLab, opened on the folder.
pub(super) fn open(directory: Option<PathBuf>, arguments: &[String]) -> Outcome {
    let directory = directory.unwrap_or_else(|| PathBuf::from("."));
    if !directory.is_dir() {
        return Err(format!("{} is not a folder", directory.display()).into());
    }
    let jupyter = Jupyter::with(&["jupyterlab"])?;
    let mut command = jupyter.command()?;
    report::progress(&format!("opening JupyterLab on {}", directory.display()));
    become_program(command.arg("-m").arg("jupyterlab").arg(directory).args(arguments))
}
