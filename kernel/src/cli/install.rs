//! `install` and `uninstall`: the kernelspec, in the place of the user's choice.

use super::{InstallArgs, Outcome, PlaceArgs, UninstallArgs, report::say};
use sdap_kernel::environment::{Folders, Kernelspec, Python};
use std::{error::Error, path::PathBuf, process::ExitCode};

/// Puts the kernelspec where the user wants it, and says where it went.
pub(super) fn install(arguments: InstallArgs) -> Outcome {
    let jupyter_data = arguments.place.jupyter_data(&Folders::here())?;
    let spec = Kernelspec { display_name: arguments.display_name, ..Kernelspec::of_this_program()? };
    let folder = spec.install(&jupyter_data, &arguments.name)?;
    say(&format!("installed the kernel '{}' in {}", arguments.name, folder.display()));
    say(&format!("it starts {}", spec.program.display()));
    Ok(ExitCode::SUCCESS)
}

/// Removes the kernelspec from there, and says so.
pub(super) fn uninstall(arguments: &UninstallArgs) -> Outcome {
    let jupyter_data = arguments.place.jupyter_data(&Folders::here())?;
    let folder = Kernelspec::remove(&jupyter_data, &arguments.name)?;
    say(&format!("removed {}", folder.display()));
    Ok(ExitCode::SUCCESS)
}

impl PlaceArgs {
    /// Jupyter's data folder of the place.
    fn jupyter_data(&self, folders: &Folders) -> Result<PathBuf, Box<dyn Error>> {
        match &self.prefix {
            Some(prefix) => Ok(std::path::absolute(folders.jupyter_data_of(prefix))?),
            None if self.sys_prefix => Ok(folders.jupyter_data_of(&environment_prefix(folders)?)),
            // `user` is the default, and takes nothing else.
            None => Ok(folders.jupyter_data()?),
        }
    }
}

/// The prefix of the active environment, or else of the first Python of this shell.
fn environment_prefix(folders: &Folders) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(prefix) = folders.active_prefix() {
        return Ok(prefix);
    }
    let python = Python::all(folders, &[]).next().ok_or("no environment is active and no python3 was found: give --prefix DIR")?;
    Ok(python.facts.prefix)
}
