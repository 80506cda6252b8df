//! The Jupyter that runs notebooks: the one of this shell where it suffices, else the private one; and this kernel in it.

use super::report;
use sdap_kernel::environment::{Folders, Kernelspec, KernelspecName, PrivateJupyter, Python};
use sha2::{Digest, Sha256};
use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A Jupyter that knows this very program as a kernel.
pub(super) struct Jupyter {
    python: PathBuf,
    /// This program's own data folder for Jupyter, never the user's.
    data: PathBuf,
}

impl Jupyter {
    /// The Jupyter of this shell when its Python imports these modules, else the private one, which is made where it is not.
    pub(super) fn with(modules: &[&str]) -> Result<Self, Box<dyn Error>> {
        let folders = Folders::here();
        let python = match Python::all(&folders, modules).find(Python::imports_all) {
            Some(python) => python,
            None => PrivateJupyter::new(&folders)?.prepare(&mut report::progress)?,
        };
        let spec = Kernelspec::of_this_program()?;
        let data = folders.cache()?.join("launch").join(&hex::encode(Sha256::digest(spec.program.as_os_str().as_encoded_bytes()))[..12]);
        spec.install(&data, &KernelspecName::default())?;
        Ok(Self { python: python.program, data })
    }

    /// Its Python, with the kernel on Jupyter's path before all others.
    pub(super) fn command(&self) -> Result<Command, Box<dyn Error>> {
        let listed = env::var_os("JUPYTER_PATH").unwrap_or_default();
        let paths = [self.data.clone()].into_iter().chain(env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty()));
        let mut command = Command::new(&self.python);
        command.env("JUPYTER_PATH", env::join_paths(paths)?);
        Ok(command)
    }

    /// A script of this program's, laid down in its own folder, from which Python imports nothing else.
    pub(super) fn script(&self, name: &str, content: &str) -> Result<PathBuf, Box<dyn Error>> {
        let folder = self.data.join("scripts");
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|found| found == content.as_bytes()) {
            return Ok(path);
        }
        write_aside(&folder, &path, content).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(path)
    }
}

fn write_aside(folder: &Path, path: &Path, content: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let aside = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(aside.path(), content)?;
    aside.persist(path)?;
    Ok(())
}
